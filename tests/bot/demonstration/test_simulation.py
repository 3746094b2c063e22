"""The demonstration's stage: what the clock brought, and beginning again."""

import asyncio
import socket
from contextlib import suppress

import pytest
from aiohttp import ClientError, ClientSession
from sqlalchemy import func, select

from bot.configuration.loading import load
from bot.demonstration import tales, tasks
from bot.demonstration.simulation import clear, may_begin_anew
from bot.main import serve
from storage.database import Database
from storage.keyring import MasterKeys
from storage.matters.matters import matters
from tests.patience import PATIENCE


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def ask(http: ClientSession, method: str, address: str, **options: object) -> dict:
    """Ask a server that may just be coming up."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(ClientError):
                async with http.request(method, address, **options) as response:
                    assert response.status < 300, await response.text()
                    return await response.json()
            await asyncio.sleep(0.05)


@pytest.mark.slow
async def test_the_demonstration_counts_what_came_and_begins_again(tmp_path):
    port = free_port()
    settings = load({"LINLI_DATA_DIR": str(tmp_path), "LINLI_WEB__PORT": str(port)}, tmp_path)
    base = f"http://127.0.0.1:{port}"
    serving = asyncio.create_task(serve(settings))
    try:
        async with ClientSession(headers={"Origin": base}) as http:
            first = await ask(http, "GET", f"{base}/demo/state")
            moved = await ask(http, "POST", f"{base}/demo/clock", json={"advance": "1week"})
            await ask(http, "POST", f"{base}/demo/reset")
            state = first
            async with asyncio.timeout(PATIENCE):
                while state["run"] == first["run"]:
                    state = await ask(http, "GET", f"{base}/demo/state")
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving

    # Secretary, community secretary and leader get a digest; something of theirs is always late.
    assert moved["arrived"]["digests"] >= 3
    assert moved["arrived"]["reminders"] > 3
    assert state["now"] < moved["now"]
    assert [one["key"] for one in state["personas"]] == [one["key"] for one in first["personas"]]
    database = Database(settings.database_url, MasterKeys.read(settings.key_path))
    await database.open()
    async with database.read() as tx:
        # The history, what an agent does, and a task of each kind.
        planted = tales.MATTERS + 1 + tasks.COUNT
        assert await tx.scalar(select(func.count()).select_from(matters)) == planted
    await database.close()


@pytest.mark.parametrize(
    "environment",
    [
        {"LINLI_DATABASE__URL": "postgresql+asyncpg://linli@localhost/linli"},
        {"LINLI_DEMO": "false", "LINLI_WEB__PUBLIC_URL": "https://linli.example.org"},
    ],
)
def test_nothing_but_the_demonstrations_own_file_is_ever_cleared(tmp_path, environment):
    key = {"LINLI_SECRETS__KEY_FILE": str(tmp_path / "key")}
    data = tmp_path / "data"
    data.mkdir()
    (data / "linli.db").write_text("precious")
    settings = load({"LINLI_DATA_DIR": str(data), **key, **environment}, tmp_path)

    assert not may_begin_anew(settings)
    with pytest.raises(ValueError, match="only a demonstration"):
        clear(settings)
    assert (data / "linli.db").read_text() == "precious"
