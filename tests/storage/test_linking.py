"""A union moves everything, and nothing comes back under the name that is gone."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.errors import Conflict
from domain.matters.matter import Matter, Step
from domain.messages import Channel, FileKind, Lane, Side, say
from domain.people import Account, Consent, Link, LinkState, Person, Purpose
from domain.subjects import case
from storage.attachments import Attachment, list_of_person
from storage.changes import Changes, apply
from storage.codes import Recovery, find_link_by_hash, find_recovery
from storage.database import Database
from storage.drafts import Draft, get_drafts
from storage.gathered_reminders import Gathered, claim_gathered
from storage.keyring import hash_token
from storage.matters.followers import Follower, is_follower, list_followers
from storage.matters.matters import find_matter
from storage.outbox import Notice
from storage.people import accounts_by_id, find_person, list_consents
from storage.residents.linking import Union
from storage.sending import due
from tests.handlers.chats import Office, opened
from tests.street import MORNING

KEPT, GONE = "kept", "gone"
UNION = Union(kept=KEPT, absorbed=GONE)


def person(name: str) -> Person:
    return Person(id=name, side=Side.RESIDENTS, created_at=MORNING, preferred=f"account-{name}")


def account(name: str, channel: Channel = Channel.WEB) -> Account:
    return Account(
        id=f"account-{name}",
        person=name,
        side=Side.RESIDENTS,
        channel=channel,
        address=f"account-{name}",
        created_at=MORNING,
        seen_at=MORNING,
    )


def draft(name: str) -> Draft:
    return Draft(
        person=name,
        id=name,
        form="service",
        form_version=1,
        step="text",
        values={"text": name},
        changed_at=MORNING,
        expires_at=MORNING + timedelta(days=30),
    )


def link(state: LinkState = LinkState.OFFERED, code: str = "1", by: str = KEPT) -> Link:
    return Link(
        code_hash=hash_token(code),
        offered_by=f"account-{by}",
        answered_by=f"account-{GONE}" if state is not LinkState.OFFERED else None,
        state=state,
        expires_at=MORNING + timedelta(minutes=10),
    )


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


@pytest.fixture
async def two(database: Database) -> Database:
    """Two persons with an account each."""
    await save(database, person(KEPT), person(GONE), account(KEPT), account(GONE, Channel.TELEGRAM))
    return database


async def filed_by(database: Database, tmp_path: Path, reporter: str) -> Matter:
    """File a matter and make somebody its reporter."""
    office: Office = await opened(database, tmp_path)
    number = await office.filed()
    matter = replace(await office.matter(number), reporter=reporter)
    await save(database, matter)
    async with database.read() as tx:
        found = await find_matter(tx, number)
    assert found is not None
    return found


# --- everything moves ----------------------------------------------------------------------------


async def test_accounts_move_and_the_absorbed_person_is_gone(two: Database) -> None:
    await save(two, UNION)

    async with two.read() as tx:
        accounts = await accounts_by_id(tx, [f"account-{KEPT}", f"account-{GONE}"])
        assert {one.person for one in accounts.values()} == {KEPT}
        assert await find_person(tx, GONE) is None


async def test_matters_move_with_their_versions_raised(two: Database, tmp_path: Path) -> None:
    matter = await filed_by(two, tmp_path, GONE)

    await save(two, UNION)

    async with two.read() as tx:
        moved = await find_matter(tx, matter.number)
    assert moved is not None
    assert moved.reporter == KEPT
    with pytest.raises(Conflict):
        await save(two, matter)


async def test_followings_move_once_and_not_to_ones_own_matters(
    two: Database, tmp_path: Path
) -> None:
    matter = await filed_by(two, tmp_path, GONE)
    await save(
        two,
        Follower(number=matter.number, person=KEPT, at=MORNING),
        Follower(number="2026-09999", person=KEPT, at=MORNING),
        Follower(number="2026-09999", person=GONE, at=MORNING),
        Follower(number="2026-09998", person=GONE, at=MORNING),
    )

    await save(two, UNION)

    async with two.read() as tx:
        assert not await is_follower(tx, matter.number, KEPT)
        assert await list_followers(tx, "2026-09999") == [KEPT]
        assert await list_followers(tx, "2026-09998") == [KEPT]


@pytest.mark.parametrize(("held", "left"), [((GONE,), GONE), ((KEPT,), KEPT), ((KEPT, GONE), KEPT)])
async def test_one_draft_is_left(two: Database, held: tuple[str, ...], left: str) -> None:
    await save(two, *(draft(name) for name in held))

    await save(two, UNION)

    async with two.read() as tx:
        found = await get_drafts(tx, [KEPT, GONE])
    assert found.keys() == {KEPT}
    assert found[KEPT].values == {"text": left}


async def test_consents_move_where_the_kept_person_said_nothing(two: Database) -> None:
    withdrawn = Consent(
        person=KEPT,
        purpose=Purpose.WEEKLY_SUMMARY,
        notice=1,
        given_at=MORNING,
        withdrawn_at=MORNING,
    )
    given = replace(withdrawn, person=GONE, withdrawn_at=None)
    await save(two, withdrawn, given, replace(given, purpose=Purpose.SENSITIVE))

    await save(two, UNION)

    async with two.read() as tx:
        consents = {one.purpose: one.withdrawn_at for one in await list_consents(tx, KEPT)}
    assert consents == {Purpose.WEEKLY_SUMMARY: MORNING, Purpose.SENSITIVE: None}


async def test_what_waits_is_still_sent_and_files_keep_an_owner(two: Database) -> None:
    notice = Notice(
        person=GONE, message=say("menu.what"), lane=Lane.NOTICE, at=MORNING, not_before=MORNING
    )
    photo = Attachment(
        id="photo",
        person=GONE,
        bot="telegram.residents",
        ref="ref",
        kind=FileKind.PHOTO,
        not_before=MORNING,
        created_at=MORNING,
    )
    await save(two, notice, photo)

    await save(two, UNION)

    async with two.read() as tx:
        (row,) = await due(tx, "telegram.residents", MORNING, 10)
        assert (row.person, row.account) == (KEPT, f"account-{GONE}")
        assert [one.id for one in await list_of_person(tx, KEPT)] == ["photo"]


async def test_what_was_gathered_moves_once(two: Database) -> None:
    gathered = [
        Gathered(
            person=name,
            kind="matter",
            subject=case(number),
            step=Step.JUDGE_REMIND,
            not_before=MORNING,
        )
        for name, number in ((KEPT, "1"), (GONE, "1"), (GONE, "2"))
    ]
    await save(two, *gathered)

    await save(two, UNION)

    async with two.write() as tx:
        told = await claim_gathered(tx, MORNING, 10)
    assert {person: sorted(one.subject.id for one in some) for person, some in told.items()} == {
        KEPT: ["1", "2"]
    }


async def test_the_recovery_code_of_the_absorbed_person_is_void(two: Database) -> None:
    await save(
        two,
        Recovery(code_hash=two.keyring.hash_code("1"), person=KEPT, created_at=MORNING),
        Recovery(code_hash=two.keyring.hash_code("2"), person=GONE, created_at=MORNING),
    )

    await save(two, UNION)

    async with two.read() as tx:
        assert await find_recovery(tx, "1", MORNING) is not None
        assert await find_recovery(tx, "2", MORNING) is None


async def test_what_the_batch_still_writes_for_the_absorbed_person_moves_too(
    two: Database,
) -> None:
    first, second = Changes(), Changes()
    first.save(UNION)
    second.save(
        person(GONE),
        Notice(
            person=GONE, message=say("menu.what"), lane=Lane.NOTICE, at=MORNING, not_before=MORNING
        ),
    )

    async with two.write() as tx:
        await apply(tx, [first, second])

    async with two.read() as tx:
        assert await find_person(tx, GONE) is None
        (row,) = await due(tx, "telegram.residents", MORNING, 10)
        assert row.person == KEPT


async def test_every_pending_link_of_both_ends(two: Database) -> None:
    await save(two, person("third"), account("third"))
    await save(two, link(code="1"), link(code="2", by="third"))
    await save(two, link(LinkState.ANSWERED, "2", "third"))

    await save(two, UNION)

    async with two.read() as tx:
        assert await find_link_by_hash(tx, hash_token("1")) is None
        assert await find_link_by_hash(tx, hash_token("2")) is None


# --- how far a link has come ---------------------------------------------------------------------


async def test_a_new_offer_ends_the_older_one_of_the_account(two: Database) -> None:
    await save(two, link(code="1"))

    await save(two, link(code="2"))

    async with two.read() as tx:
        assert await find_link_by_hash(tx, hash_token("1")) is None
        assert await find_link_by_hash(tx, hash_token("2")) == link(code="2")


@pytest.mark.parametrize(
    ("standing", "wanted"),
    [
        (None, LinkState.ANSWERED),
        (LinkState.ANSWERED, LinkState.ANSWERED),
        (LinkState.OFFERED, LinkState.DONE),
        (LinkState.OFFERED, LinkState.REFUSED),
        (LinkState.REFUSED, LinkState.DONE),
        (LinkState.DONE, LinkState.DONE),
    ],
)
async def test_a_link_takes_no_step_from_where_it_does_not_stand(
    two: Database, standing: LinkState | None, wanted: LinkState
) -> None:
    order = [LinkState.OFFERED, LinkState.ANSWERED]
    if standing is LinkState.OFFERED:
        order = [LinkState.OFFERED]
    elif standing in (LinkState.REFUSED, LinkState.DONE):
        order.append(standing)
    for state in order if standing else []:
        await save(two, link(state))

    with pytest.raises(Conflict):
        await save(two, link(wanted))
