"""The JSON Schemas that editors use for rule and reference files.  `python -m rules.schema` writes them."""

import json
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from engine import whole_file
from rules.model import Rule
from rules.values import Reference

_HERE: Final = Path(__file__).parent
_MODELS: Final[dict[str, type[BaseModel]]] = {"rule.schema.json": Rule, "reference.schema.json": Reference}


def schemas() -> dict[Path, str]:
    """File -> what it should hold."""
    return {
        _HERE / name: json.dumps(model.model_json_schema(), ensure_ascii=False, indent=2) + "\n"
        for name, model in _MODELS.items()
    }


if __name__ == "__main__":
    for path, text in schemas().items():
        with whole_file(path) as temporary:
            temporary.write_text(text, encoding="utf-8")
