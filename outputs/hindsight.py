"""Lists of past nights held against what became of the households: found in time, found late, or missed, and why.

Reads the run tables of each night in a schema of its own, and `fact_visits` and `resident` of the night that knows most.
"""

from datetime import date
from typing import Final

import duckdb

from outcomes import IDENTIFIED

REASONS: Final = {
    "cut": "有预警，名次在名额之外",
    "suppressed": "近期已核实、个案未办结或已在监测",
    "near": "只接近标准，没有越线",
    "review": "有关的行待人工比对",
    "quarantined": "有关的行被隔离",
    "held": "有关的文件整批暂停",
    "unlinked": "有关的行当时没有对上",
    "late": "有关的数据后来才到",
    "quiet": "有数据，没有规则触发",
    "nothing": "没有任何部门的数据",
}
"""Why a household was on no list, in the order in which the first that holds is told."""


def start(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty tables that the nights are gathered in."""
    connection.execute("""
        CREATE TABLE listing (night DATE, household_id VARCHAR, county VARCHAR, is_listed BOOLEAN);
        CREATE TABLE plain_listing (night DATE, baseline VARCHAR, household_id VARCHAR);
        CREATE TABLE monitored (night DATE, household_id VARCHAR, since DATE)""")


def gather_lists(connection: duckdb.DuckDBPyConnection, night: date, schema: str) -> None:
    """Add a night's warned households."""
    connection.execute(f"""
        INSERT INTO listing SELECT DATE '{night}', household_id, county, is_listed FROM {schema}.referral
    """)


def gather_monitored(connection: duckdb.DuckDBPyConnection, night: date, schema: str) -> None:
    """Add who was monitored on a night's roster, and since which roster."""
    connection.execute(f"""
        INSERT INTO monitored SELECT DATE '{night}', household_id, min(received_on)
        FROM {schema}.resident WHERE household_type = '监测对象' GROUP BY household_id
    """)


def gather_baselines(connection: duckdb.DuckDBPyConnection, night: date, schema: str) -> None:
    """Add from `baseline` whom each plain order would have listed, given as many visits per county as the night's list has."""
    connection.execute(f"""
        INSERT INTO plain_listing
        SELECT DATE '{night}', baseline, household_id FROM {schema}.baseline
        JOIN (SELECT county, count(*) AS visits FROM {schema}.referral WHERE is_listed GROUP BY county) USING (county)
        WHERE position <= visits
    """)


def find_truth(connection: duckdb.DuckDBPyConnection, first: date, last: date) -> None:
    """Create `truth`: each household's first identification after `first` and by `last`, and how it is known.

    By a visit whose outcome is 纳入识别, or because a later roster has it as 监测对象 and the first night's had not.
    """
    connection.execute(f"""
        CREATE TABLE truth AS
        WITH told AS (
            SELECT household_id, visited_on AS identified_on, 'visit' AS how FROM fact_visits WHERE outcome = '{IDENTIFIED}'
            UNION ALL
            SELECT household_id, min(since), 'roster' FROM monitored
            ANTI JOIN (SELECT household_id FROM monitored WHERE night = DATE '{first}') USING (household_id)
            GROUP BY household_id
        )
        SELECT household_id, min(identified_on) AS identified_on, arg_min(how, (identified_on, how = 'roster')) AS how
        FROM told WHERE identified_on > DATE '{first}' AND identified_on <= DATE '{last}'
        GROUP BY household_id ORDER BY household_id
    """)


def trace(connection: duckdb.DuckDBPyConnection, horizon: int) -> None:
    """Create `traced`: of each household of `truth` with a night at most `horizon` days before, when it was first listed, and
    which night saw it last."""
    connection.execute(f"""
        CREATE TABLE traced AS
        WITH asked AS (
            SELECT t.household_id, t.identified_on, t.how, n.night FROM truth t JOIN (SELECT DISTINCT night FROM listing) n
            ON n.night < t.identified_on AND n.night >= t.identified_on - {horizon}
        )
        SELECT a.household_id, a.identified_on, a.how, min(a.night) FILTER (l.is_listed) AS first_listed,
            max(a.night) AS last_night
        FROM asked a LEFT JOIN listing l ON l.household_id = a.household_id AND l.night = a.night
        GROUP BY ALL ORDER BY a.household_id
    """)
    connection.execute("CREATE TABLE missed (household_id VARCHAR, reason VARCHAR)")


def explain_misses(connection: duckdb.DuckDBPyConnection, night: date, schema: str, newest: str) -> None:
    """Add to `missed` why the households that this night saw last were on no list; `newest` is the schema that knows most.

    Whose a row is that was in review, quarantined or held is told by the newest night, if it is linked there.
    """
    told = " UNION ALL ".join(
        f"SELECT household_id, {place} AS place FROM {_WHERE[reason].format(schema=schema, night=night)}"
        for place, reason in enumerate(REASONS)
    )
    reasons = ", ".join(f"'{reason}'" for reason in REASONS)
    connection.execute(f"""
        INSERT INTO missed
        WITH one AS (SELECT household_id FROM traced WHERE first_listed IS NULL AND last_night = DATE '{night}'),
        known AS (
            SELECT l.row_id, l.batch_id, r.household_id FROM {newest}.link l JOIN {newest}.resident r USING (resident_id)
            SEMI JOIN one ON one.household_id = r.household_id WHERE l.decision = 'linked' AND l.source <> 'visits'
        ),
        then_known AS (
            SELECT known.*, l.decision, a.state FROM known LEFT JOIN {schema}.link l USING (row_id)
            LEFT JOIN {schema}.accounting a ON a.batch_id = known.batch_id
        ),
        proof AS (
            SELECT DISTINCT household_id, unnest(evidence) AS row_id FROM {newest}.signal SEMI JOIN one USING (household_id)
            WHERE verdict = 'fires'
        ),
        told AS ({told})
        SELECT household_id, ([{reasons}])[min(place) + 1] FROM told SEMI JOIN one USING (household_id) GROUP BY household_id
    """)


_WHERE: Final = {
    "cut": "listing WHERE night = DATE '{night}'",
    "suppressed": "{schema}.suppressed",
    "near": "{schema}.signal WHERE verdict = 'near'",
    "review": "{schema}.link JOIN {schema}.resident USING (resident_id) WHERE decision = 'review'",
    "quarantined": "known SEMI JOIN {schema}.quarantine USING (row_id)",
    "held": "then_known WHERE state = 'held'",
    "unlinked": "then_known WHERE decision = 'no_resident'",
    "late": "proof SEMI JOIN known USING (row_id) ANTI JOIN {schema}.link l ON l.row_id = proof.row_id",
    "quiet": "then_known WHERE decision = 'linked'",
    "nothing": "one",
}
"""Reason -> where the households are found that it holds for."""
