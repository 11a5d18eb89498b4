"""Windows of time that end with the night: which events a need looks at."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from catalogue import Part, wrong

_SCHOOL_YEAR_BEGINS = 9


class Window(Part):
    """One of the lengths, or `since_last_verdict`, or both.  Every window ends on the night's date or earlier; both ends are
    included."""

    model_config = ConfigDict(json_schema_extra={"examples": ["{months: 12}"]})

    days: Annotated[int | None, Field(ge=1, le=36500)] = None
    """The last n days, the night's date being the first of them."""
    months: Annotated[int | None, Field(ge=1, le=1200)] = None
    """From the day after the same day n months ago."""
    previous_month: Literal[True] | None = None
    """The last whole calendar month."""
    calendar_year: Literal[True] | None = None
    school_year: Literal[True] | None = None
    """September to August."""
    late_days: Annotated[int, Field(ge=0, le=180)] = 0
    """For years: the old year is looked at for so many days more, because its last facts arrive that late."""
    since_last_verdict: Literal[True] | None = None
    """From the day after the household's last visit that settled the rule's family; without one, as if it were not written.

    Together with a length the later of the two beginnings counts.
    """

    @model_validator(mode="before")
    @classmethod
    def _looks_back(cls, given: object) -> object:
        if isinstance(given, Mapping) and any(_is_ahead(given.get(name)) for name in ("days", "months")):
            raise wrong("窗口只能朝过去看，不可写零或负数（将来的事不可用来判断）")
        return given

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        given = self.model_dump(exclude_none=True, exclude={"late_days", "since_last_verdict"})
        if len(given) > 1 or not (given or self.since_last_verdict):
            lengths = "days、months、previous_month、calendar_year 或 school_year"
            raise wrong(f"window 须写明且只写一种：{lengths}（可另加 since_last_verdict）")
        if self.late_days and not (self.calendar_year or self.school_year):
            raise wrong("late_days 只用于 calendar_year 与 school_year")
        return self

    @property
    def has_length(self) -> bool:
        """Whether its beginning is known without looking at the household's visits."""
        return bool(self.days or self.months or self.previous_month or self.calendar_year or self.school_year)

    def span(self, as_of: date) -> tuple[date, date]:
        """First and last day looked at on the night of `as_of`, whatever visit there was."""
        if self.days:
            return as_of - timedelta(days=self.days - 1), as_of
        if self.months:
            return _months_before(as_of, self.months) + timedelta(days=1), as_of
        if self.previous_month:
            end = as_of.replace(day=1) - timedelta(days=1)
            return end.replace(day=1), end
        if self.calendar_year or self.school_year:
            start = _year_start(as_of - timedelta(days=self.late_days), _SCHOOL_YEAR_BEGINS if self.school_year else 1)
            return start, min(as_of, start.replace(year=start.year + 1) - timedelta(days=1))
        return date.min, as_of

    def before(self, as_of: date) -> tuple[date, date]:
        """The equally long span before `span`; for years the same part of the year before."""
        start, end = self.span(as_of)
        if self.calendar_year or self.school_year:
            return _months_before(start, 12), _months_before(end, 12)
        last = start - timedelta(days=1)
        if self.days:
            return start - timedelta(days=self.days), last
        if self.months:
            return _months_before(last, self.months) + timedelta(days=1), last
        return last.replace(day=1), last


def _is_ahead(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and given <= 0


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _year_start(day: date, month: int) -> date:
    return date(day.year if day.month >= month else day.year - 1, month, 1)
