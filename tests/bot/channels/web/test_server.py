"""The web chat's protocol, its sessions, its files and its doors."""

import asyncio
import io
import json
import random
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from aiohttp import FormData, WSMsgType, WSServerHandshakeError
from PIL import Image
from yarl import URL

from bot.channels.ports import Delivery, Rejected, StoredFile
from bot.channels.web import close_codes, sockets
from bot.channels.web.admission import ACCOUNT_PAGES_MAX
from bot.channels.web.frames import update_key
from bot.channels.web.server import WebDriver
from bot.traffic.media.voices import clean
from domain.messages import (
    Awaiting,
    Card,
    Channel,
    Choice,
    FileKind,
    Line,
    Message,
    Side,
    Tone,
    say,
    text,
)
from domain.people import Language
from domain.places.points import Point
from tests import sounds
from tests.plain_files import fetched
from tests.web_street import Client, MemoryStore, Talk, WebStreet, browserless, served


@pytest.fixture
async def stack():
    async with AsyncExitStack() as held:
        yield held


@pytest.fixture
def street(tmp_path):
    return WebStreet(MemoryStore(tmp_path))


@pytest.fixture
async def base(street, stack):
    return await stack.enter_async_context(served(street))


@pytest.fixture
async def client(base, stack):
    return Client(base, await stack.enter_async_context(browserless()))


@pytest.fixture
async def resident(client):
    """A resident with a session and a conversation."""
    assert await client.open_session() == 200
    return client


def account_of(street):
    (account,) = street.store.accounts
    return account


def bomb() -> bytes:
    """A picture of 94 million pixels in a few kilobytes."""
    out = io.BytesIO()
    Image.new("L", (9700, 9700)).save(out, "PNG")
    return out.getvalue()


def photo() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 37.0, 11.0), 29: "CANARY"})
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


async def upload(client, data, *, kind="photo", name="x.jpg", headers=None):
    form = FormData()
    form.add_field("file", data, filename=name, content_type="application/x-lie")
    async with client.http.post(
        f"{client.base}/chat/files?{client.scope}&kind={kind}",
        data=form,
        headers={"Origin": client.origin} if headers is None else headers,
    ) as response:
        return response.status, await response.json()


# --- sessions ------------------------------------------------------------------------------------


async def test_opening_the_page_stores_nothing_and_sets_no_cookie(street, client):
    async with client.http.get(f"{client.base}/?g=YH-01") as response:
        body = await response.text()

    assert response.status == 200
    assert 'data-session="no"' in body
    assert "Set-Cookie" not in response.headers
    assert street.store.accounts == {}


async def test_a_session_begins_on_request_and_is_found_again(street, client):
    assert await client.open_session() == 200

    cookie = next(iter(client.http.cookie_jar))
    assert cookie.key == "linli-residents"
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie.value not in repr(street.store.sessions)
    async with client.http.get(f"{client.base}/") as response:
        assert 'data-session="yes"' in await response.text()
    assert await client.open_session() == 200
    assert len(street.store.accounts) == 1


async def test_over_https_the_cookie_is_secure_and_bound_to_its_host(street, stack):
    street.public_url = "https://linli.example"
    base = await stack.enter_async_context(served(street))
    http = await stack.enter_async_context(browserless())

    async with http.post(
        f"{base}/chat/session",
        json={"side": "staff"},
        headers={"Host": "linli.example", "Origin": "https://linli.example"},
    ) as response:
        cookie = response.cookies["__Host-linli-staff"]

    assert cookie["secure"]
    assert cookie["path"] == "/"
    assert not cookie["domain"]
    assert "max-age" in response.headers["Strict-Transport-Security"]


async def test_a_session_that_served_long_enough_gets_a_new_token(street, resident):
    before = next(iter(resident.http.cookie_jar)).value
    street.store.renew = True

    async with resident.http.get(f"{resident.base}/") as response:
        assert response.status == 200

    after = next(iter(resident.http.cookie_jar)).value
    assert after != before
    await resident.hello()


async def test_the_two_sides_do_not_share_a_session(street, resident):
    resident.scope = "side=staff"
    talk = Talk(await resident.connect())

    assert (await talk.next())["code"] == "no_session"
    assert (await talk.receive()).type is WSMsgType.CLOSE
    assert talk.ws.close_code == close_codes.NO_SESSION


async def test_ending_a_session_closes_its_conversation_for_good(street, resident):
    talk = await resident.hello()
    async with resident.http.post(
        f"{resident.base}/chat/session/end",
        json={"side": "residents"},
        headers={"Origin": resident.origin},
    ) as response:
        assert response.status == 200

    await talk.say(type="text", id="t1", text="hello")

    assert (await talk.receive()).type is WSMsgType.CLOSE
    assert talk.ws.close_code == close_codes.COME_AGAIN
    assert street.said == []
    assert list(resident.http.cookie_jar) == []


@pytest.mark.parametrize("frame", [{"type": "earlier", "before": 999}, {"type": "seen", "upto": 9}])
async def test_a_page_whose_session_ended_asks_for_nothing_more(street, resident, frame):
    talk = await resident.hello()
    await street.tell(account_of(street), say("menu.title"))
    await talk.until("message")
    street.store.sessions.clear()

    await talk.say(**frame)

    assert (await talk.receive()).type is WSMsgType.CLOSE
    assert talk.ws.close_code == close_codes.COME_AGAIN


async def test_a_page_whose_session_goes_on_stays_open(street, resident, monkeypatch):
    monkeypatch.setattr(sockets, "FAREWELL_SECONDS", 0)
    talk = await resident.hello()

    street.open_pages.end([account_of(street)])
    street.open_pages.end_all()
    await talk.say(type="ping")

    assert (await talk.next())["type"] == "pong"


async def test_a_revoked_account_is_told_and_cut_off_at_once(street, resident, monkeypatch):
    monkeypatch.setattr(sockets, "FAREWELL_SECONDS", 0)
    talk = await resident.hello()
    account = account_of(street)
    street.store.sessions.clear()

    street.open_pages.end([account])

    assert (await talk.next())["code"] == "revoked"
    assert (await talk.receive()).type is WSMsgType.CLOSE
    assert talk.ws.close_code == close_codes.REVOKED


FAREWELL = replace(say("me.erased"), farewell=True)


async def test_the_last_words_are_told_as_such_on_every_page_before_it_is_closed(
    street, resident, monkeypatch
):
    monkeypatch.setattr(sockets, "FAREWELL_SECONDS", 0)
    pages = [await resident.hello(), await resident.hello()]
    account = account_of(street)
    street.store.sessions.clear()

    await street.tell(account, FAREWELL)
    street.open_pages.end([account])

    for talk in pages:
        assert (await talk.next())["farewell"] is True
        assert (await talk.next())["code"] == "revoked"
        assert (await talk.receive()).type is WSMsgType.CLOSE
        assert talk.ws.close_code == close_codes.REVOKED


