"""What blocking may have missed: `match_missed`, the odds that a person is a resident whom no key could reach.

A resident is out of reach if in each key at least one field differs from the row or is wanting.  With the fields' error shares
of `parameters.yaml`, taken as independent, that is a sum over which fields are intact.
"""

from itertools import product
from typing import Final

import duckdb
import pyarrow as pa

from matching.parameters import Parameters

_REACH: Final = ({"number"}, {"name", "birth"}, {"name", "place"}, {"birth", "place"}, {"phone"})
"""The fields that each of the main keys of `block` needs whole."""
_FIELDS: Final = ("number", "name", "birth", "place", "phone")
_STATE: Final = "CASE WHEN is_valid THEN 'valid' WHEN digits IS NOT NULL THEN 'doubtful' ELSE 'none' END"
_HAS: Final = {
    "name": "name IS NOT NULL",
    "birth": "coalesce(born, born_in_number) IS NOT NULL",
    "place": "coalesce(length(place) = 12, false)",
    "phone": "phone IS NOT NULL AND person_id NOT IN (SELECT person_id FROM match_crowded WHERE key = 'phone')",
}


def estimate_missed(connection: duckdb.DuckDBPyConnection, parameters: Parameters) -> None:
    """Create `match_missed` (person_id, missed: odds against the row speaking of nobody) for every person."""
    connection.register("match_arrow", _table(parameters))
    has = ", ".join(f"{condition} AS has_{field}" for field, condition in _HAS.items())
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_missed AS
        SELECT person_id, missed FROM (SELECT person_id, {_STATE} AS number, {has} FROM match_person)
        JOIN match_arrow USING (number, {", ".join(f"has_{field}" for field in _HAS)})
    """)
    connection.unregister("match_arrow")


def _table(parameters: Parameters) -> pa.Table:
    share = parameters.prior.resident_share
    rows = [
        {
            "number": state,
            **{f"has_{field}": has for field, has in zip(_HAS, given, strict=True)},
            "missed": share / (1 - share) * out_of_reach(_errors(parameters, state, given)),
        }
        for state in ("valid", "doubtful", "none")
        for given in product((True, False), repeat=len(_HAS))
    ]
    return pa.Table.from_pylist(rows)


def _errors(parameters: Parameters, state: str, given: tuple[bool, ...]) -> dict[str, float]:
    """How often each field of a true pair fails to lead there; a field the row lacks always does."""
    errors = parameters.field_errors
    number = {"valid": errors.valid_number, "doubtful": errors.number, "none": 1.0}[state]
    others = (errors.name, errors.birth, errors.place, errors.phone)
    return {"number": number, **{f: error if has else 1.0 for f, error, has in zip(_HAS, others, given, strict=True)}}


def out_of_reach(errors: dict[str, float]) -> float:
    """The chance that no key is whole, from the chance that each field fails."""
    missed = 0.0
    for intact in product((True, False), repeat=len(_FIELDS)):
        whole = {field for field, is_intact in zip(_FIELDS, intact, strict=True) if is_intact}
        if not any(key <= whole for key in _REACH):
            chance = 1.0
            for field, is_intact in zip(_FIELDS, intact, strict=True):
                chance *= 1 - errors[field] if is_intact else errors[field]
            missed += chance
    return missed
