"""Whatever hangs on a post changes hands with it, also of a kind that no feature knows yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.organisation import Role, Seat
from domain.posts.staffing import lend
from handlers.posts.handing_over import release, renew
from scheduler.posts.substitutions import take_back
from storage.changes import apply
from storage.database import Database
from storage.hand_over import (
    HandOver,
    HandsOver,
    Leaving,
    Moved,
    count,
    hand_over,
    held_of,
    waiting_for,
)
from storage.work import Work
from tests.scheduler.desk import Desk
from tests.street import EAST_1, MORNING, found

SEAT = Seat(EAST_1, Role.GRID_SECRETARY)


@dataclass
class Outing:
    """Something that a holder of a post takes people on."""

    seat: Seat
    owner: str | None
    barred: frozenset[str] = frozenset()


class Outings:
    """A kind of its own: outings lie on desks like cases do."""

    def __init__(self, *outings: Outing) -> None:
        self.all = outings
        self.heard: list[str | None] = []
        self.kind = HandsOver(
            name="outings", left=self._left, held=self._held, waiting=self._waiting, move=self._move
        )

    async def _left(self, _work: Work, leaving: Leaving) -> Sequence[Outing]:
        return [
            one
            for one in self.all
            if one.owner == leaving.person and (leaving.gone or one.seat in leaving.seats)
        ]

    async def _held(self, _work: Work, seat: Seat, person: str) -> Sequence[Outing]:
        return [one for one in self.all if (one.seat, one.owner) == (seat, person)]

    async def _waiting(self, _work: Work, _person: str) -> Sequence[Outing]:
        return [one for one in self.all if one.owner is None]

    async def _move(self, work: Work, outings: Sequence[Outing], how: HandOver) -> Sequence[Outing]:
        for one in outings:
            after = how.to or work.street.organisation.responsible(one.seat.unit, work.now)
            one.owner = after.person
            if one.owner != how.told:
                self.heard.append(one.owner)
        return [Moved(one.owner, one.barred) for one in outings]


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> Desk:
    await found(database)
    return Desk(database, tmp_path)


async def test_who_leaves_leaves_nothing_behind_of_any_kind(desk: Desk) -> None:
    outings = Outings(Outing(SEAT, "secretary"), Outing(SEAT, "second_secretary"))
    async with desk.database.write() as tx:
        work = replace(await desk.work(tx), hands_over=(outings.kind,))
        (post,) = work.street.organisation.posts_of("secretary", MORNING)

        moved = await release(
            work, [replace(post, until=MORNING)], None, "community", Role.COMMUNITY_SECRETARY
        )

    assert moved == 1
    assert [one.owner for one in outings.all] == ["community", "second_secretary"]


async def test_what_is_lent_comes_back_to_the_holder_who_is_told_by_whoever_ends_it(
    desk: Desk,
) -> None:
    outings = Outings(Outing(SEAT, "second_secretary"), Outing(SEAT, "worker"))
    async with desk.database.write() as tx:
        work = replace(await desk.work(tx), hands_over=(outings.kind,))
        (post,) = work.street.organisation.posts_of("secretary", MORNING)
        lent = lend(post, "second_secretary", MORNING + timedelta(days=1))
        renew(work, [lent])

        back = await take_back(work, lent, "secretary", Role.GRID_SECRETARY, "back")
        await apply(tx, [work.changes])

    assert back == 1
    assert [one.owner for one in outings.all] == ["secretary", "worker"]
    assert outings.heard == []


async def test_what_somebody_may_not_know_of_they_do_not_hear_counted(desk: Desk) -> None:
    accusing = Outing(SEAT, "secretary", barred=frozenset({"community"}))
    outings = Outings(accusing, Outing(SEAT, "secretary"))
    async with desk.database.write() as tx:
        work = replace(await desk.work(tx), hands_over=(outings.kind,))
        (post,) = work.street.organisation.posts_of("secretary", MORNING)
        held = await held_of(work, SEAT, "secretary")

        moved = await release(
            work, [replace(post, until=MORNING)], None, "community", Role.COMMUNITY_SECRETARY
        )

    assert (count(held, "community"), count(held, "leader")) == (1, 2)
    assert moved == 1


async def test_who_joins_takes_what_was_nobodys(desk: Desk) -> None:
    outings = Outings(Outing(SEAT, None))
    async with desk.database.write() as tx:
        work = replace(await desk.work(tx), hands_over=(outings.kind,))
        how = HandOver(by="secretary", role=Role.GRID_SECRETARY, reason="joined")

        (moved,) = await hand_over(work, await waiting_for(work, "secretary"), how)
        held = await held_of(work, SEAT, outings.all[0].owner or "")

    assert moved.owner == "secretary"
    assert [len(things) for _, things in held] == [1]
