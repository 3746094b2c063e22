"""The copy of what is kept of a member of the staff, in words.

Source: Personal Information Protection Law (PIPL), article 45. Words that they wrote into a case
belong to its file; here stands what they did there, and when.
"""

from collections.abc import Iterator
from datetime import datetime

from domain.messages import Card, Line, Text, Value, text
from domain.names import happening_name, role_name, unit_called
from domain.organisation import Organisation, Post
from domain.residents.personal_data import DataCopy, Section, more_in_words
from domain.subjects import called


def staff_in_words(
    known: DataCopy, organisation: Organisation, at: datetime
) -> tuple[Section, ...]:
    """Give the whole copy in words, piece by piece, for a file that people read."""
    sections = [
        Section(block=text("me.copy_title", at=at)),
        Section(block=staff_profile_card(known, organisation)),
    ]
    sections += [Section(block=card) for card in _work_cards(known, organisation) if card.lines]
    sections += more_in_words(known, organisation)
    if known.sent:
        sections.append(Section(block=text("own_data.sent"), files=tuple(known.sent)))
    return tuple(sections)


def staff_profile_card(known: DataCopy, organisation: Organisation) -> Card:
    """Show what is kept, in figures where it is much."""
    none = text("me.none")
    channels = tuple(text(f"me.channel_{account.channel}") for account in known.accounts)
    posts = tuple(_post_words(post, organisation) for post in known.posts)
    return Card(
        title=text("own_data.title"),
        lines=(
            Line(text("me.name"), known.person.name or none),
            Line(text("own_data.posts"), posts or none),
            Line(text("me.accounts"), channels or none),
            Line(text("own_data.acts"), len(known.acts)),
            Line(text("own_data.help"), len(known.helped)),
            Line(text("own_data.looks"), len(known.looks)),
            Line(text("me.since"), known.person.created_at),
        ),
    )


def _post_words(post: Post, organisation: Organisation) -> Text:
    unit = unit_called(post.unit, organisation)
    return text("names.post", unit=unit, role=role_name(post.role))


def _work_cards(known: DataCopy, organisation: Organisation) -> Iterator[Card]:
    def listed(key: str, *lines: Line) -> Card:
        return Card(title=text(f"own_data.{key}"), lines=lines)

    yield listed(
        "posts",
        *(
            Line(
                _post_words(post, organisation),
                text("own_data.span", since=post.since, until=post.until or text("own_data.now")),
            )
            for post in known.posts
        ),
    )
    yield listed(
        "duty",
        *(
            Line(text("own_data.shift"), text("own_data.span", since=begins, until=ends))
            for begins, ends in known.shifts
        ),
    )
    yield listed(
        "acts",
        *(
            Line(text("own_data.act", number=called(file), at=at), happening_name(happening))
            for file, happening, at in known.acts
        ),
    )
    yield listed(
        "help",
        *(
            Line(
                text("own_data.act", number=number, at=asked), answer or text("own_data.no_answer")
            )
            for number, asked, _, answer in known.helped
        ),
    )
    yield listed(
        "looks",
        *(
            Line(
                text("own_data.act", number=called(subject), at=at),
                _look(sight, called(subject), reason),
            )
            for at, subject, sight, reason in known.looks
        ),
    )


def _look(sight: str, subject: str, reason: str) -> Value:
    what = text(f"access_log.sight_{sight}", number=subject)
    return text("own_data.look_reason", what=what, reason=reason) if reason else what
