"""A file of the tables as channels get it: what it holds, what it is, and what it is called."""

from bot.channels.ports import StoredFile
from bot.words.wording import LOCAL_TIME, wording_for
from domain.messages import text
from storage.attachments import EXPORT, PAPER, Attachment
from storage.copies import read_ref
from storage.files import FileStore
from storage.papers import Ordered

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
        name=_name(one),
    )


def _name(one: Attachment) -> str:
    if one.bot == EXPORT:
        return copy_name(one)
    return paper_name(one) if one.bot == PAPER else ""


def paper_name(one: Attachment) -> str:
    """Name an ordered paper after what it is and what it is about."""
    ordered = Ordered.read(one.ref)
    called = ordered.number or ordered.subject.id
    title = wording_for(ordered.language).text(text(f"documents.file_{ordered.what}"))
    return f"{title} {called}.{ordered.form}"


def copy_name(one: Attachment) -> str:
    """Name an ordered copy, in its owner's language and after the day it was ordered on."""
    _, form, language = read_ref(one.ref)
    day = one.created_at.astimezone(LOCAL_TIME).date().isoformat()
    return f"{wording_for(language).text(text('me.copy_name', day=day))}.{form}"
