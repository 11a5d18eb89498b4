"""The report's section on what villages are asked and what they are spared."""

from pathlib import Path

import case_tables
import tables
from outputs.burden_section import Aside
from tests.outputs.test_report import gathered, lines, page


def test_the_villages_asked_most_come_first_and_every_reason_is_counted(tmp_path: Path) -> None:
    burden = gathered().burden
    assert (burden.asked, burden.open_cases, burden.overdue, burden.merged, burden.avoided) == (7, 9, 1, 6, 3)
    assert [row["village_name"] for row in burden.villages] == ["虚二村", "虚一村", "虚三村"]
    assert burden.aside == (Aside("近期已核实", 1, 2), Aside("已在监测", 1, 1))
    html = page(tmp_path, gathered())
    assert ["虚二村", "虚构县石桥乡", "5", "6", "0", "12", "2", "1"] in lines(html)
    assert "近期已核实 2 条（1 户），已在监测 1 条（1 户）" in html
    assert "近期已核实 2，已在监测 1" in html


def test_a_night_without_cases_has_no_villages(tmp_path: Path) -> None:
    none = {"burden": case_tables.BURDEN.empty_table(), "suppressed": tables.SUPPRESSED.empty_table()}
    burden = gathered(**none).burden
    assert (burden.asked, burden.villages, burden.aside, burden.left_out) == (0, (), (), 0)
    assert "本月要求入户 0 户" in page(tmp_path, gathered(**none))
