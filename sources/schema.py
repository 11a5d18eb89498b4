"""The JSON Schema that editors use for contract files.  `python -m sources.schema` writes it."""

import json
from pathlib import Path
from typing import Final

from engine import whole_file
from sources.contract import Contract

SCHEMA_FILE: Final = Path(__file__).with_name("contract.schema.json")


def schema_text() -> str:
    """What the file should hold."""
    return json.dumps(Contract.model_json_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    with whole_file(SCHEMA_FILE) as temporary:
        temporary.write_text(schema_text(), encoding="utf-8")
