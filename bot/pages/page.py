"""What a page without a chat is: one declaration per page, named in `bot.pages.site.PAGES`.

A page says what it shows as a `Shown`; the frame, the language, the headers and the caching are the
same for all. Whatever free text it shows went through `bot.pages.filter`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from aiohttp import web

from bot.channels.web.guards import Doors
from bot.channels.web.ports import OfficeSign
from bot.pages.slowdown import Slowdown
from domain.street import Street
from storage.database import Database, Tx


class Streets(Protocol):
    """Gives the street as it stands."""

    async def __call__(self, tx: Tx, now: datetime) -> Street:
        """Load it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolContact:
    """Whom to tell what is wrong with this tool itself; empty: the office's phone is shown."""

    phone: str = ""
    email: str = ""
    url: str = ""

    @property
    def is_set(self) -> bool:
        """Whether the office named anybody."""
        return bool(self.phone or self.email or self.url)


@dataclass(frozen=True, kw_only=True)
class Means:
    """What pages read from."""

    database: Database
    street: Streets
    now: Callable[[], datetime]
    doors: Doors
    office: Callable[[], OfficeSign]
    tool: ToolContact = ToolContact()
    demo: bool = False
    slowdown: Slowdown = field(default_factory=Slowdown)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What is to be shown of a page."""

    template: str
    title: str
    """A wording of ``pages.po``."""
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Means, web.Request], Awaitable[Shown]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One address of a page, and what answers there."""

    path: str
    show: Handler
    method: str = "GET"


#: Draws a picture as SVG; raises `Refusal`.
Draws = Callable[[Means, web.Request], Awaitable[bytes]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawing:
    """One address of a page at which a picture stands, made for whoever asks and kept by nobody."""

    path: str
    draw: Draws


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page: where it stands, what answers there, and whether a browser may keep it.

    Args:
        path: what all its addresses begin with.
        label: what links to it say, a wording of ``pages.po``.
        kept: the same for everybody, so that browsers may keep it and ask whether it changed;
            otherwise nobody keeps it.
        in_menu: stands in the menu of every page.
        asked: the parts of the address after ``?`` that it reads, besides the language.
    """

    path: str
    label: str
    routes: tuple[Route, ...]
    drawings: tuple[Drawing, ...] = ()
    kept: bool = True
    in_menu: bool = True
    asked: tuple[str, ...] = ()
