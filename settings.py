"""One frozen `Settings`, built in `flows/` and handed down; nothing is read at import."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from catalogue import DRAFTS, Part, load_yaml, wrong
from errors import HomeError

TIME_ZONE = "Asia/Shanghai"


class Review(Part):
    """How rows that a person has to match are put to the counties."""

    capacity: Annotated[int, Field(ge=0)] = 300
    """Identities one county can compare for one list; the office's own list has the same length."""
    show_weights: bool = False
    """Match weight and probability of each candidate beside it, for those who want to see how the program judged."""


class CalendarDays(Part):
    """So many days of the calendar, Sundays and holidays among them; a last day that is a holiday is not moved."""

    count: Literal["calendar"] = "calendar"
    days: Annotated[int, Field(ge=1, le=365)]


class WorkingDays(Part):
    """So many days on which offices work: the public holidays' table and the office's own exceptions say which."""

    count: Literal["working"] = "working"
    days: Annotated[int, Field(ge=1, le=250)]


Limit = Annotated[
    CalendarDays | WorkingDays,
    Field(discriminator="count", description="写成 {days: 5, count: working}；count 为 calendar（日历日）或 working（工作日）"),
]
"""A time limit.  Its kind is always written out, so that nobody takes 15 working days for 15 days."""


class Clocks(Part):
    """`office.yaml` clocks: by when each step of a case is to be done, counted from the day after the step before."""

    visit: Limit = CalendarDays(days=15)
    """From the first list to the visit (2025: warning to help within 15 days, 贵州; 2023: clue to identification within
    15, 林州)."""
    comparison: Limit = CalendarDays(days=5)
    """From visit to comparison (an unnamed county: within 5 days after the list is sent)."""
    publicity: Limit = CalendarDays(days=5)
    """From comparison to the day the notice is posted (the same county: review and posting within 5 days after that)."""
    approval: Limit = WorkingDays(days=5)
    """From the notice's last day to approval (our own figure: with it, the steps after the visit take about the 20 working days
    in which 贵州 wants the whole procedure done)."""
    publicity_days: Limit = CalendarDays(days=5)
    """How long a notice is posted if the county reports no last day (林州, 永城: at least 5 days; 贵州: 5 working)."""
    due_within: Annotated[int, Field(ge=0, le=60)] = 3
    """Calendar days before the last day from which a case is called 将到期 (our own figure)."""
    escalate_after: Annotated[int, Field(ge=0, le=365)] = 10
    """A case more than so many calendar days over its last day is 超期督办 (our own figure, after 云南 2021, where a request
    open more than 10 days goes up)."""


class Holidays(Part):
    """`office.yaml` holidays: days on which this office differs from the public holidays' table."""

    off: tuple[date, ...] = ()
    """Days off, e.g. a festival of the prefecture."""
    on: tuple[date, ...] = ()
    """Working days, e.g. a Saturday worked in exchange."""
    whole_years: tuple[Annotated[int, Field(ge=2000, le=2100)], ...] = ()
    """Years whose days off and made-up working days are all written here, because the table does not have them yet."""

    @model_validator(mode="after")
    def _one_or_the_other(self) -> Self:
        if both := sorted({*self.off} & {*self.on}):
            raise wrong(f"on 与 off 同时写了 {both[0]}；同一天只能是其中一种")
        return self


ProblemKind = Literal[
    "audit_tampered", "cases_escalated", "cases_overdue", "feed_missing", "feed_late", "feed_nearly_empty", "feed_unchanged",
    "feed_quiet", "feed_held", "rows_unanswered", "answers_refused", "county_still", "verdicts_alike", "verdicts_one_day",
    "cluster", "review_unanswered", "roster_issues", "registry_issues", "holidays_missing",
]  # fmt: skip
"""What a problem of the ledger can be about."""


class Ledger(Part):
    """How the ledger of problems (问题台账) counts its days.  All figures are our own; an office sets those it is given."""

    days: Mapping[ProblemKind, Annotated[int, Field(ge=1, le=366)]] = Field(default_factory=dict)
    """Kind of problem -> calendar days until it has to be settled, in place of those of casework/problem_kinds.py."""
    unanswered_after: Annotated[int, Field(ge=0, le=366)] = 30
    """Quarantined rows, and identities to compare, that nobody answered for more than so many days are a problem."""
    again_after: Annotated[int, Field(ge=0, le=366)] = 14
    """A problem that was struck off and is still seen more than so many days later is opened anew."""


Months = Annotated[int, Field(ge=1, le=1200)]


class Retention(Part):
    """For how many months what is kept.

    All are our own figures: the law (个人信息保护法第十九条) asks for the shortest time that the purpose needs and names none;
    36 months are those of its records of impact assessments (第五十六条).
    """

    purge_monthly: bool = False
    """Whether the scheduled night of every month's first day purges; else only `fangpin purge` does."""
    identity_months: Months = 36
    """Names, numbers and phones of batches that a later one replaced, and of appended ones that are older."""
    personal_months: Months = 36
    sensitive_months: Months = 36
    originals_months: Months = 36
    lists_months: Months = 24
    """Visiting lists and other files given out."""
    runs_months: Months = 36
    """What a night found household by household; its counts stay."""
    cases_months: Months = 60
    """Which rows were handed out, once their cases are closed."""


