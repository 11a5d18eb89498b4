"""Matching alone: a roster and an extract in two files, the links in a third; no home folder, no contract, no rules."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb

from engine import connect, copy_parquet, sql_text, whole_file
from errors import UserError
from flows.match_files import OUTPUTS, Read, check_output, read_extract, read_roster
from flows.running import peak_rss_mb
from matching.link import link
from matching.parameters import Parameters, read_parameters
from matching.places import Change, read_changes

DECISIONS: Final = ("linked", "review", "no_resident")


@dataclass(frozen=True)
class Limits:
    """What the machine may give."""

    threads: int
    memory: str


@dataclass(frozen=True)
class Basis:
    """Files that take the place of what is built in: weights as a whole, area codes code by code."""

    parameters: Path | None = None
    area_changes: Path | None = None

    def read(self) -> tuple[Parameters, tuple[Change, ...]]:
        """Raises UserError for a file that is not there, CatalogueError for one that is wrong."""
        for file in (self.parameters, self.area_changes):
            if file is not None and not file.is_file():
                raise UserError(file=file, expected="一个文件", found="没有这个文件", do="核对路径")
        return read_parameters(self.parameters), read_changes(self.area_changes)


@dataclass(frozen=True)
class Method:
    """How many rows one method decided."""

    decision: str
    method: str
    rows: int


@dataclass(frozen=True)
class Matched:
    """What a matching did: counts, columns and paths, no person's value."""

    out: Path
    residents: int
    rows: int
    decisions: Mapping[str, int]
    methods: Sequence[Method]
    pairs: int
    crowded: Mapping[str, int]
    """Blocking key -> identities whose block was too large to be compared one by one."""
    roster_issues: Mapping[str, int]
    """Chinese title -> residents, of what is wrong with the roster itself."""
    notes: Sequence[str]
    seconds: Mapping[str, float]
    """`read`, `match`, `write`: wall clock."""
    peak_rss_mb: int

    def json(self) -> dict[str, object]:
        """The object `fangpin match --json` prints."""
        return asdict(self) | {"out": str(self.out)}


def match_files(roster: Path, extract: Path, out: Path | None, basis: Basis, limits: Limits) -> Matched:
    """Link every row of `extract` to a resident of `roster` and write row_id, resident_id, decision, method, probability and
    runner_up to `out` (default: `extract` with the ending .links.parquet), in the order of the extract's rows.

    The links do not depend on `limits`.  Raises UserError for files that cannot be used, CatalogueError for a wrong `basis`.
    """
    out = check_output(out or extract.with_suffix(".links.parquet"), (roster, extract))
    parameters, changes = basis.read()
    clock = _Clock()
    with scratch(out.parent) as work, within(limits), connect(work, limits.threads, limits.memory) as connection:
        residents, rows = read_roster(connection, roster, work), read_extract(connection, extract, work)
        clock.lap("read")
        link(connection, parameters, changes)
        clock.lap("match")
        _write(connection, residents, rows, out)
        clock.lap("write")
        return _matched(connection, out, residents, rows, clock)


class _Clock:
    """Wall-clock seconds of one step after the other."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.seconds[name], self._last = round(now - self._last, 3), now


@contextmanager
def scratch(beside: Path) -> Iterator[Path]:
    """A folder for what does not fit into memory, readable by its owner alone, gone afterwards."""
    try:
        folder = TemporaryDirectory(prefix=".fangpin-", dir=beside)
    except OSError:
        raise UserError(file=beside, expected="可写的文件夹", found="不能写入", do="用 --out 另指一处") from None
    with folder:
        yield Path(folder.name)


@contextmanager
def within(limits: Limits) -> Iterator[None]:
    """What the limits do not allow is told as such."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise UserError(
            file="--memory-limit",
            expected="足够的内存与磁盘",
            found=f"{limits.memory} 不够用",
            do="调大该值，或换一处磁盘更大的 --out",
        ) from None


def _write(connection: duckdb.DuckDBPyConnection, residents: Read, rows: Read, out: Path) -> None:
    """The keys as they came, joined back by the position of the row."""
    query = f"""
        SELECT e.key::{rows.key_type} AS row_id, l.resident_id::{residents.key_type} AS resident_id, l.decision, l.method,
               l.probability, l.runner_up::{residents.key_type} AS runner_up
        FROM link l JOIN (SELECT rowid + 1 AS row_id, key FROM extract) e USING (row_id) ORDER BY l.row_id"""
    if OUTPUTS[out.suffix.lower()] == "parquet":
        copy_parquet(connection, query, out)
        return
    with whole_file(out) as temporary:
        connection.execute(f"COPY ({query}) TO {sql_text(str(temporary))} (FORMAT csv, HEADER)")


def _matched(connection: duckdb.DuckDBPyConnection, out: Path, residents: Read, rows: Read, clock: _Clock) -> Matched:
    by_method = "SELECT decision, method, count(*) AS rows FROM link GROUP BY decision, method"
    order = f"list_position({list(DECISIONS)}, decision), rows DESC, method"
    methods = connection.execute(f"{by_method} ORDER BY {order}").fetchall()
    decided = {name: sum(count for decision, _, count in methods if decision == name) for name in DECISIONS}
    return Matched(
        out=out,
        residents=residents.rows,
        rows=rows.rows,
        decisions=decided,
        methods=tuple(Method(*row) for row in methods),
        pairs=sum(_counts(connection, "SELECT key, pairs FROM block").values()),
        crowded=_counts(connection, "SELECT key, crowded FROM block WHERE crowded > 0 ORDER BY key"),
        roster_issues=_counts(
            connection, "SELECT title, count(DISTINCT resident_id) FROM roster_issue GROUP BY 1 ORDER BY 2 DESC, 1"
        ),
        notes=(*residents.notes, *rows.notes),
        seconds=clock.seconds,
        peak_rss_mb=peak_rss_mb(),
    )


def _counts(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, int]:
    return {str(name): int(count) for name, count in connection.execute(query).fetchall()}
