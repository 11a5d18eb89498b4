from dataclasses import fields
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from errors import Fault
from settings import Home
from sources.county import Dirt, Plan, ShockRates, invent, mistakes
from sources.county.dirt import CHANNELS
from sources.county.mistakes import Mistake
from sources.county.words import read_confusions

NUMBER = "99010119900307002X"
NONE = Dirt(**{item.name: 0.0 for item in fields(Dirt)})


def dirt_of(home: Path, dirt: Dirt) -> set[str]:
    invent(Home(home), Plan(residents=300, dirt=dirt))
    return {name for row in pq.read_table(home / "truth" / "rows.parquet")["dirt"].to_pylist() for name in row}


def test_rates_of_zero_leave_clean_rows_of_residents_only(tmp_path: Path) -> None:
    plan = Plan(residents=2_000, dirt=NONE)
    invent(Home(tmp_path / "home"), plan)
    truth = pq.read_table(tmp_path / "home" / "truth" / "rows.parquet")
    marks = {name for row in truth["dirt"].to_pylist() for name in row}
    assert marks <= {"name_rare"}
    sources = truth["source"].to_pylist()
    rare = [source for source, row in zip(sources, truth["dirt"].to_pylist(), strict=True) if row]
    assert set(rare) <= {"employment"}


@pytest.mark.parametrize(
    "channel",
    ["id_missing", "id_wrong_digit", "id_excel", "id_student_j", "id_formula", "name_trailing", "row_repeated", "code_unknown"],
)
def test_a_rate_moves_its_own_channel_only(tmp_path: Path, channel: str) -> None:
    only = Dirt(**{**{item.name: 0.0 for item in fields(Dirt)}, channel: 0.5})
    assert dirt_of(tmp_path / "home", only) - {"name_rare"} == {channel}


def test_a_rate_is_the_share_of_rows(tmp_path: Path) -> None:
    only = Dirt(**{**{item.name: 0.0 for item in fields(Dirt)}, "id_missing": 0.3})
    invent(Home(tmp_path), Plan(residents=2_000, dirt=only))
    truth = pq.read_table(tmp_path / "truth" / "rows.parquet").to_pylist()
    rows = [row for row in truth if row["source"] == "medical"]
    assert sum("id_missing" in row["dirt"] for row in rows) / len(rows) == pytest.approx(0.3, abs=0.06)


def test_shock_rates_of_zero_leave_no_shock(tmp_path: Path) -> None:
    calm = ShockRates(**{item.name: 0.0 for item in fields(ShockRates)})
    invent(Home(tmp_path), Plan(residents=2_000, shocks=calm))
    assert pq.read_table(tmp_path / "truth" / "shocks.parquet").num_rows == 0


def test_strangers_come_at_their_rate(tmp_path: Path) -> None:
    invent(Home(tmp_path), Plan(residents=2_000, dirt=Dirt(**{**{f.name: 0.0 for f in fields(Dirt)}, "non_resident": 0.5})))
    truth = pq.read_table(tmp_path / "truth" / "rows.parquet").to_pylist()
    rows = [row for row in truth if row["source"] == "medical"]
    assert 0.35 < sum(row["resident_id"] is None for row in rows) / len(rows) < 0.6


def test_rates_must_be_shares() -> None:
    with pytest.raises(Fault, match="id_missing"):
        Dirt(id_missing=1.5)
    with pytest.raises(Fault, match="non_resident"):
        Dirt(non_resident=1.0)


def test_channels_fit_into_a_mask() -> None:
    assert len(CHANNELS) == len(set(CHANNELS)) < 63


@pytest.mark.parametrize(
    ("mistake", "luck", "expected"),
    [
        (mistakes.wrong_digit, 0, "99110119900307002X"),
        (mistakes.swapped, 0, "99010191900307002X"),
        (mistakes.dropped, 1, "9900119900307002X"),
        (mistakes.fifteen, 0, "990101900307002"),
        (mistakes.excel, 1, "9.90101E+17"),
        (mistakes.excel, 2, "990101199003070000"),
        (mistakes.excel, 3, "9.90E+17"),
        (mistakes.lower_x, 0, "99010119900307002x"),
        (mistakes.full_width, 1, "９９０１０１１９９００３０７００２Ｘ"),
        (mistakes.spaces, 1, "990101 19900307 002X"),
        (mistakes.apostrophe, 0, "'99010119900307002X"),
        (mistakes.formula, 0, '="99010119900307002X"'),
        (mistakes.student_g, 0, "G99010119900307002X"),
        (mistakes.student_l, 123, "L990101199003070123"),
    ],
)
def test_number_mistakes(mistake: Mistake, luck: int, expected: str) -> None:
    assert mistake(NUMBER, luck) == expected


def test_wrong_digits_are_always_wrong_and_always_digits() -> None:
    for luck in range(400):
        changed = mistakes.wrong_digit(NUMBER, luck)
        assert sum(a != b for a, b in zip(changed, NUMBER, strict=True)) == 1
        assert changed[:17].isdigit()
        assert changed.startswith("99")


def test_generated_student_numbers_have_nineteen_characters() -> None:
    assert all(len(mistakes.student_j(NUMBER, luck)) == 19 for luck in (0, 1, 1 << 40))


@pytest.mark.parametrize(
    ("mistake", "name", "luck", "expected"),
    [
        (mistakes.left_out, "欧阳晓红", 0, "欧阳红"),
        (mistakes.left_out, "张伟", 0, "张"),
        (mistakes.dot_missing, "阿依古丽·买买提", 0, "阿依古丽买买提"),
        (mistakes.dot_other, "阿依古丽·买买提", 0, "阿依古丽•买买提"),
        (mistakes.dot_other, "张三", 0, "张三"),
        (mistakes.remark, "张三", 0, "张三(已故)"),
        (mistakes.lost_character, "李𠮷", 1, "李□"),
        (mistakes.lost_character, "李䶮", 0, "李?"),
        (mistakes.lost_character, "李明", 0, "李明"),
        (mistakes.trailing, "张三", 0, "张三 "),
    ],
)
def test_name_mistakes(mistake: Mistake, name: str, luck: int, expected: str) -> None:
    assert mistake(name, luck) == expected


def test_swapped_characters_come_from_the_lists() -> None:
    tables = mistakes.swaps(read_confusions())
    homophone, traditional = mistakes.swapper(tables.homophones), mistakes.swapper(tables.traditional)
    assert homophone("张丽", 0) in {"张莉", "张俪", "张立"}
    assert traditional("张国", 0) == "张國"
    assert traditional("張國", 0) == "張國"
    assert mistakes.swapper(tables.look_alikes)("乙乙", 0) == "乙乙"
    for table in (tables.homophones, tables.look_alikes, tables.traditional):
        assert all(character not in others for character, others in table.items())
