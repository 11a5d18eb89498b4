from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa
import pytest

from matching import normalise
from matching.calibrate import LEAST_PAIRS
from matching.characters import read_characters
from matching.compare import compare
from matching.estimate import estimate
from matching.parameters import LEVELS, Parameters, PerRoster, read_parameters, written
from review_tables import REVIEW_VERDICT
from tests.matching.erring_world import Rates, World, world
from tests.matching.helpers import connect

TODAY = date(2026, 3, 5)
FEW = 20_000
"""Random pairs: enough for what is tested here."""
WORLD = world(residents=2_400, rows=3_500, seed=4)
SMALL = world(residents=600, rows=800, seed=5)
OTHER_NAME = ("one_changed", "look_alike", "sound", "surname_only", "different", "given_only")

DOUBTFUL = world(600, 900, 6, Rates(number={"missing": 0.7}, name={"changed": 0.4}))
"""Many rows have neither number nor name to go by: only birth date and village speak for somebody."""

LIKELY, UNLIKELY = "p.born = r.born", "left(p.name, 1) = left(r.name, 1) AND p.born <> r.born"
"""Neighbours under another name whom a row without a number may mean."""


@contextmanager
def normalised(the_world: World, threads: int = 1) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with both sides as `estimate` wants them."""
    characters = read_characters()
    with connect(threads) as connection:
        connection.register("roster_identity", the_world.roster)
        connection.register("identity", the_world.identity)
        normalise.install(connection)
        normalise.normalise_roster(connection, characters, ())
        normalise.gather_written(connection)
        normalise.normalise_persons(connection, characters, ())
        yield connection


def estimated(
    the_world: World,
    threads: int = 1,
    seed: int = 1,
    ruled: tuple[str, str] | None = None,
    start: Parameters | None = None,
) -> Parameters:
    with normalised(the_world, threads) as connection:
        if ruled is not None:
            rule(connection, *ruled)
        return estimate(connection, start or read_parameters(), seed, TODAY, FEW)


def rule(connection: duckdb.DuckDBPyConnection, whom: str, verdict: str) -> None:
    """`review_verdict`: the same verdict on one resident each for the rows without a number."""
    connection.register("none", REVIEW_VERDICT.empty_table())
    connection.execute("CREATE TABLE review_verdict AS FROM none")
    connection.execute(f"""
        INSERT INTO review_verdict
        SELECT min(person_id), identity_key, min(resident_id), '{verdict}', DATE '2026-03-01', '甲'
        FROM match_person p JOIN match_roster r USING (place)
        WHERE p.number IS NULL AND p.name <> r.name AND {whom} GROUP BY identity_key
    """)


def true_levels(the_world: World) -> dict[str, dict[str, float]]:
    """How the true pairs compare: what m is meant to be."""
    with normalised(the_world) as connection:
        connection.register("truth", pa.table({"person_id": range(1, len(the_world.truth) + 1), "own": the_world.truth}))
        connection.execute("""
            CREATE TEMP TABLE match_candidate AS
            SELECT person_id, rid FROM match_person JOIN truth USING (person_id) JOIN match_roster r ON r.resident_id = own
        """)
        connection.execute("CREATE TEMP TABLE match_owner AS SELECT NULL::BIGINT AS person_id, r.* FROM match_roster r LIMIT 0")
        compare(connection, read_characters())
        return {field: shares(connection, field) for field in LEVELS}


def shares(connection: duckdb.DuckDBPyConnection, field: str) -> dict[str, float]:
    query = f"SELECT {field}, count(*) FROM match_compared WHERE {field} <> 'missing' GROUP BY {field}"
    counted = dict(connection.execute(query).fetchall())
    return {level: pairs / sum(counted.values()) for level, pairs in counted.items()}


def m(parameters: Parameters, field: str, *levels: str) -> float:
    return sum(parameters.fields[field][level].m for level in levels)


@pytest.fixture(scope="module")
def found() -> Parameters:
    return estimated(WORLD)


@pytest.fixture(scope="module")
def small() -> Parameters:
    return estimated(SMALL)


@pytest.fixture(scope="module")
def unruled() -> Parameters:
    return estimated(DOUBTFUL)


@pytest.fixture(scope="module")
def confirmed() -> Parameters:
    """Somebody under another name and birth date, whom no key leads to, is the one, people said."""
    return estimated(DOUBTFUL, ruled=(UNLIKELY, "same"))


def test_m_is_found_again_without_labels(found: Parameters) -> None:
    """Rates of one to eight per cent, most of them three to ten times what is shipped, within a fifth."""
    for field, levels in true_levels(WORLD).items():
        for level, share in levels.items():
            if share > 0.01:
                assert m(found, field, level) == pytest.approx(share, rel=0.2), f"{field}.{level}"


def test_levels_of_a_field_add_up(found: Parameters) -> None:
    for field, levels in LEVELS.items():
        assert m(found, field, *(level for level in levels if level != "missing")) == pytest.approx(1, abs=0.001)


def test_u_is_what_random_pairs_show(found: Parameters) -> None:
    """Of the 24 villages 5 others are of the same township, 6 of another of the county, 12 of the other county."""
    place = found.fields["place"]
    assert place["township"].u == pytest.approx(5 / 24, abs=0.02)
    assert place["county"].u == pytest.approx(6 / 24, abs=0.02)
    assert place["different"].u == pytest.approx(12 / 24, abs=0.02)
    assert place["village"].u == "frequency"


def test_relatives_share_the_village_and_often_the_phone(found: Parameters) -> None:
    """Of a household's phones 0.6 * 0.6 are the same, of the rows that have one some give another."""
    assert found.fields["place"]["village"].u_kin == pytest.approx(m(found, "place", "village"), abs=0.02)
    assert found.fields["phone"]["equal"].u_kin == pytest.approx(0.36 * m(found, "phone", "equal"), abs=0.05)


