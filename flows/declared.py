"""Everything an office declares, read and checked together: contracts, checks, rules, reference values, weights, matching."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from casework.exit_rules import ExitRules, Exits, load_exit_rules
from casework.exit_rules import Line as ExitLine
from casework.large_scale import LargeScale, load_large_scale
from casework.suppress import Again
from catalogue import load_layers
from errors import CatalogueError, UnknownId
from expectations import examples as of_checks
from expectations import load as checks
from expectations.declared import Declared
from expectations.released import Release, load_releases
from matching.area_changes import Change, read_changes
from matching.parameters import Parameters, read_parameters
from outputs.audiences import Audiences, load_audiences
from outputs.propose import Line, Proposals, load_proposals
from outputs.rank import Ranking
from outputs.weights import Weights, load_weights
from rules.compile import sql_of
from rules.examples import check_examples
from rules.load import check, load_references, load_rules
from rules.model import Reference, Rule
from settings import Home, Settings
from sources.contract import Contract
from sources.contracts import load_contracts
from sources.records import Role


@dataclass(frozen=True)
class Catalogue:
    """The built-in catalogue with the office's own layered over it by id."""

    contracts: Mapping[str, Contract]
    expectations: Mapping[str, Declared]
    released: Mapping[str, Release]
    """batch_id -> who lets pass a batch that the gate would hold for being unlike its past."""
    rules: Mapping[str, Rule]
    references: Mapping[str, Reference]
    weights: Weights
    proposals: Proposals
    audiences: Audiences
    parameters: Parameters
    area_changes: tuple[Change, ...]
    large_scale: LargeScale
    exit_rules: ExitRules

    @property
    def roster(self) -> str:
        """The id of the one source that holds the residents."""
        return self.of_role("roster")

    @property
    def verdicts(self) -> str:
        """The id of the one source that holds what people found when they compared."""
        return self.of_role("review_verdicts")

    @property
    def records(self) -> tuple[str, ...]:
        """The ids of the sources whose rows speak of rows of ours."""
        return tuple(source for source, contract in self.contracts.items() if contract.is_record)

    def of_role(self, role: Role) -> str:
        """The id of the one source of a role other than `extract`."""
        return next(source for source, contract in self.contracts.items() if contract.role == role)

    @property
    def facts(self) -> dict[str, dict[str, str]]:
        """Source -> fact column -> type: what rules may speak of."""
        return {
            source: {name: column.type for name, column in contract.facts.items()}
            for source, contract in self.contracts.items()
            if contract.role == "extract" and not contract.is_barred
        }

    @property
    def channels(self) -> dict[str, str]:
        """Source -> through which channel it tells: department, self_report or cadre."""
        return {source: contract.channel for source, contract in self.contracts.items()}

    @property
    def units(self) -> dict[str, dict[str, str]]:
        """Source -> fact column -> unit, where the contract says one."""
        return column_units(self.contracts, self.facts)

    @property
    def titles(self) -> dict[str, dict[str, str]]:
        """Source -> Chinese title -> fact column."""
        return {source: {fact.title: name for name, fact in self.contracts[source].facts.items()} for source in self.facts}

    def check_rules(self, folders: Iterable[Path], only: Rule | None = None) -> None:
        """All rules and reference values, or one rule among them; `folders` are where the files lie.  Raises CatalogueError."""
        rules = {**self.rules, only.id: only} if only else self.rules
        name = only.id if only else None
        check(rules, self.references, self.facts, self.units, folders, only=name, titles=self.titles)


def column_units(contracts: Mapping[str, Contract], sources: Iterable[str]) -> dict[str, dict[str, str]]:
    """Of some sources, fact column -> unit, where the contract says one."""
    return {
        source: {name: column.unit for name, column in contracts[source].facts.items() if column.unit}
        for source in sources
        if source in contracts
    }


def read_catalogue(home: Home) -> Catalogue:
    """Load and check every file.  Raises CatalogueError naming file, place and cure."""
    catalogue = load_catalogue(home)
    checks.check(catalogue.expectations, catalogue.contracts)
    catalogue.check_rules([home.office_layer("rules"), home.office_layer("reference")])
    _check_line("proposals.yaml", catalogue.proposals.line, catalogue.references)
    _check_line("exit_rules.yaml", catalogue.exit_rules.line, catalogue.references)
    return catalogue


