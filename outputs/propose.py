"""What a warning may suggest: risk types in the national words, and a monitored class.  People decide after the visit.

The class follows from the registry status, the monitoring line in force at the event, and the event.  The line is a reference,
not a switch: identification weighs income, own spending, visible hardship and the means to cope together.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from catalogue import Part, load_yaml, wrong
from engine import sql_text
from outputs.scoring import day_sql, texts

Title = Annotated[str, Field(min_length=2)]
Titles = Annotated[tuple[Title, ...], Field(min_length=1)]
Income = Literal["below", "above"]

BUILT_IN: Final = Path(__file__).with_name("proposals.yaml")


class Dated(Part):
    """A name and how long it is in use."""

    title: Title
    since: Annotated[date, Field(alias="from")]
    until: Annotated[date | None, Field(alias="to")] = None
    document: Annotated[str, Field(min_length=4)]

    def holds(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day <= self.until)


class RiskKind(Part):
    """A risk type of the national dictionary and the families of rules that point to it."""

    title: Title
    families: Titles


class Risks(Part):
    """The dictionary of risk types."""

    document: Annotated[str, Field(min_length=4)]
    kinds: tuple[RiskKind, ...]
    other: Title

    @model_validator(mode="after")
    def _names_a_family_once(self) -> Self:
        named = [family for kind in self.kinds for family in kind.families]
        if len(set(named)) < len(named):
            raise wrong("一个 families 中的类型只可属于一个风险类型")
        return self


class Monitored(Part):
    """Households that are monitored already, and what they are called."""

    household_types: Titles
    names: Annotated[tuple[Dated, ...], Field(min_length=1)]


class Sudden(Part):
    """What counts as a sudden event."""

    families: Titles
    within_days: Annotated[int, Field(ge=1, le=3660)]
    why: Annotated[str, Field(min_length=4)]


class MonitoredClass(Dated):
    """A class of monitored households: whom it takes, and on which side of the line; above it only after a sudden event."""

    household_types: Titles
    income: Income


class Proposals(Part):
    """`proposals.yaml`: dated names, so that none is written in code."""

    line: str
    most_risks: Annotated[int, Field(ge=1, le=20)]
    risks: Risks
    monitored: Monitored
    sudden: Sudden
    classes: tuple[MonitoredClass, ...]

    @model_validator(mode="after")
    def _fits_one_class_at_a_time(self) -> Self:
        for number, one in enumerate(self.classes):
            for other in self.classes[:number]:
                shared = set(one.household_types) & set(other.household_types)
                overlap = one.holds(max(one.since, other.since)) and other.holds(max(one.since, other.since))
                if shared and overlap and one.income == other.income:
                    raise wrong(f"{one.title} 与 {other.title} 在同一时期适用于同样的户，请改 from 或 to")
        return self


class Line(Part):
    """A monitoring line: yuan per head and year, in an area (code prefix) and a span of days."""

    area: str
    since: date
    until: date | None
    value: Decimal
    document: str


def load_proposals(office_file: Path | None) -> Proposals:
    """The office's own names if the file exists, which replace the built-in ones as a whole.  Raises CatalogueError."""
    return load_yaml(office_file if office_file is not None and office_file.exists() else BUILT_IN, Proposals)


def lines_sql(lines: Sequence[Line], as_of: date) -> str:
    """CTEs up to `drawn` (household_id, line, document): the monitoring line of the household's place on its event's day."""
    return f"""
line AS ({_lines(lines)}),
drawn AS (  -- of several areas the smallest, which has the longest code
    SELECT household_id, arg_max(value, (length(area), area)) AS line, arg_max(document, (length(area), area)) AS document
    FROM home JOIN by_signal USING (household_id)
    JOIN line ON starts_with(place_code, area) AND coalesce(event_on, {day_sql(as_of)}) BETWEEN since AND until
    GROUP BY household_id
)"""


