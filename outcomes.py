"""How a visit can end: the codes of the verdict column, and what each means for a case, a rule and a yield.

The contracts of `visits` and `answers` and the guide for visitors name the same codes; tests hold them together.
"""

from dataclasses import dataclass
from typing import Final

from engine import sql_text


@dataclass(frozen=True)
class Outcome:
    """One way a visit can end."""

    code: str
    title: str
    settles: bool
    """Whether it answers what was asked, so that the same is not asked again soon; else the visit is still to be made."""
    concludes: bool
    """Whether it says if the warning was true."""
    confirms: bool
    """Whether it says that the warning was true."""


OUTCOMES: Final = (
    Outcome("01", "纳入识别", settles=True, concludes=True, confirms=True),
    Outcome("02", "已有帮扶", settles=True, concludes=True, confirms=True),
    Outcome("03", "已是监测对象", settles=True, concludes=True, confirms=True),
    Outcome("04", "属实可应对", settles=True, concludes=True, confirms=True),
    Outcome("05", "人不符", settles=True, concludes=True, confirms=False),
    Outcome("06", "户不符", settles=True, concludes=True, confirms=False),
    Outcome("07", "数据有误", settles=True, concludes=True, confirms=False),
    Outcome("08", "已迁出", settles=True, concludes=True, confirms=False),
    Outcome("09", "已死亡", settles=True, concludes=True, confirms=False),
    Outcome("10", "拒绝", settles=True, concludes=False, confirms=False),
    Outcome("11", "未见到人", settles=False, concludes=False, confirms=False),
    Outcome("12", "转其他部门", settles=False, concludes=False, confirms=False),
)

IDENTIFIED: Final = "纳入识别"
"""The household goes on to be identified: comparison, publicity, approval."""
NOT_MET: Final = "未见到人"
"""The visit is to be made again."""
PASSED_ON: Final = "转其他部门"

SETTLING: Final = tuple(one.title for one in OUTCOMES if one.settles)
CONCLUDED: Final = tuple(one.title for one in OUTCOMES if one.concludes)
CONFIRMED: Final = tuple(one.title for one in OUTCOMES if one.confirms)

ALL_FAMILIES: Final = "综合"
"""A visit recorded under this family looked at every risk."""


def titles_sql(titles: tuple[str, ...]) -> str:
    """Titles as the inside of an SQL list."""
    return ", ".join(sql_text(title) for title in titles)
