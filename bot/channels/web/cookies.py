"""The cookie that holds a browser's session: one per side, never told to scripts."""

from aiohttp import web

from bot.channels.web.guards import Doors
from domain.messages import Side
from domain.people import SESSION_LIFE


def cookie_name(doors: Doors, side: Side) -> str:
    """Name the cookie of a side; over HTTPS the name itself binds it to this host."""
    return f"__Host-linli-{side}" if doors.is_secure else f"linli-{side}"


def session_token(doors: Doors, request: web.Request, side: Side) -> str | None:
    """Give the token that a browser brought for a side."""
    return request.cookies.get(cookie_name(doors, side))


def set_cookie(doors: Doors, response: web.StreamResponse, side: Side, token: str) -> None:
    """Let the browser keep a session's token."""
    response.set_cookie(
        cookie_name(doors, side),
        token,
        max_age=int(SESSION_LIFE[side].total_seconds()),
        path="/",
        secure=doors.is_secure,
        httponly=True,
        samesite="Lax",
    )
