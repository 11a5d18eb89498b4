"""What an operator or an office gets wrong, and our own defects: one message, its exit code, and the last good night stays."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import duckdb
import pytest

from casework import workdays
from expectations import of_batches
from expectations.checks import rows_query
from flows import publishing, stages
from flows.running import alone
from matching.link import link
from rules.load import load_rules
from settings import Home
from sources.contracts import load_contracts
from tests.flows.little import (
    AS_OF,
    PEOPLE,
    Outcome,
    assert_discreet,
    assert_told,
    fangpin,
    little_home,
    medical,
    published,
    put,
)

RULE: Final = "medical_inpatient_year"
ROOT: Final = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after a good night; tests must not change it."""
    home = little_home(tmp_path_factory.mktemp("good") / "home")
    outcome = fangpin("night", "--home", home.root)
    assert outcome.code == 0, outcome.err
    return home


@pytest.fixture
def home(good: Home, tmp_path: Path) -> Home:
    """The same, to be spoilt; its files are judged already, so a night takes well under a second."""
    shutil.copytree(good.root, tmp_path / "home")
    return Home(tmp_path / "home")


def _fails(home: Home, code: int, *fragments: str) -> None:
    """The night ends with this code and one message, and everything published before stays as it was."""
    before = published(home)
    outcome = fangpin("night", "--home", home.root, "--json")
    said = "".join(line for line in outcome.err.splitlines(keepends=True) if not line.startswith("["))
    assert (outcome.code, outcome.out) == (code, ""), outcome.err
    assert [fragment for fragment in fragments if fragment not in said] == [], said
    assert_discreet(outcome)
    assert published(home) == before
    assert not list(home.root.glob("*/.*.part"))


# The home folder


@pytest.mark.parametrize("command", ["night", "check", "demo"])
def test_a_home_that_is_a_file(tmp_path: Path, command: str) -> None:
    file = tmp_path / "home"
    file.write_text("x")
    assert_told(fangpin(command, "--home", file), 11, str(file))
    assert file.read_text() == "x"


def test_a_home_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    below = tmp_path / "file" / "home"
    assert_told(fangpin("night", "--home", below), 11, str(below), "可读写的数据文件夹", "上级不是文件夹", "--home")


def test_a_file_in_the_way_of_a_folder_of_ours(tmp_path: Path) -> None:
    home = little_home(tmp_path / "home")
    home.runs.write_text("x")
    assert_told(fangpin("night", "--home", home.root), 11, "同名的文件占了位置")


OFFICE: Final[Mapping[str, tuple[str | bytes, tuple[str, ...]]]] = {
    "broken": ("name: [", ("第 2 行第 1 列", "合法的 YAML")),
    "unknown key": ("thread: 3", ("：thread\n", "未知的键")),
    "key twice": ("name: 一\nname: 二", ("第 2 行第 1 列", "键 name 重复")),
    "no mapping": ("- 1", ("文件开头", "不是“键: 值”")),
    "not a number": ("threads: 两个", ("：threads\n", "不是整数")),
    "out of range": ("threads: 0", ("：threads\n", "不可小于 1")),
    "not a date": ("as_of: 明天", ("：as_of\n", "不是日期")),
    "wrong form": ("memory_limit: 很多", ("：memory_limit\n", "不合格式")),
    "wrong tag": ("name: !!int 三", ("合法的 YAML",)),
    "not UTF-8": ("name: 数据办".encode("gb18030"), ("不是 UTF-8 编码",)),
    "control characters": ("name: \x00", ("合法的 YAML",)),
}


@pytest.mark.parametrize("case", OFFICE)
def test_a_broken_office_file(tmp_path: Path, case: str) -> None:
    content, fragments = OFFICE[case]
    file = tmp_path / "office.yaml"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    for command in ("night", "check"):
        assert_told(fangpin(command, "--home", tmp_path), 11, str(file), *fragments)


def test_an_office_file_that_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "office.yaml").mkdir()
    assert_told(fangpin("night", "--home", tmp_path), 11, "office.yaml", "是一个文件夹")


def test_two_nights_at_once(home: Home) -> None:
    with alone(home):
        _fails(home, 14, str(home.root), "同一时间只有一个", "等它结束后再运行")


# Declarations: broken ones stop the night before anything is read


