"""The extract before its errors: whose row it is and who sent it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.match_world import numbers
from bench.match_world.draw import Generator, Ints, Texts, by_share, chance
from bench.match_world.people import NO_PHONE, People
from bench.match_world.plan import Plan

_RELATIVES_AMONG_OTHERS: Final = 0.5


@dataclass(frozen=True)
class Sender:
    """How a department writes, and how often it leaves out birth date, sex, place and phone."""

    share: float
    birth: str
    sexes: tuple[str, str]
    place_digits: int
    wanting: tuple[float, float, float, float]


SENDERS: Final = (
    Sender(0.25, "{y}{m}{d}", ("男", "女"), 12, (0.00, 0.00, 0.00, 0.10)),
    Sender(0.25, "{y}-{m}-{d}", ("1", "2"), 12, (0.02, 0.01, 0.02, 0.20)),
    Sender(0.15, "{y}/{m}/{d}", ("男", "女"), 12, (0.05, 0.02, 0.05, 0.30)),
    Sender(0.10, "{y}年{m}月{d}日", ("男性", "女性"), 9, (0.02, 0.02, 0.05, 0.30)),
    Sender(0.15, "{y}.{m}.{d}", ("男", "女"), 12, (0.05, 0.05, 0.03, 0.40)),
    Sender(0.10, "{y}-{m}-{d} 00:00:00", ("M", "F"), 12, (0.02, 0.02, 0.05, 0.60)),
)


@dataclass(frozen=True)
class Rows:
    """One entry per row; '' is an empty cell.  Spoiling changes the texts in place."""

    person: Ints
    sender: Ints
    name: Texts
    number: Texts
    birth: Texts
    """YYYYMMDD."""
    sex: Texts
    place: Texts
    phone: Texts


def make_rows(rng: Generator, plan: Plan, people: People) -> Rows:
    """Rows without a single error, in no order."""
    person = _whose(rng, plan, people)
    sender = by_share(rng, np.array([one.share for one in SENDERS]), plan.rows)
    phone = people.phone[person]
    return Rows(
        person=person,
        sender=sender,
        name=people.name[person].astype("U32"),
        number=numbers.written(people.stem[person]).astype("U26"),
        birth=people.who.birth[person].astype("U8"),
        sex=np.array([one.sexes for one in SENDERS])[sender, people.who.sex[person] - 1],
        place=people.place[person].astype("U12"),
        phone=np.where(phone == NO_PHONE, "", phone.astype("U16")),
    )


def _whose(rng: Generator, plan: Plan, people: People) -> Ints:
    """Mostly residents, each as often as chance will have it; the others are relatives or strangers."""
    relatives = ~people.is_resident & ~people.is_stranger
    kind = by_share(
        rng,
        np.array(
            [1 - plan.strangers, plan.strangers * _RELATIVES_AMONG_OTHERS, plan.strangers * (1 - _RELATIVES_AMONG_OTHERS)]
        ),
        plan.rows,
    )
    groups = [rng.choice(np.flatnonzero(group), plan.rows) for group in (people.is_resident, relatives, people.is_stranger)]
    return np.asarray(np.choose(kind, groups))


def leave_out(rng: Generator, rows: Rows) -> None:
    """Empty the cells that a sender does not fill."""
    for column, texts in enumerate((rows.birth, rows.sex, rows.place, rows.phone)):
        share = np.array([one.wanting[column] for one in SENDERS])[rows.sender]
        texts[chance(rng, share, len(texts))] = ""


def as_sent(rows: Rows) -> tuple[Texts, Texts]:
    """Birth dates and places in each sender's own form."""
    digits = np.array([one.place_digits for one in SENDERS])[rows.sender]
    place = np.where(digits == 9, np.strings.slice(rows.place, 9), rows.place)
    birth = np.empty(len(rows.birth), dtype="U20")
    for number, sender in enumerate(SENDERS):
        at = np.flatnonzero(rows.sender == number)
        birth[at] = _dates(rows.birth[at], sender.birth)
    return birth, place


def _dates(dates: Texts, form: str) -> Texts:
    """YYYYMMDD in the form's order and with its signs; '' stays ''."""
    between_year, rest = form.removeprefix("{y}").split("{m}")
    between_month, end = rest.split("{d}")
    parts = (
        np.strings.slice(dates, 0, 4),
        between_year,
        np.strings.slice(dates, 4, 6),
        between_month,
        np.strings.slice(dates, 6, 8),
        end,
    )
    text = np.array("")
    for part in parts:
        text = np.strings.add(text, part)
    return np.where(dates == "", "", text)
