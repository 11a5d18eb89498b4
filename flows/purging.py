"""What has outlived its term goes: by class, counted, with a line in the audit log; told beforehand unless it is meant."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import duckdb
import pyarrow.parquet as pq

from engine import sql_text, whole_file
from errors import UnknownId
from expectations.reading import arrivals
from flows.declared import read_catalogue
from flows.past import PURGED_MARK
from flows.retaining import CLASSES, Asked, Going, check_terms, going, kept_told, needs_of
from flows.running import alone, prepare
from outputs.explain import latest_run
from outputs.publish import NIGHT, append_audit
from settings import TIME_ZONE, Home, Settings
from sources.store import purge, recorded

ABOUT_NOBODY: Final = frozenset({
    "batch", "delivery", "source_status", "finding", "held_file", "quarantine_status", "block", "review_verdict_count",
    "list_state", "verdict_count", "burden", "channel_share", "screen_count", "yield", "alarm", "problem", "accounting",
    "sender_quality", "issued", "visit_due", "exit_count", "registry_issue",
})  # fmt: skip
"""Tables of a night that stay: counts, and the ledger of rows handed out, which has a term of its own."""


@dataclass(frozen=True)
class Purge:
    """What went, or would go: class -> things (batches, nights) and rows; and why the rest is kept."""

    as_of: date
    is_done: bool
    things: Mapping[str, int]
    rows: Mapping[str, int]
    kept: tuple[str, ...]

    def json(self) -> dict[str, object]:
        classes = {key: {"things": self.things.get(key, 0), "rows": self.rows.get(key, 0)} for key in CLASSES}
        return {"as_of": self.as_of.isoformat(), "done": self.is_done, "classes": classes, "kept": list(self.kept)}


@dataclass(frozen=True)
class _Deed:
    """One thing that goes, of some classes, with its rows, and how."""

    classes: tuple[str, ...]
    rows: int
    do: Callable[[], None]


def purge_home(settings: Settings, *, is_meant: bool) -> Purge:
    """Purge what has outlived its term, or tell what would go.  Raises UnknownId before the first night, HomeError if a term is
    shorter than what a rule looks back to, NightRunning while a night runs."""
    home, today = settings.home, settings.as_of
    prepare(home)
    with alone(home):
        last = latest_run(home.runs)
        if last is None:
            raise UnknownId(file=home.runs, expected="至少一夜的结果", found="没有", do="先运行 fangpin night")
        catalogue = read_catalogue(home)
        needs = needs_of(catalogue.rules)
        check_terms(settings.office, catalogue.contracts, needs, home.office_file)
        asked = Asked(settings.office, catalogue.contracts, needs, _open_since(last), today)
        deeds = [*_batches(home, asked, last), *_nights(home, asked, last)]
        things, rows = _counted(deeds)
        if is_meant and deeds:
            for deed in deeds:
                deed.do()
            if things["identity"]:
                shutil.rmtree(home.links, ignore_errors=True)  # what matching remembers of them; it is made anew
            append_audit(home.audit_file, _audit(today, things, rows))
        counted = Counter(batch.source for batch in recorded(home).values())
        return Purge(today, is_meant, things, rows, kept_told(asked, counted))


def _counted(deeds: Iterable[_Deed]) -> tuple[Counter[str], Counter[str]]:
    things, rows = Counter[str](), Counter[str]()
    for deed in deeds:
        for key in deed.classes:
            things[key] += 1
            rows[key] += deed.rows
    return things, rows


def _audit(day: date, things: Mapping[str, int], rows: Mapping[str, int]) -> dict[str, object]:
    at = datetime.now(ZoneInfo(TIME_ZONE)).isoformat(timespec="seconds")
    classes = {key: {"things": things[key], "rows": rows[key]} for key in CLASSES if things.get(key)}
    return {"event": "purge", "at": at, "as_of": day.isoformat(), "classes": classes}


def _open_since(run: Path) -> date | None:
    """The day the oldest case still open was opened."""
    with duckdb.connect() as db:
        found = db.execute(
            f"SELECT min(opened_on) FROM read_parquet({sql_text(str(run / 'cases.parquet'))}) WHERE state <> 'closed'"
        ).fetchone()
    return found[0] if found else None


def _batches(home: Home, asked: Asked, run: Path) -> Iterator[_Deed]:
    known = recorded(home)
    table = pq.read_table(run / "batches.parquet")
    states = pq.read_table(run / "accounting.parquet", columns=["batch_id", "state"]).to_pylist()
    held = {row["batch_id"]: row["state"] for row in states if row["state"] == "held"}
    of_contracts = [name in asked.contracts for name in table["source"].to_pylist()]
    for one in going(asked, known, arrivals(table.filter(of_contracts), asked.contracts), held):
        yield _Deed(one.classes, one.batch.rows, _purger(home, one, asked.as_of))


def _purger(home: Home, one: Going, day: date) -> Callable[[], None]:
    return lambda: purge(home, one.batch, one.classes, day, one.unneeded_since)


def _nights(home: Home, asked: Asked, last: Path) -> Iterator[_Deed]:
    """Lists and runs of nights that are over; never of the last, nor of any since the oldest open case was opened."""
    limit = min(date.fromisoformat(last.name), asked.open_since or date.max)
    for folder in _dated(home.lists, min(limit, asked.before("lists"))):
        yield _Deed(("lists",), sum(path.is_file() for path in folder.rglob("*")), _remover([folder]))
    for folder in _dated(home.runs, min(limit, asked.before("runs"))):
        stays = {f"{NIGHT[name][0]}.parquet" for name in ABOUT_NOBODY}
        gone = [path for path in sorted(folder.glob("*.parquet")) if path.name not in stays]
        if gone:
            yield _Deed(("runs",), sum(map(_rows, gone)), _forgetter(folder, gone, asked.as_of))
    for folder in _dated(home.runs, min(limit, asked.before("cases"))):
        if (ledger := folder / "issued.parquet").exists():
            yield _Deed(("cases",), _rows(ledger), _forgetter(folder, [ledger], asked.as_of))


def _dated(folder: Path, before: date) -> list[Path]:
    return [path for path in sorted(folder.glob("????-??-??")) if path.is_dir() and path.name < before.isoformat()]


def _rows(path: Path) -> int:
    rows: int = pq.read_metadata(path).num_rows
    return rows


def _remover(paths: Iterable[Path]) -> Callable[[], None]:
    def remove() -> None:
        for path in paths:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    return remove


def _forgetter(run: Path, gone: Iterable[Path], day: date) -> Callable[[], None]:
    """Mark the night first, so that whoever opens it is told why tables are not there."""

    def forget() -> None:
        with whole_file(run / PURGED_MARK) as temporary:
            temporary.write_text(json.dumps({"purged_on": day.isoformat()}) + "\n", encoding="utf-8")
        _remover(gone)()

    return forget
