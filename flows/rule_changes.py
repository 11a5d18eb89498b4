"""What changed in the rules from night to night, as the run folders tell it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

Rules = Mapping[str, Mapping[str, Any]]


def rule_changes(runs: Sequence[Path]) -> tuple[tuple[str, str, str], ...]:
    """Night, title of the rule and what changed, in Chinese, by night and rule; `runs` oldest first.

    Only nights whose manifests name other versions than the night before are looked into.
    """
    told: list[tuple[str, str, str]] = []
    versions = [(run, _versions(run)) for run in runs]
    for (before, old), (after, new) in pairwise(versions):
        if old != new:
            told += [(after.name, title, what) for title, what in _changed(before, after, old, new)]
    return tuple(told)


def _versions(run: Path) -> Mapping[str, str]:
    versions: Mapping[str, str] = json.loads((run / "manifest.json").read_bytes())["rules"]
    return versions


def read_rules(run: Path) -> Rules:
    """Rule -> its declaration as that night had it; empty if the run is of a version that did not keep it."""
    path = run / "declared.json"
    rules: Rules = json.loads(path.read_bytes())["rules"] if path.exists() else {}
    return rules


def _changed(before: Path, after: Path, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    was, now = read_rules(before), read_rules(after)
    for name in sorted(old.keys() | new.keys()):
        if old.get(name) != new.get(name):
            title = (now.get(name) or was.get(name) or {}).get("title", name)
            yield str(title), _what(was.get(name), now.get(name))


def _what(was: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> str:
    if was is None or now is None:
        return "新增" if was is None else "删除"
    if bool(was.get("off")) != bool(now.get("off")):
        return "停用" if now.get("off") else "启用"
    if was == now:
        return "所依据的参照值调整"
    differing = {key for key in was.keys() | now.keys() if was.get(key) != now.get(key)}
    if differing <= {"thresholds"}:
        return "标准调整"
    return "严重程度调整" if differing <= {"severity"} else "内容调整"
