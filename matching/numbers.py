"""Citizen ID numbers in SQL: folded text, what kind of number it is, the 18 characters it stands for, its birth date and sex.

GB 11643-1999: six digits of area, eight of birth date, three of sequence (odd for men), a check digit by ISO 7064 MOD 11-2.
The area is where the number was issued and never follows its owner: it does not say where somebody lives and is not compared.
The macros are temporary and start with `match_`; a number that cannot be trusted is never mended by a guess.
"""

from typing import Final

import duckdb

from tables import ID_WEIGHTS

KINDS: Final = (
    "plain",
    "certificate",
    "old15",
    "student_g",
    "old15_unsure",
    "generated",
    "permit",
    "excel_damaged",
    "missing",
    "other",
)
"""What `match_number_kind` tells apart; only the first four stand for a citizen ID number.

`old15_unsure`: the sequences 996 to 999 were kept for people born before 1900, so the century is not certain.
`permit`: passports, travel permits, the old card of permanent residents; opaque, compared as text.  The cards of 18 digits
that foreigners and residents of Hong Kong, Macao and Taiwan have now are `plain`: birth date and check digit are in their
places.  Eight or ten bare digits may be a permit from Taiwan, a date or a telephone: `other`.
"""

YEAR: Final = r"(?:18[5-9]\d|19\d\d|20\d\d)"
"""Years somebody may have been born in."""
_HALF: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.+"
_FULL: Final = "".join(chr(ord(c) + 0xFEE0) for c in _HALF)
_CROSSES: Final = "×ХхΧχⅩⅹ"
"""What keyboards offer for the check digit X."""
_WRAPPING: Final = r"[\s\p{Z}\p{Cc}\p{Cf}''‘’`´“”\"＂＇=＝\-－–—‐‑−_]"
_NOTHING: Final = "'', '无', '暂无', '不详', '未知', '空', 'NULL', 'NONE', 'NAN', 'N/A', 'NA'"
_SAME_DIGITS: Final = ", ".join(f"'{digit * 18}'" for digit in "0123456789")
_PERMIT: Final = r"[CDEGKLPSTW][A-Z]?\d{7,8}|[HM]\d{8}(\d{2})?|M[AB]\d{7}|[A-Z]{3}\d{12}"
"""Passports (E12345678, EA1234567; D, G, K, P, S, MA, MB), travel permits (C, H, L, M, T, W), the old residence card."""


def once(value: str, name: str, body: str) -> str:
    """SQL for `body`, in which `name` stands for `value`: DuckDB would reckon a value anew wherever a macro mentions it."""
    return f"list_transform([{value}], lambda {name}: {body})[1]"


def _weighed(number: str) -> str:
    """SQL for a number that leaves the same remainder by 11 as the weighted sum of the digits of `number` (17 digits).

    A digit is the number cut off behind it less ten times the number cut off before it, so each cut number counts with the
    weight of its last digit less ten times that of the next one: half as many divisions as taking the digits one by one.
    """
    factors = [(weight - 10 * after) % 11 for weight, after in zip(ID_WEIGHTS, (*ID_WEIGHTS[1:], 0), strict=True)]
    return " + ".join(f"{number} // {10 ** (16 - place)} * {factor}" for place, factor in enumerate(factors))


