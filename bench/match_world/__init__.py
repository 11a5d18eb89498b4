"""Invented worlds for measuring the matcher: a roster, an extract full of errors, and the truth about every row.

The people, the names, the error model and its lists are this package's own; it shares nothing with the invented county of
`fangpin demo`, nor with what the matcher knows.
"""

from bench.match_world.plan import SCENARIOS, Plan
from bench.match_world.write import write

__all__ = ["SCENARIOS", "Plan", "write"]
