"""Minimal personal data on Telegram: what may travel there, and what goes on on the web page.

`redact` lets out numbers and states of cases, posts, moments and counts; whatever it does not know
to be harmless stays behind, and the message gets a button that shows it on the web page. `guarded`
takes in nothing but buttons, commands and case numbers; whatever else arrives is not looked at, and
its sender gets a ticket to the web page. Source: PIPL 36, 38 and 39; design, "Personal data".
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from bot.channels.ports import Redacted
from domain import public_pages
from domain.emergencies import emergency_choices
from domain.messages import (
    Card,
    Channel,
    Choice,
    Line,
    Message,
    Side,
    Text,
    Value,
    action,
    parse_action,
    text,
)
from domain.numbers import BOOKING_NUMBER, CASE_NUMBER, typed_number
from domain.subjects import MATTER
from handlers import pay_secrets
from handlers.forms.steps import VERB as FORM
from handlers.privacy_notice import needs_notice, notice
from handlers.registry import FEATURES
from handlers.tickets import tickets
from handlers.turn import Turn
from storage.tickets.tickets import latest_action

Handle = Callable[[Turn], Awaitable[None]]

#: What is opened where nothing else was asked for, and what a number alone opens.
_MENU, _SHOW = "menu.open", "matters.show"
#: What our own buttons do; anything else came from somewhere else.
_ACTION = re.compile(r"[a-z_]+\.[a-z_]+(:[A-Za-z0-9_-]{1,40})*")

# --- what may travel ------------------------------------------------------------------------------

_WITHHELD = text("minimal.withheld")
#: Wordings that may stand inside others, by how their keys begin.
_HARMLESS = (
    "cards.by_number",
    "cards.due_",
    "cards.overdue_since",
    "cards.paused",
    "cards.row_state",
    "digests.",
    "matters.happened",
    "me.account_",
    "me.channel_",
    "me.none",
    "me.purpose_",
    "minimal.",
    "names.happening_",
    "names.post",
    "names.quadrant_",
    "names.role_",
    "names.state_",
    "names.theirs_",
    "names.to_you_",
    "names.yours_",
    "pay_secrets.card",
    "pay_secrets.instead",
    "pay_secrets.word",
    "reminders.line_",
    "reminders.told",
    "slots.state_",
    "staff.filter_",
)
#: Fields that name the office's own units, which are posts' addresses and no person's.
_OFFICE_FIELDS = frozenset({"street", "unit"})
_OFFICE_NAME = "names.either"
#: Numbers that anybody may dial; a resident's own number stands under other labels.
_PUBLIC_NUMBERS = ("menu.phone", "words.dial_")


@dataclass(frozen=True, slots=True)
class _Other:
    """What is said instead of a wording, with those of its fields that may travel."""

    key: str
    fields: tuple[str, ...] = ()
    misses_nothing: bool = False
    """The fields that are left out are no news to the reader."""


_CASE = _Other("minimal.case", ("number",))
#: When, and by which number: not what for, nor where.
_BOOKING = ("number", "at")
#: None: it is left out.
_INSTEAD: Mapping[str, _Other | None] = {
    "appointments.called_off": _Other("minimal.appointment_off", _BOOKING),
    "appointments.owed": _Other("minimal.appointments_owed", misses_nothing=True),
    "appointments.owed_calls": _Other("minimal.appointments_owed", misses_nothing=True),
    "appointments.remind_line": _Other("minimal.appointment", _BOOKING),
    "appointments.row": _Other("minimal.appointment", _BOOKING),
    "cards.by_category": _CASE,
    "cards.by_words": _CASE,
    "cards.case": None,
    "cards.row": _CASE,
    "cards.row_detail": _Other("cards.row_state", ("state",)),
    "cards.row_plain": _CASE,
    "cards.title": _CASE,
    "cards.title_plain": _CASE,
    "digests.overdue_case": _CASE,
    "matters.none_yet": _Other("minimal.none_yet"),
    "menu.elder_is_on": _Other("minimal.elder_is_on"),
    "menu.elder_what": _Other("minimal.what"),
    "menu.help_text": _Other("minimal.help_text"),
    "menu.notice_telegram": _Other("minimal.notice", ("street", "kept", "drafts")),
    "menu.welcome": _Other("minimal.welcome", ("street",)),
    "menu.what": _Other("minimal.what"),
    "menu.your_grid": None,
    "menu.your_worker": None,
    "menu.your_worker_phone": None,
    "names.post_held": _Other("names.post", ("unit", "role"), misses_nothing=True),
    "names.post_lent": _Other("names.post", ("unit", "role"), misses_nothing=True),
    "reminders.case": _CASE,
    "staff.hello": _Other("minimal.hello", ("posts",), misses_nothing=True),
    "staff.welcome_named": _Other("staff.welcome", ("post",), misses_nothing=True),
    "staff.help_text": _Other("minimal.staff_help_text"),
}


def redact(message: Message, row: int) -> Redacted:
    """Take out of a message what must not travel over Telegram.

    Args:
        row: the outbox row, by which the web page shows the whole message.
    """
    sieve = _Sieve()
    blocks = sieve.blocks(message)
    choices = sieve.choices(message)
    whole = not sieve.held_back and not message.attachments
    if not whole:
        pictures = not message.blocks and message.attachments
        label = text("minimal.pictures_on_web" if pictures else "minimal.on_web")
        choices = (*choices, (Choice(label=label, action=action(tickets.VERB, row)),))
        blocks = blocks or (text("minimal.pictures" if pictures else "minimal.only_on_web"),)
    said = replace(message, blocks=blocks, choices=choices, awaiting=None, attachments=())
    return Redacted(said, whole)


class _Sieve:
    """Lets the harmless parts of one message through and notes whether anything stayed behind."""

    def __init__(self) -> None:
        self.held_back = False

    def blocks(self, message: Message) -> tuple[Text | Card, ...]:
        sifted = (self._block(block) for block in message.blocks)
        return tuple(block for block in sifted if block is not None)

    def _block(self, block: Text | Card) -> Text | Card | None:
        if isinstance(block, Text):
            return self._text(block)
        lines = (self._line(line) for line in block.lines)
        return replace(
            block,
            title=self._text(block.title) or _WITHHELD,
            lines=tuple(line for line in lines if line is not None),
        )

    def _line(self, line: Line) -> Line | None:
        label, value = self._text(line.label), self._value(line.value)
        if label is None or value == _WITHHELD or _WITHHELD in label.fields.values():
            self.held_back = True
            return None
        return Line(label, value)

    def _text(self, wording: Text) -> Text | None:
        """Let a wording of our own through, with those of its fields that are harmless."""
        other = _INSTEAD.get(wording.key, _Other(wording.key, tuple(wording.fields)))
        if other is None:
            return None
        if len(other.fields) < len(wording.fields) and not other.misses_nothing:
            self.held_back = True
        fields = {
            name: self._field(name, wording.fields[name])
            for name in other.fields
            if name in wording.fields
        }
        return Text(other.key, fields)

    def _field(self, name: str, value: Value) -> Value:
        if name in _OFFICE_FIELDS and _is_office_name(value):
            return value
        return self._value(value)

    def _value(self, value: Value) -> Value:
        """Let moments, spans, counts, case numbers and harmless wordings through."""
        if isinstance(value, Text):
            sifted = self._text(value) if value.key.startswith(_HARMLESS) else None
            sifted = self._text(value) if value.key in _INSTEAD else sifted
            return self._kept(sifted)
        if isinstance(value, str):
            return value if not value or _is_number(value) else self._kept(None)
        if isinstance(value, tuple):
            return self._several(value)
        known = value is None or isinstance(value, int | float | datetime | date | timedelta)
        return value if known else self._kept(None)

    def _several(self, values: tuple[Value, ...]) -> Value:
        sifted = tuple(self._value(value) for value in values)
        return _WITHHELD if _WITHHELD in sifted else sifted

    def _kept(self, sifted: Text | None) -> Text:
        if sifted is None:
            self.held_back = True
        return sifted or _WITHHELD

    def choices(self, message: Message) -> tuple[tuple[Choice, ...], ...]:
        sifted = (
            tuple(one for choice in row if (one := self._choice(choice)) is not None)
            for row in message.choices
        )
        return tuple(row for row in sifted if row)

    def _choice(self, choice: Choice) -> Choice | None:
        if choice.phone is not None and choice.label.key.startswith(_PUBLIC_NUMBERS):
            named = {name: choice.phone for name in choice.label.fields if name == "number"}
            return replace(choice, label=Text(choice.label.key, named))
        label = self._text(choice.label)
        if label is None or _WITHHELD in label.fields.values() or not _leads_home(choice):
            self.held_back = True
            return None
        detail = self._text(choice.detail) if choice.detail is not None else None
        if detail is not None and _WITHHELD in detail.fields.values():
            self.held_back, detail = True, None
        return replace(choice, label=label, detail=detail)


def _is_number(value: str) -> bool:
    """Tell whether something is the number of a case or of a booking."""
    return any(one.fullmatch(value) for one in (CASE_NUMBER, BOOKING_NUMBER))


def _is_office_name(value: Value) -> bool:
    return isinstance(value, str) or (isinstance(value, Text) and value.key == _OFFICE_NAME)


def _leads_home(choice: Choice) -> bool:
    """Tell whether a button does one of our actions, or opens a page of ours that says nothing of
    anybody: the chat with a ticket, or one that everybody may read."""
    if choice.action is not None:
        verb, _ = parse_action(choice.action)
        return _ACTION.fullmatch(choice.action) is not None and verb != FORM
    link = choice.link or ""
    return link.startswith(tickets.PATH) or public_pages.is_one(link)


# --- what is taken in -----------------------------------------------------------------------------

#: Buttons that bring nothing personal and whose answers make sense without it. All others are
#: pressed on the web page.
PRESSES: Mapping[Side, frozenset[str]] = {
    side: frozenset(verb.name for verb in FEATURES.verbs[side].values() if verb.minimal)
    for side in Side
}


def guarded(handle: Handle) -> Handle:
    """Let nothing personal in from Telegram: whoever brings it is handed over to the web page."""

    async def handled(turn: Turn) -> None:
        said = turn.incoming
        if said.channel is not Channel.TELEGRAM or said.flood or _is_outsider(turn):
            await handle(turn)
            return
        pressed = _pressed(turn)
        if pressed is None:
            await _refuse(turn)
        elif turn.incoming.start is not None or parse_action(pressed)[0] in PRESSES[_side(turn)]:
            turn.incoming = replace(turn.incoming, text=None, command=None, action=pressed or None)
            await handle(turn)
        else:
            tickets.hand_over(turn, "minimal.on_the_web", pressed)

    return handled


def _side(turn: Turn) -> Side:
    return turn.incoming.side


def _is_outsider(turn: Turn) -> bool:
    """Tell whether somebody without a post writes to the staff's bot: nothing of it is kept."""
    return turn.is_staff and not turn.actor.posts


