"""The web chat's store: one contract for the tables and for the twin that other tests use."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot.channels.web.ports import NoRoomError
from bot.channels.web.store import ROTATE_AFTER, ROTATE_GRACE, TableWebStore, UploadLimits
from bot.configuration.street_source import StreetSource
from domain.messages import Channel, Choice, FileKind, Lane, Message, Side, say, text
from domain.people import SESSION_LIFE, Account, Language
from storage.attachments import DRAWN, Attachment, Claim, FetchState
from storage.changes import Changes, apply
from storage.conversations import CODE_SHOWN_LIFE
from storage.database import Database
from storage.files import FileStore
from storage.outbox import Notice, Own, outbox
from storage.outbox_housekeeping import sweep
from storage.people import accounts_by_id, people
from storage.registry import SUBJECTS
from storage.sending import Sent, mark_sent
from storage.session_rows import devices_of, get_session
from storage.sessions import drop_unspoken
from tests.outings import OUTING, Outings, outing
from tests.street import MORNING, settings
from tests.web_street import MemoryStore


@pytest.fixture
def tables(database: Database, tmp_path: Path) -> TableWebStore:
    return TableWebStore(
        database,
        FileStore(tmp_path, database.keyring),
        StreetSource(settings(tmp_path)),
        lambda: MORNING,
    )


@pytest.fixture(params=["tables", "twin"])
def store(request, tables, tmp_path):
    return tables if request.param == "tables" else MemoryStore(tmp_path)


# --- the contract --------------------------------------------------------------------------------


async def test_a_token_speaks_for_the_account_it_was_made_for_on_its_side_only(store):
    token, account = await store.open_session(Side.STAFF, Language.ENGLISH, MORNING)

    found = await store.session(token, Side.STAFF, MORNING)

    assert found == account
    assert not account.known
    assert (account.side, account.language, account.elder) == (Side.STAFF, Language.ENGLISH, False)
    assert await store.session(token, Side.RESIDENTS, MORNING) is None
    assert await store.session("guessed", Side.STAFF, MORNING) is None


async def test_who_says_something_has_a_person_from_then_on(store):
    token, account = await store.open_session(Side.STAFF, Language.ENGLISH, MORNING)

    for _ in range(2):
        await store.begin(account.id, MORNING)

    found = await store.session(token, Side.STAFF, MORNING)
    assert found.known
    assert await store.account(account.id) == found


async def test_every_session_is_a_new_account(store):
    first = await store.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    second = await store.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)

    assert first[0] != second[0]
    assert first[1].id != second[1].id


async def test_a_closed_session_speaks_for_nobody(store):
    token, _ = await store.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)

    await store.close_session(token)
    await store.close_session(token)

    assert await store.session(token, Side.RESIDENTS, MORNING) is None


async def test_an_upload_belongs_to_its_account(store):
    _, mine = await store.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    _, other = await store.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)

    kept = await store.save_upload(mine.id, FileKind.VOICE, b"sound", "audio/mp4", MORNING)

    assert (kept.kind, kept.media_type) == (FileKind.VOICE, "audio/mp4")
    assert kept.content.read() == b"sound"
    assert await store.find_upload(mine.id, kept.id) == kept
    assert await store.find_file(mine.id, kept.id) == kept
    assert await store.find_upload(other.id, kept.id) is None
    assert await store.find_file(other.id, kept.id) is None
    assert await store.read_upload(kept.id) == b"sound"


async def test_what_was_never_uploaded_is_not_found(store):
    _, mine = await store.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)

    assert await store.find_upload(mine.id, "nothing") is None
    assert await store.find_file(mine.id, "nothing") is None
    assert await store.read_upload("nothing") is None
    assert await store.account("nobody") is None


# --- the tables ----------------------------------------------------------------------------------


async def spoken(tables) -> tuple[str, str]:
    """Open a session and say something with it; give the token and the account."""
    token, account = await tables.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    await tables.begin(account.id, MORNING)
    return token, account.id


async def speaks(store, token, at):
    found = await store.session(token, Side.RESIDENTS, at)
    return found.id if found else None


async def test_a_token_is_exchanged_in_time_and_the_old_one_lasts_a_moment_longer(tables):
    token, account = await spoken(tables)
    early, due = MORNING + ROTATE_AFTER - timedelta(seconds=1), MORNING + ROTATE_AFTER
    assert await tables.renew_session(token, early) is None

    fresh = await tables.renew_session(token, due)
    assert fresh not in (None, token)
    assert await speaks(tables, fresh, due) == account

    moment = ROTATE_GRACE - timedelta(seconds=1)
    assert await tables.renew_session(token, due + moment) is None
    assert await speaks(tables, token, due + moment) == account
    assert await speaks(tables, token, due + ROTATE_GRACE) is None
    assert await speaks(tables, fresh, due + ROTATE_GRACE) == account


async def test_a_token_whose_renewal_got_lost_still_works_also_after_a_restart(
    tables, database, tmp_path
):
    token, account = await spoken(tables)
    due = MORNING + ROTATE_AFTER
    lost = await tables.renew_session(token, due)
    later = due + timedelta(days=3)

    again = TableWebStore(
        database,
        FileStore(tmp_path, database.keyring),
        StreetSource(settings(tmp_path)),
        lambda: later,
    )
    assert await speaks(again, token, later) == account
    fresh = await again.renew_session(token, later)

    assert fresh not in (None, token, lost)
    assert await speaks(again, lost, later) is None
    assert await speaks(again, fresh, later) == account
    assert await speaks(again, token, later + ROTATE_GRACE) is None


async def test_of_two_pages_that_open_at_once_one_gets_the_new_token(tables):
    token, account = await spoken(tables)
    due = MORNING + ROTATE_AFTER

    first, second = [await tables.renew_session(token, due) for _ in range(2)]

    assert second is None
    assert await speaks(tables, token, due) == account
    assert await speaks(tables, first, due) == account


async def test_who_leaves_with_either_token_ends_both(tables):
    for leave_with_the_new_one in (True, False):
        token, _ = await spoken(tables)
        due = MORNING + ROTATE_AFTER
        fresh = await tables.renew_session(token, due)

        await tables.close_session(fresh if leave_with_the_new_one else token)

        assert await speaks(tables, token, due) is None
        assert await speaks(tables, fresh, due) is None


async def test_who_only_opens_and_goes_leaves_no_person_and_is_forgotten(tables, database):
    token, _ = await tables.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    kept, account = await spoken(tables)

    async with database.write() as tx:
        assert await tx.scalar(select(func.count()).select_from(people)) == 1
        await drop_unspoken(tx, before=MORNING)

    assert await speaks(tables, token, MORNING) is None
    assert await speaks(tables, kept, MORNING) == account


async def test_of_too_many_who_say_nothing_the_oldest_are_forgotten(tables, database):
    tokens = []
    for minute in range(5):
        at = MORNING + timedelta(minutes=minute)
        tokens.append((await tables.open_session(Side.RESIDENTS, Language.CHINESE, at))[0])

    async with database.write() as tx:
        await drop_unspoken(tx, before=MORNING - timedelta(days=1), most=3)

    found = [await speaks(tables, token, MORNING) is not None for token in tokens]
    assert found == [False, False, True, True, True]


async def test_an_upload_makes_the_person_it_belongs_to(tables, database):
    _, account = await tables.open_session(Side.RESIDENTS, Language.ENGLISH, MORNING)

    await tables.save_upload(account.id, FileKind.VOICE, b"sound", "audio/mp4", MORNING)

    async with database.read() as tx:
        (row,) = await tx.rows(select(people))
    assert row.language is Language.ENGLISH


def with_limits(database, tmp_path, **limits):
    return TableWebStore(
        database,
        FileStore(tmp_path, database.keyring),
        StreetSource(settings(tmp_path)),
        lambda: MORNING,
        limits=UploadLimits(**limits),
    )


async def uploaded(store, account, data, at=MORNING):
    kept = await store.save_upload(account, FileKind.VOICE, data, "audio/mp4", at)
    return kept.id


async def test_uploads_that_nobody_sent_make_room_theirs_first_who_hold_most(database, tmp_path):
    store = with_limits(database, tmp_path, total_bytes=100, free_bytes=0)
    _, modest = await store.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    _, greedy = await store.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    mine = await uploaded(store, modest.id, b"m" * 20)
    theirs = [
        await uploaded(store, greedy.id, bytes([n]) * 20, MORNING + timedelta(seconds=n))
        for n in range(4)
    ]
    later = MORNING + timedelta(minutes=11)

    newest = await uploaded(store, modest.id, b"n" * 20, later)

    assert await store.read_upload(mine) == b"m" * 20
    assert await store.read_upload(newest) == b"n" * 20
    left = [await store.read_upload(one) is not None for one in theirs]
    assert left == [False, True, True, True]
    assert len([file for file in (tmp_path / "files").rglob("*") if file.is_file()]) == 5


async def test_what_was_uploaded_just_now_is_not_erased_for_another(database, tmp_path):
    store = with_limits(database, tmp_path, total_bytes=50, free_bytes=0)
    _, account = await store.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    first = await uploaded(store, account.id, b"1" * 40)

    with pytest.raises(NoRoomError):
        await uploaded(store, account.id, b"2" * 40)

    assert await store.read_upload(first) is not None


async def test_one_person_uploads_so_much_without_sending_it(database, tmp_path):
    store = with_limits(database, tmp_path, person_bytes=50, free_bytes=0)
    _, account = await store.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    await uploaded(store, account.id, b"1" * 40)

    with pytest.raises(NoRoomError):
        await uploaded(store, account.id, b"2" * 40)


async def test_nothing_is_uploaded_onto_a_disk_that_is_nearly_full(database, tmp_path):
    store = with_limits(database, tmp_path, free_bytes=2**62)
    _, account = await store.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)

    with pytest.raises(NoRoomError):
        await uploaded(store, account.id, b"1")


async def test_a_browser_that_stays_away_too_long_is_forgotten(tables):
    token, account = await tables.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)

    last = MORNING + SESSION_LIFE[Side.RESIDENTS] - timedelta(seconds=1)

    assert await tables.session(token, Side.RESIDENTS, last) == account
    assert (
        await tables.session(token, Side.RESIDENTS, MORNING + SESSION_LIFE[Side.RESIDENTS]) is None
    )


class Conversation:
    """A conversation over the tables."""

    def __init__(self, database: Database, account: Account) -> None:
        self._database = database
        self._account = account

    async def tell(self, message: Message, *, sent: bool = True) -> int:
        """Say something, and send it."""
        notice = Notice(
            person=self._account.person,
            message=message,
            lane=Lane.REPLY,
            at=MORNING,
            not_before=MORNING,
            account=self._account,
        )
        return await self._write(notice, sent=sent)

    async def own(self, words: str) -> int:
        """Keep what the person said."""
        body = {"type": "text", "id": words, "text": words}
        return await self._write(Own(account=self._account, body=body, at=MORNING), sent=False)

    async def _write(self, line: Notice | Own, *, sent: bool) -> int:
        changes = Changes()
        changes.save(line)
        async with self._database.write() as tx:
            await apply(tx, [changes])
            row = await tx.scalar(select(func.max(outbox.c.id)))
            if sent:
                await mark_sent(tx, [Sent(row, str(row), keep=True)], MORNING)
        return int(row)


async def begun(tables: TableWebStore, database: Database) -> tuple[str, Conversation]:
    """Open a session and give its account with its conversation."""
    _, account = await tables.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    await tables.begin(account.id, MORNING)
    async with database.read() as tx:
        row = (await accounts_by_id(tx, [account.id]))[account.id]
    assert row.channel is Channel.WEB
    return account.id, Conversation(database, row)


async def test_the_history_holds_what_was_sent_and_said_and_nothing_that_waits(tables, database):
    account, talk = await begun(tables, database)
    said = await talk.own("路灯")
    told = [await talk.tell(say("menu.what")) for _ in range(4)]
    await talk.tell(say("menu.what"), sent=False)

    everything = await tables.history(account, limit=100)

    assert [line.seq for line in everything] == [said, *told]
    assert everything[0].own == {"type": "text", "id": "路灯", "text": "路灯"}
    assert everything[1].message == say("menu.what")
    newest = await tables.history(account, after=told[0], limit=2)
    assert [line.seq for line in newest] == told[-2:]
    earlier = await tables.history(account, before=told[2], limit=2)
    assert [line.seq for line in earlier] == told[:2]


async def test_what_was_not_shown_is_unseen_until_a_page_says_so(tables, database):
    account, talk = await begun(tables, database)
    first, second, third = [await talk.tell(say("menu.what")) for _ in range(3)]
    assert [line.seq for line in await tables.unseen(account, upto=second, limit=9)] == [
        first,
        second,
    ]

    await tables.mark_seen({account: second}, MORNING)

    assert await tables.unseen(account, upto=second, limit=9) == []
    assert [line.seen for line in await tables.history(account, limit=9)] == [True, True, False]
    assert [line.seq for line in await tables.unseen(account, upto=third, limit=9)] == [third]


async def test_a_chart_is_for_those_to_whom_it_was_sent(tables, database, tmp_path):
    reader, talk = await begun(tables, database)
    other, _ = await begun(tables, database)
    kept = FileStore(tmp_path, database.keyring).put(b"chart")
    chart = Attachment(
        id="chart1",
        person="clock",
        bot=DRAWN,
        ref="",
        kind=FileKind.PHOTO,
        state=FetchState.STORED,
        file_name=kept.name,
        file_key=kept.key,
        media_type="image/png",
        size_bytes=5,
        not_before=MORNING,
        created_at=MORNING,
    )
    changes = Changes()
    changes.save(chart)
    async with database.write() as tx:
        await apply(tx, [changes])
    assert await tables.find_file(reader, "chart1") is None

    await talk.tell(Message(attachments=("chart1",)))

    found = await tables.find_file(reader, "chart1")
    assert found is not None
    assert found.content.read() == b"chart"
    assert await tables.find_file(other, "chart1") is None


@pytest.mark.parametrize("declared", [True, False])
async def test_a_photo_of_any_subject_is_seen_by_whom_its_feature_lets(
    tables: TableWebStore, database: Database, monkeypatch: pytest.MonkeyPatch, declared: bool
) -> None:
    _, mine = await tables.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    _, guest = await tables.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    _, other = await tables.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    for one in (guest, other):
        await tables.begin(one.id, MORNING)
    kept = await tables.save_upload(mine.id, FileKind.PHOTO, b"photo", "image/jpeg", MORNING)
    changes = Changes()
    changes.save(Claim((kept.id,), outing("7")))
    async with database.write() as tx:
        await apply(tx, [changes])
        invited = (await accounts_by_id(tx, [guest.id]))[guest.id].person
    if declared:
        monkeypatch.setitem(SUBJECTS, OUTING, Outings(there={"7"}, guests={invited}).kind())

    assert await tables.find_file(mine.id, kept.id) == kept
    assert await tables.find_file(guest.id, kept.id) == (kept if declared else None)
    assert await tables.find_file(other.id, kept.id) is None


@pytest.mark.parametrize("side", Side)
async def test_a_session_lives_as_long_on_the_server_as_its_cookie_says(
    tables: TableWebStore, side: Side
) -> None:
    token, account = await tables.open_session(side, Language.CHINESE, MORNING)
    life = SESSION_LIFE[side]

    assert life == timedelta(days=30 if side is Side.STAFF else 180)
    assert await tables.session(token, side, MORNING + life - timedelta(seconds=1)) == account
    assert await tables.session(token, side, MORNING + life) is None


async def test_a_renewed_session_is_of_the_same_device(
    tables: TableWebStore, database: Database
) -> None:
    token, account = await tables.open_session(
        Side.STAFF, Language.CHINESE, MORNING, device="Edge · Windows"
    )
    await tables.begin(account.id, MORNING)

    fresh = await tables.renew_session(token, MORNING + ROTATE_AFTER)

    assert fresh is not None
    async with database.read() as tx:
        assert await devices_of(tx, [account.id]) == {account.id: "Edge · Windows"}
        session = await get_session(tx, fresh)
    assert session is not None
    assert session.device == "Edge · Windows"


# --- a code that is shown once -------------------------------------------------------------------

CODE = "1234 5678"


async def said_once(tables: TableWebStore, database: Database) -> str:
    """Tell a new account a code, as sent; give the account."""
    _, account = await tables.open_session(Side.RESIDENTS, Language.CHINESE, MORNING)
    await tables.begin(account.id, MORNING)
    changes = Changes()
    async with database.read() as tx:
        whose = (await accounts_by_id(tx, [account.id]))[account.id]
    code = text("me.link_code_title", code=CODE)
    back = Choice(label=text("me.back"), action="residents.me")
    for message in (
        say("me.link_what"),
        Message(blocks=(code,), choices=((back,),), secret=True, once=True),
    ):
        changes.save(
            Notice(
                person=whose.person,
                message=message,
                lane=Lane.REPLY,
                at=MORNING,
                not_before=MORNING,
                account=whose,
            )
        )
    async with database.write() as tx:
        await apply(tx, [changes])
        rows = await tx.rows(select(outbox.c.id))
        await mark_sent(tx, [Sent(row.id, None, keep=True) for row in rows], MORNING)
    return account.id


async def words_of(tables: TableWebStore, account: str) -> list[str]:
    lines = await tables.history(account, limit=10)
    return [str(line.message) for line in lines]


async def test_a_code_is_kept_until_a_page_showed_it_and_no_longer(
    tables: TableWebStore, database: Database
) -> None:
    account = await said_once(tables, database)
    before = await words_of(tables, account)

    newest = (await tables.history(account, limit=1))[0].seq
    await tables.mark_seen({account: newest}, MORNING)
    after = await words_of(tables, account)

    assert CODE in before[-1]
    assert not [one for one in after if CODE in one]
    assert "channels.code_was_shown" in after[-1]
    assert "me.back" in after[-1]
    assert "me.link_what" in after[0]
    async with database.read() as tx:
        for row in await tx.rows(select(outbox.c.sealed)):
            assert CODE not in str(tx.keyring.unseal(row.sealed))


async def test_a_code_that_no_page_ever_confirmed_is_forgotten_at_night(
    tables: TableWebStore, database: Database
) -> None:
    account = await said_once(tables, database)

    async with database.write() as tx:
        await sweep(tx, MORNING + CODE_SHOWN_LIFE)
    young = await words_of(tables, account)
    async with database.write() as tx:
        await sweep(tx, MORNING + CODE_SHOWN_LIFE + timedelta(seconds=1))
    old = await words_of(tables, account)

    assert CODE in young[-1]
    assert CODE not in old[-1]
