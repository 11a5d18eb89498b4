"""The floor a night is measured against: what DuckDB alone needs to touch the same files once.

It reads every inbox file to Parquet, joins the extracts to the roster on the number as written, and runs one group-by per rule
that has data.
It checks nothing, repairs nothing, explains nothing and publishes nothing.
"""

import codecs
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import fastexcel

from engine import connect, sql_text
from flows.declared import Catalogue, read_catalogue
from settings import Home
from sources.contract import Contract

BLOCK = 1 << 20


def main() -> None:
    """`python -m bench.floor HOME OUT`: run the floor once and print its seconds."""
    home, out = Home(Path(sys.argv[1])), Path(sys.argv[2])
    start = time.perf_counter()
    catalogue = read_catalogue(home)
    out.mkdir(parents=True, exist_ok=True)
    with connect(out, threads=2, memory_limit="4GiB") as db:
        rows = sum(_to_parquet(db, path, target) for path, target in _files(home, out))
        linked = _join(db, catalogue, out)
        groups = sum(_group(db, out, source) for source in _rule_sources(catalogue) if (out / source).is_dir())
    print(f"{rows} rows, {linked} joined, {groups} groups, {time.perf_counter() - start:.2f} s")


def _files(home: Home, out: Path) -> Iterator[tuple[Path, Path]]:
    for number, path in enumerate(sorted(path for path in home.inbox.rglob("*") if path.is_file())):
        source = path.relative_to(home.inbox).parts[0]
        yield path, out / source / f"{number}.parquet"


def _to_parquet(db: duckdb.DuckDBPyConnection, path: Path, target: Path) -> int:
    target.parent.mkdir(exist_ok=True)
    if path.suffix == ".xlsx":
        sheets = fastexcel.read_excel(path)
        tables = [sheets.load_sheet(name, header_row=None, dtypes="string").to_arrow() for name in sheets.sheet_names]
        return sum(_copy(db, table, target.with_name(f"{target.stem}_{i}.parquet")) for i, table in enumerate(tables))
    text = _utf8(path, target.with_suffix(".csv"))
    relation = db.sql(f"SELECT * FROM read_csv({sql_text(str(text))}, all_varchar=true, ignore_errors=true)")
    relation.write_parquet(str(target))
    return _count(db, target)


def _copy(db: duckdb.DuckDBPyConnection, table: object, target: Path) -> int:
    db.register("sheet", table)
    db.sql("SELECT * FROM sheet").write_parquet(str(target))
    return _count(db, target)


def _utf8(path: Path, target: Path) -> Path:
    head = path.read_bytes()[:BLOCK]
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
        return path
    except UnicodeDecodeError:
        decoder = codecs.getincrementaldecoder("gb18030")("backslashreplace")
    with path.open("rb") as source, target.open("wb") as out:
        while block := source.read(BLOCK):
            out.write(decoder.decode(block).encode())
        out.write(decoder.decode(b"", True).encode())
    return target


def _join(db: duckdb.DuckDBPyConnection, catalogue: Catalogue, out: Path) -> int:
    db.execute(f"""
        CREATE TABLE person AS SELECT {_column(db, out, catalogue.contracts[catalogue.roster])} AS number
        FROM {_read(out, catalogue.roster)}
    """)
    extracts = " UNION ALL ".join(
        f"SELECT {_column(db, out, catalogue.contracts[source])} AS number FROM {_read(out, source)}"
        for source in catalogue.facts
        if (out / source).is_dir()
    )
    row = db.execute(f"SELECT count(*) FROM ({extracts}) e JOIN person USING (number)").fetchone()
    return int(row[0]) if row else 0


def _column(db: duckdb.DuckDBPyConnection, out: Path, contract: Contract) -> str:
    """The number column as the first file names it; a workbook's columns have no names, so its fourth serves."""
    present = {row[0] for row in db.execute(f"DESCRIBE SELECT * FROM {_read(out, contract.id)}").fetchall()}
    number = contract.identity.id_number
    named = [header for header in (number.headers if number else ()) if header in present]
    return f'"{named[0]}"' if named else f'"{sorted(present)[min(3, len(present) - 1)]}"'


def _group(db: duckdb.DuckDBPyConnection, out: Path, source: str) -> int:
    columns = [row[0] for row in db.execute(f"DESCRIBE SELECT * FROM {_read(out, source)}").fetchall()]
    row = db.execute(
        f'SELECT count(*) FROM (SELECT "{columns[1]}", count(*), max("{columns[-1]}") FROM {_read(out, source)} GROUP BY 1)'
    ).fetchone()
    return int(row[0]) if row else 0


def _rule_sources(catalogue: Catalogue) -> list[str]:
    """The first feed of every rule that is on; the roster of one that reads none, and nothing where signals are combined."""
    return [
        next(iter(rule.sources), catalogue.roster)
        for rule in catalogue.rules.values()
        if not rule.off and not rule.is_combination
    ]


def _read(out: Path, source: str) -> str:
    return f"read_parquet({sql_text(str(out / source / '*.parquet'))}, union_by_name=true)"


def _count(db: duckdb.DuckDBPyConnection, target: Path) -> int:
    row = db.execute(f"SELECT count(*) FROM read_parquet({sql_text(str(target))})").fetchone()
    return int(row[0]) if row else 0


if __name__ == "__main__":
    main()
