"""Where lists that came back become visits: their rows are matched, taken beside the results of other systems, or sent back."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

import duckdb

from casework.answers import match_answers
from casework.refused import gather_refused
from casework.steps import match_steps
from engine import sql_text
from flows.answered_facts import add_answers
from flows.declared import Catalogue
from flows.joints import sql_list
from flows.past import PURGED_MARK
from settings import Home, Office
from sources.contract import Contract

REMARK: Final = "remark"
"""The walled column in which a visitor explains: a line that has only this is no empty one."""

_PLACE: Final = re.compile(r"(?<!\d)(\d{6})(?:\d{3}|\d{6})?(?!\d)")
"""A county's, township's or village's code in a file's name."""


def take_answers(connection: duckdb.DuckDBPyConnection, home: Home, office: Office, catalogue: Catalogue) -> None:
    """Create `answer` (ANSWER) and `case_step` (CASE_STEP); what was taken joins `fact_visits`.

    Reads `accepted_<source>` of both feeds, `issued_before` and `delivery`.
    """
    match_files(connection, home, office, catalogue)
    add_answers(connection, "answer")


def match_files(connection: duckdb.DuckDBPyConnection, home: Home, office: Office, catalogue: Catalogue) -> None:
    """The same without touching `fact_visits`."""
    source = catalogue.of_role("answers")
    gather_notes(connection, home, catalogue.contracts[source])
    match_answers(connection, source, counties_named(connection, source))
    connection.execute("DROP TABLE noted")
    match_steps(connection, catalogue.of_role("case_steps"), office.clocks.publicity_days, office.holidays)


def tell_bins(connection: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Create `record_bin` (row_id, bin): where rows of records end; those not in it came back unanswered.

    Reads `review_verdict`, `answer`, `case_step`, `problem_unusable` and the current marks of the ledger of problems.
    """
    marks = catalogue.of_role("problem_marks")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE record_bin AS
        SELECT DISTINCT row_id, 'verdict' AS bin FROM review_verdict
        UNION ALL SELECT row_id, if(fate = 'refused', 'refused', 'verdict') FROM answer WHERE fate <> 'empty'
        UNION ALL SELECT row_id, if(fate = 'refused', 'refused', 'verdict') FROM case_step
        UNION ALL SELECT row_id, if(row_id IN (SELECT row_id FROM problem_unusable), 'refused', 'verdict')
        FROM accepted_{marks} WHERE struck_on IS NOT NULL
    """)


def tell_refused(connection: duckdb.DuckDBPyConnection, home: Home, catalogue: Catalogue, as_of: date) -> None:
    """Create `refused_row` (REFUSED_ROW): what goes back of the lists that came back."""
    answers, steps, marks = (catalogue.of_role(role) for role in ("answers", "case_steps", "problem_marks"))
    connection.execute("CREATE OR REPLACE TEMP TABLE record_number (row_id BIGINT, warning_id VARCHAR)")
    for source in (answers, steps):
        number = catalogue.contracts[source].key[0]
        batches = connection.execute(f"SELECT DISTINCT batch_id FROM returned_row WHERE source = {sql_text(source)} ORDER BY 1")
        if files := [str(home.facts(source, batch)) for (batch,) in batches.fetchall()]:
            connection.execute(f"""
                INSERT INTO record_number SELECT row_id, ltrim("{number}", '''') FROM read_parquet({sql_list(files)})
                SEMI JOIN returned_row USING (row_id)""")
    gather_refused(connection, answers, steps, marks, as_of, forgotten_on(home))
    connection.execute("DROP TABLE record_number")


def forgotten_on(home: Home) -> date | None:
    """The last night whose rows handed out were purged after their term; None if there is none."""
    purged = [path.parent for path in home.runs.glob(f"*/{PURGED_MARK}") if not (path.parent / "issued.parquet").exists()]
    return date.fromisoformat(max(run.name for run in purged)) if purged else None


def gather_notes(connection: duckdb.DuckDBPyConnection, home: Home, contract: Contract) -> None:
    """Create `noted` (row_id): the current rows of a feed that have a remark; the remark itself stays where it is."""
    connection.execute("CREATE OR REPLACE TEMP TABLE noted (row_id BIGINT)")
    batches = connection.execute(f"SELECT DISTINCT batch_id FROM accepted_{contract.id} ORDER BY 1").fetchall()
    if batches and REMARK in contract.walled:
        files = sql_list(str(home.identity(contract.id, batch)) for (batch,) in batches)
        connection.execute(rf"INSERT INTO noted SELECT row_id FROM read_parquet({files}) WHERE regexp_matches({REMARK}, '\S')")


def counties_named(connection: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    """Batch -> the one county of the ledger that its file's name speaks of, by code or by name."""
    counties = connection.execute("SELECT DISTINCT county, county_name FROM issued_before ORDER BY ALL").fetchall()
    files = connection.execute(
        f"SELECT batch_id, file FROM delivery WHERE source = {sql_text(source)} ORDER BY position DESC"
    ).fetchall()
    names: dict[str, str] = {code: name or "" for code, name in counties}
    found = {batch: county_of(file, names) for batch, file in files}
    return {batch: county for batch, county in found.items() if county}


def county_of(file: str, names: Mapping[str, str]) -> str | None:
    """The county a file's name speaks of; None if it names none, or several.  `names` is county code -> name."""
    name = file.rpartition("/")[2]
    coded = {code for code in _PLACE.findall(name) if code in names}
    called = {code for code, county in names.items() if county and county in name}
    said = coded or called
    return said.pop() if len(said) == 1 else None
