"""Text into typed facts: numbers and dates in SQL, code lists over their distinct values."""

import re
from collections.abc import Mapping
from typing import Final

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engine import sql_text
from sources.contract import Contract, Fact, FactType, fold
from sources.piece import Piece
from tables import FACT_TYPES, IDENTITY

NOTHING: Final = ("", "-", "--", "—", "——", "无", "/", "NULL", "null")
"""What departments write for nothing in a column that is not text."""

_SPACE: Final = " \t\r\n\v\f\u00a0\u3000\ufeff\u200b"
_FULL: Final = "".join(map(chr, range(0xFF01, 0xFF5F))) + "\u3000"
_HALF: Final = "".join(map(chr, range(0x21, 0x7F))) + " "
_TRUTH: Final[Mapping[str, tuple[str, ...]]] = {
    "true": ("是", "1", "TRUE", "Y", "YES", "√", "真"),
    "false": ("否", "0", "FALSE", "N", "NO", "×", "假"),
}
_DATE_FORMATS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日")
_DATE_SHAPE: Final = r"[1-9]\d{3}([-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{4})"
_TIME: Final = r"[ T]*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$"
_INTEGER: Final = r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.0*)?"
_NUMBER: Final = r"(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?"
_USUAL: Final[Mapping[FactType, str]] = {
    "text": r"""[^'"=\s\x{a0}\x{3000}\x{feff}\x{200b}]([^\n]*[^\s\x{a0}\x{3000}\x{feff}\x{200b}])?""",
    "date": r"[1-9]\d{3}-\d{2}-\d{2}",
    "integer": r"-?\d{1,18}",
    "money": r"-?\d{1,15}(\.\d{1,9})?",
    "decimal": r"-?\d{1,13}(\.\d{1,9})?",
}


def to_facts(connection: duckdb.DuckDBPyConnection, contract: Contract, piece: Piece, first: int, row_id: int) -> pa.Table:
    """The rows of a piece as `contract.facts_schema`; `first` is the first row's number, `row_id` the batch's id of row 0.

    Rows keep their order.  Text that cannot become its type is null and its column is named in `unconverted`.
    """
    table = _with_meanings(contract, piece).append_column("row_number", _numbers(first, piece.cells.num_rows))
    connection.register("ingested_piece", table)
    try:
        typed = connection.sql(facts_sql(contract, piece, row_id)).to_arrow_table()
    finally:
        connection.unregister("ingested_piece")
    return typed.cast(contract.facts_schema)


def to_identity(piece: Piece, first: int, row_id: int) -> pa.Table:
    """The rows of a piece as IDENTITY: text as written, null where there is no such column or the row is damaged."""
    count = piece.cells.num_rows
    ids = pc.add(_numbers(first, count).cast(pa.int64()), row_id)
    at = piece.layout.identity
    texts = [piece.cells[f"c{at[name]}"] if name in at else pa.nulls(count, pa.string()) for name in IDENTITY.names[1:]]
    return pa.table([ids, *texts], schema=IDENTITY)


def _numbers(first: int, count: int) -> pa.Array:
    return pa.array(np.arange(first, first + count, dtype=np.int32))


def facts_sql(contract: Contract, piece: Piece, row_id: int) -> str:
    """The query that types `ingested_piece`: trim every cell, unwrap it, convert it, then say which did not convert."""
    at, facts = piece.layout.facts, contract.facts.items()
    plain = {name: fact for name, fact in facts if name in at and not _meanings(fact)}
    rows = "ingested_piece"
    for step in zip(*(_steps(name, fact, f"c{at[name]}") for name, fact in plain.items()), strict=True):
        rows = f"(SELECT *, {', '.join(step)} FROM {rows})"
    cells = ", ".join(f"c{i}" for i in range(piece.layout.width))
    columns = ", ".join(f'{f"v_{name}" if name in at else "NULL"} AS "{name}"' for name, _ in facts)
    return f"""
        SELECT {row_id} + row_number::BIGINT AS row_id, row_number,
               {"NULL" if piece.sheet is None else sql_text(piece.sheet)} AS sheet, line,
               substr(md5(concat_ws(chr(31), raw, {cells})), 1, 16) AS row_hash, damage,
               {_unconverted({name: fact for name, fact in facts if name in at})} AS unconverted, {columns}
        FROM {rows} ORDER BY row_number"""


def _unconverted(facts: Mapping[str, Fact]) -> str:
    doubts = {
        name: f"is_unknown_{name}" if _meanings(fact) else f"(t_{name} IS NOT NULL AND v_{name} IS NULL)"
        for name, fact in facts.items()
    }
    named = ", ".join(f"CASE WHEN {doubt} THEN {sql_text(name)} END" for name, doubt in doubts.items())
    kept = f"list_filter([{named}], lambda x: x IS NOT NULL)"
    return f"CASE WHEN {' OR '.join(doubts.values())} THEN {kept} ELSE []::VARCHAR[] END" if doubts else "[]::VARCHAR[]"


def _steps(name: str, fact: Fact, cell: str) -> tuple[str, ...]:
    """From the cell as written to its value v_, each step a column: most cells are done after u_, the usual form."""
    return (
        f"{_usual(cell, fact)} AS u_{name}",
        f"CASE WHEN u_{name} IS NULL THEN trim({cell}, {sql_text(_SPACE)}) END AS w_{name}",
        f"{_bare(f'w_{name}', fact)} AS b_{name}",
        f"{_said(f'b_{name}', fact)} AS t_{name}",
        f"coalesce(u_{name}, {_parsed(f't_{name}', fact)}) AS v_{name}",
    )


