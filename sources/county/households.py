"""Family shapes: who lives together, how old they are, who descends from whom.

A template is a row of slots.  A slot's birth is measured in years from the latest born of its `after` slots (children) or
the earliest born (`years` negative: older generations); a slot with presence 0 is a parent who left no entry in the roster
but gives age and surname to the children.
"""

from dataclasses import dataclass

import numpy as np

from sources.county.columns import Flags, Floats, Ints, chance, draw

YEAR = 365.2425
TWINS = 0.011
"""Share of next siblings born the same day (about 1 % of births are twin births)."""
OLDEST = 103
RELATIONS = (
    "户主",
    "配偶",
    "之子",
    "之女",
    "之儿媳",
    "之女婿",
    "之孙子",
    "之孙女",
    "之外孙子",
    "之外孙女",
    "之父",
    "之母",
    "之公公",
    "之婆婆",
    "之祖父",
    "之祖母",
    "之兄弟姐妹",
    "之侄儿",
    "之侄女",
)


@dataclass(frozen=True)
class Slot:
    """One member: relation if male, if female; male share, or None for the opposite sex of the first `after` slot."""

    relations: tuple[str, str]
    male: float | None
    after: tuple[int, ...] = ()
    years: tuple[float, float, float, float] = (0, 0, 0, 0)
    """Mean, spread, least and most years after the slots it is measured from."""
    presence: float = 1.0
    line: tuple[int, ...] = ()
    """Whose surname: nobody's here, one slot's, or that of the man among two."""
    generation: int = 0
    is_sibling: bool = False


@dataclass(frozen=True)
class Template:
    """A family shape: share of households, the head's age (least, most usual, most), male share of heads, other members."""

    share: float
    ages: tuple[float, float, float]
    male: float
    others: tuple[Slot, ...] = ()


def _spouse(presence: float = 1.0) -> Slot:
    return Slot(("配偶", "配偶"), None, (0,), (1.0, 2.5, -8, 9), presence)


def _child(presence: float = 1.0, parents: tuple[int, int] = (0, 1), male: float = 0.53) -> Slot:
    return Slot(("之子", "之女"), male, parents, (25, 4, 18, 41), presence, parents, 1)


def _next(elder: int, presence: float = 1.0, parents: tuple[int, int] = (0, 1)) -> Slot:
    return Slot(("之子", "之女"), 0.53, (elder,), (4, 2.2, 1.2, 10), presence, parents, 1, True)


def _grandchild(parents: tuple[int, int], presence: float = 1.0, relations: tuple[str, str] = ("之孙子", "之孙女")) -> Slot:
    return Slot(relations, 0.53, parents, (25, 3.5, 19, 38), presence, parents, 2)


def _in_law(relations: tuple[str, str], of: int, presence: float = 1.0) -> Slot:
    return Slot(relations, None, (of,), (0.5, 2, -5, 6), presence, (), 1)


def _elder(
    relations: tuple[str, str], male: float, years: float, presence: float, of: tuple[int, ...], generation: int
) -> Slot:
    return Slot(relations, male, (0,), (-years, 4, -years - 12, -years + 8), presence, of, generation)


_GRANDSON = _grandchild((2, 3))
_NEXT_GRANDSON = Slot(("之孙子", "之孙女"), 0.53, (4,), (4, 2, 1.2, 9), 0.5, (2, 3), 2, True)
_FATHER = _elder(("之父", "之父"), 1.0, 26, 0.5, (0,), -1)
_MOTHER = _elder(("之母", "之母"), 0.0, 25, 0.8, (), -1)

