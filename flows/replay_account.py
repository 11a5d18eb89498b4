"""What a replay changed, as it is printed and as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

Account = Mapping[str, Mapping[str, int]]
"""Source -> `rows_in` and every bin."""

RENUMBERED: Final = "renumbered"
"""Where a row is that the mended contract no longer reads under its number."""


@dataclass(frozen=True)
class Replay:
    """What a replay changed; no person's value."""

    as_of: date
    changed: tuple[str, ...]
    """Sources that are judged otherwise than in the published night; empty: nothing was done."""
    before: Account
    after: Account
    left: Mapping[str, Mapping[str, int]]
    """Source -> bin -> rows that were in quarantine and are now in that bin."""
    entered: Mapping[str, int]
    """Source -> rows that were in another bin and are in quarantine now."""
    titles: Mapping[str, str]

    def json(self) -> dict[str, object]:
        """The object `fangpin replay --json` prints."""
        return {
            "as_of": self.as_of.isoformat(),
            "changed": list(self.changed),
            "before": {source: dict(bins) for source, bins in self.before.items()},
            "after": {source: dict(bins) for source, bins in self.after.items()},
            "left": {source: dict(bins) for source, bins in self.left.items()},
            "entered": dict(self.entered),
        }
