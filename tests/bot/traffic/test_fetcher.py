"""Pictures that cannot be had, and pictures that cannot be kept: real faults of both ends."""

import asyncio
import os
import random
import signal
import struct
from collections.abc import AsyncIterator, Set
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select, update

from bot.channels.ports import Driver, Receiver
from bot.channels.telegram.driver import TelegramDriver
from bot.operations.clock import Clock
from bot.traffic.copy_writer import Written
from bot.traffic.fetcher import BATCH, MAX_TRIES, Fetcher
from bot.traffic.media.decoder import Media
from bot.words.wording import wording_for
from domain.messages import Channel, FileKind, Side
from domain.people import Account, Language, Person
from storage import attachments, outbox_housekeeping, sending
from storage.attachments import FETCHER, Attachment, FetchState
from storage.changes import Changes, apply
from storage.database import Database
from storage.files import FileStore
from storage.residents.erasure import Erasure
from tests import sounds
from tests.bot_api.faults import DOWNLOAD, FaultKind
from tests.bot_api.limits import Limits
from tests.bot_api.server import BotApi
from tests.patience import PATIENCE
from tests.plain_files import files_up_to
from tests.street import MORNING

TOKEN = "42:secret"
BOT = "telegram.residents"


def noise(side: int) -> bytes:
    """Make a picture that cannot be made smaller."""
    image = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3))
    out = BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


def picture(sort: str, size: tuple[int, int], **more: bytes) -> bytes:
    out = BytesIO()
    Image.new("L", size).save(out, sort, **more)
    return out.getvalue()


async def no_copy(_ref: str) -> Written:
    raise AssertionError("nobody asked for a copy")


class Darkroom:
    """A fetcher, the fake Bot API with somebody who sends pictures, and a database."""

    def __init__(
        self, database: Database, api: BotApi, folder: Path, driver: Driver, media: Media
    ) -> None:
        self.database = database
        self.api = api
        self.bot = api.bot(TOKEN, username="linli_bot")
        self.files = FileStore(folder, database.keyring)
        self.clock = Clock()
        self.driver = driver
        self.media = media
        self.fetcher = self.new_fetcher()

    def new_fetcher(self) -> Fetcher:
        """Start as another process does, on the same tables."""
        return Fetcher(
            self.database,
            {BOT: self.driver},
            self.files,
            self.clock.now,
            media=self.media,
            copies=no_copy,
        )

    async def gets(
        self, content: bytes, *, name: str = "photo", kind: FileKind = FileKind.PHOTO
    ) -> None:
        """Let somebody send a picture or voice, known by its file id."""
        chat = self.api.person(7).chat_with(self.bot)
        await chat.start()
        message = await chat.send_document("as-a-file", content)
        changes = Changes()
        changes.save(
            Person(id="p7", side=Side.RESIDENTS, created_at=MORNING, preferred="a7"),
            Account(
                id="a7",
                person="p7",
                side=Side.RESIDENTS,
                channel=Channel.TELEGRAM,
                address="7",
                created_at=MORNING,
                seen_at=MORNING,
            ),
        )
        changes.save(
            Attachment(
                id=name,
                person="p7",
                bot=BOT,
                ref=message.payload(self.bot)["document"]["file_id"],
                kind=kind,
                not_before=MORNING,
                created_at=MORNING,
            )
        )
        async with self.database.write() as tx:
            await apply(tx, [changes])

    async def later(self, **span: float) -> FetchState:
        """Let time pass, fetch what is due, and give how the picture stands."""
        self.clock.move(timedelta(**span))
        await self.fetcher.fetch_due()
        return await self.state()

    async def tries(self) -> int:
        async with self.database.read() as tx:
            tries: int = await tx.scalar(select(attachments.attachments.c.tries))
        return tries

    async def state(self) -> FetchState:
        async with self.database.read() as tx:
            state: FetchState = await tx.scalar(select(attachments.attachments.c.state))
        return state

    async def told(self) -> list[str]:
        """Give what waits to be said to the one who sent it."""
        async with self.database.read() as tx:
            rows = await sending.due(tx, BOT, self.clock.now(), 50)
        return [wording_for(Language.CHINESE).plain(row.message) for row in rows]

    async def erases(self) -> Set[str]:
        """Erase everything of the one who sends, and give who has something to do by it."""
        changes = Changes()
        async with self.database.write() as tx:
            upto = await outbox_housekeeping.newest(tx)
            changes.save(Erasure(person="p7", at=self.clock.now(), numbers=(), upto=upto))
            await apply(tx, [changes])
        return tx.addressed

    async def doomed(self) -> list[str]:
        """List the files that are still to be deleted."""
        async with self.database.read() as tx:
            return await attachments.list_doomed(tx, 50)

    def kept(self) -> int:
        """Count the files in the store, half-written ones too."""
        return sum(1 for shelf in self.files.shelves() for _ in shelf.iterdir())


