"""Little rules, residents and facts for the tests of this room."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import duckdb

from rules.compile import sql_of
from rules.model import Reference, Rule
from rules.sandbox import sandbox

NIGHT = date(2025, 6, 30)
FEED = {
    "feed": {"amount": "money", "kind": "code", "on_day": "date", "terms": "terms"},
    "visits": {"visited_on": "date", "family": "code", "outcome": "code"},
}
DOCUMENT = "某县文件（测试）"
VISIT = {"household_id": "H1", "received_on": NIGHT, "family": "因病", "outcome": "属实可应对"}


def example(case: str, expect: str, amount: float | None, on_day: str = "2025-05-01") -> dict[str, Any]:
    """An example with one fact."""
    return {"case": case, "as_of": "2025-06-30", "facts": {"feed": [{"on_day": on_day, "amount": amount}]}, "expect": expect}


EXAMPLES: list[dict[str, Any]] = [
    example("fires", "fires", 150),
    example("not", "clear", 1),
    example("exactly_at", "fires", 100),
    example("missing", "unknown", None),
    example("old_date", "clear", 900, "2020-05-01"),
]


def value(amount: object, since: str = "2000-01-01", **more: object) -> dict[str, object]:
    """A threshold value in force since a day."""
    return {"from": since, "value": amount, "document": DOCUMENT, **more}


def declaration(**changes: object) -> dict[str, Any]:
    """A rule as it would stand in YAML: the yearly sum of `amount` reaches 100."""
    total = {
        "source": "feed",
        "aggregate": "sum",
        "column": "amount",
        "date": "on_day",
        "window": {"calendar_year": True},
        "absent": "zero",
    }
    base: dict[str, Any] = {
        "id": "a_rule",
        "title": "测试规则",
        "family": "因病",
        "unit": "person",
        "needs": {"total": {"title": "金额", **total}},
        "thresholds": {"line": {"unit": "元", "values": [value(100)]}},
        "condition": "total >= line",
        "observed": "total",
        "against": "line",
        "severity": 50,
        "reason": "累计 {total}，标准 {threshold}（{document}）",
        "source": "测试用",
        "examples": EXAMPLES,
    }
    return {**base, **changes}


def make_rule(**changes: object) -> Rule:
    """The rule of `declaration`, validated."""
    return Rule.model_validate(declaration(**changes))


def make_reference(*values: dict[str, object], name: str = "base") -> Reference:
    """A reference with the given values."""
    return Reference.model_validate({"id": name, "title": "参照值", "unit": "元", "values": list(values)})


def need(aggregate: str, **more: object) -> dict[str, object]:
    """A need over the test feed."""
    return {"source": "feed", "aggregate": aggregate, "date": "on_day", "absent": "zero", **more}


@contextmanager
def county(
    people: Sequence[Mapping[str, object]],
    facts: Sequence[Mapping[str, object]] = (),
    visits: Sequence[Mapping[str, object]] = (),
    signals: Sequence[Mapping[str, Any]] = (),
    *,
    threads: int = 1,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with residents (by default of household H1, type 一般农户), facts, visits and signals of other rules.

    A signal's family and severity are called kind and amount, as those of a fact.
    """
    defaults = {"household_id": "H1", "household_type": "一般农户", "place_code": "990101001001", "received_on": NIGHT}
    with sandbox(FEED) as connection:
        connection.execute(f"SET threads = {threads}")
        for number, person in enumerate(people):
            _insert(connection, "resident", {"row_id": 1000 + number, "resident_id": f"R{number + 1}", **defaults, **person})
        for number, fact in enumerate(facts):
            given = {"row_id": number + 1, "resident_id": "R1", "household_id": "H1", "received_on": NIGHT, "probability": 1.0}
            _insert(connection, "fact_feed", {**given, **fact})
        for number, visit in enumerate(visits):
            _insert(connection, "fact_visits", {"row_id": 500 + number, **VISIT, **visit})
        for signal in signals:
            row = {**signal, "family": signal["kind"], "severity": signal["amount"], "event_on": signal["on_day"]}
            _insert(connection, "fact_signals", {key: row[key] for key in row if key not in ("kind", "amount", "on_day")})
        yield connection


def _insert(connection: duckdb.DuckDBPyConnection, table: str, row: Mapping[str, object]) -> None:
    connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", list(row.values()))


def judge(
    connection: duckdb.DuckDBPyConnection, rule: Rule, references: Mapping[str, Reference] | None = None, as_of: date = NIGHT
) -> dict[str, dict[str, Any]]:
    """What the rule's own SQL says: resident (or household) -> its row."""
    table = connection.sql(sql_of(rule, references or {}, as_of)).to_arrow_table()
    return {row["resident_id"] or row["household_id"]: row for row in table.to_pylist()}


def verdict_of(
    rule: Rule, *facts: Mapping[str, object], as_of: date = NIGHT, visits: Sequence[Mapping[str, object]] = (), **person: object
) -> str:
    """The verdict on one resident with the given facts; `clear` if the rule did not look at them."""
    with county([person], facts, visits) as connection:
        return str(judge(connection, rule, as_of=as_of).get("R1", {"verdict": "clear"})["verdict"])
