"""What is to be done is looked up by whoever has a post, and nothing of it is said or stored."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.channels.web.guards import Refusal
from bot.channels.web.ports import WebAccount
from bot.channels.web.work_list import RATE, WorkLists
from domain.errors import Stale
from domain.messages import Side
from domain.people import Language
from storage.database import Database
from tests.handlers.chats import Office, opened
from tests.street import staff_account


@pytest.fixture
async def office(database: Database, tmp_path: Path) -> Office:
    return await opened(database, tmp_path)


@pytest.fixture
async def lists(office: Office) -> WorkLists:
    return WorkLists(office.database, office.source, lambda: office.now, lambda: 0.0)


def account_of(person: str) -> WebAccount:
    return WebAccount(id=staff_account(person).id, side=Side.STAFF, language=Language.CHINESE)


def asking(query: str = "") -> Any:
    return make_mocked_request("GET", f"/chat/work?side=staff{query}")


async def test_who_has_a_post_gets_what_they_owe_and_nothing_is_said(
    office: Office, lists: WorkLists
) -> None:
    number = await office.filed()
    said = len(office.said)

    found = await lists.find(staff_account("secretary").id, "all", "0")
    await office.read()

    assert found is not None
    assert found.choices[0][0].action == f"matters.show:{number}"
    assert found.choices[0][0].detail is not None
    assert len(office.said) == said


async def test_each_gets_their_own(office: Office, lists: WorkLists) -> None:
    await office.filed()

    worker = await lists.find(staff_account("worker").id, "all", "0")
    above = await lists.find(staff_account("community").id, "grid", "0")

    assert worker is not None
    assert not [one for row in worker.choices for one in row if one.detail]
    assert above is not None
    assert [one for row in above.choices for one in row if one.detail]


async def test_who_has_no_post_gets_nothing(lists: WorkLists) -> None:
    assert await lists.find("nobody", "all", "0") is None
    with pytest.raises(Refusal, match="no_session"):
        await lists.serve(asking(), None)
    resident = replace(account_of("secretary"), side=Side.RESIDENTS)
    with pytest.raises(Refusal):
        await lists.serve(asking(), resident)


@pytest.mark.parametrize(("wanted", "page"), [("everything", "0"), ("all", "-1"), ("all", "²")])
async def test_a_list_that_there_is_none_of_is_refused(
    lists: WorkLists, wanted: str, page: str
) -> None:
    with pytest.raises(Stale):
        await lists.find(staff_account("secretary").id, wanted, page)
    with pytest.raises(Refusal):
        await lists.serve(asking(f"&list={wanted}&page={page}"), account_of("secretary"))


async def test_a_page_that_asks_all_the_time_is_held_up(lists: WorkLists) -> None:
    for _ in range(RATE.burst):
        assert (await lists.serve(asking(), account_of("secretary"))).status == 200

    with pytest.raises(Refusal):
        await lists.serve(asking(), account_of("secretary"))
    assert (await lists.serve(asking(), account_of("worker"))).status == 200


async def test_the_answer_is_kept_by_nobody(lists: WorkLists) -> None:
    answer = await lists.serve(asking(), account_of("secretary"))

    assert answer.headers["Cache-Control"] == "no-store"
