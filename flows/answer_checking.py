"""`fangpin answers check`: what a night would make of filled lists, file by file, before they are put into the inbox.

The files are read, gated and matched in a home of their own that lasts as long as the question; the ledger alone is the
office's.  Nothing is taken in.
"""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import duckdb

from casework.problems import UNUSABLE_MARK
from engine import connect, sql_text
from errors import UserError
from expectations.gate import gate
from expectations.returning import return_rows
from expectations.standing import settle
from flows.answered import match_files, tell_refused
from flows.declared import Catalogue, read_catalogue
from flows.following import show_ledger
from flows.joints import keep
from settings import Home, Settings
from sources.contract import Contract
from sources.inbox import is_ours, not_ours
from sources.ingest import ingest

_FATES: Final = ("taken", "overruled", "empty", "refused")


@dataclass(frozen=True)
class Refused:
    """One row that would go back; no value of it."""

    sheet: str | None
    line: int | None
    warning_id: str | None
    reason: str
    cure: str | None


@dataclass(frozen=True)
class Checked:
    """One file: rows by what would become of them, those refused one by one, and why the whole would be held, if it would."""

    file: str
    rows: int
    taken: int
    overruled: int
    empty: int
    duplicate: int
    refused: int
    held: str | None
    refusals: tuple[Refused, ...]

    def json(self) -> dict[str, object]:
        """One object of `fangpin answers check --json`."""
        return asdict(self)


def check_answers(settings: Settings, files: Sequence[Path]) -> tuple[Checked, ...]:
    """Every file by itself, as if received on the settings' day.  Raises UserError for one that does not exist."""
    catalogue = read_catalogue(settings.home)
    contract = catalogue.contracts[catalogue.of_role("answers")]
    for file in files:
        if not file.is_file():
            raise UserError(file=file, expected="填好的核实名单", found="没有这个文件", do="核对路径")
    return tuple(_check(settings, catalogue, contract, file) for file in files)


def _check(settings: Settings, catalogue: Catalogue, contract: Contract, file: Path) -> Checked:
    if not is_ours(file.name, contract) and not file.name.lower().endswith(".zip"):
        return Checked(str(file), 0, 0, 0, 0, 0, 0, not_ours(contract), ())
    settings.home.work.mkdir(parents=True, exist_ok=True, mode=0o700)
    office = settings.office
    with (
        TemporaryDirectory(dir=settings.home.work) as scratch,
        connect(settings.home.work, office.threads, office.memory_limit) as db,
    ):
        home = Home(Path(scratch))
        home.work.mkdir(parents=True, exist_ok=True)
        day = home.inbox / contract.id / settings.as_of.isoformat()
        day.mkdir(parents=True)
        shutil.copyfile(file, day / file.name)
        show_ledger(db, settings.home, settings.as_of + timedelta(days=1))
        held = _judge(db, home, settings, catalogue)
        return _told(db, file, contract.id, held)


def _judge(db: duckdb.DuckDBPyConnection, home: Home, settings: Settings, catalogue: Catalogue) -> str | None:
    """The stages of a night that a returned list goes through; why the file is held, if it is."""
    contracts = catalogue.contracts
    intake = ingest(db, home, contracts, settings.as_of)
    keep(db, "delivery", intake.deliveries)
    gated = gate(db, home, contracts, intake.batches, catalogue.expectations, {})
    settle(db, home, contracts, intake.batches, gated.held)
    return_rows(db, home, contracts, intake.batches, gated.held, settings.as_of, catalogue.expectations)
    match_files(db, home, settings.office, catalogue)
    keep(db, "problem_unusable", UNUSABLE_MARK.empty_table())  # marks are no list of this kind
    tell_refused(db, home, catalogue, settings.as_of)
    return next(iter(gated.held.values()), None)


def _told(db: duckdb.DuckDBPyConnection, file: Path, source: str, held: str | None) -> Checked:
    stood = dict(db.execute("SELECT standing, count(*) FROM standing GROUP BY 1").fetchall())
    fates = dict(db.execute("SELECT fate, count(*) FROM answer GROUP BY 1").fetchall())
    counts = {fate: fates.get(fate, 0) for fate in _FATES}
    rows = db.execute(f"""
        SELECT sheet, line, warning_id, string_agg(reason, '；' ORDER BY reason), string_agg(DISTINCT cure, '；' ORDER BY cure)
        FROM (
            SELECT row_id, sheet, line, warning_id, reason, cure FROM refused_row
            UNION ALL
            SELECT row_id, sheet, line, NULL, if(title = '', reason, title || '：' || reason),
                if(title = '', expected, '“' || title || '”' || expected)
            FROM returned_row ANTI JOIN refused_row USING (row_id) WHERE source = {sql_text(source)}
        ) GROUP BY row_id, sheet, line, warning_id ORDER BY row_id""").fetchall()
    return Checked(
        file=str(file),
        rows=sum(stood.values()),
        **{**counts, "refused": counts["refused"] + stood.get("quarantined", 0)},
        duplicate=stood.get("duplicate", 0) + stood.get("superseded", 0),
        held=held,
        refusals=tuple(Refused(*row) for row in rows),
    )
