"""Why a family is on a list, and what a rule really computes."""

from datetime import date

from errors import UnknownId
from flows.declared import read_catalogue
from outputs.evidence import Evidence
from outputs.explain import explain, latest_run
from rules.compile import sql_of
from settings import Home, Settings
from sources.contracts import load_contracts


def explain_warning(home: Home, warning_id: str, as_of: date | None) -> Evidence:
    """The evidence chain of a warning of the latest night, or of the night of `as_of`.  Raises UnknownId."""
    run = home.run(as_of) if as_of else latest_run(home.runs)
    if run is None or not (run / "manifest.json").exists():
        raise UnknownId(
            file=home.runs, expected="至少有一夜的结果", found="没有", do="先运行 fangpin night，或检查 --home 与 --as-of"
        )
    return explain(run, home.store, warning_id)


def column_titles(home: Home) -> dict[str, str]:
    """`source` and `source.column` -> their titles in the contracts."""
    contracts = load_contracts(home.office_layer("sources"))
    columns = {f"{source}.{name}": fact.title for source, one in contracts.items() for name, fact in one.facts.items()}
    return columns | {source: contract.title for source, contract in contracts.items()}


def rule_sql(settings: Settings, rule: str) -> str:
    """The SQL a rule becomes on the night's date.  Raises UnknownId."""
    catalogue = read_catalogue(settings.home)
    if rule not in catalogue.rules:
        raise UnknownId(file="fangpin sql", expected="、".join(catalogue.rules), found="没有这条规则", do="从上列编号中选一个")
    return sql_of(catalogue.rules[rule], catalogue.references, settings.as_of)
