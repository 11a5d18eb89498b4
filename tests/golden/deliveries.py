"""What the departments send for the golden night: every file, row by row.  README.md beside this says why each row is there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.golden.people import (
    COUNTY,
    PEOPLE,
    Person,
    by_name,
    certificate,
    damaged,
    old_number,
    stand_in_number,
    student_number,
    with_check_digit,
)

Cell = str | int
Row = Sequence[Cell]


@dataclass(frozen=True)
class TextFile:
    """A CSV below inbox/ in a department's own encoding; cells are joined as they are, as department systems do."""

    path: str
    encoding: Literal["utf-8", "utf-8-sig", "gb18030", "gbk"]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Workbook:
    """An XLSX below inbox/: sheet -> its rows; the first row is a title merged over all columns."""

    path: str
    sheets: Mapping[str, Sequence[Row]]


def columns(headers: str) -> list[str]:
    """A header row as a spreadsheet's comma-separated line."""
    return headers.split(",")


def deliveries() -> Iterator[TextFile | Workbook]:
    """All files of the inbox."""
    who = by_name()
    yield _roster()
    yield from _medical(who)
    yield _education(who)
    yield _disability(who)
    yield _civil_affairs(who)
    yield _employment(who)
    yield _visits(who)


def _roster() -> TextFile:
    header = columns(
        "县,乡,村,组,行政区划代码,户编号,人编号,姓名,性别,出生日期,证件号码,民族,与户主关系,文化程度,在校生状况,"
        "劳动技能,健康状况,务工时间（月）,是否享受低保,人均纯收入,户类型,监测对象类别,风险是否消除,联系电话"
    )
    rows = [_resident(index, person) for index, person in enumerate(PEOPLE, start=1)]
    return TextFile("roster/2026-10-03/农村人口花名册_202610.csv", "utf-8-sig", [header, *rows])


def _resident(index: int, person: Person) -> Row:
    home = person.household
    number = certificate(person, "43") if person.name == "陈桂兰" else person.number
    return (
        *(COUNTY, home.village.township, home.village.name, "一组", home.village.code, person.household_id, person.resident_id),
        *(person.name, person.sex, person.born, number, "汉族", person.relation, "", person.schooling, person.labour),
        *(person.health, "", home.is_on_dibao, home.income, home.kind, home.monitored_class),
        *("否" if home.monitored_class else "", f"199999{index:05}"),
    )


def _medical(who: Mapping[str, Person]) -> Iterator[TextFile]:
    header = columns(
        "结算单号,社会保障号码,姓名,参保地,结算日期,医疗类别,重大疾病病种,医疗费总额,基本医保支付,大病保险支付,医疗救助支付,个人自付"
    )

    def row(no: int, name: str, day: str, kind: str, total: str, self_paid: str, **other: str) -> Row:
        person = who.get(name) or who[other["whose"]]
        number, place = other.get("number", person.number), other.get("place", person.address)
        return (f"YB2026{no:08}", number, name, place, day, kind, "", total, "", "", "", self_paid)

    corrected, repeated = (6, "郑建国", "2026-08-12", "住院"), row(7, "黄丽", "2026-08-20", "门诊统筹", "300.00", "120.00")
    august = (
        row(1, "赵德山", "2026-08-03", "住院", "9800.00", "3900.00"),
        row(*corrected, "14500.00", "5800.00"),
        repeated,
    )
    september = (
        row(*corrected, "14500.00", "3200.00"),
        repeated,
        row(8, "赵德山", "2026-09-21", "住院", "5600.00", "2300.00"),
        row(9, "刘惠玲", "2026-09-18", "住院", "46000.00", "20500.00", whose="刘慧玲"),
        row(10, "何建军", "2026-09-11", "住院", "58000.00", "26000.00", whose="孙建业"),
        row(11, "何翠花", "2026-09-13", "住院", "3400.00", ""),
        row(12, "周明", "2026-09-05", "门诊慢特病", "900.00", "380.00"),
        row(13, "周明", "2026-09-22", "门诊慢特病", "600.00", "240.00"),
        row(14, "王长根", "2026-09-25", "住院", "见附件", "23000.00"),
        row(15, "马远航", "2026-09-16", "住院", "91000.00", "40000.00", whose="周明", **_stranger()),
    )
    yield TextFile("medical/2026-09-08/医保结算_202608.csv", "gb18030", [header, *august])
    yield TextFile("medical/2026-10-08/医保结算_202609.csv", "gb18030", [header, *september])


def _stranger() -> dict[str, str]:
    """A valid number of another invented area, and its town."""
    return {"number": with_check_digit("99050119850606" + "117"), "place": "虚构省虚构市城区"}


