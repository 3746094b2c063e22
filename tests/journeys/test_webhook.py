"""Telegram may call instead of being asked: the same conversations, and nobody else gets in."""

import asyncio
import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import func, select

from bot.channels.telegram.updates import MAX_WEBHOOK_BYTES, SECRET_HEADER, webhook_path
from bot.channels.telegram.webhook import webhook_secret
from domain.messages import Side
from storage.inbox import inbox
from tests.bot_api.faults import FaultKind
from tests.journeys.house import AIOGRAM, PTB, House, house
from tests.patience import PATIENCE
from tests.street import EAST_1

CONFIGURED = "s" * 32
WEBHOOK = {"LINLI_TELEGRAM__MODE": "webhook", "LINLI_TELEGRAM__WEBHOOK_SECRET": CONFIGURED}
OWN = webhook_secret(CONFIGURED, Side.RESIDENTS)
WAYS = [(AIOGRAM, PTB), (PTB, AIOGRAM)]


@pytest.mark.parametrize(("residents", "staff"), WAYS)
async def test_a_matter_goes_all_the_way(tmp_path: Path, residents: str, staff: str) -> None:
    async with house(tmp_path, residents=residents, staff=staff, **WEBHOOK) as street:
        secretary = await street.invited("grid_secretary", EAST_1, "张书记")
        resident = street.newcomer()

        await resident.start("g-E1")
        await resident.sees("提意见")
        await resident.say("3号楼路灯坏了")
        await resident.sees("3号楼")
        await resident.press("提交")
        number = await resident.number()
        await secretary.sees(number)
        await secretary.press("接单")

        await resident.sees("接手了")
        assert "getUpdates" not in {call.method for call in street.api.calls}


async def post(street: House, body: bytes, secret: str | None, side: Side) -> int:
    headers = {"Content-Type": "application/json"}
    if secret is not None:
        headers[SECRET_HEADER] = secret
    address, sent = street.address + webhook_path(side), BytesIO(body)
    async with ClientSession() as http, http.post(address, data=sent, headers=headers) as answer:
        return answer.status


def update(**message: Any) -> bytes:
    chat = {"id": 77, "type": "private", "first_name": "x"}
    sender = {"id": 77, "is_bot": False, "first_name": "x"}
    said = {"message_id": 1, "date": 1, "chat": chat, "from": sender, "text": "hello", **message}
    return json.dumps({"update_id": 1, "message": said}).encode()


async def kept(street: House) -> int:
    async with street.database.read() as tx:
        return int(await tx.scalar(select(func.count()).select_from(inbox)) or 0)


@pytest.mark.parametrize("side", list(Side))
async def test_nobody_without_the_secret_is_heard(tmp_path: Path, side: Side) -> None:
    async with house(tmp_path, **WEBHOOK) as street:
        own, other = (webhook_secret(CONFIGURED, one) for one in (side, *(set(Side) - {side})))
        for secret in (None, "", "wrong", own[:-1], own + "s", "é" * 32, CONFIGURED, other):
            assert await post(street, update(), secret, side) == 401
        assert await post(street, b"x" * (MAX_WEBHOOK_BYTES + 1), own, side) == 413
        assert await post(street, b"no json", own, side) == 400
        assert await post(street, b"[]", own, side) == 400
        assert await kept(street) == 0

        assert await post(street, update(), own, side) == 200
        assert await kept(street) == 1


@pytest.mark.parametrize("residents", [AIOGRAM, PTB])
async def test_groups_channels_and_bots_say_nothing_to_linli(
    tmp_path: Path, residents: str
) -> None:
    async with house(tmp_path, residents=residents, **WEBHOOK) as street:
        others = [
            {"chat": {"id": -5, "type": "group", "title": "g"}},
            {"chat": {"id": -1005, "type": "supergroup", "title": "g"}},
            {"chat": {"id": -1006, "type": "channel", "title": "c"}},
            {"from": {"id": 78, "is_bot": True, "first_name": "b"}},
        ]
        for number, message in enumerate(others, 10):
            body = json.loads(update(**message))
            for kind in ("message", "edited_message", "channel_post"):
                numbered = {"update_id": number * 10 + len(kind), kind: body["message"]}
                raw = json.dumps(numbered).encode()
                assert await post(street, raw, OWN, Side.RESIDENTS) == 200
        edited = {"update_id": 9, "edited_message": json.loads(update())["message"]}
        assert await post(street, json.dumps(edited).encode(), OWN, Side.RESIDENTS) == 200
        await street.settled()

        assert "sendMessage" not in {call.method for call in street.api.calls}
        async with street.database.read() as tx:
            left = await tx.scalar(
                select(func.count()).select_from(inbox).where(inbox.c.sealed.is_not(None))
            )
        assert left == 0


async def test_telegram_that_refuses_the_webhook_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.webhook.FIRST_PAUSE_SECONDS", 0.01)
    async with house(tmp_path, **WEBHOOK) as street:
        street.api.faults.order(FaultKind.STATUS, "setWebhook", status=502, times=2)
        await street.restart()

        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")


async def test_a_webhook_that_somebody_removed_is_set_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.webhook.LOOK_SECONDS", 0.05)
    async with house(tmp_path, **WEBHOOK) as street:
        resident = street.newcomer()
        await resident.start("g-E1")
        await resident.sees("提意见")
        bot = street.residents
        assert bot.webhook is not None
        wanted = bot.webhook.url

        await bot.webhook.close()
        bot.webhook = None
        await resident.say("3号楼路灯坏了")

        await resident.sees("3号楼")
        assert bot.webhook is not None
        assert bot.webhook.url == wanted


async def test_where_telegram_does_not_call_the_process_is_not_ready(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.channels.telegram.webhook.FIRST_PAUSE_SECONDS", 0.01)
    async with house(tmp_path, **WEBHOOK) as street:
        street.api.faults.order(FaultKind.STATUS, "setWebhook", status=502, times=1_000)
        await street.restart()

        assert (await ready(street))["webhook.telegram.residents"] is False
        street.api.faults.clear()
        async with asyncio.timeout(PATIENCE):
            while not (await ready(street))["webhook.telegram.residents"]:
                await asyncio.wait({asyncio.create_task(street.settled())}, timeout=0.05)


async def ready(street: House) -> dict[str, bool]:
    async with ClientSession() as http, http.get(f"{street.address}/ready") as answer:
        checks: dict[str, bool] = (await answer.json())["checks"]
        return checks
