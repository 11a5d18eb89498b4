"""The tables about what becomes of a warning: handed out, answered, followed to its end, and what is learnt from it.

The rest of the vocabulary is in `tables.py`; the same words mean the same here.  No table here holds a person's value: what a
visitor wrote lies in `store/identity`, under the row ids named here.
"""

from typing import Final

import pyarrow as pa

_TEXTS: Final = pa.list_(pa.string())


def _schema(**columns: pa.DataType) -> pa.Schema:
    return pa.schema(list(columns.items()))


ISSUED: Final = _schema(
    as_of=pa.date32(),  # the night that first handed out the row as it is
    list_id=pa.string(),
    county=pa.string(),
    township=pa.string(),
    village=pa.string(),
    county_name=pa.string(),
    township_name=pa.string(),
    village_name=pa.string(),
    warning_id=pa.string(),
    household_id=pa.string(),
    position=pa.int32(),
    tier=pa.string(),
    first_seen=pa.date32(),
    due_on=pa.date32(),
    families=_TEXTS,
    rules=_TEXTS,  # ids of the rules that fired, combinations left out
    sources=_TEXTS,  # the feeds these rules read
    channels=_TEXTS,  # department | self_report | cadre
    row_hash=pa.string(),  # printed in the list; seal.row_hash over `seals`
    seals=pa.string(),  # JSON object: title of a printed column -> digest of its cell
)
"""From issue: rows handed out that no earlier night handed out in the same form.  All nights together are the ledger of what
counties hold (`issued_before`, those of earlier nights)."""

ANSWER: Final = _schema(
    row_id=pa.int64(),
    batch_id=pa.string(),
    line=pa.int32(),
    received_on=pa.date32(),
    warning_id=pa.string(),
    household_id=pa.string(),  # null: the warning is unknown
    county=pa.string(),  # of the warning; null as household_id
    issued_on=pa.date32(),  # the night that handed out the row; null as household_id
    visited_on=pa.date32(),
    outcome=pa.string(),
    family=pa.string(),
    fate=pa.string(),  # taken | overruled | refused | empty
    reason=pa.string(),  # code of the refusal; null unless refused
    why=pa.string(),  # Chinese, no value; null for taken and empty
)
"""From answers: every current row of a list that came back."""

REFUSED_ROW: Final = _schema(
    row_id=pa.int64(),
    source=pa.string(),
    county=pa.string(),  # of the warning; null: nobody knows
    received_on=pa.date32(),
    file=pa.string(),
    sheet=pa.string(),
    line=pa.int32(),  # as an editor shows it
    warning_id=pa.string(),  # null: what stands there is none that was handed out
    reason=pa.string(),  # Chinese, no value
    cure=pa.string(),  # Chinese, what is asked
)
"""From answers: one line per reason for which a row of a returned list goes back, as long as nothing was taken in its place;
what the gate took out of such lists is among them."""

CASE_STEP: Final = _schema(
    row_id=pa.int64(),
    received_on=pa.date32(),
    case_id=pa.string(),
    step=pa.string(),  # authorised | compared | publicity_started | publicity_ended | objection | approved | rejected
    happened_on=pa.date32(),
    until=pa.date32(),  # last day of publicity; null for other steps
    fate=pa.string(),  # taken | overruled | refused
    why=pa.string(),  # Chinese; null for taken
)
"""From answers: what the county reports of cases on their way to identification."""

STATES: Final = {
    "warned": "待入户核实",
    "visited": "待信息比对",
    "compared": "待评议公示",
    "publicity": "公示中",
    "noticed": "待审定",
    "closed": "已办结",
}
"""Where a case stands, and what people call it, in order."""

CLOCKS: Final = {"visit": "入户核实", "comparison": "信息比对", "publicity": "评议公示", "approval": "审核审定"}
"""What runs: the visit in state `warned`, then comparison, publicity (until it begins; it pauses while it lasts), approval."""

TIMELINESS: Final = {"in_time": "在期", "due": "将到期", "overdue": "超期", "escalated": "超期督办", "paused": "公示中暂停"}

CHANNELS: Final = {"department": "部门筛查预警", "self_report": "农户自主申报", "cadre": "基层干部排查"}
"""How a household came to be noticed, and what people call it."""

