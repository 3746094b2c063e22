"""How staff come in, find their work, stand in for each other and leave, told as chats."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.configuration.street_source import StreetSource
from domain.matters.matter import Happening, State
from domain.organisation import Post, Role, Seat
from domain.people import INVITATION_LIFE, Invitation
from storage.codes import invitations
from storage.matters.help_requests import list_asked
from storage.people import accounts, list_accounts
from storage.session_rows import sessions
from tests.handlers.chats import Office
from tests.handlers.matters.test_barred import told_of
from tests.street import EAST, EAST_1, EAST_2, MORNING, WEST, WEST_1, settings

CODE = "246813579024"


def invitation(
    office: Office, role: Role, unit: str, code: str = CODE, name: str = "新同志"
) -> Invitation:
    return Invitation(
        code_hash=office.database.keyring.hash_code(code),
        unit=unit,
        role=role,
        name=name,
        expires_at=office.now + INVITATION_LIFE,
    )


# --- coming in -----------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["a link", "typed", "typed in groups"])
async def test_an_invitation_opens_the_staffs_side(office: Office, how: str) -> None:
    await office.change(invitation(office, Role.GRID_SECRETARY, WEST_1))

    if how == "a link":
        told = await office.starts("staff:new", CODE)
    else:
        told = await office.says("staff:new", CODE if how == "typed" else "2468 1357-9024")

    assert "新同志，欢迎！您的岗位是：第三网格 网格书记" in told
    assert told.count("第三网格 网格书记") == 1
    assert "下面是您的菜单" in told
    assert "待办" in "".join(office.labels("staff:new"))


async def test_who_joins_is_welcomed_before_the_cases_that_waited(office: Office) -> None:
    number = await office.filed()
    await office.change(invitation(office, Role.GRID_SECRETARY, EAST_1))
    before = len(office.said)

    await office.starts("staff:new", CODE)

    told = [one.words for one in office.said[before:] if one.person == "staff:new"]
    places = [next(i for i, one in enumerate(told) if words in one) for words in ("欢迎", number)]
    assert places == sorted(places)
    assert "下面是您的菜单" in told[-1]


async def test_a_stranger_gets_one_sentence_and_then_silence(office: Office) -> None:
    first = await office.says("staff:stranger", "你好，有人吗")
    then = [
        await office.says("staff:stranger", "怎么不回答"),
        await office.starts("staff:stranger", ""),
        await office.does("staff:stranger", "todo.open"),
        await office.commands("staff:stranger", "help"),
        await office.says("staff:stranger", "hellohello"),
    ]

    assert first.count("→") == 1
    assert "凭邀请码进入" in first
    assert then == [""] * 5


async def test_a_resident_who_writes_to_the_staffs_bot_learns_nothing_of_a_case(
    office: Office,
) -> None:
    number = await office.filed()

    told = await office.says("staff:resident", number)

    assert number not in told


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"used_at": "now"}, "已经用过了"),
        ({"expires_at": "now"}, "已过期"),
        ({"role": "emperor"}, "不能用在这里"),
        ({"unit": "gone"}, "不能用在这里"),
        ({"role": Role.COMMUNITY_SECRETARY}, "不能用在这里"),
    ],
)
async def test_an_invitation_that_is_no_good_gets_one_clear_sentence(
    office: Office, change: dict[str, str], sentence: str
) -> None:
    given = {name: office.now if value == "now" else value for name, value in change.items()}
    await office.change(replace(invitation(office, Role.GRID_WORKER, EAST_1), **given))

    told = await office.starts("staff:late", CODE)

    assert sentence in told
    assert told.count("→") == 1


async def test_an_invitation_works_once(office: Office) -> None:
    await office.change(invitation(office, Role.GRID_WORKER, EAST_1))
    await office.starts("staff:first", CODE)

    second = await office.starts("staff:second", CODE)

    assert "已经用过了" in second
    async with office.database.read() as tx:
        assert await tx.scalar(select(invitations.c.used_at)) == office.now


async def test_two_who_use_one_invitation_at_once_do_not_both_come_in(office: Office) -> None:
    await office.change(invitation(office, Role.GRID_WORKER, EAST_1))

    await office.arrive_together(
        ("staff:first", {"start": CODE}), ("staff:second", {"start": CODE})
    )

    assert "欢迎" in office.heard("staff:first")
    assert "已经用过了" in office.heard("staff:second")


async def test_codes_cannot_be_guessed(office: Office) -> None:
    await office.change(invitation(office, Role.GRID_WORKER, EAST_1))
    for guess in range(5):
        await office.says("staff:guesser", f"{guess}00000000000")

    blocked = await office.says("staff:guesser", CODE)
    office.later(minutes=11)
    later = await office.says("staff:guesser", CODE)

    assert "试的次数太多了，请 今天（11月24日）09:10 以后再试" in blocked
    assert "欢迎" in later


async def test_a_stranger_who_mistypes_a_code_is_told_each_time(office: Office) -> None:
    await office.says("staff:new", "你好")

    told = [await office.says("staff:new", f"{guess}00000000000") for guess in range(6)]
    as_link = await office.starts("staff:new", CODE)

    assert ["没有这个邀请码" in one for one in told] == [True] * 5 + [False]
    assert "请 今天（11月24日）09:10 以后再试" in told[5]
    assert "请 今天（11月24日）09:10 以后再试" in as_link


async def test_too_many_wrong_codes_of_a_member_of_staff_are_told_with_the_time(
    office: Office,
) -> None:
    for guess in range(5):
        await office.says("worker", f"{guess}00000000000")
    await office.change(invitation(office, Role.GRID_SECRETARY, WEST_1))

    typed = await office.says("worker", CODE)
    office.later(minutes=10, seconds=1)
    later = await office.says("worker", CODE)

    assert "请 今天（11月24日）09:10 以后再试" in typed
    assert "欢迎" in later


async def test_a_name_is_asked_for_where_the_invitation_has_none(office: Office) -> None:
    await office.change(invitation(office, Role.GRID_WORKER, EAST_1, name=""))

    asked = await office.starts("staff:new", CODE)
    told = await office.says("staff:new", "孙晓")

    assert "怎么称呼您" in asked
    assert "孙晓，您好" in told
    names = (await office.street()).organisation.names
    assert "孙晓" in names.values()


@pytest.mark.requirement("G-07")
async def test_a_case_that_waited_for_anybody_goes_to_the_first_who_joins(office: Office) -> None:
    organisation = (await office.street()).organisation
    await office.change(*(replace(post, until=office.now) for post in organisation.posts))
    number = await office.filed()
    assert (await office.matter(number)).owner is None

    await office.change(invitation(office, Role.COMMUNITY_SECRETARY, EAST))
    await office.starts("staff:new", CODE)

    assert number in office.heard("staff:new")
    assert "东园社区 社区书记（新同志）" in office.heard("resident")
    matter = await office.matter(number)
    assert matter.seat == Seat(EAST, Role.COMMUNITY_SECRETARY)


async def test_a_new_holder_takes_a_single_post_over_with_every_case(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")

    await office.change(invitation(office, Role.GRID_SECRETARY, EAST_1))
    await office.starts("staff:new", CODE)
    old = office.heard("secretary")
    after = await office.says("secretary", number)

    assert "岗位已由新同志接任" in old
    assert office.told("secretary", "接任").farewell
    assert number in office.transcript("staff:new")
    assert "凭邀请码进入" in after
    reassigned = (await office.events(number))[-1]
    assert reassigned.happening is Happening.REASSIGNED
    holders = (await office.street()).organisation.holders(
        Seat(EAST_1, Role.GRID_SECRETARY), office.now
    )
    assert len(holders) == 1


async def test_a_second_worker_replaces_nobody(office: Office) -> None:
    await office.change(invitation(office, Role.GRID_WORKER, EAST_1))

    await office.starts("staff:new", CODE)

    holders = (await office.street()).organisation.holders(
        Seat(EAST_1, Role.GRID_WORKER), office.now
    )
    assert len(holders) == 2


async def test_a_member_of_staff_takes_a_second_post(office: Office) -> None:
    await office.change(invitation(office, Role.GRID_SECRETARY, WEST_1, name=""))

    told = await office.says("secretary", CODE)
    again = await office.says("secretary", CODE)

    assert "第三网格 网格书记" in told
    assert "第一网格 网格书记" in told
    assert "已经用过了" in again


async def test_a_further_device_of_ones_own_comes_in_by_a_code(office: Office) -> None:
    given = await office.does("secretary", "posts.add_device")
    code = given.split("：")[1].split("\n")[0]

    await office.says("staff:tablet", code)
    told = office.heard("secretary")
    late = await office.says("staff:other", code)

    assert office.said[0].message.secret
    assert "张书记，您好" in told
    assert "已经用过了" in late
    warned = [said for said in office.said if "新设备刚刚加入" in said.words]
    assert [said.account for said in warned] == ["account-secretary"]


async def test_a_code_for_a_device_lives_ten_minutes(office: Office) -> None:
    given = await office.does("secretary", "posts.add_device")
    code = given.split("：")[1].split("\n")[0]
    office.later(minutes=11)

    assert "已过期" in await office.says("staff:tablet", code)


# --- the menu and words --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("person", "has", "lacks"),
    [
        ("worker", ["待办", "外出委托"], ["总览", "代居民登记", "人员和岗位"]),
        ("clerk", ["待办", "代居民登记"], ["总览", "人员和岗位"]),
        ("secretary", ["待办", "总览"], ["代居民登记", "人员和岗位"]),
        ("police", ["待办"], ["总览", "代居民登记", "人员和岗位"]),
        ("community", ["总览", "代居民登记", "人员和岗位"], []),
        ("leader", ["总览"], ["代居民登记", "人员和岗位"]),
        ("street_leader", ["总览", "人员和岗位"], ["代居民登记"]),
    ],
)
async def test_the_menu_shows_what_one_has_a_right_to(
    office: Office, person: str, has: list[str], lacks: list[str]
) -> None:
    await office.commands(person, "menu")

    labels = " ".join(office.labels(person))
    assert [one for one in has if one not in labels] == []
    assert [one for one in lacks if one in labels] == []


async def test_words_without_sense_get_a_short_hint(office: Office) -> None:
    told = await office.says("worker", "今天天气不错")

    assert "发“待办”看清单" in told
    assert told.count("→") == 1


@pytest.mark.parametrize("words", ["待办", "菜单", "帮助", "todo", "Menu"])
async def test_a_word_of_the_menu_does_what_its_button_does(office: Office, words: str) -> None:
    told = await office.says("worker", words)

    assert "没有看懂" not in told
    assert told.count("→") == 1


async def test_the_language_is_ones_own_choice(office: Office) -> None:
    number = await office.filed()

    await office.does("secretary", "menu.language:en")
    shown = await office.says("secretary", number)

    assert "Accept" in " ".join(office.labels("secretary"))
    assert "办事" not in shown


async def test_a_case_is_reached_by_its_number_by_those_who_may_know_of_it(office: Office) -> None:
    number = await office.filed()

    seen = {
        person: number in await office.says(person, number)
        and "没有找到" not in office.heard(person)
        for person in ("secretary", "worker", "second_secretary", "clerk", "police", "community")
    }

    assert seen == {
        "secretary": True,
        "worker": False,
        "second_secretary": False,
        "clerk": False,
        "police": False,
        "community": True,
    }


# --- to do ---------------------------------------------------------------------------------------


async def test_without_work_the_list_says_so(office: Office) -> None:
    told = await office.commands("worker", "todo")

    assert "现在没有待办" in told


@pytest.mark.requirement("G-12")
async def test_my_cases_are_listed_by_deadline_and_filtered(office: Office) -> None:
    slow = await office.filed("帮我开个居住证明", by="first")
    fast = await office.filed(by="second")
    office.later(days=4)

    listed = await office.commands("secretary", "todo")
    overdue = await office.does("secretary", "todo.open:overdue:0:in")
    waiting = await office.presses("secretary", "等居民")

    assert listed.index(fast) < listed.index(slow)
    assert "待办 · 超时（2）" in overdue
    assert "超时3天" in overdue
    assert "这一项下没有事项" in waiting
    assert not office.latest("secretary").message.anew


@pytest.mark.requirement("G-12")
async def test_the_overdue_ones_are_listed_without_what_is_in_time(office: Office) -> None:
    late = await office.filed(by="first")
    office.later(days=4)
    fresh = await office.filed(by="second")

    everything = await office.commands("secretary", "todo")
    overdue = await office.does("secretary", "todo.open:overdue:0:in")
    of_the_unit = await office.does("community", f"overview.list:{EAST_1}:overdue:0")

    assert fresh in everything
    for listed in (overdue, of_the_unit):
        assert "超时（1）" in listed
        assert late in listed
        assert fresh not in listed


async def test_danger_and_what_waits_for_residents_are_listed_apart(office: Office) -> None:
    lamp = await office.filed(by="first")
    await office.does("community", f"matters.triage:{lamp}:3:3")
    await office.says("community", "有人可能摔倒")
    paper = await office.filed("帮我开个居住证明", by="second")
    await office.does("secretary", f"matters.accept:{paper}")
    await office.does("secretary", f"matters.ask:{paper}")
    await office.says("secretary", "请问开给谁？")

    await office.commands("secretary", "todo")
    urgent = await office.presses("secretary", "有危险")
    waiting = await office.presses("secretary", "等居民")

    assert (lamp in urgent, paper in urgent) == (True, False)
    assert (lamp in waiting, paper in waiting) == (False, True)


async def test_a_long_list_has_pages(office: Office) -> None:
    for one in range(10):
        await office.filed(f"{one}号楼路灯坏了", by=f"resident {one}")

    first = await office.commands("secretary", "todo")
    second = await office.presses("secretary", "下一页")
    beyond = await office.does("secretary", "todo.open:all:99:in")

    assert "第 1 页，共 2 页" in first
    assert "第 2 页，共 2 页" in second
    assert "2026-00010" in second
    assert "第 2 页，共 2 页" in beyond


async def test_an_officer_finds_the_help_that_is_asked_for(office: Office) -> None:
    number = await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "请条线协助")
    await office.presses("secretary", "警务")
    await office.says("secretary", "请看看治安情况")

    listed = await office.commands("police", "todo")
    asked = await office.presses("police", number)

    assert "待办 · 全部（1）" in listed
    assert f"{number} 请您协助" in listed
    assert "请看看治安情况" in asked


async def test_what_one_is_asked_to_help_with_stands_among_what_one_owes(office: Office) -> None:
    own, other = await office.filed(), await office.filed(by="neighbour")
    for number in (own, other):
        await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.ask_help:{other}:police")
    await office.says("secretary", "请看看治安情况")
    await office.does("police", f"matters.give_help:{other}")
    await office.says("police", "已经看过")

    assert "待办 · 全部（0）" in await office.commands("police", "todo")
    assert "待办 · 全部（2）" in await office.commands("secretary", "todo")


# --- standing in ---------------------------------------------------------------------------------


async def goes_away(office: Office) -> str:
    """Let the first grid's secretary go away until tomorrow, the second's standing in."""
    await office.does("secretary", "posts.away")
    await office.presses("secretary", "钱书记")
    await office.says("secretary", "11月25日")
    return await office.presses("secretary", "提交")


async def test_a_substitute_gets_the_cases_while_somebody_is_away(office: Office) -> None:
    before = await office.filed(by="first")

    told = await goes_away(office)
    handed = office.heard("second_secretary")
    meanwhile = await office.filed(by="second")

    assert "已委托钱书记代办，到 明天（11月25日）（含当天），移交了 1 件" in told
    assert "请您代办第一网格 网格书记" in handed
    assert before in handed
    assert meanwhile in office.heard("second_secretary")
    await office.does("second_secretary", f"matters.accept:{meanwhile}")
    assert (await office.matter(meanwhile)).accepted_at == office.now


async def test_a_case_that_may_accuse_whoever_comes_back_is_not_even_counted(
    office: Office,
) -> None:
    await goes_away(office)
    number = await told_of(office)

    await office.does("secretary", "posts.away")
    told = await office.presses("secretary", "我回来了")

    assert "0 件事项回到您手里" in told
    assert (await office.matter(number)).owner == "community"


async def test_whoever_comes_back_early_gets_everything_back(office: Office) -> None:
    number = await office.filed()
    await goes_away(office)

    await office.does("secretary", "posts.away")
    told = await office.presses("secretary", "我回来了")

    assert "1 件事项回到您手里" in told
    assert "张书记回来了" in office.heard("second_secretary")
    assert (await office.matter(number)).owner == "secretary"


async def test_what_was_in_hand_when_somebody_went_away_is_so_when_they_come_back(
    office: Office,
) -> None:
    accepted = await office.filed(by="first")
    await office.does("secretary", f"matters.accept:{accepted}")
    since = office.now
    office.later(minutes=5)
    waiting = await office.filed(by="second")
    await goes_away(office)
    taken = await office.filed(by="third")
    await office.does("second_secretary", f"matters.accept:{taken}")
    assert (await office.matter(accepted)).state is State.DISPATCHED

    await office.does("secretary", "posts.away")
    await office.presses("secretary", "我回来了")

    states = [(await office.matter(one)).state for one in (accepted, waiting, taken)]
    assert states == [State.ACCEPTED, State.DISPATCHED, State.ACCEPTED]
    assert (await office.matter(accepted)).accepted_at == since
    assert (await office.matter(taken)).owner == "secretary"


async def test_who_lends_a_desk_and_who_takes_it_hear_of_it_once_before_the_cards(
    office: Office,
) -> None:
    number = await office.filed()
    before = len(office.said)

    await goes_away(office)
    lent = [one for one in office.said[before:] if one.person == "second_secretary"]
    before = len(office.said)
    await office.does("secretary", "posts.away")
    await office.presses("secretary", "我回来了")
    back = [one for one in office.said[before:] if one.person == "secretary"][1:]

    assert "1 件在办事项已转到您手里" in lent[0].words
    assert [number in one.words for one in lent] == [False, True]
    assert "1 件事项回到您手里" in back[0].words
    assert [number in one.words for one in back] == [False, True]


async def test_residents_read_who_stands_in_for_whom(office: Office) -> None:
    await goes_away(office)

    number = await office.filed()

    assert "第一网格 网格书记（钱书记代）" in office.heard("resident")
    await office.does("secretary", "posts.away")
    await office.presses("secretary", "我回来了")
    assert "第一网格 网格书记（张书记）" in office.heard("resident")
    assert (await office.matter(number)).owner == "secretary"


async def test_an_absence_ends_by_itself(office: Office) -> None:
    await goes_away(office)
    office.later(days=3)

    number = await office.filed()

    assert (await office.matter(number)).owner == "secretary"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("明年", "没看懂这个日期"),
        ("2月30日", "没看懂这个日期"),
        ("2026-01-01", "之间，请重新选"),
        ("2027-11-01", "之间，请重新选"),
    ],
)
async def test_a_day_that_makes_no_sense_is_asked_for_again(
    office: Office, typed: str, sentence: str
) -> None:
    await office.does("secretary", "posts.away")
    await office.presses("secretary", "钱书记")

    assert sentence in await office.says("secretary", typed)


@pytest.mark.parametrize(("days", "taken"), [(7, True), (8, False)])
async def test_how_long_an_absence_may_be_is_a_rule_of_the_office(
    office: Office, days: int, taken: bool
) -> None:
    office.new_source = lambda: StreetSource(
        settings(office.folder, LINLI_RULES__ABSENCE__LONGEST_DAYS="7")
    )
    office.restart()
    await office.does("secretary", "posts.away")
    await office.presses("secretary", "钱书记")
    last = MORNING.date() + timedelta(days=days)

    said = await office.says("secretary", last.isoformat())

    assert ("之间，请重新选" not in said) is taken


async def test_nobody_can_come_back_who_was_not_away(office: Office) -> None:
    assert "现在没有委托代办" in await office.does("secretary", "posts.back")


# --- inviting and leaving ------------------------------------------------------------------------


async def test_a_community_secretary_invites_to_a_post_of_the_community(office: Office) -> None:
    await office.does("community", "posts.people")
    await office.presses("community", "第二网格")
    await office.presses("community", "邀请人员")
    await office.presses("community", "网格员")
    await office.says("community", "周小兰")
    told = await office.presses("community", "提交")
    code = told.split("邀请码：")[1].split("\n")[0]

    welcome = await office.starts("staff:new", code)

    assert office.latest("community").message.secret
    assert "第二网格 网格员" in welcome
    assert "周小兰，欢迎" in welcome


@pytest.mark.parametrize("person", ["secretary", "worker", "clerk", "leader"])
async def test_others_invite_nobody(office: Office, person: str) -> None:
    told = await office.does(person, "posts.people")
    forged = await office.does(person, f"posts.invite:{EAST_1}")

    assert "（posts.invite/" in told
    assert "（posts.invite/" in forged


async def test_nobody_appoints_equals_or_superiors(office: Office) -> None:
    shown = await office.does("community", f"posts.unit:{EAST}")

    assert "窗口工作人员" in shown
    assert "分包社区领导" not in shown
    assert "王书记" not in shown


@pytest.mark.requirement("G-07")
async def test_whoever_leaves_loses_everything_at_once_and_hands_over_every_case(
    office: Office,
) -> None:
    accepted = await office.filed(by="first")
    await office.presses("secretary", "接单")
    fresh = await office.filed(by="second")

    await office.does("community", f"posts.unit:{EAST_1}")
    asked = await office.presses("community", "离岗：张书记")
    told = await office.presses("community", "确认离岗")
    bye = office.heard("secretary")
    after = [
        await office.says("secretary", accepted),
        await office.does("secretary", "todo.open"),
    ]

    assert "2 件在办事项移交" in asked
    assert "移交了 2 件事项" in told
    assert "您的岗位已结束：第一网格 网格书记" in bye
    assert office.told("secretary", "您的岗位已结束").farewell
    assert [accepted in answer for answer in after] == [False, False]
    assert accepted in office.transcript("community")
    assert fresh in office.transcript("community")
    for number in (accepted, fresh):
        matter = await office.matter(number)
        assert matter.owner == "community"
        assert (await office.events(number))[-1].content["reason"] == "left"  # type: ignore[index]
    async with office.database.read() as tx:
        assert await tx.scalar(
            select(accounts.c.revoked_at).where(accounts.c.person == "secretary")
        )
        assert await tx.rows(select(sessions)) == []


async def test_the_helper_who_leaves_passes_the_requests_on(office: Office) -> None:
    await office.filed()
    await office.presses("secretary", "接单")
    await office.presses("secretary", "请条线协助")
    await office.presses("secretary", "警务")
    await office.says("secretary", "请看看治安情况")

    await office.does("community", "posts.end:police")

    assert "现转给您" in office.heard("community")
    async with office.database.read() as tx:
        assert len(await list_asked(tx, "community")) == 1


async def test_a_substitute_who_leaves_stands_in_no_longer(office: Office) -> None:
    await goes_away(office)

    await office.does("community", "posts.end:second_secretary")
    number = await office.filed()

    assert (await office.matter(number)).owner == "secretary"


@pytest.mark.parametrize(
    ("who", "whom"),
    [
        ("community", "community"),
        ("community", "leader"),
        ("community", "dispatcher"),
        ("secretary", "worker"),
        ("worker", "secretary"),
        ("leader", "community"),
        ("community", "nobody"),
    ],
)
async def test_nobody_ends_the_posts_of_equals_superiors_or_themselves(
    office: Office, who: str, whom: str
) -> None:
    told = await office.does(who, f"posts.end:{whom}")

    assert any(words in told for words in ("不能结束自己的岗位", "不归您管理", "（posts.end/"))
    assert len((await office.street()).organisation.posts_of("leader", office.now)) == 1


async def test_a_post_elsewhere_stays_when_one_of_two_ends(office: Office) -> None:
    await office.change(
        Post(id="extra", unit=WEST_1, role=Role.GRID_SECRETARY, person="worker", since=office.now)
    )
    office.later(seconds=1)

    told = await office.does("community", "posts.end:worker")

    assert "其他岗位不变" in told
    assert not office.told("worker", "您的岗位已结束").farewell
    posts = (await office.street()).organisation.posts_of("worker", office.now)
    assert [post.unit for post in posts] == [WEST_1]
    assert "您好" in await office.commands("worker", "menu")


async def test_somebody_who_left_can_be_invited_again(office: Office) -> None:
    await office.does("community", "posts.end:worker")
    await office.says("worker", "怎么进不去了")
    await office.change(invitation(office, Role.GRID_WORKER, EAST_2, name="李网格员"))
    office.later(minutes=1)

    told = await office.says("worker", CODE)
    posts = (await office.street()).organisation.posts_of("worker", office.now)

    assert "欢迎" in told
    assert [post.unit for post in posts] == [EAST_2]


# --- overview ------------------------------------------------------------------------------------


async def test_a_community_secretary_sees_all_grids_on_one_page(office: Office) -> None:
    number = await office.filed()
    office.later(days=4)

    page = await office.commands("community", "overview")
    listed = await office.presses("community", "第一网格")
    cases = await office.presses("community", "全部超时")

    assert "第一网格 · 未结 1，超时 1" in page
    assert "第二网格 · 没有未结的" in page
    assert "合计：未结 1" in listed
    assert number in cases


async def test_the_page_of_a_community_counts_every_kind_of_matter(office: Office) -> None:
    await office.filed(by="first")
    await office.starts("second", "g-E1")
    for button, words in (("提意见", "希望多组织一些文化活动"), ("报纠纷", "楼上半夜放音乐")):
        await office.presses("second", button)
        await office.says("second", words)
        while "提交" not in " ".join(office.labels("second")):
            await office.presses("second", "跳过")
        await office.presses("second", "提交")
        await office.does("second", "menu.open")

    page = await office.commands("community", "overview")
    office.later(days=30)
    late = await office.commands("community", "overview")

    assert "第一网格 · 未结 3" in page
    assert "第一网格 · 未结 3，超时 3" in late


async def test_the_page_of_a_community_counts_what_waits_for_residents(office: Office) -> None:
    asked, resolved, _ = [await office.filed(by=name) for name in ("first", "second", "third")]
    for number in (asked, resolved):
        await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", f"matters.ask:{asked}")
    await office.says("secretary", "里面的灯还是外面的灯？")
    await office.does("secretary", f"matters.resolve:{resolved}")
    await office.says("secretary", "换了灯泡")
    await office.presses("secretary", "跳过")
    await office.presses("secretary", "提交")

    page = await office.commands("community", "overview")

    assert "第一网格 · 未结 3，等居民 2" in page


async def test_empty_posts_stand_on_the_overview(office: Office) -> None:
    await office.does("community", "posts.end:second_secretary")

    page = await office.commands("community", "overview")

    assert "空缺岗位：第二网格 网格书记" in page


async def test_the_street_sees_its_communities_first(office: Office) -> None:
    page = await office.commands("street_leader", "overview")
    west = await office.presses("street_leader", "西园社区")

    assert "东园社区 · 没有未结的" in page
    assert "空缺岗位：西园社区 社区书记" in west


async def test_a_dispute_is_counted_but_not_shown_to_those_it_is_not_for(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.presses("resident", "报纠纷")
    await office.says("resident", "楼上漏水，协商不成")
    while "提交" not in " ".join(office.labels("resident")):
        await office.presses("resident", "跳过")
    await office.presses("resident", "提交")
    number = "2026-00001"

    page = await office.does("street_leader", f"overview.unit:{EAST}")
    listed = await office.does("street_leader", f"overview.list:{EAST}:all:0")
    known = await office.does("community", f"overview.list:{EAST}:all:0")

    assert "第一网格 · 未结 1" in page
    assert number not in listed
    assert number in known


@pytest.mark.parametrize("unit", [WEST, WEST_1, "S", "nowhere"])
async def test_other_peoples_units_stay_closed(office: Office, unit: str) -> None:
    told = await office.does("community", f"overview.unit:{unit}")

    assert "未结" not in told
    assert told.count("→") == 1


async def test_a_worker_has_no_overview(office: Office) -> None:
    told = await office.commands("worker", "overview")

    assert "您的岗位不能做这一步" in told


# --- one's own devices ---------------------------------------------------------------------------


async def with_devices(office: Office, *names: str) -> None:
    """Let the worker come in on further devices."""
    for name in names:
        told = await office.does("worker", "posts.add_device")
        code = re.findall(r"\d{12}", told)[0]
        await office.says(f"staff:{name}", code)
        office.later(minutes=1)


async def accounts_of(office: Office, person: str) -> list[str]:
    async with office.database.read() as tx:
        owned = (await list_accounts(tx, [person]))[person]
    return sorted(one.address for one in owned)


async def test_a_lost_device_is_ended_and_hears_and_does_nothing_more(office: Office) -> None:
    await with_devices(office, "lost")
    listed = await office.does("worker", "posts.devices")

    told = await office.presses("worker", "结束：Telegram")
    then = [
        await office.does("staff:lost", "todo.open"),
        await office.does("staff:lost", "menu.open"),
        await office.does("staff:lost", "posts.devices"),
    ]

    assert "您在这些设备上登录" in listed
    assert "正在使用的这个" in listed
    assert "已结束 1 台设备" in told
    assert "待办" not in "".join(then)
    assert await accounts_of(office, "worker") == [office.place("worker")[1]]


async def test_all_other_devices_end_with_one_press(office: Office) -> None:
    await with_devices(office, "one", "two")
    button = "结束其他全部设备"
    await office.does("worker", "posts.devices")

    told = await office.presses("worker", button)
    again = await office.presses("worker", button)

    assert "已结束 2 台设备" in told
    assert "过时" in again
    assert await accounts_of(office, "worker") == [office.place("worker")[1]]


async def test_nobody_ends_somebody_elses_device_or_the_one_in_hand(office: Office) -> None:
    theirs = await office.does("worker", "posts.end_device:account-secretary")
    own = await office.does("worker", "posts.end_device:account-worker")

    assert "过时" in theirs
    assert "过时" in own
    assert await accounts_of(office, "secretary") == [office.place("secretary")[1]]
    assert "待办" in await office.does("worker", "menu.open")
