"""One alarm, and how its figures are said."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from casework.chance import holm


@dataclass(frozen=True)
class Alarm:
    """Something tested: what was seen, what was expected, how improbable that is if nothing is wrong, and what to ask."""

    kind: str
    subject: str
    """What the id stands for besides the kind: the same as long as the same thing is wrong."""
    p: float
    since: date
    observed: float
    expected: float
    title: str
    message: str
    """Chinese, without the probability, which is said after it."""
    county: str | None = None
    source: str | None = None
    place: str | None = None
    family: str | None = None

    def row(self, rate: float) -> dict[str, object]:
        """ALARM"""
        return {
            "alarm_id": "A" + hashlib.sha256(f"{self.kind}\n{self.subject}".encode()).hexdigest()[:12].upper(),
            "kind": self.kind,
            "county": self.county,
            "source": self.source,
            "place": self.place,
            "family": self.family,
            "since": self.since,
            "observed": round(self.observed, 6),
            "expected": round(self.expected, 6),
            "p_value": _rounded(self.p),
            "threshold": rate,
            "title": self.title,
            "message": f"{self.message}若一切正常，这样或更甚的概率{odds(self.p)}。",
        }


def call(tested: Sequence[Alarm], rate: float, tests: int | None = None) -> list[Alarm]:
    """Those that are called, so that with nothing wrong a night calls any with probability `rate` at most (Holm)."""
    called = holm(np.array([one.p for one in tested], dtype=float), rate, tests)
    return [one for one, is_called in zip(tested, called, strict=True) if is_called]


def odds(p: float) -> str:
    """A small probability in words, three digits at most."""
    if p < 1e-9:
        return "不到十亿分之一"
    of = 1 / p
    digits = max(0, len(str(int(of))) - 2)
    return f"约为 {round(of, -digits):,.0f} 分之一" if p < 0.5 else f"约为 {p:.0%}"


def amount(number: float) -> str:
    """An expected count as people say it."""
    return f"{number:.1f}" if number < 10 else f"{number:,.0f}"


def _rounded(p: float) -> float:
    """Six significant digits: the last bits of a float depend on the machine."""
    return float(f"{p:.6g}")
