"""Who each row speaks of: every current row of every department, tied to a resident or put where a person will look."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import duckdb

from engine import conform
from errors import Fault
from matching import reuse
from matching.alike import add_first, find_sure
from matching.block import block
from matching.characters import Characters, read_characters
from matching.compare import compare
from matching.decide import agreement_sql, decide
from matching.missed import estimate_missed
from matching.normalise import gather_written, install, normalise_persons, normalise_roster
from matching.parameters import FIELDS, Parameters, read_parameters
from matching.places import Change, read_changes
from matching.roster_check import check
from matching.score import score
from matching.verdicts import read_verdicts
from tables import BLOCK, CANDIDATE, LINK

MOST_SHOWN: Final = 5
"""Candidates kept per identity in review."""


def link(
    connection: duckdb.DuckDBPyConnection,
    parameters: Parameters | None = None,
    changes: Sequence[Change] | None = None,
    memory: Path | None = None,
) -> None:
    """Tie every row of every department to a resident, or say why not.

    Reads `roster_identity` (ROSTER_IDENTITY), `identity` (IDENTITY, source, batch_id, row_number) and `review_verdict`
    (REVIEW_VERDICT, may be absent); creates `link` (LINK), `candidate` (CANDIDATE), `block` (BLOCK), `review_conflict` and
    `roster_issue`.

    Every row of `identity` comes out exactly once.  The result depends on neither row order nor threads, nor on what `memory`,
    the folder of earlier nights' links, holds: it only makes it faster.
    """
    parameters, changes = parameters or read_parameters(), read_changes() if changes is None else changes
    characters = read_characters()
    kept = None if memory is None else reuse.Memory(memory, reuse.basis(parameters, changes))
    try:
        install(connection)
        read_verdicts(connection)
        gather_written(connection)
        _recall(connection, characters, parameters, changes, kept)
        match(connection, characters, parameters)
        _outcome(connection)
        if kept is not None:
            reuse.keep(connection, kept)
        _candidates(connection)
        _blocks(connection)
        check(connection)
        _links(connection)
    finally:
        _close(connection)
    conform(connection, "link", LINK)
    _verify(connection)


def match(connection: duckdb.DuckDBPyConnection, characters: Characters, parameters: Parameters) -> None:
    """From `match_roster` and `match_person`, with what people decided, to `match_decided`."""
    find_sure(connection)
    block(connection)
    connection.execute("""
        DELETE FROM match_candidate USING match_person p, match_roster r, match_not_same n
        WHERE match_candidate.person_id = p.person_id AND match_candidate.rid = r.rid
          AND n.identity_key = p.identity_key AND n.resident_id = r.resident_id
    """)
    compare(connection, characters)
    add_first(connection)
    estimate_missed(connection, parameters)
    score(connection, parameters)
    decide(connection, parameters)


def _recall(
    connection: duckdb.DuckDBPyConnection,
    characters: Characters,
    parameters: Parameters,
    changes: Sequence[Change],
    memory: reuse.Memory | None,
) -> None:
    """`match_roster`, `match_known` and, of the identities that are not known any more, `match_person`."""
    is_same = reuse.recall(connection, memory)
    if memory is not None and is_same:
        reuse.recall_roster(connection, memory)
        connection.execute("""
            CREATE OR REPLACE TEMP TABLE match_new AS FROM match_written ANTI JOIN match_known USING (written_key)
        """)
        normalise_persons(connection, characters, changes, "match_new")
        return
    normalise_roster(connection, characters, changes)
    normalise_persons(connection, characters, changes)
    if memory is not None:
        reuse.forget(connection, memory, parameters)
    connection.execute("DELETE FROM match_person WHERE written_key IN (SELECT written_key FROM match_known)")


def _outcome(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_outcome`: tonight's decisions and the known ones, by written_key, how they were sought and whom they may be."""
    _shown(connection)
    _sought_by(connection)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_outcome AS
        SELECT written_key, identity_key, d.* EXCLUDE (person_id), candidates, blocks
        FROM match_person JOIN match_decided d USING (person_id)
        LEFT JOIN match_shown USING (person_id) LEFT JOIN match_sought_by USING (person_id)
        UNION ALL BY NAME FROM match_known SEMI JOIN match_written USING (written_key)
    """)


def _shown(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_shown`: of each person in review the likeliest candidates, as a list."""
    kept = (name for name in CANDIDATE.names if name not in ("identity_key", "position"))
    fields = ", ".join(f"{name} := {name}::VARCHAR" if name in FIELDS else name for name in kept)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_shown AS
        SELECT person_id, list(struct_pack({fields}) ORDER BY weight DESC, resident_id)[:{MOST_SHOWN}] AS candidates
        FROM (SELECT s.*, {agreement_sql()} AS agreement, round(odds / whole, 6) AS probability
              FROM match_scored s SEMI JOIN (FROM match_decided WHERE decision = 'review') USING (person_id)
              JOIN (SELECT person_id, whole FROM match_best) USING (person_id))
        GROUP BY person_id
    """)


def _sought_by(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_sought_by`: the keys each person was sought by, as a list."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_sought_by AS
        SELECT person_id, list(struct_pack(key, pairs, largest, crowd)) AS blocks
        FROM (SELECT person_id, key, sum(pairs)::BIGINT AS pairs, max(largest) AS largest, max(crowd) AS crowd
              FROM (SELECT *, NULL AS crowd FROM match_block WHERE pairs > 0
                    UNION ALL SELECT person_id, key, 0, 0, residents FROM match_crowded)
              GROUP BY person_id, key)
        GROUP BY person_id
    """)


