"""Adding entries to registers, and changing, publishing and ending them.

Of two who change an entry at once the later one sees what the other saved, over which the own
words stand: nothing typed is lost, and nothing saved is written over unseen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from domain.access.checks import ensure_may
from domain.chain import Chain
from domain.errors import NotFound, Refused, Stale, UserError
from domain.messages import Choice, Message, Text, action, text
from domain.registers import (
    ENTRY,
    Entry,
    EntryState,
    Register,
    changed,
    cleaned,
    ensure_publishable,
    key_for,
    merged,
    problems,
    recorded,
    shown,
)
from domain.registry import REGISTERS
from handlers.forms.forms import begin
from handlers.forms.screens import read_back
from handlers.forms.steps import REVIEW, Form
from handlers.registers.fields import (
    FROM,
    PERSON,
    TERM,
    UNIT,
    UNTIL,
    days_of,
    steps_of,
    term_of,
)
from handlers.registers.finding import (
    ensure_keeps,
    entry_name,
    register_named,
    seen_entry,
)
from handlers.registers.showing import show_card
from handlers.registers.wholes import (
    hidden_by,
    hidden_words,
    lacks_of,
    tell_keepers,
    whole_registers,
    wholes_of,
)
from handlers.turn import Turn, choice
from storage.chain import get_chains
from storage.drafts import Draft
from storage.registers import find_entry, find_same, list_entries

#: How the forms of registers are called.
_PREFIX = "register_"


# --- doors ---------------------------------------------------------------------------------------


async def begin_entry(turn: Turn, register: str, whole: str = "") -> None:
    """Begin to add an entry to a register, also as a part of another entry.

    Raises:
        Stale: nothing of this register belongs to that entry.
    """
    found = register_named(turn, register)
    units = ensure_keeps(turn, found)
    values: dict[str, Any] = {UNIT: units[0]} if len(units) == 1 else {}
    if whole:
        owner, entry = await seen_entry(turn, whole)
        part = next((one for one in owner.parts if one.register == found.name), None)
        if part is None:
            raise Stale
        values[part.field] = entry.id if part.names is None else next(iter(part.names(entry)), "")
        if entry.unit in units:
            values[UNIT] = entry.unit
    given = {name: value for name, value in values.items() if value}
    await begin(turn, FORMS[found.name], values=given)


async def begin_change(turn: Turn, entry: str) -> None:
    """Read an entry back, each of its values with a button to change it."""
    register, found = await _kept_entry(turn, entry)
    if found.state is EntryState.ENDED:
        raise Refused("registers.has_ended", name=entry_name(found, turn.street.organisation))
    values = _values_of(turn, found)
    await begin(
        turn,
        FORMS[register.name],
        values=values,
        context={"number": found.id, "version": found.version, "base": values},
        quick=True,
    )


async def publish(turn: Turn, entry: str) -> None:
    """Publish a draft that is whole; pressing it again changes nothing.

    What it lacks is said with what to press next.
    """
    register, found = await _kept_entry(turn, entry)
    if found.state is EntryState.ENDED:
        raise Refused("registers.has_ended", name=entry_name(found, turn.street.organisation))
    if found.state is EntryState.DRAFT:
        whole = not await lacks_of(turn, register, found)
        if whole:  # Otherwise its card says so, together with what its own fields lack.
            ensure_publishable(register, found.fields)
            found = await _next(
                turn, register, found, "registers.published", state=EntryState.PUBLISHED
            )
    await show_card(turn, register, found)


async def ask_to_end(turn: Turn, entry: str) -> None:
    """Ask once more before an entry ends: it is kept, and shown to nobody as true any more."""
    register, found = await _kept_entry(turn, entry)
    if found.state is EntryState.ENDED:
        await show_card(turn, register, found)
        return
    others = await _referring(turn, found)
    hidden = await hidden_by(turn, replace(found, state=EntryState.ENDED))
    question = text(
        "registers.really_end_used" if others else "registers.really_end",
        name=entry_name(found, turn.street.organisation),
        used=others,
    )
    ways = (
        choice("registers.end_now", action("registers.end", found.id, found.version)),
        choice("registers.keep", action("registers.show", found.id), emphasis=True),
    )
    turn.reply(Message(blocks=(question, *hidden_words(turn, hidden)), choices=(ways,)))


async def end(turn: Turn, entry: str, version: str = "") -> None:
    """End an entry as it was shown; one that somebody changed meanwhile is shown anew."""
    register, found = await _kept_entry(turn, entry)
    if found.state is not EntryState.ENDED:
        if version != str(found.version):
            turn.say("registers.changed_first")
        else:
            hidden = await hidden_by(turn, replace(found, state=EntryState.ENDED))
            found = await _next(turn, register, found, "registers.ended", state=EntryState.ENDED)
            tell_keepers(turn, hidden)
            await show_card(turn, register, found, hidden=hidden)
            return
    await show_card(turn, register, found)


async def keep_draft_of(turn: Turn, draft: str) -> None:
    """Save what a form holds as a draft, complete or not."""
    if turn.draft is None or turn.draft.id != draft or turn.draft.step != REVIEW:
        raise Stale
    register = _register_of(turn, turn.draft)
    await _save(turn, register, turn.draft, EntryState.DRAFT)


async def _kept_entry(turn: Turn, entry: str) -> tuple[Register, Entry]:
    """Find an entry that one may change.

    Raises:
        NotFound: one may not even see it.
        NotAllowed: one may see it and nothing more.
    """
    register, found = await seen_entry(turn, entry)
    ensure_may(turn.actor, register.edit, turn.street.organisation, unit=found.unit)
    return register, found


async def _referring(turn: Turn, entry: Entry) -> tuple[Text, ...]:
    """Name the entries of others that refer to one."""
    organisation = turn.street.organisation
    found = []
    for register in REGISTERS.values():
        names = [one.name for one in register.fields if one.refers == entry.register]
        if names:
            found += [
                entry_name(one, organisation)
                for one in await list_entries(turn.tx, register.name)
                if any(one.get(name) == entry.id for name in names)
            ]
    return tuple(found)


# --- saving --------------------------------------------------------------------------------------


def _register_of(turn: Turn, draft: Draft) -> Register:
    return register_named(turn, draft.form.removeprefix(_PREFIX))


def _values_of(turn: Turn, entry: Entry) -> dict[str, Any]:
    return {**entry.fields, **days_of(turn, entry)}


async def _submit(turn: Turn, draft: Draft) -> None:
    await _save(turn, _register_of(turn, draft), draft, EntryState.PUBLISHED)


async def _save(turn: Turn, register: Register, draft: Draft, state: EntryState) -> None:
    """Save what a form holds, or say why not and keep the form."""
    turn.drop_draft(draft)
    try:
        if "number" in draft.context:
            saved = await _change(turn, register, draft, state)
        else:
            saved = await _add(turn, register, draft, state)
    except UserError:
        turn.keep_draft(draft)
        raise
    if saved is not None:
        hidden = await hidden_by(turn, saved)
        tell_keepers(turn, hidden)
        await show_card(turn, register, saved, saved=True, hidden=hidden)


async def _add(turn: Turn, register: Register, draft: Draft, state: EntryState) -> Entry:
    unit = str(draft.values[UNIT])
    grant = ensure_may(turn.actor, register.edit, turn.street.organisation, unit=unit)
    if unit not in ensure_keeps(turn, register):
        raise Refused("registers.no_unit")
    person = str(draft.values[PERSON]) if register.of_staff else None
    fields = cleaned(register, draft.values)
    if state is EntryState.PUBLISHED:
        ensure_publishable(register, fields)
    since, until = _term(turn, draft)
    entry = Entry(
        id=turn.new_id(),
        register=register.name,
        unit=unit,
        key=key_for(register, fields, person),
        state=state,
        fields=fields,
        person=person,
        valid_from=since,
        valid_until=until,
        changed_by=turn.person.id,
        changed_at=turn.now,
        is_sealed=register.sealed,
    )
    draft_of_it = replace(entry, state=EntryState.DRAFT)
    if await lacks_of(turn, register, draft_of_it):
        # Its parts can be added only once it is there: until then it is a draft, which is said.
        entry = draft_of_it
    await _ensure_alone(turn, entry)
    chain = recorded(
        Chain(file=entry.subject), turn.act(grant.role), "registers.added", None, entry
    )
    _put(turn, entry, chain)
    return entry


async def _change(turn: Turn, register: Register, draft: Draft, state: EntryState) -> Entry | None:
    """Save the next version; None where somebody was faster, which is shown first."""
    found = await find_entry(turn.tx, str(draft.context["number"]))
    if found is None:
        raise NotFound(number=str(draft.context["number"])[:8])
    ensure_may(turn.actor, register.edit, turn.street.organisation, unit=found.unit)
    if found.state is EntryState.ENDED:
        raise Refused("registers.has_ended", name=entry_name(found, turn.street.organisation))
    if found.version != draft.context["version"]:
        merged_draft = _over(turn, register, draft, found)
        turn.keep_draft(merged_draft)
        turn.reply(await read_back(turn, FORMS[register.name], merged_draft))
        return None
    fields = cleaned(register, draft.values)
    if found.state is EntryState.PUBLISHED:
        state = EntryState.PUBLISHED  # What residents read does not vanish by a change.
    if state is EntryState.PUBLISHED:
        ensure_publishable(register, fields)
    since, until = _term(turn, draft)
    as_it_is = (found.fields, found.valid_from, found.valid_until, found.state)
    if as_it_is == (fields, since, until, state):
        turn.say("registers.nothing_changed")
        return found
    key = key_for(register, fields, found.person)
    await _ensure_alone(turn, replace(found, key=key))
    if state is EntryState.PUBLISHED:
        after = replace(found, fields=fields, valid_from=since, valid_until=until)
        lacks = await lacks_of(turn, register, after)
        if lacks and found.state is EntryState.DRAFT:
            state = EntryState.DRAFT
        elif lacks and not await _is_hidden(turn, register, found):
            raise Refused("registers.not_whole", lacking=tuple(one.words for one in lacks))
    return await _next(
        turn,
        register,
        found,
        "registers.changed" if state is found.state else "registers.published",
        fields=fields,
        key=key,
        state=state,
        valid_from=since,
        valid_until=until,
    )


async def _is_hidden(turn: Turn, register: Register, entry: Entry) -> bool:
    """Tell whether nobody is shown an entry as it is: it may be mended step by step."""
    return bool((await wholes_of(turn, register)).lacks(entry, turn.now))


def _term(turn: Turn, draft: Draft) -> tuple[datetime | None, datetime | None]:
    since, until = (one and one.astimezone(UTC) for one in term_of(turn, draft))
    if since is not None and until is not None and until <= since:
        raise Refused("registers.term_backwards")
    return since, until


async def _ensure_alone(turn: Turn, entry: Entry) -> None:
    """Refuse a second entry of the same name in a unit."""
    same = await find_same(turn.tx, entry.register, entry.unit, entry.key)
    if same is not None and same.id != entry.id:
        raise Refused("registers.same", name=entry_name(same, turn.street.organisation))


async def _next(
    turn: Turn, register: Register, entry: Entry, happening: str, **fields: Any
) -> Entry:
    grant = ensure_may(turn.actor, register.edit, turn.street.organisation, unit=entry.unit)
    act = turn.act(grant.role)
    after = changed(entry, act, **fields)
    chain = (await get_chains(turn.tx, [entry.subject]))[entry.subject]
    _put(turn, after, recorded(chain, act, happening, entry, after))
    return after


def _put(turn: Turn, entry: Entry, chain: Chain) -> None:
    # By its name as well: of two that are added at once the second reads the first.
    turn.changes.touch(f"{ENTRY} {entry.id}", f"{ENTRY} {entry.register}/{entry.unit}/{entry.key}")
    # Who publishes a whole and who ends a part of it at once hear of each other.
    turn.changes.touch(*(f"{ENTRY} {name}" for name in whole_registers(entry.register)))
    turn.changes.save(entry, chain)


# --- two at once ---------------------------------------------------------------------------------


async def _look_again(turn: Turn, draft: Draft) -> Draft:
    """Find out before the read-back whether somebody else changed the entry meanwhile."""
    if "number" not in draft.context:
        return draft
    found = await find_entry(turn.tx, str(draft.context["number"]))
    if found is None or found.version == draft.context["version"]:
        return draft
    return _over(turn, _register_of(turn, draft), draft, found)


def _over(turn: Turn, register: Register, draft: Draft, theirs: Entry) -> Draft:
    """Put what was typed over what somebody else saved meanwhile, and note what that was."""
    names = (*(one.name for one in register.fields), *TERM)
    mine = {
        name: draft.values[name] for name in names if draft.values.get(name) not in (None, "", [])
    }
    saved = _values_of(turn, theirs)
    found = merged(draft.context["base"], mine, saved)
    others = {name: value for name, value in draft.values.items() if name not in names}
    return replace(
        draft,
        values={**others, **found.values},
        context={
            **draft.context,
            "version": theirs.version,
            "base": saved,
            "meanwhile": {
                "by": turn.street.staff_name(theirs.changed_by),
                "at": theirs.changed_at.isoformat(),
                "theirs": list(found.theirs),
                "both": {name: saved.get(name) for name in found.both},
            },
        },
    )


def _notes(turn: Turn, draft: Draft) -> Sequence[Text]:
    """Say what somebody else saved meanwhile, and what is missing still."""
    register = _register_of(turn, draft)
    return (*_meanwhile(register, draft), *problems(register, cleaned(register, draft.values)))


def _meanwhile(register: Register, draft: Draft) -> Sequence[Text]:
    told = draft.context.get("meanwhile")
    if not told:
        return ()
    labels = {one.name: text(one.label) for one in register.fields} | {
        FROM: text("registers.from"),
        UNTIL: text("registers.until"),
    }
    names = (*told["theirs"], *told["both"])
    notes = [
        text(
            "registers.meanwhile",
            who=told["by"] or "?",
            at=datetime.fromisoformat(told["at"]),
            fields=tuple(labels[name] for name in names if name in labels),
        )
    ]
    for name, value in told["both"].items():
        field = next((one for one in register.fields if one.name == name), None)
        theirs = shown(field, value) if field is not None else value
        notes.append(
            text("registers.both", field=labels[name], theirs=theirs or text("registers.nothing"))
        )
    return notes


async def _instead(turn: Turn, draft: Draft) -> tuple[Choice, ...]:
    """Offer to save what is not complete, or not decided yet, as a draft."""
    if "number" in draft.context:
        found = await find_entry(turn.tx, str(draft.context["number"]))
        if found is None or found.state is not EntryState.DRAFT:
            return ()
    return (choice("registers.save_draft", action("registers.keep", draft.id)),)


def _form(register: Register) -> Form:
    return Form(
        name=f"{_PREFIX}{register.name}",
        version=1,
        title=register.one,
        steps=steps_of(register),
        submit=_submit,
        before_review=_look_again,
        review_notes=_notes,
        instead=_instead,
        instead_label="registers.or_draft",
        submit_label="registers.submit",
        about=ENTRY,
    )


#: The form of each register, by its name.
FORMS: Mapping[str, Form] = {name: _form(register) for name, register in REGISTERS.items()}
