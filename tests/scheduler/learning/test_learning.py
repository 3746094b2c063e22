"""Every night: corrections without a consent or a switch go, and what was learnt is looked at."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.configuration.street_source import StreetSource
from domain.people import Consent, Purpose
from domain.words.corrections import Correction, Corrector
from domain.words.lexicon import Guess
from storage.database import Database
from storage.learning.corrections import list_corrections
from tests.scheduler.desk import Desk
from tests.street import EAST, MORNING, WEST, found, settings

NIGHT = MORNING + timedelta(days=1)


@pytest.fixture
async def learner(database: Database, tmp_path: Path) -> Desk:
    """An office that learns in one community alone."""
    await found(database)
    desk = Desk(database, tmp_path)
    pilot = settings(
        tmp_path, LINLI_FEATURES=f'{{"learning": {{"on": false, "except_in": ["{EAST}"]}}}}'
    )
    desk.source = StreetSource(pilot)
    desk.means = desk.new_means()
    desk.ticker = desk.new_ticker()
    return desk


def correction(number: str, person: str, community: str = EAST) -> Correction:
    return Correction(
        number=number,
        community=community,
        person=person,
        said="快递柜超时收费",
        reading=Guess.OPINION,
        category="property",
        by=Corrector.WRITER,
        at=MORNING,
    )


def agreed(person: str, *, withdrawn: bool = False) -> Consent:
    return Consent(
        person=person,
        purpose=Purpose.LEARNING,
        notice=1,
        given_at=MORNING,
        withdrawn_at=MORNING if withdrawn else None,
    )


async def left(desk: Desk) -> list[str]:
    async with desk.database.read() as tx:
        return [one.number for one in await list_corrections(tx)]


async def test_what_nobody_agreed_to_any_more_and_what_is_closed_goes(learner: Desk) -> None:
    await learner.save(
        [
            *(agreed("anna"), agreed("bert", withdrawn=True), agreed("dora")),
            correction("1", "anna"),
            correction("2", "bert"),
            correction("3", "cora"),
            correction("4", "dora", WEST),
        ]
    )

    await learner.ticker.run_job("learning", NIGHT)

    assert await left(learner) == ["1"]


async def test_a_second_run_of_a_night_does_nothing(learner: Desk) -> None:
    renewed: list[datetime] = []

    async def renew(now: datetime) -> None:
        renewed.append(now)

    learner.means = replace(learner.means, renew=renew)
    ticker = learner.new_ticker()

    assert await ticker.run_job("learning", NIGHT)
    assert not await ticker.run_job("learning", NIGHT)

    assert len(renewed) == 1


async def test_of_missed_nights_the_last_one_does_it(learner: Desk) -> None:
    renewed: list[datetime] = []

    async def renew(now: datetime) -> None:
        renewed.append(now)

    learner.means = replace(learner.means, renew=renew)
    learner.ticker = learner.new_ticker()
    await learner.ticker.tick(learner.now)

    await learner.jump(timedelta(days=4))
    await learner.ticker.tick(learner.now)

    assert len(renewed) == 1
