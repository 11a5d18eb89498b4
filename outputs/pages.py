"""Pages that open offline: one template each, no script, no address outside, nothing that differs between two runs."""

from pathlib import Path
from typing import Final

import jinja2

from engine import whole_file

_TEMPLATES: Final = Path(__file__).parent / "templates"


def write_page(path: Path, template: str, **context: object) -> None:
    """Fill a template and write the page, whole or not at all."""
    write_text(path, page_template(template).render(**context))


def page_template(name: str, **functions: object) -> jinja2.Template:
    """A template, for who fills it many times; `functions` are what it may call besides the usual."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters |= {"number": _number, "signed": _signed, "percent": percent}
    environment.globals |= {"share": share, "share1": finer, "about": about, **functions}
    return environment.get_template(name)


def write_text(path: Path, text: str) -> None:
    """Write a page, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def percent(share: float | None) -> str:
    """A share in whole percent, or a dash where there is none."""
    return "—" if share is None else f"{share:.0%}"


def share(of: tuple[float, float, float] | None) -> str:
    """A share with its interval."""
    return "—" if of is None else f"{of[0]:.0%}（{of[1]:.0%}–{of[2]:.0%}）"


def finer(of: tuple[float, float, float] | None) -> str:
    """A small share with its interval, to a tenth of a percent."""
    return "—" if of is None else f"{of[0]:.1%}（{of[1]:.1%}–{of[2]:.1%}）"


def about(of: tuple[float, float, float] | None) -> str:
    """An expected number with its interval."""
    return "没有核实结论" if of is None else f"约 {of[0]:.0f}（{of[1]:.0f}–{of[2]:.0f}）"


def _number(value: float) -> str:
    return f"{value:,}"


def _signed(value: int) -> str:
    return f"{value:+,}" if value else "0"
