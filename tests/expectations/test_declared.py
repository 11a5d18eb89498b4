"""Declared checks: what is refused, that every shipped example holds, and that both engines count the same rows."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
import pytest
import yaml
from pydantic import ValidationError

from errors import CatalogueError
from expectations.declared import Declared, Example
from expectations.examples import failing_examples
from expectations.gate import gate
from expectations.load import BUILT_IN, check, load_declared
from expectations.schema import SCHEMA_FILE, schema_text
from sources.contract import Contract
from sources.contracts import load_contracts
from tables import FACT_TYPES, MAX_ROWS
from tests.expectations.making import Row, Store, batches, contract, good

SEED: Final[dict[str, object]] = {
    "id": "clinic_days",
    "title": "住院没有天数",
    "source": "clinic",
    "severity": "warning",
    "means": "住院应填天数",
    "why": "试验",
    "if": {"kind": {"any_of": ["住院"]}},
    "then": {"days": {"filled": True}},
    "examples": [
        {"says": "填了", "rows": [{"kind": "住院", "days": "3"}]},
        {"says": "没填", "rows": [{"kind": "住院"}], "failing": [1]},
    ],
}


def declared(**changes: object) -> Declared:
    """The clinic's check with some keys changed; None takes a key away."""
    return Declared.model_validate({key: value for key, value in (SEED | changes).items() if value is not None})


def alone(one: Declared) -> dict[str, Declared]:
    return {one.id: one}


