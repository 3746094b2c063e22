"""Webhooks over real HTTP: what each kind is sent, and what becomes of each answer."""

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import pytest

from bot.channels.ports import ChannelError, Delivery, Failed, Rejected, TryLater, Unclear
from bot.channels.webhooks.bodies import BodyType, HookKind, Target
from bot.channels.webhooks.driver import MAX_ANSWER_BYTES, WebhookDriver
from domain.messages import Choice, Message, text
from domain.people import Language
from tests.receiver import Answer, Receiver

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
WALL = 1_795_000_000.5
SECRET = "a-secret-of-the-office"
#: Everything that breaks out of one format or another.
NASTY = '甲"\\\r\n乙&c=d<b>{number}\x00%41'


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver() as receiver:
        yield receiver


@asynccontextmanager
async def driver(target: Target, phone: str = "") -> AsyncIterator[WebhookDriver]:
    async def find_phone(_person: str) -> str:
        return phone

    made = WebhookDriver(
        "hook.duty",
        target,
        public_url="https://linli.example.org/",
        timeout_seconds=0.5,
        find_phone=find_phone,
        wall=lambda: WALL,
    )
    try:
        yield made
    finally:
        await made.close()


def news(number: str = "2026-00017", *more: str, urgent: bool = True) -> Delivery:
    kind = "urgent" if urgent else "news"
    headline = text(
        f"webhooks.{kind}_staff_case",
        number=number,
        kind=text(f"webhooks.kind_{kind}"),
        office="梧桐街道",
    )
    said = [text("names.either", zh=words, en=words) for words in more]
    link = Choice(label=text("webhooks.open"), link="/staff")
    return Delivery(
        id=42,
        address="duty",
        person="worker",
        message=Message(blocks=(headline, *said), choices=((link,),)),
        language=Language.CHINESE,
        at=NOW,
    )


def target(receiver: Receiver, kind: HookKind = HookKind.JSON, **options: Any) -> Target:
    url = options.pop("url", f"{receiver.base}/hook?key=abc")
    return Target(name="duty", kind=kind, url=url, **options)


async def test_an_own_system_gets_signed_json(receiver: Receiver) -> None:
    async with driver(target(receiver, secret=SECRET)) as hook:
        await hook.send(news())

    [heard] = receiver.heard
    assert (heard.method, heard.path) == ("POST", "/hook?key=abc")
    assert json.loads(heard.body) == {
        "version": 1,
        "id": "duty-42",
        "at": "2026-11-24T06:30:00+00:00",
        "urgent": True,
        "kind": "紧急",
        "number": "2026-00017",
        "office": "梧桐街道",
        "text": "【紧急】梧桐街道：2026-00017，请马上处理。",
        "link": "https://linli.example.org/staff",
    }
    signed = heard.headers["X-Linli-Timestamp"].encode() + b"." + heard.body
    expected = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert heard.headers["X-Linli-Signature"] == f"sha256={expected}"
    assert heard.headers["X-Linli-Timestamp"] == "1795000000"


async def test_a_robot_of_wecom_gets_a_text(receiver: Receiver) -> None:
    async with driver(target(receiver, HookKind.WECOM)) as hook:
        await hook.send(news())

    said = json.loads(receiver.heard[0].body)
    assert said["msgtype"] == "text"
    assert said["text"]["content"] == (
        "【紧急】梧桐街道：2026-00017，请马上处理。\nhttps://linli.example.org/staff"
    )


async def test_a_robot_of_dingtalk_gets_its_own_signature_in_the_address(
    receiver: Receiver,
) -> None:
    async with driver(target(receiver, HookKind.DINGTALK, secret="SEC000")) as hook:
        await hook.send(news())

    asked = parse_qs(urlsplit(receiver.heard[0].path).query)
    digest = hmac.new(b"SEC000", b"1795000000500\nSEC000", hashlib.sha256).digest()
    assert asked["key"] == ["abc"]
    assert asked["timestamp"] == ["1795000000500"]
    assert asked["sign"] == [base64.b64encode(digest).decode()]


async def test_a_long_text_is_cut_between_characters_and_keeps_its_link(
    receiver: Receiver,
) -> None:
    async with driver(target(receiver, HookKind.WECOM)) as hook:
        await hook.send(news("2026-00017", "长" * 3000))

    content = json.loads(receiver.heard[0].body)["text"]["content"]
    assert len(content.encode()) <= 2048
    assert content.endswith("长…\nhttps://linli.example.org/staff")


@pytest.mark.parametrize("body_type", list(BodyType))
async def test_a_value_never_breaks_out_of_a_template(
    receiver: Receiver, body_type: BodyType
) -> None:
    templates = {
        BodyType.JSON: '{"to": ["{phone}"], "n": "{number}", "t": "{text}"}',
        BodyType.FORM: "to={phone}&n={number}&t={text}",
        BodyType.XML: '<m to="{phone}"><n>{number}</n><t>{text}</t></m>',
        BodyType.PLAIN: "{phone}|{number}|{text}",
    }
    made = target(
        receiver,
        HookKind.TEMPLATE,
        body=templates[body_type],
        body_type=body_type,
        texts=True,
    )

    async with driver(made, phone="13812345678") as hook:
        await hook.send(news(NASTY))

    [heard] = receiver.heard
    assert heard.headers["Content-Type"] == f"{body_type}; charset=utf-8"
    body = heard.body.decode()
    match body_type:
        case BodyType.JSON:
            read = json.loads(body)
            assert read["to"] == ["13812345678"]
            assert read["n"] == NASTY
        case BodyType.FORM:
            assert parse_qs(body, strict_parsing=True)["n"] == [NASTY]
            assert parse_qs(body).keys() == {"to", "n", "t"}
        case BodyType.XML:
            read = ElementTree.fromstring(body)  # noqa: S314  # our own
            assert [child.tag for child in read] == ["n", "t"]
            assert "<b>{number}" in (read.find("n").text or "")  # type: ignore[union-attr]
        case BodyType.PLAIN:
            assert "\x00" not in body
            assert "\r" not in body


