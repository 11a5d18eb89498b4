"""A few invented households and signals for the tests of ranking and what follows it."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

import duckdb
import pyarrow as pa

import case_tables
import feed_tables
import review_tables
import tables
from outputs.propose import Line, load_proposals
from outputs.rank import Ranking, rank
from outputs.refer import refer
from outputs.sender_quality import SENDER_QUALITY
from outputs.weights import load_weights
from settings import Office
from tests.outputs import followed
from tests.outputs.invented import Values, register, table

AS_OF: Final = date(2026, 6, 30)
VISITS: Final = pa.schema({"household_id": pa.string(), "visited_on": pa.date32(), "outcome": pa.string()})


@contextmanager
def database(threads: int = 2) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(config={"threads": threads})
    try:
        yield connection
    finally:
        connection.close()


def member(household: str, number: int = 1, **other: object) -> Values:
    """A grown, healthy, working member of an ordinary household; the first is the head."""
    return {
        "row_id": 1000 + number,
        "resident_id": f"{household}R{number}",
        "household_id": household,
        "relation": "户主" if number == 1 else "之女",
        "birth_date": date(1990, 1, 1),
        "household_type": "一般农户",
        "county": "990101",
        "county_name": "虚构县",
        "township": "990101001",
        "township_name": "石桥乡",
        "village": "990101001201",
        "village_name": "虚一村",
        "labour": "普通劳动力",
        "health": "健康",
    } | other


def signal(household: str, **other: object) -> Values:
    """A signal of the head that fires, long ago and at its threshold: it earns its severity and nothing else."""
    values: Values = {
        "household_id": household,
        "resident_id": f"{household}R1",
        "rule": "self_paid",
        "version": "v1",
        "family": "因病",
        "title": "个人自付过高",
        "verdict": "fires",
        "observed": Decimal("5000"),
        "threshold": Decimal("5000"),
        "unit": "元",
        "document": "虚构县演示值",
        "severity": 40,
        "reason": "自付 5,000 元",
        "event_on": date(2024, 1, 1),
        "known_on": date(2024, 2, 1),
        "as_of": AS_OF,
        "evidence": [1],
    } | other
    return {"signal_id": f"S-{household}-{values['rule']}-{values['resident_id']}"} | values


def ranking(weights: Path | None = None) -> Ranking:
    """The built-in points or those of a file, the built-in proposals, and one monitoring line of the invented county."""
    line = Line(area="99", since=date(2025, 1, 1), until=None, value=Decimal(8700), document="虚构县演示值")
    return Ranking(weights=load_weights(weights), proposals=load_proposals(None), lines=(line,))


def inputs(
    connection: duckdb.DuckDBPyConnection,
    members: list[Values],
    signals: list[Values],
    links: Sequence[Values] = (),
    late: Mapping[str, int] = MappingProxyType({}),
    visits: Sequence[Values] = (),
) -> None:
    """The tables that ranking reads; `late` is source -> days."""
    register(
        connection,
        resident=table(tables.RESIDENT, *members),
        open_signal=table(tables.SIGNAL, *signals),
        link=table(tables.LINK, *links),
        fact_visits=table(VISITS, *visits),
        case_before=case_tables.CASE_BEFORE.empty_table(),
        visit_due=table(case_tables.VISIT_DUE, *_visit_days()),
        source_status=table(feed_tables.SOURCE_STATUS, *({"source": name, "days_late": days} for name, days in late.items())),
    )


def _visit_days() -> list[Values]:
    """Fifteen days from every day of a year and a half."""
    days = [date.fromordinal(day) for day in range(date(2025, 1, 1).toordinal(), date(2026, 12, 31).toordinal())]
    return [{"asked_on": day, "due_on": day + timedelta(days=15)} for day in days]


def ranked(
    connection: duckdb.DuckDBPyConnection,
    members: list[Values],
    signals: list[Values],
    previous: Path | None = None,
    as_of: date = AS_OF,
) -> list[Values]:
    """Rank and return the warnings in their order."""
    inputs(connection, members, signals)
    rank(connection, ranking(), as_of, previous)
    warnings: list[Values] = connection.sql("SELECT * FROM warning").to_arrow_table().to_pylist()
    return warnings


def whole_night(connection: duckdb.DuckDBPyConnection, households: list[str]) -> None:
    """Every table that publishing reads, one member and one signal per household."""
    signals = [signal(household, signal_id=sha256(household.encode()).hexdigest()[:16]) for household in households]
    ranked(connection, [member(household) for household in households], signals)
    refer(connection, AS_OF, Office(capacity_default=1, area="99"))
    accounted: Values = {"source": "medical", "batch_id": "b1", "file": "medical/某人上报.csv", "received_on": AS_OF}
    register(
        connection,
        signal=table(tables.SIGNAL, *signals, signal("H9", signal_id="answered", rule="answered")),
        suppressed=_suppressed(),
        **_review(),
        verdict_count=table(
            tables.VERDICT_COUNT,
            {"rule": "self_paid", "title": "个人自付过高", "family": "因病", "verdict": "fires", "units": len(households)},
            {"rule": "self_paid", "title": "个人自付过高", "family": "因病", "verdict": "unknown", "units": 3, "why": "缺金额"},
        ),
        **_followed(),
        sender_quality=table(SENDER_QUALITY, {"source": "medical", "unit": "", "received_on": AS_OF, "pattern": "few"}),
        accounting=table(tables.ACCOUNTING, accounted | {"state": "accepted", "rows_in": 1, "linked": 1}),
    )


def _followed() -> dict[str, pa.Table]:
    """What became of earlier warnings: a case of H1, and what was learnt."""
    case: Values = {"case_id": "W1", "household_id": "H1", "county": "990101", "rules": ["self_paid"], "state": "warned"}
    return {
        "case_file": table(case_tables.CASE, case),
        "burden": followed.burden(),
        "channel_share": followed.channel_shares(),
        "yield": followed.yields(),
        "alarm": followed.alarms(),
        "problem": followed.problems(),
    }


def _review() -> dict[str, pa.Table]:
    """Two identities in review, of whom one is asked; and what else matching tells."""
    queue: Values = {
        "county": "990101",
        "rows": 2,
        "method": "near_number",
        "probability": 0.5,
        "points": 40,
        "titles": "某规则",
    }
    asked = queue | {"identity_key": "0123456789abcdef", "resident_id": "H1R1", "position": 1, "is_listed": True}
    settled = queue | {"identity_key": "fedcba9876543210", "is_listed": False, "why_cut": "已核对过"}
    issue: Values = {"resident_id": "H1R1", "county": "990101", "issue": "number_missing", "title": "证件号码缺失"}
    return {
        "review_queue": table(review_tables.REVIEW_QUEUE, asked, settled),
        "review_verdict_count": table(review_tables.REVIEW_VERDICT_COUNT, {"verdict": "same", "rows": 3, "identities": 2}),
        "block": table(tables.BLOCK, {"key": "number", "persons": 10, "pairs": 9, "crowded": 0, "largest": 1}),
        "roster_issue": table(tables.ROSTER_ISSUE, issue, issue | {"resident_id": "H2R1"}),
    }


def _suppressed() -> pa.Table:
    answered = signal("H9", signal_id="answered", rule="answered")
    kept = {name: answered[name] for name in ("signal_id", "household_id", "rule", "family")}
    return table(
        tables.SUPPRESSED, kept | {"kind": "visited", "why": "已入户核实", "verdict_row": 7, "until": date(2026, 9, 1)}
    )
