"""The joints of the night: where one room's tables become the next room's, and nothing more."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Final

import duckdb
import pyarrow as pa

from engine import conform, number, sql_text
from review_tables import REVIEW_VERDICT, REVIEW_VERDICT_COUNT
from settings import Home
from tables import IDENTITY, RESIDENT, ROSTER_IDENTITY, ROSTER_ISSUE

if TYPE_CHECKING:
    from sources.contract import Contract

_TITLED: Final = pa.schema([("issue", pa.string()), ("title", pa.string())])


def split_roster(connection: duckdb.DuckDBPyConnection, home: Home, roster: str) -> int:
    """Part the accepted roster into `resident` (what rules may know) and `roster_identity`; returns the residents."""
    connection.execute(f"""
        CREATE OR REPLACE TABLE resident AS
        SELECT row_id, resident_id, household_id, relation, sex, birth_date, household_type, monitored_class,
               left(place_code, 6) AS county, left(place_code, 9) AS township, left(place_code, 12) AS village, place_code,
               county_name, township_name, village_name, group_name, education, schooling, labour, health, is_on_dibao,
               risk_removed, income_per_head, received_on
        FROM accepted_{roster}
    """)
    conform(connection, "resident", RESIDENT)
    batches = [row[0] for row in connection.execute(f"SELECT DISTINCT batch_id FROM accepted_{roster} ORDER BY 1").fetchall()]
    files = [str(home.identity(roster, batch)) for batch in batches]
    connection.execute(f"""
        CREATE OR REPLACE TABLE roster_identity AS
        SELECT resident_id, household_id, name, id_number, i.sex, i.birth_date, place_code,
               concat(county_name, township_name, village_name, group_name) AS place_name, phone,
               nullif(residency, '在册') AS residency
        FROM read_parquet({sql_list(files)}) i JOIN accepted_{roster} a USING (row_id)
    """)
    conform(connection, "roster_identity", ROSTER_IDENTITY)
    return count(connection, "resident")


def gather_identity(connection: duckdb.DuckDBPyConnection, home: Home, batches: pa.Table, sources: Iterable[str]) -> int:
    """Create `identity`: who each current row of the given sources speaks of, as written; returns the rows."""
    columns = ", ".join(f"i.{name}" for name in IDENTITY.names)
    wanted = set(sources)
    files = [
        str(home.identity(batch["source"], batch["batch_id"]))
        for batch in batches.select(["source", "batch_id", "unreadable"]).to_pylist()
        if batch["source"] in wanted and batch["unreadable"] is None
    ]
    connection.register("nobody", IDENTITY.empty_table())
    people = f"read_parquet({sql_list(files)})" if files else "nobody"
    connection.execute(f"""
        CREATE OR REPLACE TABLE identity AS
        SELECT {columns}, s.source, s.batch_id, s.row_number
        FROM {people} i JOIN standing s USING (row_id) WHERE s.standing = 'current'
    """)
    return count(connection, "identity")


def gather_senders(
    connection: duckdb.DuckDBPyConnection, home: Home, batches: pa.Table, contracts: Mapping[str, "Contract"]
) -> None:
    """Create `sent_by` (row_id, unit): which office sent each row received, for sources whose contract names the column."""
    connection.execute("CREATE OR REPLACE TEMP TABLE sent_by (row_id BIGINT, unit VARCHAR)")
    for source, contract in contracts.items():
        files = [
            str(home.facts(source, batch["batch_id"]))
            for batch in batches.select(["source", "batch_id", "unreadable"]).to_pylist()
            if batch["source"] == source and batch["unreadable"] is None
        ]
        if contract.sending_unit is not None and not contract.is_barred and files:
            chosen = f'SELECT row_id, "{contract.sending_unit}" FROM read_parquet({sql_list(files)})'
            connection.execute(f"INSERT INTO sent_by {chosen}")


def gather_verdicts(connection: duckdb.DuckDBPyConnection, source: str) -> int:
    """Create `review_verdict` (REVIEW_VERDICT) from the accepted rows of `source`, and its count; returns the verdicts.

    A line without a conclusion says nothing, nor does one whose conclusion names a candidate that the line does not have.
    Without a date the day of receipt stands for it.  "None of these" is "cannot tell" where nobody was proposed, and where
    another is named, it is him.
    """
    connection.execute(f"""
        CREATE OR REPLACE TABLE review_verdict AS
        WITH said AS (
            SELECT row_id, replace(identity_key, '比对-', '') AS identity_key,
                   if(conclusion = '都不是' AND other_resident IS NOT NULL, '是另一人', conclusion) AS conclusion,
                   {_bare("first_resident")}, {_bare("second_resident")}, {_bare("other_resident")},
                   coalesce(decided_on, received_on) AS decided_on, decided_by
            FROM accepted_{source} WHERE conclusion IS NOT NULL
        ), meant AS (
            SELECT *, CASE conclusion
                WHEN '是候选一' THEN [first_resident] WHEN '是候选二' THEN [second_resident]
                WHEN '是另一人' THEN [other_resident] WHEN '都不是' THEN [first_resident, second_resident] END AS residents,
                CASE WHEN conclusion = '无法判断' THEN 'cannot_tell' WHEN conclusion <> '都不是' THEN 'same'
                     WHEN first_resident IS NULL AND second_resident IS NULL THEN 'cannot_tell' ELSE 'not_same' END AS verdict
            FROM said
        )
        SELECT row_id, identity_key, resident_id, verdict, decided_on, decided_by
        FROM (SELECT *, unnest(if(verdict = 'cannot_tell', [NULL], residents)) AS resident_id FROM meant)
        WHERE resident_id IS NOT NULL OR verdict = 'cannot_tell'
        ORDER BY row_id, resident_id
    """)
    conform(connection, "review_verdict", REVIEW_VERDICT)
    connection.execute("""
        CREATE OR REPLACE TABLE review_verdict_count AS
        SELECT verdict, count(DISTINCT row_id) AS rows, count(DISTINCT identity_key) AS identities,
               max(decided_on) AS decided_on
        FROM review_verdict GROUP BY verdict ORDER BY verdict
    """)
    conform(connection, "review_verdict_count", REVIEW_VERDICT_COUNT)
    return count(connection, "review_verdict")


def add_roster_notices(connection: duckdb.DuckDBPyConnection, titles: Mapping[str, str]) -> int:
    """Append to `roster_issue` what the gate told of current rows of the roster: expectation -> title; returns the lines."""
    connection.register("titled", pa.table({"issue": list(titles), "title": list(titles.values())}, schema=_TITLED))
    connection.execute("""
        INSERT INTO roster_issue
        SELECT r.resident_id, r.household_id, r.county, n.expectation, t.title, NULL
        FROM notice n JOIN resident r USING (row_id) JOIN titled t ON t.issue = n.expectation
        ORDER BY r.county, r.household_id, r.resident_id, n.expectation
    """)
    connection.unregister("titled")
    conform(connection, "roster_issue", ROSTER_ISSUE)
    return count(connection, "roster_issue")


def _bare(column: str) -> str:
    """SQL: a resident's id without the mark that keeps it text in a spreadsheet."""
    return f"replace({column}, '人-', '') AS {column}"


