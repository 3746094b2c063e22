"""Is it alive, and is it ready? For load balancers, service managers and whoever is on call."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from aiohttp import web

from domain.errors import StorageError
from storage import inbox
from storage.database import Database
from storage.migrate import head, revision

#: What arrived and has waited so long says that nobody handles it.
INBOX_PATIENCE = timedelta(minutes=5)


#: What is told of webhooks begins so.
WEBHOOK = "webhook."


def is_ready(checks: Mapping[str, bool]) -> bool:
    """Tell whether people can be served; a webhook that is gone concerns its bot alone."""
    return all(well for name, well in checks.items() if not name.startswith(WEBHOOK))


class Health:
    """Checks what a process needs to serve people.

    A channel that is away is no reason to take the others' door off its hinges: what waits to be
    sent is told by the metrics, not here. A webhook that is gone is told here as well, as nothing
    else would show it, but it decides nothing.
    """

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        webhooks: Callable[[], Mapping[str, bool]] = dict,
    ) -> None:
        self._database = database
        self._now = now
        self._webhooks = webhooks

    def routes(self) -> list[web.RouteDef]:
        """Give the routes for a process that serves nothing else."""
        return [web.get("/health", self._alive), web.get("/ready", self._ready)]

    async def _alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _ready(self, _request: web.Request) -> web.Response:
        checks = await self.readiness()
        ready = is_ready(checks)
        return web.json_response({"ready": ready, "checks": checks}, status=200 if ready else 503)

    async def readiness(self) -> Mapping[str, bool]:
        """Check the database, its tables, and that what arrives is handled."""
        try:
            async with self._database.read() as tx:
                migrated = await revision(tx) == head()
                waiting, oldest = await inbox.count_ready(tx)
        except StorageError:
            return {"database": False}
        stuck = waiting and oldest is not None and self._now() - oldest > INBOX_PATIENCE
        return {
            "database": True,
            "migrations": migrated,
            "inbox": not stuck,
            **self._webhooks(),
        }
