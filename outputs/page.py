"""The report's page: what its tables and charts show, and the template that lays them out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pyarrow as pa

from outputs import charts
from outputs.files import ListFile
from outputs.night_leads import leads
from outputs.pages import write_page
from outputs.report import About, Report, titled
from outputs.sections import FEW
from outputs.text_safety import one_line
from tables import BIN_TITLES

_TOWNSHIPS_DRAWN: Final = 25
_FINDINGS_SHOWN: Final = 20
_RECENT_DAYS: Final = 7
"""Findings of files that came earlier are no news; what is still unanswered stands in the ledger of problems."""

_COLOURS: Final = {
    # In the order they are drawn: what was used, what needs a person, what was set aside.
    "linked": "#2e7d5b",
    "registered": "#8fc3a9",
    "verdict": "#4f86b5",
    "unanswered": "#c5d7e6",
    "review": "#e8a33d",
    "refused": "#b5654a",
    "no_resident": "#8b98a5",
    "superseded": "#b9c3cc",
    "withdrawn": "#a8a29a",
    "duplicate": "#d9dfe4",
    "quarantined": "#c0392b",
    "barred": "#6d4c7d",
    "screened": "#9a7bb0",
    "held": "#7b241c",
    "purged": "#c9c9c9",
}
_BINS: Final = {name: (BIN_TITLES[name], colour) for name, colour in _COLOURS.items()}
_FEEDS: Final = {"missing": "从未报送", "late": "迟报", "nearly_empty": "几乎为空", "unchanged": "内容未变", "fresh": "正常"}
_VERDICTS: Final = {"hold": "整批暂停", "quarantine": "隔离", "warn": "提醒"}


@dataclass(frozen=True)
class Tally:
    """Rows received and where they ended, of one file or of several."""

    source: str
    file: str
    received_on: str
    state: str
    rows_in: int
    bins: tuple[int, ...]

    @property
    def adds_up(self) -> bool:
        return self.rows_in == sum(self.bins)


@dataclass(frozen=True)
class County:
    """One county's lists, as the page links to them."""

    name: str
    households: int
    links: tuple[tuple[str, str], ...]
    townships: int
    others: tuple["Listed", ...]
    """What else lies in the county's folder, where there is any."""


@dataclass(frozen=True)
class Listed:
    """One list in its forms, or the files of one folder."""

    name: str
    rows: int
    links: tuple[tuple[str, str], ...]
    """Extension and address; of several files of one folder only the first of each kind."""


def write_report(path: Path, report: Report) -> None:
    """Write the report as one HTML file, whole or not at all; the same report always gives the same bytes."""
    batches = _tallies(report)
    sources = [_sum(group, source) for source, group in _by_source(batches).items()]
    write_page(
        path,
        "report.html.j2",
        about=report.about,
        leads=leads(report),
        sections=report.sections,
        totals=report.totals,
        bins=[title for title, _ in _BINS.values()],
        sources=sources,
        batches=batches,
        total=_sum(batches, "合计"),
        findings=(findings := _findings(report)[:_FINDINGS_SHOWN]),
        findings_left_out=report.findings.num_rows - len(findings),
        problems=report.about.problems,
        stale=[(_title(report.about, source), on) for source, on in sorted(report.about.stale.items())],
        missing=[_title(report.about, source) for source in report.about.missing],
        feeds=[row | {"said": _FEEDS[row["state"]]} for row in report.feeds.to_pylist()],
        rules=_rules(report),
        counties=_counties(report.about),
        others=_listed(report.about, [file for file in report.about.lists if not file.county]),
        few=FEW,
        tiers=charts.TIERS,
        ends=dict(_BINS.values()),
        drawn=_draw(report, sources),
        townships_left_out=_townships_left_out(report.townships),
    )


def _rules(report: Report) -> list[dict[str, Any]]:
    return [row | {"why": titled(row["why"] or "", report.about.titles)} for row in report.rules.to_pylist()]


def _title(about: About, source: str) -> str:
    return about.titles.get(source, source)


def _tallies(report: Report) -> list[Tally]:
    return [
        Tally(
            source=_title(report.about, row["source"]),
            file=row["file"],
            received_on=row["received_on"].isoformat(),
            state="暂停" if row["state"] == "held" else "已采用",
            rows_in=row["rows_in"],
            bins=tuple(row[name] for name in _BINS),
        )
        for row in report.accounting.to_pylist()
    ]


def _by_source(batches: Iterable[Tally]) -> dict[str, list[Tally]]:
    groups: dict[str, list[Tally]] = {}
    for batch in batches:
        groups.setdefault(batch.source, []).append(batch)
    return groups


