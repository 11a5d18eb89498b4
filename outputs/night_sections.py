"""Which topics the night's report has, in the order they are read."""

from typing import Final

import duckdb

from outputs import (
    alarm_section,
    answer_section,
    burden_section,
    case_section,
    channel_section,
    exit_section,
    problem_section,
    set_aside_section,
    yield_section,
)
from outputs.sections import Maker, Section

SECTIONS: Final[tuple[Maker, ...]] = (
    case_section.section,
    alarm_section.section,
    problem_section.section,
    answer_section.section,
    burden_section.section,
    set_aside_section.section,
    exit_section.section,
    channel_section.section,
    yield_section.section,
)


def night_sections(connection: duckdb.DuckDBPyConnection) -> tuple[Section, ...]:
    """The topics that have something to say tonight."""
    return tuple(found for make in SECTIONS if (found := make(connection)) is not None)