CASE: Final = _schema(
    case_id=pa.string(),  # the warning that opened it
    household_id=pa.string(),
    county=pa.string(),
    township=pa.string(),
    village=pa.string(),
    county_name=pa.string(),
    township_name=pa.string(),
    village_name=pa.string(),
    opened_on=pa.date32(),
    families=_TEXTS,  # of everything handed out for it so far
    rules=_TEXTS,
    sources=_TEXTS,
    channels=_TEXTS,
    state=pa.string(),  # STATES
    state_since=pa.date32(),
    clock=pa.string(),  # CLOCKS; null: closed
    due_on=pa.date32(),  # of the running clock; null: closed or paused
    timeliness=pa.string(),  # TIMELINESS; null: closed
    days_over=pa.int32(),  # calendar days past due_on, else 0
    tries=pa.int32(),  # visits that met nobody
    visited_on=pa.date32(),  # of the visit that settled it; null: none yet
    outcome=pa.string(),  # of that visit
    visited_family=pa.string(),
    verdict_row=pa.int64(),
    publicity_until=pa.date32(),
    closed_on=pa.date32(),
    closed_as=pa.string(),  # the outcome, 纳入监测, 不予纳入, 转其他部门 or 并入新的预警
)
"""From cases: one row per case, open or closed; of a household one at most awaits its visit, and an earlier one may be on its
way to approval."""

CASE_EVENT: Final = _schema(
    case_id=pa.string(),
    position=pa.int32(),  # from 1, in order of happening
    happened_on=pa.date32(),
    known_on=pa.date32(),  # the night, or the day the row came
    event=pa.string(),  # opened | asked_again | answered | not_met | step | overruled | refused | merged
    title=pa.string(),  # Chinese
    from_state=pa.string(),
    to_state=pa.string(),
    source=pa.string(),  # null: the night itself
    row_id=pa.int64(),  # whose writer and note are on the other side of the wall
)
"""From cases: the whole history of every case (全程记录), what was corrected later and what was sent back too."""

CASE_BEFORE: Final = _schema(
    case_id=pa.string(),
    household_id=pa.string(),
    state=pa.string(),  # STATES
    state_since=pa.date32(),
    opened_on=pa.date32(),  # since when the county is asked
    first_seen=pa.date32(),  # since when the warning under this id was told
    families=_TEXTS,  # of what had been handed out by the day of the visit
    visited_on=pa.date32(),
    visited_family=pa.string(),
    verdict_row=pa.int64(),
)
"""From recall: where cases stood before tonight: every open one, and of the closed those still warned of the night before.
What suppression and ranking ask, kept because `case_file` is that of the end of the night."""

VISIT_DUE: Final = _schema(asked_on=pa.date32(), due_on=pa.date32())
"""From clocks: by when a household first warned of on a day is to be visited; every day since the oldest warning still told."""

MONITORED: Final = _schema(
    household_id=pa.string(),
    family=pa.string(),
    since=pa.date32(),
    row_id=pa.int64(),
)
"""From the registry: for which risks a household is monitored, as long as its risk does not count as gone."""

BURDEN: Final = _schema(
    county=pa.string(),
    township=pa.string(),
    village=pa.string(),
    county_name=pa.string(),
    township_name=pa.string(),
    village_name=pa.string(),
    asked_month=pa.int64(),  # visits asked this calendar month: cases opened in it
    open_cases=pa.int64(),
    overdue=pa.int64(),
    signals=pa.int64(),  # tonight, before anything was set aside
    merged=pa.int64(),  # further signals that joined a household's one visit
    avoided=pa.int64(),  # households set aside tonight that would have been asked again
)
"""From burden: what each village is asked to do, and what it was spared."""

CHANNEL_SHARE: Final = _schema(
    county=pa.string(),  # '' for all
    channels=pa.string(),  # joined with +, e.g. department+self_report
    cases=pa.int64(),
    visited=pa.int64(),
    confirmed=pa.int64(),
    identified=pa.int64(),
)
"""From channels: cases by the set of channels that told of them."""

AUTHORISATION: Final = _schema(
    row_id=pa.int64(),
    auth_no=pa.string(),
    household_id=pa.string(),
    resident_id=pa.string(),
    queries=_TEXTS,  # ids of the feeds that may be looked at
    signed_on=pa.date32(),
    until=pa.date32(),
    withdrawn_on=pa.date32(),
    state=pa.string(),  # in_force | not_yet | ended | withdrawn | no_term | not_member
)
"""From authorisations: the ledger of who let the office look at what."""

SCREEN_COUNT: Final = _schema(
    source=pa.string(),
    title=pa.string(),
    rows=pa.int64(),  # received and current
    read=pa.int64(),  # of authorised members of households with an open case
    barred=pa.int64(),
    persons=pa.int64(),  # authorised members who could be looked up tonight
    flags=pa.int64(),
    unasked=pa.int64(),  # members of open cases without an authorisation
    flags_foregone=pa.float64(),  # flags these would have had at the rate of the others; null: too few to say
)
"""From screening: what was barred per feed of property, and what that cost."""

