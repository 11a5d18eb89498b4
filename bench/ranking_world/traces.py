"""The traces that a shock leaves with departments: few of many, in part, and late."""

from collections.abc import Callable
from typing import Final

from bench.ranking_world.feeds import Feeds
from bench.ranking_world.plan import Plan
from bench.ranking_world.shocks import Need, Shock

Trace = Callable[[Feeds, Shock, float], None]
STAYS_APART: Final = 24


def leave_traces(feeds: Feeds, plan: Plan, shocks: list[Shock], needs: list[Need]) -> None:
    """Rows of every shock, and the signs of distress of households in need."""
    for shock in shocks:
        _OF_KIND[shock.kind](feeds, shock, plan.traces)
    homes = {shock.household.code: shock.household for shock in shocks}
    for need in needs:
        _distress(feeds, need, plan.traces, homes[need.household].number)


def bills(feeds: Feeds, shock: Shock, cost: float, *, is_grave: bool) -> None:
    """Hospital bills: the part of the cost that is settled through insurance, in one to four stays."""
    who, stays = feeds.some(shock.household), 1 + int(feeds.rng.poisson(0.9))
    for stay in range(stays):
        day = shock.day + 2 + stay * STAYS_APART + int(feeds.rng.integers(12))
        paid = cost * float(feeds.rng.uniform(0.35, 0.9)) / stays
        feeds.put(
            "medical", who, day, int(feeds.rng.integers(5, 25)), settled_on=day, visit_type="住院", self_paid=paid,
            total_cost=paid * 2.6, severe_disease="某重大疾病" if is_grave else None,
        )  # fmt: skip


def _illness(feeds: Feeds, shock: Shock, seen: float) -> None:
    is_grave = shock.cost > 18_000 and feeds.chance(0.45)
    if feeds.chance(0.78 * seen):  # the others are treated elsewhere, or pay first and claim next year
        bills(feeds, shock, shock.cost * float(feeds.rng.uniform(0.4, 1.0)), is_grave=is_grave)
    if is_grave and feeds.chance(0.5 * seen):
        feeds.put("serious_disease", feeds.some(shock.household), shock.day, 25, diagnosed_on=shock.day, outcome="治疗中")
    if feeds.chance(0.12 * seen):
        paid = shock.cost * 0.2
        feeds.put(
            "insurance_claims", feeds.some(shock.household), shock.day, 45, happened_on=shock.day, cause="因病", paid=paid
        )


def _accident(feeds: Feeds, shock: Shock, seen: float) -> None:
    who = feeds.some(shock.household)
    if feeds.chance(0.5 * seen):
        harm = "重伤" if shock.cost > 20_000 else "轻伤"
        feeds.put("traffic_accidents", who, shock.day, 10, happened_on=shock.day, harm=harm)
    if feeds.chance(0.6 * seen):
        bills(feeds, shock, shock.cost * 0.7, is_grave=False)
    if feeds.chance(0.25 * seen):
        feeds.put("insurance_claims", who, shock.day, 60, happened_on=shock.day, cause="因意外事故", paid=shock.cost * 0.3)


def _job(feeds: Feeds, shock: Shock, seen: float) -> None:
    who = feeds.some(shock.household)
    if feeds.chance(0.55 * seen):
        kind = "失业登记" if feeds.chance(0.55) else "返乡登记"
        feeds.put("employment", who, shock.day, 20, registered_on=shock.day + 10, kind=kind)
    if feeds.chance(0.06 * seen):
        feeds.put("petitions", who, shock.day, 15, registered_on=shock.day + 10, topic="欠薪")


def _project(feeds: Feeds, shock: Shock, seen: float) -> None:
    who = feeds.some(shock.household)
    if feeds.chance(0.45 * seen):
        cause = str(feeds.rng.choice(("病虫害", "动物疫病", "价格下跌", "滞销")))
        feeds.put("farm_losses", who, shock.day, 20, happened_on=shock.day, cause=cause, loss=shock.cost * 0.6)
    if shock.cost > 12_000 and feeds.chance(0.45 * seen):
        feeds.put("farm_projects", who, shock.day, 45, status_on=shock.day + 20, status="失败", lost=shock.cost)


def _death(feeds: Feeds, shock: Shock, seen: float) -> None:
    if feeds.chance(0.85 * seen):
        feeds.put("police_register", feeds.some(shock.household), shock.day, 25, changed_on=shock.day, kind="死亡")


def _disability(feeds: Feeds, shock: Shock, seen: float) -> None:
    if feeds.chance(0.85 * seen):
        grade = str(feeds.rng.choice(("一级", "二级", "三级"), p=(0.25, 0.4, 0.35)))
        day = shock.day + 60
        who = feeds.some(shock.household)
        feeds.put("disability", who, day, 5, first_issued_on=day, issued_on=day, grade=grade, status="有效")


def _dropout(feeds: Feeds, shock: Shock, seen: float) -> None:
    pupils = [member for member in shock.household.members if 7 <= member.age <= 15]
    if pupils and feeds.chance(0.6 * seen):
        who = (shock.household, pupils[0])
        feeds.put("education", who, shock.day, 30, status_on=shock.day, stage="初中", enrolment="疑似辍学")


def _home(feeds: Feeds, shock: Shock, seen: float) -> None:
    who = feeds.some(shock.household)
    if feeds.chance(0.5 * seen):
        rooms = 1 if shock.cost > 25_000 else 0
        feeds.put(
            "disasters", who, shock.day, 2, happened_on=shock.day, loss=shock.cost, collapsed_rooms=rooms, dead_or_missing=0
        )
    elif feeds.chance(0.6 * seen):
        is_lost = shock.cost > 30_000
        feeds.put("fires", who, shock.day, 5, burnt_on=shock.day, loss=shock.cost, is_home_lost=is_lost, hurt=0)


def _distress(feeds: Feeds, need: Need, seen: float, number: int) -> None:
    """What a household in need shows whatever the reason, some weeks on."""
    home = next(home for home, _ in feeds.everyone if home.number == number)
    who, day = feeds.some(home), need.since + int(feeds.rng.integers(15, 75))
    signs: tuple[tuple[float, str, dict[str, object]], ...] = (
        (0.14, "bank_overdue", {"overdue_from": day, "kind": "农户贷款", "overdue": 3_000}),
        (0.12, "civil_affairs", {"started_on": day, "scheme": "临时救助"}),
        (0.08, "power_use", {"is_cut_off": True, "owed": 120}),
        (0.06, "womens_federation", {"reported_on": day, "kind": "其他"}),
        (0.05, "hotline", {"called_on": day, "topic": "生活困难"}),
        (0.03, "petitions", {"registered_on": day, "topic": "生活困难"}),
    )
    for probability, source, facts in signs:
        if feeds.chance(probability * seen):
            feeds.put(source, who, day, int(feeds.rng.integers(5, 20)), **facts)


_OF_KIND: Final[dict[str, Trace]] = {
    "illness": _illness,
    "accident": _accident,
    "job": _job,
    "project": _project,
    "death": _death,
    "disability": _disability,
    "dropout": _dropout,
    "home": _home,
}
