"""The tables about feeds and senders: what came when, what waits for a sender's answer, who is silent.

The rest of the vocabulary is in `tables.py`; the same words mean the same here.  No table here holds a person's value.
"""

from typing import Final

import pyarrow as pa


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


DELIVERY: Final = _schema(
    source=pa.string(),
    position=pa.int32(),  # from 1, oldest first, per source
    batch_id=pa.string(),
    received_on=pa.date32(),
    file=pa.string(),
    is_repeat=pa.bool_(),  # these bytes had come before
)
"""From ingest: every time a file came.  A delivery is an event, a batch is what it held; the same bytes may come again."""

HELD_FILE: Final = _schema(
    source=pa.string(),
    batch_id=pa.string(),
    file=pa.string(),
    received_on=pa.date32(),  # the day it last came
    rows=pa.int64(),
    reason=pa.string(),  # Chinese, no value
    answered_by=pa.string(),  # batch_id of the delivery that makes good for it; null: open
)
"""From the gate: every batch on hold, and whether the sender has sent another in its place."""

RETURNED_ROW: Final = _schema(
    row_id=pa.int64(),
    source=pa.string(),
    batch_id=pa.string(),
    file=pa.string(),
    received_on=pa.date32(),  # of its batch, the first time
    sheet=pa.string(),
    line=pa.int32(),  # as an editor shows it
    expectation=pa.string(),
    column=pa.string(),
    title=pa.string(),  # Chinese, the column as the sender knows it; '' for the row as a whole
    reason=pa.string(),  # Chinese, what is wrong
    expected=pa.string(),  # Chinese, what the contract asks
    is_answered=pa.bool_(),  # the sender has sent the row again, and that one was taken
)
"""From the gate: one line per quarantined row and check it fails; what goes back to the sender, without a value."""

QUARANTINE_STATUS: Final = _schema(
    source=pa.string(),
    expectation=pa.string(),
    column=pa.string(),
    title=pa.string(),
    reason=pa.string(),
    expected=pa.string(),
    rows=pa.int64(),  # failing this check (a row may fail several)
    answered=pa.int64(),  # of these, rows that were sent again and taken
    oldest_on=pa.date32(),  # first receipt of the oldest open row; null: none is open
    days=pa.int64(),  # from then to the night; null: none is open
)
"""From the gate: `returned_row` counted, per source, expectation and column."""

SOURCE_STATUS: Final = _schema(
    source=pa.string(),
    title=pa.string(),  # Chinese
    owner=pa.string(),
    cadence=pa.string(),  # as the contract says: day | week | ten_days | month | quarter | half_year | year | event
    last_received_on=pa.date32(),  # null: never
    deliveries=pa.int64(),  # by the night, repeats included
    due_on=pa.date32(),  # last day on which the next one is in time, grace included; null: none is awaited, or never came
    days_late=pa.int64(),  # 0: in time; null as `due_on`
    repeats_in_a_row=pa.int64(),  # of the newest deliveries, how many brought nothing but what the one before had
    rows=pa.int64(),  # of the newest delivery; null: never
    usual_rows=pa.int64(),  # median of the earlier deliveries with other bytes; null: fewer than three
    state=pa.string(),  # missing | late | nearly_empty | unchanged | fresh; of several the first
)
"""From ingest: one row per source with a contract: when it last came, when it is due, and whether it has fallen silent."""

LIST_STATE: Final = _schema(
    source=pa.string(),
    is_complete=pa.bool_(),
    why=pa.string(),  # null, or Chinese, why nobody can be said to be absent from it tonight
)
"""From the joints: one row per department's feed, whether being on no row of it means anything."""

DOUBTFUL: Final = _schema(
    source=pa.string(),  # '': of every feed
    resident_id=pa.string(),
    household_id=pa.string(),
    why=pa.string(),  # Chinese
)
"""From the joints: who may be on a list without our knowing, so that nobody says they are not."""

PURGED: Final = pa.schema(
    [
        ("source", pa.string()),
        ("batch_id", pa.string()),
        ("file", pa.string()),
        ("received_on", pa.date32()),
        ("rows", pa.int64()),
        ("purged_on", pa.date32()),
        ("classes", pa.list_(pa.string())),  # identity | personal | sensitive | originals
    ]
)
"""From ingest: batches of which something is gone after its term.  No stage reads them; their rows are counted all the same."""
