"""A dozen invented households of one person each, and rows about them by number: for nights that are compared."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from settings import Home
from tests.flows.little import MEDICAL_HEADER, ROSTER_HEADER, Person, put, roster

CATALOGUE: Final = Path(__file__).parents[2]
VISITS_HEADER: Final = "户主证件号码,户主姓名,核实编号,核实日期,风险类型,核实结论"
_NAMES: Final = (
    "令狐样本一", "钟离样本二", "宇文样本四", "澹台样本五", "公冶样本八", "闾丘样本九",
    "申屠样本甲", "端木样本乙", "百里样本丙", "东郭样本丁", "南门样本戊", "呼延样本己", "羊舌样本庚",
)  # fmt: skip


@dataclass(frozen=True)
class Head(Person):
    """The one member of a household whose number has two digits."""

    @property
    def id_number(self) -> str:
        body = f"990101{self.born.replace('-', '')}{self.household:02d}1"
        weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
        return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


PEOPLE: Final = tuple(
    Head(number, "户主", name, f"19{70 + number}-03-{10 + number}", "男") for number, name in enumerate(_NAMES)
)


def house(number: int) -> str:
    """The household's number as the lists and `--json` have it."""
    return f"H99010100{number}"


def roster_rows(*absent: int, **types: int) -> str:
    """The roster; `absent` households are not on it, those named by a type (`监测对象=3`) are of that type."""
    header, *lines = roster(PEOPLE).splitlines()
    assert header == ROSTER_HEADER
    for name, number in types.items():
        lines[number] = lines[number].replace("脱贫户", name)
    return "\n".join([header, *(line for number, line in enumerate(lines) if number not in absent)]) + "\n"


def stay(number: int, paid: int, month: str = "01", name: str = "", kind: str = "住院") -> str:
    """A hospital stay settled in a month of 2026."""
    person = PEOPLE[number]
    who = f"{person.id_number},{name or person.name}"
    return f"{who},JS2026{month}{number:04d},2026-{month}-{10 + number},{kind},{paid + 900},900.00,0,0.00,{paid}"


def visit(number: int, day: str, outcome: str = "属实可应对") -> str:
    """What a visitor found, looking at illness."""
    return f"{PEOPLE[number].id_number},{PEOPLE[number].name},HS{day.replace('-', '')}{number:02d},{day},因病,{outcome}"


def write(home: Home, file: str, header: str, *rows: str) -> None:
    """A text table below inbox/."""
    put(home.root, file, "\n".join((header, *rows)) + "\n")


def stays(home: Home, file: str, *rows: str, header: str = MEDICAL_HEADER) -> None:
    write(home, f"medical/{file}", header, *rows)


def visits(home: Home, file: str, *rows: str) -> None:
    write(home, f"visits/{file}", VISITS_HEADER, *rows)


def office(home: Home, **said: object) -> None:
    """office.yaml of the invented county."""
    lines = {"name": "虚构县数据办", "notice": "人员与数据均为虚构", "threads": 1, "memory_limit": "1GiB", **said}
    home.office_file.write_text("".join(f"{key}: {value}\n" for key, value in lines.items()), encoding="utf-8")


def only(home: Home, *wanted: str) -> None:
    """The shipped rules but the wanted ones are off: what the catalogue learns next changes no test."""
    (home.root / "rules").mkdir(parents=True)
    for path in sorted((CATALOGUE / "rules" / "catalogue").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        if path.stem not in wanted and "\noff:" not in text:
            (home.root / "rules" / path.name).write_text(f"{text}off: 测试中不用\n", encoding="utf-8")


def shipped(file: str) -> dict[str, dict[str, dict[str, object]]]:
    """A declaration of the catalogue that is shipped, to be changed."""
    found: dict[str, dict[str, dict[str, object]]] = yaml.safe_load((CATALOGUE / file).read_text(encoding="utf-8"))
    return found


def declare(home: Home, file: str, said: Mapping[str, object]) -> None:
    """A declaration of the office's own."""
    path = home.root / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(dict(said), allow_unicode=True), encoding="utf-8")
