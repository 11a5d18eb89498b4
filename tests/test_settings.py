"""What an office says of itself, and which day a night takes for today."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from errors import HomeError
from settings import Home, read_settings
from tables import MAX_ROWS, row_id


def office(home: Path, text: str) -> Path:
    home.mkdir(exist_ok=True)
    (home / "office.yaml").write_text(text, encoding="utf-8")
    return home


def test_without_an_office_file_everything_has_a_default_and_today_is_beijings(tmp_path: Path) -> None:
    before = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    settings = read_settings(tmp_path / "nowhere")
    assert before <= settings.as_of <= datetime.now(ZoneInfo("Asia/Shanghai")).date()
    assert settings.office.capacity_default == 500
    assert not (tmp_path / "nowhere").exists()


def test_the_day_asked_for_goes_before_the_offices_own(tmp_path: Path) -> None:
    home = office(tmp_path / "home", 'as_of: "2026-10-31"\ncapacity: {"990101": 30}\n')
    assert read_settings(home).as_of == date(2026, 10, 31)
    assert read_settings(home, date(2026, 9, 30)).as_of == date(2026, 9, 30)
    assert [read_settings(home, day).is_today for day in (None, date(2026, 10, 31), date(2026, 9, 30))] == [True, True, False]
    assert read_settings(home).office.capacity == {"990101": 30}


def test_how_reviews_are_put_may_be_set_in_part(tmp_path: Path) -> None:
    review = read_settings(office(tmp_path / "home", "review: {capacity: 20}\n")).office.review
    assert (review.capacity, review.show_weights) == (20, False)


@pytest.mark.parametrize(
    "text",
    [
        "review: {capacity: -1}\n",
        "threads: 0\n",
        "memory_limit: plenty\n",
        "area: 北京\n",
        "capacty_default: 3\n",
        "as_of: tomorrow\n",
    ],
)
def test_a_wrong_office_file_is_told(tmp_path: Path, text: str) -> None:
    with pytest.raises(HomeError, match=r"office\.yaml") as caught:
        read_settings(office(tmp_path / "home", text))
    assert caught.value.exit_code == 11


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(HomeError):
        read_settings(tmp_path / "home")


def test_everything_of_an_office_lies_below_its_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    places = (
        home.inbox,
        home.archive,
        home.runs,
        home.lists,
        home.published,
        home.work,
        home.facts("s", "b"),
        home.run(date(2026, 1, 2)),
    )
    assert all(place.is_relative_to(tmp_path) for place in places)
    assert home.run(date(2026, 1, 2)).name == "2026-01-02"


def test_row_ids_are_stable_positive_and_apart() -> None:
    highest = row_id("f" * 16, MAX_ROWS)
    assert 0 < row_id("0" * 15 + "1", 1) < highest < 2**63
    assert row_id("15bc96a598b517cf", 294) == row_id("15bc96a598ffffff", 294)
    assert row_id("15bc96a598b517cf", 294) + 1 == row_id("15bc96a598b517cf", 295)
    assert row_id("15bc96a59a", 1) - row_id("15bc96a598", 1) == MAX_ROWS + 1
