"""The evidence chain of one household: what a night knew of it, concluded from it, and could not know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from pydantic import TypeAdapter

from case_tables import STATES, TIMELINESS


@dataclass(frozen=True)
class Member:
    """Someone of the household, without a name; `age` is in full years on the night's date."""

    resident_id: str
    relation: str | None
    age: int | None


@dataclass(frozen=True)
class Household:
    """The household as the roster has it: place and type are those of its head."""

    household_id: str
    county_name: str | None
    township_name: str | None
    village_name: str | None
    household_type: str | None
    members: tuple[Member, ...]

    def who(self, resident_id: str | None) -> str:
        """Whom something is about, in the words of the household."""
        if resident_id is None:
            return "全户"
        relation = next((member.relation for member in self.members if member.resident_id == resident_id), None)
        return f"{relation or '家庭成员'}（人编号 {resident_id}）"


@dataclass(frozen=True)
class Warned:
    """The warning itself, as the night listed it; class and risks are proposals that people decide on after the visit."""

    warning_id: str
    household_id: str
    score: int
    tier: str
    rank: int
    county_rank: int
    township_rank: int
    families: tuple[str, ...]
    reasons: tuple[str, ...]
    signals: tuple[str, ...]
    event_on: date | None
    first_seen: date
    status: str
    due_on: date
    proposed_risks: tuple[str, ...] | None
    proposed_class: str | None
    proposed_why: str | None
    above: str | None
    """Why it stands before the next household of its county."""


@dataclass(frozen=True)
class Referred:
    """Whether the warning is on its county's list, and if not, why."""

    position: int | None
    is_listed: bool
    why_cut: str | None


@dataclass(frozen=True)
class Link:
    """How a fact's row was tied to a resident; `probability` lies between 0 and 1."""

    resident_id: str | None
    decision: str
    method: str | None
    probability: float | None
    evidence: str | None


@dataclass(frozen=True)
class Fact:
    """One row of a file as a department sent it, without identity; the roster's own rows have no link."""

    row_id: int
    source: str
    batch_id: str
    file: str
    sha256: str
    received_on: date
    sheet: str | None
    line: int | None
    row_number: int
    row_hash: str
    values: Mapping[str, object]
    link: Link | None


@dataclass(frozen=True)
class Signal:
    """One rule's verdict and the facts it rests on; amounts are in `unit`."""

    signal_id: str
    rule: str
    version: str
    family: str
    title: str
    verdict: str
    resident_id: str | None
    observed: Decimal | None
    threshold: Decimal | None
    unit: str | None
    document: str | None
    severity: int
    reason: str
    event_on: date | None
    known_on: date | None
    facts: tuple[Fact, ...]
    combines: tuple[str, ...] | None
    """Of a combination, the signals it rests on; their facts are its own."""


@dataclass(frozen=True)
class SetAside:
    """A signal that is not asked about again; what is newer, worse or of another family is asked in any case."""

    signal: Signal
    kind: str
    why: str
    until: date | None
    """None: until the case is closed, or the risk counts as gone."""
    record: Fact | None
    """The visit, or the household's row in the registry."""

    @property
    def lasts(self) -> str:
        """How long it is set aside, in Chinese."""
        if self.until is not None:
            return f"到 {self.until} 为止"
        return {"open_case": "直到个案办结", "monitored": "直到风险消除"}.get(self.kind, "")


@dataclass(frozen=True)
class Case:
    """How far the household's case has come: the open one, or the last that was closed."""

    case_id: str
    state: str
    state_since: date
    due_on: date | None
    timeliness: str | None
    days_over: int
    tries: int
    publicity_until: date | None
    closed_as: str | None

    @property
    def said(self) -> str:
        """Where it stands, in Chinese."""
        tried = f"，入户 {self.tries} 次未见到人" if self.tries else ""
        if self.closed_as is not None:
            return f"{STATES[self.state]}（{self.state_since}，{self.closed_as}）{tried}"
        posted = f"，公示到 {self.publicity_until}" if self.state == "publicity" and self.publicity_until else ""
        over = f"，已超 {self.days_over} 天" if self.days_over else ""
        due = f"，最迟 {self.due_on}（{TIMELINESS[self.timeliness or 'in_time']}{over}）" if self.due_on else ""
        return f"{STATES[self.state]}（{self.state_since} 起{posted}）{due}{tried}"


@dataclass(frozen=True)
class Answer:
    """What one rule says of the household or one of its members, asked again; `said` are its needs and standards."""

    resident_id: str | None
    rule: str
    title: str
    family: str
    verdict: str
    observed: Decimal | None
    threshold: Decimal | None
    unit: str | None
    document: str | None
    judged_on: date | None
    said: tuple[str, ...] = ()
    why: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class Without:
    """What a signal says when it is judged again from the rows it names, `dropped` being left out; 0: none is."""

    signal_id: str
    dropped: int
    is_gone: bool
    is_same: bool
    verdict: str | None
    observed: Decimal | None


@dataclass(frozen=True)
class Evidence:
    """A household, its warning if it has one, and everything behind it; it holds no name and no ID number."""

    as_of: date
    household: Household
    warning: Warned | None = None
    case: Case | None = None
    """None: the household was on no list yet."""
    referred: Referred | None = None
    parts: Mapping[str, int] = field(default_factory=dict)
    signals: tuple[Signal, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    answers: tuple[Answer, ...] = ()
    in_review: tuple[Fact, ...] = ()
    """Rows that may be theirs: a person has to compare first, so no rule counts them."""
    stale: Mapping[str, date] = field(default_factory=dict)
    """Source -> the day it last came, of those whose next delivery is overdue."""

    @property
    def unknown(self) -> tuple[Answer, ...]:
        """What could not be judged."""
        return tuple(answer for answer in self.answers if answer.verdict == "unknown")

    def judged_on(self, signal: Signal) -> date | None:
        """The day whose standards a signal was held against: that of its latest event, else the night's."""
        key = (signal.rule, signal.resident_id)
        return next((one.judged_on for one in self.answers if (one.rule, one.resident_id) == key), None)

    def parts_of(self, signal: Signal) -> list[int]:
        """The places, from 1, of the signals that a combination rests on."""
        return [place for place, one in enumerate(self.signals, start=1) if one.signal_id in (signal.combines or ())]

    def json(self) -> dict[str, object]:
        """One object of plain JSON values: dates as ISO text, amounts as text so that none is rounded."""
        plain: dict[str, object] = TypeAdapter(Evidence).dump_python(self, mode="json")
        return plain
