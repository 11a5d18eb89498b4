"""The report of a quarter: the run folders of its nights read together, and one Chinese page for those who decide.

Only runs that are complete are read, nothing is judged anew, and the same runs give the same bytes.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

import case_tables
import feed_tables
import tables
from casework.problem_kinds import KINDS
from engine import connect, sql_text
from errors import UnknownId
from flows.joints import keep
from flows.rule_changes import read_rules, rule_changes
from outputs.publish import NIGHT
from outputs.quarter import QuarterAbout, gather
from outputs.quarter_page import write_quarter
from outputs.sender_quality import SENDER_QUALITY
from settings import Home, Settings

_EACH: Final = {
    "warning": tables.WARNING,
    "issued": case_tables.ISSUED,
    "source_status": feed_tables.SOURCE_STATUS,
    "alarm": case_tables.ALARM,
}
"""Read of every night, as `every_<table>` with the column `night`."""
_LAST: Final = {
    "case_file": case_tables.CASE,
    "burden": case_tables.BURDEN,
    "exit_watch": case_tables.EXIT_WATCH,
    "reentry": case_tables.REENTRY,
    "problem": case_tables.PROBLEM,
    "delivery": feed_tables.DELIVERY,
    "sender_quality": SENDER_QUALITY,
    "source_status": feed_tables.SOURCE_STATUS,
    "resident": tables.RESIDENT,
}
"""Read of the newest night of the quarter: it holds the whole past."""


@dataclass(frozen=True)
class Quarter:
    """Three months of a year, as far as they are told of."""

    year: int
    number: int
    until: date

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """The quarter of a day, up to that day."""
        return cls(day.year, (day.month + 2) // 3, day)

    @classmethod
    def ended_before(cls, day: date) -> "Quarter":
        """The newest quarter that is over on a day."""
        return cls.of(cls.of(day).start - timedelta(days=1))

    @property
    def start(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """The last day of the three months."""
        beyond = date(self.year + self.number // 4, 3 * self.number % 12 + 1, 1)
        return beyond - timedelta(days=1)

    @property
    def name(self) -> str:
        return f"{self.year}Q{self.number}"


def make_quarter(settings: Settings, until: date | None = None) -> Path:
    """Write `published/季度报告_<quarter>.html` of the quarter `until` lies in, or of the one that ended last.

    Raises UnknownId if no night of it was run.
    """
    quarter = Quarter.of(until) if until else Quarter.ended_before(settings.as_of)
    home, office = settings.home, settings.office
    runs = [run for run in _runs(home, quarter.until) if run.name >= quarter.start.isoformat()]
    if not runs:
        raise UnknownId(
            file=home.runs,
            expected=f"{quarter.start} 至 {quarter.until} 之间已完成的夜",
            found="没有",
            do="用 --until 指定有结果的季度中的一天，或先运行 fangpin night",
        )
    path = home.published / f"季度报告_{quarter.name}.html"
    with connect(home.work, office.threads, office.memory_limit) as db:
        show_nights(db, _runs(home, quarter.until), runs)
        write_quarter(path, gather(db, _about(settings, quarter, runs)))
    return path


def _runs(home: Home, until: date) -> list[Path]:
    """Complete runs up to a day, oldest first."""
    found = sorted(path.parent for path in home.runs.glob("????-??-??/manifest.json"))
    return [run for run in found if run.name <= until.isoformat()]


def _about(settings: Settings, quarter: Quarter, runs: list[Path]) -> QuarterAbout:
    earlier = [run for run in _runs(settings.home, quarter.until) if run < runs[0]]
    declared = read_rules(runs[-1])
    return QuarterAbout(
        office=settings.office.name,
        notice=settings.office.notice,
        area=settings.office.area,
        name=f"{quarter.year} 年第{'一二三四'[quarter.number - 1]}季度",
        start=quarter.start,
        until=quarter.until,
        end=quarter.end,
        nights=tuple(date.fromisoformat(run.name) for run in runs),
        rules={name: str(rule["title"]) for name, rule in declared.items()},
        kinds={name: kind.title for name, kind in KINDS.items()},
        changes=rule_changes([*earlier[-1:], *runs]),
    )


def show_nights(db: duckdb.DuckDBPyConnection, known: list[Path], runs: list[Path]) -> None:
    """Views over run folders: `every_<table>` of `runs`, `ledger` of all `known`, and tables of the newest."""
    for table, schema in _EACH.items():
        _show(db, f"every_{table}", [run / f"{NIGHT[table][0]}.parquet" for run in runs], schema)
    _show(db, "ledger", [run / f"{NIGHT['issued'][0]}.parquet" for run in known], case_tables.ISSUED)
    for table, schema in _LAST.items():
        _show(db, table, [runs[-1] / f"{NIGHT[table][0]}.parquet"], schema)


def _show(db: duckdb.DuckDBPyConnection, name: str, files: list[Path], schema: pa.Schema) -> None:
    """The files there are, as a view; a run of an older version lacks some, and then nothing is known of that night."""
    found = [sql_text(str(file)) for file in files if file.exists()]
    night = "CAST(parse_filename(parse_dirpath(filename)) AS DATE) AS night"
    if found:
        columns = ", ".join(f'"{column}"' for column in schema.names)
        read = f"read_parquet([{', '.join(found)}], filename = true, union_by_name = true)"
        db.execute(f'CREATE VIEW "{name}" AS SELECT {columns}, {night} FROM {read}')
    else:
        keep(db, name, schema.append(pa.field("night", pa.date32())).empty_table())
