"""The round trip: a list goes out, is filled in and comes back; tampered and broken ones cost nobody else's row."""

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import openpyxl
import pytest

from flows.past import SCHEMA, open_night
from rules.evaluate import evaluate
from settings import Home
from tests.flows.answering import CODE, FILLED, Line, as_csv, as_xlsx, handed_out, read, resaved, saved
from tests.flows.little import SECRETS, assert_discreet, assert_told, fangpin, little_home, put

OUT: Final = "2026-03-10"
BACK: Final = "2026-03-12"
MARKS: Final = "问题编号,销号日期,销号人\nP0000000000,2026-03-11,核对甲\nP0000000001,,\n"


def night(home: Home, day: str) -> dict[str, Any]:
    outcome = fangpin("night", "--home", home.root, "--as-of", day, "--json")
    assert outcome.code == 0, outcome.err
    assert_discreet(outcome)
    told: dict[str, Any] = json.loads(outcome.out)
    return told


def came(home: Home, day: str = BACK) -> dict[str, list[tuple[str, str | None]]]:
    """File -> fate or reason, and what people read, of its current rows."""
    run = home.runs / day
    rows = duckdb.execute(
        f"""SELECT file, coalesce(reason, fate), why FROM read_parquet('{run / "answers.parquet"}')
        JOIN read_parquet('{run / "batches.parquet"}') USING (batch_id) ORDER BY row_id"""
    ).fetchall()
    found = defaultdict(list)
    for file, fate, why in rows:
        found[Path(file).stem].append((fate, why))
    return dict(found)


def bins(told: dict[str, Any], source: str = "answers") -> dict[str, int]:
    names = ("verdict", "unanswered", "refused", "quarantined", "duplicate", "superseded", "held")
    counted = {name: sum(row[name] for row in told["accounting"] if row["source"] == source) for name in names}
    return {name: count for name, count in counted.items() if count}


@pytest.fixture(scope="module")
def trip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, list[Line], dict[str, Any]]:
    """Two households warned of; one answered in a re-saved workbook, one in a GBK text table that leaves the other empty."""
    home = little_home(tmp_path_factory.mktemp("trip"))
    night(home, OUT)
    lines = handed_out(home, OUT)
    first, second = lines[0], lines[1]
    book = next((home.lists / OUT).glob("*/全县_*.xlsx"))
    filled = {"核实日期": datetime(2026, 3, 11), "核实结论代码": "4", "核实风险类型": "因病", "备注": '=HYPERLINK("x")'}  # noqa: DTZ001
    put(home.root, f"answers/{BACK}/990101_虚构县.xlsx", resaved(book, {first["预警编号"]: filled}))
    turned = [dict(reversed(list(line.items()))) for line in (first, {**second, **FILLED, "核实日期": "2026年3月11日"})]
    put(home.root, f"answers/{BACK}/回填.csv", as_csv(turned, "gb18030"))
    put(home.root, f"problem_marks/{BACK}/销号.csv", MARKS.encode())
    return home, lines, night(home, BACK)


def test_filled_lists_are_taken_whatever_saved_them(trip: tuple[Home, list[Line], dict[str, Any]]) -> None:
    home, lines, told = trip
    assert len(lines) == 2
    assert sorted(fate for fate, _ in came(home)["990101_虚构县"]) == ["empty", "taken"]
    assert sorted(fate for fate, _ in came(home)["回填"]) == ["empty", "taken"]
    assert bins(told) == {"verdict": 2, "unanswered": 2}
    assert not [problem for problem in told["problems"] if "answers/" in problem]
    assert not list((home.lists / BACK).glob("99*/退回重填*"))


def test_what_was_found_is_not_asked_again(trip: tuple[Home, list[Line], dict[str, Any]]) -> None:
    home, lines, _ = trip
    run = home.runs / BACK
    aside = duckdb.execute(f"""SELECT count(*), count(*) FILTER (a.row_id IS NOT NULL)
        FROM read_parquet('{run / "suppressed.parquet"}') s
        LEFT JOIN read_parquet('{run / "answers.parquet"}') a ON a.row_id = s.verdict_row""").fetchone()
    assert aside is not None
    assert aside[0] >= len(lines)
    assert aside[0] == aside[1]


