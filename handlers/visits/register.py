"""The register of priority groups: somebody is taken onto it, and what it says is changed.

Taken on the page alone. Every answer is asked for its purpose: looking after somebody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from domain.access.checks import ensure_may
from domain.access.visits import VisitRight
from domain.errors import Refused, Stale
from domain.messages import Line, Message, Side, Text, text
from domain.names import role_name, unit_name
from domain.organisation import Responsible, Role, Seat
from domain.visits.basis import (
    CITED,
    ON_CONSENT,
    Basis,
    ConsentRecord,
    ConsentWay,
    bases_for,
    basis_name,
)
from domain.visits.cards import back_choice, register_card
from domain.visits.categories import (
    Category,
    Group,
    category_name,
    group_of,
    is_minor,
)
from domain.visits.entries import (
    FEATURE as NAME,
)
from domain.visits.entries import (
    MAX_ADDRESS,
    MAX_NAME,
    MAX_NEEDS,
    Content,
    Entry,
    How,
    Wish,
    edited,
    ensure_active,
    ensure_category,
    opened,
)
from domain.visits.visits import how_name
from handlers.features import Feature, Verb
from handlers.forms.answers import NotMineError, with_value
from handlers.forms.forms import begin
from handlers.forms.questions import Date, Number, today
from handlers.forms.steps import Form, Option, Phone
from handlers.turn import Turn, choice
from handlers.visits.forms import Account, OneOf, Short, keeps_words
from handlers.visits.guards import ensure_opens, led_away, load_entry, units_for
from storage.drafts import Draft
from storage.plans import save_plan
from storage.visits.casework import (
    begin_plan,
    desk_of,
    note_look,
    record,
    replan,
    rules_of,
    save_entry,
    show_entry,
    with_owner,
)
from storage.visits.entries import find_marked

_EARLIEST = 1900
YES, NO = "yes", "no"


# --- the questions -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CategoryStep(OneOf):
    """A lawful category; a group to be watched is refused by name, with the reason."""

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Read a category from a number of the list or from words.

        Raises:
            Refused: it is none of the register's.
        """
        given = turn.incoming.text
        if not given:
            raise NotMineError
        try:
            return await super().take(turn, draft)
        except Refused:
            return with_value(draft, self.name, ensure_category(given).value)


