"""The round trip within its walls: who visited, what was noted, who signed, what is registered to whom, and who is posted."""

import json
import logging
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pytest

from settings import Home
from tests.flows.answering import FILLED, as_csv, handed_out
from tests.flows.little import PEOPLE, SECRETS, fangpin, little_home, put
from tests.flows.test_privacy import texts

OUT: Final = "2026-03-10"
BACK: Final = "2026-03-12"
HEAD, SPOUSE, OTHER = PEOPLE[0], PEOPLE[1], PEOPLE[7]
WRITTEN: Final = (
    "司马核实员",
    "东方经办员",
    "南宫采集员",
    "10077778888",
    "备注里的病情",
    "情况里的难处",
    "XA70001",
    "77777.77",
)
"""Of those who write, what they note, and what is registered."""
VALUES: Final = frozenset((*SECRETS, *WRITTEN))


@dataclass(frozen=True)
class Trip:
    """A home of two nights, and all that its nights printed or logged."""

    home: Home
    warning: str
    said: str

    def lists(self, pattern: str) -> list[Path]:
        return sorted((self.home.lists / BACK).glob(pattern))


def table(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def feeds(home: Home) -> None:
    """What lies in the inbox before the first night, besides the roster and the medical file."""
    put(home.root, "authorisations/2026-03-06/台账.csv", table(
        "授权书编号,签署人序号,签署人姓名,签署人证件号码,授权查询项目,签署日期,有效期至,撤回日期",
        f"SQ-0001,1,{HEAD.name},{HEAD.id_number},车辆,2026-03-04,2026-12-31,",
    ))  # fmt: skip
    put(home.root, "vehicles/2026-03-05/车辆.csv", table(
        "身份证号,所有人,号牌号码,车辆类型,注册日期,购置价,状态",
        f"{HEAD.id_number},{HEAD.name},XA70001,小型轿车,2020-05-06,77777.77,正常",
        f"{SPOUSE.id_number},{SPOUSE.name},XA70001,小型轿车,2020-05-06,77777.77,正常",
    ))  # fmt: skip
    put(home.root, "monitored/2026-03-05/台账.csv", table(
        "监测户编号,统计年月,户主姓名,户主证件号码,监测对象类别,识别监测时间,风险是否已消除,致贫/返贫风险1,家庭人均纯收入,信息采集人",
        f"JC000001,202602,{OTHER.name},{OTHER.id_number},突发严重困难户,202501,否,因病,12000,南宫采集员",
    ))  # fmt: skip
    put(home.root, "self_reports/2026-03-05/申报.csv", table(
        "申报编号,申报日期,申报人姓名,申报人身份证号,联系电话,困难类型,是否急难,情况说明",
        f"SB-0001,2026-03-04,{OTHER.name},{OTHER.id_number},10077778888,因病,否,情况里的难处",
    ))  # fmt: skip


def answer(home: Home) -> str:
    """One household is found in need and on its way to the board; what the visitor wrote names people."""
    (line,) = [one for one in handed_out(home, OUT) if one["户主姓名"] == HEAD.name]
    noted = {"核实人": "司马核实员", "备注": f"备注里的病情，找{SPOUSE.name}，10077778888"}
    put(home.root, f"answers/{BACK}/回填.csv", as_csv([{**line, **FILLED, "核实结论代码": "01 纳入识别", **noted}]))
    step = {"预警编号": line["预警编号"], "办理环节": "2 信息比对", "办理日期": BACK, "公示截止日": ""}
    put(home.root, f"case_steps/{BACK}/进度.csv", as_csv([{**step, "经办人": "东方经办员", "备注": f"见{SPOUSE.phone}"}]))
    return line["预警编号"]


@pytest.fixture(scope="module")
def trip(tmp_path_factory: pytest.TempPathFactory) -> Trip:
    home, heard = little_home(tmp_path_factory.mktemp("round")), []
    listener = logging.Handler()
    listener.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(listener)
    try:
        feeds(home)
        first = fangpin("night", "--home", home.root, "--as-of", OUT)
        assert first.code == 0, first.err
        warning = answer(home)
        second = fangpin("night", "--home", home.root, "--as-of", BACK)
    finally:
        logging.getLogger().removeHandler(listener)
    assert second.code == 0, second.err
    return Trip(home, warning, "\n".join((first.out, first.err, second.out, second.err, *heard)))


def seen(text: str) -> list[str]:
    return sorted(value for value in VALUES if value in text)


def test_the_trip_has_all_that_could_leak(trip: Trip) -> None:
    run = trip.home.runs / BACK
    counted = {
        name: duckdb.sql(f"SELECT count(*) FROM '{run / name}.parquet'").fetchall()[0][0]
        for name in ("answers", "case_steps", "authorisations", "monitored", "property_flags")
    }
    assert counted == {"answers": 1, "case_steps": 1, "authorisations": 1, "monitored": 1, "property_flags": 1}
    assert duckdb.sql(f"SELECT state FROM '{run}/cases.parquet' WHERE case_id = '{trip.warning}'").fetchall() == [("compared",)]
    assert "司马核实员" in fangpin("case", trip.warning, "--who", "--home", trip.home.root).out


def test_nothing_of_it_is_outside_the_walls(trip: Trip) -> None:
    leaks = {name: found for name, text in texts(trip.home) if (found := seen(text))}
    assert leaks == {}


def test_no_night_prints_or_logs_any_of_it(trip: Trip) -> None:
    assert trip.said
    assert seen(trip.said) == []


@pytest.mark.parametrize("also", [(), ("--json",)])
def test_a_case_names_nobody_unless_it_is_asked_who(trip: Trip, also: tuple[str, ...]) -> None:
    told = fangpin("case", trip.warning, *also, "--home", trip.home.root)
    assert told.code == 0
    assert seen(told.out + told.err) == []
    assert seen(fangpin("cases", *also, "--home", trip.home.root).out) == []


def test_the_manifest_of_a_package_names_nobody(trip: Trip) -> None:
    manifests = trip.lists("*/清单.json")
    assert manifests
    assert seen("".join(path.read_text("utf-8") for path in manifests)) == []
    assert json.loads(manifests[0].read_text("utf-8"))


def test_lists_hold_no_note_no_visitor_and_nothing_of_the_property(trip: Trip) -> None:
    """Names come back in lists; what came back from visitors and departments of property does not."""
    for path in sorted(path for path in trip.home.lists.rglob("*") if path.is_file()):
        text = "".join(_parts(path))
        assert not [value for value in WRITTEN if value in text], path.name


def test_the_board_says_the_head_and_no_other_value(trip: Trip) -> None:
    posted = trip.lists("*/公示/*")
    assert sorted(path.suffix for path in posted) == [".html", ".xlsx"]
    for path in posted:
        assert seen("".join(_parts(path))) == [HEAD.name]
        assert trip.warning not in "".join(_parts(path))


def _parts(path: Path) -> list[str]:
    if path.suffix != ".xlsx":
        return [path.read_text("utf-8")]
    with zipfile.ZipFile(path) as book:
        return [book.read(name).decode("utf-8") for name in book.namelist()]


def test_what_a_monitored_household_reports_itself_is_on_the_list(trip: Trip) -> None:
    """It is monitored for the same risk: the department's signal is set aside, its own word is looked at."""
    run = trip.home.runs / OUT
    fired = duckdb.sql(f"SELECT rule FROM '{run}/signals.parquet' JOIN '{run}/monitored.parquet' USING (household_id, family)")
    assert ("self_report_illness",) in fired.fetchall()
    aside = {rule for (rule,) in duckdb.sql(f"SELECT rule FROM '{run}/suppressed.parquet'").fetchall()}
    assert "self_report_illness" not in aside
    assert "self_report_illness" in str(duckdb.sql(f"SELECT rules FROM '{run}/issued.parquet'").fetchall())
