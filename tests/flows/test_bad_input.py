"""Whatever arrives in the inbox: each bad file is held or pointed out, in Chinese, and everything else goes on."""

import io
import json
import random
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
import xlsxwriter

from settings import Home
from tables import BINS
from tests.flows.little import (
    AS_OF,
    MEDICAL,
    MEDICAL_HEADER,
    PEOPLE,
    ROSTER,
    SECRETS,
    Outcome,
    assert_discreet,
    assert_told,
    fangpin,
    little_home,
    medical,
    published,
    put,
    roster,
    tree,
)

LATER: Final = "2026-03-11"
"""The night of the bad files; the one before was good."""


def _without_last_column(text: str) -> str:
    return "\n".join(line.rpartition(",")[0] for line in text.splitlines())


def _with_column(text: str, header: str, value: str) -> str:
    first, *rest = text.splitlines()
    return "\n".join([f"{first},{header}", *(f"{line},{value}" for line in rest)])


def _book() -> bytes:
    """A sound workbook that is not one of ours."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("通讯录")
        for row in range(60):
            sheet.write_row(row, 0, ["科室", "职务", f"{row}"])
    return content.getvalue()


def _zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("说明.txt", "不是工作簿")
    return content.getvalue()


def _packed(name: str, data: bytes, is_locked: bool = False) -> bytes:
    """An archive of one file, perhaps marked as having a password."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(name, data)
    written = bytearray(content.getvalue())
    written[6] |= is_locked
    written[written.index(b"PK\x01\x02") + 8] |= is_locked
    return bytes(written)


def _bad_names() -> bytes:
    """GB18030 in which every name is broken."""
    return medical("01").encode("gb18030").replace("样本".encode("gb18030"), b"\xff\xff\xff")


JANUARY: Final = medical("01")
HELD: Final[Mapping[str, tuple[str | bytes, int, tuple[str, ...]]]] = {
    "medical/2026-03-11/无标记.csv": (JANUARY.encode("utf-16-le")[:-1], 0, ("UTF-16", "另存为 UTF-8")),
    "medical/2026-03-11/半个.csv": (JANUARY.encode("utf-16")[:-1], 0, ("UTF-16 文本已损坏",)),
    "medical/2026-03-11/二进制.csv": (random.Random(1).randbytes(4000), 0, ("不是文本表",)),
    "medical/2026-03-11/乱码.csv": (_bad_names(), 3, ("无法解码的字节", "实际 9 字节")),
    "medical/2026-03-11/缺列.csv": (_without_last_column(JANUARY), 3, ("约定的列应当齐全", "缺少 个人自付")),
    "medical/2026-03-11/改名.csv": (
        JANUARY.replace("个人自付", "本人承担"),
        3,
        ("缺少 个人自付", "约定以外的列（本人承担）", "是否改名"),
    ),
    "medical/2026-03-11/只有表头.csv": (MEDICAL_HEADER + "\n", 0, ("不应少于 1 行", "实际 0 行")),
    "medical/2026-03-11/空.csv": (b"", 0, ("0 字节",)),
    "medical/2026-03-11/无表头.csv": (JANUARY.partition("\n")[2], 0, ("找不到表头", "应有：结算单号")),
    "medical/2026-03-11/太宽.csv": (JANUARY.replace("\n", "," * 9_999 + "\n"), 0, ("列，超过 500 列",)),
    "medical/2026-03-11/网页.csv": ("<html><table><tr><td>结算单号</td></tr></table>", 0, ("网页", "另存为 .xlsx")),
    "medical/2026-03-11/重列.csv": (JANUARY.replace("医疗类别", "姓名"), 0, ("表头重复：姓名",)),
    "medical/2026-03-11/其实是表.csv": (_book(), 0, ("Excel 工作簿", "另存为 CSV")),
    "education/2026-03-11/截断.xlsx": (_book()[:1500], 0, ("工作簿不完整",)),
    "education/2026-03-11/内坏.xlsx": (_zip(), 0, ("工作簿已损坏",)),
    "education/2026-03-11/其实是文本.xlsx": (JANUARY, 0, ("不是 Excel 工作簿", "另存为 .xlsx")),
    "civil_affairs/2026-03-11/加密.xlsx": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), 0, ("打开密码", "取消密码")),
    "civil_affairs/2026-03-11/别的表.xlsx": (_book(), 0, ("找不到表头",)),
    "roster/2026-03-10/改了日期.csv": (
        roster().replace("-", "~"),
        10,
        ("一半的行合格", "实际 10 行不合格", "最多的一项：“出生日期”应为可识别的日期", "（10 行）"),
    ),
    "roster/2026-03-11/花名册.csv": (roster().replace("人编号", "编号"), 10, ("缺少 人编号", "约定以外的列（编号）")),
}
"""File -> its bytes, the rows that can be told in it, and what must be said."""

