"""A night that is over, as it was: its tables, the facts it judged, and everything that was declared then.

What a night is made from lies in the store and never changes; which rows it judged, whose they were and who lived where is in
`runs/<as_of>/`.  Together they give back the tables the rules read, so that a rule can be asked again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import duckdb
from pydantic import ValidationError

from casework.exit_rules import ExitRules
from casework.large_scale import LargeScale
from catalogue import Part
from engine import connect, sql_text, whole_file
from errors import HomeError, UnknownId
from expectations.reading import stored_sql
from flows import joints
from flows.answered_facts import show_answers
from outputs.audiences import Audiences
from outputs.explain import latest_run
from outputs.propose import Proposals
from outputs.publish import NIGHT
from outputs.weights import Weights
from rules.model import Reference, Rule
from settings import Home, Office

FILE: Final = "declared.json"
SCHEMA: Final = "night"
PURGED_MARK: Final = "purged.json"
"""In a run folder: tables that speak of persons are gone after their term."""


class Called(Part):
    """What people call a fact column, and the unit its values are stored in."""

    title: str
    unit: str = ""


class Feed(Part):
    """What people call a source and its columns."""

    title: str
    is_sensitive: bool
    channel: str
    columns: Mapping[str, Called]


class Declared(Part):
    """`runs/<as_of>/declared.json`: what a night was told besides its data.  No person's value."""

    as_of: date
    previous: date | None
    """The night whose warnings this one continued."""
    office: Office
    rules: Mapping[str, Rule]
    references: Mapping[str, Reference]
    weights: Weights
    proposals: Proposals
    states: Mapping[str, str]
    """Source -> `fresh`, `stale` or `missing`, as the rules were told."""
    facts: Mapping[str, Mapping[str, str]]
    """Source -> fact column -> contract type."""
    feeds: Mapping[str, Feed]
    audiences: Audiences
    large_scale: LargeScale
    exit_rules: ExitRules

    @property
    def channels(self) -> dict[str, str]:
        """Source -> through which channel it tells."""
        return {source: feed.channel for source, feed in self.feeds.items()}


@dataclass(frozen=True)
class Past:
    """One night that is over, and a connection with its tables under the names they had."""

    home: Home
    declared: Declared
    db: duckdb.DuckDBPyConnection

    @property
    def previous_warnings(self) -> Path | None:
        """The earlier night's warnings that this night's ranking continued; None if there were none, or they are gone."""
        day = self.declared.previous
        path = self.home.run(day) / "warnings.parquet" if day else None
        return path if path is not None and path.exists() else None

    def hold(self, sources: Iterable[str]) -> None:
        """Turn the views `fact_<source>` into tables: worth it for facts that are asked more than once."""
        for source in sources:
            self.db.execute(f"CREATE TABLE held_fact AS SELECT * FROM fact_{source}")
            self.db.execute(f"DROP VIEW fact_{source}")
            self.db.execute(f"ALTER TABLE held_fact RENAME TO fact_{source}")


def write_declared(declared: Declared, path: Path) -> None:
    """Write declared.json, whole or not at all; equal declarations give equal bytes."""
    text = json.dumps(declared.model_dump(by_alias=True), default=_plain, ensure_ascii=False, indent=1)
    with whole_file(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def read_declared(run: Path) -> Declared:
    """What a night was told.  Raises UnknownId if there is no such night, HomeError if it is of an older version."""
    if not (run / "manifest.json").exists():
        raise UnknownId(
            file=run, expected="已完成的一夜", found="没有", do="先运行 fangpin night，或用 --as-of 指定已完成的日期"
        )
    needed = (FILE, *(f"{file}.parquet" for file, _ in NIGHT.values()))
    if (run / PURGED_MARK).exists():
        raise _purged(run)
    if missing := [name for name in needed if not (run / name).exists()]:
        raise _older(run / missing[0], "没有")
    try:
        return Declared.model_validate_json((run / FILE).read_bytes())
    except ValidationError:
        raise _older(run / FILE, "写法不同") from None


def _purged(path: Path) -> HomeError:
    return HomeError(
        file=path,
        expected="这一夜逐户逐人的结果与数据",
        found="已按保存期限清除",
        do="改看较近的一夜；这一夜的各项计数仍在该文件夹与 audit.jsonl 中",
    )


def _older(path: Path, found: str) -> HomeError:
    return HomeError(
        file=path, expected="这一夜的规则与各表", found=f"{found}（由较早的版本运行）", do="用 fangpin night --as-of 重跑这一夜"
    )


@contextmanager
def open_night(home: Home, as_of: date | None = None, *, with_facts: bool = True) -> Iterator[Past]:
    """The night of `as_of`, or the latest: every table of its run folder, and `fact_<source>` of what it judged.

    The run's tables are views in the schema `night`, behind `main` in the search path: a stage that runs once more makes its
    table in `main`, and what the night had found stays beside it.  Nothing is written but to `work/`.  Without facts it
    opens sooner: to show them, every file they lie in is looked into.  Raises UnknownId or HomeError.
    """
    run = home.run(as_of) if as_of else latest_run(home.runs)
    declared = read_declared(run or home.runs)
    office = declared.office
    with connect(home.work, office.threads, office.memory_limit) as db:
        show_run(db, home.run(declared.as_of), SCHEMA)
        db.execute(f"SET search_path = 'main,{SCHEMA}'")
        if with_facts:
            _show_facts(db, home, declared)
        yield Past(home, declared, db)


def show_run(db: duckdb.DuckDBPyConnection, run: Path, schema: str) -> None:
    """The tables of a run folder as views in a new schema."""
    db.execute(f"CREATE SCHEMA {schema}")
    for table, (file, _) in NIGHT.items():
        path = sql_text(str(run / f"{file}.parquet"))
        db.execute(f'CREATE VIEW {schema}."{table}" AS FROM read_parquet({path})')


def _show_facts(db: duckdb.DuckDBPyConnection, home: Home, declared: Declared) -> None:
    """The linked rows are the current ones: a row that was superseded or taken out has no link."""
    batches = db.execute("SELECT source, batch_id, received_on FROM batch WHERE unreadable IS NULL AND rows > 0").fetchall()
    lost = {one for source, one, _ in batches if source in declared.facts and not home.facts(source, one).exists()}
    if lost:
        used = {found for (found,) in db.execute("SELECT DISTINCT batch_id FROM link WHERE decision = 'linked'").fetchall()}
        if lost & used:
            raise _purged(home.run(declared.as_of))
    came = joints.by_source(batch for batch in batches if batch[1] not in lost)
    for source, facts in declared.facts.items():
        db.execute(f"CREATE VIEW accepted_{source} AS {stored_sql(home, source, facts, came.get(source, {}))}")
    joints.show_facts(db, declared.facts)
    show_answers(db, f"{SCHEMA}.answer")


def _plain(value: object) -> object:
    return sorted(value) if isinstance(value, frozenset) else str(value)
