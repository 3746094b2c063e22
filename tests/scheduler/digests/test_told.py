"""What a digest says of people: one sentence of one of several, and what is late now, by whom."""

import pytest

from domain.categories import Kind
from domain.digests.digest import Digest
from domain.messages import Card, Tone
from storage.digests.digests import find_digest, forget_words
from tests.scheduler.desk import Desk, at
from tests.street import EAST, EAST_1, EAST_2

DUE = at(30, 8, 30)
STOPPED = ("中心花园又停满了车，孩子没地方玩", "花园停车太多", "花园里全是乱停车的")


async def digest(desk: Desk, unit: str) -> Digest:
    async with desk.database.read() as tx:
        found = await find_digest(tx, unit, "2026-W48", (await desk.street()).office.calendar)
    assert found is not None
    return found


async def opinions_of(desk: Desk, *persons: str, hides: bool = False) -> list[str]:
    """File what several people say of the cars in the garden."""
    for person in {*persons}:
        await desk.add_resident(person, grid=EAST_1)
    filed = [
        await desk.file(kind=Kind.OPINION, text=words, reporter=person, hide_name=hides)
        for words, person in zip(STOPPED, persons, strict=True)
    ]
    await desk.move(DUE)
    return filed


@pytest.mark.requirement("D-07")
async def test_a_topic_is_told_with_the_words_of_one_of_three(desk: Desk) -> None:
    await opinions_of(desk, "anna", "bert", "carl")

    (topic,) = (await digest(desk, EAST)).topics
    assert topic.quote == STOPPED[0]
    (told,) = [one for one in await desk.said("community") if one.key == "digests.title"]
    assert any("digests.topic_quoted" in line and STOPPED[0] in line for line in told.lines)


async def test_what_fewer_than_three_people_say_is_not_quoted(desk: Desk) -> None:
    await opinions_of(desk, "anna", "bert", "anna")

    (topic,) = (await digest(desk, EAST)).topics
    assert (len(topic.numbers), topic.quote) == (3, "")


async def test_who_hides_their_name_is_not_quoted(desk: Desk) -> None:
    await opinions_of(desk, "anna", "bert", "carl", hides=True)

    (topic,) = (await digest(desk, EAST)).topics
    assert topic.words
    assert topic.quote == ""


async def test_a_grid_with_fewer_than_three_of_them_quotes_nobody(desk: Desk) -> None:
    where = (("anna", EAST_1), ("bert", EAST_1), ("carl", EAST_2))
    for words, (person, grid) in zip(STOPPED, where, strict=True):
        await desk.add_resident(person, grid=grid)
        await desk.file(kind=Kind.OPINION, text=words, reporter=person, grid=grid)
    desk.set_topics(least_opinions=2)
    await desk.move(DUE)

    (of_grid,) = (await digest(desk, EAST_1)).topics
    (of_community,) = (await digest(desk, EAST)).topics
    assert (of_grid.quote, of_community.quote) == ("", STOPPED[0])


async def test_a_quote_goes_with_any_of_the_opinions(desk: Desk) -> None:
    filed = await opinions_of(desk, "anna", "bert", "carl")

    async with desk.database.write() as tx:
        await forget_words(tx, filed[2:])

    (topic,) = (await digest(desk, EAST)).topics
    assert (topic.words, topic.quote) == ("", "")
    assert (await digest(desk, EAST)).quoted == set()


async def test_what_is_overdue_now_is_told_with_its_owner_the_longest_first(desk: Desk) -> None:
    first = await desk.file(urgency=2)
    second = await desk.file()
    await desk.move(at(30, 7))
    since = await desk.file(urgency=3)
    before = len(await desk.said("secretary"))

    await desk.move(at(30, 8, 30))

    told = (await desk.said("secretary"))[before:]
    (one,) = [one for one in told if one.key == "digests.title"]
    figures, overdue = one.message.blocks
    assert isinstance(figures, Card)
    assert isinstance(overdue, Card)
    assert [line.label.fields["number"] for line in overdue.lines] == [first, second, since]
    assert overdue.title.fields == {"now": 3, "then": 2, "still": 2}
    assert (figures.tone, overdue.tone) == (Tone.PLAIN, Tone.OVERDUE)


async def test_a_week_of_nothing_is_a_sentence_without_zeros_and_chart(desk: Desk) -> None:
    await desk.move(DUE)

    (told,) = [one for one in await desk.said("secretary") if one.key == "digests.title"]
    assert told.lines == ["digests.in_short: digests.nothing"]
    assert (await digest(desk, EAST_1)).pictures == {}


async def test_a_street_with_a_past_has_its_last_weeks_and_nobody_is_told_of_them(
    desk: Desk,
) -> None:
    """For the demonstration: as if each had been written at its own time."""
    desk.now = at(30 + 21, 9)
    filed = await desk.file()
    ticker = desk.new_ticker()

    await ticker.write_earlier("digests", 3)
    await ticker.write_earlier("digests", 3)

    async with desk.database.read() as tx:
        calendar = (await desk.street()).office.calendar
        found = [await find_digest(tx, EAST, f"2026-W{week}", calendar) for week in (49, 50, 51)]
        assert await find_digest(tx, EAST, "2026-W48", calendar) is None
    assert all(one is not None and not one.is_late for one in found)
    assert all(filed not in one.figures.cases for one in found if one is not None)
    assert "digests.title" not in await desk.keys("secretary")