def _rule() -> str:
    return (ROOT / "rules" / "catalogue" / f"{RULE}.yaml").read_text(encoding="utf-8")


def _contract() -> str:
    return (ROOT / "sources" / "catalogue" / "medical.yaml").read_text(encoding="utf-8")


def _replaced(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def _without_examples() -> str:
    return _rule().partition("examples:")[0]


DECLARATIONS: Final[Mapping[str, tuple[str, Callable[[], str], tuple[str, ...]]]] = {
    "broken rule": (f"rules/{RULE}.yaml", lambda: _rule() + "  x: [", ("合法的 YAML", " 行第 ")),
    "unknown key in a rule": (f"rules/{RULE}.yaml", lambda: _rule() + "\nfoo: 1\n", ("：foo\n", "未知的键")),
    "rule without examples": (f"rules/{RULE}.yaml", _without_examples, ("：examples\n", "缺少这个键")),
    "rule with too few examples": (
        f"rules/{RULE}.yaml",
        lambda: _without_examples() + "examples: []\n",
        ("examples 缺少：fires、not、missing、old_date、exactly_at",),
    ),
    "unknown name in a condition": (
        f"rules/{RULE}.yaml",
        lambda: _replaced(_rule(), "condition: self_paid >=", "condition: selfpaid >="),
        (f"{RULE}.yaml：condition", "没有名为 selfpaid"),
    ),
    "unknown source in a rule": (
        f"rules/{RULE}.yaml",
        lambda: _replaced(_rule(), "source: medical", "source: tax"),
        ("needs.self_paid.source", "tax"),
    ),
    "unknown family": (f"rules/{RULE}.yaml", lambda: _replaced(_rule(), "family: 因病", "family: 病"), ("只可为 '因病'",)),
    "id and file name differ": (f"rules/{RULE}x.yaml", _rule, (f"与文件名相同（{RULE}x）", RULE)),
    "misnamed file": (f"rules/{RULE}.yml", _rule, (f"{RULE}.yml", "以 .yaml 结尾")),
    "broken contract": ("sources/medical.yaml", lambda: _contract() + "  x: [", ("合法的 YAML",)),
    "unknown key in a contract": ("sources/medical.yaml", lambda: _contract() + "\nfoo: 1\n", ("：foo\n", "未知的键")),
    "key without a column": (
        "sources/medical.yaml",
        lambda: _replaced(_contract(), "key: [settlement_no]", "key: [no]"),
        ("key 中的 no 不在 facts 中",),
    ),
    "second roster": (
        "sources/people.yaml",
        lambda: _replaced(
            (ROOT / "sources" / "catalogue" / "roster.yaml").read_text(encoding="utf-8"), "\nid: roster\n", "\nid: people\n"
        ),
        ("恰好一个 role: roster", "people、roster"),
    ),
    "broken reference": ("reference/monitoring_line.yaml", lambda: "id: monitoring_line", ("缺少这个键",)),
    "broken weights": ("weights.yaml", lambda: "severity: 1", ("weights.yaml", "severity")),
}


@pytest.mark.parametrize("case", DECLARATIONS)
def test_a_broken_declaration(home: Home, case: str) -> None:
    file, text, fragments = DECLARATIONS[case]
    path = home.root / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(text(), encoding="utf-8")
    assert_told(fangpin("check", "--home", home.root), 10, *fragments)
    _fails(home, 10, *fragments)


def test_a_file_where_declarations_should_be(tmp_path: Path) -> None:
    (tmp_path / "rules").write_text("x")
    assert_told(fangpin("check", "--home", tmp_path), 10, str(tmp_path / "rules"), "一个文件夹")


def test_a_false_example_is_found_by_check_and_stops_no_night(home: Home) -> None:
    folder = home.office_layer("rules")
    folder.mkdir()
    (folder / f"{RULE}.yaml").write_text(_replaced(_rule(), "self_paid: 2600.5", "self_paid: 1600.5"), encoding="utf-8")
    outcome = fangpin("check", "--home", home.root)
    assert outcome.code == 10
    assert f"规则 {RULE} 的例子 fires" in outcome.out
    assert "1 个例子不成立" in outcome.err
    assert_discreet(outcome)
    assert fangpin("night", "--home", home.root).code == 0


def test_a_year_whose_holidays_nobody_knows_is_told_and_stops_no_night(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workdays, "_of_year", lambda year: None)
    path = home.root / "office.yaml"
    kept = path.read_text(encoding="utf-8")
    path.write_text(kept + "clocks: {visit: {days: 3, count: working}}\n", encoding="utf-8")
    for command in ("check", "night"):
        outcome = fangpin(command, "--home", home.root)
        assert outcome.code == 0
        assert outcome.out.count("节假日表没有 2026 年") == 1, command
    path.write_text(kept + "holidays: {whole_years: [2026]}\n", encoding="utf-8")
    assert "节假日表" not in fangpin("check", "--home", home.root).out


def test_what_the_cases_above_break_is_sound() -> None:
    assert RULE in load_rules(None)
    assert "medical" in load_contracts(None)


# What is asked for


@pytest.mark.parametrize("text", ["明天", "2026-02-30", "10/03/2026", ""])
def test_a_date_that_is_none(tmp_path: Path, text: str) -> None:
    assert_told(fangpin("night", "--home", tmp_path, "--as-of", text), 2, "--as-of", "2026-10-31")


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("sql", "no_such_rule"), (RULE, "没有这条规则")),
        (("explain", PEOPLE[0].id_number), ("预警编号", "没有这个编号", "名单")),
        (("explain", "W000000000000", "--as-of", "2020-01-01"), ("没有", "--as-of")),
    ],
    ids=["rule", "warning", "night"],
)
def test_an_id_that_does_not_exist(home: Home, arguments: tuple[str, ...], fragments: tuple[str, ...]) -> None:
    assert_told(fangpin(*arguments, "--home", home.root), 15, *fragments)


