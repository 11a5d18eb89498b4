"""Why one row was linked, put to review or found to be nobody's: the night's own code, one identity alone, every figure shown.

The weights follow Fellegi and Sunter (1969), see `score`: a level seen with chance m among true pairs and u among false ones
is worth log2(m / u) bits.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

import duckdb

from engine import sql_text
from errors import Fault
from matching.characters import read_characters
from matching.link import match
from matching.methods import FIELD_SAYS
from matching.normalise import gather_written, install, normalise_persons
from matching.parameters import FIELDS, Level, Parameters
from matching.places import Change
from matching.reuse import Memory, recall_roster
from matching.score import SURE, reckoned_residents
from matching.verdicts import read_verdicts

Rival = Literal["none", "kin", "frequency", "roster", "fixed"]
"""What u was reckoned against: nothing (the field cannot be compared), a relative, strangers by the value's frequency, by the
roster's size, or whatever the value."""

_ROUNDED: Final = 1e-4
"""Weights are kept to four places."""

FIELD_TITLES: Final[Mapping[str, str]] = {
    "number": "证件号码",
    "name": "姓名",
    "birth": "出生日期",
    "sex": "性别",
    "place": "住址",
    "phone": "电话",
}
METHOD_TITLES: Final[Mapping[str, str]] = {
    "number_and_name": "号码与姓名一致",
    "repaired_number_and_name": "号码整理后与姓名一致",
    "number_and_near_name": "号码一致，姓名相近",
    "number_only": "号码一致，没有可比的姓名",
    "number_and_part_of_name": "号码一致，姓或名之一相同",
    "number_other_name": "号码与姓名指向不同的人",
    "number_of_relative": "号码是同户另一人的",
    "near_number": "号码相近",
    "name_birth_village": "姓名、出生日期、村一致",
    "name_birth": "姓名、出生日期一致",
    "name_and_place": "靠姓名、住址、电话",
    "two_numbers": "疑似一人两个号码",
    "too_little": "一致的项目太少",
    "resident_gone": "登记为死亡或迁出",
    "number_shared": "花名册中号码重复",
    "several_candidates": "几名居民同样可能",
    "nobody_found": "信息不足，没有候选",
    "number_not_in_roster": "号码有效，花名册中没有",
    "not_in_roster": "花名册中对不上任何人",
    "review_same": "人工核对：是本人",
    "review_next": "已排除一人，其余的可能",
    "review_none": "人工核对：都不是本人",
    "review_open": "人工核对：无法判断",
}
"""What each `method` of `decide` is called."""


@dataclass(frozen=True)
class FieldWeight:
    """One field of a row beside a resident's: how far they agree, and what that is worth in bits."""

    field: str
    level: str
    says: str
    m: float
    u: float
    rival: Rival
    weight: float


@dataclass(frozen=True)
class Candidate:
    """A resident the row was compared with.  `bits` are log2 of the odds against the row speaking of nobody on the roster."""

    resident_id: str
    household_id: str | None
    is_gone: bool
    fields: tuple[FieldWeight, ...]
    weight: float
    bits: float
    probability: float


@dataclass(frozen=True)
class Ruling:
    """What a person found; `decides` if the decision rests on it."""

    row_id: int
    decided_on: date
    verdict: str
    resident_id: str | None
    decides: bool


@dataclass(frozen=True)
class Explanation:
    """One identity's decision and everything behind it; it holds no name and no number."""

    identity_key: str
    resident_id: str | None
    decision: str
    method: str
    probability: float
    runner_up: str | None
    evidence: str
    candidates: tuple[Candidate, ...]
    """Likeliest first."""
    best: float
    """Probability of the likeliest candidate before any person's verdict; 0 without candidates."""
    somebody: float
    """Probability that the row speaks of somebody on the roster, found or not."""
    unseen: float
    """The part of it that belongs to residents whom no blocking key could reach."""
    crowd: int | None
    """Residents in a block too large to be compared one by one."""
    rulings: tuple[Ruling, ...]
    """Newest first."""
    prior: float
    """Bits: the odds that a row speaks of one given resident, before anything is compared."""
    slope: float
    shift: float
    link_at: float
    review_at: float


def explain(
    connection: duckdb.DuckDBPyConnection, memory: Memory, parameters: Parameters, changes: Sequence[Change] = ()
) -> Explanation:
    """Match the one identity of `identity` anew against the roster and the verdicts that `memory` kept of the latest night.

    Reads `identity` (IDENTITY, rows of one identity) and `roster_identity` (place_code, place_name: what places are called);
    creates the tables of `link.match`.  Raises Fault if `identity` does not hold exactly one identity.
    """
    characters = read_characters()
    install(connection)
    recall_roster(connection, memory)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE review_verdict AS FROM read_parquet({sql_text(str(memory.file('verdicts')))})"
    )
    read_verdicts(connection)
    gather_written(connection)
    normalise_persons(connection, characters, changes)
    match(connection, characters, parameters)
    return _explanation(connection, parameters)


