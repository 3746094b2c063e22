"""The copy of everything that is kept of a person, for that person.

Source: Personal Information Protection Law (PIPL), article 45.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.categories import Categories
from domain.data_copy import Copied
from domain.matters.cards import happening_line, said, visible
from domain.matters.matter import Event, Matter, state_name
from domain.messages import Card, Line, Side, Text, Value, text
from domain.names import category_name, kind_name
from domain.organisation import Organisation, Post, Role
from domain.people import Account, Consent, Person, Purpose
from domain.places.points import Point
from domain.subjects import MATTER, Subject, called

#: The version of the layout that `as_json` gives; it rises when a key changes its meaning.
EXPORT_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """A picture or voice that the person sent."""

    id: str
    kind: str
    at: datetime
    subject: Subject | None
    """What it belongs to; None for nothing yet."""
    name: str = ""
    """Where it lies in the archive of the copy; empty for what is not in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DataCopy:
    """Everything that is kept of a person."""

    person: Person
    accounts: Sequence[Account]
    consents: Sequence[Consent]
    matters: Sequence[tuple[Matter, Sequence[Event]]]
    """What the person filed, the oldest first, each with its chain."""
    followed: Sequence[tuple[str, datetime]]
    """Numbers of others' matters to which the person said "me too", and when."""
    sent: Sequence[Sent]
    drafts: Sequence[Mapping[str, Any]]
    """The answers of an unfinished form."""
    alarms: Sequence[tuple[datetime, str]] = ()
    """What was said about dangers in the last day, and when."""
    posts: Sequence[Post] = ()
    """What follows is kept of members of the staff alone: posts, held and ended."""
    shifts: Sequence[tuple[datetime, datetime]] = ()
    """On duty from when until when."""
    acts: Sequence[tuple[Subject, str, datetime]] = ()
    """What was done in cases and other files: in which, what, when."""
    helped: Sequence[tuple[str, datetime, datetime | None, str]] = ()
    """Parts of cases one was asked to help with: number, asked and answered when, the answer."""
    looks: Sequence[tuple[datetime, Subject, str, str]] = ()
    """What sealed things were shown: when, which, how, and the reason given."""
    more: Sequence[Copied] = ()
    """What features keep besides; of members of the staff it belongs to their work."""


def as_json(known: DataCopy, at: datetime) -> dict[str, Any]:
    """Give the copy as plain JSON values; ``docs/export.md`` explains every key."""
    person = known.person
    return {
        "export_version": EXPORT_VERSION,
        "exported_at": at.isoformat(),
        "profile": {
            "id": person.id,
            "name": person.name,
            "phone": person.phone,
            "grid": person.grid,
            "language": person.language.value,
            "elder_mode": person.elder,
            "weekly_summary": person.weekly_summary,
            "notices": person.notices,
            "privacy_notice_shown": person.noticed,
            "since": person.created_at.isoformat(),
        },
        "accounts": [
            {
                "channel": account.channel.value,
                "address": account.address,
                "since": account.created_at.isoformat(),
                "last_used": account.seen_at.isoformat(),
            }
            for account in known.accounts
        ],
        "consents": [
            {
                "purpose": consent.purpose.value,
                "notice_version": consent.notice,
                "given_at": consent.given_at.isoformat(),
                "withdrawn_at": _iso(consent.withdrawn_at),
            }
            for consent in known.consents
        ],
        "matters": [_matter_json(matter, events) for matter, events in known.matters],
        "followed": [
            {"number": number, "since": since.isoformat()} for number, since in known.followed
        ],
        "files": [
            {
                "id": one.id,
                "kind": one.kind,
                "sent_at": one.at.isoformat(),
                **_about(one.subject),
                "name": one.name or None,
            }
            for one in known.sent
        ],
        "unfinished_forms": [dict(one) for one in known.drafts],
        "alarms": [{"said_at": at.isoformat(), "text": words} for at, words in known.alarms],
        "work": _work_json(known) if person.side is Side.STAFF else None,
        **({} if person.side is Side.STAFF else _more_json(known)),
    }


def _more_json(known: DataCopy) -> dict[str, Any]:
    return {one.name: [dict(row) for row in one.rows] for one in known.more}


def _work_json(known: DataCopy) -> dict[str, Any]:
    return {
        "posts": [
            {
                "unit": post.unit,
                "role": post.role.value,
                "since": post.since.isoformat(),
                "until": _iso(post.until),
            }
            for post in known.posts
        ],
        "duty": [
            {"from": begins.isoformat(), "until": ends.isoformat()} for begins, ends in known.shifts
        ],
        "acts": [
            {**_about(file), "happening": happening, "at": at.isoformat()}
            for file, happening, at in known.acts
        ],
        "help": [
            {
                "matter": number,
                "asked_at": asked.isoformat(),
                "answered_at": _iso(answered),
                "answer": answer,
            }
            for number, asked, answered, answer in known.helped
        ],
        "looks": [
            {"at": at.isoformat(), "subject": called(subject), "sight": sight, "reason": reason}
            for at, subject, sight, reason in known.looks
        ],
        **_more_json(known),
    }


