"""Visiting lists: who is on which, what a spreadsheet makes of them, and that they repeat to the byte."""

import csv
import hashlib
from datetime import date, datetime
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pytest
from openpyxl.worksheet.worksheet import Worksheet

import case_tables
import tables
from errors import Fault
from outputs.audiences import RETURNING, load_audiences
from outputs.files import ListFile
from outputs.issue import issue
from outputs.layout import visit_codes
from outputs.lists import write_lists
from outputs.sheets import Heading
from tests.outputs import invented
from tests.outputs.invented import AS_OF, NOTICE, OFFICE, identity, night, referral, resident, table, warning

COUNTY = "990101_虚构县/全县_虚构县"
TOWNSHIP = "990101_虚构县/990101001_石桥乡"


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 2})


def write(connection: duckdb.DuckDBPyConnection, folder: Path) -> tuple[ListFile, ...]:
    issue(connection, AS_OF)
    return write_lists(connection, folder, Heading(AS_OF, OFFICE, NOTICE), load_audiences())


def read(folder: Path, stem: str = COUNTY) -> list[dict[str, str]]:
    with (folder / f"{stem}.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def sheet(folder: Path, stem: str = COUNTY, name: str = "核实名单") -> Worksheet:
    page = openpyxl.load_workbook(folder / f"{stem}.xlsx")[name]
    assert isinstance(page, Worksheet)
    return page


def printed(page: Worksheet) -> tuple[str, str, str]:
    """Left and middle of the printed header, left of the footer."""
    assert page.oddHeader
    assert page.oddFooter
    return str(page.oddHeader.left.text), str(page.oddHeader.center.text), str(page.oddFooter.left.text)


def one_household(connection: duckdb.DuckDBPyConnection, *people: dict[str, object], **said: object) -> None:
    """One warned household; `people` are (roster row, identity) pairs merged, `said` changes its warning."""
    night(
        connection,
        1,
        warning=table(tables.WARNING, warning(0, **said)),
        resident=table(tables.RESIDENT, *({k: v for k, v in one.items() if k in tables.RESIDENT.names} for one in people)),
        roster_identity=table(
            tables.ROSTER_IDENTITY,
            *({k: v for k, v in one.items() if k in tables.ROSTER_IDENTITY.names} for one in people),
        ),
    )


def test_a_county_holds_its_own_households_only(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection, 30)
    files = write(connection, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"990101_虚构县", "990102_乌有县"}
    for file in files:
        if file.path.endswith(".csv"):
            rows = read(tmp_path, file.path.removesuffix(".csv"))
            assert {row.get("乡镇", invented.TOWNSHIPS.get(file.township)) for row in rows} <= {
                name for code, name in invented.TOWNSHIPS.items() if code.startswith(file.township or file.county)
            }
            assert len(rows) == file.rows
    for audience in RETURNING:
        assert sum(file.rows for file in files if file.audience == audience and file.path.endswith(".csv")) == 30


def test_only_listed_referrals_in_the_order_of_their_rank(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    cut = table(tables.REFERRAL, *(referral(n, is_listed=n != 1, position=20 - n) for n in range(6)))
    night(connection, referral=cut)
    write(connection, tmp_path)
    county, township = read(tmp_path), read(tmp_path, TOWNSHIP)
    assert [row["预警编号"] for row in county] == [f"W{n:012X}" for n in (4, 3, 0)]
    assert [row["名单序号"] for row in county] == ["1", "2", "3"]
    assert [row["预警编号"] for row in township] == [f"W{n:012X}" for n in (0, 3)]


def test_csv_opens_in_a_chinese_spreadsheet(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection)
    write(connection, tmp_path)
    written = (tmp_path / f"{COUNTY}.csv").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf" + "名单序号,预警等级,县内排名,乡镇".encode())
    assert written.count(b"\r\n") == written.count(b"\n") == 5
    row = read(tmp_path)[0]
    assert list(row) == load_audiences().layout("county").titles
    assert row["户主证件号（遮蔽）"] == "990101********000X"
    assert row["户编号"].removeprefix("户-") == invented.household(0)
    assert row["联系电话"] == "199 9990 0000"
    assert row["预警原因"] == "户主：今年住院自付 8,200.00 元，达到 5,000.00 元；之女：疑似失学"
    assert row["建议（以入户核实和评议为准）"] == "风险类型 01 因病、09 因学；类别 脱贫不稳定户"
    assert row["排在下一户之前的原因"] == "比下一位多 1 分：风险程度 +1"
    assert (row["风险类型"], row["家庭人口数"], row["最迟核实日期"]) == ("因病、因学", "2", "2026-11-15")
    assert {row[title] for title in ("核实日期", "核实结论代码", "核实风险类型", "核实人", "备注")} == {""}


def test_the_list_that_visitors_carry_proposes_nothing(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection)
    write(connection, tmp_path)
    carried, planned = list(read(tmp_path, TOWNSHIP)[0]), list(read(tmp_path)[0])
    assert [title for title in planned if title not in carried] == [
        "县内排名",
        "建议（以入户核实和评议为准）",
        "排在下一户之前的原因",
    ]
    assert "脱贫不稳定户" not in (tmp_path / f"{TOWNSHIP}.csv").read_text(encoding="utf-8")


def test_no_whole_id_number_leaves(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection)
    for file in write(connection, tmp_path):
        if file.path.endswith(".csv"):
            text = (tmp_path / file.path).read_text(encoding="utf-8-sig")
            assert not [n for n in range(6) for m in range(2) if str(identity(n, m)["id_number"]) in text]


def test_hostile_text_is_disarmed_in_both_forms(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    person = {**identity(0, name="=cmd|'/c calc'!A1", phone="@1"), **resident(0, group_name="-2+3")}
    one_household(connection, person, reasons=["+1", "第一行\r\n=2"], village_name="-5")
    write(connection, tmp_path)
    row = read(tmp_path)[0]
    assert (row["户主姓名"], row["联系电话"], row["村民小组"]) == ("'=cmd|'/c calc'!A1", "'@1", "'-2+3")
    assert (row["预警原因"], row["行政村"]) == ("'+1；第一行  =2", "-5")
    cells = [cell for cell in sheet(tmp_path)[2] if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.value for cell in cells if str(cell.value).startswith("'")] == [
        "'-2+3",
        "'=cmd|'/c calc'!A1",
        "'@1",
        "'+1；第一行  =2",
    ]


def test_a_household_without_a_head_shows_a_member_and_says_so(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    people = [{**identity(0, n, phone="" if n == 1 else "19999900009"), **resident(0, n)} for n in (1, 2)]
    one_household(connection, *people)
    write(connection, tmp_path)
    row = read(tmp_path)[0]
    assert row["户主姓名"] == "演示甲二（成员）"
    assert row["联系电话"] == "199 9990 0009"


def test_a_household_the_roster_lost_is_still_listed(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one_household(connection)
    write(connection, tmp_path)
    row = read(tmp_path)[0]
    assert row["户编号"].removeprefix("户-") == invented.household(0)
    assert (row["户主姓名"], row["户主证件号（遮蔽）"], row["家庭人口数"]) == ("", "无", "")


def test_places_without_name_or_code_have_files(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    one_household(connection, county=None, county_name=None, township=None, township_name="甲/乙")
    files = write(connection, tmp_path)
    assert [file.path for file in files if file.path.endswith(".csv")] == [
        "无代码_无名称/全县_无名称.csv",
        "无代码_无名称/无代码_甲_乙.csv",
        "无代码_无名称/无代码_甲_乙/990101001201_虚一村.csv",
    ]


def test_two_spellings_of_a_township_share_its_file(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [warning(n * 3, township_name="石桥" if n == 1 else "石桥乡") for n in range(3)]
    night(
        connection,
        9,
        warning=table(tables.WARNING, *rows),
        referral=table(tables.REFERRAL, *(referral(n * 3) for n in range(3))),
    )
    files = write(connection, tmp_path)
    assert next(file.path for file in files if file.audience == "township") == f"{TOWNSHIP}.csv"
    assert [row["乡镇"] for row in read(tmp_path, TOWNSHIP)] == ["石桥乡", "石桥", "石桥乡"]


def test_workbook_has_typed_cells_and_a_header_to_read_back(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection)
    write(connection, tmp_path)
    page = sheet(tmp_path)
    titles = [cell.value for cell in page[1]]
    assert titles == load_audiences().layout("county").titles
    first = dict(zip(titles, page[2], strict=True))
    assert (first["名单序号"].value, first["家庭人口数"].value) == (1, 2)
    assert first["首次预警日期"].value == datetime(2026, 10, 31)  # noqa: DTZ001 - as openpyxl reads a day
    assert {first[title].data_type for title in ("户编号", "户主证件号（遮蔽）", "联系电话", "预警编号")} == {"s"}
    assert (page.freeze_panes, page.auto_filter.ref, page.print_title_rows) == ("A2", "A1:Z5", "$1:$1")
    assert (page.page_setup.orientation, page.page_setup.fitToHeight) == ("landscape", False)


def test_workbook_offers_the_codes(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection)
    write(connection, tmp_path)
    rules = {str(rule.sqref): rule for rule in sheet(tmp_path).data_validations.dataValidation}
    assert set(rules) == {"V2:V5", "W2:W5", "X2:X5"}
    assert (rules["V2:V5"].type, rules["W2:W5"].type) == ("date", "list")
    assert rules["W2:W5"].formula1 == '"' + ",".join(one.label for one in visit_codes().outcomes) + '"'
    assert rules["X2:X5"].formula1 == '"' + ",".join(one.title for one in visit_codes().families) + '"'


def test_a_village_prints_on_a4_with_room_to_write_and_a_county_on_a3(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    night(connection)
    of = {file.audience: file.path.removesuffix(".xlsx") for file in write(connection, tmp_path) if file.path.endswith(".xlsx")}
    village, county = sheet(tmp_path, of["village"]), sheet(tmp_path, of["county"])
    assert (village.page_setup.paperSize, county.page_setup.paperSize) == (9, 8)
    assert min(village.row_dimensions[row].height or 0 for row in range(2, village.max_row + 1)) >= 26
    assert "行政村" not in [cell.value for cell in village[1]], "its name stands above every page"


def test_every_list_shows_the_notice(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection)
    for file in write(connection, tmp_path):
        if file.path.endswith(".xlsx"):
            stem = file.path.removesuffix(".xlsx")
            assert printed(sheet(tmp_path, stem))[2] == NOTICE
            guide = [cell.value for row in sheet(tmp_path, stem, "填写说明").iter_rows() for cell in row if cell.value]
            assert guide[1] == NOTICE
            assert {one.label for one in visit_codes().outcomes} <= set(guide)
            assert len([text for text in guide if "下拉框" in str(text)]) == 1


def test_a_long_notice_with_commands_still_prints(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection)
    issue(connection, AS_OF)
    write_lists(connection, tmp_path, Heading(AS_OF, "A&B" * 60, "甲&P乙" * 60), load_audiences())
    page = sheet(tmp_path)
    assert printed(page)[2].startswith("甲&&P乙")
    assert printed(page)[2].endswith("…")
    assert printed(page)[0].startswith("A&&BA&&B")
    assert sheet(tmp_path, COUNTY, "填写说明")["A2"].value == "甲&P乙" * 60


def test_two_runs_are_the_same_to_the_byte(tmp_path: Path) -> None:
    written = []
    for run, threads in enumerate((1, 2)):
        connection = duckdb.connect(config={"threads": threads})
        night(connection, 20)
        for name in ("warning", "referral", "resident", "roster_identity"):
            connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM {name} ORDER BY hash(household_id, {run})")
        written.append(write(connection, tmp_path / str(run)))
    assert written[0] == written[1]
    for file in written[0]:
        assert hashlib.sha256((tmp_path / "1" / file.path).read_bytes()).hexdigest() == file.sha256


def test_nothing_of_a_person_stays_on_the_connection(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection)
    write(connection, tmp_path)
    names = connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
    inputs = [
        "case_file",
        "issued_before",
        "referral",
        "resident",
        "roster_identity",
        "rule_source",
        "signal",
        "spared",
        "warning",
    ]
    assert [name for (name,) in names] == sorted([*inputs, "issued", "list_seal"])
    kept = connection.sql("FROM list_seal").fetchall() + connection.sql("FROM issued").fetchall()
    assert not [
        n for n in range(6) for value in identity(n).values() if str(value) in str(kept) and value != invented.household(n)
    ]


def test_nobody_listed_is_no_list(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    night(connection, referral=table(tables.REFERRAL, referral(0, is_listed=False)))
    assert write(connection, tmp_path) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        table(tables.REFERRAL, referral(0), referral(99)),
        table(tables.REFERRAL, referral(0), referral(0)),
    ],
    ids=["a referral without a warning", "a household twice"],
)
def test_a_list_that_would_be_incomplete_is_a_fault(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, wrong: pa.Table
) -> None:
    night(connection, referral=wrong)
    with pytest.raises(Fault, match="listed referrals"):
        write(connection, tmp_path)


def test_an_overdue_visit_stands_out(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = [warning(0, due_on=date(2026, 10, 30)), warning(3)]
    night(connection, 4, warning=table(tables.WARNING, *rows), referral=table(tables.REFERRAL, referral(0), referral(3)))
    write(connection, tmp_path)
    late, in_time = (cell.font.color for cell in sheet(tmp_path)["S"][1:])
    assert late.rgb == "FFC00000"
    assert in_time is None or in_time.rgb != "FFC00000"


def test_steps_that_need_no_repeating_are_on_the_countys_list_alone_and_unsealed(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    night(connection, 1)
    write(connection, tmp_path / "before")
    sealed = connection.sql("FROM list_seal").fetchall()
    said = {"household_id": invented.household(0), "steps": ["信息比对"], "why": "低保户：信息比对已经做过，不必重复"}
    night(connection, 1, spared=table(case_tables.SPARED, said))
    write(connection, tmp_path)
    (row,) = read(tmp_path)
    assert row["建议（以入户核实和评议为准）"].endswith("；免重复环节：低保户：信息比对已经做过，不必重复")
    assert connection.sql("FROM list_seal").fetchall() == sealed
    below = [path for path in tmp_path.glob("990101_虚构县/990101*/**/*") if path.suffix == ".csv"]
    below += tmp_path.glob("990101_虚构县/990101*.csv")
    assert below
    assert not [path.name for path in below if "免重复" in path.read_text("utf-8-sig")]
