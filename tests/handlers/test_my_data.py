"""我的资料: seeing, copying, correcting and erasing what is kept of a person."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.exports import CopyWriter
from bot.fetcher import Fetcher
from bot.media import Media
from domain.legal_holds import LegalHold
from domain.matters import Happening, Kind, State, verify
from domain.people import Consent, Purpose
from handlers.router import COMMANDS, VERBS
from storage.attachments import EXPORT, Attachment, FetchState, list_of_person
from storage.files import FileStore
from storage.matters import find_matter, list_events
from storage.outbox import outbox
from storage.people import accounts_by_id, find_person, list_consents
from tests.handlers.chats import Office


async def person_of(office: Office, who: str) -> str:
    """Give the id of the person behind a resident's account."""
    account = office.latest(who).account
    async with office.database.read() as tx:
        return (await accounts_by_id(tx, [account]))[account].person


async def copies(office: Office, folder: Path, who: str) -> dict[str, str]:
    """Let somebody order the copy, write it, and give the files by media type."""
    person = await person_of(office, who)
    await office.does(who, "export")
    files = FileStore(folder, office.database.keyring)
    writer = CopyWriter(office.database, office.source, lambda: office.now)
    fetcher = Fetcher(
        office.database, {}, files, lambda: office.now, media=Media(), copies=writer.write
    )
    while await fetcher.fetch_due():
        pass
    async with office.database.read() as tx:
        sent = [one for one in await list_of_person(tx, person) if one.bot == EXPORT]
    return {
        one.media_type or "": files.kept(one.file_name or "", one.file_key or b"").read().decode()
        for one in sent
        if one.state is FetchState.STORED
    }


async def erased(office: Office, who: str) -> str:
    """Let somebody erase everything; give what the account heard."""
    await office.does(who, "erase")
    await office.presses(who, "继续删除")
    person = await person_of(office, who)
    await office.presses(who, "确定全部删除")
    return office.heard(person)


# --- seeing --------------------------------------------------------------------------------------


async def test_the_page_shows_what_is_kept(office: Office) -> None:
    number = await office.filed(by="bert")
    await office.filed(by="anna")
    await office.joins(number, "anna")

    page = await office.commands("anna", "mydata")

    assert "自己提交 1 件，附议 1 件" in page
    assert office.latest("anna").message.secret


async def test_somebody_new_sees_that_hardly_anything_is_kept(office: Office) -> None:
    page = await office.commands("anna", "mydata")

    assert "自己提交 0 件" in page
    assert "姓名：没有" in page


# --- the copy ------------------------------------------------------------------------------------


async def test_the_copy_holds_profile_cases_and_what_was_said(
    office: Office, tmp_path: Path
) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", "setname")
    await office.says("anna", "王小明")
    await office.does("secretary", f"accept:{number}")
    other = await office.filed(by="bert", words="4号楼门口积水")
    await office.joins(other, "anna")

    written = await copies(office, tmp_path, "anna")

    copy = json.loads(written["application/json"])
    assert copy["export_version"] == 1
    assert copy["profile"]["name"] == "王小明"
    assert copy["profile"]["grid"] == "E1"
    assert [one["channel"] for one in copy["accounts"]] == ["telegram"]
    assert [one["purpose"] for one in copy["consents"]] == ["notice"]
    assert [one["number"] for one in copy["matters"]] == [number]
    matter = copy["matters"][0]
    assert matter["text"] == "3号楼路灯坏了"
    assert [event["happening"] for event in matter["events"]] == ["filed", "accepted"]
    assert [event["by"] for event in matter["events"]] == ["resident", "office"]
    assert [one["number"] for one in copy["followed"]] == [other]
    assert "4号楼门口积水" not in json.dumps(copy, ensure_ascii=False)


async def test_the_copy_in_words_is_in_the_chosen_language(office: Office, tmp_path: Path) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", "language:en")

    words = (await copies(office, tmp_path, "anna"))["text/plain"]

    assert f"{number} service request" in words
    assert "3号楼路灯坏了" in words
    assert "Copy of my data" in words


