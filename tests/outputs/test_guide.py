"""The guide: every code and what it means, what may not be done, where it goes back; one printed page."""

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Final

import pytest

from outputs.guide import write_guide_page
from outputs.layout import visit_codes
from outputs.sheets import Heading
from tests.outputs.invented import AS_OF, NOTICE, OFFICE

CHROMIUM: Final = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    path = tmp_path / "填写说明.html"
    write_guide_page(path, "虚构县<b>", Heading(AS_OF, OFFICE, NOTICE), visit_codes())
    return path


def test_it_says_everything_once_and_runs_nothing(guide: Path) -> None:
    text, codes = guide.read_text(encoding="utf-8"), visit_codes()
    for line in (*codes.forbidden, *codes.guidance, *codes.returning, *(one.label for one in codes.outcomes)):
        assert unescape(text).count(f">{line}<") == 1
    assert all(one.means in text for one in codes.outcomes)
    assert all(one.look in text and one.means in text for one in codes.families)
    assert "inbox/answers" in text
    assert NOTICE in text
    assert "虚构县&lt;b&gt;" in text
    assert "<script" not in text
    assert not re.search(r"(src|href)\s*=|url\(", text)
    assert 'name="viewport"' in text


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium to print with")
def test_it_prints_on_one_page(guide: Path, tmp_path: Path) -> None:
    made = tmp_path / "guide.pdf"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--user-data-dir={tmp_path}/profile"]
    subprocess.run([str(CHROMIUM), *options, f"--print-to-pdf={made}", guide], check=True, capture_output=True, timeout=60)
    assert len(re.findall(rb"/Type\s*/Page[^s]", made.read_bytes())) == 1
