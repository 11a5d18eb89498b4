"""A batch held against the accepted past of its own feed: has it the shape of those before it?

With few earlier batches only robust statistics say anything: the median of the past, its median deviation, and its whole range.
A number is unusual if it is far from the median (a tolerance and FAR deviations) and also outside the range ever seen, so that
after a year a seasonal feed is compared with its own season.  Every figure is our own choice; `make bench-drift` measures what
each costs in false alarms and what it finds (docs/figures.md).
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import median
from typing import Final

from expectations.profiling import QUANTILES, Profile
from sources.contract import Contract
from sources.fact import Fact

PAST_NEEDED: Final = 3
"""Accepted earlier batches; of two nobody can say which is the odd one."""
PAST_LOOKED_AT: Final = 24
"""Two years of a monthly feed: each season twice, and what a feed looked like longer ago is no measure any more."""
FAR: Final = 4.0
"""Deviations from the median; with a normal spread 1 of 16,000 lies farther."""
_NORMAL: Final = 1.4826
"""The median deviation times this is a normal distribution's standard deviation."""

VOLUME_COLLAPSE: Final = math.log10(10)
"""Held: a snapshot of less than a tenth of what is usual of late would empty the feed.  An appended batch replaces nothing, and
a few corrections are a small file: it is only told."""
VOLUME_LATE: Final = 6
"""Batches that say what is usual of late; feeds grow."""
VOLUME_LEAST: Final = 50
"""Below so many rows in the median a tenth is chance."""
VOLUME_TOLERANCE: Final = math.log10(3)
"""Threefold either way; months differ by half, hospitals and schools by more."""

SCALE_GROSS: Final = 18
"""Held: tenths of a power of ten by which the quartiles and the median of a sum of money moved on average.  元 in 分 is 20, in
千元 30, in 万元 40; two tenths are left to chance and to where the steps are cut."""
SCALE_EACH: Final = 15
"""And each of the three: no price level, scheme or mix of cases moves them alike and so far."""
SCALE_BEYOND: Final = 12
"""And two of the three so far outside everything seen before: of two kinds of case in changing shares one quartile jumps."""
SCALE_TOLERANCE: Final = 5
"""Threefold, of any of the quantiles: amounts of some rows alone in another unit move the outer ones."""
SCALE_CHANCE: Final = (4.5, 3.5, 3.0, 3.5, 4.5)
"""Times the distance of the quartiles over the root of the rows: what chance moves each of profiling.QUANTILES."""
SCALE_LEAST: Final = 5
"""Fewer amounts have no quartiles."""

SHARE_TOLERANCE: Final = 0.20
"""Of the rows that have a cell filled, an amount of zero or a code: a fifth of all rows changed."""
REPEAT_TOLERANCE: Final = 0.05
"""Of the rows whose key occurs before in the same file: exports repeat some rows, not one in twenty more than ever."""
PRESENCE_USUAL: Final = 0.8
PRESENCE_GONE: Final = 0.2
"""Held: the number or the name was written in four of five rows and now is in less than one of five."""
CODE_NEW: Final = 0.05
CODE_LEAST: Final = 10
"""A code never seen is told when a twentieth of the rows, and at least ten, have it."""
VANISHED: Final = 20
"""Not one row has what at least so many should, by the least share ever seen: chance does that once in 10**8."""
AREA_LEAST: Final = 10
"""A township of fewer rows may empty by chance."""
_NAMED: Final = 5

_MEDIAN: Final = 2
"""Its position in profiling.QUANTILES."""
_VITAL: Final = {"id_number": "证件号码", "name": "姓名"}
"""Without these most rows find no resident."""
_IDENTITY: Final = {**_VITAL, "birth_date": "出生日期", "sex": "性别", "place": "地址", "phone": "电话"}
_UNITS: Final = {20: "疑似“元”与“分”混用", 30: "疑似“元”与“千元”混用", 40: "疑似“元”与“万元”混用"}


@dataclass(frozen=True)
class Doubt:
    """What is unusual about a batch.  `observed` is the number the finding keeps; the texts are Chinese, without a value."""

    expectation: str
    column: str
    observed: int
    is_gross: bool
    seen: str


@dataclass(frozen=True)
class Compared:
    """A batch and what was accepted before it."""

    contract: Contract
    now: Profile
    past: Sequence[Profile]


