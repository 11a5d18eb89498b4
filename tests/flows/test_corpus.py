"""The corpus of malformed deliveries in one inbox, one night: each is held, quarantined or told, and all else goes on."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from filelock import FileLock

from settings import Home
from tables import BINS
from tests.corpus import CASES
from tests.corpus.case import NAME, NUMBER, SECRETS, SOUND, Fate
from tests.corpus.run import build
from tests.flows.little import MEDICAL, ROSTER, little_home
from tests.flows.little import SECRETS as PEOPLE

GROWTH_MB: Final = 700
"""By so much the night of the corpus may be larger at its peak than a night of a dozen rows."""
SECONDS: Final = 150
"""After so long a night has hung; it takes a tenth of that on a quiet machine."""

FATES: Final[Mapping[str, Fate]] = {file: fate for case in CASES for file, fate in case.fates().items()}


@dataclass(frozen=True)
class Nights:
    """A sound night, and that of the corpus."""

    home: Home
    sound: dict[str, Any]
    corpus: dict[str, Any]

    @property
    def told(self) -> dict[str, Any]:
        """What the night of the corpus said."""
        told: dict[str, Any] = self.corpus["told"]
        return told

    def batch(self, file: str) -> dict[str, Any]:
        """The accounting of one file."""
        (found,) = [row for row in self.told["accounting"] if row["file"] == file]
        return dict(found)

    def findings(self, file: str) -> dict[str, str]:
        """Expectation -> message, of those that are not passed."""
        batch = self.batch(file)["batch_id"]
        table = f"read_parquet('{self.told['run_dir']}/findings.parquet')"
        query = (
            f"SELECT expectation, string_agg(message, '\\n') FROM {table} WHERE batch_id = ? AND verdict <> 'pass' GROUP BY 1"
        )
        return dict(duckdb.execute(query, [batch]).fetchall())

    def kept(self, file: str) -> list[dict[str, object]]:
        """The rows of a file that are not quarantined, typed, with their identity."""
        source, batch = file.partition("/")[0], self.batch(file)["batch_id"]
        facts, identity, quarantine = (
            f"{self.home.store}/{kind}/{source}/{batch}.parquet" for kind in ("facts", "identity", "quarantine")
        )
        bad = f"(SELECT row_id FROM '{quarantine}' AS q)" if Path(quarantine).exists() else "(SELECT 0)"
        query = f"""SELECT CAST(paid_on AS VARCHAR) AS paid_on, CAST(amount AS VARCHAR) AS amount, kind, name, id_number
            FROM '{facts}' AS f JOIN '{identity}' AS i USING (row_id) WHERE row_id NOT IN {bad}"""
        rows: list[dict[str, object]] = duckdb.sql(query).to_arrow_table().to_pylist()
        return rows


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Run once, whichever worker comes first."""
    base = tmp_path_factory.getbasetemp()
    root = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "corpus"
    with FileLock(f"{root}.lock"):
        if not (root / "said.json").exists():
            build(root / "home")
            little_home(root / "sound")
            command = [sys.executable, "-m", "tests.corpus.run", str(root / "sound"), str(root / "home")]
            ended = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
            assert ended.returncode == 0, ended.stderr.decode(errors="replace")[-3000:]
            (root / "said.json").write_bytes(ended.stdout)
    said = json.loads((root / "said.json").read_text(encoding="utf-8"))
    assert (said["sound"]["code"], said["corpus"]["code"]) == (0, 0), said["corpus"]["err"]
    return Nights(Home(root / "home"), said["sound"], said["corpus"])


def test_the_corpus_is_large_and_no_two_files_are_one() -> None:
    assert len(CASES) >= 150
    assert len(FATES) == len({file for case in CASES for file in case.fates()}) == sum(len(case.fates()) for case in CASES)
    assert len({case.tag for case in CASES}) == len(CASES)


@pytest.mark.parametrize("file", [file for file, fate in FATES.items() if fate.outcome == "held"])
def test_held(nights: Nights, file: str) -> None:
    fate, batch = FATES[file], nights.batch(file)
    message = nights.told["held"].get(batch["batch_id"], "")
    assert (batch["state"], batch["rows_in"], batch["held"]) == ("held", fate.rows, fate.rows), nights.findings(file)
    assert [said for said in (file, "整批暂停，请改正后重报", *fate.says) if said not in message] == [], message