PROBLEMS: Final[Mapping[str, tuple[str, ...]]] = {
    "medical/2026-03-11/扫描件.pdf": ("文件名不符合", "*.csv", "请核对"),
    "medical/表格.csv": ("应为文件，实为文件夹", "以收到日期命名"),
    "medical/2026-03-11/子夹.csv": ("应为文件，实为文件夹", "日期文件夹里只能放文件"),
    "medical/2026-03-11/炸弹.zip": ("压缩包", "压缩比超过 200 倍"),
    "medical/2026-03-11/加密.zip/一月.csv": ("压缩包有密码", "取消密码"),
    "medical/断链.csv": ("是链接，没有读", "请换成文件"),
    "weather": ("没有名为 weather 的来源", "契约"),
    "散件.csv": ("须放在来源的文件夹里",),
}
"""What is no delivery at all -> what must be said."""

GOOD: Final = "medical/2026-03-10/一月结算.csv"
EXTRA: Final = "medical/2026-03-10/多列.csv"


@dataclass(frozen=True)
class Evening:
    """A home after a good night, and after one on which nearly every file was bad."""

    home: Home
    before: Mapping[str, str]
    first: dict[str, Any]
    told: dict[str, Any]
    shown: Outcome

    def batch(self, file: str) -> dict[str, Any]:
        """The accounting of one file."""
        found: list[dict[str, Any]] = [row for row in self.told["accounting"] if row["file"] == file]
        assert len(found) == 1, file
        return found[0]


def _spoil(home: Home) -> None:
    for file, (content, _, _) in HELD.items():
        put(home.root, file, content)
    put(home.root, GOOD, medical("01", {1: 300}))
    put(home.root, EXTRA, _with_column(medical("02", {6: 400}), "主治医师", "某某"))
    put(home.root, "medical/2026-03-11/扫描件.pdf", b"%PDF-1.4")
    put(home.root, "weather/天气.csv", "a")
    put(home.root, "散件.csv", "a")
    put(home.root, "medical/2026-03-11/炸弹.zip", _packed("一月.csv", bytes(1 << 23)))
    put(home.root, "medical/2026-03-11/加密.zip", _packed("一月.csv", JANUARY.encode(), is_locked=True))
    (home.inbox / "medical/表格.csv").mkdir()
    (home.inbox / "medical/2026-03-11/子夹.csv").mkdir()
    (home.inbox / "medical/断链.csv").symlink_to(home.root / "没有")


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    home = little_home(tmp_path_factory.mktemp("bad") / "home")
    first = fangpin("night", "--home", home.root, "--json")
    assert first.code == 0, first.err
    before = tree(home.lists)
    _spoil(home)
    second = fangpin("night", "--home", home.root, "--as-of", LATER, "--json")
    assert second.code == 0, second.err
    assert_discreet(second)
    shown = fangpin("night", "--home", home.root, "--as-of", LATER)
    return Evening(home, before, json.loads(first.out), json.loads(second.out), shown)


@pytest.mark.parametrize("file", HELD)
def test_a_bad_file_is_held_and_its_rows_are_counted(evening: Evening, file: str) -> None:
    _, rows, fragments = HELD[file]
    batch = evening.batch(file)
    assert (batch["state"], batch["rows_in"], batch["held"]) == ("held", rows, rows)
    message = evening.told["held"][batch["batch_id"]]
    assert file in message
    assert [fragment for fragment in (*fragments, "整批暂停，请改正后重报") if fragment not in message] == [], message


@pytest.mark.parametrize("file", PROBLEMS)
def test_what_is_no_delivery_is_pointed_out(evening: Evening, file: str) -> None:
    (problem,) = [problem for problem in evening.told["problems"] if problem.startswith(f"{file}：")]
    assert [fragment for fragment in PROBLEMS[file] if fragment not in problem] == [], problem


def test_nothing_else_is_held_or_pointed_out(evening: Evening) -> None:
    assert len(evening.told["held"]) == len(HELD)
    assert len(evening.told["problems"]) == len(PROBLEMS)


def test_good_files_of_the_same_source_go_on(evening: Evening) -> None:
    for file, rows in ((MEDICAL, 3), (GOOD, 1), (EXTRA, 1)):
        batch = evening.batch(file)
        assert (batch["state"], batch["rows_in"], batch["linked"]) == ("accepted", rows, rows)
    assert evening.told["warnings"] == evening.first["warnings"] == 2