def test_a_mark_that_strikes_nothing_off_is_refused_and_the_reason_told(trip: tuple[Home, list[Line], dict[str, Any]]) -> None:
    home, _, told = trip
    assert bins(told, "problem_marks") == {"refused": 1, "unanswered": 1}
    assert any("问题编号不在台账中，未销号（数据行 1）" in problem for problem in told["problems"])
    (path,) = (home.lists / BACK).glob("退回_problem_marks/*.csv")
    text = path.read_text(encoding="utf-8-sig")
    assert "问题编号不在台账中" in text
    assert "P0000000000" not in text


def test_what_lies_between_two_lists_is_explained_with_cases_on_both(
    trip: tuple[Home, list[Line], dict[str, Any]],
) -> None:
    home, *_ = trip
    outcome = fangpin("diff", OUT, BACK, "--home", home.root, "--json")
    assert outcome.code == 0, outcome.err
    told = json.loads(outcome.out)
    assert told["is_exact"]
    assert {one["cause"] for one in told["households"]} == {"走访"}


def test_the_same_lists_again_are_no_news(trip: tuple[Home, list[Line], dict[str, Any]], tmp_path: Path) -> None:
    home, lines, _ = trip
    before = came(home)
    put(home.root, "answers/2026-03-13/再送.csv", as_csv([{**lines[1], **FILLED, "备注": "同一结果"}]))
    put(home.root, "answers/2026-03-13/回填.csv", (home.inbox / "answers" / BACK / "回填.csv").read_bytes())
    told = night(home, "2026-03-13")
    assert bins(told) == {"verdict": 2, "unanswered": 2, "duplicate": 1}
    assert came(home, "2026-03-13") == before


def test_a_night_that_is_over_knows_its_answers(trip: tuple[Home, list[Line], dict[str, Any]]) -> None:
    home, lines, _ = trip
    with open_night(home, datetime.fromisoformat(BACK).date()) as past:
        told = past.declared
        assert told.states["visits"] == "fresh"
        found = past.db.execute("SELECT visit_no FROM fact_visits WHERE resident_id IS NULL ORDER BY 1").fetchall()
        assert found == sorted((line["预警编号"],) for line in lines)
        evaluate(past.db, told.rules, told.references, told.as_of, told.states)
        assert past.db.execute(f"SELECT count(*) FROM (FROM signal EXCEPT ALL FROM {SCHEMA}.signal)").fetchone() == (0,)
        past.hold(["visits"])
        assert past.db.execute("SELECT count(*) FROM fact_visits").fetchone() == (2,)


def test_a_list_is_tried_before_it_goes_in(trip: tuple[Home, list[Line], dict[str, Any]], tmp_path: Path) -> None:
    home, lines, _ = trip
    good, bad, scan = tmp_path / "好.xlsx", tmp_path / "坏.csv", tmp_path / "扫描件.pdf"
    scan.write_bytes(b"%PDF-1.7")
    good.write_bytes(as_xlsx([{**lines[0], **FILLED}, lines[1]]))
    rows = ({**lines[0], **FILLED, "户主姓名": "别人"}, {**lines[1], **FILLED, "核实日期": "2026-02-31"})
    bad.write_bytes(as_csv(rows))
    before = sorted(path for path in home.root.rglob("*"))
    outcome = fangpin("answers", "check", good, scan, bad, "--home", home.root, "--as-of", OUT[:-2] + "11", "--json")
    assert outcome.code == 0, outcome.err
    assert_discreet(outcome)
    first, other, second = json.loads(outcome.out)["files"]
    assert {name: first[name] for name in ("rows", "taken", "empty", "refused")} == {
        "rows": 2,
        "taken": 1,
        "empty": 1,
        "refused": 0,
    }
    assert "文件名不符合" in other["held"]
    assert [(row["line"], row["reason"]) for row in second["refusals"]] == [
        (2, "印好的内容被改动：户主姓名"),
        (3, "核实日期：写法读不出来"),
    ]
    told = fangpin("answers", "check", bad, "--home", home.root, "--as-of", BACK)
    assert "第 2 行（" + lines[0]["预警编号"] in told.out
    assert "别人" not in told.out
    assert_told(fangpin("answers", "check", tmp_path / "无.csv", "--home", home.root), 2, "没有这个文件")
    assert sorted(path for path in home.root.rglob("*")) == before


