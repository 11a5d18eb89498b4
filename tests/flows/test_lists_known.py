"""When being on no row of a list means anything, and whom it says nothing about."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

import feed_tables
import tables
from engine import connect
from flows.lists_known import tell_lists
from tests.outputs.invented import Values, register, table

FRESH = {"schools": "fresh"}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path, 1, "512MiB") as opened:
        yield opened


def link(number: int, decision: str = "linked", **more: object) -> Values:
    base = {"source": "schools", "batch_id": "b1", "resident_id": None, "identity_key": f"{number:016x}"}
    return {"row_id": number, "decision": decision, **base, **more}


def night(connection: duckdb.DuckDBPyConnection, *links: Values, **more: list[Values]) -> None:
    """The tables of a night with three residents; `more` fills further ones."""
    residents = [{"resident_id": f"R{n}", "household_id": f"H{n}"} for n in (1, 2, 3)]
    schemas = {
        "source_status": feed_tables.SOURCE_STATUS,
        "held_file": feed_tables.HELD_FILE,
        "quarantine": tables.QUARANTINE,
        "standing": tables.STANDING,
        "candidate": tables.CANDIDATE,
        "roster_issue": tables.ROSTER_ISSUE,
    }
    register(connection, resident=table(tables.RESIDENT, *residents), link=table(tables.LINK, *links))
    register(connection, **{name: table(schema, *more.get(name, [])) for name, schema in schemas.items()})


def why(connection: duckdb.DuckDBPyConnection, state: str = "fresh") -> str | None:
    tell_lists(connection, {"schools": state})
    ((is_complete, said),) = connection.execute("SELECT is_complete, why FROM list_state").fetchall()
    assert is_complete is (said is None)
    return said  # type: ignore[no-any-return]


def test_a_fresh_list_whose_rows_are_all_explained_is_complete(connection: duckdb.DuckDBPyConnection) -> None:
    night(connection, *(link(n) for n in range(95)), link(95, "no_resident"), *(link(96 + n, "review") for n in range(4)))
    assert why(connection) is None


@pytest.mark.parametrize(("state", "said"), [("stale", "数据已过期"), ("missing", "尚无数据")])
def test_an_old_list_tells_nothing(connection: duckdb.DuckDBPyConnection, state: str, said: str) -> None:
    night(connection, link(1))
    assert why(connection, state) == said


@pytest.mark.parametrize(("state", "said"), [("nearly_empty", "行数骤减"), ("late", "应到未到"), ("unchanged", None)])
def test_a_list_that_collapsed_or_is_late_tells_nothing(
    connection: duckdb.DuckDBPyConnection, state: str, said: str | None
) -> None:
    night(connection, link(1), source_status=[{"source": "schools", "state": state}])
    assert why(connection) == said


@pytest.mark.parametrize(("answered", "said"), [(None, "有整批暂停的数据"), ("b2", None)])
def test_a_batch_on_hold_may_hold_whom_we_miss(
    connection: duckdb.DuckDBPyConnection, answered: str | None, said: str | None
) -> None:
    night(connection, link(1), held_file=[{"source": "schools", "batch_id": "b0", "answered_by": answered}])
    assert why(connection) == said


def test_an_empty_list_is_not_a_list(connection: duckdb.DuckDBPyConnection) -> None:
    night(connection)
    assert why(connection) == "没有可用的行"


def test_rows_that_nobody_could_tie_or_that_were_taken_out_may_be_anybodys(connection: duckdb.DuckDBPyConnection) -> None:
    few = [link(n) for n in range(94)]
    night(connection, *few, *(link(94 + n, "review") for n in range(5)))
    assert why(connection) == "未对上、未查清的行超过 5%"
    standing: list[Values] = [{"source": "schools", "batch_id": "b1", "standing": "current"}]
    standing += [{"row_id": 200 + n, "source": "schools", "batch_id": "b1", "standing": "quarantined"} for n in range(5)]
    night(connection, *few, standing=standing, quarantine=[{"row_id": 200 + n} for n in range(5)])
    assert why(connection) == "未对上、未查清的行超过 5%"
    night(connection, *few, standing=[{**row, "batch_id": "b0"} for row in standing[1:]], quarantine=[{"row_id": 200}])
    assert why(connection) is None, "of a batch that no longer counts"


def test_whoever_a_row_in_review_may_mean_is_doubtful_for_that_list(connection: duckdb.DuckDBPyConnection) -> None:
    asked = link(1, "review", resident_id="R1", runner_up="R2")
    third = {"identity_key": asked["identity_key"], "position": 3, "resident_id": "R3"}
    night(connection, asked, link(2, resident_id="R3"), candidate=[third])
    tell_lists(connection, FRESH)
    said = "有待人工比对的行可能是本人"
    expected = [("schools", f"R{n}", f"H{n}", said) for n in (1, 2, 3)]
    assert connection.execute("SELECT * FROM doubtful ORDER BY ALL").fetchall() == expected


def test_whoever_the_roster_does_not_surely_identify_is_doubtful_for_every_list(connection: duckdb.DuckDBPyConnection) -> None:
    issues: list[Values] = [{"resident_id": "R1", "issue": "number_missing", "title": "证件号码缺失"}]
    issues += [{"resident_id": "R2", "issue": "household_large", "title": "一户人数过多"}]
    night(connection, link(1), roster_issue=issues)
    tell_lists(connection, FRESH)
    found = connection.execute("SELECT source, resident_id, why FROM doubtful").fetchall()
    assert found == [("", "R1", "花名册中的身份有疑问：证件号码缺失")]
