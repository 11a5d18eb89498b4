"""The loop of review: a list goes out, comes back filled in, and its verdicts are what the comparers meant."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
import openpyxl
import pytest

from engine import connect
from expectations.gate import Gate, gate
from expectations.standing import settle
from flows.joints import gather_verdicts
from outputs.review_list import write_review_lists
from outputs.review_queue import queue_review
from outputs.sheets import Heading
from settings import Home
from sources.contracts import load_contracts
from sources.ingest import ingest
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, TITLES
from tests.outputs.reviewing import BATCHES, asked, waiting, who

SOURCE: Final = "review_verdicts"
LIST: Final = "lists/990101_虚构县/待人工比对_虚构县"
DAY: Final = date(2026, 11, 5)

Answers = Mapping[int, Mapping[str, Any]]
"""Identity -> what is filled in on its line."""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a list of eight identities: two candidates, one or none each.  Their keys are digits alone."""
    people = [*(asked(n, who(0), who(1)) for n in (1, 2, 3)), *(asked(n, who(3)) for n in (4, 5, 6, 7))]
    with connect(tmp_path / "work", 2, "512MiB") as connection:
        waiting(connection, *people, asked(8, place="990101001201"))
        queue_review(connection, 10, "")
        heading = Heading(AS_OF, OFFICE, NOTICE)
        write_review_lists(connection, tmp_path / "lists", heading, TITLES, BATCHES, with_weights=True)
    return Home(tmp_path)


def fill_csv(home: Home, answers: Answers, file: str = "2026-11-05/填好.csv") -> None:
    """The list as CSV with answers, dropped into the inbox."""
    with (home.root / f"{LIST}.csv").open(encoding="utf-8-sig", newline="") as blank:
        rows = list(csv.DictReader(blank))
    for row in rows:
        row.update(answers.get(int(row["比对编号"].removeprefix("比对-"), 16), {}))
    path = home.inbox / SOURCE / file
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="gb18030", newline="") as filled:
        writer = csv.DictWriter(filled, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def fill_xlsx(home: Home, answers: Answers) -> None:
    """The same with the workbook."""
    book = openpyxl.load_workbook(home.root / f"{LIST}.xlsx")
    page = book["人工比对"]
    titles = [cell.value for cell in page[1]]
    for row in page.iter_rows(min_row=2):
        for title, value in answers.get(int(str(row[0].value).removeprefix("比对-"), 16), {}).items():
            row[titles.index(title)].value = value
    path = home.inbox / SOURCE / "2026-11-05" / "填好.xlsx"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)


class Returned:
    """What a night makes of the inbox."""

    def __init__(self, home: Home, connection: duckdb.DuckDBPyConnection) -> None:
        contracts = {SOURCE: load_contracts(None)[SOURCE]}
        intake = ingest(connection, home, contracts, DAY)
        self.batches: list[dict[str, Any]] = intake.batches.to_pylist()
        self.problems = intake.problems
        self.gate: Gate = gate(connection, home, contracts, intake.batches)
        settle(connection, home, contracts, intake.batches, self.gate.held)
        gather_verdicts(connection, SOURCE)
        self._connection = connection

    def verdicts(self) -> list[tuple[int, str, str | None, date, str | None]]:
        """Identity, verdict, resident, day and comparer."""
        found = self._connection.execute(
            "SELECT identity_key, verdict, resident_id, decided_on, decided_by FROM review_verdict ORDER BY ALL"
        ).fetchall()
        return [(int(identity, 16), *said) for identity, *said in found]

    def standings(self) -> dict[str, int]:
        rows = self._connection.execute("SELECT standing, count(*) FROM standing GROUP BY 1").fetchall()
        return dict(rows)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path / "work", 2, "512MiB") as opened:
        yield opened


ON: Final = date(2026, 11, 3)
SIGNED: Final = {"核对人": "核对甲", "核对日期": "2026-11-03"}
ANSWERS: Final[Answers] = {
    1: {"核对结论": "是候选一", **SIGNED},
    2: {"核对结论": "2", **SIGNED, "核对日期": "2026/11/3"},
    3: {"核对结论": "都不是", **SIGNED},
    4: {"核对结论": "是另一人", "另一人编号": f"人-{who(4)}", **SIGNED},
    8: {"核对结论": "无法判断", **SIGNED},
}
MEANT: Final = [
    (1, "same", who(0), ON, "核对甲"),
    (2, "same", who(1), ON, "核对甲"),
    (3, "not_same", who(0), ON, "核对甲"),
    (3, "not_same", who(1), ON, "核对甲"),
    (4, "same", who(4), ON, "核对甲"),
    (8, "cannot_tell", None, ON, "核对甲"),
]


