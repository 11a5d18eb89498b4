"""Quarantine empties: a mended contract sends the rows through again, and what a sender still owes goes back to him."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from flows.running import alone
from settings import Home
from tests.flows.little import MEDICAL, SECRETS, assert_told, fangpin, little_home, medical, published, put

CATALOGUE = Path(__file__).parents[2] / "sources" / "catalogue"
STRANGE = medical().replace(",住院,", ",专科住院,", 1)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A night with one row that the contract does not understand, and a file on hold; not to be changed."""
    home = little_home(tmp_path_factory.mktemp("replay") / "home")
    put(home.root, MEDICAL, STRANGE)
    put(home.root, "medical/2026-03-05/三月.csv", "")
    assert fangpin("night", "--home", home.root).code == 0
    return home.root


@pytest.fixture
def home(before: Path, tmp_path: Path) -> Home:
    import shutil

    shutil.copytree(before, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def mend(home: Home) -> None:
    """The office learns the new word."""
    text = (CATALOGUE / "medical.yaml").read_text(encoding="utf-8")
    (home.root / "sources").mkdir()
    wiser = text.replace("住院: [普通住院", "住院: [专科住院, 普通住院")
    (home.root / "sources" / "medical.yaml").write_text(wiser, encoding="utf-8")


def told(*arguments: str | Path) -> dict[str, Any]:
    outcome = fangpin(*arguments, "--json")
    assert outcome.code == 0, outcome.err
    answer: dict[str, Any] = json.loads(outcome.out)
    return answer


def returned(home: Home) -> list[dict[str, str]]:
    (path,) = (home.lists / "2026-03-10").glob("退回_medical/*.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_quarantine_is_listed_and_goes_back_to_the_sender(home: Home) -> None:
    found = told("quarantine", "--home", home.root)
    (row,) = found["quarantine"]
    said = [row[name] for name in ("source", "title", "reason", "rows", "answered", "oldest_on", "days")]
    assert said == ["medical", "医疗类别", "写法读不出来", 1, 0, "2026-03-01", 9]
    assert [(file["file"], file["answered_by"]) for file in found["held"]] == [("medical/2026-03-05/三月.csv", None)]
    whole, line = returned(home)
    assert (whole["列"], whole["行号"], "空的" in whole["问题"]) == ("（整份文件）", "", True)
    assert [line[name] for name in ("文件", "行号", "列", "问题")] == [MEDICAL, "2", "医疗类别", "写法读不出来"]
    text = fangpin("quarantine", "--home", home.root, "--source", "medical").out
    assert "未补正" in text
    everything = text + str(returned(home))
    assert not [value for value in (*SECRETS, "专科住院") if value in everything]


def test_without_changes_a_replay_does_nothing_and_says_so(home: Home) -> None:
    state = published(home)
    outcome = fangpin("replay", "--home", home.root)
    assert (outcome.code, "没有变化" in outcome.out, published(home) == state) == (0, True, True)


def test_a_mended_contract_empties_the_quarantine(home: Home) -> None:
    mend(home)
    put(home.root, "medical/2026-03-09/新.csv", medical("03"))
    assert told("replay", "--home", home.root, "--source", "roster")["changed"] == []
    done = told("replay", "--home", home.root)
    assert (done["changed"], done["left"], done["entered"]) == (["medical"], {"medical": {"linked": 1}}, {})
    was, now = (done[when]["medical"] for when in ("before", "after"))
    assert (was["rows_in"], was["quarantined"], was["linked"]) == (3, 1, 2)
    assert (now["rows_in"], now["quarantined"], now["linked"]) == (3, 0, 3)
    assert [one["列"] for one in returned(home)] == ["（整份文件）"]
    assert "没有变化" in fangpin("replay", "--home", home.root).out
    assert told("quarantine", "--home", home.root)["quarantine"] == []


def test_the_replay_prints_before_and_after(home: Home) -> None:
    mend(home)
    text = fangpin("replay", "--home", home.root).out
    assert [part for part in ("离开隔离 1 行：已对上 1", "各去向之和 3 行，相符") if part not in text] == []


def test_a_killed_replay_is_simply_run_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    mend(home)
    state = published(home)
    with monkeypatch.context() as dying:
        dying.setattr("flows.publishing.write_returns", lambda *_: 1 / 0)
        assert fangpin("replay", "--home", home.root).code == 70
    assert published(home) == state
    assert told("replay", "--home", home.root)["left"] == {"medical": {"linked": 1}}


def test_a_replay_waits_for_no_night(home: Home) -> None:
    with alone(home):
        assert_told(fangpin("replay", "--home", home.root), 14, "同一时间只有一个")


def test_what_is_not_there_is_said(home: Home, tmp_path: Path) -> None:
    assert_told(fangpin("quarantine", "--home", home.root, "--source", "nobody"), 15, "没有这个来源")
    assert_told(fangpin("replay", "--home", home.root, "--source", "nobody"), 15, "没有这个来源")
    assert_told(fangpin("quarantine", "--home", tmp_path / "none"), 15, "还没有任何一夜")


def test_a_corrected_row_and_a_file_of_the_same_name_answer(home: Home) -> None:
    put(home.root, "medical/2026-03-09/二月结算更正.csv", medical(payers={0: 6500}))
    put(home.root, "medical/2026-03-10/三月.csv", medical("01"))
    night = told("night", "--home", home.root)
    assert night["held"] == {}
    found = told("quarantine", "--home", home.root)
    assert [(row["rows"], row["answered"], row["days"]) for row in found["quarantine"]] == [(1, 1, None)]
    assert all(file["answered_by"] for file in found["held"])
    assert not list((home.lists / "2026-03-10").glob("退回_*"))
    kept = duckdb.sql(f"SELECT sum(quarantined), sum(rows_in) FROM '{home.runs}/2026-03-10/accounting.parquet'")
    assert kept.fetchone() == (1, 17)
