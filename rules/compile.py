"""A rule as one readable SQL statement; each step is a named sub-select.

`visited`: the last settling visit of every household, where the rule asks for it.  `rows__<need>`, `need__<need>`: the
facts looked at and their aggregate per unit.  `doubt__<need>`: who cannot be said to be absent from a list.  `seen`: the
units judged, with their needs.  `referenced`, `ruled`: the values in force on the day of the latest event.  `judged`,
`told`: the condition and the verdict; between them the observed need day by day (`rules.history`).  `proof`, `rested`: the
rows and the signals behind the verdict.
"""

from collections.abc import Container, Iterator, Mapping
from datetime import date
from decimal import Decimal
from textwrap import indent
from typing import Final

from engine import sql_text
from rules.expression import columns, parse_shape
from rules.history import Steps, Tests, event_day, is_rolling, is_walked, walk_steps
from rules.listing import doubt_sql, why_sql
from rules.logic import is_event_driven
from rules.model import Need, Rule
from rules.names import ATTRIBUTES, SIGNALS
from rules.needs import Compiled, aggregate_sql, columns_sql, compile_needs, join_key, rows_sql, title, unit_column
from rules.rendering import to_sql
from rules.thresholds import reference_case, threshold_case
from rules.units import household_sql, person_sql
from rules.values import Reference
from rules.visits import LAST_VISIT, VISIT_ROW, visited_sql

_NOT_CLEAR: Final = "SELECT unit, row_id FROM told WHERE verdict <> 'clear'"


def sql_of(rule: Rule, references: Mapping[str, Reference], as_of: date) -> str:
    """The rule as SQL over `resident` and `fact_<source>`: one row per person or household looked at.

    Columns: resident_id, household_id, verdict, observed, threshold, document, event_on, judged_on (the day whose thresholds
    count), known_on, evidence (row_ids), combines (signal_ids), why (for unknown), then every need and threshold by its name.
    A rule that only facts can set off looks at nobody without one: whoever belongs to the population and has no row is clear.
    """
    units = [("person", person_sql(as_of))] + ([("household", household_sql())] if rule.unit == "household" else [])
    steps = [*units, *_steps(rule, references, as_of, ())]
    return f"-- {rule.id}：{rule.title}（{as_of}）\n" + _statement(steps, _told(rule, compile_needs(rule)))


def body_sql(rule: Rule, references: Mapping[str, Reference], as_of: date, lost: Container[str] = ()) -> str:
    """The same over tables `person` and `household` made beforehand, so that many rules share them.

    `lost` names the needs that look at a rule that could not be judged tonight.
    """
    return _statement(_steps(rule, references, as_of, lost), _told(rule, compile_needs(rule)))


def answer_sql(rule: Rule, references: Mapping[str, Reference], as_of: date, lost: Container[str] = ()) -> str:
    """What the rule says and with which values, over the same tables, without the rows behind it and the day it began."""
    needs = compile_needs(rule)
    steps = _verdict_steps(rule, references, as_of, lost, with_days=rule.clearing is not None)
    items = ["resident_id, household_id, verdict, judged_on", *_shown(rule, needs)]
    return _statement(steps, "SELECT " + ",\n    ".join(items) + "\nFROM told")


def _statement(steps: Steps, last: str) -> str:
    return "WITH\n" + ",\n".join(f"{_head(name)} (\n{indent(sql, '    ')}\n)" for name, sql in steps) + f"\n{last}"


def _head(name: str) -> str:
    # Without it the engine writes the whole condition out again wherever the verdict is tested, which costs minutes.
    return f"{name} AS MATERIALIZED" if name == "judged" else f"{name} AS"


def _steps(rule: Rule, references: Mapping[str, Reference], as_of: date, lost: Container[str]) -> Steps:
    steps = [*_verdict_steps(rule, references, as_of, lost, with_days=True), ("proof", _evidence(rule))]
    return [*steps, ("rested", _combined(rule))] if rule.is_combination else steps