@pytest.fixture(params=["aiogram", "python-telegram-bot"])
async def darkroom(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path, media: Media
) -> AsyncIterator[Darkroom]:
    async with BotApi(limits=Limits.off()) as api:
        driver = TelegramDriver(
            Side.RESIDENTS,
            TOKEN,
            framework=request.param,
            api_base=api.base,
            public_url="",
            timeout_seconds=2,
        )
        yield Darkroom(database, api, tmp_path, driver, media)
        await driver.close()


@pytest.mark.parametrize(
    ("kind", "method"),
    [
        (FaultKind.STATUS, "getFile"),
        (FaultKind.STATUS, DOWNLOAD),
        (FaultKind.RESET, "getFile"),
        (FaultKind.HALF, DOWNLOAD),
        (FaultKind.MALFORMED, "getFile"),
        (FaultKind.TOO_MANY_REQUESTS, "getFile"),
    ],
)
async def test_a_picture_that_cannot_be_fetched_is_fetched_later(
    darkroom: Darkroom, kind: FaultKind, method: str
) -> None:
    await darkroom.gets(noise(40))
    darkroom.api.faults.order(kind, method, times=1, retry_after=3)

    first = await darkroom.later()
    at_once = await darkroom.later()

    assert (first, at_once) == (FetchState.WANTED, FetchState.WANTED)
    assert await darkroom.later(seconds=5) is FetchState.STORED
    assert darkroom.kept() == 1


async def test_a_picture_that_is_never_to_be_had_is_given_up(darkroom: Darkroom) -> None:
    await darkroom.gets(noise(40))
    darkroom.api.down()

    for _ in range(MAX_TRIES - 1):
        assert await darkroom.later(minutes=11) is FetchState.WANTED
    assert await darkroom.later(minutes=11) is FetchState.FAILED
    assert ["没能取到" in one for one in await darkroom.told()] == [True]


async def test_a_picture_that_is_gone_is_given_up_at_once(darkroom: Darkroom) -> None:
    await darkroom.gets(noise(40))
    async with darkroom.database.write() as tx:
        await tx.run(update(attachments.attachments).values(ref="never-was"))

    assert await darkroom.later() is FetchState.FAILED


