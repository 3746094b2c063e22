"""How a semantic message looks on Telegram: HTML texts, buttons, and the keyboard that asks.

Everything that a wording or a person gives is escaped, and signs that reorder a line are taken
out; bold titles and the cover over a secret are the only markup, set line by line, so that a cut
between or within lines never breaks a tag.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import structlog

from bot.words.wording import Wording
from domain.messages import Awaiting, Card, Choice, Message, Text, Tone, text

log = structlog.get_logger()

#: Source: Bot API, sendMessage: "1-4096 characters after entities parsing". Counted in UTF-16
#: units, as entities are.
MAX_TEXT = 4096
#: Source: Bot API, sendPhoto: a caption has "0-1024 characters after entities parsing".
MAX_CAPTION = 1024
#: Source: Telegram refuses more buttons under one message, and cuts rows of more than eight.
MAX_BUTTONS = 100
MAX_ROW = 8
#: A longer label helps nobody: a phone shows some forty columns.
MAX_LABEL = 60
#: So much of a line of a list is what it is about, however much there is to say of how it stands.
MIN_SUBJECT = 16
#: Columns of a row on a small phone; a Chinese character takes two.
ROW_COLUMNS = 36

_SIGNS = {Tone.PLAIN: "", Tone.URGENT: "🔴 ", Tone.OVERDUE: "⏰ ", Tone.DONE: "✅ "}
#: Control characters, marks that turn the direction of writing, and halves of a character.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
#: Where a giant line is cut best: after a sentence, then after anything that ends a word.
_ENDS = ("。！？；.!?;", "，、,:： \t")

#: More marks than any writing piles on one character. Source: UAX #15, section 13.
_MOST_CLINGING = 30

Markup = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One Telegram message: HTML, its length as Telegram counts it, the keyboard under it."""

    html: str
    units: int
    markup: Markup | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    words: str
    bold: bool = False
    covered: bool = False

    @property
    def html(self) -> str:
        said = html.escape(self.words, quote=False)
        if self.bold and said:
            said = f"<b>{said}</b>"
        return f"<tg-spoiler>{said}</tg-spoiler>" if self.covered and said else said


def units(words: str) -> int:
    """Count a text as Telegram does, in UTF-16 code units."""
    return len(words) if words.isascii() else len(words.encode("utf-16-le")) // 2


def plain(words: str) -> str:
    """Take out what would disturb the text around it."""
    return _UNSAFE.sub("", words)


def render(
    message: Message,
    wording: Wording,
    *,
    public_url: str = "",
    elder: bool = False,
    now: datetime | None = None,
) -> list[Part]:
    """Turn the words of a message into Telegram messages; the last one bears the buttons.

    Phone numbers, and links that Telegram takes on no button, become lines of the text. A number
    stands there as it is dialled: Telegram's applications recognise most numbers themselves, and
    know no link that dials.
    """
    rows = _rows(message, wording, public_url, elder)
    lines = list(_lines(message, wording, public_url, now))
    if rows and not lines:
        lines.append(_Line(plain(wording.text(text("channels.choose")))))
    parts = _packed(lines)
    if parts and rows:
        last = parts.pop()
        parts.append(Part(last.html, last.units, {"inline_keyboard": rows}))
    return parts


def asking_keyboard(awaiting: Awaiting | None, wording: Wording) -> Part | None:
    """Make the line that brings the native button for one's own place or phone number."""
    match awaiting:
        case Awaiting.PLACE:
            key, request = "channels.share_place", "request_location"
        case Awaiting.CONTACT:
            key, request = "channels.share_phone", "request_contact"
        case _:
            return None
    button = {"text": wording.text(text(key)), request: True}
    markup = {"keyboard": [[button]], "resize_keyboard": True, "one_time_keyboard": True}
    hint = _Line(plain(wording.text(text(f"{key}_hint"))))
    return Part(hint.html, units(hint.words), markup)


# --- lines ---------------------------------------------------------------------------------------


def _lines(
    message: Message, wording: Wording, public_url: str, now: datetime | None
) -> Iterator[_Line]:
    covered = message.secret
    if covered and message.blocks:
        yield _Line(plain(wording.text(text("channels.covered"))))
    for index, block in enumerate(message.blocks):
        if index:
            yield _Line("")
        yield from _block(block, wording, covered, now)
    spoken = [one for choice in _flat(message) if (one := _spoken(choice, wording, public_url))]
    if spoken and message.blocks:
        yield _Line("")
    for words in spoken:
        yield from (_Line(line, covered=covered) for line in plain(words).split("\n"))


def _block(
    block: Text | Card, wording: Wording, covered: bool, now: datetime | None
) -> Iterator[_Line]:
    if isinstance(block, Text):
        for words in plain(wording.text(block, now)).split("\n"):
            yield _Line(words, covered=covered)
        return
    title = _SIGNS[block.tone] + plain(wording.text(block.title, now))
    for words in title.split("\n"):
        yield _Line(words, bold=True, covered=covered)
    for line in block.lines:
        for words in plain(wording.line(line, now)).split("\n"):
            yield _Line(words, covered=covered)


def _spoken(choice: Choice, wording: Wording, public_url: str) -> str | None:
    """Say a choice that cannot be a button."""
    label = wording.text(choice.label)
    if choice.phone is not None:
        said = label if choice.phone in label else f"{label} {choice.phone}"
        return said if "📞" in said else f"📞 {said}"
    link = absolute(choice.link, public_url) if choice.link is not None else None
    if link is not None and not _fits_button(link):
        return f"{label} {link}"
    return None


