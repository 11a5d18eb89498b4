"""Every warning comes again from the rows it names, and from nothing else; without them it does not."""

from flows.past import SCHEMA, open_night
from flows.proving import prove, prove_warning
from outputs.evidence_text import replayed
from tests.conftest import County


def test_every_warning_of_a_night_comes_again_from_the_rows_it_names_alone(county: County) -> None:
    with open_night(county.home) as past:
        proof = prove(past)
    assert proof.holds
    assert (proof.warnings, proof.warnings_same) == (county.summary.warnings, county.summary.warnings)
    assert proof.signals_same == proof.signals == proof.signals_gone
    assert proof.rows >= proof.signals >= proof.warnings


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
