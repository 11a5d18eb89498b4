"""Charts as inline SVG: drawn once, at a width a phone can show, without a script."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

import altair as alt
import vl_convert

FONT: Final = "Noto Sans CJK SC, Microsoft YaHei, PingFang SC, SimSun, sans-serif"
TIERS: Final = {"红": "#c0392b", "橙": "#e67e22", "黄": "#f2c230"}

_WIDTH: Final = 420
MARKS: Final = ("circle", "square", "triangle-up")
_DASHES: Final = ([1, 0], [7, 3], [2, 2])
"""How lines differ besides by colour, for who prints in grey."""
_BAR: Final = 24
_THICK: Final = 17
_LINE_HEIGHT: Final = 6
"""Of lines, in bars."""
_INK: Final = "#333333"
_QUIET: Final = "#e3e6ea"
_NAMESPACE = re.compile(r' xmlns(?::xlink)?="[^"]*"')
_LABEL_WIDTH: Final = 150

Bar = tuple[str, str, int]
"""Whose bar (label), which part of it, how many."""


def stacked_bars(title: str, bars: Sequence[Bar], colours: Mapping[str, str], counted: str) -> str:
    """One bar per label in the order given, its parts in the order of `colours`, its sum at the end.

    `counted` names the unit.  The page says which colour is which part: it can wrap the words, a drawing cannot.
    """
    sums = Counter[str]()
    for label, _, count in bars:
        sums[label] += count
    return _svg(title, _parts(bars, colours, counted, "zero") + _numbers(list(sums.items()), counted), len(sums))


def share_bars(title: str, bars: Sequence[Bar], colours: Mapping[str, str], counted: str) -> str:
    """As `stacked_bars`, every bar drawn to full length: what share of it each part has."""
    return _svg(title, _parts(bars, colours, counted, "normalize"), len({bar[0] for bar in bars}))


def plain_bars(title: str, bars: Sequence[tuple[str, int]], colour: str, counted: str) -> str:
    """One bar per label in the order given, with its number at the end."""
    data = _data([(label, "", count) for label, count in bars], {})
    x = alt.X("count:Q", axis=_number_axis(), title=counted)
    marks = alt.Chart(data).mark_bar(color=colour, size=_THICK).encode(y=_label(), x=x)
    return _svg(title, marks + _numbers(bars, counted), len(bars))


def week_lines(title: str, points: Sequence[Bar], colours: Mapping[str, str], counted: str) -> str:
    """One line per part, three at most, over labels in the order given (weeks); `counted` names the unit; None is a gap."""
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    marks, dashes = (alt.Scale(domain=list(colours), range=list(kinds[: len(colours)])) for kinds in (MARKS, _DASHES))
    axis = alt.Axis(labelAngle=-45, labelOverlap=True, ticks=False, domain=False)
    base = alt.Chart(_data(points, {part: at for at, part in enumerate(colours)})).encode(
        x=alt.X("label:N", sort=None, title=None, axis=axis),
        y=alt.Y("count:Q", title=counted, axis=_number_axis()),
        color=alt.Color("part:N", scale=scale, legend=None),
    )
    lines = base.mark_line(strokeWidth=2).encode(strokeDash=alt.StrokeDash("part:N", scale=dashes, legend=None))
    dots = base.mark_point(filled=True, size=55, opacity=1).encode(shape=alt.Shape("part:N", scale=marks, legend=None))
    return _svg(title, lines + dots, _LINE_HEIGHT)


def _parts(bars: Sequence[Bar], colours: Mapping[str, str], counted: str, stack: str) -> alt.Chart:
    axis = _number_axis("%" if stack == "normalize" else ",d")
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return (
        alt.Chart(_data(bars, {part: at for at, part in enumerate(colours)}))
        .mark_bar(size=_THICK)
        .encode(
            y=_label(),
            x=alt.X("count:Q", stack=stack, axis=axis, title=counted),
            color=alt.Color("part:N", scale=scale, legend=None),
            order=alt.Order("order:Q"),
        )
    )


def _numbers(sums: Sequence[tuple[str, int]], counted: str) -> alt.Chart:
    data = _data([(label, "", count) for label, count in sums], {})
    text, x = alt.Text("count:Q", format=",d"), alt.X("count:Q", title=counted, axis=_number_axis())
    return alt.Chart(data).mark_text(align="left", dx=4).encode(y=_label(), x=x, text=text)


def _data(bars: Sequence[Bar], order: Mapping[str, int]) -> alt.Data:
    rows = [{"label": label, "part": part, "count": count, "order": order.get(part, 0)} for label, part, count in bars]
    return alt.Data(values=rows)


def _label() -> alt.Y:
    return alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=_LABEL_WIDTH, ticks=False, domain=False))


def _number_axis(number_format: str = ",d") -> alt.Axis:
    return alt.Axis(format=number_format, tickMinStep=0 if number_format == "%" else 1, tickCount=5, domain=False)


def _svg(title: str, chart: alt.Chart | alt.LayerChart, bars: int) -> str:
    sized = chart.properties(
        width=_WIDTH, height=max(1, bars) * _BAR, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    )
    text = {"labelFont": FONT, "titleFont": FONT, "labelFontSize": 13, "titleFontSize": 12, "labelColor": _INK}
    quiet = {"gridColor": _QUIET, "titleColor": _INK, "titleFontWeight": "normal"}
    config = alt.Config(
        font=FONT,
        axis=alt.AxisConfig(**text, **quiet),
        text=alt.MarkConfig(font=FONT, fontSize=12, fill=_INK),
        view=alt.ViewConfig(stroke=None),
        background="transparent",
    )
    drawn: str = vl_convert.vegalite_to_svg(sized.properties(config=config).to_dict())
    # Inside a page the name space is known; leaving it out keeps every address out of the report.
    return _NAMESPACE.sub("", drawn).replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)
