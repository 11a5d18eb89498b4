"""What a column of a sample seems to be.  A value of a person never leaves this module: only code lists do."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from sources.cells import NOTHING
from sources.drafting.persons import Persons
from sources.fact import FactType, fold
from sources.units import dimension
from tables import ID_WEIGHTS

MOST_CODES: Final = 15
LONGEST_CODE: Final = 12
_MOSTLY: Final = 0.9
_ENOUGH: Final = 0.6

_ID: Final = re.compile(r"\d{17}[\dXx]")
_DATE: Final = re.compile(
    r"(19|20)\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}日?( .*)?|(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])|(19|20)\d\d-\d\d-\d\d[T ].*"
)
_SERIAL: Final = re.compile(r"[2-6]\d{4}(\.0*)?")
_MONTH: Final = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])|(19|20)\d\d年\d{1,2}月")
_INTEGER: Final = re.compile(r"-?\d{1,12}(\.0*)?")
_NUMBER: Final = re.compile(r"[-(]?[￥¥]?(\d+|\d{1,3}(,\d{3})+)?(\.\d+)?\)?(元|万元|%)?")
_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_SERIAL_NO: Final = re.compile(r"[0-9A-Z-]{4,40}")
_WRITTEN_NO: Final = re.compile(r"[0-9A-Za-z/_()（）〔〕\[\]第号年-]{1,40}")
_PADDED: Final = re.compile(r"0\d+")
_TO_DATE: Final = '["2000-01-01", received_on]'
_TRUTH: Final = frozenset({"是", "否", "有", "无", "Y", "N", "y", "n", "√", "×", "对", "错"})

_SAYS_MONEY: Final = re.compile(r"金额|[费款资价额]$|费用|补[贴助]|工资|收入|支出|损失|报销|自付|支付|元[)）]?$")
_SAYS_DATE: Final = re.compile(r"日期|时间|年月日|[日]$")
_UNIT: Final = re.compile(r"[(（](?:单位[:：]?)?(分|角|元|百元|千元|万元|亿元|%|个?月|天|日|亩|平方米|人|户|间|吨|公斤)[)）]$")
_IDENTITY: Final[Mapping[str, re.Pattern[str]]] = {
    "id_number": re.compile(r"身份证|证件号|公民身份|残疾人证号|社会保障号"),
    "name": re.compile(r"姓名|名字|^户主$|^当事人$|户名$"),
    "birth_date": re.compile(r"出生"),
    "sex": re.compile(r"性别"),
    "place": re.compile(r"区划|地址|住址|户籍地|户籍所在|^村$|所在村"),
    "phone": re.compile(r"电话|手机|联系方式"),
}
_NEEDLESS: Final[Mapping[str, re.Pattern[str]]] = {
    "账户信息与预警无关，不取": re.compile(r"账号|账户|卡号|开户|存折"),
    "经办人员信息与监测无关": re.compile(r"经办|审核|填表|录入|签字|复核|制表"),
    "行次，无业务含义": re.compile(r"^序号$|^行号$|^No\.?$", re.IGNORECASE),
    "自由文本可能写有他人信息，不取": re.compile(r"备注|说明|摘要|描述|意见|病历|诊断"),
}
_NOT_THE_ONE: Final = "不是这一行所说的人，与监测无关"
_LIKE_NAMES: Final = "取值像人名，不作事实；若是代码，移到 facts，取值自己列出"
_HALF: Final = 0.5
_SAYS_NUMBER: Final = re.compile(r"编号|流水|单号|证号|案号|户号|学号|编码|代码|号$")
_SAYS_LATER: Final = re.compile(r"[至止到]$|截止|到期|预计|计划|有效|期限|应还")


@dataclass(frozen=True)
class Judged:
    """One column: an identity column, a fact, or one that seems needless."""

    header: str
    identity: str = ""
    needless: str = ""
    type: FactType = "text"
    options: Mapping[str, str] = field(default_factory=dict)
    """More keys of the fact, as YAML."""
    codes: tuple[str, ...] = ()
    is_full: bool = False
    is_unique: bool = False
    doubt: str = ""
    """A question to whoever answers the draft; it follows the heading."""

    @property
    def title(self) -> str:
        """The heading without the unit the file is in: what is kept may be in another."""
        return _UNIT.sub("", self.header) or self.header


def judge(header: str, cells: Sequence[str], persons: Persons, names: frozenset[str] = frozenset()) -> Judged:
    """What the column under `header` seems to be.  What is among the `names` is somebody's, wherever it stands."""
    values = [cell for cell in cells if cell]
    if identity := _identity(header, values):
        return Judged(header, identity=identity)
    if not set(values) <= _TRUTH:
        values = [value for value in values if value not in NOTHING]
    for why, pattern in _NEEDLESS.items():
        if pattern.search(header):
            return Judged(header, needless=why)
    full, unique = len(values) == len(cells) > 0, bool(values) and len(set(values)) == len(values)
    found = _fact(header, values, full, unique)
    return _without_people(found, values, persons, names) if found.type in ("text", "code") else found


