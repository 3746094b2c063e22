"""Where a feature is open: a pilot first, the others later, and nothing under way is lost."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.configuration.street_source import StreetSource
from domain.messages import Channel, Side
from domain.organisation import Post, Role, Unit, UnitKind
from domain.people import Account, Person
from domain.switches import Switch, SwitchDefault
from handlers.features import Features, Menu
from handlers.registry import FEATURES
from storage.broadcasts.broadcasts import list_broadcasts
from storage.database import Database
from storage.switches import list_switches
from tests.handlers.broadcasts.test_broadcasts import live, settle, tick, told, written
from tests.handlers.chats import Office, opened
from tests.handlers.residents.test_my_data import copies
from tests.statements import counted
from tests.street import EAST, MORNING, STREET, WEST, WEST_1, settings

WEST_SECRETARY = "staff:west"


async def employ(office: Office) -> None:
    """Let the other community have a secretary, too."""
    account = Account(
        id="account-west",
        person="west",
        side=Side.STAFF,
        channel=Channel.TELEGRAM,
        address=WEST_SECRETARY,
        created_at=MORNING,
        seen_at=MORNING,
    )
    role = Role.COMMUNITY_SECRETARY
    await office.change(
        Person(id="west", side=Side.STAFF, name="西书记", created_at=MORNING, preferred=account.id),
        account,
        Post(id="post-west", unit=WEST, role=role, person="west", since=MORNING),
    )


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    made = await opened(database, tmp_path)
    await employ(made)
    return made


async def turned(office: Office, unit: str, wanted: str, why: str = "区里批准试点") -> str:
    """Let the street's leadership open or close broadcasts for a community, a minute later."""
    office.now += timedelta(minutes=1)
    await office.does("street_leader", f"switches.set:{unit}:broadcasts:{wanted}")
    await office.says("street_leader", why)
    return await office.presses("street_leader", "提交")


async def menu(office: Office, who: str) -> list[str]:
    await office.does(who, "menu.open")
    return office.labels(who)


async def of_mine(office: Office, who: str) -> list[str]:
    await office.commands(who, "me")
    return office.labels(who)


# --- a pilot -------------------------------------------------------------------------------------