TEMPLATES = (
    Template(11, (62, 71, 92), 0.48),
    Template(14, (61, 68, 85), 0.93, (_spouse(),)),
    Template(6, (28, 47, 61), 0.85),
    Template(7, (46, 54, 62), 0.93, (_spouse(),)),
    Template(8, (24, 34, 49), 0.92, (_spouse(), _child())),
    Template(13, (27, 38, 52), 0.92, (_spouse(), _child(), _next(2))),
    Template(4, (30, 40, 52), 0.92, (_spouse(), _child(), _next(2), _next(3))),
    Template(8, (46, 53, 64), 0.93, (_spouse(0.93), _child(male=0.7), _next(2, 0.35))),
    Template(
        12,
        (46, 56, 72),
        0.92,
        (_spouse(0.86), _child(male=1.0), _in_law(("之女婿", "之儿媳"), 2, 0.9), _GRANDSON, _NEXT_GRANDSON),
    ),
    Template(7, (28, 39, 52), 0.95, (_spouse(0.95), _child(), _next(2, 0.55), _FATHER, _MOTHER)),
    Template(
        5,
        (52, 61, 74),
        0.85,
        (_spouse(0.75), _child(0, male=1.0), _in_law(("之女婿", "之儿媳"), 2, 0), _GRANDSON, _NEXT_GRANDSON),
    ),
    Template(2.5, (28, 39, 52), 0.45, (_spouse(0), _child(), _next(2, 0.4))),
    Template(
        1.8,
        (48, 58, 72),
        0.93,
        (
            _spouse(0.9),
            _child(male=0.0),
            _in_law(("之女婿", "之儿媳"), 2),
            _grandchild((2, 3), relations=("之外孙子", "之外孙女")),
        ),
    ),
    Template(
        2.0,
        (47, 55, 64),
        0.95,
        (_spouse(0.95), _child(male=1.0), _in_law(("之女婿", "之儿媳"), 2), _GRANDSON, _MOTHER),
    ),
    Template(1.0, (38, 54, 68), 0.9, (Slot(("之兄弟姐妹", "之兄弟姐妹"), 0.85, (0,), (4, 3, 1, 12), 1.0, (0,), 0, True),)),
    Template(
        0.6,
        (32, 43, 54),
        0.0,
        (
            _spouse(0),
            _child(),
            _elder(("之公公", "之公公"), 1.0, 28, 0.5, (1,), -1),
            _elder(("之婆婆", "之婆婆"), 0.0, 26, 0.9, (), -1),
        ),
    ),
    Template(0.4, (50, 60, 72), 0.9, (Slot(("之侄儿", "之侄女"), 0.6, (0,), (29, 4, 20, 40), 1.0, (0,), 1),)),
    Template(
        0.7,
        (23, 29, 38),
        0.9,
        (
            _spouse(0.9),
            _child(0.8),
            _elder(("之祖父", "之祖父"), 1.0, 52, 0.4, (0,), -2),
            _elder(("之祖母", "之祖母"), 0.0, 51, 0.9, (), -2),
        ),
    ),
)
SINGLE = 0
"""The template that fills what room is left."""


@dataclass(frozen=True)
class Members:
    """Every slot of every household in a row, absent ones included; a household's slots are neighbours, the head first."""

    household: Ints
    relation: Ints
    is_male: Flags
    born: Ints
    line: Ints
    """Row whose surname is borne, or the own row."""
    generation: Ints
    is_present: Flags


def _place_slot(rng: np.random.Generator, slot: Slot, born: Ints, is_male: Flags) -> tuple[Ints, Flags]:
    """Births and sexes of one slot, from the slots before it."""
    count = born.shape[0]
    anchor = born[:, list(slot.after)]
    mean, spread, least, most = slot.years
    gap = np.clip(rng.normal(mean, spread, count), least, most)
    if slot.is_sibling:
        gap = np.where(rng.random(count) < TWINS, 0.0, gap)
    days: Floats = anchor.min(axis=1) if mean < 0 else anchor.max(axis=1)
    male = np.logical_not(is_male[:, slot.after[0]]) if slot.male is None else chance(rng, slot.male, count)
    return (days + np.rint(gap * YEAR)).astype(np.int64), male


