"""Acting for somebody else: asked for, verified by another, agreed to, used, and ended."""

from datetime import timedelta

import pytest

from domain.matters.matter import State
from domain.relations import Relation
from domain.services.agency import details_of
from storage.chain import list_events
from storage.relations import list_of_person
from tests.handlers.chats import Office
from tests.handlers.services.test_agency import folder_of, order_of
from tests.storage.test_erasure import person_of


async def asked(office: Office, kind: str = "我是子女") -> None:
    await office.starts("daughter", "g-E1")
    await office.says("daughter", "替家人办事")
    await office.presses("daughter", "登记一位家人")
    await office.presses("daughter", kind)
    await office.says("daughter", "李秀英")
    await office.says("daughter", "13800001234")
    await office.presses("daughter", "提交")


async def verified(office: Office, how: str = "打电话问了本人", consent: str = "电话") -> str:
    await office.presses("clerk", "核实通过")
    await office.presses("clerk", how)
    await office.presses("clerk", consent)
    return await office.presses("clerk", "提交")


async def relation_of(office: Office) -> Relation:
    person = await person_of(office, "daughter")
    async with office.database.read() as tx:
        (found,) = await list_of_person(tx, person)
    return found


async def for_mother(office: Office) -> str:
    await office.says("daughter", "请帮我代办")
    await office.says("daughter", "腿脚不便，请办老年优待证")
    await office.presses("daughter", "李秀英")
    told = await office.presses("daughter", "提交")
    (number,) = office.numbers(told)
    return number


async def test_the_window_of_where_the_person_lives_is_asked_and_owes_it(office: Office) -> None:
    await asked(office)

    assert "李秀英 的代办关系" in office.heard("clerk")
    assert "打给本人 13800001234" in office.heard("clerk")
    todo = await office.says("clerk", "待办")
    assert "核实代办关系：李秀英" in todo
    assert "核实代办关系" not in await office.says("secretary", "待办")
    office.later(days=7)
    assert "核实超时" in await office.says("clerk", "待办")


async def test_before_it_was_verified_nobody_is_acted_for(office: Office) -> None:
    await asked(office)

    await office.says("daughter", "请帮我代办")
    told = await office.says("daughter", "腿脚不便，请办老年优待证")

    assert "为谁办" not in told
    assert not (await relation_of(office)).holds(office.now)


async def test_it_is_recorded_who_verified_it_how_and_how_the_person_agreed(
    office: Office,
) -> None:
    await asked(office)
    told = await verified(office)

    assert "有效" in told
    assert "已核实" in office.heard("daughter")
    relation = await relation_of(office)
    assert (relation.verified, relation.verified_by) == ("called", "clerk")
    assert (relation.consent, relation.consent_by) == ("called", "clerk")
    assert relation.until == office.now + timedelta(days=365)
    async with office.database.read() as tx:
        happenings = [one.happening for one in await list_events(tx, relation.subject)]
    assert happenings == ["relations.asked", "relations.verified"]


async def test_a_guardian_is_confirmed_by_papers_alone_and_needs_no_consent(
    office: Office,
) -> None:
    await asked(office, "我是监护人")
    offered = await office.presses("clerk", "核实通过")
    assert "打电话" not in offered
    await office.presses("clerk", "看了户口簿")
    await office.presses("clerk", "监护人，无需同意")
    await office.presses("clerk", "提交")

    relation = await relation_of(office)
    assert relation.until is None
    assert relation.holds(office.now + timedelta(days=9_000))


async def test_others_cannot_leave_out_the_consent(office: Office) -> None:
    await asked(office)
    await office.presses("clerk", "核实通过")
    offered = await office.presses("clerk", "双方都在场")

    assert "无需同意" not in offered


@pytest.mark.parametrize("who", ["secretary", "police", "worker"])
async def test_only_the_window_and_the_secretary_of_the_community_verify(
    office: Office, who: str
) -> None:
    await asked(office)
    relation = await relation_of(office)

    told = await office.does(who, f"services.relation_verify:{relation.id}")

    assert "李秀英" not in told
    assert (await relation_of(office)).verified is None


async def test_it_is_verified_or_refused_once(office: Office) -> None:
    await asked(office)
    relation = await relation_of(office)
    await office.presses("clerk", "不是这样")
    assert "没有通过核实" in office.heard("daughter")

    again = await office.does("clerk", f"services.relation_verify:{relation.id}")
    twice = await office.does("clerk", f"services.relation_refuse:{relation.id}")

    assert "没有通过核实" in again
    assert "已经结束" in twice


async def test_a_daughter_has_it_done_for_her_mother_who_signs_herself(office: Office) -> None:
    await asked(office)
    await verified(office)

    number = await for_mother(office)

    order = await order_of(office, number)
    details = details_of(order)
    assert (details.principal, details.acting) == ("李秀英", "child")
    assert "代为提出的人：子女" in office.heard("clerk")
    assert "李秀英" in str((await folder_of(office, order)).current("authority").paper)
    assert "李秀英本人在您面前" in await office.presses("clerk", "本人当面签委托")
    assert (await office.matter(number)).reporter == await person_of(office, "daughter")


async def test_when_it_ends_what_is_done_by_it_stops_and_the_case_goes_back(
    office: Office,
) -> None:
    await asked(office)
    await verified(office)
    number = await for_mother(office)
    relation = await relation_of(office)

    await office.does("clerk", f"services.relation_end:{relation.id}")

    assert (await office.matter(number)).state is State.DISPATCHED
    assert not (await order_of(office, number)).is_open
    assert "由社区结束" in office.heard("daughter")


async def test_whoever_acts_gives_it_up_and_is_asked_once_before(office: Office) -> None:
    await asked(office)
    await verified(office)
    number = await for_mother(office)
    relation = await relation_of(office)

    asked_once = await office.does("daughter", f"services.proxy_end:{relation.id}")
    assert "确定结束吗" in asked_once
    await office.presses("daughter", "确认结束")

    assert (await relation_of(office)).ended_why == "other"
    assert not (await order_of(office, number)).is_open
    assert "代办关系结束" in office.heard("clerk")


async def test_after_its_time_nothing_more_can_be_done_by_it(office: Office) -> None:
    await asked(office)
    await verified(office)
    number = await for_mother(office)
    order = await order_of(office, number)

    office.later(days=366)

    told = await office.does("daughter", f"services.order:{order.id}")
    assert "已经结束" in told
    assert "民法典" in told
    await office.says("daughter", "请帮我代办")
    assert "为谁办" not in await office.says("daughter", "请办老年优待证")


async def test_a_stranger_sees_nothing_of_it(office: Office) -> None:
    await asked(office)
    relation = await relation_of(office)

    for verb in ("proxy", "proxy_end", "proxy_ended"):
        told = await office.does("neighbour", f"services.{verb}:{relation.id}")
        assert "李秀英" not in told
    assert (await relation_of(office)).ended_at is None


async def test_in_the_mode_with_few_big_buttons_it_is_two_presses_away_with_a_human_route(
    office: Office,
) -> None:
    await office.starts("daughter", "g-E1")
    await office.does("daughter", "menu.elder:on")

    await office.presses("daughter", "便民服务")
    asked_what = await office.presses("daughter", "请人代办")

    assert "要代办什么事" in asked_what
    assert any(choice.phone for choice in office.latest("daughter").labels.values())
