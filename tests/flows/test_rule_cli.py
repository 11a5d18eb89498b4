"""A rule drafted, answered, tried and put in force; a built-in one copied; the list of all; and what is refused on the way."""

import json
from pathlib import Path

import pytest

from flows.declared import Catalogue, load_catalogue
from flows.rule_drafting import COUNTED, draft, questions
from flows.rule_trying import try_rule
from settings import Home
from tests.flows.little import AS_OF, Outcome, assert_discreet, assert_told, fangpin, little_home

ANSWERS = {
    "title": "title: 近三个月自付偏高",
    "family": "family: 因病",
    "source": "source: 办公室自定",
    "      - {from": "      - {from: 2026-01-01, value: 5000, document: 办公室自定}",
    "    unit": "    unit: 元",
}


def answered(text: str, **more: str) -> str:
    lines = [{**ANSWERS, **more}.get(line.partition(":")[0], line) for line in text.splitlines()]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home after a good night with a rule of its own, drafted, answered and put in force."""
    home = little_home(tmp_path_factory.mktemp("rules") / "home")
    drafted(home)
    file = home.rule_drafts / "paid_quarter.yaml"
    file.write_text(answered(file.read_text(encoding="utf-8")), encoding="utf-8")
    file.rename(home.office_layer("rules") / file.name)
    assert fangpin("night", "--home", home.root).code == 0
    return home


def drafted(home: Home) -> Outcome:
    wanted = ("paid_quarter", "--source", "medical", "--column", "self_paid", "--limit", "5000")
    return fangpin("rule", "new", *wanted, "--home", home.root)


@pytest.fixture(scope="module")
def catalogue(night: Home) -> Catalogue:
    return load_catalogue(night)


def test_a_rule_is_drafted_answered_and_tried(tmp_path: Path) -> None:
    home = Home(tmp_path)
    told = drafted(home)
    assert (told.code, "请在草稿中回答 5 个问题" in told.out) == (0, True), told.err
    assert_told(drafted(home), 2, "已有这个文件")
    file = home.rule_drafts / "paid_quarter.yaml"
    assert "self_paid  个人自付，金额（元）" in file.read_text(encoding="utf-8")
    assert_told(fangpin("rule", "test", file, "--home", home.root), 10, "paid_quarter.yaml：title", "还没有填")
    file.write_text(answered(file.read_text(encoding="utf-8")), encoding="utf-8")
    tried = fangpin("rule", "test", file, "--home", home.root)
    assert (tried.code, "全部例子成立" in tried.out) == (0, True), tried.err
    assert "近 90 日个人自付 10,000元，标准 5,000元" in tried.out


def test_a_rule_of_ones_own_is_in_force_after_the_night(night: Home) -> None:
    rows = {row["id"]: row for row in json.loads(fangpin("rule", "list", "--json", "--home", night.root).out)}
    assert rows["paid_quarter"] == {
        "id": "paid_quarter",
        "title": "近三个月自付偏高",
        "family": "因病",
        "state": "启用（自定）",
        "in_force": "5,000元",
        "fired": 2,
        "visited": 0,
        "confirmed": 0,
        "shrunk": None,
    }


@pytest.mark.parametrize("source", ["medical", "drinking_water", "power_use", "police_register", "social_insurance"])
def test_a_draft_over_any_feed_holds_as_soon_as_it_is_answered(catalogue: Catalogue, tmp_path: Path, source: str) -> None:
    facts = catalogue.contracts[source].facts
    for column in (None, *(name for name, fact in facts.items() if fact.type in COUNTED)):
        text = draft("drafted", catalogue, source, column, None, AS_OF)
        assert len(questions(text)) >= 4
        unit = (facts[column].unit or "年") if column else ""
        written = answered(text, **{"    unit": f"    unit: {unit}"}).replace("value: 5000", "value: 1000")
        (tmp_path / "drafted.yaml").write_text(written, encoding="utf-8")
        trials = try_rule(tmp_path / "drafted.yaml", catalogue)
        assert [trial.message for trial in trials if not trial.holds] == []


def test_a_false_example_is_shown_beside_what_the_rule_says(night: Home, catalogue: Catalogue, tmp_path: Path) -> None:
    text = answered(draft("drafted", catalogue, "medical", "self_paid", None, AS_OF))
    file = tmp_path / "drafted.yaml"
    file.write_text(text, encoding="utf-8")
    told = fangpin("rule", "test", file, "--home", night.root)
    assert told.code == 10
    assert "✗" in told.out
    assert "3 个例子不成立" in told.err
    assert_discreet(told)


def test_a_built_in_rule_or_reference_is_copied_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for name, kind in (("job_lost", "rules"), ("monitoring_line", "reference")):
        assert fangpin("rule", "copy", name, "--home", tmp_path).code == 0
        copied = (home.office_layer(kind) / f"{name}.yaml").read_text(encoding="utf-8")
        assert f"\nid: {name}\n" in f"\n{copied}"
        assert "$schema" not in copied
        assert_told(fangpin("rule", "copy", name, "--home", tmp_path), 2, "已有这个文件")
    assert_told(fangpin("rule", "copy", "job_lots", "--home", tmp_path), 2, "是不是 job_lost？")
    assert fangpin("rule", "test", home.office_layer("rules") / "job_lost.yaml", "--home", tmp_path).code == 0


def test_the_list_tells_what_is_in_force_and_what_fired(night: Home) -> None:
    rows = {row["id"]: row for row in json.loads(fangpin("rule", "list", "--json", "--home", night.root).out)}
    assert rows["medical_inpatient_year"]["in_force"] == "一般农户 20,000元，脱贫户、监测对象 5,000元"
    assert rows["medical_inpatient_year"]["fired"] == 2
    assert rows["income_under_line"]["in_force"] == "防止返贫监测范围（家庭年人均纯收入）的 1 倍"
    told = fangpin("rule", "list", "--home", night.root)
    assert "medical_inpatient_year" in told.out
    assert "规则" in told.out.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "fragments"),
    [
        (("x",), ("--source", "没有写", "medical 医保结算")),
        (("x", "--source", "medicl"), ("是不是 medical？",)),
        (("x", "--source", "medical", "--column", "self_payed"), ("是不是 self_paid？",)),
        (("x", "--source", "medical", "--column", "visit_type"), ("不是数", "where")),
        (("x", "--source", "medical", "--limit", "5"), ("--limit", "与 --column 同写")),
        (("x", "--source", "medical", "--column", "self_paid", "--limit", "五千"), ("--limit",)),
        (("X-1", "--source", "medical"), ("小写英文字母开头",)),
        (("job_lost", "--source", "employment"), ("已有规则 job_lost", "fangpin rule copy job_lost")),
        (("x", "--source", "medical", "--out", "y.yaml"), ("文件名与编号相同",)),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_what_cannot_be_drafted_is_said(tmp_path: Path, arguments: tuple[str, ...], fragments: tuple[str, ...]) -> None:
    assert_told(fangpin("rule", "new", *arguments, "--home", tmp_path), 2, *fragments)
    assert not list(tmp_path.rglob("*.yaml"))


def test_an_area_where_nobody_lives_is_pointed_out(night: Home) -> None:
    folder = night.office_layer("reference")
    folder.mkdir()
    values = "".join(
        f'  - {{area: "{area}", from: 2026-01-01, value: 9000, document: 办公室自定}}\n' for area in ("990101", "990101999")
    )
    (folder / "monitoring_line.yaml").write_text(
        f"id: monitoring_line\ntitle: 监测范围\nunit: 元\nvalues:\n{values}", encoding="utf-8"
    )
    told = fangpin("check", "--home", night.root)
    assert told.out.count("没有人住在") == 1
    assert "reference/monitoring_line.yaml：收到过的花名册中没有人住在 990101999" in told.out