async def test_a_gateway_that_is_asked_gets_values_in_the_address_alone(
    receiver: Receiver,
) -> None:
    url = f"{receiver.base}/send?key={{secret}}&to={{phone}}&msg={{text}}"
    made = target(receiver, HookKind.TEMPLATE, url=url, method="GET", secret="k&k", texts=True)

    async with driver(made, phone="13812345678") as hook:
        await hook.send(news(NASTY))

    heard = receiver.heard[0]
    asked = parse_qs(urlsplit(heard.path).query)
    assert (heard.method, heard.body) == ("GET", b"")
    assert urlsplit(heard.path).path == "/send"
    assert asked.keys() == {"key", "to", "msg"}
    assert asked["key"] == ["k&k"]
    assert "%41" in unquote(asked["msg"][0].replace("%41", "%2541"))


async def test_without_a_number_any_more_no_text_message_goes(receiver: Receiver) -> None:
    made = target(receiver, HookKind.TEMPLATE, body="{phone} {text}", texts=True)

    async with driver(made) as hook:
        with pytest.raises(Rejected):
            await hook.send(news())

    assert receiver.heard == []


@pytest.mark.parametrize(
    ("kind", "answer", "error", "seconds"),
    [
        (HookKind.JSON, Answer(429, headers={"Retry-After": "7"}), TryLater, 7.0),
        (HookKind.JSON, Answer(429), TryLater, 60.0),
        (HookKind.JSON, Answer(503, headers={"Retry-After": "9"}), TryLater, 9.0),
        (HookKind.JSON, Answer(429, headers={"Retry-After": "soon"}), TryLater, 60.0),
        (HookKind.JSON, Answer(502), Unclear, None),
        (HookKind.JSON, Answer(500), Failed, None),
        (HookKind.JSON, Answer(404), Rejected, None),
        (HookKind.JSON, Answer(401), Rejected, None),
        (HookKind.JSON, Answer(cut=True), Unclear, None),
        (HookKind.WECOM, Answer(body='{"errcode":45009}'), TryLater, 60.0),
        (HookKind.WECOM, Answer(body='{"errcode":93000}'), Rejected, None),
        (HookKind.WECOM, Answer(body='{"errcode":-1}'), Failed, None),
        (HookKind.WECOM, Answer(body="<html>log in to the network</html>"), Failed, None),
        (HookKind.WECOM, Answer(body='{"errcode":true}'), Failed, None),
        (HookKind.DINGTALK, Answer(body='{"errcode":130101}'), TryLater, 600.0),
        (HookKind.DINGTALK, Answer(body='{"errcode":310000}'), Rejected, None),
    ],
)
async def test_an_answer_says_what_becomes_of_the_message(
    receiver: Receiver,
    kind: HookKind,
    answer: Answer,
    error: type[ChannelError],
    seconds: float | None,
) -> None:
    receiver.answers.append(answer)

    async with driver(target(receiver, kind)) as hook:
        with pytest.raises(error) as caught:
            await hook.send(news())

    assert type(caught.value) is error
    if isinstance(caught.value, TryLater):
        assert caught.value.seconds == seconds
    assert "abc" not in str(caught.value)  # the address's secret


async def test_a_redirection_is_not_followed(receiver: Receiver) -> None:
    receiver.answers.append(Answer(307, headers={"Location": f"{receiver.base}/elsewhere"}))

    async with driver(target(receiver)) as hook:
        with pytest.raises(Rejected):
            await hook.send(news())

    assert [one.path for one in receiver.heard] == ["/hook?key=abc"]


async def test_where_nobody_listens_nothing_is_known(receiver: Receiver) -> None:
    async with driver(target(receiver, url="http://127.0.0.1:9/hook?key=abc")) as hook:
        with pytest.raises(Unclear) as caught:
            await hook.send(news())

    assert "key" not in str(caught.value)


async def test_of_an_endless_answer_only_the_beginning_is_read(receiver: Receiver) -> None:
    padded = '{"errcode":0,"x":"' + "x" * (8 * MAX_ANSWER_BYTES) + '"}'
    receiver.answers.append(Answer(body=padded))

    async with driver(target(receiver, HookKind.WECOM)) as hook:
        with pytest.raises(Failed):
            await hook.send(news())


async def test_a_gateway_must_say_that_it_took_it(receiver: Receiver) -> None:
    made = target(
        receiver, HookKind.TEMPLATE, body='{"t": "{text}"}', answer_contains='"code":"OK"'
    )
    receiver.answers += [Answer(body='{"code":"isv.NO_MONEY"}'), Answer(body='{"code":"OK"}')]

    async with driver(made) as hook:
        with pytest.raises(Failed):
            await hook.send(news())
        await hook.send(news())

    assert len(receiver.heard) == 2


async def test_cookies_are_not_kept(receiver: Receiver) -> None:
    receiver.answers.append(Answer(headers={"Set-Cookie": "s=1; Path=/"}))

    async with driver(target(receiver)) as hook:
        await hook.send(news())
        await hook.send(news())

    assert "Cookie" not in receiver.heard[1].headers
