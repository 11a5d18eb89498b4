"""The report's section on what villages are asked and what they are spared."""

from pathlib import Path

import case_tables
import tables
from tests.outputs.test_report import gathered, lines, page


def test_the_villages_asked_most_come_first_and_what_was_spared_is_told(tmp_path: Path) -> None:
    html = page(tmp_path, gathered())
    assert ["虚二村", "虚构县石桥乡", "5", "6", "0", "12", "2", "1"] in lines(html)
    assert html.index("虚二村") < html.index("虚一村</th>") < html.index("虚三村</th>")
    assert "本月要求入户 7 户，未办结 9 户" in html
    assert "少问 6 次；另有 3 户" in html


def test_a_night_without_cases_has_no_villages(tmp_path: Path) -> None:
    none = {"burden": case_tables.BURDEN.empty_table(), "suppressed": tables.SUPPRESSED.empty_table()}
    assert "基层负担" not in page(tmp_path, gathered(**none))