def names_in(headers: Sequence[str], columns: Sequence[Sequence[str]], persons: Persons) -> frozenset[str]:
    """What stands in the columns that are headed by people."""
    asked = ((header, cells) for header, cells in zip(headers, columns, strict=True))
    return frozenset(
        cell for header, cells in asked if _names_somebody(header, cells) or persons.are_named_by(header) for cell in cells
    )


def _names_somebody(header: str, cells: Sequence[str]) -> bool:
    return _identity(header, [cell for cell in cells if cell]) == "name"


def _without_people(found: Judged, values: Sequence[str], persons: Persons, names: frozenset[str]) -> Judged:
    """A column of people is needless; of a code list no value is told that may be a name."""
    distinct = set(values)
    alike = {value for value in distinct if persons.may_be(value)}
    are_said = persons.are_named_by(found.header) and not _SAYS_NUMBER.search(found.header)
    if are_said or (distinct & names and not distinct & persons.codes):
        return Judged(found.header, needless=_NOT_THE_ONE)
    if distinct and len(alike) >= _HALF * len(distinct):
        return Judged(found.header, needless=_LIKE_NAMES)
    told = tuple(code for code in found.codes if code not in names and not persons.may_be(code))
    missing = len(found.codes) - len(told)
    doubt = f"另有 {missing} 种取值像人名，没有写入；是代码的请自己补上" if missing else found.doubt
    return replace(found, codes=told, doubt=doubt)


def _identity(header: str, values: Sequence[str]) -> str:
    """By what stands in the cells, else by the heading."""
    if _share(values, _is_id) >= _ENOUGH:
        return "id_number"
    named = next((name for name, pattern in _IDENTITY.items() if pattern.search(header)), "")
    if not named and _share(values, lambda v: bool(_MOBILE.fullmatch(v))) >= _MOSTLY:
        return "phone"
    is_other = _share(values, lambda v: v in _TRUTH or bool(_NUMBER.fullmatch(v))) >= _ENOUGH
    return "" if named == "name" and is_other else named


def _fact(header: str, values: Sequence[str], full: bool, unique: bool) -> Judged:
    make = _Maker(header, full, unique)
    if not values:
        return make("text", doubt="样本中这一列全空，类型无从看出")
    if _SAYS_NUMBER.search(header) and _share(values, lambda v: bool(_WRITTEN_NO.fullmatch(v))) == 1:
        return _serial(make, values) if unique or _serial_like(values) else make("text")
    if dated := _dated(make, header, values):
        return dated
    if set(values) <= _TRUTH and len(set(values)) <= 4:
        return make("boolean")
    if _SAYS_MONEY.search(header) and _share(values, lambda v: any(map(str.isdigit, v))) >= _MOSTLY:
        return _numbered(make, header, values)
    if coded := _coded(make, header, values):
        return coded
    is_number = _share(values, lambda v: bool(_NUMBER.fullmatch(v)) and any(map(str.isdigit, v))) >= _MOSTLY
    if is_number and not _serial_like(values) and not any(_PADDED.fullmatch(value) for value in values):
        return _numbered(make, header, values)
    if _share(values, lambda v: bool(_SERIAL_NO.fullmatch(v))) == 1 and (unique or _serial_like(values)):
        return _serial(make, values)
    return make("text")


