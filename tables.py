"""The tables between rooms, in the order a night makes them.  Rooms meet in these and nowhere else.

Same quantity, same column name; `_on` is a date, `is_`/`has_` a boolean; money is DECIMAL(18,2) yuan.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

MONEY: Final = pa.decimal128(18, 2)
NUMBER: Final = pa.decimal128(18, 4)


@dataclass(frozen=True)
class Stored:
    """How the values of a fact are kept: in Arrow tables, and in DuckDB."""

    arrow: pa.DataType
    sql: str


FACT_TYPES: Final[Mapping[str, Stored]] = {
    "text": Stored(pa.string(), "VARCHAR"),
    "code": Stored(pa.string(), "VARCHAR"),
    "terms": Stored(pa.string(), "VARCHAR"),
    "date": Stored(pa.date32(), "DATE"),
    "integer": Stored(pa.int64(), "BIGINT"),
    "money": Stored(MONEY, "DECIMAL(18,2)"),
    "decimal": Stored(NUMBER, "DECIMAL(18,4)"),
    "boolean": Stored(pa.bool_(), "BOOLEAN"),
}
"""The types a contract may give a fact column."""

ID_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
"""Of the first 17 digits of a citizen's number in its check digit (GB 11643-1999, ISO 7064 MOD 11-2)."""

ROW_BITS: Final = 24
"""A row_id is the first 39 bits of the batch id, then 24 bits of row number: stable, opaque, 8 bytes."""
MAX_ROWS: Final = (1 << ROW_BITS) - 1


def row_id(batch_id: str, row_number: int) -> int:
    """The stable id of a row: `batch_id` is at least 10 hex digits, `row_number` counts data rows from 1."""
    return (int(batch_id[:10], 16) >> 1 << ROW_BITS) | row_number


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


BATCH: Final = _schema(
    batch_id=pa.string(),  # first 16 hex digits of sha256(source, newline, bytes of the file)
    source=pa.string(),
    received_on=pa.date32(),  # the day these bytes first came
    file=pa.string(),  # below inbox/, as the sender named it
    last_received_on=pa.date32(),  # the day they came last; null as `received_on`
    last_file=pa.string(),  # the name they last had; null as `file`
    sha256=pa.string(),
    bytes=pa.int64(),
    contract=pa.string(),  # hash of the contract that typed it
    encoding=pa.string(),
    undecodable=pa.int64(),  # bytes that no encoding explained; kept in the text as \xNN
    rows=pa.int64(),  # data rows, blank ones not counted
    damaged=pa.int64(),  # of these, rows whose cells could not be told apart; totals and notes are none
    missing_columns=pa.list_(pa.string()),  # declared, not found in the file
    extra_columns=pa.list_(pa.string()),  # found, neither declared nor ignored
    unreadable=pa.string(),  # null, or in Chinese why the file could not be read at all
)
"""From ingest: one row per file with its own bytes."""

FACT_PREFIX: Final = _schema(
    row_id=pa.int64(),
    row_number=pa.int32(),  # data row of the file from 1; sheets are counted on
    sheet=pa.string(),  # null but for workbooks
    line=pa.int32(),  # line of the text file, or row of the sheet, as an editor shows it
    row_hash=pa.string(),  # 16 hex digits over the row's cells as written
    damage=pa.string(),  # null, or why the row's cells could not be told apart: cells | quotes | object; or one of NOT_DATA
    unconverted=pa.list_(pa.string()),  # fact columns whose text could not become their type
)
"""From ingest: the first columns of every facts file; the contract's fact columns, typed, follow."""

NOT_DATA: Final = ("total", "note")
"""`damage` of rows that are no data: totals (合计, 小计) and notes (填表人：, 备注：).  They say nobody and are quarantined."""

IDENTITY: Final = _schema(
    row_id=pa.int64(),
    id_number=pa.string(),
    name=pa.string(),
    birth_date=pa.string(),
    sex=pa.string(),
    place=pa.string(),
    phone=pa.string(),
)
"""From ingest: who the row speaks of, as written; null where the feed has no such column."""

QUARANTINE: Final = _schema(
    row_id=pa.int64(),
    expectation=pa.string(),
    column=pa.string(),
    severity=pa.string(),
)
"""From the gate: no value, only where it failed.  A row may fail several expectations."""

FINDING: Final = _schema(
    source=pa.string(),
    batch_id=pa.string(),
    expectation=pa.string(),
    column=pa.string(),
    observed=pa.int64(),
    verdict=pa.string(),  # pass | warn | quarantine | hold
    message=pa.string(),  # Chinese, for the office and the sender; no value
)
"""From the gate: what each expectation saw in each batch."""

