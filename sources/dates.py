"""SQL that reads days as departments write them.  What could be two days, or a day and something else, is none."""

from typing import Final

from engine import sql_text
from sources.cells import Step, said_steps, texts
from sources.fact import Fact
from sources.numerals import DIGITS, VALUES

_USUAL: Final = r"(19|20)\d\d-\d\d-\d\d"
_NEVER: Final = (
    r"(0000|1900)[-/.]0?[01][-/.]0?0( 0?0:00(:00)?)?|1899[-/.]12[-/.]3[01]( 0?0:00(:00)?)?|0001[-/.]0?1[-/.]0?1( 0?0:00(:00)?)?"
    r"|(0000|1900)年0?[01]月0?0日|0|0{8}|[-/.:年月日 ]+"
)
"""What stands for no day: the day 0 of Excel and of databases, and a form whose blanks were not filled in."""
_CHINESE: Final = rf"^[\d{DIGITS}]{{4}}年[\d{DIGITS}十拾]{{1,3}}月(?:[\d{DIGITS}十拾]{{1,3}}[日号])?"
_SHORT_YEAR: Final = r"^\d\d ?[-/.年] ?\d{1,2} ?[-/.月] ?\d"
_SPLIT: Final = r"^([1-9]\d{3}) ?([-/.年]) ?(\d{1,2}) ?([-/.月]) ?(\d{1,2})(?: ?([日号])(.*)|(\D.*)?)$"
_TOGETHER: Final = r"^([1-9]\d{3})(\d\d)(\d\d)(?:\.0+)?(\d{6}|\D.*)?$"
_MONTH: Final = r"^([1-9]\d{3})(?: ?[-/年] ?(\d{1,2}) ?月?份?|(\d\d)(?:\.0+)?|\.(0[1-9]|1[0-2]|[2-9]))$"
"""2026.1 is left out: a spreadsheet shows the number 2026.10 so."""
_SERIAL: Final = r"(1[0-8]|2[1-9]|[3-6]\d|7[0-2])\d{3}(\.\d+)?"
"""Days from 1927 to 2099 as Excel counts them; of five digits, 19000 to 20999 may also be a year and a month (20263)."""
_WEEKDAY: Final = "一二三四五六日"
_IN_WORDS: Final = rf"[(,]?\s*(?:星期|周|礼拜)([{_WEEKDAY}天])\)?"
_HALF_DAY: Final = "上午|下午|中午|凌晨|早上|晚上|夜间|AM|PM"
_CLOCK: Final = r"(?:[01]?\d|2[0-4])(?::[0-5]\d(?::[0-5]\d(?:\.\d+)?)?|[时点](?:[0-5]?\d分(?:[0-5]?\d秒)?|整|半)?)"
_TIME_OF_DAY: Final = rf"(?:{_HALF_DAY})? *(?:{_CLOCK})? *(?:AM|PM)?(?:\+08(?::?00)?)?"
_AFTER: Final = rf"(?i)\s*(?:{_IN_WORDS})?[ T]*{_TIME_OF_DAY}|([01]\d|2[0-4])([0-5]\d){{2}}"
"""What may follow a day: the day of the week, a time; none of another time zone, where the day may be another."""
_TIME: Final = r"[ T]*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$"


def usual(fact: Fact, cell: str) -> str:
    """SQL for the day a cell holds in the usual form; null for any other form."""
    if fact.formats:
        return "NULL::DATE"
    return f"CASE WHEN regexp_full_match({cell}, {sql_text(_USUAL)}) THEN TRY_CAST({cell} AS DATE) END"


