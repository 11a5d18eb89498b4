"""`fangpin lists verify` at the office: whatever was changed since the night is found, a whole forgery too."""

import json
import shutil
from pathlib import Path

import pytest

from errors import UnknownId
from flows.lists_verifying import verify
from outputs.files import sha256_of
from outputs.package import MANIFEST
from settings import Home
from tests.conftest import County


@pytest.fixture
def night(county: County, tmp_path: Path) -> tuple[Home, Path]:
    """The county's lists and audit log, to be spoilt."""
    home = Home(tmp_path / "home")
    shutil.copytree(county.home.lists, home.lists)
    shutil.copy(county.home.audit_file, home.audit_file)
    return home, home.lists / county.as_of.isoformat()


def package(folder: Path) -> Path:
    return next(folder.glob(f"*/{MANIFEST}")).parent


def test_what_the_night_made_is_as_it_was(night: tuple[Home, Path]) -> None:
    home, folder = night
    assert verify(home, folder).found == verify(home, package(folder)).found == ()
    assert verify(home, folder).packages == 1


def test_a_package_elsewhere_is_known_by_its_manifest(night: tuple[Home, Path], tmp_path: Path) -> None:
    home, folder = night
    shutil.copytree(package(folder), tmp_path / "收到的名单")
    assert verify(home, tmp_path / "收到的名单").found == ()


def test_a_forged_manifest_is_found(night: tuple[Home, Path]) -> None:
    home, folder = night
    made = package(folder)
    told = json.loads((made / MANIFEST).read_text(encoding="utf-8"))
    (listed,) = made.glob("全县_*.csv")
    listed.write_bytes(listed.read_bytes() + b"1,2\r\n")
    told["files"][listed.name]["sha256"] = sha256_of(listed)
    (made / MANIFEST).write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    for found in (verify(home, made).found, verify(home, folder).found):
        assert len(found) == 1
        assert f"{MANIFEST}：与审计日志中的记录不一致" in found[0]


def test_files_outside_the_packages_are_watched(night: tuple[Home, Path]) -> None:
    home, folder = night
    loose = sorted(path for path in folder.glob("退回_*/*.csv"))
    loose[0].write_text("x", encoding="utf-8")
    (folder / "多出.csv").write_text("x", encoding="utf-8")
    shutil.rmtree(package(folder))
    found = verify(home, folder).found
    assert f"{loose[0].relative_to(folder).as_posix()}：内容已改动" in found
    assert "多出.csv：多出的文件" in found
    assert any(line.endswith("/缺少") for line in found)


def test_without_the_nights_record_nothing_is_proven(night: tuple[Home, Path]) -> None:
    home, folder = night
    home.audit_file.unlink()
    assert "不能证明清单未被改动" in verify(home, package(folder)).found[0]


def test_a_changed_record_is_told(night: tuple[Home, Path]) -> None:
    home, folder = night
    home.audit_file.write_text(home.audit_file.read_text(encoding="utf-8").replace("night", "nacht"), encoding="utf-8")
    assert any("不相扣" in line for line in verify(home, folder).found)


def test_what_is_no_list_is_refused(night: tuple[Home, Path], tmp_path: Path) -> None:
    home, _ = night
    with pytest.raises(UnknownId):
        verify(home, tmp_path / "absent")