def _verdict_steps(
    rule: Rule, references: Mapping[str, Reference], as_of: date, lost: Container[str], *, with_days: bool
) -> Steps:
    needs = compile_needs(rule, lost)
    steps: Steps = [("visited", visited_sql(rule.family, as_of))] if rule.asks_visits else []
    steps += [step for need in needs if need.need.source for step in _need_steps(rule, need, as_of)]
    steps.append(("seen", _seen(rule, needs, as_of)))
    if rule.references:
        cases = {f"ref__{name}": reference_case(references[name]) for name in rule.references}
        steps.append(("referenced", _select(cases, "seen")))
    if rule.thresholds:
        cases = {f"{name}__in_force": threshold_case(threshold) for name, threshold in rule.thresholds.items()}
        steps.append(("ruled", _select(cases, steps[-1][0])))
    steps.append(("judged", _select(_judgements(rule, needs), steps[-1][0])))
    walk = _walk(rule, needs, as_of) if with_days else []
    crossed = " LEFT JOIN crossed USING (unit)" if walk else ""
    return [*steps, *walk, ("told", _select({"verdict": _verdict(rule, needs)}, f"judged{crossed}"))]


def _need_steps(rule: Rule, compiled: Compiled, as_of: date) -> Steps:
    name, need = compiled.name, compiled.need
    steps = [(f"rows__{name}", rows_sql(rule, need, as_of)), (f"need__{name}", aggregate_sql(name, need, as_of))]
    return [*steps, (f"doubt__{name}", doubt_sql(need, unit_column(rule, need)))] if need.absent == "not_listed" else steps


def _walk(rule: Rule, needs: list[Compiled], as_of: date) -> Steps:
    """The observed need day by day: for whoever may have a signal, or with clearing may still have one."""
    if not is_walked(rule):
        return []
    met = "met_known" if _has_partial(needs) else "met"
    whom = "belongs" if rule.clearing is not None else f"({met} OR nearly)" if rule.near is not None else met
    tests = Tests(
        met=_condition(rule, _known_names(needs), running=True),
        near=_condition(rule, {}, rule.near, running=True) if rule.near is not None else "",
        kept=_condition(rule, _known_names(needs), rule.clearing, running=True) if rule.clearing is not None else "",
    )
    return walk_steps(rule, tests, whom, as_of)


def _select(new: Mapping[str, str], table: str) -> str:
    return "SELECT *,\n    " + ",\n    ".join(f"{sql} AS {name}" for name, sql in new.items()) + f"\nFROM {table}"


def _seen(rule: Rule, needs: list[Compiled], as_of: date) -> str:
    dated = [need.name for need in needs if need.need.is_event]
    items = [
        "u.unit, u.resident_id, u.household_id, u.row_id, u.received_on, u.place_code, " + ", ".join(_attributes(rule)),
        f"{_population(rule)} AS belongs",
        *(item for need in needs for item in columns_sql(need)),
        *(why_sql(need.name, need.need) for need in needs if need.need.absent == "not_listed"),
        f"{_latest(dated, 'last_on')} AS last_on",
        f"{_latest(dated, 'known_on')} AS known_on",
        f"coalesce({_latest(dated, 'last_on')}, DATE '{as_of}') AS judged_on",
    ]
    joins = "".join(f"\nLEFT JOIN {table} ON {table}.unit = u.{key}" for table, key in _joined(needs))
    looked_at = _looked_at(rule, dated, may_skip=not any(need.is_lost for need in needs))
    where = f"\nWHERE {' AND '.join(looked_at)}" if looked_at else ""
    return "SELECT " + ",\n    ".join(items) + f"\nFROM {rule.unit} u{joins}{where}"


def _joined(needs: list[Compiled]) -> Iterator[tuple[str, str]]:
    """The steps joined to the units, each with the column they are joined by."""
    for need in needs:
        if need.need.source:
            yield f"need__{need.name}", join_key(need.need)
        if need.need.absent == "not_listed":
            yield f"doubt__{need.name}", join_key(need.need)


