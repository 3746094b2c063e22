"""The cards of a matter: what each reader may see of it, without words or looks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.access.actors import Actor
from domain.categories import EMERGENCY
from domain.matters.deadlines import stated
from domain.matters.matter import (
    IN_HAND,
    Event,
    Happening,
    Matter,
    Origin,
    Quadrant,
    State,
    Triaged,
)
from domain.matters.naming import (
    TITLE,
    first_words,
    standing_name,
    their_state_name,
    tone_of,
    your_state_name,
)
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
    if street.organisation.stands_in(matter.seat, matter.owner):
        return text("names.post_lent", unit=unit, role=role_name(matter.seat.role), person=person)
    return text("names.post_held", unit=unit, role=role_name(matter.seat.role), person=person)


def place_of(street: Street, matter: Matter) -> Value:
    """Give where it is: the grid and, unless it was erased, the words for the place.

    Words that name their unit themselves are left as they were said: whoever moves the case to
    another desk moves no place.
    """
    told = matter.particulars.place_text
    if told and (named := street.units_named(told)):
        community = street.organisation.community_of(matter.grid)
        if community is None or named != {community.code}:
            return told
        return text("cards.at", grid=unit_called(matter.grid, street.organisation), place=told)
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


def place_for(street: Street, matter: Matter, reader: Actor) -> Value:
    """Say where it is; who works in the one grid need not be told which, and may hear nothing."""
    is_grids = matter.grid != matter.community
    if is_grids and any(post.unit == matter.grid for post in reader.posts):
        return matter.particulars.place_text
    return place_of(street, matter)


def title_of(street: Street, matter: Matter) -> Text:
    """Head a card with what was said; without words with its sort and number."""
    category = street.office.categories.find(matter.category)
    known: dict[str, Value] = {
        "number": matter.number,
        "kind": kind_name(matter.kind),
        "category": category_name(category, matter.category),
    }
    said = matter.particulars.text
    if not said.strip():
        return text("cards.title_plain", **known)
    return text("cards.title", **known, said=first_words(said, TITLE))


def _said_in_full(matter: Matter) -> str:
    """Give what was said where the title does not say all of it."""
    said = matter.particulars.text
    return "" if first_words(said, TITLE) in (said.strip(), said.strip().rstrip("。.，,")) else said


def _case_line(street: Street, matter: Matter) -> Line | None:
    """Say number and sort, where the title says what was said instead."""
    title = title_of(street, matter)
    if title.key == "cards.title_plain":
        return None
    known = {name: title.fields[name] for name in ("number", "kind", "category")}
    return Line(text("cards.case"), text("cards.case_value", **known))


def worker_card(
    street: Street,
    matter: Matter,
    now: datetime,
    *,
    reporter: Reporter | None,
    reader: Actor | None = None,
    missing: str = "",
) -> Card:
    """Make the assignment card that the owner and the levels above see.

    Args:
        reporter: None where the reader may not see who it was.
        reader: whose own unit and name need not be said; None for nobody in particular.
        missing: what the resident said is still missing, of a case that is open again.
    """
    told = matter.particulars
    is_own = reader is not None and reader.person == matter.owner
    lines = [
        _missing_line(matter, missing),
        Line(text("cards.alarm"), _alarm_value(matter)),
        Line(text("cards.what"), _said_in_full(matter) if told.text else _no_words(matter)),
        Line(
            text("cards.where"),
            (place_for(street, matter, reader) if reader else place_of(street, matter))
            or text("cards.where_unsaid"),
        ),
        Line(text("cards.due"), _due(street, matter, now)),
        Line(text("cards.state"), standing_name(matter)),
        Line(text("cards.reporter"), _reporter_value(matter, reporter)),
        Line(text("cards.pictures"), len(told.attachments) or None),
        Line(text("cards.supporters"), matter.supporters or None),
        Line(text("cards.reopenings"), matter.reopenings if matter.reopenings > 1 else None),
        Line(text("cards.urgency"), _priority(matter)),
        Line(text("cards.owner"), None if is_own else post_name(street, matter)),
        _case_line(street, matter),
    ]
    return Card(
        title=title_of(street, matter),
        lines=_filled(lines),
        tone=tone_of(matter, now),
    )


def _filled(lines: Sequence[Line | None]) -> tuple[Line, ...]:
    return tuple(line for line in lines if line is not None and line.value not in (None, ""))


def _missing_line(matter: Matter, missing: str) -> Line | None:
    """Say first why a case is open again."""
    if not matter.reopenings or matter.state not in IN_HAND:
        return None
    return Line(text("cards.reopened"), missing or text("cards.reopened_silent"))


def _priority(matter: Matter) -> Value:
    """Name what presses or weighs; what is ordinary need not be said."""
    if matter.quadrant is Quadrant.ORDINARY or not matter.is_open:
        return None
    return priority_name(matter)


def priority_name(matter: Triaged) -> Text:
    """Name how pressing a matter is: danger, or its quadrant."""
    if matter.urgency >= EMERGENCY:
        return text("names.priority_danger")
    return quadrant_name(matter.quadrant)


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


def _due(street: Street, matter: Matter, now: datetime) -> Value:
    """Say in one line until when what has to be done, and what of it is late."""
    if not matter.is_open:
        return None
    if matter.state is State.ASKED:
        return text("cards.paused", until=stated(street, matter, matter.answer_by))
    if matter.state is State.RESOLVED:
        return text("cards.due_judged", by=stated(street, matter, matter.judge_by))
    if matter.state is State.REFERRED:
        return _by(street, matter, "proceed", now)
    resolve = _by(street, matter, "resolve", now)
    if matter.contacted_at is not None:
        return resolve
    return text("cards.due_both", contact=_by(street, matter, "contact", now), resolve=resolve)


def _by(street: Street, matter: Matter, what: str, now: datetime) -> Text:
    moment = matter.contact_by if what == "contact" else matter.resolve_by
    due = stated(street, matter, moment)
    if now > moment:
        return text(f"cards.due_{what}_late", by=due, late=now - moment)
    return text(f"cards.due_{what}", by=due)


def resident_card(street: Street, matter: Matter, now: datetime, *, pictures: Value = None) -> Card:
    """Make the card that the resident who reported it sees.

    Args:
        pictures: how many photos and voices there are of each, where that was looked up.
    """
    told = matter.particulars
    lines = [
        Line(text("cards.state"), your_state_name(matter)),
        Line(text("cards.what"), _said_in_full(matter)),
        Line(text("cards.where"), place_of(street, matter)),
        Line(text("cards.owner"), _who_has(street, matter)),
        Line(text("cards.due"), _due_to_you(street, matter, now)),
        Line(text("cards.pictures"), pictures or len(told.attachments) or None),
        Line(text("cards.supporters"), matter.supporters or None),
        Line(text("cards.merged_into"), matter.merged_into),
        Line(text("cards.score"), matter.score),
        _case_line(street, matter),
    ]
    return Card(
        title=title_of(street, matter),
        lines=_filled(lines),
        tone=Tone.DONE if not matter.is_open else Tone.PLAIN,
    )


def _due_to_you(street: Street, matter: Matter, now: datetime) -> Value:
    """Say to the one who reported it by when they hear or are to say something."""
    match matter.state:
        case State.ASKED:
            return text("cards.due_your_answer", by=stated(street, matter, matter.answer_by))
        case State.RESOLVED:
            return text("cards.due_your_verdict", by=stated(street, matter, matter.judge_by))
        case _ if matter.is_open and matter.contacted_at is None and now <= matter.contact_by:
            contact = text("cards.due_contact_you", by=stated(street, matter, matter.contact_by))
            return text(
                "cards.due_both", contact=contact, resolve=_by(street, matter, "resolve", now)
            )
        case _:
            return _due(street, matter, now) if matter.is_open else None


def _who_has(street: Street, matter: Matter) -> Value:
    """Name who has it; nobody is named where nobody has joined yet."""
    return post_name(street, matter) if matter.is_open and matter.owner else None


def nearby_row(street: Street, matter: Matter, now: datetime, does: str) -> Choice:
    """Make the line that a neighbour sees: street-level place, category, age and how many joined.

    Args:
        does: what pressing it does: saying "me too".
    """
    category = street.office.categories.find(matter.category)
    place = redact_place(matter.particulars.place_text)
    return Choice(
        label=text("nearby.me_too", place=place or street.place_name(matter.grid)),
        action=does,
        detail=text(
            "nearby.detail_joined" if matter.supporters else "nearby.detail",
            category=category_name(category, matter.category),
            age=now - matter.filed_at,
            supporters=matter.supporters,
            state=their_state_name(matter),
        ),
    )


# --- what happened, for the one who reported it ---------------------------------------------------

#: What a matter's own resident sees of its history; the rest is the office's inner work.
VISIBLE = frozenset(
    {
        Happening.FILED,
        Happening.ACCEPTED,
        Happening.CONTACTED,
        Happening.CONTACT_TAKEN_BACK,
        Happening.ASKED,
        Happening.ANSWERED,
        Happening.NOTED,
        Happening.ADDED,
        Happening.TOLD_ABOVE,
        Happening.URGED,
        Happening.RESOLVED,
        Happening.REFERRED,
        Happening.PROCEEDED,
        Happening.CAME_BACK,
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
        Happening.REDATED,
        Happening.RESORTED,
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


#: What is said to the one who reported it in words of their own: it is about them.
_YOURS = frozenset(
    {
        Happening.CONTACTED,
        Happening.CONTACT_TAKEN_BACK,
        Happening.ASKED,
        Happening.ANSWERED,
        Happening.ADDED,
        Happening.TOLD_ABOVE,
        Happening.WITHDRAWN,
    }
)


def _happened_to_you(event: Event) -> Text:
    if event.happening is Happening.JUDGED and (event.content or {}).get("solved") is not None:
        solved = "solved" if (event.content or {})["solved"] else "not_solved"
        return text(f"names.to_you_judged_{solved}")
    kind = "to_you" if event.happening in _YOURS else "happening"
    return text(f"names.{kind}_{event.happening}")


def happening_line(event: Event) -> Text:
    """Say to the one who reported it what happened, with the words that were said."""
    words = [str(one) for name, one in said(event).items() if name in _SAID[:4]]
    what: Value = _happened_to_you(event)
    if not words:
        return text("matters.happened", what=what)
    return text("matters.happened_said", what=what, said=" ".join(words))
