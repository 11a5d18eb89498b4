"""The schedule: every night in Beijing time, one at a time, through a Prefect server."""

from pathlib import Path

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.schedules import Cron

from errors import UserError
from flows.running import alone, prepare
from flows.scheduled import nightly
from settings import TIME_ZONE, Home


def serve_nightly(home: Path, cron: str) -> None:
    """Serve the flow until interrupted.

    A start while a night runs is cancelled by Prefect, and one from elsewhere is refused by the home's own lock.

    Raises UserError for a cron expression that is none, NightRunning if the home is served already.
    """
    try:
        schedule = Cron(cron, timezone=TIME_ZONE)
    except ValueError:
        raise UserError(
            file="--cron", expected='五段 cron 表达式，如 "0 2 * * *"', found="不是这样的表达式", do="改正后重试"
        ) from None
    limit = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
    root = Home(home)
    prepare(root)
    with alone(root, "定时服务"):
        nightly.serve(
            name="fangpin-nightly",
            schedule=schedule,
            parameters={"home": str(home)},
            global_limit=limit,
            description="每晚比对各部门数据，排出需要入户核实的农户名单",
            tags=["fangpin"],
        )