async def test_a_picture_that_cannot_be_stored_is_stored_later_and_whole(
    darkroom: Darkroom,
) -> None:
    """The system refuses to let a file grow: what a full disk does, without filling one."""
    await darkroom.gets(noise(1600))

    with files_up_to(1_000_000):
        full = await darkroom.later()
        assert darkroom.kept() == 0
    emptied = await darkroom.later(seconds=5)

    assert (full, emptied) == (FetchState.WANTED, FetchState.STORED)
    assert darkroom.kept() == 1


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        (b"GIF89a" + bytes(40), FileKind.PHOTO, "格式用不了"),
        (noise(40)[:300], FileKind.PHOTO, "打不开"),
        (picture("PNG", (9700, 9700)), FileKind.PHOTO, "像素太多"),
        (sounds.mp4(b"vide"), FileKind.PHOTO, "是视频"),
        (b"plain words", FileKind.VOICE, "格式用不了"),
        (sounds.amr() + b"words", FileKind.VOICE, "打不开"),
        (sounds.webm(codec=b"V_VP9"), FileKind.VOICE, "带着视频"),
    ],
)
async def test_who_sent_what_cannot_be_kept_is_told_and_what_to_do(
    darkroom: Darkroom, content: bytes, kind: FileKind, told: str
) -> None:
    await darkroom.gets(content, kind=kind)

    assert await darkroom.later() is FetchState.FAILED
    (sentence,) = await darkroom.told()
    assert told in sentence
    assert "请" in sentence
    assert darkroom.kept() == 0
    assert await darkroom.fetcher.fetch_due() == 0


async def test_of_several_bad_pictures_one_sentence_is_said_and_good_ones_are_kept(
    darkroom: Darkroom,
) -> None:
    for number in range(3):
        await darkroom.gets(noise(40)[:300], name=f"bad-{number}")
    await darkroom.gets(noise(40), name="good")

    await darkroom.fetcher.fetch_due()

    (sentence,) = await darkroom.told()
    assert "3" in sentence
    assert darkroom.kept() == 1


async def test_a_picture_with_a_careless_description_is_a_good_picture(darkroom: Darkroom) -> None:
    # ResolutionUnit in words, as some cameras have it; turned by a quarter.
    fields = struct.pack(">HHHI4sHHI4s", 2, 0x0112, 3, 1, b"\0\6\0\0", 0x0128, 2, 3, b"cm\0\0")
    exif = b"Exif\0\0MM\0*\0\0\0\x08" + fields + bytes(4)
    await darkroom.gets(picture("PNG", (16, 12), exif=exif))

    assert await darkroom.later() is FetchState.STORED
    assert await darkroom.told() == []


async def test_an_error_of_any_sort_is_the_one_files_and_ends_nothing(
    darkroom: Darkroom,
) -> None:
    class Odd(type(darkroom.driver)):
        async def fetch(self, ref: str, into: Receiver) -> None:
            raise AttributeError(ref)

    await darkroom.gets(noise(40))
    darkroom.driver.__class__ = Odd
    running = asyncio.create_task(darkroom.fetcher.run())

    async with asyncio.timeout(PATIENCE):
        while await darkroom.state() is not FetchState.FAILED:
            darkroom.clock.move(timedelta(minutes=11))
            darkroom.fetcher.wake()
            await asyncio.sleep(0.01)

    assert not running.done()
    running.cancel()
    await asyncio.wait({running})
    assert len(await darkroom.told()) == 1


async def test_a_file_that_ends_the_process_each_time_is_soon_left_alone(
    darkroom: Darkroom,
) -> None:
    """The process is gone in the middle of a try: what it would have noted is never noted."""
    await darkroom.gets(noise(40))
    darkroom.api.faults.order(FaultKind.SLOW, "getFile", times=99)

    starts = 0
    while await darkroom.state() is FetchState.WANTED:
        darkroom.clock.move(timedelta(minutes=11))
        before = await darkroom.tries()
        killed = asyncio.create_task(darkroom.new_fetcher().fetch_due())
        async with asyncio.timeout(PATIENCE):
            while not killed.done() and await darkroom.tries() == before:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        killed.cancel()
        await asyncio.wait({killed})
        starts += 1
        assert starts <= 4

    assert len(await darkroom.told()) == 1


async def test_a_file_that_kills_the_decoder_is_unusable_and_the_next_is_kept(
    darkroom: Darkroom,
) -> None:
    await darkroom.gets(noise(1600), name="first")
    fetching = asyncio.create_task(darkroom.fetcher.fetch_due())
    killed = 0
    while not fetching.done():
        if darkroom.media.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(darkroom.media.pid, signal.SIGKILL)
                killed += 1
        await asyncio.sleep(0)

    assert killed >= 2
    assert await darkroom.state() in (FetchState.FAILED, FetchState.WANTED)
    await darkroom.gets(noise(40), name="second")
    await darkroom.fetcher.fetch_due()
    assert darkroom.kept() == 1