def _categories(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [Option(one.value, category_name(one)) for one in Category]


def _units(turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(unit.code, unit_name(unit), (unit.name, unit.code))
        for unit in units_for(turn, VisitRight.REGISTER)
        if turn.street.is_on(NAME, unit.code)
    ]


def _category_of(draft: Draft) -> Category | None:
    value = draft.values.get("category")
    return Category(value) if value else None


def _is_minor(turn: Turn, draft: Draft) -> bool:
    born = draft.values.get("born")
    return isinstance(born, int) and is_minor(born, today(turn).year)


def _is_child(_turn: Turn, draft: Draft) -> bool:
    category = _category_of(draft)
    return category is not None and group_of(category) is Group.CHILDREN


def _bases(turn: Turn, draft: Draft) -> Sequence[Option]:
    category = _category_of(draft)
    if category is None:
        return []
    allowed = bases_for(category, minor=_is_minor(turn, draft))
    return [
        Option(
            one.value,
            text(
                "visits.basis_option",
                basis=basis_name(one),
                law=turn.street.cited(CITED[one], turn.now),
            ),
        )
        for one in allowed
    ]


def _on_consent(_turn: Turn, draft: Draft) -> bool:
    value = draft.values.get("basis")
    return value is not None and Basis(str(value)) in ON_CONSENT


def _by_guardian(_turn: Turn, draft: Draft) -> bool:
    return draft.values.get("basis") == Basis.GUARDIAN_CONSENT


#: What is typed instead of a button.
_SAID: Mapping[StrEnum, tuple[str, ...]] = {
    ConsentWay.WRITTEN: ("书面", "written"),
    ConsentWay.SPOKEN: ("口头", "当面", "spoken"),
    ConsentWay.ONLINE: ("网上", "online"),
    How.DOOR: ("上门", "door"),
    How.PHONE: ("电话", "phone"),
    How.VIDEO: ("视频", "video"),
}


def _ways(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [Option(one.value, text(f"visits.way_{one}"), _SAID[one]) for one in ConsentWay]


def _risks(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(NO, text("visits.risk_no"), ("否", "不是", "no")),
        Option(YES, text("visits.risk_yes"), ("是", "yes")),
    ]


def _owners(turn: Turn, draft: Draft) -> Sequence[Option]:
    return owners_in(turn, str(draft.values.get("unit") or ""))


def owners_in(turn: Turn, unit: str) -> Sequence[Option]:
    """Offer the workers and the secretary of a grid."""
    organisation = turn.street.organisation
    found: dict[str, Option] = {}
    for role in (Role.GRID_WORKER, Role.GRID_SECRETARY):
        for post in organisation.holders(Seat(unit, role), turn.now):
            person = post.stand_in(turn.now) or post.person
            name = turn.street.staff_name(person)
            label = text("visits.owner_option", name=name, role=role_name(role))
            found.setdefault(person, Option(person, label, (name,)))
    return list(found.values())


def _days_offered(turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [Option(today(turn).isoformat(), text("visits.today"))]


def ways_to_visit(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    """Offer the ways of a visit."""
    return [Option(one.value, how_name(one), _SAID[one]) for one in How]


def _is_new(_turn: Turn, draft: Draft) -> bool:
    return not draft.context.get("number")


def _has_owners(turn: Turn, draft: Draft) -> bool:
    return bool(_owners(turn, draft))


# --- taking somebody on --------------------------------------------------------------------------


async def begin_register(turn: Turn) -> None:
    """Begin to take somebody onto the register."""
    units = units_for(turn, VisitRight.REGISTER)
    is_on = [unit for unit in units if turn.street.is_on(NAME, unit.code)]
    if not is_on:
        turn.ensure_open(NAME)
    values = {"unit": is_on[0].code} if len(is_on) == 1 else {}
    await begin(turn, FORM, values=values)


def content_of(turn: Turn, draft: Draft, wish: Wish) -> Content:
    """Read out of a filled form what an entry says."""
    values = draft.values
    basis = Basis(values["basis"])
    consent = None
    if basis in ON_CONSENT and values.get("consent_on") and values.get("consent_way"):
        consent = ConsentRecord(
            on=date.fromisoformat(values["consent_on"]),
            way=ConsentWay(values["consent_way"]),
            by=str(values.get("consent_by") or ""),
        )
    category = Category(values["category"])
    return Content(
        name=str(values["name"]),
        address=str(values["address"]),
        phone=str(values.get("phone") or ""),
        born=int(values["born"]),
        category=category,
        at_risk=group_of(category) is Group.CHILDREN and values.get("risk") == YES,
        basis=basis,
        consent=consent,
        needs=str(values.get("needs") or ""),
        wish=replace(wish, how=How(values.get("how") or wish.how)),
    )


def _notes(turn: Turn, draft: Draft) -> Sequence[Text]:
    """Say before it is submitted what will be done with it, and what cannot stand so."""
    notes = [text("visits.purpose")]
    if _is_minor(turn, draft):
        notes.append(text("visits.will_need_approval"))
    return notes


async def _submit(turn: Turn, draft: Draft) -> None:
    if draft.context.get("number"):
        await _submit_edit(turn, draft)
        return
    unit = str(draft.values["unit"])
    organisation = turn.street.organisation
    grant = ensure_may(turn.actor, VisitRight.REGISTER, organisation, unit=unit)
    if not organisation.is_grid_in_use(unit):
        raise Stale
    content = content_of(turn, draft, Wish())
    answers = _answers(turn, draft, unit)
    entry = opened(
        turn.new_id(),
        content,
        unit=unit,
        answers=answers,
        at=turn.now,
        today=today(turn),
        rules=rules_of(turn, unit),
    )
    if (known := await find_marked(turn.tx, content)) is not None:
        raise Refused("visits.on_it_already", sign=known.sign)
    save_entry(turn, entry)
    last = draft.values.get("last_visit")
    plan = begin_plan(
        turn,
        entry,
        turn.street.office.calendar.opening_of(date.fromisoformat(last)) if last else None,
    )
    await record(
        turn,
        turn.act(grant.role),
        entry.subject,
        "visits.registered",
        category=content.category.value,
        basis=content.basis.value,
    )
    if entry.owner and entry.owner != turn.person.id:
        said = text("visits.is_yours", sign=entry.sign, due=plan.next_due_at)
        turn.tell(entry.owner, Message(blocks=(said,), choices=((show_entry(entry),),)))
    card = register_card(turn.street, entry, content)
    lines = (*card.lines, Line(text("visits.next_due"), plan.next_due_at))
    another = choice("visits.register_another", "visits.register")
    turn.reply(
        Message(
            blocks=(text("visits.registered", sign=entry.sign), replace(card, lines=lines)),
            choices=((another, back_choice()),),
        )
    )


def _answers(turn: Turn, draft: Draft, unit: str) -> Responsible:
    """Find who looks after a person: whom the form names, or whoever answers for the grid."""
    wanted = draft.values.get("owner")
    desk = desk_of(turn, unit, str(wanted)) if wanted else None
    return desk or turn.street.organisation.responsible(unit, turn.now)


# --- changing an entry ---------------------------------------------------------------------------


async def begin_edit(turn: Turn, which: str) -> None:
    """Read back what an entry says, to be changed."""
    entry, _ = await load_entry(turn, which, VisitRight.REGISTER)
    ensure_active(entry)
    if await led_away(turn, "visits.show", which):
        return
    await ensure_opens(turn, entry)
    note_look(turn, entry, turn.actor, VisitRight.REGISTER, "check")
    await begin(turn, FORM, values=_values_of(entry), context={"number": which}, quick=True)


def _values_of(entry: Entry) -> dict[str, Any]:
    said = entry.said
    consent = said.consent
    return {
        "category": said.category.value,
        "name": said.name,
        "born": said.born,
        "unit": entry.unit,
        "address": said.address,
        "phone": said.phone or None,
        "risk": YES if said.at_risk else NO,
        "basis": said.basis.value,
        "consent_on": consent.on.isoformat() if consent else None,
        "consent_way": consent.way.value if consent else None,
        "consent_by": (consent.by or None) if consent else None,
        "owner": entry.owner,
        "needs": said.needs or None,
        "how": said.wish.how.value,
    }


async def _submit_edit(turn: Turn, draft: Draft) -> None:
    entry, grant = await load_entry(turn, str(draft.context["number"]), VisitRight.REGISTER)
    before = entry.said
    content = content_of(turn, draft, before.wish)
    after = edited(entry, content, today(turn))
    unit = str(draft.values["unit"])
    if unit != entry.unit:
        ensure_may(turn.actor, VisitRight.REGISTER, turn.street.organisation, unit=unit)
        after = replace(after, unit=unit)
    wanted = draft.values.get("owner")
    if wanted != entry.owner or unit != entry.unit:
        after = with_owner(after, _answers(turn, draft, unit))
    known = await find_marked(turn.tx, content)
    if known is not None and known.id != entry.id:
        raise Refused("visits.on_it_already", sign=known.sign)
    save_entry(turn, after)
    plan = await replan(turn, after)
    if plan is not None and plan.unit != unit:
        save_plan(turn, replace(plan, unit=unit))
    await record(turn, turn.act(grant.role), entry.subject, "visits.edited")
    if after.owner and after.owner not in (entry.owner, turn.person.id):
        due = plan.next_due_at if plan is not None else None
        said = text("visits.is_yours", sign=entry.sign, due=due)
        turn.tell(after.owner, Message(blocks=(said,), choices=((show_entry(entry),),)))
    turn.say("visits.edited", (show_entry(after), back_choice()), sign=entry.sign)


FORM = Form(
    name="priority",
    version=1,
    title="visits.form",
    steps=(
        CategoryStep(
            name="category",
            question="visits.ask_category",
            label="visits.category",
            options=_categories,
            clears=("basis",),
        ),
        Number(
            name="born",
            question="visits.ask_born",
            label="visits.born",
            least=_EARLIEST,
            most=2100,
            clears=("basis",),
        ),
        OneOf(name="unit", question="visits.ask_unit", label="visits.unit", options=_units),
        Short(name="name", question="visits.ask_name", label="visits.name", longest=MAX_NAME),
        Short(
            name="address",
            question="visits.ask_address",
            label="visits.address",
            longest=MAX_ADDRESS,
        ),
        OneOf(
            name="basis",
            question="visits.ask_basis",
            label="visits.basis",
            options=_bases,
            width=1,
        ),
        Date(
            name="consent_on",
            question="visits.ask_consent_on",
            label="visits.consent_on",
            earliest=timedelta(days=-3660),
            latest=timedelta(),
            offers=_days_offered,
            when=_on_consent,
        ),
        OneOf(
            name="consent_way",
            question="visits.ask_consent_way",
            label="visits.consent_way",
            options=_ways,
            when=_on_consent,
        ),
        Short(
            name="consent_by",
            question="visits.ask_consent_by",
            label="visits.consent_by",
            longest=MAX_NAME,
            when=_by_guardian,
        ),
        OneOf(
            name="risk",
            question="visits.ask_risk",
            label="visits.risk",
            options=_risks,
            when=_is_child,
        ),
        OneOf(
            name="owner",
            question="visits.ask_owner",
            label="visits.owner",
            options=_owners,
            when=_has_owners,
        ),
        Phone(name="phone", question="visits.ask_phone", label="visits.phone", optional=True),
        Account(
            name="needs",
            question="visits.ask_needs",
            label="visits.needs",
            optional=True,
            longest=MAX_NEEDS,
        ),
        OneOf(
            name="how",
            question="visits.ask_how",
            label="visits.how",
            options=ways_to_visit,
            optional=True,
            asked=False,
        ),
        Date(
            name="last_visit",
            question="visits.ask_last_visit",
            label="visits.last_visit",
            earliest=timedelta(days=-3660),
            latest=timedelta(),
            offers=_days_offered,
            optional=True,
            asked=False,
            when=_is_new,
        ),
    ),
    submit=keeps_words(_submit),
    review_notes=_notes,
    submit_label="visits.submit",
    about="priority",
    sensitive="visits.register",
)

FEATURE = Feature(
    name="visits",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb("visits.register", begin_register, right=VisitRight.REGISTER, begins=True),
        Verb(
            "visits.edit",
            begin_edit,
            right=VisitRight.REGISTER,
            about="priority",
            begins=True,
            while_closed=True,
        ),
    ),
    forms=(FORM,),
)
