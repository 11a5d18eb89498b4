"""What the matching commands print: Chinese, aligned by the width of what is shown; resident ids, but no person's value."""

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import typer

from flows.match_explaining import Explained
from flows.matching_alone import Matched
from matching.explain import FIELD_TITLES, METHOD_TITLES, Candidate, Explanation, FieldWeight, Ruling
from matching.methods import TURNED_SAYS
from tables import BIN_TITLES

MOST_SHOWN: Final = 5
"""Candidates shown; `--json` has all."""

KEY_TITLES: Final = {
    "number": "证件号码",
    "permit": "护照等证件号码",
    "name_birth": "姓名与出生日期",
    "name_village": "姓名与村",
    "name_last4": "姓名与号码末四位",
    "sound_birth": "姓名读音与出生日期",
    "birth_village": "出生日期与村",
    "surname_birth": "姓与出生日期",
    "phone": "电话",
    "family_of_number": "号码所属的户",
    "family_of_phone": "电话所属的户",
    "family_of_head": "所称亲属的户",
}
"""What the keys of `matching.block` are called."""

RIVALS: Final = {
    "none": "",
    "kin": "同户亲属",
    "frequency": "此值在花名册的频率",
    "roster": "花名册人数",
    "fixed": "任一旁人",
}
"""What u was reckoned against."""

VERDICTS: Final = {"same": "是本人", "not_same": "不是本人", "cannot_tell": "无法判断"}


def matched(done: Matched) -> None:
    """Counts and shares, methods, what was not compared, and where the links are."""
    typer.echo("\n".join(_matched(done)))


def _matched(done: Matched) -> Iterator[str]:
    yield from (f"注意：{note}" for note in done.notes)
    yield f"花名册 {done.residents:,} 人，数据 {done.rows:,} 行，逐一比对 {done.pairs:,} 对"
    yield ""
    methods = [
        [
            BIN_TITLES[one.decision],
            METHOD_TITLES.get(one.method, one.method),
            one.method,
            f"{one.rows:,}",
            _share(one.rows, done.rows),
        ]
        for one in done.methods
    ]
    totals = [[BIN_TITLES[name], "合计", "", f"{rows:,}", _share(rows, done.rows)] for name, rows in done.decisions.items()]
    yield from table(["结论", "方法", "", "行数", "占比"], [*methods, *totals], right=(3, 4))
    yield ""
    for key, persons in done.crowded.items():
        yield f"未逐一比对：{persons:,} 人次，同一{KEY_TITLES.get(key, key)}下的居民过多；别的条件认定不了的，交人工核对"
    if done.roster_issues:
        yield from table(
            ["花名册本身的问题", "人数"], [[title, f"{count:,}"] for title, count in done.roster_issues.items()], right=(1,)
        )
        yield ""
    read, match, write = (f"{done.seconds[step]:.1f}" for step in ("read", "match", "write"))
    seconds = f"用时 {sum(done.seconds.values()):.1f} 秒（读入 {read}，比对 {match}，写出 {write}）"
    yield f"{seconds}，内存峰值 {done.peak_rss_mb:,} MiB"
    yield f"比对结果：{done.out}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3%}" if whole else ""


def explained(found: Explained) -> None:
    """One row's candidates, field by field, and why it was decided so."""
    typer.echo("\n".join(_explained(found)))


def _explained(found: Explained) -> Iterator[str]:
    row, why = found.row, found.explanation
    yield f"数据行 {row.row_id}　{row.file} 第 {row.row_number} 行　比对编号 {why.identity_key}"
    yield f"  {_finding(why.decision, why.method, why.resident_id, why.probability)}"
    yield f"  {why.evidence}"
    if not found.agrees:
        yield f"  与 {found.as_of} 那一夜不同：当时为{_finding(row.decision, row.method, row.resident_id, row.probability)}。"
        yield "  此后程序、参数或存放的花名册有了变化；下一夜以新的为准。"
    yield ""
    yield "为什么"
    yield from (f"  {reason}" for reason in reasons(why))
    for position, candidate in enumerate(why.candidates[:MOST_SHOWN], start=1):
        yield ""
        yield from _candidate(position, candidate, why)
    if len(why.candidates) > MOST_SHOWN:
        yield f"\n另有 {len(why.candidates) - MOST_SHOWN} 名候选，均不如上列可能（--json 可见全部）"
    yield ""
    yield f"不是上列任何人、但在花名册：{_chance(why.unseen)}　不在花名册：{_chance(1 - why.somebody)}"
    yield "权重 = log2(m ÷ u)：m 为确是同一人时如此一致的可能，u 为不是同一人时的可能；对照指 u 按什么计算。"
    yield "号码一致时，其中的出生日期和性别不再另计。"


