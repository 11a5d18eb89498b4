"""How long what is kept: which batches, lists and runs have outlived their term, and what is kept all the same, and why.

A batch may go only if no night will count it again: a snapshot that a later one replaced, or an appended batch older than
everything that any rule, or a case still open, looks back to.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from errors import HomeError
from expectations.reading import Arrival
from expectations.standing import counting
from rules.model import Rule
from rules.windows import Window
from settings import Office, Retention
from sources.contract import Contract
from sources.store import Batch

CLASSES: Final = {
    "identity": "身份信息（姓名、证件号、电话等）",
    "personal": "一般事实",
    "sensitive": "敏感事实（医疗、金融等）",
    "originals": "原件",
    "lists": "发出的名单",
    "runs": "各夜的逐户逐人结果",
    "cases": "已办结事项的名单记录",
}
"""What is kept apart by its term, and what people call it."""

LEDGERS: Final = frozenset({"visits", "authorisations", "monitored"})
"""Extracts that record what people decided: who was visited, who signed, who is monitored.  They do not go by batch."""


@dataclass(frozen=True)
class Need:
    """How far back the rules look into one source: months, or None for ever; and the rule that looks furthest."""

    months: int | None
    rule: str


@dataclass(frozen=True)
class Going:
    """A batch that goes, of what classes, and since when no night needs it."""

    batch: Batch
    classes: tuple[str, ...]
    unneeded_since: date


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last of that month."""
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def needs_of(rules: Mapping[str, Rule]) -> dict[str, Need]:
    """Source -> the furthest look back of any rule; one that compares or has a clearing line looks back twice its window."""
    found: dict[str, Need] = {}
    for name, rule in sorted(rules.items()):
        for need in rule.needs.values():
            source = getattr(need, "source", None)
            if source is None:
                continue
            double = need.change is not None or rule.clearing is not None
            months = _months(need.window) if need.window is not None and need.window.has_length else None
            one = Need(months and months * (2 if double else 1), name)
            found[source] = max(found.get(source, one), one, key=lambda n: (n.months is None, n.months or 0))
    return found


def _months(window: Window) -> int:
    """A window's length in whole months, rounded up; a year may begin twelve months and its late days ago."""
    if window.months:
        return window.months
    if window.previous_month:
        return 2
    days = window.days or 366 + window.late_days
    return -(-days // 28)


def check_terms(office: Office, contracts: Mapping[str, Contract], needs: Mapping[str, Need], file: object) -> None:
    """Raise HomeError if a term is shorter than what a rule looks back to, or than suppression remembers a visit."""
    terms = office.retention
    for source, need in sorted(needs.items()):
        contract = contracts.get(source)
        if contract is None or contract.mode != "append" or need.months is None:
            continue
        for key in (_facts(contract), "identity"):
            if (term := _term(terms, key)) < need.months:
                _refuse(file, key, f"不少于 {need.months} 个月（规则 {need.rule} 要看“{contract.title}”这么久）", term)
    if terms.cases_months * 30 < office.quiet_days:
        _refuse(file, "cases", f"不少于 quiet_days 的 {office.quiet_days} 天，否则刚核实过的户会被再问", terms.cases_months)


def _refuse(file: object, key: str, expected: str, term: int) -> None:
    place = f"retention.{key}_months"
    raise HomeError(
        file=file, place=place, expected=expected, found=f"{term} 个月", do="调长该保存期限，或停用要看这么久的规则"
    )


def _facts(contract: Contract) -> str:
    return "sensitive" if contract.personal_data == "sensitive" else "personal"


def _term(terms: Retention, key: str) -> int:
    months: int = getattr(terms, f"{key}_months")
    return months


@dataclass(frozen=True)
class Asked:
    """What a plan is made from; `open_since` is the day the oldest open case was opened, None if none is open."""

    office: Office
    contracts: Mapping[str, Contract]
    needs: Mapping[str, Need]
    open_since: date | None
    as_of: date

    def before(self, key: str) -> date:
        """What came before this day has outlived the term of its class."""
        return months_before(self.as_of, _term(self.office.retention, key))


def going(asked: Asked, batches: Mapping[str, Batch], arrived: Sequence[Arrival], held: Mapping[str, str]) -> list[Going]:
    """The batches that go, by source and day: `arrived` are those of the last night, oldest first."""
    found: list[Going] = []
    for source, contract in sorted(asked.contracts.items()):
        if contract.role not in ("extract", "roster") or source in LEDGERS:
            continue
        own = [one for one in arrived if one.source == source]
        is_replaced = contract.mode == "snapshot"
        some = _replaced(asked, contract, own, held) if is_replaced else _old(asked, contract, own)
        known = ((batches[one], classes, since) for one, classes, since in some if one in batches)
        found += [Going(batch, classes, since) for batch, classes, since in known if not batch.purged]
    return found + list(_rest(asked, batches.values()))


def _classes(asked: Asked, contract: Contract, day: date) -> tuple[str, ...]:
    return tuple(key for key in ("identity", _facts(contract), "originals") if day < asked.before(key))


def _replaced(
    asked: Asked, contract: Contract, own: Sequence[Arrival], held: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, ...], date]]:
    """Snapshots that an accepted later one replaced."""
    current = counting(contract, [one for one in own if one.unreadable is None], held)
    kept = {one.batch_id for one in current}
    first = min((one.last[0] for one in current), default=None)
    for one in own:
        later = [other.last[0] for other in own if other.last > one.last and other.batch_id not in held]
        is_over = one.batch_id not in kept and first is not None and one.last[0] < first and bool(later)
        if is_over and (classes := _classes(asked, contract, one.last[0])):
            yield one.batch_id, classes, min(later)


def _old(asked: Asked, contract: Contract, own: Sequence[Arrival]) -> Iterator[tuple[str, tuple[str, ...], date]]:
    """Appended batches older than every term and everything looked back to: they still count, so all of them goes at once."""
    need = asked.needs.get(contract.id, Need(1, ""))
    if need.months is None:
        return
    classes = ("identity", _facts(contract), "originals")
    looked = months_before(min(asked.as_of, asked.open_since or asked.as_of), need.months) - timedelta(days=1)
    limit = min(looked, *(asked.before(key) for key in classes))
    yield from ((one.batch_id, classes, asked.as_of) for one in own if one.last[0] < limit)


def _rest(asked: Asked, batches: Iterable[Batch]) -> Iterator[Going]:
    """What is left of batches that have partly gone before."""
    for batch in sorted(batches, key=lambda one: (one.source, one.batch_id)):
        contract = asked.contracts.get(batch.source)
        if batch.purged and batch.unneeded_since is not None and contract is not None:
            last = max(one.received_on for one in batch.deliveries)
            if classes := tuple(key for key in _classes(asked, contract, last) if key not in batch.purged):
                yield Going(batch, classes, batch.unneeded_since)


def kept_told(asked: Asked, own: Mapping[str, int]) -> tuple[str, ...]:
    """Sources of which nothing appended goes, however old, and why; `own` counts each source's batches."""
    lines = []
    for source, need in sorted(asked.needs.items()):
        contract = asked.contracts.get(source)
        if contract is not None and contract.mode == "append" and need.months is None and own.get(source):
            lines.append(f"“{contract.title}”逐期追加的各批不清除：规则 {need.rule} 要看全部历史")
    if asked.open_since is not None:
        lines.append(f"最早的未办结事项自 {asked.open_since} 起，此日起的名单、结果及其规则要看的数据不清除")
    return (*lines, "现行的花名册与各来源的最新一批、比对结论、授权台账、入户结果与报回的名单、监测对象台账不按批次清除")
