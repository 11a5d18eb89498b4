"""What the trying commands found, given to the pages of `outputs/`."""

from pathlib import Path

from flows.comparing import WORDS, Compared
from flows.simulating import VERDICTS, Simulated
from outputs.diff_page import Cause, Difference, write_diff
from outputs.simulation_page import Trial, write_simulation


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
