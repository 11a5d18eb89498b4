"""A contract: what one department's feed holds, and what we accept of it.  `sources/catalogue/*.yaml` is its format."""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Final, Literal, Self

import pyarrow as pa
from pydantic import Field, field_validator, model_validator

from catalogue import Part, wrong
from seal import SEALS
from sources.fact import RECEIVED_ON, Fact, FactType, Headers, Name, Text, fold_header
from sources.query import Query
from sources.records import RECORDS, SAYS, Role, Walled, left_out_if_empty
from sources.succession import Withdrawal, check_order, check_sending_unit, check_withdrawal
from tables import FACT_PREFIX, FACT_TYPES, IDENTITY

Channel = Literal["department", "self_report", "cadre"]
Every = Literal["day", "week", "ten_days", "month", "quarter", "half_year", "year", "event"]

_OURS: Final = frozenset({*FACT_PREFIX.names, RECEIVED_ON, "probability", "source", "batch_id", SEALS})
_ROSTER_ONLY: Final = frozenset({"resident_id", "household_id"})


class LegalBasis(Part):
    """Why the office may process the feed: a ground of article 13 of the Personal Information Protection Law, and its text."""

    ground: Annotated[
        Literal["consent", "contract", "statutory_duty", "emergency", "public_interest", "published", "other_law"],
        Field(alias="class"),
    ]
    text: Text
    scope: Literal["everybody", "authorised_households"] = "everybody"
    """Whose rows may be read: everybody's, or only those of households that have signed for it."""


class Cadence(Part):
    """How often the feed should come, and after how many days it counts as late; an `event` feed comes when there is cause."""

    every: Every
    late_after_days: Annotated[int, Field(ge=0, le=400)]


class Files(Part):
    """Which files belong to the feed and how they are read."""

    patterns: Annotated[tuple[Text, ...], Field(min_length=1)]
    format: Literal["csv", "xlsx", "xls", "ods", "parquet", "jsonl", "any"]
    """`csv` is any text table; each of `xlsx`, `xls`, `ods` stands for all three; `any`: what the content says it is."""
    encoding: Literal["auto", "utf-8", "gb18030"] = "auto"
    delimiter: Literal["auto"] | Annotated[str, Field(min_length=1, max_length=1)] = "auto"
    """Of a text table; `auto`: the usual one by which the header is found."""
    sheets: Literal["all"] | Annotated[tuple[Text, ...], Field(min_length=1)] = "all"
    """`all`: every visible sheet that has the header; a hidden sheet is read only if it is named here."""
    guides: Annotated[tuple[Text, ...], Field(exclude_if=left_out_if_empty)] = ()
    """Sheets that we put into the workbook ourselves and that hold no data: passed over without a word."""
    header_within: Annotated[int, Field(ge=1, le=100)] = 5
    """The header, of one line or two, is looked for in the first so many rows."""
    parts: bool = False
    """All files of one delivery day together are the snapshot, e.g. one per township; of two with one name the later counts."""

    @field_validator("delimiter")
    @classmethod
    def _delimits(cls, delimiter: str) -> str:
        if delimiter != "auto" and (not delimiter.isascii() or delimiter in "\r\n\"'\\"):
            raise wrong("分隔符须为一个半角字符，不可为换行、引号或反斜线")
        return delimiter


class IdentityColumn(Part):
    """A column that says who the row speaks of; kept apart from the facts, as written."""

    headers: Headers
    may_be_absent: bool = False


class Identity(Part):
    """The identity columns a feed may have, in the order of `tables.IDENTITY`."""

    id_number: IdentityColumn | None = None
    name: IdentityColumn | None = None
    birth_date: IdentityColumn | None = None
    sex: IdentityColumn | None = None
    place: IdentityColumn | None = None
    phone: IdentityColumn | None = None

    @property
    def says_who(self) -> bool:
        """Whether a row can be told to be somebody's."""
        return self.id_number is not None or self.name is not None

    def columns(self) -> Iterator[tuple[str, IdentityColumn]]:
        """The columns the feed has, with their names."""
        for name in IDENTITY.names[1:]:
            column: IdentityColumn | None = getattr(self, name)
            if column is not None:
                yield name, column


