"""What `fangpin quarantine` and `fangpin replay` print: Chinese, counts and places, no person's value."""

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from flows.quarantined import Waiting
from flows.replay_account import RENUMBERED, Replay
from flows.show import TABLE_WIDTH
from tables import BIN_TITLES


def waiting(found: Waiting) -> None:
    """One line per source and check, one per file on hold, and where the return lists are."""
    console = Console(width=max(Console().width, TABLE_WIDTH))
    _say(console, f"{found.as_of} 一夜之后")
    if found.checks:
        console.print(_checks(found))
    else:
        _say(console, "没有隔离的行。")
    for file in found.files:
        state = "已补正" if file["answered_by"] else "未补正"
        _say(console, f"暂停（{state}）：{file['file']}，{file['rows']:,} 行\n    {file['reason']}")
    if any(row["rows"] != row["answered"] for row in found.checks) or any(not file["answered_by"] for file in found.files):
        _say(console, f"退回清单：{found.lists}/退回_<来源>/")
        _say(console, "报送单位改正后重报即可；若是契约或取值表不全，改好契约后运行 fangpin replay。")


def _checks(found: Waiting) -> Table:
    table = Table(box=SIMPLE)
    for title in ("来源", "列", "问题", "要求"):
        table.add_column(title, overflow="fold")
    for title in ("行", "已更正", "未更正", "最早收到", "已隔离天数"):
        table.add_column(title, justify="right")
    for row in found.checks:
        rows, answered = int(str(row["rows"])), int(str(row["answered"]))
        age = [str(row[name]) if row[name] is not None else "" for name in ("oldest_on", "days")]
        said = [str(row["source"]), str(row["title"] or "（整行）"), str(row["reason"]), str(row["expected"])]
        table.add_row(*said, f"{rows:,}", f"{answered:,}", f"{rows - answered:,}", *age)
    return table


def replayed(done: Replay, source: str | None) -> None:
    """The account before and after, and where the rows went that left quarantine."""
    console = Console(width=max(Console().width, TABLE_WIDTH))
    if not done.changed:
        whose = f"来源 {source} " if source else ""
        _say(console, f"{whose}没有变化：契约、隔离与暂停都与 {done.as_of} 一夜发布的相同，什么也没有做。")
        return
    for name in done.changed if source is None else (source,):
        _source(console, done, name)
    if others := [done.titles.get(name, name) for name in done.changed if source not in (None, name)]:
        _say(console, f"其他来源的契约也有变化，一并重放了：{'、'.join(others)}")
    _say(console, f"{done.as_of} 一夜的名单、报告与各表已按改后的契约重做。")


def _source(console: Console, done: Replay, name: str) -> None:
    before, after = done.before.get(name, {}), done.after.get(name, {})
    table = Table(box=SIMPLE, title=done.titles.get(name, name), title_justify="left")
    table.add_column("去向")
    for title in ("重放前", "重放后", "增减"):
        table.add_column(title, justify="right")
    for place, title in (("rows_in", "收到"), *BIN_TITLES.items()):
        was, now = before.get(place, 0), after.get(place, 0)
        if was or now:
            table.add_row(title, f"{was:,}", f"{now:,}", f"{now - was:+,}" if now != was else "")
    console.print(table)
    total = sum(after.get(place, 0) for place in BIN_TITLES)
    _say(console, f"合计：收到 {after.get('rows_in', 0):,} 行，各去向之和 {total:,} 行，相符。")
    titles = {**BIN_TITLES, RENUMBERED: "行次已变"}
    left = done.left.get(name, {})
    into = "、".join(f"{titles[place]} {count:,}" for place, count in left.items())
    _say(console, f"离开隔离 {sum(left.values()):,} 行" + (f"：{into}" if into else ""))
    if entered := done.entered.get(name):
        _say(console, f"新进隔离 {entered:,} 行")


def _say(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
