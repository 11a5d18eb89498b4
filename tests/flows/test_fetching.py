"""Nights whose feeds are queries: asked by themselves, replayed without the database, and never stopped by one."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq
import pytest

from flows.fetching import due, patiently
from settings import Home, read_settings
from sources.contracts import BUILT_IN, load_contracts
from sources.query import QueryFailed
from tests.conftest import run_night
from tests.flows.little import AS_OF, MEDICAL_HEADER, OFFICE, PEOPLE, assert_told, fangpin, little_home, tree
from tests.servers import PASSWORD, READER, Server

pytestmark = pytest.mark.loopback

JOBS: Final = """SELECT id_no AS 公民身份号码, person AS 姓名, no AS 登记编号, kind AS 登记类型, day AS 登记日期,
    income AS 月收入, NULL AS 就业形式, NULL AS 失业原因 FROM jobs"""
BILLS: Final = "SELECT * FROM bills"


@dataclass(frozen=True)
class Office:
    """A little home with two feeds that are queries."""

    home: Home
    jobs: Server
    bills: Server

    @property
    def connections(self) -> dict[str, dict[str, object]]:
        """What connections.yaml holds."""
        return {
            name: server.connection.model_dump(exclude_none=True) | {"password": PASSWORD}
            for name, server in (("hr", self.jobs), ("bills", self.bills))
        }

    def connect(self, **changes: dict[str, object]) -> None:
        """Write connections.yaml, with something else for one of them."""
        said = {name: entry | changes.get(name, {}) for name, entry in self.connections.items()}
        self.home.connections_file.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        self.home.connections_file.chmod(0o600)

    def ask(self, source: str, connection: str, select: str, more: str = "") -> None:
        """Give a built-in contract a query instead of its files."""
        lines = (BUILT_IN / f"{source}.yaml").read_text(encoding="utf-8").splitlines(keepends=True)
        query = f"query: {{connection: {connection}, select: {json.dumps(select, ensure_ascii=False)}{more}}}\n"
        text = "".join(query if line.startswith("files:") else line for line in lines)
        path = self.home.office_layer("sources") / f"{source}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def today(self, day: str) -> None:
        """Let it be another day."""
        (self.home.root / "office.yaml").write_text(OFFICE.replace("2026-03-10", day), encoding="utf-8")

    def rows(self, source: str) -> list[tuple[str, int, int]]:
        """Per batch of a source the file, the rows in and the rows linked of tonight's accounting."""
        table = pq.read_table(self.home.run(AS_OF) / "accounting.parquet").to_pylist()
        return [(row["file"], row["rows_in"], row["linked"]) for row in table if row["source"] == source]


@pytest.fixture
def office(tmp_path: Path, postgres: Server, mariadb: Server) -> Iterator[Office]:
    """Jobs in PostgreSQL, bills in MariaDB; the roster is a file."""
    made = Office(little_home(tmp_path / "home"), postgres, mariadb)
    postgres.run("CREATE TABLE jobs (id_no char(18), person text, no text, kind text, day date, income numeric(8, 2))")
    columns = ", ".join(f"{name} VARCHAR(40)" for name in MEDICAL_HEADER.split(","))
    mariadb.run(f"CREATE TABLE bills ({columns}) CHARACTER SET utf8mb4")
    for n, person in enumerate(PEOPLE[:4]):
        job = (person.id_number, person.name, f"D0000{n}", "失业登记", f"2026-02-1{n}", f"{n}.50")
        postgres.run(f"INSERT INTO jobs VALUES {job}")
        cells = (person.id_number, person.name, f"YB2026{n:04d}", f"2026-02-1{n}", "住院", "9000.00", "0", "0", "0", "8000.00")
        mariadb.run(f"INSERT INTO bills VALUES {cells}")
    made.connect()
    made.ask("employment", "hr", JOBS)
    made.ask("medical", "bills", BILLS)
    (made.home.inbox / "medical").rename(tmp_path / "not_sent")
    yield made
    postgres.run("DROP TABLE jobs")
    mariadb.run("DROP TABLE bills")


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flows.fetching.PAUSES", (0.0, 0.0))


def lists(home: Home) -> dict[str, str]:
    """What people see of the nights, by hash."""
    return tree(home.lists) | {str(path): tree(path.parent)[str(path)] for path in home.runs.glob("*/*.parquet")}


def assert_secret(home: Home, *said: str) -> None:
    """The password stands in connections.yaml alone."""
    files = [path.read_bytes() for path in home.root.rglob("*") if path.is_file() and path != home.connections_file]
    assert not any(PASSWORD.encode() in content for content in files)
    assert not any(secret in text for text in said for secret in (PASSWORD, READER))


