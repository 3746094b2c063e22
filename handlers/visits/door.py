"""即时反馈: what a visit found, recorded at the door in two taps; one where all is well.

Every button names its entry and its round, brings nothing personal, and does the same once however
often it arrives: taps that were made without a signal are neither lost nor doubled. Nothing has to
be typed, photographed or said into a microphone (F-302).
"""

from dataclasses import dataclass, replace

from domain import plans
from domain.access.checks import Grant, may
from domain.access.visits import VisitRight
from domain.errors import NotFound, Refused, Stale
from domain.messages import Message, Side, action, text
from domain.names import role_name
from domain.organisation import Role
from domain.plans import Plan
from domain.visits.basis import DUTY_ONLY
from domain.visits.cards import back_choice, door_card, settled_card
from domain.visits.entries import Entry, ensure_active, interval
from domain.visits.visits import Area, Visit, VisitState, begin, marked, settled
from handlers.features import Feature, Verb
from handlers.forms.answers import files_of
from handlers.forms.forms import begin as begin_form
from handlers.forms.steps import Files, Form
from handlers.turn import Turn, choice
from handlers.visits.forms import Account, Short, keeps_words
from handlers.visits.guards import ensure_opens, led_away, load_entry, plan_of
from handlers.visits.opening import open_entry
from storage.attachments import Claim
from storage.drafts import Draft
from storage.plans import save_plan
from storage.visits.casework import record, rules_of, tell_family
from storage.visits.entries import find_entry
from storage.visits.visits import find_visit_of, get_visits, list_needs, settled_of

MAX_NOTE = 500


@dataclass(frozen=True, slots=True)
class _AtDoor:
    """A visit that is being recorded, and as what."""

    entry: Entry
    plan: Plan
    visit: Visit
    role: Role


async def mark(turn: Turn, which: str, round_: str, area: str, found: str) -> None:
    """Note that something was found in an area, or that it was not after all."""
    if area not in set(Area) or found not in ("0", "1"):
        raise Stale
    here = await _at_the_door(turn, which, round_)
    if here is None:
        return
    after = marked(here.visit, Area(area), found=found == "1")
    _keep(turn, after, here.plan)
    turn.reply(door_card(here.entry, here.plan, after))


async def good(turn: Turn, which: str, round_: str) -> None:
    """Record that all is well."""
    here = await _at_the_door(turn, which, round_)
    if here is not None:
        await _settle(turn, here, replace(here.visit, areas=frozenset()), VisitState.DONE)


async def done(turn: Turn, which: str, round_: str) -> None:
    """Record what was marked."""
    here = await _at_the_door(turn, which, round_)
    if here is None:
        return
    if not here.visit.areas:
        raise Refused("visits.mark_first")
    await _settle(turn, here, here.visit, VisitState.DONE)


async def absent(turn: Turn, which: str, round_: str) -> None:
    """Record that nobody was met: the visit stays due, and the attempt is on record."""
    here = await _at_the_door(turn, which, round_)
    if here is None:
        return
    after = settled(here.visit, VisitState.ABSENT, turn.now)
    _keep(turn, after, here.plan)
    await _record(turn, here, after)
    card = door_card(here.entry, here.plan, None)
    said = text("visits.was_absent", sign=here.entry.sign, due=here.plan.next_due_at)
    turn.reply(replace(card, blocks=(said,)))


async def declined(turn: Turn, which: str, round_: str, sure: str = "") -> None:
    """Record that the person wanted no visit this time, once it is sure."""
    if sure not in ("", "yes"):
        raise Stale
    here = await _at_the_door(turn, which, round_)
    if here is None:
        return
    if not sure:
        yes = choice("visits.declined_yes", action("visits.declined", which, round_, "yes"))
        turn.say("visits.really_declined", (yes,), (back_choice(),), sign=here.entry.sign)
        return
    await _settle(turn, here, here.visit, VisitState.DECLINED)


