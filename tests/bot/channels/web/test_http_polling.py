"""The conversation over plain HTTP: the same frames, the same promises."""

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace

import pytest

from bot.channels.web import close_codes, http_polling, sockets, transports
from domain.messages import say
from tests.bot.channels.web.test_server import account_of
from tests.patience import PATIENCE, until
from tests.web_street import Client, MemoryStore, WebStreet, browserless, served


@pytest.fixture
async def stack():
    async with AsyncExitStack() as held:
        yield held


@pytest.fixture
def street(tmp_path):
    return WebStreet(MemoryStore(tmp_path))


@pytest.fixture
async def resident(street, stack):
    base = await stack.enter_async_context(served(street))
    client = Client(base, await stack.enter_async_context(browserless()))
    assert await client.open_session() == 200
    return client


class Poller:
    """A page that asks."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.line = ""
        self.got = 0
        self.heard: list[dict] = []
        self.closed: int | None = None

    async def post(self, frames=(), *, wait=False, **more):
        body = {"line": self.line, "got": self.got, "wait": wait, "frames": list(frames), **more}
        async with self.client.http.post(
            f"{self.client.base}/chat/poll?{self.client.scope}",
            json=body,
            headers={"Origin": self.client.origin},
        ) as response:
            return response.status, await response.json()

    async def ask(self, *frames, wait=False):
        status, answer = await self.post(frames, wait=wait)
        assert status == 200, answer
        self.take(answer)

    def take(self, answer):
        self.line = answer["line"]
        self.closed = answer.get("closed", self.closed)
        for number, frame in answer["frames"]:
            if number > self.got:
                assert number == self.got + 1
                self.got = number
                self.heard.append(frame)

    async def until(self, kind):
        while not any(frame["type"] == kind for frame in self.heard):
            assert self.closed is None
            await self.ask(wait=True)
        found = next(frame for frame in self.heard if frame["type"] == kind)
        self.heard.remove(found)
        return found

    async def hello(self, since=0):
        await self.ask({"type": "hello", "version": 1, "since": since})
        return await self.until("ready")


async def test_what_is_said_over_plain_http_is_stored_and_answered(street, resident):
    page = Poller(resident)
    ready = await page.hello()

    await page.ask({"type": "text", "id": "t1", "text": "3号楼路灯坏了"})
    stored = await page.until("stored")
    seq = await street.tell(account_of(street), say("web.begin"))
    message = await page.until("message")

    assert ready["account"] == account_of(street)
    assert stored["id"] == "t1"
    assert message["seq"] == seq
    assert [said.text for said in street.said] == ["3号楼路灯坏了"]


async def test_an_answer_that_is_lost_is_given_again_until_it_is_said_to_be_there(street, resident):
    page = Poller(resident)
    await page.hello()
    await street.tell(account_of(street), say("web.begin"))

    _, lost = await page.post(wait=True)
    _, again = await page.post(wait=True)
    page.take(again)
    status, nothing = await page.post()

    assert lost["frames"] == again["frames"] != []
    assert (status, nothing["frames"]) == (200, [])


async def test_a_question_that_is_repeated_says_nothing_twice(street, resident):
    page = Poller(resident)
    await page.hello()

    for _ in range(2):
        await page.ask({"type": "text", "id": "t1", "text": "once"})
        await page.until("stored")

    assert len(street.said) == 1


async def test_order_holds_within_and_between_questions(street, resident):
    page = Poller(resident)
    await page.hello()

    for first in (0, 10):
        await page.ask(
            *({"type": "text", "id": f"t{n}", "text": str(n)} for n in range(first, first + 10))
        )
    for _ in range(20):
        await page.until("stored")

    assert [said.text for said in street.said] == [str(n) for n in range(20)]


async def test_history_looking_back_and_seen_are_as_on_a_socket(street, resident):
    account = account_of(street)
    for _ in range(sockets.PAGE + 5):
        await street.tell(account, say("web.begin"))
    page = Poller(resident)

    ready = await page.hello()
    first = await page.until("message")
    await page.ask(
        {"type": "seen", "upto": first["seq"]}, {"type": "earlier", "before": first["seq"]}
    )
    earlier = await page.until("earlier")
    await street.open_pages.seen.close()

    assert ready["more"]
    assert not earlier["more"]
    assert [line.seen for line in street.store.lines[account]].count(True) == first["seq"]


async def test_a_hostile_frame_gets_the_same_errors(resident):
    page = Poller(resident)
    await page.hello()

    await page.ask({"type": "boom"}, "no frame", {"type": "text", "id": "a", "text": " "})
    codes = [(await page.until("error"))["code"] for _ in range(3)]

    assert codes == ["unknown_type", "bad_json", "bad_frame"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"line": 1, "got": 0, "wait": False, "frames": []},
        {"line": "", "got": "0", "wait": False, "frames": []},
        {"line": "", "got": 0, "wait": 25, "frames": []},
        {"line": "", "got": 0, "wait": False, "frames": {}},
        {"line": "", "got": 0, "wait": False, "frames": [{}] * 21},
        [],
    ],
)
async def test_a_question_in_the_wrong_form_is_refused(resident, body):
    async with resident.http.post(
        f"{resident.base}/chat/poll?{resident.scope}",
        data=json.dumps(body),
        headers={"Origin": resident.origin},
    ) as response:
        assert response.status == 400


async def test_a_foreign_page_cannot_ask_with_the_visitors_cookie(resident):
    resident.origin = "https://evil.example"

    status, answer = await Poller(resident).post()

    assert (status, answer["error"]) == (403, "origin")


async def test_who_has_no_session_or_an_ended_one_is_told(street, resident):
    await Poller(resident).hello()
    street.store.sessions.clear()
    _, ended = await Poller(resident).post()
    resident.http.cookie_jar.clear()
    _, none = await Poller(resident).post()

    assert ended["closed"] == close_codes.REVOKED
    assert none["closed"] == close_codes.NO_SESSION


async def test_a_page_that_asks_after_its_session_ended_still_hears_the_last_words(
    street, resident, monkeypatch
):
    monkeypatch.setattr(sockets, "FAREWELL_SECONDS", 0)
    page = Poller(resident)
    await page.hello()
    account = account_of(street)

    street.store.sessions.clear()
    await street.tell(account, replace(say("me.erased"), farewell=True))
    street.open_pages.end([account])
    farewell = await page.until("message")
    while page.closed is None:
        await page.ask(wait=True)

    assert farewell["farewell"] is True
    assert page.heard[-1]["code"] == "revoked"
    assert page.closed == close_codes.REVOKED


async def test_a_page_whose_session_ended_is_not_listened_to(street, resident, monkeypatch):
    monkeypatch.setattr(http_polling, "WAIT_SECONDS", 0.2)
    page = Poller(resident)
    await page.hello()
    street.store.sessions.clear()

    await page.ask({"type": "text", "id": "t1", "text": "还有一句"})
    await page.ask({"type": "text", "id": "t2", "text": "还有一句"}, wait=True)

    # Its line would have ended at the first word that was read.
    assert page.closed is None
    assert street.said == []
    assert street.intake.kept == {}


async def test_the_last_words_are_for_the_page_whose_session_ended(street, resident, stack):
    page = Poller(resident)
    await page.hello()
    other = Client(resident.base, await stack.enter_async_context(browserless()))
    await other.open_session()
    thief = Poller(other)
    thief.line = page.line
    (account, _) = street.store.accounts
    street.store.sessions.clear()
    await street.tell(account, replace(say("me.erased"), farewell=True))

    _, answer = await thief.post(wait=True)

    assert answer == {"line": "", "version": 1, "frames": [], "closed": close_codes.REVOKED}


async def test_a_line_of_somebody_else_is_like_none(street, resident, stack):
    page = Poller(resident)
    await page.hello()
    other = Client(resident.base, await stack.enter_async_context(browserless()))
    await other.open_session()
    thief = Poller(other)
    thief.line = page.line

    status, answer = await thief.post()

    assert (status, answer["error"]) == (404, "not_found")


async def test_a_revoked_account_hears_why_and_its_line_ends(street, resident, monkeypatch):
    monkeypatch.setattr(sockets, "FAREWELL_SECONDS", 0)
    page = Poller(resident)
    await page.hello()

    account = account_of(street)
    waits, fetch = asyncio.Event(), transports.PollWire.fetch

    async def watched(wire, got, wait):
        waits.set()
        return await fetch(wire, got, wait)

    monkeypatch.setattr(transports.PollWire, "fetch", watched)
    asking = asyncio.create_task(page.ask(wait=True))
    await waits.wait()
    street.store.sessions.clear()
    street.open_pages.end([account])
    await asking
    while page.closed is None:
        await page.ask(wait=True)

    assert page.heard[-1]["code"] == "revoked"
    assert page.closed == close_codes.REVOKED


async def test_a_page_that_asks_no_more_is_let_go(street, resident, monkeypatch):
    page = Poller(resident)
    await page.hello()
    assert street.open_pages.count() == 1

    # The silence after the next question is the first that is short.
    monkeypatch.setattr(transports, "SILENCE_SECONDS", 0.1)
    await page.ask()

    await until(lambda: street.open_pages.count() == 0)


async def test_what_waits_to_be_fetched_is_bounded(street, resident, monkeypatch):
    monkeypatch.setattr(transports, "OUT_MAX", 5)
    monkeypatch.setattr(sockets, "QUEUE_MAX", 10)
    page = Poller(resident)
    await page.hello()

    for _ in range(40):
        await street.tell(account_of(street), say("web.begin"))
    while page.closed is None:
        await page.ask(wait=True)

    assert page.closed == close_codes.OVERRUN


async def test_a_long_question_ends_by_itself(resident, monkeypatch):
    monkeypatch.setattr(http_polling, "WAIT_SECONDS", 0.1)
    page = Poller(resident)
    await page.hello()

    async with asyncio.timeout(PATIENCE):
        status, answer = await page.post(wait=True)

    assert (status, answer["frames"]) == (200, [])


async def test_a_flood_over_plain_http_gets_one_notice_too(street, resident):
    page = Poller(resident)
    await page.hello()

    for first in (0, 18):
        await page.ask(
            *({"type": "text", "id": f"t{n}", "text": "x"} for n in range(first, first + 18))
        )
    notice = await page.until("notice")

    assert notice["code"] == "flood"
    assert len(street.said) == 30
