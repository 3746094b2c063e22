"""The web chat's store over the tables: sessions, conversations and files."""

import asyncio
import secrets
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.channels.ports import StoredFile
from bot.channels.web.ports import HistoryLine, NoRoomError, WebAccount
from bot.configuration.street_source import StreetSource
from bot.traffic.group_commit import GroupCommit
from bot.traffic.stored_files import stored
from domain.access.actors import actor_of
from domain.errors import StorageError
from domain.messages import Channel, FileKind, Side
from domain.people import SESSION_LIFE, Account, Language, Person
from domain.subjects import Subject
from storage import attachments, conversations, people, session_rows, sessions
from storage.attachments import Attachment, FetchState
from storage.changes import Changes, apply
from storage.conversations import HistoryRow
from storage.database import Database, Tx
from storage.files import FileStore
from storage.keyring import hash_token
from storage.outbox import bot_name
from storage.registry import SUBJECTS
from storage.session_rows import Session
from storage.sessions import Speaker

log = structlog.get_logger()

#: When a token has served so long, it is exchanged for a new one.
ROTATE_AFTER = timedelta(days=7)
#: How long the old token stays good once the new one is used: other requests are under way.
ROTATE_GRACE = timedelta(minutes=5)
#: After so many new sessions, look whether too many were never spoken with.
LOOK_AFTER = 1_000

#: So many lines are read without a thread between.
SWIFT_LINES = 60
#: How far back a picture of nothing is looked for among what was said to an account.
RECENT_LINES = 300


@dataclass(slots=True)
class _Look:
    """One question for whom a token speaks, asked together with others."""

    token: str
    now: datetime
    found: Speaker | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadLimits:
    """How much of the disk uploads may take that nothing has yet.

    Args:
        person_bytes: of one person; nine photos as the page sends them are a tenth of it.
        total_bytes: of all.
        free_bytes: what is left free for everything else.
    """

    person_bytes: int = 150_000_000
    total_bytes: int = 2**31
    free_bytes: int = 2**30


