"""How a night runs: alone in its home, stage by stage, with the seconds and rows of each stage kept."""

import errno
import os
import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

import duckdb
from filelock import FileLock, Timeout

from errors import Fault, HomeError, NightRunning, UserError
from settings import Home

T = TypeVar("T")

STAGE_TITLES: Final = {
    "fetch": "取数",
    "ingest": "接收",
    "gate": "检验",
    "settle": "归位",
    "link": "比对",
    "recall": "回收",
    "evaluate": "研判",
    "rank": "排序",
    "follow": "跟踪",
    "screen": "授权比对",
    "account": "核账",
    "publish": "发布",
}
"""The stages of a night, in order."""

REFUSALS: Final = {
    errno.EACCES: "没有写入权限",
    errno.EPERM: "没有写入权限",
    errno.EROFS: "该处只可读",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用完",
    errno.ENOTDIR: "上级不是文件夹",
    errno.EEXIST: "同名的文件占了位置",
}
"""Why the system would not let us write, as an operator can mend it."""


@dataclass(frozen=True)
class Done(Generic[T]):
    """What a stage made, and how many rows it handled."""

    value: T
    rows: int


@dataclass(frozen=True)
class StageFigure:
    """One stage's wall-clock seconds and rows."""

    name: str
    seconds: float
    rows: int

    @property
    def title(self) -> str:
        """What the stage is called in Chinese."""
        return STAGE_TITLES[self.name]


class Step(Protocol):
    """Runs one stage; plain or as a Prefect task, the order of the night is the same."""

    figures: list[StageFigure]

    def __call__(self, name: str, work: Callable[[], Done[T]]) -> T: ...


class PlainSteps:
    """Runs stages one after the other and keeps their figures; `report` hears of each as it ends."""

    def __init__(self, report: Callable[[StageFigure], None]) -> None:
        self.figures: list[StageFigure] = []
        self._report = report

    def __call__(self, name: str, work: Callable[[], Done[T]]) -> T:
        start = time.perf_counter()
        done = work()
        figure = StageFigure(name, round(time.perf_counter() - start, 3), done.rows)
        self.figures.append(figure)
        self._report(figure)
        return done.value


@contextmanager
def discreet() -> Iterator[None]:
    """Turn unexpected errors into a Fault that names only their class and place: their own text may hold a person's value.

    What the system refuses (disk, permission) becomes a HomeError.  FANGPIN_DEBUG=1 lets all through as they are.
    """
    try:
        yield
    except (UserError, Fault):
        raise
    except Exception as problem:
        if os.environ.get("FANGPIN_DEBUG") == "1":
            raise
        raise _told(problem) from None


def _told(problem: Exception) -> UserError | Fault:
    refused = REFUSALS.get(problem.errno or 0) if isinstance(problem, OSError) else None
    if isinstance(problem, duckdb.IOException):
        refused = "磁盘读写失败"
    if refused is None:
        return Fault(_origin(problem))
    return HomeError(
        file="数据文件夹", place=_origin(problem), expected="可读写", found=refused, do="检查磁盘空间与权限，然后重新运行"
    )


def _origin(problem: BaseException) -> str:
    frame = problem.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f"{Path(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else "?"
    return f"{type(problem).__name__}（{where}）"


def peak_rss_mb() -> int:
    """Peak resident memory of this process so far, in MiB (Linux counts in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def prepare(home: Home) -> None:
    """Create the home's own folders, readable by their owner alone.  Raises HomeError if that is refused."""
    try:
        home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (home.archive, home.store, home.runs, home.lists, home.published, home.work):
            folder.mkdir(exist_ok=True, mode=0o700)
        probe = home.work / f".probe.{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as problem:
        raise HomeError(
            file=home.root,
            expected="可读写的数据文件夹",
            found=REFUSALS.get(problem.errno or 0, "系统拒绝写入"),
            do="检查该文件夹及上级的权限与磁盘空间，或用 --home 另指一处",
        ) from None


@contextmanager
def alone(home: Home, work: str = "夜间任务") -> Iterator[None]:
    """Hold the home for one kind of work.  Raises NightRunning if another process holds it."""
    lock = FileLock(home.work / f"{work}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise NightRunning(
            file=home.root,
            expected=f"同一时间只有一个{work}",
            found=f"另一个{work}正在运行",
            do="等它结束后再运行；若确无任务在运行，请检查是否有残留进程",
        ) from None
    try:
        yield
    finally:
        lock.release()


def quiet_packages() -> None:
    """No telemetry and no progress bars from the packages we use; a choice already made in the environment stands."""
    quiet = {
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "TQDM_DISABLE": "1",
    }
    for name, value in quiet.items():
        os.environ.setdefault(name, value)
