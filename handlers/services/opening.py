"""How a full agency begins: a worker hands a case to an agent, or the resident asks for one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.access.checks import ensure_may
from domain.access.matters import MatterRight
from domain.access.services import ServicesRight
from domain.categories import Kind
from domain.errors import Refused, Stale
from domain.laws import CIVIL_CODE_165
from domain.matters import life, referral
from domain.matters.cards import post_name
from domain.matters.matter import IN_HAND, Matter, Origin
from domain.messages import Message, Side, text
from domain.names import named, role_name
from domain.organisation import Responsible, Role
from domain.relations import Relation
from domain.services.agency import Details
from domain.services.agents import candidates, first_of
from domain.services.orders import ORDER
from handlers.features import Entry, Feature, Menu, Refers, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Choose, Form, Option, Phone, Words
from handlers.matters.case_cards import answer_with_card
from handlers.matters.filing import dispatch, ensure_no_conduct, filing_of, responsible_for
from handlers.matters.filing_steps import COMMUNITY_STEP, GRID_STEP, guess_for, known_values
from handlers.matters.guards import number_of, on_submit
from handlers.matters.passing_on import tell_former_owner
from handlers.matters.turns import load_matter
from handlers.services.orders import show_order, shown
from handlers.services.proxies import wards_of
from handlers.turn import Turn
from storage.drafts import Draft
from storage.matters.casework import named_reporter
from storage.services.agency import open_agency
from storage.services.order_steps import Doing, tell_resident
from storage.services.orders import count_owned

#: The name by which the street opens and closes services for a community.
FEATURE = "services"
#: The longest name of anybody.
LONGEST_NAME = 40
MYSELF = "me"


# --- what both do --------------------------------------------------------------------------------


def ensure_open_to(turn: Turn, matter: Matter) -> None:
    """Make sure that an agency is for this case, and to be had where it belongs.

    Raises:
        Refused: it is closed there, or the case is of another sort.
    """
    if not turn.street.is_on(FEATURE, matter.grid):
        raise Refused("switches.closed", feature=text(f"switches.feature_{FEATURE}"))
    if not referral.may_be_referred(matter):
        referral.ensure_calm(matter)
        raise Refused("no_procedure", number=matter.number)


def takes(turn: Turn, matter: Matter) -> bool:
    is_open = turn.street.is_on(FEATURE, matter.grid)
    return is_open and referral.may_be_referred(matter) and bool(matter.reporter)


# --- from a case, by whoever has it --------------------------------------------------------------


async def begin_referral(turn: Turn, number: str) -> None:
    """Begin to hand a case to an agent."""
    matter, _ = await load_matter(turn, number, MatterRight.REFER)
    life.ensure(matter, *IN_HAND)
    ensure_open_to(turn, matter)
    if not _candidates(turn, matter):
        raise Refused("nobody_to_ask", number=number)
    known = await named_reporter(turn, matter)
    held = await count_owned(turn.tx, [one.person for one in _candidates(turn, matter)])
    await begin(
        turn,
        REFER,
        values={"name": known.name or None, "phone": known.phone or None},
        context={"number": number, "held": held},
    )


def _candidates(turn: Turn, matter: Matter) -> Sequence[Any]:
    return candidates(
        turn.street.organisation, matter.community, matter.grid, turn.now, matter.barred
    )


async def _agents(turn: Turn, draft: Draft) -> Sequence[Option]:
    matter, _ = await load_matter(turn, number_of(draft), MatterRight.REFER)
    held = draft.context.get("held") or {}
    return [
        Option(
            desk.person,
            text(
                "assignments.desk",
                role=role_name(desk.seat.role),
                person=named(turn.street.staff_name(desk.person)),
            ),
            (turn.street.staff_name(desk.person),),
            text("agency.agent_has", count=int(held.get(desk.person, 0))),
        )
        for desk in _candidates(turn, matter)
    ]


async def _submit_referral(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.REFER)
    life.ensure(matter, *IN_HAND)
    ensure_open_to(turn, matter)
    chosen = next(
        (one for one in _candidates(turn, matter) if one.person == draft.values["agent"]), None
    )
    if chosen is None:
        raise Stale
    desk = Responsible(chosen.seat, chosen.person)
    details = _details(matter, draft)
    doing = await open_agency(turn, matter, turn.act(grant.role), desk, details)
    referred = doing.matter or matter
    owner = post_name(turn.street, referred)
    await answer_with_card(turn, referred, "agency.referred", owner=owner)
    tell_former_owner(turn, matter, referred)
    tell_resident(turn, doing, text("agency.told_referred", number=matter.number))


def _details(matter: Matter, draft: Draft) -> Details:
    return Details(
        what=matter.particulars.text or str(draft.values.get("text") or ""),
        principal=str(draft.values["name"])[:LONGEST_NAME],
        phone=str(draft.values.get("phone") or ""),
    )


# --- by the resident -----------------------------------------------------------------------------


async def begin_own(turn: Turn, what: str = "") -> None:
    """Begin to ask for an agent: what is to be done, where it is not known yet, and for whom."""
    values = {"text": what or None, **known_values(turn), **known_person(turn)}
    await begin(turn, OWN, values=values, context=await wards_context(turn))


async def begin_any(turn: Turn) -> None:
    """Begin to ask for an agent, for whatever it may be."""
    await begin_own(turn)


async def wards_context(turn: Turn) -> dict[str, Any]:
    """Give for whom one may act, as the question offers it."""
    found = await wards_of(turn)
    return {"wards": [[one.id, one.name, one.kind.value] for one in found]} if found else {}


def _has_wards(_turn: Turn, draft: Draft) -> bool:
    return bool(draft.context.get("wards"))


def _for_whom(_turn: Turn, draft: Draft) -> Sequence[Option]:
    mine = Option(MYSELF, text("agency.for_myself"), ("自己", "我自己", "本人"))
    others = [
        Option(
            ident,
            text("agency.for_other", name=name, kind=text(f"relations.kind_{kind}")),
            (name,),
        )
        for ident, name, kind in draft.context.get("wards") or ()
    ]
    return [mine, *others]


def is_for_other(_turn: Turn, draft: Draft) -> bool:
    """Tell whether somebody else's is to be done."""
    return str(draft.values.get("for_whom", MYSELF)) != MYSELF


