"""What `fangpin match estimate` prints: every figure before and after, in Chinese, and what to do with the proposal."""

from collections.abc import Iterator

import typer

from flows.match_estimating import Estimated, Worth
from flows.match_show import table
from matching.explain import FIELD_TITLES, field_says

ERROR_TITLES = {
    "number": "证件号码（校验不通过的）",
    "valid_number": "证件号码（校验通过的）",
    "name": "姓名",
    "birth": "出生日期",
    "place": "住址",
    "phone": "电话",
}
"""What the shares of `field_errors` are called."""


def estimated(done: Estimated) -> None:
    """Levels, shares and calibration before and after."""
    typer.echo("\n".join(_estimated(done)))


def _estimated(done: Estimated) -> Iterator[str]:
    made = done.after.provenance
    yield from (f"注意：{note}" for note in done.notes)
    yield f"依据：{made.persons:,} 个不同的身份，花名册 {made.residents:,} 人，人工比对结论 {made.ruled:,} 对"
    yield ""
    rows = [[FIELD_TITLES[field], field_says(field, level), *_row(old, new)] for field, level, old, new in done.levels()]
    head = ["项目", "一致程度", "m 原", "m 新", "u 原", "u 新", "权重原", "权重新", "亲属u原", "亲属u新"]
    yield from table(head, rows, right=range(2, len(head)))
    yield ""
    yield from table(["", "原", "新"], list(_shares(done)), right=(1, 2))
    yield ""
    yield "m：确是同一人时如此一致的可能；u：不是同一人时的可能（频率：按该值在花名册的频率；/N：除以花名册人数）；权重：比特。"
    yield "亲属 u：号码已经指向这名居民、而写的其实是其亲属时的可能，此时代替 u。"
    yield f"提议写在：{done.out}"
    yield "尚未生效。核对之后，把它放到数据文件夹的 matching/parameters.yaml，下一夜起使用。"


def _row(old: Worth, new: Worth) -> list[str]:
    kin = ("" if one.u_kin is None else f"{one.u_kin:.2g}" for one in (old, new))
    return [f"{old.m:.4g}", f"{new.m:.4g}", old.u, new.u, _bits(old.weight), _bits(new.weight), *kin]


def _bits(weight: float | None) -> str:
    return "" if weight is None else f"{weight:+.1f}"


def _shares(done: Estimated) -> Iterator[list[str]]:
    old, new = done.before, done.after
    yield ["花名册上有其人的行", f"{old.prior.resident_share:.4g}", f"{new.prior.resident_share:.4g}"]
    for name, title in ERROR_TITLES.items():
        yield [f"凭{title}找不到本人", *(f"{getattr(one.field_errors, name):.4g}" for one in (old, new))]
    yield ["校准：倍数", f"{old.calibration.slope:.4g}", f"{new.calibration.slope:.4g}"]
    yield ["校准：加数（比特）", f"{old.calibration.shift:.4g}", f"{new.calibration.shift:.4g}"]
