"""Me too: only to what was shown, told to nobody more often than it helps; told as chats."""

from bot.configuration.street_source import StreetSource
from domain.matters.life import is_told
from domain.matters.rules import SupportRules
from storage.matters.followers import Follower
from storage.people import accounts_by_id
from tests.handlers.chats import Office
from tests.street import EAST, settings

NONE = "这件事现在不能附议"
NOWHERE = "2026-99999"


async def shown(office: Office, number: str, by: str) -> str:
    """Let a resident be shown a case nearby, and give the action of its button."""
    words = (await office.matter(number)).particulars.text
    await office.starts(by, "g-E1")
    await office.says(by, words)
    return office.button(by, "我也是")


async def test_what_was_shown_can_be_joined_also_after_a_restart(office: Office) -> None:
    number = await office.filed()
    button = await shown(office, number, "neighbour")
    office.restart()

    told = await office.does("neighbour", button)
    twice = await office.does("neighbour", button)

    assert f"已附议 {number}" in told
    assert "已经附议过" in twice
    assert (await office.matter(number)).supporters == 1


async def test_every_number_that_was_not_shown_is_answered_alike(office: Office) -> None:
    lamp = await office.filed(by="a")
    closed = await office.filed("5号楼水管漏水", by="b")
    await office.does("b", f"matters.withdraw:{closed}")
    await office.starts("c", "g-E1")
    await office.says("c", "楼上邻居半夜吵闹")
    quarrel = (await office.presses("c", "提交")).split("编号 ")[1][:10]
    await office.starts("curious", "g-E1")

    idle = {
        await office.does("curious", f"matters.support:{one}") for one in (lamp, closed, quarrel)
    }
    none = await office.does("curious", f"matters.support:{NOWHERE}")
    cases = {
        (await office.does("curious", f"matters.show:{one}")).replace(one, "N")
        for one in (lamp, closed, quarrel, NOWHERE)
    }
    button = await shown(office, lamp, "curious")
    others = [await office.does("curious", f"matters.support:{one}") for one in (closed, quarrel)]

    assert button == f"matters.support:{lamp}"
    assert idle == {none}
    assert NONE in none
    assert all(NONE in one for one in others)
    assert len(cases) == 1


async def test_what_ended_since_it_was_shown_says_no_more_either(office: Office) -> None:
    number = await office.filed()
    button = await shown(office, number, "neighbour")
    await office.does("resident", f"matters.withdraw:{number}")

    told = await office.does("neighbour", button)

    assert NONE in told
    assert number not in told


async def test_an_offer_ends_with_the_form_that_brought_it(office: Office) -> None:
    number = await office.filed()
    button = await shown(office, number, "neighbour")
    await office.presses("neighbour", "提交")

    assert NONE in await office.does("neighbour", button)


async def test_who_joined_sees_the_stage_and_no_more(office: Office) -> None:
    number = await office.filed("3号楼路灯坏了，我母亲晚上不敢出门")
    await office.joins(number, "neighbour")

    seen = await office.does("neighbour", f"matters.show:{number}")

    assert number in seen
    assert "不敢出门" not in seen


async def test_forty_sessions_do_not_call_the_owner_forty_times(office: Office) -> None:
    number = await office.filed()
    for session in range(40):
        await office.joins(number, f"session {session}")

    told = office.transcript("secretary").count("邻居")

    assert (await office.matter(number)).supporters == 40
    assert told == 5
    assert [n for n in range(1, 101) if is_told(n)] == [1, 2, 5, 10, 20, 50, 100]


async def test_how_many_one_may_join_is_a_rule_of_the_office(office: Office) -> None:
    office.new_source = lambda: StreetSource(
        settings(office.folder, LINLI_RULES__SUPPORTS__MOST_A_DAY="1")
    )
    office.restart()
    first = await office.filed()
    second = await office.filed("5号楼下水道堵了", by="resident")
    assert f"已附议 {first}" in await office.does("eager", await shown(office, first, "eager"))

    refused = await office.does("eager", await shown(office, second, "eager"))

    assert "明天再来" in refused
    assert (await office.matter(second)).supporters == 0


async def test_one_person_joins_only_so_many_a_day(office: Office) -> None:
    number = await office.filed()
    button = await shown(office, number, "eager")
    account = office.latest("eager").account
    async with office.database.read() as tx:
        person = (await accounts_by_id(tx, [account]))[account].person
    most = (await office.street()).rules(SupportRules, EAST).most_a_day
    for other in range(most):
        follower = Follower(number=f"2026-1000{other}", person=person, at=office.now)
        await office.change(follower)

    today = await office.does("eager", button)
    office.later(hours=25)
    tomorrow = await office.does("eager", button)

    assert "明天再来" in today
    assert f"已附议 {number}" in tomorrow
