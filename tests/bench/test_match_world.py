"""The invented matching worlds: the same plan gives the same files, and the truth says what the cells show."""

import statistics
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from stdnum.cn.ric import calc_check_digit

from bench.match_world import Plan, write
from bench.match_world.plan import DIRTY

RESIDENTS, ROWS = 20_000, 12_000
FILES = ("roster.parquet", "extract.parquet", "truth.parquet", "area_changes.tsv")


class World:
    """One world, read back."""

    def __init__(self, folder: Path, plan: Plan) -> None:
        write(folder, plan)
        self.roster, self.extract, self.truth = (pq.read_table(folder / name) for name in FILES[:3])

    def beside(self, label: str | None = None) -> list[dict[str, object]]:
        """Rows of residents (with the dirt class `label`, or with none at all) beside their roster entry."""
        chosen = pa.array([_is(classes, label) for classes in self.truth["classes"].to_pylist()])
        truth = self.truth.select(["row_id", "resident_id"]).filter(chosen)
        joined = truth.join(self.extract, "row_id").join(
            self.roster, "resident_id", right_suffix="_of_roster", join_type="inner"
        )
        return list(joined.to_pylist())


def _is(classes: list[str], label: str | None) -> bool:
    return not classes if label is None else classes == [label]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"), Plan(RESIDENTS, ROWS, seed=1))


def test_the_same_plan_gives_the_same_bytes_and_another_seed_another_world(tmp_path: Path) -> None:
    for folder, seed in (("once", 1), ("again", 1), ("other", 2)):
        write(tmp_path / folder, Plan(2_000, 3_000, seed))
    for name in FILES:
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "once" / name).read_bytes()
    assert (tmp_path / "other" / "roster.parquet").read_bytes() != (tmp_path / "once" / "roster.parquet").read_bytes()


def test_every_row_has_one_truth_and_every_true_resident_is_on_the_roster(world: World) -> None:
    assert world.truth["row_id"].to_pylist() == world.extract["row_id"].to_pylist() == list(range(1, ROWS + 1))
    on_roster = set(world.roster["resident_id"].to_pylist())
    assert len(on_roster) == len(world.roster)
    known = {one for name in ("resident_id", "other_id") for one in world.truth[name].to_pylist()} - {None}
    assert known <= on_roster
    is_resident = pc.equal(world.truth["kind"], "resident").to_pylist()
    assert is_resident == [one is not None for one in world.truth["resident_id"].to_pylist()]


def test_rows_without_any_error_say_what_the_roster_says(world: World) -> None:
    clean = world.beside()
    assert len(clean) > ROWS / 3
    assert all(row["name"] == row["name_of_roster"] for row in clean)
    same_number = sum(row["id_number"] == row["id_number_of_roster"] for row in clean)
    assert 0.98 < same_number / len(clean) < 1, "the roster has errors of its own, a few"


def test_numbers_are_those_of_nobody_alive_and_pass_their_check(world: World) -> None:
    numbers = [number[:18] for number in world.roster["id_number"].to_pylist() if number]
    assert _mean([number.startswith("99") for number in numbers]) > 0.999
    assert 0.99 < _mean([calc_check_digit(number) == number[17] for number in numbers]) < 1


def test_about_a_tenth_of_the_rows_are_dirty_and_the_factor_scales_it(world: World, tmp_path: Path) -> None:
    dirtier = World(tmp_path, Plan(RESIDENTS, ROWS, seed=1, dirt=3.0))
    assert 0.09 < _mean(world.truth["is_dirty"].to_pylist()) < 0.13
    assert 2.5 < _mean(dirtier.truth["is_dirty"].to_pylist()) / _mean(world.truth["is_dirty"].to_pylist()) < 3.3


def _mean(flags: Iterable[bool]) -> float:
    return statistics.mean(map(float, flags))


def test_every_dirt_class_occurs_and_changes_the_cell_it_names(world: World) -> None:
    labels = {label for classes in world.truth["classes"].to_pylist() for label in classes}
    assert set(DIRTY) <= labels
    for label in ("name_homophone", "name_look_alike", "name_relation", "name_renamed", "name_remark", "name_pinyin"):
        assert all(row["name"] != row["name_of_roster"] for row in world.beside(label))
    for label in ("number_missing", "number_wrong_digit", "number_excel", "number_of_relative", "student_l", "passport"):
        assert all(row["id_number"] != row["id_number_of_roster"] for row in world.beside(label))


def test_strangers_are_the_share_that_was_asked_for(tmp_path: Path) -> None:
    world = World(tmp_path, Plan(RESIDENTS, ROWS, seed=3, strangers=0.3))
    assert 0.27 < world.truth["resident_id"].null_count / ROWS < 0.33
    assert set(world.truth["kind"].to_pylist()) == {"resident", "relative", "stranger"}


def test_a_scenario_leaves_its_columns_out(tmp_path: Path) -> None:
    world = World(tmp_path, Plan(RESIDENTS, ROWS, seed=3, scenario="name_number"))
    assert world.extract.column_names == ["row_id", "name", "id_number"]


def test_names_are_spread_as_in_china(world: World) -> None:
    names = [name for name in world.roster["name"].to_pylist() if "·" not in name]
    assert 0.13 < sum(len(name) == 2 for name in names) / len(names) < 0.24
    surnames = [name[0] for name in names]
    assert 0.04 < surnames.count("王") / len(names) < 0.12


def test_households_hold_one_to_eight_and_siblings_are_told_apart(world: World) -> None:
    members: dict[str, list[str]] = {}
    for household, name in zip(world.roster["household_id"].to_pylist(), world.roster["name"].to_pylist(), strict=True):
        members.setdefault(household, []).append(name)
    assert max(map(len, members.values())) <= 8
    doubled = sum(len(set(names)) < len(names) for names in members.values())
    assert doubled / len(members) < 0.005
