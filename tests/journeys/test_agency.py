"""A full agency from the first words to the revisit, on every channel, with stops in the middle."""

import io
import zipfile
from pathlib import Path

import pytest

from domain.matters.matter import State
from tests.journeys.house import AIOGRAM, PTB, WEB, house
from tests.street import EAST, EAST_1

#: How residents and staff come to Linli.
WAYS = [(AIOGRAM, PTB), (PTB, AIOGRAM), (WEB, WEB)]


@pytest.mark.requirement("S-07")
@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_a_senior_card_is_got_by_an_agent(tmp_path: Path, residents: str, staff: str) -> None:
    async with house(tmp_path, residents=residents, staff=staff) as street:
        agent = await street.invited("window_clerk", EAST, "周窗口")
        await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()

        await resident.start("g-E1")
        await resident.sees("提意见")
        await resident.say("请帮我代办")
        await resident.sees("要代办什么事")
        await resident.say("腿脚不便，请帮我办老年优待证")
        await resident.sees("委托人姓名")
        await street.restart(killed=True)
        await resident.say("李秀英")
        await resident.sees("联系电话")
        await resident.press("跳过")
        await resident.sees("代办自愿、免费")
        await resident.press("提交")
        number = await resident.number()
        assert (await street.matter(number)).state is State.REFERRED

        await agent.sees("没有委托书不能受理")
        await agent.press("本人当面签委托")
        await agent.sees("李秀英本人在您面前")
        await street.restart()
        await agent.press("确认，本人已当面签字")
        await resident.sees("委托书已登记")
        await agent.press("受理")
        await agent.sees("收了哪些材料")
        await agent.say("身份证原件1份、户口簿复印件2份")
        await agent.sees("登记的材料")
        await agent.press("提交")
        await resident.sees("身份证原件（原件1份）：在代办员处")

        await agent.press("中止")
        await agent.sees("为什么中止")
        await agent.say("区里系统升级")
        await resident.sees("区里系统升级")
        await street.restart(killed=True)
        await street.later(days=3)
        await resident.press("同意接着办")
        await agent.sees("居民同意恢复办理")

        await agent.press("办好了")
        await agent.sees("办理结果是什么")
        await agent.say("优待证办好了")
        await agent.sees("要交给本人")
        await agent.say("老年优待证")
        await agent.sees("老年优待证")
        await agent.press("提交")
        await resident.sees("请逐件签收")
        await resident.press("收到退还的材料了")
        await resident.sees("收到了哪件")
        await resident.press("全部")
        await resident.sees("已登记您收到")
        await agent.sees("居民签收了")
        await street.restart()
        await agent.press("办结")
        await agent.sees("请接着归档")
        await resident.sees("优待证办好了")
        await resident.press("已解决")
        await resident.sees("打个分")

        await agent.say("待办")
        await agent.press(f"代办 {number}")
        await agent.sees("办到哪一步：归档")
        await agent.press("归档")
        await agent.sees("已归档")
        await agent.press("记回访")
        await agent.sees("本人怎么说")
        await agent.say("本人说很满意")
        await agent.sees("全程代办完成")
        await agent.press("全套文书 Word")
        await agent.sees("正在生成文书")
        words = _words_of(await agent.sees_file())
        for expected in ("授权委托书", "已当面签字", "代办受理单", "材料交接清单", "代办办结单"):
            assert expected in words
        assert (await street.matter(number)).state is State.CLOSED


def _words_of(file: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        return archive.read("word/document.xml").decode()
