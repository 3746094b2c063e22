"""The cards of a matter: what each reader may see of it, without words or looks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.matters.deadlines import stated
from domain.matters.matter import Event, Happening, Matter, Origin, Quadrant, State, state_name
from domain.matters.street_names import redact_place
from domain.messages import Card, Choice, Line, Text, Tone, Value, text
from domain.names import category_name, kind_name, role_name, unit_called
from domain.places.points import Point, map_link
from domain.street import Street


def quadrant_name(quadrant: Quadrant) -> Text:
    """Name a quadrant of importance and urgency."""
    return text(f"names.quadrant_{quadrant}")


def post_name(street: Street, matter: Matter) -> Text:
    """Name the post that answers for a matter, with its holder where there is one."""
    unit = unit_called(matter.seat.unit, street.organisation)
    person = street.staff_name(matter.owner)
    if not person:
        return text("names.post", unit=unit, role=role_name(matter.seat.role))
    return text("names.post_held", unit=unit, role=role_name(matter.seat.role), person=person)


def tone_of(matter: Matter, now: datetime) -> Tone:
    """Choose how a matter wants to be seen; what waits for a verdict presses nobody."""
    if not matter.is_open:
        return Tone.DONE
    if matter.state is State.RESOLVED:
        return Tone.PLAIN
    if matter.is_overdue(now):
        return Tone.OVERDUE
    if matter.quadrant in (Quadrant.IMPORTANT_URGENT, Quadrant.URGENT):
        return Tone.URGENT
    return Tone.PLAIN


def place_of(street: Street, matter: Matter) -> Value:
    """Give where it is: the grid and, unless it was erased, the words for the place."""
    told = matter.particulars.place_text
    if matter.grid == matter.community and street.organisation.community_of(matter.grid) is None:
        # Danger that somebody told of from nobody knows where: the street's.
        return told or text("cards.where_unknown")
    grid = street.place_name(matter.grid)
    return text("cards.at", grid=grid, place=told) if told else grid


def map_choice(street: Street, point: Point | None, label: str) -> Choice | None:
    """Make the button that opens a map at a point; None without one."""
    if point is None:
        return None
    link = map_link(point, street.office.map_service, label)
    return Choice(label=text("cards.open_map"), link=link)


@dataclass(frozen=True, slots=True)
class Reporter:
    """What a card may say of who reported it."""

    name: str = ""
    phone: str = ""
    hidden: bool = False


def worker_card(
    street: Street, matter: Matter, now: datetime, *, reporter: Reporter | None
) -> Card:
    """Make the assignment card that the owner and the levels above see.

    Args:
        reporter: None where the reader may not see who it was.
    """
    category = street.office.categories.find(matter.category)
    told = matter.particulars
    lines = [
        Line(text("cards.state"), state_name(matter.state)),
        Line(text("cards.alarm"), _alarm_value(matter)),
        Line(text("cards.what"), told.text or _no_words(matter)),
        Line(text("cards.where"), place_of(street, matter)),
        Line(text("cards.urgency"), quadrant_name(matter.quadrant)),
        Line(text("cards.owner"), post_name(street, matter)),
        *_clock_lines(street, matter, now),
    ]
    if told.attachments:
        lines.append(Line(text("cards.pictures"), len(told.attachments)))
    if matter.supporters:
        lines.append(Line(text("cards.supporters"), matter.supporters))
    if matter.reopenings:
        lines.append(Line(text("cards.reopenings"), matter.reopenings))
    lines.append(Line(text("cards.reporter"), _reporter_value(matter, reporter)))
    return Card(
        title=text(
            "cards.title",
            number=matter.number,
            kind=kind_name(matter.kind),
            category=category_name(category, matter.category),
        ),
        lines=tuple(line for line in lines if line.value not in (None, "")),
        tone=tone_of(matter, now),
    )


def _alarm_value(matter: Matter) -> Value:
    dangers = tuple(text(f"names.danger_{danger}") for danger in matter.dangers)
    if matter.unconfirmed:
        return text("cards.alarm_unconfirmed", dangers=dangers)
    return dangers or None


def _no_words(matter: Matter) -> Value:
    if matter.erased:
        return text("cards.erased")
    return text("cards.words_withheld") if matter.unconfirmed or matter.dangers else None


def _reporter_value(matter: Matter, reporter: Reporter | None) -> Value:
    if matter.origin is Origin.STAFF:
        return text("cards.reporter_staff")
    if matter.hide_name or (reporter is not None and reporter.hidden):
        return text("cards.reporter_hidden")
    if reporter is None:
        return text("cards.reporter_not_shown")
    if reporter.name and reporter.phone:
        return f"{reporter.name} {reporter.phone}"
    return reporter.name or reporter.phone or text("cards.reporter_unnamed")


def _clock_lines(street: Street, matter: Matter, now: datetime) -> Sequence[Line]:
    if not matter.is_open:
        return ()
    lines: list[Line] = []
    if matter.contacted_at is None and matter.state in (State.DISPATCHED, State.ACCEPTED):
        lines.append(Line(text("cards.contact_by"), _due(street, matter, matter.contact_by, now)))
    if matter.state is State.ASKED:
        lines.append(
            Line(
                text("cards.clock"),
                text("cards.paused", until=stated(street, matter, matter.answer_by)),
            )
        )
    elif matter.state is State.RESOLVED:
        lines.append(Line(text("cards.judge_by"), stated(street, matter, matter.judge_by)))
    else:
        lines.append(Line(text("cards.resolve_by"), _due(street, matter, matter.resolve_by, now)))
    return lines


def _due(street: Street, matter: Matter, moment: datetime, now: datetime) -> Value:
    due = stated(street, matter, moment)
    if now > moment:
        return text("cards.overdue_since", moment=due, late=now - moment)
    return due


def resident_card(street: Street, matter: Matter, now: datetime) -> Card:
    """Make the card that the resident who reported it sees."""
    category = street.office.categories.find(matter.category)
    told = matter.particulars
    lines = [
        Line(text("cards.state"), state_name(matter.state)),
        Line(text("cards.what"), told.text),
        Line(text("cards.where"), place_of(street, matter)),
        Line(text("cards.owner"), _who_has(street, matter)),
        *_clock_lines(street, matter, now),
        Line(text("cards.pictures"), len(told.attachments) or None),
        Line(text("cards.supporters"), matter.supporters or None),
        Line(text("cards.merged_into"), matter.merged_into),
        Line(text("cards.score"), matter.score),
    ]
    return Card(
        title=text(
            "cards.title",
            number=matter.number,
            kind=kind_name(matter.kind),
            category=category_name(category, matter.category),
        ),
        lines=tuple(line for line in lines if line.value not in (None, "")),
        tone=Tone.DONE if not matter.is_open else Tone.PLAIN,
    )


def _who_has(street: Street, matter: Matter) -> Value:
    """Name who has it; nobody is named where nobody has joined yet."""
    return post_name(street, matter) if matter.is_open and matter.owner else None


def nearby_card(street: Street, matter: Matter, now: datetime) -> Card:
    """Make the card that a neighbour sees: category, street-level place and age, nothing else."""
    category = street.office.categories.find(matter.category)
    place = redact_place(matter.particulars.place_text)
    lines = [
        Line(text("cards.where"), place or street.place_name(matter.grid)),
        Line(text("cards.reported"), now - matter.filed_at),
        Line(text("cards.state"), state_name(matter.state)),
        Line(text("cards.supporters"), matter.supporters or None),
    ]
    return Card(
        title=category_name(category, matter.category),
        lines=tuple(line for line in lines if line.value is not None),
    )


# --- what happened, for the one who reported it ---------------------------------------------------

#: What a matter's own resident sees of its history; the rest is the office's inner work.
VISIBLE = frozenset(
    {
        Happening.FILED,
        Happening.ACCEPTED,
        Happening.CONTACTED,
        Happening.ASKED,
        Happening.ANSWERED,
        Happening.NOTED,
        Happening.ADDED,
        Happening.TOLD_ABOVE,
        Happening.REDATED,
        Happening.RESOLVED,
        Happening.JUDGED,
        Happening.TAKEN_BACK,
        Happening.REOPENED,
        Happening.CLOSED,
        Happening.RECHECKED,
        Happening.WITHDRAWN,
        Happening.MERGED,
        Happening.HANDED_OVER,
        Happening.REASSIGNED,
        Happening.RETURNED,
        Happening.CLIMBED,
        Happening.ABSORBED,
        Happening.WENT_ON,
    }
)
#: What somebody said in an event: to the resident, or as the resident.
_SAID = ("text", "question", "result", "comment", "solved", "score", "still_solved")


def visible(events: Iterable[Event]) -> list[Event]:
    """Choose the events of a matter that its own resident sees."""
    return [event for event in events if event.happening in VISIBLE]


def said(event: Event) -> dict[str, Any]:
    """Give what was said in an event, to the resident or as the resident."""
    content = event.content or {}
    return {name: content[name] for name in _SAID if content.get(name) not in (None, "")}


def happening_line(event: Event) -> Text:
    """Say what happened, with the words that were said."""
    words = [str(one) for name, one in said(event).items() if name in _SAID[:4]]
    what: Value = text(f"names.happening_{event.happening}")
    if not words:
        return text("matters.happened", what=what)
    return text("matters.happened_said", what=what, said=" ".join(words))
