"""Webhooks in the configuration: ``[webhooks.NAME]``, and what may be wrong with them."""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr

from bot.channels.webhooks.bodies import (
    ESCAPES,
    PLACEHOLDERS,
    BodyType,
    HookKind,
    Target,
    filled,
    placeholders_in,
    unknown_placeholders,
)
from bot.configuration.problems import Problem
from bot.configuration.rules.kinds import Count, Table
from bot.traffic.send_budget import Budget
from domain.organisation import Role
from domain.webhooks import Webhook

#: As it stands in the outbox, in the log and in words.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,23}")
#: More tables than any office has ways out.
MAX_WEBHOOKS = 20
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
#: What the call sets itself.
_OWN_HEADERS = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "user-agent"}
)
#: What a robot takes. Sources: WeCom and DingTalk, "每个机器人发送的消息不能超过20条/分钟".
_ROBOT_PER_MINUTE = 20
#: What an office's own system takes, where nothing else is said.
_PER_MINUTE = 60
_MAX_URL = 2048
_AT_ONCE = 1000.0
_SAMPLE = '长安路 3 号 "甲" \\ & < >\n2'


class WebhookTable(Table):
    """One way out beyond the chat."""

    kind: HookKind = HookKind.JSON
    url: SecretStr = SecretStr("")
    secret: SecretStr = SecretStr("")
    """Signs what is sent (json, dingtalk), or stands in a template as ``{secret}``."""
    roles: tuple[Role, ...] = ()
    units: tuple[str, ...] = ()
    events: Literal["all", "urgent"] = "all"
    content: Literal["number_and_link", "full_text"] = "number_and_link"
    per_minute: Annotated[int, Field(ge=0, le=6000)] = 0
    """0: what the kind allows."""
    texts: bool = False
    method: Literal["POST", "PUT", "GET"] = "POST"
    headers: Mapping[str, SecretStr] = {}
    body: SecretStr = SecretStr("")
    body_type: BodyType = BodyType.JSON
    answer_contains: Annotated[str, Field(max_length=200)] = ""

    @property
    def most_per_minute(self) -> Count:
        """Give how many messages go there in a minute at most."""
        is_robot = self.kind in (HookKind.WECOM, HookKind.DINGTALK)
        return self.per_minute or (_ROBOT_PER_MINUTE if is_robot else _PER_MINUTE)

    def target(self, name: str) -> Target:
        """Give where it leads."""
        return Target(
            name=name,
            kind=self.kind,
            url=self.url.get_secret_value(),
            secret=self.secret.get_secret_value(),
            method=self.method,
            headers={key: one.get_secret_value() for key, one in self.headers.items()},
            body=self.body.get_secret_value(),
            body_type=self.body_type,
            answer_contains=self.answer_contains,
            texts=self.texts,
        )

    def webhook(self, name: str) -> Webhook:
        """Give it as the domain knows it."""
        return Webhook(
            name=name,
            roles=frozenset(self.roles),
            units=frozenset(self.units),
            urgent_only=self.events == "urgent",
            in_full=self.content == "full_text",
            texts=self.texts,
        )

    def budget(self) -> Budget:
        """Give how fast it may be told something."""
        most = float(self.most_per_minute)
        return Budget(
            # What counts is a minute's number: within it, nothing has to wait.
            per_bot_per_second=_AT_ONCE,
            per_chat_per_second=_AT_ONCE,
            per_group_per_minute=most,
            per_chat_per_minute=most,
        )


def webhook_problems(tables: Mapping[str, WebhookTable]) -> Iterator[Problem]:
    """Find everything that is wrong with webhooks, each with its key; no value is repeated."""
    if len(tables) > MAX_WEBHOOKS:
        yield Problem("webhooks", f"has {len(tables)} tables; more than {MAX_WEBHOOKS} help nobody")
    for name, table in tables.items():
        place = f"webhooks.{name}"
        if not _NAME.fullmatch(name):
            said = "must be called by a short word: a-z, then a-z, 0-9 or _, at most 24 of them"
            yield Problem(place, said)
        for key, said in _wrong(table):
            yield Problem(f"{place}.{key}", said)


def unknown_hook_units(
    tables: Mapping[str, WebhookTable], units: Collection[str]
) -> Iterator[Problem]:
    """Find the units of webhooks that the street does not have, or no longer."""
    for name, table in tables.items():
        for code in sorted(set(table.units) - set(units)):
            said = f"there is no unit {code}: `linli units` lists them"
            yield Problem(f"webhooks.{name}.units", said)