def _line(slot: Slot, number: int, is_male: Flags) -> Ints:
    """Slot number whose surname each household's slot bears."""
    if not slot.line:
        return np.full(is_male.shape[0], number, dtype=np.int64)
    return np.where(is_male[:, slot.line[0]], slot.line[0], slot.line[-1]).astype(np.int64)


def _fill(rng: np.random.Generator, template: Template, count: int, today: int) -> tuple[Ints, Flags, Flags, Ints]:
    """Births, sexes, presence and surname slots, each households x slots, of one family shape."""
    width = 1 + len(template.others)
    born = np.zeros((count, width), dtype=np.int64)
    is_male = np.zeros((count, width), dtype=np.bool_)
    is_present = np.ones((count, width), dtype=np.bool_)
    line = np.zeros((count, width), dtype=np.int64)
    born[:, 0] = today - np.rint(rng.triangular(*template.ages, count) * YEAR).astype(np.int64)
    is_male[:, 0] = rng.random(count) < template.male
    for number, slot in enumerate(template.others, start=1):
        born[:, number], is_male[:, number] = _place_slot(rng, slot, born[:, :number], is_male[:, :number])
        is_alive = (born[:, number] <= today) & (born[:, number] >= today - int(OLDEST * YEAR))
        is_present[:, number] = (rng.random(count) < slot.presence) & is_alive
        line[:, number] = _line(slot, number, is_male)
    return born, is_male, is_present, line


def draw_members(rng: np.random.Generator, room: int, today: int) -> Members:
    """Households whose present members are exactly `room` people, in random order of shapes."""
    shapes = np.concatenate([draw(rng, [t.share for t in TEMPLATES], room // 2 + 60), np.full(12, SINGLE, dtype=np.int64)])
    widths = np.array([1 + len(t.others) for t in TEMPLATES])[shapes]
    start = np.concatenate([[0], np.cumsum(widths)[:-1]])
    total = int(widths.sum())
    born, line, relation, generation = (np.zeros(total, dtype=np.int64) for _ in range(4))
    is_male, is_present = np.zeros(total, dtype=np.bool_), np.zeros(total, dtype=np.bool_)
    for code, template in enumerate(TEMPLATES):
        rows = start[shapes == code]
        filled = _fill(rng, template, len(rows), today)
        for number in range(1 + len(template.others)):
            at = rows + number
            born[at], is_male[at], is_present[at] = (part[:, number] for part in filled[:3])
            line[at] = rows + filled[3][:, number]
            relation[at], generation[at] = _roles(template, number, filled[1][:, number])
    members = Members(np.repeat(np.arange(len(shapes)), widths), relation, is_male, born, line, generation, is_present)
    return _fit(members, room, len(shapes))


def _roles(template: Template, number: int, is_male: Flags) -> tuple[Ints, int]:
    if number == 0:
        return np.zeros(len(is_male), dtype=np.int64), 0
    slot = template.others[number - 1]
    male, female = (RELATIONS.index(name) for name in slot.relations)
    return np.where(is_male, male, female).astype(np.int64), slot.generation


def _fit(members: Members, room: int, households: int) -> Members:
    """The first households that fit, and single people for the rest of the room."""
    sizes = np.bincount(members.household[members.is_present], minlength=households)
    fitting = int(np.searchsorted(np.cumsum(sizes[:-12]), room, side="right"))
    singles = room - int(sizes[:fitting].sum())
    kept = np.concatenate([np.arange(fitting), np.arange(households - 12, households - 12 + singles)])
    rows = np.flatnonzero(np.isin(members.household, kept))
    renumbered = np.full(households, -1, dtype=np.int64)
    renumbered[kept] = np.arange(len(kept))
    position = np.full(len(members.household), -1, dtype=np.int64)
    position[rows] = np.arange(len(rows))
    return Members(
        household=renumbered[members.household[rows]],
        relation=members.relation[rows],
        is_male=members.is_male[rows],
        born=members.born[rows],
        line=position[members.line[rows]],
        generation=members.generation[rows],
        is_present=members.is_present[rows],
    )
