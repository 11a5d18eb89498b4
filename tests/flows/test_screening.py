"""Two nights of a small home: property is read for who has signed and has an open case, and changes no list but its own."""

import json
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import case_tables
from flows.summary import Summary
from settings import Home
from sources import screening
from tables import BINS
from tests.casework.filed import HANDED
from tests.conftest import run_night
from tests.flows.little import AS_OF, PEOPLE, SECRETS, little_home, put

NEXT: Final = AS_OF + timedelta(days=1)
CARS: Final = "vehicles/2026-03-05/车辆.csv"
LEDGER: Final = "authorisations/2026-03-06/台账.csv"
SIGNED, UNSIGNED, OTHER_HOUSEHOLD = PEOPLE[0], PEOPLE[1], PEOPLE[3]


def cars() -> str:
    owners = [(SIGNED, "XA0001"), (UNSIGNED, "XA0002"), (OTHER_HOUSEHOLD, "XA0003"), (SIGNED, "XA0004")]
    rows = [f"{one.id_number},{one.name},{plate},小型轿车,2020-05-06,88888.88,正常" for one, plate in owners]
    return "\n".join(["身份证号,所有人,号牌号码,车辆类型,注册日期,购置价,状态", *rows]) + "\n"


def ledger(until: str = "2026-12-31") -> str:
    rows = [f"SQ-0001,1,{SIGNED.name},{SIGNED.id_number},车辆,2026-03-04,{until},"]
    return "\n".join(["授权书编号,签署人序号,签署人姓名,签署人证件号码,授权查询项目,签署日期,有效期至,撤回日期", *rows]) + "\n"


def hand_out(home: Home, household: str) -> None:
    """The first night handed out the household's row, whatever its list held."""
    row = {**HANDED, "as_of": AS_OF, "first_seen": AS_OF, "household_id": household, "county": "990101"}
    pq.write_table(pa.Table.from_pylist([row], schema=case_tables.ISSUED), home.run(AS_OF) / "issued.parquet")


def rows(home: Home, name: str, as_of: date = NEXT) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(home.run(as_of) / f"{name}.parquet").to_pylist()
    return found


def household(home: Home) -> str:
    who = duckdb.execute(
        f"SELECT household_id FROM read_parquet('{home.run(AS_OF) / 'residents.parquet'}') ORDER BY resident_id LIMIT 1"
    ).fetchone()
    assert who
    return str(who[0])


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """After a night that handed out a row."""
    found = little_home(tmp_path_factory.mktemp("screening") / "home")
    put(found.root, CARS, cars())
    put(found.root, LEDGER, ledger())
    run_night(found.root)
    hand_out(found, household(found))
    return found


@pytest.fixture(scope="module")
def summary(first: Home, tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """Of the night after it, which may look."""
    root = tmp_path_factory.mktemp("next") / "home"
    shutil.copytree(first.root, root)
    return run_night(root, NEXT)


@pytest.fixture(scope="module")
def home(summary: Summary) -> Home:
    return Home(summary.run.parent.parent)


def bins(home: Home, as_of: date, source: str = "vehicles") -> dict[str, int]:
    return {
        name: sum(row[name] for row in rows(home, "accounting", as_of) if row["source"] == source)
        for name in ("rows_in", *BINS)
    }


def test_before_a_case_is_open_nothing_is_read(home: Home) -> None:
    counted = bins(home, AS_OF)
    assert (counted["rows_in"], counted["barred"], counted["screened"]) == (4, 4, 0)
    assert rows(home, "property_flags", AS_OF) == []


def test_of_an_open_case_the_rows_of_who_signed_are_read_and_no_other(home: Home) -> None:
    counted = bins(home, NEXT)
    assert (counted["rows_in"], counted["barred"], counted["screened"]) == (4, 2, 2)
    flags = rows(home, "property_flags")
    assert [(flag["title"], flag["auth_no"]) for flag in flags] == [("机动车登记：小型汽车，正常", "SQ-0001")] * 2
    assert len({flag["resident_id"] for flag in flags}) == 1
    (told,) = [row for row in rows(home, "screen_counts") if row["source"] == "vehicles"]
    assert (told["rows"], told["read"], told["barred"], told["persons"], told["flags"]) == (4, 2, 2, 1, 2)
    assert told["unasked"] == 2
    assert told["flags_foregone"] is None


def test_the_county_gets_a_place_for_the_explanation(home: Home) -> None:
    (book,) = home.lists.glob(f"{NEXT}/*/信息比对提示_*.xlsx")
    titles, *lines = openpyxl.load_workbook(book)["信息比对提示"].iter_rows(values_only=True)
    line = dict(zip(titles, lines[0], strict=True))
    assert len(lines) == 1
    assert line["比对提示"] == "机动车登记：小型汽车，正常 2 项"
    assert line["授权书编号"] == "SQ-0001"
    assert [line[title] for title in ("核实情况", "说明", "核实人", "日期")] == [None] * 4


def test_nothing_of_the_feed_is_stored_and_no_amount_or_plate_leaves_it(home: Home) -> None:
    kept = b"".join(path.read_bytes() for path in sorted((home.store / "facts" / "vehicles").iterdir()))
    table = pq.read_table(next((home.store / "facts" / "vehicles").iterdir()))
    assert all(table[name].null_count == table.num_rows for name in ("plate_no", "kind", "price", "status"))
    assert b"XA000" not in kept
    for folder in (home.run(NEXT), home.published):
        for path in folder.rglob("*.parquet"):
            text = json.dumps(pq.read_table(path).to_pylist(), default=str, ensure_ascii=False)
            assert not [secret for secret in (*SECRETS, "XA000", "88888") if secret in text], path.name


def test_without_an_authorisation_in_force_no_original_is_opened_and_no_list_differs(
    home: Home, first: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(first.root, tmp_path / "home")
    other = Home(tmp_path / "home")
    put(other.root, "authorisations/2026-03-11/更正.csv", ledger(until=AS_OF.isoformat()))  # it ended yesterday

    def refuse(*_: object) -> None:
        raise AssertionError("a feed of property was opened")

    monkeypatch.setattr(screening, "read", refuse)
    told = run_night(other.root, NEXT).problems
    assert [row["state"] for row in rows(other, "authorisations")] == ["ended"]
    assert [line for line in told if "其中 1 份昨日到期" in line]
    assert bins(other, NEXT)["screened"] == 0
    for name in ("warnings", "referrals", "issued", "cases", "signals", "suppressed"):
        assert (home.run(NEXT) / f"{name}.parquet").read_bytes() == (other.run(NEXT) / f"{name}.parquet").read_bytes(), name


def test_the_night_says_what_was_left_unread(summary: Summary) -> None:
    (told,) = [line for line in summary.problems if line.startswith("“机动车登记”")]
    assert "现行 4 行" in told
    assert "2 行仅计数" in told
    assert "尚有 2 人没有有效授权，已授权的不足 20 人，因此少了多少条提示说不准" in told
    assert not [secret for secret in SECRETS if secret in told]