async def test_whoever_is_back_reads_old_last_words_like_any_others(street, resident):
    await street.tell(account_of(street), FAREWELL)

    talk = await resident.hello()

    assert talk.kinds() == ["profile", "message", "ready"]
    assert "farewell" not in talk.heard[1]


async def test_of_what_another_process_sent_an_ended_session_is_told_the_last_words_alone(
    street, resident
):
    talk = await resident.hello()
    account = account_of(street)
    street.store.sessions.clear()
    first = await street.tell(account, say("web.begin"), push=False)
    last = await street.tell(account, FAREWELL, push=False)

    street.open_pages.wake([(account, first)])

    told = await talk.next()
    assert (told["seq"], told["farewell"]) == (last, True)
    await talk.quiet()


async def test_an_ended_session_is_told_nothing_else_that_another_process_sent(
    street, resident, monkeypatch
):
    monkeypatch.setattr(sockets, "CHECK_SECONDS", 3600)
    talk = await resident.hello()
    account = account_of(street)
    street.store.sessions.clear()
    row = await street.tell(account, say("web.begin"), push=False)

    street.open_pages.wake([(account, row)])

    assert (await talk.receive()).type is WSMsgType.CLOSE
    assert talk.ws.close_code == close_codes.COME_AGAIN


async def test_a_browser_whose_session_is_over_forgets_its_pictures(street, resident):
    async def asked(path):
        async with resident.http.get(f"{resident.base}{path}") as response:
            return response.status, response.headers.get("Clear-Site-Data")

    known = [await asked("/chat/session?side=residents"), await asked("/")]
    street.store.sessions.clear()
    ended = [await asked("/chat/session?side=residents"), await asked("/")]

    assert known == [(200, None), (200, None)]
    assert ended == [(401, '"cache"'), (200, '"cache"')]


async def test_a_cookie_that_means_nothing_any_more_is_told_as_an_ended_session(street, resident):
    street.store.sessions.clear()

    talk = Talk(await resident.connect())

    assert (await talk.next())["code"] == "revoked"
    assert (await talk.receive()).type is WSMsgType.CLOSE
    assert talk.ws.close_code == close_codes.REVOKED


async def test_new_sessions_from_one_address_are_limited(street, base, stack):
    statuses = []
    for _ in range(61):
        async with browserless() as http:
            statuses.append(await Client(base, http).open_session())
    street.seconds += 20
    async with browserless() as http:
        later = await Client(base, http).open_session()

    assert statuses == [200] * 60 + [429]
    assert later == 200


# --- saying --------------------------------------------------------------------------------------


async def test_what_is_said_is_confirmed_only_after_it_is_stored(street, resident):
    talk = await resident.hello(language="en-GB")

    await talk.say(type="text", id="t1", text="3号楼路灯坏了")

    assert await talk.next() == {"type": "stored", "id": "t1", "at": street.at.isoformat()}
    (said,) = street.said
    assert said.text == "3号楼路灯坏了"
    assert (said.side, said.channel) == (Side.RESIDENTS, Channel.WEB)
    assert said.address == account_of(street)
    assert said.at == street.at
    assert said.language == "en-GB"
    assert list(street.intake.kept) == [("web.residents", update_key(said.address, "t1"))]
    assert said.address not in str(list(street.intake.kept))


async def test_a_repeat_is_confirmed_and_changes_nothing(street, resident):
    talk = await resident.hello()
    await talk.say(type="text", id="t1", text="once")
    await talk.until("stored")
    again = await resident.hello()

    await again.say(type="text", id="t1", text="once")

    assert (await again.until("stored"))["id"] == "t1"
    assert len(street.said) == 1


async def test_two_people_may_use_the_same_id(street, base, stack):
    for words in ("one", "two"):
        client = Client(base, await stack.enter_async_context(browserless()))
        await client.open_session()
        talk = await client.hello()
        await talk.say(type="text", id="t1", text=words)
        await talk.until("stored")

    assert [said.text for said in street.said] == ["one", "two"]


async def test_what_could_not_be_stored_is_to_be_sent_again(street, resident):
    talk = await resident.hello()
    street.intake.broken = True
    await talk.say(type="text", id="t1", text="hello")

    failed = await talk.next()
    street.intake.broken = False
    await talk.say(type="text", id="t1", text="hello")

    assert (failed["code"], failed["id"], failed["again"]) == ("not_stored", "t1", True)
    assert "自动再发" in failed["text"]
    assert (await talk.next())["id"] == "t1"
    assert len(street.said) == 1


async def test_every_sort_of_content_arrives_as_what_it_is(street, resident):
    talk = await resident.hello()
    _, first = await upload(resident, photo())
    _, second = await upload(resident, photo())

    for frame in (
        {"type": "press", "action": "menu.open:services", "seq": 7},
        {"type": "press", "action": "menu.elder:on"},
        {"type": "start", "payload": "g-YH-01"},
        {"type": "start", "payload": ""},
        {"type": "command", "command": "menu"},
        {"type": "place", "latitude": 34.6, "longitude": 112.5, "accuracy": 20},
        {"type": "files", "files": [first["id"], second["id"]], "text": "here"},
    ):
        await talk.say(id=f"c{len(street.said)}", **frame)
        await talk.until("stored")

    press, free_press, start, bare, command, place, files = street.said
    assert (press.action, press.origin, press.press) == ("menu.open:services", "7", "c0")
    assert (free_press.action, free_press.origin) == ("menu.elder:on", None)
    assert (start.start, bare.start) == ("g-YH-01", "")
    assert command.command == "menu"
    assert place.place == Point(latitude=34.6, longitude=112.5)
    assert files.text == "here"
    assert [one.ref for one in files.files] == [first["id"], second["id"]]
    assert {one.kind for one in files.files} == {FileKind.PHOTO}
    assert files.files[0].size_bytes == first["size"]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("", "bad_json"),
        ("hello", "bad_json"),
        ("[]", "bad_json"),
        ("null", "bad_json"),
        ('{"type": NaN}', "bad_json"),
        ("[" * 60_000, "bad_json"),
        ('{"a":' * 10_000, "bad_json"),
        ('{"type":"text","id":"a","text":"' + "x" * 70_000 + '"}', "too_long"),
        ("灯" * 30_000, "too_long"),
        ("{}", "bad_frame"),
        ('{"type":7}', "bad_frame"),
        ('{"type":["text"]}', "bad_frame"),
        ('{"type":"boom","id":"a"}', "unknown_type"),
        ('{"type":"text","text":"x"}', "bad_frame"),
        ('{"type":"text","id":7,"text":"x"}', "bad_frame"),
        ('{"type":"text","id":"' + "a" * 41 + '","text":"x"}', "bad_frame"),
        ('{"type":"text","id":"a b","text":"x"}', "bad_frame"),
        ('{"type":"text","id":"a:b","text":"x"}', "bad_frame"),
        ('{"type":"text","id":"a","text":{"a":1}}', "bad_frame"),
        ('{"type":"text","id":"a","text":" "}', "bad_frame"),
        ('{"type":"text","id":"a","text":"\\u0000"}', "bad_frame"),
        ('{"type":"text","id":"a","text":"' + "x" * 16_001 + '"}', "text_too_long"),
        ('{"type":"press","id":"a","action":"' + "x" * 65 + '","seq":1}', "bad_frame"),
        ('{"type":"press","id":"a","action":"","seq":1}', "bad_frame"),
        ('{"type":"press","id":"a","action":"x","seq":1e400}', "bad_frame"),
        ('{"type":"press","id":"a","action":"x","seq":true}', "bad_frame"),
        ('{"type":"press","id":"a","action":"x","seq":' + "9" * 5_000 + "}", "bad_json"),
        ('{"type":"press","id":"a","action":"x","seq":99999999999999999999}', "bad_frame"),
        ('{"type":"start","id":"a","payload":"../x"}', "bad_frame"),
        ('{"type":"start","id":"a"}', "bad_frame"),
        ('{"type":"command","id":"a","command":"/menu"}', "bad_frame"),
        ('{"type":"place","id":"a","latitude":91,"longitude":0}', "bad_frame"),
        ('{"type":"place","id":"a","latitude":"1","longitude":0}', "bad_frame"),
        ('{"type":"place","id":"a","latitude":1e400,"longitude":0}', "bad_frame"),
        ('{"type":"files","id":"a","files":[]}', "bad_frame"),
        ('{"type":"files","id":"a","files":["u-1","u-1"]}', "bad_frame"),
        ('{"type":"files","id":"a","files":[["u-1"]]}', "bad_frame"),
        ('{"type":"files","id":"a","files":["../../etc/passwd"]}', "bad_frame"),
        ('{"type":"files","id":"a","files":["u-404"]}', "unknown_file"),
        ('{"type":"seen","upto":-1}', "bad_frame"),
        ('{"type":"earlier"}', "bad_frame"),
        ('{"type":"hello","version":2,"since":0}', "version"),
        ('{"type":"hello","version":1,"since":"0"}', "bad_frame"),
    ],
)
async def test_a_hostile_frame_gets_a_clear_error_and_the_conversation_goes_on(
    street, resident, given, code
):
    talk = await resident.hello()

    await talk.ws.send_str(given)
    error = await talk.next()

    assert (error["type"], error["code"], error["again"]) == ("error", code, False)
    assert error["text"]
    await talk.say(type="text", id="after", text="still here")
    assert (await talk.next())["id"] == "after"
    assert len(street.said) == 1