def _attributes(rule: Rule) -> list[str]:
    return sorted({"household_type", *columns(parse_shape(rule.condition)) & set(ATTRIBUTES)})


def _population(rule: Rule) -> str:
    return f"({to_sql(parse_shape(rule.population))})" if rule.population else "TRUE"


def _latest(needs: list[str], column: str) -> str:
    columns = [f"need__{name}.{column}" for name in needs]
    return "CAST(NULL AS DATE)" if not columns else columns[0] if len(columns) == 1 else f"greatest({', '.join(columns)})"


def _looked_at(rule: Rule, dated: list[str], *, may_skip: bool) -> list[str]:
    keyed: dict[str, list[str]] = {}
    for name in dated:
        keyed.setdefault(join_key(rule.needs[name]), []).append(f"SELECT unit FROM need__{name}")
    facts = [f"u.{key} IN ({' UNION ALL '.join(units)})" for key, units in keyed.items()]
    with_facts = [f"({' OR '.join(facts)})" if len(facts) > 1 else facts[0]] if facts else []
    belongs = [f"{_population(rule)} IS NOT FALSE"] if rule.population else []
    return [*(with_facts if may_skip and is_event_driven(rule) else []), *belongs]


def _condition(rule: Rule, names: Mapping[str, str], band: Decimal | None = None, *, running: bool = False) -> str:
    """The condition, with needs under other `names`, with `band` times `against`, or with the observed need's running value."""
    replaced = {**names, **{name: f"{line}.value" for name, line in lines(rule).items()}}
    if band is not None and rule.against:
        replaced[rule.against] = f"({band} * {replaced[rule.against]})"
    if running:
        replaced[rule.observed] = "running"
    return f"({to_sql(parse_shape(rule.condition), replaced)})"


def _known_names(needs: list[Compiled]) -> dict[str, str]:
    return {need.name: need.known for need in needs}


def lines(rule: Rule) -> dict[str, str]:
    """What the condition compares with: threshold or reference value -> the column that holds the one in force."""
    return {name: f"{name}__in_force" for name in rule.thresholds} | {name: f"ref__{name}" for name in rule.direct}


def _has_partial(needs: list[Compiled]) -> bool:
    return any(need.is_partial for need in needs)


def _judgements(rule: Rule, needs: list[Compiled]) -> dict[str, str]:
    judged = {"met": _condition(rule, {})}
    if _has_partial(needs):
        judged["met_known"] = _condition(rule, _known_names(needs))
    if rule.near is not None:
        judged["nearly"] = _condition(rule, {}, rule.near)
    return judged


def _verdict(rule: Rule, needs: list[Compiled]) -> str:
    kept = "\n        WHEN belongs AND met__on IS NOT NULL THEN 'fires'" if rule.clearing is not None else ""
    near = "\n        WHEN belongs AND nearly THEN 'near'" if rule.near is not None else ""
    return f"""CASE
        WHEN belongs AND {"met_known" if _has_partial(needs) else "met"} THEN 'fires'
        WHEN (belongs AND met) IS NULL THEN 'unknown'{kept}{near}
        ELSE 'clear'
    END"""


def _told(rule: Rule, needs: list[Compiled]) -> str:
    items = [
        "resident_id, household_id, verdict",
        f"{event_day(rule)} AS event_on",
        "judged_on",
        "coalesce(known_on, received_on) AS known_on",
        "coalesce(evidence, []) AS evidence",
        f"{'coalesce(combines, [])' if rule.is_combination else 'CAST(NULL AS VARCHAR[])'} AS combines",
        *_shown(rule, needs),
        *([f"{LAST_VISIT}, at__visit"] if rule.worse else []),
    ]
    rested = " LEFT JOIN rested USING (unit)" if rule.is_combination else ""
    return "SELECT " + ",\n    ".join(items) + f"\nFROM told LEFT JOIN proof USING (unit){rested}"


