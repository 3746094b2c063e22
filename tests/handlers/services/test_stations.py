"""The mobile station: when it comes to us, how far it is, and word of it, asked and pressed."""

from dataclasses import replace
from pathlib import Path

import pytest

from domain.registers import EntryState
from storage.database import Database
from storage.services.stops import list_followers
from tests.handlers.chats import Office, opened
from tests.services import keep, station, stop
from tests.street import WEST


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


FAR = stop("far", WEST, name="西园南门", address="西园路2号", point={"lat": 34.005, "lon": 113.025})


async def stations(office: Office) -> None:
    await keep(office, station(), stop(), FAR)
    await office.starts("resident", "g-E1")


# --- the next stop near somebody ------------------------------------------------------------------


@pytest.mark.requirement("S-09")
async def test_the_next_stop_near_ones_grid_is_shown_with_day_times_services_and_distance(
    office: Office,
) -> None:
    await stations(office)

    told = await office.says("resident", "流动工作站")

    for expected in (
        "槐树巷口",
        "11月26日",
        "周四",
        "09:00–11:30",
        "槐树巷7号门前",
        "养老金资格认证、社保卡",
        "直线约 300 米",
        "0371-66666666",
    ):
        assert expected in told, told
    assert any("西园南门" in one for one in office.labels("resident"))


@pytest.mark.requirement("S-09")
@pytest.mark.parametrize(
    "question",
    [
        "流动服务车什么时候来我们这",
        "流动服务车什么时候来我们这？",
        "便民服务车下次哪天来",
        "请问流动工作站在哪里",
        "when does the mobile station come",
    ],
)
async def test_a_question_in_plain_words_gets_the_next_stop(office: Office, question: str) -> None:
    await stations(office)

    told = await office.says("resident", question)

    assert "槐树巷口" in told
    assert "09:00–11:30" in told


@pytest.mark.parametrize(
    "words", ["流动献血车什么时候来", "流动摊贩什么时候有人管", "流动人口登记在哪里办"]
)
async def test_what_else_moves_about_is_not_meant(office: Office, words: str) -> None:
    await stations(office)

    assert "槐树巷口" not in await office.says("resident", words)


async def test_a_question_that_names_another_community_is_answered_for_it(office: Office) -> None:
    await stations(office)

    told = await office.says("resident", "西园社区流动服务车什么时候来")

    assert told.index("西园南门") < told.index("槐树巷口")


@pytest.mark.requirement("S-09")
async def test_a_sent_location_finds_the_stop_near_it_and_is_not_kept(office: Office) -> None:
    await stations(office)
    await office.says("resident", "流动工作站")
    asked = await office.presses("resident", "按我现在的位置找")
    assert "不保存" in asked

    told = await office.shows_place("resident", 34.005, 113.0251)

    assert "🚐 西园南门" in told
    assert "直线约 50 米" in told
    assert told.index("西园南门") < told.index("槐树巷口")
    assert "槐树巷口" in (await office.says("resident", "流动工作站")).partition("[")[0]


async def test_of_stops_about_as_far_the_one_that_comes_first_is_shown(office: Office) -> None:
    sooner = stop(
        "sooner", name="东园北门", weekdays=["wed"], point={"lat": 34.005, "lon": 113.012}
    )
    await keep(office, station(), stop(), sooner)
    await office.starts("resident", "g-E1")

    told = await office.says("resident", "流动工作站")

    assert "🚐 东园北门" in told


async def test_whoever_lives_nowhere_yet_sees_the_stops_and_is_asked_where_they_are(
    office: Office,
) -> None:
    await keep(office, station(), stop())

    told = await office.does("resident", "services.stations")

    assert "槐树巷口" in told
    assert "离您：" not in told
    assert "告诉我您在哪里" in told


async def test_a_long_route_is_shown_page_by_page(office: Office) -> None:
    many = [stop(f"s{at}", name=f"第{at}站", hours=f"{9 + at}:00-{10 + at}:00") for at in range(10)]
    await keep(office, station(), *many)
    await office.starts("resident", "g-E1")
    await office.says("resident", "流动工作站")

    more = await office.presses("resident", "更多站点")

    assert "第9站" in more
    assert "过时" in await office.does("resident", "services.stations:x")


# --- what is left out -----------------------------------------------------------------------------


@pytest.mark.requirement("S-09")
async def test_a_public_holiday_and_a_day_that_was_called_off_are_left_out(office: Office) -> None:
    friday = stop(weekdays=["fri"], off="2026-12-25")
    await keep(office, station(), friday)
    await office.starts("resident", "g-E1")
    office.later(days=30)  # Thursday, 24 December; New Year's Day is a Friday

    told = await office.says("resident", "流动工作站")

    assert "1月8日" in told


