"""What residents do with their cases and their data: join, add, withdraw, copy, correct, erase."""

import json
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile, is_zipfile

import pytest

from domain.matters.matter import State
from tests.journeys.chatters import Chatter
from tests.journeys.house import WEB, WEB_AND_PTB, house
from tests.journeys.test_long_chain import filed
from tests.street import EAST_1


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_me_too_joins_a_case_nearby_and_shows_nothing_of_whoever_reported_it(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        first, second = street.newcomer("甲"), street.newcomer("乙")
        number = await filed(first, "3号楼门口路灯坏了，我母亲晚上不敢出门")
        await secretary.sees(number)

        await second.start("g-E1")
        await second.sees("提意见")
        await second.say("3号楼前路灯不亮")
        await second.sees("附近有人报过")
        assert "路灯照明 · " in second.transcript
        assert "不敢出门" not in second.transcript
        await second.press("我也是")
        await second.sees(f"已附议 {number}")
        await secretary.sees("有一位邻居也反映了")
        await secretary.press("查看")
        await secretary.sees("附议人数")
        await secretary.press("接单")
        await second.sees("接手了")
        await second.say(number)
        await second.sees("您是其中之一")

        assert "不敢出门" not in second.transcript
        assert (await street.matter(number)).supporters == 1


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_words_and_photos_are_added_later_and_a_case_is_withdrawn(
    tmp_path: Path, channel: str
) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        number = await filed(resident)
        await secretary.sees(number)

        await resident.press("补充")
        await resident.sees(f"想给 {number} 补充什么")
        await resident.say("从北边数第二盏")
        await resident.sees("从北边数第二盏")
        await resident.photos(2)
        await resident.sees("照片 2 张")
        await resident.press("提交")
        await resident.sees("已补充到")
        await secretary.sees("居民补充了情况：\n从北边数第二盏")
        assert await secretary.sees_file()
        assert await secretary.sees_file()

        await resident.press("查看")
        await resident.sees("办理经过")
        await resident.press("撤回")
        await resident.sees("要撤回")
        await resident.press("不撤回")
        await resident.sees("办理经过")
        await resident.press("撤回")
        await resident.sees("要撤回")
        await resident.press("确定撤回")
        await resident.sees(f"{number} 已撤回")
        await resident.press_again()
        await resident.sees("不能做这一步")
        await secretary.sees("居民已撤回")
        assert (await street.matter(number)).state is State.WITHDRAWN


async def open_my_data(resident: Chatter) -> None:
    """Go to what is kept of me."""
    await resident.command("menu")
    await resident.sees("请选一项")
    await resident.press("我的")
    await resident.sees("账号")
    await resident.press("我的资料")
    await resident.sees("我们这里存着您的这些信息")


def is_archive(data: bytes) -> bool:
    """Tell the archive from the page."""
    return is_zipfile(BytesIO(data))


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_my_data_is_copied_corrected_and_erased(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        number = await filed(resident)
        await secretary.sees(number)

        await open_my_data(resident)
        await resident.press("留姓名")
        await resident.sees("怎么称呼您")
        await resident.say("李阿姨")
        await resident.sees("已保存")
        await resident.press("返回我的资料")
        await resident.sees("李阿姨")
        await resident.press("留电话")
        await resident.sees("您的电话号码")
        await resident.say("13800001234")
        await resident.sees("已保存")
        await open_my_data(resident)
        await resident.press("导出我的资料")
        await resident.sees("正在准备两份文件")
        copies = [await resident.sees_file(), await resident.sees_file()]
        page, archive = sorted(copies, key=is_archive)
        with ZipFile(BytesIO(archive)) as kept:
            (copy,) = (name for name in kept.namelist() if name.endswith(".json"))
            parsed = json.loads(kept.read(copy))
        assert "李阿姨" in json.dumps(parsed, ensure_ascii=False)
        assert "3号楼路灯坏了" in page.decode()

        await open_my_data(resident)
        await resident.press("删除我的全部资料")
        await resident.sees(number)
        await resident.press("继续删除")
        await resident.sees("最后确认")
        await resident.press("确定全部删除")
        await resident.sees("已按您的要求删除")
        await secretary.sees("要求删除个人资料")
        matter = await street.matter(number)
        assert matter.erased
        assert matter.particulars.text == ""
        await resident.say("你好")
        if channel == WEB:
            # The session went with everything else; "begin" makes another one.
            await resident.sees("登录已经结束")
            await resident.start()
        await resident.sees("个人信息说明")


@pytest.mark.parametrize("channel", WEB_AND_PTB)
async def test_a_consent_is_given_and_taken_back(tmp_path: Path, channel: str) -> None:
    async with house(tmp_path, residents=channel) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        await resident.press("我的")
        await resident.sees("账号")
        await resident.press("订阅每周小结")
        await resident.sees("每周")

        await open_my_data(resident)
        await resident.press("我的同意")
        await resident.sees("接收每周小结")
        await resident.press("撤回：接收每周小结")
        await resident.sees("已撤回：接收每周小结")
        await resident.press_again()
        await resident.sees("已经过时")
        await open_my_data(resident)
        await resident.press("我的同意")
        await resident.sees("没有需要撤回的同意")
