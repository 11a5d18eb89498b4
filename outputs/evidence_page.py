"""The evidence file of a household: a page that a township official reads, prints and takes along.

It opens offline, runs no script, and holds no name and no ID number.  Of each row it shows what the rule looked at; the words
of sensitive sources (diagnoses, kinds of disability) only where that is asked for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from outputs.evidence import Evidence, Fact, Signal
from outputs.evidence_text import by_missing, combined, proposed
from outputs.pages import page_template, write_text
from outputs.wording import VERDICTS, Words, amount, where
from settings import Office

_CERTAIN: Final = 0.99995
"""A probability that would be rounded to 100 %."""


@dataclass(frozen=True)
class Page:
    """What the template asks of one household."""

    evidence: Evidence
    words: Words
    with_sensitive: bool

    @property
    def place(self) -> str:
        household = self.evidence.household
        return "".join(name for name in (household.county_name, household.township_name, household.village_name) if name)

    @property
    def unasked(self) -> dict[str, list[str]]:
        """Sources that never came -> the rules that wait for them."""
        return dict(by_missing((one for one in self.evidence.unknown if one.missing), self.words))

    @property
    def review(self) -> list[tuple[str, int]]:
        """How many rows may be theirs, by source; what they say is not shown: they may be another family's."""
        sources = [self.words.source(fact.source) for fact in self.evidence.in_review]
        return [(source, sources.count(source)) for source in sorted(set(sources))]

    def values(self, signal: Signal, fact: Fact) -> str:
        shown = self.words.plain_values(signal.rule, fact, with_sensitive=self.with_sensitive)
        return "，".join(shown) or ("本人（本户）在册" if fact.link is None else "内容不在此显示")

    def linked(self, fact: Fact) -> str:
        """How the row was found to be theirs, in a few words."""
        if fact.link is None:
            return "花名册"
        sure = fact.link.probability
        share = "" if sure is None else f"（可信度{'超过 99.99%' if sure >= _CERTAIN else f' {sure:.2%}'}）"
        return f"{fact.link.evidence or '已比对'}{share}"

    def standard_day(self, signal: Signal) -> str:
        """Which day's standard was taken."""
        day = self.evidence.judged_on(signal)
        if day is None or signal.threshold is None:
            return ""
        return f"按 {day} 有效的标准" if day != self.evidence.as_of else "按研判当天有效的标准"


def write_pages(
    evidence: Sequence[Evidence], words: Words, office: Office, html: Path | None, out: Path | None, *, with_sensitive: bool
) -> list[Path]:
    """One file for all of them, one file each with an index, or both; each is written whole or not at all."""
    pages = [Page(one, words, with_sensitive) for one in evidence]
    template = page_template("evidence.html.j2", amount=amount, where=where, proposed=proposed, combined=combined)
    common = {"office": office, "verdicts": VERDICTS, "index": ()}
    written: list[Path] = []
    if html is not None:
        write_text(html, template.render(pages=pages, **common))
        written.append(html)
    if out is not None:
        names = [f"{number:04}_{page.evidence.household.household_id}.html" for number, page in enumerate(pages, start=1)]
        for name, page in zip(names, pages, strict=True):
            write_text(out / name, template.render(pages=[page], **common))
        index = list(zip(names, pages, strict=True))
        write_text(out / "index.html", template.render(pages=[], **common | {"index": index}))
        written.append(out / "index.html")
    return written