def doubts(compared: Compared) -> dict[str, tuple[Doubt, ...]]:
    """Every comparison by name, with what it found; empty if the past is too short to say."""
    if len(compared.past) < PAST_NEEDED or not compared.now.rows:
        return {}
    recent = Compared(compared.contract, compared.now, compared.past[-PAST_LOOKED_AT:])
    return {name: tuple(look(recent)) for name, (_, look) in LOOKS.items()}


def is_unusual(now: float, past: Sequence[float], tolerance: float) -> bool:
    """Far from the median of the past, and outside its range by half the tolerance."""
    centre, spread = _middle(past)
    margin = tolerance / 2
    return abs(now - centre) > tolerance + FAR * spread and not min(past) - margin <= now <= max(past) + margin


def _middle(past: Sequence[float]) -> tuple[float, float]:
    centre = median(past)
    return centre, _NORMAL * median(abs(value - centre) for value in past)


def _volume(of: Compared) -> Iterator[Doubt]:
    now, past = math.log10(of.now.rows), [math.log10(profile.rows) for profile in of.past]
    usual = round(10 ** median(past))
    is_least = now < min(past) - VOLUME_TOLERANCE and usual >= VOLUME_LEAST
    collapsed = is_least and now < median(past[-VOLUME_LATE:]) - VOLUME_COLLAPSE
    if collapsed or is_unusual(now, past, VOLUME_TOLERANCE):
        gross = collapsed and of.contract.mode == "snapshot"
        yield Doubt("drift_volume", "", of.now.rows, gross, f"{of.now.rows} 行，以往通常约 {usual} 行")


def _scale(of: Compared) -> Iterator[Doubt]:
    """One doubt per column, about the quantile that moved most."""
    for column, numbers in of.now.numbers.items():
        before = [profile.numbers[column] for profile in of.past if profile.numbers[column].nonzero >= SCALE_LEAST]
        if numbers.nonzero < SCALE_LEAST or len(before) < PAST_NEEDED:
            continue
        pairs = [(size, [other.sizes[at] for other in before]) for at, size in enumerate(numbers.sizes)]
        width = median(other.sizes[3] - other.sizes[1] for other in before) / math.sqrt(numbers.nonzero)
        moved = [now - median(past) for now, past in pairs]
        gross = _is_gross(pairs[1:4], moved[1:4])
        unusual = [
            at for at, (now, past) in enumerate(pairs) if is_unusual(now, past, SCALE_TOLERANCE + SCALE_CHANCE[at] * width)
        ]
        if gross or unusual:
            most = _MEDIAN if gross or _MEDIAN in unusual else max(unusual, key=lambda at: abs(moved[at]))
            yield _scaled(of.contract.facts[column], column, most, moved[most], gross=gross)


def _is_gross(quartiles: Sequence[tuple[int, Sequence[int]]], moved: Sequence[float]) -> bool:
    """All in one direction."""
    up = moved[1] > 0
    beyond = [now - max(past) if up else min(past) - now for now, past in quartiles]
    each = [shift if up else -shift for shift in moved]
    return sum(each) >= SCALE_GROSS * len(each) and min(each) >= SCALE_EACH and median(beyond) >= SCALE_BEYOND


def _scaled(fact: Fact, column: str, at: int, shift: float, *, gross: bool) -> Doubt:
    times = 10 ** (abs(shift) / 10)
    told = f"{times:.1f}" if times < 10 else f"{float(f'{times:.1g}'):.0f}"
    unit = next((f"，{text}" for size, text in _UNITS.items() if gross and abs(abs(shift) - size) <= 3), "")
    which = "中位数" if at == _MEDIAN else f"{QUANTILES[at]}% 分位数"
    seen = f"“{fact.title}”的{which}约为以往的 {told} {'倍' if shift > 0 else '分之一'}{unit}"
    return Doubt("drift_scale", column, round(times), gross and fact.type == "money", seen)


def _filled(of: Compared) -> Iterator[Doubt]:
    for column in of.now.filled:
        told = f"有“{of.contract.facts[column].title}”的行"
        yield from _shares(of, "drift_filled", column, partial(_filled_rows, column), told)


def _present(of: Compared) -> Iterator[Doubt]:
    """Counted by whether anything is written."""
    for column, count in of.now.present.items():
        share, past = count / of.now.rows, [profile.present[column] / profile.rows for profile in of.past]
        gone = median(past) >= PRESENCE_USUAL and share <= PRESENCE_GONE and min(past) > (PRESENCE_USUAL + PRESENCE_GONE) / 2
        for doubt in _shares(of, "drift_present", column, partial(_present_rows, column), f"有{_IDENTITY[column]}的行"):
            yield replace(doubt, is_gross=gone and column in _VITAL)