def test_an_extra_column_is_named_and_does_no_harm(evening: Evening) -> None:
    findings = f"read_parquet('{evening.told['run_dir']}/findings.parquet')"
    found = duckdb.execute(
        f"SELECT verdict, message FROM {findings} WHERE expectation = 'no_extra_columns' AND batch_id = ?",
        [evening.batch(EXTRA)["batch_id"]],
    ).fetchall()
    assert found == [("warn", f"医保结算，{EXTRA}：不应有约定以外的列；实际 1 列（主治医师）")]


def test_held_sources_serve_their_last_good_state_and_are_called_stale(evening: Evening) -> None:
    assert evening.told["stale"] == {"medical": "2026-03-10", "roster": "2026-03-01"}
    assert evening.batch(ROSTER)["registered"] == len(PEOPLE)


def test_every_row_is_accounted_for(evening: Evening) -> None:
    assert len(evening.told["accounting"]) == len(HELD) + 4
    for row in evening.told["accounting"]:
        assert row["rows_in"] == sum(row[name] for name in BINS), row["file"]


def test_the_terminal_says_it_all_without_a_person(evening: Evening) -> None:
    assert evening.shown.code == 0
    assert_discreet(evening.shown)
    said = "".join(evening.shown.out.split())
    for message in (*evening.told["held"].values(), *evening.told["problems"], "2026-03-01"):
        assert "".join(message.split()) in said


def test_no_value_is_left_outside_the_walls(evening: Evening) -> None:
    run, home = Path(evening.told["run_dir"]), evening.home
    files = [run / "manifest.json", home.audit_file, home.published / "report.html", *(home.store / "gate").rglob("*.json")]
    texts = [path.read_text(encoding="utf-8") for path in files]
    texts += [str(duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()) for path in run.glob("*.parquet")]
    assert not [value for value in SECRETS for text in texts if value in text]


def test_the_good_night_before_stays_as_it_was(evening: Evening) -> None:
    assert tree(evening.home.lists / AS_OF.isoformat()) == evening.before


def test_without_a_usable_roster_the_night_stops_and_a_good_one_mends_it(tmp_path: Path) -> None:
    home = little_home(tmp_path / "home")
    (home.inbox / ROSTER).unlink()
    assert_told(_night(home), 13, "inbox/roster", "农村人口花名册", "没有收到过任何文件", "县农业农村局")
    put(home.root, "roster/2026-03-02/坏.csv", roster().replace("人编号", "编号"))
    assert_told(_night(home), 13, "inbox/roster", "roster/2026-03-02/坏.csv", "缺少 人编号")
    assert published(home) == {"audit": ""}
    put(home.root, ROSTER, roster())
    mended = fangpin("night", "--home", home.root, "--json")
    assert mended.code == 0, mended.err
    assert json.loads(mended.out)["stale"] == {"roster": "2026-03-01"}


def _night(home: Home) -> Outcome:
    """A night that ends in a message; the lines of progress before it are left out."""
    outcome = fangpin("night", "--home", home.root)
    lines = [line for line in outcome.err.splitlines(keepends=True) if not line.startswith("[")]
    return Outcome(outcome.code, outcome.out, "".join(lines))


def _nothing(inbox: Path) -> None:
    inbox.rmdir()


def _hidden_only(inbox: Path) -> None:
    (inbox / ".DS_Store").write_text("")
    (inbox / "medical").mkdir()
    (inbox / "medical" / "~$二月结算.csv").write_text("")
    (inbox / "medical" / "二月结算.csv.part").write_text("")


@pytest.mark.parametrize(
    ("prepare", "found"),
    [(_nothing, "没有这个文件夹"), (lambda _: None, "没有本夜之前收到的文件"), (_hidden_only, "没有本夜之前收到的文件")],
    ids=["missing", "empty", "only files in the making"],
)
def test_an_inbox_without_files(tmp_path: Path, prepare: Callable[[Path], None], found: str) -> None:
    inbox = tmp_path / "home" / "inbox"
    inbox.mkdir(parents=True)
    prepare(inbox)
    assert_told(fangpin("night", "--home", tmp_path / "home"), 12, str(inbox), found, "inbox/<来源>/")


def test_before_anything_arrived_there_is_nothing_to_do(tmp_path: Path) -> None:
    home = little_home(tmp_path / "home")
    assert_told(fangpin("night", "--home", home.root, "--as-of", "2026-02-01"), 12, "没有本夜之前收到的文件")
