"""What each finding is called in Chinese: for clerks who read `evidence`, never with a person's value."""

from collections.abc import Mapping
from typing import Final

from engine import sql_text

NUMBER_SAYS: Final[Mapping[str, str]] = {
    "as_written": "证件号码一致",
    "plain": "证件号码去除空格、引号、全角等书写差异后一致",
    "certificate": "残疾人证号所含的证件号码一致",
    "old15": "十五位旧号码换成十八位后一致",
    "student_g": "学籍号去掉字母 G 后的证件号码一致",
    "roster": "与花名册所登记号码中的证件号码一致",
}
"""How a person's number equals the roster's: as written, or what was done to it."""

NAME_SAYS: Final[Mapping[str, str]] = {
    "equal": "姓名一致",
    "sound": "姓名读音相同、写法不同",
    "wildcard": "姓名中有无法显示的字，其余的字一致",
    "dropped": "姓名相差一个字（漏字或多字）",
    "swapped": "姓名中相邻两字颠倒",
    "look_alike": "姓名中一字形近",
    "different": "姓名不同",
    "unusable": "姓名缺失或不是姓名",
}
"""How two names agree: a level, or the reason why they are near."""

NUMBER_STATE_SAYS: Final[Mapping[str, str]] = {
    "missing": "没有证件号码",
    "excel_damaged": "证件号码已被表格软件损坏",
    "generated": "学籍系统自编号，不是证件号码",
    "other": "证件号码无法使用",
    "invalid": "证件号码校验不通过，花名册中也没有",
    "doubtful": "证件号码末三位为 000，可能已损坏，花名册中没有",
    "old15": "十五位旧号码换成十八位后，花名册中没有",
    "valid": "证件号码校验通过，但花名册中没有",
}
"""Why a number did not find its resident."""

LEAD_SAYS: Final[Mapping[str, str]] = {
    "birth_village": "姓名、出生日期和所在村一致",
    "birth": "姓名和出生日期一致，所在村未能对上",
    "village": "姓名和所在村一致，出生日期未能对上",
}
"""What led to residents without a number."""


def wording(column: str, says: Mapping[str, str]) -> str:
    """SQL: the Chinese text for the code in `column`."""
    return f"CASE {column} " + " ".join(f"WHEN {sql_text(code)} THEN {sql_text(text)}" for code, text in says.items()) + " END"
