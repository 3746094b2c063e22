"""Many people want few places at once, and two processes serve them: each place is given once."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from domain.messages import Channel, Side
from domain.people import Account, Person
from domain.slots import BookingState, Opening, Series
from domain.subjects import Subject
from storage.changes import Changes, apply
from storage.database import Database
from storage.drafts import Draft, list_drafts
from storage.inbox import InboxState, inbox
from storage.slots import bookings, slots
from tests.bot.traffic.rush_worker import worker
from tests.line import BOT
from tests.street import EAST_1, MORNING, found

ROOT = Path(__file__).resolve().parents[3]
#: Wednesday, 08:00 in Shanghai.
FIRST = datetime(2026, 11, 25, tzinfo=UTC)
_LENGTH = timedelta(minutes=5)

pytestmark = pytest.mark.parametrize(
    "database", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


def written(place: int) -> str:
    """Write a time as buttons do."""
    local = FIRST + timedelta(hours=8) + place * _LENGTH
    return f"{local:%Y%m%d%H%M}"


async def plant(database: Database, people: int, places: int, capacity: int) -> None:
    """Let people have chosen, each one of some times, and be about to press for the last time."""
    await found(database)
    changes = Changes()
    end = (datetime.combine(FIRST.date(), time(8)) + places * _LENGTH).time()
    changes.save(
        Series(
            id="s",
            of=Subject("entry", "hall"),
            item="card",
            unit="E",
            openings=(Opening(2, time(8), end),),
            length=_LENGTH,
            capacity=capacity,
            told={"item": "社保卡", "hall": "大厅"},
        )
    )
    for number in range(people):
        changes.save(
            Person(
                id=f"p{number}",
                side=Side.RESIDENTS,
                grid=EAST_1,
                noticed=1,
                created_at=MORNING,
                preferred=f"a{number}",
            ),
            Account(
                id=f"a{number}",
                person=f"p{number}",
                side=Side.RESIDENTS,
                channel=Channel.TELEGRAM,
                address=f"c{number}",
                created_at=MORNING,
                seen_at=MORNING,
            ),
            Draft(
                person=f"p{number}",
                id="d",
                form="appointment",
                form_version=1,
                step="review",
                values={
                    "series": "s",
                    "day": FIRST.date().isoformat(),
                    "at": written(number * 7 % places),
                },
                context={},
                changed_at=MORNING,
                expires_at=MORNING + timedelta(days=1),
            ),
        )
    async with database.write() as tx:
        await apply(tx, [changes])


async def arrive(database: Database, folder: Path, presses: Sequence[tuple[str, str]]) -> None:
    async with database.read() as tx:
        first = await tx.scalar(select(func.count()).select_from(inbox))
    door = worker(database, folder)
    await door.store(
        BOT,
        [
            (str(first + place), {"from": chat, "action": action})
            for place, (chat, action) in enumerate(presses)
        ],
    )


async def two_processes(database: Database, key_file: Path, folder: Path) -> None:
    """Let two processes handle what waits, from the same moment on."""
    url = database.url.render_as_string(hide_password=False)
    started = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.bot.traffic.rush_worker"),
            *(url, str(key_file), str(folder)),
            cwd=ROOT,
            stdin=PIPE,
            stdout=PIPE,
        )
        for _ in range(2)
    ]
    for one in started:
        assert one.stdout is not None
        assert await one.stdout.readline() == b"ready\n"
    done = await asyncio.gather(*(one.communicate(b"go\n") for one in started))
    assert [one.returncode for one in started] == [0, 0], done


async def outcome(
    database: Database,
) -> tuple[Counter[str], dict[datetime, int], dict[datetime, int]]:
    """Count who is booked, and by time what was booked and what counts as taken."""
    async with database.read() as tx:
        booked = await tx.rows(
            select(bookings.c.person, bookings.c.starts_at).where(
                bookings.c.state == BookingState.BOOKED
            )
        )
        rows = await tx.rows(select(slots.c.starts_at, slots.c.taken).where(slots.c.taken > 0))
        waiting = await tx.rows(select(inbox.c.id).where(inbox.c.state != InboxState.DONE))
    assert waiting == []
    return (
        Counter(str(row.person) for row in booked),
        dict(Counter(row.starts_at for row in booked)),
        {row.starts_at: row.taken for row in rows},
    )


async def rush(
    database: Database, key_file: Path, folder: Path, people: int, places: int, capacity: int = 1
) -> None:
    """Let all press in the same moment; who was too late presses for another time, and again."""
    await plant(database, people, places, capacity)
    chats = [(f"c{number}", "f:d:ok") for number in range(people)]
    await arrive(database, folder, chats)
    await two_processes(database, key_file, folder)

    persons, by_time, taken = await outcome(database)
    assert by_time == taken == {FIRST + place * _LENGTH: capacity for place in range(places)}
    assert set(persons.values()) == {1}

    async with database.read() as tx:
        left = await list_drafts(tx, [f"p{number}" for number in range(people)])
    assert set(left) == {f"p{number}" for number in range(people)} - set(persons)
    assert all("at" not in one.values for drafts in left.values() for one in drafts)
    late = [f"c{person[1:]}" for person in left]
    again = [(chat, f"f:d:s:at:{written(n % places)}") for n, chat in enumerate(late)]
    await arrive(database, folder, [*again, *((chat, "f:d:ok") for chat in late), *chats])
    await two_processes(database, key_file, folder)

    assert await outcome(database) == (persons, by_time, taken)


@pytest.mark.requirement("S-06")
async def test_two_processes_give_each_place_once(
    database: Database, key_file: Path, tmp_path: Path
) -> None:
    await rush(database, key_file, tmp_path, people=120, places=12)


async def test_two_processes_fill_times_of_several_places_to_the_last(
    database: Database, key_file: Path, tmp_path: Path
) -> None:
    await rush(database, key_file, tmp_path, people=90, places=4, capacity=5)


@pytest.mark.slow
@pytest.mark.requirement("S-06")
async def test_a_thousand_people_for_a_hundred_times_are_a_hundred_bookings(
    database: Database, key_file: Path, tmp_path: Path
) -> None:
    await rush(database, key_file, tmp_path, people=1_000, places=100)
