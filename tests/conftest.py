"""Shared by all tests: no network, and one invented county whose night is run once per test process."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from pytest_socket import disable_socket, enable_socket

from flows.running import PlainSteps, StageFigure
from flows.summary import Summary
from settings import Home, read_settings
from sources.county import Plan, invent

pytest_plugins = ["tests.servers"]


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing under test may open a socket; tests marked `loopback` may talk to servers that they start."""
    if request.node.get_closest_marker("loopback"):
        enable_socket()
    else:
        disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@dataclass(frozen=True)
class County:
    """An invented county after its night."""

    home: Home
    summary: Summary
    as_of: date


def run_night(home: Path, as_of: date | None = None) -> Summary:
    """One plain night in this process."""
    from flows.nightly import night

    return night(read_settings(home, as_of), PlainSteps(_silent))


def _silent(figure: StageFigure) -> None:
    del figure


@pytest.fixture(scope="session")
def county(tmp_path_factory: pytest.TempPathFactory) -> County:
    """3,000 invented residents; tests must not change its home."""
    home = Home(tmp_path_factory.mktemp("county") / "home")
    plan = Plan(residents=3_000, seed=7)
    invent(home, plan)
    return County(home, run_night(home.root), plan.as_of)
