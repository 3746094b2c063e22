"""What a turn does with matters: load one for a right, follow it, bind files to it."""

from collections.abc import Sequence

from domain.access.checks import Grant, ensure_may
from domain.access.rights import Right
from domain.errors import NotFound
from domain.matters.alarms import Alarm
from domain.matters.matter import Matter
from domain.messages import Value
from handlers.forms.answers import counted_files
from handlers.turn import Turn
from storage.attachments import Claim, get_attachments
from storage.matters.casework import save_alarm
from storage.matters.followers import Follower, is_follower
from storage.matters.help_requests import find_part
from storage.matters.matters import find_matter


async def load_matter(turn: Turn, number: str, right: Right) -> tuple[Matter, Grant]:
    """Load a matter for something one wants to do with it.

    Raises:
        NotFound: there is none that this person may know of.
        NotAllowed: this person knows of it, but may not do this.
    """
    matter = await find_matter(turn.tx, number)
    if matter is None:
        raise NotFound(number=number)
    helps = turn.is_staff and await find_part(turn.tx, number, turn.person.id) is not None
    grant = ensure_may(turn.actor, right, turn.street.organisation, on=matter, helps=helps)
    turn.about = matter.subject
    return matter, grant


async def follows(turn: Turn, matter: Matter) -> bool:
    """Tell whether this resident said "me too" to a matter."""
    return await is_follower(turn.tx, matter.number, turn.person.id)


async def kept_files(turn: Turn, attachments: Sequence[str]) -> Value:
    """Say how many photos and voices there are of each; None for none."""
    known = await get_attachments(turn.tx, attachments) if attachments else {}
    kinds = [known[one].kind for one in attachments if one in known]
    return counted_files(kinds)


def follow(turn: Turn, number: str, person: str | None = None) -> None:
    """Let a resident, the one who is talking if none is named, hear of a matter."""
    follower = person or turn.person.id
    turn.changes.save(Follower(number=number, person=follower, at=turn.now))


def keep_alarm(turn: Turn, alarm: Alarm) -> None:
    """Save what this person said about danger."""
    turn.remember(alarm)
    save_alarm(turn, alarm)


def claim_files(turn: Turn, matter: Matter, attachments: tuple[str, ...]) -> None:
    """Bind attachments to a matter."""
    if attachments:
        turn.changes.save(Claim(attachments, matter.subject))
