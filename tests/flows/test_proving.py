"""Every warning comes again from the rows it names, and from nothing else; without them it does not."""

from dataclasses import replace

from casework.suppress import suppress
from flows.declared import again_of, ranking_of
from flows.past import SCHEMA, open_night
from flows.proving import prove, prove_warning
from outputs.evidence_text import replayed
from outputs.rank import rank
from rules.evaluate import evaluate
from rules.model import Rule
from tests.conftest import County
from tests.rules.making import make_rule, value


def test_every_warning_of_a_night_comes_again_from_the_rows_it_names_alone(county: County) -> None:
    with open_night(county.home) as past:
        proof = prove(past)
    assert proof.holds
    assert (proof.warnings, proof.warnings_same) == (county.summary.warnings, county.summary.warnings)
    assert proof.signals_same == proof.signals == proof.signals_gone
    assert proof.rows >= proof.rows_gone + proof.rows_changing > 0


def test_a_row_that_is_not_named_is_missed(county: County) -> None:
    with open_night(county.home) as past:
        past.db.execute(f"""
            CREATE TABLE main.signal AS SELECT * REPLACE (if(len(evidence) > 1, evidence[2:], evidence) AS evidence)
            FROM {SCHEMA}.signal""")
        proof = prove(past)
    assert not proof.holds
    assert proof.signals_same < proof.signals
    assert proof.warnings_same < proof.warnings


def test_one_warning_tells_what_becomes_of_it_without_each_row(county: County) -> None:
    with open_night(county.home) as past:
        found = past.db.sql("""
            SELECT warning_id, len(evidence) FROM warning JOIN signal ON list_contains(signals, signal_id)
            WHERE rule = 'medical_inpatient_year' AND signal.verdict = 'fires' AND len(evidence) > 1 ORDER BY rank LIMIT 1""")
        ((warning_id, rows),) = found.fetchall()
    explained, proof, without = prove_warning(county.home, str(warning_id), None)
    assert proof.holds
    assert proof.warnings == 1
    (signal,) = [one for one in explained.evidence[0].signals if one.rule == "medical_inpatient_year"]
    theirs = {one.dropped: one for one in without if one.signal_id == signal.signal_id}
    assert theirs.pop(0).is_same
    assert theirs.keys() == {fact.row_id for fact in signal.facts}
    assert len(theirs) == rows
    assert all(one.is_gone or one.observed != signal.observed for one in theirs.values())
    text = replayed(explained.evidence[0], explained.words, without)
    assert text.count("只用它列出的行重新判断：一致") == len(explained.evidence[0].signals)
    assert text.count("去掉 ") == len(without) - len(explained.evidence[0].signals)


def rule(name: str, need: dict[str, object], condition: str, **more: object) -> Rule:
    """A rule with one need, which it shows against 300 yuan where it compares with a line."""
    line = {"line": {"unit": "元", "values": [value(300)]}} if "line" in condition else {}
    shown = {"thresholds": line, "against": "line" if line else None, "reason": "见依据"}
    return make_rule(id=name, needs={"n": {"title": "查到的"} | need}, condition=condition, observed="n", **{**shown, **more})


def paid(**window: object) -> dict[str, object]:
    return {
        "source": "medical",
        "aggregate": "sum",
        "column": "self_paid",
        "date": "settled_on",
        "absent": "zero",
        "window": window,
    }


LISTED: dict[str, object] = {"source": "disability", "aggregate": "exists", "date": "received_on", "absent": "not_listed"}
RULES = (
    rule("since_the_visit", paid(since_last_verdict=True, months=12), "n >= line"),
    rule("worse_than_at_the_visit", paid(months=12), "n >= line", repeat="when_worse", worse=1.25),
    rule("clears_late", paid(days=60), "n >= line", clearing=0.3),
    rule("not_listed", LISTED, "not n", population="age >= 85"),
    rule("several", {"source": "signals", "aggregate": "count", "absent": "zero"}, "n >= 2", unit="household"),
)


def test_what_rules_look_back_at_is_named_too(county: County) -> None:
    with open_night(county.home) as past:
        told = past.declared.model_copy(update={"rules": {one.id: one for one in RULES}, "previous": None})
        past.hold(["visits"])
        past.db.execute(f"""
            INSERT INTO fact_visits BY NAME
            SELECT 1000 + row_number() OVER () AS row_id, resident_id, household_id, received_on, probability,
                   DATE '{told.as_of}' - 100 AS visited_on, '因病' AS family, '已有帮扶' AS outcome
            FROM fact_medical WHERE row_id % 3 = 0""")
        past.db.execute(f"""
            CREATE TABLE main.link AS FROM {SCHEMA}.link UNION ALL BY NAME
            SELECT row_id, 'visits' AS source, resident_id, 'linked' AS decision, 1 AS probability FROM fact_visits
            WHERE row_id BETWEEN 1000 AND 100000""")
        past.db.execute("CREATE TABLE main.list_state AS SELECT * REPLACE (TRUE AS is_complete) FROM list_state")
        evaluate(past.db, told.rules, told.references, told.as_of, told.states)
        suppress(past.db, told.as_of, 0, again_of(told.rules, told.channels))
        rank(past.db, ranking_of(told.weights, told.proposals, told.references), told.as_of, None)
        proof = prove(replace(past, declared=told))
        judged = dict(past.db.sql("SELECT rule, count(*) FROM main.signal GROUP BY rule").fetchall())
        (gone,) = past.db.sql("SELECT count(*) FROM outcome WHERE dropped BETWEEN 1000 AND 100000 AND NOT is_same").fetchall()
    assert judged.keys() == told.rules.keys()
    assert proof.holds
    assert proof.warnings
    assert gone[0], "a visit that was asked about matters"