async def test_the_copy_holds_an_unfinished_form_and_the_files(
    office: Office, tmp_path: Path
) -> None:
    await office.starts("anna", "g-E1")
    await office.does("anna", "service")
    await office.sends("anna", "3号楼路灯坏了", "photo-1")

    copy = json.loads((await copies(office, tmp_path, "anna"))["application/json"])

    assert copy["unfinished_form"]["text"] == "3号楼路灯坏了"
    assert [one["kind"] for one in copy["files"]] == ["photo"]


async def test_a_copy_just_ordered_is_not_written_twice(office: Office, tmp_path: Path) -> None:
    await office.starts("anna")
    await copies(office, tmp_path, "anna")
    office.later(seconds=30)

    answer = await office.does("anna", "export")

    assert "稍等片刻" in answer


async def test_nobody_gets_a_copy_of_an_erased_person(office: Office, tmp_path: Path) -> None:
    await office.filed(by="anna")
    person = await person_of(office, "anna")
    await erased(office, "anna")
    ordered = Attachment(
        id="late",
        person=person,
        bot=EXPORT,
        ref=f"{person}:json:zh_CN",
        kind=(await _any_copy(office, tmp_path)).kind,
        not_before=office.now,
        created_at=office.now,
    )
    await office.change(ordered)

    writer = CopyWriter(office.database, office.source, lambda: office.now)
    fetcher = Fetcher(
        office.database,
        {},
        FileStore(tmp_path, office.database.keyring),
        lambda: office.now,
        media=Media(),  # copies are drawn by nobody: its process does not begin
        copies=writer.write,
    )
    await fetcher.fetch_due()

    async with office.database.read() as tx:
        assert [one.state for one in await list_of_person(tx, person)] == [FetchState.FAILED]


async def _any_copy(office: Office, folder: Path) -> Attachment:
    await office.starts("somebody")
    await copies(office, folder, "somebody")
    person = await person_of(office, "somebody")
    async with office.database.read() as tx:
        return (await list_of_person(tx, person))[0]


# --- correcting ----------------------------------------------------------------------------------


async def test_name_and_phone_are_put_right_and_removed(office: Office) -> None:
    await office.starts("anna")
    await office.does("anna", "setname")
    await office.says("anna", "  王  小明 ")
    await office.does("anna", "setphone")
    await office.arrives("anna", phone="+8613800001234")
    with_both = await office.does("anna", "mydata")

    await office.presses("anna", "删姓名")
    await office.does("anna", "dropdata:phone")

    assert "姓名：王 小明" in with_both
    assert "13800001234" in with_both
    without = await office.does("anna", "mydata")
    assert "姓名：没有" in without
    assert "电话：没有" in without


@pytest.mark.parametrize("given", ["🙂🙂", "   "])
async def test_a_name_must_say_something(office: Office, given: str) -> None:
    await office.starts("anna")
    await office.does("anna", "setname")

    assert "写几个字" in await office.says("anna", given)


async def test_only_name_and_phone_can_be_removed_so(office: Office) -> None:
    assert "过时" in await office.does("anna", "dropdata:side")


# --- consents ------------------------------------------------------------------------------------


