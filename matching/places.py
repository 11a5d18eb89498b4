"""Where a person's place lies: an area code, or names that the roster settles, as 6, 9 or 12 digits of today's codes."""

from collections.abc import Sequence
from typing import Final

import duckdb

from engine import sql_text
from matching.area_changes import LENGTHS
from matching.area_changes import Change as Change
from matching.area_changes import read_changes as read_changes
from matching.numbers import once

_GIVEN: Final = r"(?:00[1-9]|0[1-9]\d|[1-9]\d\d)"
_COUNTY_CODE: Final = r"(?:[1-9]\d{3}(?:0[1-9]|[1-9]\d)|441900|442000|460400|620200)"
"""东莞, 中山, 儋州, 嘉峪关 have townships but no counties; all other codes that end in 00 are too wide to say anything."""
_COUNTY_AREA: Final = rf"({_COUNTY_CODE})(?:0{{3}}|0{{6}}\d{{0,3}})?"
_TOWNSHIP_AREA: Final = rf"([1-9]\d{{5}}{_GIVEN})(?:0{{3}}\d{{0,3}})?"
_VILLAGE_AREA: Final = rf"([1-9]\d{{8}}{_GIVEN})\d{{0,3}}"
_AREA: Final = f"^(?:{_COUNTY_AREA}|{_TOWNSHIP_AREA}|{_VILLAGE_AREA})$|^.*$"
_DIVIDING: Final = "省市县区州盟旗"
_TOWNSHIPS: Final = "街道办事处|街道|民族乡|苏木|农场|林场|乡|镇"
_VILLAGES: Final = "村民委员会|居民委员会|村委会|居委会|行政村|社区|嘎查|村"
_BEHIND: Final = f"([^{_DIVIDING}街].*|街[^道].*|街|)"
"""What may follow a township: 新乡县, 景德镇市 and 东乡街道 do not begin with the townships 新乡, 景德镇 and 东乡."""
_PARTS: Final = f"^(.*?)([^{_DIVIDING}]+?)({_TOWNSHIPS}){_BEHIND}$"
_LOOSE_PARTS: Final = f"^((?:.*[{_DIVIDING}])?)(.+?)({_TOWNSHIPS}){_BEHIND}$"
"""For townships with a dividing character in their own name: 柳市镇, 城区街道."""
_PART_NAMES: Final = "['before', 'township', 'ending', 'behind']"
_VILLAGE_PARTS: Final = f"^(.+?)({_VILLAGES}).*$"
_VILLAGE_NAMES: Final = "['village', 'village_ending']"
_GROUP: Final = "(第?[0-9一二三四五六七八九十]+[组社队屯号户].*)?$"
_DIVISIONS: Final = f"[^{_DIVIDING}]+[县区市旗]"
_COUNTY: Final = f"regexp_extract(parts.before, '({_DIVISIONS})$', 1)"
"""The last division before the township."""

_MACROS: Final = {
    "match_area_text(raw)": r"regexp_replace(match_bare(raw), '\.0*$', '')",
    "match_area_in(text)": rf"nullif(regexp_replace(text, '{_AREA}', '\1\2\3'), '')",
    "match_area(raw)": rf"""
        CASE WHEN regexp_full_match(raw, '{_VILLAGE_AREA}') THEN left(raw, 12)
             WHEN NOT regexp_matches(raw, '\p{{Han}}')
             THEN {once("match_area_text(raw)", "text", "match_area_in(text)")} END""",
    "match_place_text(raw)": r"""
        regexp_replace(match_folded(raw), '[\s\p{Z}\p{Cf},，、;；/|·\-]|第?[0-9]+[-0-9组队号栋单元楼室户]*$', '', 'g')""",
    "match_place_parts(text)": f"""
        CASE WHEN regexp_full_match(text, '{_PARTS}') THEN regexp_extract(text, '{_PARTS}', {_PART_NAMES})
             ELSE regexp_extract(text, '{_LOOSE_PARTS}', {_PART_NAMES}) END""",
    "match_village_parts(behind)": f"""
        CASE WHEN regexp_full_match(behind, '{_VILLAGE_PARTS}')
             THEN regexp_extract(behind, '{_VILLAGE_PARTS}', {_VILLAGE_NAMES})
             ELSE struct_pack(village := regexp_replace(behind, '{_GROUP}', ''), village_ending := '') END""",
    "match_county_stem(county)": "regexp_replace(county, '(自治)?[县区市旗]$', '')",
}


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the place macros in this connection, after those of `numbers`.

    `match_area(raw)` is the code in a cell, not yet today's: 12 digits of 12 to 15, or 9 or 6 where no more are given or the
    others are zeros; NULL if it is none.
    """
    for signature, body in _MACROS.items():
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {signature} AS {body}")


def current(column: str, changes: Sequence[Change]) -> str:
    """SQL for today's code of a cell (6, 9 or 12 digits, NULL if there is none), `changes` as `read_changes` gives them.

    Of the replaced codes that it begins with, the longest decides.
    """
    return _today(f"match_area({column})", changes)


def _today(area: str, changes: Sequence[Change]) -> str:
    """SQL for the code that the code `area` has today."""
    steps = [
        _changed(area, length, is_kept, chosen)
        for length in LENGTHS
        for is_kept in (True, False)
        if (chosen := [c for c in changes if (len(c.old), len(c.new) == len(c.old)) == (length, is_kept)])
    ]
    return f"coalesce({', '.join([*steps, area])})"


def _changed(area: str, length: int, is_kept: bool, changes: Sequence[Change]) -> str:
    """SQL for `area` with its first `length` digits replaced, NULL if they stand; `is_kept`: the digits behind stay.

    The cast to an ENUM looks the digits up in a hash table, however many changes there are.
    """
    olds, news = (", ".join(map(sql_text, codes)) for codes in zip(*((c.old, c.new) for c in changes), strict=True))
    found = f"[{news}][enum_code(try_cast(left({area}, {length}) AS ENUM({olds}))) + 1]"
    return f"{found} || substr({area}, {length + 1})" if is_kept else found


def resolve(connection: duckdb.DuckDBPyConnection, changes: Sequence[Change]) -> None:
    """Create `match_place`: place (as written, from `identity`) -> code, at the finest level that code or names settle.

    Names are settled by the place names of `roster_identity`: county, township and village, township and village, or only
    county or township.  Endings count only where they tell two apart (乡 became 镇 or 街道, 村 became 社区, 县 became 区).
    What fits two places is known to the level they share, or left out; so is a place in a county the roster does not name.
    """
    _read_codes(connection, changes)
    connection.execute("CREATE OR REPLACE TEMP TABLE match_settled (text VARCHAR, code VARCHAR)")
    if connection.execute("SELECT 1 FROM match_place_read WHERE code IS NULL LIMIT 1").fetchone():
        _gazetteer(connection, changes)
        _name_parts(connection)
        _settle(connection)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_place AS
        SELECT place, coalesce(r.code, s.code) AS code FROM match_place_read r LEFT JOIN match_settled s USING (text)
        WHERE coalesce(r.code, s.code) IS NOT NULL
    """)


