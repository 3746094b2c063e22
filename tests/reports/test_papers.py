"""Documents as Word and PDF: every word is there, nothing is markup, and Chinese needs no font."""

import io
import re
import zipfile
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from defusedxml import ElementTree

from bot.words.wording import wording_for
from domain.documents import Folder, Grid, Lines, Paper, Signer, Signing, issue, sign
from domain.messages import Line, Text, text
from domain.people import Language
from domain.subjects import Subject
from reports.papers import Sheet, Table, in_force, sheets_of
from reports.pdf import draw_papers, wrapped
from reports.word import word
from tests.street import MORNING

ZONE = ZoneInfo("Asia/Shanghai")
OUTING = Subject("outing", "7")


def said(zh: str, en: str = "") -> Text:
    return text("names.either", zh=zh, en=en or zh)


PAPER = Paper(
    title=said("委托书", "Authority"),
    number="2026-00017",
    blocks=(
        said("本人委托下列工作人员代为办理。<b>不是标记</b> & 不是标记", "I hereby authorise."),
        Lines(lines=(Line(said("委托人", "Principal"), "李秀英"), Line(said("电话"), None))),
        Grid(
            head=(said("材料"), said("份数")),
            rows=(("身份证原件", 1), ("户口簿复印件", 2)),
        ),
    ),
    signers=(
        Signer(party="principal", label=said("委托人签字", "Principal")),
        Signer(party="agent", label=said("代办员签字", "Agent")),
    ),
)


def folder(language: Language = Language.CHINESE) -> tuple[Sheet, ...]:
    empty = Folder(subject=OUTING)
    made = issue(empty, "authority", PAPER, ident="d1", by="clerk", at=MORNING)
    signature = sign(
        made[0],
        ident="s1",
        party="principal",
        who=None,
        how=Signing.IN_PERSON,
        at=MORNING,
        recorded_by="clerk",
    )
    full = empty.with_more(made, [signature])
    words = wording_for(language, strict=True)
    names = {"clerk": "周窗口"}
    return sheets_of(full, in_force(full), words.value, lambda one: names.get(one or "", ""), ZONE)


def written(sheets: tuple[Sheet, ...]) -> str:
    """Give the words of a Word file, paragraph by paragraph."""
    with zipfile.ZipFile(io.BytesIO(word(sheets))) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))
        body = ElementTree.fromstring(archive.read("word/document.xml"))
    space = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    return "\n".join(
        "".join(it.text or "" for it in line.iter(f"{space}t")) for line in body.iter(f"{space}p")
    )


def test_a_word_file_says_what_stands_on_the_paper_and_who_signed_before_whom() -> None:
    words = written(folder())

    for expected in (
        "委托书",
        "编号：2026-00017",
        "<b>不是标记</b> & 不是标记",
        "李秀英",
        "户口簿复印件",
        "委托人签字：已当面签字（2026年11月24日 09:00，见证人：周窗口）",
        "见证人：周窗口",
        "第 1 版",
    ):
        assert expected in words
    assert re.search(r"代办员签字：＿+", words)


def test_it_is_read_in_either_language() -> None:
    assert "Authority" in written(folder(Language.ENGLISH))
    assert "signed by hand" in written(folder(Language.ENGLISH))


def test_the_same_document_is_the_same_file() -> None:
    assert word(folder()) == word(folder())


@pytest.mark.parametrize("sign_", ["\x00", "\x0b", "\ud800", "\ufffe"])
def test_signs_that_no_xml_may_hold_are_left_out(sign_: str) -> None:
    (sheet,) = folder()

    assert "前后" in written((replace(sheet, parts=(f"前{sign_}后",)),))


def test_what_was_erased_is_on_no_sheet() -> None:
    empty = Folder(subject=OUTING)
    made = issue(empty, "authority", PAPER, ident="d1", by="clerk", at=MORNING)
    gone = empty.with_more([replace(made[0], paper=None)])

    assert sheets_of(gone, in_force(gone), str, str, ZONE) == ()


def test_a_pdf_brings_its_font_along_and_stays_text() -> None:
    (pdf,) = draw_papers(folder())

    assert pdf.startswith(b"%PDF")
    assert b"NotoSansCJK" in pdf
    assert re.search(rb"/FontFile[23]?\b", pdf)
    assert b"/ToUnicode" in pdf
    assert draw_papers(folder())[0] == pdf


def test_a_long_document_goes_on_on_the_next_page() -> None:
    (sheet,) = folder()
    rows = tuple((f"材料{number}", "1") for number in range(120))
    long = replace(sheet, parts=(Table(("名称", "份数"), rows),))

    pages = draw_papers((long,), "png")

    assert len(pages) >= 3
    assert written((long,)).count("材料") == 120


@pytest.mark.parametrize(
    ("words", "width", "lines"),
    [
        ("一二三四五六", 3 * 10 / 72, ["一二三", "四五六"]),
        ("一二三，四", 3 * 10 / 72, ["一二", "三，四"]),
        ("Linli helps", 4 * 10 / 72, ["Linli", "helps"]),
        ("一\n二", 1.0, ["一", "二"]),
        ("a" * 30, 5 * 10 / 72, ["a" * 8, "a" * 8, "a" * 8, "a" * 6]),
    ],
)
def test_lines_are_broken_where_they_may_be(words: str, width: float, lines: list[str]) -> None:
    assert list(wrapped(words, width, 10)) == lines
