"""A file of the tables as channels get it: what it holds, what it is, and what it is called."""

from bot.channels.ports import StoredFile
from bot.words.wording import LOCAL_TIME, wording_for
from domain.messages import text
from storage.attachments import DRAWN, EXPORT, Attachment
from storage.copies import read_ref
from storage.files import FileStore

_UNKNOWN = "application/octet-stream"


def stored(files: FileStore, one: Attachment) -> StoredFile:
    """Give a file that was fetched, or written.

    Raises:
        ValueError: it has no file's name.
        StorageError: its key is not of this database.
    """
    return StoredFile(
        id=one.id,
        kind=one.kind,
        content=files.kept(one.file_name or "", one.file_key or b""),
        media_type=one.media_type or _UNKNOWN,
        name=copy_name(one) if one.bot == EXPORT else "",
        drawn=one.bot == DRAWN,
    )


def copy_name(one: Attachment) -> str:
    """Name an ordered copy, in its owner's language and after the day it was ordered on."""
    _, form, language = read_ref(one.ref)
    day = one.created_at.astimezone(LOCAL_TIME).date().isoformat()
    return f"{wording_for(language).text(text('me.copy_name', day=day))}.{form}"