def test_explaining_names_the_returned_row_and_no_digest(trip: tuple[Home, list[Line], dict[str, Any]]) -> None:
    home, lines, _ = trip
    household = lines[0]["户编号"].removeprefix("户-")
    outcome = fangpin("explain", "--household", household, "--home", home.root, "--as-of", BACK, "--json")
    assert outcome.code == 0, outcome.err
    assert_discreet(outcome)
    told = json.loads(outcome.out)
    visit = told["set_aside"][0]["record"]
    assert (visit["source"], visit["values"]["outcome"], "seals" in visit["values"]) == ("answers", "属实可应对", False)
    plain = fangpin("explain", "--household", household, "--home", home.root, "--as-of", BACK)
    assert (plain.code, "回填的核实名单" in plain.out) == (0, True), plain.out


def test_a_case_says_who_and_where_only_if_asked(trip: tuple[Home, list[Line], dict[str, Any]]) -> None:
    home, lines, _ = trip
    asked = ("case", lines[1]["预警编号"], "--home", home.root, "--as-of", BACK)
    plain, full = fangpin(*asked), fangpin(*asked, "--who")
    assert plain.code == full.code == 0
    assert "当前：已办结，属实可应对" in plain.out
    assert f"见 answers/{BACK}/回填.csv 第 3 行" in plain.out
    assert "核对甲" not in plain.out
    assert "      核实人：核对甲" in full.out.splitlines()
    book = json.loads(fangpin("case", lines[0]["预警编号"], "--home", home.root, "--as-of", BACK, "--json").out)
    assert [(one["sheet"], one["line"]) for one in book["history"] if one["file"]] == [("核实名单", 2)]


def test_notes_and_names_stay_behind_the_wall(trip: tuple[Home, list[Line], dict[str, Any]]) -> None:
    home, _, _ = trip
    facts = duckdb.execute(f"FROM read_parquet('{home.store}/facts/answers/*.parquet')").to_arrow_table()
    assert not [
        value for row in facts.to_pylist() for value in row.values() if str(value) in {*SECRETS, "核对甲", '=HYPERLINK("x")'}
    ]
    walled = duckdb.execute(f"SELECT visitor, remark FROM read_parquet('{home.store}/identity/answers/*.parquet')").fetchall()
    assert ("核对甲", "") in walled


def _tampered(lines: list[Line]) -> dict[str, tuple[bytes, list[str]]]:
    """File -> its bytes and how its rows end (rows that the gate takes out are none of them)."""
    line, other = ({**one, **FILLED} for one in lines[:2])
    book = openpyxl.load_workbook(_io(as_xlsx([line, other])))
    page = book["核实名单"]
    for at, name in enumerate(line, start=1):
        if name in ("户主姓名", "核实日期"):
            page.merge_cells(start_row=2, end_row=3, start_column=at, end_column=at)
    hidden = openpyxl.load_workbook(_io(as_xlsx([{**line, "核实结论代码": "05", "核实日期": "2026-03-10"}])))
    secret = hidden.copy_worksheet(hidden["核实名单"])
    secret.title, secret.sheet_state = "另一页", "hidden"
    doubled = openpyxl.load_workbook(_io(as_xlsx([{**line, "核实结论代码": ""}])))
    doubled.copy_worksheet(doubled["核实名单"]).title = "第二页"
    return {
        "改名": (as_csv([{**line, "户主姓名": "别人"}, {**other, "联系电话": "100"}]), ["changed", "changed"]),
        "改人口": (as_xlsx([{**line, "家庭人口数": "9"}]), ["changed"]),
        "串行": (as_csv([{**line, CODE: other[CODE]}, {**other, CODE: line[CODE]}]), ["wrong_code", "wrong_code"]),
        "编造": (as_csv([{**line, "预警编号": "W00000000000A"}]), ["unknown"]),
        "删校验码": (as_csv([{k: v for k, v in line.items() if k != CODE}]), ["no_code"]),
        "只剩编号": (as_csv([{k: line[k] for k in ("预警编号", CODE, *FILLED)}]), ["unsealed"]),
        "日期": (as_csv([{**line, "核实日期": day} for day in ("2026-02-31", "2062-03-11", "明天", "2026-03-13")]), []),
        "代码": (as_csv([{**line, "核实结论代码": "13"}, {**line, "核实风险类型": "因懒"}]), []),
        "缺填": (as_csv([{**line, "核实结论代码": ""}, {**line, "核实日期": ""}, {**line, "核实风险类型": ""}]),
                 ["no_outcome", "no_date", "no_family"]),
        "太早": (as_csv([{**line, "核实日期": "2026-03-09"}]), ["early"]),
        "长备注": (as_csv([{**line, "备注": "长" * 100_000}]), []),
        "合并": (saved(book), ["taken", "emptied"]),
        "隐藏": (saved(hidden), ["overruled"]),
        "两页": (saved(doubled), ["no_outcome", "no_outcome"]),
        "空": (b"", []),
        "只有表头": (as_csv([line]).splitlines()[0], []),
        "好": (as_csv([{**other, "本县加的": "x", "备注": "=1+1", "核实日期": "46092"}]), ["taken"]),
    }  # fmt: skip


