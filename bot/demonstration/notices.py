"""What stands on the public page of the demonstration; the words are in ``demo_notices.toml``."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from bot.configuration.law_data import read_default
from bot.words.wording import LOCAL_TIME
from domain.access.actors import actor_of
from domain.access.broadcasts import BroadcastRight
from domain.access.checks import may
from domain.broadcasts.public_notice import PublicNotice
from domain.broadcasts.rules import NoticeRules
from domain.street import Street

_PUBLISHED = time(9)


def notices(street: Street, now: datetime) -> Iterator[PublicNotice]:
    """Give the notices of the past weeks, each by somebody who may put it up.

    Raises:
        LookupError: nobody may.
    """
    for number, row in enumerate(read_default("demo_notices.toml")["notices"], 1):
        day = now.astimezone(LOCAL_TIME).date() - timedelta(days=row["days_ago"])
        at = min(datetime.combine(day, _PUBLISHED, tzinfo=LOCAL_TIME), now)
        yield PublicNotice(
            id=f"demo-notice-{number:02}",
            by=_writer(street, row["unit"], now),
            unit=row["unit"],
            title=row["title"],
            words=row["text"].strip(),
            published_at=at,
            until=at + street.rules(NoticeRules, row["unit"]).life,
        )


def _writer(street: Street, unit: str, now: datetime) -> str:
    organisation = street.organisation
    for post in organisation.posts:
        actor = actor_of(post.person, organisation, now, staff=True)
        if post.unit == unit and may(actor, BroadcastRight.SEND, organisation, unit=unit):
            return post.person
    raise LookupError(f"nobody may speak to {unit}")
