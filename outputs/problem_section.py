"""The ledger of problems on the night's report: what was opened and settled tonight, what is overdue, one line each."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import duckdb

from outputs.problem_list import STATES
from outputs.sections import Lead, Section, fill, named, rows_of

SHOWN: Final = 15
"""Open problems on the page, those due first; all are in the ledger's file."""

_OPEN: Final = """
SELECT *, opened_on = getvariable('as_of') AS is_new FROM problem WHERE state IN ('open', 'overdue')
ORDER BY due_on, opened_on, kind, problem_id
"""
_SETTLED: Final = """
SELECT * FROM problem WHERE state IN ('struck_off', 'gone') AND closed_on >= getvariable('as_of') - 7
ORDER BY closed_on DESC, kind, problem_id
"""


def section(connection: duckdb.DuckDBPyConnection) -> Section | None:
    """Open problems, and those settled within a week, from `problem`; None where there are neither."""
    found, settled = rows_of(connection, _OPEN), rows_of(connection, _SETTLED)
    if not found and not settled:
        return None
    html = fill("problems.html.j2", problems=found[:SHOWN], left_out=max(0, len(found) - SHOWN), settled=settled, states=STATES)
    return Section("problems", "问题台账", html, _leads(found))


def _leads(found: list[dict[str, object]]) -> tuple[Lead, ...]:
    overdue = [problem for problem in found if problem["state"] == "overdue"]
    new = sum(bool(problem["is_new"]) for problem in found)
    if not found:
        return ()
    told = f"问题台账在册 {len(found):,} 项，今夜新立 {new:,} 项"
    if not overdue:
        return (Lead(f"{told}。"),)
    return (Lead(f"{told}；逾期未销号 {len(overdue):,} 项：{_owners(overdue)}。", is_urgent=True),)


def _owners(problems: list[dict[str, object]]) -> str:
    """Those who owe most first, without what stands in brackets after a name."""
    counted: Mapping[str, int] = Counter(str(problem["owner"]).partition("（")[0] for problem in problems)
    return named([f"{owner} {count:,} 项" for owner, count in sorted(counted.items(), key=lambda one: (-one[1], one[0]))])
