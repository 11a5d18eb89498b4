"""A sixth department and a rule, by YAML alone: its rows arrive in the lists."""

import csv
import shutil
from pathlib import Path

import duckdb
import pytest

from errors import CatalogueError
from flows.declared import failing_examples, read_catalogue
from rules.examples import check_examples
from settings import Home
from tests.conftest import County, run_night

CONTRACT = """
id: fire_service
title: 火灾救援
owner: 县消防救援大队
legal_basis: {class: statutory_duty, text: 履行法定职责}
row: 一户一次火灾
personal_data: personal
cadence: {every: month, late_after_days: 10}
mode: append
key: [call_no]
files: {patterns: ["*.csv"], format: csv}
identity:
  id_number: {headers: [户主身份证]}
  name: {headers: [户主]}
facts:
  call_no: {title: 警情号, headers: [警情号], type: text, required: true}
  burnt_on: {title: 起火日期, headers: [起火日期], type: date, required: true, range: ["2020-01-01", received_on]}
  loss: {title: 损失, headers: [损失], type: money, unit: 元, range: ["0", "10000000"]}
volume: {floor: 1, ceiling: 100000, why: 测试}
"""


def heads(county: County, count: int) -> list[dict[str, str]]:
    newest = sorted(county.home.inbox.joinpath("roster").rglob("*.csv"))[-1]
    with newest.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["与户主关系"] == "户主" and len(row["证件号码"]) == 18]
    return rows[:count]


def test_a_new_department_needs_no_python(county: County, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(county.home.inbox, home / "inbox")
    shutil.copy(county.home.office_file, home / "office.yaml")
    burnt = heads(county, 3)
    (home / "inbox" / "fire_service").mkdir()
    with (home / "inbox" / "fire_service" / "十月.csv").open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["警情号", "户主", "户主身份证", "起火日期", "损失"])
        for number, row in enumerate(burnt):
            writer.writerow([f"F{number:06d}", row["姓名"], row["证件号码"], "2026年10月20日", "80,000.00"])
    (home / "sources").mkdir()
    (home / "sources" / "fire_service.yaml").write_text(CONTRACT, encoding="utf-8")
    (home / "rules").mkdir()
    shutil.copy(Path(__file__).with_name("fire_loss.yaml"), home / "rules" / "fire_loss.yaml")

    summary = run_night(home)

    reckoned = [row for row in summary.accounting if row["source"] == "fire_service"]
    assert [row["linked"] for row in reckoned] == [3]
    fired = duckdb.sql(f"""
        SELECT household_id FROM read_parquet('{summary.run / "signals.parquet"}')
        WHERE rule = 'fire_loss' AND verdict = 'fires'
    """).fetchall()
    assert {row[0] for row in fired} == {row["户编号"] for row in burnt}
    listed = "".join(path.read_text(encoding="utf-8-sig") for path in summary.lists_folder.rglob("*.csv"))
    assert listed.count("火灾损失 80,000") >= 3


def layered(root: Path, contract: str = CONTRACT) -> Home:
    """A home with the sixth department's contract and rule and nothing else."""
    for folder in ("sources", "rules"):
        (root / folder).mkdir()
    (root / "sources" / "fire_service.yaml").write_text(contract, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("fire_loss.yaml"), root / "rules" / "fire_loss.yaml")
    return Home(root)


def test_the_new_rule_holds_its_examples(tmp_path: Path) -> None:
    catalogue = read_catalogue(layered(tmp_path))
    assert {"fire_service", "medical"} <= catalogue.contracts.keys()
    assert check_examples({"fire_loss": catalogue.rules["fire_loss"]}, catalogue.references, catalogue.facts) == ()


def test_an_office_file_replaces_the_built_in_one_of_its_id(tmp_path: Path) -> None:
    built_in = read_catalogue(Home(tmp_path / "nowhere")).rules
    home = layered(tmp_path)
    changed = built_in["job_lost"].model_dump_json(by_alias=True, exclude_none=True)
    (tmp_path / "rules" / "job_lost.yaml").write_text(changed.replace('"severity":45', '"severity":30'), encoding="utf-8")
    rules = read_catalogue(home).rules
    assert (built_in["job_lost"].severity, rules["job_lost"].severity) == (45, 30)
    assert rules.keys() == built_in.keys() | {"fire_loss"}


def test_a_rule_for_a_column_the_contract_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="没有名为 loss 的列"):
        read_catalogue(layered(tmp_path, CONTRACT.replace("  loss:", "  cost:")))


def test_an_office_with_its_own_figures_keeps_the_built_in_examples(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "reference").mkdir(parents=True)
    (home / "reference" / "monitoring_line.yaml").write_text(
        "id: monitoring_line\ntitle: 监测范围\nunit: 元\nsource: 本省文件\nvalues:\n"
        '  - {area: "43", from: 2025-01-01, value: 8730, document: 本省文件}\n',
        encoding="utf-8",
    )
    catalogue = read_catalogue(Home(home))
    assert [value.area for value in catalogue.references["monitoring_line"].values] == ["43"]
    assert failing_examples(catalogue) == ()