def test_a_filled_csv_comes_back_as_meant_and_without_names(home: Home, connection: duckdb.DuckDBPyConnection) -> None:
    fill_csv(home, ANSWERS)
    returned = Returned(home, connection)
    assert returned.verdicts() == MEANT
    assert returned.standings() == {"current": 8}
    [batch] = returned.batches
    assert (batch["rows"], batch["extra_columns"], batch["missing_columns"]) == (8, [], [])
    kept = str(connection.sql(f"FROM read_parquet('{home.facts(SOURCE, batch['batch_id'])}')").fetchall())
    assert not [told for told in ("问者", "演示", "9901011970") if told in kept]


def test_a_filled_workbook_comes_back_as_meant(home: Home, connection: duckdb.DuckDBPyConnection) -> None:
    answers = {n: {**answer, "核对日期": ON} for n, answer in ANSWERS.items()}
    fill_xlsx(home, answers | {2: {**answers[2], "核对结论": 2}})
    returned = Returned(home, connection)
    assert returned.verdicts() == MEANT
    assert returned.problems == ()


def test_half_filled_lines_are_no_error_of_the_sender(home: Home, connection: duckdb.DuckDBPyConnection) -> None:
    fill_csv(home, {
        1: SIGNED,
        2: {"核对结论": "是候选一"},
        3: {"核对结论": "都不是", "另一人编号": who(2)},
        4: {"核对结论": "是候选二"},
        5: {"核对结论": "是另一人"},
        6: {"核对结论": "5", "另一人编号": f'="{who(2)}"'},
        8: {"核对结论": "都不是"},
    })  # fmt: skip
    returned = Returned(home, connection)
    assert returned.verdicts() == [
        (2, "same", who(0), DAY, None),
        (3, "same", who(2), DAY, None),
        (6, "same", who(2), DAY, None),
        (8, "cannot_tell", None, DAY, None),
    ]
    assert returned.standings() == {"current": 8}


def test_what_cannot_be_read_is_quarantined(home: Home, connection: duckdb.DuckDBPyConnection) -> None:
    wrong: Answers = {
        3: {"核对结论": "是本人"},
        4: {"比对编号": "比对-123"},
        5: {"候选一人编号": "9.9E+17"},
        6: {"核对日期": "2027-01-01"},
        7: {"核对日期": "昨天"},
    }
    good = {"核对结论": "是候选一", **SIGNED}
    fill_csv(home, {n: {**good, **wrong.get(n, {})} for n in range(1, 8)})
    returned = Returned(home, connection)
    assert [said[:3] for said in returned.verdicts()] == [(1, "same", who(0)), (2, "same", who(0))]
    assert returned.standings() == {"current": 3, "quarantined": 5}


def test_the_same_verdict_twice_is_a_duplicate_and_a_later_one_stays_beside_it(
    home: Home, connection: duckdb.DuckDBPyConnection
) -> None:
    fill_csv(home, {1: ANSWERS[1]})
    fill_csv(home, {1: ANSWERS[1], 2: ANSWERS[2]}, "2026-11-05/再送.csv")
    fill_csv(home, {1: {**ANSWERS[1], "核对结论": "都不是", "核对日期": "2026-11-04"}}, "改正.csv")
    returned = Returned(home, connection)
    assert returned.standings() == {"current": 23, "duplicate": 1}
    assert [said[:4] for said in returned.verdicts()] == [
        (1, "not_same", who(0), date(2026, 11, 4)),
        (1, "not_same", who(1), date(2026, 11, 4)),
        (1, "same", who(0), ON),
        (2, "same", who(1), ON),
    ]


def test_an_empty_copy_of_the_list_overrules_nothing_and_on_one_day_the_later_delivery_counts(
    home: Home, connection: duckdb.DuckDBPyConnection
) -> None:
    fill_csv(home, ANSWERS, "2026-11-04/甲.csv")
    fill_csv(home, {1: SIGNED, 2: {**ANSWERS[2], "核对结论": "是候选一", "核对日期": "2026-11-03"}}, "2026-11-05/乙.csv")
    returned = Returned(home, connection)
    assert returned.verdicts() == [MEANT[0], (2, "same", who(0), ON, "核对甲"), *MEANT[2:]]
    assert returned.standings() == {"current": 15, "superseded": 1}


def test_a_feed_that_nobody_awaits_is_neither_missing_nor_stale(home: Home, connection: duckdb.DuckDBPyConnection) -> None:
    fill_csv(home, ANSWERS, "2026-11-03/好.csv")
    spoilt = home.inbox / SOURCE / "2026-11-04" / "坏.csv"
    spoilt.parent.mkdir()
    spoilt.write_text("不是名单\n", encoding="utf-8")
    returned = Returned(home, connection)
    assert (returned.gate.missing, returned.gate.stale, len(returned.gate.held)) == ((), {}, 1)
    assert returned.verdicts() == MEANT


def test_without_any_file_there_are_no_verdicts(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    (tmp_path / "inbox" / "elsewhere").mkdir(parents=True)
    returned = Returned(Home(tmp_path), connection)
    assert (returned.verdicts(), returned.gate.missing) == ([], ())
