"""The residents of the golden night, household by household, and the ways in which departments write their numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

COUNTY: Final = "虚构县"
AREA: Final = "990101"
WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Village:
    """A village and the township it is in."""

    code: str
    township: str
    name: str


@dataclass(frozen=True)
class Household:
    """What the roster says of a household; `income` is per head and year in yuan."""

    letter: str
    village: Village
    kind: str
    income: str
    monitored_class: str = ""
    is_on_dibao: str = "否"


@dataclass(frozen=True)
class Person:
    """A resident; `number` is a citizen ID number with its check digit, of an area that does not exist."""

    name: str
    household: Household
    place: int
    relation: str
    sex: str
    born: str
    labour: str
    health: str = "健康"
    schooling: str = ""

    @property
    def household_id(self) -> str:
        return f"{self.household.village.code}{self.household.letter}"

    @property
    def resident_id(self) -> str:
        return f"{self.household_id}{self.place}"

    @property
    def number(self) -> str:
        sequence = 10 * (ord(self.household.letter) - ord("A") + 1) + 2 * self.place - (self.sex == "男")
        return with_check_digit(f"{AREA}{self.born.replace('-', '')}{sequence:03}")

    @property
    def address(self) -> str:
        village = self.household.village
        return f"{COUNTY}{village.township}{village.name}"


def with_check_digit(digits: str) -> str:
    """Seventeen digits and their check digit (GB 11643-1999)."""
    total = sum(int(digit) * weight for digit, weight in zip(digits, WEIGHTS, strict=True))
    return digits + "10X98765432"[total % 11]


def certificate(person: Person, kind_and_grade: str, reissue: str = "") -> str:
    """A disability certificate: the ID number, kind, grade, and `B1` if it was issued anew; 20 or 22 characters."""
    return f"{person.number}{kind_and_grade}{reissue}"


def student_number(person: Person) -> str:
    """A national student number that holds the ID number: G and 18 characters."""
    return f"G{person.number}"


def stand_in_number(person: Person) -> str:
    """A student number made up by the school's system; it looks like an ID number and is none."""
    return f"L{AREA}{person.born.replace('-', '')}0417"


def old_number(person: Person) -> str:
    """The fifteen digits of before 1999."""
    return person.number[:6] + person.number[8:17]


def damaged(person: Person) -> str:
    """What a spreadsheet makes of an ID number."""
    return f"{person.number[0]}.{person.number[1:6]}E+17"


STONE_BRIDGE: Final = Village("990101101201", "柳河镇", "石桥村")
PEAR_FLAT: Final = Village("990101102203", "云台乡", "梨坪村")

ZHAO: Final = Household("A", STONE_BRIDGE, "脱贫户", "11800.00")
QIAN: Final = Household("B", STONE_BRIDGE, "一般农户", "16000.00")
SUN: Final = Household("C", STONE_BRIDGE, "一般农户", "15000.00")
LI: Final = Household("D", STONE_BRIDGE, "一般农户", "8400.00")
ZHOU: Final = Household("E", STONE_BRIDGE, "脱贫户", "12600.00")
WU: Final = Household("F", PEAR_FLAT, "一般农户", "13200.00")
ZHENG: Final = Household("G", PEAR_FLAT, "脱贫户", "10500.00")
WANG: Final = Household("H", PEAR_FLAT, "一般农户", "9200.00")
FENG: Final = Household("J", PEAR_FLAT, "监测对象", "6500.00", "边缘易致贫户", "是")

PEOPLE: Final = (
    Person("赵德山", ZHAO, 1, "户主", "男", "1972-03-14", "普通劳动力", "长期慢性病"),
    Person("孙秀兰", ZHAO, 2, "配偶", "女", "1974-07-02", "普通劳动力"),
    Person("赵小龙", ZHAO, 3, "之子", "男", "2009-05-20", "无劳动力", schooling="高中"),
    Person("王桂英", ZHAO, 4, "之母", "女", "1948-11-05", "丧失劳动力"),
    Person("钱守义", QIAN, 1, "户主", "男", "1968-01-23", "普通劳动力"),
    Person("刘慧玲", QIAN, 2, "配偶", "女", "1970-10-09", "普通劳动力"),
    Person("孙建业", SUN, 1, "户主", "男", "1979-06-30", "技能劳动力"),
    Person("何翠花", SUN, 2, "配偶", "女", "1981-02-17", "普通劳动力"),
    Person("孙晓梅", SUN, 3, "之女", "女", "2012-04-08", "", schooling="初中"),
    Person("李有福", LI, 1, "户主", "男", "1961-08-12", "弱劳动力或半劳动力", "残疾"),
    Person("李小燕", LI, 2, "之女", "女", "2001-12-01", "普通劳动力"),
    Person("周明", ZHOU, 1, "户主", "男", "1976-09-19", "普通劳动力", "长期慢性病"),
    Person("陈桂兰", ZHOU, 2, "之母", "女", "1950-05-25", "丧失劳动力", "残疾"),
    Person("周海涛", ZHOU, 3, "之子", "男", "2003-03-03", "普通劳动力"),
    Person("吴国强", WU, 1, "户主", "男", "1980-07-07", "普通劳动力"),
    Person("田秀英", WU, 2, "配偶", "女", "1982-01-15", "普通劳动力"),
    Person("郑建国", ZHENG, 1, "户主", "男", "1975-11-28", "普通劳动力"),
    Person("黄丽", ZHENG, 2, "配偶", "女", "1977-04-16", "普通劳动力"),
    Person("郑雨桐", ZHENG, 3, "之女", "女", "2013-02-11", "", schooling="初中"),
    Person("王长根", WANG, 1, "户主", "男", "1965-10-20", "普通劳动力"),
    Person("王磊", WANG, 2, "之子", "男", "1990-06-06", "技能劳动力"),
    Person("王子轩", WANG, 3, "之孙子", "男", "2014-01-09", "", schooling="小学"),
    Person("冯福来", FENG, 1, "户主", "男", "1953-03-27", "丧失劳动力"),
    Person("冯佳佳", FENG, 2, "之孙女", "女", "2016-08-30", "", schooling="小学"),
)


def by_name() -> Mapping[str, Person]:
    """The residents by name; no two have the same."""
    return {person.name: person for person in PEOPLE}
