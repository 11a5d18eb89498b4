"""What a night leaves behind: repeatable bytes, whole files, opaque ids, a chained log."""

import json
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import duckdb
import pytest

import tables
from errors import Fault
from outputs.analyst_tables import QUERIES
from outputs.publish import (
    DATABASE,
    NIGHT,
    Manifest,
    Stage,
    append_audit,
    file_hashes,
    package_versions,
    publish,
    verify_audit,
    write_manifest,
    write_tables,
)
from tests.outputs.invented import register, table
from tests.outputs.ranked import AS_OF, database, whole_night

HOUSEHOLDS = ["H1", "H2", "H3"]
WRITTEN = ("warning", "referral", "signal", "suppressed", "verdict_count", "accounting")


def test_the_same_night_gives_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    hashes: list[dict[str, str]] = []
    for threads, households in ((1, HOUSEHOLDS), (2, HOUSEHOLDS[::-1]), (2, HOUSEHOLDS)):
        folder = tmp_path / str(len(hashes))
        with database(threads) as connection:
            whole_night(connection, households)
            rows = write_tables(connection, folder, WRITTEN)
        assert rows["warnings.parquet"] == 3
        hashes.append(file_hashes(folder, folder))
    assert sorted(hashes[0]) == sorted(rows)
    assert hashes[0] == hashes[1] == hashes[2]


def test_large_tables_too_have_the_same_bytes(tmp_path: Path) -> None:
    """Several row groups, rows arriving in another order, one thread and two."""
    found = set()
    for threads, seed in ((1, 1), (2, 2), (2, 3)):
        with database(threads) as connection:
            columns = ", ".join(
                f"{'range' if name == 'row_id' else 'NULL'}::{_sql(name)} AS {name}" for name in tables.LINK.names
            )
            connection.execute(f"CREATE TABLE link AS SELECT {columns} FROM range(400000) ORDER BY hash(range, {seed})")
            write_tables(connection, tmp_path, ["link"])
        found.add(file_hashes(tmp_path, tmp_path)["links.parquet"])
    assert len(found) == 1


def _sql(column: str) -> str:
    return {"row_id": "BIGINT", "row_number": "INTEGER", "probability": "DOUBLE"}.get(column, "VARCHAR")


def test_links_have_the_columns_a_reader_is_promised(tmp_path: Path) -> None:
    with database() as connection:
        register(connection, link=table(tables.LINK, {"row_id": 1, "source": "medical"}))
        write_tables(connection, tmp_path, ["link"])
        found = connection.sql(f"FROM read_parquet('{tmp_path / 'links.parquet'}')").columns
    assert {"source", "batch_id", "row_number", "resident_id", "decision", "method", "probability"} <= set(found)


def test_a_table_without_a_declared_order_is_not_written(tmp_path: Path) -> None:
    with database() as connection, pytest.raises(Fault, match="identity"):
        write_tables(connection, tmp_path, ["identity"])
    assert "roster_identity" not in NIGHT
    assert "identity" not in NIGHT


