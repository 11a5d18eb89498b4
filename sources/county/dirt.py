"""Dirt over clean rows: number and name channels, row channels, quarantinable cells; each row remembers what struck it."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np

from sources.county import mistakes
from sources.county.columns import Flags, Ints, Texts, chance, day_number, day_text
from sources.county.extracts.disability import certificate_numbers
from sources.county.households import RELATIONS
from sources.county.mistakes import Mistake, Swaps
from sources.county.people import People
from sources.county.plan import Dirt
from sources.county.world import Feed, Rows, World, stack

NOT_CHANNELS = ("non_resident", "roster_blank", "roster_id_long")
CHANNELS = tuple(item.name for item in fields(Dirt) if item.name not in NOT_CHANNELS)
"""Names of what may stand in a truth row's `dirt`; the place in the tuple is the bit in a row's mask."""
END_OF_OLD_NUMBERS = 10_865
"""Day number of 1999-10-01, when the last 15-digit numbers were given out."""
UNKNOWN_CODE, NO_AMOUNT = "其它（见备注）", "见附件"
"""What stands where nobody declared it."""


def bit(channel: str) -> int:
    """The mask of a channel."""
    return 1 << CHANNELS.index(channel)


@dataclass(frozen=True)
class Soiled:
    """Rows and, for each, the mask of the channels that struck it."""

    rows: Rows
    mask: Ints


@dataclass(frozen=True)
class Channel:
    """One channel at work: whom it may strike, and what it does to the cell of a row."""

    name: str
    may: Flags
    change: Callable[[int, str, int], str]
    """Row, cell and luck to the new cell."""


def _each(mistake: Mistake) -> Callable[[int, str, int], str]:
    return lambda _row, cell, luck: mistake(cell, luck)


def _relatives(rng: np.random.Generator, people: People, who: Ints) -> Ints:
    """Another member of each person's household (the person, where there is none)."""
    start = people.head[who]
    size = np.bincount(people.household)[people.household[who]]
    offset = who - start
    step = 1 + rng.integers(0, 1 << 30, len(who)) % np.maximum(size - 1, 1)
    return start + (offset + np.where(size > 1, step, 0)) % size


def _number_channels(rng: np.random.Generator, world: World, feed: Feed, rows: Rows) -> list[Channel]:
    people, who = world.people, rows.person
    every = np.ones(len(who), dtype=np.bool_)
    is_plain = every & (not feed.habits.has_certificate_numbers)
    relative = people.number[_relatives(rng, people, who)]
    long = certificate_numbers(world)[who]
    is_school, is_wrapped = every & feed.habits.is_school, every & feed.habits.is_wrapped
    return [
        Channel("id_missing", every, lambda _row, _cell, _luck: ""),
        Channel("id_relative", people.is_resident[who], lambda row, cell, _: str(relative[row]) + cell[18:]),
        Channel("id_disability", is_plain & (world.standing.category[who] > 0), lambda row, _cell, _luck: str(long[row])),
        Channel("id_student_g", is_school, _each(mistakes.student_g)),
        Channel("id_student_j", is_school, _each(mistakes.student_j)),
        Channel("id_student_l", is_school, _each(mistakes.student_l)),
        Channel("id_wrong_digit", every, _each(mistakes.wrong_digit)),
        Channel("id_swapped", every, _each(mistakes.swapped)),
        Channel("id_dropped", every, _each(mistakes.dropped)),
        Channel("id_fifteen", is_plain & (people.born[who] < END_OF_OLD_NUMBERS), _each(mistakes.fifteen)),
        Channel("id_excel", every, _each(mistakes.excel)),
        Channel("id_lower_x", every, _each(mistakes.lower_x)),
        Channel("id_full_width", every, _each(mistakes.full_width)),
        Channel("id_spaces", every, _each(mistakes.spaces)),
        Channel("id_apostrophe", is_wrapped, _each(mistakes.apostrophe)),
        Channel("id_formula", is_wrapped, _each(mistakes.formula)),
    ]


def _name_channels(world: World, feed: Feed, rows: Rows, swaps: Swaps) -> list[Channel]:
    people, who = world.people, rows.person
    every = np.ones(len(who), dtype=np.bool_)
    head, relation = people.name[people.head[who]], people.relation[who]
    is_child = (people.born[who] > day_number(world.plan.as_of) - 16 * 365) & (relation > 0) & people.is_resident[who]
    return [
        Channel("name_relation", is_child, lambda row, _cell, _luck: f"{head[row]}{RELATIONS[int(relation[row])]}"),
        Channel("name_rare", every & (not feed.habits.is_gbk), _each(mistakes.lost_character)),
        Channel("name_dot_missing", every, _each(mistakes.dot_missing)),
        Channel("name_dot_other", every, _each(mistakes.dot_other)),
        Channel("name_homophone", every, _each(mistakes.swapper(swaps.homophones))),
        Channel("name_look_alike", every, _each(mistakes.swapper(swaps.look_alikes))),
        Channel("name_traditional", every, _each(mistakes.swapper(swaps.traditional))),
        Channel("name_dropped", every, _each(mistakes.left_out)),
        Channel("name_remark", every, _each(mistakes.remark)),
        Channel("name_trailing", every, _each(mistakes.trailing)),
    ]


def _strike(rng: np.random.Generator, channels: list[Channel], rates: Dirt, cells: Texts) -> tuple[Texts, Ints]:
    """Cells after the channels, each row struck by one at most, and the masks."""
    result, mask = cells.copy(), np.zeros(len(cells), dtype=np.int64)
    for channel in channels:
        picked = np.flatnonzero(channel.may & (mask == 0) & chance(rng, getattr(rates, channel.name), len(cells)))
        lucks = rng.integers(0, 1 << 40, len(picked))
        for row, luck in zip(picked.tolist(), lucks.tolist(), strict=True):
            changed = channel.change(row, str(cells[row]), luck)
            if changed != cells[row]:
                result[row] = changed or None
                mask[row] = bit(channel.name)
    return result, mask


