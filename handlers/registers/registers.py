"""The lists that the office keeps (名册): to look up, to add to, to change and to end, in chat."""

from collections.abc import Mapping, Sequence

from domain.access.registers import RegisterRight
from domain.errors import Refused, Stale
from domain.messages import Choice, Message, Side, Text, Value, action, rows, text
from domain.names import unit_called
from domain.registers import Entry, EntryState, Field, FieldKind, Lack, Register, found_by, shown
from handlers.features import Entry as MenuEntry
from handlers.features import Feature, Menu, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Words
from handlers.registers.editing import (
    FORMS,
    ask_to_end,
    begin_change,
    begin_entry,
    end,
    keep_draft_of,
    publish,
)
from handlers.registers.finding import (
    called_in,
    ensure_sees,
    entry_name,
    kept_units,
    open_registers,
    register_named,
    seen_units,
    state_words,
    words_for_search,
)
from handlers.registers.showing import show, show_history
from handlers.registers.wholes import wholes_of
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.registers import count_entries, list_entries

PAGE = 8
ALL, ENDED = "all", "ended"


async def show_registers(turn: Turn) -> None:
    """List the registers of which one may see something, each with how many entries it has."""
    found = open_registers(turn)
    if not found:
        ensure_sees(turn, register_named(turn, next(iter(FORMS))))
    counts: dict[str, int] = {}
    for register in found:
        here = await count_entries(turn.tx, seen_units(turn, register))
        counts[register.name] = here.get(register.name, 0)
    buttons = [
        Choice(
            label=text(one.label),
            detail=text("registers.count", count=counts[one.name]),
            action=action("registers.list", one.name),
        )
        for one in found
    ]
    turn.say("registers.which", *rows(buttons, 1), (choice("staff.menu", "menu.open"),))


