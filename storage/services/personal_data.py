"""What is kept of persons with orders, and what becomes of it."""

from collections.abc import Sequence

from sqlalchemy import update

from domain.access.actors import Actor
from domain.access.checks import may
from domain.access.services import ServicesRight
from domain.data_copy import Copied
from domain.messages import Choice, Line, action, text
from domain.organisation import Organisation
from domain.services.kinds import kind_of
from domain.services.orders import ORDER
from domain.subjects import Subject, ids_of
from storage.database import Tx, chunks
from storage.personal_data import Forgotten, PersonalData
from storage.services.orders import (
    all_ids,
    find_order,
    list_of_resident,
    living,
    move_resident,
    service_orders,
)
from storage.subjects import Keeper, SubjectKind


async def _copied(tx: Tx, person: str) -> Copied:
    found = await list_of_resident(tx, person)
    return Copied(
        name="orders",
        rows=[
            {
                "matter": one.matter,
                "kind": one.kind,
                "stage": one.standing.stage,
                "opened_at": one.opened_at.isoformat(),
                "ended_at": one.ended_at.isoformat() if one.ended_at else None,
                **kind_of(one).kept(one),
            }
            for one in found
        ],
        lines=lambda _organisation: [
            Line(
                text("orders.copy_line", number=one.number, what=one.body.get("what", "")),
                kind_of(one).procedure.stage_name(one.standing.stage),
            )
            for one in found
        ],
    )


async def _owned(tx: Tx, person: str) -> Sequence[Subject]:
    return [one.subject for one in await list_of_resident(tx, person)]


async def _forget(tx: Tx, gone: Forgotten) -> None:
    """End what is open, and let nothing lead to the person any more."""
    theirs = update(service_orders).where(service_orders.c.resident == gone.person)
    is_open = service_orders.c.ended_at.is_(None)
    ended = {"stage": "terminated", "due_at": None, "suspended": "", "suspended_due": None}
    version = service_orders.c.version + 1
    await tx.run(theirs.where(is_open).values(ended_at=gone.at, outcome="terminated", **ended))
    await tx.run(theirs.values(resident="", sealed=None, version=version))


async def _forget_file(tx: Tx, subjects: Sequence[Subject]) -> None:
    for chunk in chunks(ids_of(subjects, ORDER)):
        await tx.run(
            update(service_orders).where(service_orders.c.id.in_(chunk)).values(sealed=None)
        )


async def _may_see(tx: Tx, actor: Actor, organisation: Organisation, order: str) -> bool:
    found = await find_order(tx, order)
    if found is None:
        return False
    rights = (ServicesRight.SEE, ServicesRight.FOLLOW)
    return any(may(actor, right, organisation, on=found) for right in rights)


async def _keeper(tx: Tx, order: str) -> Keeper | None:
    found = await find_order(tx, order)
    if found is None or found.owner is None:
        return None
    show = Choice(
        label=text(f"{kind_of(found).words}.open"), action=action("services.order", order)
    )
    return Keeper(person=found.owner, name=found.number, show=show)


PERSONAL_DATA = PersonalData(
    name="orders",
    tables=(service_orders,),
    copied=_copied,
    forget=_forget,
    owned=_owned,
    stays=(
        "Which of the office did an order, and who has to withdraw from it, stays without a word;"
        " what it was and for whom goes."
    ),
    forget_file=_forget_file,
    move=move_resident,
    subjects=(
        SubjectKind(name=ORDER, living=living, may_see=_may_see, keeper=_keeper, filed=all_ids),
    ),
)
