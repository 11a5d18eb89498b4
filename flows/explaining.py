"""Why a family is on a list, and why another is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from errors import UnknownId
from flows.few import narrow, planned_plainly
from flows.past import Declared, Feed, Past, open_night
from outputs.evidence import Evidence
from outputs.explain import explain, household_of
from outputs.wording import Column, Words
from rules.asking import ask
from rules.reading import columns_read
from settings import Home, Office

_FREE: Final = ("text", "code", "terms")
_MARK: Final = "户-"
"""What keeps a household's number text in a spreadsheet."""


@dataclass(frozen=True)
class Explained:
    """Households with everything behind them, the words for it, and whose night it was."""

    evidence: tuple[Evidence, ...]
    words: Words
    office: Office


def explain_warning(home: Home, warning_id: str, as_of: date | None) -> Explained:
    """The evidence chain of a warning of the latest night, or of the night of `as_of`.  Raises UnknownId."""
    with open_night(home, as_of, with_facts=False) as past:
        return explained_few(past, [household_of(past.db, warning_id)])


def explain_household(home: Home, household_id: str, as_of: date | None) -> Explained:
    """The same of any household of the roster, whether it has a warning or not.  Raises UnknownId."""
    with open_night(home, as_of, with_facts=False) as past:
        return explained_few(past, [household_id.removeprefix(_MARK)])


def explain_list(home: Home, county: str, as_of: date | None) -> Explained:
    """All households of a county's list, in its order.  Raises UnknownId."""
    with open_night(home, as_of, with_facts=False) as past:
        return explained_few(past, _listed(past, county))


def _listed(past: Past, county: str) -> list[str]:
    rows = past.db.sql("SELECT county, household_id FROM referral WHERE is_listed ORDER BY county, position").fetchall()
    if county not in {row[0] for row in rows}:
        counties = "、".join(sorted({row[0] for row in rows}))
        raise UnknownId(
            file="--list",
            expected=f"有名单的县的六位代码：{counties or '无'}",
            found="没有这个县的名单",
            do="从上列代码中选一个",
        )
    return [row[1] for row in rows if row[0] == county]


def explained_few(past: Past, households: Sequence[str]) -> Explained:
    """Everything behind some households of an open night, which afterwards holds the tables of these alone."""
    told = past.declared
    narrow(past, households)
    with planned_plainly(past):
        ask(past.db, told.rules, told.references, told.as_of, told.states)
    stale = [source for source, state in told.states.items() if state == "stale"]
    return Explained(explain(past.db, past.home, told.as_of, households, stale), _words(told), told.office)


def _words(told: Declared) -> Words:
    return Words(
        sources={source: feed.title for source, feed in told.feeds.items()},
        columns={source: _columns(feed, told.facts.get(source, {})) for source, feed in told.feeds.items()},
        sensitive=frozenset(source for source, feed in told.feeds.items() if feed.is_sensitive),
        used={name: columns_read(rule) for name, rule in told.rules.items()},
    )


def _columns(feed: Feed, types: Mapping[str, str]) -> dict[str, Column]:
    return {name: Column(one.title, one.unit, types.get(name) in _FREE) for name, one in feed.columns.items()}