async def begin_of_case(turn: Turn, number: str) -> None:
    """Begin to ask for an agent for a case of one's own."""
    matter, _ = await load_matter(turn, number, MatterRight.ADD)
    life.ensure(matter, *IN_HAND)
    ensure_open_to(turn, matter)
    context = {"number": number, **await wards_context(turn)}
    await begin(turn, OF_CASE, values=known_person(turn), context=context)


def known_person(turn: Turn) -> dict[str, Any]:
    """Give the name and the number of the one who is talking, as answers."""
    return {"name": turn.person.name or None, "phone": turn.person.phone or None}


async def file_request(turn: Turn, draft: Draft) -> Matter:
    """File what is to be done as a case of the one who is talking.

    Raises:
        Refused: it is a complaint about a person, or services are closed there.
    """
    ensure_may(turn.actor, ServicesRight.ORDER, turn.street.organisation)
    words = str(draft.values["text"])
    ensure_no_conduct(turn, words)
    categories = turn.street.office.categories
    values = {"category": categories.other(Kind.SERVICE).code, **draft.values}
    filing = filing_of(
        turn,
        Kind.SERVICE,
        replace(draft, values=values),
        origin=Origin(turn.incoming.channel.value),
        reporter=turn.person.id,
    )
    if not turn.street.is_on(FEATURE, filing.grid):
        raise Refused("switches.closed", feature=text(f"switches.feature_{FEATURE}"))
    owed = await responsible_for(turn, filing)
    matter = dispatch(turn, filing, owed, Role.RESIDENT)
    if not turn.street.organisation.is_grid_in_use(turn.person.grid):
        turn.update_person(grid=filing.grid)
    return matter


async def _submit_own(turn: Turn, draft: Draft) -> None:
    await _open_for_resident(turn, await file_request(turn, draft), draft)


async def _submit_of_case(turn: Turn, draft: Draft) -> None:
    matter, _ = await load_matter(turn, number_of(draft), MatterRight.ADD)
    life.ensure(matter, *IN_HAND)
    ensure_open_to(turn, matter)
    ensure_may(turn.actor, ServicesRight.ORDER, turn.street.organisation)
    doing = await _open_for_resident(turn, matter, draft)
    if matter.owner not in (None, doing.order.owner):
        said = text("agency.owner_asked", number=matter.number)
        turn.tell(matter.owner, Message(blocks=(said,)), on=matter)


