"""Driving the fake from another process: /control/… with JSON both ways.

====== ================= =====================================================================
POST   /control/bots     token, username -> the bot; also GET for the list
POST   /control/people   id, first_name, language_code … -> made, or found again
POST   /control/groups   id, title, is_forum, people (ids), administrators (tokens)
POST   /control/crowd    token, first, count -> people who started the bot, without updates
POST   /control/do       a person acts: token, person, action, arguments; in a group: group
POST   /control/expect   token, person, part, within -> the message; 422 if it does not come
GET    /control/messages ?token=&person= -> what the chat shows; &after=ID for later ones
POST   /control/faults   an order, as `Faults.order` takes it; DELETE withdraws all
POST   /control/down     Telegram is away; POST /control/up ends it
GET    /control/counters calls, answers, 429s earned, updates waiting and expired; DELETE zeroes
GET    /control/calls    ?method=&limit= -> the last calls kept
POST   /control/clock    advance (seconds), set (ISO moment), stop or run (true) -> now
POST   /control/limits   the fields of `Limits`, or {"off": true}
====== ================= =====================================================================

`action` is a method of `Conversation`; file contents are base64 text in "content". A refusal of
the people's side (no such button) is 422 with {"error": …}.
"""

import base64
import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from aiohttp import web

from tests.patience import PATIENCE

from .chats import Message
from .limits import Limits
from .people import Conversation, Press

if TYPE_CHECKING:
    from .server import BotApi

ACTIONS = frozenset(
    {
        "say",
        "command",
        "start",
        "press",
        "press_data",
        "send_photo",
        "send_album",
        "send_voice",
        "send_video",
        "send_document",
        "send_sticker",
        "share_location",
        "share_contact",
        "edit_last",
        "block",
        "unblock",
        "skip",
    }
)

Values = dict[str, Any]


async def handle(
    api: "BotApi", request: web.BaseRequest, path: str, query: str
) -> web.StreamResponse:
    route = _ROUTES.get((request.method, path))
    if route is None:
        return _answer({"error": f"no {request.method} /control/{path}"}, 404)
    try:
        values: Values = dict(parse_qsl(query))
        if body := await request.read():
            values.update(json.loads(body))
        return _answer(await route(api, values))
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        return _answer({"error": f"{type(error).__name__}: {error}"}, 422)


def shown(message: Message) -> Values:
    """A message as the control API writes it."""
    view: Values = {
        "id": message.id,
        "from_bot": message.sender.user["is_bot"],
        "kind": message.kind,
        "text": message.text,
        "buttons": message.buttons,
        "edits": message.edits,
        "deleted": message.deleted,
        "date": message.fields["date"],
        "thread": message.thread,
        "album": message.album,
        "reactions": message.reactions,
    }
    if message.attachment is not None:
        view["size"] = message.attachment.main.size
    return view


def _answer(value: Any, status: int = 200) -> web.Response:
    body = json.dumps(value, ensure_ascii=False).encode()
    return web.Response(body=body, status=status, content_type="application/json")


def _conversation(api: "BotApi", values: Values) -> Conversation:
    person = api.person(int(values["person"]))
    if "group" in values:
        return person.in_group(api.groups[int(values["group"])])
    return person.chat_with(api.bots[values["token"]])


async def _add_bot(api: "BotApi", values: Values) -> Any:
    bot = api.bot(values["token"], username=values.get("username", ""))
    return {"id": bot.id, "username": bot.username}


async def _list_bots(api: "BotApi", values: Values) -> Any:
    return [{"id": bot.id, "username": bot.username} for bot in api.bots.values()]


async def _add_person(api: "BotApi", values: Values) -> Any:
    return api.person(int(values.pop("id")), **values).user


async def _add_group(api: "BotApi", values: Values) -> Any:
    group = api.group(
        int(values["id"]), values.get("title", "Group"), is_forum=values.get("is_forum", False)
    )
    group.join(*(api.person(int(number)) for number in values.get("people", ())))
    for token in values.get("administrators", ()):
        group.add_bot(api.bots[token], administrator=True)
    return group.as_field()


async def _add_crowd(api: "BotApi", values: Values) -> Any:
    crowd = api.crowd(api.bots[values["token"]], int(values["first"]), int(values["count"]))
    return {"people": len(crowd)}


