"""How numbers stand in the sentence a visitor reads."""

import duckdb
import pytest

from rules.reasons import number_sql


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        ("1234567.5", "元", "1,234,567.50元"),
        ("-30", "%", "-30%"),
        ("5000.0000", "元/月", "5,000元/月"),
        ("0.3", "比例", "30%"),
        ("0.255", "比例", "25.50%"),
        ("1.5", "倍", "1.50倍"),
    ],
)
def test_a_number_is_told_with_its_unit(value: str, unit: str, told: str) -> None:
    assert duckdb.sql(f"SELECT {number_sql(f'CAST({value} AS DECIMAL(18, 4))', unit)}").fetchall() == [(told,)]
