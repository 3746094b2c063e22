"""Chinese for machines that have no Chinese font: an open font, cut into pieces on first use.

Nearly every device brings Chinese along, and then nothing of this is asked for: `page/glyphs.js`
looks whether a character is drawn, and only where it is not the page's style names this font; the
pages without scripts (`bot/pages/`) name it last. The browser then fetches the pieces whose
characters it meets: the page's own words first, then what people commonly write, and the rare ones
only where one of them stands.

Cutting takes some seconds and much memory, so a process of its own does it, once; the result lies
in the data folder.
"""

import asyncio
import hashlib
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web

from bot.words.wording import LOCALES
from domain.people import Language

log = structlog.get_logger()

FAMILY = "Linli Han"
#: A year: another content has another address.
_FOR_EVER = "public, max-age=31536000, immutable"
#: Where this very program lies, wherever it was started.
_HOME = Path(__file__).resolve().parents[3]
_DEFAULTS = Path(__file__).resolve().parents[2] / "configuration" / "defaults"
#: What phones call their Chinese font where no style reaches it by its family: pages without
#: scripts cannot look, and such a phone need not fetch another one.
_LOCAL = ("NotoSansCJKsc-Regular", "Noto Sans CJK SC Regular", "Noto Sans CJK SC")
#: Signs of full width: they come with the characters, not with Latin letters.
_SIGNS = (*range(0x3000, 0x3030), *range(0xFF00, 0xFF61))
#: Cutting the largest piece took 40 seconds on a busy core.
_PATIENCE_SECONDS = 300.0


# --- what is in which piece ----------------------------------------------------------------------


def _decoded(encoding: str, leads: range, trails: range) -> Iterator[int]:
    for lead in leads:
        for trail in trails:
            sign = bytes((lead, trail)).decode(encoding, "ignore")
            if len(sign) == 1 and ord(sign) >= 0x3400:
                yield ord(sign)


@cache
def pieces() -> Mapping[str, frozenset[int]]:
    """Give the characters of each piece; no character is in two."""
    files = chain(
        (LOCALES / Language.CHINESE).rglob("*.po"),
        (path for path in _DEFAULTS.glob("*.toml") if path.stem != "lexicon"),
    )
    said = set("".join(path.read_text(encoding="utf-8") for path in files))
    words = {ord(sign) for sign in said if 0x3400 <= ord(sign) <= 0x9FFF} | set(_SIGNS)
    # Source: GB/T 2312-1980, the 6,763 common characters; GBK holds 14,000 more.
    common = set(_decoded("gb2312", range(0xB0, 0xF8), range(0xA1, 0xFF))) - words
    rare = set(_decoded("gbk", range(0x81, 0xFF), range(0x40, 0xFF))) - words - common
    rare = {code for code in rare if code <= 0x9FFF}
    return {"words": frozenset(words), "common": frozenset(common), "rare": frozenset(rare)}


@cache
def digest() -> str:
    """Give what stands in the addresses: it changes with the font and with the pieces."""
    told = hashlib.sha256(version("notojp-matplotlib").encode())
    for name, codes in pieces().items():
        told.update(f"{name}:{ranges(codes)}".encode())
    told.update("".join(_LOCAL).encode())
    return told.hexdigest()[:12]


def ranges(codes: Iterable[int]) -> str:
    """Write code points as CSS does: ``U+4E00-4E03,U+4E07``."""
    spans: list[list[int]] = []
    for code in sorted(codes):
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return ",".join(
        f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}" for first, last in spans
    )


@cache
def style() -> str:
    """Give the sheet that names the pieces; a browser fetches those it needs."""
    own = "".join(f'local("{name}"),' for name in _LOCAL)
    faces = (
        f'@font-face{{font-family:"{FAMILY}";font-display:swap;'
        f'src:{own}url("{name}.woff")format("woff");unicode-range:{ranges(codes)}}}'
        for name, codes in pieces().items()
    )
    return "\n".join(faces) + "\n"


