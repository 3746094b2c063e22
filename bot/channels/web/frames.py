"""The frames of ``docs/web-protocol.md``: hostile text in, checked frames out, and the way back.

Whatever arrives is either a frame of exactly the described shape or a `FrameError` with a code that
the page has a sentence for; nothing else gets past this file.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.channels.ports import StoredFile
from bot.channels.web.ports import HistoryLine, WebAccount
from bot.words.wording import Wording, wording_for
from domain.messages import (
    MAX_ACTION_BYTES,
    Card,
    Channel,
    Choice,
    FileKind,
    FileRef,
    Incoming,
    Message,
    Side,
    Text,
)
from domain.people import Language
from domain.places.points import Point

VERSION = 1
#: The largest frame that is read, in bytes of UTF-8.
MAX_FRAME_BYTES = 65_536
MAX_TEXT = 16_000
MAX_FILES = 9
#: Beyond any row that will ever be, and still exact in JavaScript.
MAX_SEQ = 2**53 - 1

_ID = re.compile(r"[A-Za-z0-9._~-]{1,40}")
_FILE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{0,64}")
_COMMAND = re.compile(r"[a-z_]{1,32}")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{2,35}")
#: What no database and no eye takes: NUL and halves of characters.
_UNTEXT = re.compile("[\x00\ud800-\udfff]")
_LANGUAGE_TAGS = {Language.CHINESE: "zh-CN", Language.ENGLISH: "en"}
_LINK = re.compile(r"(https?://|/(?![/\\]))[^\s<>\"\\]*")
_PHONE = re.compile(r"\+?[0-9*#][0-9*#() -]{1,24}")


class FrameError(Exception):
    """A frame that is not taken; `code` is one of the error codes of the protocol."""

    def __init__(self, code: str, *, frame_id: str | None = None, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.frame_id = frame_id
        self.field = field


@dataclass(frozen=True, slots=True)
class Hello:
    """The beginning: what the page shows already."""

    since: int
    language: str | None


@dataclass(frozen=True, slots=True)
class Content:
    """Something a person said; ``body`` holds the checked members, ``id`` and ``type`` included."""

    id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything up to a row was in view."""

    upto: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """The page wants what stands before a row."""

    before: int


@dataclass(frozen=True, slots=True)
class Ping:
    """The page wants to know whether the line is alive."""


@dataclass(frozen=True, slots=True)
class Pong:
    """The page says that the line is alive."""


Frame = Hello | Content | Seen | Earlier | Ping | Pong


# --- in -------------------------------------------------------------------------------------------


def parse_frame(given: str) -> Frame:
    """Read one frame of a client.

    Raises:
        FrameError: it is not one.
    """
    body = _object(given)
    kind = body.get("type")
    if not isinstance(kind, str):
        raise FrameError("bad_frame", frame_id=_readable_id(body), field="type")
    if kind in _CONTENT:
        frame_id = _matching(body, "id", _ID)
        try:
            return Content(frame_id, {"type": kind, "id": frame_id, **_CONTENT[kind](body)})
        except FrameError as error:
            error.frame_id = frame_id
            raise
    if kind in _SIGNALS:
        return _SIGNALS[kind](body)
    raise FrameError("unknown_type", frame_id=_readable_id(body), field="type")