class Office(Part):
    """`HOME/office.yaml`: what is particular to one data office.  Every key has a default, so the file may be absent."""

    name: str = "数据办"
    """Printed on lists and reports."""
    area: Annotated[str, Field(pattern=r"^\d{0,6}$")] = ""
    """GB/T 2260 prefix of the area the office answers for; empty means no restriction."""
    notice: str = ""
    """A sentence printed on every page and list, e.g. that the data are invented."""
    as_of: date | None = None
    """A fixed "today" for invented or archived homes; a real office leaves it out."""
    threads: Annotated[int, Field(ge=1, le=256)] = 2
    memory_limit: Annotated[str, Field(pattern=r"^\d+(\.\d+)?\s?(MB|MiB|GB|GiB)$")] = "4GiB"
    capacity_default: Annotated[int, Field(ge=0)] = 500
    """Visits one county can make for one list, unless `capacity` names the county."""
    capacity: Mapping[Annotated[str, Field(pattern=r"^\d{6}$")], Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """County code (six digits, quoted) -> visits for one list."""
    township_capacity: Mapping[Annotated[str, Field(pattern=r"^\d{9}$")], Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict
    )
    """Township code (nine digits, quoted) -> visits for one list; one that is not named is bounded by its county only."""
    review: Review = Field(default_factory=Review)
    clocks: Clocks = Field(default_factory=Clocks)
    holidays: Holidays = Field(default_factory=Holidays)
    ledger: Ledger = Field(default_factory=Ledger)
    false_alarms: Annotated[float, Field(ge=0.0001, le=0.2)] = 0.01
    """How often a night may call an alarm of one group (feeds, places, clusters) though nothing is wrong: one in a hundred."""
    quiet_days: Annotated[int, Field(ge=0, le=730)] = 90
    """After a visit, the same risk family is not asked again for this many days unless newer facts arrive."""
    new_steps_since: date = date(2021, 1, 1)
    """Households identified before this day need not go through authorisation and public discussion, steps that the 2021
    Opinion (中农组发〔2021〕7号) made new.  Its text was found without a day: with the year's first, fewer are spared."""
    retention: Retention = Field(default_factory=Retention)
    mask_public_names: bool = False
    """Whether public notices show a name with its middle masked (张*三)."""


@dataclass(frozen=True)
class Home:
    """Where everything of one office lives (`FANGPIN_HOME`)."""

    root: Path

    @property
    def office_file(self) -> Path:
        return self.root / "office.yaml"

    @property
    def released(self) -> Path:
        """Batches that a person let pass the gate."""
        return self.root / "released.yaml"

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def weights_file(self) -> Path:
        """The office's own points of the ranking, in place of those shipped."""
        return self.root / "weights.yaml"

    @property
    def proposals_file(self) -> Path:
        """The office's own risk types and monitored classes, in place of those shipped."""
        return self.root / "proposals.yaml"

    @property
    def audiences_file(self) -> Path:
        """Which columns of a visiting list each audience sees, in place of what is shipped."""
        return self.root / "audiences.yaml"

    @property
    def large_scale_file(self) -> Path:
        """The office's own kinds of large-scale risk, in place of those shipped."""
        return self.root / "large_scale.yaml"

    @property
    def exit_rules_file(self) -> Path:
        """The office's own conditions of the exit watch, in place of those shipped."""
        return self.root / "exit_rules.yaml"

    @property
    def connections_file(self) -> Path:
        """Where the departments' databases are; may hold passwords."""
        return self.root / "connections.yaml"

    @property
    def fetched(self) -> Path:
        """When each database was asked, and which original in the archive is its answer."""
        return self.root / "fetched"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def store(self) -> Path:
        return self.root / "store"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def lists(self) -> Path:
        return self.root / "lists"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def work(self) -> Path:
        return self.root / "work"

    @property
    def audit_file(self) -> Path:
        return self.root / "audit.jsonl"

    def facts(self, source: str, batch_id: str) -> Path:
        return self.store / "facts" / source / f"{batch_id}.parquet"

    def identity(self, source: str, batch_id: str) -> Path:
        return self.store / "identity" / source / f"{batch_id}.parquet"

    def quarantine(self, source: str, batch_id: str) -> Path:
        return self.store / "quarantine" / source / f"{batch_id}.parquet"

    @property
    def links(self) -> Path:
        """What `matching/` keeps of earlier nights, to be faster; may be deleted at any time."""
        return self.store / "links"

    @property
    def matching_parameters(self) -> Path:
        """The office's own match weights, in place of those shipped."""
        return self.root / "matching" / "parameters.yaml"

    @property
    def area_changes(self) -> Path:
        """The office's own changes of area codes, beside those shipped."""
        return self.root / "matching" / "area_changes.tsv"

    @property
    def drafts(self) -> Path:
        """Contracts that are not finished; a night does not read them."""
        return self.office_layer("sources") / DRAFTS

    @property
    def rule_drafts(self) -> Path:
        """Rules that are not finished; a night does not read them."""
        return self.office_layer("rules") / DRAFTS

    def run(self, as_of: date) -> Path:
        return self.runs / as_of.isoformat()

    def office_layer(self, kind: str) -> Path:
        """The office's own `sources`, `expectations`, `rules` or `reference` folder, layered over the built-in one."""
        return self.root / kind


@dataclass(frozen=True)
class Settings:
    """Everything a night needs to know besides its data."""

    home: Home
    office: Office
    as_of: date
    is_today: bool = False
    """Whether `as_of` is the day on which the night runs: only then are databases asked."""


def read_settings(home: Path, as_of: date | None = None) -> Settings:
    """Read `office.yaml` (absent is fine) and settle the night's date: asked for, fixed by the office, or today.

    Raises HomeError if the home folder or its office file cannot be used.
    """
    root = Home(home.expanduser().resolve())
    if root.root.exists() and not root.root.is_dir():
        raise HomeError(file=home, expected="一个文件夹", found="一个文件", do="用 --home 指定数据文件夹")
    office = load_yaml(root.office_file, Office, HomeError) if root.office_file.exists() else Office()
    today = office.as_of or datetime.now(ZoneInfo(TIME_ZONE)).date()
    return Settings(root, office, as_of or today, as_of in (None, today))
