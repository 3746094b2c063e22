"""What staff see of an entry, and the buttons at the door.

The card that says who it is is one message, shown on the page alone and noted in the access log;
the buttons stand in another, which says nothing of anybody: it is what is renewed at every press,
and all of it can be pressed while there is no signal.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from domain.messages import Card, Choice, Line, Message, Text, Tone, Value, action, rows, text
from domain.names import unit_called
from domain.plans import Plan, PlanRules, PlanState, Standing, standing
from domain.street import Street
from domain.visits.basis import basis_name
from domain.visits.categories import category_name
from domain.visits.entries import Content, Entry, EntryState, How, Wish, state_name
from domain.visits.needs import Need, NeedState, need_state_name
from domain.visits.visits import (
    Area,
    Visit,
    VisitState,
    area_name,
    how_name,
    in_order,
    visit_state_name,
)

#: How many earlier visits and needs the card names.
_SHOWN = 3


# --- who it is -----------------------------------------------------------------------------------


def entry_card(
    street: Street,
    entry: Entry,
    content: Content,
    plan: Plan | None,
    visits: Sequence[Visit],
    needs: Sequence[Need],
) -> Message:
    """Show what an entry says, with what the last visits found and what is owed still."""
    lines = [
        Line(text("visits.name"), content.name),
        Line(text("visits.address"), content.address),
        Line(text("visits.phone"), content.phone or None),
        Line(text("visits.born"), content.born),
        Line(text("visits.category"), category_name(content.category)),
        Line(text("visits.wish"), wish_words(street, content.wish)),
        Line(text("visits.needs"), content.needs or None),
        Line(text("visits.next_due"), plan.next_due_at if plan and plan.is_owed else None),
        *_before(visits),
        *_needed(needs),
    ]
    return Message(
        blocks=(
            Card(
                title=text("visits.card", sign=entry.sign),
                lines=tuple(line for line in lines if line.value is not None),
            ),
        ),
        choices=(_phone(content),) if content.phone else (),
        secret=True,
    )


def _phone(content: Content) -> tuple[Choice, ...]:
    return (Choice(label=text("visits.call"), phone=content.phone),)


def _before(visits: Sequence[Visit]) -> Iterator[Line]:
    over = [one for one in visits if one.state is not VisitState.OPEN]
    for one in over[:_SHOWN]:
        said = text(
            "visits.visit_told",
            went=visit_state_name(one),
            areas=tuple(area_name(area) for area in in_order(one.areas)),
            note=one.note,
        )
        yield Line(text("visits.visit_at", at=one.at or one.begun_at), said)


def _needed(needs: Sequence[Need]) -> Iterator[Line]:
    for one in [one for one in needs if one.is_open][:_SHOWN]:
        said = text(
            "visits.need_short",
            area=area_name(one.area),
            words=one.words,
            state=need_state_name(one.state),
        )
        yield Line(text("visits.need_at", at=one.opened_at), said)


def register_card(street: Street, entry: Entry, content: Content) -> Card:
    """Show on what an entry rests and how long it stands."""
    consent = content.consent
    agreed: Value = None
    if consent is not None:
        agreed = text(
            "visits.consent_told",
            on=consent.on,
            way=text(f"visits.way_{consent.way}"),
            by=consent.by,
        )
    lines = (
        Line(text("visits.state"), state_name(entry)),
        Line(text("visits.basis"), basis_name(content.basis)),
        Line(text("visits.consent"), agreed),
        Line(text("visits.owner"), street.staff_name(entry.owner) or text("visits.nobody")),
        Line(text("visits.unit"), unit_called(entry.unit, street.organisation)),
        Line(text("visits.since"), entry.opened_at),
        Line(text("visits.valid_until"), entry.valid_until),
    )
    return Card(
        title=text("visits.on_register", sign=entry.sign),
        lines=tuple(line for line in lines if line.value is not None),
    )


def wish_words(street: Street, wish: Wish) -> Value:
    """Say how somebody wants to be visited; None where nothing was said."""
    if wish.refuses:
        return text("visits.wish_refuses", on=wish.said_on)
    parts: list[Value] = []
    if wish.how is not How.DOOR:
        parts.append(how_name(wish.how))
    if wish.who:
        parts.append(street.staff_name(wish.who))
    if wish.every is not None:
        parts.append(text("visits.wish_every", days=wish.every.days))
    return tuple(parts) or None


# --- at the door ---------------------------------------------------------------------------------


def door_card(entry: Entry, plan: Plan, visit: Visit | None) -> Message:
    """Show the buttons of a visit; each is complete by itself and names its round."""
    areas = visit.areas if visit is not None else frozenset()
    if areas:
        names = tuple(area_name(area) for area in in_order(areas))
        said = text("visits.door_marked", sign=entry.sign, areas=names)
    else:
        said = text("visits.door", sign=entry.sign)
    which, at = entry.id, plan.round
    marks = [
        Choice(
            label=text(f"visits.{'ticked' if area in areas else 'untick'}", area=area_name(area)),
            action=action("visits.mark", which, at, area, "0" if area in areas else "1"),
        )
        for area in Area
    ]
    good = Choice(
        label=text("visits.all_good"),
        action=action("visits.good", which, at),
        emphasis=not areas,
    )
    done = Choice(
        label=text("visits.done_found"),
        action=action("visits.done", which, at),
        emphasis=bool(areas),
    )
    others = (
        Choice(label=text("visits.absent"), action=action("visits.absent", which, at)),
        Choice(label=text("visits.declined"), action=action("visits.declined", which, at)),
    )
    return Message(
        blocks=(said,),
        choices=((good,), *rows(marks, 3), (done,), others, (more_choice(entry), back_choice())),
        slot=f"visit-{entry.id}",
    )


def settled_card(entry: Entry, visit: Visit, plan: Plan | None, needs: Sequence[Need]) -> Message:
    """Show that a visit is recorded, with what may follow: nothing of it has to."""
    blocks: list[Text | Card] = [
        text(
            "visits.recorded",
            sign=entry.sign,
            at=visit.at,
            went=visit_state_name(visit),
            areas=tuple(area_name(area) for area in in_order(visit.areas)),
        )
    ]
    if plan is not None and plan.is_owed:
        blocks.append(text("visits.next_is", due=plan.next_due_at))
    if visit.told:
        blocks.append(text("visits.family_told", count=visit.told))
    noted = {one.area for one in needs if one.visit == visit.id}
    choices = [
        (
            Choice(
                label=text("visits.write_need", area=area_name(area)),
                action=action("visits.need", visit.id, area),
                emphasis=True,
            ),
        )
        for area in in_order(visit.areas)
        if area not in noted
    ]
    waits = [one for one in needs if one.is_open and one.visit != visit.id]
    choices += [(need_choice(one),) for one in waits[:_SHOWN]]
    choices.append((Choice(label=text("visits.add_note"), action=action("visits.note", visit.id)),))
    return Message(
        blocks=tuple(blocks),
        choices=(*choices, (more_choice(entry), back_choice())),
        slot=f"visit-{entry.id}",
    )


def need_choice(one: Need) -> Choice:
    """Make the line of a need: its area and how it stands, none of its words."""
    return Choice(
        label=text("visits.need_line", area=area_name(one.area), at=one.opened_at),
        action=action("visits.follow", one.id),
        detail=need_state_name(one.state),
    )


def more_choice(entry: Entry) -> Choice:
    """Lead to what else may be done with an entry."""
    return Choice(label=text("visits.more"), action=action("visits.more", entry.id))


def back_choice() -> Choice:
    """Lead back to the list."""
    return Choice(label=text("visits.menu"), action="visits.open")


# --- needs ---------------------------------------------------------------------------------------


def need_card(entry: Entry, one: Need, *, may_act: bool) -> Message:
    """Show a need on its way from action to effect to confirmation, with the next step."""
    lines = [
        Line(text("visits.need_words"), one.words or text("visits.none")),
        Line(text("visits.need_found"), one.opened_at),
        Line(text("visits.need_case"), one.number),
        Line(text("visits.need_done"), one.action or None),
        Line(text("visits.effect"), one.effect or None),
        Line(text("visits.confirmed_on"), one.confirmed_at),
        Line(text("visits.need_again"), one.failures or None),
    ]
    card = Card(
        title=text("visits.need_card", sign=entry.sign, area=area_name(one.area)),
        lines=(
            Line(text("visits.state"), need_state_name(one.state)),
            *(line for line in lines if line.value is not None),
        ),
        tone=Tone.DONE if one.state is NeedState.CONFIRMED else Tone.PLAIN,
    )
    steps = tuple(_next_steps(one)) if may_act else ()
    case: tuple[tuple[Choice, ...], ...] = ()
    if one.number is not None:
        label = text("cards.open", number=one.number)
        case = ((Choice(label=label, action=action("matters.show", one.number)),),)
    return Message(
        blocks=(card,),
        choices=(*steps, *case, (more_choice(entry), back_choice())),
        slot=f"need-{one.id}",
        secret=True,
    )


def _next_steps(one: Need) -> Iterator[tuple[Choice, ...]]:
    match one.state:
        case NeedState.OPEN:
            yield (_step("act", one, emphasis=True),)
            yield (_step("drop", one),)
        case NeedState.ACTED:
            yield (_step("helped", one, emphasis=True), _step("not_helped", one))
            yield (_step("act", one), _step("drop", one))
        case NeedState.EFFECT:
            yield (_step("confirm", one, emphasis=True), _step("deny", one))
        case _:
            return


def _step(name: str, one: Need, *, emphasis: bool = False) -> Choice:
    return Choice(
        label=text(f"visits.do_{name}"),
        action=action("visits.advance", one.id, name),
        emphasis=emphasis,
    )


# --- lists ---------------------------------------------------------------------------------------


def plan_tone(street: Street, plan: Plan, now: datetime) -> Tone:
    """Say how a line of the list is to be seen."""
    late = standing_of(street, plan, now) is Standing.LATE
    return Tone.OVERDUE if late else Tone.PLAIN


def standing_of(street: Street, plan: Plan, now: datetime) -> Standing:
    """Tell how a plan stands by the rules of its community."""
    community = street.organisation.community_of(plan.unit)
    rules = street.rules(PlanRules, community.code if community else "")
    return standing(plan, rules, street.office.calendar, now)


def plan_detail(street: Street, plan: Plan, now: datetime) -> Text:
    """Say by when a visit is due, and whether it is late."""
    if plan.state is PlanState.PAUSED:
        return text("visits.stands_paused", until=plan.paused_until)
    return text(f"visits.stands_{standing_of(street, plan, now)}", due=plan.next_due_at)


def sign_choice(street: Street, entry: Entry, plan: Plan | None, now: datetime) -> Choice:
    """Make the line of an entry: its sign and its grid, by when it is due, and nothing else."""
    unit = unit_called(entry.unit, street.organisation)
    ended = entry.state is not EntryState.ACTIVE or plan is None
    return Choice(
        label=text("visits.sign_in", sign=entry.sign, unit=unit),
        action=action("visits.show", entry.id),
        detail=state_name(entry) if ended or plan is None else plan_detail(street, plan, now),
        tone=Tone.PLAIN if plan is None else plan_tone(street, plan, now),
    )
