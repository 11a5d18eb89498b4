"""From what a batch shows by itself to what the gate decides: held against its past, and against shares of failing rows.

Done anew every night from kept profiles, which takes no pass over any row: what was accepted before a batch may change, by a
file that turns up late or by a release, and a remembered verdict would not know.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from expectations import wording
from expectations.declared import Declared
from expectations.drift import LOOKS, PAST_NEEDED, Compared, Doubt, doubts
from expectations.profiling import Profile
from expectations.reading import Arrival
from expectations.released import Release
from expectations.verdict import Finding, Verdict
from sources.contract import Contract


def decide(
    contract: Contract,
    declared: Sequence[Declared],
    arrived: Sequence[Arrival],
    verdicts: Mapping[str, Verdict],
    released: Mapping[str, Release],
) -> dict[str, Verdict]:
    """batch_id -> verdict of one feed's batches, oldest first: each is compared with what was accepted on earlier days."""
    decided: dict[str, Verdict] = {}
    accepted: list[tuple[date, Profile]] = []
    for arrival in arrived:
        verdict = verdicts[arrival.batch_id]
        if verdict.profile is not None:
            past = [profile for day, profile in accepted if day < arrival.received_on]
            verdict = _doubted(contract, declared, arrival, verdict, past, released.get(arrival.batch_id))
            if verdict.held is None and verdict.profile is not None and verdict.profile.rows:
                accepted.append((arrival.received_on, verdict.profile))
        decided[arrival.batch_id] = verdict
    return decided


def _doubted(
    contract: Contract,
    declared: Sequence[Declared],
    arrival: Arrival,
    verdict: Verdict,
    past: Sequence[Profile],
    release: Release | None,
) -> Verdict:
    shares = {one.id: one.share for one in declared if one.share is not None}
    own = [_over_share(arrival, finding, shares.get(finding.expectation)) for finding in verdict.findings]
    found = [*own, *_against_past(contract, arrival, verdict.profile, past)]
    findings = tuple(_let_pass(finding, release) if finding.verdict == "hold" else finding for finding in found)
    reasons = [finding.message for finding in findings if finding.verdict == "hold"]
    return replace(verdict, held="\n".join(reasons) or None, findings=findings)


def _over_share(arrival: Arrival, finding: Finding, share: int | None) -> Finding:
    if share is None or finding.observed * 100 <= share * arrival.rows:
        return finding
    return replace(
        finding, verdict="hold", message=f"{finding.message.removesuffix(wording.STILL_USED)}，超过全部行的 {share}%"
    )


def _let_pass(finding: Finding, release: Release | None) -> Finding:
    if release is None:
        return replace(
            finding, message=f"{finding.message}；整批暂停，请核对：有误的改正后重报，确属实情的写入 released.yaml 放行"
        )
    return replace(finding, verdict="warn", message=f"{finding.message}；已于 {release.on} 由{release.by}放行")


def _against_past(contract: Contract, arrival: Arrival, now: Profile | None, past: Sequence[Profile]) -> list[Finding]:
    """A finding per comparison, or per column in which it found something."""
    found = {} if now is None else doubts(Compared(contract, now, past))
    if not found:
        message = f"{wording.where(contract, arrival)}：应与以往批次相近；此前采用的批次不足 {PAST_NEEDED} 份，未作比较"
        return [Finding("drift", "", len(past), "pass", message)]
    findings = []
    for name, (means, _) in LOOKS.items():
        asked = f"{wording.where(contract, arrival)}：{means}"
        findings += [_finding(asked, doubt, arrival) for doubt in found[name]] or [
            Finding(name, "", 0, "pass", f"{asked}；符合")
        ]
    return findings


def _finding(asked: str, doubt: Doubt, arrival: Arrival) -> Finding:
    batch = f"（批次 {arrival.batch_id}）" if doubt.is_gross else ""
    verdict = "hold" if doubt.is_gross else "warn"
    return Finding(doubt.expectation, doubt.column, doubt.observed, verdict, f"{asked}；{doubt.seen}{batch}")
