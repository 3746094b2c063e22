"""我的资料: seeing, copying, correcting and erasing what is kept of a person."""

import json
import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import select

from bot.channels.ports import Receiver, TryLater
from bot.channels.telegram.driver import MAX_UPLOAD_BYTES
from bot.traffic import copy_writer
from bot.traffic.copy_writer import CopyWriter
from bot.traffic.fetcher import Fetcher
from bot.traffic.media.decoder import CleanFile, Media
from bot.traffic.stored_files import stored
from bot.words.wording import wording_for
from domain.categories import Kind
from domain.chain import verify
from domain.matters.matter import Happening, State
from domain.messages import Card, FileKind, Side, text
from domain.people import Consent, Language, Purpose
from domain.residents.personal_data import Section
from domain.rules import LegalHold
from domain.subjects import case
from handlers.registry import FEATURES
from storage.attachments import (
    EXPORT,
    Attachment,
    FetchState,
    get_attachments,
    list_of_person,
)
from storage.files import FileStore
from storage.matters.matters import find_matter, list_events
from storage.outbox import outbox
from storage.people import accounts_by_id, find_person, list_consents
from storage.sealed_streams import Sealer
from storage.spool import Spool
from tests.handlers.chats import Office


async def person_of(office: Office, who: str) -> str:
    """Give the id of the person behind a resident's account."""
    account = office.latest(who).account
    async with office.database.read() as tx:
        return (await accounts_by_id(tx, [account]))[account].person


PHOTOS = {name: f"JPEG {name} ".encode() * 40 for name in ("photo-1", "photo-2", "photo-3")}


@dataclass
class Copied:
    """What somebody got who ordered the copy of their data."""

    page: str
    archive: dict[str, bytes]
    """What the archive holds, by name, in its order."""
    called: list[str]
    """The names under which the files are saved, in the order in which they came."""
    size_bytes: int
    """Of the archive."""

    @property
    def data(self) -> Any:
        """What the archive holds for programs."""
        (found,) = (body for name, body in self.archive.items() if name.endswith(".json"))
        return json.loads(found)

    @property
    def shown(self) -> str:
        """The page that lies in the archive."""
        return next(iter(self.archive.values())).decode()


def fetcher_of(office: Office, folder: Path, driver: Any = None) -> Fetcher:
    """Make what writes copies; photos are clean already, and brought by a driver."""
    files = files_in(office, folder)
    writer = CopyWriter(
        office.database,
        files,
        office.source,
        lambda: office.now,
        public_url="https://linli.example",
    )
    drivers = {} if driver is None else {"telegram.residents": driver}
    return Fetcher(
        office.database, drivers, files, lambda: office.now, media=Clean(), copies=writer.write
    )


class Clean(Media):
    """Takes everything as it is."""

    async def clean(self, spool: Spool, kind: FileKind) -> CleanFile:
        data = b"".join([piece async for piece in spool.pieces()])
        return CleanFile(data, "image/jpeg" if kind is FileKind.PHOTO else "audio/ogg")


class Phone:
    """Brings whatever somebody sent, by its reference."""

    def __init__(self, sent: Mapping[str, bytes]) -> None:
        self.sent = sent

    async def fetch(self, ref: str, into: Receiver) -> None:
        await into.add(self.sent[ref])


async def copies(
    office: Office, folder: Path, who: str, sent: Mapping[str, bytes] | None = None
) -> Copied:
    """Let somebody order the copy, write it, and give what it holds.

    Args:
        sent: what was sent before, and lies in the store by then.
    """
    person = await person_of(office, who)
    fetcher = fetcher_of(office, folder, Phone(sent) if sent else None)
    while sent and await fetcher.fetch_due():
        pass
    side = office.place(who)[0]
    await office.does(who, "posts.export" if side is Side.STAFF else "residents.export")
    ordered = office.latest(who).message
    while await fetcher.fetch_due():
        pass
    async with office.database.read() as tx:
        known = {one.id: one for one in await list_of_person(tx, person)}
    files = files_in(office, folder)
    page, archive = (stored(files, known[one]) for one in ordered.attachments)
    with ZipFile(BytesIO(archive.content.read())) as opened:
        assert opened.testzip() is None
        held = {name: opened.read(name) for name in opened.namelist()}
    return Copied(
        page.content.read().decode(), held, [page.name, archive.name], archive.content.size()
    )


