"""`fangpin diff`: why the list of one night is not that of another, split into causes that add up.

The older night's inputs are replaced by the newer night's one cause after the other, in the order of `between.CAUSES`; after
each the same code judges, ranks and refers again.  Who comes on or drops off at a step does so because of its cause.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from engine import connect
from errors import Fault, UserError
from flows import joints
from flows.between import CAPACITY, CAUSES, NEW, OLD, Between, show_between
from flows.past import read_declared
from flows.rejudging import judge_again, order_again
from outputs.moves import PLACE, Move, keep_state, moves
from settings import Home

OTHER: Final = "无法归因"
OF_OTHER: Final = "程序、契约或存下的数据在那一夜之后有变化，用当时的输入重判得不出当时的名单"
WORDS: Final[Mapping[str, str]] = {**CAUSES, OTHER: OF_OTHER}


@dataclass(frozen=True)
class Change:
    """A household that is on one night's list and not on the other's: the cause that made the difference last, and how."""

    cause: str
    sentence: str
    move: Move


@dataclass(frozen=True)
class Share:
    """What one cause did: households that came on and dropped off for good, and moves that later causes undid."""

    cause: str
    came: int
    went: int
    undone: int


@dataclass(frozen=True)
class Compared:
    """What lies between two nights; no person's value."""

    first: date
    second: date
    office: str
    notice: str
    was_listed: int
    is_listed: int
    shares: tuple[Share, ...]
    changes: tuple[Change, ...]

    @property
    def is_exact(self) -> bool:
        """Whether both nights' lists came out again from their inputs."""
        return not any(share.cause == OTHER and (share.came or share.went or share.undone) for share in self.shares)

    def json(self) -> dict[str, object]:
        """The object `fangpin diff --json` prints."""
        return {
            "first": self.first.isoformat(),
            "second": self.second.isoformat(),
            "listed": [self.was_listed, self.is_listed],
            "is_exact": self.is_exact,
            "causes": [vars(share) for share in self.shares],
            "households": [{**one.move.json(), "cause": one.cause, "sentence": one.sentence} for one in self.changes],
        }


def compare(home: Home, first: date, second: date) -> Compared:
    """Every household that came or went between two nights, with its cause.  Raises UserError, UnknownId or HomeError."""
    if first >= second:
        raise UserError(
            file="fangpin diff",
            expected="两夜，较早的在前",
            found="次序反了，或是同一夜",
            do="例如 fangpin diff 2026-10-30 2026-10-31",
        )
    old, new = read_declared(home.run(first)), read_declared(home.run(second))
    with connect(home.work, new.office.threads, new.office.memory_limit) as db:
        between = show_between(home, old, new, db)
        steps = _steps(between)
        net = moves(db, _recorded(between, OLD), _recorded(between, NEW))
        was, now = _listed(between, OLD), _listed(between, NEW)
    changes, shares = _explain(net, steps)
    _check(now - was, shares, steps)
    return Compared(first, second, new.office.name, new.office.notice, was, now, shares, changes)


def _recorded(between: Between, schema: str) -> str:
    keep_state(between.db, f"main.{schema}_state", schema)
    return f"main.{schema}_state"


def _listed(between: Between, schema: str) -> int:
    return joints.count(between.db, f"{schema}.referral WHERE is_listed")


def _steps(between: Between) -> list[tuple[str, list[Move]]]:
    """Cause after cause, the moves that taking it makes; first and last, what the inputs do not explain."""
    before, found = _recorded(between, OLD), []
    for place in range(len(CAUSES) + 1):
        cause = (OTHER, *CAUSES)[place]
        after = _state(between, place)
        found.append((cause, moves(between.db, before, after)))
        before = after
    return [*found, (OTHER, moves(between.db, before, _recorded(between, NEW)))]


def _state(between: Between, place: int) -> str:
    """Judge the mixture that takes the first `place` causes, and keep what came of it."""
    schema, state = f"step_{place}", f"main.state_{place}"
    taken = list(CAUSES)[:place]
    told, before = between.told(frozenset(taken)), between.told(frozenset(taken[:-1]))
    between.show(schema, frozenset(taken))
    to_judge = between.to_judge(taken[-1], told.rules) if taken else frozenset(told.rules)
    judge_again(between.db, told, to_judge, f"step_{place - 1}", before.rules)
    order_again(between.db, told, None)
    keep_state(between.db, state, schema)
    between.db.execute("SET search_path = 'main'")
    return state


def _explain(net: Sequence[Move], steps: Sequence[tuple[str, Sequence[Move]]]) -> tuple[tuple[Change, ...], tuple[Share, ...]]:
    """Whoever moved for good did so at the last step that moved him; every earlier move of his was undone."""
    last: dict[str, tuple[str, Move]] = {}
    flows = Counter[str]()
    for cause, moved in steps:
        for move in moved:
            told = CAPACITY if move.why == PLACE and cause != OTHER else cause
            last[move.household_id] = told, move
            flows[told] += 1
    changes = tuple(Change(last[move.household_id][0], last[move.household_id][1].sentence, move) for move in net)
    came = Counter(change.cause for change in changes if change.move.came)
    went = Counter(change.cause for change in changes if not change.move.came)
    shares = [Share(cause, came[cause], went[cause], flows[cause] - came[cause] - went[cause]) for cause in WORDS]
    return changes, tuple(share for share in shares if share.cause in CAUSES or flows[share.cause])


def _check(difference: int, shares: Sequence[Share], steps: Sequence[tuple[str, Sequence[Move]]]) -> None:
    """The causes add up to the difference, step by step and household by household.  Raises Fault."""
    by_cause = sum(share.came - share.went for share in shares)
    by_step = sum(1 if move.came else -1 for _, moved in steps for move in moved)
    if not difference == by_cause == by_step:
        raise Fault(f"lists differ by {difference} households, their causes by {by_cause}, the steps by {by_step}")
