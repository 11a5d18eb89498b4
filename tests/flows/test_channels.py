"""A department, the household itself and the village tell of one family, each in its own spelling: one warning, one visit."""

from pathlib import Path

import duckdb
import pytest

from flows.declared import load_catalogue
from tests.flows.little import AS_OF, MEDICAL, PEOPLE, fangpin, little_home, medical, put

HEAD, WIFE = PEOPLE[0], PEOPLE[1]
WIDE = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = little_home(tmp_path_factory.mktemp("channels"))
    put(home.root, MEDICAL, medical(payers={0: 6500}))
    reported = f"SB-0001,2026-03-02,{WIFE.name} ,{WIFE.id_number.translate(WIDE)},因学,一般\n"
    put(home.root, "self_reports/2026-03-03/申报.csv", "申报编号,申报日期,申报人姓名,身份证号,困难类型,是否急难\n" + reported)
    spaced = f"{HEAD.id_number[:6]} {HEAD.id_number[6:14]} {HEAD.id_number[14:].lower()}"
    seen = f"PC-0001,2026-02-20,{HEAD.name[:2]} {HEAD.name[2:]},{spaced},缺劳动力,无保障,有保障,是\n"
    header = "排查编号,排查日期,户主姓名,户主证件号码,排查发现的风险,住房安全,饮水安全,建议纳入\n"
    put(home.root, "cadre_rounds/2026-03-05/排查.csv", header + seen)
    assert fangpin("night", "--home", home.root).code == 0
    return home.run(AS_OF)


def test_three_channels_and_three_spellings_make_one_warning(run: Path) -> None:
    warnings = duckdb.sql(f"SELECT household_id, families, reasons FROM '{run}/warnings.parquet'").fetchall()
    ((household, families, reasons),) = [row for row in warnings if row[0] == "H990101001"]
    assert household == "H990101001"
    assert {"因病", "因学", "缺劳动力", "住房"} <= set(families)
    assert any("自主申报" in reason and "2 个工作日" in reason for reason in reasons)


def test_every_channel_is_among_the_rules_that_set_it_off(run: Path) -> None:
    fired = duckdb.sql(f"SELECT DISTINCT rule FROM '{run}/signals.parquet' WHERE household_id = 'H990101001'").fetchall()
    catalogue = load_catalogue(little_home(run.parents[1]))
    channels = {catalogue.contracts[source].channel for (rule,) in fired for source in catalogue.rules[rule].sources}
    assert channels == {"department", "self_report", "cadre"}


def test_the_family_is_to_be_visited_once(run: Path) -> None:
    query = f"SELECT count(*), bool_and(is_listed) FROM '{run}/referrals.parquet' WHERE household_id = 'H990101001'"
    assert duckdb.sql(query).fetchone() == (1, True)
