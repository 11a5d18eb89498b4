"""The ledger of problems within the night: what strikes off, what the office has to answer for, what could not be used."""

from collections.abc import Iterator
from typing import Final

import duckdb

from casework.clocks import missing_years
from casework.problems import UNUSABLE, Noted, Terms, list_problems
from casework.workdays import told_of
from flows.stages import Night, previous_run
from outputs.publish import verify_audit

_SHOWN: Final = 20

_UNUSABLE: Final = """
SELECT u.why, coalesce(any_value(d.file), ''), list(s.row_number ORDER BY s.row_number)
FROM problem_unusable u LEFT JOIN standing s USING (row_id)
LEFT JOIN (SELECT batch_id, max(file) AS file FROM delivery GROUP BY batch_id) d USING (batch_id)
GROUP BY u.why, s.batch_id ORDER BY 2, 1
"""


def keep_ledger(night: Night) -> None:
    """Create `problem` from the night's tables, the earlier night's ledger and what people struck off."""
    settings = night.settings
    office, earlier = settings.office, previous_run(settings)
    gather_marks(night.db, night.catalogue.of_role("problem_marks"))
    ledger = office.ledger
    terms = Terms(
        office.name,
        office.area,
        dict(ledger.days.items()),
        ledger.unanswered_after,
        ledger.again_after,
    )
    previous = earlier / "problems.parquet" if earlier else None
    list_problems(night.db, settings.as_of, terms, _noted(night), previous)


def gather_marks(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    """Create `problem_mark` (row_id, problem_no, struck_on) from `accepted_<source>`; no day: the line was not filled in."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE problem_mark AS
        SELECT row_id, problem_no, struck_on FROM accepted_{source} WHERE struck_on IS NOT NULL
    """)


def unusable_marks(connection: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """Per file and reason, which lines strike nothing off and what to do; without what is written there."""
    found = connection.execute(_UNUSABLE).fetchall()
    return tuple(
        f"{file}：{len(rows):,} 行{UNUSABLE[why]}，未销号（数据行 {_lines(rows)}）；请按最新台账改正后重报"
        for why, file, rows in found
    )


def _lines(rows: list[int | None]) -> str:
    shown = "、".join(str(row) for row in rows[:_SHOWN])
    return f"{shown} 等" if len(rows) > _SHOWN else shown


def _noted(night: Night) -> Iterator[Noted]:
    home, office = night.settings.home, night.settings.office
    broken = verify_audit(home.audit_file)
    if broken is not None:
        yield Noted(
            "audit_tampered", home.audit_file.name, "审计日志可能被改动", f"第 {broken} 行与上一行不相扣，请保全现场并核查"
        )
    years = missing_years(night.db, office.clocks, office.holidays, night.settings.as_of)
    for year, told in zip(years, told_of(years), strict=True):
        yield Noted("holidays_missing", str(year), f"节假日表缺 {year} 年", told)
