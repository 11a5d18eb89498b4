"""The parameters of the matcher from an office's own files: without labels, and with what people decided in review.

The model is Fellegi and Sunter's (1969); m is found without labels by expectation and maximisation, as Winkler did (1988,
"Using the EM algorithm for weight computation in the Fellegi-Sunter model of record linkage").  Some things are done
otherwise, because the candidates are not a random sample of pairs:

- The expectation is that of `score`: the candidates of a row share one sum with "nobody on the roster", so a row has one
  resident at most, and a namesake beside the right one counts as what it is.
- A field's m is counted only where a key led that has no part in the field (`em.reached_without`): a pair found by its number
  agrees in the number because it was found by it.  So the number's m comes from pairs that agree in name and birth date (of a
  column of its own), name and village, birth date and village, or phone.  Some keys skip pairs of two valid numbers; they are
  followed once more without skipping, or the number's own m would depend on what the keys skip.
- u stays while m moves.  A `frequency` stays one; else u comes from random pairs of rows and residents.  That the numbers
  of two persons are equal is too rare to be met there, but the number key finds every such pair: `per_roster` is their
  number per row.  A relative's number is one coincidence, whether compared with its owner (`equal`) or with another of the
  household (`kin`): the two keep their proportion.
- u_kin, where a row carries the number of the resident's relative, comes from pairs within the households of the roster.
  What these cannot show (the relative is on the roster as well, a birth date copied out of the number, signs that only rows
  have) keeps its value, and the row's own errors in place and phone are added.  The rows whose number points at somebody
  they do not speak of are counted beside them.

What people ruled on has its answer as responsibility, 1 or 0, and with enough of it the calibration is fitted.
"""

from dataclasses import replace
from datetime import date
from typing import Final

import duckdb
import numpy as np

from matching import training
from matching.alike import add_first
from matching.calibrate import calibrate
from matching.characters import read_characters
from matching.compare import compare
from matching.em import Fitted, Pairs, field_errors, fit, is_reached, judge
from matching.link import match
from matching.parameters import Calibration, FieldErrors, Level, Parameters, PerRoster, Provenance
from matching.rivals import Rivals, with_rivals
from matching.score import reckoned_residents, score
from matching.verdicts import read_verdicts

_ROUNDS: Final = 2
"""What is said of strangers rests on who is one: judged with the parameters given, then with the first result."""
_NEAR: Final = 0.0001
"""Shares that are probabilities of a model keep this distance from 0 and 1."""


def estimate(
    connection: duckdb.DuckDBPyConnection, parameters: Parameters, seed: int, made_on: date, most_strangers: int = 1_000_000
) -> Parameters:
    """New parameters from `match_roster`, `match_person` and, where there is one, `review_verdict`; `parameters` are where it
    starts and what stands where the data say little.

    m, u, u_kin, per_roster, resident_share, field_errors and, with enough verdicts, calibration are estimated; smoothing
    and decision stay.  The result depends on the data, `parameters`, `seed` and `most_strangers` (which random pairs are
    drawn, and how many), on neither row order nor threads.
    """
    residents = reckoned_residents(connection)
    read_verdicts(connection)
    rivals = _compare(connection, parameters, seed, most_strangers)
    pairs, alone = training.gather(connection, parameters)
    fitted = Fitted(parameters, judge(pairs, parameters, residents), 0)
    for _ in range(_ROUNDS):
        start = with_rivals(parameters, rivals, pairs, fitted, parameters.population(residents))
        score(connection, start)
        pairs, alone = training.gather(connection, start)
        fitted = fit(pairs, alone, start, residents)
    provenance = _provenance(connection, parameters, pairs, seed, made_on, fitted.iterations)
    return _finished(pairs, fitted, residents).model_copy(update={"provenance": provenance})


def _compare(connection: duckdb.DuckDBPyConnection, parameters: Parameters, seed: int, most_strangers: int) -> Rivals:
    """Match as every night, then look at some pairs more; what the rivals look like."""
    characters = read_characters()
    match(connection, characters, parameters)
    training.widen(connection)
    compare(connection, characters)
    add_first(connection)
    score(connection, parameters)
    return Rivals(
        training.strangers(connection, characters, seed, most_strangers),
        training.relatives(connection, characters, seed),
        training.rows_with_number(connection),
    )


def _finished(pairs: Pairs, fitted: Fitted, residents: int) -> Parameters:
    """With what rests on m and u, in four significant digits."""
    found = fitted.parameters
    prior = found.prior.model_copy(update={"resident_share": _inside(found.prior.resident_share)})
    errors = field_errors(pairs, fitted.judged, found.field_errors)
    calibration = _calibration(pairs, found, residents)
    return found.model_copy(
        update={
            "prior": prior,
            "field_errors": FieldErrors(**{name: _inside(share) for name, share in errors}),
            "calibration": Calibration(slope=_short(calibration.slope), shift=_short(calibration.shift)),
            "fields": {
                field: {name: _short_level(level) for name, level in levels.items()} for field, levels in found.fields.items()
            },
        }
    )


def _calibration(pairs: Pairs, parameters: Parameters, residents: int) -> Calibration:
    """From the pairs that people ruled on, judged as if nobody had.

    A pair that was sure enough to be linked came to review because a guard holds such pairs back whatever their weight: it says
    nothing about the pairs that no guard stops.  A resident whom no key led to was named by people themselves, and only if it
    was the right one: that says nothing about the pairs that are proposed.
    """
    judged = judge(replace(pairs, ruled=np.full_like(pairs.ruled, np.nan)), parameters, residents)
    used = ~np.isnan(pairs.ruled) & is_reached(pairs) & (judged.is_same < parameters.decision.link)
    return calibrate(judged.bits[used], judged.against[used], pairs.ruled[used] == 1, parameters.calibration)


def _provenance(
    connection: duckdb.DuckDBPyConnection, replaced: Parameters, pairs: Pairs, seed: int, made_on: date, iterations: int
) -> Provenance:
    persons, residents = (
        connection.sql(f"SELECT count(*) FROM {table}").fetchall()[0][0] for table in ("match_person", "match_roster")
    )
    return Provenance(
        made_on=made_on.isoformat(),
        how="fangpin match estimate: u from random pairs, u_kin from households, m by expectation and maximisation",
        persons=persons,
        residents=residents,
        ruled=int((~np.isnan(pairs.ruled)).sum()),
        seed=seed,
        iterations=iterations,
        replaced=replaced.hash,
    )


def _inside(share: float) -> float:
    return _short(min(max(share, _NEAR), 1 - _NEAR))


def _short(value: float) -> float:
    return float(f"{value:.4g}")


def _short_level(level: Level) -> Level:
    u = PerRoster(per_roster=_short(level.u.per_roster)) if isinstance(level.u, PerRoster) else level.u
    return level.model_copy(
        update={
            "m": _short(level.m),
            "u": _short(u) if isinstance(u, float) else u,
            "u_kin": None if level.u_kin is None else _short(level.u_kin),
        }
    )
