"""What people upload: read with a limit, known by its content, stripped of descriptions."""

import asyncio
from dataclasses import dataclass

from aiohttp import BodyPartReader, web

from bot.channels.guards import Refusal
from bot.pictures import UnusablePicture
from bot.pictures import clean as clean_picture
from bot.voices import UnusableVoice
from bot.voices import clean as clean_voice
from domain.messages import FileKind

#: How long an upload may take, over the slowest line.
PATIENCE_SECONDS = 180.0
#: Uploads that are held in memory at a time; others wait before their first byte.
RECEIVED_AT_ONCE = 12
#: Pictures that are drawn anew at a time.
CLEANED_AT_ONCE = 2
_PIECE_BYTES = 65_536
#: What surrounds the file in the body.
_ENVELOPE_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Received:
    """A file as it may be kept."""

    data: bytes
    media_type: str


class Uploads:
    """Receives files, a few at a time."""

    def __init__(self, photo_max_bytes: int, voice_max_bytes: int) -> None:
        self._most = {FileKind.PHOTO: photo_max_bytes, FileKind.VOICE: voice_max_bytes}
        self._receiving = asyncio.Semaphore(RECEIVED_AT_ONCE)
        self._cleaning = asyncio.Semaphore(CLEANED_AT_ONCE)

    async def receive(self, request: web.Request, kind: FileKind) -> Received:
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
            async with self._cleaning:
                return await asyncio.to_thread(_clean, data, kind)


async def _read(request: web.Request, most: int) -> bytes:
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
    return bytes(data)


def _clean(data: bytes, kind: FileKind) -> Received:
    if kind is FileKind.PHOTO:
        try:
            picture = clean_picture(data)
        except UnusablePicture:
            raise Refusal(415, "video" if _is_film(data) else "photo_unsupported") from None
        return Received(picture.data, picture.media_type)
    try:
        voice = clean_voice(data)
    except UnusableVoice as error:
        raise Refusal(415, "video" if error.video else "voice_unsupported") from None
    return Received(voice.data, voice.media_type)


def _is_film(data: bytes) -> bool:
    try:
        clean_voice(data)
    except UnusableVoice as error:
        return error.video
    return False
