"""What the tests of appointments share: times that a clerk opened, and residents who book them."""

from datetime import datetime, timedelta

from sqlalchemy import select

from bot.configuration.street_source import hours_of
from bot.words.wording import wording_for
from domain.slots import Booking, Series
from scheduler.jobs import Means
from scheduler.ticker import Ticker
from storage.bookings import get_bookings
from storage.files import FileStore
from storage.slots import bookings, list_series, slots
from tests.handlers.chats import Office
from tests.street import settings

ITEM, HALL, ADDRESS = "社保卡", "东园社区便民服务大厅", "槐树巷7号一楼"


async def opens(
    office: Office,
    item: str = ITEM,
    hall: str = HALL,
    *,
    by: str = "clerk",
    hours: str = "",
    minutes: int = 0,
    capacity: int = 0,
    bring: str = "身份证原件",
    unit: str = "梧桐街道",
) -> str:
    """Let a clerk open times for booking and give what is said at the end."""
    await office.does(by, "services.open_times")
    await office.says(by, hall)
    if "属于" in office.latest(by).words:
        await office.presses(by, unit)
    await office.says(by, item)
    if "地址" in office.latest(by).words:
        await office.says(by, ADDRESS)
    await office.says(by, bring)
    for label, given in (("时段", hours), ("每次几分钟", minutes), ("同时几人", capacity)):
        if given:
            await office.presses(by, label)
            await office.says(by, str(given))
    return await office.presses(by, "提交")


async def books(office: Office, who: str = "resident", day: str = "明天", at: str = "09:00") -> str:
    """Let a resident book the one thing there is, and give the receipt."""
    await office.does(who, "services.book")
    await office.says(who, day)
    if f"{at}" in office.labels(who):
        await office.presses(who, at)
    return await office.presses(who, "提交")


async def every_booking(office: Office) -> list[Booking]:
    """Load all bookings, by time and number."""
    async with office.database.read() as tx:
        rows = await tx.rows(select(bookings.c.id))
        found = await get_bookings(tx, [row.id for row in rows])
    return sorted(found.values(), key=lambda one: (one.starts_at, one.made_at, one.number))


async def taken(office: Office) -> dict[datetime, int]:
    """Count the taken places by time."""
    async with office.database.read() as tx:
        rows = await tx.rows(select(slots.c.starts_at, slots.c.taken))
    return {row.starts_at: row.taken for row in rows if row.taken}


async def series(office: Office) -> list[Series]:
    """List what can be booked, ended ones too."""
    async with office.database.read() as tx:
        return await list_series(tx, with_ended=True)


async def tick(office: Office, after: timedelta = timedelta()) -> str:
    """Let time pass and the clock do what is due, as another process would; give what it said."""
    office.now += after
    before = len(office.said)
    means = Means(
        database=office.database,
        street=office.source.current,
        files=FileStore(office.folder, office.database.keyring),
        hours=hours_of(settings(office.folder)),
        say=lambda words, language: wording_for(language, strict=True).text(words),
    )
    await Ticker(means, lambda: office.now).tick(office.now)
    await office.arrive_together()
    return "\n".join(str(said) for said in office.said[before:])