def _shown(rule: Rule, needs: list[Compiled]) -> list[str]:
    """The observed need beside what it is held against, what is missing, then every need and threshold by its name."""
    threshold = f"{lines(rule)[rule.against]}.value" if rule.against else "CAST(NULL AS DECIMAL(18, 4))"
    return [
        f"TRY_CAST({_known_names(needs)[rule.observed]} AS DECIMAL(18, 4)) AS observed",
        f"{threshold} AS threshold",
        f"{_document(rule)} AS document",
        f"{_why(rule, needs)} AS why",
        *(need.name if need.known == need.name else f"{need.known} AS {need.name}" for need in needs),
        *(f"{line}.value AS {name}" for name, line in lines(rule).items()),
    ]


def _document(rule: Rule) -> str:
    shown = [rule.against, *rule.direct] if rule.against else [*rule.thresholds, *rule.direct]
    if not shown:
        return sql_text(rule.source)
    documents = [f"{lines(rule)[name]}.document" for name in dict.fromkeys(shown)]
    return documents[0] if len(documents) == 1 else f"nullif(concat_ws('；', {', '.join(documents)}), '')"


def _evidence(rule: Rule) -> str:
    """Per unit that is not clear, every row that it takes to say the same again: the facts; its own row of the roster, which
    says where it lives and of which type it is; the visit since which was asked; and what clearing looked back at.
    """
    parts = [_behind(f"rows__{name}", need, "row_id") for name, need in rule.needs.items() if need.source]
    parts += [_behind("past", rule.needs[rule.observed], "row_id")] if is_rolling(rule) else []
    parts += [f"SELECT unit, {VISIT_ROW} AS row_id FROM told JOIN visited USING (household_id)"] if rule.asks_visits else []
    parts.append(f"SELECT unit, row_id FROM ({_NOT_CLEAR})")
    return _gathered("row_id", "evidence", parts)


def _combined(rule: Rule) -> str:
    """Per unit that is not clear, the signals behind the verdict."""
    parts = [_behind(f"rows__{name}", need, "signal_id") for name, need in rule.needs.items() if need.source == SIGNALS]
    return _gathered("signal_id", "combines", parts)


def _gathered(column: str, name: str, parts: list[str]) -> str:
    rows = indent("\nUNION ALL ".join(parts), "    ")
    return f"""SELECT unit, list(DISTINCT {column} ORDER BY {column}) AS {name}
FROM (
{rows}
)
WHERE unit IN (SELECT unit FROM ({_NOT_CLEAR}))
GROUP BY unit"""


def _behind(table: str, need: Need, column: str) -> str:
    """What a need rests on; of a signal its own rows, or the signal itself."""
    shown = {"row_id": "r.row_id", "signal_id": "r.row_id AS signal_id"}[column]
    if need.source == SIGNALS and column == "row_id":
        shown = "unnest(r.evidence) AS row_id"
    if not need.of:
        return f"SELECT unit, {shown} FROM {table} r WHERE sure"
    return f"SELECT told.unit, {shown} FROM {table} r JOIN told ON told.household_id = r.unit WHERE sure"


def _why(rule: Rule, needs: list[Compiled]) -> str:
    lacking = {"belongs": "'判断是否适用所需的档案项'"}
    lacking |= {f"{line}.value": "'当地当时适用的标准'" for line in lines(rule).values()}
    lacking |= {need.name: title(need.name, need.need) for need in needs}
    lacking |= {name: sql_text(ATTRIBUTES[name][1]) for name in sorted(columns(parse_shape(rule.condition)) & set(ATTRIBUTES))}
    listed = "".join(f",\n        CASE WHEN {sql} IS NULL THEN {text} END" for sql, text in lacking.items())
    return f"CASE WHEN verdict = 'unknown' THEN '缺少：' || coalesce(nullif(concat_ws('、'{listed}), ''), '可计算的数值') END"
