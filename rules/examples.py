"""The examples in the rules, run through the same SQL as the night."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Final

import duckdb

from misfits import did_you_mean
from rules.compile import sql_of
from rules.model import Cell, Example, Rule
from rules.names import ATTRIBUTES, ROSTER, SIGNAL_KINDS, SIGNALS
from rules.reasons import reason_sql
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


@dataclass(frozen=True)
class Trial:
    """What a rule said of one of its examples: the verdict and, in Chinese, its reason or what is not known."""

    label: str
    example: Example
    found: str
    says: str
    problem: str = ""
    """Why the example could not be set up."""

    @property
    def holds(self) -> bool:
        return not self.problem and self.found == self.example.expect

    @property
    def message(self) -> str:
        """What is wrong, for one that does not hold."""
        return f"{self.label}：{self.problem or f'应为 {self.example.expect}，实为 {self.found}'}"


def check_examples(
    rules: Mapping[str, Rule], references: Mapping[str, Reference], facts: Mapping[str, Mapping[str, str]]
) -> tuple[str, ...]:
    """One Chinese message for every example that a rule does not judge as expected; empty if all hold.

    `facts` is source -> fact column -> contract type.
    """
    return tuple(trial.message for trial in try_examples(rules, references, facts) if not trial.holds)


def try_examples(
    rules: Mapping[str, Rule], references: Mapping[str, Reference], facts: Mapping[str, Mapping[str, str]]
) -> tuple[Trial, ...]:
    """What the rules say of their examples, in the order written."""
    numbers, rows = count(1), count(1)
    cases = [_Case(rule, example, next(numbers)) for rule in rules.values() for example in rule.examples]
    with sandbox(facts) as connection:
        problems = [_insert(connection, case, facts, rows) for case in cases]
        said = {rule.id: _said(connection, rule, references) for rule in rules.values()}
    return tuple(_trial(case, problem, said[case.rule.id]) for case, problem in zip(cases, problems, strict=True))


_Said = Mapping[tuple[date, str], tuple[str, str, bool]]
"""Night and person (or household) -> verdict, words, and whether what is observed lies at the threshold, if any."""


def _said(connection: duckdb.DuckDBPyConnection, rule: Rule, references: Mapping[str, Reference]) -> _Said:
    """What the rule says on every night its examples speak of."""
    said: dict[tuple[date, str], tuple[str, str, bool]] = {}
    says = f"CASE verdict WHEN 'unknown' THEN why WHEN 'clear' THEN NULL ELSE {reason_sql(rule, references)} END"
    for as_of in sorted({example.as_of for example in rule.examples}):
        told = f"coalesce({says}, ''), coalesce(abs(observed) = abs(threshold), TRUE)"
        query = f"SELECT coalesce(resident_id, household_id), verdict, {told} FROM ({sql_of(rule, references, as_of)})"
        said |= {(as_of, unit): (verdict, words, is_at) for unit, verdict, words, is_at in connection.execute(query).fetchall()}
    return said


def _trial(case: _Case, problem: str, said: _Said) -> Trial:
    unit = case.member(_SELF) if case.rule.unit == "person" else case.household
    found, says, is_at = said.get((case.example.as_of, unit), ("clear", "", True))
    if case.example.case == "exactly_at" and not is_at:
        problem = problem or f"exactly_at 的例子须恰在标准上；判为 {found}"
    return Trial(case.label, case.example, found, says, problem)


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
                if source not in facts:
                    raise ValueError(f"没有数据来源 {source}{did_you_mean(source, facts)}")
                known = _FACT_CELLS | facts[source].keys()
                _insert_row(connection, f"fact_{source}", {"probability": "1", **_row(case, row)}, known, rows)
        if case.example.is_doubtful:
            doubt = ["", case.member(_SELF), case.household, "例子中未确认"]
            connection.execute("INSERT INTO doubtful VALUES (?, ?, ?, ?)", doubt)
    except ValueError as problem:
        return str(problem)
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
        if not str(age).isdecimal():
            raise ValueError("age 须是整数")
        row["birth_date"] = f"{case.example.as_of.year - int(str(age))}-01-01"
    return row


def _insert_row(
    connection: duckdb.DuckDBPyConnection, table: str, row: Row, known: frozenset[str], rows: Iterator[int]
) -> None:
    unknown = sorted(set(row) - known - {"household_id"})
    if unknown:
        meant = did_you_mean(unknown[0], known)
        raise ValueError(f"{table.removeprefix('fact_')} 没有这些列：{'、'.join(unknown)}{meant}")
    number = "signal_id" if table == "fact_signals" else "row_id"
    columns = ", ".join(f'"{name}"' for name in (number, *row))
    values = [next(rows), *(None if cell is None else str(cell) for cell in row.values())]
    try:
        connection.execute(f'INSERT INTO "{table}" ({columns}) VALUES ({", ".join("?" * len(values))})', values)
    except duckdb.Error:
        raise ValueError(_unfit(connection, table, row)) from None


def _unfit(connection: duckdb.DuckDBPyConnection, table: str, row: Row) -> str:
    """Which cell the table does not take: a date that is none, a number that is none or too long."""
    for name, cell in row.items():
        try:
            connection.execute(f"SELECT CAST(? AS {_type_of(connection, table, name)})", [None if cell is None else str(cell)])
        except duckdb.Error:
            return f"{table.removeprefix('fact_')} 的 {name} 写法与列的类型不符（日期如 2026-03-05，数不带单位）"
    return f"{table.removeprefix('fact_')} 的一行写不进去"


def _type_of(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> str:
    query = "SELECT data_type FROM duckdb_columns() WHERE table_name = ? AND column_name = ?"
    ((kind,),) = connection.execute(query, [table, column]).fetchall()
    return str(kind)