def _read_codes(connection: duckdb.DuckDBPyConnection, changes: Sequence[Change]) -> None:
    """`match_place_read`: the distinct places with their code, or else their text."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_place_read AS
        SELECT place, {_today("area", changes)} AS code, CASE WHEN area IS NULL THEN match_place_text(place) END AS text
        FROM (SELECT place, match_area(place) AS area FROM (SELECT DISTINCT place FROM identity WHERE place IS NOT NULL))
    """)


def _gazetteer(connection: duckdb.DuckDBPyConnection, changes: Sequence[Change]) -> None:
    """`match_gazetteer`: the roster's codes with their names; a place name is county, township, village, group."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_gazetteer AS
        WITH coded AS (
            SELECT place_code, min(place_name) AS place_name FROM roster_identity WHERE place_name IS NOT NULL GROUP BY 1
        ), named AS (
            SELECT {current("place_code", changes)} AS code, min(match_place_text(place_name)) AS text FROM coded GROUP BY 1
        ), parted AS (
            SELECT code, match_place_parts(text) AS parts FROM named WHERE code IS NOT NULL
        )
        SELECT code, {_COUNTY} AS county, match_county_stem({_COUNTY}) AS county_stem, unnest(parts),
               unnest(match_village_parts(parts.behind))
        FROM parted
    """)


def _name_parts(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_named`: what the texts name, and whether that is a county of the roster or of somewhere else."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_named AS
        WITH known AS (
            SELECT DISTINCT county, county_stem FROM match_gazetteer WHERE county <> ''
        ), parted AS (
            SELECT text, match_place_parts(text) AS parts, regexp_extract_all(text, '{_DIVISIONS}') AS divisions
            FROM (SELECT DISTINCT text FROM match_place_read WHERE text IS NOT NULL)
        ), named AS (
            SELECT text, divisions, {_COUNTY} AS county, match_county_stem({_COUNTY}) AS county_stem, unnest(parts),
                   unnest(match_village_parts(parts.behind))
            FROM parted
        )
        SELECT *, coalesce(list_has_any(divisions, (SELECT list(county) FROM known)), false) AS is_known,
               right(county, 1) IN ('县', '区', '旗') AND county_stem NOT IN (SELECT county_stem FROM known) AS is_elsewhere
        FROM named
    """)


_AGREES: Final = "(list_contains(n.divisions, g.county) OR (n.county <> '' AND n.county_stem = g.county_stem))"
_MAY_BE: Final = f"({_AGREES} OR g.county = '' OR NOT (n.is_known OR n.is_elsewhere))"
_FIT: Final = f"{_AGREES}::INTEGER * 4 + (n.ending = g.ending)::INTEGER * 2"
_FITS: Final = f"""
    SELECT text, 12 AS digits, code, {_FIT} + (n.village_ending = g.village_ending)::INTEGER AS fit
    FROM match_named n JOIN match_gazetteer g ON n.township = g.township AND n.village = g.village
    WHERE length(code) = 12 AND n.village <> '' AND {_MAY_BE}
    UNION ALL
    SELECT text, 9, code, {_FIT}
    FROM match_named n JOIN (
        SELECT DISTINCT left(code, 9) AS code, county, county_stem, township, ending
        FROM match_gazetteer WHERE length(code) >= 9
    ) g ON n.township = g.township
    WHERE n.township <> '' AND {_MAY_BE}
    UNION ALL
    SELECT text, 6, code, 0
    FROM (SELECT text, unnest(divisions) AS county FROM match_named)
    JOIN (SELECT DISTINCT left(code, 6) AS code, county FROM match_gazetteer) USING (county)"""
"""The codes that the names of a place fit, for each level, and how well: the county counts before the endings."""


def _settle(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill `match_settled`: of each level the best fits, if they are one code; of the levels so settled the finest."""
    connection.execute(f"""
        INSERT INTO match_settled
        SELECT text, arg_max(code, digits)
        FROM (
            SELECT text, digits, arg_max(code, fit) AS code, arg_max(codes, fit) AS codes
            FROM (
                SELECT text, digits, fit, min(code) AS code, count(DISTINCT code) AS codes
                FROM ({_FITS}) GROUP BY text, digits, fit)
            GROUP BY text, digits)
        WHERE codes = 1 GROUP BY text
    """)
