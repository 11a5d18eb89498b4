"""The handbook of an office's rules: what the rules say of themselves, and what they said on its nights."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, get_args

import duckdb

from engine import whole_file
from flows.declared import Catalogue, read_catalogue
from outputs.handbook import Entry, Handbook, Limit, Spoken, markdown, write_handbook
from outputs.report import titled
from rules import words
from rules.model import Family, Rule
from rules.values import Reference
from rules.words import Glossary
from settings import Home, Settings

BUILT_IN_FILE: Final = Path(__file__).parents[1] / "docs" / "rules.zh-CN.md"
_NIGHTS_SHOWN: Final = 6
_ORIGIN: Final = "由 `rules/catalogue/*.yaml` 与 `rules/reference/*.yaml` 生成（`python -m flows.handbook`），不要手改。"

_COUNTS: Final = """
SELECT rule, CAST(parse_filename(parse_dirpath(filename)) AS DATE) AS night,
       coalesce(sum(units) FILTER (verdict = 'fires'), 0)::BIGINT, coalesce(sum(units) FILTER (verdict = 'near'), 0)::BIGINT,
       coalesce(sum(units) FILTER (verdict = 'unknown'), 0)::BIGINT,
       coalesce(string_agg(DISTINCT why, '；' ORDER BY why) FILTER (verdict = 'unknown' AND units > 0), '')
FROM read_parquet(?, filename = true) WHERE verdict <> 'off' GROUP BY ALL ORDER BY rule, night DESC
"""


def make_handbook(settings: Settings, folder: Path) -> tuple[Path, ...]:
    """Write the handbook of the office's rules into a folder; returns the files.  Raises CatalogueError."""
    catalogue, home = read_catalogue(settings.home), settings.home
    return write_handbook(folder, handbook(catalogue, spoken(home), settings.office.name, settings.office.notice))


def handbook(
    catalogue: Catalogue,
    nights: Mapping[str, list[Spoken]],
    office: str = "",
    notice: str = "",
    origin: str = "",
) -> Handbook:
    """The rules in words, by family and the weightiest first, those that are off last."""
    glossary = _glossary(catalogue)
    families = [
        (family, [_entry(rule, catalogue.references, glossary, nights.get(rule.id, [])) for rule in rules])
        for family in get_args(Family)
        if (rules := _of_family(catalogue, family))
    ]
    references = [_reference(reference) for reference in catalogue.references.values()]
    return Handbook(office, notice, families, references, origin)


def _glossary(catalogue: Catalogue) -> Glossary:
    columns = {f"{source}.{name}": fact for source, one in catalogue.contracts.items() for name, fact in one.facts.items()}
    titles = {source: contract.title for source, contract in catalogue.contracts.items()}
    titles |= {name: fact.title for name, fact in columns.items()} | {rule.id: rule.title for rule in catalogue.rules.values()}
    return Glossary(titles, {name: fact.unit for name, fact in columns.items() if fact.unit})


def _of_family(catalogue: Catalogue, family: str) -> list[Rule]:
    rules = [rule for rule in catalogue.rules.values() if rule.family == family]
    return sorted(rules, key=lambda rule: (bool(rule.off), -rule.severity, rule.id))


def _entry(rule: Rule, references: Mapping[str, Reference], glossary: Glossary, nights: list[Spoken]) -> Entry:
    return Entry(
        id=rule.id,
        title=rule.title,
        who=words.who(rule),
        when=words.when(rule, references),
        looked_at=words.looked_at(rule, glossary),
        bands=words.bands(rule),
        repeat=words.repeat(rule),
        limits=list(_limits(rule, references)),
        reason=words.reason(rule),
        severity=rule.severity,
        source=rule.source,
        off=rule.off,
        cases=words.cases(rule, glossary),
        spoken=[replace(night, why=titled(night.why, glossary.titles)) for night in nights],
    )


def _limits(rule: Rule, references: Mapping[str, Reference]) -> Iterator[Limit]:
    for name, threshold in rule.thresholds.items():
        yield Limit(
            words.threshold_title(rule, name), threshold.unit, words.figures(threshold, references), words.unset(threshold)
        )


def _reference(reference: Reference) -> Limit:
    return Limit(reference.title, reference.unit, words.reference_figures(reference), reference.source)


def spoken(home: Home) -> dict[str, list[Spoken]]:
    """Rule -> what it said on the newest nights of a home, newest first."""
    files = sorted(home.runs.glob("*/verdict_counts.parquet"))[-_NIGHTS_SHOWN:]
    said: dict[str, list[Spoken]] = {}
    if files:
        for rule, *rest in duckdb.execute(_COUNTS, [[str(file) for file in files]]).fetchall():
            said.setdefault(rule, []).append(Spoken(*rest))
    return said


def built_in() -> str:
    """The handbook of the rules that come with the program, in Markdown."""
    return markdown(handbook(read_catalogue(Home(Path(os.devnull))), {}, origin=_ORIGIN))


if __name__ == "__main__":
    with whole_file(BUILT_IN_FILE) as temporary:
        temporary.write_text(built_in(), encoding="utf-8", newline="\n")