def _usual(cell: str, fact: Fact) -> str:
    sql_type = FACT_TYPES[fact.type].sql
    if fact.type not in _USUAL or fact.formats:
        return f"NULL::{sql_type}"
    return f"CASE WHEN regexp_full_match({cell}, {sql_text(_USUAL[fact.type])}) THEN TRY_CAST({cell} AS {sql_type}) END"


def _bare(text: str, fact: Fact) -> str:
    """Without the wrappers by which spreadsheets keep text from being read as numbers; half width but for plain text."""
    bare = f"""CASE WHEN starts_with({text}, '="') AND ends_with({text}, '"') THEN trim({text}[3:-2], {sql_text(_SPACE)})
        WHEN starts_with({text}, '''') THEN trim(ltrim({text}, ''''), {sql_text(_SPACE)}) ELSE {text} END"""
    if fact.type == "text":
        return bare
    # translate is slow: only for the few cells that need it
    half = f"trim(translate({bare}, {sql_text(_FULL)}, {sql_text(_HALF)}))"
    folded = f"CASE WHEN regexp_matches({text}, '[！-～　]') THEN {half} ELSE {bare} END"
    return f"trim(rtrim(replace(replace({folded}, '￥', ''), '¥', ''), '元 '))" if fact.type == "money" else folded


def _said(text: str, fact: Fact) -> str:
    nothing = ("",) if fact.type == "text" else NOTHING
    return f"CASE WHEN {text} NOT IN ({', '.join(map(sql_text, nothing))}) THEN {text} END"


def _parsed(text: str, fact: Fact) -> str:
    if fact.type == "date":
        return _date(text, fact)
    if fact.type == "integer":
        whole = f"replace(split_part({text}, '.', 1), ',', '')"
        return f"CASE WHEN regexp_full_match({text}, {sql_text(_INTEGER)}) THEN TRY_CAST({whole} AS BIGINT) END"
    return text if fact.type == "text" else _number(text, FACT_TYPES[fact.type].sql)


def _number(text: str, sql_type: str) -> str:
    """Rounded half away from zero; in parentheses it is negative, as bookkeepers write."""
    within = f"{text}[2:-2]"
    return f"""CASE
        WHEN regexp_full_match({text}, {sql_text("[+-]?" + _NUMBER)}) THEN TRY_CAST(replace({text}, ',', '') AS {sql_type})
        WHEN regexp_full_match({text}, {sql_text(rf"[(]{_NUMBER}[)]")}) THEN -TRY_CAST(replace({within}, ',', '') AS {sql_type})
        END"""


def _date(text: str, fact: Fact) -> str:
    """A time of day is dropped.  Years have four digits: strptime alone would read 49-01-29 as the year 49."""
    day = f"CASE WHEN contains({text}, ':') THEN regexp_replace({text}, {sql_text(_TIME)}, '') ELSE {text} END"
    if not fact.formats:
        formats = ", ".join(map(sql_text, _DATE_FORMATS))
        return f"CASE WHEN regexp_full_match({day}, {sql_text(_DATE_SHAPE)}) THEN try_strptime({day}, [{formats}])::DATE END"
    formats = ", ".join(map(sql_text, fact.formats))
    read = f"coalesce(try_strptime({text}, [{formats}]), try_strptime({day}, [{formats}]))::DATE"
    return f"CASE WHEN regexp_matches({text}, '[1-9][0-9]{{3}}') THEN {read} END"


def _meanings(fact: Fact) -> dict[str, str]:
    """What each accepted way of writing means, both folded and as the contract writes it."""
    values = _TRUTH if fact.type == "boolean" else fact.values or {}
    return {form: value for value, synonyms in values.items() for text in (value, *synonyms) for form in (text, fold(text))}


def _with_meanings(contract: Contract, piece: Piece) -> pa.Table:
    """The cells plus, for each column of a code list, v_<name>: what the text means, and is_unknown_<name>."""
    table = piece.cells
    for name, fact in contract.facts.items():
        if name in piece.layout.facts and (meanings := _meanings(fact)):
            coded = pc.dictionary_encode(pc.fill_null(table[f"c{piece.layout.facts[name]}"], "")).combine_chunks()
            read = [_read(text, fact, meanings) for text in coded.dictionary.to_pylist()]
            values = pa.array([value for value, _ in read], pa.string()).take(coded.indices)
            table = table.append_column(f"v_{name}", values.cast(pa.bool_()) if fact.type == "boolean" else values)
            table = table.append_column(
                f"is_unknown_{name}", pa.array([unknown for _, unknown in read], pa.bool_()).take(coded.indices)
            )
    return table


def _read(written: str, fact: Fact, meanings: Mapping[str, str]) -> tuple[str | None, bool]:
    """What a cell of a code list means, and whether it says something the contract does not know."""
    text = fold(_unwrapped(written))
    folded = text.upper() if fact.type == "boolean" else text
    if fact.type == "terms":
        return _terms(text, fact, meanings)
    if folded in meanings:
        return meanings[folded], False
    return None, text not in NOTHING


def _terms(text: str, fact: Fact, meanings: Mapping[str, str]) -> tuple[str | None, bool]:
    written = [term for term in re.split(r"[,、;/\s]+", text) if term]
    if all(term in NOTHING for term in written) and not any(term in meanings for term in written):
        return None, False
    if not all(term in meanings for term in written):
        return None, True
    meant = {meanings[term] for term in written}
    return ",".join(value for value in fact.values or {} if value in meant), False


def _unwrapped(written: str) -> str:
    text = written.strip(_SPACE)
    return text[2:-1] if text.startswith('="') and text.endswith('"') else text.lstrip("'")
