"""Two lists of visits compared: which households came on, which dropped off, and why in one sentence each.

A state is what one judging of a night left of every warned household: where it lives, its score and place, whether it is on
its county's list, and the rules that fired.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from outputs.text_safety import one_line

SIGNAL: Final = "signal"
SCORE: Final = "score"
PLACE: Final = "place"
"""Why a household moved: its warning came or went, its own score changed, or only the others did."""

_STATE: Final = """
CREATE OR REPLACE TABLE {state} AS
WITH spoken AS (
    SELECT household_id, list(DISTINCT title ORDER BY title) AS fired
    FROM {schema}.signal ANTI JOIN {schema}.suppressed USING (signal_id) WHERE verdict = 'fires' GROUP BY household_id
)
SELECT w.household_id, w.county, w.county_name, w.township, w.township_name, w.village_name, w.household_type,
    w.families, w.tier, w.score, r.position, r.is_listed, spoken.fired
FROM {schema}.warning w JOIN {schema}.referral r USING (warning_id) JOIN spoken ON spoken.household_id = w.household_id
"""

_HUSHED: Final = """
CREATE OR REPLACE TABLE {state}_hushed AS
SELECT household_id, list(DISTINCT title ORDER BY title) AS titles
FROM {schema}.signal SEMI JOIN {schema}.suppressed USING (signal_id) WHERE verdict = 'fires' GROUP BY household_id
"""

_MOVED: Final = """
SELECT household_id, coalesce(b.county, a.county) AS county, coalesce(b.county_name, a.county_name) AS county_name,
    coalesce(b.township, a.township) AS township, coalesce(b.township_name, a.township_name) AS township_name,
    coalesce(b.village_name, a.village_name) AS village_name, coalesce(b.household_type, a.household_type) AS household_type,
    coalesce(b.is_listed, false) AS came, a.score AS was_score, b.score, a.position AS was_position, b.position,
    list_filter(coalesce(b.fired, []), lambda t: NOT list_contains(coalesce(a.fired, []), t)) AS gained,
    list_filter(coalesce(a.fired, []), lambda t: NOT list_contains(coalesce(b.fired, []), t)) AS lost,
    coalesce(was.titles, []) AS was_hushed, coalesce(now.titles, []) AS hushed
FROM {before} a FULL JOIN {after} b USING (household_id)
LEFT JOIN {before}_hushed was USING (household_id) LEFT JOIN {after}_hushed now USING (household_id)
WHERE coalesce(a.is_listed, false) <> coalesce(b.is_listed, false)
ORDER BY county, came DESC, coalesce(b.position, a.position), household_id
"""


@dataclass(frozen=True)
class Move:
    """One household that came on a list or dropped off it."""

    household_id: str
    county: str
    county_name: str
    township: str
    township_name: str
    village_name: str
    household_type: str
    came: bool
    was_score: int | None
    score: int | None
    was_position: int | None
    position: int | None
    gained: Sequence[str]
    """Titles of rules that fire for it and did not, or were set aside after a visit."""
    lost: Sequence[str]
    was_hushed: Sequence[str]
    """Titles of rules that a recent visit had answered, before and now."""
    hushed: Sequence[str]

    @property
    def why(self) -> str:
        """`signal`, `score` or `place`."""
        if self.was_score is None or self.score is None:
            return SIGNAL
        return SCORE if (self.score > self.was_score) == self.came and self.score != self.was_score else PLACE

    @property
    def sentence(self) -> str:
        """In Chinese, what made the difference; no person's value."""
        rules = "；".join(self._rules())
        if self.why == SIGNAL:
            return one_line(rules or ("新增预警" if self.came else "不再预警"))
        places = f"第 {self.was_position} 位变为第 {self.position} 位"
        if self.why == SCORE:
            return one_line(f"得分 {self.was_score} 变为 {self.score}，{places}" + (f"（{rules}）" if rules else ""))
        if self.was_position == self.position:
            return f"名额有变，位次仍是第 {self.position} 位"
        others = "本户得分未因此升高，前面的户少了" if self.came else "本户得分未因此降低，被得分更高的户挤出"
        return f"{others}：{places}"

    def _rules(self) -> Iterator[str]:
        parts = {
            "新触发": [title for title in self.gained if title not in self.was_hushed],
            "核实后的静默期已过": [title for title in self.gained if title in self.was_hushed],
            "不再触发": [title for title in self.lost if title not in self.hushed],
            "已有核实结论": [title for title in self.lost if title in self.hushed],
        }
        yield from (f"{said}：{'、'.join(titles)}" for said, titles in parts.items() if titles)

    def json(self) -> dict[str, object]:
        """The move as one JSON object."""
        return {**vars(self), "why": self.why, "sentence": self.sentence}


def keep_state(connection: duckdb.DuckDBPyConnection, state: str, schema: str) -> None:
    """Create the tables `state` and `state_hushed` from `warning`, `referral`, `signal` and `suppressed` of a schema."""
    connection.execute(_STATE.format(state=state, schema=schema))
    connection.execute(_HUSHED.format(state=state, schema=schema))


def moves(connection: duckdb.DuckDBPyConnection, before: str, after: str) -> list[Move]:
    """Every household that is on the list in one state and not in the other, in a total order."""
    return [Move(*row) for row in connection.execute(_MOVED.format(before=before, after=after)).fetchall()]
