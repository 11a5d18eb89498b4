"""`connections.yaml`: for its owner alone, and no message repeats a word of it."""

from pathlib import Path

import pytest

from errors import HomeError
from settings import Home
from sources.connections import read_connections
from sources.query import QueryFailed

GOOD = 'hr: {dialect: postgresql, host: db.example, database: hr, user: reader, password: "Geheim-123", tls: none}\n'


def written(folder: Path, text: str, mode: int = 0o600) -> Home:
    """A home with this file."""
    home = Home(folder)
    home.connections_file.write_text(text, encoding="utf-8")
    home.connections_file.chmod(mode)
    return home


def test_without_a_file_there_are_no_connections(tmp_path: Path) -> None:
    assert read_connections(Home(tmp_path)) == {}


def test_a_connection_keeps_its_password_to_itself(tmp_path: Path) -> None:
    server = read_connections(written(tmp_path, GOOD))["hr"]
    assert (server.at, server.secret()) == (("db.example", 5432), "Geheim-123")
    assert "Geheim" not in repr(server) + str(server.model_dump())


def test_the_password_may_come_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = read_connections(written(tmp_path, GOOD.replace('password: "Geheim-123"', "password_env: HR_SECRET")))["hr"]
    with pytest.raises(QueryFailed, match="环境变量 HR_SECRET 没有设置"):
        server.secret()
    monkeypatch.setenv("HR_SECRET", "other")
    assert server.secret() == "other"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(HomeError, match="0600"):
        read_connections(written(tmp_path, GOOD, mode))


@pytest.mark.parametrize(
    ("written_as", "place", "found"),
    [
        ('password: "Geheim-123", ssl: on', "hr", "未知的键"),
        ("password: !Geheim-123", "第 1 行", "不在此显示"),
        ("password: *Geheim-123", "第 1 行", "不在此显示"),
        ("password: {Geheim-123}", "hr.password", "不是文本"),
        ("password, Geheim-123", "hr", "未知的键"),
        ("password: 20260305", "hr.password", "不是文本"),
        ('password: "Geheim-123", password_env: HR', "hr", "只可写一个"),
        ('password: "Geheim-123", port: 70000', "hr.port", "不可大于"),
        ('password: "Geheim-123", ca: /x.pem', "hr", "tls: verify"),
    ],
)
def test_no_message_repeats_what_may_be_a_password(tmp_path: Path, written_as: str, place: str, found: str) -> None:
    text = GOOD.replace('password: "Geheim-123"', written_as)
    with pytest.raises(HomeError) as told:
        read_connections(written(tmp_path, text))
    said = str(told.value)
    assert place in told.value.place
    assert found in said
    assert "Geheim" not in said
    assert "20260305" not in said
