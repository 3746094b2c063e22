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


class Health:
    """Checks what a process needs to serve people.

    A channel that is away is no reason to take the others' door off its hinges: what waits to be
    sent is told by the metrics, not here.
    """

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def routes(self) -> list[web.RouteDef]:
        """Give the routes for a process that serves nothing else."""
        return [web.get("/health", self._alive), web.get("/ready", self._ready)]

    async def _alive(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _ready(self, _request: web.Request) -> web.Response:
        checks = await self.readiness()
        ready = all(checks.values())
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
        return {"database": True, "migrations": migrated, "inbox": not stuck}
