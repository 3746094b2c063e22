"""What people upload: read with a limit, known by its content, stripped of descriptions."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from bot.channels.web.guards import Refusal
from bot.traffic.media.decoder import Media, NoMediaProcess
from bot.traffic.media.results import CleanFile, Fault, Unusable
from domain.messages import FileKind
from storage.spool import Spool

#: An upload that brings less than this in so many seconds is ended: slower than the oldest
#: mobile network still in use (GPRS carries some 3 kB a second).
SLOWEST_BYTES, PATIENCE_SECONDS = 8_000, 10.0
#: Uploads under way: of one account, of one address, and in all.
ACCOUNT_MAX, ADDRESS_MAX, ALL_MAX = 3, 24, 150
#: What uploads under way may take of the disk together, until they are cleaned one by one: some
#: hundred and sixty photos as the page sends them.
HELD_MAX_BYTES = 256 * 2**20
RETRY_SECONDS = 10
_PIECE_BYTES = 65_536
#: What surrounds the file in the body.
_ENVELOPE_BYTES = 4_096


@dataclass(eq=False)
class _Receiving:
    """An upload under way; nothing is kept but what has arrived."""

    account: str
    home: str
    since: float
    held: int = 0
    patience: asyncio.Timeout | None = None
    gave_way: bool = False

    def speed(self, now: float) -> float:
        """Give the bytes a second so far."""
        return self.held / max(now - self.since, 1.0)

    def give_way(self) -> None:
        """End it for the sake of another one."""
        self.gave_way = True
        if self.patience is not None:
            self.patience.reschedule(asyncio.get_running_loop().time())


class Uploads:
    """Receives files; where too many come at once, the slowest of the busiest address ends."""

    def __init__(
        self,
        photo_max_bytes: int,
        voice_max_bytes: int,
        media: Media,
        spool: Callable[[], Spool],
    ) -> None:
        self._most = {FileKind.PHOTO: photo_max_bytes, FileKind.VOICE: voice_max_bytes}
        self._under_way: set[_Receiving] = set()
        self._media = media
        self._spool = spool

    async def receive(
        self, request: web.Request, kind: FileKind, *, account: str, home: str
    ) -> CleanFile:
        """Read the one file of a request.

        Args:
            account: whose it is.
            home: the address it comes from, as limits count it.

        Raises:
            Refusal: too large, too slow, too many at once, or not of this kind.
            OSError: the disk has no room for it.
        """
        most = self._most[kind]
        if (request.content_length or 0) > most + _ENVELOPE_BYTES:
            raise Refusal(413, "too_large")
        one = _Receiving(account, home, asyncio.get_running_loop().time())
        self._admit(one)
        try:
            with self._spool() as spool:
                await self._read(request, one, most, spool)
                if not spool.size:
                    raise Refusal(415, "empty_file")
                return await _clean(self._media, spool, kind)
        finally:
            self._under_way.discard(one)

    def _admit(self, one: _Receiving) -> None:
        mine = sum(other.account == one.account for other in self._under_way)
        near = sum(other.home == one.home for other in self._under_way)
        if mine >= ACCOUNT_MAX:
            raise Refusal(429, "flood", retry_after=RETRY_SECONDS)
        if near >= ADDRESS_MAX:
            self._make_way([other for other in self._under_way if other.home == one.home])
        elif len(self._under_way) >= ALL_MAX:
            self._make_way(self._of_busiest())
        self._under_way.add(one)

    def _of_busiest(self) -> list[_Receiving]:
        """Give the uploads of the address that holds most."""
        held: dict[str, int] = {}
        for one in self._under_way:
            held[one.home] = held.get(one.home, 0) + one.held + 1
        busiest = max(held, key=lambda home: held[home])
        return [one for one in self._under_way if one.home == busiest]

    def _make_way(self, among: list[_Receiving]) -> None:
        """End the slowest of those that still arrive."""
        now = asyncio.get_running_loop().time()
        arriving = [one for one in among if one.patience is not None and not one.gave_way]
        if not arriving:
            raise Refusal(503, "not_stored", retry_after=RETRY_SECONDS)
        slowest = min(arriving, key=lambda one: one.speed(now))
        slowest.give_way()
        self._under_way.discard(slowest)

    async def _read(self, request: web.Request, one: _Receiving, most: int, spool: Spool) -> None:
        if not request.content_type.startswith("multipart/"):
            raise Refusal(400, "bad_request")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS) as one.patience:
                part = await _only_part(request)
                counted = 0
                while piece := await part.read_chunk(_PIECE_BYTES):
                    one.held = spool.size + len(piece)
                    if one.held > most:
                        raise Refusal(413, "too_large")
                    await spool.add(piece)
                    if one.held - counted >= SLOWEST_BYTES and not one.gave_way:
                        counted = one.held
                        now = asyncio.get_running_loop().time()
                        one.patience.reschedule(now + PATIENCE_SECONDS)
                    if sum(other.held for other in self._under_way) > HELD_MAX_BYTES:
                        self._make_way(self._of_busiest())
        except TimeoutError:
            if one.gave_way:
                raise Refusal(503, "not_stored", retry_after=RETRY_SECONDS) from None
            raise Refusal(408, "too_slow") from None
        finally:
            one.patience = None


async def _only_part(request: web.Request) -> BodyPartReader:
    try:
        parts = await request.multipart()
        part = await parts.next()
    except (ValueError, AssertionError, RuntimeError):
        raise Refusal(400, "bad_request") from None
    if not isinstance(part, BodyPartReader) or part.name != "file":
        raise Refusal(400, "bad_request")
    return part


async def _clean(media: Media, spool: Spool, kind: FileKind) -> CleanFile:
    try:
        return await media.clean(spool, kind)
    except Unusable as error:
        code = "video" if error.fault is Fault.FILM else f"{kind}_{error.fault}"
        raise Refusal(415, code) from None
    except NoMediaProcess:
        raise Refusal(503, "not_stored") from None
