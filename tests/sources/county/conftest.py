import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from settings import Home
from sources.county import Invented, Plan, invent

ENCODINGS = {
    "medical": "gb18030", "employment": "gbk", "roster": "utf-8-sig", "disability": "utf-8-sig", "visits": "utf-8",
    "self_reports": "utf-8", "cadre_rounds": "utf-8-sig", "monitored": "gb18030",
}  # fmt: skip
ENCODINGS |= dict.fromkeys(("vehicles", "real_estate", "authorisations"), "utf-8")
SKIPPED_ABOVE_HEADER = {"education": 3, "civil_affairs": 2}


@dataclass(frozen=True)
class County:
    home: Home
    plan: Plan
    invented: Invented

    def files(self, source: str) -> list[Path]:
        return sorted((self.home.inbox / source).rglob("*.*"))

    def name(self, path: Path) -> str:
        return path.relative_to(self.home.inbox).as_posix()

    def rows(self, path: Path) -> list[dict[str, str]]:
        """The data rows of a file in order, under the headers of their sheet."""
        return read(path, self.name(path).split("/")[0])

    def truth(self, name: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = pq.read_table(self.home.root / "truth" / f"{name}.parquet").to_pylist()
        return rows

    def roster(self) -> dict[str, dict[str, str]]:
        """The later roster by resident id."""
        return {row["人口编号"]: row for row in self.rows(self.files("roster")[-1])}


@cache
def read(path: Path, source: str) -> list[dict[str, str]]:
    tables = list(sheets(path, SKIPPED_ABOVE_HEADER[source])) if path.suffix == ".xlsx" else [lines(path, ENCODINGS[source])]
    return [dict(zip(header, row, strict=False)) for header, *body in tables for row in body]


def lines(path: Path, encoding: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_bytes().decode(encoding, errors="backslashreplace"), newline="")))


def sheets(path: Path, skip: int) -> Iterator[list[list[str]]]:
    book = openpyxl.load_workbook(path, read_only=True)
    for sheet in book.worksheets:
        yield [
            ["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(min_row=skip + 1, values_only=True)
        ]


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    home = Home(tmp_path_factory.mktemp("county") / "home")
    plan = Plan(residents=4_000, seed=7, as_of=date(2026, 10, 31))
    return County(home, plan, invent(home, plan))
