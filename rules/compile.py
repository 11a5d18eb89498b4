"""A rule as one readable SQL statement; each step is a named sub-select.

`visited`: the last settling visit of every household, where the rule asks for it.  `rows__<need>`, `need__<need>`: the
facts looked at and their aggregate per unit.  `seen`: the units judged, with their needs.  `referenced`, `ruled`: the
values in force on the day of the latest event.  `judged`, `told`: the condition and the verdict.  `crossed`: the day the
observed need first met the condition.
"""

from collections.abc import Mapping
from datetime import date
from textwrap import indent

from engine import sql_text
from rules.expression import columns, parse_shape
from rules.logic import is_event_driven
from rules.model import Need, Rule
from rules.names import ATTRIBUTES
from rules.needs import Compiled, aggregate_sql, columns_sql, compile_needs, join_key, rows_sql, running_sql, title
from rules.rendering import to_sql
from rules.thresholds import reference_case, threshold_case
from rules.units import household_sql, person_sql
from rules.values import Reference
from rules.visits import visited_sql

Steps = list[tuple[str, str]]


def sql_of(rule: Rule, references: Mapping[str, Reference], as_of: date) -> str:
    """The rule as SQL over `resident` and `fact_<source>`: one row per person or household looked at.

    Columns: resident_id, household_id, verdict, observed, threshold, document, event_on, known_on, evidence (row_ids), why
    (for unknown), then every need and threshold by its name.  A rule that only facts can set off looks at nobody without
    one: whoever belongs to the population and has no row is clear.
    """
    units = [("person", person_sql(as_of))] + ([("household", household_sql())] if rule.unit == "household" else [])
    return f"-- {rule.id}：{rule.title}（{as_of}）\n" + _statement([*units, *_steps(rule, references, as_of)], _told(rule))


def body_sql(rule: Rule, references: Mapping[str, Reference], as_of: date) -> str:
    """The same over tables `person` and `household` made beforehand, so that many rules share them."""
    return _statement(_steps(rule, references, as_of), _told(rule))


def _statement(steps: Steps, last: str) -> str:
    return "WITH\n" + ",\n".join(f"{_head(name)} (\n{indent(sql, '    ')}\n)" for name, sql in steps) + f"\n{last}"


def _head(name: str) -> str:
    # Without it the engine writes the whole condition out again wherever the verdict is tested, which costs minutes.
    return f"{name} AS MATERIALIZED" if name == "judged" else f"{name} AS"


def _steps(rule: Rule, references: Mapping[str, Reference], as_of: date) -> Steps:
    steps: Steps = [("visited", visited_sql(rule.family, as_of))] if rule.asks_visits else []
    for name, need in rule.needs.items():
        if need.source:
            steps += [(f"rows__{name}", rows_sql(rule, need, as_of)), (f"need__{name}", aggregate_sql(name, need, as_of))]
    steps.append(("seen", _seen(rule, as_of)))
    if rule.references:
        cases = {f"ref__{name}": reference_case(references[name]) for name in rule.references}
        steps.append(("referenced", _select(cases, "seen")))
    if rule.thresholds:
        cases = {f"{name}__in_force": threshold_case(threshold) for name, threshold in rule.thresholds.items()}
        steps.append(("ruled", _select(cases, steps[-1][0])))
    steps += [("judged", _select(_judgements(rule), steps[-1][0])), ("told", _select({"verdict": _verdict(rule)}, "judged"))]
    crossing = _crossing(rule)
    return [*steps, *([("crossed", crossing)] if crossing else []), ("proof", _evidence(rule))]


def _select(new: Mapping[str, str], table: str) -> str:
    return "SELECT *,\n    " + ",\n    ".join(f"{sql} AS {name}" for name, sql in new.items()) + f"\nFROM {table}"


