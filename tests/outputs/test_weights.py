"""An office changes the points in a file of its own; wrong ones are refused with the place named."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

import outputs
from errors import CatalogueError
from outputs.rank import rank
from outputs.weights import load_weights
from tests.outputs.ranked import AS_OF, database, inputs, member, ranking, signal

BUILT_IN = Path(outputs.__path__[0]) / "weights.yaml"


def test_time_passed_counts_as_a_size_where_the_office_says_so(tmp_path: Path) -> None:
    own = tmp_path / "weights.yaml"
    own.write_text(BUILT_IN.read_text(encoding="utf-8").replace("[天, 日, 月, 年, 岁]", "[]"), encoding="utf-8")
    days = signal("H1", observed=Decimal(10), threshold=Decimal(90), unit="天")
    with database() as connection:
        inputs(connection, [member("H1")], [days])
        rank(connection, ranking(own), AS_OF, None)
        ((score,),) = connection.sql("SELECT score FROM warning").fetchall()
    assert score == 40 + 10


def test_an_office_replaces_the_weights_as_a_whole(tmp_path: Path) -> None:
    built_in = load_weights(None)
    assert load_weights(tmp_path / "weights.yaml") == built_in
    text = BUILT_IN.read_text(encoding="utf-8")
    own = tmp_path / "weights.yaml"
    own.write_text(text.replace("further_percent: 50", "further_percent: 0"), encoding="utf-8")
    changed = load_weights(own)
    assert changed.severity.further_percent == 0
    assert changed.hash != built_in.hash
    with database() as connection:
        signals = [signal("H1"), signal("H1", rule="b", family="因学")]
        inputs(connection, [member("H1")], signals)
        rank(connection, ranking(own), AS_OF, None)
        (row,) = connection.sql("SELECT * FROM warning").to_arrow_table().to_pylist()
    assert json.loads(row["parts"])["风险程度"] == 40


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("red: 100", "red: 50"),
        ("cap: 30", "cap: 30\n  colour: red"),
        ('ratio: "1.5"', 'ratio: "1.2"'),
        ("within_days: 120, points: 10", "within_days: 120, points: 17"),
        ('up_to: "2", points: 10', 'up_to: "2", points: 18'),
        ('below: "0.999", points: 3', 'below: "0.99995", points: 3'),
        ("days_late: 60, points: 4", "days_late: 60, points: 1"),
        ("family: 缺劳动力, of: 因残", "family: 因意外, of: 因残"),
        ("further_percent: 50", "further_percent: 150"),
        ("terms: [丧失劳动力, 无劳动力]", "terms: []"),
    ],
)
def test_wrong_weights_are_refused(tmp_path: Path, old: str, new: str) -> None:
    text = BUILT_IN.read_text(encoding="utf-8")
    assert old in text
    own = tmp_path / "weights.yaml"
    own.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"weights\.yaml"):
        load_weights(own)
