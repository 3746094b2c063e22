"""走访: the list of what is due, by signs alone; opening an entry, with a reason that is logged.

Everything here is done on the page: elsewhere there is only the news that a visit is due.
"""

from collections.abc import Sequence

from domain.access.checks import ensure_may, may
from domain.access.visits import VisitRight
from domain.errors import Refused, Stale
from domain.messages import Card, Choice, Line, Message, Side, Text, action, rows, text
from domain.plans import Plan
from domain.visits.approvals import Approval, approver, asked, decided
from domain.visits.basis import MINORS
from domain.visits.cards import back_choice, door_card, entry_card, need_choice, sign_choice
from domain.visits.entries import Entry, EntryState, ensure_active
from domain.words.plaintext import plain_text
from handlers.features import Entry as Button
from handlers.features import Feature, Menu, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form
from handlers.turn import Turn, choice
from handlers.visits.forms import Short, keeps_words
from handlers.visits.guards import ensure_opens, led_away, load_entry, units_for
from storage.drafts import Draft
from storage.plans import find_plan, list_plans_in, list_plans_of, plans_of
from storage.visits.casework import note_look, opens, record, rules_of, show_entry
from storage.visits.entries import (
    find_entry,
    get_approvals,
    get_entries,
    list_approvals,
    list_asked,
    list_entries,
)
from storage.visits.visits import find_visit_of, list_needs, list_needs_in, list_visits

PAGE = 8
#: Why an entry is opened, as buttons; anything else is typed.
REASONS = ("visit", "check", "need")
_MAX_REASON = 100
_MINE, _GRID = "mine", "grid"


# --- the list ------------------------------------------------------------------------------------


