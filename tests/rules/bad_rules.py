"""Rule files that must be refused, by mistake or by malice, each with the place and words of its refusal."""

from typing import Final

FACTS: Final = {
    "medical": {"self_paid": "money", "visit_type": "code", "settled_on": "date", "days": "integer", "terms": "terms"},
    "pay": {"monthly": "money", "months": "integer", "paid_on": "date", "share": "decimal"},
}
TITLES: Final = {"medical": {"医疗类别": "visit_type"}}
UNITS: Final = {"medical": {"days": "天"}, "pay": {"monthly": "元/月", "months": "月", "share": "比例"}}

GOOD: Final = """\
id: a_rule
title: 住院自付偏高
family: 因病
unit: person
population: age >= 18
needs:
  paid:
    title: 住院自付
    unit: 元
    source: medical
    aggregate: sum
    column: self_paid
    where: visit_type = '住院'
    date: settled_on
    window: {months: 12}
    absent: zero
  stays:
    title: 住院次数
    unit: 次
    source: medical
    aggregate: count
    date: settled_on
    window: {days: 90}
    absent: zero
thresholds:
  line:
    unit: 元
    values:
      - {area: "43", from: 2020-01-01, value: 5000, document: 某县办法（测试）}
condition: paid >= line
observed: paid
against: line
near: 0.8
severity: 50
reason: 自付 {paid}，标准 {threshold}
source: 测试
examples:
  - {case: fires, as_of: 2025-06-30, facts: {medical: [{self_paid: 6000, settled_on: 2025-05-01}]}, expect: fires}
  - {case: not, as_of: 2025-06-30, facts: {medical: [{self_paid: 10, settled_on: 2025-05-01}]}, expect: clear}
  - {case: exactly_at, as_of: 2025-06-30, facts: {medical: [{self_paid: 5000, settled_on: 2025-05-01}]}, expect: fires}
  - {case: missing, as_of: 2025-06-30, facts: {medical: [{self_paid: null, settled_on: 2025-05-01}]}, expect: unknown}
  - {case: old_date, as_of: 2025-06-30, facts: {medical: [{self_paid: 6000, settled_on: 2020-05-01}]}, expect: clear}
"""

COMBINED: Final = """\
id: combined
title: 两条线索同时出现
family: 因病
unit: household
needs:
  found: {title: 线索, unit: 条, source: signals, rules: [a_rule], aggregate: count, absent: zero}
condition: found >= 1
observed: found
severity: 70
reason: 线索 {found}
source: 测试
examples:
  - {case: fires, as_of: 2025-06-30, facts: {signals: [{rule: a_rule}]}, expect: fires}
  - {case: not, as_of: 2025-06-30, expect: clear}
  - {case: missing, as_of: 2025-06-30, facts: {signals: [{rule: a_rule, verdict: null}]}, expect: unknown}
  - {case: old_date, as_of: 2025-06-30, expect: clear}
"""

CONDITION: Final = "condition: paid >= line\n"
_PAID: Final = "needs.paid"
_VALUES: Final = "thresholds.line.values"

