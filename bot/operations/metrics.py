"""What can be measured, for Prometheus: counts and times by bot, lane and side, never by person.

Counters live in the process that counts; the queues are read from the tables when somebody asks.
They are shown to this machine alone, or to whoever bears the token.
"""

import hmac
import time
from collections.abc import Callable
from datetime import datetime

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.channels.web.guards import FORWARDED
from domain.errors import StorageError
from storage.database import Database
from storage.queue_lengths import Queues, read_queues

#: How long one look at the queues answers those who ask.
_FRESH_SECONDS = 5.0
_LOOPBACK = frozenset({"127.0.0.1", "::1"})
_DELAYS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600)
_TIMES = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1)

REGISTRY = CollectorRegistry()

SENT = Counter("linli_sent", "Messages that were sent", ["bot", "lane"], registry=REGISTRY)
DELAY = Histogram(
    "linli_lane_delay_seconds",
    "From the moment a message might go until it was sent",
    ["bot", "lane"],
    buckets=_DELAYS,
    registry=REGISTRY,
)
LIMITED = Counter("linli_limited", "429 answers", ["bot"], registry=REGISTRY)
UNCLEAR = Counter("linli_unclear", "Sends of unknown outcome", ["bot"], registry=REGISTRY)
DEAD = Counter("linli_dead_letters", "Messages that were given up", ["bot"], registry=REGISTRY)
WEBHOOK_RENEWED = Counter(
    "linli_webhook_renewed", "Webhooks that somebody removed", ["bot"], registry=REGISTRY
)
WEBHOOK_PENDING = Gauge(
    "linli_webhook_pending",
    "Updates that Telegram could not bring yet, at the last look",
    ["bot"],
    registry=REGISTRY,
)
HANDLING = Histogram(
    "linli_handler_seconds",
    "How long a handler took for one update",
    ["side"],
    buckets=_TIMES,
    registry=REGISTRY,
)
HANDLER_FAULTS = Counter(
    "linli_handler_faults", "Updates that made a handler fail", ["bot"], registry=REGISTRY
)
UNUSABLE = Counter(
    "linli_unusable_files",
    "Pictures and voices that could not be kept",
    ["kind", "fault"],
    registry=REGISTRY,
)

_WAITING = Gauge("linli_queue_waiting", "What waits, by queue", ["queue"], registry=REGISTRY)
_AGE = Gauge(
    "linli_queue_age_seconds",
    "How long the oldest waits, by queue",
    ["queue"],
    registry=REGISTRY,
)
_QUARANTINED = Gauge(
    "linli_quarantined",
    "Updates that nothing could handle yet",
    registry=REGISTRY,
)
_PAUSED = Gauge("linli_paused_chats", "Chats that are held back", ["bot"], registry=REGISTRY)
_FAILURES = Gauge(
    "linli_clock_failures", "Failed reminders and jobs since the start", registry=REGISTRY
)


def show_queues(queues: Queues, now: datetime) -> None:
    """Put what the tables say into the gauges."""
    for gauge in (_WAITING, _AGE, _PAUSED):
        gauge.clear()
    for name, queue in queues.by_name.items():
        _WAITING.labels(name).set(queue.waiting)
        age = (now - queue.oldest).total_seconds() if queue.oldest else 0.0
        _AGE.labels(name).set(max(age, 0.0))
    for bot, chats in queues.paused.items():
        _PAUSED.labels(bot).set(chats)
    _QUARANTINED.set(queues.quarantined)


class Metrics:
    """Answers Prometheus."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        *,
        token: str = "",
        failures: Callable[[], int] = lambda: 0,
    ) -> None:
        """Prepare.

        Args:
            token: whoever bears it may ask from elsewhere; "" for this machine alone.
            failures: gives how often the clock failed.
        """
        self._database = database
        self._now = now
        self._token = token
        self._failures = failures
        self._looked_at = float("-inf")

    async def serve(self, request: web.Request) -> web.Response:
        """Answer with everything that is measured; nothing to strangers."""
        if not self._may_see(request):
            raise web.HTTPNotFound
        await self._look()
        return web.Response(
            body=generate_latest(REGISTRY), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4}
        )

    def _may_see(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        if self._token and hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return True
        # A proxy on this machine speaks for somebody elsewhere.
        from_elsewhere = any(name in request.headers for name in FORWARDED)
        return request.remote in _LOOPBACK and not from_elsewhere

    async def _look(self) -> None:
        _FAILURES.set(self._failures())
        if time.monotonic() - self._looked_at < _FRESH_SECONDS:
            return
        now = self._now()
        try:
            async with self._database.read() as tx:
                show_queues(await read_queues(tx, now), now)
        except StorageError:
            return  # the counters are worth having all the same; /ready says what is wrong
        self._looked_at = time.monotonic()
