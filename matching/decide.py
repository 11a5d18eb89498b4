"""From probabilities to decisions: `match_decided`, one row per person.

Guards stand above the probability: what contradicts itself, rests on too little, or leads to somebody who is gone goes to
review with both candidates named, never to the runner-up.
"""

from typing import Final

import duckdb

from engine import sql_text
from matching.alike import JUDGED
from matching.block import DISPENSABLE
from matching.compare import BY_NUMBER
from matching.methods import FIELD_SAYS, REPAIR_SAYS, REST_SAYS, RULED_SAYS, STATE_SAYS, TURNED_SAYS, wording
from matching.parameters import Parameters
from matching.score import SURE

_NUMBER_LEADS: Final = f"number IN {BY_NUMBER}"
_NAME_NEAR: Final = "name IN ('sound', 'spelled', 'look_alike', 'wildcard', 'dropped', 'shortened', 'swapped', 'one_changed')"

_AGREES_OTHERWISE: Final = "birth = 'equal' AND sex <> 'different'"
_GUARD: Final = f"""
    CASE WHEN number = 'different_valid' THEN 'two_numbers'
         WHEN {_NUMBER_LEADS} AND name IN ('different', 'kin') THEN 'number_other_name'
         WHEN number = 'equal_invalid' AND name <> 'equal' THEN 'number_other_name'
         WHEN number = 'kin' AND birth NOT IN ('equal', 'exchanged', 'one_digit') THEN 'number_other_name'
         WHEN {_NUMBER_LEADS} AND NOT is_pointed AND name IN ('given_only', 'surname_only', 'missing')
              AND NOT ({_AGREES_OTHERWISE}) THEN 'number_other_name'
         WHEN number IN ('missing', 'different') AND birth IN ('missing', 'different', 'year')
              AND NOT (name IN ('equal', 'sound') AND phone = 'equal' AND place IN ('village', 'township')) THEN 'too_little'
         WHEN number IN ('missing', 'different') AND name IN ('missing', 'different', 'kin') THEN 'too_little'
         WHEN number IN ('missing', 'different') AND name IN ('relation', 'given_only', 'surname_only')
              AND NOT ({_AGREES_OTHERWISE} AND place = 'village' AND (name = 'relation' OR phone = 'equal')) THEN 'too_little'
         WHEN is_gone THEN 'resident_gone'
         WHEN is_refused THEN 'review_next' END"""
"""Why no program decides this alone, however probable it is."""

_GROUND: Final = f"""
    CASE WHEN is_pointed AND name = 'equal'
              THEN if(p_kind = 'plain' AND r_kind = 'plain', 'number_and_name', 'repaired_number_and_name')
         WHEN is_pointed AND {_NAME_NEAR} THEN 'number_and_near_name'
         WHEN is_pointed AND name IN ('missing', 'relation') THEN 'number_only'
         WHEN is_pointed AND name IN ('surname_only', 'given_only') THEN 'number_and_part_of_name'
         WHEN is_pointed THEN 'number_other_name'
         WHEN number = 'kin' THEN 'number_of_relative'
         WHEN {_NUMBER_LEADS} THEN 'near_number'
         WHEN birth IN ('missing', 'different', 'year') THEN 'name_and_place'
         WHEN place = 'village' THEN 'name_birth_village'
         ELSE 'name_birth' END"""
"""What a decision for a resident rests on."""

_REPAIRED_THERE: Final = wording("r_kind", REPAIR_SAYS)
_REPAIRED: Final = f"""
    CASE WHEN number IN ('equal', 'equal_invalid')
         THEN coalesce({wording("p_kind", REPAIR_SAYS)},
                       CASE WHEN {_REPAIRED_THERE} IS NOT NULL THEN '花名册所登记的' || {_REPAIRED_THERE} END)
    END"""
WORTH_NAMING: Final = 0.01
"""A runner-up less probable than this is no rival."""

_STATE: Final = """
    CASE WHEN p_kind IN ('old15', 'old15_unsure') THEN 'old15'
         WHEN p_number IS NULL THEN p_kind
         WHEN p_valid THEN 'valid'
         WHEN substr(p_number, 16) = '000' THEN 'doubtful'
         ELSE 'invalid' END"""
"""In what state the number of the row is (`STATE_SAYS`)."""