async def _at_the_door(turn: Turn, which: str, round_: str) -> _AtDoor | None:
    """Give the entry, its plan and the visit that is being recorded; None where it is answered.

    A press that belongs to a round that is over shows what was recorded then, and changes nothing.

    Raises:
        NotFound: there is no such entry, as far as this person may know.
        Refused: it is not this person's visit.
        WrongState: the entry has ended.
    """
    if not round_.isdecimal():
        raise Stale
    entry, grant, is_own = await _whose(turn, which)
    if await led_away(turn, "visits.show", which):
        return None
    plan = await plan_of(turn, entry)
    begun = await find_visit_of(turn.tx, plan, turn.person.id)
    if int(round_) != plan.round:
        await _tell_recorded(turn, entry, plan, int(round_))
        return None
    if not is_own and (begun is None or not begun.stands_in):
        raise _not_theirs(turn, entry)
    ensure_active(entry)
    await ensure_opens(turn, entry, plan)
    visit = begun or begin(turn.new_id(), entry, plan, by=turn.person.id, at=turn.now)
    return _AtDoor(entry, plan, visit, grant.role)


async def _whose(turn: Turn, which: str) -> tuple[Entry, Grant, bool]:
    """Load an entry for a visit, and tell whether it is this person's own."""
    entry = await find_entry(turn.tx, which)
    grant = None
    if entry is not None:
        grant = may(turn.actor, VisitRight.VISIT, turn.street.organisation, on=entry)
    if entry is None or grant is None:
        return (*await load_entry(turn, which, VisitRight.STAND_IN), False)
    turn.about = entry.subject
    return entry, grant, True


def _not_theirs(turn: Turn, entry: Entry) -> Refused:
    """Say whose visit it is, and how somebody else may make it."""
    owner = turn.street.staff_name(entry.owner) or role_name(entry.seat.role)
    return Refused("visits.not_yours", rule=DUTY_ONLY, sign=entry.sign, owner=owner)


async def _tell_recorded(turn: Turn, entry: Entry, plan: Plan, round_: int) -> None:
    over = await settled_of(turn.tx, entry.id, round_)
    if over is None:
        raise Stale
    needs = await list_needs(turn.tx, entry.id)
    turn.reply(settled_card(entry, over, plan, needs))


def _keep(turn: Turn, visit: Visit, plan: Plan) -> None:
    """Save a visit; with its plan, so that two devices do not record one round twice."""
    turn.changes.touch(f"visit {visit.id}")
    turn.changes.put(f"visit {visit.id}", visit)
    save_plan(turn, plan)


async def _settle(turn: Turn, here: _AtDoor, visit: Visit, state: VisitState) -> None:
    """Record a visit: the next one is planned, and whoever is to hear of it does."""
    entry = here.entry
    after = settled(visit, state, turn.now)
    if state is VisitState.DONE:
        after = replace(after, told=await tell_family(turn, after))
    every = interval(entry.said, rules_of(turn, entry.unit))
    calendar = turn.street.office.calendar
    ahead = plans.done(here.plan, turn.now, every=every, calendar=calendar)
    _keep(turn, after, ahead)
    await _record(turn, here, after)
    if after.stands_in:
        _tell_owner(turn, entry, after)
    needs = await list_needs(turn.tx, entry.id)
    turn.reply(settled_card(entry, after, ahead, needs))


async def _record(turn: Turn, here: _AtDoor, visit: Visit) -> None:
    await record(
        turn,
        turn.act(here.role),
        here.entry.subject,
        f"visits.visited_{visit.state}",
        round=visit.round,
        how=visit.how.value,
        areas=[one.value for one in Area if one in visit.areas],
        why=visit.why or None,
    )


def _tell_owner(turn: Turn, entry: Entry, visit: Visit) -> None:
    """Tell the owner that somebody else came; whoever answers for the grid where there is none."""
    owner = entry.owner or turn.street.organisation.responsible(entry.unit, turn.now).person
    if owner == turn.person.id:
        return
    said = text("visits.stood_in", sign=entry.sign, person=turn.person.name, at=visit.at)
    turn.tell(owner, Message(blocks=(said,), choices=((back_choice(),),)))


# --- for somebody else ---------------------------------------------------------------------------