def steps(fact: Fact) -> tuple[Step, ...]:
    """From `written` to `said` and `value`."""
    said = said_steps(fact, _NEVER)
    if fact.formats:
        return (*said, {"value": _formatted(fact)})
    return (
        *said,
        {"spelt": f"regexp_extract(said, {sql_text(_CHINESE)})", "dashed": "translate(said, '—–‐‑−', '-----')"},
        {"plain": f"CASE WHEN spelt <> '' THEN {_in_digits('spelt')} || substr(said, length(spelt) + 1) ELSE dashed END"},
        {"whole": _with_century(fact, "plain")},
        {
            "apart": f"regexp_extract(whole, {sql_text(_SPLIT)}, ['y', 'a', 'm', 'b', 'd', 'e', 'rest', 'other'])",
            "close": f"regexp_extract(whole, {sql_text(_TOGETHER)}, ['y', 'm', 'd', 'rest'])",
            "month": f"regexp_extract(whole, {sql_text(_MONTH)}, ['y', 'm', 'n', 'o'])",
        },
        {"day": _day(), "rest": "apart.rest || apart.other || close.rest"},
        {"value": f"coalesce(CASE WHEN {_agrees()} THEN day END, {_month(fact)}, {_serial(fact)})"},
    )


def _in_digits(text: str) -> str:
    """二〇二六年十二月二十一日 in digits; 十 is a digit, two, or none."""
    digits = f"translate({text}, '{DIGITS}拾', '{VALUES}十')"
    for pattern, by in ((r"(\d)十(\d)", r"\1\2"), (r"十(\d)", r"1\1"), (r"(\d)十", r"\10"), ("十", "10")):
        digits = f"regexp_replace({digits}, {sql_text(pattern)}, {sql_text(by)}, 'g')"
    return digits


def _with_century(fact: Fact, text: str) -> str:
    first = fact.two_digit_years_from
    if first is None:
        return text
    year = f"({first} + (TRY_CAST(left({text}, 2) AS INTEGER) - {first % 100} + 100) % 100)"
    return f"CASE WHEN regexp_matches({text}, {sql_text(_SHORT_YEAR)}) THEN {year} || substr({text}, 3) ELSE {text} END"


def _day() -> str:
    """The day, if both separators are of one kind and there is such a day."""
    kinds = "apart.a || apart.b IN ('--', '//', '..', '年月') AND (apart.e = '' OR apart.a = '年')"
    return f"""CASE WHEN apart.y <> '' AND {kinds} THEN TRY_CAST(concat_ws('-', apart.y, apart.m, apart.d) AS DATE)
        WHEN close.y <> '' THEN TRY_CAST(concat_ws('-', close.y, close.m, close.d) AS DATE) END"""


def _agrees() -> str:
    """Whether what follows the day is a time of day and a day of the week that is its own."""
    named = f"translate(regexp_extract(rest, {sql_text(_IN_WORDS)}, 1), '天', '日')"
    return f"regexp_full_match(rest, {sql_text(_AFTER)}) AND {named} IN ('', '{_WEEKDAY}'[isodow(day)])"


def _month(fact: Fact) -> str:
    if fact.month_means is None:
        return "NULL"
    first = "CASE WHEN month.y <> '' THEN TRY_CAST(month.y || '-' || month.m || month.n || month.o || '-01' AS DATE) END"
    return first if fact.month_means == "first_day" else f"last_day({first})"


def _serial(fact: Fact) -> str:
    if not fact.excel_serials:
        return "NULL"
    counted = "DATE '1899-12-30' + TRY_CAST(split_part(whole, '.', 1) AS INTEGER)"
    return f"CASE WHEN regexp_full_match(whole, {sql_text(_SERIAL)}) THEN {counted} END"


def _formatted(fact: Fact) -> str:
    """By the contract's own formats, with or without a time; strptime alone would read 49-01-29 as the year 49."""
    day = f"CASE WHEN contains(said, ':') THEN regexp_replace(said, {sql_text(_TIME)}, '') ELSE said END"
    formats = texts(fact.formats)
    read = f"coalesce(try_strptime(said, [{formats}]), try_strptime({day}, [{formats}]))::DATE"
    return f"CASE WHEN regexp_matches(said, '[1-9][0-9]{{3}}') THEN {read} END"
