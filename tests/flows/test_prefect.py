"""The same night as a Prefect flow: tasks, artifacts, failures without anybody's value, and the schedule."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import ConcurrencyLimitStrategy
from prefect.logging.handlers import APILogHandler
from prefect.states import Failed
from prefect.testing.utilities import prefect_test_harness
from pytest_socket import enable_socket

from errors import Fault, HomeError, InboxError, NightRunning, RosterError, UserError
from flows import serving
from flows.prefect_steps import POLICIES, Policy, _may_recover
from flows.running import STAGE_TITLES, alone, discreet, prepare
from flows.scheduled import nightly, purges, quarterly
from settings import Home, read_settings
from tests.conftest import County
from tests.flows.persons import persons

pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module")
def prefect() -> Iterator[None]:
    """A Prefect of our own for this module, thrown away afterwards."""
    enable_socket()
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.mark.usefixtures("prefect")
def test_the_flow_runs_the_night_as_tasks_with_artifacts(county: County, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(county.home.root, home)
    state = nightly(home=str(home), as_of=None, return_state=True)
    assert state.is_completed()
    assert state.result()["warnings"] == county.summary.warnings
    with get_client(sync_client=True) as client:
        runs = client.read_task_runs()
        flows = client.read_flow_runs()
        artifacts = client.read_artifacts()
    assert {run.name.split()[0] for run in runs} == set(STAGE_TITLES) == set(POLICIES)
    assert {run.name for run in flows} == {f"night-{county.as_of}"}
    assert {artifact.key for artifact in artifacts} >= {"accounting", "report"}
    assert {artifact.type for artifact in artifacts} >= {"table", "markdown", "progress"}


@pytest.mark.usefixtures("prefect")
def test_the_quarter_is_a_flow_with_its_report_as_artifact(county: County, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(county.home.root, home)
    state = quarterly(home=str(home), until=county.as_of, return_state=True)
    assert state.is_completed()
    report = Path(state.result()["report"])
    assert report.parent == home / "published"
    assert "防返贫监测季度研判报告" in report.read_text(encoding="utf-8")
    with get_client(sync_client=True) as client:
        links = [artifact for artifact in client.read_artifacts() if artifact.key == "quarter"]
    assert [report.stem in str(artifact.data) for artifact in links] == [True]


@pytest.mark.parametrize(("day", "is_wanted", "is_due"), [(1, True, True), (2, True, False), (1, False, False)])
def test_only_the_first_night_of_a_month_purges_and_only_if_the_office_wants_it(
    tmp_path: Path, day: int, is_wanted: bool, is_due: bool
) -> None:
    text = f"retention: {{purge_monthly: {str(is_wanted).lower()}}}\nas_of: 2026-11-{day:02}\n"
    (tmp_path / "office.yaml").write_text(text, encoding="utf-8")
    assert purges(replace(read_settings(tmp_path), is_today=True)) is is_due
    assert not purges(replace(read_settings(tmp_path), is_today=False))


@pytest.mark.usefixtures("prefect")
def test_the_record_of_a_run_holds_nobodys_value(county: County, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(county.home.root, home)
    state = nightly(home=str(home), as_of=None, return_state=True)
    APILogHandler().flush()
    with get_client(sync_client=True) as client:
        records = [*client.read_flow_runs(), *client.read_task_runs(), *client.read_artifacts(), *client.read_logs()]
    told = [record.model_dump_json() for record in records] + [state.model_dump_json()]
    assert sum("rows" in text for text in told) >= len(STAGE_TITLES)
    assert persons(county.home).seen_in("\n".join(told)) == frozenset()


@pytest.mark.usefixtures("prefect")
def test_a_night_that_fails_says_what_to_do_in_the_run_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(POLICIES, "ingest", Policy(retries=0, timeout_minutes=1))
    state = nightly(home=str(tmp_path / "nothing"), return_state=True)
    assert state.is_failed()
    with pytest.raises(InboxError, match="inbox"):
        state.result()


def test_only_what_may_recover_is_tried_again() -> None:
    def failed(problem: Exception) -> bool:
        return _may_recover(None, None, Failed(data=problem))

    away = InboxError(file="inbox", expected="文件", found="没有", do="稍候")
    wrong = RosterError(file="inbox", expected="花名册", found="没有", do="重报")
    assert failed(away)
    assert not failed(wrong)
    assert not failed(Fault("KeyError（rank.py:1）"))
    for refusal in (OSError(28, "No space left on device"), duckdb.IOException("Could not write file")):
        with pytest.raises(HomeError) as caught, discreet():
            raise refusal
        assert failed(caught.value)


def test_an_unexpected_error_loses_its_text_but_not_its_place() -> None:
    with pytest.raises(Fault, match=r"ValueError（test_prefect.py:\d+）") as caught, discreet():
        raise ValueError("张三丰")
    assert "张三丰" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_serving_is_nightly_in_beijing_time_and_one_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Any] = []
    how: dict[str, Any] = {}

    def serve(*deployments: Any, **more: Any) -> None:
        served.extend(deployments)
        how.update(more)

    monkeypatch.setattr(serving, "serve", serve)
    serving.serve_nightly(tmp_path / "home", "0 2 * * *")
    assert [one.name for one in served] == ["fangpin-nightly", "fangpin-quarterly"]
    assert [one.schedules[0].schedule.cron for one in served] == ["0 2 * * *", "0 6 1 1,4,7,10 *"]
    for one in served:
        assert one.schedules[0].schedule.timezone == "Asia/Shanghai"
        assert one.concurrency_limit == 1
        assert one.concurrency_options.collision_strategy == ConcurrencyLimitStrategy.CANCEL_NEW
        assert one.parameters == {"home": str(tmp_path / "home")}
    assert "limit" not in how  # a second start is refused by the deployment, not queued by the runner


def test_a_bad_schedule_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cron"):
        serving.serve_nightly(tmp_path / "home", "every night")


def test_a_home_is_served_once(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    prepare(home)
    with alone(home, "定时服务"), pytest.raises(NightRunning):
        serving.serve_nightly(home.root, "0 2 * * *")


def test_the_work_pool_deployment_agrees_with_serve() -> None:
    written = yaml.safe_load((Path(__file__).parents[2] / "prefect.yaml").read_text(encoding="utf-8"))
    expected = {"nightly": "0 2 * * *", "quarterly": serving.QUARTERLY}
    assert [deployment["name"] for deployment in written["deployments"]] == list(expected)
    for deployment in written["deployments"]:
        cron = expected[deployment["name"]]
        assert deployment["entrypoint"] == f"flows/scheduled.py:{deployment['name']}"
        assert deployment["schedules"] == [{"cron": cron, "timezone": "Asia/Shanghai", "active": True}]
        assert deployment["concurrency_limit"] == {"limit": 1, "collision_strategy": "CANCEL_NEW"}


def test_no_flow_module_hides_a_root_module() -> None:
    """Prefect loads a flow with its folder first on the path, where a same-named module would hide ours."""
    root = Path(__file__).parents[2]
    assert not {path.name for path in (root / "flows").glob("*.py")} & {path.name for path in root.glob("*.py")}
