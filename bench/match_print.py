"""The figures of `bench.match` as plain text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

Tree = Mapping[str, Any]
Line = list[str]
_COSTS: Final = {
    "seconds": ("seconds", ",.2f"),
    "processor seconds": ("processor_seconds", ",.2f"),
    "pairs compared": ("pairs", ",.0f"),
    "peak memory, MiB": ("peak_mib", ",.0f"),
}
_QUALITY: Final = {
    "rows": ("rows", ",d"),
    "  precision, automatic": ("precision", ".5f"),
    "  recall, automatic": ("recall", ".5f"),
    "  recall with review": ("recall_with_review", ".5f"),
    "  share in review": ("in_review", ".5f"),
    "  wrong links": ("wrong", ",d"),
    "  errors (wrong, or a resident's row not linked)": ("errors", ",d"),
}
_LOSSES: Final = {
    "never compared": "not_blocked",
    "compared, scored low": "scored_low",
    "another resident as likely": "tied",
    "probable, but held back by a guard": "held_back",
    "linked to somebody else": "wrong",
}


def print_figures(figures: Tree) -> None:
    """Everything `measure` found."""
    steps, systems = figures["steps"], figures["systems"]
    print(", ".join(f"{name} {value}" for name, value in figures["plan"].items()))
    _table(_costs(steps))
    _table([_line(["", *systems]), *_parts(systems), *_promises(systems)])
    if "splink" in systems:
        _table(_same_precision(systems))
    _table([_line(["rows of residents not linked to them", *systems]), *_lost(systems)])
    _table(_classes(systems))
    _table(_groups(systems))
    _table(_deciles(systems))


def _table(lines: Sequence[Line]) -> None:
    """The first column to the left, the others to the right; the first line is the heading."""
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    print()
    for first, *others in lines:
        cells = (cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))
        print(first.ljust(widths[0]), *cells, sep="  ")


def _line(cells: Sequence[object]) -> Line:
    return [str(cell) for cell in cells]


def _costs(steps: Tree) -> list[Line]:
    """What each step of ours took; of Splink also how many times as much as ours from the same input."""
    names = {"normalise": "normalising", "match": "ours from there", "link": "ours from raw rows", "splink": "splink"}
    shown = {name: title for name, title in names.items() if name in steps}
    lines = [["", *shown.values(), *(["times ours"] if "splink" in steps else [])]]
    for title, (name, form) in _COSTS.items():
        cells = [f"{steps[step][name]:{form}}" if name in steps[step] else "" for step in shown]
        times = [f"{steps['splink'][name] / steps['match'][name]:.1f}"] if "splink" in steps else []
        lines.append([title, *cells, *times])
    if "splink" in steps:
        parts = {title: steps["splink"][f"{title}_seconds"] for title in ("train", "predict")}
        lines += [[f"  {title}ing, seconds", "", "", "", f"{seconds:,.2f}", ""] for title, seconds in parts.items()]
    return lines


def _parts(systems: Tree) -> Iterator[Line]:
    """Quality over all, clean and dirty rows."""
    for part in ("all", "clean", "dirty"):
        for title, (name, form) in _QUALITY.items():
            heading = f"{part} rows" if name == "rows" else title
            yield [heading, *(f"{one[part][name]:{form}}" for one in systems.values())]


def _promises(systems: Tree) -> Iterator[Line]:
    found = [one["all"]["calibration"] for one in systems.values()]
    yield ["calibration error", *(f"{one['error']:.5f}" for one in found)]
    yield ["wrong links that the probabilities promise", *(f"{one['expected_wrong']:,.1f}" for one in found)]


def _same_precision(systems: Tree) -> list[Line]:
    """Recall has no meaning without precision: Splink's where it links as cautiously as is asked."""
    other, missed = systems["splink"], max(systems["ours"]["all"]["missed"], 1e-9)
    lines = [["splink, linking only from the weight that gives", "recall", "missed, times ours"]]
    for title, name in (
        ("the precision of ours", "recall_at_precision_of_ours"),
        ("precision 0.9998", "recall_at_precision_9998"),
    ):
        lines.append([title, f"{other[name]:.5f}", f"{(1 - other[name]) / missed:.1f}"])
    return lines


def _lost(systems: Tree) -> Iterator[Line]:
    for title, name in _LOSSES.items():
        yield [title, *(f"{one['all']['losses'][name]:,}" for one in systems.values())]


def _classes(systems: Tree) -> list[Line]:
    lines = [["dirt class", "rows", *(f"{name} recall" for name in systems), "ours with review", "ours wrong"]]
    for name, ours in systems["ours"]["classes"].items():
        recalls = [f"{one['classes'][name]['recall']:.4f}" for one in systems.values()]
        lines.append([name, f"{ours['rows']:,}", *recalls, f"{ours['recall_with_review']:.4f}", f"{ours['wrong']:,}"])
    return lines


def _groups(systems: Tree) -> list[Line]:
    """Miss rates of every side, and how many times its overall one ours is."""
    headings = [f"{name} missed" for name in systems]
    lines = [["group", "rows", *headings, "ours: times overall", "missed with review", "in review", "wrong"]]
    overall = max(systems["ours"]["all"]["missed"], 1e-9)
    for found in zip(*(one["groups"] for one in systems.values()), strict=True):
        ours, missed = found[0], [f"{one['missed']:.3%}" for one in found]
        times, rest = f"{ours['missed'] / overall:.1f}", f"{1 - ours['recall_with_review']:.3%}"
        lines.append(
            [
                f"{ours['group']} {ours['value']}",
                f"{ours['rows']:,}",
                *missed,
                times,
                rest,
                f"{ours['in_review']:.3%}",
                f"{ours['wrong']:,}",
            ]
        )
    return lines


def _deciles(systems: Tree) -> list[Line]:
    headings = [f"{name} {what}" for name in systems for what in ("rows", "promised", "right")]
    by_decile = [{line["decile"]: line for line in one["all"]["calibration"]["deciles"]} for one in systems.values()]
    lines = [["probability of the likeliest", *headings]]
    for decile in range(10):
        cells = [cell for deciles in by_decile for cell in _decile(deciles.get(decile))]
        lines.append([f"{decile / 10:.1f} to {(decile + 1) / 10:.1f}", *cells])
    return lines


def _decile(line: Tree | None) -> Line:
    return ["0", "", ""] if line is None else [f"{line['pairs']:,}", f"{line['probability']:.5f}", f"{line['share_right']:.5f}"]
