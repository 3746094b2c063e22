"""Where a case stands, for whoever brings its number and the code on the receipt; nothing more.

Number and code come by POST and stand in no address, nobody keeps the answer, and a wrong, an
erased and a sealed case are answered alike: the same words, after the same time.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs

from aiohttp import web

from bot.channels.web.client_network import customer_of
from bot.channels.web.guards import Refusal, in_time
from bot.pages.codes import draw_code
from bot.pages.page import Drawing, Means, Page, Route, Shown
from bot.pages.slowdown import CrowdedError
from domain.matters.deadlines import due_of
from domain.matters.matter import state_name
from domain.public_pages import LOOKUP, lookup_of
from storage.matters.lookup_codes import find_stage

#: A form of two short fields.
BODY_MAX_BYTES = 2_048
#: Answers come at multiples of this after the look: how long it took tells nothing.
BEAT_SECONDS = 0.2
_RETRY_SECONDS = 30
_NUMBER = re.compile(r"(20\d\d)[\s\-－—–]{0,3}(\d{5,9})", re.ASCII)
#: Source: `handlers.matters.lookups.LOOKUP_DIGITS`, in groups of four as on the receipt.
_CODE = re.compile(r"\d{16}", re.ASCII)
_BETWEEN = re.compile(r"[\s\-]")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What somebody typed, as far as it can be a number and a code."""

    typed: str
    """The number as it was typed, to be shown again."""
    number: str | None
    code: str | None


async def _show(_means: Means, request: web.Request) -> Shown:
    """Show the form; the QR code of a receipt brings the number along, and never the code."""
    given = _read({"number": request.query.get("number", "")})
    return _form(_Asked(typed=given.number, number=given.number, code="") if given.number else None)


async def _draw_code(means: Means, request: web.Request) -> bytes:
    """Draw the QR code that stands on a receipt: it leads to this page, with the number.

    Raises:
        Refusal: there is no such number.
    """
    given = _read({"number": request.query.get("number", "")})
    if given.number is None:
        raise Refusal(404, "not_found")
    return draw_code(means, request, lookup_of(given.number))


async def _look(means: Means, request: web.Request) -> Shown:
    asked = _read(await _fields(request))
    if asked.number is None or asked.code is None:
        return _form(asked)
    home = customer_of(means.doors.address(request))
    browser = request.headers.get("User-Agent", "")[:200]
    try:
        async with means.slowdown.turn(home, asked.number, browser) as tried:
            began = means.slowdown.clock()
            async with means.database.read() as tx:
                stage = await find_stage(tx, asked.number, asked.code)
                street = await means.street(tx, means.now())
            tried.right = stage is not None
    except CrowdedError:
        raise Refusal(429, "crowded", retry_after=_RETRY_SECONDS) from None
    took = means.slowdown.clock() - began
    await means.slowdown.sleep(BEAT_SECONDS - took % BEAT_SECONDS)
    if stage is None:
        return _form(asked, missed=True)
    return Shown(
        template="stage.html",
        title="lookup",
        values={
            "stage": stage,
            "due": due_of(
                street,
                stage.resolve_by,
                since=stage.dispatched_at,
                community=stage.community,
                urgency=stage.urgency,
            ),
            "state": state_name(stage.state),
            "waited": max(means.now() - stage.changed_at, timedelta()),
            "now": means.now(),
        },
    )


async def _fields(request: web.Request) -> Mapping[str, str]:
    """Read the two fields of the form.

    Raises:
        Refusal: it is no such form.
    """
    if request.content_type != "application/x-www-form-urlencoded":
        raise Refusal(415, "bad_request")
    body = await in_time(_at_most(request))
    try:
        given = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=10)
    except ValueError:
        raise Refusal(400, "bad_request") from None
    return {name: found[0] for name, found in given.items()}


async def _at_most(request: web.Request) -> bytes:
    body = b""
    async for part in request.content.iter_any():
        body += part
        if len(body) > BODY_MAX_BYTES:
            raise Refusal(413, "too_large")
    return body


def _read(fields: Mapping[str, str]) -> _Asked:
    typed = unicodedata.normalize("NFKC", fields.get("number", "")[:60]).strip()
    number = _NUMBER.fullmatch(typed)
    code = _BETWEEN.sub("", unicodedata.normalize("NFKC", fields.get("code", "")[:60]))
    return _Asked(
        typed=typed if typed.isprintable() else "",
        number=f"{number[1]}-{number[2]}" if number is not None else None,
        code=code if _CODE.fullmatch(code) else None,
    )


def _form(asked: _Asked | None = None, *, missed: bool = False) -> Shown:
    number_wrong = asked is not None and asked.number is None
    code_wrong = asked is not None and asked.code is None
    # The title is what a screen reader says first.
    title = (
        "lookup_missed" if missed else "lookup_check" if number_wrong or code_wrong else "lookup"
    )
    return Shown(
        template="lookup.html",
        title=title,
        values={
            "typed": asked.typed if asked else "",
            "number_wrong": number_wrong,
            "code_wrong": code_wrong,
            "missed": missed,
            "path": LOOKUP,
        },
    )


PAGE = Page(
    path=LOOKUP,
    label="lookup",
    routes=(
        Route(path=LOOKUP, show=_show),
        Route(path=LOOKUP, show=_look, method="POST"),
    ),
    drawings=(Drawing(path=f"{LOOKUP}/code.svg", draw=_draw_code),),
    kept=False,
)
