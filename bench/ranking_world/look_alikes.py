"""What looks like trouble and is none: bills of the well-off, seasonal returns, deaths of the old, everybody's small losses."""

from collections.abc import Callable
from typing import Final

from bench.ranking_world.feeds import Feeds
from bench.ranking_world.people import Household, Member
from bench.ranking_world.plan import LAST_DAY, LINE, Plan
from bench.ranking_world.shocks import Shock
from bench.ranking_world.traces import bills

Who = tuple[Household, Member]
Maker = Callable[[Feeds, Who, int], None]


def add_look_alikes(feeds: Feeds, plan: Plan, households: list[Household]) -> None:
    """Rows of harmless events, at so many per household and year; and of events that strike a whole village a little."""
    years = LAST_DAY / 365
    for rate, make in _EVENTS:
        for home in households:
            for _ in range(int(feeds.rng.poisson(rate * years * plan.look_alikes))):
                make(feeds, feeds.some(home), int(feeds.rng.integers(LAST_DAY)))
    for village in range(plan.households // 125):
        for _ in range(int(feeds.rng.poisson(0.5 * plan.look_alikes * years))):
            _strike_village(feeds, [home for home in households if home.village == village])


def _planned_stay(feeds: Feeds, who: Who, day: int) -> None:
    """A stay that was planned and saved for: the dearer the better off the household is."""
    home = who[0]
    cost = 9_000 * (home.income / LINE) ** 0.7 * float(feeds.rng.lognormal(0, 0.8))
    bills(feeds, Shock(home, "planned", day, cost), cost, is_grave=feeds.chance(0.04))


def _everyday_bill(feeds: Feeds, who: Who, day: int) -> None:
    paid = 60 * float(feeds.rng.lognormal(0, 1.1))
    feeds.put("medical", who, day, 12, settled_on=day, visit_type="门诊统筹", self_paid=paid, total_cost=paid * 2)


def _seasonal(feeds: Feeds, who: Who, day: int) -> None:
    kind = str(feeds.rng.choice(("返乡登记", "失业登记", "就业登记"), p=(0.4, 0.2, 0.4)))
    feeds.put("employment", who, day, 20, registered_on=day, kind=kind, form="外出务工")


def _old_death(feeds: Feeds, who: Who, day: int) -> None:
    old = [member for member in who[0].members if member.age >= 60]
    kind = "死亡" if old else "迁出"
    feeds.put("police_register", (who[0], old[0]) if old else who, day, 25, changed_on=day, kind=kind)


def _mild_certificate(feeds: Feeds, who: Who, day: int) -> None:
    grade = str(feeds.rng.choice(("二级", "三级", "四级"), p=(0.2, 0.4, 0.4)))
    feeds.put("disability", who, day, 5, first_issued_on=day, issued_on=day, grade=grade, status="有效")


def _false_dropout(feeds: Feeds, who: Who, day: int) -> None:
    pupils = [member for member in who[0].members if 7 <= member.age <= 15]
    if pupils:
        feeds.put("education", (who[0], pupils[0]), day, 30, status_on=day, stage="初中", enrolment="疑似辍学")


def _help_granted(feeds: Feeds, who: Who, day: int) -> None:
    scheme = str(feeds.rng.choice(("农村低保", "临时救助", "低保边缘")))
    feeds.put("civil_affairs", who, day, 20, started_on=day, scheme=scheme)


def _late_payer(feeds: Feeds, who: Who, day: int) -> None:
    feeds.put("bank_overdue", who, day, 15, overdue_from=day, kind="农户贷款", overdue=20_000)


def _empty_house(feeds: Feeds, who: Who, day: int) -> None:
    feeds.put("power_use", who, day, 10, is_cut_off=True, owed=40)


def _small_claim(feeds: Feeds, who: Who, day: int) -> None:
    cause = str(feeds.rng.choice(("因病", "因意外事故")))
    feeds.put("insurance_claims", who, day, 45, happened_on=day, cause=cause, paid=1_500)


def _scratch(feeds: Feeds, who: Who, day: int) -> None:
    feeds.put("traffic_accidents", who, day, 10, happened_on=day, harm=str(feeds.rng.choice(("轻伤", "无伤"))))


def _caller(feeds: Feeds, who: Who, day: int) -> None:
    topic = str(feeds.rng.choice(("生活困难", "医疗", "住房", "其他"), p=(0.15, 0.25, 0.2, 0.4)))
    feeds.put("hotline", who, day, 5, called_on=day, topic=topic)


def _strike_village(feeds: Feeds, homes: list[Household]) -> None:
    """A fall of prices or a storm: a third of the village on the list, with little lost each."""
    day = int(feeds.rng.integers(LAST_DAY))
    is_storm = feeds.chance(0.4)
    for home in homes:
        if feeds.chance(0.3) and is_storm:
            feeds.put("disasters", feeds.some(home), day, 3, happened_on=day, loss=600, collapsed_rooms=0, dead_or_missing=0)
        elif feeds.chance(0.3):
            feeds.put("farm_losses", feeds.some(home), day, 25, happened_on=day, cause="价格下跌", loss=900)


_EVENTS: Final[tuple[tuple[float, Maker], ...]] = (
    (0.05, _planned_stay),
    (0.9, _everyday_bill),
    (0.09, _seasonal),
    (0.03, _old_death),
    (0.012, _mild_certificate),
    (0.008, _false_dropout),
    (0.03, _help_granted),
    (0.015, _late_payer),
    (0.01, _empty_house),
    (0.015, _small_claim),
    (0.012, _scratch),
    (0.02, _caller),
)
