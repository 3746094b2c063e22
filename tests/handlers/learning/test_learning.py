"""Corrections: kept where the office wants them and the writer agreed, and nowhere else.

All sentences are invented.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from bot.configuration.street_source import StreetSource
from bot.configuration.training_sentences import default_sentences
from bot.operations.teaching import Taught, renew, teach
from domain.categories import Kind
from domain.matters.matter import Origin
from domain.people import Consent, Purpose
from domain.street import Office as Configured
from domain.subjects import case
from domain.words.corrections import Correction, Corrector, LearningRules
from domain.words.learning import Sentence
from domain.words.lexicon import Guess
from domain.words.understanding import understand
from storage.database import Database
from storage.forgetting import forget_subjects
from storage.learning.corrections import (
    PERSONAL_DATA,
    corrections,
    end_unwanted,
    list_corrections,
)
from storage.people import list_consents
from storage.supplements import find_supplement
from tests.handlers.chats import Office, opened
from tests.handlers.residents.test_my_data import copies, erased, person_of
from tests.street import EAST, settings

LOCKERS = ("快递柜超时收费太贵了", "小区快递柜存一晚就收钱", "小区快递柜超时就收费")
FOURTH = "咱们院快递柜超时要收费"


@pytest.fixture
async def learner(database: Database, tmp_path: Path) -> Office:
    """An office that has opened learning from corrections everywhere."""
    office = await opened(database, tmp_path)
    open_everywhere = settings(tmp_path, LINLI_FEATURES='{"learning": {"on": true}}')
    office.new_source = lambda: StreetSource(open_everywhere)
    office.restart()
    return office


@cache
def shipped() -> Sequence[Sentence]:
    """A part of the shipped sentences: it makes training a matter of a second."""
    return default_sentences()[::10]


async def complains(office: Office, who: str, words: str, *, category: str = "物业管理") -> str:
    """Let a resident give an opinion, and put its category right where it is another one."""
    await office.starts(who, "g-E1")
    await office.does(who, "matters.opinion")
    await office.says(who, words)
    await _to_the_end(office, who, category)
    if f"类别：{category}" not in office.heard(who).replace("🏢 ", "").replace("🧹 ", ""):
        await office.presses(who, "修改类别")
        await _to_the_end(office, who, category)
    return await office.presses(who, "提交")


async def _to_the_end(office: Office, who: str, category: str) -> None:
    """Answer the questions of a form: the category where it is asked for, nothing else."""
    while not any("提交" in label for label in office.latest(who).labels):
        labels = " ".join(office.latest(who).labels)
        for label in (category, "全部类别", "跳过"):
            if label in labels:
                await office.presses(who, label)
                break
        else:
            raise AssertionError(office.transcript(who))


async def kept(office: Office) -> list[Correction]:
    async with office.database.read() as tx:
        return await list_corrections(tx)


async def consent(office: Office, who: str) -> Consent | None:
    async with office.database.read() as tx:
        given = await list_consents(tx, await person_of(office, who))
    return next((one for one in given if one.purpose is Purpose.LEARNING), None)


async def three_correct(office: Office) -> None:
    """Three residents put the same right, and agree."""
    for who, words in zip(("anna", "bert", "cora"), LOCKERS, strict=True):
        await complains(office, who, words)
        await office.presses(who, "可以")


async def trained(office: Office, *, dry: bool = False) -> Taught:
    return await teach(office.database, office.source, office.now, sentences=shipped(), dry=dry)


async def offered_first(office: Office, words: str = FOURTH) -> str:
    knowledge = (await office.street()).knowledge
    return understand(words, knowledge).likely[Kind.OPINION][0]


# --- the question --------------------------------------------------------------------------------


async def test_who_puts_something_right_is_asked_once_and_apart(learner: Office) -> None:
    told = await complains(learner, "anna", LOCKERS[0])

    assert "可以把这句话留一份" in told
    assert "不同意不影响办事" in told
    assert {"可以", "不用"} <= set(learner.labels("anna"))
    assert await kept(learner) == []
    assert await consent(learner, "anna") is None


async def test_after_a_yes_this_sentence_is_kept_and_the_next_ones_without_asking(
    learner: Office,
) -> None:
    await complains(learner, "anna", LOCKERS[0])
    await learner.presses("anna", "可以")
    told = await complains(learner, "anna", LOCKERS[1])

    assert "留一份" not in told
    found = await kept(learner)
    assert [one.said for one in found] == list(LOCKERS[:2])
    assert {(one.reading, one.category, one.by) for one in found} == {
        (Guess.OPINION, "property", Corrector.WRITER)
    }
    assert {one.person for one in found} == {await person_of(learner, "anna")}


async def test_after_a_no_nothing_is_kept_and_nobody_asks_again(learner: Office) -> None:
    await complains(learner, "anna", LOCKERS[0])
    await learner.presses("anna", "不用")
    told = await complains(learner, "anna", LOCKERS[1])

    assert "留一份" not in told
    assert await kept(learner) == []
    given = await consent(learner, "anna")
    assert given is not None
    assert given.withdrawn_at == given.given_at


async def test_without_an_answer_nothing_is_kept(learner: Office) -> None:
    await complains(learner, "anna", LOCKERS[0])
    learner.later(days=2)
    told = await complains(learner, "anna", LOCKERS[1])

    assert "可以把这句话留一份" in told
    assert await kept(learner) == []


async def test_pressing_yes_twice_or_after_a_no_is_one_answer(learner: Office) -> None:
    await complains(learner, "anna", LOCKERS[0])
    yes, no = learner.button("anna", "可以"), learner.button("anna", "不用")

    await learner.does("anna", no)
    await learner.does("anna", yes)
    await learner.does("anna", yes)

    assert len(await kept(learner)) == 1
    await learner.does("anna", no)
    assert await kept(learner) == []


async def test_nobody_agrees_for_somebody_elses_case(learner: Office) -> None:
    await complains(learner, "anna", LOCKERS[0])
    yes = learner.button("anna", "可以")
    await learner.starts("bert", "g-E1")

    await learner.does("bert", yes)

    assert await kept(learner) == []
    assert await consent(learner, "bert") is None


async def test_who_takes_the_proposal_is_asked_nothing(learner: Office) -> None:
    await learner.starts("anna", "g-E1")
    await learner.says("anna", "3号楼路灯坏了")
    told = await learner.presses("anna", "提交")

    assert "留一份" not in told


# --- the switch ----------------------------------------------------------------------------------


async def test_where_the_office_has_not_opened_it_nobody_is_asked_and_nothing_kept(
    office: Office,
) -> None:
    told = await complains(office, "anna", LOCKERS[0])
    pressed = await office.does("anna", "learning.agree")

    assert "留一份" not in told
    assert "没有开通" in pressed or "还没开通" in pressed or "未开通" in pressed
    assert await kept(office) == []
    assert "帮助改进" not in await office.does("anna", "residents.me")
    assert "让它学习" not in await office.does("anna", "residents.privacy")


async def test_the_notice_tells_of_it_where_it_is_open(learner: Office) -> None:
    await learner.starts("anna", "g-E1")

    said = await learner.does("anna", "residents.privacy")

    assert "您同意才会留一份让它学习，最多留1年" in said


async def test_the_streets_leadership_opens_it_for_a_community_in_chat(office: Office) -> None:
    await office.does("street_leader", f"switches.set:{EAST}:learning:on")
    await office.says("street_leader", "先试一个社区")
    await office.presses("street_leader", "提交")

    assert "可以把这句话留一份" in await complains(office, "anna", LOCKERS[0])


async def test_what_was_kept_goes_at_night_where_it_is_closed(learner: Office) -> None:
    await three_correct(learner)
    learner.later(minutes=1)
    await learner.does("street_leader", f"switches.set:{EAST}:learning:off")
    await learner.says("street_leader", "不再需要")
    await learner.presses("street_leader", "提交")

    async with learner.database.write() as tx:
        ended = await end_unwanted(tx, await learner.source.current(tx, learner.now))

    assert ended == 3
    assert await kept(learner) == []


# --- one's own page ------------------------------------------------------------------------------


async def test_under_mine_one_sees_it_stops_it_and_it_is_gone(learner: Office) -> None:
    await three_correct(learner)

    shown = await learner.does("anna", "learning.show")
    stopped = await learner.presses("anna", "停止并删除")

    assert "现在留着 1 句" in shown
    assert "已停止" in stopped
    assert [one.said for one in await kept(learner)] == list(LOCKERS[1:])
    assert "认错的那句留一份" in await learner.does("anna", "learning.show")
    assert "已停止" in await learner.does("anna", "learning.stop")


async def test_taking_the_consent_back_among_ones_consents_deletes_at_once(
    learner: Office,
) -> None:
    await three_correct(learner)

    listed = await learner.does("anna", "residents.consents")
    await learner.does("anna", "residents.withdraw_consent:learning")

    assert "帮助系统认得更准" in listed
    assert [one.said for one in await kept(learner)] == list(LOCKERS[1:])


async def test_one_may_agree_before_anything_was_put_right(learner: Office) -> None:
    await learner.starts("anna", "g-E1")
    await learner.says("anna", "帮助改进")
    await learner.presses("anna", "可以")
    told = await complains(learner, "anna", LOCKERS[0])

    assert "留一份" not in told
    assert len(await kept(learner)) == 1


async def test_the_copy_of_ones_data_holds_them(learner: Office, tmp_path: Path) -> None:
    await three_correct(learner)

    copied = await copies(learner, tmp_path, "anna")

    (one,) = copied.data["learning"]
    assert (one["said"], one["reading"], one["category"], one["by"]) == (
        LOCKERS[0],
        "opinion",
        "property",
        "writer",
    )
    assert LOCKERS[1] not in copied.page
    assert "留作学习的话" in copied.page


# --- what is never kept --------------------------------------------------------------------------


async def agrees(office: Office, who: str) -> None:
    await office.starts(who, "g-E1")
    await office.does(who, "learning.agree")


@pytest.mark.parametrize(
    "change",
    [
        {"confidential": True},
        {"kind": Kind.DISPUTE},
        {"hide_name": True},
        {"dangers": ("fire",)},
        {"urgency": 3},
        {"barred": frozenset({"secretary"})},
        {"origin": Origin.WINDOW},
        {"erased": True},
    ],
    ids=[
        *("confidential", "dispute", "hidden name", "danger", "emergency", "names staff"),
        *("a clerk's words", "erased"),
    ],
)
async def test_nothing_of_a_case_that_is_apart_is_kept(
    learner: Office, change: dict[str, object]
) -> None:
    await complains(learner, "anna", LOCKERS[0])
    number = next(iter(learner.numbers(learner.transcript("anna"))))
    await learner.change(replace(await learner.matter(number), **change))  # type: ignore[arg-type]

    await learner.presses("anna", "可以")

    assert await consent(learner, "anna") is not None
    assert await kept(learner) == []


@pytest.mark.parametrize(
    "words",
    ["楼道里有股烧焦的味道，快递柜也坏了", "张书记管的快递柜超时收费太贵"],
    ids=["may be danger", "names somebody of the staff"],
)
async def test_words_of_danger_or_of_staff_are_not_kept(learner: Office, words: str) -> None:
    await agrees(learner, "anna")
    await complains(learner, "anna", LOCKERS[0])
    number = (await kept(learner))[0].number
    matter = await learner.matter(number)
    told = replace(matter.particulars, text=words)
    await learner.change(replace(matter, particulars=told))

    await learner.does("community", f"matters.resort:{number}")
    await learner.presses("community", "办事")
    await learner.presses("community", "其他办事")

    assert await kept(learner) == []


async def test_telephone_and_door_numbers_are_blotted_out(learner: Office) -> None:
    await agrees(learner, "anna")
    await complains(learner, "anna", "快递柜超时收费太贵了，我住3号楼2单元501室")

    (one,) = await kept(learner)

    assert "501" not in one.said
    assert "快递柜超时收费太贵了" in one.said


async def test_nothing_readable_lies_in_the_table(learner: Office) -> None:
    await three_correct(learner)

    async with learner.database.read() as tx:
        rows = await tx.rows(corrections.select())

    assert len(rows) == 3
    assert not any("快递柜".encode() in row.sealed for row in rows)
    assert not any("property" in str(row) for row in rows)


# --- staff ---------------------------------------------------------------------------------------


async def resorts(office: Office, number: str, *labels: str) -> None:
    await office.does("community", f"matters.resort:{number}")
    for label in labels:
        await office.presses("community", label)


async def test_what_staff_put_right_is_kept_where_the_writer_agreed(learner: Office) -> None:
    await agrees(learner, "anna")
    number = await learner.filed("3号楼路灯坏了", by="anna")

    await resorts(learner, number, "办事", "供电")

    (one,) = await kept(learner)
    assert (one.number, one.by, one.category) == (number, Corrector.STAFF, "power")
    assert one.person == await person_of(learner, "anna")


async def test_without_the_writers_consent_staff_teach_nothing(learner: Office) -> None:
    number = await learner.filed("3号楼路灯坏了", by="anna")

    await resorts(learner, number, "办事", "供电")

    assert await kept(learner) == []


async def test_what_staff_say_goes_before_what_the_writer_pressed(learner: Office) -> None:
    await agrees(learner, "anna")
    await complains(learner, "anna", LOCKERS[0])
    number = (await kept(learner))[0].number

    await resorts(learner, number, "意见建议", "环境卫生")
    assert [(one.category, one.by) for one in await kept(learner)] == [("hygiene", Corrector.STAFF)]

    await resorts(learner, number, "纠纷", "消费")
    assert await kept(learner) == []


async def test_who_sorts_back_to_the_proposal_takes_the_correction_away(learner: Office) -> None:
    await agrees(learner, "anna")
    number = await learner.filed("3号楼路灯坏了", by="anna")
    await resorts(learner, number, "办事", "供电")

    await resorts(learner, number, "办事", "路灯照明")

    assert await kept(learner) == []


# --- learning, erasing ---------------------------------------------------------------------------


async def test_what_three_people_put_right_stands_first_for_the_fourth(learner: Office) -> None:
    await three_correct(learner)
    assert await offered_first(learner) == "facilities"

    taught = await trained(learner)

    assert taught.taken
    assert await offered_first(learner) == "property"
    learner.restart()
    assert await offered_first(learner) == "property"


async def test_a_dry_run_changes_nothing(learner: Office) -> None:
    await three_correct(learner)

    taught = await trained(learner, dry=True)

    assert not taught.taken
    assert taught.trial.supplement is not None
    assert await offered_first(learner) == "facilities"


async def test_one_persons_words_are_not_learnt(learner: Office) -> None:
    for words in LOCKERS:
        await complains(learner, "anna", words)
        if "可以" in learner.labels("anna"):
            await learner.presses("anna", "可以")

    taught = await trained(learner)

    assert len(await kept(learner)) == 3
    assert taught.trial.is_empty
    assert not taught.taken


async def test_training_anew_on_the_same_keeps_what_is_in_use(learner: Office) -> None:
    await three_correct(learner)
    await trained(learner)
    learner.later(days=1)

    again = await trained(learner)

    assert again.trial.unseen == 0
    assert await offered_first(learner) == "property"


async def test_an_erasure_takes_the_sentences_and_by_the_next_morning_what_was_learnt(
    learner: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.operations.teaching.default_sentences", shipped)
    await three_correct(learner)
    await trained(learner)

    await erased(learner, "anna")

    assert [one.said for one in await kept(learner)] == list(LOCKERS[1:])
    assert await offered_first(learner) == "property"
    await renew(learner.database, learner.source, learner.now + timedelta(hours=20))
    assert await offered_first(learner) == "facilities"
    async with learner.database.read() as tx:
        assert await find_supplement(tx) is None


async def test_where_others_say_it_too_it_is_still_known_after_an_erasure(
    learner: Office,
) -> None:
    await three_correct(learner)
    await complains(learner, "dora", "小区快递柜超时收费好贵")
    await learner.presses("dora", "可以")
    await trained(learner)
    await erased(learner, "anna")

    taught = await trained(learner)

    assert taught.taken
    assert taught.trial.persons == 3
    assert await offered_first(learner) == "property"


async def test_an_erased_case_takes_its_sentence_along(learner: Office) -> None:
    await three_correct(learner)
    number = (await kept(learner))[0].number

    async with learner.database.write() as tx:
        await forget_subjects(tx, [case(number)], 0)

    assert number not in {one.number for one in await kept(learner)}


async def test_after_the_time_that_the_rule_sets_they_go(learner: Office) -> None:
    await three_correct(learner)
    configured: Configured = (await learner.street()).office
    rules = configured.rules[LearningRules]
    assert isinstance(rules, LearningRules)
    assert PERSONAL_DATA.expire is not None

    for late, left in ((timedelta(0), 3), (rules.life, 0)):
        async with learner.database.write() as tx:
            await PERSONAL_DATA.expire(tx, learner.now + late, configured)
        assert len(await kept(learner)) == left


async def test_linked_accounts_bring_their_sentences_along(learner: Office) -> None:
    await three_correct(learner)
    anna, bert = await person_of(learner, "anna"), await person_of(learner, "bert")
    assert PERSONAL_DATA.move is not None

    async with learner.database.write() as tx:
        await PERSONAL_DATA.move(tx, anna, bert)

    assert [one.person for one in await kept(learner)].count(anna) == 2