REFUSED: Final[Mapping[str, tuple[dict[str, object], str]]] = {
    "asks nothing": ({"then": None}, "须且只能写一项"),
    "asks two things": ({"at_most": {"left": ["cost"], "right": ["cost"]}}, "须且只能写一项"),
    "an unknown key": ({"teh": 1}, "Extra inputs"),
    "a share without hold": ({"share": 20}, "share"),
    "a hold without share": ({"severity": "hold"}, "share"),
    "its own feed": ({"then": None, "exists_in": {"source": "clinic", "here": "serial", "there": "serial"}}, "另一个来源"),
    "an empty test": ({"then": {"days": {}}}, "至少写一项"),
    "an age backwards": ({"then": {"settled_on": {"age": [9, 3]}}}, "age"),
    "no bound of a group": ({"then": None, "group": {"by": ["serial"]}}, "at_least"),
    "only good examples": ({"examples": [SEED["examples"][0]] * 2}, "examples"),  # type: ignore[index]
    "a row that is not there": ({"examples": [{"says": "x", "rows": [{}], "failing": [2]}] * 2}, "行号"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_check_that_says_nothing_or_too_much_is_refused(case: str) -> None:
    changes, told = REFUSED[case]
    with pytest.raises(ValidationError, match=told):
        declared(**changes)


UNFIT: Final[Mapping[str, dict[str, object]]] = {
    "a feed there is not": {"source": "nowhere"},
    "a column there is not": {"then": {"nothing": {"filled": True}}},
    "a code the contract does not list": {"if": {"kind": {"any_of": ["急诊"]}}},
    "an age of money": {"then": {"cost": {"age": [1, 2]}}},
    "a bound that is no number": {"then": {"cost": {"from": "x"}}},
    "a bound that is no date": {"then": {"settled_on": {"to": "2025"}}},
    "a date against money": {"then": None, "at_most": {"left": ["settled_on"], "right": ["cost"]}},
    "dates with a tolerance": {"then": None, "at_most": {"left": ["settled_on"], "right": ["settled_on"], "tolerance": "1"}},
    "a group by nothing known": {"then": None, "group": {"by": ["nothing"], "at_most": 1}},
    "a value in a feed there is not": {"then": None, "exists_in": {"source": "x", "here": "serial", "there": "serial"}},
}


@pytest.mark.parametrize("case", UNFIT)
def test_a_check_that_does_not_fit_its_contract_is_refused_unless_it_is_off(case: str) -> None:
    with pytest.raises(CatalogueError, match="clinic_days"):
        check(alone(declared(**UNFIT[case])), {"clinic": contract()})
    check(alone(declared(**UNFIT[case], severity="off")), {"clinic": contract()})


def test_an_example_that_does_not_hold_or_cannot_be_read_is_told() -> None:
    wrong = [{"says": "反了", "rows": [{"kind": "住院", "days": "3"}], "failing": [1]}, {"says": "对", "rows": [{"days": "1"}]}]
    contracts = {"clinic": contract()}
    assert failing_examples(alone(declared(examples=wrong)), contracts) == ("clinic_days：反了：应不合格的行 [1]，实际 没有",)
    unread = [{"says": "读不了", "rows": [{"kind": "急诊"}]}, SEED["examples"][1]]  # type: ignore[index]
    with pytest.raises(CatalogueError, match="读不了"):
        failing_examples(alone(declared(examples=unread)), contracts)


def test_the_schema_file_is_what_the_model_says() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run: python -m expectations.schema"


def test_the_shipped_checks_fit_the_shipped_contracts_and_hold_their_examples() -> None:
    shipped, contracts = load_declared(None), load_contracts(None)
    check(shipped, contracts)
    assert failing_examples(shipped, contracts) == ()
    first = {path.read_text(encoding="utf-8").splitlines()[0] for path in BUILT_IN.glob("*.yaml")}
    assert first == {"# yaml-language-server: $schema=../expectation.schema.json"}


def _typed(connection: duckdb.DuckDBPyConnection, of: Contract, row: Mapping[str, str]) -> Row:
    """A row of an example with its values typed."""
    return {
        column: connection.execute(f"SELECT CAST(? AS {FACT_TYPES[of.facts[column].type].sql})", [value]).fetchall()[0][0]
        for column, value in row.items()
    }


def _bare(of: Contract, shipped: Mapping[str, Declared]) -> Contract:
    """The contract with the columns that examples speak of, asked nothing by itself."""
    rows = [row for one in shipped.values() if one.source == of.id for example in one.examples for row in example.rows]
    wanted = {column for row in rows for column in row} or set(of.key)
    plain = {"required": False, "pattern": None, "range": None}
    facts = {name: fact.model_copy(update=plain) for name, fact in of.facts.items() if name in wanted}
    changes = {"facts": facts, "key": tuple(sorted(wanted))[:1], "volume": None, "mode": "append"}
    return of.model_copy(update=changes)


def _given(connection: duckdb.DuckDBPyConnection, store: Store, of: Contract, file: str, one: Example) -> Row:
    rows = [_typed(connection, of, row) | {"name": "甲"} for row in one.rows]
    return store.put(of, file, rows, received_on=date.fromisoformat(one.received_on))


def test_the_gate_finds_the_rows_the_examples_name_and_both_engines_agree(
    store: Store, connection: duckdb.DuckDBPyConnection
) -> None:
    """Every example of every shipped check as a file of its own, all judged in one go; the gate compares the counts."""
    here = {name: one for name, one in load_declared(None).items() if one.exists_in is None}
    contracts = {name: _bare(of, here) for name, of in load_contracts(None).items()}
    put, expected = [], {}
    for one in here.values():
        for number, example in enumerate(one.examples):
            batch = _given(connection, store, contracts[one.source], f"{one.id} {number}", example)
            put.append(batch)
            expected[one.id, batch["batch_id"]] = len(example.failing)
    gate(connection, store.home, contracts, batches(*put), here)
    found = connection.execute("SELECT expectation, batch_id, observed FROM finding").fetchall()
    seen = {(name, batch): observed for name, batch, observed in found}
    assert {key: seen[key] for key in expected} == expected


def test_severity_decides_what_becomes_of_a_row(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    rows = [good("A1", days=None), good("A2"), good("A3", days=None), good("A4", days=None, kind="门诊")]
    clinic = contract()
    one = declared(severity="hold", share=50)
    outcomes = {}
    for severity, share in (("warning", None), ("quarantine", None), ("hold", 50), ("hold", 49), ("off", None)):
        asked = alone(declared(severity=severity, share=share))
        gated = gate(connection, store.home, {"clinic": clinic}, batches(store.put(clinic, "a.csv", rows)), asked)
        told = connection.execute("SELECT verdict, observed FROM finding WHERE expectation = ?", [one.id]).fetchall()
        sizes = [connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in ("quarantine", "notice")]
        outcomes[severity, share] = (told, len(gated.held), *sizes)
        assert all("使用" not in reason and "超过全部行的 49%" in reason for reason in gated.held.values())
    assert outcomes == {
        ("warning", None): ([("warn", 2)], 0, 0, 2),
        ("quarantine", None): ([("quarantine", 2)], 0, 2, 0),
        ("hold", 50): ([("warn", 2)], 0, 0, 2),
        ("hold", 49): ([("hold", 2)], 1, 0, 0),
        ("off", None): ([], 0, 0, 0),
    }


def test_a_value_written_but_not_converted_is_filled(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    clinic = contract()
    rows: list[Row] = [good("A1", days=None, unconverted=["days"]), {"damage": "断行", "kind": "住院"}]
    gate(connection, store.home, {"clinic": clinic}, batches(store.put(clinic, "a.csv", rows)), alone(declared()))
    assert connection.execute("SELECT observed FROM finding WHERE expectation = 'clinic_days'").fetchall() == [(0,)]


def test_groups_end_at_the_file_and_braces_and_colons_are_data(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    codes = {"{住院}:x": ["1"], "门诊": ["2"]}
    facts = contract().model_dump(mode="json", by_alias=True)["facts"]
    clinic = contract(facts=facts | {"kind": {"title": "类别", "headers": ["类别"], "type": "code", "values": codes}})
    group = {"by": ["days"], "where": {"kind": {"any_of": ["{住院}:x"]}}, "at_most": 1}
    asked = alone(declared(then=None, group=group, **{"if": None}))
    twice = [
        good("A1", kind="{住院}:x"),
        good("A2", kind="{住院}:x"),
        good("A3", kind="门诊"),
        good("A4", kind="{住院}:x", days=None),
    ]
    put = [store.put(clinic, "a.csv", twice), store.put(clinic, "b.csv", twice[:1])]
    gate(connection, store.home, {"clinic": clinic}, batches(*put), asked)
    found = connection.execute("SELECT observed FROM finding WHERE expectation = 'clinic_days' ORDER BY 1").fetchall()
    assert found == [(0,), (2,)]


def test_a_file_sees_the_newest_accepted_delivery_of_its_own_day(store: Store, connection: duckdb.DuckDBPyConnection) -> None:
    """Neither what comes later, nor what was held; and a file that turns up late is looked into by those after it."""
    clinic, ward = contract(), contract(id="ward")
    contracts = {"ward": ward, "clinic": clinic}
    asked = alone(declared(then=None, exists_in={"source": "ward", "here": "serial", "there": "serial"}, **{"if": None}))

    def day(number: int) -> dict[str, object]:
        return {"received_on": date(2025, 6, number)}

    wards = [store.put(ward, f"w{n}", [good(f"A{n}")], **day(n)) for n in (2, 4)]
    wards.append(store.put(ward, "held", [good("A9")], missing_columns=["cost"], **day(4)))
    clinics = [store.put(clinic, f"c{n}", [good("A2"), good("A4"), good("A9")], **day(n)) for n in (1, 2, 3, 4)]
    query = "SELECT batch_id, observed FROM finding WHERE expectation = 'clinic_days'"

    def unknown(*some: Row) -> list[int]:
        gate(connection, store.home, contracts, batches(*some), asked)
        found = dict(connection.execute(query).fetchall())
        return [found[batch["batch_id"]] for batch in clinics]

    assert unknown(*wards, *clinics) == [0, 2, 2, 2]
    known = [
        row_number for (row_number,) in connection.execute(f"SELECT row_id & {MAX_ROWS} FROM notice ORDER BY 1").fetchall()
    ]
    assert sorted(known) == [1, 2, 2, 3, 3, 3]
    late = store.put(ward, "late", [good("A9")], **day(3))
    assert unknown(*wards, late, *clinics) == [0, 2, 2, 2]
    assert connection.execute(f"SELECT count(*) FROM notice WHERE row_id & {MAX_ROWS} = 3").fetchall() == [(2,)]


def test_what_is_looked_into_looks_into_nothing_itself() -> None:
    there = {"here": "serial", "there": "serial"}
    first = declared(id="a", then=None, exists_in={"source": "ward", **there})
    second = declared(id="b", source="ward", then=None, exists_in={"source": "third", **there})
    contracts = {name: contract(id=name) for name in ("clinic", "ward", "third")}
    with pytest.raises(CatalogueError, match=r"exists_in\.source"):
        check({"a": first, "b": second}, contracts)


def test_a_feed_nobody_may_read_is_not_looked_into() -> None:
    basis = {"class": "consent", "text": "试验", "scope": "authorised_households"}
    one = declared(then=None, exists_in={"source": "ward", "here": "serial", "there": "serial"})
    with pytest.raises(CatalogueError, match="授权"):
        check(alone(one), {"clinic": contract(), "ward": contract(id="ward", legal_basis=basis)})


def test_reasons_and_examples_are_no_part_of_what_is_asked() -> None:
    assert declared(why="别的").hash == declared().hash != declared(severity="quarantine").hash
    assert yaml.safe_load(Path(BUILT_IN / "roster_one_head.yaml").read_text(encoding="utf-8"))["id"] == "roster_one_head"