def _about(subject: Subject | None) -> dict[str, str | None]:
    """Tell of which case something is, or of what else."""
    if subject is None or subject.kind == MATTER:
        return {"matter": subject.id if subject else None}
    return {"matter": None, "subject": str(subject)}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _matter_json(matter: Matter, events: Iterable[Event]) -> dict[str, Any]:
    told = matter.particulars
    return {
        "number": matter.number,
        "kind": matter.kind.value,
        "category": matter.category,
        "community": matter.community,
        "grid": matter.grid,
        "origin": matter.origin.value,
        "state": matter.state.value,
        "outcome": matter.outcome.value if matter.outcome else None,
        "score": matter.score,
        "filed_at": matter.filed_at.isoformat(),
        "closed_at": _iso(matter.closed_at),
        "text": told.text,
        "place": told.place_text,
        "location": _location(told.point),
        "name": told.name,
        "phone": told.phone,
        "name_hidden": matter.hide_name,
        "files": list(told.attachments),
        "supporters": matter.supporters,
        "events": [
            {
                "seq": event.seq,
                "at": event.at.isoformat(),
                "happening": event.happening.value,
                "by": "resident" if event.role is Role.RESIDENT else "office",
                **said(event),
            }
            for event in visible(events)
        ],
    }


def _location(point: Point | None) -> dict[str, float] | None:
    """Give a place in WGS-84, in degrees."""
    if point is None:
        return None
    return {"latitude": point.latitude, "longitude": point.longitude}


# --- the copy in words ---------------------------------------------------------------------------


def profile_card(known: DataCopy, grid: Value) -> Card:
    """Show what is kept besides the cases.

    Args:
        grid: the name of the person's grid; empty for none.
    """
    person = known.person
    channels = tuple(text(f"me.channel_{account.channel}") for account in known.accounts)
    agreed = tuple(
        purpose_name(consent.purpose)
        for consent in known.consents
        if consent.withdrawn_at is None and consent.purpose is not Purpose.NOTICE
    )
    none = text("me.none")
    own = len(known.matters)
    return Card(
        title=text("me.data_title"),
        lines=(
            Line(text("me.name"), person.name or none),
            Line(text("me.phone"), person.phone or none),
            Line(text("me.grid"), grid or none),
            Line(text("me.accounts"), channels or none),
            Line(text("me.consents"), agreed or none),
            Line(text("me.cases"), text("me.cases_kept", own=own, followed=len(known.followed))),
            Line(text("me.files"), len(known.sent)),
            Line(text("me.since"), person.created_at),
        ),
    )


def purpose_name(purpose: Purpose) -> Text:
    """Name what somebody may agree to."""
    return text(f"me.purpose_{purpose}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A piece of the copy in words, and the files that belong under it."""

    block: Text | Card
    files: tuple[Sent, ...] = ()


def more_in_words(known: DataCopy, organisation: Organisation) -> Iterator[Section]:
    """Give what features keep besides in words, a card each."""
    for one in known.more:
        if lines := tuple(one.lines(organisation)):
            yield Section(block=Card(title=text(f"{one.name}.copy_title"), lines=lines))


def in_words(
    known: DataCopy, categories: Categories, grid: Value, at: datetime
) -> tuple[Section, ...]:
    """Give a resident's copy in words, piece by piece; `more_in_words` goes below."""
    sections = [
        Section(block=text("me.copy_title", at=at)),
        Section(block=profile_card(known, grid)),
    ]
    for matter, events in known.matters:
        files = tuple(one for one in known.sent if one.subject == matter.subject)
        sections.append(Section(block=_matter_card(matter, events, categories), files=files))
    if not known.matters:
        sections.append(Section(block=text("me.copy_no_cases")))
    cases = {matter.subject for matter, _ in known.matters}
    if loose := tuple(one for one in known.sent if one.subject not in cases):
        sections.append(Section(block=text("me.copy_loose"), files=loose))
    if known.followed:
        lines = tuple(
            Line(text("me.copy_followed_line", number=number), since)
            for number, since in known.followed
        )
        sections.append(Section(block=Card(title=text("me.copy_followed"), lines=lines)))
    return tuple(sections)


def _matter_card(matter: Matter, events: Iterable[Event], categories: Categories) -> Card:
    told = matter.particulars
    lines = [
        Line(text("cards.state"), state_name(matter.state)),
        Line(text("cards.what"), told.text),
        Line(text("cards.where"), told.place_text),
        Line(text("me.name"), told.name),
        Line(text("me.phone"), told.phone),
        Line(text("cards.pictures"), len(told.attachments) or None),
        Line(text("cards.score"), matter.score),
        *(
            Line(text("matters.at", moment=event.at), happening_line(event))
            for event in visible(events)
        ),
    ]
    return Card(
        title=text(
            "cards.title_plain",
            number=matter.number,
            kind=kind_name(matter.kind),
            category=category_name(categories.find(matter.category), matter.category),
        ),
        lines=tuple(line for line in lines if line.value not in (None, "")),
    )
