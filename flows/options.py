"""Options that several commands take."""

from pathlib import Path
from typing import Annotated, Final

import typer

HomeOption = Annotated[Path, typer.Option("--home", envvar="FANGPIN_HOME", help="数据文件夹")]
JsonOption = Annotated[bool, typer.Option("--json", help="输出一个 JSON 对象，供程序读取")]
DEFAULT_HOME: Final = Path("data")