def test_published_tables_explain_themselves_and_add_up(tmp_path: Path) -> None:
    with database() as connection:
        whole_night(connection, HOUSEHOLDS)
        files = publish(connection, tmp_path, AS_OF)
    assert {file.name for file in files} == {DATABASE, *(f"{name}.parquet" for name in QUERIES)}
    assert {path.name for path in tmp_path.iterdir()} == {file.name for file in files}
    with duckdb.connect(str(tmp_path / DATABASE), read_only=True) as reader:
        tables_told = dict(reader.sql("SELECT table_name, comment FROM duckdb_tables()").fetchall())
        columns_told = reader.sql("SELECT column_name, comment FROM duckdb_columns() WHERE NOT internal").fetchall()
        assert set(tables_told) == set(QUERIES)
        assert all(comment for comment in tables_told.values())
        assert [column for column, comment in columns_told if not comment] == []
        counts = reader.sql("SELECT fires, unknown, suppressed, warnings, listed FROM rule_counts").fetchall()
        assert counts == [(3, 3, 0, 3, 1)]
        reasons = reader.sql("SELECT position, reason FROM warning_reasons").fetchall()
        assert reasons == [(1, "户主：自付 5,000 元")] * 3
        answered = reader.sql("SELECT warning_id, suppressed_why FROM signals WHERE is_suppressed").fetchall()
        assert answered == [(None, "已入户核实")]
        nights = reader.sql("SELECT DISTINCT as_of FROM warnings").fetchall()
        assert nights == [(AS_OF,)]
        queue = reader.sql("SELECT position, rows, points, is_listed, has_runner_up, resident_key FROM review_queue").fetchall()
        assert [row[:5] for row in queue] == [(1, 2, 40, True, False), (None, 2, 40, False, False)]
        issues = reader.sql("SELECT county, title, residents FROM roster_issue_counts").fetchall()
        assert issues == [("990101", "证件号码缺失", 2)]
        copy = reader.sql(f"FROM read_parquet('{tmp_path / 'warnings.parquet'}')").fetchall()
        assert copy == reader.sql("FROM warnings").fetchall()


def test_no_person_is_found_in_what_is_published(tmp_path: Path) -> None:
    sentinels = ("哨兵姓名", "990101199001011234", "19900001111", "H77SENTINEL", "某人上报", "H1R1", "0123456789abcdef")
    with database() as connection:
        whole_night(connection, ["H77SENTINEL"])
        person = {
            "resident_id": "H77SENTINELR1",
            "household_id": "H77SENTINEL",
            "name": sentinels[0],
            "id_number": sentinels[1],
        }
        register(connection, roster_identity=table(tables.ROSTER_IDENTITY, person | {"phone": sentinels[2]}))
        files = publish(connection, tmp_path, AS_OF)
        cells = [str(connection.sql(f"FROM read_parquet('{file}')").fetchall()) for file in files if file.suffix == ".parquet"]
    with duckdb.connect(str(tmp_path / DATABASE), read_only=True) as reader:
        cells += [str(reader.sql(f"FROM {name}").fetchall()) for name in QUERIES]
    shown = "".join(cells) + "".join(path.read_bytes().decode("utf-8", "replace") for path in files)
    assert "石桥乡" in shown
    assert [sentinel for sentinel in sentinels if sentinel in shown] == []


def test_an_open_reader_keeps_the_old_night_and_a_failed_night_changes_nothing(tmp_path: Path) -> None:
    count = "SELECT count(*) FROM warnings"
    with database() as connection:
        whole_night(connection, ["H1"])
        publish(connection, tmp_path, AS_OF)
    with duckdb.connect(str(tmp_path / DATABASE), read_only=True) as reader:
        with database() as connection:
            whole_night(connection, HOUSEHOLDS)
            publish(connection, tmp_path, AS_OF)
        assert reader.sql(count).fetchall() == [(1,)]
    with duckdb.connect(str(tmp_path / DATABASE), read_only=True) as reader:
        assert reader.sql(count).fetchall() == [(3,)]
    before = file_hashes(tmp_path, tmp_path)
    with database() as connection:
        whole_night(connection, ["H1"])
        connection.execute("DROP TABLE accounting")
        with pytest.raises(duckdb.CatalogException):
            publish(connection, tmp_path, AS_OF)
        connection.execute("SELECT 1")
    assert file_hashes(tmp_path, tmp_path) == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_what_a_killed_night_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / ".publishing-killed").mkdir()
    (tmp_path / ".publishing-killed" / DATABASE).write_bytes(b"half")
    with database() as connection:
        whole_night(connection, ["H1"])
        publish(connection, tmp_path, AS_OF)
    assert not (tmp_path / ".publishing-killed").exists()


