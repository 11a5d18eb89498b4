"""What is wrong with an expression, said so that its author can mend it: odd characters, and writings that are not allowed."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from sqlglot import exp

from rules.names import Kind

KIND_TITLES: Final[Mapping[Kind, str]] = {
    "number": "数", "text": "文字", "date": "日期", "boolean": "是非（真或假）", "terms": "多值",
}  # fmt: skip
ALLOWED: Final = (
    "可用：比较、and or not、+ - * /、in、between、is null、contains、starts_with、list_contains、"
    "abs、year、month、DATE '2026-01-01'"
)

_STRING: Final = re.compile(r"'(?:[^']|'')*'")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_\s.,()<>=+*/-]|!(?==)")
_UNPLAIN_NAME: Final = re.compile(r"\w+")
_LOOK_ALIKES: Final[Mapping[str, str]] = {
    "≥": ">=", "≤": "<=", "≠": "<>", "×": "*", "÷": "/", "“": "'", "”": "'", "‘": "'", "’": "'", "、": ",", "−": "-", "—": "-",
}  # fmt: skip
_CURES: Final[Mapping[str, str]] = {
    ";": "只写一个表达式，不可有分号",
    '"': "名称不加引号，文字用英文单引号，如 '住院'",
    "`": "名称不加引号，文字用英文单引号，如 '住院'",
    "|": "两个条件之一用 or",
    "&": "两个条件都要用 and",
    "!": "取反用 not，不等于用 <>",
    "%": "百分数写成小数，如 0.8",
    ":": "不可转换类型；日期写 DATE '2026-01-01'",
    "[": "列举用 in ('甲', '乙')，多值列用 list_contains(列, '甲')",
    "{": "名称直接写，不加花括号（花括号只用在 reason 里）",
}

_QUERIES: Final = (exp.Query, exp.Subquery, exp.Exists, exp.Values, exp.All, exp.Any)
_STATEMENTS: Final = (
    exp.DDL,
    exp.DML,
    exp.Command,
    exp.Pragma,
    exp.Attach,
    exp.Detach,
    exp.Copy,
    exp.Set,
    exp.Drop,
    exp.Describe,
)
_PATTERNS: Final = (exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.Glob)
_TIMES: Final = (exp.Interval, exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime)
_REFUSED: Final[tuple[tuple[tuple[type[exp.Expr], ...], str], ...]] = (
    (_QUERIES, "子查询；要看的记录由 needs 说明"),
    (_STATEMENTS, "SQL 语句；这里只写一个表达式"),
    (_PATTERNS, "LIKE、GLOB 与正则表达式；找文字用 contains 或 starts_with"),
    (_TIMES, "当前日期与时间间隔；时间范围写在 window 里"),
    ((exp.Case, exp.If), "CASE 与 IF；条件用 and、or 连接"),
    ((exp.Cast, exp.TryCast), "类型转换"),
    ((exp.Window,), "窗口函数；汇总由 needs 的 aggregate 说明"),
    ((exp.AggFunc,), "汇总函数；汇总由 needs 的 aggregate 说明"),
    ((exp.Alias,), "AS，或两个名称之间缺少运算符"),
    ((exp.Null,), "NULL 作为值；缺少与否用 is null 判断"),
    ((exp.Coalesce, exp.Nullif), "填补空值；缺少的就是未知，用 is null 判断"),
    ((exp.Binary, exp.Unary), "这种运算符"),
)


def odd_characters(text: str) -> str:
    """What the text holds that no expression may: look-alikes of operators, comments, quotes, invisible characters; or ''."""
    if hidden := next((c for c in text if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\t\r"), ""):
        return f"有看不见的字符（U+{ord(hidden):04X}），请删去重写"
    outside = _STRING.sub(" ", text)
    if "'" in outside:
        return "单引号不成对"
    if "--" in outside or "/*" in outside:
        return "不可写 SQL 注释（-- 或 /*）；说明写在 YAML 的 # 之后，减负数写作 a - (-b)"
    return next((_odd(outside, place) for place, c in enumerate(outside) if not _PLAIN.match(outside, place)), "")


def _odd(text: str, place: int) -> str:
    found = text[place]
    plain = _LOOK_ALIKES.get(found, unicodedata.normalize("NFKC", found))
    if plain.isascii() and plain != found:
        return f"“{found}”是全角或特殊符号，请改为半角的 {plain}"
    if found.isalpha() and (word := _UNPLAIN_NAME.match(text, place)):
        return f"“{word[0][:20]}”不是名称：名称只有英文字母、数字、下划线；文字要放在英文单引号里，如 '住院'"
    return f"不可使用 {found}" + (f"；{_CURES[found]}" if found in _CURES else "")


def refused(node: exp.Expr) -> str:
    """Why a node that is not on the white-list is refused, and what to write."""
    for types, why in _REFUSED:
        if isinstance(node, types):
            return f"不可使用{why}。{ALLOWED}"
    if isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name().lower()
        return f"不可使用函数 {name[:30]}。{ALLOWED}"
    return f"不可使用这种写法（{type(node).__name__}）。{ALLOWED}"


def kinds(found: list[Kind]) -> str:
    """Kinds as a person calls them."""
    return "、".join(dict.fromkeys(KIND_TITLES[kind] for kind in found))
