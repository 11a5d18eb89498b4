"""Match weights and probabilities: `match_scored`, every pair; `match_best`, every person's two likeliest residents.

Fellegi and Sunter (1969): a field that agrees to a level seen with chance m among true pairs and u among false ones speaks with
log2(m / u) bits.  A row speaks of one resident at most, so the odds of a person's candidates share one sum with the odds that
the row speaks of nobody on the roster, and with what the blocking keys may have missed.
"""

import math
from collections.abc import Mapping, Set
from typing import Final

import duckdb

from engine import number, sql_text
from matching.alike import spread
from matching.parameters import FIELDS, Level, Parameters, PerRoster

COUNTED: Final[Mapping[str, str]] = {
    "name": "p_name",
    "sound": "p_sound",
    "birth": "p_birth",
    "place": "p_place",
    "phone": "p_phone",
}
"""What is rarer or more common in the roster, and the column of `match_compared` that holds the person's value."""
ROSTER_VALUE: Final[Mapping[str, str]] = {
    "name": "name",
    "sound": "sound",
    "birth": "coalesce(born, born_in_number)",
    "place": "place",
    "phone": "phone",
}
"""SQL for the resident's value in `match_roster`."""
SURE: Final = 0.999999
"""No probability is given out as certainty."""


def score(connection: duckdb.DuckDBPyConnection, parameters: Parameters) -> None:
    """Create `match_scored` (`match_compared`, a weight per field and in all in bits, odds) and `match_best`, for all persons;
    `match_weighed` and `match_likeliest` are the same for those who are judged one by one (see `alike`).
    """
    residents = reckoned_residents(connection)
    _frequencies(connection)
    weights = ", ".join(f"round({_weight(field, parameters, residents)}, 4) AS {field}_weight" for field in FIELDS)
    levels, total = ", ".join(f"c.{field}" for field in FIELDS), " + ".join(f"{field}_weight" for field in FIELDS)
    prior, calibration = parameters.prior_bits(residents), parameters.calibration
    bits = f"{_double(calibration.slope)} * ({_double(prior)} + weight) + {_double(calibration.shift)}"
    weighed = f"""
        SELECT *, pow(2, least({bits}, 200)) AS odds
        FROM (SELECT *, {total} AS weight
              FROM (SELECT person_id, rid, resident_id, r_kind, is_gone, is_pointed, is_family, {levels}, {weights} FROM"""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_weighed AS
        {weighed} (FROM match_compared WHERE is_pointed) c {_NO_COUNTS}))
        UNION ALL {weighed} (FROM match_compared WHERE NOT is_pointed) c {_COUNTS}))
    """)
    _best(connection)


def reckoned_residents(connection: duckdb.DuckDBPyConnection, roster: str = "match_roster") -> int:
    """The size of the roster in steps of a quarter bit."""
    residents = number(connection, f"SELECT count(*) FROM {roster}")
    return round(2 ** (round(4 * math.log2(max(residents, 1))) / 4))


def _frequencies(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_count_<field>`: how often the compared values stand in the roster, where a stranger is the rival."""
    for field, value in COUNTED.items():
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE match_count_{field} AS
            SELECT value, count(*) AS residents FROM (SELECT {ROSTER_VALUE[field]} AS value FROM match_roster)
            SEMI JOIN (SELECT {value} AS value FROM match_compared WHERE NOT is_pointed) USING (value) GROUP BY value
        """)


_COUNTS: Final = " ".join(
    f"LEFT JOIN match_count_{field} n_{field} ON n_{field}.value = c.{value}" for field, value in COUNTED.items()
)
_NO_COUNTS: Final = " ".join(f"CROSS JOIN (SELECT NULL::BIGINT AS residents) n_{field}" for field in COUNTED)
"""Where the number points at the resident no frequency matters, so none is looked up."""


def _weight(field: str, parameters: Parameters, residents: int) -> str:
    """SQL: the match weight of a field's level, in bits."""
    stranger = _levels(field, parameters, residents, frozenset())
    pointed = _levels(field, parameters, residents, frozenset(parameters.fields[field]))
    if pointed == stranger:
        return stranger
    own = {name for name, level in parameters.fields[field].items() if level.u == "frequency" and field in ("name", "birth")}
    family = _levels(field, parameters, residents, frozenset(parameters.fields[field]) - own)
    owners = "is_pointed OR is_family AND is_owner_birth" if field == "birth" else "is_pointed"
    return f"CASE WHEN {owners} THEN {pointed} WHEN is_family THEN {family} ELSE {stranger} END"


