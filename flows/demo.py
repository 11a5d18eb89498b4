"""`fangpin demo`: a county that does not exist, with its inbox and its truth."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from datetime import date

from errors import Fault, UserError
from flows.running import prepare
from settings import Home
from sources.county import Dirt, Invented, Plan, ShockRates, invent


def invent_county(home: Home, residents: int, seed: int, as_of: date | None, rates: Iterable[str]) -> Invented:
    """Invent a county into an empty home.  `rates` are NAME=SHARE, the names those of Dirt and ShockRates.

    Raises UserError for a rate or date that cannot be, HomeError rather than mix the county with anything else.
    """
    asked = dict(_rate(text) for text in rates)
    plan = Plan(residents=residents, seed=seed)
    try:
        plan = replace(
            plan,
            as_of=as_of or plan.as_of,
            dirt=replace(plan.dirt, **_of(asked, Dirt)),
            shocks=replace(plan.shocks, **_of(asked, ShockRates)),
        )
    except Fault:
        raise UserError(
            file="fangpin demo",
            expected="比率在 0 与 1 之间（non_resident 至多 0.9），日期在 2020 至 2090 年",
            found="超出范围",
            do="改正 --rate 或 --as-of",
        ) from None
    prepare(home)
    return invent(home, plan)


def _rate(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    names = [field.name for kind in (Dirt, ShockRates) for field in fields(kind)]
    try:
        if name in names:
            return name, float(share)
    except ValueError:
        pass
    raise UserError(
        file="--rate",
        expected=f"名称=比率，如 id_missing=0.02；名称为 {'、'.join(names)}",
        found="不是这样的写法",
        do="改正后重试",
    )


def _of(asked: Mapping[str, float], kind: type[Dirt] | type[ShockRates]) -> dict[str, float]:
    return {field.name: asked[field.name] for field in fields(kind) if field.name in asked}
