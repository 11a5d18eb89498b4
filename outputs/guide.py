"""The one page that tells a visitor what the codes mean, what may not be done with a list, and where it goes back to."""

from pathlib import Path
from typing import Final

from outputs.layout import VisitCodes
from outputs.pages import write_page
from outputs.sheets import Heading

NAME: Final = "填写说明.html"


def write_guide_page(path: Path, place: str, heading: Heading, codes: VisitCodes) -> None:
    """Write the guide of one county: one printed A4 page, and readable on a phone."""
    write_page(path, "guide.html.j2", place=place, heading=heading, codes=codes)
