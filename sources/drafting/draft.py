"""The draft itself: YAML that says what the sample shows, and asks in place what only a person can say.

A question is a key without a value, which `fangpin check` refuses until it is answered, or a comment where the draft has a
likely answer already.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import yaml

from sources.contract import Contract, Every
from sources.drafting.judging import Judged, judge, names_in
from sources.drafting.persons import Persons
from sources.drafting.sample import Sample
from sources.fact import fold_header
from sources.header import Unreadable

ASK: Final = "请确定："

_FORMATS: Final = {"text": "csv", "workbook": "xlsx", "jsonl": "jsonl", "parquet": "parquet"}
_NAMED_EVERY: Final[tuple[tuple[str, Every], ...]] = (
    (r"季度|季报|[一二三四1-4]季", "quarter"),
    (r"半年", "half_year"),
    (r"20\d\d年?(0[1-9]|1[0-2])月?|\d{1,2}月|月报", "month"),
    (r"20\d\d年|年度", "year"),
)
_LATE: Final[Mapping[Every, int]] = {"month": 10, "quarter": 20, "half_year": 30, "year": 60}
_WRITTEN: Final = (";", "|", "^", "~")
"""Delimiters worth writing down; a comma or a tab is found anyway."""
_KEYED: Final = re.compile(r"编号|流水|单号|证号|案号|号$")
_ACCOUNT: Final = re.compile(r"户号|账号|个人编号|人员编号|证号|学号")
"""Numbers of a household, a person or a meter: they come again with every period."""
_PERIOD: Final = re.compile(r"月份|年月|月度|年度|学年|学期|季度|期[次别]|账期")
_AGAIN: Final = 20
"""A heading that is more than every twentieth value below it is none; printed pages repeat the header less often."""
_TELLING: Final = 10
"""Rows that tell something about uniqueness."""


@dataclass(frozen=True)
class Draft:
    """The text of the contract, and the questions in it."""

    text: str
    questions: tuple[str, ...]


def draft(name: str, file: str, sample: Sample, known: Mapping[str, Contract]) -> Draft:
    """The contract `name` for files like `file`, its columns named as in the `known` contracts where the heading is theirs.

    Raises Unreadable if what was taken for the header looks like a row of data: then persons would be column names.
    """
    persons = Persons.read(known)
    _refuse_data_as_header(sample, persons)
    names = names_in(sample.headers, sample.columns, persons)
    judged = [judge(header, cells, persons, names) for header, cells in zip(sample.headers, sample.columns, strict=True)]
    lines = [
        *_about(name, file),
        *_key(judged, sample, known),
        *_files(file, sample),
        *_identity(judged),
        *_facts(judged, known),
        *_ignored(judged),
        *_volume(sample),
    ]
    return Draft("\n".join(lines) + "\n", tuple(line.split(ASK, 1)[1] for line in lines if ASK in line))


def _refuse_data_as_header(sample: Sample, persons: Persons) -> None:
    for header, cells in zip(sample.headers, sample.columns, strict=True):
        values = [cell for cell in cells if cell]
        comes_again = values.count(header) * _AGAIN > len(values)
        is_named = persons.may_be(header) and not persons.are_named_by(header)
        if comes_again or (is_named and sum(map(persons.may_be, values)) * 2 >= len(values) > 0):
            raise Unreadable("看不出哪一行是表头：像表头的那一行，与下面的数据是同一类内容；请在样本中保留表头")


def _about(name: str, file: str) -> Iterator[str]:
    every = next((kind for pattern, kind in _NAMED_EVERY if re.search(pattern, file)), None)
    yield f"id: {name}"
    yield f"title: # {ASK}来源的中文名称，如 饮水安全"
    yield f"owner: # {ASK}报送单位，如 县水利局"
    basis = "依据：class 一般为 statutory_duty，text 写明法律条文；财产类数据另加 scope: authorised_households"
    yield f"legal_basis: {{class: , text: }} # {ASK}{basis}"
    yield f"row: # {ASK}一行是什么，如 一户一次登记"
    yield f"personal_data: # {ASK}personal，或 sensitive（健康、金融、未成年人等敏感个人信息）"
    if every is None:
        periods = "day week ten_days month quarter half_year year，或 event（有事即报）"
        yield f"cadence: {{every: , late_after_days: 10}} # {ASK}多久报一次：{periods}"
    else:
        yield f"cadence: {{every: {every}, late_after_days: {_LATE[every]}}} # 由文件名猜测，不对请改"
    yield f"mode: # {ASK}snapshot（每次报全量，新的替换旧的）或 append（每次报新增，逐期累积）"


def _key(judged: Sequence[Judged], sample: Sample, known: Mapping[str, Contract]) -> Iterator[str]:
    """Only a number that differs in every row, and does not come again each period, is taken without asking."""
    names = _names(judged, known)
    full = [one for one in judged if one.is_full and one.header in names]
    numbers = [one for one in full if one.is_unique and one.type == "text" and _KEYED.search(one.header)]
    periods = [one for one in full if _PERIOD.search(one.header) and one not in numbers]
    if numbers and not periods and sample.rows >= _TELLING and not _ACCOUNT.search(numbers[0].header):
        number = numbers[0]
        yield f"key: [{names[number.header]}] # 样本中“{number.header}”各行不同；同一编号再报算更正，不对请改"
        return
    likely = ", ".join(names[one.header] for one in [*numbers[:1], *periods[:1]])
    if numbers:
        hint = f"像是 [{likely}]：同一编号每期都报的，须加上期别（月份、日期列），否则后一期会顶替前一期"
    else:
        moved = "把“序号”从 ignore 移到 facts（type: integer, required: true）与日期列合用"
        hint = f"样本中没有各行不同的编号；可请部门加编号，或{moved}"
    yield f"key: # {ASK}用哪几列认出同一件事，这些列须为 required；{hint}"


def _files(file: str, sample: Sample) -> Iterator[str]:
    ending = file.rpartition(".")[2].lower() if "." in file else "*"
    told = [f"patterns: [{_quoted(f'*.{ending}')}]", f"format: {_FORMATS[sample.family]}"]
    told += [f'delimiter: "{sample.delimiter}"'] if sample.delimiter in _WRITTEN else []
    told += [f"header_within: {sample.header_at + 4}"] if sample.header_at > 1 else []
    others = f" # 样本取自工作表“{sample.sheet}”；别的工作表有同样表头的也会读，没有的会指出" if sample.other_sheets else ""
    yield f"files: {{{', '.join(told)}}}{others}"


def _identity(judged: Sequence[Judged]) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for one in judged:
        if one.identity:
            found.setdefault(one.identity, []).append(one.header)
    yield "identity: # 只用于比对，不进入研判"
    if "id_number" not in found and "name" not in found:
        yield f"  name: # {ASK}样本中看不出姓名或证件号码列；至少要有一列，如 {{headers: [户主姓名]}}"
    for name, headers in found.items():
        if len(headers) > 1:
            told = "、".join(headers)
            yield f"  {name}: {{headers: }} # {ASK}一行说的是谁，用哪一列：{told}；写成 [列名]，其余写进 ignore"
        else:
            yield f"  {name}: {{headers: [{_quoted(headers[0])}]}}"


def _facts(judged: Sequence[Judged], known: Mapping[str, Contract]) -> Iterator[str]:
    names = _names(judged, known)
    yield "facts: # 只供研判；列名可改，小写英文字母开头"
    if not names:
        yield f"  column_1: # {ASK}样本中没有可供研判的列"
    for one in judged:
        if one.header not in names:
            continue
        parts = [f"title: {_quoted(one.title)}", f"headers: [{_quoted(one.header)}]", f"type: {one.type}"]
        parts += ["required: true"] if one.is_full else []
        parts += [f"{key}: {value}" for key, value in one.options.items()]
        parts += [f"values: {{{', '.join(f'{_quoted(code)}: []' for code in one.codes)}}}"] if one.codes else []
        doubt = one.doubt or ("样本中见到的取值都列在 values；还有哪些、哪些是同一个意思（写进方括号）" if one.codes else "")
        yield f"  {names[one.header]}: {{{', '.join(parts)}}}" + (f" # {ASK}“{one.header}”{doubt}" if doubt else "")


def _names(judged: Sequence[Judged], known: Mapping[str, Contract]) -> dict[str, str]:
    """Heading -> column name of the facts: as a built-in contract calls it, else by its place."""
    called = {
        fold_header(header): name
        for contract in known.values()
        if contract.role == "extract"
        for name, fact in contract.facts.items()
        for header in fact.headers
    }
    found: dict[str, str] = {}
    for place, one in enumerate(judged, start=1):
        if not one.identity and not one.needless:
            name = called.get(one.header, f"column_{place}")
            found[one.header] = f"column_{place}" if name in found.values() else name
    return found


def _ignored(judged: Sequence[Judged]) -> Iterator[str]:
    needless = [one for one in judged if one.needless]
    if needless:
        yield f"ignore: # {ASK}这些列像是用不着的；要用的移到 facts"
        yield from (f"  {_quoted(one.header)}: {one.needless}" for one in needless)


def _volume(sample: Sample) -> Iterator[str]:
    ceiling = max(1000, 20 * sample.rows)
    yield f"volume: {{floor: 1, ceiling: {ceiling}, why: 下限只防空表；上限为样本行数的二十倍}} # {ASK}一次最多可能有多少行"


def _quoted(text: str) -> str:
    """A heading or code as YAML keeps it: in quotes unless it is plain words."""
    told: str = yaml.safe_dump([text], default_flow_style=True, allow_unicode=True, width=1 << 20)
    return told.strip()[1:-1]
