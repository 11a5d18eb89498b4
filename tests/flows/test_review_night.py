"""The loop of review through whole nights: a row in doubt is listed, answered, and never asked again."""

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest

from settings import Home
from tests.flows.little import PEOPLE, fangpin, little_home, medical, put

DOUBTED: Final = "medical/2026-03-02/补报.csv"
CONCLUSION: Final = {"核对人": "核对甲", "核对日期": "2026-03-11"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which one row has the number of one resident and the name of nobody."""
    home = little_home(tmp_path)
    wrong = medical("01", {4: 9000}).replace(PEOPLE[4].name, "欧阳别人")
    put(home.root, DOUBTED, wrong)
    return home


def night(home: Home, day: str) -> dict[str, Any]:
    outcome = fangpin("night", "--home", home.root, "--as-of", day, "--json")
    assert outcome.code == 0, outcome.err
    told: dict[str, Any] = json.loads(outcome.out)
    return told


def lines(told: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the county is asked."""
    lists = [Path(item["path"]) for item in told["lists"] if Path(item["path"]).name == "待人工比对_虚构县.csv"]
    rows: list[dict[str, str]] = []
    for path in lists:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows += csv.DictReader(file)
    return rows


def answer(home: Home, line: Mapping[str, str], file: str, **filled: str) -> None:
    path = home.inbox / "review_verdicts" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(line))
        writer.writeheader()
        writer.writerow({**line, **CONCLUSION, **filled})


def decided(told: Mapping[str, Any]) -> tuple[str, str | None]:
    """How the doubted row ended."""
    run = Path(told["run_dir"])
    found = duckdb.sql(f"""
        SELECT decision, resident_id FROM read_parquet('{run / "links.parquet"}')
        JOIN read_parquet('{run / "batches.parquet"}') USING (batch_id) WHERE file = '{DOUBTED}'
    """).fetchall()
    [(decision, resident)] = found
    return decision, resident


def bins(told: Mapping[str, Any], source: str) -> dict[str, int]:
    counted = [row for row in told["accounting"] if row["source"] == source]
    return {name: sum(row[name] for row in counted) for name in ("linked", "review", "no_resident", "verdict", "unanswered")}


def test_a_doubted_row_is_asked_answered_and_used(home: Home) -> None:
    before = night(home, "2026-03-10")
    [line] = lines(before)
    assert (before["review"], before["review_waiting"], before["review_listed"]) == (1, 1, 1)
    assert (line["姓名"], line["候选一姓名"], line["候选一人编号"]) == ("欧阳别人", PEOPLE[4].name, "人-R990101004")
    assert "review_verdicts" not in (*before["missing"], *before["stale"])
    assert line["若属实会触发"]
    answer(home, line, "2026-03-11/答.csv", 核对结论="是候选一")
    after = night(home, "2026-03-11")
    assert decided(before) == ("review", "R990101004")
    assert decided(after) == ("linked", "R990101004")
    assert (lines(after), after["review"]) == ([], 0)
    assert bins(after, "review_verdicts") == {"linked": 0, "review": 0, "no_resident": 0, "verdict": 1, "unanswered": 0}
    assert after["warnings"] > before["warnings"]


def test_a_later_verdict_overrules_and_is_told(home: Home) -> None:
    [line] = lines(night(home, "2026-03-10"))
    answer(home, line, "2026-03-12/一.csv", 核对结论="是候选一")
    answer(home, line, "2026-03-13/二.csv", 核对结论="都不是", 核对日期="2026-03-12")
    told = night(home, "2026-03-13")
    assert decided(told)[0] != "linked"
    assert any("1 条结论被更新的结论推翻" in problem for problem in told["problems"])
    assert any(item["path"].endswith("待人工比对/比对结论冲突.csv") for item in told["lists"])


def test_cannot_tell_is_not_asked_again_and_counted(home: Home) -> None:
    [line] = lines(night(home, "2026-03-10"))
    answer(home, line, "2026-03-11/答.csv", 核对结论="无法判断")
    told = night(home, "2026-03-11")
    assert decided(told)[0] == "review"
    assert (lines(told), told["review"], told["review_waiting"]) == ([], 1, 0)


def test_an_unanswered_and_an_unusable_line_are_counted_and_the_latter_told(home: Home) -> None:
    [line] = lines(night(home, "2026-03-10"))
    answer(home, line, "2026-03-11/空.csv", 核对结论="")
    answer(home, line, "2026-03-11/缺.csv", 核对结论="是另一人")
    told = night(home, "2026-03-11")
    assert bins(told, "review_verdicts")["unanswered"] == 2
    assert any("1 行填了结论却没有可用的人编号" in problem for problem in told["problems"])
    assert len(lines(told)) == 1
