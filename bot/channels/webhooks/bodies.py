"""What goes to a webhook: the signed JSON of Linli's own, robots of work groups, templates.

Sources: WeCom, "群机器人配置说明" (``msgtype`` text, at most 2,048 bytes); DingTalk,
"自定义机器人安全设置" (``timestamp`` in milliseconds and ``sign`` in the address).
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from html import escape
from urllib.parse import quote, urlsplit

#: Source: WeCom, text.content; the others take more, and nobody reads more in a group.
MAX_TEXT_BYTES = 2048
#: The version of the JSON; new fields may come without a new one.
VERSION = 1
_CUT = "…"
_PLACEHOLDER = re.compile(r"\{([a-z][a-z_]*)\}")
#: Whatever is no sign to be read; line breaks stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class HookKind(StrEnum):
    """What stands at the other end."""

    JSON = "json"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    TEMPLATE = "template"


class BodyType(StrEnum):
    """What a template's body is; values are escaped for it."""

    JSON = "application/json"
    FORM = "application/x-www-form-urlencoded"
    XML = "application/xml"
    PLAIN = "text/plain"


#: Everything that may stand in a template, each in braces.
PLACEHOLDERS = frozenset(
    {"id", "kind", "link", "number", "office", "phone", "secret", "text", "time", "urgent"}
)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where a webhook leads, and how it wants to be called; nothing of it is ever logged."""

    name: str
    kind: HookKind
    url: str
    secret: str = ""
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    body_type: BodyType = BodyType.JSON
    answer_contains: str = ""
    """What the answer of a gateway must hold to count as taken; empty: the status alone counts."""
    texts: bool = False

    def __repr__(self) -> str:
        """Name it without what is secret."""
        return f"Target({self.name!r})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One thing to be told."""

    id: int
    """The same over all tries."""
    at: datetime
    kind: str
    """In words."""
    urgent: bool
    number: str
    office: str
    text: str
    """All of it in words, without the link."""
    link: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """One call."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


def request_for(target: Target, said: Said, wall: float) -> Request:
    """Make the call that tells something.

    Args:
        wall: seconds since 1970 by the machine's own clock; receivers compare it with theirs.
    """
    return _SHAPES[target.kind](target, said, wall)


# --- Linli's own ---------------------------------------------------------------------------------


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Sign a body: ``sha256=`` and the HMAC of timestamp, a dot and the body, in hex."""
    signed = timestamp.encode() + b"." + body
    return "sha256=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _own_json(target: Target, said: Said, wall: float) -> Request:
    body = _json(
        {
            "version": VERSION,
            "id": f"{target.name}-{said.id}",
            "at": said.at.isoformat(),
            "urgent": said.urgent,
            "kind": said.kind,
            "number": said.number or None,
            "office": said.office,
            "text": said.text,
            "link": said.link,
        }
    )
    timestamp = str(int(wall))
    headers = {**target.headers, "X-Linli-Id": f"{target.name}-{said.id}"}
    if target.secret:
        headers["X-Linli-Timestamp"] = timestamp
        headers["X-Linli-Signature"] = signature(target.secret, timestamp, body)
    return _posted(target, target.url, body, headers)


# --- robots --------------------------------------------------------------------------------------


def _wecom(target: Target, said: Said, _wall: float) -> Request:
    return _posted(target, target.url, _robot_body(said), target.headers)


def _dingtalk(target: Target, said: Said, wall: float) -> Request:
    url = target.url
    if target.secret:
        timestamp = str(int(wall * 1000))
        signed = f"{timestamp}\n{target.secret}".encode()
        digest = hmac.new(target.secret.encode(), signed, hashlib.sha256).digest()
        sign = quote(base64.b64encode(digest), safe="")
        joint = "&" if urlsplit(url).query else "?"
        url = f"{url}{joint}timestamp={timestamp}&sign={sign}"
    return _posted(target, url, _robot_body(said), target.headers)


def _robot_body(said: Said) -> bytes:
    return _json({"msgtype": "text", "text": {"content": with_link(said.text, said.link)}})


def with_link(words: str, link: str) -> str:
    """Put the link under the words; both together stay within `MAX_TEXT_BYTES`."""
    return f"{cut(words, MAX_TEXT_BYTES - len(link.encode()) - 1)}\n{link}"


def cut(words: str, most: int) -> str:
    """Shorten words to so many bytes, between two characters."""
    words = _CONTROL.sub("", words)
    given = words.encode()
    if len(given) <= most:
        return words
    return given[: most - len(_CUT.encode())].decode("utf-8", "ignore") + _CUT


# --- templates -----------------------------------------------------------------------------------


def unknown_placeholders(template: str) -> list[str]:
    """List what stands in braces in a template and is not known, in its order."""
    found = _PLACEHOLDER.findall(template)
    return [name for name in dict.fromkeys(found) if name not in PLACEHOLDERS]


def placeholders_in(template: str) -> frozenset[str]:
    """Give the placeholders of a template."""
    return frozenset(_PLACEHOLDER.findall(template))


def filled(template: str, values: Mapping[str, str], write: Callable[[str], str]) -> str:
    """Fill a template in one go: what a value holds is never read as a placeholder."""
    return _PLACEHOLDER.sub(
        lambda match: write(values[match[1]]) if match[1] in values else match[0], template
    )


def _in_json(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def _in_address(value: str) -> str:
    return quote(value, safe="")


def _in_xml(value: str) -> str:
    return escape(_CONTROL.sub("", value))


def _in_text(value: str) -> str:
    return _CONTROL.sub("", value)


ESCAPES: Mapping[BodyType, Callable[[str], str]] = {
    BodyType.JSON: _in_json,
    BodyType.FORM: _in_address,
    BodyType.XML: _in_xml,
    BodyType.PLAIN: _in_text,
}


def values_of(target: Target, said: Said) -> Mapping[str, str]:
    """Give what each placeholder stands for."""
    return {
        "id": f"{target.name}-{said.id}",
        "kind": said.kind,
        "link": said.link,
        "number": said.number,
        "office": said.office,
        "phone": said.phone,
        "secret": target.secret,
        "text": cut(said.text, MAX_TEXT_BYTES),
        "time": said.at.isoformat(),
        "urgent": "1" if said.urgent else "0",
    }


def _template(target: Target, said: Said, _wall: float) -> Request:
    values = values_of(target, said)
    url = filled(target.url, values, _in_address)
    if target.method == "GET":
        return Request("GET", url, dict(target.headers), b"")
    body = filled(target.body, values, ESCAPES[target.body_type])
    content_type = {"Content-Type": f"{target.body_type}; charset=utf-8"}
    return Request(target.method, url, {**target.headers, **content_type}, body.encode())


def _posted(target: Target, url: str, body: bytes, headers: Mapping[str, str]) -> Request:
    content_type = {"Content-Type": "application/json; charset=utf-8"}
    return Request("POST", url, {**target.headers, **headers, **content_type}, body)


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


_SHAPES: Mapping[HookKind, Callable[[Target, Said, float], Request]] = {
    HookKind.JSON: _own_json,
    HookKind.WECOM: _wecom,
    HookKind.DINGTALK: _dingtalk,
    HookKind.TEMPLATE: _template,
}
