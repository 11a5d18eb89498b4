"""The house keeps its shape: the vocabulary imports no room, and no file or function outgrows a reader."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
VOCABULARY: Final = (
    "tables",
    "feed_tables",
    "review_tables",
    "case_tables",
    "outcomes",
    "seal",
    "shares",
    "settings",
    "errors",
    "engine",
    "catalogue",
    "misfits",
)
ROOMS: Final = ("flows", "sources", "expectations", "matching", "rules", "outputs", "casework", "bench")
MOST_LINES: Final = 400
LONGEST_FUNCTION: Final = 60


def sources() -> dict[str, str]:
    """Every Python file of ours, tests included, by its path."""
    files = [ROOT / f"{module}.py" for module in VOCABULARY]
    files += [path for folder in (*ROOMS, "tests") for path in sorted((ROOT / folder).rglob("*.py"))]
    return {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8") for path in files}


def imported(text: str) -> Iterator[str]:
    """The top-level packages a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.partition(".")[0]


def functions(text: str) -> Iterator[tuple[str, int]]:
    """Every function and method with its lines, decorators and docstring included."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            yield node.name, (node.end_lineno or first) - first + 1


def test_the_vocabulary_imports_no_room() -> None:
    for module in VOCABULARY:
        text = (ROOT / f"{module}.py").read_text(encoding="utf-8")
        assert not set(imported(text)) & {*ROOMS, "tests"}, module


def test_every_module_at_the_root_is_vocabulary() -> None:
    assert {path.stem for path in ROOT.glob("*.py")} == set(VOCABULARY)


def test_no_file_is_too_long() -> None:
    lengths = {name: text.count("\n") for name, text in sources().items()}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_function_is_too_long() -> None:
    found = {f"{name}:{function}": lines for name, text in sources().items() for function, lines in functions(text)}
    assert {place: lines for place, lines in found.items() if lines > LONGEST_FUNCTION} == {}
