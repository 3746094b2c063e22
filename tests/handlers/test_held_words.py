"""What may be about somebody who works here is read back before it goes anywhere, on every way."""

import random
import re
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from domain.messages import Channel, FileKind, FileRef, Side
from handlers.forms.steps import Form, Place, Words
from handlers.registry import FEATURES
from storage.database import Database
from storage.drafts import Draft, get_drafts
from storage.outbox import outbox
from storage.people import find_accounts
from tests.handlers.chats import Office
from tests.street import STAFF

NAMES = {person: name for person, name, _, _ in STAFF}
CANARY = "金丝雀"
ANNA = (Side.RESIDENTS, Channel.TELEGRAM, "anna")


def heard_by_staff(office: Office, *, but: Sequence[str] = ()) -> str:
    return office.transcript(*(person for person in NAMES if person not in but))


async def resolved(office: Office, number: str) -> None:
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.resolve:{number}")
    await office.says("secretary", "换好了")
    await office.presses("secretary", "跳过")
    await office.presses("secretary", "提交")


async def asked(office: Office, number: str) -> None:
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.ask:{number}")
    await office.says("secretary", "哪一盏灯？")


# --- as it was met -------------------------------------------------------------------------------


async def test_an_answer_that_also_speaks_of_the_worker_is_read_back_first(office: Office) -> None:
    number = await office.filed(by="anna")
    await asked(office, number)

    told = await office.says("anna", "路灯坏了，网格员还骂我")

    assert "路灯坏了，网格员还骂我" in told
    assert "骂" not in heard_by_staff(office)


async def test_of_what_is_both_only_what_the_writer_agreed_to_goes_on(office: Office) -> None:
    number = await office.filed(by="anna")
    await asked(office, number)
    await office.says("anna", "路灯坏了，网格员还骂我")

    proposal = await office.presses("anna", "两样都有")
    await office.presses("anna", "就这样转")
    if any("回答" in label for label in office.labels("anna")):
        await office.presses("anna", "回答")

    assert "“路灯坏了”" in proposal
    assert "路灯坏了" in office.heard("secretary") + office.transcript("secretary")
    assert "骂" not in heard_by_staff(office)
    events = [repr(event.content) for event in await office.events(number)]
    assert not any("骂" in content for content in events)