async def erased(office: Office, who: str) -> str:
    """Let somebody erase everything; give what the account heard."""
    await office.does(who, "residents.ask_erase")
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
    await office.does("anna", "residents.set_name")
    await office.says("anna", "王小明")
    await office.does("secretary", f"matters.accept:{number}")
    other = await office.filed(by="bert", words="4号楼门口积水")
    await office.joins(other, "anna")

    copy = (await copies(office, tmp_path, "anna")).data

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
    await office.does("anna", "menu.language:en")

    written = await copies(office, tmp_path, "anna")

    assert f"{number} · service request" in written.page
    assert "3号楼路灯坏了" in written.page
    assert "Copy of my data" in written.page
    assert written.called == ["My-Linli-data-2026-11-24.html", "My-Linli-data-2026-11-24.zip"]


async def test_the_copy_holds_an_unfinished_form_and_the_files(
    office: Office, tmp_path: Path
) -> None:
    await office.starts("anna", "g-E1")
    await office.does("anna", "matters.service")
    await office.sends("anna", "3号楼路灯坏了", "photo-1")

    copy = (await copies(office, tmp_path, "anna", PHOTOS)).data

    assert copy["unfinished_forms"][0]["text"] == "3号楼路灯坏了"
    assert [one["kind"] for one in copy["files"]] == ["photo"]


async def with_photos(office: Office) -> str:
    """Let Anna file a case with two photos, begin another one with a third, and give its number."""
    await office.starts("anna", "g-E1")
    await office.sends("anna", "3号楼路灯坏了", "photo-1", "photo-2")
    receipt = await office.presses("anna", "提交")
    (number,) = set(re.findall(r"20\d\d-\d{5}", receipt))
    await office.does("anna", "matters.service")
    await office.sends("anna", "4号楼门口积水", "photo-3")
    return number


async def test_the_archive_holds_the_page_first_then_the_data_then_the_files_by_case(
    office: Office, tmp_path: Path
) -> None:
    number = await with_photos(office)

    copied = await copies(office, tmp_path, "anna", PHOTOS)

    assert copied.called == ["我的邻里资料-2026-11-24.html", "我的邻里资料-2026-11-24.zip"]
    assert list(copied.archive) == [
        "我的邻里资料-2026-11-24.html",
        "我的邻里资料-2026-11-24.json",
        f"照片和语音/{number}-1.jpg",
        f"照片和语音/{number}-2.jpg",
        "照片和语音/未提交-1.jpg",
    ]
    assert list(copied.archive.values())[2:] == list(PHOTOS.values())
    assert [one["name"] for one in copied.data["files"]] == list(copied.archive)[2:]
    assert f'<img src="照片和语音/{number}-1.jpg"' in copied.shown
    assert "<img" not in copied.page
    assert f"照片和语音/{number}-1.jpg" in copied.page


async def test_what_was_said_is_words_on_the_page_and_never_markup(
    office: Office, tmp_path: Path
) -> None:
    await office.filed(by="anna", words="3号楼<script>alert(1)</script>路灯坏了")

    copied = await copies(office, tmp_path, "anna")

    assert "<script" not in copied.page + copied.shown
    assert "&lt;script&gt;" in copied.page


def test_names_are_words_on_the_page_too() -> None:
    named = Section(block=Card(title=text("names.either", zh="<i>东园</i>", en="")))

    writer = copy_writer._Page(wording_for(Language.CHINESE), "a<b", "", Side.RESIDENTS)
    page = writer.write([named], beside=False)

    assert b"<i>" not in page
    assert b"<title>a&lt;b</title>" in page


