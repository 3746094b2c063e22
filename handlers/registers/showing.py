"""An entry as the office sees it: its values, how it stands, and what happened to it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.chain import Event
from domain.messages import Card, Choice, Line, Message, Text, Tone, Value, action, rows, text
from domain.names import happening_name, unit_called
from domain.registers import Entry, EntryState, Lack, Register, shown
from domain.registry import REGISTERS
from handlers.registers.fields import term_words
from handlers.registers.finding import called_in, entry_name, keeps, seen_entry, state_words
from handlers.registers.wholes import (
    Hidden,
    adds_for,
    all_lacking,
    hidden_choices,
    hidden_words,
    lacks_of,
    owners_of,
    steps_for,
    wholes_of,
)
from handlers.turn import Turn, choice
from storage.chain import list_events

#: How many events of an entry are shown, the newest first.
SHOWN = 10


async def show(turn: Turn, entry: str) -> None:
    """Show an entry."""
    register, found = await seen_entry(turn, entry)
    await show_card(turn, register, found)


async def show_card(
    turn: Turn,
    register: Register,
    entry: Entry,
    *,
    saved: bool = False,
    hidden: Sequence[Hidden] = (),
) -> None:
    """Show an entry with what one may do about it.

    Args:
        saved: it was saved just now.
        hidden: entries that nobody is shown any more because of that.
    """
    organisation = turn.street.organisation
    called = await called_in(turn, register, [entry])
    lines = [Line(text("registers.unit"), unit_called(entry.unit, organisation))]
    lines += [
        Line(text(field.label), value)
        for field in register.fields
        if (value := shown(field, entry.get(field.name), called)) is not None
    ]
    if (term := term_words(turn, entry)) is not None:
        lines.append(Line(text("registers.term"), term))
    if register.parts:
        lines += await _part_lines(turn, register, entry)
    lines.append(Line(text("registers.state"), state_words(entry, register, turn)))
    by = turn.street.staff_name(entry.changed_by)
    lines.append(
        Line(
            text("registers.last_change"),
            text("registers.by_at", who=by or text("registers.office"), at=entry.changed_at),
        )
    )
    title = text("registers.card", one=text(register.one), name=entry_name(entry, organisation))
    tone = Tone.DONE if entry.state is EntryState.ENDED else Tone.PLAIN
    card = Card(title=title, lines=tuple(lines), tone=tone)
    lacks = await lacks_of(turn, register, entry) if keeps(turn, register, entry) else ()
    blocks: tuple[Text | Card, ...] = (
        *((text("registers.saved"),) if saved else ()),
        card,
        *_lacking(turn, register, entry, lacks),
        *hidden_words(turn, hidden),
    )
    more = [*hidden_choices(turn, hidden), *(await owners_of(turn, entry))]
    turn.reply(Message(blocks=blocks, choices=_choices(turn, register, entry, lacks, more)))


def _lacking(
    turn: Turn, register: Register, entry: Entry, lacks: Sequence[Lack]
) -> tuple[Text, ...]:
    """Say what keeps an entry from being published, or from being shown."""
    if entry.state is EntryState.DRAFT and (words := all_lacking(register, entry, lacks)):
        return (text("registers.not_yet", lacking=words),)
    if entry.state is EntryState.PUBLISHED and lacks:
        return (text("registers.is_hidden", lacking=tuple(one.words for one in lacks)),)
    return ()


async def _part_lines(turn: Turn, register: Register, entry: Entry) -> list[Line]:
    """Name what belongs to an entry, a line a register."""
    organisation, wholes = turn.street.organisation, await wholes_of(turn, register, entry)
    return [
        Line(
            text(REGISTERS[part.register].label),
            tuple(entry_name(one, organisation) for one in wholes.belonging(entry, part))
            or text("registers.nothing"),
        )
        for part in register.parts
    ]


def _choices(
    turn: Turn, register: Register, entry: Entry, lacks: Sequence[Lack], more: Sequence[Choice]
) -> tuple[tuple[Choice, ...], ...]:
    found: list[Choice] = [*steps_for(register, entry, lacks)]
    if keeps(turn, register, entry) and entry.state is not EntryState.ENDED:
        if entry.state is EntryState.DRAFT:
            found.append(
                choice("registers.publish", action("registers.publish", entry.id), emphasis=True)
            )
        found.append(choice("registers.change", action("registers.edit", entry.id)))
        found += [one for one in adds_for(register, entry) if one not in found]
        found.append(choice("registers.end", action("registers.ask_end", entry.id)))
    found.append(choice("registers.history", action("registers.history", entry.id)))
    ways = (
        Choice(label=text(register.label), action=action("registers.list", register.name)),
        choice("staff.menu", "menu.open"),
    )
    return (*rows(found), *rows(_once(more), 1), ways)


def _once(choices: Sequence[Choice]) -> list[Choice]:
    return list({one.action: one for one in choices}.values())


# --- what happened to it -------------------------------------------------------------------------


async def show_history(turn: Turn, entry: str) -> None:
    """Show who changed what of an entry when, the newest first."""
    register, found = await seen_entry(turn, entry)
    events = (await list_events(turn.tx, found.subject))[::-1][:SHOWN]
    lines = tuple(
        Line(text("registers.at", moment=event.at), _told(turn, register, event))
        for event in events
    )
    name = entry_name(found, turn.street.organisation)
    card = Card(title=text("registers.history_of", name=name), lines=lines)
    back = choice("registers.back", action("registers.show", found.id))
    turn.reply(Message(blocks=(card,), choices=((back, choice("staff.menu", "menu.open")),)))


def _told(turn: Turn, register: Register, event: Event) -> Value:
    who = turn.street.staff_name(event.actor) or text("registers.office")
    what = happening_name(event.happening)
    changes = tuple(_changes(turn, register, (event.content or {}).get("changed") or {}))
    if not changes or event.happening == "registers.added":
        return text("registers.did", who=who, what=what)
    return text("registers.did_change", who=who, what=what, changes=changes)


def _changes(turn: Turn, register: Register, changed: Mapping[str, Any]) -> Iterator[Text]:
    by_name = {one.name: one for one in register.fields}
    nothing = text("registers.nothing")
    for name, (before, after) in changed.items():
        if (field := by_name.get(name)) is None:
            yield text("registers.term")
            continue
        yield text(
            "registers.from_to",
            field=text(field.label),
            before=shown(field, before) or nothing,
            after=shown(field, after) or nothing,
        )
