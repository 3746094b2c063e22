"""At the door: by a code the resident knows the worker, by another the worker knows the address.

Each side says its own and judges the other's. Codes count on the day of the window alone, are void
once one was judged wrong, and after a few mistyped ones. Source: requirement S-08.
"""

import hmac
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from domain.errors import Refused, WrongState
from domain.messages import Value
from domain.services.home import AGREED, PROCEDURE, RIGHT, WRONG, HomeDetails, home_of, with_home
from domain.services.orders import Order

#: So many digits a code has: they are said aloud, and guarded by a limit of tries.
DIGITS = 4


class Side(StrEnum):
    """Who judges a code."""

    RESIDENT = "resident"
    WORKER = "worker"


class Typed(StrEnum):
    """What a typed code was."""

    RIGHT = "right"
    MISTYPED = "mistyped"
    LOCKED = "locked"
    """It was mistyped once too often: no code counts any more."""


@dataclass(frozen=True, slots=True)
class Codes:
    """What one side says and hears."""

    mine: str
    theirs: str


def ensure_open(order: Order, now: datetime, zone: tzinfo, *, hall: Value) -> None:
    """Make sure that codes count at this moment.

    Args:
        hall: the number of the hall, for what is said otherwise.

    Raises:
        WrongState: nobody is to come.
        Refused: it is not the day, the day is over, or the codes are void; says whom to call.
    """
    details = home_of(order)
    window = details.window
    if order.standing.stage not in AGREED or window is None:
        raise WrongState(number=order.number, state=PROCEDURE.stage_name(order.standing.stage))
    today, day = now.astimezone(zone).date(), window[0].astimezone(zone).date()
    if today < day:
        raise Refused("home.code_early", day=day, hall=hall)
    if today > day:
        raise Refused("home.code_expired", day=day, hall=hall)
    if details.is_warned or not details.says_worker:
        raise Refused("home.code_void", hall=hall)


def codes_for(order: Order, side: Side) -> Codes:
    """Give what a side says, and what it has to hear."""
    details = home_of(order)
    if side is Side.RESIDENT:
        return Codes(details.says_resident, details.says_worker)
    return Codes(details.says_worker, details.says_resident)


def judge(order: Order, side: Side, *, right: bool) -> Order:
    """Note what a side says of the other's code; a wrong one voids both."""
    found = RIGHT if right else WRONG
    judged = {"found_worker" if side is Side.RESIDENT else "found_address": found}
    if not right:
        judged |= {"says_worker": "", "says_resident": ""}
    return with_home(order, **judged)


def try_code(order: Order, side: Side, typed: str, most: int) -> tuple[Order, Typed]:
    """Hold a typed code against the one that this side has to hear.

    Args:
        most: so many mistyped codes are answered.
    """
    expected = codes_for(order, side).theirs
    if expected and hmac.compare_digest(typed.encode(), expected.encode()):
        return judge(order, side, right=True), Typed.RIGHT
    name = f"tries_{side}"
    tries = getattr(home_of(order), name) + 1
    after = with_home(order, **{name: tries})
    if tries < most:
        return after, Typed.MISTYPED
    return judge(after, side, right=False), Typed.LOCKED


def renewed(order: Order, worker: str, resident: str) -> Order:
    """Give new codes, with nothing judged of them."""
    return with_home(
        order,
        says_worker=worker,
        says_resident=resident,
        found_worker="",
        found_address="",
        tries_resident=0,
        tries_worker=0,
    )


def checked_key(details: HomeDetails) -> str:
    """Name how far each knows the other, in code."""
    if details.is_warned:
        return "warned"
    judged = (details.found_worker == RIGHT, details.found_address == RIGHT)
    return {(True, True): "both", (True, False): "worker", (False, True): "address"}.get(
        judged, "none"
    )
