"""News beyond the open page: a work group, an own system killed in the middle, a telephone."""

import json
from pathlib import Path
from typing import Any

from tests.journeys.house import AIOGRAM, PTB, WEB, house
from tests.patience import until
from tests.receiver import Answer, Receiver
from tests.street import EAST_1

PHONE = "13812345678"


def tables(receiver: Receiver, **given: dict[str, Any]) -> dict[str, str]:
    urls = {name: {"url": f"{receiver.base}/{name}", **one} for name, one in given.items()}
    return {"LINLI_WEBHOOKS": json.dumps(urls), "LINLI_SENDER__RETRY_FIRST_SECONDS": "0.2"}


def gateway() -> dict[str, Any]:
    body = '{"to":"{phone}","text":"{text} {link}"}'
    return {"kind": "template", "texts": True, "body": body}


async def test_a_group_and_a_system_hear_of_a_case_though_linli_was_killed_and_they_were_away(
    tmp_path: Path,
) -> None:
    async with Receiver() as receiver:
        receiver.answers.append(Answer(502))
        given = tables(receiver, group={"kind": "wecom"}, own={"secret": "sixteen letters!"})
        async with house(tmp_path, residents=AIOGRAM, staff=PTB, **given) as street:
            secretary = await street.invited("grid_secretary", EAST_1, "张书记")
            resident = street.newcomer()
            await resident.start(f"g-{EAST_1}")
            await resident.say("3号楼路灯坏了")
            await resident.press("提交")
            number = await resident.number()
            await street.restart(killed=True)
            await secretary.sees(number)

            await until(
                lambda: (
                    {one.path for one in receiver.heard if number.encode() in one.body}
                    == {"/group", "/own"}
                )
            )

    assert "路灯" not in b"".join(one.body for one in receiver.heard).decode()


async def test_a_resident_keeps_the_page_leaves_a_number_agrees_and_ends_it_again(
    tmp_path: Path,
) -> None:
    async with (
        Receiver() as receiver,
        house(tmp_path, residents=WEB, staff=WEB, **tables(receiver, sms=gateway())) as street,
    ):
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()
        await resident.start(f"g-{EAST_1}")
        await resident.say("3号楼路灯坏了")
        await resident.press("提交")
        number = await resident.number()
        await resident.sees("添加到桌面")
        await resident.is_offered("恢复码")
        await resident.press("留个电话")
        await resident.say(PHONE)
        await resident.sees("随时可以停")
        await secretary.press("接单")
        await resident.sees("接手了")
        assert receiver.heard == []  # a number is no consent

        await resident.press("好，发短信给我")
        await resident.sees("好的，有进展会发短信")
        await secretary.press("已联系居民")
        await resident.sees("联系")
        await until(lambda: len(receiver.heard) == 1)

        said = json.loads(receiver.heard[0].body)
        assert said["to"] == PHONE
        assert number in said["text"]
        assert street.address in said["text"]
        assert "路灯" not in said["text"]

        await resident.press("不要短信了")
        await resident.sees("不发短信")
        await secretary.press("办结")
        await secretary.sees("怎么解决")
        await secretary.say("换了灯泡")
        await secretary.sees("照片")
        await secretary.press("跳过")
        await secretary.sees("办理结果")
        await secretary.press("提交")
        await resident.sees("换了灯泡")
        await street.restart()
        assert len(receiver.heard) == 1

        await resident.command("menu")
        await resident.press("办事")
        await resident.say("5号楼门口的灯坏了")
        await resident.press("跳过")
        await resident.sees("5号楼门口的灯坏了")
        await resident.press("提交")
        await resident.sees("已提交")
        await street.settled()
        assert resident.transcript.count("添加到桌面") == 1


async def test_an_erasure_takes_number_consent_and_what_waits(tmp_path: Path) -> None:
    async with Receiver(Answer(502)) as receiver:
        given = tables(receiver, sms=gateway())
        async with house(tmp_path, residents=WEB, staff=WEB, **given) as street:
            secretary = await street.invited("grid_secretary", EAST_1, "张书记")
            resident = street.newcomer()
            await resident.start(f"g-{EAST_1}")
            await resident.say("3号楼路灯坏了")
            await resident.press("提交")
            await resident.press("留个电话")
            await resident.say(PHONE)
            await resident.press("好，发短信给我")
            await resident.sees("好的，有进展会发短信")
            await secretary.press("接单")
            await until(lambda: bool(receiver.heard))
            await resident.command("mydata")
            await resident.press("删除我的全部资料")
            await resident.press("继续删除")
            await resident.press("确定全部删除")
            await resident.sees("这是最后一条消息")

            receiver.always = Answer(200)
            heard = len(receiver.heard)
            await street.restart()
            await street.settled()

            assert len(receiver.heard) == heard
