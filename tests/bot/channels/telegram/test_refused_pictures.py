"""A picture or voice that Telegram refuses takes neither words nor other pictures with it."""

from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image

from bot.channels.ports import StoredFile
from bot.channels.telegram.driver import TelegramDriver
from domain.messages import FileKind
from tests.bot.channels.conftest import delivery, texts
from tests.bot_api import BotApi, PrivateConversation
from tests.bot_api.faults import FaultKind

Store = Callable[..., StoredFile]


def long_picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 900), "white").save(out, "JPEG")
    return out.getvalue()


async def test_a_picture_too_long_for_a_photo_goes_as_a_file_and_its_album_stays(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store
) -> None:
    files = [stored(), stored(content=long_picture()), stored()]

    await driver.send(delivery("办理后", files=files))

    assert [one.kind for one in chat.messages] == ["text", "photo", "document", "photo"]


async def test_the_words_under_a_refused_picture_are_said_all_the_same(
    driver: TelegramDriver, chat: PrivateConversation, stored: Store
) -> None:
    await driver.send(delivery("就是这盏灯", files=[stored(content=long_picture())]))

    assert [one.kind for one in chat.messages] == ["text", "document"]
    assert texts(chat)[0] == "就是这盏灯"


async def test_a_picture_that_is_refused_as_a_file_too_is_told_of(
    driver: TelegramDriver, chat: PrivateConversation, api: BotApi, stored: Store
) -> None:
    for method in ("sendphoto", "senddocument"):
        api.faults.order(FaultKind.STATUS, status=400, method=method, times=9)
    unshown: list[str] = []

    await driver.send(delivery("看", files=[stored()], unshown=lambda: unshown.append("one")))

    assert texts(chat)[0] == "看"
    assert "请在网页上看：https://linli.example.org" in texts(chat)[1]
    assert unshown == ["one"]


async def test_a_sound_that_is_no_voice_to_telegram_goes_as_a_file(
    driver: TelegramDriver, chat: PrivateConversation, api: BotApi, stored: Store
) -> None:
    api.faults.order(FaultKind.STATUS, status=400, method="sendvoice", times=1)
    voice = stored(FileKind.VOICE, b"OggS" + b"\x01" * 500, "audio/ogg")

    await driver.send(delivery("听", files=[voice]))

    assert [one.kind for one in chat.messages] == ["text", "document"]


@pytest.mark.parametrize("status", [429, 502])
async def test_what_is_no_refusal_is_tried_again_and_not_sent_otherwise(
    driver: TelegramDriver, chat: PrivateConversation, api: BotApi, stored: Store, status: int
) -> None:
    api.faults.order(FaultKind.STATUS, status=status, method="sendphoto", times=1)
    one = delivery("看", files=[stored()])
    with pytest.raises(Exception, match=r".*"):
        await driver.send(one)

    await driver.send(one)

    assert [one.kind for one in chat.messages] == ["photo"]
