"""Everything a night leaves behind, made beside the old and renamed into place; the audit line comes last."""

import hashlib
import platform
import time
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from casework.clocks import missing_years
from casework.problem_kinds import KINDS
from casework.workdays import told_of
from engine import whole_folder
from expectations.gate import Gate
from flows import joints
from flows.answered import tell_refused
from flows.ledger import unusable_marks
from flows.past import FILE, Called, Declared, Feed, write_declared
from flows.running import Done, StageFigure, peak_rss_mb
from flows.screening import legal_told
from flows.stages import Night, previous_run, states
from flows.summary import Summary
from outputs.case_list import write_case_lists
from outputs.cut_list import write_cut_list
from outputs.exit_list import write_exit_lists
from outputs.explain import latest_run
from outputs.files import ListFile
from outputs.findings_page import write_findings
from outputs.lists import write_lists
from outputs.package import close_packages, vouched
from outputs.page import write_report
from outputs.problem_list import write_problem_lists
from outputs.property_list import write_property_lists
from outputs.publicity import notices_told, write_notices
from outputs.publish import (
    NIGHT,
    Manifest,
    Stage,
    append_audit,
    file_hashes,
    package_versions,
    publish,
    verify_audit,
    write_manifest,
    write_tables,
)
from outputs.refused import write_refused
from outputs.report import About, gather
from outputs.returns import write_returns
from outputs.review_list import write_review_lists
from outputs.review_roster import write_conflicts, write_roster_issues
from outputs.sender_page import Words, write_senders
from outputs.sheets import Heading
from settings import TIME_ZONE, Home
from sources.contract import Contract
from sources.ingest import Intake
from sources.lateness import overdue
from sources.silence import silent

PACKAGES: Final = ("chinesecalendar", "duckdb", "great-expectations", "pandas", "prefect", "pyarrow", "rapidfuzz", "fangpin")
_OLDER: Final = "已有更晚一夜的结果，published/ 保持不变；本夜的名单与各表见下列位置"


def publish_night(night: Night, intake: Intake, gated: Gate, figures: Sequence[StageFigure]) -> Done[Summary]:
    """Write lists, tables, report and manifest; on any failure the last whole night stays as it was."""
    started = time.perf_counter()
    home, as_of = night.settings.home, night.settings.as_of
    newest, problems = _is_newest(home, as_of), _problems(night, intake, gated)
    night.db.register("batch", intake.batches)
    with whole_folder(home.lists / as_of.isoformat()) as lists, whole_folder(home.run(as_of)) as run:
        files = _write_lists(night, intake, lists)
        write_tables(night.db, run, NIGHT)
        write_declared(_declared(night, gated), run / FILE)
        drafts = _write_pages(night, gated, problems, files)
        spent = StageFigure("publish", round(time.perf_counter() - started, 3), len(files))
        write_manifest(run / "manifest.json", _manifest(night, gated, [*figures, spent], run, lists))
        if newest:
            publish(night.db, home.published, as_of)  # the last that can fail; after it come only renames
    if newest:
        for draft in drafts:
            draft.replace(home.published / draft.name)
    append_audit(home.audit_file, _audit(night, files))
    told = (*problems, *_tampering(home), *(() if newest else (_OLDER,)))
    return Done(_summary(night, intake, gated, told, files), len(files))


def _is_newest(home: Home, as_of: date) -> bool:
    """A night run again for an earlier day keeps its own run and lists, and leaves what is published alone."""
    latest = latest_run(home.runs)
    return latest is None or latest.name <= as_of.isoformat()


def _write_lists(night: Night, intake: Intake, folder: Path) -> tuple[ListFile, ...]:
    office, as_of = night.settings.office, night.settings.as_of
    heading, audiences = Heading(as_of, office.name, office.notice), night.catalogue.audiences
    lists = (*write_lists(night.db, folder, heading, audiences), *write_cut_list(night.db, folder, heading, audiences))
    weights = office.review.show_weights
    review = write_review_lists(night.db, folder, heading, _titles(night), intake.batches, with_weights=weights)
    conflicts = write_conflicts(night.db, folder, intake.batches)
    tell_refused(night.db, night.settings.home, night.catalogue, night.settings.as_of)
    returns = (*write_refused(night.db, folder), *write_returns(night.db, folder, _titles(night)))
    problems = write_problem_lists(night.db, folder, heading, {name: kind.title for name, kind in KINDS.items()})
    rule = night.catalogue.exit_rules.on(as_of)
    followed = (
        *write_case_lists(night.db, folder, heading),
        *write_property_lists(night.db, folder, heading),
        *write_notices(night.db, folder, heading, mask_names=office.mask_public_names),
        *write_exit_lists(night.db, folder, heading, rule.document if rule else ""),
        *problems,
    )
    files = (*lists, *review, *followed, *conflicts, *write_roster_issues(night.db, folder, office.area), *returns)
    return (*files, *close_packages(night.db, folder, files, as_of))


