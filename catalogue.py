"""Strict YAML into typed models, and folders of them layered by id.

Stricter than YAML: no duplicate keys, and no implicit typing surprises: octal-looking, date-looking and yes/no scalars
stay text (``0555567`` would otherwise become 187255), so region codes and ID numbers survive.  Typing is the model's work.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from errors import CatalogueError, UserError

Model = TypeVar("Model", bound=BaseModel)


Entry = TypeVar("Entry", bound=BaseModel)


_PLAIN = {
    "tag:yaml.org,2002:bool": (r"^(?:true|false)$", "tf"),
    "tag:yaml.org,2002:int": (r"^(?:0|-?[1-9][0-9_]*)$", "-0123456789"),
    "tag:yaml.org,2002:float": (r"^-?(?:0|[1-9][0-9_]*)\.[0-9]+$", "-0123456789"),
    "tag:yaml.org,2002:null": (r"^(?:null|~|)$", ("n", "~", "")),
}

_MISFITS: Final = {
    "missing": "缺少这个键",
    "extra_forbidden": "未知的键",
    "string_type": "不是文本（代码与编号须加引号）",
    "string_pattern_mismatch": "不合格式 {pattern}",
    "string_too_short": "不可为空",
    "int": "不是整数",
    "decimal": "不是数，或位数过多",
    "bool": "不是 true 或 false",
    "date": "不是日期（应如 2026-03-05）",
    "model_type": "不是“键: 值”",
    "dict_type": "不是“键: 值”",
    "mapping_type": "不是“键: 值”",
    "tuple_type": "不是列表",
    "list_type": "不是列表",
    "too_short": "至少要有 {min_length} 项",
    "literal_error": "只可为 {expected}",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "不可小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "不可大于 {le}",
}
"""How pydantic's error types begin -> what to tell the office; the names in braces come from the error's context."""
_UNREAD: Final = {
    FileNotFoundError: "没有这个文件",
    UnicodeDecodeError: "不是 UTF-8 编码",
    IsADirectoryError: "是一个文件夹",
    PermissionError: "没有读取权限",
}


class Part(BaseModel):
    """What every piece of a declared file has in common: no unknown keys, no change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def wrong(why: str) -> PydanticCustomError:
    """A validation error whose message is the given Chinese sentence."""
    return PydanticCustomError("declared", "{why}", {"why": why})


def _strict_loader() -> type[yaml.CSafeLoader]:
    """SafeLoader without implicit dates, octals and yes/no booleans, and without duplicate keys."""

    class StrictLoader(yaml.CSafeLoader):
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the parent class declares it as an instance variable

    for tag, (pattern, starts) in _PLAIN.items():
        StrictLoader.add_implicit_resolver(tag, re.compile(pattern), list(starts))
    StrictLoader.add_constructor("tag:yaml.org,2002:map", _unique_mapping)
    return StrictLoader


def _unique_mapping(loader: yaml.CSafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int):
            raise yaml.constructor.ConstructorError(None, None, "键须为文本", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"键 {key} 重复", key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


def load_yaml(path: Path, model: type[Model], error: type[UserError] = CatalogueError) -> Model:
    """One YAML file as one model.  Raises `error` naming file, place, expected and found."""
    text = _read(path, error)
    try:
        data = yaml.load(text, _strict_loader())  # noqa: S506 - derived from SafeLoader
    except (yaml.YAMLError, ValueError) as problem:  # a value that is not what its explicit tag says is a ValueError
        mark = getattr(problem, "problem_mark", None)
        place = f"第 {mark.line + 1} 行第 {mark.column + 1} 列" if mark else ""
        raise error(
            file=path,
            place=place,
            expected="合法的 YAML",
            found=str(getattr(problem, "problem", problem)).splitlines()[0],
            do="改正该处的语法（键不可重复，文本与代码加引号）",
        ) from None
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as problem:
        raise _explain(path, problem, error) from None


def _read(path: Path, error: type[UserError]) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        found = next((said for kind, said in _UNREAD.items() if isinstance(problem, kind)), "系统不让读取")
        raise error(file=path, expected="可读的 UTF-8 文件", found=found, do="检查权限与编码（须为 UTF-8）") from None


def _place(misfit: ErrorDetails) -> str:
    return ".".join(str(part) for part in misfit["loc"]) or "文件开头"


_PLACES: Final = 12
"""So many further places are named."""


def _explain(path: Path, problem: ValidationError, error: type[UserError]) -> UserError:
    first, *others = problem.errors(include_url=False)
    more = "、".join(dict.fromkeys(map(_place, others[:_PLACES])))
    return error(
        file=path,
        place=_place(first),
        expected="符合该类文件的格式（有 JSON Schema 的，见文件首行）",
        found=_in_chinese(first) + (f"（另有 {len(others)} 处：{more}）" if others else ""),
        do="改正后运行 fangpin check",
    )


def _in_chinese(problem: ErrorDetails) -> str:
    """The longest beginning of the type that we know; our own validators' messages are Chinese already.

    What stands in the file is looked at, to see whether anything does, and never repeated.
    """
    if problem["input"] is None and problem["type"] != "extra_forbidden":
        return "还没有填"
    known = [kind for kind in _MISFITS if problem["type"].startswith(kind)]
    named = {name: str(value).replace("' or '", "', '") for name, value in problem.get("ctx", {}).items()}
    return _MISFITS[max(known, key=len)].format(**named) if known else problem["msg"]


def load_layers(folders: Iterable[Path], model: type[Entry]) -> dict[str, Entry]:
    """Every ``*.yaml`` of the folders by id, sorted; a later folder adds to or replaces an earlier one's entries.

    The file name must be the id.  A folder that does not exist is an empty layer.  Raises CatalogueError.
    """
    entries: dict[str, Entry] = {}
    for folder in folders:
        for path in _files(folder):
            entry = load_yaml(path, model)
            identity = str(getattr(entry, "id", ""))
            if identity != path.stem:
                raise CatalogueError(
                    file=path,
                    place="id",
                    expected=f"与文件名相同（{path.stem}）",
                    found=identity or "无",
                    do="改 id 或改文件名，使二者一致",
                )
            entries[identity] = entry
    return dict(sorted(entries.items()))


def _files(folder: Path) -> list[Path]:
    """What is declared in a folder.  A misnamed file would silently have no effect, so it is refused."""
    if folder.exists() and not folder.is_dir():
        raise CatalogueError(file=folder, expected="一个文件夹", found="一个文件", do="移走或改名；声明须放在该名称的文件夹里")
    for path in sorted(folder.glob("*")):
        if path.suffix != ".yaml" and path.suffix.lower() in (".yaml", ".yml"):
            raise CatalogueError(file=path, expected="文件名以 .yaml 结尾", found=path.suffix, do="改名为 .yaml，否则不会生效")
    return sorted(folder.glob("*.yaml"))