def load_catalogue(home: Home) -> Catalogue:
    """Load every file; what one says of another is not looked at.  Raises CatalogueError naming file, place and cure."""
    rules = load_rules(home.office_layer("rules"))
    return Catalogue(
        contracts=load_contracts(home.office_layer("sources")),
        expectations=checks.load_declared(home.office_layer("expectations")),
        released=load_releases(home.released),
        rules=rules,
        references=load_references(home.office_layer("reference")),
        weights=load_weights(home.weights_file),
        proposals=load_proposals(home.proposals_file),
        audiences=load_audiences(home.audiences_file),
        parameters=read_parameters(home.matching_parameters),
        area_changes=read_changes(home.area_changes),
        large_scale=load_large_scale(home.large_scale_file, rules),
        exit_rules=load_exit_rules(home.exit_rules_file),
    )


def ranking_of(weights: Weights, proposals: Proposals, references: Mapping[str, Reference]) -> Ranking:
    """What ranks a night's warnings; the monitoring lines are those of the reference that the proposals name."""
    lines = (
        Line(area=v.area, since=v.since, until=v.until, value=v.value, document=v.document)
        for v in references[proposals.line].values
    )
    return Ranking(weights=weights, proposals=proposals, lines=tuple(lines))


def again_of(rules: Mapping[str, Rule], channels: Mapping[str, str]) -> Again:
    """What suppression must know of rules: which ask again only when it is worse and by how much, and which read what
    households report themselves (`channels`: source -> channel)."""
    reported = {source for source, channel in channels.items() if channel == "self_report"}
    return Again(
        worse={rule.id: rule.worse for rule in rules.values() if rule.worse is not None},
        reported=frozenset(name for name, rule in rules.items() if reported & set(rule.sources)),
    )


def exits_of(rules: ExitRules, references: Mapping[str, Reference]) -> Exits:
    """What the exit watch goes by: the monitoring lines are those of the reference that the rules name."""
    lines = tuple(ExitLine(v.area, v.since, v.until, v.value, v.document) for v in references[rules.line].values)
    return Exits(rules, lines)


def _check_line(file: str, line: str, references: Mapping[str, Reference]) -> None:
    if line not in references:
        raise CatalogueError(
            file=file,
            place="line",
            expected=f"已有的参照值（{'、'.join(references)}）",
            found=line,
            do="改正后运行 fangpin check",
        )


def rule_sql(settings: Settings, rule: str) -> str:
    """What a rule really computes: the SQL it becomes on the night's date.  Raises UnknownId."""
    catalogue = read_catalogue(settings.home)
    if rule not in catalogue.rules:
        raise UnknownId(file="fangpin sql", expected="、".join(catalogue.rules), found="没有这条规则", do="从上列编号中选一个")
    return sql_of(catalogue.rules[rule], catalogue.references, settings.as_of)


def finished_drafts(home: Home) -> tuple[Path, ...]:
    """The drafts that could take effect.  Raises CatalogueError if one still has open questions, or does not fit the others."""
    contracts, rules = load_layers([home.drafts], Contract), load_layers([home.rule_drafts], Rule)
    return (*(home.drafts / f"{name}.yaml" for name in contracts), *(home.rule_drafts / f"{name}.yaml" for name in rules))


def failing_examples(catalogue: Catalogue) -> tuple[str, ...]:
    """What does not come out as a check's or a rule's examples say.

    A built-in rule is tried with the built-in reference values: its examples speak of those, so an office that puts in its own
    area's values does not break them.
    """
    built_in = load_rules(None)
    ours = {name: rule for name, rule in catalogue.rules.items() if built_in.get(name) != rule}
    theirs = {name: rule for name, rule in catalogue.rules.items() if name not in ours}
    return (
        *of_checks.failing_examples(catalogue.expectations, catalogue.contracts),
        *check_examples(theirs, load_references(None), catalogue.facts),
        *check_examples(ours, catalogue.references, catalogue.facts),
    )
