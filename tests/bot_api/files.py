"""Files: stored once, known to each bot under its own file_id."""

import hashlib
import itertools
import struct
from base64 import urlsafe_b64encode
from typing import Any

from .errors import bad_request

MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_PHOTO_BYTES = 10 * 1024 * 1024
LINK_LIFETIME_SECONDS = 3600  # "guaranteed to be valid for at least 1 hour"

# Kind in Telegram's errors, folder of file_path, start of a file_id.
_KINDS = {
    "photo": ("Photo", "photos", "AgACAgIAAxkB"),
    "voice": ("Voice", "voice", "AwACAgIAAxkB"),
    "video": ("Video", "videos", "BAACAgIAAxkB"),
    "audio": ("Audio", "music", "CQACAgIAAxkB"),
    "animation": ("Animation", "animations", "CgACAgIAAxkB"),
    "document": ("Document", "documents", "BQACAgIAAxkB"),
    "sticker": ("Sticker", "stickers", "CAACAgIAAxkB"),
    "video_note": ("VideoNote", "video_notes", "DQACAgIAAxkB"),
}
_EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "audio/ogg": ".oga",
    "audio/mpeg": ".mp3",
    "video/mp4": ".mp4",
    "application/pdf": ".pdf",
}


class StoredFile:
    """A file's content and description; content may be stated by size alone."""

    __slots__ = ("content_or_none", "fields", "kind", "mime_type", "name", "number", "size")

    def __init__(
        self,
        *,
        number: int,
        kind: str,
        name: str,
        mime_type: str,
        content: bytes | None,
        size: int,
        fields: dict[str, Any],
    ) -> None:
        self.number = number
        self.kind = kind
        self.name = name
        self.mime_type = mime_type
        self.content_or_none = content
        self.size = size
        self.fields = fields

    @property
    def content(self) -> bytes:
        """The bytes; zeros where only a size was stated."""
        return bytes(self.size) if self.content_or_none is None else self.content_or_none

    @property
    def unique_id(self) -> str:
        return "AQAD" + urlsafe_b64encode(struct.pack(">Q", self.number)).decode().rstrip("=")


class Attachment:
    """What a message carries: the sizes of a photo, or one file of another kind."""

    __slots__ = ("files", "kind")

    def __init__(self, kind: str, files: list[StoredFile]) -> None:
        self.kind = kind
        self.files = files

    @property
    def main(self) -> StoredFile:
        return self.files[-1]


