"""What every form does: where it stands in the conversation, and what becomes of it."""

import pytest

from domain.messages import FileKind, FileRef
from domain.subjects import Subject, case
from handlers.forms.steps import Form
from storage.drafts import Draft
from tests.handlers.chats import Office
from tests.street import MORNING


async def arrived(office: Office) -> None:
    await office.starts("resident", "g-E1")


async def sends_part(office: Office, ref: str, album: str | None) -> str:
    photo = FileRef(kind=FileKind.PHOTO, ref=ref)
    return await office.arrives("resident", files=(photo,), album=album)


async def test_a_read_back_that_was_changed_stands_at_the_end(office: Office) -> None:
    await arrived(office)
    await office.says("resident", "3号楼路灯坏了")
    await office.presses("resident", "修改内容")

    read_back = await office.says("resident", "5号楼路灯坏了")

    assert "5号楼路灯坏了" in read_back
    assert office.latest("resident").message.anew


async def test_the_parts_of_an_album_share_a_message_and_what_follows_does_not(
    office: Office,
) -> None:
    await arrived(office)
    await office.says("resident", "3号楼路灯坏了")

    anew = []
    for ref, album in (("1", "a"), ("2", "a"), ("3", None), ("4", "b"), ("5", "b")):
        assert f"照片 {ref} 张" in await sends_part(office, ref, album)
        anew.append(office.latest("resident").message.anew)

    assert anew == [True, False, True, True, False]


async def test_a_shared_place_is_read_back_with_and_without_words(office: Office) -> None:
    await arrived(office)
    await office.says("resident", "路灯坏了")
    bare = await office.shows_place("resident", 34.005, 113.005)
    await office.presses("resident", "修改地点")

    worded = await office.says("resident", "菜场门口")

    assert "地点：已发送定位\n" in bare
    assert "地点：菜场门口（已发送定位）" in worded


async def test_a_button_of_a_form_that_is_gone_says_so(office: Office) -> None:
    await arrived(office)
    await office.says("resident", "3号楼路灯坏了")
    submit = office.button("resident", "提交")
    await office.does("resident", submit)

    again = await office.does("resident", submit)

    assert "已经提交、取消或过期" in again
    assert {"我的事项", "菜单"} <= set(office.labels("resident"))


async def test_what_is_said_after_a_draft_expired_begins_anew(office: Office) -> None:
    await arrived(office)
    await office.presses("resident", "提意见")
    await office.says("resident", "希望多组织一些文化活动")
    office.later(days=31)

    heard = await office.says("resident", "3号楼路灯坏了")

    assert "没填完的“提意见”" in heard
    assert "3号楼路灯坏了" in office.latest("resident").words


