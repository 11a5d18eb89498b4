"""What a model refuses, for the person who wrote the file: where, what belongs there, what is wrong; never what is there."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

_FORM: Final = "符合格式（各键的说明见 docs/adding.zh-CN.md）"
_SAID: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("写明这个键", "缺少这个键"),
    "extra_forbidden": (_FORM, "未知的键"),
    "string_type": ("文本（代码、编号与以 {{ 或 [ 开头的文字须加引号）", "不是文本（代码与编号须加引号）"),
    "string_pattern_mismatch": (_FORM, "不合格式 {pattern}"),
    "string_too_short": ("至少 {min_length} 字的文本", "不可为空，也不可少于 {min_length} 字"),
    "string_too_long": ("至多 {max_length} 字的文本", "太长"),
    "int": ("整数", "不是整数"),
    "decimal": ("一个数（不加引号、单位与千分号）", "不是数，或位数过多"),
    "bool": ("true 或 false", "不是 true 或 false"),
    "date": ("日期，如 2026-03-05", "不是日期（应如 2026-03-05）"),
    "model_attributes_type": ("写成“键: 值”", "不是“键: 值”"),
    "model_type": ("写成“键: 值”", "不是“键: 值”"),
    "dict_type": ("写成“键: 值”", "不是“键: 值”"),
    "mapping_type": ("写成“键: 值”", "不是“键: 值”"),
    "tuple_type": ("列表，每项前有 -，或写成 [甲, 乙]", "不是列表"),
    "list_type": ("列表，每项前有 -，或写成 [甲, 乙]", "不是列表"),
    "too_short": ("至少 {min_length} 项", "至少要有 {min_length} 项"),
    "union_tag_not_found": ("写明 {discriminator}", "没有写明 {discriminator}"),
    "union_tag_invalid": ("{discriminator} 只可为 {expected_tags}", "{discriminator} 写的不在其中"),
    "literal_error": ("只可为 {expected}", "不在其中"),
    "greater_than": ("大于 {gt}", "须大于 {gt}"),
    "greater_than_equal": ("不小于 {ge}", "不可小于 {ge}"),
    "less_than": ("小于 {lt}", "须小于 {lt}"),
    "less_than_equal": ("不大于 {le}", "不可大于 {le}"),
    "finite_number": ("一个数", "不是有限的数"),
}
"""How pydantic's error types begin -> what belongs there and what is wrong; names in braces come from the error's context."""

_FIRST_WORD: Final = re.compile(r"[a-z_]+")
_PLACES: Final = 12
"""So many further places are named."""
_CHOICE: Final = re.compile(r"'([^']*)'")

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Misfit:
    """One thing that is wrong: where (a path of keys), what belongs there, what is there instead."""

    place: str
    expected: str
    found: str


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`；是不是 x？` for the known name that is most like this one; empty if none is."""
    by_fold = {one.casefold(): one for one in known}
    close = get_close_matches(name.casefold(), by_fold, 1, 0.6)
    return f"；是不是 {by_fold[close[0]]}？" if close else ""


def misfit_of(problem: ValidationError, model: type[BaseModel], data: object) -> Misfit:
    """The first thing that is wrong with the data, with the places of the others behind it."""
    errors = _by_path(problem, data)
    paths = [path for path in errors if not any(len(path) < len(other) and other[: len(path)] == path for other in errors)]
    first, *others = paths
    place, expected, found = _told(errors[first], first, model, errors)
    further = "、".join(map(_dotted, others[:_PLACES]))
    return Misfit(_dotted(place), expected, found + (f"（另有 {len(others)} 处：{further}）" if others else ""))


def _by_path(problem: ValidationError, data: object) -> dict[Path, ErrorDetails]:
    """The first error at every place; what a longer path tells of is no news at a shorter one."""
    errors: dict[Path, ErrorDetails] = {}
    for error in problem.errors(include_url=False):
        errors.setdefault(tuple(_walked(error, data)), error)
    return errors


def _walked(error: ErrorDetails, data: Any) -> Iterator[str | int]:
    """The steps of an error's location that stand in the file, without the names pydantic gives to alternatives."""
    for step in error["loc"]:
        if isinstance(data, dict) and (step in data or (error["type"] == "missing" and step == error["loc"][-1])):
            data = data.get(step)
            yield step
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step]
            yield step


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(map(str, path)) or "文件开头"


