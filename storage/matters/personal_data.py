"""What is kept of persons with matters, and what becomes of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from domain.access.actors import Actor
from domain.access.checks import may
from domain.access.matters import MatterRight
from domain.organisation import Organisation
from domain.subjects import MATTER, Subject, ids_of, open_case
from storage.database import Tx
from storage.matters import alarms, followers, help_requests, lookup_codes, matters, retention
from storage.matters.queries import numbers_of
from storage.personal_data import Forgotten, PersonalData
from storage.subjects import Keeper, SubjectKind


async def _copy(tx: Tx, person: str) -> dict[str, Any]:
    numbers = await numbers_of(tx, person)
    filed = await matters.get_matters(tx, numbers)
    cases = [filed[number] for number in numbers if number in filed]
    return {
        "matters": [(case, await matters.list_events(tx, case.number)) for case in cases],
        "followed": await followers.list_followed(tx, person),
        "alarms": [(one.said_at, one.words) for one in await alarms.list_alarms(tx, person)],
        "helped": [
            (one.number, one.asked_at, one.answered_at, one.answer)
            for one in await help_requests.list_helped(tx, person)
        ],
    }


async def _forget(tx: Tx, gone: Forgotten) -> None:
    await followers.forget_follower(tx, gone.person)
    await alarms.forget_alarms(tx, gone.person)


async def _forget_file(tx: Tx, subjects: Sequence[Subject]) -> None:
    numbers = ids_of(subjects, MATTER)
    await help_requests.forget_parts(tx, numbers)
    await lookup_codes.forget_lookups(tx, numbers)


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    await matters.move_reporter(tx, kept, absorbed)
    await alarms.move_alarms(tx, kept, absorbed)


async def _may_see(tx: Tx, actor: Actor, organisation: Organisation, number: str) -> bool:
    matter = await matters.find_matter(tx, number)
    return matter is not None and bool(may(actor, MatterRight.SEE, organisation, on=matter))


async def _keeper(tx: Tx, number: str) -> Keeper | None:
    matter = await matters.find_matter(tx, number)
    if matter is None or matter.owner is None:
        return None
    return Keeper(person=matter.owner, name=number, show=open_case(number))


async def _sweep(tx: Tx, now: datetime) -> None:
    await alarms.sweep(tx, now)


PERSONAL_DATA = PersonalData(
    name="matters",
    tables=(
        matters.matters,
        followers.followers,
        alarms.alarms,
        help_requests.parts,
        lookup_codes.lookup_codes,
    ),
    copy=_copy,
    forget=_forget,
    stays=(
        "The id of who filed a matter stays without a word, as in its chain of events;"
        " `storage.residents.erasure` lets the matters themselves go."
    ),
    forget_file=_forget_file,
    move=_move,
    sweep=_sweep,
    expire=retention.expire,
    busy=alarms.persons,
    subjects=(
        SubjectKind(
            name=MATTER,
            living=matters.existing,
            may_see=_may_see,
            keeper=_keeper,
            filed=matters.all_numbers,
        ),
    ),
)
