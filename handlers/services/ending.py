"""How a full agency ends: papers handed back, closed or terminated, filed, the revisit."""

from domain.chain import Act
from domain.documents import Acknowledging, Handing, Paper, acknowledge
from domain.errors import Refused, Stale
from domain.messages import Choice, Side, action, rows
from domain.services import agency_papers
from domain.services.agency import AGENT, FILED, details_of, ensure_complete
from domain.services.agency_cards import item_name
from handlers.features import Feature
from handlers.forms.forms import begin
from handlers.matters.assignments import tell_result
from handlers.matters.referring import tell_back
from handlers.services.agency import act_on, answer, load, one_question, verb
from handlers.services.orders import order_of
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter, send_card
from storage.matters.referring import concluded, taken_back
from storage.services.agency import changed, end_agency, items_paper
from storage.services.order_steps import Doing, advance, ensure_can, with_acknowledgements

#: In place of one paper: all of them.
_ALL = "all"


# --- handing back --------------------------------------------------------------------------------


async def list_returned(turn: Turn, order: str) -> None:
    """Offer the papers that are still here, each and all together, to be handed back."""
    doing = await load(turn, order)
    offer_items(turn, doing, "services.give_back", "agency.ask_returned")


def offer_items(turn: Turn, doing: Doing, verb: str, key: str) -> None:
    """Offer each paper that is still with the office, and all of them."""
    order, outstanding = doing.order, doing.folder.outstanding
    if not outstanding:
        raise Refused("agency.nothing_here")
    buttons = [
        Choice(label=item_name(one), action=action(verb, order.id, one.key))
        for one in details_of(order).items
        if one.key in outstanding
    ]
    every = choice("agency.all_items", action(verb, order.id, _ALL), emphasis=True)
    back = choice("agency.back", action("services.order", order.id))
    turn.say(key, (every,), *rows(buttons, 1), (back,), number=order.number)


async def give_back(turn: Turn, order: str, item: str) -> None:
    """Record that a paper was handed back before one's eyes, or all of them were."""
    doing, act = await act_on(turn, order)
    doing = handed_back(turn, doing, item, act, by=AGENT)
    answer(turn, doing, "agency.given_back", told="agency.told_given_back")


def handed_back(turn: Turn, doing: Doing, item: str, act: Act, *, by: str) -> Doing:
    """Record the acknowledgement of a paper, or of all; the list is written anew."""
    outstanding = doing.folder.outstanding
    wanted = sorted(outstanding) if item == _ALL else [item]
    document = doing.folder.current("items")
    if not wanted or document is None or not outstanding.issuperset(wanted):
        raise Stale
    is_agent = by == AGENT
    found = acknowledge(
        doing.folder,
        document,
        wanted,
        Handing.RETURNED,
        new_id=turn.new_id,
        how=Acknowledging.IN_PERSON if is_agent else Acknowledging.IN_CHAT,
        who=doing.order.resident or None,
        at=act.at,
        recorded_by=act.by,
    )
    doing = with_acknowledgements(turn, doing, *found)
    name = "hand_back" if doing.order.standing.stage == "delivery" else "hand_back_ended"
    return advance(turn, doing, name, act, by=by, happening="handed_back", said=", ".join(wanted))


# --- the end -------------------------------------------------------------------------------------


async def close(turn: Turn, order: str) -> None:
    """Close it: the closing slip, the list as it is in the end, and the resident judges."""
    doing, act = await act_on(turn, order)

    def closing(now: Doing) -> Paper:
        zone = turn.street.office.timezone
        return agency_papers.closing(now.order, now.agent, at=act.at, zone=zone)

    papers = {"items": items_paper, "closing": closing}
    doing = advance(turn, doing, "close", act, happening="closed", papers=papers)
    answer(turn, doing, "agency.closed")
    if doing.matter is None or not doing.is_referred:
        return
    result = details_of(doing.order).result
    resolved = concluded(turn, doing.matter, act, result)
    save_matter(turn, resolved)
    await tell_result(turn, resolved, result)


async def file_away(turn: Turn, order: str) -> None:
    """File it: everything that the file has to hold is there."""
    doing, act = await act_on(turn, order)
    if doing.order.standing.stage == "filing":
        ensure_complete(doing.folder)
    doing = advance(turn, doing, "file", act, happening="filed", made={FILED})
    answer(turn, doing, "agency.filed")


async def begin_revisit(turn: Turn, order: str) -> None:
    """Begin to note what the person said some days later."""
    doing = await load(turn, order)
    ensure_can(turn, doing, "revisit")
    await begin(turn, REVISIT, context={"number": order})


async def _submit_revisit(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    words = str(draft.values["text"])
    doing = changed(doing, revisit=words)
    doing = advance(turn, doing, "revisit", act, happening="revisited", said=words)
    answer(turn, doing, "agency.revisited")


async def begin_terminate(turn: Turn, order: str) -> None:
    """Begin to end it without a result, with a reason."""
    ensure_can(turn, await load(turn, order), "terminate", "termination")
    await begin(turn, TERMINATE, context={"number": order})


async def _submit_terminate(turn: Turn, draft: Draft) -> None:
    doing, act = await act_on(turn, order_of(draft))
    reason = str(draft.values["text"])
    doing = end_agency(turn, doing, act, reason, by=AGENT)
    await give_case_back(turn, doing, act, reason)
    left = "agency.terminated_papers" if doing.order.is_open else "agency.terminated"
    answer(turn, doing, left, told="agency.told_terminated")


async def give_case_back(turn: Turn, doing: Doing, act: Act, reason: str) -> None:
    """Let the case go back to whoever had it, with the reason."""
    matter = doing.matter
    if matter is None or not doing.is_referred:
        return
    back = taken_back(turn, matter, act, reason)
    save_matter(turn, back)
    await send_card(turn, back)
    await tell_back(turn, matter, back)


async def end(turn: Turn, order: str) -> None:
    """End what was terminated, once every paper was handed back."""
    doing, act = await act_on(turn, order)
    doing = advance(turn, doing, "end", act, happening="ended")
    answer(turn, doing, "agency.ended")


REVISIT = one_question("revisit", _submit_revisit)
TERMINATE = one_question("terminate", _submit_terminate)

FEATURE = Feature(
    name="services",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        verb("returned", list_returned),
        verb("give_back", give_back),
        verb("close", close),
        verb("file", file_away),
        verb("revisit", begin_revisit),
        verb("terminate", begin_terminate),
        verb("end", end),
    ),
    forms=(REVISIT, TERMINATE),
)
