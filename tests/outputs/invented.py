"""A small invented night for the tests of lists and report: nobody in it exists, region codes start with 99."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import duckdb
import pyarrow as pa

import case_tables
import feed_tables
import review_tables
import tables

AS_OF: Final = date(2026, 10, 31)
OFFICE: Final = "虚构县数据办"
NOTICE: Final = "本县、本表所有人员与数据均为虚构，仅供演示"
TITLES: Final = {"roster": "农村人口花名册", "medical": "医保结算", "education": "教育缴费", "employment": "就业失业登记"}

COUNTIES: Final = {"990101": "虚构县", "990102": "乌有县"}
TOWNSHIPS: Final = {"990101001": "石桥乡", "990101002": "云水镇", "990102001": "青禾乡"}

Values = dict[str, object]
RULE_SOURCE: Final = pa.schema([(name, pa.string()) for name in ("rule", "source", "channel")])


def table(schema: pa.Schema, *rows: Mapping[str, object]) -> pa.Table:
    """Rows as a table of `schema`; columns left out are null."""
    unknown = {key for row in rows for key in row} - set(schema.names)
    assert not unknown, unknown
    return pa.Table.from_pylist([{**dict.fromkeys(schema.names), **row} for row in rows], schema=schema)


def register(connection: duckdb.DuckDBPyConnection, **found: pa.Table) -> None:
    """Each table under its name, as the stages before would have left it."""
    for name, rows in found.items():
        connection.register("arriving", rows)
        connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM arriving')
        connection.unregister("arriving")


def place(number: int) -> Values:
    """Household `number`'s place: two of three households live in the first county."""
    township = list(TOWNSHIPS)[number % 3]
    county = township[:6]
    return {
        "county": county,
        "county_name": COUNTIES[county],
        "township": township,
        "township_name": TOWNSHIPS[township],
        "village": f"{township}201",
        "village_name": "虚一村",
    }


def warning(number: int, **other: object) -> Values:
    """The warning of household `number`, ranked by its number."""
    return {
        **place(number),
        "warning_id": f"W{number:012X}",
        "household_id": household(number),
        "household_type": "脱贫户",
        "score": 100 - number,
        "parts": "{}",
        "tier": "红橙黄"[number % 3],
        "rank": number + 1,
        "county_rank": number + 1,
        "township_rank": number // 3 + 1,
        "families": ["因病"] if number % 2 else ["因病", "因学"],
        "reasons": ["户主：今年住院自付 8,200.00 元，达到 5,000.00 元", "之女：疑似失学"],
        "signals": [],
        "first_seen": AS_OF,
        "status": "新增" if number % 2 else "持续",
        "due_on": date(2026, 11, 15),
        "proposed_risks": ["01 因病"] if number % 2 else ["01 因病", "09 因学"],
        "proposed_class": "脱贫不稳定户",
        "proposed_why": "脱贫户，人均纯收入 6,200 元低于监测范围 8,700 元（虚构县演示值）",
        "above": "比下一位多 1 分：风险程度 +1",
        **other,
    }  # fmt: skip


def household(number: int) -> str:
    return f"99010100{number:07d}"


def referral(number: int, **other: object) -> Values:
    at = place(number)
    return {
        "list_id": f"L{at['county']}",
        "county": at["county"],
        "township": at["township"],
        "position": number + 1,
        "warning_id": f"W{number:012X}",
        "household_id": household(number),
        "is_listed": True,
        **other,
    }  # fmt: skip


def resident(number: int, member: int = 0, **other: object) -> Values:
    """Member 0 of a household is its head."""
    return {
        **place(number),
        "row_id": number * 10 + member,
        "resident_id": f"{household(number)}{member}",
        "household_id": household(number),
        "relation": "户主" if member == 0 else "之女",
        "household_type": "脱贫户",
        "group_name": "三组",
        **other,
    }


def identity(number: int, member: int = 0, **other: object) -> Values:
    """The roster's other side of `resident`."""
    return {
        "resident_id": f"{household(number)}{member}",
        "household_id": household(number),
        "name": f"演示{'甲乙丙丁戊己庚辛壬癸'[number % 10]}{'一二三四'[member]}",
        "id_number": f"9901011970010{number:02d}{member:02d}X"[:17] + "X",
        "phone": f"199999{number:05d}" if member == 0 else None,
        **other,
    }


def night(connection: duckdb.DuckDBPyConnection, households: int = 6, **replaced: pa.Table) -> None:
    """Warnings, referrals and roster of so many households; `replaced` tables take the place of those made here."""
    numbers = range(households)
    members = [(number, member) for number in numbers for member in range(2)]
    made = {
        "warning": table(tables.WARNING, *(warning(n) for n in numbers)),
        "referral": table(tables.REFERRAL, *(referral(n) for n in numbers)),
        "resident": table(tables.RESIDENT, *(resident(n, m) for n, m in members)),
        "roster_identity": table(tables.ROSTER_IDENTITY, *(identity(n, m) for n, m in members)),
        "signal": table(tables.SIGNAL),
        "rule_source": table(RULE_SOURCE),
        "issued_before": table(case_tables.ISSUED),
        "case_file": table(case_tables.CASE),
        "spared": table(case_tables.SPARED),
    }
    register(connection, **{**made, **replaced})