def proposal_sql(proposals: Proposals, as_of: date) -> str:
    """CTEs up to `proposal` (household_id, proposed_risks, proposed_class, proposed_why), from `scored` and `open_signal`."""
    sudden = proposals.sudden
    return f"""
sudden AS (
    SELECT household_id, array_to_string(list_sort(list(DISTINCT family)), '、') AS events
    FROM open_signal
    WHERE verdict = 'fires' AND family IN ({texts(sudden.families)})
        AND event_on >= {day_sql(as_of)} - {sudden.within_days}
    GROUP BY household_id
),
weighed AS (
    SELECT *, CASE WHEN income_per_head < line THEN 'below' WHEN income_per_head >= line THEN 'above' END AS side
    FROM scored LEFT JOIN sudden USING (household_id)
),
proposal AS (
    SELECT household_id, {_risks(proposals)} AS proposed_risks, {_class(proposals, as_of)} AS proposed_class,
        {_why(proposals, as_of)} AS proposed_why
    FROM weighed
)"""


def _lines(lines: Sequence[Line]) -> str:
    rows = [
        f"({sql_text(line.area)}, {day_sql(line.since)}, {day_sql(line.until or date.max)}, "
        f"CAST({line.value:f} AS DECIMAL(18,2)), {sql_text(line.document)})"
        for line in lines
    ]
    nothing = "(NULL, NULL::DATE, NULL::DATE, NULL::DECIMAL(18,2), NULL)"
    return f"FROM (VALUES {', '.join(rows or [nothing])}) t(area, since, until, value, document)"


def _risks(proposals: Proposals) -> str:
    """The families' words, heaviest first; `other` where no family says why."""
    pairs = ", ".join(
        f"{sql_text(family)}: {sql_text(kind.title)}" for kind in proposals.risks.kinds for family in kind.families
    )
    named = f"list_filter(list_transform(families, lambda f: MAP {{{pairs}}}[f]), lambda t: t IS NOT NULL)"
    return f"CASE WHEN len({named}) = 0 THEN [{sql_text(proposals.risks.other)}] ELSE {named}[:{proposals.most_risks}] END"


def _class(proposals: Proposals, as_of: date) -> str:
    whens = "".join(
        f" WHEN household_type IN ({texts(one.household_types)}) AND side = '{one.income}'"
        f"{' AND events IS NOT NULL' if one.income == 'above' else ''} THEN {sql_text(one.title)}"
        for one in proposals.classes
        if one.holds(as_of)
    )
    monitored = f"household_type IN ({texts(proposals.monitored.household_types)})"
    return f"CASE WHEN {monitored} THEN NULL{whens} ELSE NULL END"


def _why(proposals: Proposals, as_of: date) -> str:
    """What the proposal rests on, or why there is none."""
    name = next((one.title for one in proposals.monitored.names if one.holds(as_of)), "监测对象")
    side = "CASE side WHEN 'below' THEN '低于' ELSE '不低于' END"
    compared = f"household_type || '，人均纯收入 ' || {_yuan('income_per_head')} || {side}"
    against = f"'监测范围 ' || {_yuan('line')} || '（' || document || '）'"
    removed = f"曾是{name}，风险已消除；情况属实的按程序重新核实，不作建议"
    return f"""CASE
        WHEN household_type IN ({texts(proposals.monitored.household_types)}) THEN
            CASE risk_removed WHEN '是' THEN '{removed}' ELSE '已是{name}，不另建议' END
        WHEN household_type IS NULL THEN '花名册没有户类型，不作建议'
        WHEN income_per_head IS NULL THEN '花名册没有人均纯收入，不作建议'
        WHEN line IS NULL THEN '没有查到当地 ' || coalesce(event_on, {day_sql(as_of)}) || ' 有效的监测范围，不作建议'
        ELSE {compared} || {against} || CASE
            WHEN side = 'above' AND events IS NULL THEN '，近 {proposals.sudden.within_days} 天没有突发事件，不作建议'
            WHEN {_class(proposals, as_of)} IS NULL THEN '，没有适用的类别，不作建议'
            WHEN side = 'above' THEN '，有突发事件：' || events ELSE '' END
        END"""


def _yuan(amount: str) -> str:
    """A sum in words: whole yuan with thousands separators."""
    return f"format('{{:,}}', floor({amount})::BIGINT) || ' 元'"