class Volume(Part):
    """How many rows a batch may have, and how the numbers were chosen.  Under the floor is held, over the ceiling warns."""

    floor: Annotated[int, Field(ge=0)]
    ceiling: Annotated[int, Field(ge=0)]
    why: Text

    @model_validator(mode="after")
    def _orders(self) -> Self:
        if self.floor > self.ceiling:
            raise wrong("floor 大于 ceiling")
        return self


class Contract(Part):
    """One department's feed.  Every column of its files is declared, or ignored with a reason."""

    id: Name
    title: Text
    owner: Text
    legal_basis: LegalBasis
    row: Text
    """What one row is."""
    personal_data: Literal["none", "personal", "sensitive"]
    role: Role = "extract"
    """`extract` rows are linked to residents, the `roster` holds these; all others are records (`sources.records`)."""
    channel: Channel = "department"
    """Who noticed: a department's data (部门筛查预警), the household (农户自主申报), or officials (干部排查)."""
    cadence: Cadence
    mode: Literal["snapshot", "append"]
    key: Annotated[tuple[str, ...], Field(min_length=1)]
    """Fact columns that name the thing a row is about.  They must be `required`, so no contract is without a check."""
    correction: Literal["latest_wins", "first_wins"] = "latest_wins"
    order_by: str | None = None
    """A required date or integer that orders the versions of a key before their arrival does, e.g. the day of the update."""
    withdrawal: Withdrawal | None = None
    files: Files = Field(default_factory=lambda: Files.model_construct(patterns=(), format="csv"))
    """May be left out where there is a query: then no file is taken."""
    query: Query | None = None
    identity: Identity = Identity()
    facts: Annotated[Mapping[Name, Fact], Field(min_length=1)]
    sealed: Annotated[tuple[Text, ...], Field(exclude_if=left_out_if_empty)] = ()
    """Headers of printed columns that must come back unchanged: digested (`seal`), the cells themselves are not kept."""
    walled: Annotated[Mapping[Name, Walled], Field(exclude_if=left_out_if_empty)] = Field(default_factory=dict)
    """Free text by or about people: kept as written beside the identity, never a fact."""
    sending_unit: Name | None = None
    """The fact column that says which office recorded or sent the row (a school, a hospital, a township); never a person."""
    ignore: Mapping[Text, Text] = Field(default_factory=dict)
    """Header -> why we do not want it."""
    volume: Volume | None = None
    documents: Mapping[Text, Text] = Field(default_factory=dict)
    """Short name -> the document that names columns of such a feed, with its address and what it is worth."""

    @model_validator(mode="after")
    def _cites_its_documents(self) -> Self:
        cited = {fact.named_in for fact in self.facts.values() if fact.named_in is not None}
        if cited != self.documents.keys():
            strange = "、".join(sorted(cited ^ self.documents.keys()))
            raise wrong(f"documents 与各列的 named_in 不相应：{strange}")
        return self

    @model_validator(mode="after")
    def _uses_free_names(self) -> Self:
        taken = _OURS if self.role == "roster" else _OURS | _ROSTER_ONLY
        if clash := sorted(taken.intersection(self.facts)):
            raise wrong(f"facts 中的列名已另有用途：{'、'.join(clash)}")
        if self.role == "roster" and not self.facts.keys() >= _ROSTER_ONLY:
            raise wrong("花名册（role: roster）须有 resident_id 与 household_id 两列")
        return self

    @model_validator(mode="after")
    def _arrives_somehow(self) -> Self:
        if not self.files.patterns and self.query is None:
            raise wrong("缺少 files 或 query：数据从哪里来")
        if self.query is not None and self.query.recent is not None and self.mode == "snapshot":
            raise wrong("query.recent 只用于 mode: append；snapshot 每次须是全表")
        if self.query is not None and self.is_barred:
            raise wrong("scope: authorised_households 的来源不可有 query：未签署授权的家庭，其数据不可去取")
        return self

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if self.is_record:
            if any(True for _ in self.identity.columns()):
                raise wrong(f"{RECORDS[self.role]}（role: {self.role}）不可有 identity：它只说编号，不说是谁")
        elif not self.identity.says_who:
            raise wrong("identity 至少要有 id_number 或 name，否则无从知道是谁")
        elif self.sealed or self.walled:
            raise wrong("sealed 与 walled 只用于回填的记录（role 不是 extract、roster）")
        return self

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        for column in self.key:
            if column not in self.columns:
                raise wrong(f"key 中的 {column} 不在 facts 中")
            if column in self.facts and not self.facts[column].required and not self.is_record:
                raise wrong(f"key 中的 {column} 须为 required，否则空值会互相顶替")
        return self

    @model_validator(mode="after")
    def _says_what_succeeds_what(self) -> Self:
        check_order(self.order_by, self.facts)
        if self.files.parts and self.mode != "snapshot":
            raise wrong("files.parts 只用于 mode: snapshot")
        if self.withdrawal is not None and self.correction == "first_wins":
            raise wrong("withdrawal 与 correction: first_wins 矛盾：以首次为准就无法撤回")
        check_withdrawal(self.withdrawal, self.facts)
        check_sending_unit(self.sending_unit, self.facts)
        return self

    @model_validator(mode="after")
    def _claims_each_header_once(self) -> Self:
        ignored = [("ignore", tuple(self.ignore))]
        _refuse_shared([*ignored, *((name, column.headers) for name, column in self.identity.columns())])
        walled = ((f"walled.{name}", column.headers) for name, column in self.walled.items())
        _refuse_shared(
            [*ignored, *walled, ("sealed", self.sealed), *((name, fact.headers) for name, fact in self.facts.items())]
        )
        return self

    @property
    def is_awaited(self) -> bool:
        """Whether the feed is missed when it does not come."""
        return self.cadence.every != "event" and not self.is_barred

    @property
    def is_barred(self) -> bool:
        """Whether no row may be read: only authorised households' may, and nothing says yet who these are (ADR 9)."""
        return self.legal_basis.scope == "authorised_households"

    @property
    def is_record(self) -> bool:
        """Whether its rows name a warning, a case or a row in doubt by its number, and nobody by name."""
        return self.role in RECORDS

    @property
    def succession(self) -> tuple[str, ...]:
        """The columns a row must have filled to take another's place: a line sent back empty overrules nothing."""
        if not self.is_record:
            return self.key
        says = SAYS[self.role]
        return (*self.key, says) if self.role == "review_verdicts" else (self.key[0], says)

    @property
    def subject(self) -> tuple[str, ...]:
        """What a row is about: a later good row about the same answers one that was sent back."""
        return self.key[:1] if self.is_record else self.key

    @property
    def key_says_all(self) -> bool:
        """Whether two records with one key say the same, however their cells are written."""
        return self.is_record and set(self.key) == self.columns.keys()

    @property
    def columns(self) -> Mapping[str, FactType]:
        """Column -> contract type: what a facts file holds besides FACT_PREFIX."""
        derived: dict[str, FactType] = {SEALS: "text"} if self.sealed else {}
        return {name: fact.type for name, fact in self.facts.items()} | derived

    @property
    def facts_schema(self) -> pa.Schema:
        """FACT_PREFIX, then `columns` with their types: a facts file of this feed."""
        return pa.schema([*FACT_PREFIX, *((name, FACT_TYPES[kind].arrow) for name, kind in self.columns.items())])

    @property
    def identity_schema(self) -> pa.Schema:
        """IDENTITY, then what is walled: an identity file of this feed."""
        return pa.schema([*IDENTITY, *((name, pa.string()) for name in self.walled)])

    @property
    def hash(self) -> str:
        """16 hex digits over everything the contract says of the rows; the order of columns and values counts.

        How they are asked for, who noticed and who is judged by them is no part of it: nothing received is read anew for that.
        """
        told = self.model_dump(mode="json", by_alias=True, exclude={"query", "sending_unit", "channel"})
        return hashlib.sha256(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()[:16]


def _refuse_shared(claims: Iterable[tuple[str, tuple[str, ...]]]) -> None:
    owners: dict[str, str] = {}
    for name, headers in claims:
        for header in headers:
            owner = owners.setdefault(fold_header(header), name)
            if owner != name:
                raise wrong(f"表头“{header}”同时属于 {owner} 与 {name}")