def _write_pages(night: Night, gated: Gate, problems: tuple[str, ...], files: tuple[ListFile, ...]) -> tuple[Path, ...]:
    """Written aside: they go to `published/` only when everything else of the night has been written."""
    settings, work = night.settings, night.settings.home.work
    about = About(
        as_of=settings.as_of,
        office=settings.office.name,
        notice=settings.office.notice,
        titles=_titles(night),
        stale=gated.stale,
        missing=gated.missing,
        problems=problems,
        lists=files,
        lists_at=f"../lists/{settings.as_of.isoformat()}",
    )
    report, findings, senders = work / "report.html", work / "findings.html", work / "senders.html"
    write_report(report, gather(night.db, about))
    write_findings(night.db, findings, about)
    write_senders(night.db, senders, about, _words(night))
    return report, findings, senders


def _words(night: Night) -> Words:
    contracts = night.catalogue.contracts.items()
    columns = {source: {name: fact.title for name, fact in contract.facts.items()} for source, contract in contracts}
    return Words(columns, {one.id: one.title for one in night.catalogue.expectations.values()})


def _titles(night: Night) -> dict[str, str]:
    return {source: contract.title for source, contract in night.catalogue.contracts.items()}


def _declared(night: Night, gated: Gate) -> Declared:
    catalogue, previous = night.catalogue, previous_run(night.settings)
    return Declared(
        as_of=night.settings.as_of,
        previous=date.fromisoformat(previous.name) if previous else None,
        office=night.settings.office,
        rules=catalogue.rules,
        references=catalogue.references,
        weights=catalogue.weights,
        proposals=catalogue.proposals,
        states=states(night, gated),
        facts=catalogue.facts,
        feeds={source: _feed(contract) for source, contract in catalogue.contracts.items()},
        audiences=catalogue.audiences,
        large_scale=catalogue.large_scale,
        exit_rules=catalogue.exit_rules,
    )


def _feed(contract: Contract) -> Feed:
    columns = {name: Called(title=fact.stored_title, unit=fact.stored_unit) for name, fact in contract.facts.items()}
    is_sensitive = contract.personal_data == "sensitive"
    return Feed(title=contract.title, is_sensitive=is_sensitive, channel=contract.channel, columns=columns)


