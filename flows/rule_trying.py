"""One rule file, tried before it is used: its checks against everything that is declared, then its examples."""

from pathlib import Path

from catalogue import load_named
from flows.declared import Catalogue
from rules.examples import Trial, try_examples
from rules.model import Rule


def try_rule(file: Path, catalogue: Catalogue) -> tuple[Trial, ...]:
    """What the rule of a file, wherever it lies, says of its examples.  Raises CatalogueError if it cannot be used."""
    rule = load_named(file, Rule)
    catalogue.check_rules([file.parent], only=rule)
    return try_examples({rule.id: rule}, catalogue.references, catalogue.facts)