class FileStore:
    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._known: dict[str, tuple[int, Attachment]] = {}

    def store(
        self,
        kind: str,
        *,
        content: bytes | None,
        name: str = "",
        mime_type: str = "",
        size: int | None = None,
        **fields: Any,
    ) -> Attachment:
        """Keep a file. Raises ApiError if a photo is none or something is too big or empty."""
        size = len(content or b"") if size is None else size
        if size == 0:
            raise bad_request("file must be non-empty")
        if kind == "photo":
            return self._store_photo(content or b"", size)
        file = StoredFile(
            number=next(self._numbers),
            kind=kind,
            name=name,
            mime_type=mime_type or "application/octet-stream",
            content=content,
            size=size,
            fields=fields,
        )
        return Attachment(kind, [file])

    def _store_photo(self, content: bytes, size: int) -> Attachment:
        if size > MAX_PHOTO_BYTES:
            raise bad_request(
                f"file of size {size} bytes is too big for a photo; "
                f"the maximum size is {MAX_PHOTO_BYTES} bytes"
            )
        width, height = image_size(content)
        # Source: core.telegram.org/bots/api#sendphoto.
        if width + height > 10000 or max(width, height) > 20 * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        sizes = [(content, width, height)]
        if max(width, height) > 320:
            sizes.insert(0, _thumbnail(content))
        files = [
            StoredFile(
                number=next(self._numbers),
                kind="photo",
                name="",
                mime_type=image_type(picture) or "image/jpeg",
                content=picture,
                size=len(picture),
                fields={"width": wide, "height": high},
            )
            for picture, wide, high in sizes
        ]
        return Attachment("photo", files)

    def rendered(self, attachment: Attachment, bot_id: int) -> Any:
        """The message field of the attachment, with the file_ids of this bot."""
        if attachment.kind == "photo":
            return [self._fields(attachment, file, bot_id) for file in attachment.files]
        return self._fields(attachment, attachment.main, bot_id)

    def _fields(self, attachment: Attachment, file: StoredFile, bot_id: int) -> dict[str, Any]:
        file_id = self._file_id(file, bot_id)
        if file_id not in self._known:
            self._known[file_id] = (bot_id, attachment)
        fields = {
            "file_id": file_id,
            "file_unique_id": file.unique_id,
            **file.fields,
            "file_size": file.size,
        }
        if file.kind not in ("photo", "sticker", "video_note"):
            fields["mime_type"] = file.mime_type
            if file.name and file.kind != "voice":
                fields["file_name"] = file.name
        return fields

    @staticmethod
    def _file_id(file: StoredFile, bot_id: int) -> str:
        digest = hashlib.sha256(f"{bot_id}:{file.number}".encode()).digest()
        return _KINDS[file.kind][2] + urlsafe_b64encode(digest).decode().rstrip("=")

    def attachment(self, file_id: str, bot_id: int, kind: str) -> Attachment:
        """What the bot sends again. Raises ApiError for a foreign, unknown or unlike file."""
        if file_id.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        owner, attachment = self._known.get(file_id, (0, None))
        if attachment is None or owner != bot_id:
            raise bad_request("wrong file identifier/HTTP URL specified")
        if attachment.kind != kind:
            raise bad_request(
                f"can't use file of type {_KINDS[attachment.kind][0]} as {_KINDS[kind][0]}"
            )
        return attachment

    def file(self, file_id: str, bot_id: int) -> StoredFile:
        """The file a bot asks for by getFile. Raises ApiError as getFile does."""
        if not file_id:
            raise bad_request("file_id not specified")
        owner, attachment = self._known.get(file_id, (0, None))
        if attachment is None or owner != bot_id:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        for file in attachment.files:
            if self._file_id(file, bot_id) == file_id:
                if file.size > MAX_DOWNLOAD_BYTES:
                    raise bad_request("file is too big")
                return file
        raise bad_request("wrong file_id or the file is temporarily unavailable")

    @staticmethod
    def path(file: StoredFile) -> str:
        extension = _EXTENSIONS.get(file.mime_type, "")
        if not extension and "." in file.name:
            extension = "." + file.name.rpartition(".")[2]
        return f"{_KINDS[file.kind][1]}/file_{file.number}{extension}"


def image_type(content: bytes) -> str | None:
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    return None


def image_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises ApiError IMAGE_PROCESS_FAILED if it is no picture."""
    from io import BytesIO

    from PIL import Image

    if image_type(content) is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    try:
        with Image.open(BytesIO(content)) as image:
            return image.size
    except (OSError, ValueError):
        raise bad_request("IMAGE_PROCESS_FAILED") from None


def make_photo(number: int = 1, *, width: int = 320, height: int = 240) -> bytes:
    """A small JPEG; another number gives another picture."""
    from io import BytesIO

    from PIL import Image

    colour = (number * 53 % 256, number * 97 % 256, number * 193 % 256)
    out = BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "JPEG", quality=60)
    return out.getvalue()


def _thumbnail(content: bytes) -> tuple[bytes, int, int]:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    try:
        with Image.open(BytesIO(content)) as image:
            small = image.convert("RGB")
            small.thumbnail((90, 90))
            small.save(out, "JPEG", quality=50)
    except OSError:
        raise bad_request("IMAGE_PROCESS_FAILED") from None
    return out.getvalue(), small.width, small.height
