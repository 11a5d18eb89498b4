"""Feeds that speak of our own rows: verdicts, answers, progress.  Their rows carry numbers we handed out, and name nobody."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field

from catalogue import Part

Role = Literal["extract", "roster", "review_verdicts", "answers", "case_steps", "problem_marks"]
RECORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "review_verdicts": "人工比对结论",
        "answers": "回填的核实名单",
        "case_steps": "监测对象识别办理进度",
        "problem_marks": "问题台账销号",
    }
)
"""Roles without identity, and what people call them."""
SAYS: Final[Mapping[str, str]] = MappingProxyType(
    {"review_verdicts": "conclusion", "answers": "outcome", "case_steps": "step", "problem_marks": "struck_on"}
)
"""The column of each by which a row says something: where it is empty, the row came back unanswered."""
Text = Annotated[str, Field(min_length=1)]


class Walled(Part):
    """A column of free text."""

    title: Text
    headers: Annotated[tuple[Text, ...], Field(min_length=1)]


def left_out_if_empty(value: object) -> bool:
    """So that contracts that do not have a key keep the hash they had before there was one."""
    return not value
