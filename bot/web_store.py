"""The web chat's store over the tables: sessions, conversations and files."""

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.channels.ports import StoredFile
from bot.channels.web_ports import HistoryLine, WebAccount
from bot.office import StreetSource
from domain.access import Right, actor_of, may
from domain.messages import Channel, FileKind, Side
from domain.people import SESSION_LIFE, Account, Language, Person
from storage import attachments, outbox, people
from storage.attachments import Attachment, FetchState
from storage.changes import Changes, apply
from storage.database import Database, Tx
from storage.files import FileStore
from storage.keyring import hash_token
from storage.matters import find_matter
from storage.outbox import HistoryRow, bot_name
from storage.people import Session

#: When a token has served so long, it is exchanged for a new one.
ROTATE_AFTER = timedelta(days=7)
#: How long the old token stays good after that: other requests of the page are under way.
ROTATE_GRACE = timedelta(minutes=5)

#: How far back a picture of no case is looked for among what was said to an account.
RECENT_LINES = 300


class TableWebStore:
    """`bot.channels.web_ports.WebStore` over a database and a folder of files."""

    def __init__(
        self,
        database: Database,
        files: FileStore,
        source: StreetSource,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._files = files
        self._source = source
        self._now = now

    # --- sessions ----------------------------------------------------------------------------

    async def open_session(
        self, side: Side, language: Language, now: datetime, *, device: str = ""
    ) -> tuple[str, WebAccount]:
        """Make a new person with an account and a session, and give the session's token."""
        account_id = f"w{secrets.token_hex(12)}"
        person = Person(
            id=secrets.token_hex(12),
            side=side,
            language=language,
            created_at=now,
            preferred=account_id,
        )
        account = Account(
            id=account_id,
            person=person.id,
            side=side,
            channel=Channel.WEB,
            address=account_id,
            created_at=now,
            seen_at=now,
        )
        token, session = new_session(account, now, device)
        changes = Changes()
        changes.save(person, account, session)
        async with self._database.write() as tx:
            await apply(tx, [changes])
        return token, WebAccount(id=account_id, side=side, language=language)

    async def session(self, token: str, side: Side, now: datetime) -> WebAccount | None:
        """Find the account for which a token speaks; None if it ended or is of the other side."""
        async with self._database.read() as tx:
            account = await people.find_session(tx, token, now)
            if account is None or account.side is not side:
                return None
            return await _web_account(tx, account)

    async def renew_session(self, token: str, now: datetime) -> str | None:
        """Give a new token where the old one has served long enough, else None."""
        async with self._database.read() as tx:
            old = await people.get_session(tx, token)
            if old is None or now - old.created_at < ROTATE_AFTER:
                return None
            account = (await people.accounts_by_id(tx, [old.account])).get(old.account)
        if account is None:
            return None
        fresh_token, fresh = new_session(account, now, old.device or "")
        changes = Changes()
        changes.save(fresh, replace(old, expires_at=min(old.expires_at, now + ROTATE_GRACE)))
        async with self._database.write() as tx:
            await apply(tx, [changes])
        return fresh_token

    async def close_session(self, token: str) -> None:
        """End a session; an unknown one is no error."""
        async with self._database.write() as tx:
            await people.end_session(tx, token)

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
        async with self._database.read() as tx:
            rows = await outbox.history(tx, account, after=after, before=before, limit=limit)
            return await self._lines(tx, rows)

    async def unseen(self, account: str, *, upto: int, limit: int) -> Sequence[HistoryLine]:
        """Give the newest sent messages up to a row that no page has shown, rising."""
        async with self._database.read() as tx:
            rows = await outbox.history(tx, account, before=upto + 1, limit=limit, unseen_only=True)
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
                files=self._stored(known, row.message.attachments if row.message else ()),
                seen=row.seen,
            )
            for row in rows
        ]

    def _stored(
        self, known: dict[str, Attachment], wanted: Iterable[str]
    ) -> tuple[StoredFile, ...]:
        return tuple(
            self._file(known[one])
            for one in wanted
            if one in known and known[one].state is FetchState.STORED
        )

    def _file(self, one: Attachment) -> StoredFile:
        return StoredFile(
            id=one.id,
            kind=one.kind,
            path=self._files.path(one.content_hash or ""),
            media_type=one.media_type or "application/octet-stream",
        )

    async def mark_seen(self, account: str, upto: int, now: datetime) -> None:
        """Note that a page showed everything that was sent up to a row."""
        async with self._database.write() as tx:
            await outbox.mark_seen(tx, account, upto, now)

    # --- files -------------------------------------------------------------------------------

    async def save_upload(
        self, account: str, kind: FileKind, data: bytes, media_type: str, now: datetime
    ) -> StoredFile:
        """Keep an uploaded file; it is erased after a day unless a message names it.

        Raises:
            StorageError: it was not kept.
        """
        content_hash = await asyncio.to_thread(self._files.put, data)
        async with self._database.write() as tx:
            owner = (await people.accounts_by_id(tx, [account]))[account]
            identifier = secrets.token_hex(12)
            upload = Attachment(
                id=identifier,
                person=owner.person,
                bot=bot_name(Channel.WEB, owner.side),
                ref=identifier,
                kind=kind,
                state=FetchState.STORED,
                content_hash=content_hash,
                media_type=media_type,
                size_bytes=len(data),
                not_before=now,
                created_at=now,
            )
            changes = Changes()
            changes.save(upload)
            await apply(tx, [changes])
        return self._file(upload)

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
        """Find a file that the account may see now: one's own, or of a case one may see."""
        async with self._database.read() as tx:
            if own := await self._own(tx, account, file):
                return own
            reader = (await people.accounts_by_id(tx, [account])).get(account)
            found = (await attachments.get_attachments(tx, [file])).get(file)
            if reader is None or found is None or found.state is not FetchState.STORED:
                return None
            if found.matter is None:
                # Of no case: a chart. Whoever was sent it may look at it.
                return self._file(found) if await _was_told(tx, account, file) else None
            return self._file(found) if await self._may_see(tx, reader, found.matter) else None

    async def _may_see(self, tx: Tx, reader: Account, number: str) -> bool:
        matter = await find_matter(tx, number)
        if matter is None:
            return False
        now = self._now()
        organisation = (await self._source.current(tx, now)).organisation
        actor = actor_of(reader.person, organisation, now, staff=reader.side is Side.STAFF)
        return may(actor, Right.SEE, organisation, matter=matter) is not None

    async def read_upload(self, file: str) -> bytes | None:
        """Read an upload; None when it is gone."""
        async with self._database.read() as tx:
            found = (await attachments.get_attachments(tx, [file])).get(file)
        if found is None or found.content_hash is None:
            return None
        try:
            return await asyncio.to_thread(self._files.path(found.content_hash).read_bytes)
        except OSError:
            return None


async def _was_told(tx: Tx, account: str, file: str) -> bool:
    rows = await outbox.history(tx, account, limit=RECENT_LINES)
    return any(file in row.message.attachments for row in rows if row.message)


def new_session(account: Account, now: datetime, device: str = "") -> tuple[str, Session]:
    """Make a session for an account, with the token that its browser keeps as long.

    Args:
        device: what the browser calls itself.
    """
    token = secrets.token_urlsafe(32)
    session = Session(
        token_hash=hash_token(token),
        account=account.id,
        created_at=now,
        expires_at=now + SESSION_LIFE[account.side],
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
