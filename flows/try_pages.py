"""What the trying commands found, given to the pages of `outputs/`."""

from pathlib import Path

from flows.simulating import VERDICTS, Simulated
from outputs.simulation_page import Trial, write_simulation


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
