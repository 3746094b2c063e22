"""How a home visit begins: pressed, said in words, from an item of the guide, from a case."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.access.checks import ensure_may
from domain.access.matters import MatterRight
from domain.access.services import ServicesRight
from domain.categories import Kind
from domain.errors import Stale
from domain.matters import life
from domain.matters.cards import post_name
from domain.matters.matter import IN_HAND, Matter
from domain.messages import Message, Side, text
from domain.names import named, role_name
from domain.organisation import Responsible, Role
from domain.services.agents import candidates, first_of
from domain.services.home import HomeDetails
from domain.services.orders import ORDER
from domain.words.plaintext import normal
from handlers.features import Entry, Feature, Menu, Refers, Typed, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Choose, Form, Option, Phone, Words
from handlers.matters.case_cards import answer_with_card
from handlers.matters.filing_steps import COMMUNITY_STEP, GRID_STEP, guess_for, known_values
from handlers.matters.guards import number_of, on_submit
from handlers.matters.passing_on import tell_former_owner
from handlers.matters.turns import load_matter
from handlers.services.opening import (
    FEATURE,
    FOR_WHOM,
    LONGEST_NAME,
    chosen_ward,
    ensure_open_to,
    file_request,
    is_for_other,
    known_person,
    takes,
    wards_context,
)
from handlers.services.orders import show_order, shown
from handlers.turn import Turn
from storage.drafts import Draft
from storage.matters.casework import named_reporter
from storage.services.guide import load_guide
from storage.services.home import open_home
from storage.services.order_steps import Doing, tell_resident

#: By which cases are handed to it.
NAME = "home"


# --- by the resident -----------------------------------------------------------------------------


async def begin_own(turn: Turn) -> None:
    """Begin to ask for a visit: what for, to whom, where and when it would suit."""
    await _begin_with(turn, {})


async def begin_from_item(turn: Turn, which: str) -> None:
    """Begin to ask for a visit for an item of the guide."""
    item = (await load_guide(turn.tx, turn.street, turn.now)).find(which)
    if item is None:
        raise Stale
    await _begin_with(turn, {"text": item.name})


async def _begin_with(turn: Turn, values: dict[str, Any]) -> None:
    known = {**known_values(turn), **known_person(turn), **values}
    await begin(turn, OWN, values=known, context=await wards_context(turn))


_MEANT = re.compile(
    r"上门(?:来|去|给|为|帮)?(?:我|我们|老人|家里)?(?:们)?(?:服务|办|代办|帮忙|帮办|认证|登记|采集|拍照|取件|送|一趟|一下|吗|$)"
    r"|(?:到|来|去)(?:我|我们|老人)?家里?来?(?:办|认证|登记)"
    r"|home visit|come to (?:my|our) (?:home|house|place|flat)"
)
_ASKS = re.compile(
    r"能|可以|可不可以|可否|请|想|要|申请|麻烦|帮|预约|有没有|提供|希望|安排"
    r"|can|could|please|want|need|ask|book|would"
)
#: What tells of something else: a salesman, a repair, a visit that was, or one that did not come.
_ELSE = re.compile(
    r"推销|骗|收费|收钱|收款|催|讨|乱|偷|抢|打人|威胁|警察|维修|修理|安装|快递|外卖|来过|过了|走访|慰问|没来|不来|没人|还没|怎么没|办过|是谁|什么人|暗号|取消|不用|不要"
    r"|burglar|sales|repair|cancel"
)
_LONGEST_WISH = 60
#: So few words say that somebody is to come, and not what for.
_BARE = 10


async def ask_by_words(turn: Turn) -> bool:
    """Begin where a sentence asks for somebody to come; tell whether it did."""
    words = (turn.incoming.text or "").strip()
    if turn.incoming.files or not words or len(words) > _LONGEST_WISH or FEATURE in turn.closed:
        return False
    plain = normal(words).strip().casefold().rstrip("?？。.!！呢啊吧 ")
    if not _MEANT.search(plain) or not _ASKS.search(plain) or _ELSE.search(plain):
        return False
    if turn.understood(words).may_be_danger:
        return False
    await _begin_with(turn, {"text": words} if len(plain) > _BARE else {})
    return True


async def begin_of_case(turn: Turn, number: str) -> None:
    """Begin to ask for a visit for a case of one's own."""
    matter, _ = await load_matter(turn, number, MatterRight.ADD)
    life.ensure(matter, *IN_HAND)
    ensure_open_to(turn, matter)
    context = {"number": number, **await wards_context(turn)}
    await begin(turn, OF_CASE, values=known_person(turn), context=context)


async def _submit_own(turn: Turn, draft: Draft) -> None:
    await _open_for_resident(turn, await file_request(turn, draft), draft)


async def _submit_of_case(turn: Turn, draft: Draft) -> None:
    matter, _ = await load_matter(turn, number_of(draft), MatterRight.ADD)
    life.ensure(matter, *IN_HAND)
    ensure_open_to(turn, matter)
    ensure_may(turn.actor, ServicesRight.ORDER, turn.street.organisation)
    doing = await _open_for_resident(turn, matter, draft)
    if matter.owner not in (None, doing.order.owner):
        said = text("home.owner_asked", number=matter.number)
        turn.tell(matter.owner, Message(blocks=(said,)), on=matter)


async def _open_for_resident(turn: Turn, matter: Matter, draft: Draft) -> Doing:
    desk = first_of(
        turn.street.organisation, matter.community, matter.grid, turn.now, matter.barred
    )
    details = await _own_details(turn, matter, draft)
    doing = await open_home(turn, matter, turn.act(Role.RESIDENT), desk, details)
    if turn.person.name == "" and not details.acting:
        turn.update_person(name=details.principal)
    turn.reply(shown(turn, doing, text("home.receipt", number=matter.number)))
    return doing


