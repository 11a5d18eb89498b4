"""Parquet: every type as the text a department would have written."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sources import parquet
from sources.header import Unreadable
from sources.parquet import read_parquet
from tests.sources.making import HEADER, contract, row

PARQUET = contract(files={"patterns": ["*"], "format": "parquet"})


def _write(path: Path, **changes: Any) -> Path:
    columns = {name: pa.array([cell], pa.string()) for name, cell in zip(HEADER, row(1), strict=True)} | changes
    pq.write_table(pa.table(columns), path)
    return path


def _read(path: Path) -> list[list[Any]]:
    return [list(r.values()) for piece in read_parquet(path, PARQUET) for r in piece.cells.to_pylist()]


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (pa.array([date(2024, 1, 5)]), "2024-01-05"),
        (pa.array([datetime(2024, 1, 5, 8, tzinfo=UTC)], pa.timestamp("s")), "2024-01-05 08:00:00.000"),
        (pa.array([datetime(2024, 1, 4, 16, tzinfo=UTC)], pa.timestamp("ms", "Asia/Shanghai")), "2024-01-05 00:00:00.000"),
        (pa.array([Decimal("12.50")]), "12.50"),
        (pa.array([12.5]), "12.5"),
        (pa.array([20240105]), "20240105"),
        (pa.array([410101199001011234]), "410101199001011234"),
        (pa.array([True]), "true"),
        (pa.array(["甲"]).dictionary_encode(), "甲"),
        (pa.array(["甲"], pa.large_string()), "甲"),
        (pa.array(["甲".encode()], pa.binary()), "甲"),
        (pa.array([None], pa.null()), ""),
        (pa.array([None], pa.int64()), ""),
    ],
)
def test_cells_are_text(tmp_path: Path, values: pa.Array, text: str) -> None:
    assert _read(_write(tmp_path / "f", 日期=values))[0][6] == text


def test_rows_are_numbered_on_over_pieces_and_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet, "ROWS", 4)
    rows = [row(n) for n in range(1, 11)]
    pq.write_table(pa.table(list(zip(*rows, strict=True)), names=HEADER), tmp_path / "f", row_group_size=3)
    assert _read(tmp_path / "f") == [[n, None, None, *cells] for n, cells in enumerate(rows, 1)]


def test_a_file_without_rows_is_an_empty_piece(tmp_path: Path) -> None:
    pq.write_table(pa.table({name: pa.array([], pa.string()) for name in HEADER}), tmp_path / "f")
    assert [piece.cells.num_rows for piece in read_parquet(tmp_path / "f", PARQUET)] == [0]


@pytest.mark.parametrize("values", [pa.array([[1]]), pa.array([{"元": 1}])])
def test_nested_columns_are_unreadable(tmp_path: Path, values: pa.Array) -> None:
    with pytest.raises(Unreadable, match="列“金额”里是列表或结构"):
        _read(_write(tmp_path / "f", 金额=values))


def test_damage_and_other_tables_are_unreadable(tmp_path: Path) -> None:
    whole = _write(tmp_path / "f").read_bytes()
    for data in (b"PAR1", whole[:-10], whole[:4] + bytes(len(whole) - 8) + b"PAR1"):
        (tmp_path / "g").write_bytes(data)
        with pytest.raises(Unreadable, match="不完整或已损坏"):
            _read(tmp_path / "g")
    pq.write_table(pa.table({"甲": [1]}), tmp_path / "h")
    with pytest.raises(Unreadable, match="找不到表头"):
        _read(tmp_path / "h")


def test_text_that_is_no_utf8_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="损坏"):
        _read(_write(tmp_path / "f", 日期=pa.array(["名".encode("gb18030")], pa.binary())))


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _write(tmp_path / "f")
    monkeypatch.setattr(parquet, "ROW_GROUP", 10)
    with pytest.raises(Unreadable, match="行组"):
        _read(path)
    monkeypatch.setattr(parquet, "MAX_ROWS", 0)
    with pytest.raises(Unreadable, match="超过 0 行"):
        _read(path)
    with pytest.raises(Unreadable, match="有 706 列"):
        _read(_write(tmp_path / "g", **{f"列{n}": pa.array([n]) for n in range(700)}))