def _manifest(night: Night, gated: Gate, figures: Sequence[StageFigure], run: Path, lists: Path) -> Manifest:
    catalogue = night.catalogue
    return Manifest(
        as_of=night.settings.as_of,
        python=platform.python_version(),
        packages=package_versions(PACKAGES),
        contracts={name: contract.hash for name, contract in catalogue.contracts.items()},
        expectations={name: one.hash for name, one in catalogue.expectations.items() if one.is_on},
        released=tuple(sorted(catalogue.released)),
        rules={name: rule.version(catalogue.references) for name, rule in catalogue.rules.items()},
        references={name: _hash(reference.model_dump_json()) for name, reference in catalogue.references.items()},
        weights=catalogue.weights.hash,
        audiences=_hash(catalogue.audiences.model_dump_json()),
        large_scale=_hash(catalogue.large_scale.model_dump_json()),
        exit_rules=_hash(catalogue.exit_rules.model_dump_json()),
        match_parameters=catalogue.parameters.hash,
        area_changes=_hash(repr(catalogue.area_changes)),
        counts={file: joints.count(night.db, table) for table, (file, _) in NIGHT.items()},
        stages=tuple(Stage(name=figure.name, seconds=figure.seconds, rows=figure.rows) for figure in figures),
        peak_rss_mb=peak_rss_mb(),
        stale=gated.stale,
        held=gated.held,
        files=file_hashes(run, run) | {f"lists/{name}": digest for name, digest in file_hashes(lists, lists).items()},
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _audit(night: Night, files: Sequence[ListFile]) -> dict[str, object]:
    """What was published, by hash, and when."""
    return {
        "event": "night",
        "at": datetime.now(ZoneInfo(TIME_ZONE)).isoformat(timespec="seconds"),
        "as_of": night.settings.as_of.isoformat(),
        "warnings": joints.count(night.db, "warning"),
        "lists": vouched(files),
    }


def _summary(night: Night, intake: Intake, gated: Gate, problems: Sequence[str], files: Sequence[ListFile]) -> Summary:
    home, as_of = night.settings.home, night.settings.as_of
    tiers = night.db.execute("SELECT tier, count(*) FROM warning GROUP BY tier ORDER BY max(score) DESC").fetchall()
    return Summary(
        as_of=as_of,
        run=home.run(as_of),
        lists_folder=home.lists / as_of.isoformat(),
        report=home.published / "report.html",
        accounting=night.db.sql("SELECT * FROM accounting ORDER BY source, received_on, file").to_arrow_table().to_pylist(),
        warnings=joints.count(night.db, "warning"),
        listed=joints.count(night.db, "referral WHERE is_listed"),
        review=joints.count(night.db, "link WHERE decision = 'review'"),
        review_waiting=joints.count(night.db, "review_queue WHERE position IS NOT NULL"),
        review_listed=joints.count(night.db, "review_queue WHERE is_listed"),
        tiers=dict(tiers),
        lists=files,
        titles=_titles(night),
        files={"new": intake.new, "known": intake.known, "repeated": len(intake.repeated)},
        held=gated.open,
        stale=gated.stale,
        missing=gated.missing,
        off=[rule.title for rule in night.catalogue.rules.values() if rule.off],
        problems=problems,
    )


def _problems(night: Night, intake: Intake, gated: Gate) -> tuple[str, ...]:
    """What the inbox held and could not be used, and who is late; sources that never came are told as missing."""
    late = overdue(night.catalogue.contracts, intake.batches, night.settings.as_of)
    quiet = silent(night.db.table("source_status").to_arrow_table())
    told = [*intake.problems, *(problem for problem in late if problem.file not in gated.missing), *quiet]
    said = (f"{problem.file}：{problem.message}" for problem in told)
    legal = (*legal_told(night), *notices_told(night.db, night.settings.as_of))
    return (*said, *_of_matching(night), *_of_holidays(night), *legal, *unusable_marks(night.db))


def _of_matching(night: Night) -> tuple[str, ...]:
    """What was not compared, and what people's verdicts leave open."""
    source = night.catalogue.verdicts
    counts = {
        "比对：有 {:,} 人次同条件的居民过多，未逐一比对，其他条件也定不下来的已转人工": "SELECT sum(crowded) FROM block",
        source + "：{:,} 条结论被更新的结论推翻，见“待人工比对/比对结论冲突.csv”": "SELECT count(*) FROM review_conflict",
        source + "：{:,} 行填了结论却没有可用的人编号，未采用；请补填后重新报送": f"""
            SELECT count(*) FROM accepted_{source} ANTI JOIN review_verdict USING (row_id) WHERE conclusion IS NOT NULL""",
        source + "：{:,} 条结论所指的人不在现在的花名册中": """
            SELECT count(*) FROM review_verdict ANTI JOIN resident USING (resident_id) WHERE verdict = 'same'""",
    }
    found = {told: (night.db.execute(query).fetchone() or (0,))[0] or 0 for told, query in counts.items()}
    return tuple(told.format(number) for told, number in found.items() if number)


def _of_holidays(night: Night) -> tuple[str, ...]:
    """Years whose working days a running clock counts and nobody knows."""
    office = night.settings.office
    return told_of(missing_years(night.db, office.clocks, office.holidays, night.settings.as_of))


def _tampering(home: Home) -> list[str]:
    """The audit log is read through every night: a changed line is said aloud, and does not stop the visits."""
    broken = verify_audit(home.audit_file)
    return [] if broken is None else [f"{home.audit_file}：第 {broken} 行与上一行不相扣，日志可能被改动，请保全现场并核查"]