def resident_share(the_world: World) -> float:
    return sum(resident is not None for resident in the_world.truth) / len(the_world.truth)


def test_the_share_of_rows_with_a_resident_is_found(found: Parameters, unruled: Parameters) -> None:
    """Also where most rows have no number."""
    assert found.prior.resident_share == pytest.approx(resident_share(WORLD), abs=0.01)
    assert unruled.prior.resident_share == pytest.approx(resident_share(DOUBTFUL), abs=0.03)


def test_how_often_a_field_fails_is_found(found: Parameters) -> None:
    errors, levels = found.field_errors, true_levels(WORLD)
    assert errors.name == pytest.approx(1 - levels["name"]["equal"], abs=0.01)
    assert errors.place == pytest.approx(1 - levels["place"]["village"], abs=0.02)
    assert errors.number > 0.8


def test_coincidences_too_rare_for_random_pairs_are_counted(found: Parameters) -> None:
    """No stranger of this world has a resident's number: less than shipped, but not nothing."""
    equal = found.fields["number"]["equal"].u
    assert isinstance(equal, PerRoster)
    assert 0 < equal.per_roster < 0.002


def test_neither_row_order_nor_threads_matter(small: Parameters) -> None:
    random, rows, residents = Random(9), list(range(len(SMALL.truth))), list(range(SMALL.roster.num_rows))
    random.shuffle(rows)
    random.shuffle(residents)
    shuffled = replace(SMALL, roster=SMALL.roster.take(residents), identity=SMALL.identity.take(rows))
    assert estimated(shuffled, threads=2) == small


def test_the_seed_draws_the_random_pairs(small: Parameters) -> None:
    one, other = (parameters.fields["place"]["township"].u for parameters in (small, estimated(SMALL, seed=2)))
    assert one != other
    assert one == pytest.approx(other, abs=0.02)


def test_verdicts_outweigh_what_seems_likely(unruled: Parameters) -> None:
    refused = estimated(DOUBTFUL, ruled=(LIKELY, "not_same"))
    assert m(refused, "name", *OTHER_NAME) < m(unruled, "name", *OTHER_NAME) / 2
    assert refused.prior.resident_share < unruled.prior.resident_share - 0.1


def test_verdicts_confirm_what_seems_unlikely(unruled: Parameters, confirmed: Parameters) -> None:
    assert confirmed.prior.resident_share > unruled.prior.resident_share


def test_verdicts_on_proposed_pairs_move_the_calibration_their_way() -> None:
    shipped = read_parameters()
    crowded = shipped.model_copy(update={"prior": shipped.prior.model_copy(update={"least_population": 10**8})})
    refused, confirmed = (estimated(DOUBTFUL, ruled=(LIKELY, said), start=crowded) for said in ("not_same", "same"))
    assert refused.calibration.shift < -1
    assert confirmed.calibration.shift > 1


def test_a_resident_whom_people_had_to_find_says_nothing_about_those_proposed(confirmed: Parameters) -> None:
    assert confirmed.provenance.ruled is not None
    assert confirmed.provenance.ruled > LEAST_PAIRS
    assert confirmed.calibration == read_parameters().calibration


def test_nothing_to_learn_from_leaves_everything_as_it_was() -> None:
    empty = replace(SMALL, roster=SMALL.roster.slice(0, 0), identity=SMALL.identity.slice(0, 0))
    after, before = estimated(empty), read_parameters()
    assert after.prior == before.prior
    for field, levels in before.fields.items():
        whole = m(before, field, *(level for level in levels if level != "missing"))
        for name, level in levels.items():
            if name != "missing":
                assert after.fields[field][name].m == pytest.approx(level.m / whole, rel=0.01)
                assert after.fields[field][name].u == level.u


def test_the_estimate_is_a_file_that_can_be_read_and_says_where_it_comes_from(found: Parameters, tmp_path: Path) -> None:
    file = tmp_path / "parameters.yaml"
    file.write_text(written(found), encoding="utf-8")
    assert read_parameters(file) == found
    made = found.provenance
    assert (made.made_on, made.residents, made.seed, made.replaced) == ("2026-03-05", 2_400, 1, read_parameters().hash)
    assert found.decision == read_parameters().decision
