"""The stages of a night as Prefect tasks, and what the Prefect page shows of it: counts and paths, no person's value."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, cast
from uuid import UUID

from prefect import task
from prefect.artifacts import create_link_artifact, create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.logging import get_run_logger

from errors import HomeError, InboxError
from flows.running import STAGE_TITLES, Done, PlainSteps, StageFigure, discreet
from flows.summary import Summary

T = TypeVar("T")


def _may_recover(_task: object, _run: object, state: State[object]) -> bool:
    """A share that is away or a full disk may come back; a wrong file or a defect of ours will not."""
    return isinstance(state.result(raise_on_failure=False), InboxError | HomeError)


@dataclass(frozen=True)
class Policy:
    """How often a stage is tried again, and how long it may take."""

    retries: int
    timeout_minutes: int


POLICIES: Final = {
    "fetch": Policy(retries=0, timeout_minutes=300),  # each database has its own tries and its own time
    "ingest": Policy(retries=3, timeout_minutes=120),  # a share may be away for a moment; ingest is idempotent
    "gate": Policy(retries=0, timeout_minutes=60),
    "settle": Policy(retries=0, timeout_minutes=60),
    "link": Policy(retries=0, timeout_minutes=60),
    "recall": Policy(retries=0, timeout_minutes=60),
    "evaluate": Policy(retries=0, timeout_minutes=60),
    "rank": Policy(retries=0, timeout_minutes=30),
    "follow": Policy(retries=0, timeout_minutes=60),
    "screen": Policy(retries=0, timeout_minutes=60),
    "account": Policy(retries=0, timeout_minutes=30),
    "publish": Policy(retries=2, timeout_minutes=30),  # a full or locked disk may recover; publishing is by rename
}
"""Stages that only compute are not tried again: the same input gives the same failure."""


class TaskSteps(PlainSteps):
    """Runs each stage as a Prefect task with its policy, and moves the run's progress bar."""

    def __init__(self) -> None:
        super().__init__(self._log)
        self._progress = cast(UUID, create_progress_artifact(progress=0.0, description="夜间任务进度"))

    def __call__(self, name: str, work: Callable[[], Done[T]]) -> T:
        policy = POLICIES[name]

        @task(
            name=f"{name} {STAGE_TITLES[name]}",
            retries=policy.retries,
            retry_delay_seconds=[10.0, 60.0, 300.0][: policy.retries],
            retry_condition_fn=_may_recover,
            timeout_seconds=policy.timeout_minutes * 60,
            cache_policy=NO_CACHE,
            persist_result=False,
        )
        def stage() -> Done[T]:
            with discreet():
                return work()

        return super().__call__(name, stage)

    def _log(self, figure: StageFigure) -> None:
        get_run_logger().info("%s %s: %d rows, %.1f s", figure.name, figure.title, figure.rows, figure.seconds)
        update_progress_artifact(self._progress, progress=100.0 * len(self.figures) / len(POLICIES))


def publish_quarter(report: Path) -> None:
    """The quarter's report as a link on the run's page."""
    create_link_artifact(key="quarter", link=report.as_uri(), link_text=report.stem)


def publish_artifacts(summary: Summary) -> None:
    """The accounting as a table, the report as a link, on the run's page."""
    create_table_artifact(
        key="accounting", table=summary.by_source(), description=f"{summary.as_of} 本夜数据去向（每行只归一处）"
    )
    create_link_artifact(key="report", link=summary.report.as_uri(), link_text=f"{summary.as_of} 夜间报告")
