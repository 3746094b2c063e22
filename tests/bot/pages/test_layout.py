"""The frame: no missing word, nothing too new for old phones, one line per page."""

import re

import pytest
from aiohttp import web

from bot.channels.web.page_font import pieces
from bot.pages import caching, layout
from bot.pages.page import Means, Page, Route, Shown
from bot.pages.site import PAGES, Site
from bot.words.wording import LOCALES, read_catalogue
from domain.people import Language
from tests.bot.channels.web.test_page_files import TOO_NEW_STYLE
from tests.bot.pages.conftest import Reader
from tests.web_street import MemoryStore, WebStreet, served

TEMPLATES = sorted((layout._HERE / "templates").glob("*.html"))


@pytest.mark.parametrize("language", list(Language))
def test_every_word_a_template_asks_for_is_there(language: Language) -> None:
    known = set(read_catalogue(LOCALES, language, "pages"))
    asked = {page.label for page in PAGES}
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r'\bsay\(\s*"(\w+)"\s*[,)]', source))
        asked |= set(re.findall(r"\bw\.(\w+)", source))

    assert len(asked) > 40
    assert asked - known == set()


def test_the_font_that_comes_along_has_every_word_in_its_first_piece() -> None:
    said = "".join(layout._words(Language.CHINESE).values())

    assert {ord(sign) for sign in said if 0x4E00 <= ord(sign) <= 0x9FFF} <= pieces()["words"]


def test_the_style_holds_nothing_that_old_phones_stumble_over() -> None:
    css = layout._style().content.decode()

    assert [name for pattern, name in TOO_NEW_STYLE.items() if re.search(pattern, css)] == []
    assert "prefers-color-scheme: dark" in css
    assert "@media print" in css
    assert "http" not in css


def test_templates_hold_no_script_and_no_style_of_their_own() -> None:
    for path in TEMPLATES:
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"<script|<style|\bon[a-z]+=|style=|<iframe|javascript:", source), path
        # The one thing that is marked as safe is a constant.
        assert re.findall(r"[^\n]*\|\s*safe[^\n]*", source) in (
            [],
            ['{% set written = "" if chinese else \' lang="zh-CN"\'|safe %}'],
        )


def test_no_two_pages_stand_at_the_same_place() -> None:
    assert len({page.path for page in PAGES}) == len(PAGES)
    for page in PAGES:
        assert all(
            one.path == page.path or one.path.startswith(f"{page.path}/") for one in page.routes
        )


async def test_a_page_more_is_one_declaration(reader: Reader) -> None:
    async def show(means: Means, _request: web.Request) -> Shown:
        return Shown(template="refused.html", title="chat", values={"said": "no_notices"})

    more = Page(path="/more", label="chat", routes=(Route(path="/more", show=show),))
    site = Site(reader.site()._means, (*PAGES, more))
    async with served(WebStreet(MemoryStore(reader.folder), pages=site)) as base:
        async with reader.http.get(base + "/more") as response:
            html = await response.text()
        async with reader.http.get(base + "/more/x") as response:
            missing = response.status, await response.text()

    assert '<a href="/more" aria-current="page">' in html
    assert missing[0] == 404
    assert "没有这一页" in missing[1]


def test_a_shelf_is_bounded_and_forgets() -> None:
    now = 0.0
    shelf = caching.Shelf(clock=lambda: now)
    for number in range(1000):
        shelf.put(number, caching.filled(f"{number}"))

    assert len(shelf) < 1000
    assert shelf.find(0) is None
    assert shelf.find(999) is not None
    now += caching.SHELF_SECONDS
    assert shelf.find(999) is None
