"""Nobody is booked beyond the last place, whoever writes when; what is given back is free again."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.configuration.street_source import StreetSource
from domain.errors import Conflict, StorageError
from domain.organisation import Organisation
from domain.slots import (
    Booking,
    BookingState,
    DayClosed,
    Opening,
    Series,
    Slot,
    call_off,
    cancel,
    move,
)
from domain.subjects import Subject
from storage.bookings import PERSONAL_DATA, find_booking, get_bookings, list_of_caller
from storage.changes import Changes, apply
from storage.database import Database, Tx
from storage.personal_data import Forgotten
from storage.slots import Closing, DayOpened, Placed, closed_days, get_series, list_series, slots
from tests.street import MORNING, settings

START = datetime(2026, 11, 25, 1, tzinfo=UTC)
SERIES = Series(
    id="s",
    of=Subject("entry", "hall"),
    item="card",
    unit="E",
    openings=(Opening(2, time(9), time(12)),),
    length=timedelta(minutes=30),
    capacity=2,
    told={"item": "社保卡"},
)


def slot(more: int = 0, capacity: int = 2) -> Slot:
    begins = START + timedelta(minutes=30 * more)
    ends = begins + timedelta(minutes=30)
    return Slot(series="s", starts_at=begins, ends_at=ends, capacity=capacity)


def booking(which: str, at: Slot, **more: object) -> Booking:
    given: dict[str, object] = {
        "id": which,
        "number": f"Y-{which[:12]}",
        "series": "s",
        "starts_at": at.starts_at,
        "ends_at": at.ends_at,
        "person": which,
        "made_at": MORNING,
        "changed_at": MORNING,
        **more,
    }
    return Booking(**given)  # type: ignore[arg-type]


def placed(which: str, at: Slot, version: int = 1, **more: object) -> Placed:
    return Placed(booking=booking(which, at, **more), takes=at, series_version=version)


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


async def taken(database: Database) -> dict[datetime, int]:
    async with database.read() as tx:
        return {row.starts_at: row.taken for row in await tx.rows(select(slots))}


async def one(database: Database, which: str) -> Booking:
    async with database.read() as tx:
        return (await get_bookings(tx, [which]))[which]


@pytest.fixture
async def hall(database: Database) -> Database:
    await save(database, SERIES)
    return database


async def test_a_series_comes_back_as_it_was_saved(hall: Database) -> None:
    async with hall.read() as tx:
        found = (await get_series(tx, ["s"]))["s"]
        listed = [each.id for each in await list_series(tx, units=["E"])]

    assert found == replace(SERIES, version=1)
    assert listed == ["s"]


async def test_the_same_item_of_the_same_hall_is_one_series(hall: Database) -> None:
    with pytest.raises((Conflict, StorageError)):
        await save(hall, replace(SERIES, id="other"))


async def test_as_many_are_booked_as_there_are_places_and_no_more(hall: Database) -> None:
    await save(hall, placed("a", slot()), placed("b", slot()))

    with pytest.raises(Conflict, match="series s"):
        await save(hall, placed("c", slot()))
    assert await taken(hall) == {START: 2}


async def test_a_batch_that_would_take_too_many_writes_none_of_it(hall: Database) -> None:
    with pytest.raises(Conflict):
        await save(hall, *(placed(name, slot()) for name in "abc"))

    assert await taken(hall) == {}
    async with hall.read() as tx:
        assert await get_bookings(tx, "abc") == {}


async def test_the_table_itself_refuses_one_too_many(hall: Database) -> None:
    await save(hall, placed("a", slot()))

    with pytest.raises(StorageError):
        async with hall.write() as tx:
            await tx.run(text("UPDATE slots SET taken = taken + 2"))


async def test_who_moves_takes_the_new_place_and_gives_the_old_one_back(hall: Database) -> None:
    await save(hall, placed("a", slot()))
    before = await one(hall, "a")

    moved = move(before, slot(1), MORNING)
    await save(hall, Placed(booking=moved, takes=slot(1), gives=slot(), series_version=1))

    assert await taken(hall) == {START: 0, slot(1).starts_at: 1}
    assert (await one(hall, "a")).number == before.number


async def test_a_booking_that_was_changed_meanwhile_is_not_changed_blindly(hall: Database) -> None:
    await save(hall, placed("a", slot()))
    before = await one(hall, "a")
    gone = Placed(booking=cancel(before, MORNING), gives=slot())

    await save(hall, gone)
    with pytest.raises(Conflict, match="booking a"):
        await save(hall, gone)

    assert await taken(hall) == {START: 0}


async def test_who_read_a_series_before_it_changed_books_nothing(hall: Database) -> None:
    read = (placed("a", slot()), placed("b", slot(), version=0))
    await save(hall, replace(SERIES, version=1, capacity=1))

    for each in read:
        with pytest.raises(Conflict, match="series s"):
            await save(hall, each)


async def test_fewer_places_than_are_taken_lead_to_nobody_being_put_out(hall: Database) -> None:
    await save(hall, placed("a", slot()), placed("b", slot()))
    await save(hall, replace(SERIES, version=1, capacity=1))

    with pytest.raises(Conflict):
        await save(hall, placed("c", slot(capacity=1), version=2))
    await save(hall, Placed(booking=cancel(await one(hall, "a"), MORNING), gives=slot()))
    with pytest.raises(Conflict):
        await save(hall, placed("c", slot(capacity=1), version=2))
    assert await taken(hall) == {START: 1}


async def test_a_number_is_given_once(hall: Database) -> None:
    await save(hall, placed("a", slot()))

    with pytest.raises((Conflict, StorageError)):
        await save(hall, placed("b", slot(1), number="Y-a"))


# --- closing -------------------------------------------------------------------------------------


def closing(*seen: str) -> Closing:
    day = DayClosed(series="s", day=START.date(), reason="停电", by="clerk", at=MORNING)
    until = START + timedelta(days=1)
    return Closing(series="s", days=(day,), since=START, until=until, seen=frozenset(seen))


async def test_a_day_is_closed_and_opened_again(hall: Database) -> None:
    await save(hall, replace(SERIES, version=1), closing())
    async with hall.read() as tx:
        closed = [each.reason for each in await closed_days(tx, "s", START.date())]
    await save(hall, DayOpened("s", START.date()))

    assert closed == ["停电"]
    async with hall.read() as tx:
        assert await closed_days(tx, "s", START.date()) == []


async def test_nobody_is_booked_on_a_closed_day_without_hearing_of_it(hall: Database) -> None:
    await save(hall, placed("a", slot()))
    with pytest.raises(Conflict, match="series s"):
        await save(hall, replace(SERIES, version=1), closing())

    off = call_off(await one(hall, "a"), MORNING)
    await save(hall, replace(SERIES, version=1), closing("a"), Placed(booking=off, gives=slot()))

    assert await taken(hall) == {START: 0}
    assert (await one(hall, "a")).state is BookingState.CALLED_OFF


# --- somebody without an account -----------------------------------------------------------------


async def test_a_caller_is_found_by_number_and_nothing_of_it_lies_open(hall: Database) -> None:
    at_window = {"person": None, "name": "王秀兰", "phone": "13800001234", "by": "clerk"}
    await save(hall, placed("a", slot(), **at_window))

    async with hall.read() as tx:
        (found,) = await list_of_caller(tx, "13800001234")
        rows = str(await tx.rows(text("SELECT * FROM bookings")))
    assert (found.name, found.phone) == ("王秀兰", "13800001234")
    assert "王秀兰" not in rows
    assert "13800001234" not in rows
    with pytest.raises((Conflict, StorageError)):
        await save(hall, placed("b", slot(1), **at_window))


# --- what becomes of it --------------------------------------------------------------------------


async def forget(tx: Tx, person: str) -> None:
    assert PERSONAL_DATA.forget is not None
    kept: frozenset[Subject] = frozenset()
    await PERSONAL_DATA.forget(
        tx, Forgotten(person=person, at=MORNING, accounts=(), kept=kept, upto=0)
    )


async def test_who_is_erased_gives_the_place_back_once(hall: Database) -> None:
    await save(hall, placed("a", slot()), placed("b", slot()))

    for _ in range(2):
        async with hall.write() as tx:
            await forget(tx, "a")

    assert await taken(hall) == {START: 1}
    async with hall.read() as tx:
        assert await find_booking(tx, "Y-a") is None


async def test_the_copy_says_what_was_booked_and_what_for(hall: Database) -> None:
    await save(hall, placed("a", slot()))

    assert PERSONAL_DATA.copied is not None
    async with hall.read() as tx:
        copied = await PERSONAL_DATA.copied(tx, "a")
    (row,) = copied.rows
    assert (row["number"], row["state"], row["for"]) == ("Y-a", "booked", {"item": "社保卡"})
    assert len(copied.lines(Organisation({}, ()))) == 1


async def test_two_accounts_that_become_one_keep_the_bookings_of_both(hall: Database) -> None:
    await save(hall, placed("a", slot()), placed("b", slot(1)))

    assert PERSONAL_DATA.move is not None
    async with hall.write() as tx:
        await PERSONAL_DATA.move(tx, "a", "b")
    assert {(await one(hall, which)).person for which in "ab"} == {"a"}


async def test_what_is_long_over_is_forgotten_and_nothing_else(
    hall: Database, tmp_path: Path
) -> None:
    await save(hall, placed("a", slot()), placed("b", slot(1)))
    office = StreetSource(settings(tmp_path)).office(Organisation({}, ()), MORNING)

    assert PERSONAL_DATA.expire is not None
    counts = []
    for moment in (slot().ends_at, slot().ends_at + timedelta(seconds=1)):
        async with hall.write() as tx:
            counts.append(await PERSONAL_DATA.expire(tx, moment + timedelta(days=180), office))
    async with hall.read() as tx:
        left = await get_bookings(tx, "ab")

    assert counts == [0, 1]
    assert list(left) == ["b"]


# --- many at once --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_two_transactions_at_once_take_the_last_place_once(hall: Database) -> None:
    await save(hall, placed("a", slot()))

    async def book(name: str) -> bool:
        try:
            await save(hall, placed(name, slot()))
        except Conflict:
            return False
        return True

    got = await asyncio.gather(*(book(name) for name in "bcdefgh"))

    assert sum(got) == 1
    assert await taken(hall) == {START: 2}


@pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
async def test_closing_and_booking_at_once_leave_nobody_behind(hall: Database) -> None:
    async def close() -> bool:
        try:
            await save(hall, replace(SERIES, version=1), closing())
        except Conflict:
            return False
        return True

    async def book(name: str) -> bool:
        try:
            await save(hall, placed(name, slot(int(name))))
        except Conflict:
            return False
        return True

    closed, *booked = await asyncio.gather(close(), *(book(str(name)) for name in range(5)))

    assert not (closed and any(booked))