# --- what was erased ------------------------------------------------------------------------------


async def test_what_is_erased_leaves_the_disk_at_once(darkroom: Darkroom) -> None:
    for number in range(BATCH + 2):
        await darkroom.gets(noise(40), name=f"photo-{number}")
    while await darkroom.fetcher.fetch_due():
        pass
    before = darkroom.kept()

    woken = await darkroom.erases()
    await darkroom.fetcher.fetch_due()

    assert before == BATCH + 2
    assert FETCHER in woken
    assert darkroom.kept() == 0
    assert await darkroom.doomed() == []


async def test_what_was_erased_before_the_process_died_is_deleted_at_the_next_start(
    darkroom: Darkroom,
) -> None:
    await darkroom.gets(noise(40))
    await darkroom.later()
    await darkroom.erases()
    assert darkroom.kept() == 1

    starting = asyncio.create_task(darkroom.new_fetcher().run())
    async with asyncio.timeout(30):
        while await darkroom.doomed():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    starting.cancel()

    assert darkroom.kept() == 0


async def test_a_deletion_that_was_not_noted_any_more_is_no_error_at_the_next_start(
    darkroom: Darkroom,
) -> None:
    await darkroom.gets(noise(40))
    await darkroom.later()
    await darkroom.erases()
    (name,) = await darkroom.doomed()
    darkroom.files.delete(name)

    await darkroom.new_fetcher().fetch_due()

    assert await darkroom.doomed() == []


async def test_a_file_that_another_row_names_stays_until_that_one_goes(
    darkroom: Darkroom,
) -> None:
    await darkroom.gets(noise(40))
    await darkroom.later()
    async with darkroom.database.write() as tx:
        photo = (await attachments.get_attachments(tx, ["photo"]))["photo"]
        await attachments.write_attachments(tx, [replace(photo, id="drawn", person="p8")])

    await darkroom.erases()
    await darkroom.fetcher.fetch_due()
    assert darkroom.kept() == 1

    async with darkroom.database.write() as tx:
        assert await attachments.forget(tx, ["drawn"]) == [photo.file_name]
    await darkroom.fetcher.fetch_due()
    assert darkroom.kept() == 0


async def test_what_is_erased_while_it_is_fetched_leaves_the_disk_too(darkroom: Darkroom) -> None:
    class Slow(type(darkroom.driver)):
        async def fetch(self, ref: str, into: Receiver) -> None:
            await super().fetch(ref, into)
            await darkroom.erases()

    await darkroom.gets(noise(40))
    darkroom.driver.__class__ = Slow

    await darkroom.fetcher.fetch_due()
    assert darkroom.kept() == 1
    await darkroom.fetcher.fetch_due()

    assert darkroom.kept() == 0
    assert await darkroom.doomed() == []


async def test_a_file_that_cannot_be_deleted_holds_up_no_other_and_is_tried_again(
    darkroom: Darkroom,
) -> None:
    """A folder in its place: the system refuses to unlink it, whoever asks."""
    for name in ("first", "second"):
        await darkroom.gets(noise(40), name=name)
    await darkroom.later()
    await darkroom.erases()
    stuck = (await darkroom.doomed())[0]
    darkroom.files.delete(stuck)
    darkroom.files.path(stuck).mkdir()
    await darkroom.gets(noise(40), name="third")

    await darkroom.fetcher.fetch_due()

    assert await darkroom.doomed() == [stuck]
    assert await darkroom.state() is FetchState.STORED
    darkroom.files.path(stuck).rmdir()
    await darkroom.fetcher.fetch_due()
    assert await darkroom.doomed() == []
    assert darkroom.kept() == 1
