"""跟踪问效: from a need to what was done, to its effect, to the person's word for it."""

from collections.abc import Sequence
from dataclasses import replace

from domain.access.checks import Grant, may
from domain.access.visits import VisitRight
from domain.categories import Kind
from domain.errors import NotFound, Stale
from domain.matters.life import Filing
from domain.matters.matter import Matter, Origin, Outcome, Particulars, State
from domain.messages import Side, Text, text
from domain.people import Person
from domain.visits.cards import back_choice, need_card, need_choice
from domain.visits.entries import Entry, ensure_active
from domain.visits.family import Kinship
from domain.visits.needs import (
    MAX_WORDS,
    Consented,
    Need,
    NeedState,
    acted,
    confirmed,
    declined,
    found,
    had_effect,
)
from domain.visits.visits import Area, Visit
from handlers.features import Feature, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Option
from handlers.matters.filing import dispatch, ensure_no_conduct, urgency_of
from handlers.turn import Turn
from handlers.visits.forms import Account, OneOf, keeps_words
from handlers.visits.guards import ensure_opens, led_away, load_entry
from storage.drafts import Draft
from storage.matters.casework import send_card
from storage.matters.matters import find_matter
from storage.visits.casework import begin_need, note_look, record, save_need, show_entry
from storage.visits.entries import find_entry, list_links
from storage.visits.visits import get_needs, get_visits, list_needs

#: Steps that ask for words, and those that do not.
_WORDED = ("act", "helped", "not_helped")
_PLAIN = ("confirm", "deny", "drop")


# --- what a visit found --------------------------------------------------------------------------


async def begin_found(turn: Turn, which: str, area: str) -> None:
    """Ask what is needed, and what the person says to it."""
    if area not in set(Area):
        raise Stale
    visit, entry, _ = await _visit(turn, which)
    if await led_away(turn, "visits.show", entry.id):
        return
    await begin(turn, NEED, context={"number": visit.id, "area": area})


async def _visit(turn: Turn, which: str) -> tuple[Visit, Entry, Grant]:
    """Find a visit whose finding one may follow: one's own, or of a grid that one answers for.

    Raises:
        NotFound: there is none that this person may know of.
    """
    visit = (await get_visits(turn.tx, [which])).get(which)
    entry = await find_entry(turn.tx, visit.entry) if visit is not None else None
    if visit is None or entry is None or visit.erased:
        raise NotFound(number=which[:6].upper())
    right = VisitRight.STAND_IN if visit.by == turn.person.id else VisitRight.NEED
    if may(turn.actor, VisitRight.NEED, turn.street.organisation, on=entry):
        right = VisitRight.NEED
    return visit, *await load_entry(turn, entry.id, right)


def _answers(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(Consented.CASE, text("visits.consented_case"), ("同意", "转办", "yes")),
        Option(Consented.WORKER, text("visits.consented_worker"), ("不转", "只让您跟进")),
        Option(Consented.NOTHING, text("visits.consented_nothing"), ("不需要", "不用", "no")),
    ]


def _needs_notes(_turn: Turn, draft: Draft) -> Sequence[Text]:
    if draft.values.get("consented") == Consented.CASE:
        return (text("visits.will_be_case"),)
    return ()


async def _submit_found(turn: Turn, draft: Draft) -> None:
    visit, entry, grant = await _visit(turn, str(draft.context["number"]))
    ensure_active(entry)
    area = Area(str(draft.context["area"]))
    words, consented = str(draft.values["words"]), Consented(draft.values["consented"])
    ensure_no_conduct(turn, words)
    one = found(turn.new_id(), visit, area, words, consented, turn.now)
    matter = None
    if consented is Consented.CASE:
        matter = await _filed(turn, entry, one, grant)
        one = replace(one, number=matter.number)
    begin_need(turn, entry, one)
    act = turn.act(grant.role)
    await record(turn, act, entry.subject, "visits.need_found", area=area.value)
    key = f"visits.need_kept_{consented}"
    ways = [need_choice(one)] if one.is_open else []
    turn.say(
        key,
        *((way,) for way in ways),
        (show_entry(entry), back_choice()),
        number=matter.number if matter is not None else None,
    )


async def _filed(turn: Turn, entry: Entry, one: Need, grant: Grant) -> Matter:
    """File a need as a case of the person's, as far as the person agreed: only what is needed."""
    said, organisation = entry.said, turn.street.organisation
    categories = turn.street.office.categories
    community = organisation.community_of(entry.unit)
    if community is None:
        raise Stale
    understood = turn.understood(one.words)
    code = understood.categories.get(Kind.SERVICE)
    category = (categories.offered(code) if code else None) or categories.other(Kind.SERVICE)
    links = [link for link in await list_links(turn.tx, entry.id) if link.stands]
    own = next((link.person for link in links if link.kinship is Kinship.SELF), None)
    if own is None:
        resident = Person(
            id=turn.new_id(),
            side=Side.RESIDENTS,
            grid=entry.unit,
            name=said.name,
            phone=said.phone,
            created_at=turn.now,
        )
        turn.changes.save(resident)
        own = resident.id
    filing = Filing(
        kind=Kind.SERVICE,
        category=category.code,
        community=community.code,
        grid=entry.unit,
        origin=Origin.STAFF,
        reporter=own,
        particulars=Particulars(text=one.words, place_text=said.address, phone=said.phone),
        importance=category.importance,
        urgency=urgency_of(turn, category, one.words),
        # Who is on the register and why concerns nobody beyond those who help.
        confidential=True,
        stream=category.stream,
    )
    owed = organisation.responsible(entry.unit, turn.now)
    matter = dispatch(turn, filing, owed, grant.role)
    await send_card(turn, matter)
    return matter


