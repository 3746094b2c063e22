"""``linli visits``: a file half of which is wrong, and what is written out of the register."""

import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.bot.commands.test_cli import Linli, linli

__all__ = ["linli"]

RIGHT: Mapping[str, Any] = {
    "姓名": "赵桂英",
    "出生年份": 1946,
    "类别": "独居老年人",
    "网格编号": "C1-G1",
    "住址": "3号楼2单元401",
    "电话": "13700000001",
    "依据": "法定职责（老年人）",
    "负责人": "汪思齐",
}
Fill = Callable[..., Path]


@pytest.fixture
def fill(linli: Linli, tmp_path: Path) -> Fill:
    """Fill in the template, a row each."""

    def filled(*rows: Mapping[str, Any], name: str = "people.xlsx") -> Path:
        path = tmp_path / name
        linli("visits", "template", str(path))
        book = load_workbook(path)
        sheet = book["走访对象"]
        headings = {str(one.value).split(" (")[0]: one.column for one in next(sheet.rows)}
        for number, row in enumerate(rows, 3):
            for heading, value in row.items():
                sheet.cell(number, headings[heading], value)
        book.save(path)
        return path

    return filled


def test_the_template_offers_the_lawful_categories_alone(linli: Linli, tmp_path: Path) -> None:
    linli("visits", "template", "people.xlsx")

    book = load_workbook(tmp_path / "people.xlsx")
    offered = {
        str(cell.value)
        for sheet in book.worksheets
        if sheet.sheet_state == "hidden"
        for row in sheet.rows
        for cell in row
        if cell.value
    }
    assert "独居老年人" in offered
    assert not [one for one in offered if "刑满" in one or "信访" in one]
    assert linli("visits", "template", "people.xlsx", code=2).output.count("already")


@pytest.mark.requirement("V-01")
def test_a_file_half_of_which_is_wrong_is_told_row_by_row(
    linli: Linli, fill: Fill, tmp_path: Path
) -> None:
    path = fill(
        RIGHT,
        {**RIGHT, "姓名": "甲", "类别": "刑满释放人员"},
        {**RIGHT, "姓名": "乙", "依据": None},
        {**RIGHT, "姓名": "丙", "类别": "重病患者", "出生年份": 1970, "依据": "本人同意"},
        {**RIGHT, "姓名": "丁", "出生年份": "前年"},
        {**RIGHT, "姓名": "戊", "网格编号": "C9-G9"},
        {**RIGHT, "姓名": "己", "出生年份": 1999},
        {**RIGHT, "姓名": "庚", "负责人": "不在的人"},
        {**RIGHT, "姓名": "辛", "需要的帮助": "需要稳控"},
        {**RIGHT, "姓名": "壬", "出生年份": 1940, "类别": "高龄", "上次走访": "2026-11-01"},
        RIGHT,
    )

    told = linli("visits", "import", str(path), code=1).output

    lines = told.splitlines()
    assert [line.partition(":")[0] for line in lines if line[0].isdigit()] == ["3", "12", "13"]
    assert "Elder living alone, born 1946" in told
    assert "13: is on the register already" in told
    for number, why in {
        4: "justice office keeps their record",
        5: "may rest on",
        6: "needs a record of it",
        7: "four digits",
        8: "no grid C9-G9",
        9: "does not fit",
        10: "Nobody called",
        11: "watch somebody",
    }.items():
        line = next(one for one in lines if why in one)
        assert line.partition(":")[0].split()[2][1:] == str(number), line
    assert "Taken: 2; on the register already: 1; to be put right: 8" in told
    assert "赵桂英" not in told


def test_wrong_rows_are_written_beside_to_be_put_right_and_taken_again(
    linli: Linli, fill: Fill, tmp_path: Path
) -> None:
    path = fill(RIGHT, {**RIGHT, "姓名": "钱大爷", "出生年份": 1999})
    linli("visits", "import", str(path), code=1)
    wrong = tmp_path / "people-待改.xlsx"

    assert stat.S_IMODE(wrong.stat().st_mode) == 0o600
    book = load_workbook(wrong)
    sheet = book["走访对象"]
    headings = [str(one.value) for one in next(sheet.rows)]
    assert sheet.max_row == 2
    assert headings[-1] == "问题"
    assert "年龄要求不符" in str(sheet.cell(2, len(headings)).value)
    born = next(place for place, one in enumerate(headings, 1) if one.startswith("出生年份"))
    sheet.cell(2, born, 1949)
    again = tmp_path / "again.xlsx"
    book.save(again)

    assert (
        "Taken: 1; on the register already: 0; to be put right: 0"
        in linli("visits", "import", str(again)).output
    )


def test_a_look_beforehand_takes_nobody(linli: Linli, fill: Fill) -> None:
    path = fill(RIGHT)

    assert "Taken: 1" in linli("visits", "import", str(path), "--check").output
    assert "Taken: 1" in linli("visits", "import", str(path)).output
    assert "Taken: 0; on the register already: 1" in linli("visits", "import", str(path)).output


def test_a_file_of_something_else_takes_nobody(linli: Linli, fill: Fill, tmp_path: Path) -> None:
    path = fill(RIGHT)
    book = load_workbook(path)
    book["走访对象"].cell(1, 1, "身份证号")
    book.save(path)

    told = linli("visits", "import", str(path), code=1).output
    assert "nobody was taken" in told
    assert "姓名" in told
    (tmp_path / "odd.xlsx").write_text("no workbook")
    assert "nobody was taken" in linli("visits", "import", "odd.xlsx", code=1).output


def test_records_and_coverage_are_written_as_excel_and_word_without_a_name(
    linli: Linli, tmp_path: Path
) -> None:
    linli("visits", "export", "visits.xlsx", "--unit", "C1", "--since", "2020-01-01")
    linli("visits", "export", "visits.docx", "--unit", "C1", "--since", "2020-01-01")

    book = load_workbook(tmp_path / "visits.xlsx")
    assert book.sheetnames == ["Coverage", "Visits", "Needs", "Looks at minors' entries"]
    said = " ".join(
        str(cell.value) for sheet in book.worksheets for row in sheet.rows for cell in row
    )
    with zipfile.ZipFile(tmp_path / "visits.docx") as parts:
        paper = parts.read("word/document.xml").decode()
    for content in (said, paper):
        assert "Grid 1 (Chenguangli)" in content
        assert "汪思齐" in content  # who visited
        assert [one for one in ("方奶奶", "史大爷", "晨光里3号楼") if one in content] == []
    rows = list(book["Coverage"].iter_rows(min_row=3, values_only=True))
    assert rows[-1][0] == "In all"
    assert rows[-1][1] == sum(int(row[1]) for row in rows[:-1])
    assert rows[-1][2] == sum(int(row[2]) for row in rows[:-1])


@pytest.mark.parametrize("name", ["visits.pdf", "visits"])
def test_another_sort_of_file_is_refused(linli: Linli, name: str) -> None:
    assert "neither .xlsx nor .docx" in linli("visits", "export", name, code=2).output
