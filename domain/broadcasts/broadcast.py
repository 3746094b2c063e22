"""Broadcasts: the same said to all residents of a unit, with a count of whom it reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.broadcasts.public_notice import PublicNotice
from domain.data_copy import Copied
from domain.messages import Card, Choice, Line, Message, Text, Tone, action, text
from domain.names import unit_called, unit_name
from domain.organisation import Organisation, Unit, UnitKind
from domain.public_pages import NOTICES, notices_of
from domain.street import Street
from domain.words.personal_data import PersonalSort, screened

#: The name by which the street opens and closes broadcasts for a community.
FEATURE = "broadcasts"
_DOUBTFUL = (PersonalSort.IDENTITY, PersonalSort.BANK_CARD, PersonalSort.PHONE)
#: What fits into one message of every channel, with its title and its buttons.
MAX_LETTERS = 2000


class BroadcastState(StrEnum):
    """How far a broadcast has come."""

    MAKING = "making"
    """Messages are still being written."""
    SENDING = "sending"
    """All are written; some still wait to be sent."""
    DONE = "done"
    STOPPED = "stopped"


ENDED = frozenset({BroadcastState.DONE, BroadcastState.STOPPED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Broadcast:
    """Something that is said to all residents of a unit."""

    id: str
    by: str
    unit: str
    words: str
    picture: str | None = None
    state: BroadcastState = BroadcastState.MAKING
    expected: int
    """How many residents were counted before it was confirmed."""
    made: int = 0
    cursor: str = ""
    """The last person for whom a message was written."""
    created_at: datetime
    shown_at: datetime
    """When the sender's card was last renewed."""
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of a broadcast's messages so far."""

    waiting: int = 0
    sent: int = 0
    failed: int = 0


def grids_below(organisation: Organisation, unit: str) -> tuple[str, ...]:
    """Give the grids whose residents a broadcast to a unit reaches: switched off or not."""
    return tuple(grid.code for grid in organisation.grids_under(unit))


def reached_grids(street: Street, unit: str, at: datetime) -> tuple[str, ...]:
    """Give those of them in which broadcasts were open when one was sent.

    What is closed later does not stop it half-way: it is asked as things stood at that moment.
    """
    below = grids_below(street.organisation, unit)
    return tuple(grid for grid in below if street.is_on(FEATURE, grid, at))


def left_out(street: Street, unit: str) -> tuple[Unit, ...]:
    """Give the communities below a unit in which broadcasts are closed now."""
    organisation = street.organisation
    return tuple(
        one
        for one in organisation.communities
        if organisation.covers(unit, one.code) and not street.is_on(FEATURE, one.code)
    )


def doubts(words: str) -> tuple[Text, ...]:
    """Warn of what rarely belongs before everybody's eyes: phone and identity numbers."""
    found = screened(words).found
    return tuple(text(f"broadcasts.holds_{sort}") for sort in _DOUBTFUL if sort in found)


def notice(organisation: Organisation, broadcast: Broadcast) -> Message:
    """Give what a resident reads, with the way out below it."""
    unit = organisation.units.get(broadcast.unit)
    said = text(
        "broadcasts.notice",
        unit=unit_name(unit) if unit is not None else "",
        words=broadcast.words,
    )
    more = Choice(label=text("broadcasts.all_notices"), link=NOTICES)
    off = Choice(label=text("broadcasts.no_more"), action=action("broadcasts.notices", "off"))
    return Message(
        blocks=(said,),
        choices=((more, off),),
        attachments=(broadcast.picture,) if broadcast.picture else (),
    )


def card(
    organisation: Organisation,
    broadcast: Broadcast,
    progress: Progress,
    notice: PublicNotice | None = None,
    now: datetime | None = None,
) -> Message:
    """Give the sender's card: how many were reached, and the buttons that stop it.

    Args:
        notice: what stands, or stood, of it on the public page.
        now: needed with `notice`.
    """
    unit = organisation.units.get(broadcast.unit)
    total = max(broadcast.expected, broadcast.made)
    if broadcast.state in ENDED:
        total = broadcast.made
    done = progress.sent + progress.failed
    lines = [
        Line(text("broadcasts.to"), unit_name(unit) if unit is not None else broadcast.unit),
        Line(text("broadcasts.state"), text(f"broadcasts.state_{broadcast.state}")),
        Line(
            text("broadcasts.reached"),
            text("broadcasts.of", count=progress.sent, total=total, percent=_percent(done, total)),
        ),
    ]
    if progress.failed:
        lines.append(Line(text("broadcasts.failed"), progress.failed))
    lines.append(Line(text("broadcasts.words"), _first_words(broadcast.words)))
    stands = notice is not None and now is not None and notice.stands(now)
    if notice is not None:
        public = text("broadcasts.public_until", until=notice.until)
        lines.append(
            Line(text("broadcasts.public"), public if stands else text("broadcasts.public_over"))
        )
    buttons = [
        Choice(label=text("broadcasts.renew"), action=action("broadcasts.show", broadcast.id))
    ]
    if broadcast.state not in ENDED:
        stop = Choice(
            label=text("broadcasts.stop"), action=action("broadcasts.ask_stop", broadcast.id)
        )
        buttons.append(stop)
    return Message(
        blocks=(
            Card(
                title=text("broadcasts.card"),
                lines=tuple(lines),
                tone=Tone.DONE if broadcast.state is BroadcastState.DONE else Tone.PLAIN,
            ),
        ),
        choices=(tuple(buttons), *(_public_choices(notice) if notice and stands else ())),
        slot=f"b-{broadcast.id}",
    )


def _public_choices(notice: PublicNotice) -> tuple[tuple[Choice, ...], ...]:
    see = Choice(label=text("broadcasts.see_page"), link=notices_of(notice.unit))
    down = Choice(
        label=text("broadcasts.take_down"), action=action("broadcasts.ask_take_down", notice.id)
    )
    return ((see, down),)


def _percent(done: int, total: int) -> int:
    return 100 if not total else min(100, done * 100 // total)


def _first_words(words: str) -> str:
    line = words.replace("\n", " ")
    return line if len(line) <= 40 else f"{line[:39]}…"


def audience(organisation: Organisation, allowed: tuple[Unit, ...]) -> tuple[Unit, ...]:
    """Give the units to choose from; where there are too many to read, no grids."""
    if len(allowed) <= _MOST_UNITS:
        return allowed
    return tuple(unit for unit in allowed if unit.kind is not UnitKind.GRID)


_MOST_UNITS = 40


def copied(sent: Sequence[tuple[datetime, str]]) -> Copied:
    """List for a member of staff when they told all residents of a unit something, and which."""
    return Copied(
        name="broadcasts",
        rows=[{"at": at.isoformat(), "unit": unit} for at, unit in sent],
        lines=lambda organisation: [Line(unit_called(unit, organisation), at) for at, unit in sent],
    )
