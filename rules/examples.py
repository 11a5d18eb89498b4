"""The examples in the rules, run through the same SQL as the night."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Final

import duckdb

from rules.compile import sql_of
from rules.model import Cell, Example, Rule
from rules.names import ATTRIBUTES, ROSTER, SIGNAL_KINDS, SIGNALS
from rules.sandbox import sandbox
from rules.values import Reference

_DEFAULTS: Final[Mapping[str, Cell]] = {"place_code": "990101001001", "household_type": "一般农户", "relation": "户主"}
"""What an example need not say of its resident; members given under `roster` get no relation but the one they state."""

_RESIDENT_CELLS: Final = frozenset({*ATTRIBUTES, "resident_id", "place_code", "birth_date", "received_on"})
_FACT_CELLS: Final = frozenset({"resident_id", "received_on", "probability"})

_SIGNAL: Final[Mapping[str, Cell]] = {"verdict": "fires", "is_combination": False}
_SIGNAL_CELLS: Final = frozenset({*SIGNAL_KINDS, "resident_id", "received_on", "is_combination"})

_SELF: Final = "1"

Row = dict[str, Cell]


@dataclass(frozen=True)
class _Case:
    """One example of one rule, living in a household of its own."""

    rule: Rule
    example: Example
    number: int

    @property
    def household(self) -> str:
        return f"H{self.number}"

    def member(self, local: Cell) -> str:
        return f"{self.household}-{local}"

    @property
    def label(self) -> str:
        note = f"，{self.example.note}" if self.example.note else ""
        return f"规则 {self.rule.id} 的例子 {self.example.case}（{self.example.as_of}{note}）"


def check_examples(
    rules: Mapping[str, Rule], references: Mapping[str, Reference], facts: Mapping[str, Mapping[str, str]]
) -> tuple[str, ...]:
    """One Chinese message for every example that a rule does not judge as expected; empty if all hold.

    `facts` is source -> fact column -> contract type.
    """
    numbers, rows = count(1), count(1)
    cases = [_Case(rule, example, next(numbers)) for rule in rules.values() for example in rule.examples]
    with sandbox(facts) as connection:
        problems = [_insert(connection, case, facts, rows) for case in cases]
        verdicts = {rule.id: _verdicts(connection, rule, references) for rule in rules.values()}
    messages = [problem or _difference(case, verdicts[case.rule.id]) for case, problem in zip(cases, problems, strict=True)]
    return tuple(message for message in messages if message)


def _verdicts(
    connection: duckdb.DuckDBPyConnection, rule: Rule, references: Mapping[str, Reference]
) -> dict[tuple[date, str], str]:
    """Night and person (or household) -> verdict, for every night the rule's examples speak of."""
    verdicts: dict[tuple[date, str], str] = {}
    for as_of in sorted({example.as_of for example in rule.examples}):
        query = f"SELECT coalesce(resident_id, household_id), verdict FROM ({sql_of(rule, references, as_of)})"
        verdicts |= {(as_of, unit): verdict for unit, verdict in connection.execute(query).fetchall()}
    return verdicts


def _difference(case: _Case, verdicts: Mapping[tuple[date, str], str]) -> str:
    unit = case.member(_SELF) if case.rule.unit == "person" else case.household
    found = verdicts.get((case.example.as_of, unit), "clear")
    return "" if found == case.example.expect else f"{case.label}：应为 {case.example.expect}，实为 {found}"


def _insert(
    connection: duckdb.DuckDBPyConnection, case: _Case, facts: Mapping[str, Mapping[str, str]], rows: Iterator[int]
) -> str:
    """Put the example's people and facts into the tables; returns what is wrong with it, or nothing."""
    members = case.example.facts.get(ROSTER, ())
    people = [{"resident_id": _SELF, **_DEFAULTS, **case.example.resident}]
    people += [{"resident_id": f"m{n}", **_DEFAULTS, "relation": None, **row} for n, row in enumerate(members)]
    try:
        for person in people:
            _insert_row(connection, "resident", _resident(case, person), _RESIDENT_CELLS, rows)
        for row in case.example.facts.get(SIGNALS, ()):
            _insert_row(connection, "fact_signals", {**_SIGNAL, **_row(case, row)}, _SIGNAL_CELLS, rows)
        for source, given in case.example.facts.items():
            for row in given if source not in (ROSTER, SIGNALS) else ():
                known = _FACT_CELLS | set(facts.get(source, {}))
                _insert_row(connection, f"fact_{source}", {"probability": "1", **_row(case, row)}, known, rows)
        if case.example.is_doubtful:
            doubt = ["", case.member(_SELF), case.household, "例子中未确认"]
            connection.execute("INSERT INTO doubtful VALUES (?, ?, ?, ?)", doubt)
    except (duckdb.Error, ValueError) as problem:
        return f"{case.label}：{str(problem).splitlines()[0]}"
    return ""


def _row(case: _Case, given: Mapping[str, Cell]) -> Row:
    local = given.get("resident_id", _SELF)
    return {
        "received_on": case.example.as_of.isoformat(),
        **given,
        "resident_id": None if local is None else case.member(local),
        "household_id": case.household,
    }


def _resident(case: _Case, given: Mapping[str, Cell]) -> Row:
    row = _row(case, given)
    age = row.pop("age", None)
    if age is not None:
        row["birth_date"] = f"{case.example.as_of.year - int(str(age))}-01-01"
    return row


def _insert_row(
    connection: duckdb.DuckDBPyConnection, table: str, row: Row, known: frozenset[str], rows: Iterator[int]
) -> None:
    unknown = sorted(set(row) - known - {"household_id"})
    if unknown:
        raise ValueError(f"没有这些列：{'、'.join(unknown)}")
    number = "signal_id" if table == "fact_signals" else "row_id"
    columns = ", ".join(f'"{name}"' for name in (number, *row))
    values = [next(rows), *(None if cell is None else str(cell) for cell in row.values())]
    connection.execute(f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join("?" * len(values))})', values)
