"""Who sees which columns of a visiting list (`audiences.yaml`, or the office's own in its place)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from catalogue import Part, load_yaml, wrong
from misfits import did_you_mean
from outputs.layout import HERE, Column, Layout, visit_columns

Name = Literal["county", "township", "village", "office"]
RETURNING: Final[tuple[Name, ...]] = ("county", "township", "village")
"""Whose lists are filled in and come back."""

_WALLS: Final = {"village": "matter", "office": "person"}
_WALLED: Final = {"matter": "说到病情、金额等具体事由", "person": "指明是哪一个人"}


class Audience(Part):
    """One audience: what it is called, why it needs what it sees, and the keys of its columns."""

    title: Annotated[str, Field(min_length=1)]
    why: Annotated[str, Field(min_length=1)]
    columns: Annotated[tuple[str, ...], Field(min_length=1)]


class Audiences(Part):
    """`audiences.yaml`."""

    county: Audience
    township: Audience
    village: Audience
    office: Audience

    @model_validator(mode="after")
    def _keeps_the_walls(self) -> Self:
        columns = {column.key: column for column in visit_columns().columns}
        for name in Audiences.model_fields:
            for why in _problems(name, getattr(self, name).columns, columns):
                raise wrong(f"{name}.columns {why}")
        return self

    def layout(self, name: Name) -> Layout:
        """An audience's columns, in the order of columns.yaml."""
        chosen = getattr(self, name).columns
        return Layout(columns=tuple(column for column in visit_columns().columns if column.key in chosen))


def load_audiences(office_file: Path | None = None) -> Audiences:
    """The office's own audiences if the file exists, which replace the built-in ones as a whole.  Raises CatalogueError."""
    return load_yaml(office_file if office_file is not None and office_file.exists() else HERE / "audiences.yaml", Audiences)


def _problems(name: str, chosen: tuple[str, ...], columns: dict[str, Column]) -> Iterator[str]:
    for key in chosen:
        if key not in columns:
            yield f"没有 {key} 这一列{did_you_mean(key, columns)}；可用的有 {'、'.join(columns)}"
        elif columns[key].tells and columns[key].tells == _WALLS.get(name):
            yield f"不可有 {key}（{columns[key].title}）：它{_WALLED[columns[key].tells]}"
    if len(set(chosen)) < len(chosen):
        yield "有一列写了两次"
    fills = [key for key, column in columns.items() if column.kind == "fill"]
    for key in ("warning_id", "row_hash", *fills) if name in RETURNING else ("warning_id",):
        if key not in chosen:
            yield f"须有 {key}（{columns[key].title}），否则名单无法交回" if name in RETURNING else f"须有 {key}"
