"""The font that the page brings to machines without Chinese."""

import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import notojp_matplotlib
import pytest
from fontTools.ttLib import TTFont

from bot.channels.web import page_font
from bot.channels.web.page_files import page_words
from bot.channels.web.page_font import PageFont, pieces, ranges
from domain.people import Language
from tests.web_street import Client, MemoryStore, WebStreet, browserless, served


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    async with served(WebStreet(MemoryStore(tmp_path))) as base, browserless() as session:
        yield Client(base, session)


def test_no_character_is_in_two_pieces_and_the_pages_own_are_in_the_first():
    first, second = itertools.tee(pieces().values())
    said = {ord(sign) for word in page_words(Language.CHINESE).values() for sign in word}

    assert sum(map(len, first)) == len(set().union(*second))
    assert {code for code in said if 0x4E00 <= code <= 0x9FFF} <= pieces()["words"]
    assert {ord(sign) for sign in "繁龘喆，。：（）"} <= set().union(*pieces().values())


@pytest.mark.parametrize(
    ("codes", "written"),
    [
        ((), ""),
        ((0x4E00,), "U+4E00"),
        ((0x4E02, 0x4E00, 0x4E01, 0x4E07), "U+4E00-4E02,U+4E07"),
    ],
)
def test_ranges_are_written_as_css_does(codes, written):
    assert ranges(codes) == written


async def test_a_piece_is_cut_once_and_shows_the_mainland_forms(tmp_path):
    fonts = PageFont(tmp_path / "fonts")

    path = await fonts.piece("words")
    made = path.stat().st_mtime_ns
    again = await PageFont(tmp_path / "fonts").piece("words")

    shown = TTFont(path).getBestCmap()
    assert {code for code in pieces()["words"] if code >= 0x4E00 and code <= 0x9FFF} <= set(shown)
    # Source: its two Chinese forms differ, and the font names the mainland one by its number.
    assert shown[ord("直")] != TTFont(_source()).getBestCmap()[ord("直")]
    assert again == path
    assert path.stat().st_mtime_ns == made
    assert list(path.parent.iterdir()) == [path]


def _source() -> Path:
    return next((Path(notojp_matplotlib.__file__).parent / "fonts").glob("*.otf"))


async def test_a_piece_is_served_for_a_year_and_an_unknown_one_not_at_all(client):
    sheet = await client.http.get(client.base + page_font.address())
    piece = await client.http.get(client.base + f"/page/fonts/{page_font.digest()}/words.woff")
    old = await client.http.get(client.base + f"/page/fonts/{'0' * 12}/words.woff")
    unknown = await client.http.get(client.base + f"/page/fonts/{page_font.digest()}/others.woff")

    assert (sheet.status, piece.status, old.status, unknown.status) == (200, 200, 200, 404)
    assert "immutable" in sheet.headers["Cache-Control"]
    assert "immutable" in piece.headers["Cache-Control"]
    assert piece.content_type == "font/woff"
    assert old.headers["Cache-Control"] == "no-store"
    assert (await piece.read())[:4] == b"wOFF"


async def test_without_the_tool_the_page_goes_on_without_the_font(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", "/bin/false")

    assert await PageFont(tmp_path).piece("words") is None