def _sum(batches: list[Tally], source: str) -> Tally:
    return Tally(
        source=source,
        file=f"{len(batches)} 份",
        received_on=max((batch.received_on for batch in batches), default=""),
        state="",
        rows_in=sum(batch.rows_in for batch in batches),
        bins=tuple(sum(batch.bins[at] for batch in batches) for at in range(len(_BINS))),
    )


def _findings(report: Report) -> list[dict[str, str]]:
    return [
        {
            "verdict": _VERDICTS.get(row["verdict"], row["verdict"]),
            "kind": row["verdict"],
            "source": _title(report.about, row["source"]),
            "received_on": row["received_on"].isoformat() if row["received_on"] else "",
            "message": one_line(row["message"] or ""),
        }
        for row in report.findings.to_pylist()
        if row["verdict"] == "hold" or (row["received_on"] or date.min) >= report.about.as_of - timedelta(_RECENT_DAYS)
    ]


def _counties(about: About) -> list[County]:
    of_county: dict[str, list[ListFile]] = {}
    for file in about.lists:
        if file.county:
            of_county.setdefault(file.county, []).append(file)
    return [_county(about, files) for files in of_county.values()]


def _county(about: About, files: list[ListFile]) -> County:
    whole = [file for file in files if _stem(file).startswith("全县_")]
    return County(
        name=files[0].path.split("/")[0].partition("_")[2],
        households=whole[0].rows if whole else 0,
        links=tuple((_extension(file), _address(about, file)) for file in whole),
        townships=len({file.township for file in files if file.township}),
        others=_listed(about, [file for file in files if file not in whole and not file.township and file.rows]),
    )


def _listed(about: About, files: Iterable[ListFile]) -> tuple[Listed, ...]:
    """Files of the same name, or of the same folder within a county's, as one line."""
    named: dict[str, list[ListFile]] = {}
    for file in files:
        folders = file.path.split("/")[1:-1] if file.county else []
        named.setdefault("/".join(folders) or (_stem(file).partition("_")[0] if file.county else _stem(file)), []).append(file)
    return tuple(_one_list(about, name, some) for name, some in named.items())


def _one_list(about: About, name: str, files: list[ListFile]) -> Listed:
    name = name.replace("_", " ")
    links = {_extension(file): _address(about, file) for file in reversed(files)}
    first = next(iter(reversed(links)))
    rows = sum(file.rows for file in files if _extension(file) == first)
    stems = len({_stem(file) for file in files})
    if stems > 1:
        folder = _address(about, files[0]).rpartition("/")[0]
        return Listed(name, rows, ((f"{stems} 份", folder),))
    return Listed(name, rows, tuple(reversed(links.items())))


def _stem(file: ListFile) -> str:
    return file.path.rpartition("/")[2].rpartition(".")[0]


def _extension(file: ListFile) -> str:
    return file.path.rpartition(".")[2].upper()


def _address(about: About, file: ListFile) -> str:
    return quote(f"{about.lists_at}/{file.path}") if about.lists_at else ""


def _draw(report: Report, sources: list[Tally]) -> dict[str, str]:
    """The charts that have something to show."""
    drawn: dict[str, str] = {}
    townships = _drawn_townships(report.townships)
    if townships:
        drawn["townships"] = charts.stacked_bars("各乡镇预警户数", townships, charts.TIERS, "户")
    families = [(row["family"], row["households"]) for row in report.families.to_pylist()]
    if families:
        drawn["families"] = charts.plain_bars("各风险类型户数", families, "#34699a", "户（一户可有多种风险）")
    ends = [
        (tally.source, title, count)
        for tally in sources
        if tally.rows_in
        for (title, _), count in zip(_BINS.values(), tally.bins, strict=True)
    ]
    if ends:
        drawn["ends"] = charts.share_bars("各来源数据去向", ends, dict(_BINS.values()), "占收到行数的比例")
    return drawn


def _names(townships: pa.Table) -> list[str]:
    """A label per row: the county's name only where there are several."""
    several = len(set(townships["county_name"].to_pylist())) > 1
    return [
        one_line(f"{row['county_name'] or ''} {row['township_name'] or ''}" if several else row["township_name"] or "").strip()
        or "未登记乡镇"
        for row in townships.to_pylist()
    ]


def _drawn_townships(townships: pa.Table) -> list[charts.Bar]:
    names = _names(townships)
    drawn = set(list(dict.fromkeys(names))[:_TOWNSHIPS_DRAWN])
    rows = zip(names, townships["tier"].to_pylist(), townships["households"].to_pylist(), strict=True)
    return [bar for bar in rows if bar[0] in drawn]


def _townships_left_out(townships: pa.Table) -> int:
    return max(0, len(set(_names(townships))) - _TOWNSHIPS_DRAWN)
