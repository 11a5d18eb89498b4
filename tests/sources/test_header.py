"""Which column is which, and what is missing, extra or twice."""

import pytest

from sources.header import Unreadable, find_header, lay_out
from tests.sources.making import HEADER, contract, seed


def test_synonyms_folding_and_order_do_not_matter() -> None:
    layout = lay_out(["类别", "发放日期", " 姓\n名", "\ufeff单号", "证件号码", "“金额”"], contract())
    assert layout.identity == {"id_number": 4, "name": 2}
    assert layout.facts == {"no": 3, "paid_on": 1, "amount": 5, "kind": 0}
    assert (layout.missing, layout.extra, layout.unnamed) == ((), (), ())


def test_missing_and_extra_columns() -> None:
    layout = lay_out(["单号", "姓名", "经办人", "备注" * 30, "金额"], contract())
    assert layout.missing == ("id_number", "paid_on", "kind")
    assert layout.extra == (("备注" * 30)[:40],)


def test_a_column_that_may_be_absent_is_not_missing() -> None:
    facts = seed()["facts"]
    optional = contract(facts=facts | {"amount": facts["amount"] | {"may_be_absent": True}})
    assert lay_out([h for h in HEADER if h != "金额"], optional).missing == ()


def test_a_fact_is_missing_even_if_its_namesake_in_identity_is_there() -> None:
    both = contract(facts=seed()["facts"] | {"name": {"title": "名", "headers": ["户主名"], "type": "text"}})
    assert lay_out(HEADER, both).missing == ("name",)


def test_of_two_headers_for_one_column_the_contracts_first_is_used() -> None:
    layout = lay_out(["证件号码", "身份证号", *[h for h in HEADER if h != "身份证号"]], contract())
    assert layout.identity["id_number"] == 1
    assert layout.extra == ("证件号码",)


def test_the_same_header_twice_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="表头重复：金额"):
        lay_out([*HEADER, "金 额"], contract())


def test_titles_and_notes_above_the_header_are_passed_over() -> None:
    rows = [["某县救助名册", "", ""], ["单位：元"], [], HEADER, ["N1", "张三"]]
    found = find_header(rows, contract())
    assert found is not None
    assert found[0] == 3


@pytest.mark.parametrize(("count", "is_header"), [(2, False), (3, True)])
def test_half_of_the_expected_columns_make_a_header(count: int, is_header: bool) -> None:
    assert (find_header([HEADER[:count]], contract()) is not None) is is_header


UPPER = ["单号", "姓名", "身份证号", "发放情况", "", "类别"]


@pytest.mark.parametrize("lower", [["", "", "", "日期", "金额", ""], ["", "", "", "发放日期", "金额", ""]])
def test_a_header_of_two_lines_is_read_as_one(lower: list[str]) -> None:
    found = find_header([["某县救助名册"], UPPER, lower, ["N1", "张三"]], contract())
    assert found is not None
    assert (found[0], found[1].missing, found[1].extra) == (2, (), ())
    assert found[1].facts == {"no": 0, "paid_on": 3, "amount": 4, "kind": 5}


def test_below_a_group_the_joined_name_is_known_or_the_lower_one_alone() -> None:
    facts = seed()["facts"] | {
        "first": {"title": "一", "headers": ["一季度 金额"], "type": "money"},
        "second": {"title": "二", "headers": ["二季度金额"], "type": "money"},
    }
    rows = [[*UPPER, "一季度", "", "二季度", ""], ["", "", "", "日期", "金额", "", "金额", "备注", "金额", "说明"]]
    found = find_header(rows, contract(facts=facts))
    assert found is not None
    assert (found[1].facts["amount"], found[1].facts["first"], found[1].facts["second"]) == (4, 6, 8)
    assert found[1].extra == ("一季度备注", "二季度说明")


def test_a_group_above_a_complete_header_changes_nothing() -> None:
    found = find_header(
        [["", "", "个人信息", "", "资金", ""], HEADER, ["N1", "张三", "41", "2024-01-05", "1", "低保"]], contract()
    )
    assert found is not None
    assert (found[0], found[1].facts["amount"], found[1].extra) == (1, 4, ())


def test_the_first_row_of_data_is_not_taken_for_a_second_line() -> None:
    found = find_header([HEADER, ["N1", "张三", "41", "2024-01-05", "1", "低保"]], contract())
    assert found is not None
    assert found[0] == 0


def test_too_many_columns_are_unreadable() -> None:
    with pytest.raises(Unreadable, match="有 10000 列，超过 500 列"):
        lay_out([*HEADER, *map(str, range(9_994))], contract())


def test_unnamed_columns_are_known_by_position() -> None:
    layout = lay_out([*HEADER[:3], "", *HEADER[3:], ""], contract())
    assert (layout.unnamed, layout.least, layout.width) == ((3, 7), 7, 8)
