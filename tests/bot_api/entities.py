"""Formatted text: Telegram's HTML with its refusals, and the entities it finds by itself.

Offsets and lengths of entities are UTF-16 code units. Errors name byte offsets of the UTF-8
text, as Telegram does. Source of rules and wording: core.telegram.org/bots/api#html-style and
the behaviour of tdlib's parse_html.
"""

import re
from collections.abc import Callable
from typing import Any

from .arguments import Arguments
from .errors import ApiError, bad_request

MAX_TEXT_LENGTH = 4096
MAX_CAPTION_LENGTH = 1024

Entity = dict[str, Any]

_SIMPLE_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NAMED_CHARACTERS = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_CHARACTER = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([a-z]+));?")
_SPACES = " \t\r\n\v\f"

_FOUND = re.compile(
    r"(?P<bot_command>(?<![\w/])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/]))"
    r"|(?P<url>https?://[^\s<>\"]+)"
    r"|(?P<mention>(?<![\w@])@[A-Za-z0-9_]{4,32}(?!\w))"
    r"|(?P<hashtag>(?<![\w#])#\w+)"
)


def utf16_length(text: str) -> int:
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def read_text(arguments: Arguments) -> dict[str, Any]:
    """The "text" of a call as message fields. Raises ApiError as sendMessage does."""
    raw = arguments.text("text")
    if not raw:
        raise bad_request("Message text is empty")
    text, entities = _read(
        raw, arguments.text("parse_mode"), lambda: _entity_list(arguments, "entities")
    )
    if not text:
        raise bad_request("Text must be non-empty")
    if utf16_length(text) > MAX_TEXT_LENGTH:
        raise bad_request("Message is too long")
    fields: dict[str, Any] = {"text": text}
    entities = entities + found_entities(text, entities)
    if entities:
        fields["entities"] = entities
    return fields


def read_caption(arguments: Arguments) -> dict[str, Any]:
    """The "caption" of a call, or of one item of an album, as message fields; may be none."""
    raw = arguments.text("caption")
    if not raw:
        return {}
    text, entities = _read(
        raw, arguments.text("parse_mode"), lambda: _entity_list(arguments, "caption_entities")
    )
    if utf16_length(text) > MAX_CAPTION_LENGTH:
        raise bad_request("Message caption is too long")
    if not text:
        return {}
    fields: dict[str, Any] = {"caption": text}
    entities = entities + found_entities(text, entities)
    if entities:
        fields["caption_entities"] = entities
    return fields


def found_entities(text: str, marked: list[Entity]) -> list[Entity]:
    """Commands, links, mentions and hashtags that Telegram marks of its own accord."""
    if not any(mark in text for mark in "/@#"):
        return []
    taken = [
        (entity["offset"], entity["offset"] + entity["length"])
        for entity in marked
        if entity["type"] in ("code", "pre", "text_link", "url")
    ]
    found = []
    for match in _FOUND.finditer(text):
        start = utf16_length(text[: match.start()])
        length = utf16_length(match.group())
        if all(start + length <= low or high <= start for low, high in taken):
            found.append({"type": match.lastgroup, "offset": start, "length": length})
    return found


def parse_html(source: str) -> tuple[str, list[Entity]]:
    """Raises ApiError "can't parse entities: …" for anything Telegram would refuse."""
    try:
        return _HtmlReader(source).read()
    except _Broken as broken:
        raise _unparseable(str(broken)) from None


def _read(raw: str, mode: str, listed: Callable[[], list[Entity]]) -> tuple[str, list[Entity]]:
    lowered = mode.lower()
    if lowered == "html":
        if "<" in raw or "&" in raw:
            text, entities = parse_html(raw)
        else:
            text, entities = raw, []
    elif not lowered or lowered == "none":
        text, entities = raw, listed()
    elif lowered in ("markdown", "markdownv2"):
        raise bad_request(f"Unsupported parse_mode: this fake does not read {mode}, only HTML")
    else:
        raise bad_request("Unsupported parse_mode")
    if "\r" in text:
        text = text.replace("\r", "")
    return _trimmed(text, entities)


def _trimmed(text: str, entities: list[Entity]) -> tuple[str, list[Entity]]:
    stripped = text.strip()
    if stripped == text or not entities:
        return stripped, entities
    cut = utf16_length(text[: len(text) - len(text.lstrip())])
    end = utf16_length(stripped)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - cut)
        stop = min(end, entity["offset"] + entity["length"] - cut)
        if start < stop:
            kept.append({**entity, "offset": start, "length": stop - start})
    return stripped, kept


def _entity_list(arguments: Arguments, name: str) -> list[Entity]:
    entities = arguments.structure(name, "Can't parse entities JSON object")
    if entities is None:
        return []
    if not isinstance(entities, list) or not all(
        isinstance(entity, dict)
        and isinstance(entity.get("type"), str)
        and isinstance(entity.get("offset"), int)
        and isinstance(entity.get("length"), int)
        for entity in entities
    ):
        raise bad_request("Can't parse MessageEntity: expected an Array of entities")
    return [
        {key: value for key, value in entity.items() if value is not None} for entity in entities
    ]


def _unparseable(reason: str) -> ApiError:
    return bad_request("Can't parse entities: " + reason)


class _Broken(Exception):
    """The text is no HTML that Telegram takes."""


