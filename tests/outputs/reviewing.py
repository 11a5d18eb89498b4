"""A few identities in review for the tests of the queue and its lists; residents and places are those of `invented`."""

from collections.abc import Sequence
from typing import Final

import duckdb
import pyarrow as pa

import review_tables
import tables
from tests.outputs.invented import Values, household, night, register, table

EXTENDED: Final = pa.schema([*tables.IDENTITY, ("source", pa.string()), ("batch_id", pa.string()), ("row_number", pa.int32())])
BATCHES: Final = table(
    tables.BATCH, {"batch_id": "b1", "file": "medical/九月.csv"}, {"batch_id": "b2", "file": "education/秋季.xlsx"}
)


def key(number: int) -> str:
    """The identity key of an asked person."""
    return f"{number:016x}"


def who(number: int, member: int = 0) -> str:
    """A resident of household `number`: the third of three households lives in the second county."""
    return f"{household(number)}{member}"


def asked(number: int, *candidates: str, rows: int = 1, **said: object) -> list[Values]:
    """An identity in review with so many rows, each a link and an identity in one; `said` changes all of them."""
    first, second = (*candidates, None, None)[:2]
    row: Values = {
        "source": "medical",
        "batch_id": "b1",
        "decision": "review",
        "method": "near_number",
        "resident_id": first,
        "runner_up": second,
        "probability": 0.5 if first else 0.0,
        "evidence": "姓名一致，证件号码一位不同；请核对",
        "identity_key": key(number),
        "name": f"问者{number}",
        "id_number": f"9901011970010{number:04d}X",
        "birth_date": "1970-01-01",
        **said,
    }
    return [row | {"row_id": 100 * number + at, "row_number": 100 * number + at} for at in range(rows)]


def value(number: int, points: int) -> Values:
    """What settling an identity would bring."""
    return {"identity_key": key(number), "points": points, "titles": f"某规则{points}"}


def waiting(connection: duckdb.DuckDBPyConnection, *people: Sequence[Values], values: Sequence[Values] = ()) -> None:
    """The tables of a night of twelve households with these identities in review."""
    rows = [row for person in people for row in person]
    night(connection, 12)
    candidates = [
        {"identity_key": row["identity_key"], "position": at, "resident_id": resident, "probability": 0.5 / at, "weight": 12.34}
        | {"agreement": "姓名一致，证件号码一位不同" if at == 1 else "姓名一致"}
        for row in {str(row["identity_key"]): row for row in rows}.values()
        for at, resident in enumerate((row["resident_id"], row["runner_up"]), start=1)
        if resident
    ]
    register(
        connection,
        link=table(tables.LINK, *({k: v for k, v in row.items() if k in tables.LINK.names} for row in rows)),
        identity=table(EXTENDED, *({k: v for k, v in row.items() if k in EXTENDED.names} for row in rows)),
        candidate=table(tables.CANDIDATE, *candidates),
        review_value=table(review_tables.REVIEW_VALUE, *values),
    )