def _finding(decision: str, method: str, resident_id: str | None, probability: float) -> str:
    who = f"　{resident_id}" if resident_id else ""
    chance = f"　概率 {_chance(probability)}" if resident_id else ""
    return f"{BIN_TITLES[decision]}{who}{chance}　{METHOD_TITLES.get(method, method)}（{method}）"


def reasons(why: Explanation) -> Iterator[str]:
    """The decision's steps in words: people's verdicts, the probability against the two lines, what stands against it."""
    yield from map(_ruling, why.rulings)
    if any(ruling.decides for ruling in why.rulings):
        yield "人工核对的结论优先于任何概率。"
        return
    if why.candidates:
        line = "不低于" if why.best >= why.link_at else "低于"
        yield f"最可能者概率 {_chance(why.best)}，{line}自动认定线 {why.link_at}。"
    else:
        yield "没有候选：花名册中没有人与这一行有任何比对条件相同。"
    if why.decision == "linked":
        yield "没有不许自动认定的情形：自动认定。"
        return
    if why.decision == "review" and why.method in TURNED_SAYS:
        yield f"不自动认定：{TURNED_SAYS[why.method].lstrip('；')}。"
    yield from _below(why)


def _below(why: Explanation) -> Iterator[str]:
    """Review or nobody's."""
    line = "不低于" if why.somebody >= why.review_at else "低于"
    end = "交人工核对" if why.decision == "review" else "认定不在花名册"
    yield f"是花名册中某人的可能 {_chance(why.somebody)}，{line}核对线 {why.review_at}。"
    if why.crowd is not None:
        yield f"另有 {why.crowd:,} 名居民在同一条件下，人数过多未逐一比对，不能断言不是其中之一。"
    yield f"所以{end}。"


def _ruling(ruling: Ruling) -> str:
    who = f" {ruling.resident_id}" if ruling.resident_id else ""
    mark = "（依此认定）" if ruling.decides else ""
    return f"{ruling.decided_on} 人工核对：{VERDICTS[ruling.verdict]}{who}，见比对结论数据行 {ruling.row_id}{mark}"


def _candidate(position: int, candidate: Candidate, why: Explanation) -> Iterator[str]:
    gone = "　花名册登记已死亡或迁出" if candidate.is_gone else ""
    yield f"候选 {position}　{candidate.resident_id}　户 {candidate.household_id}　概率 {_chance(candidate.probability)}{gone}"
    rows = [_field(field) for field in candidate.fields]
    sums = [["各项合计", "", "", "", _bits(candidate.weight), ""], ["先验", "这一行恰说此人", "", "", _bits(why.prior), ""]]
    if (why.slope, why.shift) != (1, 0):
        moved = candidate.bits - why.prior - candidate.weight
        sums.append(["校准", f"×{why.slope:g} {why.shift:+g}", "", "", _bits(moved), ""])
    sums.append(["总计", "相对于“不在花名册”", "", "", _bits(candidate.bits), ""])
    head = ["项目", "一致程度", "m", "u", "权重", "对照"]
    yield from (f"  {line}" for line in table(head, [*rows, *sums], right=(2, 3, 4)))


def _field(field: FieldWeight) -> list[str]:
    m, u = ("", "") if field.rival == "none" else (f"{field.m:.4g}", f"{field.u:.2g}")
    return [FIELD_TITLES[field.field], field.says, m, u, _bits(field.weight), RIVALS[field.rival]]


def _bits(bits: float) -> str:
    return f"{bits:+.2f}"


def _chance(probability: float) -> str:
    return f"{probability:.6f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> Iterator[str]:
    """Columns as wide as their widest cell; the positions in `right` end flush."""
    widths = [max(map(width, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = [
            " " * (wide - width(cell)) + cell if at in right else cell + " " * (wide - width(cell))
            for at, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def width(text: str) -> int:
    """Columns of a terminal: Chinese characters and their punctuation take two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
