"""Asking the departments' databases: which are due, how often one is tried, and what is told of those that do not answer."""

import shutil
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

import duckdb

from errors import HomeError
from settings import TIME_ZONE, Home, Settings
from sources.connections import Connection, read_connections
from sources.contract import Contract
from sources.database import fetch
from sources.fetched import Receipt, keep, last_fetched
from sources.inbox import Problem
from sources.query import Query, QueryFailed, Question

T = TypeVar("T")

PAUSES: Final = (1.0, 3.0)
"""Seconds before a database that may yet answer is asked again."""
_SCRATCH: Final = "fetch."


@dataclass(frozen=True)
class Answer:
    """One database's answer, in the archive."""

    receipt: Receipt
    is_new: bool
    """Whether it differs from the answer before."""
    seconds: float


@dataclass(frozen=True)
class Fetched:
    """What a round of asking brought."""

    answers: tuple[Answer, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def rows(self) -> int:
        """All rows that came, new or not."""
        return sum(answer.receipt.rows for answer in self.answers)


@dataclass(frozen=True)
class Asking:
    """What every question of one round shares."""

    settings: Settings
    db: duckdb.DuckDBPyConnection
    connections: Mapping[str, Connection]
    last: Mapping[str, date]
    is_whole: bool = False
    """Ask for all rows, whatever a contract says of recent ones."""


def due(settings: Settings, contracts: Mapping[str, Contract]) -> list[Contract]:
    """The feeds whose database is to be asked tonight: none in a night of another day than today."""
    asked = asked_for(contracts)
    if not asked or not settings.is_today:
        return []
    last = last_fetched(settings.home)
    return [contract for contract, query in asked if _is_due(query, last.get(contract.id), settings.as_of)]


def asked_for(contracts: Mapping[str, Contract]) -> list[tuple[Contract, Query]]:
    """The feeds that are asked for instead of sent."""
    return [(contract, contract.query) for contract in contracts.values() if contract.query is not None]


def check_connections(home: Home, contracts: Mapping[str, Contract]) -> None:
    """Raises HomeError if connections.yaml cannot be used, or lacks a database that a contract names.  Asks nobody."""
    asked = {query.connection for _, query in asked_for(contracts)}
    if missing := sorted(asked - read_connections(home).keys()):
        raise HomeError(
            file=home.connections_file,
            expected="契约 query.connection 所指的每个连接",
            found=f"没有 {'、'.join(missing)}",
            do="写上这个连接（见 docs/adding.zh-CN.md），或改正契约",
        )


def _is_due(query: Query, last: date | None, as_of: date) -> bool:
    return last is None or last + timedelta(days=query.every_days) <= as_of


def fetch_all(
    settings: Settings, db: duckdb.DuckDBPyConnection, contracts: Iterable[Contract], *, is_whole: bool = False
) -> Fetched:
    """Ask one database after the other; one that does not answer is told of and the others go on.

    Raises HomeError if connections.yaml cannot be used.
    """
    wanted = [(contract, contract.query) for contract in contracts if contract.query is not None]
    if not wanted:
        return Fetched()
    _sweep(settings.home)
    asking = Asking(settings, db, read_connections(settings.home), last_fetched(settings.home), is_whole)
    heard = [_answer_or_problem(asking, contract, query) for contract, query in wanted]
    return Fetched(
        tuple(one for one in heard if isinstance(one, Answer)), tuple(one for one in heard if isinstance(one, Problem))
    )


def _answer_or_problem(asking: Asking, contract: Contract, query: Query) -> Answer | Problem:
    try:
        return _ask(asking, contract.id, query)
    except QueryFailed as problem:
        return Problem(contract.id, _told(contract, asking.last.get(contract.id), problem))


def _sweep(home: Home) -> None:
    """Remove what a killed round left: its rows are persons'."""
    for folder in home.work.glob(f"{_SCRATCH}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _ask(asking: Asking, source: str, query: Query) -> Answer:
    started, home = time.perf_counter(), asking.settings.home
    server = asking.connections.get(query.connection)
    if server is None:
        raise QueryFailed(f"{home.connections_file.name} 里没有名为 {query.connection} 的连接")
    question = _question(query, asking, source)
    with TemporaryDirectory(dir=home.work, prefix=_SCRATCH) as folder:
        answer = Path(folder) / f"{source}.parquet"
        rows = patiently(lambda: fetch(asking.db, server, question, query.order_by, answer))
        receipt, is_new = keep(home, source, asking.settings.as_of, datetime.now(ZoneInfo(TIME_ZONE)), answer, rows)
    return Answer(receipt, is_new, round(time.perf_counter() - started, 3))


def _question(query: Query, asking: Asking, source: str) -> Question:
    """All rows the first time, later only the recent ones where the contract says so."""
    recent = None if asking.is_whole or source not in asking.last else query.recent
    since = None if recent is None else (recent.column, recent.first_day(asking.settings.as_of))
    return Question(query.select, query.max_rows, query.timeout_minutes * 60.0, since)


def patiently(ask: Callable[[], T], sleep: Callable[[float], object] = time.sleep) -> T:
    """Ask, and ask again after a pause what may recover; a wrong password is tried once, or the account would be locked."""
    for pause in PAUSES:
        try:
            return ask()
        except QueryFailed as problem:
            if not problem.may_recover:
                raise
        sleep(pause)
    return ask()


def _told(contract: Contract, last: date | None, problem: QueryFailed) -> str:
    before = "还没有取到过数据" if last is None else f"沿用 {last} 取到的数据"
    return f"来源“{contract.title}”的数据库读不出来：{problem}；{before}"