def _education(who: Mapping[str, Person]) -> Workbook:
    header = columns(
        "序号,学期记录号,学生姓名,身份证件号,性别,出生日期,户籍所在地,学年,学期,学段,在校状态,状态日期,学费,住宿费,书本费,资助金额"
    )

    def row(no: int, name: str, number: str, stage: str, enrolment: str, fees: Sequence[Cell] = (0, 0, 0, 0)) -> Row:
        person = who[name]
        told = (no, f"XJ2026A{no:05}", name, number, person.sex, person.born, person.address)
        return (*told, "2026-2027", "秋季", stage, enrolment, "2026-09-05", *fees)

    rows = (
        row(1, "赵小龙", student_number(who["赵小龙"]), "普通高中", "在校", (5200, 3800, 1600, 0)),
        row(2, "孙晓梅", who["孙晓梅"].number, "初中", "在校"),
        row(3, "郑雨桐", who["郑雨桐"].number, "初中", "在校"),
        row(4, "王子轩", stand_in_number(who["王子轩"]), "小学", "疑似辍学"),
        row(5, "冯佳佳", who["冯佳佳"].number, "小学", "在校"),
    )
    title, note = ("2026 年秋季学期在校学生收费与资助情况表",), ("说明：金额单位为元；无法填写身份证件号的可填学籍号。",)
    return Workbook("education/2026-10-09/在校学生收费资助_2026秋季.xlsx", {"学生名单": [title, note, header, *rows]})


def _disability(who: Mapping[str, Person]) -> TextFile:
    header = columns(
        "办证流水号,姓名,性别,出生日期,证件号码,残疾类别,残疾等级,首次发证日期,发证日期,证件状态,户籍地址,联系电话"
    )

    def row(no: str, name: str, number: str, *told: str) -> Row:
        person = who[name]
        return (no, name, person.sex, person.born, number, *told, person.address, "")

    new, reissued = certificate(who["李有福"], "41"), certificate(who["陈桂兰"], "43", "B1")
    rows = (
        row("CL2026000001", "李有福", new, "4", "壹级", "2026-09-10", "2026-09-10", "正常"),
        row("CL2015000002", "陈桂兰", reissued, "肢体", "三级", "2015-06-18", "2025-06-18", "有效"),
    )
    return TextFile("disability/2026-10-12/残疾人证_2026年第三季度.csv", "utf-8-sig", [header, *rows])


def _civil_affairs(who: Mapping[str, Person]) -> Workbook:
    dibao = columns("序号,救助编号,姓名,身份证号码,性别,行政区划代码,救助类别,月保障金额,起始日期,停止日期,停止原因")
    other = columns("序号,待遇编号,对象姓名,对象身份证号,性别,区划代码,对象类别,月救助金额,待遇开始日期,待遇停止日期,停发原因")
    head = who["冯福来"]
    code = head.household.village.code
    steady = (1, "JZ20240001", head.name, old_number(head), head.sex, code, "低保", "455.00", "2024-01-01", "", "")
    once = (1, "JZ20260002", head.name, head.number, head.sex, code, "临时救助", "1500.00", "2026-08-02", "", "")
    return Workbook(
        "civil_affairs/2026-10-06/低收入人口救助_202609.xlsx",
        {
            "农村低保": [("农村最低生活保障对象名册",), dibao, steady],
            "临时救助": [("临时救助对象名册",), other, once],
        },
    )


def _employment(who: Mapping[str, Person]) -> TextFile:
    header = columns("登记编号,身份证号码,姓名,户籍地,手机号码,登记类型,登记日期,就业形式,失业原因,月工资")

    def row(no: int, name: str, number: str, kind: str, day: str, *rest: str) -> Row:
        return (f'="DJ2026{no:04}"', number, name, who[name].address, "", kind, day, *rest)

    rows = (
        row(1, "吴国强", f'="{who["吴国强"].number}"', "失业", "2026年9月28日", "", "企业裁员", ""),
        row(2, "田秀英", f"'{who['田秀英'].number}", "就业", "20260916", "帮扶车间", "", "2600.00"),
        row(3, "郑建国", damaged(who["郑建国"]), "失业", "2026/9/30", "", "企业停产", ""),
        row(4, "李小燕", who["李小燕"].number, "就业", "2026-09-02", "单位就业", "", "3900.00"),
        row(5, "周海涛", f'="{who["周海涛"].number}"', "外出务工返乡", "2026-05-04", "", "", ""),
    )
    return TextFile("employment/2026-10-09/就业与失业登记_202609.csv", "gbk", [header, *rows])


def _visits(who: Mapping[str, Person]) -> TextFile:
    header = columns("核实编号,户主证件号码,户主姓名,行政区划代码,核实日期,风险类型,核实结论,核实人")

    def row(no: int, name: str, day: str, family: str, outcome: str) -> Row:
        return (f"HS2026{no:04}", who[name].number, name, who[name].household.village.code, day, family, outcome, "核实员一")

    rows = (
        row(1, "吴国强", "2026-09-20", "务工不稳", "已有帮扶"),
        row(2, "周明", "2026-10-10", "因病", "属实可应对"),
        row(3, "赵德山", "2026-10-20", "因学", "未见到人"),
    )
    return TextFile("visits/2026-10-25/入户核实结果_202610.csv", "utf-8", [header, *rows])