def _identity(rng: np.random.Generator, world: World, feed: Feed, rows: Rows, swaps: Swaps) -> Soiled:
    rates = world.plan.dirt
    numbers, mask = _strike(rng, _number_channels(rng, world, feed, rows), rates, rows.cells["id_number"])
    names, more = _strike(rng, _name_channels(world, feed, rows, swaps), rates, rows.cells["name"])
    mask |= more
    cells = {"id_number": numbers, "name": names}
    if feed.habits.is_wrapped:
        cells["phone"] = _wrap_phones(rows.cells["phone"], mask)
    if feed.habits.is_gbk:
        cells["name"], mask = _as_gbk(names, mask)
    return Soiled(rows.change(**cells), mask)


def _wrap_phones(phones: Texts, mask: Ints) -> Texts:
    """The exporter that wraps the number wraps the phone alike."""
    result = phones.copy()
    quoted, formula = mask & bit("id_apostrophe") > 0, mask & bit("id_formula") > 0
    result[quoted] = np.asarray("'" + phones[quoted], dtype=np.object_)
    result[formula] = np.asarray('="' + phones[formula] + '"', dtype=np.object_)
    return result


def _as_gbk(names: Texts, mask: Ints) -> tuple[Texts, Ints]:
    """A GBK exporter writes ? for what it cannot encode, always."""
    result, marked = names.copy(), mask.copy()
    for row, name in enumerate(names.tolist()):
        if not mistakes.in_gbk(name):
            result[row] = name.encode("gbk", errors="replace").decode("gbk")
            marked[row] |= bit("name_rare")
    return result, marked


def _facts(rng: np.random.Generator, rates: Dirt, feed: Feed, soiled: Soiled) -> Soiled:
    """Amounts missing or in words, dates to come, codes nobody declared."""
    rows, mask, count = soiled.rows, soiled.mask.copy(), len(soiled.mask)
    habits = feed.habits
    cells: dict[str, Texts] = {}

    def put(channel: str, key: str, value: Texts) -> None:
        hit = chance(rng, getattr(rates, channel), count)
        if key:
            before = cells.get(key, rows.cells[key])
            cells[key] = np.where(hit, value, before)
            mask[hit & (cells[key] != before)] |= bit(channel)

    nothing, late = np.full(count, None, dtype=np.object_), np.array([file.received_on + 365 for file in feed.files])
    put("amount_missing", habits.amounts[int(rng.integers(0, len(habits.amounts)))] if habits.amounts else "", nothing)
    put("amount_text", habits.amounts[0] if habits.amounts else "", np.full(count, NO_AMOUNT, dtype=np.object_))
    put("date_future", habits.date, day_text(late[rows.file]))
    put("code_unknown", habits.code, np.full(count, UNKNOWN_CODE, dtype=np.object_))
    return Soiled(rows.change(**cells), mask)


def _again(rng: np.random.Generator, rates: Dirt, feed: Feed, soiled: Soiled) -> Soiled:
    """Rows repeated in their file, and rows corrected in the next one."""
    rows, mask = soiled.rows, soiled.mask
    twice = np.flatnonzero(chance(rng, rates.row_repeated, len(mask)))
    wrong = np.flatnonzero(chance(rng, rates.row_corrected, len(mask)) & (rows.file < len(feed.files) - 1))
    repeated = replace(rows.take(twice), until=rows.file[twice])
    parts, masks = [rows, repeated], [mask, mask[twice] | bit("row_repeated")]
    if feed.habits.corrects:
        right = rows.take(wrong)
        amounts = np.array([_other_amount(cell) for cell in right.cells[feed.habits.corrects].tolist()], dtype=np.object_)
        right = replace(right, file=right.file + 1, until=right.until + 1)
        parts.append(right.change(**{feed.habits.corrects: amounts}))
        masks.append(mask[wrong] | bit("row_corrected"))
    return Soiled(stack(parts), np.concatenate(masks))


def _other_amount(cell: str | None) -> str:
    """An amount 10 yuan higher, or 10 yuan where there was none."""
    return f"{int(cell[:-3]) + 10}{cell[-3:]}" if cell and cell[-3:-2] == "." else "10.00"


def _roster(rng: np.random.Generator, rates: Dirt, rows: Rows) -> Soiled:
    """The roster's own mistakes: the same in both snapshots."""
    luck = rng.random(int(rows.person.max()) + 1)
    missing = luck[rows.person] < rates.roster_id_missing
    wrong = (luck[rows.person] > 1 - rates.roster_id_wrong) & ~missing
    number = rows.cells["id_number"].copy()
    number[missing] = None
    for row in np.flatnonzero(wrong).tolist():
        number[row] = mistakes.wrong_digit(str(number[row]), int(rows.person[row]) * 31)
    mask = np.where(missing, bit("roster_id_missing"), 0) | np.where(wrong, bit("roster_id_wrong"), 0)
    return Soiled(rows.change(id_number=number), mask.astype(np.int64))


def soil(rng: np.random.Generator, world: World, feed: Feed, rows: Rows, swaps: Swaps) -> Soiled:
    """All that goes wrong with one feed's rows."""
    rates = world.plan.dirt
    if feed.is_roster:
        return _roster(rng, rates, rows)
    soiled = _identity(rng, world, feed, rows, swaps)
    return _again(rng, rates, feed, _facts(rng, rates, feed, soiled))
