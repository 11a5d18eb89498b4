"""Declared checks as SQL, in our own words and in those Great Expectations runs.

A row fails only where what was asked is known to be false: SQL's unknown passes.  For checks of a group of rows, or of another
feed, our side collects the failing rows into a table of its own first, and the other side counts without it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine import sql_text
from expectations.checks import WHOLE_ROW, Check, Severity, lines_of, quoted, rows_query
from expectations.declared import AtMost, ColumnTest, Declared, ExistsIn, Group
from expectations.reading import state_column
from sources.contract import Contract
from sources.fact import Fact

_SEVERITIES: Final[Mapping[str, Severity]] = {"quarantine": "critical", "warning": "warning", "hold": "warning"}
_EXACT: Final = "DECIMAL(38,10)"

Filled = Callable[[str], str]
"""Column -> SQL that tells whether its cell was written."""
Relation = Callable[[str], str]
"""A relation of all rows -> a query over it."""


@dataclass(frozen=True)
class Collected:
    """Failing rows that a predicate on one row cannot find: the table to make, and its query over a relation of all rows."""

    table: str
    query: Relation


def ours(column: str) -> str:
    """Written, over the columns of `reading.facts_sql`."""
    return f"({quoted(column)} IS NOT NULL OR coalesce(list_contains(unconverted, {sql_text(column)}), false))"


def theirs(column: str) -> str:
    """Written, over the columns of `reading.judged_sql`."""
    return f"({quoted(state_column(column))} IS NOT NULL)"


def checks(contract: Contract, declared: Sequence[Declared]) -> Iterator[Check]:
    """One check per declaration, in their order."""
    return (_check(one, contract.facts) for one in declared)


def collected(contract: Contract, declared: Sequence[Declared]) -> tuple[Collected, ...]:
    """What has to be collected before the predicates of `checks` can be asked."""
    made = ((one, _collects(one, contract.facts)) for one in declared)
    return tuple(Collected(_table(one), query) for one, query in made if query is not None)


def looked_up(one: Declared) -> tuple[str, str]:
    """Names of the tables a check of another feed needs: `known` values per delivery there, and which one each batch sees."""
    return f"known_{one.id}", f"sees_{one.id}"


def plain(there: ExistsIn) -> str:
    """SQL: the value as it is looked up."""
    return f"replace({quoted(there.here)}, {sql_text(there.without)}, '')" if there.without else quoted(there.here)


def _check(one: Declared, facts: Mapping[str, Fact]) -> Check:
    bad = f"{WHOLE_ROW} AND row_id IN (SELECT row_id FROM {_table(one)})"
    if one.group:
        build = lines_of(_counts_group(one, one.group, facts))
    elif one.exists_in:
        build = lines_of(_counts_unknown(one, one.exists_in, facts))
    else:
        bad, build = _bad(one, facts, ours), rows_query(_bad(one, facts, theirs))
    return Check(one.id, "", _SEVERITIES[one.severity], bad, one.means, build, share=one.share)


def _bad(one: Declared, facts: Mapping[str, Fact], filled: Filled) -> str:
    wanted = _at_most(one.at_most, facts) if one.at_most else _all(one.then, facts, filled)
    return f"{WHOLE_ROW} AND coalesce({_all(one.if_, facts, filled)}, false) AND NOT coalesce({wanted}, true)"


def _all(tests: Mapping[str, ColumnTest] | None, facts: Mapping[str, Fact], filled: Filled) -> str:
    parts = [part for column, test in (tests or {}).items() for part in _holds(column, facts[column], test, filled)]
    return f"({' AND '.join(parts)})" if parts else "true"


def _holds(column: str, fact: Fact, test: ColumnTest, filled: Filled) -> Iterator[str]:
    """Every part of a test; null where the cell is empty, but for `filled`."""
    name = quoted(column)
    if test.filled is not None:
        yield filled(column) if test.filled else f"NOT {filled(column)}"
    if test.any_of is not None:
        yield f"{name} IN ({_listed(test.any_of)})"
    if test.none_of is not None:
        yield f"{name} NOT IN ({_listed(test.none_of)})"
    if test.has is not None:
        yield f"list_contains(string_split({name}, ','), {sql_text(test.has)})"
    for sign, bound in ((">=", test.from_), ("<=", test.to)):
        if bound is not None:
            yield f"{name} {sign} CAST({sql_text(bound)} AS {'DATE' if fact.type == 'date' else _EXACT})"
    if test.age is not None:
        yield f"date_sub('year', {name}, received_on) BETWEEN {test.age[0]} AND {test.age[1]}"


def _at_most(asked: AtMost, facts: Mapping[str, Fact]) -> str:
    if facts[asked.left[0]].type == "date":
        return f"{quoted(asked.left[0])} <= {quoted(asked.right[0])}"
    some = f"coalesce({', '.join(quoted(column) for column in asked.left)}) IS NOT NULL"
    left = " + ".join(f"coalesce({quoted(column)}, 0)" for column in asked.left)
    right = " + ".join(quoted(column) for column in asked.right)
    return f"(NOT {some} OR {left} <= {right} + CAST('{asked.tolerance}' AS {_EXACT}))"


def _collects(one: Declared, facts: Mapping[str, Fact]) -> Relation | None:
    if one.group:
        return _collects_group(one, one.group, facts)
    return _collects_unknown(one, one.exists_in, facts) if one.exists_in else None


def _collects_group(one: Declared, group: Group, facts: Mapping[str, Fact]) -> Relation:
    """Our side: groups are counted first, and rows joined to those whose count is wrong."""
    key = ", ".join(("batch_id", *(quoted(column) for column in group.by)))
    asked, meets = _all(one.if_, facts, ours), _all(group.where, facts, ours)
    known = _known_key(group.by)
    if group.at_most is not None:
        wrong = f"SELECT {key} FROM marked WHERE asked AND meets GROUP BY ALL HAVING count(*) > {group.at_most}"
        fails = "asked AND meets"
    else:
        wrong = f"SELECT {key} FROM marked GROUP BY {key} HAVING count(*) FILTER (meets) < {group.at_least} AND bool_or(asked)"
        fails = "asked"
    return lambda rows: (
        f"WITH marked AS (SELECT row_id, {key}, coalesce({asked}, false) AS asked, coalesce({meets}, false) AS meets"
        f" FROM ({rows}) WHERE {WHOLE_ROW} AND {known})"
        f" SELECT row_id FROM marked SEMI JOIN ({wrong}) USING ({key}) WHERE {fails}"
    )


def _counts_group(one: Declared, group: Group, facts: Mapping[str, Fact]) -> Relation:
    """Their side: a line per failing row, made from the groups' counts alone."""
    key = ", ".join(("batch_id", *(quoted(column) for column in group.by)))
    asked, meets = (f"coalesce({_all(tests, facts, theirs)}, false)" for tests in (one.if_, group.where))
    if group.at_most is not None:
        failing = counted = f"count(*) FILTER ({asked} AND {meets})"
        wrong = f"> {group.at_most}"
    else:
        failing, counted, wrong = f"count(*) FILTER ({asked})", f"count(*) FILTER ({meets})", f"< {group.at_least}"
    return lambda batch: (
        f"SELECT unnest(range(failing)) AS unexpected FROM (SELECT {failing} AS failing, {counted} AS counted"
        f" FROM {batch} WHERE {WHOLE_ROW} AND {_known_key(group.by)} GROUP BY {key}) WHERE counted {wrong}"
    )


