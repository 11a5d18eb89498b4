import hashlib
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
import yaml

from errors import Fault, HomeError
from settings import Home, read_settings
from sources.county import Dirt, Plan, invent
from tests.sources.county.conftest import County

CATALOGUE = Path(__file__).parents[3] / "sources" / "catalogue"
OWNED = {"vehicles", "real_estate", "authorisations"}
SOURCES = {"roster", "medical", "education", "disability", "civil_affairs", "employment", "visits"}
SOURCES |= {"self_reports", "cadre_rounds", "monitored"}
SOURCES |= OWNED


def digests(home: Path) -> dict[str, str]:
    files = (path for path in home.rglob("*") if path.is_file())
    return {path.relative_to(home).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_plan_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        invent(Home(tmp_path / name), Plan(residents=600, seed=seed))
    first, second, other = (digests(tmp_path / name) for name in "abc")
    assert first == second
    assert first.keys() == other.keys()
    same = {path for path in first if first[path] == other[path]}
    seldom = ("visits", "self_reports")  # in a small county a month may hold none
    assert {path for path in same if not any(source in path for source in seldom)} == {"office.yaml"}


def test_the_bytes_do_not_depend_on_threads_clock_or_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    invent(Home(tmp_path / "a"), Plan(residents=200))
    monkeypatch.setenv("TZ", "America/New_York")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    threads = pa.cpu_count()
    pa.set_cpu_count(threads + 3)
    try:
        invent(Home(tmp_path / "a much longer name"), Plan(residents=200))
    finally:
        pa.set_cpu_count(threads)
    assert digests(tmp_path / "a") == digests(tmp_path / "a much longer name")


def test_the_home_is_private_and_its_office_readable(county: County) -> None:
    assert county.home.root.stat().st_mode & 0o777 == 0o700
    settings = read_settings(county.home.root)
    assert settings.as_of == date(2026, 10, 31)
    assert settings.office.area == "99"
    assert "虚构" in settings.office.notice
    assert not (county.home.work / "county").exists()


def test_the_same_plan_again_is_left_as_it_is(tmp_path: Path) -> None:
    home, plan = Home(tmp_path / "home"), Plan(residents=200)
    first = invent(home, plan)
    before = {path: path.stat().st_mtime_ns for path in home.root.rglob("*")}
    assert invent(home, plan) == first
    assert {path: path.stat().st_mtime_ns for path in home.root.rglob("*")} == before


@pytest.mark.parametrize("used", ["office.yaml", "inbox/medical/a.csv", "store/batches/medical/b.json", "archive/roster/c"])
def test_invented_data_are_never_mixed_with_others(tmp_path: Path, used: str) -> None:
    path = tmp_path / used
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("", encoding="utf-8")
    with pytest.raises(HomeError, match="虚构数据不得与真实数据混放"):
        invent(Home(tmp_path), Plan(residents=200))
    assert digests(tmp_path).keys() == {used}


def test_another_plan_does_not_overwrite_an_invented_county(tmp_path: Path) -> None:
    invent(Home(tmp_path / "home"), Plan(residents=200))
    with pytest.raises(HomeError):
        invent(Home(tmp_path / "home"), Plan(residents=200, dirt=Dirt(id_missing=0.5)))


@pytest.mark.parametrize("plan", [{"residents": 3}, {"seed": -1}, {"as_of": date(1999, 1, 1)}])
def test_an_impossible_plan_is_refused(plan: dict[str, int]) -> None:
    with pytest.raises(Fault):
        Plan(**plan)  # type: ignore[arg-type]


def test_every_source_has_its_files(county: County) -> None:
    counts = {source: len(county.files(source)) for source in SOURCES}
    assert counts == {
        "roster": 2, "medical": 8, "education": 3, "disability": 3, "civil_affairs": 4, "employment": 9, "visits": 3,
        "self_reports": 4, "cadre_rounds": 3, "monitored": 8,
        "vehicles": 1, "real_estate": 1, "authorisations": 1,
    }  # fmt: skip
    assert sorted(county.invented.files) == sorted(county.name(path) for source in SOURCES for path in county.files(source))


def test_headers_are_those_of_the_contracts(county: County) -> None:
    for source in SOURCES:
        contract = yaml.safe_load((CATALOGUE / f"{source}.yaml").read_text(encoding="utf-8"))
        columns = {**contract["identity"], **{f"fact {key}": fact for key, fact in contract["facts"].items()}}
        for path in county.files(source):
            headers = set(county.rows(path)[0])
            required = {key: column for key, column in columns.items() if not column.get("may_be_absent")}
            missing = [key for key, column in required.items() if not headers & set(column["headers"])]
            assert missing == [], path
            known = {header for column in columns.values() for header in column["headers"]} | set(contract.get("ignore", ()))
            extra = {"康复需求"} if "第二季度" in path.name else set()
            assert headers - known == extra, path


def test_codes_are_those_of_the_contracts(county: County) -> None:
    for source in SOURCES:
        facts = yaml.safe_load((CATALOGUE / f"{source}.yaml").read_text(encoding="utf-8"))["facts"]
        for fact in (fact for fact in facts.values() if "values" in fact):
            known = {"", "其它（见备注）", *fact["values"], *(str(s) for synonyms in fact["values"].values() for s in synonyms)}
            for path in county.files(source):
                for header in (h for h in fact["headers"] if h in county.rows(path)[0]):
                    seen = {term for row in county.rows(path) for term in row.get(header, "").split(",")}
                    assert seen <= known, (path, header)


def test_one_file_came_twice_one_late_and_one_damaged(county: County) -> None:
    first, again = (path for path in county.files("employment") if "202607" in path.name)
    assert first.read_bytes() == again.read_bytes()
    assert first.parent.name < again.parent.name
    assert [path.parent.name for path in county.files("medical") if "202606" in path.name] == ["2026-07-27"]
    damaged = next(path for path in county.files("medical") if "202604" in path.name)
    widths = [len(line.split(",")) for line in damaged.read_bytes().decode("gb18030", errors="replace").splitlines()]
    assert [line for line, width in enumerate(widths) if width != 14] == [7]
    assert damaged.read_bytes().count(b"\xff\xff") == 1


def test_formats_are_those_of_the_departments(county: County) -> None:
    for source in ("roster", "disability"):
        assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in county.files(source))
    employment = b"".join(path.read_bytes() for path in county.files("employment"))
    assert b'"=""99' in employment
    assert b",'99" in employment
    assert all("户主姓名".encode() in path.read_bytes() for path in county.files("visits"))
