"""Citizen ID numbers in SQL: folded text, what kind of number it is, the 18 characters it stands for, its birth date.

GB 11643-1999: six digits of area, eight of birth date, three of sequence, a check digit by ISO 7064 MOD 11-2.
The macros are temporary and start with `match_`; a number that cannot be trusted is never mended by a guess.
"""

from typing import Final

import duckdb

KINDS: Final = ("plain", "certificate", "old15", "student_g", "generated", "excel_damaged", "missing", "other")
"""What `match_number_kind` tells apart; only the first four stand for a citizen ID number."""

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_HALF: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.+"
_FULL: Final = "".join(chr(ord(c) + 0xFEE0) for c in _HALF)
_CROSSES: Final = "×ХхΧχⅩⅹ"
"""What keyboards offer for the check digit X."""
_WRAPPING: Final = r"[\s\p{Z}\p{Cc}\p{Cf}''‘’`´“”\"＂＇=＝\-－–—‐‑−_]"
_NOTHING: Final = "'无', '暂无', '不详', '未知', '空', 'NULL', 'NONE', 'NAN', 'N/A', 'NA'"

_WEIGHED: Final = " + ".join(f"left(n, 17)::BIGINT // {10 ** (16 - i)} % 10 * {weight}" for i, weight in enumerate(_WEIGHTS))

_MACROS: Final = {
    "match_check_digit(n)": f"substr('10X98765432', 1 + ({_WEIGHED}) % 11, 1)",
    "match_check_ok(n)": r"""
        CASE WHEN regexp_full_match(n, '\d{17}[\dX]') THEN match_check_digit(n) = substr(n, 18, 1) ELSE false END""",
    "match_lifetime(d)": "CASE WHEN d BETWEEN DATE '1850-01-01' AND DATE '2099-12-31' THEN d END",
    "match_day(d)": r"CASE WHEN regexp_full_match(d, '\d{8}') THEN match_lifetime(try_strptime(d, '%Y%m%d')::DATE) END",
    "match_number_valid(n)": "match_check_ok(n) AND match_day(substr(n, 7, 8)) IS NOT NULL",
    "match_folded(raw)": f"""
        CASE WHEN regexp_matches(raw, '[{min(_FULL)}-{max(_FULL)}{_CROSSES}]')
             THEN translate(raw, '{_FULL}{_CROSSES}', '{_HALF}{"X" * len(_CROSSES)}') ELSE raw END""",
    "match_number_text(raw)": rf"""
        CASE WHEN regexp_full_match(raw, '\d{{17}}[\dX]') THEN raw
             ELSE regexp_replace(upper(regexp_replace(match_folded(raw), '{_WRAPPING}', '', 'g')),
                                 '^(\d{{15}})\.0*$', '\1') END""",
    "match_number_kind(n)": rf"""
        CASE WHEN coalesce(n, '') IN ('', {_NOTHING}) OR regexp_full_match(n, '0+') THEN 'missing'
             WHEN regexp_full_match(n, '\d{{17}}[\dX]')
                 THEN CASE WHEN substr(n, 16) = '000' AND NOT match_check_ok(n) THEN 'excel_damaged' ELSE 'plain' END
             WHEN regexp_full_match(n, '\d{{17}}[\dX][1-7][1-4]([0-9A-Z]{{2}})?') AND match_check_ok(left(n, 18))
                 THEN 'certificate'
             WHEN regexp_full_match(n, '\d{{15}}') AND match_day('19' || substr(n, 7, 6)) IS NOT NULL THEN 'old15'
             WHEN regexp_full_match(n, 'G\d{{17}}[\dX]') AND match_check_ok(substr(n, 2)) THEN 'student_g'
             WHEN regexp_full_match(n, '[JL][0-9X]{{15,20}}') THEN 'generated'
             WHEN regexp_full_match(n, '\d(\.\d*)?E\+?\d+|\d{{18}}\.0*') THEN 'excel_damaged'
             ELSE 'other' END""",
    "match_long15(n)": "left(n, 6) || '19' || substr(n, 7, 9)",
    "match_number(kind, n)": """
        CASE kind WHEN 'plain' THEN n WHEN 'certificate' THEN left(n, 18) WHEN 'student_g' THEN substr(n, 2)
                  WHEN 'old15' THEN match_long15(n) || match_check_digit(match_long15(n)) END""",
    "match_birth_in_number(kind, n)": r"""
        match_day(CASE kind
            WHEN 'plain' THEN substr(n, 7, 8)
            WHEN 'certificate' THEN substr(n, 7, 8)
            WHEN 'old15' THEN '19' || substr(n, 7, 6)
            WHEN 'student_g' THEN substr(n, 8, 8)
            WHEN 'generated' THEN CASE WHEN starts_with(n, 'L') THEN substr(n, 8, 8) END
            WHEN 'excel_damaged' THEN CASE WHEN regexp_full_match(n, '\d{18}.*|\d\.\d{14,}E\+?17')
                                           THEN substr(replace(regexp_extract(n, '^[0-9.]*'), '.', ''), 7, 8) END
            WHEN 'other' THEN CASE WHEN regexp_full_match(n, 'G\d{17}[\dX]') THEN substr(n, 8, 8) END END)""",
    "match_date(raw)": r"""
        CASE WHEN regexp_full_match(raw, '\d{8}') THEN match_day(raw)
             WHEN regexp_full_match(raw, '[1-5]\d{4}') THEN DATE '1899-12-30' + raw::INTEGER
             ELSE match_lifetime(try_cast(regexp_replace(
                 match_folded(raw), '^\D{0,3}(\d{4})\D{1,3}(\d{1,2})\D{1,3}(\d{1,2})(\D.*)?$', '\1-\2-\3'
             ) AS DATE)) END""",
}


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the number and date macros in this connection; NULL in gives NULL, false or `missing` out."""
    for signature, body in _MACROS.items():
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {signature} AS {body}")