EDITS: Final[dict[str, tuple[str, str, str, str]]] = {
    # keys
    "misspelt key": ("severity: 50", "severety: 50", "severity", "是不是写成了 severety？"),
    "unknown key": ("severity: 50", "severity: 50\nweight: 3", "weight", "未知的键"),
    "misspelt key of a need": ("    aggregate: sum", "    agregate: sum", f"{_PAID}.agregate", "是不是 aggregate？"),
    "key twice": ("severity: 50", "severity: 50\nseverity: 60", "第 3", "键 severity 重复"),
    "empty title": ("title: 住院自付偏高", "title:", "title", "还没有填"),
    "empty source": (
        "    source: medical\n    aggregate: sum",
        "    source:\n    aggregate: sum",
        f"{_PAID}.source",
        "还没有填",
    ),
    "no needs": ("needs:\n", "needs: {}\nneed:\n", "needs", "至少要有 1 项"),
    "text as number": ("severity: 50", "severity: 高", "severity", "不是整数"),
    "fraction": ("severity: 50", "severity: 50.5", "severity", "不是整数"),
    "severity out of range": ("severity: 50", "severity: 500", "severity", "不可大于 100"),
    "huge number": ("severity: 50", "severity: " + "9" * 5000, "", "数字太长"),
    "near is one": ("near: 0.8", "near: 1", "near", "不可为 1"),
    "near is a word": ("near: 0.8", "near: 八成", "near", "不是数"),
    "near is infinite": ("near: 0.8", "near: .inf", "near", "不是"),
    "near without against": ("against: line\n", "", "near", "须写明 against"),
    "family": ("family: 因病", "family: 疾病", "family", "不在其中"),
    "unit": ("unit: person", "unit: people", "unit", "不在其中"),
    "id is no name": ("id: a_rule", "id: A-Rule", "id", "不合格式"),
    "id of another file": ("id: a_rule", "id: b_rule", "id", "b_rule"),
    "title of two lines": ("title: 住院自付偏高", 'title: "住院\\n自付"', "title", "不合格式"),
    "repeat": ("severity: 50", "severity: 50\nrepeat: always", "repeat", "不在其中"),
    # needs
    "no such source": (
        "    source: medical\n    aggregate: sum",
        "    source: medcal\n    aggregate: sum",
        f"{_PAID}.source",
        "是不是 medical？",
    ),
    "no such aggregate": ("aggregate: sum", "aggregate: average", f"{_PAID}.aggregate", "不在其中"),
    "no such column": ("column: self_paid", "column: self_payed", f"{_PAID}.column", "是不是 self_paid？"),
    "sum of a code": ("column: self_paid", "column: visit_type", f"{_PAID}.column", "须得出数"),
    "sum without column": ("    column: self_paid\n", "", "needs.paid", "须写 column"),
    "date is no date": (
        "    date: settled_on\n    window: {months",
        "    date: self_paid\n    window: {months",
        f"{_PAID}.date",
        "须得出日期",
    ),
    "date is an expression": (
        "    date: settled_on\n    window: {months",
        "    date: settled_on + 1\n    window: {months",
        f"{_PAID}.date",
        "不合格式",
    ),
    "no date": ("    date: settled_on\n    window: {months", "    window: {months", "needs.paid", "须写明 date"),
    "where on a column there is not": ("where: visit_type", "where: visittype", f"{_PAID}.where", "是不是 visit_type？"),
    "where in Chinese": (
        "where: visit_type = '住院'",
        "where: 医疗类别 = '住院'",
        f"{_PAID}.where",
        "“医疗类别”写作 visit_type",
    ),
    "population in Chinese": ("population: age >= 18", "population: 年龄 >= 18", "population", "“年龄”写作 age"),
    "date in Chinese": (
        "    date: settled_on\n    window: {months",
        "    date: 结算日期\n    window: {months",
        f"{_PAID}.date",
        "不合格式",
    ),
    "where gives a number": ("where: visit_type = '住院'", "where: self_paid", f"{_PAID}.where", "须得出是非"),
    "where reads a file": ("where: visit_type = '住院'", "where: read_csv('x') is null", f"{_PAID}.where", "函数 read_csv"),
    "where adds yuan to days": ("where: visit_type = '住院'", "where: self_paid + days > 1", f"{_PAID}.where", "单位不同"),
    "where is a list": ("where: visit_type = '住院'", "where: [住院]", f"{_PAID}.where", "不是文本"),
    "column divides by zero": ("column: self_paid", "column: self_paid / 0", f"{_PAID}.column", "除以零"),
    "column has a subquery": ("column: self_paid", "column: (select 1)", f"{_PAID}.column", "子查询"),
    "absent": ("    absent: zero\n  stays", "    absent: none\n  stays", f"{_PAID}.absent", "不在其中"),
    "attribute": (
        "    source: medical\n    aggregate: sum",
        "    attribute: shoe_size\n    aggregate: sum",
        f"{_PAID}.attribute",
        "attribute 只可为",
    ),
    "name of the compiler's": ("  stays:", "  verdict:", "needs", "名称已有他用"),
    "name of an attribute": ("  stays:", "  age:", "needs", "名称已有他用"),
    "name in Chinese": ("  stays:", "  次数:", "needs.次数", "名称不合格式"),
    "name that SQL keeps": ("  stays:", "  select:", "needs.select", "SQL 保留字"),
    # windows
    "window in words": ("window: {months: 12}", "window: 12个月", f"{_PAID}.window", "不是“键: 值”"),
    "window in the future": ("window: {months: 12}", "window: {months: -3}", f"{_PAID}.window", "只能朝过去看"),
    "window of no days": ("window: {months: 12}", "window: {days: 0}", f"{_PAID}.window", "只能朝过去看"),
    "window ahead": ("window: {months: 12}", "window: {next_months: 3}", f"{_PAID}.window.next_months", "未知的键"),
    "window of two kinds": ("window: {months: 12}", "window: {months: 12, days: 3}", f"{_PAID}.window", "只写一种"),
    "endless window": ("window: {months: 12}", "window: {days: 999999}", f"{_PAID}.window.days", "不可大于 36500"),
    "late days ahead": (
        "window: {months: 12}",
        "window: {calendar_year: true, late_days: -5}",
        f"{_PAID}.window.late_days",
        "不可小于 0",
    ),
    "year that is not": ("window: {months: 12}", "window: {calendar_year: false}", f"{_PAID}.window.calendar_year", "不在其中"),
    # units
    "wrong unit of a need": (
        "    unit: 元\n    source",
        "    unit: 万元\n    source",
        f"{_PAID}.unit",
        "写的是 万元，算出来的是 元",
    ),
    "count in yuan": ("    unit: 次\n", "    unit: 元\n", "needs.stays.unit", "要加总金额用 sum"),
    "sum of days in yuan": ("column: self_paid", "column: days", f"{_PAID}.unit", "算出来的是 天"),
    "threshold in another unit": ("  line:\n    unit: 元", "  line:\n    unit: 元/月", "condition", "单位是 元/月"),
    "threshold in ten thousands": ("  line:\n    unit: 元", "  line:\n    unit: 万元", "condition", "单位是 万元"),
    "against another unit": ("observed: paid", "observed: stays", "against", "stays 的单位是 次"),
    # thresholds
    "no document": (", document: 某县办法（测试）", "", f"{_VALUES}.0.document", "缺少这个键"),
    "empty document": ("document: 某县办法（测试）", 'document: ""', f"{_VALUES}.0.document", "不可"),
    "no first day": ("from: 2020-01-01, ", "", f"{_VALUES}.0.from", "缺少这个键"),
    "day that is none": ("from: 2020-01-01", "from: 2020-02-30", f"{_VALUES}.0.from", "不是日期"),
    "ends before it begins": ("from: 2020-01-01", "from: 2020-01-01, to: 2019-01-01", f"{_VALUES}.0.to", "早于"),
    "overlap": (
        "document: 某县办法（测试）}",
        'document: 某县办法（测试）}\n      - {area: "43", from: 2024-01-01, value: 6000, document: 某县新办法}',
        "thresholds.line",
        "两个值同时生效",
    ),
    "value in words": ("value: 5000", "value: 五千", f"{_VALUES}.0.value", "不是数"),
    "value with a comma": ("value: 5000", 'value: "5,000"', f"{_VALUES}.0.value", "不是数"),
    "value of nothing": ("value: 5000", "value: {factor: 0.5}", f"{_VALUES}.0.value.of", "缺少这个键"),
    "value of an unknown reference": (
        "value: 5000",
        "value: {factor: 1, of: basis}",
        f"{_VALUES}.0.value.of",
        "没有参照值 basis；是不是 base？",
    ),
    "one month of a monthly reference": (
        "value: 5000",
        "value: {factor: 1, of: monthly}",
        f"{_VALUES}.0.value.factor",
        "要乘月数",
    ),
    "a share of people": ("value: 5000", "value: {factor: 2, of: heads}", f"{_VALUES}.0.value.factor", "参照值的单位是 人"),
    "factor of zero": ("value: 5000", "value: {factor: 0, of: base}", f"{_VALUES}.0.value.factor", "须大于 0"),
    "no values": (
        '    values:\n      - {area: "43", from: 2020-01-01, value: 5000, document: 某县办法（测试）}',
        "    values: []",
        "thresholds.line",
        "须写 values",
    ),
    "household type": (
        "from: 2020-01-01",
        "population: [贫困户], from: 2020-01-01",
        f"{_VALUES}.0.population.0",
        "是不是 脱贫户？",
    ),
    "household types in one word": (
        "from: 2020-01-01",
        "population: 脱贫户, from: 2020-01-01",
        f"{_VALUES}.0.population",
        "不是列表",
    ),
    "unset threshold of a rule in use": (
        '    values:\n      - {area: "43", from: 2020-01-01, value: 5000, document: 某县办法（测试）}',
        "    unset: 没有查到文件规定的数额\n    trial: 3000",
        "thresholds",
        "off",
    ),
    "reference there is not": ("condition: paid >= line", "condition: paid >= basis", "condition", "是不是 base？"),
    "reference in another unit": (
        "condition: paid >= line",
        "condition: paid >= line and paid > monthly",
        "condition",
        "元/月",
    ),
    "change in per cent against yuan": (
        "    absent: zero\n  stays",
        "    absent: zero\n    change: percent\n  stays",
        f"{_PAID}.unit",
        "算出来的是 %",
    ),
    "change without window": ("    window: {months: 12}\n", "    change: difference\n", _PAID, "change 须写 window"),
    "clearing on the other side": ("near: 0.8", "near: 0.8\nclearing: 1.1", "near", "同一边"),
    "worse without measure": ("near: 0.8", "repeat: when_worse", "", "worse"),
    # areas
    "area without quotes": ('area: "43"', "area: 43", f"{_VALUES}.0.area", "不是文本"),
    "area by name": ('area: "43"', "area: 湖南", f"{_VALUES}.0.area", "不合格式"),
    "province there is not": ('area: "43"', 'area: "48"', f"{_VALUES}.0.area", "没有代码为 48 的省"),
    "prefecture there is not": ('area: "43"', 'area: "4399"', f"{_VALUES}.0.area", "没有代码为 4399 的市"),
    "county there is not": ('area: "43"', 'area: "431099"', f"{_VALUES}.0.area", "没有代码为 431099 的县"),
    "area of odd length": ('area: "43"', 'area: "431"', f"{_VALUES}.0.area", "实为 3 位"),
    "area filled up with noughts": ('area: "43"', 'area: "430000"', f"{_VALUES}.0.area", "只写到所指的那一级"),
    "village filled up with noughts": ('area: "43"', 'area: "431002000000"', f"{_VALUES}.0.area", "只写到所指的那一级"),
    "area in full width": ('area: "43"', 'area: "４３"', f"{_VALUES}.0.area", ""),
    # what is shown
    "observed": ("observed: paid", "observed: payed", "observed", "observed 须是"),
    "against": ("against: line", "against: lime", "against", "against 须是"),
    "placeholder": ("reason: 自付 {paid}", "reason: 自付 {payd}", "reason", "payd"),
    "placeholder in Chinese": ("标准 {threshold}", "标准 {标准}", "reason", "花括号"),
    "reason that begins with a placeholder": ("reason: 自付 {paid}，标准 {threshold}", "reason: {paid}", "reason", "不是文本"),
    "open brace": ("标准 {threshold}", "标准 {threshold", "reason", "花括号"),
    "population over a need": ("population: age >= 18", "population: paid > 18", "population", "没有名为 paid"),
    "population in yuan": ("population: age >= 18", "population: age >= income_per_head", "population", "单位不同"),
    # examples
    "no examples": ("examples:\n", "examples: []\nothers:\n", "others", "未知的键"),
    "case": ("case: fires", "case: fire", "examples.0.case", "是不是 fires？"),
    "expectation": ("expect: fires}\n  - {case: not", "expect: yes}\n  - {case: not", "examples.0.expect", "不在其中"),
    "case and expectation": ("{case: not, as_of", "{case: fires, as_of", "examples.1", "expect 须为 fires"),
    "night": ("{case: fires, as_of: 2025-06-30", "{case: fires, as_of: 上月", "examples.0.as_of", "不是日期"),
    # YAML
    "tab": ("severity: 50", "severity:\t50\n\tx: 1", "第 ", "制表符"),
    "colon in a text": ("source: 测试", "source: 见: 某办法", "第 ", "此处不该有冒号"),
    "bracket": ("window: {months: 12}", "window: {months: 12", "第 ", "缺少逗号"),
    "quote": ("source: 测试", 'source: "测试', "第 ", "引号没有结束"),
    "indent": ("observed: paid", " observed: paid", "第 ", ""),
    "two documents": ("severity: 50", "severity: 50\n---\nid: x", "第 ", "不止一段"),
    "control character": ("source: 测试", "source: 测\x07试", "", "看不见的控制字符"),
    "Python tag": ("source: 测试", "source: !!python/object/apply:os.system [true]", "第 ", "标签"),
    "tag": ("source: 测试", "source: !测试", "第 ", "标签"),
    "anchor": ("severity: 50", "severity: &x 50", "第 ", "锚点"),
    "alias": ("title: 住院自付偏高", "title: &t 住院\nmore: [*t, *t]", "第 ", "锚点"),
    "bomb": ("severity: 50", "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]", "第 ", "锚点"),
    "deep flow": ("severity: 50", "severity: " + "[" * 5000 + "]" * 5000, "第 ", "嵌套过深"),
    "deeper flow": ("severity: 50", "severity: " + "{a: " * 100_000, "第 ", "嵌套过深"),
}
"""What is replaced in GOOD by what -> place and words of the refusal."""

WHOLE: Final[dict[str, tuple[bytes, str, str]]] = {
    "empty": (b"", "id", "缺少这个键"),
    "a list": (b"- a\n- b\n", "文件开头", "不是“键: 值”"),
    "a word": (b"rule\n", "文件开头", "不是“键: 值”"),
    "GB18030": (GOOD.encode("gb18030"), "", "不是 UTF-8 编码"),
    "UTF-16": (GOOD.encode("utf-16"), "", "不是 UTF-8 编码"),
    "a workbook": (b"PK\x03\x04\x14\x00\x06\x00", "", "看不见的控制字符"),
    "too large": (b"# " + b"x" * 2_000_001, "", "太大"),
}
"""A whole file -> place and words of its refusal."""

CIRCLES: Final[dict[str, tuple[str, str, str]]] = {
    "itself": ("rules: [a_rule]", "rules: [combined]", "combined → combined"),
    "each other": ("rules: [a_rule]", "rules: [other]", "→"),
    "a rule there is not": ("rules: [a_rule]", "rules: [a_rul]", "没有规则 a_rul；是不是 a_rule？"),
}
"""What is replaced in COMBINED by what -> words of the refusal; `other` is COMBINED itself under another id."""