async def test_halves_of_characters_are_left_out(street, resident):
    talk = await resident.hello()

    await talk.ws.send_str('{"type":"text","id":"a","text":"a\\ud83db\\u0000c"}')
    await talk.until("stored")

    assert street.said[0].text == "abc"


async def test_a_binary_frame_is_an_error_like_others(resident):
    talk = await resident.hello()

    await talk.ws.send_bytes(b"\x00\x01")

    assert (await talk.next())["code"] == "bad_json"


async def test_nothing_is_taken_before_hello(street, resident):
    talk = Talk(await resident.connect())

    await talk.say(type="text", id="t1", text="hello")

    error = await talk.next()
    assert (error["code"], error["id"]) == ("no_hello", "t1")
    assert street.said == []


async def test_too_many_mistakes_end_the_connection(resident):
    talk = await resident.hello()

    for _ in range(sockets.MISTAKES_MAX):
        await talk.ws.send_str("nonsense")
    while (message := await talk.receive()).type is not WSMsgType.CLOSE:
        last = json.loads(message.data)

    assert last["code"] in ("mistakes", "bad_json")
    assert talk.ws.close_code == close_codes.BAD_FRAMES


async def test_a_flood_gets_one_notice_then_silence_and_loses_nothing(street, resident):
    talk = await resident.hello()
    for n in range(40):
        await talk.say(type="text", id=f"t{n}", text=str(n))
    await talk.say(type="ping")
    await talk.until("pong")
    answers = talk.heard[talk.kinds().index("ready") + 1 :]

    stored = [frame["id"] for frame in answers if frame["type"] == "stored"]
    notices = [frame for frame in answers if frame["type"] == "notice"]
    assert stored == [f"t{n}" for n in range(30)]
    assert [(one["code"], one["wait"]) for one in notices] == [("flood", 10)]
    street.seconds += 10
    for n in range(30, 40):
        await talk.say(type="text", id=f"t{n}", text=str(n))
        assert (await talk.next())["id"] == f"t{n}"
    assert [said.text for said in street.said] == [str(n) for n in range(40)]


async def test_a_flood_of_one_person_does_not_touch_another(street, base, stack):
    talks = []
    for _ in range(2):
        client = Client(base, await stack.enter_async_context(browserless()))
        await client.open_session()
        talks.append(await client.hello())
    for n in range(35):
        await talks[0].say(type="text", id=f"t{n}", text=str(n))
    await talks[0].until("notice")

    await talks[1].say(type="text", id="mine", text="hello")

    assert (await talks[1].next())["id"] == "mine"


async def test_a_message_of_many_megabytes_closes_the_line_only_for_its_sender(street, resident):
    talk = await resident.hello()
    other = await resident.hello()

    await talk.ws.send_str("x" * (sockets.HARD_MAX_BYTES + 1))

    assert (await talk.receive()).type is WSMsgType.CLOSE
    assert talk.ws.close_code == 1009
    await other.quiet()


async def test_an_account_has_at_most_ten_pages(resident):
    talks = [await resident.hello() for _ in range(ACCOUNT_PAGES_MAX)]

    eleventh = Talk(await resident.connect())

    assert (await eleventh.next())["code"] == "too_many_pages"
    assert (await eleventh.receive()).type is WSMsgType.CLOSE
    assert eleventh.ws.close_code == close_codes.TOO_MANY
    await talks[0].quiet()


# --- hearing -------------------------------------------------------------------------------------


async def test_a_message_is_shown_in_words_with_everything_it_has(street, resident):
    talk = await resident.hello()
    account = account_of(street)
    status, kept = await upload(resident, photo())
    assert status == 201
    message = Message(
        blocks=(
            text("web.begin"),
            Card(
                title=text("web.title"),
                lines=(Line(text("web.say_label"), "<b>3号楼</b>"),),
                tone=Tone.URGENT,
            ),
        ),
        choices=(
            (Choice(label=text("web.begin"), action="a:1", emphasis=True),),
            (
                Choice(label=text("web.more_phone"), phone="119"),
                Choice(label=text("web.more_help"), link="https://maps.example/x?y=1"),
                Choice(label=text("web.more_help"), link="/ledger/7"),
            ),
        ),
        awaiting=Awaiting.PLACE,
        attachments=(kept["id"],),
        slot="form",
        secret=True,
    )

    seq = await street.tell(account, message)

    assert await talk.next() == {
        "type": "message",
        "seq": seq,
        "at": street.at.isoformat(),
        "language": "zh-CN",
        "seen": False,
        "news": False,
        "blocks": [
            {"kind": "text", "text": "开始"},
            {
                "kind": "card",
                "title": "街道服务 · 邻里",
                "tone": "urgent",
                "lines": [{"label": "消息", "text": "<b>3号楼</b>"}],
            },
        ],
        "choices": [
            [{"label": "开始", "action": "a:1", "emphasis": True}],
            [
                {"label": "打电话", "phone": "119"},
                {"label": "帮助", "link": "https://maps.example/x?y=1"},
                {"label": "帮助", "link": "/ledger/7"},
            ],
        ],
        "awaiting": "place",
        "files": [{"id": kept["id"], "kind": "photo", "type": "image/jpeg"}],
        "slot": "form",
        "anew": False,
        "secret": True,
    }


