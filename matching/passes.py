"""The ordered passes: each sees only who is still unmatched and returns only its own matches.

Probabilities are nominal, one per method: the order of trust, not calibrated against anything.
"""

from dataclasses import dataclass
from typing import Final, Literal

from matching.methods import LEAD_SAYS, NAME_SAYS, NUMBER_SAYS, NUMBER_STATE_SAYS, wording


@dataclass(frozen=True)
class Pass:
    """One way to settle who a person is.

    `matches` is SQL that gives person_id, resident_id, runner_up and evidence, of persons in the view `unmatched` only.
    """

    name: str
    decision: Literal["linked", "review", "no_resident"]
    probability: float
    matches: str


def _same_number(condition: str, *, runner_up: str = "other", more: str = "''") -> str:
    """SQL over `match_case`: the number is the roster's."""
    names = f"{wording('repair', NUMBER_SAYS)} || if(is_valid, '', '（校验位不符）') || '，' || {wording('reason', NAME_SAYS)}"
    return f"""SELECT person_id, resident_id, {runner_up} AS runner_up, {names} || {more} AS evidence
               FROM match_case SEMI JOIN unmatched USING (person_id) WHERE {condition}"""


def _lead(condition: str, outcome: str) -> str:
    """SQL over `match_lead`: the number found nobody, other things did."""
    says = f"{wording('state', NUMBER_STATE_SAYS)} || '；' || {wording('level', LEAD_SAYS)} || {outcome}"
    return f"""SELECT person_id, resident_id, NULL AS runner_up, {says} AS evidence
               FROM match_lead JOIN match_seeker USING (person_id) SEMI JOIN unmatched USING (person_id) WHERE {condition}"""


def _rest(condition: str, outcome: str) -> str:
    """SQL over `match_seeker`: nothing led anywhere."""
    says = f"{wording('state', NUMBER_STATE_SAYS)} || {outcome}"
    return f"""SELECT person_id, NULL AS resident_id, NULL AS runner_up, {says} AS evidence
               FROM match_seeker SEMI JOIN unmatched USING (person_id) WHERE {condition}"""


_ONE_EQUAL: Final = "level = 'equal' AND equals = 1"
_ONE_NEAR: Final = "level = 'near' AND residents = 1 AND is_valid AND kin IS NULL"
"""Not if somebody else in the household has just this name: then the number is more likely a relative's."""
_OTHERS: Final = "if(residents > 1, '；花名册中另有 ' || (residents - 1) || ' 人登记同一号码，姓名不一致', '')"
_KIN: Final = "if(kin IS NULL, '', '；同一户中另有一人姓名一致')"
_SHARED: Final = "'；花名册中有 ' || residents || ' 人登记同一号码，其中 ' || equals || ' 人姓名一致'"
_ONLY_ONE: Final = "'，花名册中只有一人'"
_SEVERAL: Final = "'，花名册中有 ' || residents || ' 人'"

NUMBER_PASSES: Final = (
    Pass("number_and_name", "linked", 0.9999, _same_number(f"repair = 'as_written' AND {_ONE_EQUAL}", more=_OTHERS)),
    Pass("number_and_near_name", "linked", 0.999, _same_number(f"repair = 'as_written' AND {_ONE_NEAR}")),
    Pass(
        "repaired_number_and_name",
        "linked",
        0.999,
        _same_number(f"repair <> 'as_written' AND ({_ONE_EQUAL} OR {_ONE_NEAR})", more=_OTHERS),
    ),
    Pass("number_other_name", "review", 0.5, _same_number("residents = 1", runner_up="kin", more=_KIN)),
    Pass("number_shared", "review", 0.4, _same_number("residents > 1", more=_SHARED)),
)
"""On persons whose number the roster has."""

LEAD_PASSES: Final = (
    Pass("name_birth_village", "review", 0.6, _lead("level = 'birth_village' AND residents = 1", _ONLY_ONE)),
    Pass("name_birth", "review", 0.4, _lead("level = 'birth' AND residents = 1", _ONLY_ONE)),
    Pass("name_village", "review", 0.3, _lead("level = 'village' AND residents = 1", _ONLY_ONE)),
    Pass("several_candidates", "review", 0.1, _lead("residents > 1", _SEVERAL)),
)
"""On the rest: persons whose number is unusable, wrong, or not in the roster."""

LAST_PASSES: Final = (
    Pass("number_not_in_roster", "no_resident", 0.0, _rest("state IN ('valid', 'old15')", "''")),
    Pass(
        "nobody_found",
        "review",
        0.0,
        _rest("true", "if(name IS NULL, '；姓名缺失或无法辨认', '；姓名、出生日期、所在村在花名册中对不上任何人')"),
    ),
)
"""What is left: nobody is dropped in silence."""
