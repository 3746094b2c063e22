"""The rules of a full agency, in every state that it can be in."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.documents import Folder, Paper, Signing, issue, sign
from domain.errors import Refused
from domain.messages import text
from domain.organisation import Role, Seat
from domain.services.agency import (
    COMPLETE,
    PROCEDURE,
    REQUIRED,
    UNDER_WAY,
    Details,
    Fee,
    Item,
    details_of,
    ensure_complete,
    new_items,
    reason_of,
    records_of,
    with_details,
    with_step,
)
from domain.services.agency_cards import order_message
from domain.services.agents import Agent, candidates, first_of
from domain.services.clock import Step, due_timer, next_timer, owner_due, timers
from domain.services.orders import Order
from domain.services.paper_lists import read_items
from domain.services.rules import AgencyRules
from domain.stages import Standing, explore, problems
from domain.working_time import Allowance
from tests.domain.street import CALENDAR, DAY, HOUR, LADDER, MORNING, organisation, post

RULES = AgencyRules(
    spans={
        one: Allowance(hours=16)
        for one in (
            "authority",
            "decide",
            "acceptance",
            "supplement",
            "handling",
            "suspension",
            "delivery",
            "filing",
            "revisit",
        )
    },
    authority_valid=180 * DAY,
    proxy_valid=365 * DAY,
    verify=Allowance(hours=24),
    climb=Allowance(hours=8),
    soon_share=0.75,
)
AGENT = Agent(name="周窗口", post=text("names.role_window_clerk"), phone="12345", complaint="12388")


def order(stage: str = "authority", **changes: object) -> Order:
    due = None if PROCEDURE.stage(stage).is_end else MORNING + 2 * DAY
    made = Order(
        id="o1",
        kind="agency",
        matter="2026-00001",
        community="E",
        grid="E1",
        resident="ann",
        seat=Seat("E", Role.WINDOW_CLERK),
        owner="clerk",
        standing=Standing(stage=stage, since=MORNING, due_at=due),
        body=Details(what="办优待证", principal="李秀英").as_json(),
        opened_at=MORNING,
        reminded_until=MORNING,
    )
    return replace(made, **changes)


# --- everything that can happen ------------------------------------------------------------------


@pytest.mark.requirement("S-07")
def test_in_every_state_somebody_owes_a_next_step_by_a_deadline_and_it_ends() -> None:
    assert problems(PROCEDURE) == []


@pytest.mark.requirement("S-07")
def test_nothing_is_accepted_or_done_without_an_authority_whatever_happens() -> None:
    early = {"authority", "returning", "terminated"}

    reached = explore(PROCEDURE).states

    assert {one.stage for one in reached} == {one.name for one in PROCEDURE.stages}
    unsigned = [one for one in reached if "authority" not in one.records]
    assert {one.stage for one in unsigned} <= early


@pytest.mark.requirement("S-07")
def test_it_is_closed_only_with_its_slips_and_every_paper_handed_back() -> None:
    for state in explore(PROCEDURE).states:
        if state.stage in ("filing", "revisit", "done"):
            assert {"authority", "acceptance", "items", "closing", "returned"} <= state.records
        if state.stage == "terminated":
            assert {"termination", "returned"} <= state.records


def test_a_suspension_is_left_by_a_new_consent_alone() -> None:
    explored = explore(PROCEDURE)

    for of, name, to in explored.steps:
        if name == "suspend":
            assert "resumption" not in to.records
        if name == "resume":
            assert (of.stage, to.stage) == ("suspended", of.suspended)


def test_the_resident_can_take_the_authority_back_in_every_state_that_is_under_way() -> None:
    for stage in UNDER_WAY:
        assert "revoke" in {one.name for one in PROCEDURE.moves_in(stage, "principal")}


# --- fee -----------------------------------------------------------------------------------------


@pytest.mark.requirement("S-07")
def test_the_fee_is_nothing_unless_a_law_is_named() -> None:
    assert Fee().cents == 0
    assert Fee(cents=2050, law="发改价格〔2003〕2322号").yuan == "20.50"
    assert Fee(cents=2000, law="发改价格〔2003〕2322号").yuan == "20"
    assert Fee(law="发改价格〔2003〕2322号").law == ""


@pytest.mark.requirement("S-07")
@pytest.mark.parametrize(
    ("cents", "law", "reason"),
    [
        (1, "", "agency.fee_without_law"),
        (100, "辛苦费", "agency.fee_without_law"),
        (100, "   ！！！！！", "agency.fee_without_law"),
        (-1, "发改价格〔2003〕2322号", "agency.fee_below_zero"),
    ],
)
def test_any_other_fee_is_refused(cents: int, law: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        Fee(cents=cents, law=law)

    assert refused.value.reason == reason


# --- papers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("身份证原件1份、户口簿复印件两份", [("身份证原件", True, 1), ("户口簿复印件", False, 2)]),
        ("1. 身份证\n2、申请表2份", [("身份证", True, 1), ("申请表", True, 2)]),
        ("2寸照片3张", [("2寸照片", True, 3)]),
        ("结婚证复印件*2份；残疾证", [("结婚证复印件", False, 2), ("残疾证", True, 1)]),
        (
            "ID card, copy of household register",
            [
                ("ID card", True, 1),
                ("copy of household register", False, 1),
            ],
        ),
        ("、，\n", []),
        ("", []),
    ],
)
def test_a_list_of_papers_is_read_as_people_write_it(
    said: str, expected: list[tuple[str, bool, int]]
) -> None:
    assert [(one.name, one.original, one.copies) for one in read_items(said)] == expected


def test_papers_that_come_later_have_keys_of_their_own() -> None:
    first = new_items((), read_items("身份证、户口簿"))
    every = new_items(first, [replace(one, is_result=True) for one in read_items("优待证")])

    assert [(one.key, one.is_result) for one in every] == [("1", False), ("2", False), ("3", True)]


def test_what_is_kept_is_read_as_it_was() -> None:
    details = Details(
        what="x",
        principal="y",
        phone="1",
        items=(Item(key="1", name="z", original=False, copies=2),),
        fee=Fee(cents=100, law="some law"),
        steps=(("2026-11-24T01:00:00+00:00", "did"),),
        reason="revoked",
    )

    assert details_of(order(body=details.as_json())) == details
    assert reason_of(details) == text("agency.why_revoked")
    assert reason_of(replace(details, reason="because")) == "because"
    assert reason_of(replace(details, reason="")) is None
    assert details_of(with_step(order(), MORNING, "did")).steps[0][1] == "did"


def folder(*kinds: str, signed: bool = True) -> Folder:
    found = Folder(subject=order().subject)
    for kind in kinds:
        made = issue(
            found, kind, Paper(title=text("agency.name")), ident=kind, by="clerk", at=MORNING
        )
        signatures = [
            sign(
                made[-1],
                ident=f"s-{kind}",
                party="principal",
                who="ann",
                how=Signing.IN_PERSON,
                at=MORNING,
                recorded_by="clerk",
            )
        ]
        found = found.with_more(made, signatures if signed else ())
    return found


def test_an_authority_counts_once_it_was_signed() -> None:
    assert "authority" not in records_of(order(), folder("authority", signed=False))
    assert "authority" in records_of(order(), folder("authority"))


def test_what_the_file_lacks_is_named() -> None:
    with pytest.raises(Refused) as refused:
        ensure_complete(folder("authority", "items"))

    assert refused.value.fields["missing"] == (
        text("documents.file_acceptance"),
        text("documents.file_closing"),
    )
    ensure_complete(folder(*(one.kind for one in COMPLETE)))
    assert set(COMPLETE) <= set(REQUIRED)


# --- who does it ---------------------------------------------------------------------------------


def test_the_window_comes_first_and_nobody_twice_or_barred() -> None:
    where = organisation(
        *LADDER,
        post("clerk", Role.WINDOW_CLERK, "E"),
        post("clerk", Role.GRID_WORKER, "E1"),
        post("worker", Role.GRID_WORKER, "E1"),
    )

    found = [one.person for one in candidates(where, "E", "E1", MORNING)]

    assert found[0] == "clerk"
    assert len(found) == len(set(found))
    assert first_of(where, "E", "E1", MORNING).person == "clerk"
    barred = frozenset({"clerk"})
    assert first_of(where, "E", "E1", MORNING, barred).person == "worker"
    assert "clerk" not in [one.person for one in candidates(where, "E", "E1", MORNING, barred)]


def test_where_nobody_is_there_yet_it_waits_for_somebody_to_join() -> None:
    nobody = first_of(organisation(), "E", "E1", MORNING)

    assert (nobody.person, nobody.seat) == (None, Seat("E", Role.WINDOW_CLERK))


# --- the clock -----------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", sorted(one.name for one in PROCEDURE.stages))
def test_whoever_owes_something_is_reminded_by_exactly_one_clock(stage: str) -> None:
    """What the agent owes while the case is with it is the case's clock's."""
    found = [one.step for one in timers(order(stage), RULES, CALENDAR, MORNING)]

    declared = PROCEDURE.stage(stage)
    if declared.is_end or (declared.owed_by == "agent" and stage in UNDER_WAY):
        assert found == []
    elif declared.owed_by == "agent":
        assert found[:3] == [Step.SOON, Step.DUE, Step.CLIMB]
    else:
        assert found == [Step.SOON, Step.DUE]


def test_after_a_long_time_the_gravest_counts_and_it_goes_on() -> None:
    late = MORNING + 30 * DAY
    waiting = order("filing")

    due = due_timer(waiting, RULES, CALENDAR, late)
    told = replace(waiting, reminded_until=late)

    assert due.step is Step.DUE
    assert due_timer(told, RULES, CALENDAR, late) is None
    assert next_timer(told, RULES, CALENDAR).due_at > late


def test_after_the_residents_time_the_agent_has_to_decide() -> None:
    assert owner_due(order("authority"), RULES, CALENDAR) > MORNING + 2 * DAY
    assert owner_due(order("handling"), RULES, CALENDAR) == MORNING + 2 * DAY


# --- what is offered -----------------------------------------------------------------------------


def pressed(one: Order, given: Folder, *, for_resident: bool) -> set[str]:
    message = order_message(one, given, AGENT, MORNING, for_resident=for_resident)
    return {
        choice.action.partition(":")[0].removeprefix("services.")
        for row in message.choices
        for choice in row
        if choice.action and choice.action.startswith("services.")
    } - {"papers"}


@pytest.mark.parametrize("stage", sorted(one.name for one in PROCEDURE.stages))
def test_whoever_owes_the_next_step_has_a_button_for_it(stage: str) -> None:
    declared = PROCEDURE.stage(stage)
    to_agent = pressed(order(stage), folder("authority"), for_resident=False)
    to_resident = pressed(order(stage), folder("authority"), for_resident=True)

    if declared.is_end:
        assert to_agent == to_resident == set()
    else:
        assert to_agent
    assert not to_resident & {"accept", "close", "file", "terminate", "sign"}


def test_a_late_step_says_so() -> None:
    late = MORNING + 3 * DAY
    card = order_message(order(), folder(), AGENT, late, for_resident=False).blocks[0]

    assert card.tone == "overdue"
    assert card.lines[1].value.fields["late"] == timedelta(days=1)
    assert card.lines[1].value.key == "agency.next_late"
    early = order_message(order(), folder(), AGENT, MORNING + HOUR, for_resident=False).blocks[0]
    assert early.lines[1].value.key == "agency.next_by"


def test_what_was_erased_shows_nothing_of_anybody() -> None:
    gone = with_details(order(), what="", principal="", phone="")

    assert "李秀英" not in str(order_message(gone, folder(), AGENT, MORNING, for_resident=False))
