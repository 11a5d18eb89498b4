from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from stdnum.cn.ric import calc_check_digit

from sources.county.people import check_digit
from tests.sources.county.conftest import County

OLDER = {"之父", "之母", "之公公", "之婆婆"}
CHILDREN = {"之子", "之女"}
GRANDCHILDREN = {"之孙子", "之孙女", "之外孙子", "之外孙女"}
GRANDPARENTS = {"之祖父", "之祖母"}
MALE = {"之子", "之女婿", "之孙子", "之外孙子", "之父", "之公公", "之祖父", "之侄儿"}
FEMALE = {"之女", "之儿媳", "之孙女", "之外孙女", "之母", "之婆婆", "之祖母", "之侄女"}


@pytest.fixture(scope="module")
def residents(county: County) -> list[dict[str, str]]:
    return list(county.roster().values())


@pytest.fixture(scope="module")
def numbers(county: County) -> dict[str, str]:
    """18-character numbers by resident, but for those the roster lacks or has wrong."""
    wrong = {row["resident_id"] for row in county.truth("rows") if row["source"] == "roster" and row["dirt"]}
    return {key: row["证件号码"][:18] for key, row in county.roster().items() if key not in wrong}


def born(row: dict[str, str]) -> date:
    return date.fromisoformat(row["出生日期"])


def years_between(elder: dict[str, str], younger: dict[str, str]) -> float:
    return (born(younger) - born(elder)).days / 365.2425


def test_check_digits_agree_with_another_implementation(numbers: dict[str, str]) -> None:
    assert len(numbers) > 3_900
    assert all(number[-1] == calc_check_digit(number) for number in numbers.values())


def test_check_digit_of_a_known_body() -> None:
    bodies = np.array([99010119900307001, 11010519491231002], dtype=np.int64)
    expected = [calc_check_digit(f"{body}0") for body in bodies]
    assert check_digit(bodies).tolist() == expected
    assert expected[1] == "X"


def test_numbers_are_unique_and_agree_with_birth_and_sex(county: County, numbers: dict[str, str]) -> None:
    roster = county.roster()
    assert len(set(numbers.values())) == len(numbers)
    for key, number in numbers.items():
        assert number[6:14] == roster[key]["出生日期"].replace("-", "")
        assert int(number[16]) % 2 == (roster[key]["性别"] == "男")


def test_no_place_or_number_is_a_real_one(county: County, residents: list[dict[str, str]], numbers: dict[str, str]) -> None:
    assert all(row["行政区划代码"].startswith("9901") and len(row["行政区划代码"]) == 14 for row in residents)
    assert all(number.startswith("99") for number in numbers.values())
    assert all(row["户联系电话"].startswith("199999") and len(row["户联系电话"]) == 11 for row in residents)
    assert {row["县（市、区）"] for row in residents} == {"虚构县"}


def test_a_few_numbers_are_long_missing_or_wrong(residents: list[dict[str, str]]) -> None:
    lengths = Counter(len(row["证件号码"]) for row in residents)
    assert set(lengths) == {0, 18, 20, 22}
    assert 0.015 < (lengths[20] + lengths[22]) / len(residents) < 0.06
    assert lengths[0] < 0.01 * len(residents)


def test_registry_numbers_are_opaque_and_unique(residents: list[dict[str, str]]) -> None:
    assert len({row["人口编号"] for row in residents}) == len(residents)
    assert all(len(row["人口编号"]) == 16 and len(row["户编号"]) == 14 and row["户编号"].startswith("99") for row in residents)
    tails = [int(row["人口编号"][4:]) for row in residents]
    assert sum(abs(a - b) < 1_000_000 for a, b in pairwise(tails)) == 0


def test_every_household_has_one_head_and_lives_in_one_place(residents: list[dict[str, str]]) -> None:
    homes: defaultdict[str, list[dict[str, str]]] = defaultdict(list)
    for row in residents:
        homes[row["户编号"]].append(row)
    for members in homes.values():
        assert sum(row["与户主关系"] == "户主" for row in members) == 1
        assert sum(row["与户主关系"] == "配偶" for row in members) <= 1
        assert (
            len({(row["行政区划代码"], row["家庭人均纯收入"], row["户类型"], row["是否享受农村低保"]) for row in members}) == 1
        )
        assert len({row["姓名"] for row in members}) == len(members)


