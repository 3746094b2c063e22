"""Writes the documents that somebody ordered as a file: Word here, PDF in a process of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

from bot.channels.ports import Rejected
from bot.configuration.street_source import StreetSource
from bot.traffic.copy_writer import Written
from bot.words.wording import wording_for
from domain.messages import Value
from reports.papers import Sheet, in_force, sheets_of
from reports.pdf import MEDIA_TYPE as PDF
from reports.pdf import draw_papers
from reports.word import MEDIA_TYPE as WORD
from reports.word import word
from scheduler.subprocesses import in_subprocess
from storage.attachments import EXPORT, Attachment
from storage.database import Database
from storage.documents import load_folder
from storage.files import FileStore
from storage.papers import SET, Ordered, PaperForm


class PaperWriter:
    """Makes the file that an ordered paper names."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        source: StreetSource,
        now: Callable[[], datetime],
    ) -> None:
        """Begin with nothing."""
        self._database = database
        self._files = files
        self._source = source
        self._now = now

    async def write(self, one: Attachment) -> Written:
        """Write documents as they stand now.

        Raises:
            Rejected: nobody ordered such a paper, or what stood on it was erased meanwhile.
            OSError: the disk is full or gone.
        """
        try:
            ordered = Ordered.read(one.ref)
        except ValueError:
            raise Rejected("no paper of this sort") from None
        async with self._database.read() as tx:
            folder = await load_folder(tx, ordered.subject)
            street = await self._source.current(tx, self._now())
        chosen = [it for it in in_force(folder) if ordered.what in (SET, it.kind)]
        words = wording_for(ordered.language)

        def say(value: Value) -> str:
            return words.value(value)

        sheets = sheets_of(folder, chosen, say, street.staff_name, street.office.timezone)
        if not sheets:
            raise Rejected("nothing stands on it any more")
        return await self._written(sheets, ordered.form)

    async def _written(self, sheets: tuple[Sheet, ...], form: PaperForm) -> Written:
        if form is PaperForm.WORD:
            data, media_type = await asyncio.to_thread(word, sheets), WORD
        else:
            (data,), media_type = await in_subprocess(draw_papers, sheets), PDF
        kept = await asyncio.to_thread(self._files.put, data)
        return Written(kept, media_type, len(data))


def either(
    copies: Callable[[Attachment], Awaitable[Written]],
    papers: Callable[[Attachment], Awaitable[Written]],
) -> Callable[[Attachment], Awaitable[Written]]:
    """Let each sort of what is ordered be written by whoever can."""

    async def write(one: Attachment) -> Written:
        return await (copies if one.bot == EXPORT else papers)(one)

    return write