def test_a_night_asks_by_itself_and_is_replayed_without_the_databases(office: Office) -> None:
    first = run_night(office.home.root)
    assert first.files["new"] == 3
    assert [(rows, linked) for _, rows, linked in (*office.rows("employment"), *office.rows("medical"))] == [(4, 4), (4, 4)]
    assert all(file.startswith("fetched/employment/2026-03-10/") for file, _, _ in office.rows("employment"))
    assert first.warnings
    seen, received = lists(office.home), tree(office.home.archive, office.home.fetched)
    office.connect(hr={"port": 1}, bills={"port": 1})
    again = run_night(office.home.root, AS_OF)
    assert (again.files["new"], again.files["known"], again.problems) == (0, 3, first.problems)
    assert (lists(office.home), tree(office.home.archive, office.home.fetched)) == (seen, received)


def test_what_has_not_changed_is_a_counted_no_op_and_a_database_that_is_away_is_told(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    run_night(office.home.root)
    office.jobs.run("UPDATE jobs SET income = 99 WHERE no = 'D00001'")
    office.today("2026-03-11")
    second = run_night(office.home.root)
    assert (second.files["new"], second.files["repeated"]) == (1, 1)
    office.today("2026-03-12")
    office.connect(bills={"password": "falsch"})
    office.jobs.run("ALTER TABLE jobs RENAME TO moved")
    third = fangpin("night", "--home", office.home.root)
    office.jobs.run("ALTER TABLE moved RENAME TO jobs")
    assert third.code == 0
    for title, why in (("就业与失业登记", "没有 select 里的表或视图"), ("医保结算", "登录不成")):
        assert f"来源“{title}”的数据库读不出来" in third.out
        assert why in third.out
    assert third.out.count("沿用 2026-03-11 取到的数据") == 2
    assert_secret(office.home, third.out, third.err, caplog.text)


def test_a_night_of_an_earlier_day_asks_nobody(office: Office) -> None:
    outcome = fangpin("night", "--home", office.home.root, "--as-of", "2026-03-09")
    assert outcome.code == 0, outcome.err
    assert not office.home.fetched.exists()


def test_fetch_asks_now(office: Office) -> None:
    first = fangpin("fetch", "--home", office.home.root)
    assert (first.code, first.out.count("4 行"), first.out.count("有变化")) == (0, 2, 2), first.err
    again = fangpin("fetch", "employment", "--home", office.home.root, "--json")
    assert json.loads(again.out)["fetched"]["employment"]["is_new"] is False
    assert json.loads(again.out)["problems"] == {}
    assert len(list(office.home.fetched.glob("employment/2026-03-10/*.json"))) == 2
    assert not list(office.home.work.glob("fetch.*"))


def fetched_rows(office: Office, *options: str) -> int:
    """How many rows the jobs answer with."""
    outcome = fangpin("fetch", "employment", "--home", office.home.root, "--json", *options)
    return int(json.loads(outcome.out)["fetched"]["employment"]["rows"])


def test_recent_rows_are_asked_for_once_all_have_come(office: Office) -> None:
    office.jobs.run("UPDATE jobs SET day = '2025-12-31' WHERE no = 'D00003'")
    office.ask("employment", "hr", JOBS, ", recent: {column: 登记日期, months: 2}, order_by: [登记日期]")
    counts = [fetched_rows(office, *options) for options in ((), (), ("--whole",))]
    assert counts == [4, 3, 4]


def test_fetch_says_what_is_wrong(office: Office) -> None:
    home = office.home.root
    assert_told(fangpin("fetch", "roster", "--home", home), 15, "employment、medical")
    office.connect(hr={"port": 1})
    failed = fangpin("fetch", "--home", home)
    assert failed.code == 16
    assert "医保结算：4 行" in failed.out
    assert "连不上" in failed.err
    assert "还没有取到过数据" in failed.err
    office.ask("employment", "nix", JOBS)
    assert_told(fangpin("check", "--home", home), 11, "nix")
    assert "没有名为 nix 的连接" in fangpin("fetch", "employment", "--home", home).err
    office.home.connections_file.chmod(0o644)
    assert_told(fangpin("fetch", "--home", home), 11, "0600")
    assert_told(fangpin("night", "--home", home), 11, "0600")
    assert_secret(office.home, failed.out, failed.err)


def test_a_feed_is_due_after_its_days(office: Office) -> None:
    office.ask("employment", "hr", JOBS, ", every_days: 7")
    contracts = load_contracts(office.home.office_layer("sources"))

    def asked(day: str) -> list[str]:
        office.today(day)
        return [contract.id for contract in due(read_settings(office.home.root), contracts)]

    assert asked("2026-03-10") == ["employment", "medical"]
    assert fangpin("fetch", "--home", office.home.root).code == 0
    assert [asked(f"2026-03-{day}") for day in (10, 11, 16, 17)] == [[], ["medical"], ["medical"], ["employment", "medical"]]


@pytest.mark.parametrize(("may_recover", "tries"), [(True, 3), (False, 1)])
def test_only_what_may_recover_is_tried_again(may_recover: bool, tries: int) -> None:
    asked: list[float] = []

    def ask() -> None:
        asked.append(0)
        raise QueryFailed("否", may_recover=may_recover)

    with pytest.raises(QueryFailed):
        patiently(ask, sleep=lambda seconds: None)
    assert len(asked) == tries
