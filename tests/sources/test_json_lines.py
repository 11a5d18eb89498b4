"""JSON Lines: values as written, and a bad line takes none of its neighbours with it."""

import json
from pathlib import Path
from typing import Any

import pytest

from sources import json_lines
from sources.header import Unreadable
from sources.json_lines import read_jsonl
from tests.sources.making import HEADER, contract, row

JSONL = contract(files={"patterns": ["*"], "format": "jsonl"})


def _line(number: int, **changes: Any) -> str:
    return json.dumps(dict(zip(HEADER, row(number), strict=True)) | changes, ensure_ascii=False)


def _read(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> list[list[Any]]:
    path = tmp_path / "f"
    path.write_bytes("\n".join(lines).encode(encoding))
    return [list(r.values()) for piece in read_jsonl(path, JSONL) for r in piece.cells.to_pylist()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le"])
def test_one_object_is_one_row(tmp_path: Path, encoding: str) -> None:
    read = _read(tmp_path, _line(1), "", _line(2), encoding=encoding)
    assert read == [[1, None, None, *row(1)], [3, None, None, *row(2)]]


def test_values_are_text_as_it_stands_in_the_file(tmp_path: Path) -> None:
    line = '{"单号":"N1","姓名":null,"身份证号":410101199001011234,"日期":20240105,"金额":12.50,"类别":true}'
    assert _read(tmp_path, line)[0][3:] == ["N1", "", "410101199001011234", "20240105", "12.50", "true"]


def test_keys_may_be_left_out_come_late_and_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_lines, "ROWS", 1)
    read = _read(tmp_path, '{"姓名":"张三","单号":"N1"}', _line(2, 手机="1"))
    assert read[0][3:] == ["张三", "N1", "", "", "", "", ""]
    assert read[1][3:] == ["张三", "N2", *row(2)[2:], "1"]


@pytest.mark.parametrize(
    "bad",
    [
        "{断",
        "[1, 2]",
        '"文字"',
        _line(9, 金额=[1]),
        _line(9, 金额={"元": 1}),
        '{"单号":"N9","单号":"N8"}',
        "[" * 100_000,
        _line(9) + _line(9),
    ],
    ids=["broken", "array", "text", "list", "object", "key twice", "deep", "two on a line"],
)
def test_a_bad_line_takes_no_neighbour_with_it(tmp_path: Path, bad: str) -> None:
    read = _read(tmp_path, _line(1), bad, _line(3))
    assert [(r[0], r[1]) for r in read] == [(1, None), (2, "object"), (3, None)]
    assert read[1][3:] == [None] * 6


def test_undecodable_bytes_are_counted_once(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(_line(1, 姓名="X").encode().replace(b"X", b"\xff\xff"))
    pieces = list(read_jsonl(tmp_path / "f", JSONL))
    assert sum(piece.undecodable for piece in pieces) == 2
    assert pieces[-1].cells["c1"].to_pylist() == ["\\xFF\\xFF"]


@pytest.mark.parametrize(
    ("text", "why"),
    [("单号,姓名\n", "没有一行是 JSON 对象"), ('[\n{"单号": 1},\n]', "不要写成一个大数组"), ('{"甲": 1}', "找不到表头")],
)
def test_what_holds_no_objects_of_ours_is_unreadable(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        _read(tmp_path, text)


def test_too_many_keys_are_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="超过 500 列"):
        _read(tmp_path, *(_line(n, **{f"键{n}": 1}) for n in range(800)))
