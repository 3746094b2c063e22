"""The demonstration's page: several fictional people side by side, and a clock that can be moved.

Only in demonstration mode; the guard lets nobody in but this machine (`bot.channels.web.guards`).
"""

from collections.abc import Callable
from datetime import timedelta

from aiohttp import web

from bot.channels.web import page_files
from bot.channels.web.guards import Refusal, request_language
from bot.channels.web.ports import DemoControls, OfficeSign
from bot.words.wording import LOCAL_TIME, wording_for

#: How far the clock's buttons move it; ``morning`` is the beginning of the next working day.
STEPS = {
    "15min": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "1day": timedelta(days=1),
    "1week": timedelta(weeks=1),
}
MORNING = "morning"


def add_routes(
    app: web.Application, controls: DemoControls, office: Callable[[], OfficeSign]
) -> None:
    """Add what only the demonstration answers."""

    async def state(request: web.Request) -> web.Response:
        words = wording_for(request_language(request))
        personas = [
            {
                "key": one.key,
                "side": one.side.value,
                "name": one.name,
                "role": words.text(one.role),
            }
            for one in await controls.personas()
        ]
        return web.json_response(
            {**await _time(controls), "personas": personas, "run": controls.run}
        )

    async def move(request: web.Request) -> web.Response:
        step = await _asked_step(request)
        if step == MORNING:
            await controls.advance_to_morning()
        else:
            await controls.advance(STEPS[step])
        return web.json_response({**await _time(controls), "arrived": dict(controls.arrived())})

    async def reset(_request: web.Request) -> web.Response:
        if not controls.begin_anew():
            raise Refusal(409, "no_reset")
        return web.json_response({"run": controls.run}, status=202)

    app.add_routes(
        [
            web.get("/demo/state", state),
            web.post("/demo/clock", move),
            web.post("/demo/reset", reset),
        ]
    )


async def _asked_step(request: web.Request) -> str:
    try:
        body = await request.json()
    except (ValueError, RecursionError):
        raise Refusal(400, "bad_request") from None
    step = body.get("advance") if isinstance(body, dict) else None
    if not isinstance(step, str) or (step not in STEPS and step != MORNING):
        raise Refusal(400, "bad_request")
    return step


async def _time(controls: DemoControls) -> dict[str, str | None]:
    """Give the time, and the time of day at which the quiet hours end, if they are now."""
    quiet = await controls.quiet_until()
    return {
        "now": controls.now().astimezone(LOCAL_TIME).isoformat(timespec="seconds"),
        "quiet_until": None if quiet is None else f"{quiet.astimezone(LOCAL_TIME):%H:%M}",
    }


async def show(
    request: web.Request, office: OfficeSign, controls: DemoControls
) -> web.StreamResponse:
    """Show the page with everybody on it; scripts fill it from ``/demo/state``.

    Whoever chooses a language there wants all pages in it.
    """
    if "lang" in request.query:
        await controls.speak(request_language(request))
    return page_files.render(
        request,
        "demo.html",
        request_language(request),
        office=office,
        steps=("15min", "1h", MORNING, "1day", "1week"),
    )