@pytest.mark.parametrize(
    "choice",
    [
        Choice(label=text("web.begin"), link="javascript:alert(1)"),
        Choice(label=text("web.begin"), link="//evil.example"),
        Choice(label=text("web.begin"), link="/\\evil.example"),
        Choice(label=text("web.begin"), link="data:text/html,x"),
        Choice(label=text("web.begin"), phone="javascript:1"),
    ],
)
async def test_a_link_that_is_no_address_is_not_shown(street, resident, choice):
    talk = await resident.hello()

    await street.tell(
        account_of(street), Message(blocks=(text("web.begin"),), choices=((choice,),))
    )

    assert (await talk.next())["choices"] == [[]]


async def test_a_reconnection_brings_what_was_missed_and_nothing_else(street, resident):
    talk = await resident.hello()
    account = account_of(street)
    first = await street.tell(account, say("web.begin"))
    await talk.until("message")
    await talk.say(type="seen", upto=first)
    await talk.quiet()
    await talk.ws.close()
    street.seconds += 60
    second = await street.tell(account, say("web.send"))

    again = await resident.hello(since=first)

    assert [one["seq"] for one in again.heard if one["type"] == "message"] == [second]
    assert again.kinds() == ["profile", "message", "ready"]


async def test_what_was_sent_out_of_order_while_away_is_told_although_older(street, resident):
    talk = await resident.hello()
    account = account_of(street)
    quiet_hours = await street.tell(account, say("web.send"), push=False)
    line = street.store.lines[account].pop()
    newer = await street.tell(account, say("web.begin"))
    assert (await talk.next())["seq"] == newer
    await talk.say(type="seen", upto=newer)
    await talk.quiet()
    await talk.ws.close()
    street.store.lines[account].insert(0, line)
    street.seconds += 60

    again = await resident.hello(since=newer)

    assert [one["seq"] for one in again.heard if one["type"] == "message"] == [quiet_hours]


async def test_what_is_pushed_but_not_yet_noted_as_sent_is_not_lost_between(street, resident):
    talk = await resident.hello()
    await talk.ws.close()
    account = account_of(street)
    seq = await street.tell(account, say("web.begin"))
    street.store.lines[account].clear()

    again = await resident.hello()

    assert [one["seq"] for one in again.heard if one["type"] == "message"] == [seq]


async def test_a_page_begins_anew_without_what_was_erased(street, resident):
    account = account_of(street)
    kept = await street.tell(account, say("web.begin"))
    erased = await street.tell(account, say("web.send"))
    talk = await resident.hello()
    street.store.lines[account] = [one for one in street.store.lines[account] if one.seq == kept]

    street.open_pages.erase([(account, erased)])
    await talk.until("ready")
    later = await street.tell(account, say("web.begin"))
    await talk.until("message")

    begun = talk.kinds().index("reset")
    seqs = [one["seq"] for one in talk.heard[begun:] if one["type"] == "message"]
    assert seqs == [kept, later]


async def test_what_a_sender_still_held_when_it_was_erased_is_not_shown(street, resident):
    account = account_of(street)
    talk = await resident.hello()
    street.open_pages.erase([(account, street.last_seq + 1)])

    await street.tell(account, say("web.send"))
    shown = await street.tell(account, say("web.begin"))
    await talk.until("message")

    assert [one["seq"] for one in talk.heard if one["type"] == "message"] == [shown]


async def test_every_page_begins_anew_where_it_is_not_known_what_was_erased(street, resident):
    """The line to the other processes was cut: it may have been anything."""
    account = account_of(street)
    await street.tell(account, say("web.begin"))
    talk = await resident.hello()
    street.store.lines[account].clear()

    street.seconds += 60
    street.open_pages.erase_all()
    await talk.until("reset")
    await talk.until("ready")

    begun = talk.kinds().index("reset")
    assert "message" not in talk.kinds()[begun:]


async def test_pages_of_others_do_not_begin_anew(street, resident):
    talk = await resident.hello()

    street.open_pages.erase([("somebody else", 1)])
    await street.tell(account_of(street), say("web.begin"))
    await talk.until("message")

    assert "reset" not in talk.kinds()


async def test_a_page_that_missed_too_much_begins_anew(street, resident):
    account = account_of(street)
    first = await street.tell(account, say("web.begin"))
    for _ in range(sockets.CATCH_UP + 5):
        last = await street.tell(account, say("web.send"), push=False)
    street.seconds += 60

    talk = await resident.hello(since=first)

    seqs = [one["seq"] for one in talk.heard if one["type"] == "message"]
    assert talk.kinds()[:2] == ["profile", "reset"]
    assert seqs == list(range(last - sockets.PAGE + 1, last + 1))
    assert talk.heard[-1]["more"] is True


async def test_the_past_comes_in_pages_on_request(street, resident):
    account = account_of(street)
    for _ in range(120):
        await street.tell(account, say("web.begin"), push=False)
    talk = await resident.hello()
    seqs = [one["seq"] for one in talk.heard if one["type"] == "message"]
    assert talk.heard[-1]["more"] is True

    ends = []
    while not ends or ends[-1]["more"]:
        await talk.say(type="earlier", before=min(seqs))
        ends.append(await talk.until("earlier"))
        seqs = [one["seq"] for one in talk.heard if one["type"] == "message"]

    assert sorted(seqs) == list(range(1, 121))
    assert len(seqs) == 120
    assert [one["more"] for one in ends] == [True, False]


async def test_what_a_person_said_is_told_back_on_another_page(street, resident):
    talk = await resident.hello()
    _, kept = await upload(resident, photo())
    for frame in (
        {"type": "text", "id": "t1", "text": "路灯"},
        {"type": "files", "id": "f1", "files": [kept["id"]], "text": ""},
        {"type": "place", "id": "p1", "latitude": 34.5, "longitude": 112.5, "accuracy": 9},
        {"type": "press", "id": "b1", "action": "a:1", "seq": 1},
        {"type": "command", "id": "c1", "command": "menu"},
    ):
        await talk.say(**frame)
        await talk.until("stored")

    other = await resident.hello()

    own = [one for one in other.heard if one["type"] == "own"]
    assert [(one["kind"], one["id"]) for one in own] == [
        ("text", "t1"),
        ("files", "f1"),
        ("place", "p1"),
        ("press", "b1"),
    ]
    assert own[0]["text"] == "路灯"
    assert own[1]["files"] == [{"id": kept["id"], "kind": "photo", "type": "image/jpeg"}]
    assert "accuracy" not in own[2]
    assert (own[3]["action"], own[3]["origin"]) == ("a:1", 1)


