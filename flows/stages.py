"""The stages of a night as verbs: each calls one room and says how many rows it handled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pyarrow as pa

from casework.suppress import suppress
from expectations.gate import Gate, gate, require_roster
from expectations.returning import return_rows
from expectations.standing import settle
from flows import joints
from flows.answered import tell_bins
from flows.declared import Catalogue, again_of, ranking_of
from flows.fetching import Fetched, due, fetch_all
from flows.joints import keep
from flows.lists_known import tell_lists
from flows.running import Done
from flows.supposing import supposed
from matching.link import link
from outputs.account import account
from outputs.explain import latest_run
from outputs.rank import rank
from outputs.refer import refer
from outputs.review_queue import queue_review
from outputs.sender_quality import score_senders
from rules.evaluate import evaluate
from rules.visits import VISITS
from settings import Settings
from sources.contract import Contract
from sources.inbox import Problem
from sources.ingest import Intake, ingest
from sources.silence import source_status


@dataclass(frozen=True)
class Night:
    """What every stage of one night shares: the settings, the catalogue and the DuckDB connection that holds its tables."""

    settings: Settings
    catalogue: Catalogue
    db: duckdb.DuckDBPyConnection


def ask(night: Night) -> Done[Fetched]:
    """The departments' databases that are due answer into the archive; a night of another day asks nobody."""
    fetched = fetch_all(night.settings, night.db, due(night.settings, night.catalogue.contracts))
    return Done(fetched, fetched.rows)


def take_in(night: Night, problems: Sequence[Problem], *, take_new: bool = True) -> Done[Intake]:
    """Files and answers become typed batches, identity and facts parted; `problems` are those of the asking.

    Who is late or silent is known then.
    """
    home, contracts, as_of = night.settings.home, night.catalogue.contracts, night.settings.as_of
    intake = ingest(night.db, home, contracts, as_of, take_new=take_new)
    keep(night.db, "delivery", intake.deliveries)
    keep(night.db, "purged_batch", intake.purged)
    keep(night.db, "source_status", source_status(night.db, home, contracts, intake.batches, intake.deliveries, as_of))
    return Done(replace(intake, problems=(*problems, *intake.problems)), _rows(intake.batches))


def inspect(night: Night, batches: pa.Table) -> Done[Gate]:
    """Bad rows to quarantine, bad batches on hold.  Raises RosterError if no roster was ever accepted."""
    asked = night.catalogue
    gated = gate(night.db, night.settings.home, asked.contracts, batches, asked.expectations, asked.released)
    require_roster(gated, night.catalogue.contracts)
    return Done(gated, _rows(batches))


def stand(night: Night, batches: pa.Table, held: Mapping[str, str]) -> Done[None]:
    """Every row gets its standing; what is current becomes residents, identities and facts."""
    home, catalogue = night.settings.home, night.catalogue
    settle(night.db, home, catalogue.contracts, batches, held)
    return_rows(night.db, home, catalogue.contracts, batches, held, night.settings.as_of, catalogue.expectations)
    residents = joints.split_roster(night.db, home, catalogue.roster)
    return Done(None, residents + joints.gather_identity(night.db, home, batches, catalogue.facts))


def match(night: Night) -> Done[None]:
    """Every current row is tied to a resident, put to review, or known to be no resident's; what people found counts."""
    joints.gather_verdicts(night.db, night.catalogue.verdicts)
    link(night.db, night.catalogue.parameters, night.catalogue.area_changes, night.settings.home.links)
    joints.add_roster_notices(night.db, {one.id: one.title for one in night.catalogue.expectations.values()})
    joints.join_facts(night.db, night.catalogue.facts)
    return Done(None, joints.count(night.db, "link"))


def judge(night: Night, gated: Gate) -> Done[None]:
    """Facts become signals, what a recent visit answered is set aside; then once more for what a review may bring."""
    tell_lists(night.db, states(night, gated))
    _judge(night, gated)
    with supposed(night.db, night.catalogue.facts) as is_any:
        if is_any:
            _judge(night, gated)
    return Done(None, joints.count(night.db, "signal"))


def _judge(night: Night, gated: Gate) -> None:
    as_of, catalogue = night.settings.as_of, night.catalogue
    evaluate(night.db, catalogue.rules, catalogue.references, as_of, states(night, gated))
    suppress(night.db, as_of, night.settings.office.quiet_days, again_of(catalogue.rules, catalogue.channels))


def order(night: Night) -> Done[None]:
    """Signals become one ranked warning per household; each county gets what it can visit, and what it can compare."""
    settings, office = night.settings, night.settings.office
    catalogue = night.catalogue
    ranking = ranking_of(catalogue.weights, catalogue.proposals, catalogue.references)
    rank(night.db, ranking, settings.as_of, previous_warnings(settings))
    refer(night.db, settings.as_of, office)
    queue_review(night.db, office.review.capacity, office.area)
    return Done(None, joints.count(night.db, "warning"))


def previous_run(settings: Settings) -> Path | None:
    """The last completed night of an earlier day: what it warned of keeps its id and its day."""
    return latest_run(settings.home.runs, before=settings.as_of)


def previous_warnings(settings: Settings) -> Path | None:
    previous = previous_run(settings)
    return previous / "warnings.parquet" if previous else None


def reckon(night: Night, batches: pa.Table, held: Mapping[str, str]) -> Done[None]:
    """Rows in = the sum of the bins, batch by batch, and how good each sender is.  Raises AccountingFault on any difference."""
    tell_bins(night.db, night.catalogue)
    account(night.db, batches, held, night.catalogue.roster, night.catalogue.records)
    _score(night, batches)
    return Done(None, _rows(batches))


def _score(night: Night, batches: pa.Table) -> None:
    contracts, as_of = night.catalogue.contracts, night.settings.as_of
    joints.gather_senders(night.db, night.settings.home, batches, contracts)
    score_senders(night.db, {name: _required_cells(contract) for name, contract in contracts.items()}, as_of)


def _required_cells(contract: Contract) -> int:
    """How many cells a row must have filled; name and number, of which one will do, are one."""
    return sum(fact.required for fact in contract.facts.values()) + contract.identity.says_who


def states(night: Night, gated: Gate) -> dict[str, str]:
    """Source -> `fresh`, `stale` (an older state serves) or `missing` (never accepted): what rules must know of it."""
    named = dict.fromkeys(night.catalogue.facts, "fresh")
    found = named | dict.fromkeys(gated.stale, "stale") | dict.fromkeys(gated.missing, "missing")
    return found | ({VISITS: "fresh"} if joints.count(night.db, "answer WHERE fate = 'taken'") else {})


def _rows(batches: pa.Table) -> int:
    return sum(batches.column("rows").to_pylist())