@pytest.mark.requirement("R-01")
async def test_a_feature_is_open_in_the_pilot_and_closed_in_the_others(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.starts("neighbour", "g-W1")

    await turned(office, WEST, "off")

    assert "📢 群发通知" in "".join(await menu(office, "community"))
    assert "📢 群发通知" not in "".join(await menu(office, WEST_SECRETARY))
    assert "不再接收通知" in await of_mine(office, "resident")
    assert "不再接收通知" not in await of_mine(office, "neighbour")


@pytest.mark.requirement("R-01")
async def test_a_pilot_can_be_configured_before_anybody_decides_in_chat(
    database: Database, tmp_path: Path
) -> None:
    office = await opened(database, tmp_path)
    pilot = settings(
        tmp_path,
        LINLI_FEATURES=f'{{"broadcasts": {{"on": false, "except_in": ["{EAST}"]}}}}',
    )
    office.new_source = lambda: StreetSource(pilot)
    office.restart()
    await employ(office)

    assert "📢 群发通知" in "".join(await menu(office, "community"))
    assert "📢 群发通知" not in "".join(await menu(office, WEST_SECRETARY))

    await turned(office, WEST, "on")
    assert "📢 群发通知" in "".join(await menu(office, WEST_SECRETARY))


@pytest.mark.requirement("R-01")
async def test_an_old_button_of_a_closed_feature_says_that_it_is_not_open_here(
    office: Office,
) -> None:
    await turned(office, EAST, "off")

    pressed = await office.does("community", "broadcasts.write")
    await office.starts("resident", "g-E1")
    wanted = await office.does("resident", "broadcasts.notices:on")

    for said in (pressed, wanted):
        assert "本社区暂未开通“居民通知”" in said
        assert "按钮" not in said


async def test_who_wants_no_more_notices_is_heard_also_where_they_are_closed(
    office: Office,
) -> None:
    await office.starts("resident", "g-E1")
    await turned(office, EAST, "off")

    assert "不再发群发通知" in await office.does("resident", "broadcasts.notices:off")


async def test_who_has_no_community_yet_has_what_any_community_has(office: Office) -> None:
    await turned(office, WEST, "off")
    await office.starts("newcomer")
    assert "不再接收通知" in await of_mine(office, "newcomer")

    await turned(office, EAST, "off")
    assert "不再接收通知" not in await of_mine(office, "newcomer")


async def test_the_street_keeps_what_one_community_has_and_reaches_no_other(
    office: Office,
) -> None:
    near = await live(office, 2)
    await live(office, 3, WEST_1)
    await turned(office, WEST, "off")

    await office.does("street_leader", "broadcasts.write")
    offered = office.labels("street_leader")
    await office.presses("street_leader", "梧桐街道")
    await office.says("street_leader", "明天九点到十一点停水，请提前储水。")
    await office.presses("street_leader", "跳过")
    read_back = await office.presses("street_leader", "不公开")
    await office.presses("street_leader", "提交")
    await tick(office)

    assert "西园社区" not in "".join(offered)
    assert "将发给 2 位居民" in read_back
    assert "不会收到：西园社区" in read_back
    assert sorted(await told(office)) == sorted(near)


# --- opening and closing -------------------------------------------------------------------------


@pytest.mark.requirement("R-01")
async def test_the_streets_leadership_closes_with_a_reason_that_is_read_back_and_told(
    office: Office,
) -> None:
    await office.does("street_leader", "switches.list")
    await office.presses("street_leader", "东园社区")
    asked = await office.presses("street_leader", "停用")
    read_back = await office.says("street_leader", "暂停试点")
    done = await office.presses("street_leader", "提交")

    assert "为什么" in asked
    assert "东园社区的居民和工作人员不再看到“居民通知”" in read_back
    assert "暂停试点" in read_back
    assert "已在东园社区停用“居民通知”" in done
    assert "已在东园社区停用“居民通知”" in office.latest("community").words
    assert "暂停试点（冯书记）" in office.latest("community").words


@pytest.mark.requirement("R-01")
async def test_what_was_decided_holds_after_a_restart_and_in_every_process(
    office: Office, database: Database, tmp_path: Path
) -> None:
    other = Office(database, tmp_path, _next=1_000)
    await other.does("community", "menu.open")
    await turned(office, EAST, "off")

    assert "📢 群发通知" not in "".join(await menu(other, "community"))
    office.restart()
    assert "📢 群发通知" not in "".join(await menu(office, "community"))

    await turned(other, EAST, "on")
    assert "📢 群发通知" in "".join(await menu(office, "community"))


async def test_every_decision_is_kept_with_who_when_and_why(office: Office) -> None:
    await turned(office, EAST, "off", "暂停试点")
    await turned(office, EAST, "on", "恢复试点")

    shown = await office.does("dispatcher", f"switches.show:{EAST}:broadcasts")

    assert shown.index("冯书记开通，理由：恢复试点") < shown.index("冯书记停用，理由：暂停试点")
    async with office.database.read() as tx:
        kept = await list_switches(tx)
    assert [(one.unit, one.on, one.by) for one in kept] == [
        (EAST, False, "street_leader"),
        (EAST, True, "street_leader"),
    ]


async def test_every_community_has_a_status_in_the_roll_out(office: Office) -> None:
    await turned(office, WEST, "off")

    shown = await office.does("dispatcher", "switches.list")

    assert "1/2 个社区已开通" in shown
    assert "东园社区：已开通（默认）" in shown
    assert "西园社区：已停用" in shown
    assert "停用" not in "".join(office.labels("dispatcher"))


async def test_who_only_sees_the_roll_out_neither_opens_nor_closes(office: Office) -> None:
    for who in ("dispatcher", "community", "secretary"):
        refused = await office.does(who, f"switches.set:{EAST}:broadcasts:off")
        assert "（switches.set/" in refused, who

    assert (await office.street()).is_on("broadcasts", EAST)


@pytest.mark.parametrize(
    "press",
    [
        "switches.set:nowhere:broadcasts:off",
        "switches.set:E1:broadcasts:off",
        "switches.set:S:broadcasts:off",
        "switches.set:E:matters:off",
        "switches.set:E:broadcasts:perhaps",
        "switches.show:E:posts",
        "switches.list:matters",
        "switches.list:broadcasts:x",
    ],
)
async def test_what_cannot_be_opened_and_closed_is_no_button(office: Office, press: str) -> None:
    assert "按钮" in await office.does("street_leader", press)
    assert (await office.street()).switches.history == ()


async def test_what_is_so_already_is_not_decided_again(office: Office) -> None:
    assert "已经开通" in await office.does("street_leader", f"switches.set:{EAST}:broadcasts:on")
    await turned(office, EAST, "off")
    assert "已经停用" in await office.does("street_leader", f"switches.set:{EAST}:broadcasts:off")


async def test_of_two_who_decide_the_same_at_once_the_second_is_told_so(office: Office) -> None:
    await office.does("street_leader", f"switches.set:{EAST}:broadcasts:off")
    await office.says("street_leader", "先到")
    made = office.button("street_leader", "提交")
    await office.change(closed_by_another(office))

    refused = await office.does("street_leader", made)

    assert "已经停用" in refused
    async with office.database.read() as tx:
        assert len(await list_switches(tx)) == 1


def closed_by_another(office: Office) -> Switch:
    return Switch(
        id="another",
        feature="broadcasts",
        unit=EAST,
        on=False,
        since=office.now,
        by="dispatcher",
        reason="另一位",
    )


# --- what is under way ---------------------------------------------------------------------------


@pytest.mark.requirement("R-01")
async def test_what_is_under_way_goes_on_and_can_be_seen_and_ended(office: Office) -> None:
    people = await live(office, 3)
    await written(office)
    await office.presses("community", "提交")
    card = office.button("community", "停止")
    await turned(office, EAST, "off")

    await tick(office)
    listed = await office.does("community", "broadcasts.list")
    shown = await office.does("community", card.replace("ask_stop", "show"))
    asked = await office.does("community", card)

    assert sorted(await told(office)) == sorted(people)
    assert "按钮" not in listed
    assert "写通知" not in "".join(office.labels("community"))
    assert "0/3" in shown
    assert "停止" in asked
    await office.presses("community", "停止")
    async with office.database.read() as tx:
        (ended,) = await list_broadcasts(tx, 1)
    assert ended.state == "stopped"


async def test_what_was_closed_half_way_reaches_everybody_all_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduler.broadcasts.broadcasts.CHUNK", 2)
    people = await live(office, 5)
    await written(office)
    await office.presses("community", "提交")
    await tick(office)
    await turned(office, EAST, "off")

    for _ in range(4):
        await tick(office)
        await settle(office)

    assert sorted(await told(office)) == sorted(people)


async def test_words_written_before_it_was_closed_wait_until_it_is_open_again(
    office: Office,
) -> None:
    people = await live(office, 2)
    await written(office)
    submit = office.button("community", "提交")
    await turned(office, EAST, "off")

    refused = await office.does("community", submit)
    await tick(office)
    assert "本社区暂未开通" in refused
    assert await told(office) == {}

    await turned(office, EAST, "on")
    await office.does("community", submit)
    await tick(office)
    assert sorted(await told(office)) == sorted(people)


async def test_a_unit_that_was_closed_meanwhile_is_not_written_to(office: Office) -> None:
    await live(office, 2, WEST_1)
    await office.does("street_leader", "broadcasts.write")
    await office.presses("street_leader", "西园社区")
    await office.says("street_leader", "明天九点到十一点停水，请提前储水。")
    await office.presses("street_leader", "跳过")
    await office.presses("street_leader", "不公开")
    submit = office.button("street_leader", "提交")
    await office.change(replace(closed_by_another(office), unit=WEST))

    assert "西园社区暂未开通" in await office.does("street_leader", submit)
    await tick(office)
    assert await told(office) == {}


# --- the way in, and the price -------------------------------------------------------------------


def test_danger_and_the_way_in_are_never_closed() -> None:
    never = {"matters", "residents", "posts", "tickets", "menu", "words", "conduct"}

    assert FEATURES.switchable
    assert not FEATURES.switchable & never


def test_a_feature_by_which_people_come_in_cannot_be_declared_switchable() -> None:
    with pytest.raises(LookupError, match="people come in by"):
        Features(
            replace(one, switchable=True) if one.name == "posts" else one for one in FEATURES.all
        )


def test_a_feature_is_switchable_on_both_its_sides() -> None:
    with pytest.raises(LookupError, match="on one side alone"):
        Features(
            replace(one, switchable=one.side is Side.STAFF) if one.name == "broadcasts" else one
            for one in FEATURES.all
        )


def test_closed_features_leave_no_entry_command_or_word() -> None:
    closed = frozenset({"broadcasts"})
    left = FEATURES.without(closed)

    assert left is FEATURES.without(closed)
    assert FEATURES.without(frozenset()) is FEATURES
    assert FEATURES.without(frozenset({"matters"})) is FEATURES
    for one in Menu:
        assert not [verb for _, verb in left.entries[one] if verb.name.startswith("broadcasts.")]
    assert "broadcasts.write" not in left.verbs[Side.STAFF]
    assert {"broadcasts.show", "broadcasts.stop"} <= left.verbs[Side.STAFF].keys()
    assert "broadcast" in left.forms


def test_the_defaults_name_everything_that_can_be_opened_and_closed(tmp_path: Path) -> None:
    assert settings(tmp_path).features.keys() == FEATURES.switchable


def test_a_default_holds_except_in_the_communities_that_are_named() -> None:
    pilot = SwitchDefault(on=False, except_in=frozenset({EAST}))
    without = SwitchDefault(on=True, except_in=frozenset({EAST}))

    assert [pilot.holds(one) for one in (EAST, WEST)] == [True, False]
    assert [without.holds(one) for one in (EAST, WEST)] == [False, True]


async def test_an_update_asks_the_database_no_more_for_what_is_closed(office: Office) -> None:
    await office.starts("resident", "g-E1")
    await office.commands("resident", "menu")
    with counted(office.database) as before:
        await office.commands("resident", "menu")
    await turned(office, EAST, "off")
    await office.commands("resident", "menu")

    with counted(office.database) as after:
        await office.commands("resident", "menu")

    assert len(after) == len(before)
    assert not [one for one in after if "switches" in one]


async def test_who_decided_finds_it_in_the_copy_of_their_own_data(
    office: Office, tmp_path: Path
) -> None:
    await turned(office, EAST, "off", "暂停试点")

    copied = await copies(office, tmp_path, "street_leader")

    (decided,) = copied.data["work"]["switches"]
    assert (decided["feature"], decided["unit"], decided["on"]) == ("broadcasts", EAST, False)
    assert decided["reason"] == "暂停试点"
    assert "在东园社区停用：暂停试点" in copied.page


async def test_the_decision_stays_when_who_made_it_erases_what_is_their_own(
    office: Office,
) -> None:
    await turned(office, EAST, "off")
    asked = int(office.now.timestamp())

    await office.does("street_leader", f"posts.erase:{asked}")

    async with office.database.read() as tx:
        (kept,) = await list_switches(tx)
    assert (kept.by, kept.on) == ("street_leader", False)


async def test_without_anything_to_open_there_is_no_roll_out(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "🧭 推广情况" in await menu(office, "dispatcher")
    rest = Features(one for one in FEATURES.all if not one.switchable)
    monkeypatch.setattr("bot.traffic.intake.FEATURES", rest)

    assert "🧭 推广情况" not in await menu(office, "dispatcher")
    assert "按钮" in await office.does("dispatcher", "switches.list")
    assert "🧭 推广情况" not in await menu(office, "community")


async def test_of_many_communities_the_roll_out_shows_every_one_page_by_page(
    office: Office,
) -> None:
    more = [
        Unit(code=f"N{number}", kind=UnitKind.COMMUNITY, parent=STREET, name=f"新{number}社区")
        for number in range(10, 20)
    ]
    await office.change(*more)

    first = await office.does("dispatcher", "switches.list")
    second = await office.presses("dispatcher", "下一页")

    for unit in more:
        assert f"{unit.name}：已开通" in first + second
    assert "12/12 个社区已开通" in second