async def test_every_open_page_of_a_person_is_told_and_nobody_else(street, base, stack):
    mine = Client(base, await stack.enter_async_context(browserless()))
    await mine.open_session()
    account = account_of(street)
    other = Client(base, await stack.enter_async_context(browserless()))
    await other.open_session()
    talks = [await mine.hello(), await mine.hello()]
    stranger = await other.hello()

    seq = await street.tell(account, say("web.begin"))

    assert [(await talk.next())["seq"] for talk in talks] == [seq, seq]
    await stranger.quiet()


async def test_seen_is_what_the_page_says_and_no_more(street, resident):
    talk = await resident.hello()
    account = account_of(street)
    seqs = [await street.tell(account, say("web.begin")) for _ in range(3)]
    await talk.say(type="seen", upto=seqs[1])
    await talk.say(type="ping")
    await talk.until("pong")
    await street.open_pages.seen.close()

    assert [line.seen for line in street.store.lines[account]] == [True, True, False]


async def test_a_change_of_language_or_type_comes_before_the_next_message(street, resident):
    talk = await resident.hello()
    account = account_of(street)
    street.change(account, language=Language.ENGLISH, elder=True)

    await street.tell(account, say("web.begin"))

    profile = await talk.next()
    assert (profile["language"], profile["elder"]) == ("en", True)
    assert (await talk.next())["blocks"] == [{"kind": "text", "text": "Start"}]
    await talk.say(type="hello", version=1, since=0)
    again = [await talk.next(), await talk.next(), await talk.next()]
    assert [one["type"] for one in again] == ["profile", "message", "ready"]
    assert again[1]["language"] == "en"


async def test_what_another_process_sent_is_shown_when_it_wakes_this_one(street, resident):
    talk = await resident.hello()
    account = account_of(street)
    first = await street.tell(account, say("web.begin"))
    await talk.next()
    second = await street.tell(account, say("web.send"), push=False)

    street.open_pages.wake([(account, second), ("nobody", second)])

    assert (await talk.next())["seq"] == second
    assert second > first
    await talk.quiet()


async def test_a_page_that_never_says_hello_is_let_go(street, resident, monkeypatch):
    monkeypatch.setattr(sockets, "HELLO_SECONDS", 0.05)
    talk = Talk(await resident.connect())

    assert (await talk.receive()).type is WSMsgType.CLOSE
    assert talk.ws.close_code == close_codes.NO_HELLO


async def test_a_revoked_session_that_only_listens_ends_too(street, resident, monkeypatch):
    monkeypatch.setattr(sockets, "CHECK_SECONDS", 0.05)
    talk = await resident.hello()

    street.store.sessions.clear()

    assert (await talk.receive()).type is WSMsgType.CLOSE
    assert talk.ws.close_code == close_codes.COME_AGAIN


async def test_a_slow_page_is_cut_off_instead_of_holding_the_sender_up(
    street, resident, monkeypatch
):
    monkeypatch.setattr(sockets, "QUEUE_MAX", 5)
    talk = await resident.hello()
    account = account_of(street)

    for _ in range(20):
        await street.tell(account, say("web.begin"))

    while (await talk.receive()).type is not WSMsgType.CLOSE:
        pass
    assert talk.ws.close_code == close_codes.OVERRUN
    again = await resident.hello()
    assert len([one for one in again.heard if one["type"] == "message"]) == 20


async def test_a_stopping_server_asks_pages_to_come_again(street, stack, tmp_path):
    async with browserless() as http:
        async with served(street) as base:
            client = Client(base, http)
            await client.open_session()
            talk = await client.hello()
            closing = asyncio.create_task(talk.receive())
            await asyncio.sleep(0)
        assert (await closing).type is WSMsgType.CLOSE

    assert talk.ws.close_code == close_codes.GOING_AWAY


async def test_a_fault_of_the_store_ends_no_conversation(street, resident):
    talk = await resident.hello()
    street.store.broken = True

    await talk.say(type="text", id="t1", text="hello")
    error = await talk.next()
    street.store.broken = False

    assert (error["code"], error["again"]) == ("not_stored", True)
    await talk.say(type="text", id="t1", text="hello")
    assert (await talk.next())["id"] == "t1"


# --- the driver ----------------------------------------------------------------------------------


async def test_a_message_for_nobody_online_is_no_fault(street):
    driver = WebDriver(Side.STAFF, street.open_pages)
    delivery = Delivery(id=9, address="a-away", message=say("web.begin"), language=Language.CHINESE)

    assert driver.bot == "web.staff"
    assert await driver.send(delivery) == "9"
    await driver.confirm("p1")


async def test_an_upload_is_fetched_by_its_id_and_a_missing_one_is_rejected(street, resident):
    _, kept = await upload(resident, photo())
    driver = street.drivers["web.residents"]

    assert (await fetched(driver, kept["id"]))[:2] == b"\xff\xd8"
    with pytest.raises(Rejected):
        await fetched(driver, "u-404")


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"account": "a", "at": "2026-11-24T02:00:00+00:00", "language": None},
        {"account": "a", "at": "then", "language": None, "frame": {"type": "text", "text": "x"}},
        {
            "account": "a",
            "at": "2026-11-24T02:00:00+00:00",
            "language": None,
            "frame": {"type": "hello"},
        },
    ],
)
def test_what_the_page_did_not_send_is_poison(street, raw):
    with pytest.raises(ValueError, match=r"no update|no content|Invalid"):
        street.drivers["web.residents"].parse(raw)


# --- files ---------------------------------------------------------------------------------------


async def test_a_photo_is_kept_without_what_the_phone_wrote_into_it(street, resident):
    status, kept = await upload(resident, photo())

    assert status == 201
    assert kept["type"] == "image/jpeg"
    async with resident.http.get(
        f"{resident.base}/chat/files/{kept['id']}?side=residents"
    ) as response:
        data = await response.read()
    assert b"CANARY" not in data
    assert len(data) == kept["size"]
    assert response.content_type == "image/jpeg"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"].startswith("private")
    assert response.headers["Content-Disposition"].startswith("inline; filename=")
    assert "sandbox" in response.headers["Content-Security-Policy"]


async def test_a_voice_can_be_played_from_the_middle(street, resident):
    _, kept = await upload(resident, sounds.ogg(), kind="voice")
    sound = clean(sounds.ogg()).data

    async with resident.http.get(
        f"{resident.base}/chat/files/{kept['id']}", headers={"Range": "bytes=10-19"}
    ) as response:
        assert response.status == 206
        assert await response.read() == sound[10:20]
        assert response.content_type == "audio/ogg"


