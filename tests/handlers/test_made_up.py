"""A feature that is made up hangs everything on its subject, and no shared file knows of it."""

import pytest
from sqlalchemy import select

from domain.chain import verify
from domain.messages import Lane, Message, Side, text
from domain.organisation import Role
from handlers.features import Feature, Features, Verb
from handlers.forms.answers import files_of
from handlers.forms.forms import begin
from handlers.forms.steps import Files, Form, Words
from handlers.registry import FEATURES
from handlers.turn import Turn
from storage.attachments import Claim, attachments
from storage.chain import get_chains, list_events
from storage.drafts import Draft
from storage.gathered_reminders import Gathered, gathered_reminders
from storage.outbox import Notice, OutboxState, outbox
from storage.outbox_housekeeping import newest
from storage.subjects import SubjectsGone
from tests.handlers.chats import Office
from tests.outings import OUTING, outing

STORY = "三号楼的老人想去公园"


async def join(turn: Turn, which: str) -> None:
    """Begin to say why one comes along."""
    await begin(turn, JOIN, context={"number": which})


async def joined(turn: Turn, draft: Draft) -> None:
    which, files = outing(str(draft.context["number"])), files_of(draft)
    chain = (await get_chains(turn.tx, [which]))[which]
    turn.changes.save(
        chain.record(turn.act(Role.RESIDENT), "outings.joined", said=draft.values["text"]),
        Claim(files, which),
        Gathered(person="worker", kind=OUTING, subject=which, step="soon", not_before=turn.now),
        Notice(
            person="secretary",
            message=Message(blocks=(text("names.either", zh=STORY, en=""),)),
            lane=Lane.NOTICE,
            at=turn.now,
            not_before=turn.now,
            subject=which,
        ),
    )
    turn.about = which
    turn.say("menu.open")


JOIN = Form(
    name="outings",
    version=1,
    title="opinions.title",
    about=OUTING,
    steps=(
        Words(name="text", question="assignments.ask_note", label="assignments.progress"),
        Files(name="files", question="assignments.ask_pictures", label="filing.files"),
    ),
    submit=joined,
)
MADE_UP = Feature(
    name="outings",
    side=Side.RESIDENTS,
    verbs=(Verb("outings.join", join, begins=True),),
    forms=(JOIN,),
)


@pytest.fixture
async def joined_one(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Let a resident join an outing, beside everything else that goes on."""
    monkeypatch.setattr("bot.traffic.intake.FEATURES", Features((*FEATURES.all, MADE_UP)))
    await office.filed()
    await office.does("resident", "outings.join:7")
    await office.says("resident", STORY)
    await office.sends("resident", "", "photo")
    await office.presses("resident", "继续")
    await office.presses("resident", "提交")
    return office


async def told(office: Office) -> list[tuple[str, bool]]:
    """List the messages in which the story stands: to whom, and whether they still wait."""
    async with office.database.read() as tx:
        rows = await tx.rows(select(outbox).where(outbox.c.sealed.is_not(None)))
        return [
            (row.person, row.state is OutboxState.WAITING)
            for row in rows
            if STORY in str(tx.keyring.unseal(row.sealed))
        ]


async def test_everything_hangs_on_the_thing_itself(joined_one: Office) -> None:
    async with joined_one.database.read() as tx:
        photos = await tx.rows(select(attachments.c.subject))
        waiting = await tx.rows(select(gathered_reminders.c.subject))
        (event,) = await list_events(tx, outing("7"))
        chain = (await get_chains(tx, [outing("7")]))[outing("7")]

    assert [row.subject for row in photos] == [outing("7")]
    assert [row.subject for row in waiting] == [outing("7")]
    assert (event.happening, event.content) == ("outings.joined", {"said": STORY})
    assert verify([event], chain.head) == []
    # The read-back of the form, which nobody marked, and the word to the secretary.
    assert len(await told(joined_one)) >= 2


async def test_its_erasure_reaches_everything_and_leaves_the_rest(joined_one: Office) -> None:
    async with joined_one.database.read() as tx:
        upto = await newest(tx)

    await joined_one.change(SubjectsGone(subjects=(outing("7"),), upto=upto))

    assert await told(joined_one) == []
    async with joined_one.database.read() as tx:
        assert list(await tx.rows(select(attachments))) == []
        assert list(await tx.rows(select(gathered_reminders))) == []
        (event,) = await list_events(tx, outing("7"))
        chain = (await get_chains(tx, [outing("7")]))[outing("7")]
        assert (event.content, event.salt) == (None, None)
        assert verify([event], chain.head) == []
    assert (await joined_one.matter("2026-00001")).particulars.text == "3号楼路灯坏了"