def _zeros(of: Compared) -> Iterator[Doubt]:
    for column in of.now.numbers:
        told = f"“{of.contract.facts[column].title}”为零的行"
        yield from _shares(of, "drift_zeros", column, partial(_zero_rows, column), told)


def _codes(of: Compared) -> Iterator[Doubt]:
    for column in of.now.codes:
        fact = of.contract.facts[column]
        for code in fact.values or ():
            counted, told = partial(_coded_rows, column, code), f"“{fact.title}”为“{code}”的行"
            yield from _new_code(of, column, counted, told) or _shares(of, "drift_codes", column, counted, told)


def _new_code(of: Compared, column: str, counted: Callable[[Profile], int], told: str) -> tuple[Doubt, ...]:
    count, is_known = counted(of.now), any(counted(profile) for profile in of.past)
    if is_known or count < max(CODE_LEAST, CODE_NEW * of.now.rows):
        return ()
    share = _percent(count, of.now.rows)
    return (Doubt("drift_codes", column, share, False, f"{told}占 {share}%，以往从未有过"),)


def _filled_rows(column: str, profile: Profile) -> int:
    return profile.filled[column]


def _present_rows(column: str, profile: Profile) -> int:
    return profile.present[column]


def _zero_rows(column: str, profile: Profile) -> int:
    return profile.filled[column] - profile.numbers[column].nonzero


def _coded_rows(column: str, code: str, profile: Profile) -> int:
    return profile.codes[column].get(code, 0)


def _repeated_rows(profile: Profile) -> int:
    return profile.rows - profile.keys


def _areas(of: Compared) -> Iterator[Doubt]:
    """Of a snapshot: townships that every delivery so far had and this one has not; all their people would be gone."""
    if of.contract.mode != "snapshot":
        return
    always = set.intersection(*(set(profile.areas) for profile in of.past))
    last = of.past[-1].areas
    gone = sorted(area for area in always - set(of.now.areas) if last[area] >= AREA_LEAST)
    if gone:
        more = f"等 {len(gone)} 个" if len(gone) > _NAMED else ""
        yield Doubt("drift_areas", "", len(gone), False, f"以往都有的乡镇（{'、'.join(gone[:_NAMED])}{more}）一行也没有")


def _repeats(of: Compared) -> Iterator[Doubt]:
    """Fewer than ever is no trouble."""
    usual = median(_repeated_rows(profile) / profile.rows for profile in of.past)
    if _repeated_rows(of.now) / of.now.rows > usual:
        yield from _shares(of, "drift_repeats", "", _repeated_rows, "业务主键重复的行", REPEAT_TOLERANCE)


def _shares(
    of: Compared,
    name: str,
    column: str,
    counted: Callable[[Profile], int],
    told: str,
    tolerance: float = SHARE_TOLERANCE,
) -> tuple[Doubt, ...]:
    """A share of rows, with so much more tolerance as chance needs in a small batch."""
    now, past = counted(of.now) / of.now.rows, [counted(profile) / profile.rows for profile in of.past]
    usual = min(max(median(past), 0.05), 0.95)
    chance = 3 * math.sqrt(usual * (1 - usual) / of.now.rows)
    vanished = now == 0 and min(past) * of.now.rows >= VANISHED
    if not vanished and not is_unusual(now, past, tolerance + chance):
        return ()
    seen = f"{told}占 {round(100 * now)}%，以往通常约 {round(100 * median(past))}%"
    return (Doubt(name, column, round(100 * now), False, seen),)


def _percent(count: int, rows: int) -> int:
    return round(100 * count / rows)


LOOKS: Final[Mapping[str, tuple[str, Callable[[Compared], Iterator[Doubt]]]]] = {
    "drift_volume": ("行数应与以往相近", _volume),
    "drift_scale": ("金额与数量的大小应与以往相近", _scale),
    "drift_zeros": ("为零的比例应与以往相近", _zeros),
    "drift_filled": ("各列填写的比例应与以往相近", _filled),
    "drift_present": ("身份各项填写的比例应与以往相近", _present),
    "drift_codes": ("各类代码的比例应与以往相近", _codes),
    "drift_areas": ("以往都有的乡镇不应消失", _areas),
    "drift_repeats": ("重复行的比例应与以往相近", _repeats),
}
"""Comparison -> what is expected, in Chinese, and how it is looked for."""
