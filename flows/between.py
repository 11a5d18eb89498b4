"""Two nights that are over, and what lies between them: any mixture of their inputs, shown under the names the stages read.

A mixture takes some of the causes of change from the newer night and all others from the older one.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final

import duckdb

from engine import number
from errors import HomeError
from expectations.reading import stored_sql
from flows import joints
from flows.answered_facts import show_answers
from flows.past import Declared, show_run
from flows.rejudging import changed_rules
from rules.model import Rule
from rules.visits import VISITS as VISITED
from settings import Home

TIME: Final = "时间推移"
DATA: Final = "数据"
LEGAL: Final = "法律依据"
LINKS: Final = "比对"
VISITS: Final = "走访"
RULES: Final = "规则"
CAPACITY: Final = "名额"
CAUSES: Final[Mapping[str, str]] = {
    TIME: "日期从前一夜变为后一夜：时间窗移动，静默期届满，年龄增长",
    DATA: "部门数据与花名册的行有增减或更正；来源缺报、过期",
    LEGAL: "某一来源从不可读变为可读，或相反；只读它的规则随之",
    LINKS: "同样的行认定给了不同的人，或转人工、由人工定下",
    VISITS: "入户核实结果有增减，个案有进展",
    RULES: "规则、参照值、权重、静默天数有改动",
    CAPACITY: "名额、负责地区有改动；以及本户未变、只因别的户增减而进出名额的",
}
"""The causes of change in the order in which they are taken from the newer night, and what each covers."""

OLD: Final = "older"
NEW: Final = "newer"
_LISTS: Final = "(lists)"
"""Beside sources: which lists are complete and who is in doubt, of which the few rules that ask are always judged again."""


@dataclass(frozen=True)
class Between:
    """Two nights in one connection, their run tables in the schemas `older` and `newer`."""

    home: Home
    old: Declared
    new: Declared
    db: duckdb.DuckDBPyConnection
    barred: frozenset[str]
    """Sources that only one of the nights was allowed to read."""

    @property
    def facts(self) -> dict[str, dict[str, str]]:
        """Source -> fact column -> type, of both nights; the newer night knows better."""
        sources = {**self.old.facts, **self.new.facts}
        return {source: {**self.old.facts.get(source, {}), **self.new.facts.get(source, {})} for source in sources}

    def cause_of(self, source: str) -> str:
        """Which cause a source's rows come and go with."""
        return VISITS if source == VISITED else LEGAL if source in self.barred else DATA

    def told(self, taken: Set[str]) -> Declared:
        """What a night of this mixture would be told."""
        ruled, placed = self._of(RULES, taken), self._of(CAPACITY, taken).office
        places = {name: getattr(placed, name) for name in ("capacity", "capacity_default", "township_capacity", "area")}
        named = {**self.old.states, **self.new.states}
        return self._of(TIME, taken).model_copy(
            update={
                "office": ruled.office.model_copy(update=places),
                "rules": self._rules(taken),
                "references": {**self._of(LEGAL, taken).references, **ruled.references},
                "weights": ruled.weights,
                "proposals": ruled.proposals,
                "states": {source: self._state(source, taken) for source in named},
                "facts": self.facts,
            }
        )

    def _rules(self, taken: Set[str]) -> dict[str, Rule]:
        """A rule over a source that one night may not read comes and goes with the leave to read it."""
        others = {name: rule for name, rule in self._of(RULES, taken).rules.items() if not self.barred & set(rule.sources)}
        return others | {name: rule for name, rule in self._of(LEGAL, taken).rules.items() if self.barred & set(rule.sources)}

    def _of(self, cause: str, taken: Set[str]) -> Declared:
        return self.new if cause in taken else self.old

    def _state(self, source: str, taken: Set[str]) -> str:
        return self._of(self.cause_of(source), taken).states.get(source, "missing")

    def show(self, schema: str, taken: Set[str]) -> None:
        """A schema with the mixture's `resident`, `link`, `accepted_<source>`, `fact_<source>`; it becomes the search path."""
        self.db.execute(f"CREATE SCHEMA {schema}; SET search_path = '{schema},main'")
        self.db.execute(f"CREATE VIEW resident AS FROM {NEW if DATA in taken else OLD}.resident")
        self.db.execute(f"CREATE VIEW link AS {self._link_sql(taken)}")
        doubts = NEW if LINKS in taken else OLD
        self.db.execute(f"CREATE VIEW doubtful AS FROM {doubts}.doubtful")
        self.db.execute(f"CREATE VIEW monitored AS FROM {NEW if DATA in taken else OLD}.monitored")
        for table in ("case_before", "case_file", "yield"):
            self.db.execute(f'CREATE VIEW "{table}" AS FROM {NEW if VISITS in taken else OLD}."{table}"')
        self.db.execute(f"""
            CREATE VIEW visit_due AS FROM {NEW}.visit_due
            UNION ALL FROM {OLD}.visit_due ANTI JOIN {NEW}.visit_due USING (asked_on)""")
        for table in ("source_status", "list_state"):
            self._mix(table, taken)
        came = self.db.execute(
            f"SELECT DISTINCT source, batch_id, received_on FROM (FROM {OLD}.batch UNION ALL FROM {NEW}.batch)"
            " WHERE unreadable IS NULL AND rows > 0 ORDER BY ALL"
        ).fetchall()
        batches = joints.by_source(came)
        for source, facts in self.facts.items():
            self._show(source, stored_sql(self.home, source, facts, batches.get(source, {})))
        joints.show_facts(self.db, self.facts)
        show_answers(self.db, f"{NEW if VISITS in taken else OLD}.answer")

    def _mix(self, table: str, taken: Set[str]) -> None:
        """A table that says something of every source, each line from the night whose rows the source has."""
        fresh = joints.sql_list(source for source in {**self.old.states, **self.new.states} if self.cause_of(source) in taken)
        self.db.execute(f"""
            CREATE VIEW {table} AS FROM {OLD}.{table} WHERE NOT list_contains({fresh}, source)
            UNION ALL FROM {NEW}.{table} WHERE list_contains({fresh}, source)""")

    def _show(self, source: str, query: str) -> None:
        try:
            self.db.execute(f"CREATE VIEW accepted_{source} AS {query}")
        except duckdb.BinderException:
            raise HomeError(
                file=self.home.store,
                place=source,
                expected="两夜所用的列都在",
                found="契约后来改了列，存下的数据已按新契约重新读过",
                do="只能比较契约改动之后的两夜",
            ) from None

    def _link_sql(self, taken: Set[str]) -> str:
        """Which rows there are is one question, whose they are is another: a row of both nights keeps its older link until
        the links are taken."""
        fresh = joints.sql_list(source for source in self.facts if self.cause_of(source) in taken)
        columns = ("resident_id", "decision", "probability")
        chosen = ", ".join(f"CASE WHEN o.row_id IS NULL THEN n.{name} ELSE o.{name} END AS {name}" for name in columns)
        newer = (
            f"SELECT row_id, source, {', '.join(columns)} FROM {NEW}.link n"
            if LINKS in taken
            else f"SELECT n.row_id, n.source, {chosen} FROM {NEW}.link n LEFT JOIN {OLD}.link o USING (row_id)"
        )
        older = f"SELECT row_id, source, {', '.join(columns)} FROM {OLD}.link"
        return f"{older} WHERE NOT list_contains({fresh}, source) UNION ALL {newer} WHERE list_contains({fresh}, n.source)"

    def to_judge(self, cause: str, rules: Mapping[str, Rule]) -> frozenset[str]:
        """Of the rules, those that may say something else once the cause is taken."""
        if cause == RULES:
            return changed_rules(self.old.rules, self.new.rules, self.old.references, self.new.references)
        if cause == TIME or (cause == DATA and self._has_other_residents()):
            return frozenset(rules)
        touched = self._touched(cause)
        return frozenset(name for name, rule in rules.items() if touched & _asked(rule))

    def _touched(self, cause: str) -> frozenset[str]:
        """The sources that a cause changes."""
        named = {*self.old.states, *self.new.states}
        told = {
            name for name in named if self.cause_of(name) == cause and self.old.states.get(name) != self.new.states.get(name)
        }
        found = {source for source in self._differing(cause) if cause == LINKS or self.cause_of(source) == cause}
        visited = {VISITED} if cause == VISITS and self._has_other_answers() else set()
        return frozenset({*told, *found, *visited, _LISTS})

    def _has_other_answers(self) -> bool:
        """Whether another row of a returned list was taken, or none any more."""
        older, newer = (f"(SELECT row_id FROM {schema}.answer WHERE fate = 'taken')" for schema in (OLD, NEW))
        return (
            number(
                self.db,
                f"SELECT count(*) FROM {older} o FULL JOIN {newer} n USING (row_id) WHERE o.row_id IS NULL OR n.row_id IS NULL",
            )
            > 0
        )

    def _differing(self, cause: str) -> set[str]:
        differs = "o.row_id IS NULL OR n.row_id IS NULL"
        if cause == LINKS:
            differs = " OR ".join(
                f"{_linked('o', name)} IS DISTINCT FROM {_linked('n', name)}" for name in ("resident_id", "probability")
            )
            differs = f"o.row_id IS NOT NULL AND n.row_id IS NOT NULL AND ({differs})"
        rows = self.db.execute(f"""
            SELECT DISTINCT coalesce(o.source, n.source)
            FROM {OLD}.link o FULL JOIN {NEW}.link n USING (row_id) WHERE {differs}""")
        return {source for (source,) in rows.fetchall()}

    def _has_other_residents(self) -> bool:
        """Whether anything of a resident differs but the row that says so."""
        older, newer = (f"(SELECT * EXCLUDE (row_id, received_on) FROM {schema}.resident)" for schema in (OLD, NEW))
        differing = f"(FROM {older} EXCEPT ALL FROM {newer}) UNION ALL (FROM {newer} EXCEPT ALL FROM {older})"
        return number(self.db, f"SELECT count(*) FROM ({differing})") > 0


def _asked(rule: Rule) -> set[str]:
    """What a rule reads that a cause may change: sources, visits, and for those that are not listed who is in doubt."""
    is_of_absence = any(need.absent == "not_listed" for need in rule.needs.values())
    return {*rule.sources, *([VISITED] if rule.asks_visits else []), *([_LISTS] if is_of_absence else [])}


def _linked(alias: str, column: str) -> str:
    return f"CASE WHEN {alias}.decision = 'linked' THEN {alias}.{column} END"


def show_between(home: Home, old: Declared, new: Declared, db: duckdb.DuckDBPyConnection) -> Between:
    """Both nights' run tables, each in its schema."""
    show_run(db, home.run(old.as_of), OLD)
    show_run(db, home.run(new.as_of), NEW)
    return Between(home, old, new, db, _barred(old, new, db))


def _barred(old: Declared, new: Declared, db: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Sources that one night counted without reading them, and the other read."""
    one_sided = old.facts.keys() ^ new.facts.keys()
    counted = db.execute(f"""
        SELECT DISTINCT source FROM (FROM {OLD}.accounting UNION ALL FROM {NEW}.accounting) WHERE barred > 0""").fetchall()
    return frozenset(source for (source,) in counted if source in one_sided)
