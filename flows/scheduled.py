"""The night as a Prefect flow of thin tasks; the order of its stages is `nightly.night`."""

from datetime import date
from pathlib import Path

from prefect import flow
from prefect.runtime import flow_run

from flows.nightly import night
from flows.prefect_steps import TaskSteps, publish_artifacts
from flows.running import discreet
from settings import read_settings


def _run_name() -> str:
    """A run is called after its night."""
    asked = flow_run.parameters
    return f"night-{read_settings(Path(asked['home']), asked.get('as_of')).as_of}"


@flow(name="nightly", flow_run_name=_run_name, timeout_seconds=6 * 3600)
def nightly(home: str = "data", as_of: date | None = None) -> dict[str, object]:
    """The scheduled night; its result holds counts and paths, no person's value."""
    with discreet():
        summary = night(read_settings(Path(home), as_of), TaskSteps())
        publish_artifacts(summary)
        return summary.json()
