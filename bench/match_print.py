"""The figures of `bench.match` as plain text."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

Tree = Mapping[str, Any]
_SHARES: Final = {
    "precision": "precision, automatic",
    "recall": "recall, automatic",
    "recall_with_review": "recall with review",
    "in_review": "rows in review",
}
_LOSSES: Final = {
    "not_blocked": "never compared",
    "scored_low": "compared, scored low",
    "tied": "another resident as likely",
    "held_back": "probable, but held back by a guard",
    "wrong": "linked to somebody else",
}


def print_figures(figures: Tree) -> None:
    """Everything `measure` found."""
    plan, systems = figures["plan"], figures["systems"]
    print(", ".join(f"{name} {value}" for name, value in plan.items()))
    for section in (
        _cost(figures["steps"], systems),
        _quality(systems),
        _lost(systems),
        _classes(systems),
        _groups(systems),
        _deciles(systems),
    ):
        print()
        _table(section)


def _table(lines: Sequence[Sequence[str]]) -> None:
    """The first column to the left, the others to the right; the first line is the heading."""
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    for line in lines:
        print(
            line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)), sep="  "
        )


def _cost(steps: Tree, systems: Tree) -> list[list[str]]:
    """Seconds, pairs, memory; the last column is how many times ours goes into Splink's."""
    ours, other = steps["match"], steps.get("splink")
    lines = [["from normalised input", *systems, *(["times"] if other else [])]]
    rows = [("seconds", "seconds", ",.2f"), ("pairs compared", "pairs", ",.0f"), ("peak memory, MiB", "peak_mib", ",.0f")]
    for title, name, form in rows:
        lines.append(
            [title, f"{ours[name]:{form}}", *([f"{other[name]:{form}}", f"{other[name] / ours[name]:.1f}"] if other else [])]
        )
    empty = [""] * (len(lines[0]) - 2)
    for title, name in (("normalising, seconds", "normalise"), ("from raw rows to links, seconds", "link")):
        lines.append([title, f"{steps[name]['seconds']:,.2f}", *empty])
    lines.append(["from raw rows, peak memory, MiB", f"{steps['link']['peak_mib']:,.0f}", *empty])
    if other:
        lines.append(
            ["training / predicting, seconds", "", f"{other['train_seconds']:,.1f} / {other['predict_seconds']:,.1f}", ""]
        )
    return lines


def _quality(systems: Tree) -> list[list[str]]:
    lines = [["", *systems]]
    for part in ("all", "clean", "dirty"):
        lines.append([f"{part}: rows", *(f"{one[part]['rows']:,}" for one in systems.values())])
        lines += [[f"  {title}", *(f"{one[part][name]:.5f}" for one in systems.values())] for name, title in _SHARES.items()]
        lines.append(["  wrong links", *(f"{one[part]['wrong']:,}" for one in systems.values())])
        lines.append(
            ["  errors (wrong, or a resident's row not linked)", *(f"{one[part]['errors']:,}" for one in systems.values())]
        )
    lines.append(["calibration error", *(f"{one['all']['calibration']['error']:.5f}" for one in systems.values())])
    lines.append(
        [
            "wrong links its probabilities promise",
            *(f"{one['all']['calibration']['expected_wrong']:,.1f}" for one in systems.values()),
        ]
    )
    if "splink" in systems:
        lines.append(["recall at our precision", "", f"{systems['splink']['recall_at_precision_of_ours']:.5f}"])
        lines.append(
            [
                "times as many errors as ours",
                "",
                f"{systems['splink']['all']['errors'] / max(systems['ours']['all']['errors'], 1):.1f}",
            ]
        )
    return lines


def _lost(systems: Tree) -> list[list[str]]:
    heading = ["rows of residents not linked to them", *systems]
    return [
        heading,
        *([title, *(f"{one['all']['losses'][name]:,}" for one in systems.values())] for name, title in _LOSSES.items()),
    ]


def _classes(systems: Tree) -> list[list[str]]:
    heading = ["dirt class", "rows", *(f"{name} recall" for name in systems), "with review", "wrong links"]
    lines = [heading]
    for name, ours in systems["ours"]["classes"].items():
        recalls = [f"{one['classes'][name]['recall']:.4f}" for one in systems.values()]
        lines.append([name, f"{ours['rows']:,}", *recalls, f"{ours['recall_with_review']:.4f}", f"{ours['wrong']:,}"])
    return lines


def _groups(systems: Tree) -> list[list[str]]:
    """Miss rates of ours, and how many times the overall one they are."""
    lines = [
        [
            "group",
            "rows",
            "missed",
            "times",
            "with review",
            "wrong links",
            "in review",
            *(["splink missed"] if "splink" in systems else []),
        ]
    ]
    overall = max(systems["ours"]["all"]["missed"], 1e-9)
    for place, ours in enumerate(systems["ours"]["groups"]):
        other = [f"{systems['splink']['groups'][place]['missed']:.4%}"] if "splink" in systems else []
        missed = [f"{ours['missed']:.4%}", f"{ours['missed'] / overall:.1f}", f"{1 - ours['recall_with_review']:.4%}"]
        lines.append(
            [
                f"{ours['group']} {ours['value']}",
                f"{ours['rows']:,}",
                *missed,
                f"{ours['wrong']:,}",
                f"{ours['in_review']:.3%}",
                *other,
            ]
        )
    return lines


def _deciles(systems: Tree) -> list[list[str]]:
    lines = [
        ["probability of the likeliest", *(f"{name} {what}" for name in systems for what in ("rows", "promised", "right"))]
    ]
    by_decile = [{line["decile"]: line for line in one["all"]["calibration"]["deciles"]} for one in systems.values()]
    for decile in range(10):
        cells = [cell for deciles in by_decile for cell in _decile(deciles.get(decile))]
        lines.append([f"{decile / 10:.1f} to {(decile + 1) / 10:.1f}", *cells])
    return lines


def _decile(line: Tree | None) -> list[str]:
    return ["0", "", ""] if line is None else [f"{line['pairs']:,}", f"{line['probability']:.5f}", f"{line['share_right']:.5f}"]
