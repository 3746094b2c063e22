"""A shift that waits is of whoever takes up the post with that name, and of nobody else."""

from dataclasses import replace

import pytest

from domain.organisation import Role, Seat
from domain.posts.duty import WaitingShift
from tests.domain.street import DAY, MORNING

SEAT = Seat("E1", Role.GRID_WORKER)
SHIFT = WaitingShift(
    id="1",
    name="王伟",
    phone="13800000017",
    seats=(SEAT,),
    is_only_one=False,
    starts_at=MORNING,
    ends_at=MORNING + DAY,
)


@pytest.mark.parametrize(
    ("seat", "name", "phone", "is_theirs"),
    [
        (SEAT, "王伟", "13800000017", True),
        (SEAT, "王伟", "+86 138 0000 0017", True),
        (SEAT, "王伟", "13800000007", False),
        (SEAT, "王伟", "", False),
        (SEAT, "王维", "13800000017", False),
        (Seat("E1", Role.GRID_SECRETARY), "王伟", "13800000017", False),
        (Seat("E2", Role.GRID_WORKER), "王伟", "13800000017", False),
    ],
)
def test_of_two_of_one_name_the_telephone_decides(
    seat: Seat, name: str, phone: str, is_theirs: bool
) -> None:
    assert SHIFT.is_of(seat, name, phone) is is_theirs


@pytest.mark.parametrize("phone", ["", "13800000017"])
def test_the_only_one_of_a_name_needs_no_telephone(phone: str) -> None:
    shift = replace(SHIFT, phone="", is_only_one=True)

    assert shift.is_of(SEAT, "王伟", phone)


def test_another_telephone_is_somebody_else_also_where_the_name_is_the_only_one() -> None:
    assert not replace(SHIFT, is_only_one=True).is_of(SEAT, "王伟", "13800000007")
