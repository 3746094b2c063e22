"""Gone is gone: whose post, device or data ended reads nothing more on an open page."""

import asyncio
import re
from pathlib import Path

import pytest

from tests.journeys.chatters import Chatter, WebChatter
from tests.journeys.house import WEB, House, house
from tests.patience import until
from tests.street import EAST, EAST_1

#: Long before the page would be looked after anyhow (`sockets.CHECK_SECONDS`).
SOON = 50.0
REVOKED = 4403
_CODE = re.compile(r"\d{4} \d{4}(?! \d)")


async def is_closed(chatter: Chatter, last_words: str = "") -> None:
    """Wait until somebody's page was closed for good, after some last words or none."""
    assert isinstance(chatter, WebChatter)
    async with asyncio.timeout(SOON):
        assert await chatter.was_closed() == REVOKED
    assert chatter.last_words.startswith(last_words)
    assert bool(chatter.last_words) is bool(last_words)


@pytest.fixture
async def street(tmp_path: Path):
    async with house(tmp_path, residents=WEB, staff=WEB) as opened:
        yield opened


async def test_a_dismissed_workers_page_says_so_and_closes(street: House) -> None:
    leader = await street.invited("community_secretary", EAST, "王书记")
    worker = await street.invited("grid_worker", EAST_1, "李网格员")

    await leader.press("人员和岗位")
    await leader.sees("哪个")
    await leader.press("第一网格")
    await leader.sees("李网格员")
    await leader.press("李网格员")
    await leader.sees("立即失去全部权限")
    await leader.press("确认离岗")

    await worker.sees("您的岗位已结束")
    await is_closed(worker, "您的岗位已结束")


async def test_a_device_that_was_let_go_closes(street: House) -> None:
    phone, laptop = street.newcomer("手机"), street.newcomer("电脑")
    await linked(phone, laptop)

    await phone.press("我的账号")
    await phone.sees("您的账号")
    await phone.press("断开网页")
    await phone.sees("要断开")
    await phone.press("确定断开")

    await phone.sees("已断开")
    await is_closed(laptop)


async def test_whoever_erased_everything_is_gone_on_every_device(street: House) -> None:
    phone, laptop = street.newcomer("手机"), street.newcomer("电脑")
    await linked(phone, laptop)

    await phone.press("我的账号")
    await phone.sees("您的账号")
    await phone.press("返回我的")
    await phone.sees("网格：")
    await phone.press("我的资料")
    await phone.sees("我们这里存着")
    await phone.press("删除我的全部资料")
    await phone.sees("不能恢复")
    await phone.press("继续删除")
    await phone.sees("最后确认")
    await phone.press("确定全部删除")

    await phone.sees("已按您的要求删除")
    await laptop.sees("已按您的要求删除")
    await is_closed(phone, "已按您的要求删除")
    await is_closed(laptop, "已按您的要求删除")


async def test_what_somebody_erased_goes_from_the_open_pages_of_others(street: House) -> None:
    secretary = await street.invited("grid_secretary", EAST_1, "张书记")
    resident = street.newcomer("手机")
    await resident.start("g-E1")
    await resident.sees("提意见")
    await resident.say("13号楼路灯坏了，我叫欧阳测试")
    await resident.sees("类别：")
    await resident.press("提交")
    number = await resident.number()
    await secretary.sees("欧阳测试")
    assert isinstance(secretary, WebChatter)

    await erases_everything(resident)

    await until(lambda: "欧阳" not in secretary.screen)
    await secretary.sees(number, "居民已撤回")
    assert number in secretary.screen
    await secretary.press("待办")
    await secretary.sees("没有")


async def erases_everything(resident: Chatter) -> None:
    """Let a resident erase everything, from the menu on."""
    await resident.command("mydata")
    await resident.sees("我们这里存着")
    await resident.press("删除我的全部资料")
    await resident.sees("不能恢复")
    await resident.press("继续删除")
    await resident.sees("最后确认")
    await resident.press("确定全部删除")
    await resident.sees("已按您的要求删除")


async def linked(phone: Chatter, laptop: Chatter) -> None:
    """Let two devices become one person's."""
    for one in (phone, laptop):
        await one.start()
        await one.sees("提意见")
    await phone.press("我的")
    await phone.sees("我的")
    await phone.press("换手机、加一台设备")
    await phone.sees("合在一起")
    await phone.press("要一个数字码")
    code = _CODE.findall(await phone.sees("数字码："))[0]
    await laptop.say(code)
    await laptop.sees("骗局")
    await laptop.press("是我本人")
    await phone.sees("想与您合并")
    await phone.press("是我本人")
    await phone.sees("关联完成")
    await laptop.sees("账号已关联")
