"""What people upload: read with a limit, known by its content, stripped of descriptions."""

import asyncio

from aiohttp import BodyPartReader, web

from bot.channels.guards import Refusal
from bot.media import Media, NoMediaProcess
from bot.unusable import CleanFile, Fault, Unusable
from domain.messages import FileKind

#: How long an upload may take, over the slowest line.
PATIENCE_SECONDS = 180.0
#: Uploads that are held in memory at a time; others wait before their first byte. With 20 MB each
#: the server and its decoder stay below 600 MB (`make bench T=files`).
RECEIVED_AT_ONCE = 3
_PIECE_BYTES = 65_536
#: What surrounds the file in the body.
_ENVELOPE_BYTES = 4_096


class Uploads:
    """Receives files, a few at a time."""

    def __init__(self, photo_max_bytes: int, voice_max_bytes: int, media: Media) -> None:
        self._most = {FileKind.PHOTO: photo_max_bytes, FileKind.VOICE: voice_max_bytes}
        self._receiving = asyncio.Semaphore(RECEIVED_AT_ONCE)
        self._media = media

    async def receive(self, request: web.Request, kind: FileKind) -> CleanFile:
        """Read the one file of a request.

        Raises:
            Refusal: too large, too slow, or not of this kind.
        """
        most = self._most[kind]
        if (request.content_length or 0) > most + _ENVELOPE_BYTES:
            raise Refusal(413, "too_large")
        async with self._receiving:
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    data = await _read(request, most)
            except TimeoutError:
                raise Refusal(408, "too_slow") from None
            if not data:
                raise Refusal(415, "empty_file")
            return await _clean(self._media, data, kind)


async def _read(request: web.Request, most: int) -> bytearray:
    if not request.content_type.startswith("multipart/"):
        raise Refusal(400, "bad_request")
    try:
        parts = await request.multipart()
        part = await parts.next()
    except (ValueError, AssertionError, RuntimeError):
        raise Refusal(400, "bad_request") from None
    if not isinstance(part, BodyPartReader) or part.name != "file":
        raise Refusal(400, "bad_request")
    data = bytearray()
    while piece := await part.read_chunk(_PIECE_BYTES):
        data += piece
        if len(data) > most:
            raise Refusal(413, "too_large")
    return data


async def _clean(media: Media, data: bytearray, kind: FileKind) -> CleanFile:
    try:
        return await media.clean(data, kind)
    except Unusable as error:
        code = "video" if error.fault is Fault.FILM else f"{kind}_{error.fault}"
        raise Refusal(415, code) from None
    except NoMediaProcess:
        raise Refusal(503, "not_stored") from None