async def show_list(turn: Turn, whose: str = _MINE, page: str = "0") -> None:
    """List visits by when they are due: the own ones, or those of the grids under one's posts."""
    units_for(turn, VisitRight.SEE)
    if whose not in (_MINE, _GRID) or not page.isdecimal():
        raise Stale
    if await led_away(turn, "visits.open"):
        return
    plans = await _plans(turn, whose)
    entries = await get_entries(turn.tx, [one.subject.id for one in plans])
    known = [(entries[one.subject.id], one) for one in plans if one.subject.id in entries]
    pages = max(1, -(-len(known) // PAGE))
    at = min(int(page), pages - 1)
    shown = known[at * PAGE : (at + 1) * PAGE]
    late = sum(1 for _, plan in known if plan.next_due_at < turn.now)
    blocks: list[Text | Card] = [
        text(f"visits.list_{whose}", count=len(known), late=late)
        if known
        else text("visits.list_empty")
    ]
    if pages > 1:
        blocks.append(text("staff.page", page=at + 1, pages=pages))
    turn.reply(
        Message(
            blocks=tuple(blocks),
            choices=(
                *((sign_choice(turn.street, entry, plan, turn.now),) for entry, plan in shown),
                *_turns(whose, at, pages),
                *await _ways(turn, whose),
                (choice("staff.menu", "menu.open"),),
            ),
            slot="visits",
            anew=True,
        )
    )


async def _plans(turn: Turn, whose: str) -> Sequence[Plan]:
    if whose == _MINE:
        return await list_plans_of(turn.tx, turn.person.id, "priority")
    units = [unit.code for unit in units_for(turn, VisitRight.SEE)]
    return await list_plans_in(turn.tx, units, "priority")


def _turns(whose: str, page: int, pages: int) -> Sequence[tuple[Choice, ...]]:
    found = []
    if page > 0:
        found.append(choice("staff.previous", action("visits.open", whose, page - 1)))
    if page < pages - 1:
        found.append(choice("staff.next", action("visits.open", whose, page + 1)))
    return [tuple(found)] if found else []


async def _ways(turn: Turn, whose: str) -> Sequence[tuple[Choice, ...]]:
    """Give the doors to whatever else one has a right to here."""
    other = _GRID if whose == _MINE else _MINE
    found = [
        choice(f"visits.to_{other}", action("visits.open", other)),
        choice("visits.find", "visits.find"),
        choice("visits.to_needs", "visits.needs"),
    ]
    if waits := await list_asked(turn.tx, turn.person.id):
        found.insert(0, choice("visits.to_approvals", "visits.approvals", count=len(waits)))
    for right, label, verb in (
        (VisitRight.REGISTER, "visits.register", "visits.register"),
        (VisitRight.ROUND, "visits.round", "visits.round"),
        (VisitRight.COVERAGE, "visits.coverage", "visits.coverage"),
    ):
        if _has(turn, right):
            found.append(choice(label, verb))
    return rows(found)


def _has(turn: Turn, right: VisitRight) -> bool:
    organisation = turn.street.organisation
    return any(
        may(turn.actor, right, organisation, unit=post.unit) is not None
        for post in turn.actor.posts
    )


# --- one entry: why it is opened -----------------------------------------------------------------


async def show(turn: Turn, which: str) -> None:
    """Ask why an entry is opened; a minor's is opened by an approval alone."""
    entry, _ = await load_entry(turn, which, VisitRight.SEE)
    if await led_away(turn, "visits.show", which):
        return
    plan = await find_plan(turn.tx, entry.subject)
    if entry.content is None:
        raise Refused("visits.erased", sign=entry.sign)
    line = sign_choice(turn.street, entry, plan, turn.now)
    said = text("visits.why_open", sign=entry.sign, how=line.detail)
    if not await opens(turn, entry, turn.person.id, plan):
        ask = choice("visits.ask_approval", action("visits.ask", which), emphasis=True)
        blocks = (said, text("visits.minor", rule=turn.street.cited(MINORS, turn.now)))
        turn.reply(Message(blocks=blocks, choices=((ask,), (back_choice(),))))
        return
    turn.reply(Message(blocks=(said,), choices=(*_reasons(turn, entry), (back_choice(),))))


def _reasons(turn: Turn, entry: Entry) -> Sequence[tuple[Choice, ...]]:
    organisation = turn.street.organisation
    found: list[tuple[Choice, ...]] = []
    if may(turn.actor, VisitRight.OPEN, organisation, on=entry):
        found += [
            (
                choice(
                    f"visits.reason_{reason}",
                    action("visits.unseal", entry.id, reason),
                    emphasis=reason == "visit",
                ),
            )
            for reason in REASONS
        ]
        found.append((choice("visits.reason_other", action("visits.because", entry.id)),))
    if not may(turn.actor, VisitRight.VISIT, organisation, on=entry) and may(
        turn.actor, VisitRight.STAND_IN, organisation, on=entry
    ):
        found.append((choice("visits.stand_in", action("visits.stand_in", entry.id)),))
    return found


async def unseal(turn: Turn, which: str, reason: str) -> None:
    """Open an entry for one of the usual reasons."""
    if reason not in REASONS:
        raise Stale
    await open_entry(turn, which, VisitRight.OPEN, reason)


async def open_entry(turn: Turn, which: str, right: VisitRight, reason: str) -> None:
    """Show what an entry says, and the buttons at the door; the look is logged with its reason."""
    entry, _ = await load_entry(turn, which, right)
    if await led_away(turn, "visits.show", which):
        return
    plan = await find_plan(turn.tx, entry.subject)
    await ensure_opens(turn, entry, plan)
    content = entry.said
    note_look(turn, entry, turn.actor, right, reason)
    visits = await list_visits(turn.tx, which, 10)
    needs = await list_needs(turn.tx, which)
    turn.reply(entry_card(turn.street, entry, content, plan, visits, needs))
    if entry.state is EntryState.ACTIVE and plan is not None:
        begun = await find_visit_of(turn.tx, plan, turn.person.id)
        turn.reply(_anew(door_card(entry, plan, begun)))


def _anew(message: Message) -> Message:
    return Message(blocks=message.blocks, choices=message.choices, slot=message.slot, anew=True)


async def begin_because(turn: Turn, which: str) -> None:
    """Ask for a reason in words."""
    await load_entry(turn, which, VisitRight.OPEN)
    await begin(turn, BECAUSE, context={"number": which})


async def _submit_because(turn: Turn, draft: Draft) -> None:
    which = str(draft.context["number"])
    await open_entry(turn, which, VisitRight.OPEN, str(draft.values["reason"]))


# --- looking for somebody ------------------------------------------------------------------------


async def begin_find(turn: Turn) -> None:
    """Ask for a name, and why somebody is looked for."""
    units_for(turn, VisitRight.SEE)
    await begin(turn, FIND)


async def _submit_find(turn: Turn, draft: Draft) -> None:
    """Find those whom one may open; others are as if they were not there."""
    wanted = "".join(plain_text(str(draft.values["name"])).split())
    units = [unit.code for unit in units_for(turn, VisitRight.SEE)]
    organisation = turn.street.organisation
    found = [
        one
        for one in await list_entries(turn.tx, units)
        if one.content is not None
        and wanted in "".join(plain_text(one.content.name).split())
        and may(turn.actor, VisitRight.OPEN, organisation, on=one)
    ]
    if not found:
        raise Refused("visits.nobody_called", name=str(draft.values["name"]))
    plans = await plans_of(turn.tx, [one.subject for one in found])
    if len(found) == 1 and await opens(turn, found[0], turn.person.id, plans.get(found[0].subject)):
        await open_entry(turn, found[0].id, VisitRight.OPEN, str(draft.values["reason"]))
        return
    lines = [
        sign_choice(turn.street, one, plans.get(one.subject), turn.now) for one in found[:PAGE]
    ]
    turn.say("visits.found_several", *((one,) for one in lines), (back_choice(),))


# --- approvals -----------------------------------------------------------------------------------


async def begin_ask(turn: Turn, which: str) -> None:
    """Ask why a minor's entry is to be opened."""
    await load_entry(turn, which, VisitRight.SEE)
    await begin(turn, ASK, context={"number": which})


async def _submit_ask(turn: Turn, draft: Draft) -> None:
    entry, grant = await load_entry(turn, str(draft.context["number"]), VisitRight.SEE)
    ensure_active(entry)
    plan = await find_plan(turn.tx, entry.subject)
    if plan is None:
        raise Stale
    by = approver(turn.street.organisation, entry, turn.person.id, turn.now)
    wanted = asked(
        turn.new_id(),
        entry,
        plan,
        by=turn.person.id,
        of=by.person or "",
        reason=str(draft.values["reason"]),
        at=turn.now,
        before=await list_approvals(turn.tx, entry.id),
    )
    turn.changes.save(wanted)
    await record(turn, turn.act(grant.role), entry.subject, "visits.look_asked", of=by.person)
    show_them = choice("visits.to_approvals_now", "visits.approvals", emphasis=True)
    turn.tell(by.person, Message(blocks=(text("visits.approval_wanted"),), choices=((show_them,),)))
    turn.say("visits.approval_asked", (back_choice(),), person=turn.street.staff_name(by.person))


async def show_approvals(turn: Turn) -> None:
    """Show what waits for one's yes or no: who asks, why, and for which entry by its sign."""
    waits = await list_asked(turn.tx, turn.person.id)
    if not waits:
        _ensure_may_approve(turn)
    if await led_away(turn, "visits.approvals"):
        return
    if not waits:
        turn.say("visits.no_approvals", (choice("staff.menu", "menu.open"),))
        return
    for one in waits[:PAGE]:
        turn.reply(_approval_message(turn, one))


def _ensure_may_approve(turn: Turn) -> None:
    if not _has(turn, VisitRight.APPROVE):
        organisation = turn.street.organisation
        unit = turn.actor.posts[0].unit if turn.actor.posts else organisation.street.code
        ensure_may(turn.actor, VisitRight.APPROVE, organisation, unit=unit)


def _approval_message(turn: Turn, one: Approval) -> Message:
    sign = one.entry[:6].upper()
    card = Card(
        title=text("visits.approval_card", sign=sign),
        lines=(
            Line(text("visits.approval_by"), turn.street.staff_name(one.asked_by)),
            Line(text("visits.reason"), one.reason),
            Line(text("visits.asked_at"), one.asked_at),
        ),
    )
    yes = choice("visits.grant", action("visits.decide", one.id, "yes"), emphasis=True)
    no = choice("visits.refuse", action("visits.decide", one.id, "no"))
    return Message(blocks=(card,), choices=((yes, no),), slot=f"approval-{one.id}")


async def decide(turn: Turn, which: str, answer: str) -> None:
    """Say yes, for one visit, or no; the one who asked is told."""
    found = (await get_approvals(turn.tx, [which])).get(which)
    if found is None or answer not in ("yes", "no"):
        raise Stale
    entry = await find_entry(turn.tx, found.entry)
    if entry is None:
        raise Stale
    grant = ensure_may(turn.actor, VisitRight.APPROVE, turn.street.organisation, on=entry)
    if found.asked_by == turn.person.id:
        raise Refused("visits.not_by_oneself", rule=MINORS)
    if await led_away(turn, "visits.approvals"):
        return
    after = decided(found, turn.now, rules_of(turn, entry.unit), granted=answer == "yes")
    turn.changes.save(after)
    happened = f"visits.look_{after.state}"
    await record(turn, turn.act(grant.role), entry.subject, happened, to=found.asked_by)
    said = text(f"visits.approval_now_{after.state}", sign=entry.sign, until=after.until)
    turn.tell(found.asked_by, Message(blocks=(said,), choices=((show_entry(entry),),)))
    turn.reply(Message(blocks=(said,), choices=((back_choice(),),), slot=f"approval-{which}"))


# --- needs ---------------------------------------------------------------------------------------


async def list_open_needs(turn: Turn) -> None:
    """List the needs that are not confirmed yet, in the grids under one's posts."""
    units = [unit.code for unit in units_for(turn, VisitRight.SEE)]
    if await led_away(turn, "visits.needs"):
        return
    organisation = turn.street.organisation
    found = await list_needs_in(turn.tx, units)
    entries = await get_entries(turn.tx, [one.entry for one in found])
    mine = [
        one
        for one in found
        if one.entry in entries
        and may(turn.actor, VisitRight.NEED, organisation, on=entries[one.entry])
    ]
    if not mine:
        turn.say("visits.no_needs", (back_choice(),))
        return
    lines = [(need_choice(one),) for one in mine[:PAGE]]
    turn.say("visits.open_needs", *lines, (back_choice(),), count=len(mine))


BECAUSE = Form(
    name="visitwhy",
    version=1,
    title="visits.why_title",
    steps=(Short(name="reason", question="visits.ask_reason", label="visits.reason", longest=100),),
    submit=keeps_words(_submit_because),
    review=False,
    about="priority",
    sensitive="visits.open",
)
FIND = Form(
    name="visitfind",
    version=1,
    title="visits.find",
    steps=(
        Short(name="name", question="visits.ask_name_to_find", label="visits.name", longest=40),
        Short(name="reason", question="visits.ask_reason", label="visits.reason", longest=100),
    ),
    submit=keeps_words(_submit_find),
    review=False,
    sensitive="visits.find",
)
ASK = Form(
    name="visitask",
    version=1,
    title="visits.ask_approval",
    steps=(
        Short(
            name="reason", question="visits.ask_reason_minor", label="visits.reason", longest=100
        ),
    ),
    submit=keeps_words(_submit_ask),
    review=False,
    about="priority",
    sensitive="visits.open",
)

FEATURE = Feature(
    name="visits",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb(
            "visits.open",
            show_list,
            right=VisitRight.SEE,
            command="visits",
            listed=True,
            words=("走访", "走访关爱", "visits"),
            while_closed=True,
        ),
        Verb("visits.show", show, right=VisitRight.SEE, about="priority", while_closed=True),
        Verb("visits.unseal", unseal, right=VisitRight.OPEN, about="priority", while_closed=True),
        Verb(
            "visits.because",
            begin_because,
            right=VisitRight.OPEN,
            about="priority",
            begins=True,
            while_closed=True,
        ),
        Verb("visits.find", begin_find, right=VisitRight.SEE, begins=True, while_closed=True),
        Verb(
            "visits.ask",
            begin_ask,
            right=VisitRight.SEE,
            about="priority",
            begins=True,
            while_closed=True,
        ),
        Verb("visits.approvals", show_approvals, right=VisitRight.APPROVE, while_closed=True),
        Verb(
            "visits.decide", decide, right=VisitRight.APPROVE, about="approval", while_closed=True
        ),
        Verb("visits.needs", list_open_needs, right=VisitRight.SEE, while_closed=True),
    ),
    forms=(BECAUSE, FIND, ASK),
    entries=(Button(Menu.WORK, "visits.menu", "visits.open"),),
)