@dataclass
class Watched:
    """A file's content, and in which pieces it was read."""

    content: bytes
    pieces: list[int] = field(default_factory=list)

    def size(self) -> int:
        return len(self.content)

    def read(self, start: int = 0, end: int | None = None) -> bytes:
        piece = self.content[start:end]
        self.pieces.append(len(piece))
        return piece


def shared(street, content, media_type="application/zip", name="我的邻里资料-2026-11-24.zip"):
    """Let the one account have been sent a file with a name of its own."""
    file = StoredFile(
        id="copy", kind=FileKind.DOCUMENT, content=content, media_type=media_type, name=name
    )
    street.store.uploads["copy"] = (account_of(street), file)
    return file


async def test_a_file_is_saved_under_its_own_name(street, resident):
    shared(street, Watched(b"PK"))
    await street.tell(account_of(street), Message(attachments=("copy",)))

    talk = await resident.hello()
    async with resident.http.get(f"{resident.base}/chat/files/copy") as response:
        headers, body = response.headers, await response.read()

    (told,) = (frame for frame in talk.heard if frame["type"] == "message")
    assert told["files"] == [
        {
            "id": "copy",
            "kind": "document",
            "type": "application/zip",
            "name": "我的邻里资料-2026-11-24.zip",
        }
    ]
    assert body == b"PK"
    assert headers["Content-Type"] == "application/zip"
    assert headers["Content-Disposition"] == (
        'attachment; filename="______-2026-11-24.zip"; '
        f"filename*=UTF-8''{quote('我的邻里资料')}-2026-11-24.zip"
    )


async def test_a_page_to_read_is_saved_and_never_shown_as_one_of_ours(street, resident):
    shared(street, Watched(b"<p>"), "text/html", 'a"b\n.html')

    async with resident.http.get(f"{resident.base}/chat/files/copy") as response:
        headers = response.headers

    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Disposition"].startswith('attachment; filename="a_b_.html"; ')
    assert "sandbox" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        (None, 200, 0, 2_500_000),
        ("bytes=10-2000009", 206, 10, 2_000_010),
        ("bytes=-3", 206, 2_499_997, 2_500_000),
        ("bytes=2500000-", 416, 0, 0),
    ],
)
async def test_a_large_file_is_read_bit_by_bit(street, resident, asked, status, start, end):
    content = Watched(random.Random(7).randbytes(2_500_000))
    shared(street, content)

    async with resident.http.get(
        f"{resident.base}/chat/files/copy", headers={"Range": asked} if asked else {}
    ) as response:
        body = await response.read()

    assert response.status == status
    assert response.headers["Content-Length"] == str(end - start)
    assert body == content.content[start:end]
    assert sum(content.pieces) == end - start
    assert max(content.pieces) <= 2**20


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (b"", "photo", 415, "empty_file"),
        (b"GIF89a" + bytes(50), "photo", 415, "photo_unsupported"),
        (b"<svg/>", "photo", 415, "photo_unsupported"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(60), "photo", 415, "photo_unsupported"),
        (b"\x1aE\xdf\xa3\x01\x00webm" + b"V_VP9" + bytes(50), "photo", 415, "video"),
        (b"\x1aE\xdf\xa3\x01\x00webm" + b"V_VP9" + bytes(50), "voice", 415, "video"),
        (b"plain words", "voice", 415, "voice_unsupported"),
        (sounds.amr() + b"words", "voice", 415, "voice_broken"),
        (photo()[:300], "photo", 415, "photo_broken"),
        (bomb(), "photo", 415, "photo_too_large"),
        (b"OggS" + bytes(120_000), "voice", 413, "too_large"),
        (b"x", "document", 400, "bad_request"),
    ],
)
async def test_an_unusable_upload_gets_a_sentence(street, resident, data, kind, status, code):
    given = await upload(resident, data, kind=kind)

    assert given[0] == status
    assert given[1]["error"] == code
    assert given[1]["text"]
    assert street.store.uploads == {}


async def test_a_file_that_says_how_large_it_is_is_refused_before_it_comes(street, resident):
    cookie = next(iter(resident.http.cookie_jar))
    head = (
        "POST /chat/files?side=residents&kind=photo HTTP/1.1\r\n"
        f"Host: 127.0.0.1:{street.port}\r\nOrigin: {resident.origin}\r\n"
        f"Cookie: {cookie.key}={cookie.value}\r\nContent-Length: 4000000\r\n"
        "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", street.port)

    writer.write(head.encode())
    answer = await asyncio.wait_for(reader.readline(), 5)

    assert b" 413 " in answer
    writer.close()
    await writer.wait_closed()


async def test_a_file_that_grows_beyond_the_limit_is_cut_off_while_it_comes(street, resident):
    async def endless():
        yield b"--b\r\nContent-Disposition: form-data; name=file; filename=x\r\n\r\n"
        for _ in range(100):
            yield bytes(60_000)

    async with resident.http.post(
        f"{resident.base}/chat/files?side=residents&kind=photo",
        data=endless(),
        headers={"Origin": resident.origin, "Content-Type": "multipart/form-data; boundary=b"},
    ) as response:
        assert response.status == 413
        assert (await response.json())["error"] == "too_large"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"x", "application/json"),
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=b"),
        (
            b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--',
            "multipart/form-data; boundary=b",
        ),
    ],
    ids=["json", "no boundary", "no part", "other name"],
)
async def test_a_body_that_is_no_upload_is_refused(resident, body, content_type):
    async with resident.http.post(
        f"{resident.base}/chat/files?side=residents&kind=photo",
        data=body,
        headers={"Origin": resident.origin, "Content-Type": content_type},
    ) as response:
        assert response.status == 400
        assert (await response.json())["error"] == "bad_request"


async def test_a_file_of_somebody_else_looks_like_none(street, base, stack, resident):
    _, kept = await upload(resident, photo())
    stranger = Client(base, await stack.enter_async_context(browserless()))
    address = f"{base}/chat/files/{kept['id']}?side=residents"
    async with stranger.http.get(address) as response:
        assert response.status == 401
    await stranger.open_session()

    async with stranger.http.get(address) as response:
        mine = (response.status, await response.json())
    async with stranger.http.get(f"{base}/chat/files/u-404?side=residents") as response:
        none = (response.status, await response.json())

    assert mine == none
    assert mine[0] == 404
    talk = await stranger.hello()
    await talk.say(type="files", id="f1", files=[kept["id"]])
    assert (await talk.next())["code"] == "unknown_file"


async def test_an_upload_needs_a_session_and_a_page_of_ours(street, client):
    status, answer = await upload(client, photo())
    assert (status, answer["error"]) == (401, "no_session")
    await client.open_session()

    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        status, answer = await upload(client, photo(), headers=headers)
        assert (status, answer["error"]) == (403, "origin")
    assert street.store.uploads == {}


