"""The senders' page: of every source how good its latest delivery was, in one sentence, and its own past as a small line.

Like the report it opens offline, runs no script and says nothing that differs between two runs of the same night.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import jinja2

from engine import whole_file
from outputs.report import About
from outputs.sender_quality import (
    EXPLAINED,
    FEWEST_ROWS,
    PATTERNS,
    REMEMBERED_DAYS,
    SLIP,
    SYSTEMATIC,
    TIMES_THE_PAST,
    TIMES_THE_REST,
    WHOLE,
)
from outputs.text_safety import one_line

UNITS_SHOWN: Final = 10
"""Of each source, worst first; the others are in the analysts' table."""
POINTS: Final = 14
"""Deliveries in the small line, the latest ones: a year of a monthly feed and a little."""
_WIDE, _HIGH, _EDGE = 96, 24, 3
_FULL_HEIGHT: Final = 0.05
"""The small line's height is at least this quarantine rate, so that single slips do not look like mountains."""

_TEMPLATES: Final = Path(__file__).parent / "templates"
_KINDS: Final = {
    "held": "整批暂停",
    "column": "系统性差错：整列",
    "rows": "系统性差错：大面积",
    "unit": "系统性差错：集中于单位",
    "rise": "系统性差错：突增",
    "frequent": "多发差错",
    "few": "行数太少",
    "slip": "零星差错",
    "clean": "未见差错",
    "unjudged": "未检验",
}
_FAILS: Final = {
    "key_is_filled": "缺失",
    "not_null": "缺失",
    "has_identity": "姓名与证件号码都缺失",
    "row_is_whole": "断行或串列",
    "converts": "无法识别",
    "in_range": "超出约定范围",
    "in_set": "不在约定取值内",
    "matches_pattern": "格式不符",
    "not_after_receipt": "晚于收到日期",
}
_NEWEST: Final = "SELECT * FROM sender_quality WHERE is_newest"
_PAST: Final = """
SELECT source, list(coalesce(quarantine_rate, -1) ORDER BY received_on) AS rates
FROM sender_quality WHERE unit = '' GROUP BY source
"""

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Score:
    """One sender as the page shows it; rates are texts, — where there are too few rows."""

    name: str
    kind: str
    pattern: str
    sentence: str
    received_on: str
    rows: int
    quarantined: int
    rates: tuple[str, ...]
    """Completeness, validity, repeats, match and quarantine."""
    late: int
    line: str = ""
    """The small line's points, as of an SVG polyline."""
    end: str = ""
    units: tuple["Score", ...] = ()
    units_left_out: int = 0


@dataclass(frozen=True)
class Words:
    """What people call things: source -> fact column -> title, and declared check -> title."""

    columns: Mapping[str, Mapping[str, str]]
    checks: Mapping[str, str]

    def wrong(self, row: Row) -> str:
        """What is wrong with most of the rows that are."""
        column, check = row["column"] or "", row["expectation"] or ""
        if check in self.checks:
            return f"“{self.checks[check]}”"
        return self.columns.get(row["source"], {}).get(column, column) + _FAILS.get(check, "未通过检验")


def write_senders(connection: duckdb.DuckDBPyConnection, path: Path, about: About, words: Words) -> None:
    """Write the page from `sender_quality`, whole or not at all."""
    scores = _scores(connection, about, words)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters["number"] = lambda value: f"{value:,}"
    never = [title for source, title in sorted(about.titles.items()) if title not in {score.name for score in scores}]
    text = environment.get_template("senders.html.j2").render(
        about=about, scores=scores, never=never, kinds=_tally(scores), wide=_WIDE, high=_HIGH, **_limits()
    )
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _limits() -> dict[str, object]:
    """What the page says of how it judges."""
    return {
        "fewest": FEWEST_ROWS,
        "whole": f"{WHOLE:.0%}",
        "slip": f"{SLIP:.0%}",
        "rest": TIMES_THE_REST,
        "explained": f"{EXPLAINED:.0%}",
        "past": TIMES_THE_PAST,
        "remembered": REMEMBERED_DAYS,
    }


def _tally(scores: Iterable[Score]) -> list[tuple[str, str, int]]:
    """Pattern, what it is called and how many sources show it, worst first."""
    found = [score.pattern for score in scores]
    return [(pattern, _KINDS[pattern], found.count(pattern)) for pattern in PATTERNS if pattern in found]


def _scores(connection: duckdb.DuckDBPyConnection, about: About, words: Words) -> list[Score]:
    rows = sorted(connection.sql(_NEWEST).to_arrow_table().to_pylist(), key=_worst_first)
    past = dict(connection.execute(_PAST).fetchall())
    return [
        _source(row, about, words, past[row["source"]], [
            unit for unit in rows if unit["source"] == row["source"] and unit["unit"]
        ])
        for row in rows if not row["unit"]
    ]  # fmt: skip


