"""A month of visits: somebody is taken on, seen, missed once, and a need is followed to its end."""

from pathlib import Path

import pytest

from domain.messages import Side
from tests.journeys.chatters import Chatter, TelegramChatter, WebChatter
from tests.journeys.house import AIOGRAM, PTB, WEB, House, house
from tests.journeys.test_minimal import MINIMAL, Browser, joined, sent
from tests.street import EAST, EAST_1

OPEN = {"LINLI_FEATURES__VISITS__ON": "true"}
NAME, HOME, CALL = "赵桂英", "3号楼2单元401", "13700000001"
WISH, NEED = "耳朵不好，请敲门久一点", "卫生间地滑，想装一个扶手"


async def registers(secretary: Chatter, worker: str, *, child: bool = False) -> None:
    """Take somebody onto the register, on the page."""
    await secretary.command("menu")
    await secretary.press("走访关爱")
    await secretary.sees("没有要走访的人")
    await secretary.press("登记对象")
    await secretary.sees("属于哪一类")
    await secretary.say("留守儿童" if child else "独居老人")
    await secretary.sees("哪一年出生")
    await secretary.say("2016" if child else "1946")
    await secretary.sees("姓名")
    await secretary.say(NAME)
    await secretary.sees("住址")
    await secretary.say(HOME)
    await secretary.sees("依据什么")
    await secretary.press("法定职责")
    if child:
        await secretary.sees("高风险")
        await secretary.press("不是")
    await secretary.sees("由谁负责")
    await secretary.press(worker)
    await secretary.sees("电话")
    await secretary.say(CALL)
    await secretary.sees("需要什么帮助")
    await secretary.say(WISH)
    assert "只用于走访关爱服务" in await secretary.sees(NAME)
    await secretary.press("提交登记")
    await secretary.sees("已列入名册")


async def team(street: House) -> tuple[Chatter, Chatter, Chatter, Chatter]:
    """Staff of the first grid and of its community, the worker first."""
    leader = await street.invited("assigned_leader", EAST, "赵主任")
    community = await street.invited("community_secretary", EAST, "王书记")
    secretary = await street.invited("grid_secretary", EAST_1, "张书记")
    worker = await street.invited("grid_worker", EAST_1, "李网格员")
    return worker, secretary, community, leader


async def come_back(*people: Chatter) -> None:
    """Open the page again, as staff do every day: a browser that nobody uses is forgotten."""
    for one in people:
        assert isinstance(one, WebChatter)
        await one.reopen()


async def way_on(chatter: TelegramChatter) -> str:
    """Wait for the link to the page and give it."""
    await chatter.sees("在网页上")
    buttons = [button for row in chatter.chat.last.button_rows for button in row]
    (link,) = [button["url"] for button in buttons if "url" in button]
    return str(link)


@pytest.mark.requirement("V-02")
@pytest.mark.requirement("V-04")
@pytest.mark.requirement("V-05")
async def test_a_month_of_visits_with_one_that_is_missed(tmp_path: Path) -> None:
    async with house(tmp_path, residents=AIOGRAM, staff=WEB, **OPEN) as street:
        worker, secretary, community, leader = await team(street)
        daughter = street.newcomer("女儿")
        await registers(secretary, "李网格员")
        told = await worker.sees("由您负责")
        assert NAME not in told

        # The daughter hears of visits, for her mother agreed.
        await worker.press("对象 ")
        await worker.sees("要说明为什么看")
        await worker.press("核对信息")
        await worker.sees(NAME)
        await worker.press("更多…")
        await worker.sees("在册信息")
        await worker.press("本人和家属")
        await worker.sees("只会收到“已走访”")
        await worker.press("给家属口令")
        await worker.sees("本人同意把")
        await worker.press("问过了，本人同意")
        code = (await worker.sees("家属口令")).partition("：")[2][:9]
        await daughter.start("g-E1")
        await daughter.sees("请选一项")
        await daughter.say(code)
        await daughter.sees("绑定好了")

        # Before the day, on the day; Linli dies in between and tells nothing twice.
        await street.later(days=24)
        await worker.sees("有一次走访快到期了")
        await come_back(worker, secretary, community, leader)
        await street.restart(killed=True)
        await street.later(days=6)
        await worker.sees("有一次走访今天到期")
        assert worker.transcript.count("快到期了") == 1

        # Two taps at the door, and words for those who want some.
        await worker.press("去看看")
        await worker.sees("要说明为什么看")
        await worker.press("去走访")
        assert WISH in await worker.sees(HOME)
        await worker.sees("都好就点一下")
        await worker.press("☐ 安全")
        await worker.press("记下有情况的")
        recorded = await worker.sees("已记下")
        assert "今天（12月24日）" in recorded
        assert "下次走访：2027年1月22日" in recorded
        assert "您的家人社区已走访" in await daughter.sees("您的家人社区已走访")
        for secret in (NAME, HOME, "独居", "安全", "有情况"):
            assert secret not in daughter.transcript

        # What is needed becomes a case, with the consent, and is followed until it helped.
        await worker.press("写下需要什么帮助：安全")
        await worker.sees("需要什么帮助")
        await worker.say(NEED)
        await worker.sees("本人同意怎么办")
        await worker.press("同意转成办件")
        await worker.sees("提交后会立一个保密的办件")
        await worker.press("提交")
        number = await worker.number()
        assert NEED in await secretary.sees(number)
        assert (await street.matter(number)).confidential
        await secretary.press("接单")
        await secretary.press("办结")
        await secretary.sees("怎么解决")
        await secretary.say("扶手装好了")
        await secretary.sees("照片")
        await secretary.press("跳过")
        await secretary.sees("办理结果")
        await secretary.press("提交")
        await worker.press("走访关爱")
        await worker.press("需求跟踪")
        await worker.sees("还没见效的需求：1 件")
        await worker.press("安全")
        assert number in await worker.sees("办了，等效果")
        await worker.press("有效果")
        await worker.sees("写一两句")
        await worker.say("起身扶得住了")
        await worker.sees("等本人确认")
        await worker.press("本人确认解决了")
        await worker.sees("本人确认解决")

        # The next visit is missed: it climbs, a level at a time, without a name.
        await street.later(days=20)
        await come_back(worker, secretary, community, leader)
        await street.later(days=11)
        await worker.sees("有一次走访今天到期")
        await worker.sees("有一次走访逾期了")
        await secretary.sees("有一次走访逾期")
        await street.later(days=2)
        await community.sees("有一次走访逾期")
        await street.later(days=2)
        await leader.sees("有一次走访逾期")
        for above in (community, leader):
            assert NAME not in above.transcript

        # Both figures stand there, and then it is made up for.
        await community.command("menu")
        await community.press("走访关爱")
        await community.press("覆盖率")
        assert "逾期未走访 1" in await community.sees("应走访 1")
        await worker.press("去看看")
        await worker.sees("已逾期")
        await worker.press("去走访")
        await worker.sees("都好就点一下")
        await worker.press("一切都好")
        await worker.sees("一切都好")
        before = len(leader.transcript)
        await street.later(days=6)
        assert "走访逾期" not in leader.transcript[before:]