class _HtmlReader:
    """One pass over the text; a stack of open tags."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._out: list[str] = []
        self._length = 0
        self._open: list[tuple[str, dict[str, str], int, int]] = []
        self._entities: list[Entity] = []

    def read(self) -> tuple[str, list[Entity]]:
        source = self._source
        while self._at < len(source):
            character = source[self._at]
            if character == "<":
                if source[self._at + 1 : self._at + 2] == "/":
                    self._close_tag()
                else:
                    self._open_tag()
            elif character == "&":
                self._put(self._character())
            else:
                stop = self._at
                while stop < len(source) and source[stop] not in "<&":
                    stop += 1
                self._put(source[self._at : stop])
                self._at = stop
        if self._open:
            tag = self._open[-1][0]
            raise _Broken(f'Can\'t find end tag corresponding to start tag "{tag}"')
        self._entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return "".join(self._out), self._entities

    def _put(self, text: str) -> None:
        self._out.append(text)
        self._length += utf16_length(text)

    def _character(self) -> str:
        match = _CHARACTER.match(self._source, self._at)
        decoded = None
        if match is not None:
            decimal, hexadecimal, name = match.groups()
            if name is not None:
                decoded = _NAMED_CHARACTERS.get(name)
            else:
                code = int(decimal) if decimal is not None else int(hexadecimal, 16)
                if 0 < code < 0x10FFFF:
                    decoded = chr(code)
        if match is None or decoded is None:
            self._at += 1
            return "&"
        self._at = match.end()
        return decoded

    def _offset(self, position: int) -> int:
        return len(self._source[:position].encode())

    def _skip(self, characters: str) -> None:
        while self._at < len(self._source) and self._source[self._at] in characters:
            self._at += 1

    def _until(self, characters: str) -> str:
        start = self._at
        while self._at < len(self._source) and self._source[self._at] not in characters:
            self._at += 1
        return self._source[start : self._at]

    def _open_tag(self) -> None:
        begin = self._at
        where = f"at byte offset {self._offset(begin)}"
        self._at += 1
        tag = self._until(_SPACES + ">").lower()
        if self._at >= len(self._source):
            raise _Broken(f"Unclosed start tag {where}")
        if tag not in _SIMPLE_TAGS:
            raise _Broken(f'Unsupported start tag "{tag}" {where}')
        attributes: dict[str, str] = {}
        while True:
            self._skip(_SPACES)
            if self._at >= len(self._source):
                raise _Broken(f"Unclosed start tag {where}")
            if self._source[self._at] == ">":
                self._at += 1
                break
            name, value = self._attribute(tag, where)
            attributes[name] = value
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _Broken(f'Tag "span" must have class "tg-spoiler" {where}')
        if tag == "tg-emoji" and not attributes.get("emoji-id", "").isdigit():
            raise _Broken(f"Invalid custom emoji identifier specified {where}")
        self._open.append((tag, attributes, self._length, len(self._out)))

    def _attribute(self, tag: str, where: str) -> tuple[str, str]:
        name = self._until(_SPACES + "=>").lower()
        if not name:
            raise _Broken(f'Empty attribute name in the tag "{tag}" {where}')
        self._skip(_SPACES)
        if self._source[self._at : self._at + 1] != "=":
            if tag == "blockquote" and name == "expandable":
                return name, ""
            raise _Broken(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}" {where}'
            )
        self._at += 1
        self._skip(_SPACES)
        quote = self._source[self._at : self._at + 1]
        if quote not in ('"', "'") or not quote:
            value = self._until(_SPACES + ">")
            if not value:
                raise _Broken(f"Unclosed start tag {where}")
            return name, value
        self._at += 1
        parts = []
        while self._at < len(self._source) and self._source[self._at] != quote:
            if self._source[self._at] == "&":
                parts.append(self._character())
            else:
                parts.append(self._source[self._at])
                self._at += 1
        if self._at >= len(self._source):
            raise _Broken(f"Unclosed start tag {where}")
        self._at += 1
        return name, "".join(parts)

    def _close_tag(self) -> None:
        begin = self._at
        where = f"at byte offset {self._offset(begin)}"
        if not self._open:
            raise _Broken(f"Unexpected end tag {where}")
        self._at += 2
        name = self._until(_SPACES + ">").lower()
        self._skip(_SPACES)
        if self._source[self._at : self._at + 1] != ">":
            raise _Broken(f"Unclosed end tag {where}")
        self._at += 1
        tag, attributes, start, piece = self._open.pop()
        if name and name != tag:
            raise _Broken(f'Unmatched end tag {where}, expected "</{tag}>", found "</{name}>"')
        if self._length > start:
            self._add(tag, attributes, start, "".join(self._out[piece:]))

    def _add(self, tag: str, attributes: dict[str, str], start: int, inner: str) -> None:
        entity: Entity = {
            "type": _SIMPLE_TAGS[tag],
            "offset": start,
            "length": self._length - start,
        }
        if tag == "a":
            url = attributes.get("href") or inner
            if not re.match(r"(?:https?|tg|mailto|tel):|[\w-]+(?:\.[\w-]+)+", url):
                return
            entity["url"] = url
        elif tag == "blockquote" and "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        elif tag == "tg-emoji":
            entity["custom_emoji_id"] = attributes["emoji-id"]
        elif tag == "code" and attributes.get("class", "").startswith("language-"):
            entity["language"] = attributes["class"].removeprefix("language-")
        elif tag == "pre" and self._entities:
            last = self._entities[-1]
            if (last["type"], last["offset"], last["length"]) == (
                "code",
                start,
                entity["length"],
            ):
                self._entities.pop()
                if "language" in last:
                    entity["language"] = last["language"]
        if tag == "code" and not (self._open and self._open[-1][0] == "pre"):
            entity.pop("language", None)
        self._entities.append(entity)
