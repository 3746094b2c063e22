"""The residents' chat as a QR code, for another device that is to open it."""

from aiohttp import web

from bot.pages.codes import draw_code
from bot.pages.page import Drawing, Means, Page
from domain.public_pages import HOME


async def _draw(means: Means, request: web.Request) -> bytes:
    return draw_code(means, request, "/")


PAGE = Page(
    path=HOME,
    label="home",
    routes=(),
    drawings=(Drawing(path=f"{HOME}/code.svg", draw=_draw),),
    kept=False,
    in_menu=False,
)