def _explanation(connection: duckdb.DuckDBPyConnection, parameters: Parameters) -> Explanation:
    row = _row(connection)
    whole = row.pop("whole") or 1 + row["missed"]
    told = {
        "candidates": _candidates(connection, parameters, whole),
        "best": row.pop("best") or 0.0,
        "unseen": row.pop("missed") / whole,
        "rulings": _rulings(connection, row["identity_key"], row["method"], row["resident_id"]),
        "prior": parameters.prior_bits(reckoned_residents(connection)),
        "slope": parameters.calibration.slope,
        "shift": parameters.calibration.shift,
        "link_at": parameters.decision.link,
        "review_at": parameters.decision.review,
    }
    return Explanation(**row, **told)


def _row(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """The one person's outcome, named as in `Explanation`; `missed` and `whole` as in `match_missed` and `match_best`."""
    rows = _rows(
        connection,
        """SELECT identity_key, d.* EXCLUDE (person_id), j.probability AS best, j.somebody, j.crowd, b.whole, m.missed
           FROM match_person p JOIN match_decided d USING (person_id) JOIN match_judged j USING (person_id)
           JOIN match_missed m USING (person_id) LEFT JOIN match_best b USING (person_id)""",
    )
    if len(rows) != 1:
        raise Fault(f"explain: one identity expected, {len(rows)} found")
    return rows[0]


def _candidates(connection: duckdb.DuckDBPyConnection, parameters: Parameters, whole: float) -> tuple[Candidate, ...]:
    columns = ", ".join(f"s.{field}, {field}_weight" for field in FIELDS)
    rows = _rows(
        connection,
        f"""SELECT r.resident_id, r.household_id, r.is_gone, s.weight, s.odds, {columns}
            FROM match_scored s JOIN match_roster r USING (rid) ORDER BY s.weight DESC, r.resident_id""",
    )
    return tuple(_candidate(row, parameters, whole) for row in rows)


def _candidate(row: Mapping[str, Any], parameters: Parameters, whole: float) -> Candidate:
    fields = tuple(_field(field, row, parameters) for field in FIELDS)
    who = (row["resident_id"], row["household_id"], row["is_gone"])
    return Candidate(*who, fields, row["weight"], math.log2(row["odds"]), min(row["odds"] / whole, SURE))


def _field(field: str, row: Mapping[str, Any], parameters: Parameters) -> FieldWeight:
    """u is taken back from the weight: what is shown cannot differ from what was reckoned."""
    name, weight = row[field], row[f"{field}_weight"]
    level = parameters.fields[field][name]
    return FieldWeight(field, name, field_says(field, name), level.m, level.m / 2**weight, _rival(name, level, weight), weight)


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return rows


def _rival(name: str, level: Level, weight: float) -> Rival:
    """A level speaks against relatives if its weight is the one it has against relatives."""
    if name == "missing":
        return "none"
    if level.u_kin is not None and abs(math.log2(level.m / level.u_kin) - weight) < _ROUNDED:
        return "kin"
    if level.u == "frequency":
        return "frequency"
    return "fixed" if isinstance(level.u, float) else "roster"


def field_says(field: str, level: str) -> str:
    """A level in Chinese, also where a clerk's text leaves it out."""
    rest = "一致" if level == "equal" else "无法比对"
    return FIELD_SAYS[field].get(level, f"{FIELD_TITLES[field]}{rest}")


_DECIDING: Final = {"review_same": "same", "review_open": "cannot_tell", "review_none": "not_same"}
"""Method -> the verdict that it rests on."""


def _rulings(connection: duckdb.DuckDBPyConnection, identity_key: str, method: str, resident_id: object) -> tuple[Ruling, ...]:
    rows = connection.execute(f"""
        SELECT row_id, decided_on, verdict, resident_id FROM match_verdict WHERE identity_key = {sql_text(identity_key)}
        ORDER BY decided_on DESC, row_id DESC, resident_id
    """).fetchall()
    deciding = [row for row in rows if row[2] == _DECIDING.get(method) and (method != "review_same" or row[3] == resident_id)]
    said = deciding if method == "review_none" else deciding[:1]
    return tuple(Ruling(row[0], row[1], row[2], row[3], row in said) for row in rows)
