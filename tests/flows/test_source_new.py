"""From a file nobody wrote a contract for to rows in the night's accounting: draft, answer, check, night."""

from pathlib import Path

import pyarrow.parquet as pq

from tests.flows.little import AS_OF, PEOPLE, assert_discreet, assert_told, fangpin, little_home, put

SAMPLE = "饮水问题登记_202602.csv"
ANSWERS = {
    "title": "title: 饮水问题",
    "owner": "owner: 县水利局",
    "legal_basis": "legal_basis: {class: statutory_duty, text: 第三十四条}",
    "row": "row: 一户一次登记",
    "personal_data": "personal_data: personal",
    "mode": "mode: append",
}


def sample() -> str:
    people = [*PEOPLE, *PEOPLE]
    lines = [
        f"{at},{one.name},{one.id_number},2026-02-{at + 1:02d},{'缺水' if at % 2 else '水质'},YS26{at:04d}"
        for at, one in enumerate(people)
    ]
    return "\n".join(["饮水问题登记表,,,,,", "序号,户主姓名,身份证号,登记日期,问题,登记编号", *lines, "合计,,,,,"]) + "\n"


def test_a_feed_is_drafted_answered_checked_and_taken_in(tmp_path: Path) -> None:
    home = little_home(tmp_path)
    file = tmp_path / SAMPLE
    file.write_text(sample(), encoding="utf-8")
    told = fangpin("source", "new", file, "--id", "water_trouble", "--home", home.root)
    assert (told.code, "请在草稿中回答" in told.out, "报送单位" in told.out) == (0, True, True)
    assert_discreet(told)
    contract = home.drafts / "water_trouble.yaml"
    assert fangpin("night", "--home", home.root).code == 0
    assert_told(fangpin("check", "--home", home.root), 10, "water_trouble.yaml", "还没有填", "owner", "mode")
    draft = contract.read_text(encoding="utf-8").splitlines()
    contract.write_text("\n".join(ANSWERS.get(line.partition(":")[0], line) for line in draft) + "\n", encoding="utf-8")
    assert "草稿已填好" in fangpin("check", "--home", home.root).out
    contract.rename(home.office_layer("sources") / contract.name)
    put(home.root, f"water_trouble/2026-03-02/{SAMPLE}", sample())
    assert fangpin("night", "--home", home.root).code == 0
    accounts = pq.read_table(home.run(AS_OF) / "accounting.parquet").to_pylist()
    (account,) = [one for one in accounts if one["source"] == "water_trouble"]
    assert account["rows_in"] == 2 * len(PEOPLE) + 1
    assert account["linked"] == 2 * len(PEOPLE)
    assert account["quarantined"] == 1


def test_what_is_there_is_not_overwritten_and_a_bad_id_is_refused(tmp_path: Path) -> None:
    home = little_home(tmp_path)
    file = tmp_path / SAMPLE
    file.write_text(sample(), encoding="utf-8")
    assert fangpin("source", "new", file, "--id", "water", "--home", home.root).code == 0
    assert_told(fangpin("source", "new", file, "--id", "water", "--home", home.root), 2, "已有这个文件")
    assert_told(fangpin("source", "new", file, "--id", "Water 1", "--home", home.root), 2, "小写")
    assert_told(fangpin("source", "new", file, "--id", "medical", "--home", home.root), 2, "已有这个文件")
    assert_told(fangpin("source", "new", tmp_path / "no.csv", "--id", "other", "--home", home.root), 2, "没有这个文件")
