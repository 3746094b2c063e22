"""Writes the copies of personal data that somebody ordered, after the commit that ordered them.

A copy is a page for people, and an archive that holds the page again, the same as JSON for
programs, and the photos and voices. Both are sealed while they are written, in pieces.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from bot.channels.file_names import extension
from bot.channels.ports import Rejected, TryLater
from bot.configuration.street_source import StreetSource
from bot.traffic.stored_files import copy_name
from bot.words.wording import LOCAL_TIME, Wording, wording_for
from domain.errors import StorageError
from domain.messages import Card, FileKind, Side, Text, text
from domain.residents.personal_data import DataCopy, Section, Sent, as_json, in_words, more_in_words
from domain.residents.staff_copy import staff_in_words
from domain.street import Street
from domain.subjects import MATTER, Subject
from storage.attachments import Attachment, FetchState, get_attachments
from storage.copies import Format, read_ref
from storage.database import Database
from storage.files import FileStore, Kept, SealedFile
from storage.residents.exports import load_personal_data
from storage.sealed_streams import Sealer

#: Photos and voices in one archive: far below the 50 MB that a bot may send on Telegram, so that
#: it also gets there in time over a slow line. The newest go in first.
ARCHIVE_FILES_BYTES = 20_000_000
#: How long a copy waits for what was sent just before it was ordered, and when it looks again.
_PATIENCE = timedelta(minutes=1)
_PAUSE_SECONDS = 2
#: So much of a file is in memory at a time.
_PART_BYTES = 2**20
_STYLE = (
    "body{font:16px/1.6 sans-serif;max-width:44em;margin:1em auto;padding:0 1em}"
    "section{border-top:1px solid #bbb;margin-top:1.5em}h2{font-size:1.15em}"
    "dt{color:#555}dd{margin:0 0 .6em;white-space:pre-wrap;overflow-wrap:anywhere}"
    "img{max-width:100%}figure{margin:1em 0}audio{display:block}"
)


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written, and what it is."""

    kept: Kept
    media_type: str
    size_bytes: int


