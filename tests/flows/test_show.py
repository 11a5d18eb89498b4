"""What a night prints at its end: every figure whole, however many bins were used, also into a pipe."""

from datetime import date
from pathlib import Path

import pytest

from flows import show
from flows.summary import Summary
from tables import BINS


def summary(figure: int) -> Summary:
    """A night whose rows are in every bin."""
    row = {"source": "answers", "rows_in": figure * len(BINS), **dict.fromkeys(BINS, figure)}
    here = Path("here")
    return Summary(
        as_of=date(2026, 11, 12), run=here, lists_folder=here, report=here, accounting=[row], warnings=0, listed=0, review=0,
        review_waiting=0, review_listed=0, tiers={}, lists=(), titles={"answers": "回填的核实名单"},
        files={"new": 1, "known": 0, "repeated": 0}, held={}, stale={}, missing=(), off=(), problems=(),
    )  # fmt: skip


@pytest.mark.parametrize("figure", [7, 1_234, 20_001_498])
def test_no_figure_of_the_accounting_is_cut(figure: int, capsys: pytest.CaptureFixture[str]) -> None:
    show.night(summary(figure))
    told = capsys.readouterr().out
    assert "…" not in told
    (line,) = [line for line in told.splitlines() if line.strip().startswith("回填的核实名单")]
    assert line.split()[1:] == [f"{figure * len(BINS):,}", *[f"{figure:,}"] * len(BINS)]
