"""What ended since a backup ends again where the backup is put back, and nothing else does."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.operations.clock import AHEAD
from bot.operations.ended import EndedAgain, Endings, end_again, list_ended, read_ended
from domain.chain import verify
from domain.organisation import Organisation, Post, Role, Seat
from domain.people import INVITATION_LIFE, Invitation
from storage.database import Database, set_fact
from storage.matters.help_requests import list_asked
from storage.people import all_accounts, list_accounts
from storage.schema import metadata
from tests.handlers.chats import Office, opened
from tests.street import EAST, EAST_1, EAST_2, STAFF, WEST_1, settings

CODE = "123456789012"
SECRETARY_OF_EAST_1 = Seat(EAST_1, Role.GRID_SECRETARY)

SINCE, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
HELD = Post(id="p", unit=EAST, role=Role.WINDOW_CLERK, person="clerk", since=SINCE)
OVER = Post(id="p", unit=EAST, role=Role.WINDOW_CLERK, person="clerk", since=SINCE, until=UNTIL)
ERASED = {"person": "anna", "at": UNTIL.isoformat(), "held": []}

#: The rows of every table, as they were.
Backup = dict[str, list[dict[str, Any]]]


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


async def backed_up(office: Office) -> Backup:
    """Read every table, and let some time pass."""
    rows: Backup = {}
    async with office.database.read() as tx:
        for table in metadata.sorted_tables:
            rows[table.name] = [dict(row._mapping) for row in await tx.rows(select(table))]
    office.later(minutes=5)
    return rows


async def put_back(office: Office, backup: Backup) -> Endings:
    """Put the tables back as `pg_restore` would, and give what was known before of what ended."""
    async with office.database.write() as tx:
        ended = await list_ended(tx)
        for table in metadata.sorted_tables:
            await tx.run(table.delete())
            await tx.insert(table, backup[table.name])
    await office.pick_up()
    office.later(minutes=5)
    return read_ended(json.loads(json.dumps(ended.as_json())))


async def again(office: Office, ended: Endings) -> EndedAgain:
    async with office.database.write() as tx:
        done = await end_again(tx, settings(office.folder), ended, office.now)
    await office.read()
    return done


async def organisation(office: Office) -> Organisation:
    return (await office.street()).organisation


async def holders(office: Office, seat: Seat) -> list[str]:
    return [post.person for post in (await organisation(office)).holders(seat, office.now)]


async def joins(office: Office, who: str, role: Role, unit: str) -> None:
    """Let somebody take a post by an invitation."""
    await office.change(
        Invitation(
            code_hash=office.database.keyring.hash_code(CODE),
            unit=unit,
            role=role,
            name="新同志",
            expires_at=office.now + INVITATION_LIFE,
        )
    )
    assert "欢迎" in await office.says(who, CODE)


async def goes_away(office: Office) -> None:
    """Let the first grid's secretary go away until tomorrow, the second's standing in."""
    await office.does("secretary", "posts.away")
    await office.presses("secretary", "钱书记")
    await office.says("secretary", "11月25日")
    await office.presses("secretary", "提交")


async def test_who_was_dismissed_since_the_backup_stays_dismissed(office: Office) -> None:
    accepted = await office.filed(by="first")
    await office.presses("secretary", "接单")
    backup = await backed_up(office)
    await office.does("community", "posts.end:secretary")
    left_at = office.now

    ended = await put_back(office, backup)
    assert (await office.matter(accepted)).owner == "secretary"
    done = await again(office, ended)

    assert (done.posts, done.left, done.given_since) == (1, 1, ())
    assert SECRETARY_OF_EAST_1 in (await organisation(office)).empty_seats(office.now)
    (post,) = [one for one in (await organisation(office)).posts if one.person == "secretary"]
    assert post.until == left_at
    matter, events = await office.matter(accepted), await office.events(accepted)
    assert matter.owner == "community"
    assert events[-1].content["reason"] == "left"  # type: ignore[index]
    assert verify(events, matter.head) == []
    assert accepted in office.transcript("community")
    assert accepted in office.transcript("first")
    async with office.database.read() as tx:
        assert await list_accounts(tx, ["secretary"]) == {}
    assert accepted not in await office.says("secretary", accepted)


async def test_the_help_that_was_asked_of_the_dismissed_is_passed_on(office: Office) -> None:
    await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "请条线协助")
    await office.presses("secretary", "警务")
    await office.says("secretary", "请看看治安情况")
    backup = await backed_up(office)
    await office.does("community", "posts.end:police")

    await again(office, await put_back(office, backup))

    async with office.database.read() as tx:
        assert len(await list_asked(tx, "community")) == 1
    assert "现转给您" in office.transcript("community")


async def test_whoever_was_dismissed_stands_in_for_nobody_any_more(office: Office) -> None:
    await goes_away(office)
    number = await office.filed()
    backup = await backed_up(office)
    await office.does("community", "posts.end:second_secretary")

    ended = await put_back(office, backup)
    assert (await office.matter(number)).owner == "second_secretary"
    await again(office, ended)

    (post,) = (await organisation(office)).holders(SECRETARY_OF_EAST_1, office.now)
    assert (post.person, post.substitute, post.away_until) == ("secretary", None, None)
    assert (await office.matter(number)).owner == "secretary"


async def test_a_post_that_was_lent_ends_with_what_the_substitute_had(office: Office) -> None:
    await goes_away(office)
    number = await office.filed()
    backup = await backed_up(office)
    await office.does("community", "posts.end:secretary")

    await again(office, await put_back(office, backup))

    (post,) = [one for one in (await organisation(office)).posts if one.person == "secretary"]
    assert (post.substitute, post.away_until) == (None, None)
    assert (await office.matter(number)).owner == "community"


async def test_two_who_were_dismissed_hand_nothing_to_each_other(office: Office) -> None:
    number = await office.filed()
    backup = await backed_up(office)
    await office.does("community", "posts.end:secretary")
    await office.does("street_leader", "posts.end:community")

    ended = await put_back(office, backup)
    before = await office.events(number)
    done = await again(office, ended)

    assert (done.posts, done.left) == (2, 2)
    assert (await office.matter(number)).owner == "leader"
    assert len(await office.events(number)) == len(before) + 1


async def test_a_post_that_was_given_since_is_told_and_not_given(office: Office) -> None:
    backup = await backed_up(office)
    await joins(office, "staff:new", Role.GRID_SECRETARY, EAST_1)
    assert await holders(office, SECRETARY_OF_EAST_1) != ["secretary"]

    done = await again(office, await put_back(office, backup))

    assert (done.posts, done.left) == (1, 1)
    assert done.given_since == (SECRETARY_OF_EAST_1,)
    assert await holders(office, SECRETARY_OF_EAST_1) == []
    assert (await office.matter(await office.filed())).owner == "community"


async def test_who_keeps_another_post_keeps_the_way_in(office: Office) -> None:
    await office.change(
        Post(id="extra", unit=WEST_1, role=Role.GRID_SECRETARY, person="worker", since=office.now)
    )
    backup = await backed_up(office)
    await office.does("community", "posts.end:worker")

    done = await again(office, await put_back(office, backup))

    assert (done.posts, done.left) == (1, 0)
    posts = (await organisation(office)).posts_of("worker", office.now)
    assert [post.unit for post in posts] == [WEST_1]
    async with office.database.read() as tx:
        assert len((await list_accounts(tx, ["worker"]))["worker"]) == 1
    assert "您好" in await office.commands("worker", "menu")


async def test_who_is_invited_anew_after_it_comes_in(office: Office) -> None:
    backup = await backed_up(office)
    await office.does("community", "posts.end:worker")
    ended = await put_back(office, backup)
    await again(office, ended)

    await joins(office, "worker", Role.GRID_WORKER, EAST_2)
    done = await again(office, ended)

    assert (done.posts, done.left) == (0, 0)
    assert await holders(office, Seat(EAST_2, Role.GRID_WORKER)) == ["worker"]
    assert "您好" in await office.commands("worker", "menu")


async def test_where_nothing_came_back_nothing_changes(office: Office) -> None:
    number = await office.filed()
    await office.does("community", "posts.end:secretary")
    async with office.database.read() as tx:
        ended = await list_ended(tx)
    before = await office.events(number), (await organisation(office)).version

    done = await again(office, ended)

    assert done == EndedAgain(erased=0, posts=0, left=0, given_since=())
    assert (await office.events(number), (await organisation(office)).version) == before


async def test_an_office_without_a_street_yet_is_put_back_too(
    database: Database, tmp_path: Path
) -> None:
    async with database.write() as tx:
        done = await end_again(
            tx, settings(tmp_path), Endings((), (HELD, replace(OVER, id="o"))), SINCE
        )

    assert (done.posts, done.given_since) == (0, (Seat(EAST, Role.WINDOW_CLERK),))


async def test_a_list_from_before_the_backup_ends_nothing(office: Office) -> None:
    async with office.database.read() as tx:
        ended = await list_ended(tx)
    await joins(office, "staff:new", Role.GRID_WORKER, EAST_2)

    done = await again(office, await put_back(office, await backed_up(office)))
    old = await again(office, ended)

    assert done == old == EndedAgain(erased=0, posts=0, left=0, given_since=())


async def test_a_post_that_began_and_ended_since_does_not_come_back_with_a_later_backup(
    office: Office,
) -> None:
    older = await backed_up(office)
    await joins(office, "staff:new", Role.GRID_WORKER, EAST_2)
    newer = await backed_up(office)
    (new,) = await holders(office, Seat(EAST_2, Role.GRID_WORKER))
    await office.does("community", f"posts.end:{new}")

    first = await again(office, await put_back(office, older))
    second = await again(office, await put_back(office, newer))

    assert (first.posts, first.given_since) == (0, ())
    assert (second.posts, second.left) == (1, 1)
    assert await holders(office, Seat(EAST_2, Role.GRID_WORKER)) == []


async def test_a_post_whose_end_the_clock_has_not_reached_has_ended_all_the_same(
    office: Office,
) -> None:
    """A clock that went ahead, or was set right since, gives nobody their post for a while."""
    async with office.database.read() as tx:
        known = await list_ended(tx)
    later = office.now + timedelta(days=1)
    (post,) = [one for one in known.posts if one.person == "worker"]

    await again(office, Endings((), (replace(post, until=later),)))

    assert (await organisation(office)).posts_of("worker", office.now) == ()


async def test_a_demonstration_goes_by_its_own_clock(office: Office) -> None:
    backup = await backed_up(office)
    await office.does("community", "posts.end:worker")
    left_at = office.now
    ended = await put_back(office, backup)
    async with office.database.write() as tx:
        await set_fact(tx, AHEAD, "3600")
        await end_again(tx, settings(office.folder), ended, left_at - timedelta(minutes=30))

    (post,) = [one for one in (await organisation(office)).posts if one.person == "worker"]
    assert post.until == left_at
    async with office.database.read() as tx:
        (account,) = await all_accounts(tx, "worker")
    assert account.revoked_at == left_at + timedelta(minutes=30)


# --- the list ------------------------------------------------------------------------------------


async def test_the_list_names_nobody(office: Office) -> None:
    await office.does("community", "posts.end:secretary")

    async with office.database.read() as tx:
        written = json.dumps((await list_ended(tx)).as_json(), ensure_ascii=False)

    assert "post-secretary" in written
    assert [name for _, name, _, _ in STAFF if name in written] == []


@pytest.mark.parametrize(("one", "other"), [(HELD, OVER), (OVER, HELD)])
def test_what_ended_in_one_of_two_lists_has_ended(one: Post, other: Post) -> None:
    assert (Endings((), (one,)) + Endings((ERASED,), (other,))) == Endings((ERASED,), (OVER,))


def test_a_list_of_erasures_from_an_earlier_version_is_read() -> None:
    assert read_ended([ERASED]) == Endings([ERASED], ())
    assert read_ended([]) == Endings([], ())


@pytest.mark.parametrize(
    "given",
    [
        None,
        "erasures",
        {},
        {"erasures": []},
        {"erasures": {}, "posts": []},
        [{"person": "anna"}],
        [{**ERASED, "at": "soon"}],
        [{**ERASED, "held": None}],
        ["anna"],
        {"erasures": [], "posts": [{"id": "p"}]},
        {"erasures": [], "posts": [{**Endings((), (HELD,)).as_json()["posts"][0], "role": "king"}]},
        {
            "erasures": [],
            "posts": [{**Endings((), (HELD,)).as_json()["posts"][0], "since": "soon"}],
        },
    ],
)
def test_anything_else_is_refused(given: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # whatever it says, the command words it
        read_ended(given)