class TableWebStore:
    """`bot.channels.web.ports.WebStore` over a database and a folder of files."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        source: StreetSource,
        now: Callable[[], datetime],
        *,
        limits: UploadLimits | None = None,
    ) -> None:
        self._limits = limits or UploadLimits()
        self._database = database
        self._files = files
        self._source = source
        self._now = now
        self._looking = GroupCommit[_Look](self._look_all)
        self._opening = GroupCommit[Session](self._open_all)
        self._beginning = GroupCommit[tuple[str, datetime]](self._begin_all)
        self._opened = 0

    # --- sessions ----------------------------------------------------------------------------

    async def open_session(
        self, side: Side, language: Language, now: datetime, *, device: str = ""
    ) -> tuple[str, WebAccount]:
        """Begin a session of somebody who has said nothing yet, and give its token.

        No person is made before `begin`; what nobody speaks with is forgotten after a day.
        """
        account = f"w{secrets.token_hex(12)}"
        token, session = new_session(account, side, now, device)
        await self._opening.add(replace(session, side=side, language=language))
        return token, WebAccount(id=account, side=side, language=language, known=False)

    async def _open_all(self, opened: Sequence[Session]) -> None:
        changes = Changes()
        changes.save(*opened)
        self._opened += len(opened)
        async with self._database.write(inline=True) as tx:
            if self._opened > LOOK_AFTER:
                self._opened = 0
                await sessions.drop_unspoken(tx, before=self._now() - sessions.UNSPOKEN_LIFE)
            await apply(tx, [changes])

    async def begin(self, account: str, now: datetime) -> None:
        """Make the person and the account of a session that is about to say something."""
        await self._beginning.add((account, now))

    async def _begin_all(self, begun: Sequence[tuple[str, datetime]]) -> None:
        async with self._database.write(inline=True) as tx:
            await self._make_people(tx, begun)

    async def _make_people(self, tx: Tx, begun: Sequence[tuple[str, datetime]]) -> None:
        moments = dict(begun)
        changes, beginnings = Changes(), await sessions.find_beginnings(tx, moments)
        for account_id, session in beginnings.items():
            if session.side is None:
                continue
            now = moments[account_id]
            person = Person(
                id=secrets.token_hex(12),
                side=session.side,
                language=session.language or Language.CHINESE,
                created_at=now,
                preferred=account_id,
            )
            account = Account(
                id=account_id,
                person=person.id,
                side=session.side,
                channel=Channel.WEB,
                address=account_id,
                created_at=now,
                seen_at=now,
            )
            changes.save(person, account)
        await apply(tx, [changes])
        await sessions.settle(tx, beginnings)

    async def session(self, token: str, side: Side, now: datetime) -> WebAccount | None:
        """Find the account for which a token speaks; None if it ended or is of the other side.

        A new token that is seen for the first time ends the one before it, after a moment.
        """
        look = _Look(token, now)
        await self._looking.add(look)
        speaker = look.found
        if speaker is None or speaker.side is not side:
            return None
        if speaker.session.replaces is not None:
            async with self._database.write() as tx:
                await sessions.take_over(tx, speaker.session, now + ROTATE_GRACE)
        return WebAccount(
            id=speaker.session.account,
            side=speaker.side,
            language=speaker.language,
            elder=speaker.elder,
            known=speaker.known,
        )

    async def _look_all(self, looks: Sequence["_Look"]) -> None:
        async with self._database.read(inline=True) as tx:
            now = max(one.now for one in looks)
            found = await sessions.find_speakers(tx, {one.token for one in looks}, now)
        for one in looks:
            one.found = found.get(one.token)

    async def renew_session(self, token: str, now: datetime) -> str | None:
        """Give a new token where the old one has served long enough, else None.

        The answer that carries the new one may be lost, so the old one goes on until the new one
        was seen in use. Of two requests at once only one gets a new token.
        """
        async with self._database.read() as tx:
            old = await session_rows.get_session(tx, token)
            if old is None or now - old.created_at < ROTATE_AFTER or old.side is not None:
                return None
            account = (await people.accounts_by_id(tx, [old.account])).get(old.account)
        if account is None or old.expires_at <= now + ROTATE_GRACE:
            return None  # its successor is in use
        fresh_token, fresh = new_session(account.id, account.side, now, old.device or "")
        fresh = replace(fresh, replaces=old.token_hash)
        async with self._database.write() as tx:
            waiting = await sessions.list_successors(tx, old)
            if any(now - one.created_at < ROTATE_GRACE for one in waiting):
                return None
            # Who still comes with the old one never got these.
            never_got = [{"token_hash": one.token_hash} for one in waiting]
            await tx.delete(session_rows.sessions, never_got)
            changes = Changes()
            changes.save(fresh)
            await apply(tx, [changes])
        return fresh_token

    async def close_session(self, token: str) -> None:
        """End a session; an unknown one is no error."""
        async with self._database.write() as tx:
            await session_rows.end_session(tx, token)

    async def account(self, account: str) -> WebAccount | None:
        """Load an account as it is now; None where there is none or it was revoked."""
        async with self._database.read() as tx:
            found = (await people.accounts_by_id(tx, [account])).get(account)
            if found is None or found.revoked_at is not None:
                return None
            return await _web_account(tx, found)

    # --- conversations -----------------------------------------------------------------------

    async def history(
        self, account: str, *, after: int = 0, before: int | None = None, limit: int
    ) -> Sequence[HistoryLine]:
        """Give the newest lines between two rows, both excluded, rising."""
        async with self._database.read(inline=limit <= SWIFT_LINES) as tx:
            rows = await conversations.history(tx, account, after=after, before=before, limit=limit)
            return await self._lines(tx, rows)

    async def unseen(self, account: str, *, upto: int, limit: int) -> Sequence[HistoryLine]:
        """Give the newest sent messages up to a row that no page has shown, rising."""
        async with self._database.read() as tx:
            rows = await conversations.history(
                tx, account, before=upto + 1, limit=limit, unseen_only=True
            )
            return await self._lines(tx, rows)

    async def _lines(self, tx: Tx, rows: Sequence[HistoryRow]) -> list[HistoryLine]:
        ids = {one for row in rows if row.message for one in row.message.attachments}
        known = await attachments.get_attachments(tx, ids)
        return [
            HistoryLine(
                seq=row.id,
                at=row.at,
                message=row.message,
                own=row.own,
                files=self._shown(known, row.message.attachments if row.message else ()),
                seen=row.seen,
            )
            for row in rows
        ]

    def _shown(self, known: dict[str, Attachment], wanted: Iterable[str]) -> tuple[StoredFile, ...]:
        return tuple(
            self._file(known[one])
            for one in wanted
            if one in known and known[one].state is FetchState.STORED
        )

    def _file(self, one: Attachment) -> StoredFile:
        return stored(self._files, one)

    async def mark_seen(self, upto: Mapping[str, int], now: datetime) -> None:
        """Note of accounts up to which row their pages showed everything that was sent."""
        async with self._database.write() as tx:
            for account, row in upto.items():
                await conversations.mark_seen(tx, account, row, now)

    # --- files -------------------------------------------------------------------------------

    async def save_upload(
        self, account: str, kind: FileKind, data: bytes, media_type: str, now: datetime
    ) -> StoredFile:
        """Keep an uploaded file; it is erased after a day unless a message names it.

        Raises:
            NoRoomError: the person has uploaded too much without sending it, or the disk is full.
            StorageError: it was not kept.
        """
        await self._make_room(len(data), now)
        put = await asyncio.to_thread(self._files.put, data)
        async with self._database.write() as tx:
            await self._make_people(tx, [(account, now)])
            owner = (await people.accounts_by_id(tx, [account]))[account]
            held = await attachments.weigh_loose(tx, owner.person)
            if held + len(data) > self._limits.person_bytes:
                raise NoRoomError("too much of one person")
            identifier = secrets.token_hex(12)
            upload = Attachment(
                id=identifier,
                person=owner.person,
                bot=bot_name(Channel.WEB, owner.side),
                ref=identifier,
                kind=kind,
                state=FetchState.STORED,
                file_name=put.name,
                file_key=put.key,
                media_type=media_type,
                size_bytes=len(data),
                not_before=now,
                created_at=now,
            )
            changes = Changes()
            changes.save(upload)
            await apply(tx, [changes])
        return self._file(upload)

    async def _make_room(self, size: int, now: datetime) -> None:
        """Erase uploads that nobody sent where there are too many, theirs first who hold most."""
        free = await asyncio.to_thread(_free_bytes, self._files.folder)
        if free - size < self._limits.free_bytes:
            raise NoRoomError("the disk is nearly full")
        async with self._database.read() as tx:
            over = await attachments.weigh_loose(tx) + size - self._limits.total_bytes
        if over <= 0:
            return
        async with self._database.write() as tx:
            spare = await attachments.list_spare(tx, now, over)
            erased = await attachments.forget(tx, spare)
        for name in erased:
            await asyncio.to_thread(self._files.delete, name)
        log.warning("web.uploads_erased", files=len(erased))
        async with self._database.read() as tx:
            if await attachments.weigh_loose(tx) + size > self._limits.total_bytes:
                raise NoRoomError("too many uploads")

    async def find_upload(self, account: str, file: str) -> StoredFile | None:
        """Find an upload of this very account's person."""
        async with self._database.read() as tx:
            return await self._own(tx, account, file)

    async def _own(self, tx: Tx, account: str, file: str) -> StoredFile | None:
        owner = (await people.accounts_by_id(tx, [account])).get(account)
        found = (await attachments.get_attachments(tx, [file])).get(file)
        if owner is None or found is None or found.person != owner.person:
            return None
        return self._file(found) if found.state is FetchState.STORED else None

    async def find_file(self, account: str, file: str) -> StoredFile | None:
        """Find a file that the account may see now: one's own, or of a thing one may see."""
        async with self._database.read() as tx:
            if own := await self._own(tx, account, file):
                return own
            reader = (await people.accounts_by_id(tx, [account])).get(account)
            found = (await attachments.get_attachments(tx, [file])).get(file)
            if reader is None or found is None or found.state is not FetchState.STORED:
                return None
            if found.subject is None:
                # Of nothing: a chart. Whoever was sent it may look at it.
                return self._file(found) if await _was_told(tx, account, file) else None
            return self._file(found) if await self._may_see(tx, reader, found.subject) else None

    async def _may_see(self, tx: Tx, reader: Account, subject: Subject) -> bool:
        kind = SUBJECTS.get(subject.kind)
        if kind is None:
            return False
        now = self._now()
        organisation = (await self._source.current(tx, now)).organisation
        actor = actor_of(reader.person, organisation, now, staff=reader.side is Side.STAFF)
        return await kind.may_see(tx, actor, organisation, subject.id)

    async def read_upload(self, file: str) -> bytes | None:
        """Read an upload; None when it is gone."""
        async with self._database.read() as tx:
            found = (await attachments.get_attachments(tx, [file])).get(file)
        if found is None or found.file_name is None or found.file_key is None:
            return None
        try:
            return await asyncio.to_thread(self._files.kept(found.file_name, found.file_key).read)
        except (OSError, StorageError):
            return None


def _free_bytes(folder: Path) -> int:
    """Give what is free where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


async def _was_told(tx: Tx, account: str, file: str) -> bool:
    rows = await conversations.history(tx, account, limit=RECENT_LINES)
    return any(file in row.message.attachments for row in rows if row.message)


def new_session(account: str, side: Side, now: datetime, device: str = "") -> tuple[str, Session]:
    """Make a session for an account, with the token that its browser keeps as long.

    Args:
        device: what the browser calls itself.
    """
    token = secrets.token_urlsafe(32)
    session = Session(
        token_hash=hash_token(token),
        account=account,
        created_at=now,
        expires_at=now + SESSION_LIFE[side],
        device=device or None,
    )
    return token, session


async def _web_account(tx: Tx, account: Account) -> WebAccount:
    person = await people.find_person(tx, account.person)
    if person is None:
        return WebAccount(id=account.id, side=account.side, language=Language.CHINESE)
    return WebAccount(
        id=account.id, side=account.side, language=person.language, elder=person.elder
    )