async def test_an_expired_draft_of_staff_gives_the_words_back(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.does("secretary", f"matters.note:{number}")
    await office.says("secretary", "已经约了电工")
    office.later(days=31)

    heard = await office.says("secretary", "灯泡已经到货")

    assert "没填完的“记进展”" in heard
    assert "您刚才写的是：灯泡已经到货" in heard
    assert f"查看 {number}" in heard


async def test_the_read_back_of_elder_mode_has_few_buttons(office: Office) -> None:
    await arrived(office)
    await office.does("resident", "menu.elder:on")
    await office.says("resident", "3号楼路灯坏了")

    assert office.labels("resident") == ["✅ 提交", "✏️ 修改", "取消", "📞 拨打 12345"]
    await office.presses("resident", "修改")
    assert "修改内容" in office.labels("resident")
    await office.presses("resident", "不改了")
    assert "✅ 提交" in office.labels("resident")


# --- conduct -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["提意见", "办事", "报纠纷"])
async def test_a_conduct_complaint_is_no_answer_to_a_form(office: Office, form: str) -> None:
    await arrived(office)
    await office.presses("resident", form)

    heard = await office.says("resident", "网格员骂人")

    assert "纪检监察" in heard
    assert "提交" not in "".join(office.labels("resident"))
    assert not [said for said in office.said if said.person == "secretary"]


async def test_a_conduct_complaint_leaves_what_was_filled_as_it_was(office: Office) -> None:
    await arrived(office)
    await office.says("resident", "3号楼路灯坏了")
    await office.presses("resident", "修改内容")

    heard = await office.says("resident", "网格员骂人")
    await office.presses("resident", "接着填")
    await office.presses("resident", "不改了")
    await office.presses("resident", "提交")

    assert "纪检监察" in heard
    assert (await office.matter("2026-00001")).particulars.text == "3号楼路灯坏了"


async def test_words_that_may_be_a_complaint_are_asked_about_within_a_form(office: Office) -> None:
    await arrived(office)
    await office.presses("resident", "办事")
    await office.says("resident", "路灯坏了")
    await office.says("resident", "菜场门口")

    heard = await office.says("resident", "网格员骂人，路灯坏了也不修")

    assert "对工作人员的意见" in heard
    await office.presses("resident", "只是说事")
    told = await office.presses("resident", "跳过")
    assert "路灯坏了也不修" in told
    assert "菜场门口" in told


async def test_a_comment_about_conduct_does_not_reach_the_one_it_is_about(office: Office) -> None:
    number = await office.filed()

    await office.does("resident", f"matters.add:{number}")
    heard = await office.says("resident", "网格员骂人")

    assert "纪检监察" in heard
    assert "骂人" not in office.transcript("secretary")


# --- danger --------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["3号楼着火了，有人受伤", "燃气泄漏，味道很大"])
async def test_whoever_is_in_danger_sees_numbers_and_then_the_offer_to_record_at_once(
    office: Office, words: str
) -> None:
    await arrived(office)

    heard = await office.says("resident", words)

    assert "119" in heard
    assert heard.count("→") == 1
    await office.presses("resident", "已经打过电话")
    assert "✅ 提交" in office.labels("resident")
    assert "正在通知值班人员" in await office.presses("resident", "提交")


# --- what nobody has sorted ----------------------------------------------------------------------


async def test_words_to_an_unsorted_voice_sort_it(office: Office) -> None:
    voice = FileRef(kind=FileKind.VOICE, ref="voice")
    await office.starts("resident")
    await office.arrives("resident", files=(voice,))

    await office.says("resident", "3号楼路灯坏了")
    await office.presses("resident", "东园社区")
    read_back = await office.presses("resident", "第一网格")

    assert "3号楼路灯坏了" in read_back
    assert "语音 1 段" in read_back


async def test_a_picture_in_elder_mode_goes_to_the_community_with_one_tap(office: Office) -> None:
    await arrived(office)
    await office.does("resident", "menu.elder:on")
    await sends_part(office, "1", "a")
    await sends_part(office, "2", "a")

    receipt = await office.presses("resident", "发完了")

    assert "已提交" in receipt
    matter = await office.matter("2026-00001")
    assert matter.owner == "clerk"
    assert len(matter.particulars.attachments) == 2


@pytest.mark.parametrize(
    ("about", "context", "subject"),
    [
        (None, {"number": "2026-00017"}, case("2026-00017")),
        ("outing", {"number": "7"}, Subject("outing", "7")),
        ("outing", {}, None),
        ("outing", {"number": ""}, None),
        ("outing", {"number": 7}, None),
    ],
)
def test_a_draft_is_about_what_its_form_says(
    about: str | None, context: dict[str, object], subject: Subject | None
) -> None:
    more = {} if about is None else {"about": about}
    form = Form(name="f", version=1, title="t", steps=(), submit=nothing, **more)  # type: ignore[arg-type]
    draft = Draft(
        person="resident",
        id="1",
        form="f",
        form_version=1,
        step="",
        context=context,
        changed_at=MORNING,
        expires_at=MORNING,
    )

    assert form.subject_of(draft) == subject


async def nothing(_turn: object, _draft: object) -> None: ...
