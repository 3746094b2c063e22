"""The page itself: templates, scripts and styles, read once and served under their content's hash.

Nothing comes from another server and nothing is built: what lies in ``bot/chat_page/`` is what is
served.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.channels.web import page_font
from bot.channels.web.frames import language_tag
from bot.words.wording import LOCALES, read_catalogue
from domain.people import Language

FOLDER = Path(__file__).resolve().parents[2] / "chat_page"
#: Served at the head of every style sheet.
_COLOURS = "colours.css"
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
#: A year: another content has another address.
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A script, style or picture of the page."""

    content: bytes
    packed: bytes
    media_type: str


@cache
def colours() -> bytes:
    """Read the colours that every page of Linli has, by light and in the dark."""
    return (FOLDER / _COLOURS).read_bytes()


@cache
def assets(folder: Path = FOLDER) -> tuple[str, Mapping[str, Asset]]:
    """Read all assets: the version that stands in their addresses, and each by its file name."""
    found = {}
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in _TYPES and path.name != _COLOURS:
            content = path.read_bytes()
            if path.suffix == ".css":
                content = (folder / _COLOURS).read_bytes() + content
            digest.update(path.name.encode() + content)
            packed = gzip.compress(content, mtime=0)
            found[path.name] = Asset(content, packed, _TYPES[path.suffix])
    return digest.hexdigest()[:12], found


async def serve_asset(request: web.Request) -> web.Response:
    """Give an asset; an old version's address gives the present one, uncached."""
    version, known = assets()
    asset = known.get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    current = request.match_info["version"] == version
    headers = {
        "Content-Type": asset.media_type,
        "Cache-Control": _FOR_EVER if current else "no-store",
        "Vary": "Accept-Encoding",
    }
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=asset.packed, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=asset.content, headers=headers)


def page_words(language: Language) -> dict[str, str]:
    """Give the page's own words by name; Chinese stands in where a wording is missing."""
    words: dict[str, str] = {}
    for one in (Language.CHINESE, language):
        catalogue = read_catalogue(LOCALES, one, "web")
        words.update((name, phrase.forms[0]) for name, phrase in catalogue.items())
    return words


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


#: Filled pages that are kept: each side, language, office and so on has its own.
_FILLED_MAX = 200


@lru_cache(_FILLED_MAX)
def _filled(name: str, language: Language, values: tuple[tuple[str, Any], ...]) -> Asset:
    """Fill a template; what many open at once is filled, and packed, once."""
    version, _ = assets()
    html = (
        _environment()
        .get_template(name)
        .render(
            w=page_words(language),
            words={language_tag(one): page_words(one) for one in Language},
            lang=language_tag(language),
            assets=f"/page/{version}",
            fonts=page_font.address(),
            **dict(values),
        )
    )
    # The page holds no secret beside what its visitor typed, so its length gives nothing away.
    content = html.encode()
    return Asset(content, gzip.compress(content, mtime=0), "text/html; charset=utf-8")


def render(request: web.Request, name: str, language: Language, **values: Any) -> web.Response:
    """Fill a template with the page's words in a language; its values can be hashed."""
    page = _filled(name, language, tuple(sorted(values.items())))
    headers = {"Content-Type": page.media_type, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=page.packed, headers={**headers, "Content-Encoding": "gzip"})
    return web.Response(body=page.content, headers=headers)