def _pressed(turn: Turn) -> str | None:
    """Give what arrived as a button's action; None for what may be personal.

    A link that brought somebody here is no button, and nothing personal either: an empty action.
    """
    incoming = turn.incoming
    if incoming.files or incoming.place or incoming.phone or incoming.unfit:
        return None
    if incoming.start is not None:
        return ""
    if incoming.action is not None:
        return incoming.action
    if incoming.command is not None:
        return None if incoming.text else _commanded(turn, incoming.command)
    return _typed(turn, incoming.text or "")


def _commanded(turn: Turn, command: str) -> str:
    if command == "cancel" and turn.draft is not None:
        return action(FORM, turn.draft.id, "x")
    verb = FEATURES.commands[_side(turn)].get(command)
    return verb.name if verb is not None else _MENU


def _typed(turn: Turn, words: str) -> str | None:
    if number := typed_number(words):
        return action(_SHOW, number)
    verb = FEATURES.words[_side(turn)].get(words.strip().casefold())
    return verb.name if verb is not None else None


async def _refuse(turn: Turn) -> None:
    """Say that nothing was taken, and where to say it; danger comes first all the same."""
    if (masked := pay_secrets.masked_words(turn)).found:
        pay_secrets.tell(turn, masked, goes_on=False)
    if turn.incoming.text and not turn.is_staff:
        understood = turn.understood(turn.incoming.text)
        if understood.numbers:
            numbers = emergency_choices(understood.numbers)
            tickets.hand_over(turn, "danger.not_taken", await _where_it_belongs(turn), numbers)
            return
    if not turn.is_staff and needs_notice(turn):
        turn.reply(Message(blocks=(notice(turn),)))
    tickets.hand_over(turn, "minimal.not_taken", await _where_it_belongs(turn))


async def _where_it_belongs(turn: Turn) -> str:
    """Find the step at which the web page is to be opened: the case that was replied to, the open
    form, or the last ticket's."""
    if turn.replied_to is not None and turn.replied_to.subject.kind == MATTER:
        return action(_SHOW, turn.replied_to.subject.id)
    if turn.draft is not None and turn.draft.expires_at > turn.now:
        return action(FORM, turn.draft.id, "r")
    return await latest_action(turn.tx, turn.account.id, turn.now) or _MENU