async def test_a_holiday_that_is_named_by_its_date_takes_place(office: Office) -> None:
    await keep(office, station(), stop(weekdays=None, dates="2027-01-01"))
    await office.starts("resident", "g-E1")
    office.later(days=30)

    assert "1月1日" in await office.says("resident", "流动工作站")


@pytest.mark.requirement("S-09")
async def test_a_stop_that_is_over_is_left_out_and_one_that_goes_on_is_said_to_be_there(
    office: Office,
) -> None:
    await keep(office, station(), stop(weekdays=["tue"], hours="8:00-9:30"))
    await office.starts("resident", "g-E1")

    assert "现在就在，到 09:30" in await office.says("resident", "流动工作站")
    office.later(minutes=30)
    assert "12月1日" in await office.says("resident", "流动工作站")


async def test_past_dates_drafts_and_stops_of_a_route_that_ended_are_not_there(
    office: Office,
) -> None:
    past = stop(weekdays=None, dates="2026-11-20、2026-11-23")
    draft = replace(stop("draft", name="草稿站"), state=EntryState.DRAFT)
    other = stop("other", name="停了的站", station="old")
    ended = replace(station("old", name="老线路"), state=EntryState.ENDED)
    await keep(office, station(), past, draft, ended, other)
    await office.starts("resident", "g-E1")

    told = await office.says("resident", "流动工作站")

    assert "近两个月没有安排" in told
    assert "大厅和网点" in told
    assert "没有" in await office.does("resident", "services.stop:other")


async def test_before_the_office_entered_any_it_says_so_and_where_else_to_go(
    office: Office,
) -> None:
    await office.starts("resident", "g-E1")

    told = await office.says("resident", "流动服务车什么时候来我们这")

    assert "近两个月没有安排" in told


# --- following ------------------------------------------------------------------------------------


async def test_following_twice_is_following_once_and_ends_with_a_press(office: Office) -> None:
    await stations(office)
    await office.says("resident", "流动工作站")

    assert "前一天提醒您" in await office.presses("resident", "到站前提醒我")
    action = "services.follow_stop:lane"
    assert "前一天提醒您" in await office.does("resident", action)
    assert len(await followed(office)) == 1

    assert "不再提醒" in await office.presses("resident", "不用提醒了")
    assert "不再提醒" in await office.does("resident", "services.unfollow_stop:lane")
    assert await followed(office) == []


async def test_what_is_no_stop_cannot_be_followed(office: Office) -> None:
    await stations(office)

    assert "没有" in await office.does("resident", "services.follow_stop:van")
    assert "没有" in await office.does("resident", "services.follow_stop:nothing")
    assert await followed(office) == []


async def followed(office: Office) -> list[str]:
    async with office.database.read() as tx:
        return [one.stop for one in await list_followers(tx, "lane")]


async def test_an_elder_needs_three_taps_at_most_until_they_follow(office: Office) -> None:
    await stations(office)
    await office.presses("resident", "大字简洁版")
    await office.does("resident", "menu.services")
    await office.presses("resident", "流动工作站")

    assert "前一天提醒您" in await office.presses("resident", "到站前提醒我")


# --- kept in chat ---------------------------------------------------------------------------------


@pytest.mark.requirement("S-09")
async def test_the_office_keeps_routes_and_stops_in_chat_and_hears_what_is_wrong(
    office: Office,
) -> None:
    await office.does("community", "registers.add:services.stations")
    await office.says("community", "便民服务车1号线")
    await office.says("community", "社保卡")
    await office.says("community", "0371-66666666")
    await office.presses("community", "提交")
    await office.does("community", "registers.add:services.stops")
    await office.says("community", "槐树巷口")
    await office.presses("community", "便民服务车1号线")
    await office.says("community", "槐树巷7号门前")
    await office.presses("community", "选好了")
    await office.presses("community", "跳过")
    read = await office.says("community", "十一点到九点")
    assert "还没写哪天来" in read
    assert "看不懂" in read
    refused = await office.presses("community", "提交")
    assert "还没写哪天来" in refused

    # Nothing typed is lost: what was wrong is put right, and the rest stays.
    await office.presses("community", "几点到几点")
    await office.says("community", "9:00-11:00")
    await office.presses("community", "每周哪几天")
    await office.presses("community", "周四")
    await office.presses("community", "选好了")
    await office.presses("community", "提交")
    await office.starts("resident", "g-E1")
    assert "09:00–11:00" in await office.says("resident", "流动工作站")


async def test_in_english_as_well(office: Office) -> None:
    await stations(office)
    await office.presses("resident", "English")

    told = await office.says("resident", "mobile station")

    assert "Next time" in told
    assert "as the crow flies" in told
    assert "at once" in await office.presses("resident", "Remind me")