class CopyWriter:
    """Makes the file that an ordered copy names."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        source: StreetSource,
        now: Callable[[], datetime],
        *,
        public_url: str = "",
    ) -> None:
        """Begin with nothing.

        Args:
            public_url: where the web chat is, for what an archive has no room for; may be empty.
        """
        self._public_url = public_url
        self._database = database
        self._files = files
        self._source = source
        self._now = now

    async def write(self, ordered: Attachment) -> Written:
        """Write a copy as things stand now.

        Raises:
            Rejected: the person was erased meanwhile, or nobody ordered such a copy.
            TryLater: something that the person sent just now is still being fetched.
            OSError: the disk is full or gone.
        """
        try:
            person, form, language = read_ref(ordered.ref)
        except ValueError:
            raise Rejected("no copy of this sort") from None
        now = self._now()
        async with self._database.read() as tx:
            known = await load_personal_data(tx, person)
            street = await self._source.current(tx, now)
            sent = await get_attachments(tx, [one.id for one in known.sent] if known else [])
        if known is None:
            raise Rejected("nobody to copy")
        if any(
            one.state is FetchState.WANTED and now - one.created_at < _PATIENCE
            for one in sent.values()
        ):
            raise TryLater(_PAUSE_SECONDS)
        words = wording_for(language)
        archived = await asyncio.to_thread(self._chosen, known.sent, sent, words)
        known = replace(known, sent=[replace(one, name=archived.name(one)) for one in known.sent])
        sections = _sections(known, street, now)
        name = copy_name(ordered)
        page = _Page(words, name.rpartition(".")[0], self._public_url, known.person.side)
        if form is Format.PAGE:
            alone = page.write(sections, beside=False)
            return await asyncio.to_thread(self._keep, lambda out: out.write(alone), "text/html")
        whole = _Archive(
            at=now,
            texts={
                f"{page.title}.{Format.PAGE}": page.write(sections, beside=True),
                f"{page.title}.json": _json(known, now),
            },
            files=archived.files,
        )
        return await asyncio.to_thread(self._keep, whole.write, "application/zip")

    def _keep(self, write: Callable[[Sealer], object], media_type: str) -> Written:
        kept = self._files.put_written(write)
        size = self._files.kept(kept.name, kept.key).size()
        return Written(kept, media_type, size)

    def _chosen(
        self, sent: Sequence[Sent], known: Mapping[str, Attachment], words: Wording
    ) -> "_Chosen":
        """Choose what goes into the archive; what cannot be read is left out like what is gone."""
        folder, loose = (words.text(text(f"me.copy_{one}")) for one in ("folder", "unfinished"))
        numbered: Counter[str] = Counter()
        names: dict[str, str] = {}
        for one in sent:
            stem = _stem(one.subject) if one.subject else loose
            numbered[stem] += 1
            ending = extension(known[one.id].media_type or "")
            names[one.id] = f"{folder}/{stem}-{numbered[stem]}.{ending}"
        files: dict[str, SealedFile] = {}
        room = ARCHIVE_FILES_BYTES
        for one in reversed(sent):
            size = known[one.id].size_bytes or 0
            file = self._readable(known[one.id]) if size <= room else None
            if file is not None:
                room -= size
                files[one.id] = file
        return _Chosen(names, files)

    def _readable(self, one: Attachment) -> SealedFile | None:
        if one.state is not FetchState.STORED:
            return None
        try:
            file = self._files.kept(one.file_name or "", one.file_key or b"")
            for _ in _parts(file):
                pass
        except (OSError, StorageError):
            return None
        return file


def _sections(known: DataCopy, street: Street, now: datetime) -> tuple[Section, ...]:
    if known.person.side is Side.STAFF:
        return staff_in_words(known, street.organisation, now)
    grid = known.person.grid
    place = street.place_name(grid) if grid and grid in street.organisation.units else ""
    told = in_words(known, street.office.categories, place, now)
    return (*told, *more_in_words(known, street.organisation))


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What goes into an archive, by id."""

    names: Mapping[str, str]
    """Of everything, in the order of the cases."""
    readable: Mapping[str, SealedFile]

    def name(self, one: Sent) -> str:
        return self.names[one.id] if one.id in self.readable else ""

    @property
    def files(self) -> Mapping[str, SealedFile]:
        return {
            name: self.readable[one] for one, name in self.names.items() if one in self.readable
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class _Archive:
    """An archive that is about to be written."""

    at: datetime
    texts: Mapping[str, bytes]
    files: Mapping[str, SealedFile]

    def write(self, target: Sealer) -> None:
        """Write everything, holding no file as a whole."""
        with ZipFile(target, "w") as archive:
            for name, body in self.texts.items():
                archive.writestr(self._entry(name), body)
            for name, file in self.files.items():
                with archive.open(self._entry(name), "w") as entry:
                    for part in _parts(file):
                        entry.write(part)

    def _entry(self, name: str) -> ZipInfo:
        entry = ZipInfo(name, self.at.astimezone(LOCAL_TIME).timetuple()[:6])
        # Also what does not get smaller: some programs on phones read nothing else from a stream.
        entry.compress_type = ZIP_DEFLATED
        entry.external_attr = 0o600 << 16
        return entry


def _parts(file: SealedFile) -> Iterable[bytes]:
    for start in range(0, file.size(), _PART_BYTES):
        yield file.read(start, start + _PART_BYTES)


def _stem(subject: Subject) -> str:
    """Begin the names of the files of a subject; case numbers stand alone."""
    return subject.id if subject.kind == MATTER else f"{subject.kind}-{subject.id}"


def _json(known: DataCopy, now: datetime) -> bytes:
    return json.dumps(as_json(known, now), ensure_ascii=False, indent=2).encode() + b"\n"


# --- the page ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Page:
    """The copy as people read it; what they said is words there and never markup."""

    words: Wording
    title: str
    public_url: str
    side: Side

    def write(self, sections: Iterable[Section], *, beside: bool) -> bytes:
        """Write it as HTML.

        Args:
            beside: the files of the archive lie beside it: it shows them.
        """
        body = "\n".join(self._section(one, beside=beside) for one in sections)
        tag = self.words.language.value.replace("_", "-")
        title = escape(self.title)
        return (
            f'<!doctype html>\n<html lang="{tag}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
            f"<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
        ).encode()

    def _section(self, one: Section, *, beside: bool) -> str:
        shown = self._card(one.block) if isinstance(one.block, Card) else self._text(one.block)
        files = (self._file(file, beside=beside) for file in one.files)
        return "\n".join(["<section>", shown, *files, "</section>"])

    def _say(self, wording: Text) -> str:
        return escape(self.words.text(wording))

    def _text(self, one: Text) -> str:
        return f"<p>{self._say(one)}</p>"

    def _card(self, one: Card) -> str:
        lines = (
            f"<dt>{self._say(line.label)}</dt><dd>{escape(self.words.value(line.value))}</dd>"
            for line in one.lines
        )
        return "\n".join([f"<h2>{self._say(one.title)}</h2>", "<dl>", *lines, "</dl>"])

    def _file(self, one: Sent, *, beside: bool) -> str:
        what = text(f"me.copy_{one.kind}", at=one.at)
        if not one.name:
            return f"<p>{self._left_out(one, what)}</p>"
        name, said = escape(one.name), self._say(text("me.copy_file", what=what, name=one.name))
        if not beside:
            return f"<p>{said}</p>"
        shown = f'<img src="{name}" alt="">'
        if one.kind == FileKind.VOICE:
            shown = f'<audio controls src="{name}"></audio>'
        return f'<figure>{shown}<figcaption><a href="{name}">{said}</a></figcaption></figure>'

    def _left_out(self, one: Sent, what: Text) -> str:
        most = ARCHIVE_FILES_BYTES // 1_000_000
        said = [self._say(text("me.copy_left_out", what=what, most=most))]
        if one.subject is not None and one.subject.kind == MATTER:
            said.append(self._say(text("me.copy_in_case", number=one.subject.id)))
        if self.public_url:
            address = escape(f"{self.public_url}/chat/files/{one.id}?side={self.side.value}")
            said.append(f'<a href="{address}">{self._say(text("me.copy_address"))}</a>')
        return " ".join(said)
