"""What a resident does with a full agency of their own: follow, bring, agree, get back, revoke."""

from domain.access.services import ServicesRight
from domain.chain import Act
from domain.messages import Side, action, text
from domain.relations import Consenting
from domain.services.agency import PRINCIPAL, REVOKED
from handlers.account_guards import ensure_settled
from handlers.features import Feature, Handler, Verb
from handlers.services.ending import give_case_back, handed_back, offer_items
from handlers.services.orders import load_order, on_order, order_papers, show_order, shown
from handlers.turn import Turn, choice
from storage.services.agency import end_agency, resumption
from storage.services.order_steps import Doing, advance, ensure_can, settle, tell_agent


async def _act_on(turn: Turn, order: str) -> tuple[Doing, Act]:
    doing, grant = await load_order(turn, order, ServicesRight.FOLLOW)
    return doing, turn.act(grant.role)


def _answer(turn: Turn, doing: Doing, key: str, *, told: str) -> None:
    number = doing.order.number
    turn.reply(shown(turn, doing, text(key, number=number)))
    tell_agent(turn, doing, text(told, number=number))


async def supplied(turn: Turn, order: str) -> None:
    """Say that what was missing is there now."""
    doing, act = await _act_on(turn, order)
    doing = advance(turn, doing, "supplied", act, by=PRINCIPAL, happening="supplied")
    settle(turn, doing, act)
    _answer(turn, doing, "agency.you_supplied", told="agency.agent_supplied")


async def go_on(turn: Turn, order: str) -> None:
    """Agree that it goes on."""
    doing, act = await _act_on(turn, order)
    papers = resumption(turn, act.at, Consenting.IN_CHAT)
    doing = advance(
        turn, doing, "resume", act, by=PRINCIPAL, happening="resumed", papers=papers, said="in_chat"
    )
    settle(turn, doing, act)
    _answer(turn, doing, "agency.you_resumed", told="agency.agent_resumed")


async def ask_got(turn: Turn, order: str) -> None:
    """Ask which papers came back."""
    doing, _ = await load_order(turn, order, ServicesRight.FOLLOW)
    offer_items(turn, doing, "services.got_it", "agency.ask_got")


async def got_it(turn: Turn, order: str, item: str) -> None:
    """Acknowledge that a paper came back, or all of them."""
    doing, act = await _act_on(turn, order)
    doing = handed_back(turn, doing, item, act, by=PRINCIPAL)
    if doing.order.standing.stage == "returning" and not doing.folder.outstanding:
        doing = advance(turn, doing, "end", act, by=PRINCIPAL, happening="ended")
    _answer(turn, doing, "agency.you_got", told="agency.agent_got")


async def ask_revoke(turn: Turn, order: str) -> None:
    """Ask once before the authority is taken back."""
    ensure_settled(turn)
    doing, _ = await load_order(turn, order, ServicesRight.FOLLOW)
    ensure_can(turn, doing, "revoke", "termination", by=PRINCIPAL)
    turn.say(
        "agency.ask_revoke",
        (choice("agency.keep", action("services.order", order), emphasis=True),),
        (choice("agency.do_revoke_now", action("services.revoked", order)),),
    )


async def revoke(turn: Turn, order: str) -> None:
    """Take the authority back: the agency ends, and the case goes on where it was."""
    ensure_settled(turn)
    doing, act = await _act_on(turn, order)
    doing = end_agency(turn, doing, act, REVOKED, by=PRINCIPAL)
    await give_case_back(turn, doing, act, REVOKED)
    key = "agency.you_revoked_papers" if doing.order.is_open else "agency.you_revoked"
    _answer(turn, doing, key, told="agency.agent_revoked")


def _verb(name: str, do: Handler, *, minimal: bool = False) -> Verb:
    return Verb(f"services.{name}", on_order(do), about="order", while_closed=True, minimal=minimal)


FEATURE = Feature(
    name="services",
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(
        _verb("order", show_order),
        _verb("papers", order_papers),
        _verb("supplied", supplied),
        _verb("go_on", go_on),
        _verb("got", ask_got),
        _verb("got_it", got_it),
        _verb("revoke", ask_revoke),
        _verb("revoked", revoke),
    ),
)
