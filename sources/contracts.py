"""Every contract an office works with: the built-in catalogue, and the office's own layered over it."""

from pathlib import Path
from typing import Final

from catalogue import load_layers
from errors import CatalogueError
from sources.contract import Contract
from tables import RESIDENT

BUILT_IN: Final = Path(__file__).parent / "catalogue"

_DERIVED: Final = frozenset({"row_id", "received_on", "county", "township", "village"})
"""Columns of RESIDENT that do not come from the roster's own facts."""


def load_contracts(office_layer: Path | None) -> dict[str, Contract]:
    """The contracts by id.  Raises CatalogueError if a file is wrong, or unless exactly one of them is a usable roster."""
    folders = [BUILT_IN] if office_layer is None else [BUILT_IN, office_layer]
    contracts = load_layers(folders, Contract)
    place = office_layer or BUILT_IN
    rosters = [contract for contract in contracts.values() if contract.role == "roster"]
    if len(rosters) != 1:
        raise CatalogueError(
            file=place,
            place="role",
            expected="恰好一个 role: roster 的花名册",
            found="、".join(contract.id for contract in rosters) or "无",
            do="只保留一个花名册；要换用自己的，文件名与 id 仍用 roster",
        )
    _refuse_bare_roster(place, rosters[0])
    return contracts


def _refuse_bare_roster(place: Path, roster: Contract) -> None:
    missing = [name for name in RESIDENT.names if name not in _DERIVED and name not in roster.facts]
    if missing:
        raise CatalogueError(
            file=place,
            place=f"{roster.id}.facts",
            expected="花名册有规则所需的全部列",
            found=f"缺少 {'、'.join(missing)}",
            do="补上这些列；文件里可能没有的，写 may_be_absent: true",
        )
