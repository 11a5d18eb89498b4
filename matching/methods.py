"""What each finding is called in Chinese: for clerks who read `evidence`, never with a person's value."""

from collections.abc import Mapping
from typing import Final

from engine import sql_text

FIELD_SAYS: Final[Mapping[str, Mapping[str, str]]] = {
    "number": {
        "equal": "证件号码一致",
        "equal_invalid": "证件号码一致（校验位不符）",
        "permit": "护照或其他证件号码一致",
        "wrong_digit": "证件号码一位不同（其中一方校验不通过）",
        "swapped": "证件号码相邻两位颠倒",
        "length": "证件号码多一位或少一位",
        "stem": "证件号码残存的数字一致",
        "kin": "证件号码是同户另一人的",
        "different_valid": "双方证件号码均校验通过但不同",
        "different": "证件号码不同（其中一方校验不通过）",
        "missing": "证件号码无法比对",
    },
    "name": {
        "equal": "姓名一致",
        "sound": "姓名读音相同、写法不同",
        "spelled": "姓名以拼音书写，读音一致",
        "look_alike": "姓名中一字形近",
        "wildcard": "姓名中有无法显示的字，其余的字一致",
        "dropped": "姓名相差一个字（漏字或多字）",
        "shortened": "姓名是另一方姓名的前一段",
        "swapped": "姓名中相邻两字颠倒",
        "one_changed": "姓名中一字不同",
        "surname_only": "姓相同、名不同",
        "given_only": "名相同、姓不同",
        "kin": "姓名是同户另一人的",
        "relation": "姓名栏写的是同户另一人及与其关系",
        "different": "姓名不同",
        "missing": "姓名缺失或不是姓名",
    },
    "birth": {
        "equal": "出生日期一致",
        "exchanged": "出生月日颠倒",
        "one_digit": "出生日期一位不同",
        "lunar": "出生日期相差一个多月（或为农历）",
        "year": "仅出生年份一致",
        "different": "出生日期不同",
    },
    "sex": {"different": "性别不同"},
    "place": {"village": "同村", "township": "同乡镇不同村", "county": "同县不同乡镇", "different": "不在同县"},
    "phone": {"equal": "电话一致", "different": "电话不同"},
}
"""How the fields of a row and of a resident compare; what goes without saying, or cannot be compared, is left out."""

REPAIR_SAYS: Final[Mapping[str, str]] = {
    "certificate": "残疾人证号取前十八位",
    "old15": "十五位旧号码换成十八位",
    "student_g": "学籍号去掉字母 G",
}
"""What was done to a number before it was compared."""

STATE_SAYS: Final[Mapping[str, str]] = {
    "missing": "没有证件号码",
    "excel_damaged": "证件号码已被表格软件损坏",
    "generated": "学籍系统自编号，不是证件号码",
    "permit": "护照或其他证件，花名册中没有",
    "other": "证件号码无法使用",
    "invalid": "证件号码校验不通过，花名册中也没有",
    "doubtful": "证件号码末三位为 000，可能已损坏，花名册中没有",
    "old15": "十五位旧号码，花名册中没有",
    "valid": "证件号码校验通过，但花名册中没有",
}
"""Why a number did not find its resident."""

REST_SAYS: Final[Mapping[str, str]] = {
    "number_not_in_roster": "",
    "not_in_roster": "；姓名、出生日期、所在村、电话在花名册中也对不上任何人",
    "nobody_found": "；可比对的信息不足，未找到可能的居民",
    "several_candidates": "；相同条件的居民过多",
}
"""What is added where nobody was found."""

TURNED_SAYS: Final[Mapping[str, str]] = {
    "two_numbers": "；疑似一人两个号码，请核对",
    "number_other_name": "；号码与姓名指向不同的人，请核对",
    "too_little": "；一致的项目太少，不自动认定",
    "resident_gone": "；花名册登记此人已死亡或迁出，请核对",
    "number_shared": "；花名册中另有一人登记同一号码，请核对",
    "several_candidates": "；另有居民同样可能，请核对",
    "review_next": "；此前的候选人已核对为不是本人，这是其余的可能",
    "review_open": "；此前核对后无法判断",
}
"""Why a person has to look, where one candidate stands out or two are too close."""

RULED_SAYS: Final[Mapping[str, str]] = {
    "review_same": "人工核对：是本人",
    "review_none": "人工核对：候选人都不是本人",
}
"""What people decided stands by itself."""


def wording(column: str, says: Mapping[str, str]) -> str:
    """SQL: the Chinese text for the code in `column`."""
    return f"CASE {column} " + " ".join(f"WHEN {sql_text(code)} THEN {sql_text(text)}" for code, text in says.items()) + " END"