_MACROS: Final = {
    "match_check_digit(n)": once(
        "try_cast(left(n, 17) AS BIGINT)", "x", f"substr('10X98765432', 1 + ({_weighed('x')}) % 11, 1)"
    ),
    "match_check_ok(n)": r"coalesce(regexp_full_match(n, '\d{17}[\dX]') AND match_check_digit(n) = substr(n, 18, 1), false)",
    "match_day(d)": rf"CASE WHEN regexp_full_match(d, '{YEAR}\d{{4}}') THEN try_strptime(d, '%Y%m%d')::DATE END",
    "match_folded(raw)": f"""
        CASE WHEN regexp_matches(raw, '[{min(_FULL)}-{max(_FULL)}{_CROSSES}]')
             THEN translate(raw, '{_FULL}{_CROSSES}', '{_HALF}{"X" * len(_CROSSES)}') ELSE raw END""",
    "match_bare(raw)": f"upper(regexp_replace(match_folded(raw), '{_WRAPPING}', '', 'g'))",
    "match_repeats(n)": "replace(n, left(n, 1), '') = ''",
    "match_number_text(raw)": r"""
        CASE WHEN regexp_full_match(raw, '\d{17}[\dX]') THEN raw
             ELSE regexp_replace(match_bare(raw), '^(\d{15})\.0*$', '\1') END""",
    "match_number_kind(n)": rf"""
        CASE WHEN regexp_full_match(n, '\d{{17}}[\dX]')
                 THEN CASE WHEN n IN ({_SAME_DIGITS}) THEN 'missing'
                           WHEN substr(n, 16) = '000' AND NOT match_check_ok(n) THEN 'excel_damaged' ELSE 'plain' END
             WHEN coalesce(n, '') IN ({_NOTHING}) OR match_repeats(n) THEN 'missing'
             WHEN regexp_full_match(n, '\d{{17}}[\dX][1-7][1-4]([0-9A-Z]{{2}})?') AND match_check_ok(left(n, 18))
                 THEN 'certificate'
             WHEN regexp_full_match(n, '\d{{15}}') AND match_day('19' || substr(n, 7, 6)) IS NOT NULL
                 THEN CASE WHEN substr(n, 13) >= '996' THEN 'old15_unsure' ELSE 'old15' END
             WHEN regexp_full_match(n, 'G\d{{17}}[\dX]') AND match_check_ok(substr(n, 2)) THEN 'student_g'
             WHEN regexp_full_match(n, '[JL][0-9X]{{15,20}}') THEN 'generated'
             WHEN regexp_full_match(n, '{_PERMIT}') AND NOT match_repeats(regexp_extract(n, '\d+')) THEN 'permit'
             WHEN regexp_full_match(n, '\d(\.\d*)?E\+?\d+|\d{{18}}\.0*') THEN 'excel_damaged'
             ELSE 'other' END""",
    "match_long15(n)": "left(n, 6) || '19' || substr(n, 7, 9)",
    "match_number(kind, n)": """
        CASE kind WHEN 'plain' THEN n WHEN 'certificate' THEN left(n, 18) WHEN 'student_g' THEN substr(n, 2)
                  WHEN 'old15' THEN match_long15(n) || match_check_digit(match_long15(n)) END""",
    "match_mantissa(n)": "replace(regexp_extract(n, '^[0-9.]*'), '.', '')",
    "match_known_digits(kind, n)": r"""
        CASE WHEN kind IS DISTINCT FROM 'excel_damaged' THEN NULL
             WHEN NOT contains(n, 'E') THEN left(n, 15)
             WHEN NOT regexp_full_match(n, '.*E\+?1[79]') THEN NULL
             WHEN length(match_mantissa(n)) >= 14 THEN left(match_mantissa(n), 15)
             ELSE regexp_extract(match_mantissa(n), '^(\d*)[1-9]0*$', 1) END""",
    "match_either_day(one, other)": "coalesce(match_day(one), match_day(other))",
    "match_birth_elsewhere(kind, n)": r"""
        CASE kind WHEN 'certificate' THEN match_day(substr(n, 7, 8))
                  WHEN 'old15' THEN match_day('19' || substr(n, 7, 6))
                  WHEN 'student_g' THEN match_day(substr(n, 8, 8))
                  WHEN 'generated' THEN CASE WHEN starts_with(n, 'L') THEN match_day(substr(n, 8, 8)) END
                  WHEN 'excel_damaged' THEN match_day(substr(match_known_digits(kind, n), 7, 8))
                  WHEN 'other' THEN CASE
                      WHEN regexp_full_match(n, 'G\d{17}[\dX]') THEN match_day(substr(n, 8, 8))
                      WHEN regexp_full_match(n, '\d{16}[\dX]') THEN match_either_day(substr(n, 6, 8), substr(n, 7, 8))
                      WHEN regexp_full_match(n, '\d{18}[\dX]') THEN match_either_day(substr(n, 7, 8), substr(n, 8, 8))
                      END END""",
    "match_birth_in_number(kind, n)": f"""
        CASE WHEN kind = 'plain' THEN match_day(substr(n, 7, 8)) ELSE {once("n", "m", "match_birth_elsewhere(kind, m)")} END""",
    "match_sex_in_number(kind, n)": """
        (2 - try_cast(substr(n, CASE kind WHEN 'plain' THEN 17 WHEN 'certificate' THEN 17 WHEN 'student_g' THEN 18
                                          WHEN 'old15' THEN 15 WHEN 'old15_unsure' THEN 15 END, 1) AS TINYINT) % 2)::TINYINT""",
}


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the macros for numbers in this connection; NULL in gives NULL, false or `missing` out.

    `match_number_text(raw)` folds a cell and `match_number_kind(text)` names its kind.  From kind and text come
    `match_number` (18 characters), `match_known_digits` (what a spreadsheet left: 14 or 15 digits, fewer where it rounded),
    `match_birth_in_number` (DATE) and `match_sex_in_number` (1 male, 2 female), NULL where the number leaves a doubt.

    Of 17 or 19 characters the date is read as if the slip lay before it and as if it lay behind it: as years begin with 18,
    19 or 20, at most one reading is a date.  (A slip inside the date itself may pass for one behind it.)
    """
    for signature, body in _MACROS.items():
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {signature} AS {body}")
