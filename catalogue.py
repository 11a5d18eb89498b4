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
from pydantic_core import PydanticCustomError

from errors import CatalogueError, UserError
from misfits import misfit_of

Model = TypeVar("Model", bound=BaseModel)


Entry = TypeVar("Entry", bound=BaseModel)


_PLAIN = {
    "tag:yaml.org,2002:bool": (r"^(?:true|false)$", "tf"),
    "tag:yaml.org,2002:int": (r"^(?:0|-?[1-9][0-9_]*)$", "-0123456789"),
    "tag:yaml.org,2002:float": (r"^-?(?:0|[1-9][0-9_]*)\.[0-9]+$", "-0123456789"),
    "tag:yaml.org,2002:null": (r"^(?:null|~|)$", ("n", "~", "")),
}

_YAML_SAID: Final = {
    "anchors": "用了 & 或 *（锚点与别名）；以 & 或 * 开头的文字须加引号",
    "too deep": "嵌套过深",
    "mapping values are not allowed": "此处不该有冒号；文字里有冒号加空格的，整段加引号",
    "could not find expected ':'": "键的后面缺少冒号",
    "did not find expected key": "缩进不齐，或引号、括号不成对；以 { 或 [ 开头的文字须整段加引号",
    "did not find expected '-'": "列表各项没有对齐",
    "did not find expected ','": "缺少逗号，或 [ ]、{ } 不成对；花括号里含逗号的文字（如 where）要整段加引号",
    "did not find expected <document start>": "文件不止一段（不可有 --- 分隔的第二段）",
    "another document": "文件不止一段（不可有 --- 分隔的第二段）",
    "found character that cannot start": "此处的字符不可开头：缩进不可用制表符，以 @ ` % 开头的文字须加引号",
    "found a tab": "缩进用了制表符，请改为空格",
    "unexpected end of stream": "引号没有结束",
    "unknown escape character": "双引号里不可用这样的反斜线；改用单引号",
    "control characters are not allowed": "有看不见的控制字符",
    "could not determine a constructor": "有不认识的标签（以 ! 开头）；以 ! 开头的文字须加引号",
    "did not find expected whitespace": "有不认识的标签（以 ! 开头）；以 ! 开头的文字须加引号",
    "undefined tag handle": "有不认识的标签（以 ! 开头）；以 ! 开头的文字须加引号",
    "Exceeds the limit": "数字太长",
    "invalid literal": "值与标签（以 ! 开头）所说的类型不符",
    "not enough values": "值与标签（以 ! 开头）所说的类型不符",
}
"""What the YAML parser says -> what to tell the office."""
_DEEPEST: Final = 24
_LARGEST: Final = 2_000_000
"""Bytes; no declaration comes near it."""
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
    """A validation error whose message is the given Chinese sentence; if it begins with a key, it is told at that key."""
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
        _refuse_tricks(text)
        data = yaml.load(text, _strict_loader())  # noqa: S506 - derived from SafeLoader
    except (yaml.YAMLError, ValueError) as problem:  # a value that is not what its explicit tag says is a ValueError
        raise _no_yaml(path, problem, error) from None
    data = data if data is not None else {}
    try:
        return model.model_validate(data)
    except ValidationError as problem:
        misfit = misfit_of(problem, model, data)
        do = "改正后运行 fangpin check"
        raise error(file=path, place=misfit.place, expected=misfit.expected, found=misfit.found, do=do) from None


class _Trick(yaml.YAMLError):
    """Something that is YAML and that we do not read."""

    def __init__(self, problem: str, problem_mark: object) -> None:
        self.problem, self.problem_mark = problem, problem_mark


def _refuse_tricks(text: str) -> None:
    """Raises YAMLError for what no declaration needs: anchors and aliases (a few lines of which unfold without end), depth."""
    depth = 0
    for event in yaml.parse(text, yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Trick("anchors", event.start_mark)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise _Trick("too deep", event.start_mark)


def _no_yaml(path: Path, problem: Exception, error: type[UserError]) -> UserError:
    mark = getattr(problem, "problem_mark", None)
    said = str(getattr(problem, "problem", problem)).splitlines()[0]
    return error(
        file=path,
        place=f"第 {mark.line + 1} 行第 {mark.column + 1} 列" if mark else "",
        expected="合法的 YAML",
        found=next((ours for theirs, ours in _YAML_SAID.items() if theirs in said), said),
        do="改正该处或上一行的语法（键不可重复，文本与代码加引号，缩进用空格）",
    )


def _read(path: Path, error: type[UserError]) -> str:
    try:
        if path.stat().st_size > _LARGEST:
            raise error(file=path, expected="至多 2 MB 的声明文件", found="太大", do="核对是否放错了文件")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        found = next((said for kind, said in _UNREAD.items() if isinstance(problem, kind)), "系统不让读取")
        raise error(file=path, expected="可读的 UTF-8 文件", found=found, do="检查权限与编码（须为 UTF-8）") from None


def load_layers(folders: Iterable[Path], model: type[Entry]) -> dict[str, Entry]:
    """Every ``*.yaml`` of the folders by id, sorted; a later folder adds to or replaces an earlier one's entries.

    The file name must be the id.  A folder that does not exist is an empty layer.  Raises CatalogueError.
    """
    entries: dict[str, Entry] = {}
    for folder in folders:
        for path in _files(folder):
            entries[path.stem] = load_named(path, model)
    return dict(sorted(entries.items()))


def load_named(path: Path, model: type[Entry]) -> Entry:
    """One file whose name is the id of what it declares.  Raises CatalogueError."""
    entry = load_yaml(path, model)
    identity = str(getattr(entry, "id", ""))
    if identity != path.stem:
        raise _misnamed(path, identity)
    return entry


def _misnamed(path: Path, identity: str) -> CatalogueError:
    other = path.with_name(f"{identity}.yaml")
    found = f"{identity}，而这是 {other.name} 的编号；两个文件不可同一编号" if other.exists() else identity or "无"
    do = "改 id 或改文件名，使二者一致；两份只留一份"
    return CatalogueError(file=path, place="id", expected=f"与文件名相同（{path.stem}）", found=found, do=do)


DRAFTS: Final = "drafts"
"""A folder in a layer whose files are not in force."""


def _files(folder: Path) -> list[Path]:
    """What is declared in a folder.  A misnamed or misplaced file would silently have no effect, so it is refused."""
    if folder.exists() and not folder.is_dir():
        raise CatalogueError(file=folder, expected="一个文件夹", found="一个文件", do="移走或改名；声明须放在该名称的文件夹里")
    for path in sorted(folder.glob("*")):
        if (path.suffix != ".yaml" and ".yaml" in path.name.lower()) or path.suffix.lower() == ".yml":
            raise CatalogueError(file=path, expected="文件名以 .yaml 结尾", found=path.suffix, do="改名为 .yaml，否则不会生效")
        if path.is_dir() and path.name != DRAFTS and any(path.glob("*.yaml")):
            do = f"把其中的文件移到 {folder.name}/ 之下，否则不会生效"
            raise CatalogueError(file=path, expected="声明直接放在该文件夹里", found="一个下级文件夹里有声明", do=do)
    return sorted(folder.glob("*.yaml"))
