"""Splink 5 on the same normalised input, set up in good faith: `python -m bench.match_splink HOME`.

Its own comparison levels, term frequencies, u by random sampling, m by expectation maximisation with three blocking rules,
fixed seeds; then each person's likeliest resident.  No rule of ours: it sees what `normalise` made of the cells.
"""

import logging
import sys
from pathlib import Path
from typing import Final

import duckdb
import splink.comparison_level_library as cll
from splink import DuckDBAPI, Linker, SettingsCreator, block_on
from splink.comparison_library import CustomComparison, ExactMatch

from bench.match_ours import NORMALISED, SPLINK, THREADS
from bench.watch import Figures, Watch, report
from engine import connect, copy_parquet

MEMORY: Final = "12GiB"
"""More than ours gets, so that nothing is spilt on its account."""
SAMPLED_PAIRS: Final = 1e7
SEED: Final = 1

_SIDE: Final = """
    SELECT {key} AS unique_id, name, sound, left(name, 1) AS surname, coalesce(digits, known_digits) AS id_number,
           right(digits, 4) AS last_four, strftime(coalesce(born, born_in_number), '%Y-%m-%d') AS birth,
           coalesce(sex, sex_in_number) AS sex, place, phone
    FROM read_parquet('{path}')
"""


def main() -> None:
    """Run Splink in the world's folder."""
    logging.getLogger("splink").setLevel(logging.ERROR)
    report(link_world, Path(sys.argv[1]))


def link_world(home: Path) -> Figures:
    """Train, predict, choose; write splink/best.parquet (person_id, best) and splink/pair.parquet."""
    with connect(home / "work", THREADS, MEMORY) as connection:
        for name, key in (("person", "person_id"), ("roster", "rid")):
            side = _SIDE.format(key=key, path=home / NORMALISED / f"{name}.parquet")
            connection.execute(f"CREATE TABLE splink_{name} AS {side}")
        watch = Watch()
        linker = make_linker(connection)
        train(linker)
        trained = watch.read()["seconds"]
        predicted = linker.inference.predict()
        _choose(connection, predicted.physical_name, home)
        figures = watch.read()
        pairs = copy_parquet(connection, "FROM splink_pair", home / SPLINK / "pair.parquet")
        copy_parquet(connection, "FROM splink_best", home / SPLINK / "best.parquet")
        linker.misc.save_model_to_json(str(home / SPLINK / "model.json"), overwrite=True)
    return {**figures, "train_seconds": trained, "predict_seconds": figures["seconds"] - trained, "pairs": pairs}


def make_linker(connection: duckdb.DuckDBPyConnection) -> Linker:
    """A linker over `splink_person` and `splink_roster`."""
    backend = DuckDBAPI(connection=connection)
    sides = [backend.register(f"splink_{name}", dataset_display_name=name) for name in ("person", "roster")]
    settings = SettingsCreator(
        link_type="link_only",
        comparisons=[_numbers(), _names(), _births(), ExactMatch("sex"), _places(), _phones()],
        blocking_rules_to_generate_predictions=[
            block_on("id_number"),
            block_on("name", "birth"),
            block_on("name", "place"),
            block_on("name", "last_four"),
            block_on("sound", "birth"),
            block_on("birth", "place"),
            block_on("phone", "surname"),
        ],
        retain_matching_columns=False,
    )
    return Linker(sides, settings, log_level=None)


def _numbers() -> CustomComparison:
    return CustomComparison(
        [
            cll.NullLevel("id_number"),
            cll.ExactMatchLevel("id_number"),
            cll.LevenshteinLevel("id_number", 1),
            cll.LevenshteinLevel("id_number", 2),
            cll.CustomLevel('left("id_number_l", 14) = left("id_number_r", 14)', "same area and birth date"),
            cll.ElseLevel(),
        ],
        output_column_name="id_number",
    )


def _names() -> CustomComparison:
    """DuckDB compares bytes, so distances are taken between readings in Latin letters."""
    return CustomComparison(
        [
            cll.NullLevel("name"),
            cll.ExactMatchLevel("name", term_frequency_adjustments=True),
            cll.ExactMatchLevel("sound").configure(
                tf_adjustment_column="sound", tf_adjustment_weight=1.0, disable_tf_exact_match_detection=True
            ),
            cll.JaroWinklerLevel("sound", 0.95),
            cll.JaroWinklerLevel("sound", 0.88),
            cll.ExactMatchLevel("surname"),
            cll.ElseLevel(),
        ],
        output_column_name="name",
    )


def _births() -> CustomComparison:
    return CustomComparison(
        [
            cll.NullLevel("birth"),
            cll.ExactMatchLevel("birth", term_frequency_adjustments=True),
            cll.LevenshteinLevel("birth", 1),
            cll.CustomLevel('left("birth_l", 4) = left("birth_r", 4)', "same year"),
            cll.ElseLevel(),
        ],
        output_column_name="birth",
    )


def _places() -> CustomComparison:
    return CustomComparison(
        [
            cll.NullLevel("place"),
            cll.ExactMatchLevel("place", term_frequency_adjustments=True),
            cll.CustomLevel('left("place_l", 9) = left("place_r", 9)', "same township"),
            cll.CustomLevel('left("place_l", 6) = left("place_r", 6)', "same county"),
            cll.ElseLevel(),
        ],
        output_column_name="place",
    )


def _phones() -> CustomComparison:
    return CustomComparison(
        [cll.NullLevel("phone"), cll.ExactMatchLevel("phone", term_frequency_adjustments=True), cll.ElseLevel()],
        output_column_name="phone",
    )


def train(linker: Linker) -> None:
    """Prior from rows with a number in common, u from random pairs, m by EM; every field is free under one of the rules."""
    linker.training.estimate_probability_two_random_records_match([block_on("id_number")], recall=0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=SAMPLED_PAIRS, seed=SEED)
    for rule in (block_on("name", "birth"), block_on("id_number"), block_on("birth", "place")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)


def _choose(connection: duckdb.DuckDBPyConnection, predicted: str, home: Path) -> None:
    """`splink_pair`: every pair compared; `splink_best`: each person's likeliest resident, of equals the last by id."""
    connection.execute(f"""
        CREATE TABLE splink_pair AS
        SELECT unique_id_l AS person_id, resident_id, match_weight AS weight, match_probability AS probability
        FROM {predicted} JOIN read_parquet('{home}/{NORMALISED}/roster.parquet') ON rid = unique_id_r
    """)
    connection.execute("""
        CREATE TABLE splink_best AS
        SELECT person_id, arg_max(struct_pack(resident_id, probability, weight), (weight, resident_id)) AS best
        FROM splink_pair GROUP BY person_id
    """)


if __name__ == "__main__":
    main()