async def _own_details(turn: Turn, matter: Matter, draft: Draft) -> HomeDetails:
    """Say to whom somebody is to come: oneself, or somebody for whom one may act now."""
    if not is_for_other(turn, draft):
        return _details(matter, draft)
    relation = await chosen_ward(turn, draft)
    return replace(
        _details(matter, draft),
        principal=relation.name,
        phone=relation.phone or str(draft.values.get("phone") or ""),
        acting=relation.kind.value,
        relation=relation.id,
    )


def _details(matter: Matter, draft: Draft) -> HomeDetails:
    values = draft.values
    return HomeDetails(
        what=matter.particulars.text or str(values.get("text") or ""),
        principal=str(values.get("name") or "")[:LONGEST_NAME],
        phone=str(values.get("phone") or ""),
        address=str(values["address"]),
        wish=str(values.get("wish") or ""),
    )


# --- by staff, from a case, also of somebody who stands at the window ----------------------------


async def begin_referral(turn: Turn, number: str) -> None:
    """Begin to arrange a visit for a case that one has."""
    matter, _ = await load_matter(turn, number, MatterRight.REFER)
    life.ensure(matter, *IN_HAND)
    ensure_open_to(turn, matter)
    known = await named_reporter(turn, matter)
    await begin(
        turn,
        REFER,
        values={
            "name": known.name or None,
            "phone": known.phone or None,
            "address": matter.particulars.place_text or None,
        },
        context={"number": number},
    )


async def _workers(turn: Turn, draft: Draft) -> Sequence[Option]:
    matter, _ = await load_matter(turn, number_of(draft), MatterRight.REFER)
    return worker_options(turn, matter.community, matter.grid, matter.barred)


def worker_options(
    turn: Turn, community: str, grid: str, barred: frozenset[str]
) -> Sequence[Option]:
    """Offer who may come, by post and name."""
    return [
        Option(
            desk.person,
            text(
                "assignments.desk",
                role=role_name(desk.seat.role),
                person=named(turn.street.staff_name(desk.person)),
            ),
            (turn.street.staff_name(desk.person),),
        )
        for desk in candidates(turn.street.organisation, community, grid, turn.now, barred)
    ]


async def _submit_referral(turn: Turn, draft: Draft) -> None:
    matter, grant = await load_matter(turn, number_of(draft), MatterRight.REFER)
    life.ensure(matter, *IN_HAND)
    ensure_open_to(turn, matter)
    organisation = turn.street.organisation
    offered = candidates(organisation, matter.community, matter.grid, turn.now, matter.barred)
    chosen = next((one for one in offered if one.person == draft.values["worker"]), None)
    if chosen is None:
        raise Stale
    desk = Responsible(chosen.seat, chosen.person)
    doing = await open_home(turn, matter, turn.act(grant.role), desk, _details(matter, draft))
    referred = doing.matter or matter
    owner = post_name(turn.street, referred)
    await answer_with_card(turn, referred, "home.referred", owner=owner)
    tell_former_owner(turn, matter, referred)
    tell_resident(turn, doing, text("home.told_referred", number=matter.number))


_NAME = Words(name="name", question="home.ask_name", label="home.principal")
_PHONE = Phone(name="phone", question="home.ask_phone", label="home.phone")
_ADDRESS = Words(name="address", question="home.ask_address", label="home.address", min_letters=4)
_WISH = Words(name="wish", question="home.ask_wish", label="home.wish", optional=True)


def _is_for_me(turn: Turn, draft: Draft) -> bool:
    return not is_for_other(turn, draft)


_OWN_STEPS = (
    replace(_NAME, when=_is_for_me),
    replace(_PHONE, when=_is_for_me),
    _ADDRESS,
    _WISH,
)


def _note(_turn: Turn, _draft: Draft) -> Sequence[Any]:
    return (text("home.own_note"),)


OWN = Form(
    name="home",
    version=1,
    title="home.own_title",
    steps=(
        Words(name="text", question="home.ask_what", label="home.what"),
        FOR_WHOM,
        COMMUNITY_STEP,
        GRID_STEP,
        *_OWN_STEPS,
    ),
    submit=_submit_own,
    review_notes=_note,
    guess=guess_for(Kind.SERVICE),
)
OF_CASE = Form(
    name="home_of",
    version=1,
    title="home.own_title",
    steps=(FOR_WHOM, *_OWN_STEPS),
    submit=_submit_of_case,
    review_notes=_note,
)
REFER = Form(
    name="home_refer",
    version=1,
    title="home.refer_title",
    steps=(
        Choose(
            name="worker",
            question="home.ask_worker",
            label="home.worker",
            options=_workers,
            width=1,
        ),
        _NAME,
        _PHONE,
        _ADDRESS,
        replace(_WISH, asked=False),
    ),
    submit=on_submit(_submit_referral),
    review_notes=lambda _turn, _draft: (text("home.refer_note"),),
)

STAFF = Feature(
    name=FEATURE,
    side=Side.STAFF,
    switchable=True,
    forms=(REFER,),
    refers=Refers(
        kind=ORDER,
        name=NAME,
        show=show_order,
        label="home.name",
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
            "services.home",
            begin_own,
            begins=True,
            command="home",
            words=("上门服务", "上门", "上门办", "上门办理", "预约上门", "home visit"),
        ),
        Verb("services.home_item", begin_from_item, begins=True),
    ),
    forms=(OWN, OF_CASE),
    entries=(Entry(Menu.SERVICES, "home.menu", "services.home"),),
    typed=(Typed(ask_by_words),),
    refers=Refers(
        kind=ORDER,
        name=NAME,
        show=show_order,
        label="home.ask_for",
        takes=takes,
        begin=begin_of_case,
    ),
)
