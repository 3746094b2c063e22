"""What is done with an order in a piece of work: load it whole, make a step, save it, tell."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from domain import stages
from domain.chain import Act, Chain
from domain.documents import (
    Acknowledgement,
    Document,
    Folder,
    Paper,
    Signature,
    issue,
    void,
)
from domain.matters import referral
from domain.matters.matter import Matter
from domain.messages import Message, Text, text
from domain.names import role_name, unit_called
from domain.services import clock
from domain.services.agency import (
    AGENT,
)
from domain.services.agents import Agent
from domain.services.halls import HALLS
from domain.services.kinds import is_with_case, kind_of, stage_of
from domain.services.orders import ORDER, Order
from domain.services.rules import OrderRules
from storage.chain import get_chains
from storage.documents import load_folder
from storage.matters.casework import save_matter
from storage.matters.matters import find_matter
from storage.registers import list_entries
from storage.reminders import NoReminder, Reminder
from storage.services.orders import find_order
from storage.work import Work

#: Makes a paper of an order as it is after a step.
MakesPaper = Callable[["Doing"], Paper]


@dataclass(frozen=True, kw_only=True, slots=True)
class Doing:
    """An order with everything that hangs on it."""

    order: Order
    folder: Folder
    chain: Chain
    agent: Agent
    matter: Matter | None
    """The case that it was made of."""

    @property
    def is_referred(self) -> bool:
        """Tell whether its case is with it now."""
        return self.matter is not None and self.matter.referred_to == self.order.subject


# --- loading -------------------------------------------------------------------------------------


async def load_doing(work: Work, order: str) -> Doing | None:
    """Load an order; None where there is none of that id."""
    found = await find_order(work.tx, order)
    return None if found is None else await doing_of(work, found)


async def doing_of(work: Work, order: Order, matter: Matter | None = None) -> Doing:
    """Load what hangs on an order.

    Args:
        matter: its case where that is loaded already.
    """
    subject = order.subject
    if matter is None and order.matter is not None:
        matter = await find_matter(work.tx, order.matter)
    return Doing(
        order=order,
        folder=await load_folder(work.tx, subject),
        chain=(await get_chains(work.tx, [subject]))[subject],
        agent=await agent_of(work, order),
        matter=matter,
    )


async def agent_of(work: Work, order: Order) -> Agent:
    """Give what is made known of whoever does it: name, post, telephone, a line for complaints."""
    organisation, office = work.street.organisation, work.street.office
    person = await work.find_person(order.owner) if order.owner else None
    community = organisation.units.get(order.community)
    unit = unit_called(order.seat.unit, organisation)
    phone = (person.phone if person else "") or (community.phone if community else "")
    return Agent(
        name=work.street.staff_name(order.owner),
        post=text("names.post", unit=unit, role=role_name(order.seat.role)),
        phone=phone or office.phone,
        complaint=office.conduct_contact or office.phone,
        hall=await _hall_phone(work, order),
    )


async def _hall_phone(work: Work, order: Order) -> str:
    """Give the number of the community's hall, or of the street's; else the office's."""
    organisation = work.street.organisation
    community = organisation.units.get(order.community)
    units = [order.community, organisation.street.code]
    halls = await list_entries(work.tx, HALLS.name, units=units, at=work.now)
    halls.sort(key=lambda one: units.index(one.unit))
    numbers = [str(one.get("phone") or "").partition("、")[0] for one in halls]
    own = community.phone if community is not None else ""
    return next((one for one in numbers if one), own) or work.street.office.phone


def rules_of(work: Work, order: Order) -> OrderRules:
    """Give the rules that hold for an order."""
    return work.street.rules(kind_of(order).rules, order.community)


# --- a step --------------------------------------------------------------------------------------


def advance(
    work: Work,
    doing: Doing,
    name: str,
    act: Act,
    *,
    by: str = AGENT,
    happening: str,
    papers: Mapping[str, MakesPaper] | None = None,
    made: Collection[str] = (),
    reason: str = "",
    said: str = "",
) -> Doing:
    """Make a step, with the papers that it makes.

    Args:
        by: the party that makes it.
        happening: what it is called in the file.
        papers: what is issued with it, by kind.
        made: other records that it makes.
        said: what was said with it, for the file.

    Raises:
        WrongState: it does not fit the stage.
        Refused: something is not on record, or a reason is missing.
    """
    order = doing.order
    standing = _moved(work, doing, name, by=by, made={*(papers or ()), *made}, reason=reason)
    if standing != order.standing:
        ended = kind_of(order).procedure.stage(standing.stage).is_end
        order = replace(
            order,
            standing=standing,
            climbed_to=None,
            reminded_until=act.at,
            ended_at=act.at if ended else None,
            outcome=standing.stage if ended else "",
        )
    doing = replace(doing, order=order)
    for kind, make in (papers or {}).items():
        doing = issued(work, doing, kind, make, act)
    return recorded(work, doing, act, happening, reason=reason or None, text=said or None)


