"""The schedule in Beijing time: every night, and the report of each quarter when it is over, one at a time."""

from pathlib import Path
from typing import Any, Final, cast

from prefect import Flow, serve
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron, Schedule

from errors import UserError
from flows.running import alone, prepare
from flows.scheduled import nightly, quarterly
from settings import TIME_ZONE, Home

QUARTERLY: Final = "0 6 1 1,4,7,10 *"
"""At six on the first day of each quarter, when that night is over."""


def serve_nightly(home: Path, cron: str) -> None:
    """Serve the night and the quarter's report until interrupted.

    A start while a night runs is cancelled by Prefect, and one from elsewhere is refused by the home's own lock.

    Raises UserError for a cron expression that is none, NightRunning if the home is served already.
    """
    try:
        schedule = Cron(cron, timezone=TIME_ZONE)
    except ValueError:
        raise UserError(
            file="--cron", expected='五段 cron 表达式，如 "0 2 * * *"', found="不是这样的表达式", do="改正后重试"
        ) from None
    root = Home(home)
    prepare(root)
    with alone(root, "定时服务"):
        serve(
            _deployment(nightly, schedule, root, "每晚比对各部门数据，排出需要入户核实的农户名单"),
            _deployment(quarterly, Cron(QUARTERLY, timezone=TIME_ZONE), root, "季度研判报告：刚结束的季度"),
        )


def _deployment(flow: Flow[..., Any], schedule: Schedule, home: Home, description: str) -> RunnerDeployment:
    made = flow.to_deployment(
        name=f"fangpin-{flow.name}",
        schedule=schedule,
        parameters={"home": str(home.root)},
        concurrency_limit=ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        description=description,
        tags=["fangpin"],
    )
    return cast(RunnerDeployment, made)
