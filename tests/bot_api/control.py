"""Driving the fake from another process: /control/…"""

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from .server import BotApi


async def handle(
    api: "BotApi", request: web.BaseRequest, path: str, query: str
) -> web.StreamResponse:
    return web.Response(status=404)