STANDING: Final = _schema(
    row_id=pa.int64(),
    source=pa.string(),
    batch_id=pa.string(),
    row_number=pa.int32(),
    standing=pa.string(),  # current | barred | quarantined | duplicate | superseded | withdrawn | held
)
"""From the gate: where every row received stands.  Only `current` rows are linked and counted by rules."""

RESIDENT: Final = _schema(
    row_id=pa.int64(),
    resident_id=pa.string(),
    household_id=pa.string(),
    relation=pa.string(),
    sex=pa.string(),
    birth_date=pa.date32(),
    household_type=pa.string(),  # 一般农户 | 脱贫户 | 监测对象
    monitored_class=pa.string(),
    county=pa.string(),  # six digits
    township=pa.string(),  # nine digits
    village=pa.string(),  # twelve digits
    place_code=pa.string(),
    county_name=pa.string(),
    township_name=pa.string(),
    village_name=pa.string(),
    group_name=pa.string(),
    education=pa.string(),
    schooling=pa.string(),
    labour=pa.string(),
    health=pa.string(),  # one or more terms, separated by ','
    is_on_dibao=pa.string(),  # 是 | 否
    risk_removed=pa.string(),  # 是 | 否; whether a monitored household's risk counts as gone; null for the others
    income_per_head=MONEY,  # household's net income per head and year
    received_on=pa.date32(),
)
"""The roster without identity: what rules may know of a resident."""

ROSTER_IDENTITY: Final = _schema(
    resident_id=pa.string(),
    household_id=pa.string(),
    name=pa.string(),
    id_number=pa.string(),
    sex=pa.string(),
    birth_date=pa.string(),
    place_code=pa.string(),
    place_name=pa.string(),
    phone=pa.string(),
    residency=pa.string(),  # null, or why the resident is no longer there: 死亡 | 迁出
)
"""The roster's other side, as written; read by `matching/` and by the lists of `outputs/` (lists, review_list) only."""

LINK: Final = _schema(
    row_id=pa.int64(),
    source=pa.string(),
    batch_id=pa.string(),
    row_number=pa.int32(),
    resident_id=pa.string(),  # null for no_resident; for review the likeliest candidate (of two, see runner_up), else null
    decision=pa.string(),  # linked | review | no_resident
    method=pa.string(),
    probability=pa.float64(),
    runner_up=pa.string(),
    evidence=pa.string(),  # Chinese, what agreed and what did not; no value
    identity_key=pa.string(),  # 16 hex digits over who the row speaks of; what a review verdict is about
)
"""From link: every current row exactly once."""

CANDIDATE: Final = _schema(
    identity_key=pa.string(),
    position=pa.int32(),  # from 1, likeliest first
    resident_id=pa.string(),
    probability=pa.float64(),
    weight=pa.float64(),  # bits: the sum of the fields' match weights
    number=pa.string(),  # agreement level of each field, see matching/parameters.yaml
    name=pa.string(),
    birth=pa.string(),
    sex=pa.string(),
    place=pa.string(),
    phone=pa.string(),
    number_weight=pa.float64(),
    name_weight=pa.float64(),
    birth_weight=pa.float64(),
    sex_weight=pa.float64(),
    place_weight=pa.float64(),
    phone_weight=pa.float64(),
    agreement=pa.string(),  # Chinese, what agrees and what does not; no value
)
"""From link: for identities in review, whom they may be, up to five each."""

BLOCK: Final = _schema(
    key=pa.string(),  # what persons and residents had in common
    persons=pa.int64(),  # identities that found residents under the key, or too many
    pairs=pa.int64(),  # pairs that the key gave, counted before they were made
    crowded=pa.int64(),  # identities whose block was larger than the cap: not compared, in review unless another key decides
    largest=pa.int64(),  # residents in the largest block that was compared
)
"""From link: how many pairs each blocking key made, and what was capped."""

ROSTER_ISSUE: Final = _schema(
    resident_id=pa.string(),
    household_id=pa.string(),
    county=pa.string(),
    issue=pa.string(),  # code, see matching/roster_check.py
    title=pa.string(),  # Chinese
    other_resident_id=pa.string(),  # the other of two, where two are concerned
)
"""From link: what is wrong with the roster itself, for the office to put right; no value."""

SIGNAL: Final = _schema(
    signal_id=pa.string(),
    household_id=pa.string(),
    resident_id=pa.string(),  # null for household rules
    rule=pa.string(),
    version=pa.string(),  # hash of the rule and the reference values it uses
    family=pa.string(),
    title=pa.string(),
    verdict=pa.string(),  # fires | near
    observed=NUMBER,
    threshold=NUMBER,
    unit=pa.string(),
    document=pa.string(),
    severity=pa.int32(),
    reason=pa.string(),  # Chinese, without names
    event_on=pa.date32(),
    known_on=pa.date32(),
    as_of=pa.date32(),
    evidence=pa.list_(pa.int64()),  # row_ids; of a combination those of the signals it rests on
    combines=pa.list_(pa.string()),  # signal_ids a combination rests on; null: it rests on facts
)
"""From evaluate: `clear` and `unknown` are counted per rule, not listed."""