def _serial(make: "_Maker", values: Sequence[str]) -> Judged:
    if not all(map(_SERIAL_NO.fullmatch, values)):
        return make("text")
    lengths = [len(value) for value in values]
    return make("text", {"pattern": f'"[0-9A-Z-]{{{max(1, min(lengths) - 2)},{max(lengths) + 6}}}"'})


@dataclass(frozen=True)
class _Maker:
    header: str
    full: bool
    unique: bool

    def __call__(
        self, kind: FactType, options: Mapping[str, str] = MappingProxyType({}), doubt: str = "", codes: tuple[str, ...] = ()
    ) -> Judged:
        return Judged(
            self.header, type=kind, options=options, codes=codes, is_full=self.full, is_unique=self.unique, doubt=doubt
        )


def _dated(make: _Maker, header: str, values: Sequence[str]) -> Judged | None:
    if _share(values, lambda v: bool(_DATE.fullmatch(v))) >= _MOSTLY:
        return make("date", {} if _SAYS_LATER.search(header) else {"range": _TO_DATE})
    says = bool(_SAYS_DATE.search(header) or "月" in header)
    if says and _share(values, lambda v: bool(_MONTH.fullmatch(v))) >= _MOSTLY:
        return make("date", {"month_means": "first_day"}, "只有年月：算作当月第一天还是最后一天（first_day 或 last_day）")
    if says and _share(values, lambda v: bool(_DATE.fullmatch(v) or _SERIAL.fullmatch(v))) >= _MOSTLY:
        return make("date", {"excel_serials": "true", "range": _TO_DATE})
    return None


def _coded(make: _Maker, header: str, values: Sequence[str]) -> Judged | None:
    """A short list of words that come again and again, none of which could be somebody's name or number."""
    counts = Counter(fold(value) for value in values)
    often = tuple(code for code, count in counts.most_common() if count > 1)
    once = len(counts) - len(often)
    is_list = 2 <= len(often) <= MOST_CODES and len(values) >= 4 * len(counts) and once <= len(often)
    if not is_list or any(len(code) > LONGEST_CODE or len(re.sub(r"\D", "", code)) > 3 for code in counts):
        return None
    if all(_NUMBER.fullmatch(code) for code in counts) and len(counts) > 2:
        return None
    doubt = f"另有 {once} 种取值只见到一次，没有写入；是代码的请自己补上" if once else ""
    return None if "人" in header or "名" in header else make("code", codes=often, doubt=doubt)


def _numbered(make: _Maker, header: str, values: Sequence[str]) -> Judged:
    unit = _UNIT.search(header)
    told = unit.group(1) if unit else ""
    is_money = bool(_SAYS_MONEY.search(header)) or told.endswith("元") or told in ("分", "角")
    if is_money:
        sent = {"sent_in": told} if told and told != "元" else {}
        limits = _limits(values, dimension("元", is_money=True).get(told, 0))
        doubt = (
            "最大可能是多少元，写进 range 的上限"
            if told
            else "样本没有写明单位：是元还是万元（若是万元，加上 sent_in: 万元，range 仍以元计）"
        )
        return make("money", {"unit": "元", **sent, "range": limits}, doubt)
    whole = _share(values, lambda v: bool(_INTEGER.fullmatch(v))) == 1
    unit_told = {"unit": f'"{told}"'} if told else {}
    return make(
        "integer" if whole else "decimal", {**unit_told, "range": _limits(values, 0)}, "最大可能是多少，写进 range 的上限"
    )


def _limits(values: Sequence[str], power: int) -> str:
    """From nought, or as far below it, to ten times the largest of the sample and then the next power of ten."""
    digits = max((len(re.sub(r"[^0-9].*", "", re.sub(r"[-(￥¥,]", "", value))) for value in values), default=1)
    high = f"1{'0' * max(digits + power + 1, 1)}"
    low = f"-{high}" if any(value.startswith(("-", "(", "（")) for value in values) else "0"
    return f'["{low}", "{high}"]'


def _serial_like(values: Sequence[str]) -> bool:
    return min(map(len, values)) >= 6 and all(_SERIAL_NO.fullmatch(value) for value in values) and "." not in "".join(values)


def _is_id(value: str) -> bool:
    if not _ID.fullmatch(value):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(value[:17], ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == value[17].upper()


def _share(values: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, values)) / len(values) if values else 0.0
