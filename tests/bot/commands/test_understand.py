"""``linli understand``: what sentences are understood as, told to people and to programs."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from bot.commands.cli import app

Linli = Callable[..., Result]

KEYS = (
    *("said", "reading", "sure", "offered", "categories"),
    *("dangers", "numbers_shown", "place", "unit"),
)


@pytest.fixture
def linli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Linli:
    """Run the command in an empty directory, with an English terminal and no settings."""
    for name in list(os.environ):
        if name.startswith("LINLI_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, code: int = 0, typed: bytes | None = None) -> Result:
        result = CliRunner().invoke(app, arguments, input=typed, catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return run


def answers(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


# --- a sentence ----------------------------------------------------------------------------------


def test_a_sentence_is_told_to_people_in_lines(linli: Linli) -> None:
    lines = linli("understand", "柳岸小区3号楼路灯坏了").output.splitlines()

    assert lines[0] == "柳岸小区3号楼路灯坏了"
    assert "  reading: service" in lines
    assert "  sure: yes" in lines
    assert "  place: 柳岸小区3号楼" in lines
    assert "  unit: C2-G2" in lines
    assert not any(line.startswith("  dangers") for line in lines)


def test_a_sentence_is_told_to_programs_as_one_object(linli: Linli) -> None:
    (answer,) = answers(linli("understand", "柳岸小区3号楼路灯坏了", "--json"))

    assert tuple(answer) == KEYS
    assert answer["reading"] == "service"
    assert answer["sure"] is True
    assert answer["offered"] == ["service"]
    assert isinstance(answer["categories"], list)
    assert answer["categories"][0] == "lighting"
    assert len(answer["categories"]) == 3
    assert answer["dangers"] == answer["numbers_shown"] == []
    assert (answer["place"], answer["unit"]) == ("柳岸小区3号楼", "C2-G2")


def test_danger_comes_with_its_numbers(linli: Linli) -> None:
    (answer,) = answers(linli("understand", "三号楼着火了", "--json"))

    assert (answer["reading"], answer["sure"]) == ("emergency", True)
    assert (answer["dangers"], answer["numbers_shown"]) == (["fire"], ["119"])


@pytest.mark.parametrize(
    ("said", "reading"),
    [
        ("你们几点上班", "question"),
        ("网格员骂人", "conduct"),
        ("谢谢你们", "thanks"),
        ("你好", "greeting"),
        ("嗯", "unsure"),
        ("😀", "unsure"),
        ("2026-00017", "status"),
    ],
)
def test_every_sentence_has_all_keys(linli: Linli, said: str, reading: str) -> None:
    (answer,) = answers(linli("understand", said, "--json"))

    assert tuple(answer) == KEYS
    assert answer["said"] == said
    assert answer["reading"] == reading


def test_what_is_said_begins_with_a_hyphen_too(linli: Linli) -> None:
    (answer,) = answers(linli("understand", "--json", "--", "-1层积水"))

    assert answer["said"] == "-1层积水"


def test_why_names_the_pieces_that_spoke_most(linli: Linli) -> None:
    (answer,) = answers(linli("understand", "路灯坏了", "--json", "--why"))

    why = answer["why"]
    assert isinstance(why, dict)
    assert set(why) == {"reading", "danger"}
    assert any("灯" in piece for piece in why["reading"])
    assert all(isinstance(worth, float) for worth in why["reading"].values())
    shown = linli("understand", "路灯坏了", "--why").output
    assert "why: reading: " in shown
    assert "灯" in shown.split("why: ")[1]


# --- a file --------------------------------------------------------------------------------------


def test_a_file_has_a_sentence_on_each_line(linli: Linli, tmp_path: Path) -> None:
    file = tmp_path / "said.txt"
    file.write_text("\ufeff路灯坏了\n\n  \n谢谢\r\n着火了", encoding="utf-8")

    found = answers(linli("understand", "--file", str(file), "--json"))

    assert [one["said"] for one in found] == ["路灯坏了", "谢谢", "着火了"]
    assert [one["reading"] for one in found] == ["service", "thanks", "emergency"]


def test_a_hyphen_reads_what_is_piped_in(linli: Linli) -> None:
    found = linli("understand", "--file", "-", "--json", typed="路灯坏了\n谢谢\n".encode())

    assert [one["reading"] for one in answers(found)] == ["service", "thanks"]


def test_an_empty_file_has_no_answers(linli: Linli, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_bytes(b"")

    assert linli("understand", "--file", "empty.txt", "--json").output == ""


# --- refusals ------------------------------------------------------------------------------------


def test_either_a_sentence_or_a_file_is_needed(linli: Linli, tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("你好", encoding="utf-8")

    neither = linli("understand", code=2)
    both = linli("understand", "你好", "--file", "said.txt", code=2)

    assert "give either a sentence or --file" in neither.stderr
    assert "give either a sentence or --file" in both.stderr
    assert neither.stdout == both.stdout == ""


def test_a_file_that_cannot_be_read_is_named(linli: Linli, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()

    assert "none.txt cannot be read" in linli("understand", "--file", "none.txt", code=2).stderr
    assert "folder cannot be read" in linli("understand", "--file", "folder", code=2).stderr


def test_a_file_of_another_encoding_is_refused_with_what_to_do(
    linli: Linli, tmp_path: Path
) -> None:
    (tmp_path / "gbk.txt").write_bytes("路灯坏了".encode("gbk"))

    refusal = linli("understand", "--file", "gbk.txt", code=2)

    assert "gbk.txt is no text in UTF-8: save it as such" in refusal.stderr


def test_a_line_that_no_channel_takes_is_refused_with_its_number(
    linli: Linli, tmp_path: Path
) -> None:
    (tmp_path / "long.txt").write_text("你好\n" + "长" * 16_001, encoding="utf-8")

    assert (
        "line 2 is longer than 16000 characters"
        in linli("understand", "--file", "long.txt", code=2).stderr
    )


# --- the street ----------------------------------------------------------------------------------


def test_an_empty_folder_stays_empty(linli: Linli, tmp_path: Path) -> None:
    linli("understand", "路灯坏了")

    assert list(tmp_path.iterdir()) == []


def test_the_places_are_those_of_the_office_that_was_set_up(linli: Linli, tmp_path: Path) -> None:
    linli("init", "--public-url", "https://linli.example.org")
    before = answers(linli("understand", "清风苑漏水", "--json"))
    linli("import", "office.xlsx", "--template")
    book = load_workbook(tmp_path / "office.xlsx")
    rows: dict[str, list[dict[str, str]]] = {
        "街道": [{"编码": "S", "名称": "云栖街道"}],
        "社区": [{"编码": "Q", "名称": "清风社区"}],
        "网格": [{"编码": "Q7", "名称": "第七网格（清风苑）", "所属社区": "Q"}],
        "岗位": [
            {"单位编码": "S", "岗位": "街道领导", "姓名": "甲一", "电话": "101"},
            {"单位编码": "Q", "岗位": "分包社区领导", "姓名": "甲一", "电话": "101"},
        ],
    }
    for name, given in rows.items():
        headings = {str(cell.value).split(" (")[0]: cell.column for cell in next(book[name].rows)}
        for number, row in enumerate(given, 3):
            for heading, value in row.items():
                book[name].cell(number, headings[heading], value)
    book.save(tmp_path / "office.xlsx")
    linli("import", "office.xlsx")

    own = answers(linli("understand", "清风苑5号楼漏水", "--json"))
    demonstration = answers(linli("understand", "柳岸小区漏水", "--json"))

    assert before[0]["unit"] == ""
    assert (own[0]["place"], own[0]["unit"]) == ("清风苑5号楼", "Q7")
    assert (demonstration[0]["place"], demonstration[0]["unit"]) == ("柳岸小区", "")


def test_a_sentence_that_no_channel_takes_is_refused(linli: Linli) -> None:
    told = linli("understand", "长" * 16_001, code=2).stderr

    assert "the sentence is longer than 16000 characters: give it in parts" in told
    assert "长长" not in told


def test_a_line_without_end_is_refused_before_it_is_read_to_its_end(linli: Linli) -> None:
    told = linli("understand", "--file", "-", code=2, typed=b"a" * 5_000_000)

    assert "line 1 is longer" in told.stderr