def _worst_first(row: Row) -> tuple[object, ...]:
    """Systematic errors first, then who is late, then by kind; the more rows the earlier."""
    kind = PATTERNS.index(row["pattern"])
    is_systematic = row["pattern"] in SYSTEMATIC
    return (not is_systematic, not row["days_late"], kind, -row["quarantined"], row["source"], row["unit"])


def _source(row: Row, about: About, words: Words, past: list[float], units: list[Row]) -> Score:
    line, end = _spark([rate for rate in past[-POINTS:] if rate >= 0])
    return _score(
        row, about.titles.get(row["source"], row["source"]), words, line=line, end=end,
        units=tuple(_score(unit, one_line(unit["unit"]), words) for unit in units[:UNITS_SHOWN]),
        units_left_out=max(0, len(units) - UNITS_SHOWN),
    )  # fmt: skip


def _score(row: Row, name: str, words: Words, **more: Any) -> Score:
    rates = ("completeness", "validity", "repeat_rate", "match_rate", "quarantine_rate")
    return Score(
        name=name,
        kind=_KINDS[row["pattern"]],
        pattern=row["pattern"],
        sentence=_sentence(row, words),
        received_on=row["received_on"].isoformat(),
        rows=row["rows"],
        quarantined=row["quarantined"],
        rates=tuple(percent(row[rate]) for rate in rates),
        late=row["days_late"] or 0,
        **more,
    )


def percent(rate: float | None) -> str:
    """A share for people: never 0% or 100% of what is not quite that."""
    if rate is None:
        return "—"
    if 0 < rate < 0.001:
        return "<0.1%"
    if 0.999 < rate < 1:
        return ">99.9%"
    return f"{rate:.1%}".replace(".0%", "%")


def _sentence(row: Row, words: Words) -> str:
    """What happened and what to do, as one says it to the sender."""
    pattern, bad, rate = row["pattern"], f"{row['quarantined']:,}", percent(row["quarantine_rate"])
    wrong = words.wrong(row)
    mostly = "：" if row["failing"] == row["quarantined"] else f"，其中 {row['failing']:,} 行"
    said = {
        "held": f"{row['batches']} 份文件中 {row['held_batches']} 份整批暂停，请按检验发现改正后重报",
        "column": f"{percent(row['failing'] / max(1, row['judged']))} 的行{wrong}，属系统性差错，请整批重报",
        "rows": f"{rate} 的行不合格（最多的是{wrong}），属系统性差错，请整批重报",
        "unit": _of_units(row, wrong),
        "rise": f"{bad} 行不合格（{rate}），此前为 {percent(row['past_rate'])}，属突然增多，请查明{wrong}的原因后重报",
        "frequent": f"{bad} 行不合格（{rate}）{mostly}{wrong}，差错多发，请改进填报",
        "few": f"只有 {row['judged']} 行，{bad} 行不合格，行数太少，不作判断；{wrong}请逐行改正",
        "slip": f"{bad} 行不合格（{rate}）{mostly}{wrong}，属零星差错，逐行改正即可",
        "clean": "各行合格" if row["judged"] >= FEWEST_ROWS else f"各行合格（只有 {row['judged']} 行）",
        "unjudged": "没有可检验的行",
    }
    late = f"；迟报 {row['days_late']} 天，请催报" if row["days_late"] else ""
    return one_line(said[pattern] + late)


def _of_units(row: Row, wrong: str) -> str:
    if row["unit"]:
        return (
            f"{row['quarantined']:,} 行不合格（{percent(row['quarantine_rate'])}），远高于其他单位，主要是{wrong}，请该单位重报"
        )
    return f"{row['quarantined']:,} 行不合格，集中于少数单位，最多的是{row['worst_unit']}，主要是{wrong}，请有关单位重报"


def _spark(rates: list[float]) -> tuple[str, str]:
    """Points of a line from left to right, and the last of them; higher is worse.  One delivery is a point."""
    if not rates:
        return "", ""
    top = max(_FULL_HEIGHT, *rates)
    step = (_WIDE - 2 * _EDGE) / max(1, len(rates) - 1)
    start = _WIDE - _EDGE - step * (len(rates) - 1)
    points = [(start + step * at, _HIGH - _EDGE - rate / top * (_HIGH - 2 * _EDGE)) for at, rate in enumerate(rates)]
    texts = [f"{x:.1f},{y:.1f}" for x, y in points]
    return " ".join(texts), texts[-1]
