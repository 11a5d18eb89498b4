"""Other numbers to try: `RULE.THRESHOLD=NUMBER` and `RULE.off=true` put into rules; the rules' own files stay as they are."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, cast, get_args

from errors import UnknownId, UserError
from rules.model import Rule
from rules.values import FOREVER, HouseholdType, InForce, Threshold, ThresholdValue, by_precedence

DOCUMENT: Final = "试算（不是文件规定的数）"
OFF: Final = "off"
_STOPPED: Final = "试算停用"
TYPES: Final[tuple[HouseholdType, ...]] = get_args(HouseholdType)

_FORM: Final = re.compile(
    r"(?P<rule>[a-z][a-z0-9_]*)\.(?P<name>[a-z][a-z0-9_]*)(?P<scope>(?:\[[^\[\]=]*\])*)"
    r"=(?P<value>true|false|-?[0-9][0-9_]*(?:\.[0-9]+)?)(?P<unit>(?:[^\W\d_]|[%/])*)"
)
_AREA: Final = "area:"
_PLACES: Final = 4
_BEGINNING: Final = date(1900, 1, 1)
_EXAMPLES: Final = (
    "medical_inpatient_year.line=15000、medical_inpatient_year.line[脱贫户,监测对象]=4000、"
    "income_under_line.line[area:430121]=9000、job_lost.off=true"
)


@dataclass(frozen=True)
class Setting:
    """One number to try, for everybody or for some household types and an area; or a rule switched on or off."""

    rule: str
    name: str
    value: Decimal | bool
    population: tuple[HouseholdType, ...] = ()
    area: str = ""
    unit: str = ""

    def __str__(self) -> str:
        scope = [*self.population, *([_AREA + self.area] if self.area else [])]
        value = str(self.value).lower() if isinstance(self.value, bool) else f"{self.value}"
        return f"{self.rule}.{self.name}{'[' + ','.join(scope) + ']' if scope else ''}={value}{self.unit}"


def parse_settings(texts: Iterable[str]) -> tuple[Setting, ...]:
    """What was written after `--set`.  Raises UserError naming the forms there are."""
    settings = tuple(_parse(text) for text in texts)
    said = [(one.rule, one.name, one.population, one.area) for one in settings]
    if twice := sorted({f"{rule}.{name}" for rule, name, *_ in said if said.count((rule, name, *_)) > 1}):
        raise _misused("每个标准对同一范围只写一次", f"{'、'.join(twice)} 写了几次")
    return settings


def _misused(expected: str, found: str) -> UserError:
    return UserError(
        file="--set", expected=expected, found=found, do="改正后重试，例如 --set medical_inpatient_year.line=15000"
    )


def _parse(text: str) -> Setting:
    form = _FORM.fullmatch(text.strip())
    if form is None:
        raise _misused(f"形如 规则.标准=数 或 规则.off=true；例如 {_EXAMPLES}", "不是这样的写法")
    rule, name, value = form["rule"], form["name"], form["value"]
    population, area = _scope(form["scope"])
    if (name == OFF) != (value in ("true", "false")):
        raise _misused(f"{OFF} 只可为 true 或 false，标准只可为数", "两者写反了")
    if name == OFF:
        if form["scope"] or form["unit"]:
            raise _misused(f"{rule}.{OFF}=true 或 {rule}.{OFF}=false", "多写了范围或单位")
        return Setting(rule, name, value == "true")
    return Setting(rule, name, _number(value), population, area, form["unit"])


def _number(text: str) -> Decimal:
    try:
        number = Decimal(text.replace("_", ""))
    except InvalidOperation:
        raise _misused("一个数", "读不出来") from None
    digits, exponent = len(number.as_tuple().digits), number.as_tuple().exponent
    if digits > 18 or (isinstance(exponent, int) and -exponent > _PLACES):
        raise _misused(f"最多 18 位、小数最多 {_PLACES} 位的数", "位数过多")
    return number


def _scope(text: str) -> tuple[tuple[HouseholdType, ...], str]:
    words = [word.strip() for word in re.split(r"[\[\],，、]", text) if word.strip()]
    areas = [word.removeprefix(_AREA) for word in words if word.startswith(_AREA)]
    types = [word for word in words if not word.startswith(_AREA)]
    if len(areas) > 1 or not all(re.fullmatch(r"\d{2,12}", area) for area in areas):
        raise _misused("一个地区，2 至 12 位行政区划代码，如 [area:430121]", "不是这样的地区")
    if unknown := [word for word in types if word not in TYPES]:
        raise _misused(f"户类型：{'、'.join(TYPES)}；或 [area:行政区划代码]", f"{len(unknown)} 个词不在其中")
    return tuple(one for one in TYPES if one in types), areas[0] if areas else ""


def set_rules(rules: Mapping[str, Rule], settings: Sequence[Setting], as_of: date) -> dict[str, Rule]:
    """All rules, those that a setting names with the number in place of the values in force on `as_of`.

    Values of other times stay: an event of last year is still judged by last year's value.  Raises UnknownId or UserError.
    """
    changed = dict(rules)
    for one in settings:
        if one.rule not in changed:
            raise _unknown("规则编号", "规则", rules)
        changed[one.rule] = _set(changed[one.rule], one, as_of)
    for name in sorted({one.rule for one in settings}):
        _refuse_half(changed[name], {one.name for one in settings if one.rule == name})
    return changed


def _refuse_half(rule: Rule, said: Set[str]) -> None:
    """A rule that is off does not come on by a number alone, nor one whose threshold nobody has given a number by a word."""
    unset = [name for name, threshold in rule.thresholds.items() if not threshold.values]
    if not rule.off and unset:
        settings = "、".join(f"--set {rule.id}.{name}=数" for name in unset)
        raise _misused(f"启用规则 {rule.id} 时，没有文件规定数额的标准也给一个要试的数", f"缺少 {settings}")
    if rule.off and said - {OFF}:
        raise _misused(f"试一条未启用的规则时，同时写 --set {rule.id}.{OFF}=false", "只写了数")


def _unknown(place: str, what: str, there: Iterable[str]) -> UnknownId:
    return UnknownId(
        file="--set",
        place=place,
        expected=f"已有的{what}：{'、'.join(there) or '（没有）'}",
        found="没有这一个",
        do="核对名称后重试",
    )


def _set(rule: Rule, one: Setting, as_of: date) -> Rule:
    if one.name == OFF:
        return rule.model_copy(update={"off": _STOPPED if one.value else ""})
    if one.name not in rule.thresholds:
        raise _unknown(rule.id, f"标准（规则 {rule.id}）", [*rule.thresholds, OFF])
    threshold = rule.thresholds[one.name]
    if one.unit not in ("", threshold.unit):
        raise _misused(f"{rule.id}.{one.name} 的单位：{threshold.unit}", "写的是别的单位")
    values = tuple(_replaced(threshold.values, one, as_of)) if threshold.values else (_first(one),)
    new = Threshold(unit=threshold.unit, values=values)
    return rule.model_copy(update={"thresholds": {**rule.thresholds, one.name: new}})


def _first(one: Setting) -> ThresholdValue:
    """Where nobody has given a number yet, the one that is tried holds at all times."""
    said = {"from": _BEGINNING, "value": one.value, "document": DOCUMENT, "population": one.population, "area": one.area}
    return ThresholdValue.model_validate(said)


def _replaced(values: Sequence[ThresholdValue], one: Setting, as_of: date) -> Iterator[ThresholdValue]:
    """The values in force on `as_of` give way within the setting's area and household types; all others stay."""
    live = [value for value in values if value.since <= as_of <= value.last]
    others = [value for value in values if value not in live]
    yield from others
    wanted = one.population or TYPES
    narrowed = list(_narrowed(live, others, one, wanted, as_of))
    for value in live:
        if not value.area.startswith(one.area):
            yield value
            continue
        common = tuple(name for name in value.population if name in wanted)
        if common or (not value.population and not one.population):
            yield _tried(value, one, population=common)
        if rest := tuple(name for name in value.population if name not in wanted):
            yield value.model_copy(update={"population": rest})
        elif not value.population and one.population:
            yield value
    yield from narrowed