def _seen(rule: Rule, as_of: date) -> str:
    needs = compile_needs(rule)
    joined = [need.name for need in needs if need.need.source]
    dated = [need.name for need in needs if need.need.is_event]
    items = [
        "u.unit, u.resident_id, u.household_id, u.row_id, u.received_on, u.place_code, " + ", ".join(_attributes(rule)),
        f"{_population(rule)} AS belongs",
        *(item for need in needs for item in columns_sql(need)),
        f"{_latest(dated, 'last_on')} AS last_on",
        f"{_latest(dated, 'known_on')} AS known_on",
        f"coalesce({_latest(dated, 'last_on')}, DATE '{as_of}') AS judged_on",
    ]
    joins = "".join(f"\nLEFT JOIN need__{name} ON need__{name}.unit = u.{join_key(rule.needs[name])}" for name in joined)
    where = " AND ".join(_looked_at(rule, dated))
    return "SELECT " + ",\n    ".join(items) + f"\nFROM {rule.unit} u{joins}" + (f"\nWHERE {where}" if where else "")


def _attributes(rule: Rule) -> list[str]:
    return sorted({"household_type", *columns(parse_shape(rule.condition)) & set(ATTRIBUTES)})


def _population(rule: Rule) -> str:
    return f"({to_sql(parse_shape(rule.population))})" if rule.population else "TRUE"


def _latest(needs: list[str], column: str) -> str:
    columns = [f"need__{name}.{column}" for name in needs]
    return "CAST(NULL AS DATE)" if not columns else columns[0] if len(columns) == 1 else f"greatest({', '.join(columns)})"


def _looked_at(rule: Rule, dated: list[str]) -> list[str]:
    keyed: dict[str, list[str]] = {}
    for name in dated:
        keyed.setdefault(join_key(rule.needs[name]), []).append(f"SELECT unit FROM need__{name}")
    facts = [f"u.{key} IN ({' UNION ALL '.join(units)})" for key, units in keyed.items()]
    with_facts = [f"({' OR '.join(facts)})" if len(facts) > 1 else facts[0]] if facts else []
    belongs = [f"{_population(rule)} IS NOT FALSE"] if rule.population else []
    return [*(with_facts if is_event_driven(rule) else []), *belongs]


def _condition(rule: Rule, *, known: bool = False, near: bool = False, running: bool = False) -> str:
    """The condition: with what is known of partial sums, with the near band, or with the running value of the observed need."""
    names = {need.name: need.known for need in compile_needs(rule)} if known else {}
    names |= {name: f"{line}.value" for name, line in lines(rule).items()}
    if near and rule.against:
        names[rule.against] = f"({rule.near} * {names[rule.against]})"
    if running:
        names[rule.observed] = "running"
    return f"({to_sql(parse_shape(rule.condition), names)})"


def lines(rule: Rule) -> dict[str, str]:
    """What the condition compares with: threshold or reference value -> the column that holds the one in force."""
    return {name: f"{name}__in_force" for name in rule.thresholds} | {name: f"ref__{name}" for name in rule.direct}


def _has_partial(rule: Rule) -> bool:
    return any(need.is_partial for need in compile_needs(rule))


def _judgements(rule: Rule) -> dict[str, str]:
    judged = {"met": _condition(rule)}
    if _has_partial(rule):
        judged["met_known"] = _condition(rule, known=True)
    if rule.near is not None:
        judged["nearly"] = _condition(rule, near=True)
    return judged


def _verdict(rule: Rule) -> str:
    near = "\n        WHEN belongs AND nearly THEN 'near'" if rule.near is not None else ""
    return f"""CASE
        WHEN belongs AND {"met_known" if _has_partial(rule) else "met"} THEN 'fires'
        WHEN (belongs AND met) IS NULL THEN 'unknown'{near}
        ELSE 'clear'
    END"""


