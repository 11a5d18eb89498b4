"""What a side said of every row, beside the truth."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from bench.match_figures import Flags, Floats, Outcome, best_threshold, recall_at_precision
from bench.match_ours import NORMALISED, OURS, SPLINK
from engine import connect

_FLAGS: Final = ("is_resident", "is_linked", "is_right", "is_review", "is_shown", "is_reached")


@dataclass(frozen=True)
class Told:
    """One side's outcome, the rows' truth (the columns of truth.parquet, in the same order), and what else there is to say."""

    outcome: Outcome
    rows: pa.Table
    threshold: float
    notes: dict[str, float] = field(default_factory=dict)


def ours(home: Path, threshold: float) -> Told:
    """From ours/link.parquet (decisions of the whole stage) and ours/pair.parquet (every pair that was compared)."""
    decided = f"SELECT row_id, resident_id, runner_up, decision FROM read_parquet('{home}/{OURS}/link.parquet')"
    rows = _beside_truth(home, decided, home / OURS / "pair.parquet")
    return Told(_outcome(rows), rows, threshold)


def splink(home: Path, precision: float) -> Told:
    """From splink/{best,pair}.parquet, linked from a weight that gives the best F1 on this world; `precision` is ours."""
    best = f"""
        SELECT row_id, best.resident_id AS resident_id, best.weight AS weight
        FROM read_parquet('{home}/{NORMALISED}/row.parquet') JOIN read_parquet('{home}/{SPLINK}/best.parquet') USING (person_id)
    """
    weight, is_right, residents = _weights(home, best)
    least = best_threshold(weight, is_right, residents)
    decision = f"if(weight >= {least}, 'linked', 'no_resident') AS decision"
    decided = f"SELECT row_id, resident_id, NULL::VARCHAR AS runner_up, {decision} FROM ({best})"
    rows = _beside_truth(home, decided, home / SPLINK / "pair.parquet")
    notes = {
        "least_weight": least,
        "recall_at_precision_of_ours": recall_at_precision(weight, is_right, residents, precision),
        "recall_at_precision_9998": recall_at_precision(weight, is_right, residents, 0.9998),
    }
    return Told(_outcome(rows), rows, 1 / (1 + 2.0**-least), notes)


def _weights(home: Path, best: str) -> tuple[Floats, Flags, int]:
    with connect(home / "work", 2, "6GiB") as connection:
        found = connection.sql(f"""
            SELECT weight, coalesce(b.resident_id IN (t.resident_id, t.other_id), false) AS is_right
            FROM ({best}) b JOIN read_parquet('{home}/truth.parquet') t USING (row_id) ORDER BY row_id
        """).to_arrow_table()
        residents = connection.sql(f"SELECT count(resident_id) FROM read_parquet('{home}/truth.parquet')").fetchone()
    weight, is_right = (found[name].to_numpy(zero_copy_only=False) for name in ("weight", "is_right"))
    return weight, is_right, int(residents[0]) if residents else 0


def _beside_truth(home: Path, decided: str, pairs: Path) -> pa.Table:
    """Truth, decision and the probabilities of the true and of the likeliest other resident, a row each."""
    with connect(home / "work", 2, "6GiB") as connection:
        connection.execute(f"CREATE TEMP TABLE truth AS FROM read_parquet('{home}/truth.parquet')")
        _probabilities(connection, home, pairs)
        return connection.sql(f"""
            SELECT t.*, t.resident_id IS NOT NULL AS is_resident,
                   coalesce(decision = 'linked', false) AS is_linked, is_linked AND names_them AS is_right,
                   coalesce(decision = 'review', false) AS is_review,
                   is_review AND (names_them OR names_them_second) AS is_shown,
                   truth IS NOT NULL AS is_reached, coalesce(truth, 0) AS truth, coalesce(rival, 0) AS rival
            FROM (SELECT t.*, decision, coalesce(d.resident_id IN (t.resident_id, other_id), false) AS names_them,
                         coalesce(runner_up IN (t.resident_id, other_id), false) AS names_them_second
                  FROM truth t LEFT JOIN ({decided}) d USING (row_id)) t
            LEFT JOIN probability USING (row_id) ORDER BY row_id
        """).to_arrow_table()


def _probabilities(connection: duckdb.DuckDBPyConnection, home: Path, pairs: Path) -> None:
    """`probability`: row_id, and the highest given to the true resident (of several entries of theirs) and to any other."""
    connection.execute(f"""
        CREATE TEMP TABLE probability AS
        SELECT row_id, max(probability) FILTER (is_true) AS truth, max(probability) FILTER (NOT is_true) AS rival
        FROM (SELECT row_id, probability, coalesce(p.resident_id IN (t.resident_id, other_id), false) AS is_true
              FROM truth t JOIN read_parquet('{home}/{NORMALISED}/row.parquet') USING (row_id)
              JOIN read_parquet('{pairs}') p USING (person_id))
        GROUP BY row_id
    """)


def _outcome(rows: pa.Table) -> Outcome:
    flags = {name: rows[name].to_numpy(zero_copy_only=False).astype(bool) for name in _FLAGS}
    return Outcome(**flags, **{name: rows[name].to_numpy().astype(np.float64) for name in ("truth", "rival")})
