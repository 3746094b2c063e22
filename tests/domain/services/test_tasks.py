"""The rules of paying on behalf, repairs and errands, in every state that they can be in."""

from dataclasses import replace

import pytest

from domain.documents import Folder
from domain.errors import Refused, WrongState
from domain.organisation import Role, Seat
from domain.services.orders import Order
from domain.services.rules import TaskRules
from domain.services.tasks import (
    ERRAND,
    KINDS,
    PAY_CAP,
    PROCEDURE,
    REPAIR,
    RETURN,
    Task,
    read_amount,
    read_wanted,
    records_of,
    settled_total,
    task_of,
    with_task,
    yuan,
)
from domain.stages import Standing, explore, move, problems
from domain.working_time import Allowance
from tests.domain.street import CALENDAR, DAY, MORNING

RULES = TaskRules(
    spans={
        name: Allowance(hours=8) for name in ("begin", "doing", "consent", "settling", "decide")
    },
    climb=Allowance(hours=8),
    soon_share=0.75,
    most_yuan=500,
)


def order(stage: str = "doing", kind: str = ERRAND, **task: object) -> Order:
    due = None if PROCEDURE.stage(stage).is_end else MORNING + DAY
    return Order(
        id="o1",
        kind=kind,
        matter="2026-00001",
        community="E",
        grid="E1",
        resident="ann",
        seat=Seat("E1", Role.GRID_WORKER),
        owner="worker",
        standing=Standing(stage=stage, since=MORNING, due_at=due),
        body=replace(Task(what="鸡蛋2斤", cap=6000), **task).as_json(),
        opened_at=MORNING,
        reminded_until=MORNING,
    )


def step(of: Order, name: str, by: str = "agent") -> str:
    return move(
        PROCEDURE,
        of.standing,
        name,
        by=by,
        records=records_of(of, Folder(subject=of.subject)),
        at=MORNING,
        clock=RULES.clock(CALENDAR),
        number=of.number,
        reason="-",
    ).stage


def test_somebody_owes_something_in_every_state_and_every_one_can_end() -> None:
    assert problems(PROCEDURE) == []


def test_consent_leads_to_an_end_only_through_an_answer() -> None:
    explored = explore(PROCEDURE)
    after = {to.stage for of, _, to in explored.steps if of.stage == "consent"}

    assert "done" not in after


def test_a_receipt_of_the_cap_closes_and_one_fen_more_does_not() -> None:
    assert step(order(total=6000, result="买好了"), "finish") == "done"

    with pytest.raises(Refused) as refused:
        step(order(total=6001, result="买好了"), "finish")
    assert refused.value.key == "tasks.above_cap"


def test_what_the_resident_agreed_to_closes_and_one_fen_more_does_not() -> None:
    assert step(order(total=7000, agreed=7000, result="好"), "finish") == "done"

    with pytest.raises(Refused):
        step(order(total=7001, agreed=7000, result="好"), "finish")


def test_within_the_cap_nothing_is_asked() -> None:
    with pytest.raises(Refused) as refused:
        step(order(asked=6000), "ask")

    assert refused.value.key == "tasks.nothing_asked"
    assert step(order(asked=6001), "ask") == "consent"


def test_the_worker_never_agrees_for_the_resident_nor_the_resident_ends_it_as_done() -> None:
    with pytest.raises(WrongState):
        step(order("consent", asked=7000), "agree", by="agent")
    with pytest.raises(WrongState):
        step(order(total=1, result="好"), "finish", by="principal")


def test_a_refusal_needs_a_choice() -> None:
    with pytest.raises(Refused):
        step(order("consent", asked=7000), "refuse", by="principal")

    assert step(order("consent", asked=7000, settle=RETURN), "refuse", by="principal") == "settling"


def test_a_repair_has_no_receipt() -> None:
    assert step(order(kind=REPAIR, result="不漏了"), "finish") == "done"
    assert not KINDS[REPAIR].costs


def test_what_is_settled_costs_nothing_or_what_had_been_allowed() -> None:
    assert settled_total(Task(what="", cap=6000, settle=RETURN)) == 0
    assert settled_total(Task(what="", cap=6000, agreed=6500, settle=PAY_CAP)) == 6500


def test_what_is_kept_comes_back_the_same_and_what_was_erased_is_empty() -> None:
    made = order(wanted=(("鸡蛋", "2斤"),), photos=("a",), account="4123456789")

    assert task_of(with_task(made, total=5)) == replace(task_of(made), total=5)
    assert task_of(replace(made, body={})) == Task(what="")


@pytest.mark.parametrize(
    ("said", "fen"),
    [("58.6", 5860), ("５８．６０元", 5860), ("200", 20000), ("¥12", 1200), ("1,200块", 120000)],
)
def test_amounts_are_read_as_people_write_them(said: str, fen: int) -> None:
    assert read_amount(said) == fen


@pytest.mark.parametrize("said", ["", "六十吧", "-5", "1e9", "58.605", "9" * 30, "12 34元多"])
def test_what_is_no_amount_is_none(said: str) -> None:
    assert read_amount(said) in (None, 123400)
    assert read_amount("-5") is None


def test_amounts_are_written_in_yuan() -> None:
    assert [yuan(one) for one in (0, 1, 6000, 5860)] == ["0", "0.01", "60", "58.60"]


def test_a_list_has_a_quantity_for_each_thing() -> None:
    assert read_wanted("鸡蛋2斤、大米10斤\n两袋盐；牛奶x3") == (
        ("鸡蛋", "2斤"),
        ("大米", "10斤"),
        ("盐", "两袋"),
        ("牛奶", "x3"),
    )
    with pytest.raises(Refused) as refused:
        read_wanted("鸡蛋2斤、酱油")
    assert refused.value.fields["item"] == "酱油"
    with pytest.raises(Refused):
        read_wanted("、".join(["盐1袋"] * 31))
