"""The access log's door: the data-protection officer reads who was shown what is sealed, and why.

What was seen stands nowhere in it. Source: Personal Information Protection Law (PIPL), article 52.
"""

import re
from collections.abc import Sequence

from domain.access.access_log import AccessLogRight
from domain.access.checks import ensure_may
from domain.errors import Refused, Stale
from domain.messages import Card, Choice, Line, Message, Side, Text, Value, action, rows, text
from domain.names import role_name
from domain.organisation import Post, Role
from domain.subjects import called, case
from domain.words.plaintext import normal
from handlers.features import Entry, Feature, Menu, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Words
from handlers.menus import post_words
from handlers.turn import Turn, choice
from storage.access_log import Look, Sought, count_looks, list_looks
from storage.drafts import Draft

PAGE = 8
#: As many posts as one question offers; more are named more exactly.
_MOST_POSTS = 12
_NUMBER = re.compile(r"(20\d\d)[-－—–](\d{5,9})")
#: What is listed: everything, what was seen of one case, or what one post's holder saw in it.
ALL, CASE, POST = "all", "case", "post"
_NOTHING = "-"


def _ensure(turn: Turn) -> None:
    organisation = turn.street.organisation
    ensure_may(turn.actor, AccessLogRight.READ, organisation, unit=organisation.street.code)


async def show_looks(
    turn: Turn, kind: str = ALL, wanted: str = _NOTHING, page: str = "0", again: str = ""
) -> None:
    """List looks, the newest first: all, those at one case, or those of one post's holder."""
    _ensure(turn)
    if not page.isdecimal():
        raise Stale
    sought, title = _sought(turn, kind, wanted)
    count = await count_looks(turn.tx, sought)
    pages = max(1, -(-count // PAGE))
    at = min(int(page), pages - 1)
    shown = await list_looks(turn.tx, sought, limit=PAGE, skip=at * PAGE)
    blocks: list[Text | Card] = [
        Card(title=text("access_log.title", what=title, count=count), lines=_lines(turn, shown))
    ]
    if not shown:
        blocks = [text("access_log.title", what=title, count=0), text("access_log.empty")]
    elif pages > 1:
        blocks.append(text("staff.page", page=at + 1, pages=pages))
    turn.reply(
        Message(
            blocks=tuple(blocks),
            choices=(*_turns(kind, wanted, at, pages), *rows(_filters(kind)), _MENU),
            slot="looks",
            secret=True,
            anew=not again,
        )
    )


_MENU = (choice("staff.menu", "menu.open"),)


def _turns(kind: str, wanted: str, page: int, pages: int) -> Sequence[tuple[Choice, ...]]:
    found = []
    if page > 0:
        found.append(
            choice("staff.previous", action("access_log.list", kind, wanted, page - 1, "in"))
        )
    if page < pages - 1:
        found.append(choice("staff.next", action("access_log.list", kind, wanted, page + 1, "in")))
    return [tuple(found)] if found else []


def _filters(kind: str) -> list[Choice]:
    found = [choice("access_log.find", "access_log.find")]
    if kind != ALL:
        found.append(choice("access_log.all", "access_log.list"))
    return found


def _sought(turn: Turn, kind: str, wanted: str) -> tuple[Sought, Value]:
    """Give what is looked for, and what to call it.

    Raises:
        Stale: no button offers that.
    """
    if kind == ALL:
        return Sought(), text("access_log.everything")
    if kind == CASE and _NUMBER.fullmatch(wanted):
        return Sought(subject=case(wanted)), wanted
    post = next((one for one in turn.street.organisation.posts if one.id == wanted), None)
    if kind != POST or post is None:
        raise Stale
    return (
        Sought(person=post.person, since=post.since, until=post.until),
        text("access_log.of_post", person=_name(turn, post.person), post=post_words(turn, post)),
    )


def _name(turn: Turn, person: str) -> str:
    return turn.street.staff_name(person) or "?"


def _lines(turn: Turn, shown: Sequence[Look]) -> tuple[Line, ...]:
    return tuple(
        Line(
            text("access_log.at", moment=one.at),
            text(
                "access_log.line_reason" if one.reason else "access_log.line",
                person=_name(turn, one.person),
                role=_role_words(one.rule),
                what=text(f"access_log.sight_{one.sight}", number=called(one.subject)),
                rule=one.rule or "?",
                reason=one.reason,
            ),
        )
        for one in shown
    )


def _role_words(rule: str) -> Value:
    role = rule.partition("/")[2]
    return role_name(Role(role)) if role in set(Role) else "?"


# --- looking for a case or a post ----------------------------------------------------------------


async def begin_find(turn: Turn) -> None:
    """Ask for a case number, or for somebody's name or post."""
    _ensure(turn)
    await begin(turn, FIND)


async def _submit_find(turn: Turn, draft: Draft) -> None:
    _ensure(turn)
    given = normal(draft.values["text"]).strip()
    if match := _NUMBER.search(given):
        await show_looks(turn, CASE, f"{match.group(1)}-{match.group(2)}")
        return
    found = _posts_called(turn, given)
    if len(found) == 1:
        await show_looks(turn, POST, found[0].id)
        return
    if not found or len(found) > _MOST_POSTS:
        raise Refused("access_log.nobody" if not found else "access_log.too_many", said=given)
    buttons = [
        Choice(
            label=text(
                "access_log.of_post", person=_name(turn, post.person), post=post_words(turn, post)
            ),
            action=action("access_log.list", POST, post.id),
        )
        for post in found
    ]
    turn.say("access_log.which_post", *rows(buttons, 1), _MENU)


def _posts_called(turn: Turn, given: str) -> list[Post]:
    """Find posts by the holder's name, the unit or the role, also those that have ended."""
    words = given.casefold().split()
    organisation = turn.street.organisation
    found = []
    for post in organisation.posts:
        unit = organisation.units.get(post.unit)
        if unit is None:
            continue
        called = " ".join(
            (turn.street.staff_name(post.person), unit.name, unit.name_en, unit.code, post.role)
        ).casefold()
        if all(word in called for word in words):
            found.append(post)
    return sorted(found, key=lambda post: (post.unit, post.role, post.since))


FIND = Form(
    name="looksfind",
    version=1,
    title="access_log.find_title",
    steps=(Words(name="text", question="access_log.ask_find", label="filing.text", min_letters=1),),
    submit=_submit_find,
    review=False,
)

FEATURE = Feature(
    name="access_log",
    side=Side.STAFF,
    verbs=(
        Verb(
            "access_log.list", show_looks, right=AccessLogRight.READ, command="looks", listed=True
        ),
        Verb("access_log.find", begin_find, right=AccessLogRight.READ, begins=True),
    ),
    forms=(FIND,),
    entries=(Entry(Menu.WORK, "access_log.menu", "access_log.list"),),
)
