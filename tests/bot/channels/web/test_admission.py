"""The web chat under load: floods cost little, and honest people get through beside them."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from aiohttp import WSMsgType

from bot.channels.web import admission, close_codes, connection_limits, guards, sockets, uploads
from bot.channels.web.admission import Guest, Room
from bot.channels.web.ports import NoRoomError
from bot.traffic.rate_limits import Rate
from domain.messages import say
from tests.bot.channels.web.test_server import account_of, photo, upload
from tests.patience import PATIENCE, until
from tests.plain_files import files_up_to
from tests.sounds import noise
from tests.web_street import Client, MemoryStore, Talk, WebStreet, browserless, served


@pytest.fixture
async def stack():
    async with AsyncExitStack() as held:
        yield held


@pytest.fixture
def street(tmp_path):
    return WebStreet(MemoryStore(tmp_path), proxies=frozenset({"127.0.0.1"}))


@pytest.fixture
async def base(street, stack):
    return await stack.enter_async_context(served(street))


class Person(Client):
    """Somebody with an address of their own, as a server in front tells it."""

    def __init__(self, base, http, address):
        super().__init__(base, http)
        self.http.headers["X-Forwarded-For"] = address


@pytest.fixture
def arrive(base, stack):
    """Let somebody come from an address; with a session, unless told otherwise."""

    async def arrive(address="203.0.113.1", *, session=True):
        person = Person(base, await stack.enter_async_context(browserless()), address)
        if session:
            assert await person.open_session() == 200
        return person

    return arrive


async def told(talk, frame_id, words="hello"):
    """Say something and wait until it is stored."""
    await talk.say(type="text", id=frame_id, text=words)
    while (frame := await talk.next()).get("id") != frame_id:
        pass
    return frame["type"]


# --- what is said --------------------------------------------------------------------------------


async def test_behind_one_address_only_those_wait_who_say_much(street, arrive, monkeypatch):
    monkeypatch.setattr(admission, "ADDRESS_RATE", Rate(burst=40, per_second=1))
    street.open_pages.speech = admission.Speech(clock=lambda: street.seconds)
    floods = [await (await arrive()).hello() for _ in range(2)]
    for n in range(30):
        for talk in floods:
            await talk.say(type="text", id=f"t{n}", text=str(n))
    assert all([(await talk.until("notice"))["code"] == "flood" for talk in floods][:1])

    neighbour = await (await arrive()).hello()

    for n in range(8):
        assert await told(neighbour, f"n{n}") == "stored"


async def test_a_flood_of_long_texts_waits_and_its_neighbour_does_not(street, arrive):
    flood, neighbour = [await (await arrive()).hello() for _ in range(2)]

    for n in range(29):
        await flood.say(type="text", id=f"t{n}", text="灯" * 10_500)
    notice = await flood.until("notice")

    assert notice["code"] == "flood"
    assert len(street.said) == admission.CONTENT_BYTES.burst // 10_500
    assert await told(neighbour, "n1") == "stored"


async def test_frames_without_end_are_read_later_and_hold_up_nobody(street, arrive, monkeypatch):
    monkeypatch.setattr(sockets, "FRAME_RATE", Rate(burst=60, per_second=0.1))
    flood, other = [await (await arrive()).hello() for _ in range(2)]
    read, history = [], street.store.history

    async def counted(account, **more):
        read.append(account)
        return await history(account, **more)

    monkeypatch.setattr(street.store, "history", counted)
    for _ in range(sockets.FRAME_RATE.burst * 3):
        await flood.say(type="earlier", before=1)

    assert await told(other, "n1") == "stored"

    # What came without end is still being read: nobody waited for it.
    assert len(read) < sockets.FRAME_RATE.burst * 3
    assert flood.ws.close_code is None


async def test_a_thousand_hellos_wait_for_the_one_who_says_hello_first(street, arrive, monkeypatch):
    slow, served_to = asyncio.Event(), []
    plain = street.store.history

    async def history(account, **more):
        served_to.append(account)
        await slow.wait()
        return await plain(account, **more)

    monkeypatch.setattr(street.store, "history", history)
    floods = []
    for n in range(10):
        flood = await arrive(f"198.51.100.{n}")
        _all_known(street)
        floods.append(Talk(await flood.connect()))
    for _ in range(5):
        for talk in floods:
            await talk.say(type="hello", version=1, since=0)
    others = len(floods) - sockets.READS_AT_ONCE
    await until(lambda: len(street.open_pages.reads) == others)
    person = await arrive("203.0.113.9")
    _all_known(street)
    newcomer = Talk(await person.connect())
    await newcomer.say(type="hello", version=1, since=0)
    await until(lambda: len(street.open_pages.reads) == others + 1)
    waiting = set(served_to)
    slow.set()
    await newcomer.until("ready")

    mine = [*street.store.accounts][-1]
    assert len(waiting) <= sockets.READS_AT_ONCE
    assert served_to.index(mine) <= len(floods) + sockets.READS_AT_ONCE


def _all_known(street):
    for account in street.store.accounts:
        street.change(account, known=True)


async def test_a_page_that_reads_nothing_keeps_nobody_from_their_history(street, arrive):
    account = None
    deaf = await (await arrive()).hello()
    account = account_of(street)
    for n in range(40):
        await street.tell(account, say("web.begin", n=str(n) * 10), push=False)
    for _ in range(50):
        await deaf.say(type="hello", version=1, since=0)

    other = await arrive("203.0.113.2")

    async with asyncio.timeout(PATIENCE):
        await other.hello()


async def test_what_was_seen_is_noted_together_and_a_repeat_costs_nothing(street, arrive):
    talks, accounts = [], []
    for n in range(3):
        talks.append(await (await arrive(f"203.0.113.{n}")).hello())
        (account,) = set(street.store.accounts) - set(accounts)
        accounts.append(account)
    for account, talk in zip(accounts, talks, strict=True):
        seq = await street.tell(account, say("web.begin"))
        await talk.until("message")
        for _ in range(20):
            await talk.say(type="seen", upto=seq)
            await talk.say(type="seen", upto=2**40)
    for talk in talks:
        await talk.quiet()
    await street.open_pages.seen.close()

    assert all(line.seen for account in accounts for line in street.store.lines[account])
    assert len(street.store.notes) <= 2
    assert max(row for note in street.store.notes for row in note.values()) <= 3


async def test_what_could_not_be_noted_as_seen_is_noted_later(street, arrive, monkeypatch):
    talk = await (await arrive()).hello()
    account = account_of(street)
    seq = await street.tell(account, say("web.begin"))
    await talk.until("message")
    tried, mark_seen = [], street.store.mark_seen

    async def counted(upto, now):
        tried.append(upto)
        await mark_seen(upto, now)

    monkeypatch.setattr(street.store, "mark_seen", counted)
    street.store.broken = True
    await talk.say(type="seen", upto=seq)
    await until(lambda: tried)
    street.store.broken = False

    await street.open_pages.close()

    assert street.store.lines[account][0].seen


# --- who is there --------------------------------------------------------------------------------


def guests(room, *named):
    found = []
    for account, home, known, spoke in named:
        one = Guest(account, home, known, 0.0, spoke)
        room.enter(one)
        found.append(one)
    return found


def test_where_no_more_pages_fit_the_silent_page_of_nobody_goes_first():
    room: Room[Guest] = Room(3, lambda: 0.0)
    _, silent, _ = guests(
        room, ("a", "x", True, None), ("b", "y", False, None), ("c", "z", False, 5.0)
    )

    assert room.enter(Guest("d", "w", False, 1.0)) == (True, silent)
    assert len(room) == 3


def test_somebody_known_takes_the_place_of_somebody_unknown_and_not_the_reverse():
    room: Room[Guest] = Room(2, lambda: 0.0)
    _, stranger = guests(room, ("a", "x", True, 1.0), ("b", "y", False, 9.0))

    assert room.enter(Guest("c", "z", False, 1.0)) == (False, None)
    assert room.enter(Guest("d", "w", True, 1.0)) == (True, stranger)


def test_an_address_that_fills_the_house_makes_room_for_another():
    room: Room[Guest] = Room(5, lambda: 0.0)
    flood = guests(room, *((str(n), "x", True, float(n)) for n in range(5)))

    assert room.enter(Guest("me", "y", False, 9.0))[1] in flood[:2]


async def test_a_full_house_lets_a_page_come_again(street, stack, tmp_path):
    small = WebStreet(MemoryStore(tmp_path))
    small.open_pages._room.most = 1
    base = await stack.enter_async_context(served(small))
    first, second = [Client(base, await stack.enter_async_context(browserless())) for _ in "ab"]
    for one in (first, second):
        await one.open_session()
    talk = await first.hello()
    assert await told(talk, "t1") == "stored"

    other = Talk(await second.connect())

    assert (await other.next())["code"] == "full"
    assert (await other.receive()).type is WSMsgType.CLOSE
    assert other.ws.close_code == close_codes.OVERRUN
    await talk.quiet()


async def test_who_sent_only_mistakes_stays_away_for_a_while(street, base, arrive):
    person = await arrive()
    talk = await person.hello()
    for _ in range(sockets.MISTAKES_MAX):
        await talk.ws.send_str("nonsense")
    while (await talk.receive()).type is not WSMsgType.CLOSE:
        pass
    await talk.ws.close()
    await until(lambda: street.open_pages.count() == 0)

    headers = {"Origin": person.origin}
    async with person.http.get(f"{base}/chat/ws?side=residents", headers=headers) as response:
        refused = response.status
    neighbour = await (await arrive()).hello()
    street.seconds += 31
    await person.hello()

    assert refused == 429
    assert await told(neighbour, "n1") == "stored"


async def test_one_machine_does_not_take_the_sessions_of_its_neighbours(street, base, arrive):
    greedy = await arrive(session=False)
    statuses = []
    for _ in range(70):
        greedy.http.cookie_jar.clear()
        statuses.append(await greedy.open_session())
        assert statuses[-1] in (200, 429)
    neighbour = await arrive(session=False)
    neighbour.http.headers["User-Agent"] = "another browser"

    assert statuses.count(200) == 60
    assert await neighbour.open_session() == 200


async def test_an_ipv6_customer_has_one_limit_for_all_addresses_of_theirs(street, arrive):
    statuses = []
    for n in range(70):
        person = await arrive(f"2001:db8:1:2::{n:x}", session=False)
        statuses.append(await person.open_session())
    other = await arrive("2001:db8:1:3::1", session=False)

    assert statuses.count(200) == 60
    assert await other.open_session() == 200


async def test_the_log_names_networks_and_counts_and_nobody(street, arrive, capsys):
    talk = await (await arrive("203.0.113.77")).hello()
    for _ in range(200):
        await talk.say(type="text", id="t", text="x")
    await talk.until("notice")

    logged = "".join(capsys.readouterr())

    assert "203.0.113.0/24" in logged
    assert "203.0.113.77" not in logged
    assert logged.count("web.limited") <= 3


# --- uploads -------------------------------------------------------------------------------------


@pytest.fixture
def arriving(monkeypatch):
    """Name the uploads whose first bytes are there, one by one."""
    seen, only_part = [], uploads._only_part

    async def watched(request):
        part = await only_part(request)
        seen.append(request)
        return part

    monkeypatch.setattr(uploads, "_only_part", watched)
    return seen


async def _slow_upload(person, stop):
    async def dribble():
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\n'
        while not stop.is_set():
            yield b"x"
            await asyncio.sleep(0.2)

    async with person.http.post(
        f"{person.base}/chat/files?{person.scope}&kind=photo",
        data=dribble(),
        headers={"Origin": person.origin, "Content-Type": "multipart/form-data; boundary=b"},
    ) as response:
        return response.status


async def test_slow_uploads_hold_up_nobody_and_end(street, arrive, arriving, monkeypatch):
    monkeypatch.setattr(uploads, "PATIENCE_SECONDS", 1)
    stop = asyncio.Event()
    slow = [
        asyncio.create_task(_slow_upload(await arrive(f"198.51.100.{n}"), stop)) for n in range(30)
    ]
    await until(lambda: len(arriving) == len(slow))
    monkeypatch.setattr(uploads, "PATIENCE_SECONDS", PATIENCE)

    status, _ = await upload(await arrive(), photo())

    assert status == 201
    assert set(await asyncio.gather(*slow)) == {408}


async def test_where_too_many_uploads_come_the_slowest_of_the_busiest_ends(
    arrive, arriving, monkeypatch
):
    monkeypatch.setattr(uploads, "ALL_MAX", 4)
    stop = asyncio.Event()
    slow = [asyncio.create_task(_slow_upload(await arrive("198.51.100.1"), stop)) for _ in range(4)]
    await until(lambda: len(arriving) == len(slow))

    status, _ = await upload(await arrive(), photo())
    stop.set()

    assert status == 201
    assert sorted(await asyncio.gather(*slow))[-1] == 503


async def test_of_one_account_so_many_uploads_come_at_once(arrive, arriving):
    person, stop = await arrive(), asyncio.Event()
    slow = [asyncio.create_task(_slow_upload(person, stop)) for _ in range(uploads.ACCOUNT_MAX)]
    await until(lambda: len(arriving) == len(slow))

    status, answer = await upload(person, photo())
    stop.set()
    await asyncio.gather(*slow)

    assert (status, answer["error"]) == (429, "flood")


async def test_an_upload_that_the_disk_does_not_take_may_come_again(arrive):
    person = await arrive()

    with files_up_to(1000):
        status, answer = await upload(person, noise(200_000))

    assert (status, answer["error"]) == (503, "not_stored")
    assert (await upload(person, photo()))[0] == 201


async def test_where_the_disk_has_no_room_it_is_said_and_words_go_on(street, arrive, monkeypatch):
    person = await arrive()

    async def full(*_args):
        raise NoRoomError("full")

    monkeypatch.setattr(street.store, "save_upload", full)

    status, answer = await upload(person, photo())

    assert (status, answer["error"]) == (503, "no_room")
    assert "文字不受影响" in answer["text"]
    assert await told(await person.hello(), "t1") == "stored"


# --- below requests ------------------------------------------------------------------------------


@pytest.fixture
async def port(street, stack, monkeypatch):
    monkeypatch.setattr(connection_limits, "IDLE_SECONDS", 2)
    listening = await stack.enter_async_context(
        connection_limits.served(street.app(), "127.0.0.1", 0, connections_max=20)
    )
    return listening.sockets[0].getsockname()[1]


@pytest.fixture
def dial(port, stack):
    """Open a bare connection."""

    async def dial():
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        stack.callback(writer.close)
        return reader, writer

    return dial


async def test_a_connection_that_says_nothing_or_half_a_request_is_cut(dial):
    silent, half = [await dial() for _ in range(2)]
    half[1].write(b"GET / HTTP/1.1\r\nHost: x\r\n")

    async with asyncio.timeout(PATIENCE):
        assert await silent[0].read() == b""
        assert await half[0].read() == b""


async def test_where_no_more_connections_fit_an_idle_one_goes(port, stack, dial):
    idle = [await dial() for _ in range(30)]
    base = f"http://127.0.0.1:{port}"
    client = Client(base, await stack.enter_async_context(browserless()))
    assert await client.open_session() == 200
    talk = await client.hello()

    more = [await dial() for _ in range(30)]

    await talk.quiet()
    async with asyncio.timeout(PATIENCE):
        assert await idle[0][0].read() == b""
    assert len(more) == 30


async def test_a_body_that_comes_byte_by_byte_is_not_waited_for(arrive, monkeypatch):
    monkeypatch.setattr(guards, "BODY_SECONDS", 0.2)
    person = await arrive(session=False)

    async def dribble():
        yield b"{"
        while True:
            yield b" "
            await asyncio.sleep(0.1)

    async with person.http.post(
        f"{person.base}/chat/session", data=dribble(), headers={"Origin": person.origin}
    ) as response:
        assert (response.status, (await response.json())["error"]) == (408, "too_slow")


async def test_no_answer_names_a_version(port, stack):
    http = await stack.enter_async_context(browserless())
    async with http.get(f"http://127.0.0.1:{port}/health") as response:
        assert response.headers["Server"] == "Linli"


async def test_who_leaves_takes_the_pictures_out_of_the_browsers_cache(arrive):
    person = await arrive()

    async with person.http.post(
        f"{person.base}/chat/session/end",
        json={"side": "residents"},
        headers={"Origin": person.origin},
    ) as response:
        assert response.headers["Clear-Site-Data"] == '"cache"'
