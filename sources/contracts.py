"""Every contract an office works with: the built-in catalogue, and the office's own layered over it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from catalogue import load_layers
from errors import CatalogueError
from sources.contract import Contract
from sources.records import RECORDS
from tables import FACT_TYPES, RESIDENT

BUILT_IN: Final = Path(__file__).parent / "catalogue"

_DERIVED: Final = frozenset({"row_id", "received_on", "county", "township", "village"})
"""Columns of RESIDENT that do not come from the roster's own facts."""
_VISITS: Final = "visits"
_VISIT: Final[Mapping[str, tuple[str, ...]]] = {"visited_on": ("date",), "family": ("code",), "outcome": ("code",)}
"""Facts by which a visit answers a warning, and the type each must have."""
_NEEDED: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "review_verdicts": {
        "identity_key": ("text",), "first_resident": ("text",), "second_resident": ("text",), "conclusion": ("code",),
        "other_resident": ("text",), "decided_on": ("date",), "decided_by": ("text",),
    },
    "answers": {"warning_id": ("text",), "check_code": ("text",), **_VISIT, "family": ("code", "terms")},
    "case_steps": {"case_id": ("text",), "step": ("code",), "happened_on": ("date",), "until": ("date",)},
    "problem_marks": {"problem_no": ("text",), "struck_on": ("date",)},
}  # fmt: skip
"""Role of records -> facts that a later stage reads, and the type each must have."""


def load_contracts(office_layer: Path | None) -> dict[str, Contract]:
    """The contracts by id.

    Raises CatalogueError if a file is wrong, unless exactly one contract is a roster and one is of each role of records, or
    if one of these or `visits` lacks a column that later stages read, or gives it another type.
    """
    folders = [BUILT_IN] if office_layer is None else [BUILT_IN, office_layer]
    contracts = load_layers(folders, Contract)
    _refuse_unusable(folders, _only(folders, contracts, "roster", "花名册"), _of_residents())
    for role, title in RECORDS.items():
        _refuse_unusable(folders, _only(folders, contracts, role, title), _NEEDED[role])
    _refuse_unusable(folders, contracts[_VISITS], _VISIT)
    return contracts


def _only(folders: Sequence[Path], contracts: Mapping[str, Contract], role: str, title: str) -> Contract:
    """The one contract of a role."""
    found = [contract for contract in contracts.values() if contract.role == role]
    if len(found) != 1:
        raise CatalogueError(
            file=folders[-1],
            place="role",
            expected=f"恰好一个 role: {role} 的{title}",
            found="、".join(contract.id for contract in found) or "无",
            do=f"只保留一个{title}；要换用自己的，文件名与 id 仍用 {role}",
        )
    return found[0]


def _of_residents() -> dict[str, tuple[str, ...]]:
    """The roster's facts that become RESIDENT, and the types that fit."""
    return {
        column.name: tuple(kind for kind, stored in FACT_TYPES.items() if stored.arrow == column.type)
        for column in RESIDENT
        if column.name not in _DERIVED
    }


def _refuse_unusable(folders: Sequence[Path], contract: Contract, needed: Mapping[str, tuple[str, ...]]) -> None:
    facts = contract.facts
    unfit = {name: kinds for name, kinds in needed.items() if name not in facts or facts[name].type not in kinds}
    if unfit:
        files = (folder / f"{contract.id}.yaml" for folder in reversed(folders))
        raise CatalogueError(
            file=next(file for file in files if file.exists()),
            place="facts",
            expected="有后面各阶段要读的列：" + "；".join(f"{name}（type 为 {' 或 '.join(unfit[name])}）" for name in unfit),
            found="；".join(f"{name} 的 type 为 {facts[name].type}" if name in facts else f"缺少 {name}" for name in unfit),
            do="补上缺少的列，改正 type；文件里可能没有的列，写 may_be_absent: true",
        )
