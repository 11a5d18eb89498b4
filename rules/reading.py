"""Which columns of which source a rule looks at: what has to be shown of a row to see why it counted."""

from collections import defaultdict

from rules.expression import columns, parse_shape
from rules.model import Rule
from rules.names import ATTRIBUTES, ROSTER


def columns_read(rule: Rule) -> dict[str, frozenset[str]]:
    """Source -> the columns that its needs, its population and its condition name; the roster's among them."""
    read: dict[str, set[str]] = defaultdict(set)
    for need in rule.needs.values():
        if need.attribute:
            read[ROSTER].add(need.attribute)
        else:
            read[need.source] |= {
                name for text in (need.column, need.where, need.date) if text for name in columns(parse_shape(text))
            }
    for text in (rule.population, rule.condition):
        read[ROSTER] |= columns(parse_shape(text)) & ATTRIBUTES.keys() if text else set()
    if any(value.population for threshold in rule.thresholds.values() for value in threshold.values):
        read[ROSTER].add("household_type")
    return {source: frozenset(names) for source, names in read.items()}
