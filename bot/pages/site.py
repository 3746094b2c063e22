"""All pages that are read without a chat, and the doors to them.

A page is one file and one line in `PAGES`.
"""

from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler as Door

from bot.channels.web.guards import Refusal, request_language
from bot.pages import caching, halls, home, layout, lookup, notices, report
from bot.pages.page import Drawing, Means, Page, Route, Shown

PAGES: tuple[Page, ...] = (notices.PAGE, halls.PAGE, lookup.PAGE, report.PAGE, home.PAGE)

#: Sentences of their own; whatever else went wrong is "not now".
_SAID = frozenset(
    {"host", "origin", "forwarded", "not_found", "method", "bad_request", "too_large", "too_slow"}
    | {"crowded"}
)


class Site:
    """The pages of one office.

    Args:
        pages: for tests; an office serves all.
    """

    def __init__(self, means: Means, pages: tuple[Page, ...] = PAGES) -> None:
        self._means = means
        self._pages = pages
        self._shelf = caching.Shelf(clock=means.slowdown.clock)

    def add_routes(self, app: web.Application) -> None:
        """Open the doors."""
        app.add_routes(layout.routes())
        for page in self._pages:
            for route in page.routes:
                app.router.add_route(route.method, route.path, self._door(page, route))
                if route.method == "GET":
                    app.router.add_route("HEAD", route.path, self._door(page, route))
            for drawing in page.drawings:
                app.router.add_get(drawing.path, partial(self._draw, drawing))

    def _door(self, page: Page, route: Route) -> Door:
        async def answer(request: web.Request) -> web.StreamResponse:
            if page.kept and route.method == "GET":
                return await self._kept(page, route, request)
            shown = await route.show(self._means, request)
            return self._fresh(request, shown)

        return answer

    async def _draw(self, drawing: Drawing, request: web.Request) -> web.StreamResponse:
        response = web.Response(
            body=await drawing.draw(self._means, request),
            content_type="image/svg+xml",
            headers=caching.NEVER,
        )
        return self._with_headers(response)

    async def _kept(self, page: Page, route: Route, request: web.Request) -> web.StreamResponse:
        asked = tuple(request.query.get(name, "")[:10] for name in page.asked)
        # Whose language the browser says and who chose it see other links.
        key = (request.path, request_language(request), "lang" in request.query, asked)
        found = self._shelf.find(key)
        if found is None:
            shown = await route.show(self._means, request)
            if shown.status != 200:
                return self._fresh(request, shown)
            found = caching.filled(self._fill(request, shown))
            self._shelf.put(key, found)
        return self._with_headers(caching.kept(request, found))

    def _fresh(self, request: web.Request, shown: Shown, *, bare: bool = False) -> web.Response:
        response = web.Response(
            text=self._fill(request, shown, bare=bare),
            status=shown.status,
            content_type="text/html",
            charset="utf-8",
            headers={**caching.NEVER, **shown.headers},
        )
        return self._with_headers(response)

    def _fill(self, request: web.Request, shown: Shown, *, bare: bool = False) -> str:
        means = self._means
        return layout.fill(request, shown, self._pages, means.office(), demo=means.demo, bare=bare)

    @staticmethod
    def _with_headers(response: web.Response) -> web.Response:
        response.headers["Content-Security-Policy"] = layout.POLICY
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Permissions-Policy"] = "geolocation=(), microphone=(), camera=()"
        # Without a referrer browsers would send no origin with the form either.
        response.headers["Referrer-Policy"] = "same-origin"
        return response

    def clear(self, request: web.Request, refusal: Refusal) -> web.Response | None:
        """Say no as a page where a page was asked for; None elsewhere."""
        if not any(layout.is_at(request, page.path) for page in self._pages):
            return None
        code = "method" if refusal.status == 405 else refusal.code
        said = code if code in _SAID else "unavailable"
        headers = {"Retry-After": str(refusal.retry_after)} if refusal.retry_after else {}
        shown = Shown(
            template="refused.html",
            title="refused_title",
            values={"said": f"refused_{said}"},
            status=refusal.status,
            headers=headers,
        )
        bare = code in ("host", "forwarded")
        return self._fresh(request, shown, bare=bare)
