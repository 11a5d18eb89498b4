"""What counts as received, and what is pointed out."""

import os
import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from settings import Home
from sources.inbox import survey
from tests.sources.making import contract, deliver

AS_OF = date(2026, 3, 5)


def _survey(home: Home) -> tuple[list[tuple[str, date | None]], dict[str, str]]:
    deliveries, problems = survey(home.inbox, {"aid": contract()}, AS_OF)
    return [(d.file, d.dated_on) for d in deliveries], {p.file: p.message for p in problems}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_files_lie_in_the_source_or_in_a_dated_folder(home: Home) -> None:
    for below in ("aid/b.csv", "aid/A.CSV", "aid/2026-03-05/c.csv", "aid/2026-02-01/d.csv"):
        deliver(home, below, "x")
    assert _survey(home) == (
        [
            ("aid/2026-02-01/d.csv", date(2026, 2, 1)),
            ("aid/2026-03-05/c.csv", date(2026, 3, 5)),
            ("aid/A.CSV", None),
            ("aid/b.csv", None),
        ],
        {},
    )


def test_what_comes_later_is_not_there_yet(home: Home) -> None:
    deliver(home, "aid/2026-03-06/c.csv", "x")
    deliver(home, "aid/2026-03-06/odd.pdf", "x")
    assert _survey(home) == ([], {})


@pytest.mark.parametrize("name", [".DS_Store", "~$aid.csv", "aid.csv.part", ".hidden.csv"])
def test_what_programs_leave_lying_about_is_ignored(home: Home, name: str) -> None:
    deliver(home, f"aid/{name}", "x")
    deliver(home, name, "x")
    assert _survey(home) == ([], {})


@pytest.mark.parametrize(
    ("below", "file", "why"),
    [
        ("loose.csv", "loose.csv", "来源的文件夹"),
        ("unknown/a.csv", "unknown", "没有名为 unknown 的来源"),
        ("aid/a.pdf", "aid/a.pdf", "文件名不符合"),
        ("aid/a.csv/inner.csv", "aid/a.csv", "实为文件夹"),
        ("aid/2026-13-01/a.csv", "aid/2026-13-01", "实为文件夹"),
        ("aid/20260301/a.csv", "aid/20260301", "实为文件夹"),
        ("aid/2026-03-01/deep/a.csv", "aid/2026-03-01/deep", "日期文件夹里只能放文件"),
    ],
)
def test_what_does_not_belong_is_a_problem_and_the_others_go_on(home: Home, below: str, file: str, why: str) -> None:
    deliver(home, below, "x")
    deliver(home, "aid/good.csv", "x")
    deliveries, problems = _survey(home)
    assert deliveries == [("aid/good.csv", None)]
    assert list(problems) == [file]
    assert why in problems[file]


def test_a_sources_folder_may_lie_elsewhere(home: Home, tmp_path: Path) -> None:
    deliver(home, "other/a.csv", "x").parent.rename(tmp_path / "share")
    (home.inbox / "aid").symlink_to(tmp_path / "share")
    (home.inbox / "loop").symlink_to(home.inbox / "loop")
    assert _survey(home) == ([("aid/a.csv", None)], {"loop": "文件须放在来源的文件夹里，如 inbox/<来源>/；请移入相应文件夹"})


def test_links_are_refused_wherever_they_lie(home: Home, tmp_path: Path) -> None:
    real = deliver(home, "aid/2026-03-01/a.csv", "x")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "b.csv").write_text("x")
    for below, target in {"aid/b.csv": real, "aid/2026-03-02": tmp_path / "elsewhere", "aid/c.zip": real}.items():
        (home.inbox / below).symlink_to(target)
    deliveries, problems = _survey(home)
    assert deliveries == [("aid/2026-03-01/a.csv", date(2026, 3, 1))]
    assert sorted(problems) == ["aid/2026-03-02", "aid/b.csv", "aid/c.zip"]
    assert all("是链接，没有读" in message for message in problems.values())


def test_pipes_and_sockets_are_pointed_out_without_waiting(home: Home) -> None:
    deliver(home, "aid/good.csv", "x")
    os.mkfifo(home.inbox / "aid" / "pipe.csv")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(home.inbox / "aid" / "s.csv"))
    deliveries, problems = _survey(home)
    assert [file for file, _ in deliveries] == ["aid/good.csv"]
    assert sorted(problems) == ["aid/pipe.csv", "aid/s.csv"]
    assert all("不是普通文件" in message for message in problems.values())


@pytest.mark.parametrize(
    ("name", "file"),
    [
        (b"a\nb.csv", "aid/a\\nb.csv"),
        (b"a\x1b[31m.csv", "aid/a\\x1b[31m.csv"),
        ("甲\u202e.csv".encode(), "aid/甲\\u202e.csv"),
        ("救助".encode("gb18030") + b".csv", "aid/\\udcbe\\udcc8\\udcd6\\udcfa.csv"),
        ("甲　乙 丙.csv".encode(), "aid/甲　乙 丙.csv"),
    ],
)
def test_names_are_shown_without_control_characters(home: Home, name: bytes, file: str) -> None:
    deliver(home, "aid/x", "x").rename(os.fsdecode(os.fsencode(home.inbox / "aid") + b"/" + name))
    assert [found for found, _ in _survey(home)[0]] == [file]


def test_an_archive_is_a_delivery_whatever_the_patterns_say(home: Home) -> None:
    deliver(home, "aid/三月.Zip", "x")
    assert _survey(home) == ([("aid/三月.Zip", None)], {})


def test_a_missing_inbox_is_empty(home: Home) -> None:
    assert _survey(home) == ([], {})


def test_a_folder_that_cannot_be_read_is_a_problem(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(home, "aid/a.csv", "x")
    listing = Path.iterdir

    def refuse(folder: Path) -> Iterator[Path]:
        if folder.name == "aid":
            raise PermissionError
        return listing(folder)

    monkeypatch.setattr(Path, "iterdir", refuse)
    deliveries, problems = _survey(home)
    assert deliveries == []
    assert "权限" in problems["aid"]


def test_a_feed_that_is_asked_for_takes_no_file_unless_it_says_so(home: Home) -> None:
    deliver(home, "aid/a.csv", "x")
    query = {"connection": "hr", "select": "SELECT 1 AS 单号"}
    deliveries, problems = survey(home.inbox, {"aid": contract(files=None, query=query)}, AS_OF)
    assert (deliveries, [problem.file for problem in problems]) == ([], ["aid/a.csv"])
    assert "不收文件" in problems[0].message
    deliveries, problems = survey(home.inbox, {"aid": contract(query=query)}, AS_OF)
    assert (len(deliveries), problems) == (1, [])