def _moved(
    work: Work, doing: Doing, name: str, *, by: str, made: Collection[str], reason: str
) -> stages.Standing:
    order = doing.order
    kind = kind_of(order)
    moved = stages.move(
        kind.procedure,
        order.standing,
        name,
        by=by,
        records=kind.records(order, doing.folder),
        made=made,
        at=work.now,
        clock=rules_of(work, order).clock(work.street.office.calendar),
        number=order.number,
        reason=reason,
    )
    due = kind.due(order, moved.stage)
    return moved if due is None else replace(moved, due_at=due)


def ensure_can(work: Work, doing: Doing, name: str, *made: str, by: str = AGENT) -> None:
    """Refuse a form that could not be submitted.

    Args:
        made: the records that the form makes.

    Raises:
        WrongState: it does not fit the stage.
        Refused: something is not on record.
    """
    _moved(work, doing, name, by=by, made=made, reason="-")


def issued(work: Work, doing: Doing, kind: str, make: MakesPaper, act: Act) -> Doing:
    """Issue a paper of an order as it is now."""
    made = issue(doing.folder, kind, make(doing), ident=work.new_id(), by=act.by, at=act.at)
    return with_documents(work, doing, *made)


def with_documents(work: Work, doing: Doing, *documents: Document) -> Doing:
    """Save versions of papers."""
    for one in documents:
        work.changes.put(f"document {one.id}", one)
    return replace(doing, folder=doing.folder.with_more(documents))


def voided(work: Work, doing: Doing, kind: str) -> Doing:
    """Let a paper count no more; nothing where there is none."""
    current = doing.folder.current(kind)
    return doing if current is None else with_documents(work, doing, void(current))


def with_signature(work: Work, doing: Doing, signature: Signature) -> Doing:
    """Save what was signed."""
    work.changes.save(signature)
    return replace(doing, folder=doing.folder.with_more(signatures=[signature]))


def with_acknowledgements(work: Work, doing: Doing, *acknowledged: Acknowledgement) -> Doing:
    """Save what was received or handed back."""
    work.changes.save(*acknowledged)
    return replace(doing, folder=doing.folder.with_more(acknowledgements=acknowledged))


def recorded(work: Work, doing: Doing, act: Act, happening: str, **content: object) -> Doing:
    """Note what happened, and save the order."""
    stage = doing.order.standing.stage
    words = kind_of(doing.order).words
    chain = doing.chain.record(act, f"{words}.{happening}", stage=stage, **content)
    work.changes.put(f"chain {chain.file}", chain)
    save_order(work, doing.order)
    return replace(doing, chain=chain)


def save_order(work: Work, order: Order) -> None:
    """Save an order with what the clock does to it next."""
    work.tx.opened.add(order.subject)
    work.changes.touch(f"{ORDER} {order.id}")
    work.changes.put(f"{ORDER} {order.id}", order)
    set_timer(work, order)


def set_timer(work: Work, order: Order) -> None:
    """Save what the clock does next to an order that stays as it is."""
    key = f"reminder of order {order.id}"
    timer = clock.next_timer(order, rules_of(work, order), work.street.office.calendar)
    if timer is None:
        work.changes.put(key, NoReminder(ORDER, order.id))
        return
    reminder = Reminder(
        kind=ORDER, subject=order.id, step=timer.step, round=timer.round, due_at=timer.due_at
    )
    work.changes.put(key, reminder)


# --- its case ------------------------------------------------------------------------------------


def owed_by(work: Work, order: Order) -> datetime:
    """Give by when whoever does it owes the next step."""
    return clock.owner_due(order, rules_of(work, order), work.street.office.calendar)


def settle(work: Work, doing: Doing, act: Act) -> Doing:
    """Let the case follow an agency that is under way."""
    order, matter = doing.order, doing.matter
    if matter is None or not doing.is_referred or not is_with_case(order):
        return doing
    after = referral.proceed(
        matter,
        act,
        seat=order.seat,
        owner=order.owner,
        due_at=owed_by(work, order),
        step=order.standing.stage,
    )
    if after is not matter:
        save_matter(work, after)
    return replace(doing, matter=after)


# --- telling -------------------------------------------------------------------------------------


def tell_resident(work: Work, doing: Doing, said: Text) -> None:
    """Tell the one for whom it is done how it stands; one message an order, at the end."""
    work.tell(doing.order.resident or None, message_for(work, doing, said), on=doing.order)


def message_for(work: Work, doing: Doing, *said: Text, for_resident: bool = True) -> Message:
    """Show an order under a sentence, as news."""
    shown = kind_of(doing.order).message(
        doing.order,
        doing.folder,
        doing.agent,
        work.now,
        for_resident=for_resident,
        said=said,
    )
    return replace(shown, anew=False, renews=True)


def tell_agent(work: Work, doing: Doing, said: Text) -> None:
    """Tell whoever does it, with what may be pressed next."""
    message = message_for(work, doing, said, for_resident=False)
    work.tell(doing.order.owner, message, on=doing.order)


def is_late(doing: Doing, now: datetime) -> bool:
    """Tell whether whoever does it is late with a step."""
    return stage_of(doing.order).owed_by == AGENT and doing.order.standing.is_late(now)
