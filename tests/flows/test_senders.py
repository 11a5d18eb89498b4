"""The night says how good each sender is: a table, a page the report links to, and the units a contract names."""

from pathlib import Path

import duckdb

from tests.conftest import County, run_night
from tests.flows.test_layers import CONTRACT

STATION = "  station: {title: 消防站, headers: [消防站], type: text}\n"
SENT_BY = CONTRACT.replace("volume:", STATION + "sending_unit: station\nvolume:")


def _quality(run: Path) -> str:
    return f"read_parquet('{run / 'sender_quality.parquet'}')"


def test_a_night_leaves_the_table_and_the_page(county: County) -> None:
    quality = _quality(county.summary.run)
    newest = duckdb.sql(f"SELECT count(*), count(DISTINCT source) FROM {quality} WHERE is_newest AND unit = ''").fetchall()[0]
    assert newest[0] == newest[1] == len({row["source"] for row in county.summary.accounting})
    judged, kept = duckdb.sql(f"SELECT sum(rows), sum(quarantined) FROM {quality} WHERE unit = ''").fetchall()[0]
    assert judged == sum(int(str(row["rows_in"])) for row in county.summary.accounting)
    assert kept == sum(int(str(row["quarantined"])) for row in county.summary.accounting)
    page = (county.home.published / "senders.html").read_text(encoding="utf-8")
    assert "医保结算" in page
    assert 'href="senders.html"' in (county.home.published / "report.html").read_text(encoding="utf-8")
    assert (county.home.published / "sender_quality.parquet").exists()


def test_a_contract_that_names_the_sending_unit_is_judged_per_unit(county: County, tmp_path: Path) -> None:
    home = tmp_path / "home"
    inbox, own = home / "inbox" / "fire_service" / "2026-10-20", home / "sources"
    inbox.mkdir(parents=True)
    own.mkdir()
    (home / "inbox" / "roster").symlink_to(county.home.inbox / "roster")
    (own / "fire_service.yaml").write_text(SENT_BY, encoding="utf-8")
    fires = (
        [("城关站", "约八万" if number < 20 else "100") for number in range(30)]
        + [("石桥站", "100")] * 60
        + [("村站", "100")] * 5
    )
    lines = [f"F{number:04d},某某,,2026-10-01,{loss},{station}" for number, (station, loss) in enumerate(fires)]
    (inbox / "十月.csv").write_text("\n".join(["警情号,户主,户主身份证,起火日期,损失,消防站", *lines]), encoding="utf-8")
    run = run_night(home, county.as_of).run
    found = duckdb.sql(f"SELECT unit, rows, quarantined, pattern FROM {_quality(run)} WHERE source = 'fire_service' ORDER BY 1")
    assert found.fetchall() == [
        ("", 95, 20, "unit"),
        ("其余小单位", 5, 0, "clean"),
        ("城关站", 30, 20, "unit"),
        ("石桥站", 60, 0, "clean"),
    ]
    page = (home / "published" / "senders.html").read_text(encoding="utf-8")
    assert "20 行不合格，集中于少数单位，最多的是城关站，主要是损失无法识别，请有关单位重报" in page
    assert "村站" not in page