def join_facts(connection: duckdb.DuckDBPyConnection, contracts: Mapping[str, Iterable[str]]) -> None:
    """Create `fact_<source>` for every source: its linked current rows with the resident and household."""
    for source, facts in contracts.items():
        connection.execute(f"CREATE OR REPLACE TABLE fact_{source} AS {_linked_sql(source, facts)}")


def show_facts(connection: duckdb.DuckDBPyConnection, contracts: Mapping[str, Iterable[str]]) -> None:
    """The same as views, for those who ask for few of them."""
    for source, facts in contracts.items():
        connection.execute(f"CREATE OR REPLACE VIEW fact_{source} AS {_linked_sql(source, facts)}")


def _linked_sql(source: str, facts: Iterable[str]) -> str:
    columns = "".join(f', a."{name}"' for name in facts)
    return f"""
        SELECT a.row_id, l.resident_id, r.household_id, a.received_on, l.probability{columns}
        FROM accepted_{source} a
        JOIN link l ON l.row_id = a.row_id AND l.decision = 'linked' AND l.source = {sql_text(source)}
        JOIN resident r ON r.resident_id = l.resident_id"""


def by_source(batches: Iterable[tuple[str, str, date]]) -> dict[str, dict[str, date]]:
    """Source -> batch_id -> day of receipt, in the order given."""
    grouped: dict[str, dict[str, date]] = {}
    for source, batch_id, received_on in batches:
        grouped.setdefault(source, {})[batch_id] = received_on
    return grouped


def keep(connection: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    """An Arrow table as a table of the night."""
    connection.register("kept", table)
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM kept")
    connection.unregister("kept")


def sql_list(values: Iterable[str]) -> str:
    """Texts as an SQL list literal."""
    return "[" + ", ".join(sql_text(value) for value in values) + "]"


def count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    """Rows of a table, or of a table and its condition."""
    return number(connection, f"SELECT count(*) FROM {table}")
