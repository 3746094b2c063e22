"""What a resident does with a home visit of their own: another time, agree, call it off."""

from dataclasses import replace

from domain.access.services import ServicesRight
from domain.chain import Act
from domain.errors import Stale
from domain.messages import Side, action, rows, text
from domain.relations import Consenting
from domain.services.agency import PRINCIPAL
from domain.services.home import CANCELS, HOME, with_home
from domain.services.orders import ORDER
from handlers.account_guards import ensure_settled
from handlers.features import Feature, Handler, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Words
from handlers.services.ending import give_case_back
from handlers.services.orders import load_order, on_order, on_submit, order_of, shown
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.services.home import end_home, resumption, unbooked
from storage.services.order_steps import Doing, advance, ensure_can, settle, tell_agent


async def _act_on(turn: Turn, order: str) -> tuple[Doing, Act]:
    doing, grant = await load_order(turn, order, ServicesRight.FOLLOW, {HOME})
    return doing, turn.act(grant.role)


def _answer(turn: Turn, doing: Doing, key: str, *, told: str) -> None:
    number = doing.order.number
    turn.reply(shown(turn, doing, text(key, number=number)))
    tell_agent(turn, doing, text(told, number=number))


async def begin_move(turn: Turn, order: str) -> None:
    """Begin to ask for another time."""
    doing, _ = await _act_on(turn, order)
    ensure_can(turn, doing, "ask_move", by=PRINCIPAL)
    await begin(turn, MOVE, context={"number": order})


async def _submit_move(turn: Turn, draft: Draft) -> None:
    doing, act = await _act_on(turn, order_of(draft))
    ensure_can(turn, doing, "ask_move", by=PRINCIPAL)
    wish = str(draft.values["text"])
    doing = unbooked(turn, replace(doing, order=with_home(doing.order, wish=wish)))
    doing = advance(turn, doing, "ask_move", act, by=PRINCIPAL, happening="move_asked", reason=wish)
    settle(turn, doing, act)
    _answer(turn, doing, "home.you_moved", told="home.agent_moved")


async def cancel(turn: Turn, order: str, why: str = "") -> None:
    """Call it off; ask first why, where no answer is needed."""
    ensure_settled(turn)
    doing, act = await _act_on(turn, order)
    ensure_can(turn, doing, "cancel", "termination", by=PRINCIPAL)
    if not why:
        buttons = [
            choice(f"home.cancel_{one}", action("services.home_cancel", order, one))
            for one in CANCELS
        ]
        keep = choice("home.keep", action("services.order", order), emphasis=True)
        turn.say("home.ask_cancel", (keep,), *rows(buttons, 1))
        return
    if why not in CANCELS:
        raise Stale
    doing = end_home(turn, doing, act, why, by=PRINCIPAL)
    await give_case_back(turn, doing, act, why)
    _answer(turn, doing, "home.you_cancelled", told="home.agent_cancelled")


async def go_on(turn: Turn, order: str) -> None:
    """Agree that it goes on."""
    doing, act = await _act_on(turn, order)
    papers = resumption(turn, act.at, Consenting.IN_CHAT)
    doing = advance(
        turn, doing, "resume", act, by=PRINCIPAL, happening="resumed", papers=papers, said="in_chat"
    )
    settle(turn, doing, act)
    _answer(turn, doing, "home.you_resumed", told="home.agent_resumed")


MOVE = Form(
    name="home_move",
    version=1,
    title="home.move_title",
    steps=(Words(name="text", question="home.ask_move", label="home.wish"),),
    submit=on_submit(_submit_move),
    review=False,
    about=ORDER,
)


def _verb(name: str, do: Handler) -> Verb:
    return Verb(f"services.home_{name}", on_order(do), about="order", while_closed=True)


FEATURE = Feature(
    name="services",
    side=Side.RESIDENTS,
    switchable=True,
    verbs=(
        _verb("move", begin_move),
        _verb("cancel", cancel),
        _verb("go_on", go_on),
    ),
    forms=(MOVE,),
)
