"""A night that is over gives back what it was made from: judged and ranked again, nothing differs."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest

from casework.suppress import suppress
from errors import HomeError, UnknownId
from flows.declared import again_of, ranking_of, read_catalogue
from flows.past import SCHEMA, open_night, read_declared, write_declared
from outputs.rank import rank
from outputs.refer import refer
from rules.evaluate import evaluate
from tests.conftest import County


def test_judged_and_ranked_again_a_night_is_the_same(county: County) -> None:
    with open_night(county.home) as past:
        told = past.declared
        evaluate(past.db, told.rules, told.references, told.as_of, told.states)
        ranking = ranking_of(told.weights, told.proposals, told.references)
        suppress(past.db, told.as_of, told.office.quiet_days, again_of(told.rules, told.channels))
        rank(past.db, ranking, told.as_of, past.previous_warnings)
        refer(past.db, told.as_of, told.office)
        for table in ("signal", "verdict_count", "suppressed", "warning", "referral"):
            differing = f"(FROM main.{table} EXCEPT ALL FROM {SCHEMA}.{table})"
            counts = past.db.execute(f"""
                SELECT (SELECT count(*) FROM {differing}), (SELECT count(*) FROM main.{table}),
                       (SELECT count(*) FROM {SCHEMA}.{table})""").fetchone()
            assert counts is not None
            assert counts[0] == 0, table
            assert counts[1] == counts[2], table
            assert counts[1] or table == "suppressed", table


def test_held_facts_are_the_same_facts(county: County) -> None:
    with open_night(county.home) as past:
        before = past.db.execute("SELECT count(*), sum(hash(f)) FROM fact_medical f").fetchone()
        past.hold(["medical"])
        assert past.db.execute("SELECT count(*), sum(hash(f)) FROM fact_medical f").fetchone() == before
        linked = past.db.execute("SELECT count(*) FROM link WHERE source = 'medical' AND decision = 'linked'").fetchone()
        assert before is not None
        assert linked == before[:1]


def test_what_was_declared_is_read_as_it_was_written(county: County, tmp_path: Path) -> None:
    declared = read_declared(county.summary.run)
    write_declared(declared, tmp_path / "declared.json")
    assert (tmp_path / "declared.json").read_bytes() == (county.summary.run / "declared.json").read_bytes()
    for rule in declared.rules.values():
        assert rule.version(declared.references)


def test_no_such_night_and_a_night_of_an_older_version_are_told(county: County, tmp_path: Path) -> None:
    with pytest.raises(UnknownId, match="已完成的一夜"), open_night(county.home, date(2001, 1, 1)):
        pass
    run = tmp_path / "2026-01-01"
    shutil.copytree(county.summary.run, run)
    told = (run / "declared.json").read_text(encoding="utf-8")
    (run / "declared.json").write_text(told.replace('"further_percent"', '"further"'), encoding="utf-8")
    with pytest.raises(HomeError, match="写法不同（由较早的版本运行）"):
        read_declared(run)
    (run / "declared.json").unlink()
    with pytest.raises(HomeError, match="没有（由较早的版本运行）"):
        read_declared(run)


def test_a_night_keeps_everything_it_was_told(county: County) -> None:
    """Also what follows a warning: who sees what, which risks are large-scale, by which rule somebody may leave."""
    catalogue, told = read_catalogue(county.home), read_declared(county.home.run(county.as_of))
    assert told.audiences == catalogue.audiences
    assert told.large_scale == catalogue.large_scale
    assert told.exit_rules == catalogue.exit_rules
    assert told.channels == catalogue.channels
    assert {"department", "self_report", "cadre"} == set(told.channels.values())
    manifest = json.loads((county.home.run(county.as_of) / "manifest.json").read_text(encoding="utf-8"))
    assert all(len(manifest[name]) == 16 for name in ("audiences", "large_scale", "exit_rules"))
