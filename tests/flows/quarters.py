"""Run folders of several nights, written by hand: what a quarter's report reads, without running a night."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

import case_tables
import feed_tables
import tables
from engine import write_parquet
from outputs.publish import NIGHT
from outputs.sender_quality import SENDER_QUALITY
from settings import Home
from tests.outputs import followed
from tests.outputs.invented import COUNTIES, Values, table

START: Final = date(2026, 10, 1)
RULES: Final[dict[str, dict[str, Any]]] = {
    name: {"title": title, "off": "", "thresholds": {"line": 1}, "severity": 40} for name, (title, *_) in followed.RULES.items()
}
_FEEDS: Final = {"education": ("教育缴费", "县教育局"), "medical": ("医保结算", "县医保局"), "police": ("户籍变动", "县公安局")}


def every(days: int, until: date, start: date = START) -> list[date]:
    """Nights every so many days."""
    return [start + timedelta(days=n) for n in range(0, (until - start).days + 1, days)]


def fabricate(home: Home, nights: Iterable[date], rules: Mapping[str, Any] = RULES, first: date = START) -> None:
    """Run folders of the nights, as a night leaves them; every day since `first` opened a case and a half."""
    for night in nights:
        run = home.run(night)
        for name, rows in _tables(night, first).items():
            write_parquet(rows, run / f"{NIGHT[name][0]}.parquet")
        declare(run, rules)


def declare(run: Path, rules: Mapping[str, Any]) -> None:
    """The manifest and the declarations of a night; a rule's version is what is written of it."""
    run.mkdir(parents=True, exist_ok=True)
    versions = {name: json.dumps(rule, sort_keys=True) for name, rule in rules.items()}
    (run / "declared.json").write_text(json.dumps({"rules": rules}), encoding="utf-8")
    (run / "manifest.json").write_text(json.dumps({"rules": versions}), encoding="utf-8")


def _tables(night: date, first: date) -> dict[str, pa.Table]:
    opened = [first + timedelta(days=n * 2 // 3) for n in range((night - first).days * 3 // 2 + 1)]
    cases = [followed.case(n, day, night) for n, day in enumerate(opened) if day <= night]
    new = cases[-12:]
    return {
        "case_file": table(case_tables.CASE, *cases),
        "issued": table(case_tables.ISSUED, *(_handed(case) for case in new)),
        "warning": table(tables.WARNING, *(_warned(case) for case in new)),
        "source_status": table(feed_tables.SOURCE_STATUS, *_feeds(night)),
        "alarm": followed.alarms(night) if night.day > 20 else case_tables.ALARM.empty_table(),
        "problem": followed.problems(night),
        "burden": followed.burden(),
        "delivery": table(feed_tables.DELIVERY, *({"source": "medical", "received_on": day} for day in (first, night))),
        "exit_watch": table(case_tables.EXIT_WATCH, *({"household_id": f"H{n}", "verdict": _verdict(n)} for n in range(9))),
        "reentry": table(case_tables.REENTRY, {"household_id": "H1", "county": "990102", "back_on": night, "months": 5}),
        "sender_quality": table(SENDER_QUALITY, *_quality(night)),
        "resident": table(tables.RESIDENT, *({"county": code, "county_name": name} for code, name in _counties().items())),
    }


def _counties() -> dict[str, str]:
    return {**COUNTIES, **followed.QUIET}


def _verdict(number: int) -> str:
    return ("proposed", "not_yet", "unknown", "never")[number % 4]


def _handed(case: Values) -> Values:
    opened = case["opened_on"]
    assert isinstance(opened, date)
    kept = {name: case[name] for name in ("county", "household_id", "rules", "sources", "channels")}
    return kept | {"as_of": opened, "warning_id": case["case_id"], "due_on": opened + timedelta(days=15)}


def _warned(case: Values) -> Values:
    return {
        "warning_id": case["case_id"],
        "household_id": case["household_id"],
        "first_seen": case["opened_on"],
        "status": "新增",
    }


def _feeds(night: date) -> Iterable[Values]:
    for source, (title, owner) in _FEEDS.items():
        is_late = source == "medical" and night.day > 15
        state = "missing" if source == "police" else "late" if is_late else "unchanged" if source == "education" else "fresh"
        yield {"source": source, "title": title, "owner": owner, "state": state, "days_late": night.day - 15 if is_late else 0}


def _quality(night: date) -> Iterable[Values]:
    whole: Values = {"source": "medical", "unit": "", "held_batches": 0, "judged": 400, "quarantined": 10}
    return (whole | {"received_on": night}, whole | {"received_on": START - timedelta(days=9), "quarantined": 400})
