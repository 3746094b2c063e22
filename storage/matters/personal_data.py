"""What is kept of persons with matters, and what becomes of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storage.database import Tx
from storage.matters import alarms, followers, help_requests, lookup_codes, matters, retention
from storage.matters.queries import numbers_of
from storage.personal_data import Forgotten, PersonalData


async def _copy(tx: Tx, person: str) -> dict[str, Any]:
    numbers = await numbers_of(tx, person)
    filed = await matters.get_matters(tx, numbers)
    cases = [filed[number] for number in numbers if number in filed]
    return {
        "matters": [(case, await matters.list_events(tx, case.number)) for case in cases],
        "followed": await followers.list_followed(tx, person),
        "alarms": [(one.said_at, one.words) for one in await alarms.list_alarms(tx, person)],
        "acts": await matters.list_acts(tx, person),
        "helped": [
            (one.number, one.asked_at, one.answered_at, one.answer)
            for one in await help_requests.list_helped(tx, person)
        ],
    }


async def _forget(tx: Tx, gone: Forgotten) -> None:
    await followers.forget_follower(tx, gone.person)
    await alarms.forget_alarms(tx, gone.person)


async def _forget_file(tx: Tx, numbers: Sequence[str]) -> None:
    await matters.forget_contents(tx, numbers)
    await help_requests.forget_parts(tx, numbers)
    await lookup_codes.forget_lookups(tx, numbers)


async def _move(tx: Tx, kept: str, absorbed: str) -> None:
    await matters.move_reporter(tx, kept, absorbed)
    await alarms.move_alarms(tx, kept, absorbed)


async def _sweep(tx: Tx, now: datetime) -> None:
    await alarms.sweep(tx, now)


PERSONAL_DATA = PersonalData(
    name="matters",
    tables=(
        matters.matters,
        matters.matter_events,
        followers.followers,
        alarms.alarms,
        help_requests.parts,
        lookup_codes.lookup_codes,
    ),
    copy=_copy,
    forget=_forget,
    stays=(
        "The ids of who filed a matter and of who did what in it stay without a word, so that its"
        " chain of events verifies; `storage.residents.erasure` lets the matters themselves go."
    ),
    forget_file=_forget_file,
    move=_move,
    sweep=_sweep,
    expire=retention.expire,
    busy=alarms.persons,
)
