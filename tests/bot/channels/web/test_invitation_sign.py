"""Whoever holds an invitation reads for whom it is before it is accepted, and nobody else does."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.channels.web.guards import Refusal
from bot.channels.web.invitation_sign import POSTER_RATE, RATE, InvitationSigns
from domain.organisation import Role
from domain.people import INVITATION_LIFE, Invitation
from storage.database import Database
from tests.handlers.chats import Office, opened
from tests.street import EAST_1, WEST_1

CODE = "246813579024"


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


@pytest.fixture
async def signs(office: Office) -> InvitationSigns:
    return InvitationSigns(office.database, office.source, lambda: office.now, lambda: 0.0)


def invitation(office: Office, name: str = "新同志") -> Invitation:
    return Invitation(
        code_hash=office.database.keyring.hash_code(CODE),
        unit=EAST_1,
        role=Role.GRID_WORKER,
        name=name,
        expires_at=office.now + INVITATION_LIFE,
    )


async def asks(signs: InvitationSigns, body: object, address: str = "10.0.0.1") -> dict[str, str]:
    """Ask over HTTP, as the page does."""

    async def serve(request: web.Request) -> web.Response:
        try:
            return await signs.serve(request, address=lambda _: address)
        except Refusal as refusal:
            return web.json_response({"refused": refusal.code})

    app = web.Application()
    app.add_routes([web.post("/chat/invitation", serve)])
    async with TestClient(TestServer(app)) as page:
        answer = await page.post("/chat/invitation?lang=zh-CN", json=body)
        found: dict[str, str] = await answer.json()
    return found


async def test_it_says_for_whom_it_is_and_to_which_post(
    office: Office, signs: InvitationSigns
) -> None:
    await office.change(invitation(office))

    told = (await asks(signs, {"code": CODE}))["text"]

    assert "给新同志的邀请：东园社区第一网格网格员" in told
    assert "只能用一次" in told


async def test_an_invitation_of_nobody_in_particular_names_the_post(
    office: Office, signs: InvitationSigns
) -> None:
    await office.change(invitation(office, name=""))

    assert "岗位：东园社区第一网格网格员" in (await asks(signs, {"code": "2468 1357 9024"}))["text"]


async def test_looking_uses_nothing_up(office: Office, signs: InvitationSigns) -> None:
    await office.change(invitation(office))
    await asks(signs, {"code": CODE})

    assert "欢迎" in await office.starts("staff:new", CODE)


@pytest.mark.parametrize("change", ["unknown", "used", "old", "gone", "a device"])
async def test_what_opens_nothing_is_answered_alike(
    office: Office, signs: InvitationSigns, change: str
) -> None:
    changes = {
        "unknown": {"code_hash": office.database.keyring.hash_code("111111111111")},
        "used": {"used_at": office.now},
        "old": {"expires_at": office.now - timedelta(days=1)},
        "gone": {"unit": "gone"},
        "a device": {"person": "secretary"},
    }
    await office.change(replace(invitation(office), **changes[change]))

    assert await asks(signs, {"code": CODE}) == {}


@pytest.mark.parametrize("body", [{}, {"code": 7}, {"code": ""}, {"code": "1" * 65}, [CODE]])
async def test_a_request_without_a_code_is_refused(signs: InvitationSigns, body: object) -> None:
    assert await asks(signs, body) == {"refused": "bad_request"}


async def test_guessing_from_one_address_ends_soon_and_others_go_on(
    office: Office, signs: InvitationSigns
) -> None:
    await office.change(invitation(office))
    for _ in range(RATE.burst):
        assert await asks(signs, {"code": "000000000000"}) == {}

    assert await asks(signs, {"code": CODE}) == {"refused": "flood"}
    assert "text" in await asks(signs, {"code": CODE}, address="10.9.9.9")


# --- the poster of a grid ------------------------------------------------------------------------


async def test_the_code_of_a_poster_tells_the_grid_and_who_works_there(
    signs: InvitationSigns,
) -> None:
    told = await asks(signs, {"code": f"g-{EAST_1}"})

    assert told["text"].startswith("您扫的是第一网格的二维码。有事找网格员李网格员")


async def test_the_poster_of_a_grid_that_nobody_has_joined_promises_nobody(
    signs: InvitationSigns,
) -> None:
    told = await asks(signs, {"code": f"g-{WEST_1}"})

    assert told["text"] == "您扫的是第三网格的二维码。"


@pytest.mark.parametrize("code", ["g-", "g-E", "g-S", "g-nowhere", "g-E1-E1"])
async def test_a_poster_of_no_grid_is_answered_as_a_code_that_opens_nothing(
    signs: InvitationSigns, code: str
) -> None:
    assert await asks(signs, {"code": code}) == {}


async def test_whoever_scans_posters_takes_nothing_from_who_tries_a_code(
    office: Office, signs: InvitationSigns
) -> None:
    await office.change(invitation(office))
    for _ in range(POSTER_RATE.burst):
        assert "text" in await asks(signs, {"code": f"g-{EAST_1}"})

    assert await asks(signs, {"code": f"g-{EAST_1}"}) == {"refused": "flood"}
    assert "text" in await asks(signs, {"code": CODE})
