"""A notice to residents that also stands on the public page: asked, shown before, taken down."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from domain.broadcasts.public_notice import (
    MAX_TITLE_LETTERS,
    PublicNotice,
    may_be_public,
    may_take_down,
)
from domain.broadcasts.rules import NoticeRules
from domain.errors import NotFound, Refused
from domain.messages import Text, action, text
from domain.words.personal_data import PersonalSort, Screened, screened
from handlers.forms.steps import Choose, Option, Words
from handlers.turn import Turn, choice
from storage.broadcasts.public_notices import TakenDown, get_public_notices
from storage.drafts import Draft

YES, NO = "yes", "no"


def _can_be(turn: Turn, draft: Draft) -> bool:
    unit = str(draft.values.get("unit"))
    return may_be_public(turn.street.organisation.units.get(unit))


def is_public(turn: Turn, draft: Draft) -> bool:
    """Tell whether the notice is to stand on the public page."""
    return draft.values.get("public") == YES and _can_be(turn, draft)


def _options(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(YES, text("broadcasts.public_yes"), ("公开", "是", "yes")),
        Option(NO, text("broadcasts.public_no"), ("不公开", "否", "no")),
    ]


@dataclass(frozen=True, kw_only=True)
class Publicity(Choose):
    """Also on the public page? Refused where a text holds what nobody may publish."""

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take a typed answer."""
        return _fit(turn, await super().take(turn, draft))

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take a pressed answer."""
        return _fit(turn, await super().press(turn, draft, value))


@dataclass(frozen=True, kw_only=True)
class Title(Words):
    """What stands over the notice: one line."""

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take a line that fits."""
        taken = await super().take(turn, draft)
        title = " ".join(str(taken.values[self.name]).split())
        if len(title) > MAX_TITLE_LETTERS:
            raise Refused("notice_title_too_long", limit=MAX_TITLE_LETTERS)
        _ensure_fit(_screened(turn, title))
        return replace(taken, values={**taken.values, self.name: title})


PUBLICITY = Publicity(
    name="public",
    question="broadcasts.ask_public",
    label="broadcasts.public",
    options=_options,
    when=_can_be,
)
TITLE = Title(
    name="title",
    question="broadcasts.ask_title",
    label="broadcasts.notice_title",
    when=is_public,
)


def _screened(turn: Turn, words: str) -> Screened:
    return screened(words, turn.street.public_contacts)


def _ensure_fit(*texts: Screened) -> None:
    """Refuse what nobody may publish.

    Raises:
        Refused: says of which sorts it is.
    """
    refused = frozenset[PersonalSort]().union(*(one.refused for one in texts))
    if refused:
        raise Refused("notice_personal", what=_names(refused))


def _fit(turn: Turn, draft: Draft) -> Draft:
    if is_public(turn, draft):
        _ensure_fit(_screened(turn, str(draft.values.get("text", ""))))
    return draft


def _names(sorts: frozenset[PersonalSort]) -> tuple[Text, ...]:
    return tuple(text(f"broadcasts.sort_{sort}") for sort in PersonalSort if sort in sorts)


def notes(turn: Turn, draft: Draft) -> Sequence[Text]:
    """Say before it is sent what everybody will read, and for how long."""
    if not is_public(turn, draft):
        return ()
    texts = [_screened(turn, str(draft.values.get(name, ""))) for name in ("title", "text")]
    found = texts[0].found | texts[1].found
    told = [text("broadcasts.public_note", until=turn.now + _life(turn, draft))]
    if refused := texts[0].refused | texts[1].refused:
        told.append(text("errors.notice_personal", what=_names(refused)))
    elif found:
        shown = "\n".join(one.words for one in texts)
        told.append(text("broadcasts.public_hidden", what=_names(found), words=shown))
    if draft.values.get("files"):
        told.append(text("broadcasts.public_no_picture"))
    return told


def _life(turn: Turn, draft: Draft) -> timedelta:
    return turn.street.rules(NoticeRules, str(draft.values["unit"])).life


def notice_of(turn: Turn, draft: Draft, broadcast: str) -> PublicNotice:
    """Give what everybody may read of a broadcast.

    Raises:
        Refused: it holds what nobody may publish.
    """
    title = _screened(turn, str(draft.values["title"]))
    words = _screened(turn, str(draft.values["text"]))
    _ensure_fit(title, words)
    return PublicNotice(
        id=broadcast,
        by=turn.person.id,
        unit=str(draft.values["unit"]),
        title=title.words,
        words=words.words,
        published_at=turn.now,
        until=turn.now + _life(turn, draft),
    )


async def find_notice(turn: Turn, broadcast: str) -> PublicNotice | None:
    """Find what stands, or stood, on the public page of a broadcast."""
    return (await get_public_notices(turn.tx, [broadcast])).get(broadcast)


async def _find_own(turn: Turn, broadcast: str) -> PublicNotice:
    """Find a notice that one may take down.

    Raises:
        NotFound: there is none that one may know of.
    """
    found = await find_notice(turn, broadcast)
    if found is None or not may_take_down(turn.actor, turn.street.organisation, found):
        raise NotFound(number=broadcast[:8])
    return found


async def ask_to_take_down(turn: Turn, broadcast: str) -> None:
    """Ask once more: what was read cannot be unread, but nobody else will read it."""
    found = await _find_own(turn, broadcast)
    if not found.stands(turn.now):
        turn.say("broadcasts.not_public_any_more", (choice("staff.menu", "menu.open"),))
        return
    turn.say(
        "broadcasts.really_take_down",
        (
            choice("broadcasts.take_down_now", action("broadcasts.take_down", found.id)),
            choice("broadcasts.leave_it", "broadcasts.list", emphasis=True),
        ),
        title=found.title,
    )


async def take_down(turn: Turn, broadcast: str) -> None:
    """Take a notice off the page at once; pressing it again changes nothing."""
    found = await _find_own(turn, broadcast)
    if found.taken_down_at is None:
        turn.changes.save(TakenDown(found.id, turn.person.id, turn.now))
    turn.say("broadcasts.taken_down", (choice("staff.menu", "menu.open"),))
