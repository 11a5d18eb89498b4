from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from errors import CatalogueError
from matching.area_changes import Change, read_changes

HEADER = "old\tnew\tsince\tsource\n"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write an office's own file; rows are old and new, or old, new and year."""

    def own(*rows: tuple[str, ...], header: str = HEADER) -> Path:
        lines = (f"{old}\t{new}\t{year[0] if year else '2020'}-01-01\t虚构\n" for old, new, *year in rows)
        (tmp_path / "area_changes.tsv").write_text(header + "".join(lines), encoding="utf-8")
        return tmp_path / "area_changes.tsv"

    return own


def mapped(own: Path | None = None) -> dict[str, str]:
    return {change.old: change.new for change in read_changes(own)}


def test_shipped_changes_are_of_counties_and_lead_to_todays_code() -> None:
    changes = read_changes()
    codes = mapped()
    assert codes["232324"] == "231221"
    assert codes["110223"] == "110112"
    assert codes["511221"] == "500154"  # 开县: in 1997 to 500234, in 2016 to 开州区
    assert len(changes) >= 100
    assert {len(change.old) for change in changes} == {len(change.new) for change in changes} == {6}
    assert all(change.old[:2] == change.new[:2] or change.old[:2] == "51" for change in changes)
    assert not {change.new for change in changes} & codes.keys()
    assert all(date(1980, 1, 1) < change.since < date(2026, 1, 1) for change in changes)


def test_an_office_adds_changes_and_replaces_shipped_ones(write: Write, tmp_path: Path) -> None:
    codes = mapped(write(("990101", "990201"), ("232324", "990202")))
    assert (codes["990101"], codes["232324"], codes["232325"]) == ("990201", "990202", "231222")
    assert read_changes(tmp_path / "none.tsv") == read_changes()


def test_changes_of_changes_are_followed(write: Write) -> None:
    codes = mapped(write(("990101", "990201", "2000"), ("990201", "990301", "2010"), ("990301", "990401", "2020")))
    assert [codes[old] for old in ("990101", "990201", "990301")] == ["990401"] * 3


def test_a_part_that_changed_again_is_followed(write: Write) -> None:
    codes = mapped(
        write(
            ("990101", "990201", "2000"),
            ("990201", "990301", "2010"),
            ("990201102", "990201103", "2005"),
            ("990301104", "990301105", "2020"),
            ("990301105201", "990301105202", "2021"),
        )
    )
    assert codes["990101104"] == codes["990201104"] == codes["990301104"] == "990301105"
    assert codes["990101104201"] == codes["990301105201"] == "990301105202"


def test_a_change_keeps_the_digits_below_only_on_its_own_level() -> None:
    assert Change("990101101", "990101102", date(2020, 1, 1), "").applied("990101101201") == "990101102201"
    assert Change("990101101201", "990101102", date(2020, 1, 1), "").applied("990101101201") == "990101102"
    assert Change("990101", "990201101", date(2020, 1, 1), "").applied("990101101201") == "990201101"


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("", "", "没有内容"),
        ("# 只有说明\n", "", "没有内容"),
        ("old\tnew\tsince\n", "第 1 行", "old"),
        ("old\tnew\tsince\tsource\tnote\n", "第 1 行", "note"),
        (HEADER + "990101\t990201\t2020-01-01\n", "第 2 行", "3 列"),
        (HEADER + "\n# 说明\n990101\t990201\t2020-01-01\t文\t多\n", "第 4 行", "5 列"),
        (HEADER + "9901\t990201\t2020-01-01\t文\n", "第 2 行", "9901"),
        (HEADER + "990101\t990201000\t2020-01-01\t文\n", "第 2 行", "990201000"),
        (HEADER + "９９０１０１\t990201\t2020-01-01\t文\n", "第 2 行", "９９０１０１"),
        (HEADER + "990101\t990101\t2020-01-01\t文\n", "第 2 行", "990101"),
        (HEADER + "990101\t990201\t2020-13-01\t文\n", "第 2 行", "2020-13-01"),
        (HEADER + "990101\t990201\t20200101\t文\n", "第 2 行", "20200101"),
        (HEADER + "990101\t990201\t2020-01-01\t \n", "第 2 行", "空"),
        (HEADER + "990101\t990201\t2020-01-01\t文\n990101\t990202\t2020-01-01\t文\n", "第 3 行", "第 2 行"),
    ],
)
def test_a_malformed_file_is_named_with_its_line(tmp_path: Path, text: str, place: str, found: str) -> None:
    own = tmp_path / "area_changes.tsv"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        read_changes(own)
    assert (caught.value.file, caught.value.place) == (str(own), place)
    assert found in caught.value.found


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "area_changes.tsv"
    own.write_bytes(HEADER.encode() + "990101\t990201\t2020-01-01\t文号\n".encode("gb18030"))
    with pytest.raises(CatalogueError):
        read_changes(own)


def test_a_byte_order_mark_and_windows_line_ends_are_no_matter(tmp_path: Path) -> None:
    own = tmp_path / "area_changes.tsv"
    own.write_text((HEADER + "990101\t990201\t2020-01-01\t文\n").replace("\n", "\r\n"), encoding="utf-8-sig", newline="")
    assert mapped(own)["990101"] == "990201"


@pytest.mark.parametrize(
    "rows",
    [
        [("990101", "990102"), ("990102", "990101")],
        [("990101", "990102"), ("990102", "990103"), ("990103", "990102")],
        [("990101", "990102"), ("990102201", "990101201")],
    ],
)
def test_changes_that_run_in_a_circle_are_refused(write: Write, rows: list[tuple[str, str]]) -> None:
    with pytest.raises(CatalogueError, match="循环"):
        read_changes(write(*rows))


def test_a_code_that_was_given_out_again_is_refused(write: Write) -> None:
    with pytest.raises(CatalogueError, match="990201 已于 1990-01-01 改为 990301"):
        read_changes(write(("990101", "990201", "2000"), ("990201", "990301", "1990")))