PROPERTY_FLAG: Final = _schema(
    case_id=pa.string(),
    household_id=pa.string(),
    resident_id=pa.string(),
    source=pa.string(),
    title=pa.string(),  # Chinese: what kind of thing is registered, no amount, no number
    auth_no=pa.string(),
    row_id=pa.int64(),
)
"""From screening: hits, to be explained at the visit; never a filter."""

EXIT_WATCH: Final = _schema(
    household_id=pa.string(),
    county=pa.string(),
    township=pa.string(),
    registry_no=pa.string(),
    identified_on=pa.date32(),
    verdict=pa.string(),  # proposed | not_yet | unknown | never
    conditions=pa.string(),  # JSON object: condition -> met | not_met | unknown
    why=pa.string(),  # Chinese
    evidence=pa.list_(pa.int64()),
)
"""From exit watch: monitored households that may be proposed for 风险消除, and why the others are not."""

REENTRY: Final = _schema(
    household_id=pa.string(),
    county=pa.string(),
    removed_on=pa.date32(),
    back_on=pa.date32(),
    months=pa.int32(),
    family=pa.string(),  # of what brought it back
)
"""From exit watch: households that came back within the stated months after their risk counted as gone."""

EXIT_COUNT: Final = _schema(
    county=pa.string(),  # '' for all
    watched=pa.int64(),  # households monitored tonight
    proposed=pa.int64(),
    not_yet=pa.int64(),
    unknown=pa.int64(),
    never=pa.int64(),
    removed=pa.int64(),  # removals of risk that the registry knows of
    back=pa.int64(),  # of these, followed by a return within the stated months
)
"""From exit watch: per county how many are proposed, and how often a removal did not last."""

REGISTRY_ISSUE: Final = _schema(
    county=pa.string(),
    issue=pa.string(),  # code, see casework/registry_check.py
    title=pa.string(),  # Chinese
    households=pa.int64(),
)
"""From the registry: where it contradicts the roster or itself, counted."""

SPARED: Final = _schema(
    household_id=pa.string(),
    steps=_TEXTS,  # Chinese names of the steps
    why=pa.string(),  # Chinese, as printed beside the household; no value
)
"""From the registry: warned households and those of open cases that need not repeat a step of identification."""

YIELD: Final = _schema(
    level=pa.string(),  # rule | source | family | county | channel | all
    key=pa.string(),
    title=pa.string(),
    visited=pa.int64(),  # cases whose visit said whether the warning was true
    confirmed=pa.int64(),
    identified=pa.int64(),
    share=pa.float64(),  # confirmed of visited; null: none visited
    low=pa.float64(),  # interval of 95 %
    high=pa.float64(),
    shrunk=pa.float64(),  # drawn toward the mean of its level, the more the fewer were visited
    toward=pa.float64(),  # that mean
    listed=pa.int64(),  # cases opened, visited or not: those not visited are left out above, which is a bias
    wrong=pa.string(),  # JSON object: outcome -> cases, of those not confirmed
)
"""From yields: how many of the visited were true, by what set the warning off."""

ALARM: Final = _schema(
    alarm_id=pa.string(),
    kind=pa.string(),  # feed_unchanged | feed_quiet | county_still | verdicts_alike | verdicts_one_day | cluster
    county=pa.string(),  # null: not about a place
    source=pa.string(),  # null: not about a feed
    place=pa.string(),  # code of a township or village; null as county
    family=pa.string(),
    since=pa.date32(),
    observed=pa.float64(),
    expected=pa.float64(),
    p_value=pa.float64(),  # of what was seen or more, if nothing is wrong
    threshold=pa.float64(),  # the false-alarm rate per night at which it is called
    title=pa.string(),  # Chinese
    message=pa.string(),  # Chinese
)
"""From alarms: what stands still, is too alike, or crowds in one place."""

PROBLEM: Final = _schema(
    problem_id=pa.string(),
    kind=pa.string(),
    subject=pa.string(),  # source, county or case it is about
    county=pa.string(),  # null: the office's own
    title=pa.string(),
    detail=pa.string(),
    owner=pa.string(),
    opened_on=pa.date32(),
    due_on=pa.date32(),
    last_seen_on=pa.date32(),
    state=pa.string(),  # open | overdue | struck_off | gone
    closed_on=pa.date32(),
    mark_row=pa.int64(),  # the row that struck it off
)
"""From problems: the ledger (问题台账), each opened once and struck off one by one."""
