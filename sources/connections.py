"""Where the departments' databases are and who asks them: `HOME/connections.yaml`, for its owner's eyes alone."""

import os
import re
import stat
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field, RootModel, SecretStr, model_validator

from catalogue import Part, load_yaml, wrong
from errors import HomeError
from settings import Home
from sources.query import ConnectionName, QueryFailed, Text

PORTS: Final = {"postgresql": 5432, "mysql": 3306}

_SAID_PLAINLY: Final = re.compile(
    r"缺少这个键|未知的键|不是文本.*|不是整数|不可为空|只可为 .*|不可(大|小)于 \d+|.*password_env.*|.*tls.*"
)
"""What may be repeated of a message about a file that holds passwords: nothing that quotes it."""


class Connection(Part):
    """One database and the account that may read it."""

    dialect: Literal["postgresql", "mysql"]
    """`mysql` is MariaDB as well."""
    host: Text
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    database: Text
    user: Text
    password: SecretStr | None = None
    password_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    """The environment variable that holds the password, where it shall not lie in a file."""
    tls: Literal["none", "require", "verify"]
    """`require` encrypts, `verify` also checks the server's certificate against `ca`."""
    ca: Text | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.password is not None and self.password_env is not None:
            raise wrong("password 与 password_env 只可写一个")
        if (self.tls == "verify") != (self.ca is not None):
            raise wrong("tls: verify 须写 ca（证书文件），其他 tls 不可写")
        return self

    @property
    def at(self) -> tuple[str, int]:
        """Host and port."""
        return self.host, self.port or PORTS[self.dialect]

    def secret(self) -> str | None:
        """The password, None if the server asks for none.  Raises QueryFailed if the environment lacks it."""
        if self.password_env is None:
            return None if self.password is None else self.password.get_secret_value()
        if self.password_env not in os.environ:
            raise QueryFailed(f"环境变量 {self.password_env} 没有设置；请在运行夜间任务的环境里设好口令")
        return os.environ[self.password_env]


class Connections(RootModel[Mapping[ConnectionName, Connection]]):
    """The whole file: the name that contracts use -> the database."""


def read_connections(home: Home) -> Mapping[str, Connection]:
    """The databases by name; none if there is no file.

    Raises HomeError if others may read the file or it is wrong; the message quotes nothing of it.
    """
    path = home.connections_file
    if not path.exists():
        return {}
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise HomeError(
            file=path,
            expected="只有本人可读写（0600）",
            found="其他用户也能读到，而其中有口令",
            do=f"chmod 600 {path.name}，并更换口令",
        )
    try:
        return load_yaml(path, Connections, HomeError).root
    except HomeError as problem:
        raise _discreet(problem) from None


def _discreet(problem: HomeError) -> HomeError:
    """The same problem without a word that may be a password: a slip of the pen makes one look like a key or a tag."""
    known = {*Connection.model_fields, "文件开头"}
    parts = problem.place.split(".")
    is_place = problem.place.startswith("第 ") or (len(parts) <= 2 and known.issuperset(parts[1:]))
    found = problem.found.partition("（另有")[0]
    return HomeError(
        file=problem.file,
        place=problem.place if is_place else parts[0],
        expected=problem.expected if problem.place.startswith("第 ") else "符合 docs/adding.md 所写的格式",
        found=found if _SAID_PLAINLY.fullmatch(found) else "不合格式（内容不在此显示，以免泄露口令）",
        do="改正该处（口令加引号）后运行 fangpin check",
    )