@pytest.mark.parametrize("staff", [PTB, pytest.param(AIOGRAM, marks=pytest.mark.slow)])
@pytest.mark.parametrize("mode", ["full", "minimal"])
async def test_over_telegram_there_is_the_news_and_a_link_and_no_name(
    tmp_path: Path, staff: str, mode: str
) -> None:
    more = {**OPEN, **(MINIMAL if mode == "minimal" else {})}
    async with house(tmp_path, staff=staff, **more) as street:
        worker = await joined(street, "grid_worker", EAST_1, "李网格员")
        secretary = await street.invited("grid_secretary", EAST_1, "张书记", on=WEB)
        page = Browser(street, "网格员的浏览器", Side.STAFF)
        await registers(secretary, "李网格员")

        await street.later(days=30)
        assert "第一网格" in await worker.sees("有一次走访今天到期")
        await worker.press("去看看")
        await page.follow(await way_on(worker))
        await page.sees("要说明为什么看")
        await page.press("去走访")
        await page.sees(HOME)
        await page.press("一切都好")
        await page.sees("已记下")
        await street.settled()

        said = sent(street.api)
        for secret in (NAME, HOME, CALL, WISH, "独居"):
            assert secret not in said


async def test_a_minors_entry_opens_by_an_approval_and_only_then(tmp_path: Path) -> None:
    async with house(tmp_path, staff=WEB, **OPEN) as street:
        worker, secretary, community, _ = await team(street)
        await secretary.command("menu")
        await secretary.press("走访关爱")
        await secretary.press("登记对象")
        await secretary.sees("属于哪一类")
        await secretary.say("刑满释放人员")
        await secretary.sees("档案由司法行政机关保管")
        await secretary.press("取消")
        await secretary.press("确定取消")
        await registers(secretary, "李网格员", child=True)

        await street.later(days=29)
        await come_back(worker, community)
        await street.later(days=1)
        await worker.sees("有一次走访今天到期")
        await worker.press("去看看")
        assert NAME not in await worker.sees("涉及未成年人")
        await worker.press("申请查看")
        await worker.sees("交给负责人审批")
        await worker.say("本月走访")
        await worker.sees("已经报 王书记 审批")
        await community.sees("有一份未成年人走访材料请您审批")
        await community.press("去审批")
        assert "本月走访" in await community.sees("查看审批")
        await community.press("同意，仅限这次走访")
        await worker.sees("查看申请已同意")
        await worker.press("对象 ")
        await worker.sees("要说明为什么看")
        await worker.press("去走访")
        await worker.sees(NAME)
        await worker.press("一切都好")
        await worker.sees("已记下")
        await worker.press("走访关爱")
        await worker.sees("我的走访")
        await worker.press("对象 ")
        assert NAME not in await worker.sees("涉及未成年人")