def test_an_option_that_does_not_exist(tmp_path: Path) -> None:
    outcome = fangpin("night", "--home", tmp_path, "--force")
    assert outcome.code == 2
    assert "--force" in outcome.err
    assert_discreet(outcome)


# Our own defects: nothing is published, the data are not blamed


def test_rows_that_do_not_add_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgetful(db: duckdb.DuckDBPyConnection, *_: object) -> None:
        link(db)
        db.execute("DELETE FROM link WHERE row_id = (SELECT min(row_id) FROM link)")

    monkeypatch.setattr(stages, "link", forgetful)
    _fails(home, 71, "程序缺陷，本次未发布任何结果", "来源 medical", "收到 3 行，各去向合计 2 行", "缺比对结果 1 行")


def test_a_check_that_cannot_be_computed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(of_batches, "rows_query", lambda bad: rows_query("no_such_column > 0"))
    put(home.root, "medical/2026-03-09/一月结算.csv", medical("01"))
    _fails(home, 70, "程序缺陷，本次未发布任何结果", "could not compute decodable")
    monkeypatch.undo()
    assert fangpin("night", "--home", home.root).code == 0


def _raising(*_: object) -> None:
    raise ValueError(PEOPLE[0].name)


@pytest.mark.parametrize(
    ("module", "name"),
    [(stages, "rank"), (publishing, "write_report"), (publishing, "write_manifest"), (publishing, "publish")],
    ids=["rank", "report", "manifest", "tables for analysts"],
)
def test_an_unforeseen_error_publishes_nothing_and_tells_no_value(
    home: Home, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    monkeypatch.delenv("FANGPIN_DEBUG", raising=False)
    monkeypatch.setattr(module, name, _raising)
    _fails(home, 70, "程序缺陷，本次未发布任何结果：ValueError（test_bad_setup.py:", "FANGPIN_DEBUG=1")


def test_on_request_an_unforeseen_error_is_shown(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FANGPIN_DEBUG", "1")
    monkeypatch.setattr(stages, "rank", _raising)
    with pytest.raises(ValueError, match=PEOPLE[0].name):
        fangpin("night", "--home", home.root)


def test_the_night_after_a_failed_one_is_whole(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: digest for name, digest in published(home).items() if "/lists/" in name}
    monkeypatch.setattr(publishing, "write_manifest", _raising)
    assert fangpin("night", "--home", home.root).code == 70
    monkeypatch.undo()
    mended: Outcome = fangpin("night", "--home", home.root, "--as-of", AS_OF.isoformat())
    assert mended.code == 0, mended.err
    assert {name: digest for name, digest in published(home).items() if "/lists/" in name} == before
