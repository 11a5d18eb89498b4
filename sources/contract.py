"""A contract: what one department's feed holds, and what we accept of it.  `sources/catalogue/*.yaml` is its format."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator, model_validator

from catalogue import Part, wrong
from sources.numerals import in_digits
from sources.query import Query
from sources.succession import Withdrawal, check_order, check_withdrawal
from sources.units import YUAN, dimension
from tables import FACT_PREFIX, FACT_TYPES, IDENTITY

RECEIVED_ON: Final = "received_on"
"""In a date range's upper end: the day the batch was received."""

FactType = Literal["text", "code", "terms", "date", "integer", "money", "decimal", "boolean"]
Role = Literal["extract", "roster", "review_verdicts"]
Every = Literal["day", "week", "ten_days", "month", "quarter", "half_year", "year", "event"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Text = Annotated[str, Field(min_length=1)]
Headers = Annotated[tuple[Text, ...], Field(min_length=1)]

_CODED: Final = ("code", "terms")
_COUNTED: Final = ("integer", "money", "decimal")
_RANGED: Final = ("date", *_COUNTED)
_TRUTH: Final = frozenset({"是", "否"})
_HEADER_UNIT: Final = re.compile(r"[(\[](?:单位:?)?([^()\[\]]+)[)\]]$")
_OURS: Final = frozenset({*FACT_PREFIX.names, RECEIVED_ON, "probability", "source", "batch_id"})
_ROSTER_ONLY: Final = frozenset({"resident_id", "household_id"})
_CONCLUSION: Final = "conclusion"
"""The column of a review verdict that may be left empty: then the row says nothing."""


def fold(text: str) -> str:
    """Full width to half, compatibility forms to plain ones, outer white space off: how codes and numbers are compared."""
    return unicodedata.normalize("NFKC", text).strip()


def fold_header(text: str) -> str:
    """A header as we compare it: folded, without white space, byte order marks or quotes."""
    return "".join(c for c in fold(text) if not c.isspace() and c not in "\ufeff\u200b\"'“”‘’")


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


class Fact(Part):
    """A typed column.  Expected in the file unless `may_be_absent`; `required` means that its value may not be empty."""

    title: Text
    headers: Headers
    type: FactType
    unit: Text | None = None
    """What the value is kept in and reasons print; money is kept in 元.  A cell may repeat it."""
    sent_in: Text | None = None
    """What a number without a unit of its own is in, if not in `unit`: 万元, %, ..."""
    required: bool = False
    may_be_absent: bool = False
    pattern: Text | None = None
    """RE2 expression the whole value must match."""
    range: tuple[str, str] | None = None
    """Lowest and highest value, both accepted; the highest date may be `received_on`."""
    formats: tuple[Text, ...] = ()
    """Date formats as of strptime, instead of the usual ones."""
    named_in: Text | None = None
    """The document (a key of the contract's `documents`) that names the column; where there is none it is our invention."""
    month_means: Literal["first_day", "last_day"] | None = None
    """The day that a month without a day (202603) stands for; without it such a cell is no date."""
    two_digit_years_from: Annotated[int, Field(ge=1800, le=2100)] | None = None
    """26-3-5 is read, its year being the one of the hundred years from this one that ends so."""
    excel_serials: bool = False
    """A number of five digits is a day as Excel counts them (46086 is 2026-03-05)."""
    values: Mapping[Text, tuple[Text, ...]] | None = None
    """Canonical value -> synonyms; for `terms`, in the order in which several are stored.  For a boolean 是 and 否, each with
    what means it here besides the usual spellings; it overrides them, and 无 may be said to mean 否."""
    numerals: bool = False
    """Numbers within codes may be written in Chinese, formal Chinese, Roman or plain digits: 四级 is 肆级, Ⅳ级 and 4级."""
    nothing: tuple[Text, ...] = ()
    """What means an empty cell in this column, besides the usual."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.required and self.may_be_absent:
            raise wrong("required 与 may_be_absent 矛盾：必填的列不可缺")
        if self.type == "boolean":
            if not _TRUTH.issuperset(self.values or _TRUTH):
                raise wrong("boolean 的 values 只可有 是 与 否 两项，各列其别的写法")
        elif (self.values is None) == (self.type in _CODED) or self.values == {}:
            raise wrong("values 须用于 code 与 terms，可用于 boolean，且不可为空")
        if self.numerals and self.type not in _CODED:
            raise wrong("numerals 只用于 code 与 terms")
        return self

    @model_validator(mode="after")
    def _dates_plainly(self) -> Self:
        usual = self.month_means or self.two_digit_years_from or self.excel_serials
        if (self.formats or usual) and self.type != "date":
            raise wrong("formats、month_means、two_digit_years_from、excel_serials 只用于 date")
        if self.formats and usual:
            raise wrong("formats 取代各种通常写法，不可与 month_means、two_digit_years_from、excel_serials 同用")
        if any(part not in form for form in self.formats for part in ("%Y", "%m", "%d")):
            raise wrong("formats 的每一种都要有 %Y、%m、%d")
        return self

    @model_validator(mode="after")
    def _has_units_that_convert(self) -> Self:
        unit = (self.unit or (YUAN if self.type == "money" else "")).partition("/")[0]
        units = dimension(unit, self.type == "money")
        if self.type == "money" and unit != YUAN:
            raise wrong("money 一律存为元（unit: 元，或 元/月 等）；文件用其他单位时写 sent_in: 万元")
        if self.sent_in is not None and (self.type not in _COUNTED or self.sent_in not in units):
            raise wrong(f"sent_in 只用于各种数，且须能换算为 unit；可为：{'、'.join(filter(None, units)) or '无'}")
        for header in self.headers if self.type in _COUNTED else ():
            found = _HEADER_UNIT.search(fold_header(header))
            named = found.group(1).partition("/")[0] if found else ""
            if named in units and units[named] != units[self.sent_in or unit]:
                raise wrong(f"表头“{header}”写明单位是{named}，与 sent_in 或 unit 不同；不同单位的表头须各成一列")
        return self

    @model_validator(mode="after")
    def _has_plain_values(self) -> Self:
        meanings: dict[str, str] = {}
        for value, synonyms in (self.values or {}).items():
            for written in (value, *synonyms):
                if meanings.setdefault(self.form(written), value) != value:
                    raise wrong(f"“{written}”同时指 {meanings[self.form(written)]} 与 {value}")
        if both := [text for text in self.nothing if self.form(text) in meanings]:
            raise wrong(f"“{both[0]}”既在 nothing 又在 values 中")
        if self.type == "terms" and any(c in value for value in meanings for c in ",、;/ "):
            raise wrong("terms 的值不可含分隔符（, 、 ; / 空格）")
        return self

    def form(self, written: str) -> str:
        """A code as it is compared: folded, in capitals for booleans, its numbers in digits if the contract says `numerals`."""
        if self.numerals:
            return in_digits(written)
        return fold(written).upper() if self.type == "boolean" else fold(written)

    @model_validator(mode="after")
    def _has_a_pattern_that_compiles(self) -> Self:
        if self.pattern is None:
            return self
        if self.type != "text":
            raise wrong("pattern 只用于 text")
        try:
            pc.match_substring_regex(pa.array([""]), self.pattern)
        except pa.ArrowInvalid:
            raise wrong("pattern 不是合法的 RE2 正则表达式") from None
        return self

    @model_validator(mode="after")
    def _has_a_range_that_orders(self) -> Self:
        if self.range is None:
            return self
        if self.type not in _RANGED:
            raise wrong("range 只用于 date、integer、money、decimal")
        try:
            ordered = self._range_orders(*self.range)
        except (ValueError, InvalidOperation):
            raise wrong(f"range 的两端须为 {self.type} 的文本（日期如 2000-01-01，上限可为 {RECEIVED_ON}）") from None
        if not ordered:
            raise wrong("range 的下限大于上限")
        return self

    def _range_orders(self, low: str, high: str) -> bool:
        if self.type == "date":
            first = date.fromisoformat(low)
            return high == RECEIVED_ON or first <= date.fromisoformat(high)
        if self.type == "integer":
            return int(low) <= int(high)
        return bool(Decimal(low) <= Decimal(high))


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
    """`extract` rows are linked to residents, the `roster` holds these, `review_verdicts` say whom a row in doubt speaks of."""
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
        if self.role == "review_verdicts":
            if any(True for _ in self.identity.columns()):
                raise wrong("比对结论（role: review_verdicts）不可有 identity：它只说比对编号，不说是谁")
        elif not self.identity.says_who:
            raise wrong("identity 至少要有 id_number 或 name，否则无从知道是谁")
        return self

    @model_validator(mode="after")
    def _has_a_key(self) -> Self:
        for column in self.key:
            if column not in self.facts:
                raise wrong(f"key 中的 {column} 不在 facts 中")
            if not self.facts[column].required and self.role != "review_verdicts":
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
        return self

    @model_validator(mode="after")
    def _claims_each_header_once(self) -> Self:
        ignored = [("ignore", tuple(self.ignore))]
        _refuse_shared([*ignored, *((name, column.headers) for name, column in self.identity.columns())])
        _refuse_shared([*ignored, *((name, fact.headers) for name, fact in self.facts.items())])
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
    def succession(self) -> tuple[str, ...]:
        """The columns a row must have filled to take another's place: a line sent back empty overrules no verdict."""
        return (*self.key, _CONCLUSION) if self.role == "review_verdicts" else self.key

    @property
    def facts_schema(self) -> pa.Schema:
        """FACT_PREFIX, then the fact columns with their types: a facts file of this feed."""
        return pa.schema([*FACT_PREFIX, *((name, FACT_TYPES[fact.type].arrow) for name, fact in self.facts.items())])

    @property
    def hash(self) -> str:
        """16 hex digits over everything the contract says of the rows; the order of columns and values counts.

        How they are asked for is no part of it: what was received is not read anew because a server has moved.
        """
        told = self.model_dump(mode="json", by_alias=True, exclude={"query"})
        said = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def _refuse_shared(claims: Iterable[tuple[str, tuple[str, ...]]]) -> None:
    owners: dict[str, str] = {}
    for name, headers in claims:
        for header in headers:
            owner = owners.setdefault(fold_header(header), name)
            if owner != name:
                raise wrong(f"表头“{header}”同时属于 {owner} 与 {name}")
