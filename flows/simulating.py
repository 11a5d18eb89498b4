"""`fangpin simulate`: other numbers or rules tried on a night that is over; the night and its rules stay as they are."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Final

from catalogue import load_layers, load_yaml
from errors import CatalogueError, UserError
from flows.declared import column_units
from flows.past import SCHEMA, Declared, Past, open_night
from flows.rejudging import changed_rules, judge_again, order_again
from outputs.moves import Move, keep_state, moves
from outputs.trial import Area, Expected, Group, areas, expect, groups, yields
from rules.load import check
from rules.model import Rule
from rules.setting import parse_settings, set_rules
from settings import Home
from sources.contracts import load_contracts

WAS: Final = "was_state"
IS: Final = "is_state"
VERDICTS: Final = {"fires": "触发", "near": "接近", "clear": "未触发", "unknown": "不能判断", "off": "未启用"}


@dataclass(frozen=True)
class RuleChange:
    """How many persons or households a changed rule worries about, before and after."""

    rule: str
    title: str
    was: Mapping[str, int]
    now: Mapping[str, int]

    def by_verdict(self, titles: Mapping[str, str]) -> list[tuple[str, int, int]]:
        """The verdict's title, how many before and how many after; verdicts nobody got are left out."""
        pairs = [(title, self.was.get(verdict, 0), self.now.get(verdict, 0)) for verdict, title in titles.items()]
        return [pair for pair in pairs if pair[1] or pair[2]]


@dataclass(frozen=True)
class Simulated:
    """What the trial would change; no person's value."""

    as_of: date
    office: str
    notice: str
    tried: tuple[str, ...]
    rules: tuple[RuleChange, ...]
    areas: tuple[Area, ...]
    groups: tuple[Group, ...]
    expected: tuple[Expected, ...]
    moves: tuple[Move, ...]

    @property
    def counties(self) -> tuple[Area, ...]:
        return tuple(area for area in self.areas if not area.township)

    def json(self) -> dict[str, object]:
        """The object `fangpin simulate --json` prints."""
        told = {"as_of": self.as_of.isoformat(), "tried": list(self.tried)}
        expected = [
            asdict(one) | {"confirmed_share": one.of.confirmed_share, "identified_share": one.of.identified_share}
            for one in self.expected
        ]
        lists = {
            "rules": [asdict(rule) for rule in self.rules],
            "areas": [asdict(area) for area in self.areas],
            "groups": [asdict(group) for group in self.groups],
        }
        return told | lists | {"expected": expected, "households": [move.json() for move in self.moves]}


def simulate(home: Home, texts: Sequence[str], files: Path | None, as_of: date | None) -> Simulated:
    """Judge the changed rules over the night's facts and compare the lists.  Raises UserError, UnknownId or CatalogueError."""
    settings = parse_settings(texts)
    if not settings and files is None:
        raise UserError(
            file="fangpin simulate",
            expected="要试的数或规则：--set 规则.标准=数，或 --rules 文件或文件夹",
            found="都没有写",
            do="例如 --set medical_inpatient_year.line=15000",
        )
    with open_night(home, as_of) as past:
        declared = past.declared
        read = _read_rules(files)
        rules = set_rules({**declared.rules, **read}, settings, declared.as_of)
        changed = changed_rules(declared.rules, rules, declared.references, declared.references)
        _check(home, declared, rules, files)
        tried = (*(str(one) for one in settings), *(f"规则文件 {name}.yaml" for name in read))
        return _compared(past, rules, changed, tried)


def _check(home: Home, declared: Declared, rules: Mapping[str, Rule], files: Path | None) -> None:
    """What a night would refuse at load is refused here.  Raises CatalogueError."""
    units = column_units(load_contracts(home.office_layer("sources")), declared.facts)
    folders = [] if files is None else [files if files.is_dir() else files.parent]
    check(rules, declared.references, declared.facts, units, folders)


def _read_rules(files: Path | None) -> dict[str, Rule]:
    """One rule file, or every one of a folder.  Raises CatalogueError."""
    if files is None:
        return {}
    if files.is_dir():
        read = load_layers([files], Rule)
        if not read:
            raise CatalogueError(file=files, expected="规则文件（*.yaml）", found="没有", do="核对文件夹后重试")
        return read
    rule = load_yaml(files, Rule)
    return {rule.id: rule}


def _compared(past: Past, rules: Mapping[str, Rule], changed: frozenset[str], tried: tuple[str, ...]) -> Simulated:
    declared, db = past.declared.model_copy(update={"rules": rules}), past.db
    judge_again(db, declared, changed, SCHEMA, past.declared.rules)
    order_again(db, declared, past.previous_warnings)
    keep_state(db, WAS, SCHEMA)
    keep_state(db, IS, "main")
    office, moved = declared.office, moves(db, WAS, IS)
    found = tuple(_rule_change(past, rules, name) for name in sorted(changed | _told_otherwise(past)))
    return Simulated(
        as_of=declared.as_of,
        office=office.name,
        notice=office.notice,
        tried=tried,
        rules=found,
        areas=tuple(areas(db, WAS, IS, office.capacity, office.capacity_default)),
        groups=tuple(groups(db, WAS, IS, declared.weights.household, declared.as_of)),
        expected=tuple(expect(yields(db, (SCHEMA, "main")), moved, {one.rule: one.title for one in found})),
        moves=tuple(moved),
    )


def _told_otherwise(past: Past) -> set[str]:
    """The rules whose verdicts are other than they were: those that combine a changed one among them."""
    counts = "SELECT rule, verdict, sum(units) FROM {}.verdict_count GROUP BY ALL"
    was, now = counts.format(SCHEMA), counts.format("main")
    differing = f"({was} EXCEPT {now}) UNION ALL ({now} EXCEPT {was})"
    return {rule for (rule,) in past.db.execute(f"SELECT DISTINCT rule FROM ({differing})").fetchall()}


def _rule_change(past: Past, rules: Mapping[str, Rule], name: str) -> RuleChange:
    query = "SELECT verdict, sum(units)::BIGINT FROM {}.verdict_count WHERE rule = ? GROUP BY verdict ORDER BY verdict"
    counts = [dict(past.db.execute(query.format(schema), [name]).fetchall()) for schema in (SCHEMA, "main")]
    title = (rules.get(name) or past.declared.rules[name]).title
    return RuleChange(name, title, *counts)
