"""Pictures that cannot be had, and pictures that cannot be kept: real faults of both ends."""

import random
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select, update

from bot.channels.ports import Driver
from bot.channels.telegram import TelegramDriver
from bot.clock import Clock
from bot.exports import Written
from bot.fetcher import MAX_TRIES, Fetcher
from domain.messages import FileKind, Side
from storage import attachments
from storage.attachments import Attachment, FetchState
from storage.changes import Changes, apply
from storage.database import Database
from storage.files import FileStore
from tests.bot_api.faults import DOWNLOAD, FaultKind
from tests.bot_api.limits import Limits
from tests.bot_api.server import BotApi
from tests.street import MORNING

TOKEN = "42:secret"
BOT = "telegram.residents"


def noise(side: int) -> bytes:
    """Make a picture that cannot be made smaller."""
    image = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3))
    out = BytesIO()
    image.save(out, "JPEG", quality=95)
    return out.getvalue()


async def no_copy(_ref: str) -> Written:
    raise AssertionError("nobody asked for a copy")


class Darkroom:
    """A fetcher, the fake Bot API with somebody who sends pictures, and a database."""

    def __init__(self, database: Database, api: BotApi, folder: Path, driver: Driver) -> None:
        self.database = database
        self.api = api
        self.bot = api.bot(TOKEN, username="linli_bot")
        self.files = FileStore(folder)
        self.clock = Clock()
        self.fetcher = Fetcher(database, {BOT: driver}, self.files, self.clock.now, copies=no_copy)

    async def gets(self, content: bytes) -> None:
        """Let somebody send a picture, known by its file id."""
        chat = self.api.person(7).chat_with(self.bot)
        await chat.start()
        message = await chat.send_photo(content)
        changes = Changes()
        changes.save(
            Attachment(
                id="photo",
                person="p7",
                bot=BOT,
                ref=message.payload(self.bot)["photo"][-1]["file_id"],
                kind=FileKind.PHOTO,
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

    async def state(self) -> FetchState:
        async with self.database.read() as tx:
            state: FetchState = await tx.scalar(select(attachments.attachments.c.state))
        return state

    def kept(self) -> int:
        """Count the files in the store, half-written ones too."""
        return sum(1 for shelf in self.files.shelves() for _ in shelf.iterdir())


@pytest.fixture(params=["aiogram", "python-telegram-bot"])
async def darkroom(
    request: pytest.FixtureRequest, database: Database, tmp_path: Path
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
        yield Darkroom(database, api, tmp_path, driver)
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


@contextmanager
def files_up_to(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