async def list_one(
    turn: Turn, register: str, narrowed: str = ALL, page: str = "0", again: str = ""
) -> None:
    """List the entries of a register, all or those with a chosen value, page by page."""
    found = register_named(turn, register)
    units = ensure_sees(turn, found)
    if not page.isdecimal() or len(page) > 4:
        raise Stale
    every = await list_entries(turn.tx, found.name, units=units, ended=narrowed == ENDED)
    entries = [one for one in every if _fits(found, one, narrowed)]
    pages = max(1, -(-len(entries) // PAGE))
    at = min(int(page), pages - 1)
    shown_ones = entries[at * PAGE : (at + 1) * PAGE]
    called = await called_in(turn, found, shown_ones)
    hidden = await _hidden(turn, found)
    blocks = [
        text(
            "registers.list" if entries else "registers.list_empty",
            register=text(found.label),
            count=len(entries),
            narrowed=_narrowed_words(found, narrowed),
        )
    ]
    if lost := sum(one.id in hidden for one in entries):
        blocks.append(text("registers.hidden_count", count=lost))
    if pages > 1:
        blocks.append(text("staff.page", page=at + 1, pages=pages))
    turn.reply(
        Message(
            blocks=tuple(blocks),
            choices=(
                *rows([_line(turn, found, one, called, hidden) for one in shown_ones], 1),
                *_turns(found, narrowed, at, pages),
                *rows(_filters(found, narrowed), 3),
                *rows(_ways(turn, found, bool(every))),
            ),
            slot="register",
            anew=not again,
        )
    )


async def _hidden(turn: Turn, register: Register) -> Mapping[str, Sequence[Lack]]:
    """Give what the published entries lack that residents are not shown, by id."""
    return (await wholes_of(turn, register)).hidden(turn.now) if register.parts else {}


def _line(
    turn: Turn,
    register: Register,
    entry: Entry,
    called: Mapping[str, Value],
    hidden: Mapping[str, Sequence[Lack]],
) -> Choice:
    organisation = turn.street.organisation
    parts: list[Value] = [unit_called(entry.unit, organisation)] if register.key else []
    parts += [
        value
        for field in register.fields
        if field.listed and (value := shown(field, entry.get(field.name), called)) is not None
    ]
    if not entry.holds(turn.now):
        parts.append(state_words(entry, register, turn))
    elif entry.id in hidden:
        parts.append(text("registers.line_hidden", lack=hidden[entry.id][0].words))
    return Choice(
        label=entry_name(entry, organisation),
        detail=text("registers.parts", parts=tuple(parts)),
        action=action("registers.show", entry.id),
    )


# --- narrowing down ------------------------------------------------------------------------------


def _filter_field(register: Register, narrowed: str) -> tuple[Field, str] | None:
    """Give the field and the value that narrow a list down; None where nothing does.

    Raises:
        Stale: no button offers that.
    """
    if narrowed in (ALL, ENDED):
        return None
    name, _, value = narrowed.partition(".")
    for field in _filtering(register):
        if field.name == name and field.option(value) is not None:
            return field, value
    raise Stale


def _filtering(register: Register) -> list[Field]:
    return [one for one in register.fields if one.listed and one.kind is FieldKind.CHOICE]


def _fits(register: Register, entry: Entry, narrowed: str) -> bool:
    wanted = _filter_field(register, narrowed)
    if narrowed == ENDED:
        return entry.state is EntryState.ENDED
    return wanted is None or entry.get(wanted[0].name) == wanted[1]


def _narrowed_words(register: Register, narrowed: str) -> Value:
    if narrowed == ENDED:
        return text("registers.only_ended")
    wanted = _filter_field(register, narrowed)
    if wanted is None:
        return text("registers.only_all")
    return text("registers.only", what=shown(*wanted))


#: More values than that are looked for by typing them.
_MOST_FILTERS = 8


def _filters(register: Register, narrowed: str) -> list[Choice]:
    found = [
        Choice(
            label=text("registers.only", what=option.label),
            action=action("registers.list", register.name, f"{field.name}.{option.value}"),
        )
        for field in _filtering(register)
        if len(field.options) <= _MOST_FILTERS
        for option in field.options
        if f"{field.name}.{option.value}" != narrowed
    ]
    if narrowed != ALL:
        found.insert(0, choice("registers.all", action("registers.list", register.name)))
    return found


def _turns(
    register: Register, narrowed: str, page: int, pages: int
) -> Sequence[tuple[Choice, ...]]:
    def to(label: str, where: int) -> Choice:
        return choice(label, action("registers.list", register.name, narrowed, where, "in"))

    found = [to("staff.previous", page - 1)] if page > 0 else []
    found += [to("staff.next", page + 1)] if page < pages - 1 else []
    return [tuple(found)] if found else []


def _ways(turn: Turn, register: Register, has_any: bool) -> list[Choice]:
    found = []
    if kept_units(turn, register):
        new = action("registers.add", register.name)
        found.append(choice("registers.add", new, emphasis=not has_any))
        found.append(choice("registers.ended_ones", action("registers.list", register.name, ENDED)))
    if has_any:
        found.append(choice("registers.find", action("registers.find", register.name)))
    return [*found, choice("registers.menu", "registers.open"), choice("staff.menu", "menu.open")]


# --- searching -----------------------------------------------------------------------------------


async def begin_find(turn: Turn, register: str) -> None:
    """Ask for words that stand in an entry."""
    found = register_named(turn, register)
    ensure_sees(turn, found)
    await begin(turn, FIND, context={"register": found.name})


async def _submit_find(turn: Turn, draft: Draft) -> None:
    register = register_named(turn, str(draft.context["register"]))
    units = ensure_sees(turn, register)
    said = str(draft.values["text"])
    entries = await list_entries(turn.tx, register.name, units=units)
    called = await called_in(turn, register, entries)
    hidden = await _hidden(turn, register)
    words = words_for_search(entries, turn.street.organisation, called)
    found = found_by(register, entries, said, words)
    if not found:
        raise Refused("registers.nothing_found", said=said[:40])
    again = choice("registers.find", action("registers.find", register.name))
    back = Choice(label=text(register.label), action=action("registers.list", register.name))
    blocks: list[Text] = [text("registers.found", said=said[:40], count=len(found))]
    if len(found) > PAGE:
        blocks.append(text("registers.more_exact", most=PAGE))
    turn.reply(
        Message(
            blocks=tuple(blocks),
            choices=(
                *rows([_line(turn, register, one, called, hidden) for one in found[:PAGE]], 1),
                (again, back),
            ),
        )
    )


FIND = Form(
    name="registerfind",
    version=1,
    title="registers.find_title",
    steps=(Words(name="text", question="registers.ask_find", label="filing.text", min_letters=1),),
    submit=_submit_find,
    review=False,
)

_SEE, _EDIT = RegisterRight.SEE, RegisterRight.EDIT

FEATURE = Feature(
    name="registers",
    side=Side.STAFF,
    verbs=(
        Verb("registers.open", show_registers, right=_SEE, command="registers", words=("名册",)),
        Verb("registers.list", list_one, right=_SEE, about="register"),
        Verb("registers.find", begin_find, right=_SEE, about="register", begins=True),
        Verb("registers.show", show, right=_SEE, about="entry"),
        Verb("registers.history", show_history, right=_SEE, about="entry"),
        Verb("registers.add", begin_entry, right=_EDIT, about="register", begins=True),
        Verb("registers.edit", begin_change, right=_EDIT, about="entry", begins=True),
        Verb("registers.publish", publish, right=_EDIT, about="entry"),
        Verb("registers.ask_end", ask_to_end, right=_EDIT, about="entry"),
        Verb("registers.end", end, right=_EDIT, about="entry"),
        Verb("registers.keep", keep_draft_of, right=_EDIT, about="draft"),
    ),
    forms=(FIND, *FORMS.values()),
    entries=(MenuEntry(Menu.WORK, "registers.menu", "registers.open"),),
)
