"""What waits for the senders, as the newest night left it: quarantined rows by source and check, files on hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from engine import sql_text
from errors import UnknownId
from outputs.explain import latest_run
from settings import Home


@dataclass(frozen=True)
class Waiting:
    """Counts and places of one night; no person's value."""

    as_of: date
    lists: Path
    """Where the return lists lie."""
    checks: Sequence[Mapping[str, object]]
    """Rows of QUARANTINE_STATUS."""
    files: Sequence[Mapping[str, object]]
    """Rows of HELD_FILE, those that were answered included."""

    def json(self) -> dict[str, object]:
        """The object `fangpin quarantine --json` prints."""
        return {
            "as_of": self.as_of.isoformat(),
            "lists": str(self.lists),
            "quarantine": [plain(row) for row in self.checks],
            "held": [plain(row) for row in self.files],
        }


def newest_run(home: Home) -> Path:
    """The folder of the newest whole night.  Raises UnknownId if there was none."""
    run = latest_run(home.runs)
    if run is None:
        raise UnknownId(
            file=home.runs, expected="至少跑完一夜", found="还没有任何一夜的结果", do="先运行 fangpin night，再看隔离了什么"
        )
    return run


def known_source(source: str | None, sources: Sequence[str]) -> None:
    """Raise UnknownId for a source that no contract names."""
    if source is not None and source not in sources:
        raise UnknownId(
            file="--source", expected=f"其中之一：{'、'.join(sources)}", found="没有这个来源", do="改正来源的编号后重试"
        )


def waiting(home: Home, source: str | None) -> Waiting:
    """What the newest night left in quarantine and on hold, of one source or of all."""
    run = newest_run(home)
    return Waiting(
        as_of=date.fromisoformat(run.name),
        lists=home.lists / run.name,
        checks=_rows(run / "quarantine_status.parquet", source),
        files=_rows(run / "held_files.parquet", source),
    )


def _rows(path: Path, source: str | None) -> list[dict[str, object]]:
    if not path.exists():
        raise UnknownId(file=path, expected="这一夜的隔离情况", found="这一夜是旧版本跑的", do="重新运行 fangpin night 后再看")
    only = "" if source is None else f"WHERE source = {sql_text(source)}"
    with duckdb.connect(config={"threads": 1}) as connection:
        rows: list[dict[str, object]] = (
            connection.sql(f"FROM read_parquet({sql_text(str(path))}) {only}").to_arrow_table().to_pylist()
        )
    return rows


def plain(row: Mapping[str, object]) -> dict[str, object]:
    """A row as JSON takes it."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