def _narrowed(
    live: Sequence[ThresholdValue],
    others: Sequence[ThresholdValue],
    one: Setting,
    wanted: Sequence[HouseholdType],
    as_of: date,
) -> Iterator[ThresholdValue]:
    """New values for an area or a household type that had none of its own: in force as long as the one they take over from."""
    areas = sorted({one.area, *(value.area for value in live if value.area.startswith(one.area))})
    found = False
    for area in areas:
        new: list[ThresholdValue] = []
        for name in wanted:
            value = _in_force(live, area, name)
            found = found or value is not None
            if value is not None and not (value.area == area and (name in value.population or not one.population)):
                new.append(_tried(value, one, area=area, population=(name,)))
        yield from (_between(value, others, as_of) for value in _for_everybody(new, live, one))
    if not found:
        raise _misused(f"{as_of} 当地当时有生效的值", f"{one.rule}.{one.name} 在那一范围没有生效的值，无从替换")


def _for_everybody(new: list[ThresholdValue], live: Sequence[ThresholdValue], one: Setting) -> list[ThresholdValue]:
    """One value instead of one per household type where none of the values it takes over from asks for the type."""
    is_plain = not one.population and len(new) == len(TYPES) and not any(v.population for v in live)
    return [new[0].model_copy(update={"population": ()})] if is_plain else new


def _in_force(live: Sequence[ThresholdValue], area: str, name: HouseholdType) -> ThresholdValue | None:
    holding = (v for v in by_precedence(live) if area.startswith(v.area) and (not v.population or name in v.population))
    return next(holding, None)


def _tried(value: ThresholdValue, one: Setting, **scope: object) -> ThresholdValue:
    return value.model_copy(update={"value": cast(Decimal, one.value), "document": DOCUMENT, **scope})


def _between(value: ThresholdValue, others: Sequence[InForce], as_of: date) -> ThresholdValue:
    """Cut so that it takes nothing from a value that held there before `as_of` or will hold after it."""
    near = [other for other in others if value.area.startswith(other.area)]
    before = [other.last + timedelta(days=1) for other in near if other.last < as_of]
    after = [other.since - timedelta(days=1) for other in near if other.since > as_of]
    until = min([value.last, *after])
    return value.model_copy(update={"since": max([value.since, *before]), "until": None if until == FOREVER else until})
