"""Dates, sexes and telephone numbers as departments write them, in SQL; the temporary macros use those of `numbers`."""

from typing import Final

import duckdb

from matching.numbers import YEAR, once

_ROUND: Final = "0123456789012345"
_DUMMIES: Final = ", ".join(
    f"'{ending}'" for at in range(10) for ending in (str(at) * 7, _ROUND[at : at + 7], _ROUND[::-1][at : at + 7])
)
"""Last seven digits that are equal or consecutive: somebody had to fill in something."""
_MALE: Final = "'1', '01', '男', '男性', '男1', '1男', '1男性', 'M', 'MALE'"
_FEMALE: Final = "'2', '02', '女', '女性', '女2', '2女', '2女性', 'F', 'FEMALE'"
_QUOTES: Final = r"[\s\p{Z}\p{Cc}\p{Cf}''‘’`\"“”=]+"
_MIDNIGHT: Final = r"(?: 0?0:00(?::00)?)?"

_MACROS: Final = {
    "match_dated(t, pattern, parts)": """
        CASE WHEN regexp_matches(t, pattern) THEN try_cast(regexp_replace(t, pattern, parts) AS DATE) END""",
    "match_only_date(one, other)": """
        CASE WHEN one IS NULL OR one = other THEN other WHEN other IS NULL THEN one END""",
    "match_date_text(raw)": rf"""
        regexp_replace(regexp_replace(match_folded(raw), '{_QUOTES}', ' ', 'g'), '^ | $|\.0+ ?$', '', 'g')""",
    "match_date_in(t)": rf"""
        CASE WHEN regexp_full_match(t, '\d{{8}}(0{{6}})?') THEN match_day(left(t, 8))
             WHEN regexp_full_match(t, '[1-5]\d{{4}}') THEN DATE '1899-12-30' + t::INTEGER
             WHEN regexp_full_match(t, '\d{{1,2}}[/.-]\d{{1,2}}[/.-]{YEAR}( .*)?') THEN match_only_date(
                 match_dated(t, '^(\d+).(\d+).(\d+).*$', '\3-\1-\2'), match_dated(t, '^(\d+).(\d+).(\d+).*$', '\3-\2-\1'))
             ELSE match_dated(t, '^\D{{0,3}}({YEAR})\D{{1,3}}(\d{{1,2}})\D{{1,3}}(\d{{1,2}})(\D.*)?$', '\1-\2-\3') END""",
    "match_date(raw)": rf"""
        CASE WHEN regexp_full_match(raw, '{YEAR}-\d\d-\d\d') THEN try_cast(raw AS DATE)
             WHEN regexp_full_match(raw, '\d{{8}}') THEN match_day(raw)
             WHEN regexp_full_match(raw, '{YEAR}[-/.年]\d{{1,2}}[-/.月]\d{{1,2}}日?{_MIDNIGHT}')
                 THEN try_cast(regexp_replace(raw, '^(\d+).(\d+).(\d+).*$', '\1-\2-\3') AS DATE)
             ELSE {once("match_date_text(raw)", "t", "match_date_in(t)")} END""",
    "match_sex_text(raw)": r"regexp_replace(match_bare(raw), '\.0*$|[()（）|、:：]', '', 'g')",
    "match_sex_in(t)": f"CASE WHEN t IN ({_MALE}) THEN 1 WHEN t IN ({_FEMALE}) THEN 2 END",
    "match_sex(raw)": f"""
        (CASE WHEN raw IN ('男', '1') THEN 1 WHEN raw IN ('女', '2') THEN 2
              ELSE {once("match_sex_text(raw)", "t", "match_sex_in(t)")} END)::TINYINT""",
    "match_phone_text(raw)": r"""
        regexp_replace(match_bare(regexp_extract(raw, '^[^/、，,;；]*')), '[()（）·]|\.0*$', '', 'g')""",
    "match_phone_in(t)": r"""
        CASE WHEN regexp_full_match(t, '(\+?(00)?86|0)?1[3-9]\d{9}') THEN right(t, 11)
             WHEN regexp_full_match(t, '((\+|00)86)?0[1-9]\d{8,10}') THEN regexp_replace(t, '^(\+|00)86', '')
             WHEN regexp_full_match(t, '[2-8]\d{6,7}') THEN t END""",
    "match_no_dummy(n)": f"CASE WHEN right(n, 7) NOT IN ({_DUMMIES}) THEN n END",
    "match_phone(raw)": rf"""
        CASE WHEN regexp_full_match(raw, '1[3-9]\d{{9}}') THEN match_no_dummy(raw)
             ELSE {once(once("match_phone_text(raw)", "t", "match_phone_in(t)"), "n", "match_no_dummy(n)")} END""",
}


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros in this connection, after those of `numbers`; NULL in gives NULL out.

    `match_date(raw)`: DATE from 1850 to 2099.  Year, month and day in this order with any signs between them, eight digits,
    or the serial number of a spreadsheet (from 1927 on); day and month before the year only where they cannot be taken for
    each other.  Two-digit years and months without a day are NULL.

    `match_sex(raw)`: 1 male, 2 female (GB/T 2261.1; its 0 and 9, unknown and not stated, are NULL).

    `match_phone(raw)`: digits.  Mobile numbers (11), landlines with area code (10 to 12, from 0) or without (7 or 8); the
    country code and signs are taken off, of several numbers the first counts.  Masked numbers and dummies, whose last seven
    digits are equal or consecutive, are NULL.
    """
    for signature, body in _MACROS.items():
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {signature} AS {body}")
