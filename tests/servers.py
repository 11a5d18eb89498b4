"""Real database servers on this machine, each started once per test process and surely stopped.

Where none is installed the tests that need one are skipped; under CI (CI=true) they fail instead.
"""

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final, NoReturn

import pytest
from pytest_socket import enable_socket

from sources.connections import Connection

PASSWORD: Final = "p'w@:/\\ 口令%1"
"""Every character that some way of writing a connection would stumble over."""
READER: Final = "fangpin_reader"
START_SECONDS: Final = 30
_DIE_WITH_PARENT: Final = 1


@dataclass(frozen=True)
class Server:
    """A running server: how a reader connects, and how the department itself runs statements."""

    connection: Connection
    run: Callable[[str], None] = field(repr=False)
    certificate: Path | None = None

    def but(self, **changes: object) -> Connection:
        """The reader's connection with something else in it."""
        return Connection.model_validate(self.connection.model_dump() | changes)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """PostgreSQL with an empty database `hr`, and TLS for those who want it."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        _absent("PostgreSQL（/usr/lib/postgresql/*/bin）")
    bin_folder, port = programs[-1], _free_port()
    with _folder("postgres") as (folder, user):
        data = folder / "data"
        _call([bin_folder / "initdb", "-D", data, "-A", "trust", "-U", "admin", "-E", "UTF8", "--locale=C", "-N"], user)
        who = "host all admin 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (data / "pg_hba.conf").write_text(who)
        options = [f"-p{port}", f"-k{folder}", "-clisten_addresses=127.0.0.1", "-cfsync=off", "-cmax_connections=20"]
        options += ["-cssl=on", f"-cssl_cert_file={_certificate(folder, user)}", f"-cssl_key_file={folder / 'key.pem'}"]
        with _running([bin_folder / "postgres", "-D", data, *options], user, signal.SIGQUIT):
            _when_up(lambda: _postgres_admin(port, "postgres", "SELECT 1"))
            _postgres_admin(port, "postgres", "CREATE DATABASE hr")
            quoted = PASSWORD.replace("'", "''")
            _postgres_admin(port, "hr", f"CREATE ROLE {READER} LOGIN PASSWORD '{quoted}'")
            _postgres_admin(port, "hr", f"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO {READER}")
            yield Server(_reader("postgresql", port), lambda sql: _postgres_admin(port, "hr", sql), folder / "cert.pem")


def _certificate(folder: Path, user: str | None) -> Path:
    """A certificate for 127.0.0.1 that vouches for itself, its key beside it."""
    path, key = folder / "cert.pem", folder / "key.pem"
    made: list[str | Path] = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-keyout",
        key,
        "-out",
        path,
    ]
    said = ["-days", "2", "-subj", "/CN=fangpin test", "-addext", "subjectAltName=IP:127.0.0.1"]
    _call(["openssl", "req", "-x509", *made, *said], user)
    return path


def _postgres_admin(port: int, database: str, sql: str) -> None:
    from adbc_driver_postgresql import dbapi

    uri = f"host=127.0.0.1 port={port} user=admin dbname={database} sslmode=disable"
    with dbapi.connect(uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[Server]:
    """MariaDB with an empty database `hr`, without TLS."""
    install, daemon = shutil.which("mariadb-install-db"), shutil.which("mariadbd", path=f"{os.environ['PATH']}:/usr/sbin")
    if install is None or daemon is None:
        _absent("MariaDB（mariadb-server）")
    port = _free_port()
    with _folder("mysql") as (folder, user):
        data = f"--datadir={folder / 'data'}"
        _call([install, "--no-defaults", data, "--auth-root-authentication-method=normal", "--skip-test-db"], user)
        options = [f"--socket={folder / 's'}", f"--port={port}", "--bind-address=127.0.0.1", "--skip-name-resolve"]
        with _running([daemon, "--no-defaults", data, *options, f"--pid-file={folder / 'pid'}"], user, signal.SIGKILL):
            _when_up(lambda: _mariadb_admin(folder / "s", None, "SELECT 1"))
            _mariadb_admin(folder / "s", None, "CREATE DATABASE hr CHARACTER SET utf8mb4")
            quoted = PASSWORD.replace("\\", "\\\\").replace("'", "''")
            _mariadb_admin(folder / "s", None, f"CREATE USER {READER}@'127.0.0.1' IDENTIFIED BY '{quoted}'")
            _mariadb_admin(folder / "s", None, f"GRANT SELECT ON hr.* TO {READER}@'127.0.0.1'")
            yield Server(_reader("mysql", port), lambda sql: _mariadb_admin(folder / "s", "hr", sql))


def _mariadb_admin(path: Path, database: str | None, sql: str) -> None:
    import pymysql

    with closing(pymysql.connect(unix_socket=str(path), user="root", database=database, autocommit=True)) as connection:
        connection.query(sql)


def _reader(dialect: str, port: int) -> Connection:
    where = {"dialect": dialect, "host": "127.0.0.1", "port": port, "database": "hr", "tls": "none"}
    return Connection.model_validate(where | {"user": READER, "password": PASSWORD})


def _absent(program: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{program} is not installed, and CI must run these tests")
    pytest.skip(f"{program} is not installed on this machine")


def _free_port() -> int:
    enable_socket()
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _folder(user: str) -> Iterator[tuple[Path, str | None]]:
    """A short path that the server's own user may enter; servers refuse to run as root."""
    folder = Path(mkdtemp(prefix="fp-"))
    if os.geteuid() == 0:
        shutil.chown(folder, user, user)
    try:
        yield folder, user if os.geteuid() == 0 else None
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _call(command: Sequence[str | Path], user: str | None) -> None:
    subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=60, **_as_user(user))


@contextmanager
def _running(command: Sequence[str | Path], user: str | None, stop: signal.Signals) -> Iterator[None]:
    """The server while we need it; then it is stopped without ceremony.  The kernel ends it if we are killed."""
    silent = subprocess.DEVNULL
    server = subprocess.Popen(
        list(map(str, command)), stdin=silent, stdout=silent, stderr=silent, preexec_fn=_die_with_parent, **_as_user(user)
    )
    try:
        yield
    finally:
        server.send_signal(stop)
        server.wait()


def _as_user(user: str | None) -> dict[str, Any]:
    return {} if user is None else {"user": user, "group": user, "extra_groups": [], "cwd": "/"}


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGTERM)


def _when_up(ask: Callable[[], None]) -> None:
    """Until the server answers.  Raises what it last said."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return ask()
        except Exception:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