async def begin_stand_in(turn: Turn, which: str) -> None:
    """Ask why somebody else than the owner visits."""
    entry, _ = await load_entry(turn, which, VisitRight.STAND_IN)
    ensure_active(entry)
    await begin_form(turn, STAND_IN, context={"number": which})


async def _submit_stand_in(turn: Turn, draft: Draft) -> None:
    which, why = str(draft.context["number"]), str(draft.values["why"])
    entry, _ = await load_entry(turn, which, VisitRight.STAND_IN)
    ensure_active(entry)
    plan = await plan_of(turn, entry)
    await ensure_opens(turn, entry, plan)
    begun = await find_visit_of(turn.tx, plan, turn.person.id)
    if begun is None:
        visit = begin(turn.new_id(), entry, plan, by=turn.person.id, at=turn.now, why=why)
        turn.changes.touch(f"visit {visit.id}")
        turn.changes.put(f"visit {visit.id}", visit)
        save_plan(turn, plan)
    await open_entry(turn, which, VisitRight.STAND_IN, why)


# --- more about it, never demanded ---------------------------------------------------------------


async def begin_note(turn: Turn, which: str) -> None:
    """Take a few words, a photo or a voice, from whoever wants to add some."""
    visit = await _own_visit(turn, which)
    await begin_form(turn, NOTE, context={"number": visit.id})


async def _own_visit(turn: Turn, which: str) -> Visit:
    """Find a visit that this person made.

    Raises:
        NotFound: there is none.
    """
    visit = (await get_visits(turn.tx, [which])).get(which)
    if visit is None or visit.erased or visit.by != turn.person.id:
        raise NotFound(number=which[:6].upper())
    turn.about = visit.subject
    return visit


async def _submit_note(turn: Turn, draft: Draft) -> None:
    visit = await _own_visit(turn, str(draft.context["number"]))
    words = str(draft.values.get("note") or "")
    files = files_of(draft)
    if words:
        joined = f"{visit.note}\n{words}" if visit.note else words
        turn.changes.touch(f"visit {visit.id}")
        turn.changes.put(f"visit {visit.id}", replace(visit, note=joined[: MAX_NOTE * 2]))
    if files:
        turn.changes.save(Claim(files, visit.subject))
    said = "visits.note_kept" if words or files else "visits.note_none"
    turn.say(said, (back_choice(),))


STAND_IN = Form(
    name="visitfor",
    version=1,
    title="visits.stand_in",
    steps=(
        Short(name="why", question="visits.ask_stand_in", label="visits.stand_in_why", longest=100),
    ),
    submit=keeps_words(_submit_stand_in),
    review=False,
    about="priority",
    sensitive="visits.open",
)
NOTE = Form(
    name="visitnote",
    version=1,
    title="visits.add_note",
    steps=(
        Account(
            name="note",
            question="visits.ask_note",
            label="visits.note",
            optional=True,
            longest=MAX_NOTE,
        ),
        Files(
            name="files", question="visits.ask_files", label="visits.files", optional=True, most=3
        ),
    ),
    submit=keeps_words(_submit_note),
    about="visit",
    sensitive="visits.open",
)

FEATURE = Feature(
    name="visits",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb("visits.mark", mark, right=VisitRight.VISIT, about="priority", while_closed=True),
        Verb("visits.good", good, right=VisitRight.VISIT, about="priority", while_closed=True),
        Verb("visits.done", done, right=VisitRight.VISIT, about="priority", while_closed=True),
        Verb("visits.absent", absent, right=VisitRight.VISIT, about="priority", while_closed=True),
        Verb(
            "visits.declined", declined, right=VisitRight.VISIT, about="priority", while_closed=True
        ),
        Verb(
            "visits.stand_in",
            begin_stand_in,
            right=VisitRight.STAND_IN,
            about="priority",
            begins=True,
            while_closed=True,
        ),
        Verb(
            "visits.note",
            begin_note,
            right=VisitRight.VISIT,
            about="visit",
            begins=True,
            while_closed=True,
        ),
    ),
    forms=(STAND_IN, NOTE),
)
