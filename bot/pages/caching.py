"""What may be kept of a page, by whom and for how long.

A notice that was taken down must be gone at once: browsers may keep a page, but ask each time
whether it is still the same (`ETag`, ``no-cache``), which costs one small answer. What somebody
asked about a case is kept by nobody (``no-store``).
"""

import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from aiohttp import web

#: How long this server shows the same without looking: many readers cost what one does.
SHELF_SECONDS = 1.0
_SHELF_MAX = 200
NEVER = {"Cache-Control": "no-store"}
_ASK_AGAIN = "public, no-cache"


@dataclass(frozen=True, slots=True)
class Filled:
    """A page as it is sent."""

    content: bytes
    packed: bytes
    tag: str


def filled(html: str) -> Filled:
    """Pack a page that is the same for everybody."""
    content = html.encode()
    tag = hashlib.sha256(content).hexdigest()[:32]
    return Filled(content, gzip.compress(content, mtime=0), tag)


class Shelf:
    """Pages that were filled a moment ago; the longest unused go first."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pages: OrderedDict[Hashable, tuple[float, Filled]] = OrderedDict()

    def find(self, key: Hashable) -> Filled | None:
        """Give a page if it is fresh."""
        at, page = self._pages.get(key, (0.0, None))
        if page is None or not 0 <= self._clock() - at < SHELF_SECONDS:
            return None
        self._pages.move_to_end(key)
        return page

    def put(self, key: Hashable, page: Filled) -> None:
        """Keep a page for a moment."""
        self._pages[key] = (self._clock(), page)
        self._pages.move_to_end(key)
        while len(self._pages) > _SHELF_MAX:
            self._pages.popitem(last=False)

    def __len__(self) -> int:
        """Count what lies on it."""
        return len(self._pages)


def kept(request: web.Request, page: Filled) -> web.Response:
    """Answer with a page that browsers may keep, or tell that theirs is the same."""
    packs = "gzip" in request.headers.get("Accept-Encoding", "")
    etag = f'W/"{page.tag}"'
    headers = {
        "Cache-Control": _ASK_AGAIN,
        "ETag": etag,
        "Vary": "Accept-Encoding, Accept-Language",
        "Content-Type": "text/html; charset=utf-8",
    }
    known = [one.strip() for one in request.headers.get("If-None-Match", "").split(",")]
    if etag in known or etag.removeprefix("W/") in known:
        del headers["Content-Type"]
        return web.Response(status=304, headers=headers)
    if packs:
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=page.packed if packs else page.content, headers=headers)
