"""QR codes of our own addresses."""

import io

from aiohttp import web

from bot.pages.page import Means


def draw_code(means: Means, request: web.Request, path: str) -> bytes:
    """Draw an address of this office as SVG.

    Args:
        path: what follows the host, with its slash.
    """
    import segno

    home = means.doors.public_url.rstrip("/") or f"{request.scheme}://{request.host}"
    drawn = io.BytesIO()
    made = segno.make(home + path, error="m", micro=False)
    made.save(drawn, kind="svg", scale=4, border=4, dark="#000", light="#fff")
    return drawn.getvalue()
