"""报告本工具的问题: whom to tell what is wrong with this tool itself. Source: F-301, F-304."""

from aiohttp import web

from bot.pages.page import Means, Page, Route, Shown
from domain.public_pages import REPORT


async def _show(means: Means, _request: web.Request) -> Shown:
    return Shown(template="report.html", title="report", values={"tool": means.tool})


PAGE = Page(
    path=REPORT,
    label="report",
    routes=(Route(path=REPORT, show=_show),),
    in_menu=False,
)
