"""What arrives and what Linli answers, without words or looks.

A channel in ``bot/`` turns whatever arrived into an `Incoming`; handlers and jobs answer with
`Message`s. A message names its wording by key (`Text`) and says what it *is*: a card, a question
for a place, a choice. Words are added from ``locales/`` and looks by the channel, in ``bot/`` only.
The vocabulary is small on purpose: a channel that cannot show a part falls back to numbered text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, TypeAlias

from domain.places.points import Point

#: A button's action travels in Telegram's callback data.
#: Source: Bot API, InlineKeyboardButton.callback_data, 1-64 bytes.
MAX_ACTION_BYTES = 64


class Side(StrEnum):
    """Which of the two bots: they share cases, never tokens, accounts or conversations."""

    RESIDENTS = "residents"
    STAFF = "staff"


class Channel(StrEnum):
    """Where an account lives."""

    WEB = "web"
    TELEGRAM = "telegram"


class Lane(IntEnum):
    """Who goes first when sending is limited."""

    REPLY = 0
    """A person is waiting for this answer."""
    NOTICE = 1
    """News of one case for one person."""
    BROADCAST = 2
    """The same for many."""


class Awaiting(StrEnum):
    """The sort of answer a message asks for, so that a channel can offer the fitting keyboard."""

    TEXT = "text"
    PLACE = "place"
    PHOTOS = "photos"
    VOICE = "voice"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Text:
    """Wording by key: ``services.filed`` is the message ``filed`` of ``locales/*/services.po``.

    Fields are filled into the wording's ``{placeholders}`` and formatted for the reader: moments
    in local time, spans in days and hours, texts translated, plain strings escaped.
    """

    key: str
    fields: Mapping[str, "Value"] = field(default_factory=dict)


Value: TypeAlias = (
    str | int | float | bool | datetime | date | timedelta | Text | tuple[Any, ...] | None
)


def text(key: str, **fields: Value) -> Text:
    """Name a wording and its fields."""
    return Text(key, fields)


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled line of a card; a line whose value is None is left out by whoever builds it."""

    label: Text
    value: Value


class Tone(StrEnum):
    """How a card wants to be seen; a channel may show it as a colour or a sign."""

    PLAIN = "plain"
    URGENT = "urgent"
    OVERDUE = "overdue"
    DONE = "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A titled list of labelled lines: a case, a read-back, a digest's section."""

    title: Text
    lines: tuple[Line, ...] = ()
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A button: it does an action, opens a link or dials a number; exactly one of the three."""

    label: Text
    action: str | None = None
    link: str | None = None
    """An absolute address, or one beginning with ``/`` that the channel completes."""
    phone: str | None = None
    emphasis: bool = False
    """The one button of a message that most people want."""
    detail: Text | None = None
    """What stands beside the label of a line of a list, which is a button as a whole: how it
    stands, by when. Such a choice has a row of its own."""
    tone: Tone = Tone.PLAIN
    """How such a line wants to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing said: texts and cards in order, buttons in rows, pictures by attachment id."""

    blocks: tuple[Text | Card, ...] = ()
    choices: tuple[tuple[Choice, ...], ...] = ()
    awaiting: Awaiting | None = None
    attachments: tuple[str, ...] = ()
    """Ids of stored pictures and voices; sent when they are fetched."""
    slot: str | None = None
    """A later message of the same slot replaces this one where the channel can edit."""
    anew: bool = False
    """Stands at the end of the conversation even if its slot has an earlier message: asked for
    again, or news. The next one of the slot replaces this one."""
    renews: bool = False
    """News of what its slot showed already: stands at the end of the conversation, and the earlier
    message of the slot goes, so that one thing is one message however often it is brought up."""
    secret: bool = False
    """Never shown in a link preview, a notification text or a log of the channel."""
    takes_back: tuple[str, ...] = ()
    """What the reader said and what is not to be kept, as `Incoming.said` named it: it vanishes
    from the conversation where the channel can do that."""
    once: bool = False
    """Holds a code that is shown once: what is kept of it afterwards is that there was one."""
    farewell: bool = False
    """The last thing its reader is told under this account: a page shows it alone, and keeps
    nothing of what was said before."""
    paper: str = ""
    """It may be printed: an address of ours that then stands on the paper as a QR code."""
    scan: str = ""
    """An address of ours that another device may open: a page shows it as a QR code."""
    commands: tuple[str, ...] | None = None
    """The commands that its reader may use from now on, where the channel lists them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRef:
    """A file as its channel names it, before it is fetched."""

    kind: "FileKind"
    ref: str
    """Telegram: a file id, valid for one bot. Web: the id of an uploaded attachment."""
    size_bytes: int | None = None


class FileKind(StrEnum):
    """What a file is."""

    PHOTO = "photo"
    VOICE = "voice"
    DOCUMENT = "document"
    """Only Linli sends these: what somebody exported."""


class Unfit(StrEnum):
    """Content that no step takes; it gets one sentence that says what to send instead."""

    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"
    TOO_LARGE = "too_large"
    FOREIGN_CONTACT = "foreign_contact"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One thing that arrived, the same from every channel.

    At most one of ``action``, ``command`` and ``start`` is set; text may come with files.
    """

    side: Side
    channel: Channel
    address: str
    """The chat on its channel: Telegram's chat id, or the web account's id."""
    at: datetime
    text: str | None = None
    action: str | None = None
    """A pressed button's action, as `Choice.action` gave it out. Hostile until parsed."""
    command: str | None = None
    """A command's name without the slash: ``menu``."""
    start: str | None = None
    """The payload of ``/start``, of a QR code or of an invitation link; empty for a bare start."""
    says_more: bool = False
    """The start came with words, which follow at once: they are answered, and this is not."""
    files: tuple[FileRef, ...] = ()
    album: str | None = None
    """What binds the parts of one album together."""
    place: Point | None = None
    phone: str | None = None
    """The sender's own phone number, vouched for by the channel."""
    unfit: Unfit | None = None
    language: str | None = None
    """The language the sender's client speaks, as BCP 47."""
    press: str | None = None
    """What the channel needs to confirm a button press; opaque above ``bot/``."""
    origin: str | None = None
    """The channel's reference of the message whose button was pressed; opaque above ``bot/``."""
    flood: int = 0
    """Not 0: from here on more came at once than a person can mean, of which so many are kept until
    there is a pause; says nothing else."""
    said: str | None = None
    """The channel's reference of this very message, for `Message.takes_back`; opaque."""
    replies_to: str | None = None
    """The channel's reference of the message that this one was written under; opaque."""
    masked: frozenset[str] = frozenset()
    """What was taken out of the words before anything kept them, by
    `domain.words.pay_secrets.PaySecret`."""
    left: bool | None = None
    """True when the person blocked the bot, False when they let it in again; says nothing else and
    wants no answer."""


def action(verb: str, *arguments: str | int) -> str:
    """Join a verb and its arguments into a button's action.

    Raises:
        ValueError: the result does not fit into a button, or an argument holds the separator.
    """
    parts = [verb, *(str(argument) for argument in arguments)]
    if any(":" in part for part in parts):
        raise ValueError(f"an action's part must not contain a colon: {parts}")
    joined = ":".join(parts)
    if len(joined.encode()) > MAX_ACTION_BYTES:
        raise ValueError(f"an action has at most {MAX_ACTION_BYTES} bytes: {joined}")
    return joined


def parse_action(given: str) -> tuple[str, tuple[str, ...]]:
    """Split a pressed action into its verb and arguments; any string is accepted."""
    verb, *arguments = given.split(":")
    return verb, tuple(arguments)


def say(key: str, *choices: tuple[Choice, ...], **fields: Value) -> Message:
    """Make the most common message: one wording and rows of buttons."""
    return Message(blocks=(Text(key, fields),), choices=choices)


# --- as JSON: how the outbox keeps a message -----------------------------------------------------


def to_json(message: Message) -> dict[str, Any]:
    """Give a message as plain JSON values; `from_json` gives it back unchanged."""
    body: dict[str, Any] = {"b": [_block_to_json(block) for block in message.blocks]}
    if message.choices:
        body["c"] = [[_choice_to_json(choice) for choice in row] for row in message.choices]
    if message.awaiting:
        body["w"] = message.awaiting.value
    if message.attachments:
        body["a"] = list(message.attachments)
    if message.slot:
        body["s"] = message.slot
    if message.anew:
        body["n"] = True
    if message.renews:
        body["q"] = True
    if message.secret:
        body["x"] = True
    if message.takes_back:
        body["r"] = list(message.takes_back)
    if message.once:
        body["o"] = True
    if message.farewell:
        body["f"] = True
    if message.paper:
        body["p"] = message.paper
    if message.scan:
        body["v"] = message.scan
    if message.commands is not None:
        body["m"] = list(message.commands)
    return body


def from_json(body: Mapping[str, Any]) -> Message:
    """Restore a message that `to_json` gave."""
    return Message(
        blocks=tuple(_block_from_json(block) for block in body["b"]),
        choices=tuple(
            tuple(_choice_from_json(choice) for choice in row) for row in body.get("c", ())
        ),
        awaiting=Awaiting(body["w"]) if "w" in body else None,
        attachments=tuple(body.get("a", ())),
        slot=body.get("s"),
        anew=body.get("n", False),
        renews=body.get("q", False),
        secret=body.get("x", False),
        takes_back=tuple(body.get("r", ())),
        once=body.get("o", False),
        farewell=body.get("f", False),
        paper=body.get("p", ""),
        scan=body.get("v", ""),
        commands=tuple(body["m"]) if "m" in body else None,
    )


def _block_to_json(block: Text | Card) -> dict[str, Any]:
    if isinstance(block, Text):
        return _text_to_json(block)
    return {
        "card": _text_to_json(block.title),
        "tone": block.tone.value,
        "lines": [[_text_to_json(line.label), value_to_json(line.value)] for line in block.lines],
    }


def _block_from_json(body: Mapping[str, Any]) -> Text | Card:
    if "t" in body:
        return _text_from_json(body)
    return Card(
        title=_text_from_json(body["card"]),
        tone=Tone(body["tone"]),
        lines=tuple(
            Line(_text_from_json(label), value_from_json(value)) for label, value in body["lines"]
        ),
    )


def _choice_to_json(choice: Choice) -> dict[str, Any]:
    body: dict[str, Any] = {"l": _text_to_json(choice.label)}
    if choice.action is not None:
        body["do"] = choice.action
    if choice.link is not None:
        body["go"] = choice.link
    if choice.phone is not None:
        body["dial"] = choice.phone
    if choice.emphasis:
        body["e"] = True
    if choice.detail is not None:
        body["d"] = _text_to_json(choice.detail)
    if choice.tone is not Tone.PLAIN:
        body["n"] = choice.tone.value
    return body


def _choice_from_json(body: Mapping[str, Any]) -> Choice:
    return Choice(
        label=_text_from_json(body["l"]),
        action=body.get("do"),
        link=body.get("go"),
        phone=body.get("dial"),
        emphasis=body.get("e", False),
        detail=_text_from_json(body["d"]) if "d" in body else None,
        tone=Tone(body.get("n", Tone.PLAIN)),
    )


def _text_to_json(wording: Text) -> dict[str, Any]:
    if not wording.fields:
        return {"t": wording.key}
    return {
        "t": wording.key,
        "f": {name: value_to_json(value) for name, value in wording.fields.items()},
    }


def _text_from_json(body: Mapping[str, Any]) -> Text:
    fields = {name: value_from_json(value) for name, value in body.get("f", {}).items()}
    return Text(body["t"], fields)


def value_to_json(value: Value) -> Any:
    """Give a field's value as JSON; moments, days, spans and texts are tagged."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Text):
        return _text_to_json(value)
    if isinstance(value, datetime):
        return {"at": value.isoformat()}
    if isinstance(value, date):
        return {"on": value.isoformat()}
    if isinstance(value, timedelta):
        return {"for": value.total_seconds()}
    return [value_to_json(part) for part in value]


def value_from_json(body: Any) -> Value:
    """Restore a value that `value_to_json` gave."""
    if isinstance(body, list):
        return tuple(value_from_json(part) for part in body)
    if not isinstance(body, dict):
        value: Value = body
        return value
    if "t" in body:
        return _text_from_json(body)
    if "at" in body:
        return datetime.fromisoformat(body["at"])
    if "on" in body:
        return date.fromisoformat(body["on"])
    return timedelta(seconds=body["for"])


def rows(choices: Sequence[Choice], width: int = 2) -> tuple[tuple[Choice, ...], ...]:
    """Lay buttons out in rows."""
    return tuple(tuple(choices[start : start + width]) for start in range(0, len(choices), width))


def with_pictures(message: Message, attachments: Sequence[str]) -> tuple[Message, ...]:
    """Send the words at once and the pictures after them, when they are fetched."""
    if not attachments:
        return (message,)
    return (message, Message(blocks=(), attachments=tuple(attachments)))