async def _do(api: "BotApi", values: Values) -> Any:
    action = values["action"]
    if action not in ACTIONS:
        raise ValueError(f"no action {action!r}")
    conversation = _conversation(api, values)
    arguments = dict(values.get("arguments", {}))
    if isinstance(arguments.get("content"), str):
        arguments["content"] = base64.b64decode(arguments["content"])
    if action == "press_data":
        arguments["message"] = conversation.chat.messages[int(arguments["message"])]
    if action == "press" and arguments.get("location"):
        arguments["location"] = tuple(arguments["location"])
    if action == "skip":
        conversation.skip()
        return None
    return _outcome(await getattr(conversation, action)(**arguments))


def _outcome(outcome: Any) -> Any:
    if isinstance(outcome, Message):
        return shown(outcome)
    if isinstance(outcome, list):
        return [shown(message) for message in outcome]
    if isinstance(outcome, Press):
        return {
            "query": outcome.query.id if outcome.query else None,
            "message": shown(outcome.message) if outcome.message else None,
            "url": outcome.url,
        }
    return None


async def _expect(api: "BotApi", values: Values) -> Any:
    conversation = _conversation(api, values)
    within = float(values.get("within", PATIENCE))
    return shown(await conversation.expect(values.get("part", ""), within=within))


async def _messages(api: "BotApi", values: Values) -> Any:
    conversation = _conversation(api, values)
    after = int(values.get("after", 0))
    return {
        "messages": [
            shown(message) for message in conversation.chat.messages.values() if message.id > after
        ],
        "keyboard": conversation.keyboard,
        "count": conversation.count,
    }


async def _order_fault(api: "BotApi", values: Values) -> Any:
    api.faults.order(values.pop("kind"), values.pop("method", "*"), **values)
    return {"outstanding": api.faults.outstanding}


async def _clear_faults(api: "BotApi", values: Values) -> Any:
    api.faults.clear()
    return {"outstanding": 0}


async def _down(api: "BotApi", values: Values) -> Any:
    api.down()
    return {"is_down": True}


async def _up(api: "BotApi", values: Values) -> Any:
    api.up()
    return {"is_down": False}


async def _counters(api: "BotApi", values: Values) -> Any:
    return {
        "calls": dict(api.call_counts),
        "answers": {str(code): count for code, count in api.answer_counts.items()},
        "earned": dict(api.limiter.earned),
        "faults_met": len(api.faults.met),
        "updates": {
            bot.username: {"waiting": len(bot.updates.pending), "expired": bot.updates.expired}
            for bot in api.bots.values()
        },
    }


async def _zero_counters(api: "BotApi", values: Values) -> Any:
    for counter in (api.call_counts, api.answer_counts, api.limiter.earned):
        counter.clear()
    api.faults.met.clear()
    api.calls.clear()
    return await _counters(api, values)


async def _calls(api: "BotApi", values: Values) -> Any:
    method = values.get("method")
    limit = int(values.get("limit", 100))
    chosen = [call for call in api.calls if method in (None, call.method)][-limit:]
    return [
        {
            "method": call.method,
            "bot": call.bot_id,
            "parameters": call.parameters,
            "at": call.at,
            "code": call.code,
            "description": call.description,
        }
        for call in chosen
    ]


async def _clock(api: "BotApi", values: Values) -> Any:
    if values.get("stop"):
        api.clock.stop()
    if "set" in values:
        api.clock.set(datetime.fromisoformat(values["set"]))
    if "advance" in values:
        api.clock.advance(float(values["advance"]))
    if values.get("run"):
        api.clock.run()
    return {"now": api.clock.now()}


async def _limits(api: "BotApi", values: Values) -> Any:
    api.limiter.change(Limits.off() if values.pop("off", False) else Limits(**values))
    return {}


_ROUTES: dict[tuple[str, str], Callable[["BotApi", Values], Awaitable[Any]]] = {
    ("POST", "bots"): _add_bot,
    ("GET", "bots"): _list_bots,
    ("POST", "people"): _add_person,
    ("POST", "groups"): _add_group,
    ("POST", "crowd"): _add_crowd,
    ("POST", "do"): _do,
    ("POST", "expect"): _expect,
    ("GET", "messages"): _messages,
    ("POST", "faults"): _order_fault,
    ("DELETE", "faults"): _clear_faults,
    ("POST", "down"): _down,
    ("POST", "up"): _up,
    ("GET", "counters"): _counters,
    ("DELETE", "counters"): _zero_counters,
    ("GET", "calls"): _calls,
    ("POST", "clock"): _clock,
    ("POST", "limits"): _limits,
}
