"""The frame of every page: head, menu, foot, both languages, and no script.

Pages work without scripts and cookies, on old phones, for screen readers, in light and dark, and on
paper. Machines without Chinese get the font that the chat brings along: the style names it last, so
that a browser fetches it only where none of its own has a character.
"""

import gzip
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.channels.web import page_files, page_font
from bot.channels.web.frames import language_tag
from bot.channels.web.guards import request_language
from bot.channels.web.ports import OfficeSign
from bot.pages.page import Page, Shown
from bot.words.wording import LOCAL_TIME, LOCALES, read_catalogue, wording_for
from domain.messages import Text, Value
from domain.people import Language
from domain.public_pages import REPORT

_HERE = Path(__file__).parent
_STYLE = _HERE / "pages.css"
#: No script, nothing from elsewhere, in no frame.
POLICY = (
    "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Days are told with their year: a page may be read, or printed, much later.
_ANOTHER_YEAR = datetime(2000, 1, 1, tzinfo=UTC)
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class _Style:
    content: bytes
    packed: bytes
    address: str


@cache
def _style() -> _Style:
    content = page_files.colours() + _STYLE.read_bytes()
    version = hashlib.sha256(content).hexdigest()[:12]
    return _Style(content, gzip.compress(content, mtime=0), f"/pages/{version}/pages.css")


async def serve_style(request: web.Request) -> web.Response:
    """Give the style; an old version's address gives the present one, uncached."""
    style = _style()
    headers = {
        "Content-Type": "text/css; charset=utf-8",
        "Cache-Control": _FOR_EVER if request.path == style.address else "no-store",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=style.packed, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=style.content, headers=headers)


def routes() -> list[web.RouteDef]:
    """Give the door of the style."""
    return [web.get("/pages/{version:[0-9a-f]{12}}/pages.css", serve_style)]


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _words(language: Language) -> Mapping[str, str]:
    words: dict[str, str] = {}
    for one in (Language.CHINESE, language):
        catalogue = read_catalogue(LOCALES, one, "pages")
        words.update((name, phrase.forms[0]) for name, phrase in catalogue.items())
    return words


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the menu, or of a list."""

    label: str
    href: str
    current: bool = False


def fill(
    request: web.Request,
    shown: Shown,
    pages: Sequence[Page],
    sign: OfficeSign,
    *,
    demo: bool = False,
    bare: bool = False,
) -> str:
    """Fill a page in the language of whoever asks.

    Args:
        bare: without links into the house: it was asked for under a foreign name.
    """
    language = request_language(request)
    words = _words(language)
    address = _addresses(request, language)
    menu = [
        Link(words[one.label], address(one.path), is_at(request, one.path))
        for one in pages
        if one.in_menu
    ]
    wording = wording_for(language)

    def say(key: str, **fields: Value) -> str:
        return wording.text(Text(key if "." in key else f"pages.{key}", fields))

    def name_of(zh: str, en: str) -> str:
        return en if language is Language.ENGLISH and en else zh

    return (
        _environment()
        .get_template(shown.template)
        .render(
            w=words,
            say=say,
            name_of=name_of,
            value=wording.value,
            day=lambda moment: wording.value(moment.astimezone(LOCAL_TIME).date(), _ANOTHER_YEAR),
            moment=lambda moment: moment.astimezone(LOCAL_TIME).isoformat(timespec="minutes"),
            href=address,
            title=words[shown.title],
            lang=language_tag(language),
            chinese=language is Language.CHINESE,
            here=request.path,
            menu=() if bare else menu,
            report=None if bare else address(REPORT),
            chat=None if bare else address("/"),
            office=name_of(sign.name, sign.name_en),
            phone=sign.phone,
            demo=demo,
            style=_style().address,
            fonts=page_font.address(),
            icon=f"/page/{page_files.assets()[0]}/icon.svg",
            **shown.values,
        )
    )


def _addresses(request: web.Request, language: Language) -> Callable[..., str]:
    """Keep the language in links where somebody chose it; otherwise the browser says it."""
    chosen = "lang" in request.query

    def address(path: str, **asked: Any) -> str:
        query = {name: str(one) for name, one in asked.items()}
        if chosen:
            query["lang"] = "en" if language is Language.ENGLISH else "zh"
        parts = "&".join(f"{name}={one}" for name, one in query.items())
        return f"{path}?{parts}" if parts else path

    return address


def is_at(request: web.Request, path: str) -> bool:
    """Tell whether a request is for a page that stands at a path."""
    return request.path == path or request.path.startswith(f"{path}/")
