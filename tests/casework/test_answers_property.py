"""Whatever comes back: every row ends once, one settling verdict decides a warning, and a bad row costs no good one."""

from collections import Counter
from datetime import date, timedelta
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from case_tables import ISSUED
from outcomes import SETTLING
from tests.casework.filed import HANDED, lay
from tests.casework.test_answers import CODE, SEALED, fates, matched

ROW = st.fixed_dictionaries({
    "warning_id": st.sampled_from(["W1", "W1", "W9"]),
    "check_code": st.sampled_from([CODE, CODE, CODE, "x", None]),
    "received_on": st.integers(12, 14).map(lambda day: date(2026, 11, day)),
    "visited_on": st.one_of(st.none(), st.integers(0, 13).map(lambda day: date(2026, 11, 1) + timedelta(days=day))),
    "outcome": st.sampled_from(["纳入识别", "人不符", "未见到人", None]),
    "family": st.sampled_from(["因病", "因残", None]),
})  # fmt: skip


def answered(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    import json

    with duckdb.connect() as db:
        lay(db, "issued_before", [{**HANDED, "row_hash": CODE, "seals": json.dumps(SEALED)}], ISSUED)
        return matched(db, *rows)


@given(st.lists(ROW, max_size=7), ROW)
@settings(max_examples=25, deadline=None)
def test_every_row_ends_once_and_one_verdict_decides(rows: list[dict[str, Any]], bad: dict[str, Any]) -> None:
    found = answered(*rows)
    assert [row["row_id"] for row in found] == list(range(1, len(rows) + 1))
    assert {row["fate"] for row in found} <= {"taken", "overruled", "refused", "empty"}
    assert all((row["fate"] == "refused") == (row["reason"] is not None) for row in found)
    decided = Counter(row["warning_id"] for row in found if row["fate"] == "taken" and row["outcome"] in SETTLING)
    assert set(decided.values()) <= {1}
    days = Counter((row["warning_id"], row["visited_on"]) for row in found if row["fate"] == "taken")
    assert set(days.values()) <= {1}
    settled = [row for row in found if row["fate"] in ("taken", "overruled") and row["outcome"] in SETTLING]
    assert bool(settled) <= any(row["fate"] == "taken" for row in found)
    assert fates(answered(*rows, {**bad, "warning_id": "W9"}))[: len(rows)] == fates(found)