def batch(source: str, number: int, rows_in: int, **bins: object) -> Values:
    """One line of the accounting; bins not given are 0."""
    return {
        "source": source,
        "batch_id": f"{number:016x}",
        "file": f"{source}/2026-10-0{number}/导出{number}.csv",
        "received_on": date(2026, 10, number),
        "state": "accepted",
        "rows_in": rows_in,
        **dict.fromkeys(tables.BINS, 0),
        "quarantined_by": "{}",
        **bins,
    }


def accounting() -> pa.Table:
    """Four files: 1,200 rows, of which 30 were held."""
    return table(
        tables.ACCOUNTING,
        batch("education", 1, 30, state="held", held=30),
        batch("medical", 2, 570, linked=500, review=20, no_resident=30, quarantined=5, duplicate=10, superseded=5),
        batch("medical", 3, 400, linked=390, review=10),
        batch("roster", 4, 200, registered=200),
    )


def _aside() -> list[Values]:
    """Three signals of two households, one of them monitored."""
    kinds = ("visited", "visited", "monitored")
    return [{"signal_id": f"s{n}", "household_id": f"h{n // 2}", "kind": kind} for n, kind in enumerate(kinds)]


def _villages() -> list[Values]:
    """Two villages that were asked and one that was spared."""
    place = {"county": "990101", "county_name": "虚构县", "township": "990101001", "township_name": "石桥乡"}
    counts = [("虚一村", 2, 3, 1, 9, 4, 0), ("虚二村", 5, 6, 0, 12, 2, 1), ("虚三村", 0, 0, 0, 2, 0, 2)]
    names = ("village_name", "asked_month", "open_cases", "overdue", "signals", "merged", "avoided")
    return [
        place | {"village": f"9901010012{n:02}"} | dict(zip(names, row, strict=True)) for n, row in enumerate(counts, start=1)
    ]


NOTHING_FOLLOWED: Final = {
    "case_file": case_tables.CASE,
    "answer": case_tables.ANSWER,
    "problem": case_tables.PROBLEM,
    "alarm": case_tables.ALARM,
    "yield": case_tables.YIELD,
    "channel_share": case_tables.CHANNEL_SHARE,
    "exit_count": case_tables.EXIT_COUNT,
    "exit_watch": case_tables.EXIT_WATCH,
    "reentry": case_tables.REENTRY,
    "registry_issue": case_tables.REGISTRY_ISSUE,
}
"""The tables of a night before which nothing was handed out."""


def report_tables() -> dict[str, pa.Table]:
    """The tables that only the report reads."""
    links = [("linked", f"R{n % 3}") for n in range(5)] + [("review", None)] * 2 + [("no_resident", None)]
    return {
        "accounting": accounting(),
        "held_file": table(feed_tables.HELD_FILE),
        **{name: table(schema) for name, schema in NOTHING_FOLLOWED.items()},
        "source_status": table(
            feed_tables.SOURCE_STATUS,
            {"source": "education", "title": "在校与收费资助", "owner": "县教育局", "repeats_in_a_row": 0, "state": "fresh"},
            {
                "source": "medical",
                "title": "医保结算",
                "owner": "县医保局",
                "repeats_in_a_row": 0,
                "state": "late",
                "days_late": 3,
            },
        ),
        "finding": table(
            tables.FINDING,
            {
                "source": "medical",
                "batch_id": f"{2:016x}",
                "verdict": "quarantine",
                "observed": 5,
                "message": "结算日期缺失 5 行",
            },
            {"source": "education", "batch_id": f"{1:016x}", "verdict": "hold", "observed": 1, "message": "缺少“学年”一列"},
            {"source": "medical", "batch_id": f"{3:016x}", "verdict": "pass", "observed": 0, "message": "没有问题"},
        ),
        "verdict_count": table(
            tables.VERDICT_COUNT,
            *(
                {"rule": rule, "title": title, "family": family, "verdict": verdict, "units": units, "why": why}
                for rule, title, family, verdict, units, why in (
                    ("med", "住院自付达到 5,000 元", "因病", "fires", 7, "数据已过期"),
                    ("med", "住院自付达到 5,000 元", "因病", "near", 3, None),
                    ("med", "住院自付达到 5,000 元", "因病", "clear", 1200, None),
                    ("med", "住院自付达到 5,000 元", "因病", "unknown", 4, "自付金额缺失"),
                    ("edu", "疑似失学辍学", "因学", "unknown", 300, "尚无数据：education"),
                    ("off", "单次住院自付", "因病", "off", 1214, "没有文件规定数额"),
                )
            ),
        ),
        "review_queue": table(
            review_tables.REVIEW_QUEUE,
            *({"identity_key": f"{n:016x}", "position": at, "is_listed": at == 1} for n, at in enumerate((1, 2, None))),
        ),
        "suppressed": table(tables.SUPPRESSED, *_aside()),
        "burden": table(case_tables.BURDEN, *_villages()),
        "link": table(
            tables.LINK, *({"row_id": n, "decision": decision, "resident_id": who} for n, (decision, who) in enumerate(links))
        ),
    }
