"""What an office taught, kept once for all processes, refused where it makes no sense."""

import asyncio
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.configuration.law_data import default_categories, default_model, model_fingerprint
from bot.configuration.street_source import StreetSource, read_supplement
from bot.configuration.training_sentences import default_sentences
from bot.operations.findings import Finding, Grade
from bot.operations.learnt import examine_learnt
from bot.operations.teaching import Taught, renew, teach
from bot.words.wording import wording_for
from domain.categories import Kind
from domain.people import Consent, Language, Purpose
from domain.words.corrections import Correction, Corrector
from domain.words.learning import Sentence
from domain.words.lexicon import Guess
from domain.words.model import pack
from domain.words.understanding import understand
from storage.categories import write_categories
from storage.changes import Changes, apply
from storage.database import Database
from storage.learning.corrections import CorrectionsGone
from storage.organisation import raise_version
from storage.supplements import (
    Kept,
    drop_supplement,
    find_supplement,
    fingerprint_of,
    keep_supplement,
    supplements,
)
from tests.domain.words.test_supplement import CHARGING, FOURTH, LOCKERS, with_charging
from tests.street import EAST, MORNING, found, settings


@cache
def shipped() -> Sequence[Sentence]:
    return default_sentences()[::10]


def said_of(finding: Finding) -> str:
    return wording_for(Language.ENGLISH, strict=True).text(finding.said)


@pytest.fixture
async def office(database: Database) -> Database:
    """An office in which three people put the same right."""
    await found(database)
    await correct(database, LOCKERS, ("anna", "bert", "cora"))
    return database


@pytest.fixture
def source(tmp_path: Path) -> StreetSource:
    return StreetSource(settings(tmp_path))


async def correct(database: Database, said: Iterable[str], people: Sequence[str]) -> None:
    changes = Changes()
    for one, person in zip(said, people, strict=True):
        changes.save(
            Correction(
                number=f"2026-{person}",
                community=EAST,
                person=person,
                said=one,
                reading=Guess.OPINION,
                category="property",
                by=Corrector.WRITER,
                at=MORNING - timedelta(hours=1),
            ),
            Consent(person=person, purpose=Purpose.LEARNING, notice=1, given_at=MORNING),
        )
    async with database.write() as tx:
        await apply(tx, [changes])


async def lose(database: Database, person: str) -> None:
    changes = Changes()
    changes.save(CorrectionsGone(person=person))
    async with database.write() as tx:
        await apply(tx, [changes])


async def taught(database: Database, source: StreetSource) -> Taught:
    return await teach(database, source, MORNING, sentences=shipped())


async def first(database: Database, source: StreetSource, said: str = FOURTH) -> str:
    """Give the category of opinions that a process would offer first."""
    async with database.read() as tx:
        street = await source.current(tx, MORNING)
    return understand(said, street.knowledge).likely[Kind.OPINION][0]


async def kept(database: Database) -> Kept | None:
    async with database.read() as tx:
        return await find_supplement(tx)


# --- all processes -------------------------------------------------------------------------------


async def test_every_process_reads_with_it_from_the_next_message_on(
    office: Database, source: StreetSource, tmp_path: Path
) -> None:
    other = StreetSource(settings(tmp_path))
    assert await first(office, other) == "facilities"

    assert (await taught(office, source)).taken

    assert await first(office, other) == "property"
    assert await first(office, source) == "property"
    assert await first(office, StreetSource(settings(tmp_path))) == "property"


async def test_what_is_forgotten_is_forgotten_by_every_process(
    office: Database, source: StreetSource, tmp_path: Path
) -> None:
    other = StreetSource(settings(tmp_path))
    await taught(office, source)
    assert await first(office, other) == "property"

    async with office.write() as tx:
        assert await drop_supplement(tx)

    assert await first(office, other) == "facilities"
    async with office.write() as tx:
        assert not await drop_supplement(tx)


async def test_a_crash_before_the_end_leaves_what_was_there(
    office: Database, source: StreetSource
) -> None:
    await taught(office, source)
    before = await kept(office)
    assert before is not None

    async def dies() -> None:
        async with office.write() as tx:
            await keep_supplement(tx, replace(before, content=b"half of it"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await dies()

    assert await kept(office) == before
    assert await first(office, source) == "property"


async def test_nothing_readable_of_it_lies_in_the_table(
    office: Database, source: StreetSource
) -> None:
    await taught(office, source)

    async with office.read() as tx:
        row = await tx.row(supplements.select())

    assert row is not None
    assert not row.sealed.startswith(b"LINLI-MODEL")
    opened = await kept(office)
    assert opened is not None
    assert opened.content is not None
    assert opened.content.startswith(b"LINLI-MODEL")


# --- what is refused -----------------------------------------------------------------------------


async def spoil(database: Database, **values: object) -> None:
    async with database.write() as tx:
        await tx.run(update(supplements).values(**values))
        # As after a restore: so that it is read again.
        await raise_version(tx)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"sealed": b"something else"}, "was changed, or sealed with a key"),
        ({"base": "another"}, "another version of Linli"),
    ],
    ids=["changed", "other base"],
)
async def test_one_that_cannot_be_used_is_told_and_the_shipped_one_reads_alone(
    office: Database, source: StreetSource, values: dict[str, object], said: str
) -> None:
    await taught(office, source)
    await spoil(office, **values)

    found = await examine_learnt(office, source, MORNING)

    assert await first(office, source) == "facilities"
    assert found.grade is Grade.FAULT
    assert said in said_of(found)
    assert "linli train --forget" in said_of(found)