def _levels(field: str, parameters: Parameters, residents: int, kin: Set[str]) -> str:
    """SQL: the weights by level; for those in `kin` the rival is a relative."""
    cases = [
        f"WHEN {sql_text(name)} THEN {_bits(field, name, level, parameters, residents, is_kin=name in kin)}"
        for name, level in parameters.fields[field].items()
    ]
    return f"CASE c.{field} {' '.join(cases)} END"


def _bits(field: str, name: str, level: Level, parameters: Parameters, residents: int, *, is_kin: bool) -> str:
    if is_kin and level.u_kin is not None:
        return _double(math.log2(level.m / level.u_kin))
    if isinstance(level.u, PerRoster):
        return _double(math.log2(level.m / level.u.per_roster * parameters.population(residents)))
    if level.u == "frequency":
        return f"{_double(math.log2(level.m))} - {_rarity(_counted_as(field, name), parameters, residents)}"
    return _double(math.log2(level.m / level.u))


def _double(value: float) -> str:
    """A number as an SQL literal that DuckDB takes for a double, not for a slow decimal."""
    return f"{value:.12e}"


def _counted_as(field: str, level: str) -> str:
    """Names that only sound alike are as rare as their sound."""
    return "sound" if field == "name" and level in ("sound", "spelled") else field


def _rarity(counted: str, parameters: Parameters, residents: int) -> str:
    """SQL: log2 of the chance that a stranger has this value."""
    count = in_steps(count_bits(counted, f"n_{counted}.residents", parameters))
    return f"({count} - {_double(math.log2(residents + parameters.smoothing.weight))})"


def count_bits(counted: str, residents: str, parameters: Parameters) -> str:
    """SQL: log2 of a smoothed count."""
    return f"log2(coalesce({residents}, 0) + {_double(getattr(parameters.smoothing.same, counted))})"


def in_steps(bits: str) -> str:
    """SQL: bits in quarters, so that one resident more or less seldom changes what an agreement is worth (see `reuse`)."""
    return f"(round(4e0 * {bits}) / 4e0)"


def _best(connection: duckdb.DuckDBPyConnection) -> None:
    """Odds are added in the order of their size, so that the sum does not depend on how the work was shared out."""
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_many AS
        SELECT person_id FROM match_weighed GROUP BY ALL HAVING count(*) > 1
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_rivalled AS
        SELECT person_id, sum(odds ORDER BY odds) AS total, count(*) AS candidates
        FROM match_weighed SEMI JOIN match_many USING (person_id) GROUP BY person_id
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_first AS
        SELECT s.*, total, candidates, lead(resident_id) OVER likeliest AS runner_up, lead(odds) OVER likeliest AS next_odds
        FROM match_weighed s JOIN match_rivalled USING (person_id)
        WINDOW likeliest AS (PARTITION BY person_id ORDER BY weight DESC, resident_id)
        QUALIFY row_number() OVER likeliest = 1
    """)
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW match_likeliest AS
        WITH likeliest AS (
            FROM match_first UNION ALL BY NAME
            SELECT *, odds AS total, 1 AS candidates, 0 AS next_odds FROM match_weighed ANTI JOIN match_many USING (person_id)
        )
        SELECT *, least(odds / whole, {_double(SURE)}) AS probability, next_odds / whole AS next_probability,
               1 - 1 / whole AS somebody
        FROM (SELECT *, 1 + missed + total AS whole FROM likeliest JOIN match_missed USING (person_id))
    """)
    for name, table in (("match_scored", "match_weighed"), ("match_best", "match_likeliest")):
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {spread(table)}")
