"""What can go wrong with a month, and what the gate should then do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.drift_world.feeds import CODES, Month

Spoil = Callable[[Month, np.random.Generator], Month]


@dataclass(frozen=True)
class Fault:
    """`look` is the comparison that should see it; `holds` whether the batch should be held."""

    look: str
    holds: bool
    spoil: Spoil
    snapshot_only: bool = False


def _times(factor: float) -> Spoil:
    return lambda month, _: month | {"amount": np.round(month["amount"] * factor, 2)}


def _part_times(month: Month, dice: np.random.Generator) -> Month:
    """One township in three writes 万元."""
    some = dice.random(len(month["amount"])) < 0.33
    return month | {"amount": np.where(some, np.round(month["amount"] / 10_000, 2), month["amount"])}


def _cut(month: Month, dice: np.random.Generator) -> Month:
    keep = dice.random(len(month["serial"])) < 0.05
    keep[0] = True
    return {column: values[keep] for column, values in month.items()}


def _emptied(column: str) -> Spoil:
    return lambda month, _: month | {column: np.full(len(month[column]), "")}


def _no_amounts(month: Month, _: np.random.Generator) -> Month:
    return month | {"amount": np.full(len(month["amount"]), np.nan)}


def _zeroed(month: Month, _: np.random.Generator) -> Month:
    return month | {"amount": np.zeros(len(month["amount"]))}


def _new_code(month: Month, dice: np.random.Generator) -> Month:
    some = dice.random(len(month["kind"])) < 0.15
    return month | {"kind": np.where(some, CODES[-1], month["kind"])}


def _one_code(month: Month, _: np.random.Generator) -> Month:
    return month | {"kind": np.full(len(month["kind"]), CODES[0])}


def _without_township(month: Month, _: np.random.Generator) -> Month:
    keep = month["place_code"] != "990101000001"
    keep[0] = True
    return {column: values[keep] for column, values in month.items()}


def _repeated(month: Month, dice: np.random.Generator) -> Month:
    again = dice.random(len(month["serial"])) < 0.2
    return month | {"serial": np.where(again, month["serial"][0], month["serial"])}


FAULTS: Final[Mapping[str, Fault]] = {
    "amounts in 万元": Fault("drift_scale", True, _times(1e-4)),
    "amounts in 分": Fault("drift_scale", True, _times(100)),
    "a third of the amounts in 万元": Fault("drift_scale", False, _part_times),
    "amounts all zero": Fault("drift_zeros", False, _zeroed),
    "amounts all empty": Fault("drift_filled", False, _no_amounts),
    "a twentieth of the rows (snapshot)": Fault("drift_volume", True, _cut, snapshot_only=True),
    "a twentieth of the rows (appended)": Fault("drift_volume", False, _cut),
    "numbers empty": Fault("drift_present", True, _emptied("id_number")),
    "names empty": Fault("drift_present", True, _emptied("name")),
    "phones empty": Fault("drift_present", False, _emptied("phone")),
    "a new code in 15 %": Fault("drift_codes", False, _new_code),
    "one code for all": Fault("drift_codes", False, _one_code),
    "a township missing (snapshot)": Fault("drift_areas", False, _without_township, snapshot_only=True),
    "a fifth of the keys repeated": Fault("drift_repeats", False, _repeated),
}