def test_the_manifest_is_whole_readable_and_repeatable(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "甲.csv").write_text("一", encoding="utf-8")
    (tmp_path / "lists" / ".part").write_text("二", encoding="utf-8")
    manifest = Manifest(
        as_of=AS_OF,
        python=sys.version.split()[0],
        packages=package_versions(["duckdb", "pyarrow"]),
        contracts={"medical": "1"},
        expectations={},
        released=(),
        rules={},
        references={},
        weights="2",
        audiences="a",
        large_scale="l",
        exit_rules="e",
        match_parameters="p",
        area_changes="c",
        counts={"warnings": 3},
        stages=(Stage(name="rank", seconds=0.5, rows=3),),
        peak_rss_mb=100.0,
        stale={"medical": date(2026, 5, 1)},
        held={"b1": "行数低于下限"},
        files=file_hashes(tmp_path, tmp_path / "lists"),
    )
    write_manifest(tmp_path / "manifest.json", manifest)
    found = json.loads((tmp_path / "manifest.json").read_text(encoding="utf-8"))
    assert found["packages"]["duckdb"] == duckdb.__version__
    assert found["stale"] == {"medical": "2026-05-01"}
    assert list(found["files"]) == ["lists/甲.csv"]
    assert Manifest.model_validate(found) == manifest


def chain(path: Path) -> list[str]:
    return [append_audit(path, {"as_of": date(2026, 6, day), "lists": day}) for day in (1, 2, 3)]


def test_the_audit_log_is_a_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    assert verify_audit(path) is None
    hashes = chain(path)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["hash"] for line in lines] == hashes
    assert lines[0]["previous"] == "0" * 64
    assert lines[0]["as_of"] == "2026-06-01"
    assert verify_audit(path) is None


def rewritten(change: Callable[[list[bytes]], object]) -> Callable[[bytes], bytes]:
    def apply(content: bytes) -> bytes:
        lines = content.splitlines()
        change(lines)
        return b"\n".join(lines) + b"\n"

    return apply


def edit(lines: list[bytes]) -> None:
    lines[1] = lines[1].replace(b'"lists":2', b'"lists":9')


@pytest.mark.parametrize(
    ("tamper", "broken"),
    [
        (rewritten(edit), 2),
        (rewritten(lambda lines: lines.pop(1)), 2),
        (rewritten(lambda lines: lines.pop(0)), 1),
        (rewritten(lambda lines: lines.insert(1, lines[0])), 2),
        (rewritten(list.reverse), 1),
        (rewritten(lambda lines: lines.append(b"")), 4),
        (lambda content: content.replace(b'"lists":3', b'"lists":4'), 3),
        (lambda content: content[:-1], 3),
        (lambda content: content[:-40], 3),
    ],
)
def test_a_tampered_line_is_found(tmp_path: Path, tamper: Callable[[bytes], bytes], broken: int) -> None:
    path = tmp_path / "audit.jsonl"
    chain(path)
    path.write_bytes(tamper(path.read_bytes()))
    assert verify_audit(path) == broken


def test_every_single_changed_byte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    chain(path)
    content = path.read_bytes()
    for position in range(0, len(content), 7):
        path.write_bytes(content[:position] + bytes([content[position] ^ 1]) + content[position + 1 :])
        assert verify_audit(path) is not None, position


@pytest.mark.parametrize("lost", [1, 2, 30, 120])
def test_a_line_torn_by_a_killed_run_is_mended_and_said_so(tmp_path: Path, lost: int) -> None:
    path = tmp_path / "audit.jsonl"
    chain(path)
    path.write_bytes(path.read_bytes()[:-lost])
    append_audit(path, {"as_of": "2026-06-04"})
    append_audit(path, {"as_of": "2026-06-05"})
    lines = path.read_bytes().splitlines()
    assert len(lines) == 5
    assert "mended" in json.loads(lines[3])
    assert "mended" not in json.loads(lines[4])
    assert verify_audit(path) is None


def test_a_changed_line_is_not_excused_as_torn(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    chain(path)
    path.write_bytes(path.read_bytes().replace(b'"lists":3', b'"lists":4').removesuffix(b"\n"))
    append_audit(path, {"as_of": "2026-06-04"})
    assert verify_audit(path) == 3


def test_an_entry_cannot_forge_the_chain(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="previous"):
        append_audit(tmp_path / "audit.jsonl", {"previous": "0" * 64})
