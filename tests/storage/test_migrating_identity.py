"""What an office that ran an earlier version finds after the first start of this one."""

from datetime import timedelta

from sqlalchemy import Connection, select

from domain.messages import Channel, Side
from domain.organisation import Post, Role
from domain.people import Account, Person
from storage.changes import Changes, apply
from storage.codes import Recovery, recovery_codes
from storage.database import Database
from storage.migrate import configuration, upgrade
from storage.reminders import find_reminder
from storage.session_rows import Session, sessions
from tests.street import EAST_1, MORNING

LIFE = timedelta(days=180)


def _down(connection: Connection) -> None:
    from alembic import command

    command.downgrade(configuration(connection), "0006")


async def before(database: Database, *objects: object) -> None:
    """Put something into the tables, and leave them as the earlier version had them."""
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])
    async with database.engine.begin() as connection:
        await connection.run_sync(_down)


def account(name: str, side: Side) -> Account:
    return Account(
        id=f"account-{name}",
        person=name,
        side=side,
        channel=Channel.WEB,
        address=name,
        created_at=MORNING,
        seen_at=MORNING,
    )


async def test_a_post_that_was_lent_before_goes_back_at_its_date(database: Database) -> None:
    end = MORNING + timedelta(days=1)
    lent = Post(
        id="post",
        unit=EAST_1,
        role=Role.GRID_SECRETARY,
        person="away",
        since=MORNING,
        substitute="other",
        away_until=end,
    )
    await before(database, lent)

    await upgrade(database)

    async with database.read() as tx:
        reminder = await find_reminder(tx, "post", "post")
    assert reminder is not None
    assert reminder.due_at == end


async def test_codes_of_people_without_an_account_end_and_those_of_others_stay(
    database: Database,
) -> None:
    people = [
        Person(id=name, side=Side.RESIDENTS, created_at=MORNING) for name in ("walk-in", "online")
    ]
    codes = [Recovery(code_hash=one.id, person=one.id, created_at=MORNING) for one in people]
    await before(database, *people, account("online", Side.RESIDENTS), *codes)

    await upgrade(database)

    async with database.read() as tx:
        left = [row.person for row in await tx.rows(select(recovery_codes.c.person))]
    assert left == ["online"]


async def test_sessions_of_staff_live_as_long_as_their_cookie_and_residents_keep_theirs(
    database: Database,
) -> None:
    own = [account("worker", Side.STAFF), account("resident", Side.RESIDENTS)]
    opened = [
        Session(
            token_hash=one.person,
            account=one.id,
            created_at=MORNING,
            expires_at=MORNING + LIFE,
        )
        for one in own
    ]
    await before(database, *own, *opened)

    await upgrade(database)

    async with database.read() as tx:
        rows = await tx.rows(select(sessions.c.token_hash, sessions.c.expires_at))
    assert {row.token_hash: row.expires_at - MORNING for row in rows} == {
        "worker": timedelta(days=30),
        "resident": LIFE,
    }
