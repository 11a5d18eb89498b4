"""The report tells who noticed, who may leave and who came back, and nothing where there is nothing."""

from collections.abc import Iterator

import duckdb
import pytest

from case_tables import CHANNEL_SHARE, EXIT_COUNT, REGISTRY_ISSUE
from outputs import channel_section, exit_section
from tests.outputs.invented import Values, night, register, table


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        night(connection)
        yield connection


def shared(channels: str, *figures: int, county: str = "") -> Values:
    return dict(zip(CHANNEL_SHARE.names, (county, channels, *figures), strict=True))


def cells(html: str, title: str) -> list[str]:
    """The figures of a row."""
    row = html.split(f'<th scope="row">{title}</th>')[1].split("</tr>")[0]
    return [cell.split(">")[1].split("<")[0] for cell in row.split("<td")[1:]]


def test_channels_are_told_by_set_and_by_channel_in_plain_words(db: duckdb.DuckDBPyConnection) -> None:
    rows = (
        shared("department", 90, 40, 10, 2), shared("department+self_report", 5, 4, 3, 1), shared("cadre", 5, 0, 0, 0),
        shared("department", 90, 40, 10, 2, county="990101"),
    )  # fmt: skip
    register(db, channel_share=table(CHANNEL_SHARE, *rows))
    made = channel_section.section(db)
    assert made is not None
    assert cells(made.html, "只由部门筛查预警") == ["90", "90%", "40", "10", "25%", "2"]
    assert cells(made.html, "由两个以上渠道") == ["5", "5%", "4", "3", "75% ", "1"]
    assert cells(made.html, "部门筛查预警") == ["95", "95%", "44", "13", "30%", "3"]
    assert cells(made.html, "基层干部排查") == ["5", "5%", "0", "0", "—", "0"]
    assert "只由农户自主申报" not in made.html


def test_without_a_case_there_is_no_section(db: duckdb.DuckDBPyConnection) -> None:
    register(db, channel_share=table(CHANNEL_SHARE))
    assert channel_section.section(db) is None


def test_exits_are_told_per_county_with_the_error_of_the_watch_and_the_registry_s_faults(db: duckdb.DuckDBPyConnection) -> None:
    figures = [dict(zip(EXIT_COUNT.names, ("990101", 10, 3, 4, 2, 1, 8, 2), strict=True))]
    figures.append(figures[0] | {"county": ""})
    issue = {"county": "990101", "issue": "gone", "title": "台账最近一期不再有这一户", "households": 2}
    register(db, exit_count=table(EXIT_COUNT, *figures), registry_issue=table(REGISTRY_ISSUE, issue))
    made = exit_section.section(db)
    assert made is not None
    assert cells(made.html, "虚构县") == ["10", "3", "4", "2", "1", "8", "2", "25%"]
    assert "合计" not in made.html
    assert "台账最近一期不再有这一户" in made.html
    assert [lead.text for lead in made.leads] == ["3 户监测对象可提请村级评议风险消除。"]
    assert "不停任何帮扶" in made.html


def test_without_a_registry_there_is_no_section(db: duckdb.DuckDBPyConnection) -> None:
    nothing = dict.fromkeys(EXIT_COUNT.names, 0) | {"county": ""}
    register(db, exit_count=table(EXIT_COUNT, nothing), registry_issue=table(REGISTRY_ISSUE))
    assert exit_section.section(db) is None
