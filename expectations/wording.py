"""What the office and the sender read.  It names source, file, column and numbers, and no value of any row."""

from typing import Final

from expectations.checks import Check
from expectations.reading import Arrival
from sources.contract import Contract, IdentityColumn
from sources.fact import Fact

_NAMED: Final = 5
"""So many undeclared headers are named; more may be a first row that ran into the header, and that is only counted."""

STILL_USED: Final = "，仍照常使用，请核对"
"""How a message ends whose rows are only told of."""

_UNITS: Final = {"rows": "行", "damaged": "行", "failing": "行不合格", "undecodable": "字节", "extra": "列"}


def of_rows(contract: Contract, arrival: Arrival, check: Check, failing: int) -> str:
    """What a row check saw in a batch."""
    done = "，已隔离" if check.severity == "critical" else STILL_USED
    saw = f"{failing} 行不符{done}" if failing else "全部符合"
    return f"{where(contract, arrival)}：{_asks(contract, check)}；{saw}"


def worst(contract: Contract, check: Check, failing: int) -> str:
    """The row check that most rows fail, so that the sender of a held batch knows where to look."""
    return f"，最多的一项：{_asks(contract, check)}（{failing} 行）"


def of_batch(contract: Contract, arrival: Arrival, check: Check, observed: int, verdict: str, detail: str = "") -> str:
    """What a batch check saw."""
    saw = "符合" if verdict == "pass" else f"实际{_seen(contract, arrival, check, observed)}{detail}"
    end = "；整批暂停，请改正后重报" if verdict == "hold" else ""
    return f"{where(contract, arrival)}：{check.means}；{saw}{end}"


def _asks(contract: Contract, check: Check) -> str:
    fact = contract.facts.get(check.column)
    return f"“{fact.title}”{check.means}" if fact else check.means


def where(contract: Contract, arrival: Arrival) -> str:
    """How every message begins."""
    return f"{contract.title}，{arrival.file}"


def _seen(contract: Contract, arrival: Arrival, check: Check, observed: int) -> str:
    if check.name == "readable":
        return f"无法读取：{arrival.unreadable}"
    if check.name == "columns_present":
        missing = "、".join(title_of(contract, name) for name in must_not_miss(contract, arrival))
        return f"缺少 {missing}" + (f"，却有约定以外的列{named}，请核对是否改名" if (named := _extra(arrival)) else "")
    return f" {observed} {_UNITS[check.observed]}" + (_extra(arrival) if check.name == "no_extra_columns" else "")


def _extra(arrival: Arrival) -> str:
    return f"（{'、'.join(arrival.extra_columns)}）" if 0 < len(arrival.extra_columns) <= _NAMED else ""


def must_not_miss(contract: Contract, arrival: Arrival) -> list[str]:
    """The declared columns the file has not and, as the contract now stands, may not do without."""
    return [name for name in arrival.missing_columns if not all(c.may_be_absent for c in _declared(contract, name))]


def title_of(contract: Contract, column: str) -> str:
    """A declared column as the sender knows it."""
    return contract.facts[column].title if column in contract.facts else _declared(contract, column)[0].headers[0]


def _declared(contract: Contract, name: str) -> list[Fact | IdentityColumn]:
    columns: list[tuple[str, Fact | IdentityColumn]] = [*contract.facts.items(), *contract.identity.columns()]
    return [column for known, column in columns if known == name]