def _io(content: bytes) -> Any:
    import io

    return io.BytesIO(content)


def test_what_is_tampered_with_is_found_and_good_rows_are_kept(tmp_path: Path) -> None:
    home = little_home(tmp_path)
    night(home, OUT)
    lines = handed_out(home, OUT)
    files = _tampered(lines)
    for name, (content, _) in files.items():
        suffix = "xlsx" if content.startswith(b"PK") else "csv"
        put(home.root, f"answers/{BACK}/{name}.{suffix}", content)
    told = night(home, BACK)
    found = {name: [fate for fate, _ in rows] for name, rows in came(home).items()}
    assert found == {name: fates for name, (_, fates) in files.items() if fates}
    assert came(home)["改名"] == [("changed", "印好的内容被改动：户主姓名"), ("changed", "印好的内容被改动：联系电话")]
    counted = bins(told)
    assert counted["verdict"] == 3
    assert counted["quarantined"] == 7
    assert counted["refused"] == sum(len(fates) for _, fates in files.values()) - 3
    [path] = (home.lists / BACK).glob("990101_*/退回重填_*.csv")
    back = read(path)
    assert {row["预警编号"] for row in back} <= {line["预警编号"] for line in lines}
    assert all(row["原因"] and row["怎样重填"] and row["行号"] for row in back)
    [stray] = (home.lists / BACK).glob("退回_answers/退回重填_县别不明.csv")
    assert [(row["原因"], row["预警编号"]) for row in read(stray)] == [("没有下发过这个预警编号", "")]
    [whole] = (home.lists / BACK).glob("退回_answers/退回_*.csv")
    assert {row["文件"]: row["列"] for row in read(whole)} == {
        f"answers/{BACK}/空.csv": "（整份文件）",
        f"answers/{BACK}/长备注.csv": "（整行）",
    }
    written = b"".join(file.read_bytes() for file in (path, stray, whole)).decode()
    assert not [value for value in (*SECRETS, "别人", "W00000000000A") if value in written]


def test_a_row_sent_back_is_off_the_list_once_it_is_mended(tmp_path: Path) -> None:
    home = little_home(tmp_path)
    night(home, OUT)
    line = {**handed_out(home, OUT)[0], **FILLED}
    put(home.root, f"answers/{BACK}/一.csv", as_csv([{**line, "户主姓名": "别人"}, {**line, "核实日期": "2026-02-31"}]))
    night(home, BACK)
    back = read(next((home.lists / BACK).glob("990101_*/退回重填_*.csv")))
    assert [row["原因"] for row in back] == ["印好的内容被改动：户主姓名", "核实日期：写法读不出来"]
    assert {row["预警编号"] for row in back} == {line["预警编号"]}
    put(home.root, "answers/2026-03-13/二.csv", as_csv([line]))
    told = night(home, "2026-03-13")
    assert bins(told) == {"verdict": 1, "refused": 1, "quarantined": 1}
    assert not list((home.lists / "2026-03-13").glob("**/退回*"))
