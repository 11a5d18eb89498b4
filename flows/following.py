"""The stages that follow a warning: what came back about earlier ones, and what becomes of tonight's."""

from collections.abc import Iterable, Mapping
from datetime import date

import duckdb

import case_tables
from casework.alarms import call_alarms
from casework.before import case_before
from casework.burden import weigh
from casework.cases import file_cases, follow_cases
from casework.channels import share_channels
from casework.clocks import visit_days
from casework.exit_watch import watch_exits
from casework.reentry import count_exits, find_reentries
from casework.registry import spare_steps, state_registry
from casework.registry_check import check_registry
from casework.yields import tell_yields
from engine import conform, sql_text
from flows.answered import take_answers
from flows.declared import exits_of
from flows.joints import count, keep
from flows.ledger import keep_ledger
from flows.running import Done
from flows.screening import recall_authorisations
from flows.stages import Night, previous_warnings
from outputs.issue import issue
from rules.model import Rule
from settings import Home
from sources.contract import Contract


def recall(night: Night) -> Done[None]:
    """What came back about what earlier nights handed out, and where every case stands before tonight."""
    db, home, as_of = night.db, night.settings.home, night.settings.as_of
    show_ledger(db, home, as_of)
    tell_rule_sources(db, night.catalogue.rules, night.catalogue.contracts)
    keep(db, "issued", case_tables.ISSUED.empty_table())  # tonight's rows are handed out later
    take_answers(db, home, night.settings.office, night.catalogue)
    state_registry(db, as_of)
    previous, office = previous_warnings(night.settings), night.settings.office
    recall_authorisations(night)
    _follow_cases(night)
    case_before(db, previous)
    visit_days(db, office.clocks.visit, office.holidays, as_of)
    tell_yields(db, _titles(night))
    return Done(None, count(db, "answer"))


def follow(night: Night) -> Done[None]:
    """Tonight's rows are handed out, cases go on, and the office learns from all of them."""
    db, settings = night.db, night.settings
    spare_steps(db, settings.office.new_steps_since)
    issue(db, settings.as_of)
    _follow_cases(night)
    weigh(db, settings.as_of)
    share_channels(db)
    _follow_registry(night)
    call_alarms(db, night.catalogue.large_scale, settings.as_of, settings.office.area, settings.office.false_alarms)
    keep_ledger(night)
    return Done(None, count(db, "case_file"))


def _titles(night: Night) -> dict[str, str]:
    """Rule or source -> what people call it."""
    catalogue = night.catalogue
    sources = {name: contract.title for name, contract in catalogue.contracts.items()}
    return sources | {name: rule.title for name, rule in catalogue.rules.items()}


def _follow_registry(night: Night) -> None:
    """Who may leave, who came back, and what the registry contradicts."""
    db, as_of, catalogue = night.db, night.settings.as_of, night.catalogue
    exits = exits_of(catalogue.exit_rules, catalogue.references)
    watch_exits(db, exits, as_of)
    find_reentries(db, exits.rules.reentry.months, as_of)
    count_exits(db)
    check_registry(db, as_of)


def _follow_cases(night: Night) -> None:
    """Every case as it stands, with its clock read."""
    office, as_of = night.settings.office, night.settings.as_of
    follow_cases(night.db, as_of)
    file_cases(night.db, office.clocks, office.holidays, as_of)


def show_ledger(connection: duckdb.DuckDBPyConnection, home: Home, as_of: date) -> None:
    """Create `issued_before` (ISSUED): every row that nights before `as_of` handed out."""
    days = sorted(path.parent.name for path in home.runs.glob("*/manifest.json"))
    files = [path for day in days if day < as_of.isoformat() if (path := home.runs / day / "issued.parquet").exists()]
    listed = ", ".join(sql_text(str(path)) for path in files)
    keep(connection, "issued_before", case_tables.ISSUED.empty_table())
    if files:
        connection.execute(f"INSERT INTO issued_before SELECT * FROM read_parquet([{listed}]) ORDER BY as_of, county, position")
    conform(connection, "issued_before", case_tables.ISSUED)


def tell_rule_sources(
    connection: duckdb.DuckDBPyConnection, rules: Mapping[str, Rule], contracts: Mapping[str, Contract]
) -> None:
    """Create `rule_source` (rule, source, channel): the feeds each rule reads; combinations and the roster's have none."""
    rows = [(name, source, contracts[source].channel) for name, source in _read_by(rules) if source in contracts]
    connection.execute("CREATE OR REPLACE TABLE rule_source (rule VARCHAR, source VARCHAR, channel VARCHAR)")
    if rows:
        connection.executemany("INSERT INTO rule_source VALUES (?, ?, ?)", rows)


def _read_by(rules: Mapping[str, Rule]) -> Iterable[tuple[str, str]]:
    return ((name, source) for name, rule in sorted(rules.items()) for source in sorted(rule.sources))
