"""A household's evidence chain as plain Chinese for a terminal: everything, down to file, row and fingerprint."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from outputs.evidence import Answer, Evidence, Fact, Referred, SetAside, Signal, Warned, Without
from outputs.wording import VERDICTS, Words, amount, linked, where


def text_of(evidence: Evidence, words: Words, *, every_rule: bool = False) -> str:
    """The whole chain; with `every_rule` also what each rule said that found nothing."""
    told: dict[int, str] = {}
    blocks = [
        list(_head(evidence)),
        list(_score(evidence)),
        *(list(_signal(number, signal, evidence, words, told)) for number, signal in enumerate(evidence.signals, start=1)),
        list(_set_aside(evidence.set_aside, words)),
        list(_unknown(evidence, words)),
        list(_in_review(evidence.in_review, words)),
        list(_stale(evidence.stale, words)),
        list(_answers(evidence)) if every_rule else [],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def replayed(evidence: Evidence, words: Words, without: Sequence[Without]) -> str:
    """Each signal judged again from its rows alone, and without each of them."""
    lines: list[str] = []
    for number, signal in enumerate(evidence.signals, start=1):
        theirs = {one.dropped: one for one in without if one.signal_id == signal.signal_id}
        again = theirs.pop(0)
        lines += ["", f"依据 {number}　{signal.family}：{signal.title}", f"  只用它列出的行重新判断：{_outcome(again, signal)}"]
        for fact in (fact for fact in signal.facts if fact.row_id in theirs):
            row = f"{words.source(fact.source)}　{fact.file}　{where(fact)}"
            lines.append(f"  去掉 {row}：{_outcome(theirs[fact.row_id], signal)}")
    return "\n".join(lines[1:]) + "\n"


def _outcome(without: Without, signal: Signal) -> str:
    if without.is_gone:
        return "依据消失"
    if without.is_same:
        return "一致" if without.dropped == 0 else "结论不变（另有一行说明同样的事）"
    now = f"{VERDICTS[without.verdict or signal.verdict]}，观测值 {amount(without.observed, signal.unit)}"
    return f"变为{now}" if without.observed != signal.observed or without.verdict != signal.verdict else "日期或出处改变"


def _head(evidence: Evidence) -> Iterator[str]:
    household, warning = evidence.household, evidence.warning
    place = " ".join(name for name in (household.county_name, household.township_name, household.village_name) if name)
    if warning:
        yield f"预警 {warning.warning_id}　{warning.tier}　{warning.score} 分"
    else:
        yield f"{evidence.as_of} 没有预警"
    yield f"  {place}　户编号 {household.household_id}　{household.household_type or '户类型不明'}"
    people = (f"{household.who(one.resident_id)}{'' if one.age is None else f' {one.age} 岁'}" for one in household.members)
    yield f"  家庭成员：{'、'.join(people)}"
    if evidence.case:
        yield f"  个案 {evidence.case.case_id}：{evidence.case.said}"
    if warning:
        yield f"  排序：全部第 {warning.rank}，县内第 {warning.county_rank}，乡镇内第 {warning.township_rank}"
        yield f"  {_listed(evidence.referred)}"
        yield f"  {warning.status}：自 {warning.first_seen} 起预警，最迟 {warning.due_on} 入户核实"
        yield f"  建议（核实后由人决定）：{proposed(warning)}"


def proposed(warning: Warned) -> str:
    """The proposed class and risks, and what the proposal rests on."""
    risks = f"风险类型 {'、'.join(warning.proposed_risks)}" if warning.proposed_risks else "不建议风险类型"
    monitored = f"监测对象类别 {warning.proposed_class}" if warning.proposed_class else "不建议监测对象类别"
    return f"{risks}；{monitored}{f'（{warning.proposed_why}）' if warning.proposed_why else ''}"


def _listed(referred: Referred | None) -> str:
    if referred is None or not referred.is_listed:
        return f"未列入名单：{referred.why_cut if referred else '原因不明'}"
    return f"已列入本县名单，第 {referred.position} 位"


def _score(evidence: Evidence) -> Iterator[str]:
    if evidence.warning is None:
        return
    yield "得分构成"
    for name, points in evidence.parts.items():
        if points:
            yield f"  {name} {points}"
    yield f"  合计 {evidence.warning.score}"
    if evidence.warning.above:
        yield f"  为什么排在下一户之前：{evidence.warning.above}"


def _signal(number: int, signal: Signal, evidence: Evidence, words: Words, told: dict[int, str]) -> Iterator[str]:
    """`told` remembers where each row was shown: it is not shown twice."""
    yield f"依据 {number}　{VERDICTS[signal.verdict]}　{signal.family}：{signal.title}"
    yield f"  规则 {signal.rule}（版本 {signal.version}，严重程度 {signal.severity}）"
    yield f"  对象：{evidence.household.who(signal.resident_id)}"
    yield f"  原因：{signal.reason}"
    yield f"  {against(signal)}"
    yield f"  标准出处：{signal.document or '无'}"
    day = evidence.judged_on(signal)
    if day is not None and signal.threshold is not None:
        yield f"  标准按 {day} 当天有效的取值（{'最近一次事件之日' if day != evidence.as_of else '研判之日'}）"
    yield f"  发生日期 {signal.event_on or '无'}，得知日期 {signal.known_on or '无'}"
    if signal.combines:
        yield f"  由{combined(evidence, signal)}组合而成"
    if not signal.facts:
        yield "  没有单独的事实行：依据花名册现状判断"
    for position, fact in enumerate(signal.facts, start=1):
        if fact.row_id in told:
            yield f"  事实 {position}　{words.source(fact.source)}　{fact.file}　{where(fact)}：见{told[fact.row_id]}"
        else:
            told[fact.row_id] = f"依据 {number} 的事实 {position}"
            yield from _fact(f"事实 {position}", fact, words)


def combined(evidence: Evidence, signal: Signal) -> str:
    """Which of the signals shown a combination rests on; one that a visit has answered is not shown."""
    places = evidence.parts_of(signal)
    others = len(signal.combines or ()) - len(places)
    shown = ["依据 " + "、".join(map(str, places)) + " "] if places else []
    return "与".join([*shown, *([f"已经核实过的 {others} 项"] if others else [])])


def against(signal: Signal | Answer) -> str:
    """The value seen beside the one it is held against."""
    seen = f"观测值 {amount(signal.observed, signal.unit)}"
    return seen if signal.threshold is None else f"{seen}，标准 {amount(signal.threshold, signal.unit)}"


def _fact(head: str, fact: Fact, words: Words) -> Iterator[str]:
    yield f"  {head}　{words.source(fact.source)}　{fact.file}　{where(fact)}"
    yield f"    {fact.received_on} 送达，批次 {fact.batch_id}，行指纹 {fact.row_hash}"
    yield f"    {'，'.join(words.values(fact))}"
    yield f"    人员：{linked(fact.link)}"


def _set_aside(aside: Iterable[SetAside], words: Words) -> Iterator[str]:
    for position, one in enumerate(aside):
        if not position:
            yield "已核实、个案未办结或已在监测，暂不再问"
        yield f"  {one.signal.family}：{one.signal.title}　{one.signal.reason}"
        yield f"    {one.why}；{one.lasts}"
        if one.record:
            yield from _fact("名册记录" if one.kind == "monitored" else "核实记录", one.record, words)


def _unknown(evidence: Evidence, words: Words) -> Iterator[str]:
    unasked = [one for one in evidence.unknown if one.missing]
    open_here = [one for one in evidence.unknown if not one.missing]
    if evidence.unknown:
        yield "尚不清楚（不等于没有问题）"
    for one in open_here:
        yield f"  {one.family}：{one.title}　{evidence.household.who(one.resident_id)}　{one.why}"
    for sources, titles in by_missing(unasked, words).items():
        yield f"  从未收到 {sources}，因此没有判断：{'、'.join(titles)}"


def by_missing(unasked: Iterable[Answer], words: Words) -> Mapping[str, list[str]]:
    """Sources that never came -> the titles of the rules that wait for them."""
    told = sorted(("、".join(words.source(source) for source in one.missing), one.title) for one in unasked)
    return {sources: [title for _, title in group] for sources, group in groupby(told, key=lambda pair: pair[0])}


def _in_review(facts: Iterable[Fact], words: Words) -> Iterator[str]:
    for position, fact in enumerate(facts, start=1):
        if position == 1:
            yield "可能属于这户、等人工比对的行（没有计入）"
        yield from _fact(f"待比对 {position}", fact, words)


def _stale(stale: Mapping[str, object], words: Words) -> Iterator[str]:
    if stale:
        named = "、".join(f"{words.source(source)}（最近一次 {day}）" for source, day in stale.items())
        yield f"数据已过期，按最近一次的数据判断：{named}"


def _answers(evidence: Evidence) -> Iterator[str]:
    yield "每条规则怎么说（没有列出的：不在适用范围，或没有相关记录）"
    order = list(VERDICTS)
    told = [one for one in evidence.answers if not one.missing]
    for one in sorted(told, key=lambda one: (order.index(one.verdict), one.family, one.rule, one.resident_id or "")):
        yield f"  {VERDICTS[one.verdict]}　{one.family}：{one.title}（{one.rule}）　{evidence.household.who(one.resident_id)}"
        yield f"    {'；'.join(one.said)}"
