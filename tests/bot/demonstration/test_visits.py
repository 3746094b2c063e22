"""Whom the demonstration street looks after: sound by the rules, and an elder is due today."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.configuration.law_data import read_default
from bot.configuration.loading import load
from bot.configuration.settings import Settings
from bot.configuration.street_source import StreetSource, hours_of
from bot.demonstration import demo_street, history
from bot.words.wording import wording_for
from domain.chain import verify
from domain.organisation import Seat
from domain.plans import Plan
from domain.visits.basis import ensure_lawful
from domain.visits.entries import FEATURE, PRIORITY, Entry
from scheduler.jobs import Means
from scheduler.ticker import Ticker
from storage.chain import get_chains, list_events
from storage.database import Database
from storage.files import FileStore
from storage.outbox import outbox
from storage.plans import list_plans_in
from storage.visits.entries import get_entries, list_links
from storage.visits.visits import list_needs, list_visits

#: A morning of a workday, an evening, and a Sunday.
MOMENTS = [
    datetime(2026, 11, 24, 2, tzinfo=UTC),
    datetime(2026, 11, 24, 12, tzinfo=UTC),
    datetime(2026, 11, 29, 3, tzinfo=UTC),
]
WORKER = "汪思齐"


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load({}, tmp_path_factory.mktemp("demo"))


async def planted(
    database: Database, settings: Settings, now: datetime
) -> list[tuple[Entry, Plan]]:
    await history.plant(database, StreetSource(settings), now)
    grids = [one.code for one in demo_street.street_of(now).organisation.grids]
    async with database.read() as tx:
        plans = await list_plans_in(tx, grids, PRIORITY)
        entries = await get_entries(tx, [one.subject.id for one in plans])
    return [(entries[one.subject.id], one) for one in plans]


async def told(database: Database) -> dict[str, list[str]]:
    """Give what waits to be said to whom."""
    said: dict[str, list[str]] = {}
    async with database.read() as tx:
        for row in await tx.rows(select(outbox).where(outbox.c.sealed.is_not(None))):
            words = json.dumps(tx.keyring.unseal(row.sealed), ensure_ascii=False)
            said.setdefault(row.person, []).append(words)
    return said


async def test_everybody_of_the_file_is_on_the_register_by_its_rules(
    database: Database, configured: Settings
) -> None:
    now = MOMENTS[0]
    every = await planted(database, configured, now)

    assert len(every) == len(read_default("demo_visits.toml")["entries"])
    async with database.read() as tx:
        street = await StreetSource(configured).current(tx, now)
        kept = await get_chains(tx, [entry.subject for entry, _ in every])
        for entry, _ in every:
            content = entry.content
            assert content is not None
            assert ensure_lawful(
                content.category,
                content.basis,
                content.consent,
                minor=entry.is_minor(now.year),
                today=street.local_day(now),
            )
            posts = street.organisation.posts_of(entry.owner or "", now)
            assert entry.seat in {Seat(post.unit, post.role) for post in posts}
            assert verify(await list_events(tx, entry.subject), kept[entry.subject].head) == []
            assert len(await list_visits(tx, entry.id)) == 1
    assert all(street.is_on(FEATURE, one.code) for one in street.organisation.communities)


@pytest.mark.parametrize("now", MOMENTS)
async def test_one_is_due_today_and_one_is_late_whenever_it_begins(
    database: Database, configured: Settings, now: datetime
) -> None:
    every = await planted(database, configured, now)

    spans = {
        entry.content.name: plan.next_due_at - now
        for entry, plan in every
        if entry.content is not None and plan.next_due_at is not None
    }
    assert timedelta(hours=1) < spans["方奶奶"] < timedelta(days=1)
    assert spans["葛奶奶"] < timedelta(0)
    assert all(span > timedelta(days=1) for name, span in spans.items() if name[0] not in "方葛")


async def test_the_played_worker_is_reminded_without_a_name(
    database: Database, configured: Settings, tmp_path: Path
) -> None:
    now = MOMENTS[0]
    await planted(database, configured, now)
    personas = {one.key: one for one in demo_street.street_of(now).personas}
    worker = personas["worker"].person
    source = StreetSource(configured)
    means = Means(
        database=database,
        street=source.current,
        files=FileStore(tmp_path, database.keyring),
        hours=hours_of(configured),
        say=lambda words, language: wording_for(language, strict=True).text(words),
    )

    await Ticker(means, lambda: now, jobs=()).tick(now)

    said = "\n".join((await told(database)).get(worker.id, []))
    assert "visits.stands_due" in said
    assert "visits.stands_late" in said
    names = [one["name"] for one in read_default("demo_visits.toml")["entries"]]
    assert not [name for name in names if name in said]


async def test_the_played_resident_is_a_relative_and_one_need_waits(
    database: Database, configured: Settings
) -> None:
    every = {
        entry.content.name: entry
        for entry, _ in await planted(database, configured, MOMENTS[0])
        if entry.content is not None
    }

    async with database.read() as tx:
        (link,) = await list_links(tx, every["方奶奶"].id)
        (need,) = await list_needs(tx, every["史大爷"].id, open_only=True)
    assert link.person == "demo-resident"
    assert need.is_open
