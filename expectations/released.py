"""What a person looked at and let pass: `HOME/released.yaml`."""

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from catalogue import Part, load_yaml


class Release(Part):
    """One batch that is used although it looks unlike its past, or fails a declared check in more rows than its share."""

    batch: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    by: Annotated[str, Field(min_length=1)]
    on: date
    why: Annotated[str, Field(min_length=1)]


class Releases(Part):
    """The whole file; a file that cannot be read, lacks a column or is empty cannot be released, only sent again."""

    released: tuple[Release, ...] = ()


def load_releases(path: Path) -> dict[str, Release]:
    """batch_id -> release.  Raises CatalogueError if the file is wrong; no file is no release."""
    return {release.batch: release for release in load_yaml(path, Releases).released} if path.exists() else {}
