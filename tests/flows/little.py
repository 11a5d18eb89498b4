"""A home small enough for a second: ten invented people, one medical file; and the command line run in this process."""

import hashlib
import io
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from unittest.mock import patch

from flows import cli
from settings import Home

AS_OF: Final = date(2026, 3, 10)
OFFICE: Final = "name: 虚构县数据办\nnotice: 人员与数据均为虚构\nas_of: 2026-03-10\nthreads: 1\nmemory_limit: 1GiB\n"
ROSTER_HEADER: Final = (
    "户编号,人编号,与户主关系,姓名,证件号码,性别,出生日期,民族,县,乡镇,村,村民小组,行政区划代码,户类型,监测对象类别,风险是否消除,"
    "文化程度,在校生状况,劳动技能,健康状况,务工时间（月）,是否享受低保,人均纯收入,联系电话"
)
MEDICAL_HEADER: Final = "身份证号码,姓名,结算单号,结算日期,医疗类别,医疗费总额,基本医保支付,大病保险支付,医疗救助支付,个人自付"
MEDICAL: Final = "medical/2026-03-01/二月结算.csv"
ROSTER: Final = "roster/2026-03-01/花名册.csv"


@dataclass(frozen=True)
class Person:
    """One invented resident; the name and the numbers may appear in no message."""

    household: int
    relation: str
    name: str
    born: str
    sex: str

    @property
    def id_number(self) -> str:
        """Eighteen characters of region 99, with a valid check character (GB 11643-1999)."""
        body = f"990101{self.born.replace('-', '')}{self.household}{len(self.name)}{'1' if self.sex == '男' else '2'}"
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]

    @property
    def phone(self) -> str:
        """Eleven digits beginning with 100, which no operator assigns."""
        return f"100{self.born.replace('-', '')}"


PEOPLE: Final = (
    Person(1, "户主", "令狐样本一", "1970-03-05", "男"),
    Person(1, "配偶", "钟离样本二", "1972-06-17", "女"),
    Person(1, "之子", "令狐样本三", "2012-09-01", "男"),
    Person(2, "户主", "宇文样本四", "1958-11-23", "男"),
    Person(2, "配偶", "澹台样本五", "1960-01-30", "女"),
    Person(2, "之子", "宇文样本六", "1985-07-14", "男"),
    Person(2, "之孙女", "宇文样本七", "2015-05-20", "女"),
    Person(3, "户主", "公冶样本八", "1966-12-02", "女"),
    Person(3, "之女", "闾丘样本九", "1990-04-08", "女"),
    Person(3, "之外孙子", "闾丘样本十", "2018-10-10", "男"),
)


SECRETS: Final = frozenset(value for person in PEOPLE for value in (person.name, person.id_number, person.phone))
"""What no message may hold."""


def roster(people: Sequence[Person] = PEOPLE) -> str:
    """The roster as a text table."""
    rows = [
        f"H99010100{p.household},R9901010{n:02d},{p.relation},{p.name},{p.id_number},{p.sex},{p.born},汉族,虚构县,样例乡,试验村,一组,"
        f"99010110100101,脱贫户,,,初中,,普通劳动力,健康,6,否,12000,{p.phone}"
        for n, p in enumerate(people)
    ]
    return "\n".join([ROSTER_HEADER, *rows]) + "\n"


def medical(month: str = "02", payers: Mapping[int, int] | None = None, header: str = MEDICAL_HEADER) -> str:
    """Settlements of one month as a text table: position in PEOPLE -> yuan paid by themselves."""
    rows = [
        f"{PEOPLE[n].id_number},{PEOPLE[n].name},JS2026{month}{n:04d},2026-{month}-1{n},住院,{paid + 900},900.00,0,0.00,{paid}"
        for n, paid in (payers or {0: 6500, 3: 800, 7: 22000}).items()
    ]
    return "\n".join([header, *rows]) + "\n"


def put(home: Path, file: str, content: str | bytes) -> Path:
    """A file below inbox/, text as UTF-8."""
    path = home / "inbox" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def little_home(root: Path) -> Home:
    """A home whose night ends with warnings: a roster, a medical file, an office fixed to `AS_OF`."""
    put(root, ROSTER, roster())
    put(root, MEDICAL, medical())
    (root / "office.yaml").write_text(OFFICE, encoding="utf-8")
    return Home(root)


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


def fangpin(*arguments: str | Path) -> Outcome:
    """`fangpin ARGUMENTS` in this process, through the console entry."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with patch.object(sys, "argv", ["fangpin", *map(str, arguments)]), redirect_stdout(out), redirect_stderr(err):
        try:
            cli.main()
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    return Outcome(code, out.getvalue(), err.getvalue())


def assert_told(outcome: Outcome, code: int, *fragments: str) -> None:
    """The command ended with one message in Chinese: where, expected, found, what to do; and with no result."""
    assert (outcome.code, outcome.out) == (code, ""), outcome.err
    assert all(f"\n  {label}：" in outcome.err for label in ("应为", "实际", "处理")), outcome.err
    assert [fragment for fragment in fragments if fragment not in outcome.err] == [], outcome.err
    assert_discreet(outcome)


def assert_discreet(outcome: Outcome) -> None:
    """Nothing that was printed holds a person's value or a traceback."""
    said = outcome.out + outcome.err
    assert "Traceback" not in said
    assert not [value for value in SECRETS if value in said]


def tree(*folders: Path) -> dict[str, str]:
    """Path -> sha256 of every file below the folders."""
    files = [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def published(home: Home) -> dict[str, str]:
    """Everything a night shows to others, by hash."""
    audit = home.audit_file.read_text(encoding="utf-8") if home.audit_file.exists() else ""
    return tree(home.lists, home.published, home.runs) | {"audit": audit}
