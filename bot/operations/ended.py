"""What ended since a backup ends again where the backup is put back: erasures and posts.

Nobody whose erasure was done comes back with their words, and nobody who was dismissed with their
post. The list tells ids, seats and moments alone. Who holds a post that was given since is not
given it again by itself: the office says so anew.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.configuration.settings import Settings
from bot.configuration.street_source import StreetSource
from bot.operations.clock import ahead_of
from domain.organisation import Post, Role, Seat
from handlers.posts.handing_over import release
from storage.changes import apply
from storage.database import Tx
from storage.erasures import keep_erasures, list_erasures
from storage.matters.queries import last_serials
from storage.organisation import get_posts, list_posts
from storage.posts.erasure import replay_staff_erasures
from storage.registry import HANDS_OVER, PROCEDURES
from storage.residents.erasure import replay_erasures
from storage.work import CLOCK, Numbers, Work


@dataclass(frozen=True, slots=True)
class Endings:
    """What a database knows of erasures and of posts, held ones too."""

    erasures: Sequence[dict[str, Any]] = ()
    """As `storage.erasures.list_erasures` gives them."""
    posts: Sequence[Post] = ()
    numbers: Mapping[int, int] = field(default_factory=dict)
    """The last serial of each year that a case has; empty where nobody knows."""

    def __add__(self, other: "Endings") -> "Endings":
        """Put two lists together; a post that ended in one of them has ended."""
        posts: dict[str, Post] = {}
        for post in (*self.posts, *other.posts):
            if post.id not in posts or post.until is not None:
                posts[post.id] = post
        numbers = dict(self.numbers)
        for year, last in other.numbers.items():
            numbers[year] = max(last, numbers.get(year, 0))
        return Endings((*self.erasures, *other.erasures), tuple(posts.values()), numbers)

    def as_json(self) -> dict[str, Any]:
        """Give it as plain JSON values, for `read_ended`."""
        return {
            "erasures": list(self.erasures),
            "posts": [_as_json(post) for post in self.posts],
            "numbers": {str(year): last for year, last in self.numbers.items()},
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class EndedAgain:
    """What ended again in a database that was put back."""

    erased: int
    """Persons whose erasure was done again."""
    posts: int
    """Posts that ended again; what was owed on them went to whoever answers for it."""
    left: int
    """Persons who hold no post any more by that, and have no way in."""
    given_since: tuple[Seat, ...]
    """Posts that began later than the backup and are held: to be given anew."""


async def list_ended(tx: Tx) -> Endings:
    """List what ended in a database."""
    return Endings(await list_erasures(tx), await list_posts(tx), await last_serials(tx))


def read_ended(given: object) -> Endings:
    """Read what `Endings.as_json` gave, or a mere list of erasures as earlier versions wrote it.

    Raises:
        ValueError: it is something else.
    """
    try:
        table = given if isinstance(given, dict) else {"erasures": given, "posts": []}
        erasures, posts = table["erasures"], table["posts"]
        if not isinstance(erasures, list) or not isinstance(posts, list):
            raise ValueError(type(given))
        for one in erasures:
            datetime.fromisoformat(one["at"])
            str(one["person"]), list(one["held"])
        given_out = table.get("numbers") or {}
        if not isinstance(given_out, dict):
            raise ValueError(type(given_out))
        numbers = {int(year): int(last) for year, last in given_out.items()}
        return Endings(erasures, tuple(_post(one) for one in posts), numbers)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(str(error)) from error


def _as_json(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "unit": post.unit,
        "role": post.role.value,
        "person": post.person,
        "since": post.since.isoformat(),
        "until": post.until and post.until.isoformat(),
    }


def _post(given: Mapping[str, Any]) -> Post:
    return Post(
        id=str(given["id"]),
        unit=str(given["unit"]),
        role=Role(given["role"]),
        person=str(given["person"]),
        since=datetime.fromisoformat(given["since"]),
        until=datetime.fromisoformat(given["until"]) if given["until"] else None,
    )


async def end_again(tx: Tx, settings: Settings, ended: Endings, now: datetime) -> EndedAgain:
    """End in a database that was put back what had ended since; where nothing came back, nothing.

    What the database does not know is noted in it: an older backup may be put back later.

    Args:
        now: the machine's time; a demonstration may be ahead of it.
    """
    await keep_erasures(tx, ended.erasures)
    erased = await replay_erasures(tx) + await replay_staff_erasures(tx)
    known = await get_posts(tx, [post.id for post in ended.posts])
    now += await ahead_of(tx)
    over = [
        replace(known[post.id], until=min(post.until, now), substitute=None, away_until=None)
        for post in ended.posts
        if post.until is not None and post.id in known and known[post.id].until is None
    ]
    unknown = [post for post in ended.posts if post.id not in known]
    left = await _end_posts(tx, settings, over, unknown, now)
    return EndedAgain(
        erased=erased,
        posts=len(over),
        left=left,
        given_since=tuple(Seat(post.unit, post.role) for post in unknown if post.until is None),
    )


async def _end_posts(
    tx: Tx, settings: Settings, over: Sequence[Post], unknown: Iterable[Post], now: datetime
) -> int:
    """End posts with all that hangs on them, and give how many persons hold none any more."""
    street = await StreetSource(settings).current(tx, now)
    work = Work(
        tx=tx,
        street=street,
        now=now,
        numbers=Numbers(),
        hands_over=HANDS_OVER,
        procedures=PROCEDURES,
    )
    work.changes.save(*(post for post in unknown if post.until is not None))
    await release(work, over, None, CLOCK, Role.ADMINISTRATOR)
    await apply(tx, [work.changes])
    persons = {post.person for post in over}
    return sum(not work.street.organisation.posts_of(person, now) for person in persons)
