"""Areas that exist: the codes of GB/T 2260 down to the county, below that the form alone."""

import csv
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("areas.tsv")
_INVENTED: Final = "99"
"""No province: the invented county."""
_WITHOUT_COUNTIES: Final = frozenset({"71", "81", "82"})
_LEVELS: Final = {2: "省", 4: "市", 6: "县", 9: "乡", 12: "村"}
_STATISTICAL: Final = "7"
"""County codes that begin so are the statistics' own, of development zones; no list of the standard's has them."""


def area_problem(code: str) -> str:
    """Why no place can have a code that begins so, in Chinese; '' if one can, or if it is empty (everywhere)."""
    if not code:
        return ""
    if len(code) not in _LEVELS or not (code.isascii() and code.isdecimal()):
        return f"地区代码须是省 2 位、市 4 位、县 6 位、乡 9 位或村 12 位数字，实为 {len(code)} 位"
    if code[:2] == _INVENTED:
        return ""
    if any(code[end - size : end] == "0" * size for end, size in ((9, 3), (12, 3)) if len(code) >= end):
        return f"{code} 末尾的 0 是补位；只写到所指的那一级，如省写前 2 位、县写前 6 位"
    if unknown := next((code[:size] for size in (2, 4, 6) if len(code) >= size and not _exists(code[:size])), ""):
        padded = "（末尾的 0 是补位，只写到所指的那一级）" if unknown.endswith("00") else ""
        return f"没有代码为 {unknown} 的{_LEVELS[len(unknown)]}{padded}；代码见 GB/T 2260 与 rules/areas.tsv"
    return ""


def _exists(code: str) -> bool:
    if code[:2] in _WITHOUT_COUNTIES:
        return len(code) == 2
    counties = _counties()
    if len(code) == 2:
        return any(prefecture.startswith(code) for prefecture in counties)
    return code[:4] in counties and (len(code) == 4 or code[4:] in counties[code[:4]] or code[4] == _STATISTICAL)


@cache
def _counties() -> dict[str, frozenset[str]]:
    """Prefecture -> the last two digits of its counties, those of earlier years included."""
    with _FILE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t"))
    return {row["code"]: frozenset(f"{row['counties']} {row['former']}".split()) for row in rows}
