"""The names rules may use: attributes of a resident, their kinds and Chinese titles, and what the compiler keeps for itself."""

from collections.abc import Mapping
from typing import Final, Literal

Kind = Literal["number", "text", "date", "boolean", "terms"]

ROSTER: Final = "roster"
"""As a need's source: the residents themselves, so that a household's members can be counted."""

SIGNALS: Final = "signals"
"""As a need's source: what other rules say tonight, so that rules can be combined."""

SIGNAL_KINDS: Final[Mapping[str, Kind]] = {
    "rule": "text",
    "family": "text",
    "severity": "number",
    "verdict": "text",
    "event_on": "date",
}
"""What a rule may ask of a signal."""

ATTRIBUTES: Final[Mapping[str, tuple[Kind, str]]] = {
    "age": ("number", "年龄"),
    "sex": ("text", "性别"),
    "relation": ("text", "与户主关系"),
    "household_type": ("text", "户类型"),
    "monitored_class": ("text", "监测对象类别"),
    "labour": ("text", "劳动技能"),
    "health": ("terms", "健康状况"),
    "schooling": ("text", "在校生状况"),
    "education": ("text", "文化程度"),
    "is_on_dibao": ("text", "是否享受低保"),
    "income_per_head": ("number", "人均纯收入"),
}
"""What a rule may ask of a resident without a need; `age` is in full years on the night's date.

For household rules they are those of the head (户主), or of the first member by resident_id where nobody is the head.
"""

RESERVED: Final = frozenset(
    {
        "unit",
        "resident_id",
        "household_id",
        "row_id",
        "received_on",
        "probability",
        "place_code",
        "belongs",
        "judged_on",
        "last_on",
        "crossed_on",
        "worse_on",
        "at_visit",
        "known_on",
        "evidence",
        "combines",
        "signal_id",
        "met",
        "met_known",
        "nearly",
        "verdict",
        "why",
        "observed",
        "threshold",
        "document",
        "event_on",
        "happened_on",
        "amount",
        "is_before",
        "is_row",
        "sure",
        "value",
        "before",
        "missing",
        "running",
        "person",
        "household",
    }
)
"""Columns of the compiled SQL that no need or threshold may be called."""

_KINDS: Final[Mapping[str, Kind]] = {
    "text": "text",
    "code": "text",
    "terms": "terms",
    "date": "date",
    "integer": "number",
    "money": "number",
    "decimal": "number",
    "boolean": "boolean",
}


def row_names(source: str, facts: Mapping[str, Mapping[str, str]]) -> dict[str, Kind]:
    """What an expression over one row of a source may name, with kinds.  Raises KeyError for an unknown source.

    `received_on` is for feeds whose rows carry a month or a year and no day.
    """
    if source == ROSTER:
        return {"resident_id": "text", **attribute_kinds()}
    if source == SIGNALS:
        return {"resident_id": "text", **SIGNAL_KINDS}
    given = {column: _KINDS.get(kind, "text") for column, kind in facts[source].items()}
    return {"resident_id": "text", "received_on": "date", **given}


def attribute_kinds() -> dict[str, Kind]:
    """Resident attributes with their kinds."""
    return {name: kind for name, (kind, _) in ATTRIBUTES.items()}
