"""What both sides share of an order: load it for a right, show it, answer a press that is late."""

from collections.abc import Collection
from dataclasses import replace

from domain.access.checks import Grant, ensure_may, may
from domain.access.rights import Right
from domain.access.services import ServicesRight
from domain.errors import NotFound, Refused, Stale, UserError
from domain.laws import CIVIL_CODE_165
from domain.messages import Message, Text
from domain.services.agency import AGENCY, details_of
from domain.services.kinds import kind_of
from handlers.late_steps import on_press, on_submission
from handlers.turn import Turn, explained
from storage.drafts import Draft
from storage.papers import SET, Ordered, PaperForm, wanted_paper
from storage.relations import find_relation
from storage.services.order_steps import Doing, load_doing

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
    doing, _ = await load_order(turn, order, seeing(turn), None)
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


async def _explain(turn: Turn, error: UserError, order: str, more: tuple[Text, ...]) -> bool:
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


on_order = on_press(_explain)
on_submit = on_submission(_explain, order_of)
