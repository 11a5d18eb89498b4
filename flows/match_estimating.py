"""New parameters for the matcher, proposed from an office's own files: written beside those in use, never in their place."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from engine import connect, whole_file
from errors import UnknownId, UserError
from flows.match_explaining import recall_places, stored
from flows.match_files import read_extract, read_roster
from flows.matching_alone import Basis, Limits, scratch, within
from matching.characters import read_characters
from matching.estimate import estimate
from matching.normalise import gather_written, install, normalise_persons, normalise_roster
from matching.parameters import FIELDS, Parameters, PerRoster, read_parameters, written
from matching.places import Change, read_changes
from matching.reuse import Memory, recall_roster
from matching.score import reckoned_residents
from outputs.explain import latest_run
from settings import Home
from tables import IDENTITY


@dataclass(frozen=True)
class Task:
    """What both ways of estimating are told."""

    out: Path
    seed: int
    made_on: date
    limits: Limits


@dataclass(frozen=True)
class Worth:
    """What one agreement level is worth; u as a person reads it, the weight in bits, None where it depends on the value;
    u_kin is None where relatives are no other rivals than strangers.
    """

    m: float
    u: str
    weight: float | None
    u_kin: float | None


@dataclass(frozen=True)
class Estimated:
    """A proposal and where it lies."""

    out: Path
    before: Parameters
    after: Parameters
    residents: int
    notes: tuple[str, ...]

    def levels(self) -> Iterator[tuple[str, str, Worth, Worth]]:
        """Field, level, before and after, of every level that can be compared, in the order of the file."""
        for field in FIELDS:
            for name in self.before.fields[field]:
                if name != "missing":
                    yield field, name, self._worth(self.before, field, name), self._worth(self.after, field, name)

    def _worth(self, parameters: Parameters, field: str, name: str) -> Worth:
        level, population = parameters.fields[field][name], parameters.population(self.residents)
        if isinstance(level.u, PerRoster):
            weight = math.log2(level.m / level.u.per_roster * population)
            return Worth(level.m, f"{level.u.per_roster:.2g}/N", weight, level.u_kin)
        if isinstance(level.u, str):
            return Worth(level.m, "频率", None, level.u_kin)
        return Worth(level.m, f"{level.u:.2g}", math.log2(level.m / level.u), level.u_kin)

    def json(self) -> dict[str, object]:
        """The object `fangpin match estimate --json` prints."""
        return {"out": str(self.out), "notes": self.notes, "parameters": self.after.model_dump(mode="json", exclude_none=True)}


def estimate_files(roster: Path, extract: Path, basis: Basis, task: Task) -> Estimated:
    """From a roster and an extract as `fangpin match` takes them.

    Raises UserError for files that cannot be used, CatalogueError for a wrong `basis`.
    """
    _check(task.out, filter(None, (roster, extract, basis.parameters, basis.area_changes)))
    before, changes = basis.read()
    limits = task.limits
    with scratch(task.out.parent) as work, within(limits), connect(work, limits.threads, limits.memory) as connection:
        residents, rows = read_roster(connection, roster, work), read_extract(connection, extract, work)
        install(connection)
        normalise_roster(connection, read_characters(), changes)
        return _estimated(connection, before, changes, task, (*residents.notes, *rows.notes))


def estimate_home(home: Home, task: Task) -> Estimated:
    """From the rows that took part in the latest night, its roster, and what people found in review.

    Raises UnknownId if there was no night yet, HomeError if something that it stored is gone.
    """
    _check(task.out, [home.matching_parameters])
    run = latest_run(home.runs)
    if run is None:
        raise UnknownId(file=home.runs, expected="至少有一夜的结果", found="没有", do="先运行 fangpin night，或检查 --home")
    before, changes, memory = read_parameters(home.matching_parameters), read_changes(home.area_changes), Memory(home.links, "")
    limits = task.limits
    with within(limits), connect(home.work, limits.threads, limits.memory) as connection:
        install(connection)
        recall_places(connection, home, run, memory)
        recall_roster(connection, memory)
        connection.execute(f"CREATE TABLE review_verdict AS FROM {stored(memory.file('verdicts'))}")
        _identity(connection, home, run)
        return _estimated(connection, before, changes, task, ())


def _check(out: Path, others: Iterable[Path]) -> None:
    """Where the proposal may go.  What is in use is the office's to change."""
    if out.suffix != ".yaml" or not out.parent.is_dir():
        raise UserError(file=out, expected="已有文件夹中以 .yaml 结尾的文件", found="不是", do="改写 --out")
    if any(out.resolve() == other.resolve() for other in others):
        raise UserError(
            file=out, expected="另一个文件", found="是输入，或正在使用的参数", do="改写 --out；看过之后再自行替换正在使用的参数"
        )


def _identity(connection: duckdb.DuckDBPyConnection, home: Home, run: Path) -> None:
    """`identity`: who the rows of the night speak of, as written."""
    links = stored(run / "links.parquet")
    batches = connection.execute(f"SELECT DISTINCT source, batch_id FROM {links} ORDER BY ALL").fetchall()
    files = [home.identity(source, batch) for source, batch in batches]
    people = " UNION ALL ".join(f"SELECT {', '.join(IDENTITY.names)} FROM {stored(file)}" for file in files)
    connection.execute(f"CREATE TABLE identity AS FROM ({people}) SEMI JOIN {links} USING (row_id)")


def _estimated(
    connection: duckdb.DuckDBPyConnection, before: Parameters, changes: Sequence[Change], task: Task, notes: tuple[str, ...]
) -> Estimated:
    """From `match_roster` and `identity` to the file."""
    gather_written(connection)
    normalise_persons(connection, read_characters(), changes)
    after = estimate(connection, before, task.seed, task.made_on)
    with whole_file(task.out) as temporary:
        temporary.write_text(written(after), encoding="utf-8")
    return Estimated(task.out, before, after, reckoned_residents(connection), notes)
