from collections import Counter, defaultdict

import pytest

from sources.county.dirt import CHANNELS
from tests.sources.county.conftest import County

NUMBERS = {
    "medical": ("身份证号码", "证件号码", "社会保障号码"),
    "education": ("身份证件号", "身份证号"),
    "disability": ("残疾人证号", "证件号码"),
    "civil_affairs": ("身份证号码", "对象身份证号"),
    "employment": ("公民身份号码", "身份证号码"),
    "visits": ("户主证件号码",),
}
NAMES = ("姓名", "参保人姓名", "学生姓名", "对象姓名", "户主姓名")
Truth = dict[str, object]


def first_of(row: dict[str, str], headers: tuple[str, ...]) -> str:
    return next(row[header] for header in headers if header in row)


@pytest.fixture(scope="module")
def truths(county: County) -> dict[str, list[Truth]]:
    by_file: defaultdict[str, list[Truth]] = defaultdict(list)
    for row in county.truth("rows"):
        by_file[str(row["file"])].append(row)
    return {file: sorted(rows, key=lambda row: int(str(row["row_number"]))) for file, rows in by_file.items()}


def test_every_row_of_every_file_has_its_truth(county: County, truths: dict[str, list[Truth]]) -> None:
    files = [path for path in county.home.inbox.rglob("*.*") if path.is_file() and "(1)" not in path.name]
    assert {county.name(path) for path in files} == set(truths)
    for path in files:
        rows = truths[county.name(path)]
        assert [row["row_number"] for row in rows] == list(range(1, len(county.rows(path)) + 1)), path
        assert {row["source"] for row in rows} == {county.name(path).split("/")[0]}


@pytest.mark.parametrize("source", sorted(NUMBERS))
def test_clean_rows_name_the_resident_that_the_truth_names(county: County, truths: dict[str, list[Truth]], source: str) -> None:
    wrong = {row["resident_id"] for rows in truths.values() for row in rows if row["source"] == "roster" and row["dirt"]}
    roster, checked = county.roster(), 0
    for path in county.files(source):
        if "(1)" in path.name:
            continue
        for row, truth in zip(county.rows(path), truths[county.name(path)], strict=True):
            if truth["resident_id"] is None or truth["dirt"] or truth["resident_id"] in wrong:
                continue
            resident = roster[str(truth["resident_id"])]
            assert first_of(row, NUMBERS[source])[:18] == resident["证件号码"][:18]
            assert first_of(row, NAMES) == resident["姓名"]
            checked += 1
    assert checked > 20


def test_rows_of_nobody_are_of_people_who_are_not_on_the_roster(county: County, truths: dict[str, list[Truth]]) -> None:
    known = {row["证件号码"][:18] for row in county.roster().values()}
    for path in county.files("medical"):
        for row, truth in zip(county.rows(path), truths[county.name(path)], strict=True):
            if truth["resident_id"] is None and not truth["dirt"]:
                assert first_of(row, NUMBERS["medical"]) not in known


def test_shares_of_strangers_and_of_identity_dirt(county: County) -> None:
    rows = [row for row in county.truth("rows") if row["source"] != "roster"]
    assert 0.03 < sum(row["resident_id"] is None for row in rows) / len(rows) < 0.06
    dirty = [row for row in rows if any(str(name).startswith(("id_", "name_")) for name in _list(row["dirt"]))]
    assert 0.07 < len(dirty) / len(rows) < 0.125
    assert {name for row in rows for name in _list(row["dirt"])} <= set(CHANNELS)
    assert 1.3 < len(rows) / county.plan.residents < 2.0


def test_repeated_rows_stand_twice_and_corrected_ones_in_the_next_file(county: County, truths: dict[str, list[Truth]]) -> None:
    counts: Counter[str] = Counter()
    seen: dict[str, dict[str, str]] = {}
    for path in county.files("medical"):
        here: dict[str, dict[str, str]] = {}
        for row, truth in zip(county.rows(path), truths[county.name(path)], strict=True):
            key = first_of(row, ("结算单号", "结算流水号"))
            if "row_corrected" in _list(truth["dirt"]):
                assert first_of(seen[key], ("个人自付", "自付金额")) != first_of(row, ("个人自付", "自付金额"))
                counts["corrected"] += 1
            elif "row_repeated" in _list(truth["dirt"]):
                assert here[key] == row
                counts["repeated"] += 1
            else:
                assert key not in seen
                assert key not in here
            here.setdefault(key, row)
        seen |= here
    assert counts["corrected"] > 0
    assert counts["repeated"] > 0


def test_shocks_befall_residents_of_the_roster(county: County) -> None:
    roster = county.roster()
    shocks = county.truth("shocks")
    assert len(shocks) > 20
    for shock in shocks:
        assert roster[str(shock["resident_id"])]["户编号"] == shock["household_id"]
    assert len({shock["resident_id"] for shock in shocks}) == len(shocks)


def test_the_ideal_officer_decides_once_for_every_household(county: County) -> None:
    ideal = county.truth("ideal")
    homes = {row["户编号"] for row in county.roster().values()}
    assert Counter(str(row["household_id"]) for row in ideal) == Counter(homes)
    visits = [row for row in ideal if row["decision"] == "visit"]
    assert len(visits) == county.invented.deserving
    assert len(ideal) == county.invented.households
    assert 0.005 < len(visits) / len(ideal) < 0.03
    assert all(bool(row["families"]) == (row["decision"] == "visit") for row in ideal)
    assert all(row["why"] for row in ideal)


def _list(value: object) -> list[str]:
    assert isinstance(value, list)
    return value


def test_nobody_is_treated_or_supported_before_birth(county: County) -> None:
    born = {key: row["出生日期"] for key, row in county.roster().items()}
    when = {
        "medical": ("结算日期", "结算时间"),
        "civil_affairs": ("起始日期", "待遇开始日期"),
        "disability": ("首次发证日期", "初次发证日期"),
    }
    by_file: defaultdict[str, dict[object, Truth]] = defaultdict(dict)
    for truth in county.truth("rows"):
        by_file[str(truth["file"])][truth["row_number"]] = truth
    for source, headers in when.items():
        for path in county.files(source):
            for number, row in enumerate(county.rows(path), start=1):
                resident = by_file[county.name(path)][number]["resident_id"]
                assert resident is None or first_of(row, headers)[:7] >= born[str(resident)][:7]
