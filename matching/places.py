"""Which village a person's place speaks of: a division code, or text that holds a roster village's name and its township's."""

from typing import Final

import duckdb

_COUNTY: Final = "(?:.+?(?:县|区|市|旗))?"
_TOWNSHIP: Final = ".+?(?:街道办事处|街道|民族乡|苏木|农场|林场|乡|镇)"
_VILLAGE: Final = ".+?(?:村民委员会|村委会|居委会|行政村|社区|嘎查|村)"
_PARTS: Final = f"^({_COUNTY})({_TOWNSHIP})({_VILLAGE})"

_MACROS: Final = {
    "match_place_text(raw)": r"regexp_replace(match_folded(raw), '[\s\p{Z}\p{Cf},，、;；/|·\-]', '', 'g')",
    "match_place_code(raw)": r"""
        CASE WHEN regexp_full_match(match_place_text(raw), '\d{12}(\d{2,3})?') AND substr(match_place_text(raw), 10, 3) <> '000'
             THEN left(match_place_text(raw), 12) END""",
    "match_stem(place, ending)": r"""
        CASE WHEN length(regexp_replace(place, ending, '')) >= 2 THEN regexp_replace(place, ending, '') ELSE place END""",
}


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the place macros in this connection; they use those of `numbers`."""
    for signature, body in _MACROS.items():
        connection.execute(f"CREATE OR REPLACE TEMP MACRO {signature} AS {body}")


def resolve(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `match_place`: place (as written) -> village, twelve digits; places that fit two villages are left out.

    A village stays found when its township became a town or a street (乡 -> 镇 -> 街道): endings are not compared.
    """
    install(connection)
    _gazetteer(connection)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE match_place AS
        WITH text AS (
            SELECT DISTINCT place, match_place_text(place) AS text, match_place_code(place) AS code
            FROM match_seeker WHERE place IS NOT NULL
        ), hit AS (
            SELECT place, g.village,
                   row_number() OVER best AS position, lead(g.fit) OVER best AS next_fit, g.fit
            FROM (
                SELECT t.place, v.village,
                       (contains(text, v.county)::INTEGER * 1000 + greatest(length(t.township),
                        if(contains(text, v.township_name), length(v.township_name), 0)) * 30
                        + if(contains(text, v.village_name), length(v.village_name), length(v.village_stem))) AS fit
                FROM (SELECT place, text, township FROM text
                      JOIN (SELECT DISTINCT township FROM match_gazetteer) ON contains(text, township) WHERE code IS NULL) t
                JOIN match_gazetteer v ON t.township = v.township AND contains(t.text, v.village_stem)
            ) g
            WINDOW best AS (PARTITION BY place ORDER BY g.fit DESC, g.village)
        )
        SELECT place, code AS village FROM text WHERE code IS NOT NULL
        UNION ALL
        SELECT place, village FROM hit WHERE position = 1 AND next_fit IS DISTINCT FROM fit
    """)


def _gazetteer(connection: duckdb.DuckDBPyConnection) -> None:
    """`match_gazetteer`: the roster's villages by name; its place names are county, township, village, group."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE match_gazetteer AS
        WITH named AS (
            SELECT village, match_place_text(place_name) AS text
            FROM (SELECT left(place_code, 12) AS village, min(place_name) AS place_name FROM roster_identity GROUP BY 1)
            WHERE regexp_full_match(village, '[0-9]{{12}}') AND place_name IS NOT NULL
        ), parted AS (
            SELECT village, regexp_extract(text, '{_PARTS}', 1) AS county, regexp_extract(text, '{_PARTS}', 2) AS township_name,
                   regexp_extract(text, '{_PARTS}', 3) AS village_name
            FROM named
        )
        SELECT *, match_stem(township_name, '(街道办事处|街道|民族乡|苏木|乡|镇)$') AS township,
               match_stem(village_name, '(村民委员会|村委会|居委会|行政村|社区|嘎查|村)$') AS village_stem
        FROM parted WHERE township_name <> '' AND village_name <> ''
    """)