@pytest.mark.parametrize(
    "content", [b"LINLI-MODEL-1\nnonsense", pack(default_model())], ids=["damaged", "foreign"]
)
async def test_content_that_is_no_supplement_is_refused(
    office: Database, source: StreetSource, content: bytes
) -> None:
    await taught(office, source)
    before = await kept(office)
    assert before is not None
    async with office.write() as tx:
        await keep_supplement(tx, replace(before, content=content))

    found = await examine_learnt(office, source, MORNING)

    assert await first(office, source) == "facilities"
    assert found.grade is Grade.FAULT


async def test_training_mends_what_is_refused(office: Database, source: StreetSource) -> None:
    await taught(office, source)
    await spoil(office, sealed=b"something else")

    again = await taught(office, source)

    assert again.taken
    assert "was changed" in again.refused
    assert await first(office, source) == "property"


async def test_nothing_is_refused_where_nothing_was_learnt(
    office: Database, source: StreetSource
) -> None:
    found = await examine_learnt(office, source, MORNING)

    assert read_supplement(None) == (None, None)
    assert found.grade is Grade.GOOD
    assert "as Linli came; 3 corrections wait for linli train" in said_of(found)


async def test_the_doctor_says_what_is_in_use_and_what_waits(
    office: Database, source: StreetSource
) -> None:
    await taught(office, source)

    found = await examine_learnt(office, source, MORNING)

    assert found.grade is Grade.GOOD
    assert "learnt here on 2026-11-24" in said_of(found)
    assert "wait" not in said_of(found)


# --- what is gone --------------------------------------------------------------------------------


async def test_what_was_erased_is_told_and_is_out_of_it_by_the_next_morning(
    office: Database, source: StreetSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.teaching.default_sentences", shipped)
    await taught(office, source)
    await lose(office, "anna")

    told = await examine_learnt(office, source, MORNING)
    await renew(office, source, MORNING)

    assert told.grade is Grade.NOTE
    assert "learnt anew tonight" in said_of(told)
    assert await kept(office) is None
    assert await first(office, source) == "facilities"


async def test_where_others_say_it_too_it_is_trained_anew_at_night_in_a_process_of_its_own(
    office: Database, source: StreetSource
) -> None:
    await correct(office, ["快递柜超时收费真贵"], ["dora"])
    # The street is in use: what it has made meanwhile goes along into that process.
    assert await first(office, source) == "facilities"
    await taught(office, source)
    before = await kept(office)
    await lose(office, "anna")

    await renew(office, source, MORNING + timedelta(hours=20))

    after = await kept(office)
    assert before is not None
    assert after is not None
    assert after.learnt_of != before.learnt_of
    assert after.corrections == 3
    assert await first(office, source) == "property"


async def test_a_night_in_which_nothing_is_gone_trains_nothing(
    office: Database, source: StreetSource
) -> None:
    await taught(office, source)
    before = await kept(office)

    await renew(office, source, MORNING + timedelta(days=1))

    assert await kept(office) == before


async def test_a_night_without_anything_learnt_does_nothing(
    office: Database, source: StreetSource
) -> None:
    await renew(office, source, MORNING)

    assert await kept(office) is None


async def test_where_it_cannot_be_trained_anew_it_goes(
    office: Database, source: StreetSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> None:
        raise MemoryError

    await taught(office, source)
    await lose(office, "anna")
    monkeypatch.setattr("bot.operations.teaching.in_subprocess", broken)

    await renew(office, source, MORNING)

    assert await kept(office) is None


class Watched(list[Sentence]):
    """Sentences that tell when training begins with them, and then wait."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        super().__init__(sentences)
        self.begun, self.may_go_on = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[Sentence]:
        self.begun.set()
        self.may_go_on.wait()
        return super().__iter__()


async def test_what_is_erased_while_it_is_learnt_is_not_in_it(
    office: Database, source: StreetSource
) -> None:
    """Four say it; one erases everything in the middle of the training."""
    await correct(office, ["快递柜超时收费真贵"], ["dora"])
    sentences = Watched(shipped())
    training = asyncio.ensure_future(teach(office, source, MORNING, sentences=sentences))
    await asyncio.to_thread(sentences.begun.wait)
    await lose(office, "anna")
    sentences.may_go_on.set()

    result = await training

    assert result.taken
    assert result.trial.persons == 3
    found = await examine_learnt(office, source, MORNING)
    assert found.grade is Grade.GOOD


def test_a_fingerprint_knows_corrections_and_examples() -> None:
    plain, own = default_categories(), with_charging()
    one = fingerprint_of(["2026-00001", "2026-00002"], plain)

    assert one == fingerprint_of(["2026-00002", "2026-00001"], plain)
    assert one != fingerprint_of(["2026-00001"], plain)
    assert one != fingerprint_of(["2026-00001", "2026-00002"], own)
    assert len(model_fingerprint()) == 64


# --- categories of one's own ---------------------------------------------------------------------


async def test_a_category_of_the_streets_own_is_offered_once_its_examples_are_learnt(
    office: Database, source: StreetSource
) -> None:
    async with office.write() as tx:
        await write_categories(tx, with_charging())
    assert await offered(office, source) != "charging"

    result = await taught(office, source)

    assert result.taken
    assert result.trial.examples["charging"][1] == len(CHARGING)
    assert await offered(office, source) == "charging"


async def offered(database: Database, source: StreetSource) -> str:
    async with database.read() as tx:
        street = await source.current(tx, MORNING)
    return understand("我们院里充电桩太少了", street.knowledge).likely[Kind.SERVICE][0]


async def test_examples_outlive_the_database(office: Database, source: StreetSource) -> None:
    async with office.write() as tx:
        await write_categories(tx, with_charging())

    async with office.read() as tx:
        categories = (await source.current(tx, MORNING)).office.categories

    assert categories.by_code["charging"].examples == CHARGING
    assert categories.by_code["lighting"].examples == ()
