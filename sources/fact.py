"""A typed column of a contract: what its cells may hold and how they are read."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Final, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from catalogue import Part, wrong
from sources.numerals import in_digits
from sources.units import YUAN, dimension

RECEIVED_ON: Final = "received_on"
"""In a date range's upper end: the day the batch was received."""


FactType = Literal["text", "code", "terms", "date", "integer", "money", "decimal", "boolean"]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")]
Text = Annotated[str, Field(min_length=1)]
Headers = Annotated[tuple[Text, ...], Field(min_length=1)]

_CODED: Final = ("code", "terms")
_COUNTED: Final = ("integer", "money", "decimal")
_RANGED: Final = ("date", *_COUNTED)
_TRUTH: Final = frozenset({"是", "否"})
_HEADER_UNIT: Final = re.compile(r"[(\[](?:单位:?)?([^()\[\]]+)[)\]]$")


def fold(text: str) -> str:
    """Full width to half, compatibility forms to plain ones, outer white space off: how codes and numbers are compared."""
    return unicodedata.normalize("NFKC", text).strip()


def fold_header(text: str) -> str:
    """A header as we compare it: folded, without white space, byte order marks or quotes."""
    return "".join(c for c in fold(text) if not c.isspace() and c not in "\ufeff\u200b\"'“”‘’")


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
    pattern_says: Text | None = None
    """The same for people, to follow 应: 是 W 加 12 位.  Without it they read the expression."""
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
        unit = self.stored_unit.partition("/")[0]
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

    @property
    def stored_unit(self) -> str:
        """The unit its values are kept in, '' where there is none."""
        return self.unit or (YUAN if self.type == "money" else "")

    @property
    def stored_title(self) -> str:
        """The title without a unit that it may carry from the sender's header: the values are kept in `stored_unit`."""
        folded = fold(self.title)
        found = _HEADER_UNIT.search(folded)
        units = dimension(self.stored_unit.partition("/")[0], self.type == "money")
        is_unit = found is not None and self.type in _COUNTED and found.group(1).partition("/")[0] in units
        return folded[: found.start()].strip() if found and is_unit else self.title

    def form(self, written: str) -> str:
        """A code as it is compared: folded, in capitals for booleans, its numbers in digits if the contract says `numerals`."""
        if self.numerals:
            return in_digits(written)
        return fold(written).upper() if self.type == "boolean" else fold(written)

    @model_validator(mode="after")
    def _has_a_pattern_that_compiles(self) -> Self:
        if self.pattern is None:
            if self.pattern_says:
                raise wrong("有 pattern 才能有 pattern_says")
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
