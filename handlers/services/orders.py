"""What both sides share of an order: load it for a right, show it, answer a press that is late."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from functools import wraps

from domain.access.checks import Grant, ensure_may, may
from domain.access.rights import Right
from domain.access.services import ServicesRight
from domain.errors import NotFound, Refused, Stale, UserError, WrongState
from domain.laws import CIVIL_CODE_165
from domain.messages import Message, Text, text
from domain.services.agency import AGENCY, details_of
from domain.services.kinds import kind_of
from handlers.features import Handler
from handlers.turn import Turn, explained
from storage.drafts import Draft
from storage.papers import SET, Ordered, PaperForm, wanted_paper
from storage.relations import find_relation
from storage.services.agency import Doing, load_doing

Submit = Callable[[Turn, Draft], Awaitable[None]]


_AGENCIES = frozenset({AGENCY})


async def load_order(
    turn: Turn, order: str, right: Right, kinds: Collection[str] | None = _AGENCIES
) -> tuple[Doing, Grant]:
    """Load an order for something that one wants to do with it.

    Args:
        kinds: of which kinds it has to be; None for any.

    Raises:
        Stale: it is of another kind, which has no such button.
        NotFound: there is none that this person may know of.
        NotAllowed: this person knows of it, but may not do this.
    """
    doing = await load_doing(turn, order)
    if doing is None:
        raise NotFound(number=order)
    grant = ensure_may(turn.actor, right, turn.street.organisation, on=doing.order)
    turn.about = doing.order.subject
    if kinds is not None and doing.order.kind not in kinds:
        raise Stale
    await _ensure_may_still_act(turn, doing)
    return doing, grant


async def _ensure_may_still_act(turn: Turn, doing: Doing) -> None:
    """Make sure that whoever acts for somebody else still may.

    Raises:
        Refused: that is over.
    """
    by = details_of(doing.order).relation
    if turn.is_staff or not by:
        return
    relation = await find_relation(turn.tx, by)
    if relation is None or not relation.holds(turn.now):
        raise Refused("relations.over_already", rule=CIVIL_CODE_165)


def seeing(turn: Turn) -> Right:
    """Name the right by which one sees an order on this side."""
    return ServicesRight.SEE if turn.is_staff else ServicesRight.FOLLOW


def shown(turn: Turn, doing: Doing, *said: Text) -> Message:
    """Show an order to the one who is talking, under sentences."""
    works = may(turn.actor, ServicesRight.WORK, turn.street.organisation, on=doing.order)
    return kind_of(doing.order).message(
        doing.order,
        doing.folder,
        doing.agent,
        turn.now,
        for_resident=not turn.is_staff,
        may_work=works is not None,
        said=said,
    )


async def show_order(turn: Turn, order: str) -> None:
    """Show how far an order is."""
    doing, _ = await load_order(turn, order, seeing(turn), None)
    turn.reply(shown(turn, doing))


async def order_papers(turn: Turn, order: str, form: str) -> None:
    """Order all papers of an order as one file, which comes when it is written."""
    doing, _ = await load_order(turn, order, seeing(turn))
    if form not in set(PaperForm):
        raise Stale
    ordered = Ordered(
        subject=doing.order.subject,
        what=SET,
        number=doing.order.number,
        form=PaperForm(form),
        language=turn.person.language,
    )
    wanted = wanted_paper(turn.new_id(), turn.person.id, ordered, turn.now)
    turn.changes.save(wanted)
    turn.say("agency.papers_come")
    turn.reply(Message(attachments=(wanted.id,)))


def on_order(handler: Handler) -> Handler:
    """Answer a button that comes too late with a sentence and the order as it stands now."""

    @wraps(handler)
    async def answered(turn: Turn, *arguments: str) -> None:
        try:
            await handler(turn, *arguments)
        except (WrongState, Stale, Refused) as error:
            if not await _explain(turn, error, arguments[0]):
                raise

    return answered


def on_submit(submit: Submit) -> Submit:
    """Answer a form that comes too late in the same way, and give its words back."""

    @wraps(submit)
    async def answered(turn: Turn, draft: Draft) -> None:
        try:
            await submit(turn, draft)
        except (WrongState, Stale, Refused) as error:
            words = [one for one in draft.values.values() if isinstance(one, str)]
            said = text("assignments.your_words", said="\n".join(words))
            if not await _explain(turn, error, order_of(draft), said):
                raise

    return answered


async def _explain(turn: Turn, error: UserError, order: str, *more: Text) -> bool:
    doing = await load_doing(turn, order)
    organisation = turn.street.organisation
    if doing is None or may(turn.actor, seeing(turn), organisation, on=doing.order) is None:
        return False
    turn.about = doing.order.subject
    message = shown(turn, doing, *explained(turn, error, number=doing.order.number), *more)
    turn.reply(replace(message, anew=True))
    return True


def order_of(draft: Draft) -> str:
    """Give the id of the order that a form is about."""
    return str(draft.context["number"])