def _collects_unknown(one: Declared, there: ExistsIn, facts: Mapping[str, Fact]) -> Relation:
    known, sees = looked_up(one)
    asked = f"{quoted(there.here)} IS NOT NULL AND coalesce({_all(one.if_, facts, ours)}, false)"
    return lambda rows: (
        f"SELECT row_id FROM (SELECT row_id, _reference, {plain(there)} AS _value FROM ({rows}) JOIN {sees} USING (batch_id)"
        f" WHERE {WHOLE_ROW} AND {asked}) ANTI JOIN {known} USING (_reference, _value)"
    )


def _counts_unknown(one: Declared, there: ExistsIn, facts: Mapping[str, Fact]) -> Relation:
    known, sees = looked_up(one)
    asked = f"{quoted(there.here)} IS NOT NULL AND coalesce({_all(one.if_, facts, theirs)}, false)"
    return lambda batch: (
        f"SELECT 1 AS unexpected FROM {batch} AS b JOIN {sees} AS s ON s.batch_id = b.batch_id"
        f" LEFT JOIN {known} AS k ON k._reference = s._reference AND k._value = {plain(there)}"
        f" WHERE {WHOLE_ROW} AND {asked} AND k._value IS NULL"
    )


def _table(one: Declared) -> str:
    return f"failing_{one.id}"


def _known_key(columns: Iterable[str]) -> str:
    """Rows without a key belong to no group."""
    return " AND ".join(f"{quoted(column)} IS NOT NULL" for column in columns)


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sql_text(value) for value in values)
