"""The rule handbook: every rule in words, as one page that opens offline and prints, and as Markdown.

It is made from the rules alone and says nothing of any person; how often a rule spoke comes from the nights' counts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

import jinja2

from engine import whole_file

NAME: Final = "规则手册"

_FOLD: Final = re.compile(r"(?<=[^\x00-\x7f]) (?=[^\x00-\x7f])")
"""The blank that a fold in a YAML text leaves between Chinese characters."""
_TEMPLATES: Final = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Limit:
    """A threshold of a rule, or a reference value: its figures by area, population and date."""

    name: str
    unit: str
    figures: Sequence[tuple[str, ...]]
    """amount, whom, area, period, document"""
    note: str = ""
    """Why there is no figure, or where the figures come from."""


@dataclass(frozen=True)
class Spoken:
    """What a rule said on one night, in persons or households."""

    night: date
    fires: int
    near: int
    unknown: int
    why: str


@dataclass(frozen=True)
class Entry:
    """One rule, in words."""

    id: str
    title: str
    who: str
    when: str
    looked_at: Sequence[str]
    bands: Sequence[str]
    repeat: str
    limits: Sequence[Limit]
    reason: str
    severity: int
    source: str
    off: str
    cases: Sequence[tuple[str, ...]]
    """case, told, verdict, note"""
    spoken: Sequence[Spoken] = ()
    """Newest night first."""


@dataclass(frozen=True)
class Handbook:
    """Everything the handbook shows."""

    office: str
    notice: str
    families: Sequence[tuple[str, Sequence[Entry]]]
    references: Sequence[Limit]
    origin: str = ""
    """A sentence on how the file came about, for one that is kept under version control."""
    entries: Sequence[Entry] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "entries", [entry for _, entries in self.families for entry in entries])

    @property
    def night(self) -> date | None:
        """The newest night whose counts are shown."""
        return max((one.night for entry in self.entries for one in entry.spoken), default=None)


def markdown(handbook: Handbook) -> str:
    """The handbook in Markdown."""
    return _environment().get_template("handbook.md.j2").render(book=handbook)


def html(handbook: Handbook) -> str:
    """The handbook as one HTML page."""
    return _environment().get_template("handbook.html.j2").render(book=handbook)


def write_handbook(folder: Path, handbook: Handbook) -> tuple[Path, ...]:
    """Write both into a folder, each whole or not at all; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    texts = {folder / f"{NAME}.html": html(handbook), folder / f"{NAME}.md": markdown(handbook)}
    for path, text in texts.items():
        with whole_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="\n")
    return tuple(texts)


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=jinja2.select_autoescape(["html.j2"]),
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["number"] = lambda value: f"{value:,}"
    environment.filters["cell"] = lambda text: str(text).replace("|", "\\|")
    environment.filters["line"] = lambda text: _FOLD.sub("", " ".join(str(text).split()))
    return environment
