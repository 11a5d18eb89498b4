"""Declared files: stricter than YAML, layered by id, and every mistake told with file and place."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal, Self

import pytest
from pydantic import ConfigDict, Field, model_validator

from catalogue import Part, load_layers, load_yaml, wrong
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


class Hour(Part):
    model_config = ConfigDict(json_schema_extra={"examples": ["{from: 8, to: 17}"]})
    since: Annotated[int, Field(alias="from", ge=0)]
    until: Annotated[int, Field(alias="to")]

    @model_validator(mode="after")
    def _orders(self) -> Self:
        if self.until < self.since:
            raise wrong("to 早于 from")
        return self


class Shop(Part):
    id: Annotated[str, Field(description="编号：小写英文字母", pattern="^[a-z]+$")]
    hours: Mapping[str, Hour | None] = Field(default_factory=dict)
    rent: Decimal | Hour = Decimal(1)
    kinds: tuple[Literal["粮油", "农资"], ...] = ()


@pytest.mark.parametrize(
    ("text", "place", "expected", "found"),
    [
        ("id: A", "id", "编号：小写英文字母", "不合格式"),
        ("idd: a", "id", "编号：小写英文字母", "缺少这个键；是不是写成了 idd？（另有 1 处：idd）"),
        ("id: a\nhour: {}", "hour", "这里可用的键：id、hours、rent、kinds", "未知的键；是不是 hours？"),
        ("id: a\nhours: {mo: 8点}", "hours.mo", "写成 {from: 8, to: 17} 这样；可用的键：from、to", "不是“键: 值”"),
        (
            "id: a\nhours: {mo: {from: 8, too: 9}}",
            "hours.mo.to",
            "写明这个键",
            "缺少这个键；是不是写成了 too？（另有 1 处：hours.mo.too）",
        ),
        (
            "id: a\nhours: {mo: {from: 8, to: 7}}",
            "hours.mo.to",
            "符合格式（各键的说明见 docs/adding.zh-CN.md）",
            "to 早于 from",
        ),
        ("id: a\nrent: 免", "rent", "一个数（不加引号、单位与千分号）", "不是数，或位数过多"),
        ("id: a\nrent: {from: 1}", "rent.to", "写明这个键", "缺少这个键"),
        ("id: a\nkinds: [农资, 粮由]", "kinds.1", "只可为 '粮油', '农资'", "不在其中"),
        ("id: a\nkinds: 农资", "kinds", "列表，每项前有 -，或写成 [甲, 乙]", "不是列表"),
        ("id:", "id", "编号：小写英文字母", "还没有填"),
    ],
)
def test_what_a_model_refuses_is_told_with_what_belongs_there(
    tmp_path: Path, text: str, place: str, expected: str, found: str
) -> None:
    with pytest.raises(CatalogueError) as caught:
        load_yaml(write(tmp_path, "a.yaml", text), Shop)
    assert (caught.value.place, caught.value.expected, caught.value.found) == (place, expected, found)


@pytest.mark.parametrize(
    "text",
    ["a: &x 1\nb: *x", "a: &x [1]", "a: " + "[" * 300 + "]" * 300, "a: " + "{b: " * 100_000, "- " * 5000],
    ids=["alias", "anchor", "deep", "very deep", "deep block"],
)
def test_tricks_of_yaml_are_refused_before_anything_unfolds(tmp_path: Path, text: str) -> None:
    with pytest.raises(CatalogueError, match="合法的 YAML"):
        load_yaml(write(tmp_path, "a.yaml", text), Entry)


def test_two_files_with_one_id_and_files_that_would_have_no_effect_are_refused(tmp_path: Path) -> None:
    for number, (name, text, told) in enumerate(
        [
            ("b.yaml", "id: a\n", "两个文件不可同一编号"),
            ("b.yaml.txt", "id: b\n", "以 .yaml 结尾"),
            ("b.YML", "id: b\n", "以 .yaml 结尾"),
            ("因病/b.yaml", "id: b\n", "下级文件夹"),
        ]
    ):
        folder = tmp_path / str(number)
        write(folder, "a.yaml", "id: a\n")
        (folder / name).parent.mkdir(exist_ok=True)
        write(folder, name, text)
        with pytest.raises(CatalogueError, match=told):
            load_layers([folder], Entry)


def test_drafts_in_a_layer_are_not_in_force(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", "id: a\n")
    write(tmp_path / "drafts", "b.yaml", "id:\n")
    assert set(load_layers([tmp_path], Entry)) == {"a"}