def _packed(lines: Sequence[_Line]) -> list[Part]:
    """Put lines together into texts that Telegram takes, none of them blank."""
    parts: list[Part] = []
    held: list[_Line] = []
    length = 0
    for line in _short(lines):
        size = units(line.words) + 1
        if length + size > MAX_TEXT + 1:
            parts += _part(held)
            held, length = [], 0
        held.append(line)
        length += size
    return parts + _part(held)


def _part(lines: list[_Line]) -> list[Part]:
    # Telegram trims texts and refuses blank ones.
    said = [place for place, line in enumerate(lines) if line.words.strip()]
    if not said:
        return []
    lines = lines[said[0] : said[-1] + 1]
    return [Part("\n".join(line.html for line in lines), units("\n".join(x.words for x in lines)))]


def _short(lines: Iterable[_Line]) -> Iterator[_Line]:
    """Cut lines that are too long for one text."""
    for line in lines:
        words, start = line.words, 0
        # One character more than fits is enough to see that it does not.
        while units(ahead := words[start : start + MAX_TEXT + 1]) > MAX_TEXT:
            end = start + _cut(ahead)
            yield _Line(words[start:end], line.bold, line.covered)
            start = end
        yield _Line(words[start:], line.bold, line.covered)


def _cut(words: str) -> int:
    """Find where to cut a giant line: in its last fifth after a sentence or a word, if there."""
    # Half a character that the limit cuts off is left out.
    end = len(words.encode("utf-16-le")[: 2 * MAX_TEXT].decode("utf-16-le", "ignore"))
    for ends in _ENDS:
        for place in range(end, end - end // 5, -1):
            if words[place - 1] in ends:
                return place
    for place in range(end, max(end - _MOST_CLINGING, 1), -1):
        if not _clings(words[place]):
            return place
    return end


def _clings(sign: str) -> bool:
    """Tell whether a character belongs to the one before it, as an accent or a skin tone does."""
    return unicodedata.combining(sign) > 0 or sign in "\u200d\ufe0e\ufe0f"


# --- buttons -------------------------------------------------------------------------------------


def absolute(link: str, public_url: str) -> str | None:
    """Complete a link; None for one that leads nowhere or not to a page."""
    if link.startswith("/"):
        link = public_url.rstrip("/") + link
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    return link if parts.scheme in ("http", "https") and parts.hostname else None


def _fits_button(link: str) -> bool:
    """Tell whether Telegram takes a link on a button: it refuses hosts without a dot."""
    return "." in (urlsplit(link).hostname or "").strip(".") and not re.search(r"\s", link)


def _flat(message: Message) -> Iterator[Choice]:
    return (choice for row in message.choices for choice in row)


def _rows(
    message: Message, wording: Wording, public_url: str, elder: bool
) -> list[list[dict[str, str]]]:
    rows: list[list[dict[str, str]]] = []
    for row in message.choices:
        buttons = [
            button for choice in row if (button := _button(choice, wording, public_url)) is not None
        ]
        lines = any(choice.detail is not None for choice in row)
        width = 1 if elder or lines or not _is_legible(buttons) else MAX_ROW
        rows += [buttons[start : start + width] for start in range(0, len(buttons), width)]
    return _bounded(rows)


def _button(choice: Choice, wording: Wording, public_url: str) -> dict[str, str] | None:
    button = {"text": _said_by(choice, wording)}
    if choice.action is not None:
        button["callback_data"] = choice.action
    elif choice.link is not None:
        link = absolute(choice.link, public_url)
        if link is None:
            log.error("telegram.link_unusable", key=choice.label.key)
        if link is None or not _fits_button(link):
            return None
        button["url"] = link
    else:
        return None
    if choice.emphasis:
        # Source: Bot API 9.4, InlineKeyboardButton.style; older applications ignore it.
        button["style"] = "primary"
    return button


def _said_by(choice: Choice, wording: Wording) -> str:
    """Say what stands on a button; of a line of a list, how it stands is not cut off."""
    label = _label(wording.text(choice.label))
    if choice.detail is None:
        return label
    detail = " · " + _label(wording.text(choice.detail), MAX_LABEL - MIN_SUBJECT)
    sign = _SIGNS[choice.tone]
    return sign + _label(label, MAX_LABEL - len(detail) - len(sign)) + detail


@lru_cache(maxsize=1000)
def _label(words: str, most: int = MAX_LABEL) -> str:
    label = " ".join(plain(words).split()) or "…"
    return label if len(label) <= most else label[: most - 1].rstrip() + "…"


def _is_legible(buttons: Sequence[dict[str, str]]) -> bool:
    """Tell whether buttons fit side by side, given that a row's buttons are equally wide."""
    widest = max((_columns(button["text"]) for button in buttons), default=0)
    return len(buttons) < 2 or widest * len(buttons) <= ROW_COLUMNS


@lru_cache(maxsize=1000)
def _columns(label: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in label)


def _bounded(rows: list[list[dict[str, str]]]) -> list[list[dict[str, str]]]:
    if sum(map(len, rows)) <= MAX_BUTTONS:
        return rows
    log.error("telegram.too_many_buttons", buttons=sum(map(len, rows)))
    room, kept = MAX_BUTTONS, []
    for row in rows:
        kept.append(row[:room])
        room -= len(kept[-1])
    return [row for row in kept if row]
