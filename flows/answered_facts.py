"""Rows of lists that were taken, as rows of `fact_visits`: on the night, and of a night that is over."""

import duckdb

from rules.visits import VISITS


def add_answers(connection: duckdb.DuckDBPyConnection, answers: str) -> None:
    """Append to the table `fact_visits` what was taken of `answers`, a relation of ANSWER."""
    connection.execute(f"INSERT INTO fact_{VISITS} BY NAME {_taken_sql(answers)}")


def show_answers(connection: duckdb.DuckDBPyConnection, answers: str) -> None:
    """The same where `fact_visits` is a view."""
    connection.execute(f"ALTER VIEW fact_{VISITS} RENAME TO linked_{VISITS}")
    connection.execute(f"CREATE VIEW fact_{VISITS} AS FROM linked_{VISITS} UNION ALL BY NAME {_taken_sql(answers)}")


def tie_answers(connection: duckdb.DuckDBPyConnection, answers: str) -> None:
    """Append to the table `link` whose the rows of `answers` are: a household's, by the numbers printed in its line."""
    connection.execute(f"""
        INSERT INTO link BY NAME
        SELECT row_id, source, batch_id, 'linked' AS decision, 'printed_numbers' AS method, 1.0 AS probability,
            '预警编号与校验码对上下发的那一行' AS evidence
        FROM {answers} JOIN (SELECT batch_id, source FROM batch) USING (batch_id) WHERE fate = 'taken' ORDER BY row_id""")


def _taken_sql(answers: str) -> str:
    """SQL: they are the household's, nobody's in it."""
    return f"""(
        SELECT row_id, NULL::VARCHAR AS resident_id, household_id, received_on, 1.0::DOUBLE AS probability,
            warning_id AS visit_no, visited_on, family, outcome
        FROM {answers} WHERE fate = 'taken' ORDER BY row_id)"""