async def test_a_consent_is_taken_back_with_one_press(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.does("anna", "summary:on")
    await office.does("anna", "consents")

    answer = await office.presses("anna", "撤回：接收每周小结")

    assert "已撤回：接收每周小结" in answer
    person = await person_of(office, "anna")
    async with office.database.read() as tx:
        consents = {one.purpose: one for one in await list_consents(tx, person)}
        known = await find_person(tx, person)
    assert consents[Purpose.WEEKLY_SUMMARY].withdrawn_at == office.now
    assert known is not None
    assert not known.weekly_summary


async def test_consents_to_other_purposes_are_listed_too(office: Office) -> None:
    await office.starts("anna")
    person = await person_of(office, "anna")
    given = Consent(person=person, purpose=Purpose.SENSITIVE, notice=1, given_at=office.now)
    await office.change(given)
    await office.does("anna", "consents")

    await office.presses("anna", "撤回：使用敏感个人信息")

    assert "没有需要撤回的同意" in await office.does("anna", "consents")


@pytest.mark.parametrize("purpose", ["weekly_summary", "notice", "anything"])
async def test_what_was_not_agreed_to_cannot_be_taken_back(office: Office, purpose: str) -> None:
    await office.starts("anna")

    assert "过时" in await office.does("anna", f"unconsent:{purpose}")


# --- erasing -------------------------------------------------------------------------------------


async def test_erasing_says_first_what_goes_and_what_stays(office: Office) -> None:
    number = await office.filed(by="anna")

    answer = await office.does("anna", "erase")

    assert "1 件事项" in answer
    assert f"一并撤回、不再办理：{number}" in answer
    assert "会留下编号" in answer


async def test_nothing_is_erased_before_the_second_yes(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", "erase")
    await office.presses("anna", "继续删除")

    await office.presses("anna", "不删了")

    matter = await office.matter(number)
    assert matter.state is State.DISPATCHED
    assert matter.particulars.text == "3号楼路灯坏了"


@pytest.mark.parametrize("asked", ["", "0", "soon", "99999999999999", "-1"])
async def test_a_forged_or_old_last_yes_erases_nothing(office: Office, asked: str) -> None:
    number = await office.filed(by="anna")

    answer = await office.does("anna", f"erased:{asked}")

    assert "过时" in answer
    assert not (await office.matter(number)).erased


async def test_the_last_question_is_open_for_ten_minutes(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", "erase")
    await office.presses("anna", "继续删除")
    office.later(minutes=11)

    await office.presses("anna", "确定全部删除")

    assert not (await office.matter(number)).erased


async def test_cases_are_withdrawn_and_forgotten_and_their_chains_verify(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("secretary", f"accept:{number}")
    office.later(minutes=1)

    await erased(office, "anna")

    matter = await office.matter(number)
    events = await office.events(number)
    assert matter.state is State.WITHDRAWN
    assert matter.erased
    assert matter.reporter == ""
    assert matter.particulars.text == ""
    assert all(event.content is None and event.salt is None for event in events)
    assert [event.happening for event in events][-2:] == [Happening.WITHDRAWN, Happening.ERASED]


async def test_a_closed_case_stays_closed_and_is_forgotten(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", f"withdrawn:{number}")

    await erased(office, "anna")

    happened = [event.happening for event in await office.events(number)]
    assert happened.count(Happening.WITHDRAWN) == 1
    assert (await office.matter(number)).erased


async def test_the_owner_learns_that_it_is_over_and_nothing_else(office: Office) -> None:
    number = await office.filed(by="anna")

    await erased(office, "anna")

    told = office.heard("secretary")
    assert f"{number}：居民已撤回" in told
    assert "路灯" not in told


async def test_whoever_said_me_too_learns_that_it_ended(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.joins(number, "bert")

    await erased(office, "anna")

    assert f"您附议的 {number}" in office.heard("bert")


@pytest.mark.parametrize("kept_by_law", [False, True])
async def test_what_anybody_opened_of_it_is_gone_too(office: Office, kept_by_law: bool) -> None:
    number = await office.filed(words="13号楼路灯坏了，我叫欧阳测试", by="anna")
    if kept_by_law:
        hold(office)
    for who in ("secretary", "community", "leader", "dispatcher", "bert"):
        side, _ = office.place(who)
        visits = ["", f":{number}", f":{number}:1"]
        for verb in sorted(VERBS[side]):
            for rest in visits:
                await office.does(who, verb + rest)
            await office.commands(who, "cancel")
        for command in sorted(COMMANDS[side]):
            await office.commands(who, command)
    assert await said_with(office, "欧阳测试")

    await erased(office, "anna")

    assert await said_with(office, "欧阳测试") == []


async def said_with(office: Office, words: str) -> list[tuple[str, str]]:
    """Give who was said what with some words in it, of all that is kept."""
    found = []
    async with office.database.read() as tx:
        for row in await tx.rows(select(outbox).where(outbox.c.sealed.is_not(None))):
            body = json.dumps(tx.keyring.unseal(row.sealed), ensure_ascii=False)
            if words in body:
                found.append((row.person, body))
    return found


async def test_what_the_office_was_told_of_it_is_gone_too(office: Office) -> None:
    number = await office.filed(by="anna")
    await erased(office, "anna")

    async with office.database.read() as tx:
        rows = await tx.rows(select(outbox).where(outbox.c.matter == number).order_by(outbox.c.id))

    assert [row.sealed is None for row in rows] == [True] * (len(rows) - 1) + [False]


async def test_the_farewell_is_said_to_every_account_and_is_the_last(office: Office) -> None:
    await office.starts("phone", "g-E1")
    await office.filed(by="laptop")
    await office.does("phone", "offer")
    code = "".join(sign for sign in office.latest("phone").words[:20] if sign.isdecimal())
    await office.says("laptop", code)
    await office.presses("laptop", "是我本人")
    await office.presses("phone", "是我本人")

    farewell = await erased(office, "phone")

    assert farewell.count("已按您的要求删除") == 2


async def test_afterwards_the_same_account_is_somebody_new(office: Office) -> None:
    number = await office.filed(by="anna")
    before = await person_of(office, "anna")
    await erased(office, "anna")

    greeting = await office.starts("anna")

    assert "个人信息说明" in greeting
    assert await person_of(office, "anna") != before
    assert "还没有提交过" in await office.does("anna", "mine")
    assert "没有找到" in await office.does("anna", f"case:{number}")


async def test_staff_see_that_the_content_was_erased(office: Office) -> None:
    number = await office.filed(by="anna")
    await erased(office, "anna")

    shown = await office.does("secretary", f"case:{number}")

    assert "内容已按居民要求删除" in shown
    assert "路灯坏了" not in shown


async def test_two_who_erase_in_one_batch_are_both_gone(office: Office) -> None:
    first, second = await office.filed(by="anna"), await office.filed(by="bert")
    anna, bert = await person_of(office, "anna"), await person_of(office, "bert")
    office.later(hours=2)
    moment = int(office.now.timestamp())

    await office.arrive_together(
        ("anna", {"action": f"erased:{moment}"}), ("bert", {"action": f"erased:{moment}"})
    )

    for number in (first, second):
        assert (await office.matter(number)).erased
    async with office.database.read() as tx:
        for person in (anna, bert):
            known = await find_person(tx, person)
            assert known is not None
            assert known.erased_at == office.now
            assert known.grid is None


async def test_somebody_who_never_said_anything_can_be_erased(office: Office) -> None:
    moment = int(office.now.timestamp())
    await office.starts("anna")
    person = await person_of(office, "anna")

    await office.does("anna", f"erased:{moment}")

    assert "已按您的要求删除" in office.heard(person)


# --- what a law keeps ----------------------------------------------------------------------------


def hold(office: Office, kind: Kind = Kind.SERVICE) -> None:
    """Let a law keep a kind of matter for 90 days."""
    held = LegalHold(kind=kind, after_closing=timedelta(days=90), source="某法第九条")
    build = office.source.office
    office.source.office = lambda *given: replace(build(*given), legal_holds=(held,))  # type: ignore[method-assign]


async def test_what_a_law_keeps_is_said_with_the_law_and_the_day(office: Office) -> None:
    hold(office)
    number = await office.filed(by="anna")

    asked = await office.does("anna", "erase")

    assert "某法第九条" in asked
    assert "2027年2月22日" in asked
    assert f"{number}：存到" in asked


async def test_what_a_law_keeps_is_stored_and_seen_by_nobody(office: Office) -> None:
    hold(office)
    number = await office.filed(by="anna")

    farewell = await erased(office, "anna")

    assert "某法第九条" in farewell
    async with office.database.read() as tx:
        matter = await find_matter(tx, number)
        events = await list_events(tx, number)
    assert matter is not None
    assert matter.state is State.WITHDRAWN
    assert not matter.erased
    assert matter.particulars.text == "3号楼路灯坏了"
    assert matter.restricted_until == office.now + timedelta(days=90)
    assert verify(events, matter.head) == []
    for who in ("secretary", "community", "street_leader"):
        assert "没有找到" in await office.does(who, f"case:{number}")
    assert "没有找到" in await office.does("anna", f"case:{number}")


async def test_another_kind_is_erased_although_a_law_keeps_this_one(office: Office) -> None:
    hold(office, Kind.DISPUTE)
    number = await office.filed(by="anna")

    await erased(office, "anna")

    assert (await office.matter(number)).erased
