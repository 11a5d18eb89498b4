"""The invented county: people and department files that nobody can take for real ones, and the truth beside them."""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from engine import whole_file
from errors import HomeError
from settings import Home
from sources.county.build import FEEDS, feeds_of, stream, world_of
from sources.county.deliver import Delivery
from sources.county.dirt import soil
from sources.county.mistakes import swaps
from sources.county.names import prepare
from sources.county.places import lay_out
from sources.county.plan import Dirt, Invented, Plan, ShockRates
from sources.county.truth import Ledger
from sources.county.words import read_confusions, read_names, read_places

__all__ = ["Dirt", "Invented", "Plan", "ShockRates", "invent"]

OFFICE = """\
name: 虚构县防贫数据办公室
area: "99"
notice: 本县、本表所有人员与数据均为虚构，仅供演示
as_of: "{as_of}"
"""
TRUTH, RECORD = "truth", "invented.json"


def invent(home: Home, plan: Plan) -> Invented:
    """Write an invented county's office.yaml, inbox/ and truth/ below `home`; the same plan gives the same bytes.

    A home that holds this very plan's county already is left as it is; any other home with data raises HomeError.
    """
    earlier = _earlier(home, plan)
    if earlier:
        return earlier
    home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    home.work.mkdir(exist_ok=True, mode=0o700)
    stage = home.work / "county"
    invented = _write(stage, plan)
    with whole_file(home.office_file) as temporary:
        temporary.write_text(OFFICE.format(as_of=plan.as_of), encoding="utf-8")
    (stage / "inbox").rename(home.inbox)
    (stage / TRUTH).rename(home.root / TRUTH)
    shutil.rmtree(stage)
    return invented


def _earlier(home: Home, plan: Plan) -> Invented | None:
    """The record of this plan's earlier invention; HomeError when the home holds anything else."""
    record = home.root / TRUTH / RECORD
    if record.is_file():
        noted = json.loads(record.read_text(encoding="utf-8"))
        if noted["plan"] == _plan_text(plan):
            return Invented(**{**noted["invented"], "files": tuple(noted["invented"]["files"])})
    if record.exists() or home.office_file.exists() or any(_is_used(path) for path in (home.inbox, home.store, home.archive)):
        raise HomeError(
            file=home.root,
            expected="空的数据文件夹（或以同样的人口、种子、日期造过的虚构县）",
            found="已有其他数据",
            do="用 --home 另选一个空文件夹；虚构数据不得与真实数据混放",
        )
    return None


def _is_used(folder: Path) -> bool:
    return folder.exists() and (not folder.is_dir() or any(folder.iterdir()))


def _plan_text(plan: Plan) -> dict[str, object]:
    return {**asdict(plan), "as_of": plan.as_of.isoformat()}


def _write(stage: Path, plan: Plan) -> Invented:
    """Write inbox and truth below the scratch folder `stage`, township by township."""
    shutil.rmtree(stage, ignore_errors=True)
    names, tables, feeds = prepare(read_names()), swaps(read_confusions()), feeds_of(plan)
    delivery, ledger = Delivery(stage / "inbox", stage / "scratch", feeds), Ledger(stage / TRUTH)
    for place in lay_out(plan, read_places(), names.nations):
        world = world_of(plan, names, place)
        ledger.put_world(world)
        truths = []
        for number, feed in enumerate(feeds):
            rows = feed.rows(world, stream(plan, place, FEEDS + 2 * number))
            soiled = soil(stream(plan, place, FEEDS + 2 * number + 1), world, feed, rows, tables)
            truths += delivery.put(world, feed, soiled)
        ledger.put_rows(truths)
    ledger.put_rows(delivery.close())
    ledger.close()
    invented = Invented(plan.residents, ledger.households, ledger.deserving, delivery.rows, tuple(sorted(delivery.written)))
    record = {"plan": _plan_text(plan), "invented": asdict(invented)}
    (stage / TRUTH / RECORD).write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return invented