def decide(connection: duckdb.DuckDBPyConnection, parameters: Parameters) -> None:
    """Create `match_decided` from `match_likeliest`: every person of `match_person` once.

    Columns: person_id, resident_id, decision, method, probability, runner_up, evidence.
    """
    connection.execute(f"CREATE OR REPLACE TEMP VIEW match_judged AS {_JUDGED}")
    connection.execute(f"CREATE OR REPLACE TEMP TABLE match_finding AS {_decided(parameters)}")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_decided AS
        FROM match_finding ANTI JOIN match_sure USING (person_id)
        UNION ALL BY NAME
        SELECT a.person_id, if(f.resident_id IS NULL, NULL, a.resident_id) AS resident_id, f.* EXCLUDE (person_id, resident_id)
        FROM match_sure a JOIN match_finding f ON f.person_id = a.first
    """)


_JUDGED: Final = f"""
    SELECT person_id, p.kind AS p_kind, p.number AS p_number, p.is_valid AS p_valid,
           coalesce(b.somebody, m.missed / (1 + m.missed)) AS somebody, c.residents AS crowd, o.resident_id AS owner_id,
           b.* EXCLUDE (person_id, somebody, candidates, missed), coalesce(b.candidates, 0) AS candidates,
           same.resident_id AS same_id, refused.identity_key IS NOT NULL AS is_refused,
           opened.identity_key IS NOT NULL AS is_open
    FROM (FROM match_person SEMI JOIN ({JUDGED}) USING (person_id)) p JOIN match_missed m USING (person_id)
    LEFT JOIN (FROM match_same SEMI JOIN match_roster USING (resident_id)) same USING (identity_key)
    LEFT JOIN (SELECT DISTINCT identity_key FROM match_not_same) refused USING (identity_key)
    LEFT JOIN match_open opened USING (identity_key)
    LEFT JOIN match_likeliest b USING (person_id) LEFT JOIN match_owner o USING (person_id)
    LEFT JOIN (SELECT person_id, max(residents) AS residents FROM match_crowded
               WHERE key NOT IN {DISPENSABLE} GROUP BY person_id) c USING (person_id)"""
"""Who is judged, with the likeliest resident, the runner-up and what people decided."""


def _decided(parameters: Parameters) -> str:
    """SQL: the decision, its method and what is said of it."""
    link, review = parameters.decision.link, parameters.decision.review
    return f"""
    WITH guarded AS (
        SELECT *, CASE WHEN probability >= {link} THEN {_GUARD} END AS guard FROM match_judged
    ), outcome AS (
        SELECT *, {_decision(link, review)} AS decision FROM guarded
    ), named AS (
        SELECT *, {_method(review)} AS method FROM outcome
    )
    SELECT person_id, CASE WHEN decision <> 'no_resident' THEN coalesce(same_id, resident_id) END AS resident_id,
           decision, method, round({_PROBABILITY}, 6) AS probability, {_RUNNER_UP} AS runner_up, {_evidence()} AS evidence
    FROM named"""


def _decision(link: float, review: float) -> str:
    """SQL: what people decided first, then what the probability and the guards allow."""
    return f"""
        CASE WHEN same_id IS NOT NULL THEN 'linked'
             WHEN is_open THEN 'review'
             WHEN is_refused AND candidates = 0 THEN 'no_resident'
             WHEN probability >= {link} AND guard IS NULL THEN 'linked'
             WHEN somebody >= {review} OR crowd IS NOT NULL THEN 'review' ELSE 'no_resident' END"""


def _method(review: float) -> str:
    """SQL: how it was decided, or why it was not."""
    return f"""
        CASE WHEN same_id IS NOT NULL THEN 'review_same'
             WHEN is_open THEN 'review_open'
             WHEN decision = 'no_resident' AND is_refused THEN 'review_none'
             WHEN decision = 'no_resident' THEN if(p_valid, 'number_not_in_roster', 'not_in_roster')
             WHEN resident_id IS NULL OR probability < {review} AND crowd IS NOT NULL
                  THEN if(crowd IS NULL, 'nobody_found', 'several_candidates')
             WHEN guard IS NOT NULL THEN guard
             WHEN decision = 'review' AND next_probability * 4 >= probability
                  THEN if(is_pointed, 'number_shared', 'several_candidates')
             ELSE {_GROUND} END"""


_PROBABILITY: Final = f"""
    CASE WHEN same_id IS NOT NULL THEN {SURE} WHEN decision = 'no_resident' THEN 0 ELSE coalesce(probability, 0) END"""

_RUNNER_UP: Final = f"""
    CASE WHEN decision <> 'review' THEN NULL WHEN number = 'kin' THEN owner_id
         WHEN next_probability >= {WORTH_NAMING} THEN runner_up END"""


def _evidence() -> str:
    """SQL: what speaks for the decision, in Chinese, without a value."""
    agreement = f"coalesce({_REPAIRED} || '；', '') || {agreement_sql()}"
    turned = f"CASE WHEN decision = 'review' THEN coalesce({wording('method', TURNED_SAYS)}, '') ELSE '' END"
    return f"""
        CASE WHEN same_id IS NOT NULL THEN {sql_text(RULED_SAYS["review_same"])}
             WHEN method = 'review_none' THEN {sql_text(RULED_SAYS["review_none"])}
             WHEN decision = 'no_resident' OR resident_id IS NULL
                  THEN {wording(_STATE, STATE_SAYS)} || coalesce({wording("method", REST_SAYS)}, '')
             ELSE {agreement} || {turned} END
        || if(crowd IS NULL OR decision = 'linked', '', '；另有 ' || crowd || ' 名居民在同一条件下，未逐一比对')"""


def agreement_sql() -> str:
    """SQL over the levels of a pair: what agrees and what does not, in Chinese, without a value."""
    said = ", ".join(wording(field, says) for field, says in FIELD_SAYS.items())
    return f"concat_ws('，', {said})"
