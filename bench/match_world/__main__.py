"""`python -m bench.match_world FOLDER`: invent a world."""

import argparse
from pathlib import Path

from bench.match_world import SCENARIOS, Plan, write


def main() -> None:
    """Read the plan from the command line and write the world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    add_plan(parser)
    asked = parser.parse_args()
    write(asked.folder, read_plan(asked))


def add_plan(parser: argparse.ArgumentParser) -> None:
    """One option per field of `Plan`."""
    default = Plan()
    parser.add_argument("--residents", type=int, default=default.residents)
    parser.add_argument("--rows", type=int, default=default.rows)
    parser.add_argument("--seed", type=int, default=default.seed)
    parser.add_argument("--dirt", type=float, default=default.dirt, help="times the usual error rates")
    parser.add_argument(
        "--strangers", type=float, default=default.strangers, help="share of rows of people who are not on the roster"
    )
    parser.add_argument("--scenario", choices=list(SCENARIOS), default=default.scenario, help="which columns the extract has")


def read_plan(asked: argparse.Namespace) -> Plan:
    """The plan that was asked for."""
    return Plan(asked.residents, asked.rows, asked.seed, asked.dirt, asked.strangers, asked.scenario)


if __name__ == "__main__":
    main()
