"""A world as files: roster.parquet, extract.parquet, truth.parquet, area_changes.tsv and plan.json."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from bench.match_world.dirt import Marks, spoil
from bench.match_world.draw import Flags, Ints, Texts, generator
from bench.match_world.names import DOT
from bench.match_world.people import People, make_people
from bench.match_world.plan import COLUMNS, DIRTY, Plan
from bench.match_world.roster import Roster, make_roster, texts
from bench.match_world.rows import Rows, as_sent, leave_out, make_rows
from engine import write_parquet

_BANDS: Final = (7, 16, 40, 65)
_BAND_TITLES: Final = ("0-6", "7-15", "16-39", "40-64", "65+")


def write(folder: Path, plan: Plan) -> None:
    """Invent the world of `plan` and write it.

    roster.parquet: resident_id, household_id, name, id_number, sex, birth_date, place_code, phone, all text.
    extract.parquet: row_id from 1, and the same cells as the sender wrote them; columns that the scenario lacks are left out.
    truth.parquet: row_id, resident_id (null: not on the roster), other_id (a second entry of the same person), kind (resident,
    relative, stranger), classes (dirt and noise of the row), is_dirty, and the groups age_band, name_length, sex, is_minority,
    is_rare, is_id_missing.
    area_changes.tsv: the codes that townships had before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    people = make_people(plan)
    _write_changes(folder / "area_changes.tsv", people)
    roster = make_roster(plan, people)
    write_parquet(roster.table, folder / "roster.parquet")
    rng = generator(plan.seed, "rows")
    rows = make_rows(rng, plan, people)
    marks = spoil(plan, people, rows)
    leave_out(rng, rows)
    write_parquet(_extract(plan, rows), folder / "extract.parquet")
    write_parquet(_truth(people, roster, rows, marks), folder / "truth.parquet")
    (folder / "plan.json").write_text(json.dumps(asdict(plan), indent=1) + "\n", encoding="utf-8")


def _write_changes(path: Path, people: People) -> None:
    lines = ["old\tnew\tsince\tsource", *(f"{old}\t{new}\t2021-01-01\tinvented" for old, new in people.villages.changes())]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _extract(plan: Plan, rows: Rows) -> pa.Table:
    birth, place = as_sent(rows)
    cells = {
        "name": rows.name,
        "id_number": rows.number,
        "sex": rows.sex,
        "birth_date": birth,
        "place_code": place,
        "phone": rows.phone,
    }
    columns: dict[str, object] = {"row_id": _row_ids(rows)}
    columns |= {name: texts(cells[name]) for name in COLUMNS if name in plan.columns}
    return pa.table(columns)


def _row_ids(rows: Rows) -> Ints:
    return np.arange(1, len(rows.person) + 1)


def _truth(people: People, roster: Roster, rows: Rows, marks: Marks) -> pa.Table:
    person = rows.person
    kind = np.where(people.is_resident[person], "resident", np.where(people.is_stranger[person], "stranger", "relative"))
    columns: dict[str, object] = {
        "row_id": _row_ids(rows),
        "resident_id": texts(roster.resident_id[person]),
        "other_id": texts(roster.other_id[person]),
        "kind": kind,
        "classes": _lists(marks, len(person)),
        "is_dirty": _has(marks, DIRTY, len(person)),
        "age_band": np.array(_BAND_TITLES)[np.searchsorted(_BANDS, people.age[person], side="right")],
        "name_length": _lengths(people.name[person]),
        "sex": np.array(["", "男", "女"])[people.who.sex[person]],
        "is_minority": people.is_minority[person],
        "is_rare": people.is_rare[person],
        "is_id_missing": _has(marks, ("number_missing",), len(person)),
    }
    return pa.table(columns)


def _lengths(name: Texts) -> Texts:
    """2, 3, 4+, or dotted."""
    by_length = np.array(["", "", "2", "3", "4+"])[np.minimum(np.strings.str_len(name), 4)]
    return np.where(np.strings.find(name, DOT) >= 0, "dotted", by_length)


def _has(marks: Marks, labels: Sequence[str], rows: int) -> Flags:
    """Whether a row has one of the classes."""
    flags = np.zeros(rows, dtype=bool)
    flags[marks.row[np.isin(marks.label, labels)]] = True
    return flags


def _lists(marks: Marks, rows: int) -> pa.Array:
    """The classes of each row as a list, empty for most."""
    order = np.lexsort((marks.label, marks.row))
    ends = np.cumsum(np.bincount(marks.row, minlength=rows))
    names, label = np.unique(marks.label[order], return_inverse=True)
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], ends]), pa.int32()), pa.array(names).take(pa.array(label)))
