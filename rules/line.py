"""Next year's monitoring line, proposed: no formula is published, so several plain computations stand side by side.

The 2021 Opinion says what a province weighs (prices, growth of rural income, the 低保 standard), not how.  Nothing here is
written anywhere or decides anything: people copy a figure once a document sets it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from rules.phrases import plain
from rules.values import Reference, by_precedence

MULTIPLE: Final = Decimal("1.5")
"""2020: the national base was 1.5 times the poverty standard (安徽, 陕西); that 1.5 times 低保 gives the lines of 2024 and 2025
is our own observation."""
_ABOUT_MULTIPLE: Final = (
    "1.5 是 2020 年按扶贫标准定线的倍数（安徽、陕西，媒体）；乘在低保标准上只是我们的核对：",
    "湖南 2025 年 485 × 12 × 1.5 = 8,730，与 2024、2025 年公布的 8,500 至 8,800 相近，没有文件这样规定。",
)
_CENT: Final = Decimal("0.01")


@dataclass(frozen=True)
class Known:
    """A figure that goes into a computation, and where it is from."""

    value: Decimal
    source: str


@dataclass(frozen=True)
class Inputs:
    """What is known of an area; None where it is not."""

    line: Known | None
    """The line of the year before, yuan."""
    prices: Known | None
    """Consumer price index, the year before being 100."""
    growth: Known | None
    """Growth of rural disposable income per head, percent."""
    dibao: Known | None
    """Rural 低保 standard, yuan a month."""


@dataclass(frozen=True)
class Computation:
    """One way to the line: its arithmetic, or what it lacks."""

    title: str
    weight: Decimal
    arithmetic: str
    result: Decimal | None


@dataclass(frozen=True)
class Proposal:
    """The computations, their weighted mean and the rounded figure; None where nothing could be computed."""

    computations: tuple[Computation, ...]
    arithmetic: str
    mean: Decimal | None
    step: int
    figure: Decimal | None


def propose(inputs: Inputs, weights: tuple[Decimal, Decimal, Decimal], step: int) -> Proposal:
    """The line by prices, by income and by 低保, and their mean with the weights given, to the nearest `step` yuan."""
    made = tuple(compute(inputs, weight) for compute, weight in zip((_by_prices, _by_income, _by_dibao), weights, strict=True))
    counted = [(one.weight, one.result) for one in made if one.result is not None and one.weight > 0]
    if not counted:
        return Proposal(made, "没有一种算法可算", None, step, None)
    total = sum((weight for weight, _ in counted), Decimal(0))
    mean = _cents(sum((weight * result for weight, result in counted), Decimal(0)) / total)
    terms = " ＋ ".join(f"{_money(result)} × {plain(weight)}" for weight, result in counted)
    return Proposal(made, f"（{terms}）÷ {plain(total)} = {_money(mean)} 元", mean, step, _nearest(mean, step))


def _by_prices(inputs: Inputs, weight: Decimal) -> Computation:
    title = "按物价：上一年的线 × 价格指数 ÷ 100"
    if inputs.line is None or inputs.prices is None:
        return Computation(title, weight, _lacking(inputs, "line", "prices"), None)
    line, index = inputs.line.value, inputs.prices.value
    result = _cents(line * index / 100)
    return Computation(title, weight, f"{plain(line)} × {plain(index)} ÷ 100 = {_money(result)} 元", result)


def _by_income(inputs: Inputs, weight: Decimal) -> Computation:
    title = "按收入：上一年的线 ×（1 ＋ 农村收入增长率）"
    if inputs.line is None or inputs.growth is None:
        return Computation(title, weight, _lacking(inputs, "line", "growth"), None)
    line, growth = inputs.line.value, inputs.growth.value
    result = _cents(line * (1 + growth / 100))
    return Computation(title, weight, f"{plain(line)} ×（1 ＋ {plain(growth)} ÷ 100）= {_money(result)} 元", result)


def _by_dibao(inputs: Inputs, weight: Decimal) -> Computation:
    title = f"按低保：低保月标准 × 12 × {MULTIPLE}"
    if inputs.dibao is None:
        return Computation(title, weight, _lacking(inputs, "dibao"), None)
    result = _cents(inputs.dibao.value * 12 * MULTIPLE)
    return Computation(title, weight, f"{plain(inputs.dibao.value)} × 12 × {MULTIPLE} = {_money(result)} 元", result)


TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "line": ("上一年的监测线", "元"),
    "prices": ("居民消费价格指数（上年为 100）", ""),
    "growth": ("农村居民人均可支配收入增长", "%"),
    "dibao": ("农村低保标准", "元/月"),
}
"""What the inputs are called, and their units."""


def _lacking(inputs: Inputs, *names: str) -> str:
    return "没有算：缺" + "、".join(TITLES[name][0] for name in names if getattr(inputs, name) is None)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)


def _nearest(amount: Decimal, step: int) -> Decimal:
    return (amount / step).quantize(Decimal(1), ROUND_HALF_UP) * step


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def in_force(reference: Reference, area: str, day: date) -> Known | None:
    """The reference's value for an area on a day: that of the longest prefix of its code."""
    for value in by_precedence(reference.values):
        if area.startswith(value.area) and value.since <= day <= value.last:
            return Known(value.value, value.document)
    return None


def growth_between(earlier: Known | None, later: Known | None) -> Known | None:
    """The growth from one year's figure to the next, in percent with two decimals."""
    if earlier is None or later is None:
        return None
    percent = _cents((later.value / earlier.value - 1) * 100)
    source = f"{plain(later.value)} ÷ {plain(earlier.value)} － 1；{earlier.source}；{later.source}"
    return Known(percent, source)


def told(proposal: Proposal, inputs: Inputs, area: str, year: int) -> str:
    """The proposal as Chinese text: what is known, each computation line by line, and a line of YAML to copy."""
    lines = [
        f"行政区划 {area}，{year} 年防止返贫监测线：测算，不是决定。",
        "文件只说各省综合物价、农村居民收入增长和低保标准确定（中农组发〔2021〕7号，转载），没有公布算法。以下各法仅供比较。",
        "",
        "已知",
    ]
    for name, (title, unit) in TITLES.items():
        known: Known | None = getattr(inputs, name)
        lines.append(f"  {title}：{f'{plain(known.value)} {unit}'.strip()}（{known.source}）" if known else f"  {title}：没有")
    for number, one in enumerate(proposal.computations, start=1):
        lines += ["", f"{number}. {one.title}（权数 {plain(one.weight)}）", f"   {one.arithmetic}"]
    lines += [f"   {line}" for line in _ABOUT_MULTIPLE]
    lines += ["", "加权平均（各法先四舍五入到分；权数没有文件规定）", f"   {proposal.arithmetic}"]
    if proposal.figure is not None:
        lines += [f"   四舍五入到 {proposal.step} 元：{plain(proposal.figure)} 元", "", *_snippet(proposal.figure, area, year)]
    return "\n".join(lines)


def _snippet(figure: Decimal, area: str, year: int) -> list[str]:
    return [
        "有了正式文件之后，把下面一行抄进数据文件夹的 reference/monitoring_line.yaml（先把自带的那份整份抄去），",
        "数额改为文件所定，写上文件名称；document 空着时不能载入。本命令不改任何文件。",
        f'  - {{area: "{area}", from: {year}-01-01, to: {year}-12-31, value: {figure:f}, document: }}',
    ]
