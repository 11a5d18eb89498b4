"""Earlier nights' links make the next night faster and never different."""

import random
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from matching import link as linking
from matching.characters import Characters
from matching.parameters import Parameters
from tests.matching.helpers import Link, Row, connect, feed, number, resident, run, verdicts

Person = dict[str, str | None]
SURNAMES, GIVEN = "王李张陈罗覃", ("伟", "秀英", "建国", "小霞", "小雨", "佳怡", "佳欣", "玉兰")


def world(seed: int) -> tuple[list[Person], list[Person]]:
    """Sixty residents in families of three, crowded names and days, and rows about them, each damaged in some way."""
    luck = random.Random(seed)
    roster = []
    for n in range(60):
        birth = f"19{luck.choice((60, 75, 85))}0{luck.randint(1, 2)}1{luck.randint(0, 2)}"
        cells = {"id_number": number(birth, luck.randint(100, 999)), "birth_date": birth, "phone": f"1390000{n // 3:04d}"}
        name = SURNAMES[n // 3 % len(SURNAMES)] + luck.choice(GIVEN)
        roster.append(resident(f"P{n:02d}", name, **cells, household_id=f"H{n // 3}"))
    return roster, [damaged(luck, luck.choice(roster)) for _ in range(80)]


def damaged(luck: random.Random, who: Row) -> Person:
    row = {key: who[key] for key in ("id_number", "name", "birth_date", "phone")} | {"place": who["place_code"]}
    for key in luck.sample(sorted(row), luck.randint(0, 3)):
        row[key] = None
    if row["id_number"] and luck.random() < 0.4:
        at = luck.randrange(6, 17)
        row["id_number"] = f"{row['id_number'][:at]}{luck.randrange(10)}{row['id_number'][at + 1 :]}"
    if row["name"] and luck.random() < 0.3:
        row["name"] = row["name"][0] + luck.choice(GIVEN)
    return row


def altered(luck: random.Random, roster: list[Person]) -> list[Person]:
    """Some residents leave, come, are renamed, get another number or move."""
    kept = [dict(who) for who in roster if luck.random() > 0.05]
    for who in luck.sample(kept, 4):
        key = luck.choice(("name", "id_number", "birth_date", "phone", "household_id", "place_code", "residency"))
        who[key] = {"name": "王伟", "household_id": "H1", "place_code": "99010110220101", "residency": "死亡"}.get(key)
    cells = {"id_number": number("19600110", 555), "birth_date": "19600110", "household_id": "H2"}
    return [*kept, resident(f"P{luck.randrange(100, 10_000)}", "王伟", **cells)]


def outcome(
    roster: list[Person], rows: list[Person], memory: Path | None, ruled: pa.Table
) -> tuple[dict[int, Link], list[tuple[object, ...]]]:
    """The links of one night, and the candidates of its reviews."""
    with connect() as connection:
        found = run(connection, roster, feed(rows), ruled, memory)
        candidates = connection.execute("FROM candidate ORDER BY ALL").fetchall()
    return found, candidates


@pytest.mark.parametrize("seed", range(4))
def test_nights_with_a_memory_give_the_links_of_full_runs(seed: int, tmp_path: Path) -> None:
    luck = random.Random(seed * 7 + 1)
    roster, rows = world(seed)
    ruled = verdicts()
    for night in range(3):
        remembered = outcome(roster, rows, tmp_path, ruled)
        assert remembered == outcome(roster, rows, None, ruled)
        roster = altered(luck, roster)
        rows = [*rows[5:], *world(seed + 100 + night)[1][:10]]
        asked = next(found for found in remembered[0].values() if found.decision == "review" and found.resident_id)
        ruled = verdicts((asked.identity_key, asked.resident_id, luck.choice(("same", "not_same")), "2026-01-01"))


@pytest.fixture
def matched(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many persons each night had to match."""
    counts: list[int] = []
    whole = linking.match

    def count(connection: duckdb.DuckDBPyConnection, characters: Characters, parameters: Parameters) -> None:
        counts.append(len(connection.execute("SELECT person_id FROM match_person").fetchall()))
        whole(connection, characters, parameters)

    monkeypatch.setattr(linking, "match", count)
    return counts


def test_a_quiet_night_matches_nobody_anew(tmp_path: Path, matched: list[int]) -> None:
    roster, rows = world(3)
    stranger: Person = {"name": "司马光", "birth_date": "1990-01-01"}
    for given in (rows, rows, [*rows, stranger]):
        outcome(roster, given, tmp_path, verdicts())
    assert matched[0] > 50
    assert matched[1:] == [0, 1]


def test_a_change_of_one_household_leaves_most_links_alone(tmp_path: Path, matched: list[int]) -> None:
    roster, rows = world(4)
    outcome(roster, rows, tmp_path, verdicts())
    changed = [who | {"phone": "13700000000"} if who["household_id"] == "H7" else who for who in roster]
    outcome(changed, rows, tmp_path, verdicts())
    assert 0 < matched[1] < len(rows) / 2


@pytest.mark.parametrize("harm", ["", "{", "[]", '{"basis": "other"}'])
def test_a_damaged_memory_is_no_memory(tmp_path: Path, harm: str) -> None:
    roster, rows = world(5)
    first = outcome(roster, rows, tmp_path, verdicts())
    (tmp_path / "about.json").write_text(harm, encoding="utf-8")
    assert outcome(roster, rows, tmp_path, verdicts()) == first
    (tmp_path / "known.parquet").unlink()
    assert outcome(roster, rows, tmp_path, verdicts()) == first