VERDICT_COUNT: Final = _schema(
    rule=pa.string(),
    title=pa.string(),
    family=pa.string(),
    verdict=pa.string(),  # fires | near | clear | unknown | off
    units=pa.int64(),
    why=pa.string(),  # for unknown and off: Chinese, what is missing, or why the rule is not in use
)
"""From evaluate: how many persons or households of a rule's population got each verdict."""

UNJUDGED: Final = _schema(  # resident_id is null for household rules
    household_id=pa.string(), resident_id=pa.string(), rule=pa.string(), family=pa.string(), severity=pa.int32(),
    is_combination=pa.bool_(),
)  # fmt: skip
"""From evaluate: whom a rule that others combine could not judge; a rule without data is not listed, nobody could be judged."""

SUPPRESSED: Final = _schema(
    signal_id=pa.string(),
    household_id=pa.string(),
    rule=pa.string(),
    family=pa.string(),
    kind=pa.string(),  # ASIDE
    why=pa.string(),
    verdict_row=pa.int64(),  # the row of the visit, or of the registry; null where the case knows none
    until=pa.date32(),  # null: as long as the case is open or the household monitored
)
"""From suppress: signals that are not asked about again, and why."""

ASIDE: Final = {"visited": "近期已核实", "open_case": "个案未办结", "monitored": "已在监测"}
"""Why a signal is set aside, and what people call it."""

WARNING: Final = _schema(
    warning_id=pa.string(),
    household_id=pa.string(),
    county=pa.string(),
    county_name=pa.string(),
    township=pa.string(),
    township_name=pa.string(),
    village=pa.string(),
    village_name=pa.string(),
    household_type=pa.string(),
    score=pa.int32(),
    parts=pa.string(),  # JSON object: part -> points; they add up to the score
    tier=pa.string(),  # 红 | 橙 | 黄
    rank=pa.int32(),
    county_rank=pa.int32(),
    township_rank=pa.int32(),
    families=pa.list_(pa.string()),
    reasons=pa.list_(pa.string()),
    signals=pa.list_(pa.string()),
    event_on=pa.date32(),
    first_seen=pa.date32(),
    status=pa.string(),  # 新增 | 持续
    due_on=pa.date32(),
    proposed_risks=pa.list_(pa.string()),  # code and title of the national dictionary in force
    proposed_class=pa.string(),  # null: none is proposed; people decide after the visit
    proposed_why=pa.string(),  # Chinese, what the proposal rests on, or why there is none
    above=pa.string(),  # Chinese, why it stands before the next household of its county
)
"""From rank: one per household."""

REFERRAL: Final = _schema(
    list_id=pa.string(),
    county=pa.string(),
    township=pa.string(),
    position=pa.int32(),
    warning_id=pa.string(),
    household_id=pa.string(),
    is_listed=pa.bool_(),
    why_cut=pa.string(),
)
"""From refer: every warning is on a list, or cut with a reason."""

BIN_TITLES: Final = {
    "linked": "已对上",
    "review": "待人工比对",
    "no_resident": "不在花名册",
    "registered": "花名册在册",
    "verdict": "已作结论",
    "unanswered": "未作结论",
    "refused": "退回重填",
    "quarantined": "隔离",
    "barred": "无依据未读",
    "screened": "授权比对",
    "duplicate": "重复",
    "superseded": "已被更新",
    "withdrawn": "撤回",
    "held": "整批暂停",
    "purged": "期满清除",
}
BINS: Final = tuple(BIN_TITLES)
"""Where a row can end, each row in exactly one, and what people call it.  `registered` rows are the roster's own residents;
`verdict` rows say what a person found who compared, visited or carried a case on, `unanswered` ones came back without an
answer, `refused` ones with one that could not be taken; `barred` rows are not read for want of a legal basis, `screened` ones
are, with the household's leave; a `withdrawn` row takes an earlier one back, which it supersedes; `purged` rows are gone after
their term."""

ACCOUNTING: Final = pa.schema(
    [
        ("source", pa.string()),
        ("batch_id", pa.string()),
        ("file", pa.string()),
        ("received_on", pa.date32()),
        ("state", pa.string()),  # accepted | held
        ("rows_in", pa.int64()),
        *((name, pa.int64()) for name in BINS),
        ("quarantined_by", pa.string()),  # JSON object: expectation -> rows failing it (a row may fail several)
    ]
)
"""From account: rows_in is the sum of the bins, checked every night."""
