"""The fake as a process of its own, driven over /control/."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.bot_api.calls import Caller, Refused
from tests.bot_api.conftest import TOKEN
from tests.bot_api.remote import Remote
from tests.patience import PATIENCE


@asynccontextmanager
async def process(*options: str) -> AsyncIterator[str]:
    """The address of a fake that was started so; it must end by itself on SIGTERM."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bot_api", *options, stdout=asyncio.subprocess.PIPE
    )
    assert started.stdout is not None
    line = (await started.stdout.readline()).decode()
    try:
        yield line.removeprefix("listening on ").strip()
    finally:
        started.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE):
            await started.communicate()
    assert started.returncode == 0


@pytest.fixture
async def base() -> AsyncIterator[str]:
    async with process("--bot", f"{TOKEN}=first_bot", "--limits", "off") as base:
        yield base


@pytest.fixture
async def remote(base: str) -> AsyncIterator[Remote]:
    async with Remote(base) as remote:
        yield remote


@pytest.fixture
async def far_call(base: str) -> AsyncIterator[Caller]:
    async with Caller(base, TOKEN) as call:
        yield call


async def test_a_person_talks_through_the_control_api(remote: Remote, far_call: Caller) -> None:
    await remote.post("people", id=7, first_name="李")
    chat = remote.chat(TOKEN, 7)
    await chat.do("start", payload="grid-7")
    await chat.do("send_document", name="a.txt", content=b"abc")
    menu = {"inline_keyboard": [[{"text": "报修", "callback_data": "r"}]]}
    await far_call("sendMessage", chat_id=7, text="menu", reply_markup=menu)

    shown = await chat.expect("menu")
    press = await chat.do("press", label="报")
    start, document, query = await far_call("getUpdates")

    assert start["message"]["text"] == "/start grid-7"
    assert start["message"]["from"]["first_name"] == "李"
    assert document["message"]["document"]["file_size"] == 3
    assert shown["buttons"] == [["报修"]]
    assert query["callback_query"]["id"] == press["query"]
    assert [message["text"] for message in await chat.messages(after=2)] == ["menu"]
    with pytest.raises(AssertionError, match="no button 'x'"):
        await chat.do("press", label="x")
    with pytest.raises(AssertionError, match="did not come"):
        await chat.expect("more", within=0.05)
    with pytest.raises(AssertionError, match="no action 'dance'"):
        await chat.do("dance")
    with pytest.raises(AssertionError, match="no POST /control/nowhere"):
        await remote.post("nowhere")


async def test_faults_limits_clock_and_counters_are_at_hand(
    remote: Remote, far_call: Caller
) -> None:
    await remote.chat(TOKEN, 7).do("start")
    await remote.post("faults", kind="status", method="getMe", status=500, times=9)
    with pytest.raises(Refused, match="500"):
        await far_call("getMe")
    await remote.delete("faults")
    await remote.post("limits", chat_per_second=1, chat_burst=1)
    before = await remote.post("clock", stop=True)
    await far_call("sendMessage", chat_id=7, text="a")
    refusal = await far_call.refused("sendMessage", chat_id=7, text="a")
    after = await remote.post("clock", advance=3600)
    await far_call("sendMessage", chat_id=7, text="a")

    counters = await remote.get("counters")
    calls = await remote.get("calls", method="sendMessage")

    assert refusal == "Too Many Requests: retry after 1"
    assert after["now"] - before["now"] == 3600
    assert counters["earned"] == {"chat": 1}
    assert counters["answers"] == {"500": 1, "200": 2, "429": 1}
    assert counters["updates"] == {"first_bot": {"waiting": 1, "expired": 0}}
    assert [call["code"] for call in calls] == [200, 429, 200]
    assert (await remote.delete("counters"))["calls"] == {}


async def test_telegram_goes_down_and_comes_back(remote: Remote, far_call: Caller) -> None:
    await remote.post("down")
    with pytest.raises(OSError, match=r"reset|disconnected"):
        await far_call("getMe")
    await remote.post("up")

    assert (await far_call("getMe"))["username"] == "first_bot"


async def test_bots_and_groups_are_made_while_it_runs(remote: Remote) -> None:
    await remote.post("bots", token="5:new", username="new_bot")
    await remote.post("groups", id=-5, title="g", people=[7], administrators=["5:new"])
    await remote.post("do", person=7, group=-5, action="say", arguments={"text": "hello"})

    names = [bot["username"] for bot in await remote.get("bots")]
    async with Caller(remote.base, "5:new") as call:
        updates = await call("getUpdates")
    assert names == ["first_bot", "new_bot"]
    assert updates[-1]["message"]["text"] == "hello"


async def test_a_crowd_can_be_written_to_at_once(remote: Remote, far_call: Caller) -> None:
    await remote.post("crowd", token=TOKEN, first=1000, count=3)

    for person in (1000, 1001, 1002):
        await far_call("sendMessage", chat_id=person, text="notice")

    assert await far_call("getUpdates") == []
    assert (await remote.chat(TOKEN, 1002).expect("notice"))["id"] == 3


async def test_any_token_will_do_where_that_was_asked_for() -> None:
    options = ("--any-token", "--limits", "overall=1000", "--calls", "0", "--history", "5")
    async with process(*options) as base, Caller(base, "77:whatever") as call:
        assert (await call("getMe"))["id"] == 77