def _told(
    error: ErrorDetails, path: Path, model: type[BaseModel], errors: Mapping[Path, ErrorDetails]
) -> tuple[Path, str, str]:
    """Where, what belongs there and what is wrong."""
    expected, found = in_chinese(error)
    match error["type"]:
        case "declared":
            word = _FIRST_WORD.match(found)
            at = (*path, word[0]) if word and word[0] in _keys(model, path) else path
            return at, _described(model, at) or expected, found
        case "extra_forbidden":
            keys = _keys(model, path[:-1])
            return path, f"这里可用的键：{'、'.join(keys)}", found + did_you_mean(str(path[-1]), keys)
        case "missing":
            strange = [
                str(other[-1]) for other, one in errors.items() if one["type"] == "extra_forbidden" and other[:-1] == path[:-1]
            ]
            return (
                path,
                _described(model, path) or expected,
                found + did_you_mean(str(path[-1]), strange).replace("是不是", "是不是写成了"),
            )
        case "literal_error":
            return path, expected, found + did_you_mean(str(error["input"]), _CHOICE.findall(expected))
        case "model_type" if keys := _keys(model, path):
            return path, f"{_example(model, path)}；可用的键：{'、'.join(keys)}", found
    if error["loc"][-1:] == ("[key]",):
        return path, _described(model, (*path[:-1], "[key]")) or expected, "名称" + _without_pattern(error, found)
    if described := _described(model, path):
        return path, described, _without_pattern(error, found)
    return path, expected, found


def _without_pattern(error: ErrorDetails, found: str) -> str:
    return found.partition(" ")[0] if error["type"] == "string_pattern_mismatch" else found


def in_chinese(problem: ErrorDetails) -> tuple[str, str]:
    """What belongs there and what is wrong: by the longest beginning of the type that we know; our own messages are Chinese.

    What stands in the file is looked at, to see whether anything does, and never repeated.
    """
    known = [kind for kind in _SAID if problem["type"].startswith(kind)]
    expected, found = _SAID[max(known, key=len)] if known else (_FORM, problem["msg"])
    named = {name: str(value).replace("' or '", "', '") for name, value in problem.get("ctx", {}).items()}
    if known:
        expected, found = expected.format(**named), found.format(**named)
    return expected, "还没有填" if problem["input"] is None and problem["type"] != "extra_forbidden" else found


def _keys(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that may stand at a place; none if it is no part of its own."""
    return [field.alias or name for part in _parts(model, path) for name, field in part.model_fields.items()]


def _example(model: type[BaseModel], path: Path) -> str:
    for part in _parts(model, path):
        extra = part.model_config.get("json_schema_extra")
        if isinstance(extra, dict) and isinstance(examples := extra.get("examples"), list):
            return f"写成 {examples[0]} 这样"
    return "写成“键: 值”"


def _parts(model: type[BaseModel], path: Path) -> list[type[BaseModel]]:
    return [kind for kind in _alternatives(_at(model, path)) if isinstance(kind, type) and issubclass(kind, BaseModel)]


def _described(model: type[BaseModel], path: Path) -> str:
    """What the model says of a value in Chinese (`Field(description=...)`), if anything."""
    kind = _at(model, path)
    notes = getattr(kind, "__metadata__", ()) if get_origin(kind) is Annotated else ()
    return next((note.description for note in notes if isinstance(note, FieldInfo) and note.description), "")


def _at(kind: Any, path: Path) -> Any:
    """The annotation of what stands at a path of keys; None where there is none."""
    for step in path:
        kind = next((inner for one in _alternatives(kind) if (inner := _inside(one, step)) is not None), None)
    return kind


def _inside(kind: Any, step: str | int) -> Any:
    if isinstance(kind, type) and issubclass(kind, RootModel):
        return _inside(kind.model_fields["root"].annotation, step)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = next((field for name, field in kind.model_fields.items() if step in (name, field.alias)), None)
        return Annotated[(field.annotation, field)] if field else None
    given = get_args(kind)
    if isinstance(get_origin(kind), type) and issubclass(get_origin(kind), Mapping):
        return given[0 if step == "[key]" else 1]
    return given[0] if given and isinstance(step, int) else None


def _alternatives(kind: Any) -> list[Any]:
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return [one for given in get_args(kind) for one in _alternatives(given)]
    return [kind]