# --- from action to confirmation -----------------------------------------------------------------


async def _load(turn: Turn, which: str) -> tuple[Need, Entry, Grant]:
    one = (await get_needs(turn.tx, [which])).get(which)
    if one is None or one.erased:
        raise NotFound(number=which[:6].upper())
    entry, grant = await load_entry(turn, one.entry, VisitRight.NEED)
    turn.tx.opened.add(one.subject)
    return one, entry, grant


async def follow(turn: Turn, which: str) -> None:
    """Show how far a need has come; what its case has brought meanwhile is taken over."""
    one, entry, grant = await _load(turn, which)
    if await led_away(turn, "visits.follow", which):
        return
    await ensure_opens(turn, entry)
    note_look(turn, entry, turn.actor, VisitRight.NEED, "need")
    after = await _with_case(turn, one)
    if after != one:
        await save_need(turn, after)
        await record(turn, turn.act(grant.role), entry.subject, "visits.need_moved")
    turn.reply(need_card(entry, after, may_act=True))


async def _with_case(turn: Turn, one: Need) -> Need:
    """Take over from the case what was done, and what the resident said: nobody types it twice."""
    if one.number is None or one.state is not NeedState.OPEN:
        return one
    matter = await find_matter(turn.tx, one.number)
    if matter is None or matter.state not in (State.RESOLVED, State.CLOSED):
        return one
    one = acted(one, matter.number, matter.resolved_at or turn.now)
    if matter.state is State.CLOSED and matter.outcome is Outcome.SOLVED and matter.closed_at:
        one = had_effect(one, matter.number, matter.closed_at, helped=True)
        one = confirmed(one, matter.reporter, matter.closed_at, helped=True)
    return one


async def advance(turn: Turn, which: str, step: str) -> None:
    """Go on with a need: what was done, whether it helped, what the person says of it."""
    if step not in (*_WORDED, *_PLAIN):
        raise Stale
    one, entry, grant = await _load(turn, which)
    if await led_away(turn, "visits.follow", which):
        return
    await ensure_opens(turn, entry)
    if step in _WORDED:
        # Refuse before anything is typed what could not be taken.
        _next(turn, one, step, "")
        await begin(turn, STEP, context={"number": which, "step": step})
        return
    await _go_on(turn, one, entry, grant, step, "")


def _next(turn: Turn, one: Need, step: str, words: str) -> Need:
    match step:
        case "act":
            return acted(one, words, turn.now)
        case "helped":
            return had_effect(one, words, turn.now, helped=True)
        case "not_helped":
            return had_effect(one, words, turn.now, helped=False)
        case "confirm":
            return confirmed(one, turn.person.id, turn.now, helped=True)
        case "deny":
            return confirmed(one, turn.person.id, turn.now, helped=False)
        case _:
            return declined(one)


async def _go_on(turn: Turn, one: Need, entry: Entry, grant: Grant, step: str, words: str) -> None:
    after = _next(turn, one, step, words)
    await save_need(turn, after)
    await record(turn, turn.act(grant.role), entry.subject, f"visits.need_now_{after.state}")
    turn.reply(need_card(entry, after, may_act=True))


async def _submit_step(turn: Turn, draft: Draft) -> None:
    one, entry, grant = await _load(turn, str(draft.context["number"]))
    words = str(draft.values.get("words") or "")
    await _go_on(turn, one, entry, grant, str(draft.context["step"]), words)


async def list_of_entry(turn: Turn, which: str) -> None:
    """List the needs of a person, those that are over too."""
    entry, _ = await load_entry(turn, which, VisitRight.NEED)
    if await led_away(turn, "visits.show", which):
        return
    await ensure_opens(turn, entry)
    found_needs = await list_needs(turn.tx, which)
    if not found_needs:
        turn.say("visits.no_needs_of", (show_entry(entry), back_choice()), sign=entry.sign)
        return
    lines = [(need_choice(one),) for one in found_needs[-10:]]
    turn.say("visits.needs_listed", *lines, (back_choice(),), sign=entry.sign)


NEED = Form(
    name="visitneed",
    version=1,
    title="visits.need_form",
    steps=(
        Account(
            name="words",
            question="visits.ask_need",
            label="visits.need_words",
            longest=MAX_WORDS,
        ),
        OneOf(
            name="consented",
            question="visits.ask_consented",
            label="visits.consented",
            options=_answers,
            width=1,
        ),
    ),
    submit=keeps_words(_submit_found),
    review_notes=_needs_notes,
    about="visit",
    sensitive="visits.open",
)
STEP = Form(
    name="visitstep",
    version=1,
    title="visits.need_form",
    steps=(
        Account(
            name="words",
            question="visits.ask_step",
            label="visits.step_words",
            longest=MAX_WORDS,
        ),
    ),
    submit=keeps_words(_submit_step),
    review=False,
    about="need",
    sensitive="visits.open",
)

FEATURE = Feature(
    name="visits",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb(
            "visits.need",
            begin_found,
            right=VisitRight.NEED,
            about="visit",
            begins=True,
            while_closed=True,
        ),
        Verb("visits.follow", follow, right=VisitRight.NEED, about="need", while_closed=True),
        Verb(
            "visits.advance",
            advance,
            right=VisitRight.NEED,
            about="need",
            begins=True,
            while_closed=True,
        ),
        Verb(
            "visits.needs_of",
            list_of_entry,
            right=VisitRight.NEED,
            about="priority",
            while_closed=True,
        ),
    ),
    forms=(NEED, STEP),
)
