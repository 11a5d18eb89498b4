"""The observed need day by day, as SQL: when the condition began to hold, whether it holds still, and when it got worse.

`points`: the days on which the value may have changed.  `walked`: the value up to each of them.  `compared`: that on the day of
the last visit.  `tested`: what the condition says.  `crossed`: per unit the day since which each test has held.

The value of a day is counted from the beginning of the window, as it stands tonight.  With `clearing` and a window of days or
months it is that of the window that ended on that day, over one length of the window.
"""

from dataclasses import dataclass
from datetime import date
from textwrap import indent
from typing import Final

from rules.model import Rule
from rules.needs import join_key, rows_sql, running_sql
from rules.quantity import Need
from rules.visits import LAST_VISIT
from rules.windows import Window

Steps = list[tuple[str, str]]

ALWAYS: Final = "DATE '0001-01-01'"
"""The day of what has none: a signal that describes a state."""


@dataclass(frozen=True)
class Tests:
    """SQL over the `running` value: the condition; nearly, and with the clearing multiple, where the rule has them."""

    met: str
    near: str
    kept: str


def is_walked(rule: Rule) -> bool:
    """Whether a signal's day, or the verdict, depends on the days before."""
    observed = rule.needs[rule.observed]
    asks = rule.repeat != "every_time" or rule.clearing is not None
    return asks and observed.is_event and running_sql(observed) is not None


def walk_steps(rule: Rule, tests: Tests, whom: str, as_of: date) -> Steps:
    """The steps; `whom` says which of `judged` are walked through."""
    steps = [("past", rows_sql(rule, _twice_as_long(rule), as_of))] if _rolling(rule) else []
    steps += [("points", _points(rule, as_of)), ("walked", _walked(rule, whom, as_of))]
    if rule.worse:
        at_visit = f"arg_max_null(running, on__day) FILTER (on__day <= {LAST_VISIT}) OVER (PARTITION BY unit) AS at__visit"
        steps.append(("compared", f"SELECT *, {at_visit}\nFROM walked"))
    return [*steps, ("tested", _tested(rule, tests, steps[-1][0])), ("crossed", _crossed(rule))]


def event_day(rule: Rule) -> str:
    """The day of the signal."""
    if not is_walked(rule) or rule.repeat == "every_time":
        return "last_on"
    days = {name: f"coalesce({worse}{name}__on, last_on)" for name, worse in _worse(rule).items()}
    day = days["met"] if rule.near is None else f"CASE verdict WHEN 'near' THEN {days['near']} ELSE {days['met']} END"
    return day if rule.needs[rule.observed].is_feed else f"nullif({day}, {ALWAYS})"


def _worse(rule: Rule) -> dict[str, str]:
    return {name: f"{name}_worse__on, " if rule.worse else "" for name in ("met", "near")}


def is_rolling(rule: Rule) -> bool:
    """Whether rows of the window before tonight's (`past`) may be what a verdict rests on."""
    return is_walked(rule) and _rolling(rule) is not None


def _rolling(rule: Rule) -> Window | None:
    """The window, where the value falls because days leave it and the rule wants to know."""
    window = rule.needs[rule.observed].window
    return window if rule.clearing is not None and window is not None and (window.days or window.months) else None


def _twice_as_long(rule: Rule) -> Need:
    need, window = rule.needs[rule.observed], _rolling(rule) or Window(days=1)
    double = {"days": window.days and 2 * window.days, "months": window.months and 2 * window.months}
    return need.model_copy(update={"window": window.model_copy(update=double)})


def _points(rule: Rule, as_of: date) -> str:
    window = _rolling(rule)
    if window is None:
        day = "happened_on" if rule.needs[rule.observed].is_feed else f"coalesce(happened_on, {ALWAYS})"
        return f"SELECT *, {day} AS on__day\nFROM rows__{rule.observed} WHERE sure"
    return f"""SELECT *, happened_on AS on__day, TRUE AS is_row
FROM past WHERE sure
UNION ALL BY NAME
SELECT unit, left_on AS on__day, FALSE AS is_row
FROM (SELECT unit, {left_on(window)} AS left_on FROM past WHERE sure) WHERE left_on <= DATE '{as_of}'
UNION ALL BY NAME
SELECT DISTINCT unit, DATE '{window.span(as_of)[0]}' AS on__day, FALSE AS is_row
FROM past WHERE sure"""


def left_on(window: Window) -> str:
    """The first day whose window no longer holds a row."""
    if window.days:
        return f"happened_on + {window.days}"
    later = f"CAST(happened_on + INTERVAL {window.months} MONTH AS DATE)"
    return f"{later} + CASE WHEN day({later}) = day(happened_on) THEN 0 ELSE 1 END"


def _frame(window: Window) -> str:
    length = f"{window.days} DAY" if window.days else f"{window.months} MONTH"
    return f" RANGE BETWEEN INTERVAL {length} - INTERVAL 1 DAY PRECEDING AND CURRENT ROW"


def _walked(rule: Rule, whom: str, as_of: date) -> str:
    observed, window = rule.needs[rule.observed], _rolling(rule)
    running = running_sql(observed, is_rolling=window is not None)
    tonight = ["NOT is_before"] if observed.change else [f"on__day >= DATE '{window.span(as_of)[0]}'"] if window else []
    columns = ["judged.*, on__day", *([LAST_VISIT] if rule.worse else []), *(["is_before"] if observed.change else [])]
    visited = "\nLEFT JOIN visited USING (household_id)" if rule.worse else ""
    walked = f"""SELECT {", ".join(columns)}, {running} AS running
FROM judged JOIN points r ON r.unit = judged.{join_key(observed)}{visited}
WHERE {whom}
WINDOW days AS (PARTITION BY judged.unit ORDER BY on__day{_frame(window) if window else ""})"""
    return f"SELECT * FROM (\n{indent(walked, '    ')}\n)\nWHERE {tonight[0]}" if tonight else walked


def _tests(rule: Rule) -> list[str]:
    names = ["met", *(["near"] if rule.near is not None else [])]
    return [*names, *(f"{name}_worse" for name in names if rule.worse)]


def _tested(rule: Rule, tests: Tests, table: str) -> str:
    worse = f"(at__visit IS NULL OR running {'>=' if (rule.worse or 0) > 1 else '<='} {rule.worse} * at__visit)"
    said = {"met": tests.met, "near": tests.near, "met_worse": f"met__now AND {worse}", "near_worse": f"near__now AND {worse}"}
    items = [f"{said[name]} AS {name}__now" for name in _tests(rule)]
    items += [f"met__now IS TRUE OR {tests.kept} AS kept__now"] if tests.kept else []
    return "SELECT *,\n    " + ",\n    ".join(items) + f"\nFROM {table}"


def _crossed(rule: Rule) -> str:
    """Each test has held since the first day it was met after the last day it was not; `met`, with clearing, not even kept."""
    ends, days = [], []
    for name in _tests(rule):
        kept = "kept" if name == "met" and rule.clearing is not None else name
        ends.append(f"max(on__day) FILTER ({kept}__now IS NOT TRUE) OVER (PARTITION BY unit) AS {name}__ended")
        days.append(f"min(on__day) FILTER ({name}__now AND ({name}__ended IS NULL OR on__day > {name}__ended)) AS {name}__on")
    days += [f"any_value({LAST_VISIT}) AS {LAST_VISIT}, any_value(at__visit) AS at__visit"] if rule.worse else []
    listed = ",\n    "
    return f"""SELECT unit,
    {listed.join(days)}
FROM (
    SELECT *,
        {(listed + "    ").join(ends)}
    FROM tested
)
GROUP BY unit"""
