"""What visits found of a rule counts only if the office switches it on, and then within bounds."""

import json
from pathlib import Path

import case_tables
from outputs.rank import rank
from tests.outputs.invented import Values, register, table
from tests.outputs.ranked import AS_OF, database, inputs, member, ranking, signal

SHIPPED = Path(__file__).parents[2] / "outputs" / "weights.yaml"


def learnt(tmp_path: Path, text: str, rules: dict[str, float]) -> dict[str, tuple[int, int]]:
    """Household -> score and points for yields; H1 has rules a and b, H2 rule c; yields as given, their mean 0.2."""
    (tmp_path / "weights.yaml").write_text(text, encoding="utf-8")
    a, b, c = signal("H1", rule="a"), signal("H1", rule="b", family="因学"), signal("H2", rule="c", severity=5)
    with database() as connection:
        inputs(connection, [member("H1"), member("H2")], [a, b, c])
        rows = [{"level": "rule", "key": key, "shrunk": share, "toward": 0.2} for key, share in rules.items()]
        register(connection, **{"yield": table(case_tables.YIELD, *rows)})
        rank(connection, ranking(tmp_path / "weights.yaml"), AS_OF, None)
        found: list[Values] = connection.sql("SELECT * FROM warning").to_arrow_table().to_pylist()
    return {str(one["household_id"]): (int(str(one["score"])), json.loads(str(one["parts"]))["核实成效"]) for one in found}


def test_yields_change_no_score_unless_the_office_switches_them_on(tmp_path: Path) -> None:
    shipped = SHIPPED.read_text(encoding="utf-8")
    plain = learnt(tmp_path, shipped, {})
    assert learnt(tmp_path, shipped, {"a": 0.9, "c": 0.001}) == plain
    assert {bonus for _, bonus in plain.values()} == {0}
    assert plain["H2"] == (5, 0)


def test_the_best_rule_counts_within_bounds_and_no_score_falls_below_nought(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8").replace("  on: false", "  on: true")
    base = learnt(tmp_path, text, {})
    assert {bonus for _, bonus in base.values()} == {0}
    best = learnt(tmp_path, text, {"a": 0.9, "b": 0.01, "c": 0.01})
    assert best["H1"] == (base["H1"][0] + 10, 10)
    assert best["H2"] == (0, -base["H2"][0])
    assert learnt(tmp_path, text, {"a": 0.1, "b": 0.1})["H1"][1] == -10
    assert learnt(tmp_path, text, {"a": 0.1})["H1"][1] == 0
    assert learnt(tmp_path, text, {"a": 0.2 * 2**0.5, "b": 0.01})["H1"][1] == 5


def test_weights_of_an_office_that_do_not_speak_of_yields_leave_them_off(tmp_path: Path) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    before, after = text.index("yields:"), text.index("tiers:")
    assert learnt(tmp_path, text[:before] + text[after:], {"a": 0.9})["H1"][1] == 0
