"""A file of the tables as channels get it: what it holds, what it is, and what it is called."""

from collections.abc import Mapping
from datetime import timedelta

from bot.channels.ports import StoredFile
from bot.traffic.patience import PICTURE_PATIENCE
from bot.words.wording import LOCAL_TIME, wording_for
from domain.messages import Message, text
from storage.attachments import DRAWN, EXPORT, PAPER, Attachment, FetchState
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
        drawn=one.bot == DRAWN,
    )


def with_files(
    files: FileStore, message: Message, known: Mapping[str, Attachment], *, age: timedelta
) -> tuple[Message, tuple[StoredFile, ...]] | None:
    """Give a message with the files that it shows; None where one may still be waited for."""
    own = [known[one] for one in message.attachments if one in known]
    if age < PICTURE_PATIENCE and any(one.state is FetchState.WANTED for one in own):
        return None
    shown = tuple(stored(files, one) for one in own if one.state is FetchState.STORED)
    if message.attachments and not shown and not message.blocks:
        message = Message(blocks=(text("channels.pictures_lost"),))
    return message, shown


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