async def _open_for_resident(turn: Turn, matter: Matter, draft: Draft) -> Doing:
    desk = first_of(
        turn.street.organisation, matter.community, matter.grid, turn.now, matter.barred
    )
    act = turn.act(Role.RESIDENT)
    details = await _own_details(turn, matter, draft)
    doing = await open_agency(turn, matter, act, desk, details)
    if turn.person.name == "" and not details.acting:
        turn.update_person(name=str(draft.values["name"])[:LONGEST_NAME])
    turn.reply(shown(turn, doing, text("agency.receipt", number=matter.number)))
    return doing


async def chosen_ward(turn: Turn, draft: Draft) -> Relation:
    """Give the relation by which one acts for somebody at this moment.

    Raises:
        Refused: one may not, any more.
    """
    chosen = str(draft.values["for_whom"])
    relation = next((one for one in await wards_of(turn) if one.id == chosen), None)
    if relation is None:
        raise Refused("relations.over_already", rule=CIVIL_CODE_165)
    return relation


async def _own_details(turn: Turn, matter: Matter, draft: Draft) -> Details:
    """Say for whom it is: oneself, or somebody for whom one may act at this moment."""
    if not is_for_other(turn, draft):
        return _details(matter, draft)
    relation = await chosen_ward(turn, draft)
    return Details(
        what=matter.particulars.text or str(draft.values.get("text") or ""),
        principal=relation.name,
        phone=relation.phone,
        acting=relation.kind.value,
        relation=relation.id,
    )


FOR_WHOM = Choose(
    name="for_whom",
    question="agency.ask_for_whom",
    label="agency.for_whom",
    options=_for_whom,
    when=_has_wards,
    width=1,
)
_NAME = Words(name="name", question="agency.ask_name", label="agency.principal")
_PHONE = Phone(name="phone", question="agency.ask_phone", label="filing.phone", optional=True)
_OWN_NAME = replace(_NAME, when=lambda turn, draft: not is_for_other(turn, draft))
_OWN_PHONE = replace(_PHONE, when=lambda turn, draft: not is_for_other(turn, draft))
REFER = Form(
    name="agency_refer",
    version=1,
    title="agency.refer_title",
    steps=(
        Choose(
            name="agent",
            question="agency.ask_agent",
            label="agency.agent",
            options=_agents,
            width=1,
        ),
        _NAME,
        replace(_PHONE, asked=False),
    ),
    submit=on_submit(_submit_referral),
    review_notes=lambda _turn, _draft: (text("agency.refer_note"),),
)
OWN = Form(
    name="agency",
    version=1,
    title="agency.own_title",
    steps=(
        Words(name="text", question="agency.ask_what", label="agency.what"),
        FOR_WHOM,
        COMMUNITY_STEP,
        GRID_STEP,
        _OWN_NAME,
        _OWN_PHONE,
    ),
    submit=_submit_own,
    review_notes=lambda _turn, _draft: (text("agency.own_note"),),
    guess=guess_for(Kind.SERVICE),
)
OF_CASE = Form(
    name="agency_of",
    version=1,
    title="agency.own_title",
    steps=(FOR_WHOM, _OWN_NAME, _OWN_PHONE),
    submit=_submit_of_case,
    review_notes=lambda _turn, _draft: (text("agency.own_note"),),
)

STAFF = Feature(
    name=FEATURE,
    side=Side.STAFF,
    switchable=True,
    forms=(REFER,),
    refers=Refers(
        kind=ORDER,
        show=show_order,
        label="agency.name",
        takes=takes,
        begin=begin_referral,
    ),
)
RESIDENTS = Feature(
    name=FEATURE,
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(
        Verb(
            "services.agency",
            begin_any,
            begins=True,
            command="agency",
            words=("代办", "全程代办", "请帮我代办", "帮我代办", "do it for me"),
        ),
    ),
    forms=(OWN, OF_CASE),
    entries=(Entry(Menu.SERVICES, "agency.menu", "services.agency"),),
    refers=Refers(
        kind=ORDER,
        show=show_order,
        label="agency.ask_for",
        takes=takes,
        begin=begin_of_case,
    ),
)