@pytest.mark.parametrize("file", [file for file, fate in FATES.items() if fate.outcome == "quarantined"])
def test_quarantined(nights: Nights, file: str) -> None:
    fate, batch, findings = FATES[file], nights.batch(file), nights.findings(file)
    assert (batch["state"], batch["rows_in"], batch["quarantined"]) == ("accepted", fate.rows, fate.bad), findings
    assert fate.check in json.loads(batch["quarantined_by"]), findings
    message = findings[fate.check]
    assert [said for said in (file, f"{fate.bad} 行不符，已隔离", *fate.says) if said not in message] == [], message
    _assert_kept(nights, file)


@pytest.mark.parametrize("file", [file for file, fate in FATES.items() if fate.outcome == "problem"])
def test_told(nights: Nights, file: str) -> None:
    (message,) = [told for told in nights.told["problems"] if told.startswith(f"{file}：")]
    assert [said for said in FATES[file].says if said not in message] == [], message
    assert [row for row in nights.told["accounting"] if row["file"] == file] == []


@pytest.mark.parametrize("file", [file for file, fate in FATES.items() if fate.outcome == "accepted"])
def test_accepted(nights: Nights, file: str) -> None:
    fate, batch, findings = FATES[file], nights.batch(file), nights.findings(file)
    assert (batch["state"], batch["rows_in"], batch["quarantined"]) == ("accepted", fate.rows, 0), findings
    assert [said for said in fate.says if said not in "".join(findings.values())] == [], findings
    _assert_kept(nights, file)


def _assert_kept(nights: Nights, file: str) -> None:
    """What is used of the file is what was sent, cell by cell."""
    fate = FATES[file]
    usual = zip(("paid_on", "amount", "kind", "name", "id_number"), (*SOUND, NAME, NUMBER), strict=True)
    sent: dict[str, object] = {**dict(usual), **fate.keeps}
    kept = nights.kept(file)
    assert len(kept) == fate.rows - fate.bad
    allowed = {name: value if isinstance(value, tuple) else (value,) for name, value in sent.items()}
    wrong = [(name, cells[name]) for cells in kept for name, values in allowed.items() if cells[name] not in values]
    assert wrong == []


def test_nothing_else_is_said(nights: Nights) -> None:
    outcomes = [fate.outcome for fate in FATES.values()]
    assert len(nights.told["accounting"]) == 2 + len(outcomes) - outcomes.count("problem")
    assert len(nights.told["held"]) == outcomes.count("held")
    known = {file for file, fate in FATES.items() if fate.outcome == "problem"}
    assert [told for told in nights.told["problems"] if not any(told.startswith(f"{file}：") for file in known)] == []
    assert nights.told["files"]["repeated"] == 0


def test_the_account_adds_up(nights: Nights) -> None:
    for row in nights.told["accounting"]:
        assert row["rows_in"] == sum(row[name] for name in BINS), row["file"]


def test_sound_sources_go_on_untouched(nights: Nights) -> None:
    told = nights.sound["told"]
    before = {row["file"]: row for row in told["accounting"]}
    assert set(before) == {ROSTER, MEDICAL}
    assert {file: nights.batch(file) for file in before} == before
    assert (nights.told["warnings"], nights.told["tiers"]) == (told["warnings"], told["tiers"])


def test_no_value_is_in_what_was_said(nights: Nights) -> None:
    run, home = Path(nights.told["run_dir"]), nights.home
    said = {"stdout": json.dumps(nights.told, ensure_ascii=False), "stderr": nights.corpus["err"]}
    files = [run / "manifest.json", home.audit_file, *home.published.glob("*.html"), *(home.store / "gate").rglob("*.json")]
    files += (home.store / "batches").rglob("*.json")
    said |= {str(path): path.read_text(encoding="utf-8") for path in files}
    said |= {str(path): str(duckdb.sql(f"FROM '{path}'").fetchall()) for path in run.glob("*.parquet")}
    assert [(where, value) for where, text in said.items() for value in (*SECRETS, *PEOPLE) if value in text] == []
    assert "Traceback" not in said["stderr"]


def test_nothing_is_left_lying_about(nights: Nights) -> None:
    assert list(nights.home.work.glob("zip-*")) == []
    assert list(nights.home.root.rglob("*.part")) == []
    assert not (nights.home.root / "越界.csv").exists()


def test_memory_and_time_are_bounded(nights: Nights) -> None:
    assert nights.corpus["peak_mb"] - nights.sound["peak_mb"] < GROWTH_MB
