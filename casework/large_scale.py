"""The six kinds of large-scale risk and what is counted for each: data that the office may replace."""

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from catalogue import Part, load_yaml
from errors import CatalogueError

Text = Annotated[str, Field(min_length=1)]


class Kind(Part):
    """One kind of risk: households with a new signal of these families or rules, or cases that are overdue."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    measure: Literal["signals", "overdue"]
    families: tuple[Text, ...]
    rules: tuple[Text, ...]
    why: Text
    ask: Text


class LargeScale(Part):
    """`large_scale.yaml`."""

    since: date
    document: Text
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)]


def load_large_scale(office_file: Path, rules: Collection[str]) -> LargeScale:
    """The office's own file if it exists, else the built-in one.  Raises CatalogueError, also for a rule there is not."""
    is_own = office_file.exists()
    path = office_file if is_own else Path(__file__).with_name("large_scale.yaml")
    found = load_yaml(path, LargeScale)
    unknown = sorted({rule for kind in found.kinds for rule in kind.rules} - set(rules))
    if is_own and unknown:
        raise CatalogueError(
            file=path,
            place="kinds",
            expected="已有的规则编号",
            found="、".join(unknown),
            do="运行 fangpin rule list 查看规则编号",
        )
    return found
