"""Saying "me too" to somebody else's case."""

from datetime import timedelta

from domain.access.checks import ensure_may
from domain.access.matters import MatterRight
from domain.errors import Refused
from domain.laws import OFFICE_SUPPORTS
from domain.matters import life
from domain.matters.matter import OWED, Matter
from domain.matters.rules import SupportRules
from domain.messages import (
    Message,
    text,
)
from domain.organisation import Role
from domain.subjects import open_case
from handlers.matters.turns import follow, follows
from handlers.turn import Turn, choice
from storage.matters.casework import save_matter
from storage.matters.followers import count_followed
from storage.matters.matters import find_matter

#: What a form remembers of the cases nearby that it showed: those alone can be joined.
OFFERED = "nearby_offered"


def _is_public(matter: Matter) -> bool:
    """Tell whether neighbours may join a matter as it stands now."""
    hidden = matter.confidential or matter.erased or matter.restricted_until is not None
    return matter.public_space and not hidden and matter.is_open


async def support(turn: Turn, number: str) -> None:
    """Say "me too" to an open case nearby instead of filing it again.

    Only what was shown to this resident for the words they are about to file: a number tells
    nothing, whatever is behind it.
    """
    ensure_may(turn.actor, MatterRight.SUPPORT, turn.street.organisation)
    matter = await find_matter(turn.tx, number)
    if matter is not None and matter.reporter == turn.person.id:
        raise Refused("support_own", number=number)
    if matter is not None and await follows(turn, matter):
        raise Refused("support_twice", number=number)
    offered = turn.draft.context.get(OFFERED, ()) if turn.draft is not None else ()
    if matter is None or number not in offered or not _is_public(matter):
        raise Refused("support_none")
    since = turn.now - timedelta(days=1)
    most = turn.street.rules(SupportRules, matter.community).most_a_day
    if await count_followed(turn.tx, turn.person.id, since) >= most:
        raise Refused("support_too_many", rule=OFFICE_SUPPORTS)
    supported = life.support(matter, turn.act(Role.RESIDENT))
    save_matter(turn, supported)
    follow(turn, matter.number)
    if turn.draft is not None:
        turn.drop_draft()
    turn.say(
        "matters.supported",
        (choice("matters.my_cases", "matters.mine"), choice("menu.open", "menu.open")),
        number=number,
    )
    if matter.state in OWED and life.is_told(supported.supporters):
        turn.tell(
            matter.owner,
            Message(
                blocks=(
                    text(
                        "matters.owner_supported_again"
                        if supported.supporters > 1
                        else "matters.owner_supported",
                        number=number,
                        supporters=supported.supporters,
                    ),
                ),
                choices=((open_case(number),),),
            ),
            on=supported,
        )