def _object(given: str) -> dict[str, Any]:
    if len(given) > MAX_FRAME_BYTES or len(given.encode(errors="replace")) > MAX_FRAME_BYTES:
        raise FrameError("too_long")
    try:
        body = json.loads(given, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise FrameError("bad_json") from None
    if not isinstance(body, dict):
        raise FrameError("bad_json")
    return body


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _readable_id(body: Mapping[str, Any]) -> str | None:
    given = body.get("id")
    return given if isinstance(given, str) and _ID.fullmatch(given) else None


def _hello(body: Mapping[str, Any]) -> Hello:
    version = body.get("version")
    if type(version) is not int or version != VERSION:
        raise FrameError("version", field="version")
    language = body.get("language")
    known = isinstance(language, str) and _LANGUAGE.fullmatch(language)
    return Hello(_whole(body, "since"), language if known else None)


def _said(body: Mapping[str, Any]) -> dict[str, Any]:
    words = _words(body, "text")
    if not words.strip():
        raise FrameError("bad_frame", field="text")
    return {"text": words}


def _pressed(body: Mapping[str, Any]) -> dict[str, Any]:
    action = _words(body, "action")
    if not action or len(action.encode()) > MAX_ACTION_BYTES:
        raise FrameError("bad_frame", field="action")
    return {"action": action, "origin": _whole(body, "seq") if "seq" in body else None}


def _started(body: Mapping[str, Any]) -> dict[str, Any]:
    says_more = body.get("says_more", False)
    if not isinstance(says_more, bool):
        raise FrameError("bad_frame", field="says_more")
    return {"payload": _matching(body, "payload", _PAYLOAD), "says_more": says_more}


def _commanded(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"command": _matching(body, "command", _COMMAND)}


def _sent_files(body: Mapping[str, Any]) -> dict[str, Any]:
    files = body.get("files")
    if not isinstance(files, list) or not 1 <= len(files) <= MAX_FILES:
        raise FrameError("bad_frame", field="files")
    if not all(isinstance(one, str) and _FILE_ID.fullmatch(one) for one in files):
        raise FrameError("bad_frame", field="files")
    if len(set(files)) != len(files):
        raise FrameError("bad_frame", field="files")
    words = _words(body, "text") if body.get("text") is not None else ""
    return {"files": files, "text": words if words.strip() else ""}


def _placed(body: Mapping[str, Any]) -> dict[str, Any]:
    accuracy = _number(body, "accuracy", 4e7) if body.get("accuracy") is not None else None
    return {
        "latitude": _number(body, "latitude", 90),
        "longitude": _number(body, "longitude", 180),
        "accuracy": accuracy,
    }


def _words(body: Mapping[str, Any], name: str) -> str:
    given = body.get(name)
    if not isinstance(given, str):
        raise FrameError("bad_frame", field=name)
    if len(given) > MAX_TEXT:
        raise FrameError("text_too_long", field=name)
    return _UNTEXT.sub("", given)


def _matching(body: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    given = body.get(name)
    if not isinstance(given, str) or not pattern.fullmatch(given):
        raise FrameError("bad_frame", frame_id=_readable_id(body), field=name)
    return given


def _whole(body: Mapping[str, Any], name: str) -> int:
    given = body.get(name)
    if type(given) is not int or not 0 <= given <= MAX_SEQ:
        raise FrameError("bad_frame", frame_id=_readable_id(body), field=name)
    return given


def _number(body: Mapping[str, Any], name: str, most: float) -> float:
    given = body.get(name)
    if isinstance(given, int | float) and not isinstance(given, bool) and -most <= given <= most:
        return float(given)
    raise FrameError("bad_frame", field=name)


_CONTENT: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "text": _said,
    "press": _pressed,
    "start": _started,
    "command": _commanded,
    "files": _sent_files,
    "place": _placed,
}
_SIGNALS: Mapping[str, Callable[[Mapping[str, Any]], Frame]] = {
    "hello": _hello,
    "seen": lambda body: Seen(_whole(body, "upto")),
    "earlier": lambda body: Earlier(_whole(body, "before")),
    "ping": lambda _: Ping(),
    "pong": lambda _: Pong(),
}


# --- between page and handlers -----------------------------------------------------------------


def update_key(account: str, frame_id: str) -> str:
    """Give by what a frame that comes again is known; it outlives the frame and names nobody."""
    return hashlib.blake2b(f"{account}:{frame_id}".encode(), digest_size=16).hexdigest()


def raw_update(
    account: str, frame: Mapping[str, Any], at: datetime, language: str | None
) -> dict[str, Any]:
    """Give what the intake keeps of a content frame."""
    return {"account": account, "at": at.isoformat(), "language": language, "frame": dict(frame)}


def incoming(side: Side, update: Mapping[str, Any]) -> Incoming:
    """Turn a kept update into what arrived.

    Raises:
        ValueError: it is none that `raw_update` gave.
    """
    try:
        frame = update["frame"]
        return Incoming(
            side=side,
            channel=Channel.WEB,
            address=update["account"],
            at=datetime.fromisoformat(update["at"]),
            language=update["language"],
            said=frame["id"],
            **_meaning(frame),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"no update of the web chat: {type(error).__name__}") from error


def _meaning(frame: Mapping[str, Any]) -> dict[str, Any]:
    match frame["type"]:
        case "text":
            return {"text": frame["text"]}
        case "press":
            origin = frame["origin"]
            return {
                "action": frame["action"],
                "press": frame["id"],
                "origin": None if origin is None else str(origin),
            }
        case "start":
            # Frames that an earlier version stored do not have it.
            return {"start": frame["payload"], "says_more": frame.get("says_more", False)}
        case "command":
            return {"command": frame["command"]}
        case "files":
            return {
                "files": tuple(_file_ref(one) for one in frame["files"]),
                "text": frame["text"] or None,
            }
        case "place":
            return {"place": Point(latitude=frame["latitude"], longitude=frame["longitude"])}
        case other:
            raise ValueError(f"no content frame: {other}")


def _file_ref(one: Mapping[str, Any]) -> FileRef:
    return FileRef(kind=FileKind(one["kind"]), ref=one["id"], size_bytes=one["size"])


# --- out ------------------------------------------------------------------------------------------


def language_tag(language: Language) -> str:
    """Give a language as BCP 47, as ``lang`` attributes want it."""
    return _LANGUAGE_TAGS[language]


def language_of(tag: str | None) -> Language:
    """Choose a complete language for what a device speaks; Chinese where in doubt."""
    if tag and tag.lower().startswith("en"):
        return Language.ENGLISH
    return Language.CHINESE


def profile(account: WebAccount, *, demo: bool) -> dict[str, Any]:
    """Tell how the person wants to be talked to."""
    return {
        "type": "profile",
        "side": account.side.value,
        "language": language_tag(account.language),
        "elder": account.elder,
        "demo": demo,
    }


def line_frame(
    line: HistoryLine, language: Language, *, farewell: bool = False
) -> dict[str, Any] | None:
    """Show a line of a conversation; None for one that has nothing to show."""
    if line.message is not None:
        return message_frame(
            line.seq,
            line.at,
            line.message,
            line.files,
            language,
            seen=line.seen,
            farewell=farewell,
        )
    return _own_frame(line) if line.own is not None else None


def message_frame(
    seq: int,
    at: datetime,
    message: Message,
    files: Sequence[StoredFile],
    language: Language,
    *,
    seen: bool = False,
    news: bool = False,
    farewell: bool = False,
) -> dict[str, Any]:
    """Put a message into words: days close to when it was said are told from there.

    Args:
        farewell: its reader's session ends with it; never of what history tells.
    """
    words = wording_for(language)

    def block(one: Text | Card) -> dict[str, Any]:
        if isinstance(one, Text):
            return {"kind": "text", "text": words.text(one, at)}
        return {
            "kind": "card",
            "title": words.text(one.title, at),
            "tone": one.tone.value,
            "lines": [
                {"label": words.text(line.label, at), "text": words.value(line.value, at)}
                for line in one.lines
            ],
        }

    frame: dict[str, Any] = {
        "type": "message",
        "seq": seq,
        "at": at.isoformat(),
        "language": language_tag(language),
        "seen": seen,
        "news": news,
        "blocks": [block(one) for one in message.blocks],
        "choices": [
            [shown for one in row if (shown := _choice(one, words, at))] for row in message.choices
        ],
        "files": [_file(one) for one in files],
        "secret": message.secret,
    }
    if message.awaiting:
        frame["awaiting"] = message.awaiting.value
    if message.takes_back:
        frame["takes_back"] = list(message.takes_back)
    if message.slot:
        frame["slot"] = message.slot
        frame["anew"] = message.anew
        if message.renews:
            frame["renews"] = True
    if message.paper and _LINK.fullmatch(message.paper):
        frame["paper"] = message.paper
    if message.scan and _LINK.fullmatch(message.scan):
        frame["scan"] = message.scan
    if farewell:
        frame["farewell"] = True
    return frame


def _choice(one: Choice, words: Wording, now: datetime) -> dict[str, Any] | None:
    """Show a choice; a link or number that could do anything else is left out."""
    shown: dict[str, Any] = {"label": words.text(one.label, now)}
    if one.action is not None:
        shown["action"] = one.action
    elif one.link is not None and _LINK.fullmatch(one.link):
        shown["link"] = one.link
    elif one.phone is not None and _PHONE.fullmatch(one.phone):
        shown["phone"] = one.phone
    else:
        return None
    if one.emphasis:
        shown["emphasis"] = True
    if one.detail is not None:
        shown["detail"] = words.text(one.detail, now)
        shown["tone"] = one.tone.value
    return shown


def _file(one: StoredFile) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": one.id, "kind": one.kind.value, "type": one.media_type}
    if one.drawn:
        shown["chart"] = True
    return {**shown, "name": one.name} if one.name else shown


def _own_frame(line: HistoryLine) -> dict[str, Any] | None:
    frame = dict(line.own or {})
    kind = frame.pop("type", None)
    if kind not in ("text", "files", "place", "press"):
        return None
    frame.pop("accuracy", None)
    if kind == "files":
        known = ("id", "kind", "type")
        frame["files"] = [{name: one.get(name) for name in known} for one in frame["files"]]
    return {"type": "own", "seq": line.seq, "at": line.at.isoformat(), "kind": kind, **frame}


def notice(language: Language, code: str, **more: Any) -> dict[str, Any]:
    """Say something about the connection."""
    return {"type": "notice", "code": code, "text": _sentence(language, f"notice_{code}"), **more}


def error(language: Language, wrong: FrameError, *, again: bool) -> dict[str, Any]:
    """Say why a frame was not taken, and whether it is to be repeated later."""
    frame = {
        "type": "error",
        "code": wrong.code,
        "text": _sentence(language, f"error_{wrong.code}"),
        "again": again,
    }
    if wrong.frame_id is not None:
        frame["id"] = wrong.frame_id
    if wrong.field is not None:
        frame["field"] = wrong.field
    return frame


def _sentence(language: Language, key: str) -> str:
    return wording_for(language).text(Text(f"web.{key}"))
