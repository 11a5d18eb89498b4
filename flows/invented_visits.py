"""`fangpin demo-visits`: in the invented county somebody goes from house to house, knows the truth, and fills in the lists.

What visitors conclude follows the truth that lies beside the invented files; the shares of the other answers are our own.  A
real county fills in its lists itself: this refuses a home that was not invented.
"""

import csv
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from errors import HomeError
from outcomes import OUTCOMES
from outputs.case_list import TITLE, case_form
from outputs.explain import latest_run
from outputs.files import write_csv
from outputs.layout import Row
from settings import Home

_DESERVING: Final = {"纳入识别": 70, "已有帮扶": 14, "属实可应对": 6, "未见到人": 10}
_OTHERS: Final = {
    "属实可应对": 46,
    "已有帮扶": 14,
    "数据有误": 12,
    "未见到人": 10,
    "人不符": 6,
    "已迁出": 5,
    "户不符": 3,
    "拒绝": 2,
    "转其他部门": 1,
    "已死亡": 1,
}
"""Answers per hundred visits to households that deserve one, and to the others."""

_NEXT: Final = {"待信息比对": "信息比对", "待评议公示": "公示开始", "待审定": "县级审定"}
"""What a county does next with a case, by what its list says of it."""
_POSTED_DAYS: Final = 5
_CODES: Final = {one.title: one.code for one in OUTCOMES}


@dataclass(frozen=True)
class Rounds:
    """What was visited and carried on, where it lies, and the day it comes in."""

    visited: int
    stepped: int
    folder: Path
    received_on: date


def visit_invented(home: Home, days: int, percent: int) -> Rounds:
    """Fill in the newest night's lists as if `percent` of each were visited within `days`; the files come in on the last day.

    Raises HomeError if the county is not an invented one, or no night has run.
    """
    night = _newest(home)
    received_on = night + timedelta(days=days)
    deserving = _deserving(home)

    def visit(line: dict[str, str]) -> bool:
        return _visited(line, deserving, night, days) if _lot(line["预警编号"], "visited", night) < percent else False

    folder = home.inbox / "answers" / received_on.isoformat()
    visited = _fill(home, night, "全县_", folder, visit)
    steps = home.inbox / "case_steps" / received_on.isoformat()
    stepped = _fill(home, night, TITLE, steps, lambda line: _stepped(line, received_on))
    return Rounds(visited, stepped, home.inbox, received_on)


def _newest(home: Home) -> date:
    run = latest_run(home.runs) if home.runs.exists() else None
    if run is None or not (home.root / "truth" / "ideal.parquet").exists():
        raise HomeError(
            file=home.root,
            expected="由 fangpin demo 造出、至少跑过一夜的虚构县",
            found="没有真相文件，或还没有跑过一夜",
            do="先运行 fangpin demo 与 fangpin night；真实的县由乡镇入户后自行填写",
        )
    return date.fromisoformat(run.name)


def _deserving(home: Home) -> frozenset[str]:
    ideal = pq.read_table(home.root / "truth" / "ideal.parquet", filters=[("decision", "=", "visit")])
    return frozenset(ideal.column("household_id").to_pylist())


def _fill(home: Home, night: date, stem: str, folder: Path, answer: Callable[[dict[str, str]], bool]) -> int:
    """Every county's list of that kind with the lines that are answered; returns how many these are."""
    filled = 0
    for path in sorted((home.lists / night.isoformat()).glob(f"*/{stem}*.csv")):
        titles, lines = _read(path)
        answered = [line for line in lines if answer(line)]
        filled += len(answered)
        if answered:
            folder.mkdir(parents=True, exist_ok=True)
            write_csv(folder / f"{path.parent.name}_{night:%Y%m%d}.csv", titles, _cells(titles, lines))
    return filled


def _read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        return list(reader.fieldnames or ()), list(reader)


def _cells(titles: list[str], lines: list[dict[str, str]]) -> Iterator[Row]:
    return (tuple(line[title] for title in titles) for line in lines)


def _visited(line: dict[str, str], deserving: frozenset[str], night: date, days: int) -> bool:
    """Write a visit's result into a line of the visiting list."""
    warning = line["预警编号"]
    if line["户类型"] == "监测对象":
        outcome = "已是监测对象"
    else:
        is_true = line["户编号"].removeprefix("户-") in deserving
        outcome = _drawn(_DESERVING if is_true else _OTHERS, _lot(warning, "outcome", night))
    day = night + timedelta(days=1 + _lot(warning, "day", night) * (days - 1) // 100)
    families = line["风险类型"].split("、")
    line["核实日期"], line["核实结论代码"] = day.isoformat(), f"{_CODES[outcome]} {outcome}"
    line["核实风险类型"] = families[0] if len(families) == 1 else "综合"
    line["核实人"] = "演示核实员"
    return True


def _stepped(line: dict[str, str], day: date) -> bool:
    """Write the next step into a line of the list of open cases, where there is one to be done."""
    step = _NEXT.get(line["当前环节"])
    if step is None:
        return False
    codes = {one.title: one.code for one in case_form().steps}
    line["办理环节"], line["办理日期"], line["经办人"] = f"{codes[step]} {step}", day.isoformat(), "演示经办员"
    line["公示截止日"] = (day + timedelta(days=_POSTED_DAYS)).isoformat() if step == "公示开始" else ""
    return True


def _lot(*of: object) -> int:
    """A lot from 0 to 99 that is always the same for the same things."""
    return int(hashlib.sha256("\n".join(map(str, of)).encode()).hexdigest()[:8], 16) % 100


def _drawn(shares: Mapping[str, int], lot: int) -> str:
    for answer, share in shares.items():
        lot -= share
        if lot < 0:
            return answer
    return next(iter(shares))
