"""Declared files: stricter than YAML, layered by id, and every mistake told with file and place."""

from pathlib import Path

import pytest

from catalogue import Part, load_layers, load_yaml
from errors import CatalogueError


class Entry(Part):
    id: str
    code: str = ""
    count: int = 0
    flag: bool = False


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("scalar", "code"),
    [
        ("0555567", "0555567"),
        ("2024-01-01", "2024-01-01"),
        ("yes", "yes"),
        ("1_000x", "1_000x"),
        ("0x1F", "0x1F"),
        ("12:30", "12:30"),
    ],
)
def test_codes_and_days_stay_the_text_they_are(tmp_path: Path, scalar: str, code: str) -> None:
    assert load_yaml(write(tmp_path, "a.yaml", f"id: a\ncode: {scalar}\n"), Entry).code == code


def test_numbers_and_truth_are_read_as_such(tmp_path: Path) -> None:
    entry = load_yaml(write(tmp_path, "a.yaml", "id: a\ncount: -12\nflag: true\n"), Entry)
    assert (entry.count, entry.flag) == (-12, True)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id: a\nid: b\n", "第 2 行"),
        ("id: [a\n", "第 2 行"),
        ("id: a\nsurprise: 1\n", "surprise"),
        ("code: x\n", "id"),
        ("id: a\ncount: many\n", "count"),
        ("- a\n- b\n", "a.yaml"),
        ("id: a\ncode: !!python/object/apply:os.system [true]\n", "a.yaml"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(CatalogueError, match=r"a\.yaml") as caught:
        load_yaml(write(tmp_path, "a.yaml", text), Entry)
    assert told in str(caught.value)
    assert caught.value.exit_code == 10


def test_bytes_that_are_no_utf8_and_a_missing_file_are_told(tmp_path: Path) -> None:
    bad = tmp_path / "a.yaml"
    bad.write_bytes("id: 县".encode("gb18030"))
    for path in (bad, tmp_path / "none.yaml"):
        with pytest.raises(CatalogueError, match=path.name):
            load_yaml(path, Entry)


def test_a_later_layer_adds_and_replaces(tmp_path: Path) -> None:
    built_in, own = tmp_path / "built_in", tmp_path / "own"
    write(built_in, "a.yaml", "id: a\ncode: '1'\n")
    write(built_in, "b.yaml", "id: b\n")
    write(own, "a.yaml", "id: a\ncode: '2'\n")
    write(own, "c.yaml", "id: c\n")
    entries = load_layers([built_in, own, tmp_path / "absent"], Entry)
    assert list(entries) == ["a", "b", "c"]
    assert entries["a"].code == "2"


def test_a_file_is_called_after_its_id(tmp_path: Path) -> None:
    write(tmp_path / "own", "a.yaml", "id: b\n")
    with pytest.raises(CatalogueError, match="文件名"):
        load_layers([tmp_path / "own"], Entry)
