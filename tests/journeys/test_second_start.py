"""What only a process of its own shows: the program has imported what it needs, and no test did."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import CookieJar

from domain.messages import Side
from storage.database import Database
from storage.keyring import MasterKeys
from tests.chaos.server import Server
from tests.databases import new_sqlite
from tests.journeys.chatters import Chatter, WebChatter
from tests.journeys.house import House, free_port
from tests.street import found

CODE = re.compile(r"\b\d{4} \d{4}\b")


class Street:
    """The outside of a running Linli, as far as people with a page see it."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.is_open = asyncio.Event()
        self.chatters: list[Chatter] = []

    @staticmethod
    def cookies() -> CookieJar:
        return House.cookies()

    def pass_seconds(self) -> None:
        """Time passes by itself out there."""

    @property
    def transcripts(self) -> str:
        return "\n\n=====\n".join(one.transcript for one in self.chatters)

    def resident(self, name: str) -> WebChatter:
        return WebChatter(cast(Any, self), name, Side.RESIDENTS)


@pytest.fixture
async def street(tmp_path: Path, key_file: Path, empty_sqlite: Path) -> AsyncIterator[Street]:
    """A Linli that finds its database as a process before it left it."""
    keys = MasterKeys.read(key_file)
    database = Database(await new_sqlite(tmp_path, empty_sqlite, keys), keys)
    await database.open()
    await found(database)
    await database.close()
    (tmp_path / "none.toml").touch()
    port = free_port()
    street = Street(f"http://127.0.0.1:{port}")
    environ = {
        "LINLI_CONFIG": str(tmp_path / "none.toml"),
        "LINLI_DEMO": "false",
        "LINLI_DATA_DIR": str(tmp_path),
        "LINLI_SECRETS__KEY_FILE": str(key_file),
        "LINLI_WEB__PORT": str(port),
        "LINLI_WEB__PUBLIC_URL": street.address,
    }
    server = Server(environ, street.address, tmp_path / "server.log")
    try:
        await server.start()
        await server.answers()
        street.is_open.set()
        yield street
    finally:
        for chatter in street.chatters:
            await chatter.leave()
        await server.kill()


async def test_two_accounts_are_linked_on_a_database_that_was_there_before(street: Street) -> None:
    old, new = street.resident("旧手机"), street.resident("新手机")
    for one in (old, new):
        await one.start()
        await one.sees("邻里")

    await old.command("me")
    await old.press("换手机、加一台设备")
    await old.press("要一个数字码")
    code = CODE.search(await old.sees("数字码："))
    assert code is not None
    await new.command("me")
    await new.press("换手机、加一台设备")
    await new.press("我有数字码")
    await new.say(code[0])
    await new.press("是我本人")
    await old.press("是我本人")

    await old.sees("关联完成")
    await new.sees("已关联")