# --- serving -------------------------------------------------------------------------------------


def address() -> str:
    """Give the address of the sheet."""
    return f"/page/fonts/{digest()}/style.css"


class PageFont:
    """The pieces of the font, each cut when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        """Keep the pieces in a folder, which is made when it is needed."""
        self._folder = folder.resolve()
        self._one_at_a_time = asyncio.Lock()

    def routes(self) -> list[web.RouteDef]:
        """Give the doors: the sheet, and each piece."""
        return [
            web.get("/page/fonts/{digest:[0-9a-f]{12}}/style.css", self._style),
            web.get("/page/fonts/{digest:[0-9a-f]{12}}/{name:[a-z]+}.woff", self._piece),
        ]

    async def _style(self, request: web.Request) -> web.Response:
        response = web.Response(text=style(), content_type="text/css", headers=_kept(request))
        response.enable_compression()
        return response

    async def _piece(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in pieces():
            raise web.HTTPNotFound
        path = await self.piece(name)
        if path is None:
            raise web.HTTPServiceUnavailable
        return web.FileResponse(path, headers={**_kept(request), "Content-Type": "font/woff"})

    async def piece(self, name: str) -> Path | None:
        """Give the file of a piece, cut now if it is not there; None where that fails."""
        path = self._folder / f"{digest()}-{name}.woff"
        async with self._one_at_a_time:
            if await asyncio.to_thread(path.exists):
                return path
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
            done = await _cut_apart(name, path)
        if not done:
            log.warning("page_font.not_cut", piece=name)
        return path if done else None


def _kept(request: web.Request) -> dict[str, str]:
    current = request.match_info["digest"] == digest()
    return {"Cache-Control": _FOR_EVER if current else "no-store"}


async def _cut_apart(name: str, path: Path) -> bool:
    """Let another process cut a piece; tell whether it is there."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.channels.web.page_font",
        name,
        str(path),
        cwd=_HOME,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await process.wait() == 0
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


# --- cutting -------------------------------------------------------------------------------------


def cut(name: str, target: Path) -> None:
    """Cut a piece out of the font and put it into a file, whole or not at all."""
    import notojp_matplotlib
    from fontTools import subset
    from fontTools.ttLib import TTFont

    (source,) = (Path(notojp_matplotlib.__file__).parent / "fonts").glob("*.otf")
    font = TTFont(source, lazy=True)
    _show_simplified(font)
    options = subset.Options(
        flavor="woff", hinting=False, layout_features=[], notdef_outline=True, name_IDs=[1, 2]
    )
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "VORG", "vhea", "vmtx"]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=pieces()[name])
    cutter.subset(font)
    half = target.with_name(f"{target.name}.{os.getpid()}")
    subset.save_font(font, str(half), options)
    half.replace(target)


def _show_simplified(font: Any) -> None:
    """Let every character have its mainland form; the font's first form is the Japanese one."""
    table = font["GSUB"].table
    found: dict[str, str] = {}
    for script in table.ScriptList.ScriptRecord:
        for language in script.Script.LangSysRecord:
            if language.LangSysTag != "ZHS ":
                continue
            for index in language.LangSys.FeatureIndex:
                feature = table.FeatureList.FeatureRecord[index]
                if feature.FeatureTag == "locl":
                    for at in feature.Feature.LookupListIndex:
                        for one in table.LookupList.Lookup[at].SubTable:
                            found.update(getattr(getattr(one, "ExtSubTable", one), "mapping", {}))
    for cmap in font["cmap"].tables:
        if cmap.isUnicode() and hasattr(cmap, "cmap"):
            cmap.cmap.update(
                {code: found[glyph] for code, glyph in cmap.cmap.items() if glyph in found}
            )


if __name__ == "__main__":
    os.nice(10)
    cut(sys.argv[1], Path(sys.argv[2]))
