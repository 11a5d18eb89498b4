"""`fangpin demo`: a county that does not exist, with its inbox and its truth."""

from datetime import date
from pathlib import Path

from errors import HomeError
from flows.running import prepare
from settings import Home
from sources.county import Invented, Plan, invent


def invent_county(home: Path, residents: int, seed: int, as_of: date | None) -> Invented:
    """Invent a county into an empty or earlier invented home.  Raises HomeError rather than mix with an office's own data."""
    root = Home(home.expanduser().resolve())
    if root.inbox.exists() and not (root.root / "truth").exists():
        raise HomeError(
            file=root.root,
            expected="空的或以前造出的演示文件夹",
            found="已有收件箱，却没有演示的真相文件",
            do="换一个 --home，演示数据绝不与真实数据混放",
        )
    prepare(root)
    plan = Plan(residents=residents, seed=seed) if as_of is None else Plan(residents=residents, seed=seed, as_of=as_of)
    return invent(root, plan)
