"""The night: from the files in the inbox to the lists on the table.

`night` is the order of the stages, written once.  `fangpin night` runs it plainly; `scheduled.nightly` is the same night as a
Prefect flow of thin tasks.  What a stage does is in its room; which tables pass between stages is in `tables.py`.
"""

from dataclasses import replace
from functools import partial

from engine import connect
from expectations.gate import Gate
from flows import following, screening, stages
from flows.declared import read_catalogue
from flows.publishing import publish_night
from flows.running import Step, alone, peak_rss_mb, prepare
from flows.summary import Summary
from settings import Settings
from sources.ingest import Intake


def night(settings: Settings, step: Step) -> Summary:
    """One whole night.  A UserError asks a person to act, a Fault is a defect of ours; on either nothing is published."""
    prepare(settings.home)
    office = settings.office
    with alone(settings.home), connect(settings.home.work, office.threads, office.memory_limit) as db:
        tonight = stages.Night(settings, read_catalogue(settings.home), db)
        fetched = step("fetch", partial(stages.ask, tonight))
        intake = step("ingest", partial(stages.take_in, tonight, fetched.problems))
        gated = step("gate", partial(stages.inspect, tonight, intake.batches))
        summary = finish(tonight, intake, gated, step)
    return replace(summary, stages=tuple(step.figures), peak_rss_mb=peak_rss_mb())


def finish(tonight: stages.Night, intake: Intake, gated: Gate, step: Step) -> Summary:
    """The stages that follow the gate."""
    step("settle", partial(stages.stand, tonight, intake.batches, gated.held))
    step("link", partial(stages.match, tonight))
    step("recall", partial(following.recall, tonight))
    step("evaluate", partial(stages.judge, tonight, gated))
    step("rank", partial(stages.order, tonight))
    step("follow", partial(following.follow, tonight))
    step("screen", partial(screening.screen, tonight, intake.batches, gated.held))
    step("account", partial(stages.reckon, tonight, intake.batches, gated.held))
    return step("publish", partial(publish_night, tonight, intake, gated, step.figures))
