"""What becomes a problem: each kind, what it is called and in how many days it is to be settled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """One kind of problem; `days` are calendar days from opening to settling, our own figures."""

    title: str
    days: int


KINDS: Final[Mapping[str, Kind]] = {
    "audit_tampered": Kind("日志被改动", 3),
    "cases_escalated": Kind("超期督办", 5),
    "cases_overdue": Kind("超期未办", 10),
    "feed_missing": Kind("从未报送", 30),
    "feed_late": Kind("迟报", 10),
    "feed_nearly_empty": Kind("几乎为空", 7),
    "feed_unchanged": Kind("内容未变", 15),
    "feed_quiet": Kind("停报", 15),
    "feed_held": Kind("整批暂停", 7),
    "rows_unanswered": Kind("隔离未更正", 30),
    "answers_refused": Kind("答复被退", 10),
    "county_still": Kind("长期没有动静", 10),
    "verdicts_alike": Kind("结论雷同", 10),
    "verdicts_one_day": Kind("结论集中一日", 10),
    "cluster": Kind("规模性风险", 7),
    "review_unanswered": Kind("待比对未答复", 30),
    "roster_issues": Kind("花名册问题", 60),
    "registry_issues": Kind("监测台账问题", 30),
    "holidays_missing": Kind("缺节假日表", 15),
}
"""Kind (settings.ProblemKind) -> what it is, the gravest first."""
