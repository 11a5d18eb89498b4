"""The tables about rows a person has to match: what is asked, what it may bring, what people found.

The rest of the vocabulary is in `tables.py`; the same words mean the same here.
"""

from typing import Final

import pyarrow as pa


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


REVIEW_VERDICT: Final = _schema(
    row_id=pa.int64(),
    identity_key=pa.string(),
    resident_id=pa.string(),  # null: about no one in particular (verdict `cannot_tell`)
    verdict=pa.string(),  # same | not_same | cannot_tell
    decided_on=pa.date32(),
    decided_by=pa.string(),
)
"""Into link: what people found when they compared; of one identity the latest decides."""

REVIEW_CONFLICT: Final = _schema(
    identity_key=pa.string(),
    resident_id=pa.string(),  # whom the overruled verdict spoke of
    verdict=pa.string(),
    decided_on=pa.date32(),
    row_id=pa.int64(),  # the overruled verdict's row
    overruled_by=pa.int64(),  # the row of the newer one
)
"""From link: verdicts that a newer one contradicts."""

REVIEW_VERDICT_COUNT: Final = _schema(
    verdict=pa.string(),  # same | not_same | cannot_tell
    rows=pa.int64(),
    identities=pa.int64(),
    decided_on=pa.date32(),  # the latest of them
)
"""From the joints: what people have found so far, counted."""

REVIEW_VALUE: Final = _schema(
    identity_key=pa.string(),
    resident_id=pa.string(),  # the likeliest candidate, whose the rows were supposed to be
    points=pa.int64(),  # severities of the signals that would fire then and do not now, added
    titles=pa.string(),  # Chinese, the rules that would fire
)
"""From suppose: what a review may bring; identities that would change nothing are left out."""

REVIEW_QUEUE: Final = _schema(
    identity_key=pa.string(),
    county=pa.string(),  # whose queue it is; '' for the office's own
    position=pa.int32(),  # in that queue, from 1; null: not asked
    rows=pa.int64(),
    resident_id=pa.string(),  # the likeliest candidate
    runner_up=pa.string(),
    method=pa.string(),
    probability=pa.float64(),
    points=pa.int64(),
    titles=pa.string(),
    is_listed=pa.bool_(),
    why_cut=pa.string(),
)
"""From queue: every identity in review once, on a list or cut with a reason."""
