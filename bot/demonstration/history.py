"""The demonstration street: fictional people and a month of varied history.

`street_of` gives units, staff and residents, `history` what residents told and what became of it,
and `plant` writes both into an empty database. Everything is a function of a seed and a moment;
the words stand in ``demo_street.toml``, ``demo_history.toml`` and others of that name among the
defaults.
"""

import random
from collections.abc import Iterator
from datetime import datetime

from bot.configuration.street_source import StreetSource
from bot.demonstration.agency import agency
from bot.demonstration.appointments import plant_appointments
from bot.demonstration.demo_street import Persona, shifts, street_of
from bot.demonstration.enactment import enact
from bot.demonstration.notices import notices
from bot.demonstration.registers import entries
from bot.demonstration.tales import history
from bot.demonstration.tasks import COUNT, tasks
from bot.demonstration.visits import plant_visits
from domain.matters.matter import Happening, Matter
from domain.messages import Side
from domain.street import Street
from storage import organisation as stored
from storage.changes import apply
from storage.database import Database
from storage.matters.casework import save_matter
from storage.matters.followers import Follower
from storage.numbers import reserve_numbers
from storage.organisation import write_duty
from storage.registry import HANDS_OVER, PROCEDURES
from storage.work import Numbers, Work

# --- into the database ----------------------------------------------------------------------------


async def plant(
    database: Database, source: StreetSource, now: datetime, *, seed: int = 1
) -> tuple[Persona, ...]:
    """Write street and history into a database that has no street yet, and give the personas.

    A second call changes nothing.
    """
    street = street_of(now)
    async with database.write() as tx:
        if (await stored.load(tx)).units:
            return street.personas
        work = Work(
            tx=tx,
            street=Street(source.office(street.organisation, now), street.organisation),
            now=now,
            numbers=Numbers(),
            hands_over=HANDS_OVER,
            procedures=PROCEDURES,
        )
        work.changes.save(*street.units, *street.people, *street.posts)
        work.changes.save(*(persona.account for persona in street.personas))
        await write_duty(tx, list(shifts(street.duty, now)))
        tales = history(seed, now, street.organisation, work.street.office.categories)
        years = [work.street.local_year(tale.filed_at) for tale in tales]
        for year in sorted(set(years)):
            work.numbers.add(year, await reserve_numbers(tx, year, years.count(year)))
        rng = random.Random(seed)  # noqa: S311  # a reproducible story, no secret
        for tale, year in zip(tales, years, strict=True):
            matter = enact(tale, work.numbers.take(year), work.street, now, rng)
            save_matter(work, matter)
            work.changes.save(*_followers(matter))
        year = work.street.local_year(now)
        work.numbers.add(year, await reserve_numbers(tx, year, 1 + COUNT))
        await agency(work, work.numbers.take(year))
        await tasks(work, year)
        work.changes.save(*notices(work.street, now))
        for entry, chain in entries(work.street, now, rng):
            work.changes.save(entry, chain)
        residents = [one for one in street.people if one.side is Side.RESIDENTS]
        plant_appointments(work, residents, rng)
        await plant_visits(work)
        await apply(tx, [work.changes])
    return street.personas


def _followers(matter: Matter) -> Iterator[Follower]:
    for event in matter.fresh:
        if event.happening is Happening.FOLLOWED:
            yield Follower(number=matter.number, person=event.actor, at=event.at)