async def test_words_about_the_matter_go_on_as_they_are(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", f"matters.add:{number}")
    await office.says("anna", "网格员来看过了，灯还是没好")

    await office.presses("anna", "只是说事")
    await office.presses("anna", "提交")

    assert "网格员来看过了，灯还是没好" in office.heard("secretary")


async def test_an_angry_report_is_still_a_report(office: Office) -> None:
    await office.starts("anna", "g-E1")

    await office.says("anna", "你们都是吃干饭的！！水管漏了一个星期了！！！")
    await office.presses("anna", "两样都有")
    await office.presses("anna", "就这样转")
    await office.presses("anna", "提交")

    card = office.heard("secretary")
    assert "水管漏了一个星期了" in card
    assert "吃干饭" not in card


async def test_whoever_is_named_does_not_get_the_case(office: Office) -> None:
    await office.starts("anna", "g-E1")

    await office.says("anna", "张书记门口的路灯坏了")
    await office.presses("anna", "只是说事")
    await office.presses("anna", "请人来办事")
    await office.presses("anna", "提交")

    assert "张书记门口" not in office.transcript("secretary")
    assert "张书记门口" in office.heard("community")


async def test_a_comment_goes_above_alone_whatever_it_says(office: Office) -> None:
    number = await office.filed(by="anna")
    await resolved(office, number)
    await office.presses("anna", "已解决")
    await office.presses("anna", "2")
    await office.does("anna", f"matters.comment:{number}")

    await office.says("anna", f"根本没修好 {CANARY}")

    assert CANARY in office.heard("community")
    assert CANARY not in heard_by_staff(office, but=["community"])
    await office.does("secretary", f"matters.show:{number}")
    await office.does("secretary", f"matters.story:{number}")
    assert CANARY not in office.transcript("secretary")


async def test_what_is_still_missing_goes_to_whom_the_resident_says(office: Office) -> None:
    number = await office.filed(by="anna")
    await resolved(office, number)
    await office.presses("anna", "没解决")

    told = await office.says("anna", f"二楼还是黑的 {CANARY}")
    await office.presses("anna", "只给上级")

    assert re.search(r"\[给承办人\].*\[只给上级\]", told), told
    assert CANARY in office.heard("community")
    await office.does("secretary", f"matters.show:{number}")
    await office.does("secretary", f"matters.story:{number}")
    assert CANARY not in heard_by_staff(office, but=["community"])
    await office.does("anna", f"matters.show:{number}")
    assert CANARY in office.heard("anna")


async def test_the_level_above_is_offered_first_where_a_person_is_spoken_of(
    office: Office,
) -> None:
    number = await office.filed(by="anna")
    await resolved(office, number)
    await office.presses("anna", "没解决")
    await office.says("anna", "没修好，还骂我")

    told = await office.presses("anna", "只是说事")

    assert re.search(r"\[只给上级\].*\[给承办人\]", told), told
    assert "骂" not in heard_by_staff(office)


async def test_the_level_above_that_had_the_case_in_hand_is_passed_over(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("community", f"matters.show:{number}")
    await office.presses("community", "轻重缓急")
    await office.presses("community", "一般")
    await office.says("community", "先放一放")
    await resolved(office, number)
    await office.presses("anna", "没解决")
    await office.says("anna", f"还是黑的 {CANARY}")

    await office.presses("anna", "只给上级")

    assert CANARY in office.transcript("leader")
    assert CANARY not in heard_by_staff(office, but=["leader"])


async def test_a_voice_as_an_answer_says_first_who_will_hear_it(office: Office) -> None:
    number = await office.filed(by="anna")
    await asked(office, number)
    await office.does("anna", f"matters.answer:{number}")
    voice = FileRef(kind=FileKind.VOICE, ref="voice-1")

    await office.arrives("anna", files=(voice,))
    told = await office.presses("anna", "继续")
    await office.presses("anna", "只给上级")
    await office.presses("anna", "提交")

    assert "[给承办人]" in told
    assert "(1 files)" in office.heard("community")
    assert "(1 files)" not in heard_by_staff(office, but=["community"])


# --- what was refused is gone --------------------------------------------------------------------


async def everything_kept(database: Database) -> str:
    """Read every conversation and draft in plain."""
    async with database.read() as tx:
        said = [
            repr(tx.keyring.unseal(row.sealed))
            for row in await tx.rows(select(outbox.c.sealed).where(outbox.c.sealed.is_not(None)))
        ]
        accounts = await find_accounts(tx, [ANNA])
        drafts = await get_drafts(tx, {one.person for one in accounts.values()})
    return "\n".join([*said, *(repr(one) for one in drafts.values())])


@pytest.mark.parametrize("answer", ["对工作人员的意见", "两样都有"])
async def test_what_was_said_of_a_person_is_kept_nowhere(
    office: Office, database: Database, answer: str
) -> None:
    number = await office.filed(by="anna")
    await asked(office, number)
    await office.says("anna", f"路灯坏了，网格员{CANARY}骂我")
    assert CANARY in await everything_kept(database)

    await office.presses("anna", answer)

    assert CANARY not in await everything_kept(database)


async def test_a_plain_complaint_is_kept_nowhere_from_the_first(
    office: Office, database: Database
) -> None:
    told = await office.says("anna", f"张书记态度恶劣，当面骂人{CANARY}")

    assert "纪检监察部门" in told
    assert CANARY not in await everything_kept(database)


async def test_a_refused_message_is_taken_out_of_the_chat(office: Office) -> None:
    await office.arrives("anna", text="张书记态度恶劣，当面骂人", said="77")

    assert office.latest("anna").message.takes_back == ("77",)


# --- nothing typed is lost -----------------------------------------------------------------------


async def test_more_words_join_those_that_are_held(office: Office) -> None:
    await office.filed(by="anna")
    await office.says("anna", "网格员来过了")

    told = await office.says("anna", "灯还是不亮")

    assert "网格员来过了\n灯还是不亮" in told


async def test_held_words_wait_through_a_restart_and_the_answer_may_be_typed(
    office: Office,
) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", f"matters.add:{number}")
    await office.says("anna", "网格员来看过了，灯还是没好")
    office.restart()

    place = office.labels("anna").index("只是说事，照常办")
    await office.says("anna", str(place + 1))
    await office.presses("anna", "提交")

    assert "网格员来看过了，灯还是没好" in office.heard("secretary")


async def test_the_same_answer_pressed_twice_is_one(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", f"matters.add:{number}")
    await office.says("anna", "网格员来看过了，灯还是没好")
    held = office.button("anna", "只是说事")

    await office.does("anna", held)
    again = await office.does("anna", held)

    assert "网格员来看过了" in again or "已经" in again or "按钮" in again
    await office.presses("anna", "提交")
    assert office.heard("secretary").count("网格员来看过了") == 1


async def test_an_ordinary_report_is_asked_nothing_more(office: Office) -> None:
    await office.starts("anna", "g-E1")

    told = await office.says("anna", "3号楼楼道灯坏了")

    assert "提交" in told
    assert "工作人员" not in told


async def test_danger_is_never_held_up_by_a_post_that_is_named(office: Office) -> None:
    await office.starts("anna", "g-E1")

    told = await office.says("anna", "3号楼着火了，网格员快来")

    assert "119" in told
    assert "对工作人员的意见" not in told


# --- every way, every name -----------------------------------------------------------------------


def _open_steps() -> list[tuple[Form, str]]:
    """List every step of every residents' form at which somebody may write freely."""
    return [
        (form, step.name)
        for feature in FEATURES.all
        if feature.side is Side.RESIDENTS
        for form in feature.forms
        for step in form.steps
        if isinstance(step, Words | Place)
    ]


@pytest.mark.parametrize(
    ("form", "step"), [pytest.param(*one, id=f"{one[0].name}-{one[1]}") for one in _open_steps()]
)
async def test_at_every_open_question_a_name_and_an_accusation_are_held(
    office: Office, form: Form, step: str
) -> None:
    number = await office.filed(by="anna")
    async with office.database.read() as tx:
        (account,) = (await find_accounts(tx, [ANNA])).values()
    await office.change(
        Draft(
            person=account.person,
            id="d1",
            form=form.name,
            form_version=form.version,
            step=step,
            values={},
            context={"number": number},
            changed_at=office.now,
            expires_at=office.now.replace(year=2027),
        )
    )

    told = await office.says("anna", f"张书记昨天冲我吼{CANARY}")

    assert "对工作人员的意见" in told or "纪检监察部门" in told, told
    assert CANARY not in heard_by_staff(office)


@pytest.mark.parametrize("accused", sorted(NAMES))
async def test_no_name_of_the_staff_gets_by_unasked(office: Office, accused: str) -> None:
    chance = random.Random(accused)
    await office.filed(by="anna")
    for _ in range(12):
        words = "".join(chance.choices("天地玄黄宇宙洪荒日月盈昃", k=chance.randint(2, 8)))
        parts = [NAMES[accused], words]
        chance.shuffle(parts)

        told = await office.says("anna", "".join(parts))

        assert "对工作人员的意见" in told or "纪检监察部门" in told, told
        assert words not in heard_by_staff(office)
        if "对工作人员的意见" in told:
            await office.presses("anna", "对工作人员的意见")