async def test_uploads_are_limited_and_say_when_to_come_back(street, resident, monkeypatch):
    for _ in range(60):
        assert (await upload(resident, photo()))[0] == 201

    status, answer = await upload(resident, photo())

    assert (status, answer["error"]) == (429, "flood")


async def test_a_file_that_cannot_be_stored_is_told_as_such(street, resident):
    form = FormData()
    form.add_field("file", photo(), filename="x")
    street.store.save_upload = _fail

    async with resident.http.post(
        f"{resident.base}/chat/files?side=residents&kind=photo",
        data=form,
        headers={"Origin": resident.origin},
    ) as response:
        assert response.status == 503
        assert (await response.json())["error"] == "not_stored"


async def _fail(*_args):
    raise OSError("disk full")


# --- doors ---------------------------------------------------------------------------------------


async def test_a_foreign_page_cannot_open_a_socket_with_the_visitors_cookie(resident):
    resident.origin = "https://evil.example"

    with pytest.raises(WSServerHandshakeError) as refused:
        await resident.connect()

    assert refused.value.status == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[", "localhost@evil"])
async def test_a_foreign_host_is_refused(client, host):
    async with client.http.get(f"{client.base}/", headers={"Host": host}) as response:
        assert response.status in (400, 421)


async def test_behind_a_public_address_only_that_address_is_answered(street, stack):
    street.public_url = "https://linli.example"
    base = await stack.enter_async_context(served(street))
    http = await stack.enter_async_context(browserless())

    async with http.get(f"{base}/", headers={"Host": "linli.example"}) as response:
        assert response.status == 200
        assert "wss://linli.example" in response.headers["Content-Security-Policy"]
    async with http.get(f"{base}/") as response:
        assert response.status == 421
        assert (await response.json())["error"] == "host"
    async with http.post(
        f"{base}/chat/session",
        json={"side": "residents"},
        headers={"Host": "linli.example", "Origin": "http://linli.example"},
    ) as response:
        assert response.status == 403


@pytest.mark.parametrize(
    "path", ["/", "/staff", "/chat", "/staff?i=CODE", "/nothing", "/robots.txt"]
)
async def test_every_answer_says_what_may_be_done_with_it(client, path):
    async with client.http.get(f"{client.base}{path}") as response:
        policy = response.headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "style-src 'self';" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"


async def test_opening_an_invitation_consumes_nothing_and_tells_nothing(street, client):
    async with client.http.get(f"{client.base}/staff?i=SECRETCODE") as response:
        body = await response.text()

    assert response.status == 200
    assert "SECRETCODE" not in body
    assert street.store.accounts == {}
    assert street.intake.kept == {}


async def test_the_page_has_no_script_style_or_request_of_others(client):
    async with client.http.get(f"{client.base}/") as response:
        body = await response.text()

    assert "http://" not in body.replace("http://www.w3.org/", "")
    assert "https://" not in body
    assert "style=" not in body
    assert " on" + "click=" not in body
    assert "<style" not in body
    for line in body.splitlines():
        if "<script" in line:
            assert 'src="/page/' in line or 'type="application/json"' in line


async def test_assets_are_kept_for_ever_under_their_version_only(client):
    async with client.http.get(f"{client.base}/") as response:
        body = await response.text()
    address = body.split('href="')[2].split('"')[0]
    assert address.endswith("page.css")

    async with client.http.get(f"{client.base}{address}") as response:
        current = response.headers["Cache-Control"]
        assert response.content_type == "text/css"
    async with client.http.get(f"{client.base}/page/abc123/page.css") as response:
        assert response.status == 200
        old = response.headers["Cache-Control"]
    statuses = []
    for name in ("page.html", "nothing.js", "..%2fweb.py"):
        async with client.http.get(f"{client.base}/page/abc123/{name}") as response:
            statuses.append(response.status)

    assert "immutable" in current
    assert old == "no-store"
    assert statuses == [404, 404, 404]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"side":"both"}', b'{"side":["staff"]}', b"[" * 50_000]
)
async def test_a_request_for_a_session_in_the_wrong_form_is_refused(street, client, body):
    async with client.http.post(
        f"{client.base}/chat/session",
        data=body,
        headers={"Origin": client.origin, "Content-Type": "application/json"},
    ) as response:
        assert response.status == 400
        assert (await response.json())["text"]
    assert street.store.accounts == {}


async def test_only_a_named_proxy_is_believed_about_addresses(street, stack, tmp_path):
    body = {"side": "residents"}
    statuses = []
    for proxies in (frozenset(), frozenset({"127.0.0.1"})):
        own = WebStreet(MemoryStore(tmp_path), proxies=proxies)
        base = await stack.enter_async_context(served(own))
        for n in range(61):
            headers = {"Origin": base, "X-Forwarded-For": f"10.0.0.{n}"}
            async with (
                browserless() as http,
                http.post(f"{base}/chat/session", json=body, headers=headers) as response,
            ):
                status = response.status
        statuses.append(status)

    assert statuses == [429, 200]


async def test_nothing_personal_is_logged(street, resident, capsys):
    talk = await resident.hello()
    street.intake.broken = True
    await talk.say(type="text", id="t1", text="CANARY-WORDS")
    await talk.until("error")
    await talk.ws.send_str('{"type":"CANARY-TYPE"}')
    await talk.until("error")
    await upload(resident, b"CANARY-FILE")

    logged = "".join(capsys.readouterr())
    assert "web.not_stored" in logged
    assert "CANARY" not in logged
    assert account_of(street) not in logged


# --- health --------------------------------------------------------------------------------------


async def test_health_and_readiness_answer_under_any_name(street, client):
    headers = {"Host": "10.1.2.3"}
    async with client.http.get(f"{client.base}/health", headers=headers) as response:
        assert (response.status, await response.json()) == (200, {"status": "ok"})
    async with client.http.get(f"{client.base}/ready", headers=headers) as response:
        ready = {"ready": True, "checks": {"database": True}}
        assert (response.status, await response.json()) == (200, ready)

    street.checks["database"] = False
    async with client.http.get(f"{client.base}/ready", headers=headers) as response:
        assert response.status == 503
        assert (await response.json())["ready"] is False


# --- the demonstration ---------------------------------------------------------------------------


@pytest.fixture
async def demo(tmp_path, stack):
    street = WebStreet(MemoryStore(tmp_path), demo=True)
    street.add_persona("resident", Side.RESIDENTS, "王秀兰", text("web.demo_mark"))
    street.add_persona("worker", Side.STAFF, "李强", text("web.demo_mark"))
    base = await stack.enter_async_context(served(street))
    return street, Client(base, await stack.enter_async_context(browserless()))


async def test_the_demonstration_shows_everybody_and_its_time(demo):
    _, client = demo

    async with client.http.get(f"{client.base}/") as response:
        front = await response.text()
    async with client.http.get(f"{client.base}/demo/state") as response:
        state = await response.json()
    async with client.http.get(f"{client.base}/chat?persona=worker") as response:
        pane = await response.text()

    assert "虚构演示" in front
    assert state["now"] == "2026-11-24T10:00:00+08:00"
    assert [(one["key"], one["side"], one["name"]) for one in state["personas"]] == [
        ("resident", "residents", "王秀兰"),
        ("worker", "staff", "李强"),
    ]
    assert 'data-persona="worker"' in pane
    assert "虚构演示" in pane