def _wrong(table: WebhookTable) -> Iterator[tuple[str, str]]:
    yield from _wrong_url(table)
    yield from _wrong_secret(table)
    yield from _wrong_headers(table)
    yield from (_wrong_template if table.kind is HookKind.TEMPLATE else _wrong_robot)(table)
    if Role.RESIDENT in table.roles:
        yield "roles", 'names posts of the office: residents get text messages, by "texts = true"'
    if table.texts:
        if table.roles or table.units:
            key = "roles" if table.roles else "units"
            yield key, "must be empty with texts = true: those get them who agreed to it in chat"
        if table.content != "number_and_link":
            yield "content", 'must be "number_and_link" with texts = true: telephones lie about'


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _wrong_url(table: WebhookTable) -> Iterator[tuple[str, str]]:
    url = table.url.get_secret_value()
    if not url:
        yield "url", "is needed: the address that is called; it belongs into secrets.toml"
        return
    parts = _split(url)
    fits = url.isascii() and url.isprintable() and " " not in url and len(url) <= _MAX_URL
    if parts is None or not fits or parts.scheme not in ("http", "https") or not parts.hostname:
        yield "url", "must be an address that begins with https:// or http://"
        return
    if parts.username is not None or parts.password is not None:
        yield "url", "must hold no user and password: say them in headers"
    if parts.fragment or "#" in url:
        yield "url", "must hold no #"
    if placeholders_in(url.partition("?")[0]):
        yield "url", "may hold placeholders only after its ?"


def _wrong_secret(table: WebhookTable) -> Iterator[tuple[str, str]]:
    secret = table.secret.get_secret_value()
    if secret and table.kind is HookKind.WECOM:
        yield "secret", "must be empty: the address of a WeCom robot is its secret"
    if secret and table.kind is HookKind.JSON and len(secret) < 16:
        yield "secret", "must be 16 characters or more, or the signature can be guessed"


def _wrong_headers(table: WebhookTable) -> Iterator[tuple[str, str]]:
    for name, value in table.headers.items():
        given = value.get_secret_value()
        if not _HEADER.fullmatch(name) or name.lower() in _OWN_HEADERS:
            yield f"headers.{name}", "cannot be set"
        elif not (given.isascii() and given.isprintable() and len(given) <= _MAX_URL):
            yield f"headers.{name}", "must be plain ASCII in one line"


def _wrong_robot(table: WebhookTable) -> Iterator[tuple[str, str]]:
    said = 'is for kind = "template" alone'
    if table.texts:
        yield "texts", said
    if table.body:
        yield "body", said
    if table.method != "POST":
        yield "method", said
    if table.answer_contains and table.kind is not HookKind.JSON:
        yield "answer_contains", "must be empty: robots say whether they took it"
    if placeholders_in(table.url.get_secret_value()):
        yield "url", 'may hold placeholders only with kind = "template"'


def _wrong_template(table: WebhookTable) -> Iterator[tuple[str, str]]:
    url, body = table.url.get_secret_value(), table.body.get_secret_value()
    for key, template in (("url", url), ("body", body)):
        for name in unknown_placeholders(template):
            known = ", ".join(sorted(PLACEHOLDERS))
            yield key, f"holds {{{name}}}; what can be filled in is: {known}"
    if table.method == "GET" and body:
        yield "body", 'must be empty with method = "GET"'
    if table.method != "GET" and not body:
        yield "body", "is needed: what is sent, with placeholders such as {number}"
    sent = placeholders_in(url) | placeholders_in(body)
    if table.texts and "phone" not in sent:
        yield "body", "must hold {phone} with texts = true, or nobody knows whom to send it to"
    if not table.texts and "phone" in sent:
        yield "texts", "must be true where {phone} is filled in: numbers go to a gateway alone"
    if not sent & {"text", "number", "kind"}:
        yield "body", "must hold {text}, {number} or {kind}, or it says nothing"
    if "secret" in sent and not table.secret.get_secret_value():
        yield "secret", "is needed: {secret} is to be filled in"
    if table.method != "GET" and table.body_type is BodyType.JSON and body:
        sample = filled(body, dict.fromkeys(PLACEHOLDERS, _SAMPLE), ESCAPES[BodyType.JSON])
        try:
            json.loads(sample)
        except ValueError:
            yield "body", "is no JSON once it is filled in: placeholders stand in quotes there"
