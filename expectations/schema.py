"""The JSON Schema that editors use for declared checks.  `python -m expectations.schema` writes it."""

import json
from pathlib import Path
from typing import Final

from engine import whole_file
from expectations.declared import Declared

SCHEMA_FILE: Final = Path(__file__).with_name("expectation.schema.json")


def schema_text() -> str:
    """What the file should hold."""
    return json.dumps(Declared.model_json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    with whole_file(SCHEMA_FILE) as temporary:
        temporary.write_text(schema_text(), encoding="utf-8")
