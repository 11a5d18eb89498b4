"""One step of `bench.ingest`, in a process of its own: `python -m bench.ingest_step {invent,ingest,gate,floor} HOME [ROWS]`."""

import sys
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from bench.watch import Figures, Watch, report
from engine import connect, copy_parquet, sql_text
from expectations.gate import gate
from settings import Home
from sources.contracts import load_contracts
from sources.ingest import ingest

THREADS: Final = 2
MEMORY: Final = "3GiB"
AS_OF: Final = date(2026, 10, 31)
DELIVERED: Final = "medical/2026-10-31/settlements.csv"
_BATCHES: Final = "batches.parquet"
_BORN: Final = "DATE '1940-01-01' + (n * 7919 % 29000)::INTEGER"
_DAY: Final = "DATE '2025-01-01' + (n * 104729 % 660)::INTEGER"
_CENTS: Final = "(n * 7907 % 5000000)"


def main() -> None:
    """Run a step and print its figures."""
    steps = {"ingest": ingest_rows, "gate": gate_rows, "floor": floor_rows}
    name, home = sys.argv[1], Path(sys.argv[2])
    report(partial(invent_rows, int(sys.argv[3])) if name == "invent" else steps[name], home)


def invent_rows(rows: int, home: Path) -> Figures:
    """One file of the medical feed: in a hundred rows two costs and two days are written otherwise, one cannot be read."""
    target = home / "inbox" / DELIVERED
    target.parent.mkdir(parents=True)
    watch = Watch()
    with connect(home / "work", THREADS, MEMORY) as db:
        db.execute(f"COPY ({_rows_sql(rows)}) TO {sql_text(str(target))} (FORMAT csv, HEADER)")
    return watch.read()


def _rows_sql(rows: int) -> str:
    cost = f"({_CENTS} / 100.0)::DECIMAL(18,2)"
    return f"""
        SELECT 'JS' || lpad(n::VARCHAR, 12, '0') AS "结算单号",
               ['王', '李', '张', '刘', '陈'][1 + n % 5] || ['建国', '秀英', '伟', '芳'][1 + n % 4] AS "参保人姓名",
               '410101' || strftime({_BORN}, '%Y%m%d') || lpad((n % 9999)::VARCHAR, 4, '0') AS "身份证号码",
               '某县某镇第' || (n % 400) || '村' AS "参保地",
               CASE WHEN n % 100 < 2 THEN strftime({_DAY}, '%Y年%-m月%-d日') ELSE ({_DAY})::VARCHAR END AS "结算日期",
               ['住院', '普通门诊', '门诊统筹', '门特', '门诊慢特病'][1 + n % 5] AS "医疗类别",
               CASE WHEN n % 50 = 7 THEN '尿毒症' END AS "重大疾病病种",
               CASE n % 100 WHEN 3 THEN '￥' || {cost} || '元' WHEN 4 THEN format('{{:,.2f}}', {cost}::DOUBLE)
                    WHEN 5 THEN '不详'
                    ELSE {cost}::VARCHAR END AS "医疗费总额",
               ({_CENTS} * 0.6 / 100)::DECIMAL(18,2) AS "基本医保支付", 0.00 AS "大病保险支付", NULL AS "医疗救助支付",
               ({_CENTS} * 0.4 / 100)::DECIMAL(18,2) AS "个人自付", '某县人民医院' AS "定点医疗机构", '某某' AS "经办人"
        FROM range(1, {rows} + 1) AS t(n)"""


def ingest_rows(home: Path) -> Figures:
    """The first stage of a night, from the inbox to the store."""
    contracts = load_contracts(None)
    watch = Watch()
    with connect(home / "work", THREADS, MEMORY) as db:
        batches = ingest(db, Home(home), {"medical": contracts["medical"]}, AS_OF).batches
    figures = watch.read()
    pq.write_table(batches, home / _BATCHES)
    return {"rows": sum(batches["rows"].to_pylist()), **figures}


def gate_rows(home: Path) -> Figures:
    """The second stage, with Great Expectations and its import."""
    batches: pa.Table = pq.read_table(home / _BATCHES)
    contracts = load_contracts(None)
    watch = Watch()
    with connect(home / "work", THREADS, MEMORY) as db:
        gate(db, Home(home), {"medical": contracts["medical"]}, batches)
        counted = db.sql("SELECT count(DISTINCT row_id) FROM quarantine").fetchone()
    return {"quarantined": counted[0] if counted else 0, **watch.read()}


def floor_rows(home: Path) -> Figures:
    """What DuckDB alone needs to read the file as text and write it as Parquet: no check, no type, no copy of the original."""
    source = sql_text(str(home / "inbox" / DELIVERED))
    watch = Watch()
    with connect(home / "work", THREADS, MEMORY) as db:
        rows = copy_parquet(db, f"SELECT * FROM read_csv({source}, all_varchar = true)", home / "floor.parquet")
    return {"rows": rows, **watch.read()}


if __name__ == "__main__":
    main()
