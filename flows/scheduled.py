"""The night as a Prefect flow of thin tasks, in the order of `nightly.night`; and the report of a quarter as another."""

from datetime import date
from pathlib import Path

from prefect import flow
from prefect.runtime import flow_run

from flows.nightly import night
from flows.prefect_steps import TaskSteps, publish_artifacts, publish_quarter
from flows.purging import purge_home
from flows.quarterly import make_quarter
from flows.running import discreet
from settings import Settings, read_settings


def _run_name() -> str:
    """A run is called after its night."""
    asked = flow_run.parameters
    return f"night-{read_settings(Path(asked['home']), asked.get('as_of')).as_of}"


@flow(name="purge", timeout_seconds=3600)
def monthly_purge(home: str = "data") -> dict[str, object]:
    """What has outlived its term goes, where the office has switched that on; its result holds counts."""
    with discreet():
        return purge_home(read_settings(Path(home)), is_meant=True).json()


def purges(settings: Settings) -> bool:
    """Whether a night also purges: the office wants it, and it is today's night and a month's first."""
    return settings.office.retention.purge_monthly and settings.is_today and settings.as_of.day == 1


@flow(name="nightly", flow_run_name=_run_name, timeout_seconds=6 * 3600)
def nightly(home: str = "data", as_of: date | None = None) -> dict[str, object]:
    """The scheduled night; its result holds counts and paths, no person's value."""
    with discreet():
        settings = read_settings(Path(home), as_of)
        summary = night(settings, TaskSteps())
        if purges(settings):
            monthly_purge(home)
        publish_artifacts(summary)
        return summary.json()


@flow(name="quarterly", timeout_seconds=3600)
def quarterly(home: str = "data", until: date | None = None) -> dict[str, str]:
    """The report of the quarter that ended last, or of the one `until` lies in; its result holds a path."""
    with discreet():
        report = make_quarter(read_settings(Path(home)), until)
        publish_quarter(report)
        return {"report": str(report)}