def _candidates(connection: duckdb.DuckDBPyConnection) -> None:
    """`candidate`: whom the identities in review may be; of several spellings of one identity the first by key speaks."""
    columns = ", ".join(f"c.{name}" if name not in ("identity_key", "position") else name for name in CANDIDATE.names)
    connection.execute(f"""
        CREATE OR REPLACE TABLE candidate AS
        SELECT {columns}
        FROM (SELECT identity_key, unnest(candidates) AS c, generate_subscripts(candidates, 1)::INTEGER AS position
              FROM (SELECT identity_key, arg_min(candidates, written_key) AS candidates FROM match_outcome
                    WHERE candidates IS NOT NULL GROUP BY identity_key))
        ORDER BY identity_key, position
    """)
    conform(connection, "candidate", CANDIDATE)


def _blocks(connection: duckdb.DuckDBPyConnection) -> None:
    """`block`: how many pairs each key gave, and who was in too large a block."""
    connection.execute("""
        CREATE OR REPLACE TABLE block AS
        SELECT b.key, count(*) AS persons, sum(b.pairs)::BIGINT AS pairs, count(b.crowd) AS crowded, max(b.largest) AS largest
        FROM (SELECT unnest(blocks) AS b FROM match_outcome) GROUP BY b.key ORDER BY b.key
    """)
    conform(connection, "block", BLOCK)


def _links(connection: duckdb.DuckDBPyConnection) -> None:
    """From distinct identities back to rows."""
    connection.execute("""
        CREATE OR REPLACE TABLE link AS
        SELECT i.row_id, i.source, i.batch_id, i.row_number::INTEGER AS row_number, d.resident_id, d.decision, d.method,
               d.probability, d.runner_up, d.evidence, d.identity_key
        FROM identity i JOIN match_row USING (row_id) LEFT JOIN match_outcome d USING (written_key)
        ORDER BY i.row_id
    """)


def _verify(connection: duckdb.DuckDBPyConnection) -> None:
    """Every row once, and each with a finding."""
    row = connection.execute("SELECT (SELECT count(*) FROM identity), count(*), count(decision) FROM link").fetchone()
    if row is None or len(set(row)) != 1:
        raise Fault(f"link: rows in, rows out, rows decided differ: {row}")


def _close(connection: duckdb.DuckDBPyConnection) -> None:
    """Names and numbers do not outlive the stage."""
    made = connection.execute("""
        SELECT 'VIEW', view_name FROM duckdb_views() WHERE temporary AND starts_with(view_name, 'match_')
        UNION ALL SELECT 'TABLE', table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, 'match_')
    """)
    for kind, name in made.fetchall():
        connection.execute(f'DROP {kind} "{name}"')
