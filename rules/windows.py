"""Windows of time that end with the night: which events a need looks at."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from catalogue import Part, wrong

_SCHOOL_YEAR_BEGINS = 9


class Window(Part):
    """Exactly one of the keys but `late_days`.  Every window ends on the night's date or earlier; both ends are included."""

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

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        given = self.model_dump(exclude_none=True, exclude={"late_days"})
        if len(given) != 1:
            raise wrong("window 须写明且只写一种：days、months、previous_month、calendar_year 或 school_year")
        if self.late_days and not (self.calendar_year or self.school_year):
            raise wrong("late_days 只用于 calendar_year 与 school_year")
        return self

    def span(self, as_of: date) -> tuple[date, date]:
        """First and last day looked at on the night of `as_of`."""
        if self.days:
            return as_of - timedelta(days=self.days - 1), as_of
        if self.months:
            return _months_before(as_of, self.months) + timedelta(days=1), as_of
        if self.previous_month:
            end = as_of.replace(day=1) - timedelta(days=1)
            return end.replace(day=1), end
        start = _year_start(as_of - timedelta(days=self.late_days), _SCHOOL_YEAR_BEGINS if self.school_year else 1)
        return start, min(as_of, start.replace(year=start.year + 1) - timedelta(days=1))


def _months_before(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _year_start(day: date, month: int) -> date:
    return date(day.year if day.month >= month else day.year - 1, month, 1)
