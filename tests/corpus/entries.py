"""What lies in the inbox and is no plain file, has a strange name, or changes while it is read."""

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.corpus.case import Case, Fate, accepted, problem, table

_LINK: Final = problem("是链接，没有读", "请换成文件")
_FOLDER: Final = problem("应为文件，实为文件夹", "日期文件夹里只能放文件")
_SPECIAL: Final = problem("不是普通文件", "请换成文件本身")


def _linked(target: str | Path) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _to_itself(path: Path) -> None:
    path.symlink_to(path)


def _to_a_good_file(path: Path) -> None:
    good = path.parents[3] / "别处.csv"
    good.write_text(table("L"), encoding="utf-8")
    path.symlink_to(good)


def _folder_of_files(path: Path) -> None:
    path.mkdir()
    (path / "里.csv").write_text(table("F"), encoding="utf-8")


def _socket(path: Path) -> None:
    """A socket's own path is short; it is moved to where it lies."""
    with socket.socket(socket.AF_UNIX) as listening:
        near = os.open(path.parent, os.O_RDONLY)
        listening.bind(f"/proc/self/fd/{near}/{path.name}")
        os.close(near)


_ENTRIES: Final[dict[str, tuple[Callable[[Path], None], Fate]]] = {
    "链接到文件.csv": (_to_a_good_file, _LINK),
    "链接到夹.csv": (_linked("/"), _LINK),
    "链接到密码.csv": (_linked("/etc/passwd"), _LINK),
    "链接到零.csv": (_linked("/dev/zero"), _LINK),
    "链接到自己.csv": (_to_itself, _LINK),
    "链接上级.csv": (_linked("../../.."), _LINK),
    "链接压缩包.zip": (_linked("没有.zip"), _LINK),
    "管道.csv": (os.mkfifo, _SPECIAL),
    "管道.zip": (os.mkfifo, _SPECIAL),
    "套接字.csv": (_socket, _SPECIAL),
    "夹.csv": (_folder_of_files, _FOLDER),
    "夹.zip": (_folder_of_files, _FOLDER),
    "2026-03-05": (_folder_of_files, _FOLDER),
}
_NAMES: Final[dict[str, str]] = {
    "一\n二.csv": "一\\n二.csv",
    "一\r\t二.csv": "一\\r\\t二.csv",
    "\x1b[31m红\x07.csv": "\\x1b[31m红\\x07.csv",
    "左\u202e右.csv": "左\\u202e右.csv",
    "\udcbe\udcc8.csv": "\\udcbe\\udcc8.csv",
    "-rf.csv": "-rf.csv",
    "单'双\".csv": "单'双\".csv",
    "$(id);`id`.csv": "$(id);`id`.csv",
    "%s{0}{x}.csv": "%s{0}{x}.csv",
    "名..上级..csv": "名..上级..csv",
    "[red]红[blue].csv": "[red]红[blue].csv",
    "*?.csv": "*?.csv",
    " 空 格 .csv": " 空 格 .csv",
    "长" * 83 + ".csv": "长" * 83 + ".csv",
    "没有后缀": "没有后缀",
}
_UNREAD: Final = problem("读不出来，本夜未收", "请检查文件权限与磁盘")
_CHANGED: Final = problem("读取时文件还在变化或被移走", "下次运行会再读")
_HOOKS: Final[dict[str, tuple[str, Fate]]] = {
    "无权.csv": ("refused", _UNREAD),
    "盘坏.csv": ("broken", _UNREAD),
    "先消失.csv": ("gone", _UNREAD),
    "生长.csv": ("grows", _CHANGED),
    "缩短.csv": ("shrinks", _CHANGED),
    "后消失.csv": ("vanishes", _CHANGED),
    "后无权.csv": ("refused later", _UNREAD),
    "后盘坏.csv": ("broken later", _UNREAD),
    "变成夹.csv": ("becomes a folder", _UNREAD),
    "无权.zip": ("refused", _UNREAD),
    "盘坏.zip": ("broken", problem("可能没有传完", "请重新报送")),
}


def _table(tag: str) -> bytes:
    return table(tag).encode()


CASES: Final = (
    *(Case(name, fate, entry=entry) for name, (entry, fate) in _ENTRIES.items()),
    *(Case(name, accepted(2), _table, shown=shown) for name, shown in _NAMES.items()),
    *(Case(name, fate, _table, hook=hook) for name, (hook, fate) in _HOOKS.items()),
)
