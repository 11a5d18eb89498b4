"""What the trying commands found, given to the pages of `outputs/`."""

from pathlib import Path

from flows.backtesting import HOW, ORDERS, Backtested, Hits, Night
from flows.comparing import WORDS, Compared
from flows.simulating import VERDICTS, Simulated
from outputs.backtest_page import Hindsight, Order, PastNight, write_backtest
from outputs.diff_page import Cause, Difference, write_diff
from outputs.hindsight import REASONS
from outputs.simulation_page import Trial, write_simulation


def backtest_page(path: Path, found: Backtested) -> None:
    """Write the page of a back-test."""
    write_backtest(
        path,
        Hindsight(
            office=found.office,
            notice=found.notice,
            horizon=found.horizon,
            known_by=found.known_by,
            nights=[_past_night(night) for night in found.nights],
            totals=[_order(found.pooled(order)) for order in ORDERS],
            identified=len(found.households),
            in_time=len(found.leads),
            leads=found.leads,
            quartiles=found.lead_quartiles,
            misses=found.misses,
            households=[
                (one.household_id, one.identified_on, HOW[one.how], one.first_listed, one.lead, REASONS.get(one.missed, ""))
                for one in found.households
            ],
        ),
    )


def _past_night(night: Night) -> PastNight:
    return PastNight(night.night, night.was_recorded, night.is_complete, [_order(hits) for hits in night.orders])


def _order(hits: Hits) -> Order:
    return Order(ORDERS[hits.order], hits.listed, hits.hits, hits.identified)


def diff_page(path: Path, found: Compared) -> None:
    """Write the page of two nights compared."""
    shares = [Cause(share.cause, WORDS[share.cause], share.came, share.went, share.undone) for share in found.shares]
    write_diff(
        path,
        Difference(
            first=found.first,
            second=found.second,
            office=found.office,
            notice=found.notice,
            was_listed=found.was_listed,
            is_listed=found.is_listed,
            is_exact=found.is_exact,
            causes=shares,
            changes=[(change.cause, change.sentence, change.move) for change in found.changes],
        ),
    )


def simulation_page(path: Path, found: Simulated) -> None:
    """Write the page of a trial."""
    rules = [(one.rule, one.title, {title: (was, now) for title, was, now in one.by_verdict(VERDICTS)}) for one in found.rules]
    write_simulation(
        path,
        Trial(
            as_of=found.as_of,
            office=found.office,
            notice=found.notice,
            tried=found.tried,
            rules=rules,
            areas=found.areas,
            groups=found.groups,
            expected=found.expected,
            moves=found.moves,
        ),
    )
