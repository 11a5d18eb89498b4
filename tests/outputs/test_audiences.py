"""Who sees what: walls hold whatever an office declares; for every rule of the catalogue a village learns the family alone."""

import os
import re
import zipfile
from functools import cache
from pathlib import Path

import duckdb
import pytest
import yaml

import tables
from errors import CatalogueError
from flows.declared import Catalogue, read_catalogue
from outputs.audiences import RETURNING, Audiences, load_audiences
from outputs.issue import issue
from outputs.layout import HERE, visit_columns
from outputs.lists import write_lists
from outputs.reading import read_table
from outputs.sheets import Heading
from rules.examples import try_examples
from settings import Home
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, night, table, warning

Declared = dict[str, dict[str, object]]


def declared() -> Declared:
    found: Declared = yaml.safe_load((HERE / "audiences.yaml").read_text(encoding="utf-8"))
    return found


def refusal(home: Path, said: object) -> str:
    path = home / "audiences.yaml"
    path.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8")
    with pytest.raises(CatalogueError) as refused:
        load_audiences(path)
    return str(refused.value)


def with_columns(audience: str, add: str = "", drop: str = "") -> Declared:
    said = declared()
    columns = said[audience]["columns"]
    assert isinstance(columns, list)
    said[audience]["columns"] = [one for one in columns if one != drop] + ([add] if add else [])
    return said


def test_every_column_is_somebodys_and_order_is_one() -> None:
    audiences, order = load_audiences(), [column.key for column in visit_columns().columns]
    seen = {name: [column.key for column in audiences.layout(name).columns] for name in (*RETURNING, "office")}
    assert {key for keys in seen.values() for key in keys} == set(order)
    assert all(keys == sorted(keys, key=order.index) for keys in seen.values())


@pytest.mark.parametrize(
    ("audience", "add", "drop", "told"),
    [
        ("village", "reasons", "", "不可有 reasons（预警原因）"),
        ("village", "proposal", "", "不可有 proposal"),
        ("office", "head_name", "", "指明是哪一个人"),
        ("county", "phnoe", "", "没有 phnoe 这一列；是不是 phone？"),
        ("county", "phone", "", "写了两次"),
        ("township", "", "row_hash", "须有 row_hash（校验码），否则名单无法交回"),
        ("village", "", "outcome", "须有 outcome"),
        ("office", "", "warning_id", "须有 warning_id"),
    ],
)
def test_what_an_office_may_not_declare(tmp_path: Path, audience: str, add: str, drop: str, told: str) -> None:
    message = refusal(tmp_path, with_columns(audience, add, drop))
    assert told in message
    assert f"{audience}.columns" in message


def test_an_unknown_or_missing_audience_is_refused(tmp_path: Path) -> None:
    assert "township" in refusal(tmp_path, declared() | {"townshp": declared()["township"]})
    assert "village" in refusal(tmp_path, {name: said for name, said in declared().items() if name != "village"})


def test_an_offices_own_file_takes_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "audiences.yaml").write_text(yaml.safe_dump(with_columns("township", drop="reasons"), allow_unicode=True))
    catalogue = read_catalogue(Home(tmp_path))
    assert "预警原因" not in catalogue.audiences.layout("township").titles
    assert "预警原因" in load_audiences(tmp_path / "absent.yaml").layout("township").titles


@cache
def catalogue() -> Catalogue:
    return read_catalogue(Home(Path(os.devnull)))


def told_by_rules() -> list[tuple[str, str]]:
    """Family and reason of every rule, as its own examples say it."""
    known = catalogue()
    trials = try_examples(known.rules, known.references, known.facts)
    by_rule = {name: rule.family for name, rule in known.rules.items()}
    says = {trial.label.split(" ")[1]: trial.says for trial in trials if trial.found == "fires"}
    assert says.keys() == by_rule.keys()
    return [(by_rule[name], said) for name, said in says.items()]


def terms() -> set[str]:
    """What the feeds of health and disability call things: diagnoses, kinds and grades."""
    feeds = [catalogue().contracts[name] for name in ("disability", "serious_disease", "medical")]
    named = {value for feed in feeds for fact in feed.facts.values() for value in (fact.values or {})}
    return {term for term in named | {"长期慢性病", "患有大病", "残疾"} if len(term) > 1}


def test_a_village_learns_the_family_and_nothing_of_the_matter(tmp_path: Path) -> None:
    told = told_by_rules()
    connection = duckdb.connect(config={"threads": 2})
    rows = [warning(n, families=[family], reasons=[reason]) for n, (family, reason) in enumerate(told)]
    night(connection, len(told), warning=table(tables.WARNING, *rows))
    issue(connection, AS_OF)
    files = write_lists(connection, tmp_path, Heading(AS_OF, OFFICE, NOTICE), load_audiences())
    village = [tmp_path / file.path for file in files if file.audience == "village"]
    cells = [cell for path in village for row in read_table(path).rows for cell in row]
    everything = "\n".join(cells) + "\n".join(_parts(path) for path in village if path.suffix == ".xlsx")
    assert len(cells) > 2 * 10 * len(told)
    assert not [reason for _, reason in told if reason in everything]
    assert not [term for term in terms() if any(term in cell for cell in cells)]
    assert not [cell for cell in cells if re.search(r"\d元|\d 元|\d\.\d\d|[一二三四]级", cell)]
    county = (tmp_path / "990101_虚构县" / "全县_虚构县.csv").read_text(encoding="utf-8-sig")
    assert [reason for _, reason in told if reason in county], "the same reasons reach the county"


def _parts(path: Path) -> str:
    with zipfile.ZipFile(path) as book:
        return "\n".join(book.read(name).decode("utf-8", "ignore") for name in book.namelist())


def test_the_shipped_walls_are_those_of_the_columns() -> None:
    tells = {column.key: column.tells for column in visit_columns().columns}
    audiences: Audiences = load_audiences()
    assert not [key for key in audiences.village.columns if tells[key] == "matter"]
    assert not [key for key in audiences.office.columns if tells[key] == "person"]