async def test_the_demonstration_says_that_its_people_are_asleep_and_until_when(demo):
    street, client = demo

    async with client.http.get(f"{client.base}/demo/state") as response:
        by_day = await response.json()
    street.at = street.at.replace(hour=23, minute=20)
    async with client.http.get(f"{client.base}/demo/state") as response:
        by_night = await response.json()

    assert by_day["quiet_until"] is None
    assert by_night["quiet_until"] == "08:00"


async def test_a_qr_code_leads_to_the_residents_page_also_in_the_demonstration(demo):
    _, client = demo

    async with client.http.get(f"{client.base}/?g=YH-01") as response:
        assert 'data-session="no"' in await response.text()


async def test_a_persona_speaks_without_a_session(demo):
    street, client = demo
    client.scope = "persona=worker"
    talk = await client.hello()
    assert talk.heard[0]["side"] == "staff"
    assert talk.heard[0]["demo"] is True

    await talk.say(type="text", id="t1", text="收到")
    await talk.until("stored")
    status, _ = await upload(client, photo())

    assert street.said[0].address == "p-worker"
    assert status == 201


@pytest.mark.parametrize(
    ("step", "span"),
    [
        ("15min", timedelta(minutes=15)),
        ("1h", timedelta(hours=1)),
        ("1day", timedelta(days=1)),
        ("1week", timedelta(weeks=1)),
        ("morning", "morning"),
    ],
)
async def test_the_clock_moves_by_the_steps_of_its_buttons(demo, step, span):
    street, client = demo

    async with client.http.post(
        f"{client.base}/demo/clock", json={"advance": step}, headers={"Origin": client.origin}
    ) as response:
        answer = await response.json()

    assert street.moved == [span]
    assert answer["arrived"] == {"reminders": 3, "digests": 1, "others": 0}
    assert answer["now"].startswith(f"{street.at + timedelta(hours=8):%Y-%m-%dT%H:%M}")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "OWN", "X-Forwarded-For": "10.0.0.1"}, 403),
        ({"Origin": "OWN", "Forwarded": "for=10.0.0.1"}, 403),
        ({"Origin": "OWN", "Host": "demo.example"}, 421),
    ],
)
async def test_the_clock_obeys_only_the_page_on_this_machine(demo, headers, status):
    street, client = demo
    own = {name: client.origin if value == "OWN" else value for name, value in headers.items()}

    async with client.http.post(
        f"{client.base}/demo/clock", json={"advance": "1h"}, headers=own
    ) as response:
        assert response.status == status
    assert street.moved == []


@pytest.mark.parametrize("body", [{}, {"advance": "1year"}, {"advance": 1}, []])
async def test_a_step_that_is_no_button_moves_nothing(demo, body):
    street, client = demo

    async with client.http.post(
        f"{client.base}/demo/clock", json=body, headers={"Origin": client.origin}
    ) as response:
        assert response.status == 400
    assert street.moved == []


async def test_outside_the_demonstration_there_is_none_of_it(street, client):
    for path in ("/demo/state", "/chat?persona=resident"):
        async with client.http.get(f"{client.base}{path}") as response:
            assert response.status == 404
    async with client.http.post(
        f"{client.base}/demo/clock", json={"advance": "1h"}, headers={"Origin": client.origin}
    ) as response:
        assert response.status == 404
    client.scope = "persona=resident"
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.connect()
    assert refused.value.status == 404


async def test_a_demonstration_without_its_switcher_still_marks_everything(street, stack):
    street.open_pages.demo = True
    base = await stack.enter_async_context(served(street))
    http = await stack.enter_async_context(browserless())

    async with http.get(f"{base}/") as response:
        assert "虚构演示" in await response.text()
    async with http.get(f"{base}/demo/state") as response:
        assert response.status == 404


async def test_a_webhook_proves_itself_by_its_secret_and_not_by_an_origin(street, client):
    async with client.http.post(f"{client.base}/telegram/residents", json={}) as response:
        assert response.status == 404


def test_the_demonstrations_parts_go_together_or_not_at_all(street):
    street.demo = True

    with pytest.raises(ValueError, match="together"):
        street.app()


@pytest.mark.parametrize(
    "path",
    [
        "/chat/files/../../etc/passwd",
        "/chat/files/..%2f..%2flinli.key",
        "/chat/files/%00",
        "/chat/files/%2e%2e",
        "/page/0/..%2fpage.html",
        "/page/0/web.py",
        "/page/../config.toml",
        "//etc/passwd",
    ],
)
async def test_no_address_leads_out_of_what_is_served(resident, path):
    address = URL(f"{resident.base}{path}", encoded=True)
    async with resident.http.get(address, allow_redirects=False) as response:
        body = await response.json()

    assert (response.status, body["error"]) == (404, "not_found")


async def test_the_name_of_an_upload_is_never_used(street, resident, tmp_path):
    before = set(tmp_path.rglob("*"))
    status, kept = await upload(resident, photo(), name="../../../<img src=x>.html")

    async with resident.http.get(f"{resident.base}/chat/files/{kept['id']}") as response:
        shown = response.headers["Content-Disposition"]

    assert status == 201
    assert shown == f'inline; filename="photo-{kept["id"]}.jpg"'
    assert response.headers["Content-Type"] == "image/jpeg"
    assert not [path for path in set(tmp_path.rglob("*")) - before if "img" in path.name]


async def test_a_device_asks_before_each_look_whether_it_may_still_show_a_file(street, resident):
    _, kept = await upload(resident, photo())
    address = f"{resident.base}/chat/files/{kept['id']}"
    async with resident.http.get(address) as response:
        tag, rule = response.headers["ETag"], response.headers["Cache-Control"]
    asked_again = {"If-None-Match": tag}

    async with resident.http.get(address, headers=asked_again) as response:
        same = (response.status, await response.read())
    street.store.uploads.pop(kept["id"])
    async with resident.http.get(address, headers=asked_again) as response:
        erased = response.status

    assert rule == "private, no-cache"
    assert same == (304, b"")
    assert erased == 404


async def test_an_upload_of_somebody_else_can_neither_be_seen_nor_sent(street, resident, stack):
    _, kept = await upload(resident, photo())
    other = Client(resident.base, await stack.enter_async_context(browserless()))
    assert await other.open_session() == 200

    talk = await other.hello()
    await talk.say(type="files", id="f1", files=[kept["id"]])
    refused = await talk.until("error")
    async with other.http.get(f"{other.base}/chat/files/{kept['id']}") as response:
        status = response.status

    assert refused["code"] == "unknown_file"
    assert status == 404
    assert not [one for one in street.intake.kept.values() if "files" in str(one)]