def test_generations_are_far_enough_apart_and_sexes_fit(residents: list[dict[str, str]]) -> None:
    heads = {row["户编号"]: row for row in residents if row["与户主关系"] == "户主"}
    for row in residents:
        head, relation = heads[row["户编号"]], row["与户主关系"]
        if relation in CHILDREN:
            assert years_between(head, row) >= 16
        if relation in OLDER:
            assert years_between(row, head) >= 16
        if relation in GRANDCHILDREN:
            assert years_between(head, row) >= 32
        if relation in GRANDPARENTS:
            assert years_between(row, head) >= 32
        if relation == "配偶":
            assert row["性别"] != head["性别"]
            assert abs(years_between(head, row)) < 12
        assert (relation in MALE) <= (row["性别"] == "男")
        assert (relation in FEMALE) <= (row["性别"] == "女")


def test_children_bear_a_parents_surname(residents: list[dict[str, str]]) -> None:
    heads = {row["户编号"]: row for row in residents if row["与户主关系"] == "户主"}
    sons = [
        row
        for row in residents
        if row["与户主关系"] == "之子" and heads[row["户编号"]]["性别"] == "男" and row["民族"] == "汉族"
    ]
    share = sum(row["姓名"][0] == heads[row["户编号"]]["姓名"][0] for row in sons) / len(sons)
    assert share == 1.0


def test_ages_and_shares_are_believable(residents: list[dict[str, str]]) -> None:
    ages = [(date(2026, 10, 31) - born(row)).days // 365 for row in residents]
    assert 0 <= min(ages) <= max(ages) <= 104
    assert 0.12 < sum(age < 15 for age in ages) / len(ages) < 0.25
    assert 0.15 < sum(age >= 60 for age in ages) / len(ages) < 0.35

    def share(column: str, value: str) -> float:
        return sum(row[column] == value for row in residents) / len(residents)

    assert 0.07 < share("户类型", "脱贫享受政策户") < 0.16
    assert 0.01 < share("户类型", "防返贫监测对象") < 0.04
    assert 0.02 < share("是否享受农村低保", "是") < 0.08
    assert all((row["易返贫致贫户(监测对象)类型"] != "") == (row["户类型"] == "防返贫监测对象") for row in residents)


def test_exactly_one_of_education_and_schooling_is_filled(residents: list[dict[str, str]]) -> None:
    assert all((row["文化程度"] == "") != (row["在校生状况"] == "") for row in residents)
    primary = [row for row in residents if row["在校生状况"] == "小学"]
    assert {2026 - born(row).year for row in primary} <= set(range(6, 13))


def test_names_have_the_hard_kinds(residents: list[dict[str, str]]) -> None:
    names = Counter((row["行政村"], row["姓名"]) for row in residents)
    assert sum(count > 1 for count in names.values()) > 20
    twins = Counter((row["户编号"], row["出生日期"]) for row in residents)
    assert max(twins.values()) >= 2
    assert any("·" in row["姓名"] for row in residents)
    assert any(row["姓名"].startswith(("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "令狐")) for row in residents)
    assert 0.05 < sum(len(row["姓名"]) == 2 for row in residents) / len(residents) < 0.25
    assert any(not _in_gbk(row["姓名"]) for row in residents)


def _in_gbk(text: str) -> bool:
    return text.encode("gbk", errors="ignore").decode("gbk") == text


def test_the_second_roster_differs_a_little(county: County) -> None:
    first, second = (county.rows(path) for path in county.files("roster"))
    before, after = {row["人编号"] for row in first}, {row["人口编号"] for row in second}
    assert 0 < len(before ^ after) < 0.01 * len(before)
    assert len(before | after) == county.plan.residents