def _crossing(rule: Rule) -> str | None:
    """The day the condition began to hold for good: a refund in between starts it anew."""
    observed = rule.needs[rule.observed]
    running = running_sql(observed) if rule.repeat == "first_crossing" and observed.is_event else None
    if running is None:
        return None
    met = _condition(rule, known=True, running=True)
    if rule.near is not None:
        met = f"CASE verdict WHEN 'fires' THEN {met} ELSE {_condition(rule, near=True, running=True)} END"
    return f"""SELECT unit, min(happened_on) FILTER (is_met AND (not_met_on IS NULL OR happened_on > not_met_on)) AS crossed_on
FROM (
    SELECT *, max(happened_on) FILTER (is_met IS NOT TRUE) OVER (PARTITION BY unit) AS not_met_on
    FROM (
        SELECT unit, happened_on, {met} AS is_met
        FROM (
            SELECT told.*, happened_on, {"is_before, " if observed.change else ""}{running} AS running
            FROM told JOIN rows__{rule.observed} r ON r.unit = told.{join_key(observed)}
            WHERE sure AND verdict IN ('fires', 'near')
            WINDOW days AS (PARTITION BY told.unit ORDER BY happened_on)
        ){" WHERE NOT is_before" if observed.change else ""}
    )
)
GROUP BY unit"""


def _told(rule: Rule) -> str:
    needs = compile_needs(rule)
    crossed = _crossing(rule) is not None
    threshold = f"{lines(rule)[rule.against]}.value" if rule.against else "CAST(NULL AS DECIMAL(18, 4))"
    items = [
        "resident_id, household_id, verdict",
        f"TRY_CAST({next(need.known for need in needs if need.name == rule.observed)} AS DECIMAL(18, 4)) AS observed",
        f"{threshold} AS threshold",
        f"{_document(rule)} AS document",
        f"{'coalesce(crossed_on, last_on)' if crossed else 'last_on'} AS event_on",
        "coalesce(known_on, received_on) AS known_on",
        "coalesce(evidence, []) AS evidence",
        f"{_why(rule, needs)} AS why",
        *(need.name if need.known == need.name else f"{need.known} AS {need.name}" for need in needs),
        *(f"{line}.value AS {name}" for name, line in lines(rule).items()),
    ]
    joins = (" LEFT JOIN crossed USING (unit)" if crossed else "") + " LEFT JOIN proof USING (unit)"
    return "SELECT " + ",\n    ".join(items) + f"\nFROM told{joins}"


def _document(rule: Rule) -> str:
    shown = [rule.against, *rule.direct] if rule.against else [*rule.thresholds, *rule.direct]
    if not shown:
        return sql_text(rule.source)
    documents = [f"{lines(rule)[name]}.document" for name in dict.fromkeys(shown)]
    return documents[0] if len(documents) == 1 else f"nullif(concat_ws('；', {', '.join(documents)}), '')"


def _evidence(rule: Rule) -> str:
    """Per unit that is not clear, the rows behind the verdict: facts, and its own row where the roster was asked."""
    told = "SELECT {} FROM told WHERE verdict <> 'clear'"
    parts = [_rows_behind(name, need) for name, need in rule.needs.items() if need.source]
    if any(not need.is_event for need in rule.needs.values()) or columns(parse_shape(rule.condition)) & set(ATTRIBUTES):
        parts.append(told.format("unit, row_id"))
    rows = indent("\nUNION ALL ".join(parts), "    ")
    return f"""SELECT unit, list(DISTINCT row_id ORDER BY row_id) AS evidence
FROM (
{rows}
)
WHERE unit IN ({told.format("unit")})
GROUP BY unit"""


def _rows_behind(name: str, need: Need) -> str:
    if not need.of:
        return f"SELECT unit, row_id FROM rows__{name} WHERE sure"
    return f"SELECT told.unit, r.row_id FROM rows__{name} r JOIN told ON told.household_id = r.unit WHERE sure"


def _why(rule: Rule, needs: list[Compiled]) -> str:
    lacking = {"belongs": "'判断是否适用所需的档案项'"}
    lacking |= {f"{line}.value": "'当地当时适用的标准'" for line in lines(rule).values()}
    lacking |= {need.name: title(need.name, need.need) for need in needs}
    lacking |= {name: sql_text(ATTRIBUTES[name][1]) for name in sorted(columns(parse_shape(rule.condition)) & set(ATTRIBUTES))}
    listed = "".join(f",\n        CASE WHEN {sql} IS NULL THEN {text} END" for sql, text in lacking.items())
    return f"CASE WHEN verdict = 'unknown' THEN '缺少：' || coalesce(nullif(concat_ws('、'{listed}), ''), '可计算的数值') END"
