"""What a night says of itself when it is done: for the terminal, for `--json`, for the Prefect page."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from flows.running import StageFigure
from outputs.files import ListFile
from tables import BIN_TITLES, BINS


@dataclass(frozen=True)
class Summary:
    """Counts and paths of one night; no person's value."""

    as_of: date
    run: Path
    lists_folder: Path
    report: Path
    accounting: Sequence[Mapping[str, object]]
    warnings: int
    listed: int
    """Warned households that are on a list; the others wait for capacity, with the reason."""
    review: int
    """Rows that only a person can match."""
    review_waiting: int
    """Whom these rows speak of, and nobody has answered yet: identities."""
    review_listed: int
    """Identities that are on a list; the others wait for their turn, with the reason."""
    tiers: Mapping[str, int]
    lists: Sequence[ListFile]
    titles: Mapping[str, str]
    files: Mapping[str, int]
    """Inbox files: `new` taken in tonight, `known` from an earlier night, `repeated` bytes under another name."""
    held: Mapping[str, str]
    stale: Mapping[str, date]
    missing: Sequence[str]
    off: Sequence[str]
    """Rules that are not in use, by title."""
    problems: Sequence[str]
    stages: Sequence[StageFigure] = field(default_factory=tuple)
    peak_rss_mb: int = 0

    def json(self) -> dict[str, object]:
        """The object `fangpin night --json` prints."""
        return {
            "as_of": self.as_of.isoformat(),
            "run_dir": str(self.run),
            "accounting": [_plain(row) for row in self.accounting],
            "warnings": self.warnings,
            "listed": self.listed,
            "review": self.review,
            "review_waiting": self.review_waiting,
            "review_listed": self.review_listed,
            "tiers": dict(self.tiers),
            "lists": [
                {
                    "path": str(self.lists_folder / item.path),
                    "county": item.county,
                    "township": item.township,
                    "rows": item.rows,
                    "sha256": item.sha256,
                }
                for item in self.lists
            ],
            "report": str(self.report),
            "files": dict(self.files),
            "held": dict(self.held),
            "stale": {source: day.isoformat() for source, day in self.stale.items()},
            "missing": list(self.missing),
            "off": list(self.off),
            "problems": list(self.problems),
            "stages": {figure.name: {"seconds": figure.seconds, "rows": figure.rows} for figure in self.stages},
            "peak_rss_mb": self.peak_rss_mb,
        }

    def by_source(self) -> list[dict[str, str | int]]:
        """The accounting summed per source, in Chinese: rows in, and the bins that were used tonight."""
        totals: dict[str, Counter[str]] = {}
        for row in self.accounting:
            totals.setdefault(str(row["source"]), Counter()).update({name: int(str(row[name])) for name in ("rows_in", *BINS)})
        used = [name for name in BINS if any(count[name] for count in totals.values())]
        return [
            {"数据来源": self.titles[source], "收到": count["rows_in"], **{BIN_TITLES[name]: count[name] for name in used}}
            for source, count in totals.items()
        ]


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}
