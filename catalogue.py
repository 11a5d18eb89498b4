"""Strict YAML into typed models, and folders of them layered by id.

Stricter than YAML: no duplicate keys, and no implicit typing surprises: octal-looking, date-looking and yes/no scalars
stay text (``0555567`` would otherwise become 187255), so region codes and ID numbers survive.  Typing is the model's work.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from errors import CatalogueError, UserError

Model = TypeVar("Model", bound=BaseModel)


Entry = TypeVar("Entry", bound=BaseModel)


_PLAIN = {
    "tag:yaml.org,2002:bool": (r"^(?:true|false)$", "tf"),
    "tag:yaml.org,2002:int": (r"^(?:0|-?[1-9][0-9_]*)$", "-0123456789"),
    "tag:yaml.org,2002:float": (r"^-?(?:0|[1-9][0-9_]*)\.[0-9]+$", "-0123456789"),
    "tag:yaml.org,2002:null": (r"^(?:null|~|)$", ("n", "~", "")),
}


def _strict_loader() -> type[yaml.SafeLoader]:
    """SafeLoader without implicit dates, octals and yes/no booleans, and without duplicate keys."""

    class StrictLoader(yaml.SafeLoader):
        yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - the parent class declares it as an instance variable

    for tag, (pattern, starts) in _PLAIN.items():
        StrictLoader.add_implicit_resolver(tag, re.compile(pattern), list(starts))
    StrictLoader.add_constructor("tag:yaml.org,2002:map", _unique_mapping)
    return StrictLoader


def _unique_mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str | int):
            raise yaml.constructor.ConstructorError(None, None, "key must be text", key_node.start_mark)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"duplicate key {key!r}", key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


def load_yaml(path: Path, model: type[Model], error: type[UserError] = CatalogueError) -> Model:
    """One YAML file as one model.  Raises `error` naming file, place, expected and found."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), _strict_loader())  # noqa: S506 - derived from SafeLoader
    except (OSError, UnicodeDecodeError) as problem:
        raise error(
            file=path, expected="可读的 UTF-8 文件", found=type(problem).__name__, do="检查权限与编码（须为 UTF-8）"
        ) from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        place = f"第 {mark.line + 1} 行第 {mark.column + 1} 列" if mark else ""
        raise error(
            file=path,
            place=place,
            expected="合法的 YAML",
            found=str(getattr(problem, "problem", problem)),
            do="改正该处的语法（键不可重复，文本与代码加引号）",
        ) from None
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as problem:
        raise _explain(path, problem, error) from None


def _explain(path: Path, problem: ValidationError, error: type[UserError]) -> UserError:
    first = problem.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"]) or "文件开头"
    more = problem.error_count() - 1
    found = "未知的键" if first["type"] == "extra_forbidden" else first["msg"]
    return error(
        file=path,
        place=place,
        expected="符合该类文件的格式（见文件首行所指的 JSON Schema）",
        found=found + (f"（另有 {more} 处）" if more else ""),
        do="改正后运行 fangpin check",
    )


def load_layers(folders: Iterable[Path], model: type[Entry]) -> dict[str, Entry]:
    """Every ``*.yaml`` of the folders by id, sorted; a later folder adds to or replaces an earlier one's entries.

    The file name must be the id.  A folder that does not exist is an empty layer.  Raises CatalogueError.
    """
    entries: dict[str, Entry] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else []:
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