async def test_what_an_archive_has_no_room_for_is_named_with_the_ways_to_it(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await with_photos(office)
    monkeypatch.setattr(copy_writer, "ARCHIVE_FILES_BYTES", 2 * len(PHOTOS["photo-1"]))

    copied = await copies(office, tmp_path, "anna", PHOTOS)

    assert list(copied.archive)[2:] == [f"照片和语音/{number}-2.jpg", "照片和语音/未提交-1.jpg"]
    (left,) = (one for one in copied.data["files"] if one["name"] is None)
    for page in (copied.page, copied.shown):
        assert page.count("没有装进压缩包") == 1
        assert f"在聊天里打开事项 {number} 就能看到" in page
        assert f"https://linli.example/chat/files/{left['id']}?side=residents" in page


async def test_a_file_that_cannot_be_read_does_not_keep_the_rest_from_its_owner(
    office: Office, tmp_path: Path
) -> None:
    number = await with_photos(office)
    await fetcher_of(office, tmp_path, Phone(PHOTOS)).fetch_due()
    first = (await office.matter(number)).particulars.attachments[0]
    async with office.database.read() as tx:
        name = (await get_attachments(tx, [first]))[first].file_name
    path = files_in(office, tmp_path).path(name or "")
    path.write_bytes(path.read_bytes()[:-1] + b"?")

    copied = await copies(office, tmp_path, "anna")

    assert list(copied.archive)[2:] == [f"照片和语音/{number}-2.jpg", "照片和语音/未提交-1.jpg"]
    assert copied.page.count("没有装进压缩包") == 1


async def test_an_archive_is_written_in_pieces_and_lies_sealed(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await with_photos(office)
    large = {name: random.Random(name).randbytes(3_000_000) for name in PHOTOS}
    taken: list[int] = []
    taking = Sealer.write

    def watched(self: Sealer, data: bytes) -> int:
        taken.append(len(data))
        return taking(self, data)

    monkeypatch.setattr(Sealer, "write", watched)
    await fetcher_of(office, tmp_path, Phone(large)).fetch_due()
    taken.clear()

    copied = await copies(office, tmp_path, "anna")

    assert copied.archive[f"照片和语音/{number}-1.jpg"] == large["photo-1"]
    assert sum(taken) > 9_000_000
    assert max(taken) < 1_200_000
    lying = [file for shelf in files_in(office, tmp_path).shelves() for file in shelf.iterdir()]
    assert len(lying) == 5
    assert all("照片和语音".encode() not in file.read_bytes() for file in lying)


async def test_a_full_archive_can_be_sent_on_telegram(office: Office, tmp_path: Path) -> None:
    number = await with_photos(office)
    large = {name: random.Random(name).randbytes(9_900_000) for name in PHOTOS}

    copied = await copies(office, tmp_path, "anna", large)

    assert list(copied.archive)[2:] == [f"照片和语音/{number}-2.jpg", "照片和语音/未提交-1.jpg"]
    assert 19_800_000 < copied.size_bytes < MAX_UPLOAD_BYTES / 2


async def test_a_copy_waits_a_moment_for_what_was_sent_just_before(
    office: Office, tmp_path: Path
) -> None:
    await with_photos(office)
    await office.does("anna", "residents.export")
    ordered = office.latest("anna").message
    fetcher = fetcher_of(office, tmp_path, Phone(PHOTOS))

    await fetcher.fetch_due()
    early = await states(office, *ordered.attachments)
    office.later(seconds=3)
    await fetcher.fetch_due()

    assert early == [FetchState.WANTED] * 2
    assert await states(office, *ordered.attachments) == [FetchState.STORED] * 2


async def test_a_copy_does_not_wait_for_what_never_comes(office: Office, tmp_path: Path) -> None:
    await with_photos(office)
    office.later(minutes=2)
    await office.does("anna", "residents.export")
    ordered = office.latest("anna").message

    class Away(Phone):
        async def fetch(self, ref: str) -> bytes:
            raise TryLater(60)

    await fetcher_of(office, tmp_path, Away({})).fetch_due()

    assert await states(office, *ordered.attachments) == [FetchState.STORED] * 2


async def states(office: Office, *ids: str) -> list[FetchState]:
    async with office.database.read() as tx:
        known = await get_attachments(tx, ids)
    return [known[one].state for one in ids]


def files_in(office: Office, folder: Path) -> FileStore:
    return FileStore(folder, office.database.keyring)


async def test_nobody_elses_files_and_words_are_in_a_copy(office: Office, tmp_path: Path) -> None:
    await with_photos(office)
    await office.starts("bert", "g-E1")
    await office.sends("bert", "2号楼电梯坏了", "photo-9")
    await office.presses("bert", "提交")
    sent = {**PHOTOS, "photo-9": b"JPEG of Bert"}

    copied = await copies(office, tmp_path, "anna", sent)

    assert len(copied.archive) == 5
    assert b"JPEG of Bert" not in copied.archive.values()
    assert "电梯" not in copied.page + copied.shown


async def test_a_new_copy_takes_the_place_of_the_one_before(office: Office, tmp_path: Path) -> None:
    await office.filed(by="anna")
    await copies(office, tmp_path, "anna")
    office.later(minutes=2)

    await copies(office, tmp_path, "anna")
    await fetcher_of(office, tmp_path).fetch_due()

    person = await person_of(office, "anna")
    async with office.database.read() as tx:
        kept = [one for one in await list_of_person(tx, person) if one.bot == EXPORT]
    assert [one.created_at for one in kept] == [office.now, office.now]
    files = files_in(office, tmp_path)
    assert sum(1 for shelf in files.shelves() for _ in shelf.iterdir()) == 2


async def test_a_copy_may_be_saved_wherever_it_arrives(office: Office) -> None:
    await office.starts("anna")

    await office.does("anna", "residents.export")

    message = office.latest("anna").message
    assert len(message.attachments) == 2
    assert not message.secret


async def test_a_copy_just_ordered_is_not_written_twice(office: Office, tmp_path: Path) -> None:
    await office.starts("anna")
    await copies(office, tmp_path, "anna")
    office.later(seconds=30)

    answer = await office.does("anna", "residents.export")

    assert "稍等片刻" in answer


async def test_nobody_gets_a_copy_of_an_erased_person(office: Office, tmp_path: Path) -> None:
    await office.filed(by="anna")
    person = await person_of(office, "anna")
    await erased(office, "anna")
    ordered = Attachment(
        id="late",
        person=person,
        bot=EXPORT,
        ref=f"{person}:zip:zh_CN",
        kind=(await _any_copy(office, tmp_path)).kind,
        not_before=office.now,
        created_at=office.now,
    )
    await office.change(ordered)

    await fetcher_of(office, tmp_path).fetch_due()

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
    await office.does("anna", "residents.set_name")
    await office.says("anna", "  王  小明 ")
    await office.does("anna", "residents.set_phone")
    await office.arrives("anna", phone="+8613800001234")
    with_both = await office.does("anna", "residents.data")

    await office.presses("anna", "删姓名")
    await office.does("anna", "residents.drop_data:phone")

    assert "姓名：王 小明" in with_both
    assert "13800001234" in with_both
    without = await office.does("anna", "residents.data")
    assert "姓名：没有" in without
    assert "电话：没有" in without


@pytest.mark.parametrize("given", ["🙂🙂", "   "])
async def test_a_name_must_say_something(office: Office, given: str) -> None:
    await office.starts("anna")
    await office.does("anna", "residents.set_name")

    assert "写几个字" in await office.says("anna", given)


async def test_only_name_and_phone_can_be_removed_so(office: Office) -> None:
    assert "过时" in await office.does("anna", "residents.drop_data:side")


# --- consents ------------------------------------------------------------------------------------


async def test_a_consent_is_taken_back_with_one_press(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.does("anna", "digests.summary:on")
    await office.does("anna", "residents.consents")

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
    await office.does("anna", "residents.consents")

    await office.presses("anna", "撤回：使用敏感个人信息")

    assert "没有需要撤回的同意" in await office.does("anna", "residents.consents")


@pytest.mark.parametrize("purpose", ["weekly_summary", "notice", "anything"])
async def test_what_was_not_agreed_to_cannot_be_taken_back(office: Office, purpose: str) -> None:
    await office.starts("anna")

    assert "过时" in await office.does("anna", f"residents.withdraw_consent:{purpose}")


# --- erasing -------------------------------------------------------------------------------------


async def test_erasing_says_first_what_goes_and_what_stays(office: Office) -> None:
    number = await office.filed(by="anna")

    answer = await office.does("anna", "residents.ask_erase")

    assert "1 件事项" in answer
    assert f"一并撤回、不再办理：{number}" in answer
    assert "会留下编号" in answer


async def test_nothing_is_erased_before_the_second_yes(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", "residents.ask_erase")
    await office.presses("anna", "继续删除")

    await office.presses("anna", "不删了")

    matter = await office.matter(number)
    assert matter.state is State.DISPATCHED
    assert matter.particulars.text == "3号楼路灯坏了"


@pytest.mark.parametrize("asked", ["", "0", "soon", "99999999999999", "-1"])
async def test_a_forged_or_old_last_yes_erases_nothing(office: Office, asked: str) -> None:
    number = await office.filed(by="anna")

    answer = await office.does("anna", f"residents.erase:{asked}")

    assert "过时" in answer
    assert not (await office.matter(number)).erased


async def test_the_last_question_is_open_for_ten_minutes(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("anna", "residents.ask_erase")
    await office.presses("anna", "继续删除")
    office.later(minutes=11)

    await office.presses("anna", "确定全部删除")

    assert not (await office.matter(number)).erased


async def test_cases_are_withdrawn_and_forgotten_and_their_chains_verify(office: Office) -> None:
    number = await office.filed(by="anna")
    await office.does("secretary", f"matters.accept:{number}")
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
    await office.does("anna", f"matters.withdraw:{number}")

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
        for verb in sorted(FEATURES.verbs[side]):
            for rest in visits:
                await office.does(who, verb + rest)
            await office.commands(who, "cancel")
        for command in sorted(FEATURES.commands[side]):
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
        rows = await tx.rows(
            select(outbox).where(outbox.c.subject == case(number)).order_by(outbox.c.id)
        )

    assert [row.sealed is None for row in rows] == [True] * (len(rows) - 1) + [False]


async def test_the_farewell_is_said_to_every_account_and_is_the_last(office: Office) -> None:
    await office.starts("phone", "g-E1")
    await office.filed(by="laptop")
    await office.does("phone", "residents.offer_code")
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
    assert "还没有提交过" in await office.does("anna", "matters.mine")
    assert "没有找到" in await office.does("anna", f"matters.show:{number}")


async def test_staff_see_that_the_content_was_erased(office: Office) -> None:
    number = await office.filed(by="anna")
    await erased(office, "anna")

    shown = await office.does("secretary", f"matters.show:{number}")

    assert "内容已按居民要求删除" in shown
    assert "路灯坏了" not in shown


async def test_two_who_erase_in_one_batch_are_both_gone(office: Office) -> None:
    first, second = await office.filed(by="anna"), await office.filed(by="bert")
    anna, bert = await person_of(office, "anna"), await person_of(office, "bert")
    office.later(hours=2)
    moment = int(office.now.timestamp())

    await office.arrive_together(
        ("anna", {"action": f"residents.erase:{moment}"}),
        ("bert", {"action": f"residents.erase:{moment}"}),
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

    await office.does("anna", f"residents.erase:{moment}")

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

    asked = await office.does("anna", "residents.ask_erase")

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
        assert "没有找到" in await office.does(who, f"matters.show:{number}")
    assert "没有找到" in await office.does("anna", f"matters.show:{number}")


async def test_another_kind_is_erased_although_a_law_keeps_this_one(office: Office) -> None:
    hold(office, Kind.DISPUTE)
    number = await office.filed(by="anna")

    await erased(office, "anna")

    assert (await office.matter(number)).erased
