"""What becomes of an entry: looked at, renewed, ended, erased, and given to whom it is about."""

from domain import plans
from domain.access.checks import Grant, may
from domain.access.visits import VisitRight
from domain.errors import Stale
from domain.messages import Card, Message, Side, action, rows, text
from domain.visits.cards import back_choice, register_card
from domain.visits.copies import entry_lines
from domain.visits.entries import (
    EndReason,
    Entry,
    EntryState,
    ended,
    ensure_active,
    ensure_content,
    ensure_erasable,
    may_be_erased,
    renewed,
)
from domain.visits.needs import lapsed
from handlers.features import Feature, Verb
from handlers.forms.questions import today
from handlers.turn import Turn, choice
from handlers.visits.guards import ensure_opens, led_away, load_entry, plan_of
from storage.outbox_housekeeping import newest
from storage.plans import find_plan, save_plan
from storage.subjects import SubjectsGone
from storage.visits.casework import (
    note_look,
    opens,
    record,
    rules_of,
    save_entry,
    save_need,
    show_entry,
)
from storage.visits.personal_data import subjects_of
from storage.visits.visits import list_needs, list_visits


async def show_more(turn: Turn, which: str) -> None:
    """Show on what an entry rests, and what else may be done with it."""
    entry, _ = await load_entry(turn, which, VisitRight.OPEN)
    if await led_away(turn, "visits.show", which):
        return
    if not await opens(turn, entry, turn.person.id, await find_plan(turn.tx, entry.subject)):
        turn.say("visits.needs_approval", (show_entry(entry),), (back_choice(),))
        return
    content = entry.said
    note_look(turn, entry, turn.actor, VisitRight.OPEN, "check")
    buttons = [
        choice("visits.needs_of", action("visits.needs_of", which)),
        choice("visits.set_wish", action("visits.wish", which)),
        choice("visits.family", action("visits.family", which)),
        choice("visits.copy", action("visits.copy", which)),
    ]
    if entry.state is EntryState.ACTIVE and _may_register(turn, entry):
        buttons += [
            choice("visits.edit", action("visits.edit", which)),
            choice("visits.renew", action("visits.renew", which)),
            choice("visits.end", action("visits.end", which)),
        ]
    if _may_register(turn, entry) and may_be_erased(entry):
        buttons.append(choice("visits.erase", action("visits.erase", which)))
    turn.reply(
        Message(
            blocks=(register_card(turn.street, entry, content),),
            choices=(*rows(buttons), (back_choice(),)),
            secret=True,
        )
    )


def _may_register(turn: Turn, entry: Entry) -> bool:
    organisation = turn.street.organisation
    return may(turn.actor, VisitRight.REGISTER, organisation, on=entry) is not None


async def renew(turn: Turn, which: str, sure: str = "") -> None:
    """Let an entry stand for another term, once somebody says that it is still right."""
    entry, grant = await load_entry(turn, which, VisitRight.REGISTER)
    if await led_away(turn, "visits.show", which):
        return
    await ensure_opens(turn, entry)
    ensure_active(entry)
    if sure != "yes":
        yes = choice("visits.renew_yes", action("visits.renew", which, "yes"), emphasis=True)
        change = choice("visits.edit", action("visits.edit", which))
        finish = choice("visits.end", action("visits.end", which))
        turn.say("visits.really_renew", (yes,), (change, finish), sign=entry.sign)
        return
    ensure_content(entry.said, today(turn))
    after = renewed(entry, turn.now, rules_of(turn, entry.unit))
    save_entry(turn, after)
    await record(turn, turn.act(grant.role), entry.subject, "visits.renewed")
    turn.say("visits.renewed", (back_choice(),), sign=entry.sign, until=after.valid_until)


#: Why somebody may end an entry by hand.
_ENDS = tuple(one for one in EndReason if one is not EndReason.EXPIRED)


async def end(turn: Turn, which: str, reason: str = "") -> None:
    """End an entry for one of the reasons; nothing more is owed, and what it says goes in time."""
    entry, grant = await load_entry(turn, which, VisitRight.REGISTER)
    if await led_away(turn, "visits.show", which):
        return
    ensure_active(entry)
    if not reason:
        buttons = [choice(f"visits.ended_{one}", action("visits.end", which, one)) for one in _ENDS]
        turn.say("visits.why_end", *rows(buttons), (back_choice(),), sign=entry.sign)
        return
    if reason not in set(_ENDS):
        raise Stale
    await finish(turn, entry, EndReason(reason), grant)
    turn.say("visits.has_ended", (back_choice(),), sign=entry.sign)


async def finish(turn: Turn, entry: Entry, reason: EndReason, grant: Grant) -> None:
    """End an entry with its plan and its open needs."""
    save_entry(turn, ended(entry, reason, turn.now))
    plan = await plan_of(turn, entry)
    save_plan(turn, plans.ended(plan, turn.now))
    for one in await list_needs(turn.tx, entry.id, open_only=True):
        await save_need(turn, lapsed(one))
    act = turn.act(grant.role)
    await record(turn, act, entry.subject, "visits.has_ended", reason=reason.value)


async def erase(turn: Turn, which: str, sure: str = "") -> None:
    """Erase an entry with all its visits and needs, as the person wants it; asks once more."""
    entry, grant = await load_entry(turn, which, VisitRight.REGISTER)
    if await led_away(turn, "visits.show", which):
        return
    ensure_erasable(entry)
    if sure != "yes":
        yes = choice("visits.erase_yes", action("visits.erase", which, "yes"))
        turn.say("visits.really_erase", (yes,), (back_choice(),), sign=entry.sign)
        return
    if entry.state is EntryState.ACTIVE:
        await finish(turn, entry, EndReason.WITHDRAWN, grant)
    gone = await subjects_of(turn.tx, [which])
    turn.changes.save(SubjectsGone(subjects=gone, upto=await newest(turn.tx)))
    turn.about = None
    turn.say("visits.is_erased", (back_choice(),), sign=entry.sign)


async def show_copy(turn: Turn, which: str) -> None:
    """Show everything that is kept of a person, for that person to read (PIPL, article 45)."""
    entry, _ = await load_entry(turn, which, VisitRight.OPEN)
    if await led_away(turn, "visits.show", which):
        return
    await ensure_opens(turn, entry)
    note_look(turn, entry, turn.actor, VisitRight.OPEN, "copy")
    visits = await list_visits(turn.tx, which, 100)
    needs = await list_needs(turn.tx, which)
    card = Card(title=text("visits.copy_title"), lines=tuple(entry_lines((entry, visits, needs))))
    turn.reply(
        Message(blocks=(card, text("visits.copy_note")), choices=((back_choice(),),), secret=True)
    )


FEATURE = Feature(
    name="visits",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb("visits.more", show_more, right=VisitRight.OPEN, about="priority", while_closed=True),
        Verb("visits.renew", renew, right=VisitRight.REGISTER, about="priority"),
        Verb("visits.end", end, right=VisitRight.REGISTER, about="priority", while_closed=True),
        Verb("visits.erase", erase, right=VisitRight.REGISTER, about="priority", while_closed=True),
        Verb("visits.copy", show_copy, right=VisitRight.OPEN, about="priority", while_closed=True),
    ),
)
