"""The way to Telegram: whatever is said, asked, sent or fetched goes through the proxy, and trusts
the certificates that are configured; with either framework."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.channels.ports import Rejected, StoredFile, Unclear
from bot.channels.telegram.clients import Framework
from bot.channels.telegram.driver import TelegramDriver
from bot.channels.telegram.network import Network
from bot.channels.telegram.updates import Poller
from bot.configuration.loading import load
from bot.operations.doctor import examine_telegram
from bot.operations.findings import Grade
from domain.messages import FileKind, Side
from tests.bot.channels.conftest import NOW, PUBLIC_URL, TOKEN, delivery, opened, said, texts
from tests.bot.channels.telegram.test_calls import certificate, serving_as
from tests.bot_api import Bot, BotApi, PrivateConversation
from tests.bot_api.files import make_photo
from tests.patience import PATIENCE
from tests.plain_files import fetched
from tests.proxies import proxy, relay

Store = Callable[..., StoredFile]

#: A host that only the proxy knows: whatever goes past it reaches nobody.
HOST = "telegram.test"
LOGIN = "office:long%20way"


def new_driver(framework: Framework, base: str, network: Network) -> TelegramDriver:
    return TelegramDriver(
        Side.RESIDENTS,
        TOKEN,
        framework=framework,
        api_base=base,
        public_url=PUBLIC_URL,
        timeout_seconds=5,
        network=network,
        now=lambda: NOW,
    )


class Kept:
    """Takes updates in."""

    def __init__(self) -> None:
        self.came = asyncio.Event()

    async def store(self, bot: str, updates: Any) -> None:
        self.came.set()


async def do_everything(
    driver: TelegramDriver, chat: PrivateConversation, bot: Bot, stored: Store
) -> None:
    """Make every sort of call that Linli makes."""
    photo = await chat.send_photo(make_photo(5))
    await chat.say("您好")
    ref = photo.payload(bot)["photo"][-1]["file_id"]
    kept = Kept()
    poller = Poller(driver, kept, poll_seconds=1, limit=100)
    polling = asyncio.create_task(poller.run())
    async with asyncio.timeout(PATIENCE):
        await kept.came.wait()
    polling.cancel()
    with suppress(asyncio.CancelledError):
        await polling

    await driver.set_up()
    first = await driver.send(delivery(said("一", slot="s")))
    await driver.send(delivery(said("二", slot="s"), replaces=first))
    voice = stored(FileKind.VOICE, b"OggS" + b"\x01" * 500, "audio/ogg")
    document = stored(FileKind.DOCUMENT, b"text", "text/plain")
    await driver.send(delivery("三", files=[stored(), stored(), voice, document]))
    await driver.send(delivery("四", files=[stored()]))
    assert await fetched(driver, ref)
    client = await driver.client()
    await client.set_webhook("https://linli.example.org/telegram/residents", "s" * 32)
    assert (await client.call("getWebhookInfo", {}))["url"].endswith("/telegram/residents")
    assert (await client.call("deleteWebhook", {})) is True


@pytest.mark.parametrize("login", ["", LOGIN], ids=["open", "with a password"])
@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_everything_goes_through_the_proxy_which_resolves_the_name(
    api: BotApi,
    chat: PrivateConversation,
    bot: Bot,
    framework: Framework,
    stored: Store,
    kind: str,
    login: str,
) -> None:
    async with proxy(kind, {HOST: (api.host, api.port)}, login.replace("%20", " ")) as through:
        address = through.address.replace(" ", "%20")
        driver = new_driver(framework, f"http://{HOST}", Network(proxy=address))

        await do_everything(driver, chat, bot, stored)
        await driver.close()

    assert {host for host, _ in through.asked} == {HOST}
    assert through.refused == 0
    assert "二" in texts(chat)


@pytest.mark.parametrize("kind", ["http", "socks5"])
async def test_a_wrong_password_lets_nothing_through_and_is_told_to_nobody(
    api: BotApi, chat: PrivateConversation, framework: Framework, kind: str
) -> None:
    async with proxy(kind, {HOST: (api.host, api.port)}, "office:right") as through:
        wrong = through.address.replace("right", "wrong")
        driver = new_driver(framework, f"http://{HOST}", Network(proxy=wrong))

        with pytest.raises(Unclear) as error:
            await driver.send(delivery("一"))
        await driver.close()

    assert through.refused > 0
    assert texts(chat) == []
    assert "wrong" not in repr(error.value)
    assert "wrong" not in repr(Network(proxy=wrong))


async def test_the_environments_proxy_is_not_looked_at(
    api: BotApi,
    chat: PrivateConversation,
    framework: Framework,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    driver = new_driver(framework, api.base, Network())

    await driver.send(delivery("一"))
    await driver.close()

    assert texts(chat) == ["一"]


# --- certificates --------------------------------------------------------------------------------


async def test_a_certificate_of_ones_own_holds_for_everything(
    api: BotApi,
    chat: PrivateConversation,
    bot: Bot,
    framework: Framework,
    stored: Store,
    tmp_path: Path,
) -> None:
    path = certificate(tmp_path, "localhost")
    async with relay((api.host, api.port), serving_as(path)) as port:
        base = f"https://localhost:{port}"
        driver = new_driver(framework, base, Network(ca_file=path))

        await do_everything(driver, chat, bot, stored)
        await driver.close()

        stranger = new_driver(framework, base, Network())
        with pytest.raises(Unclear):
            await stranger.send(delivery("五"))
        await stranger.close()

    assert "五" not in texts(chat)


async def test_it_holds_behind_a_proxy_too(
    api: BotApi, chat: PrivateConversation, framework: Framework, tmp_path: Path
) -> None:
    path = certificate(tmp_path, HOST)
    async with (
        relay((api.host, api.port), serving_as(path)) as port,
        proxy("socks5", {HOST: ("127.0.0.1", port)}) as through,
    ):
        network = Network(proxy=through.address, ca_file=path)
        driver = new_driver(framework, f"https://{HOST}", network)

        await driver.send(delivery("一"))
        await driver.close()

    assert texts(chat) == ["一"]
    assert through.asked == [(HOST, 443)]


# --- the doctor ----------------------------------------------------------------------------------


async def test_the_doctor_goes_the_same_way(api: BotApi, bot: Bot, tmp_path: Path) -> None:
    path = certificate(tmp_path, HOST)
    async with (
        relay((api.host, api.port), serving_as(path)) as port,
        proxy("http", {HOST: ("127.0.0.1", port)}) as through,
    ):
        settings = load(
            {
                "LINLI_DATA_DIR": str(tmp_path),
                "LINLI_TELEGRAM__API_BASE": f"https://{HOST}",
                "LINLI_TELEGRAM__PROXY": through.address,
                "LINLI_TELEGRAM__CA_FILE": str(path),
                "LINLI_TELEGRAM__RESIDENTS__TOKEN": TOKEN,
            },
            tmp_path,
        )

        found = [one async for one in examine_telegram(settings)]

    assert (Grade.GOOD, "doctor.about_bot_residents") in {
        (one.grade, one.about.key) for one in found
    }
    assert {host for host, _ in through.asked} == {HOST}


# --- a Bot API server of one's own ---------------------------------------------------------------


async def test_a_local_servers_file_is_read_from_its_folder_and_nowhere_else(
    api: BotApi, bot: Bot, chat: PrivateConversation, framework: Framework, tmp_path: Path
) -> None:
    folder = tmp_path / "bot-api"
    folder.mkdir()
    (folder / "photo.jpg").write_bytes(b"picture")
    (tmp_path / "secret.txt").write_bytes(b"secret")
    (folder / "link.jpg").symlink_to(tmp_path / "secret.txt")
    elsewhere = ("secret.txt", "bot-api/../secret.txt", "bot-api/link.jpg", "bot-api/none", "")
    async with opened(api, framework, files_dir=folder) as driver:
        photo = await chat.send_photo(make_photo(5))
        ref = photo.payload(bot)["photo"][-1]["file_id"]

        bot.local_file = str(folder / "photo.jpg")
        assert await fetched(driver, ref) == b"picture"

        for one in elsewhere:
            bot.local_file = str(tmp_path / one)
            with pytest.raises(Rejected):
                await fetched(driver, ref)


async def test_without_the_folder_a_local_servers_file_is_refused_and_logged(
    api: BotApi, bot: Bot, chat: PrivateConversation, framework: Framework
) -> None:
    async with opened(api, framework) as driver:
        photo = await chat.send_photo(make_photo(5))
        ref = photo.payload(bot)["photo"][-1]["file_id"]
        bot.local_file = "/var/lib/telegram-bot-api/x.jpg"

        with capture_logs() as logs, pytest.raises(Rejected):
            await fetched(driver, ref)

    assert [one["event"] for one in logs] == ["telegram.files_dir_missing"]
