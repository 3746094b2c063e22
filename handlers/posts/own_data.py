"""我的资料 of the staff: what is kept of me in office, the copy of it, erasing what is my own.

What the office must keep under its duty is named with its rule, and stays. Each of these is about
whoever presses; whoever has left is a stranger here, and gets nothing. Sources: Personal
Information Protection Law (PIPL), articles 45 (copy), 47 (erasure) and 13 (what a duty needs).
"""

from datetime import timedelta

from domain.errors import Stale
from domain.laws import PIPL_13, PIPL_56
from domain.messages import Card, Choice, Line, Message, Side, action, text
from domain.names import role_name, unit_name
from handlers.accounts import channel_names
from handlers.copies import order_copy
from handlers.features import Entry, Feature, Menu, Verb
from handlers.turn import Turn, choice
from storage.outbox import Redirection
from storage.outbox_housekeeping import newest
from storage.people import list_accounts
from storage.posts.erasure import StaffErasure
from storage.session_rows import SessionsGone

#: How long the last question of an erasure can be answered; an old button must erase nothing.
ERASE_PATIENCE = timedelta(minutes=10)
_MENU = choice("staff.menu", "menu.open")


def _back() -> Choice:
    return choice("me.back_data", "posts.data")


async def show_data(turn: Turn) -> None:
    """Show what is kept of me, with what I may do about it."""
    organisation = turn.street.organisation
    owned = (await list_accounts(turn.tx, [turn.person.id])).get(turn.person.id, [])
    posts = tuple(
        text(
            "names.post",
            unit=unit_name(organisation.units[post.unit]),
            role=role_name(post.role),
        )
        for post in organisation.posts_of(turn.person.id, turn.now)
    )
    card = Card(
        title=text("own_data.title"),
        lines=(
            Line(text("me.name"), turn.person.name or text("me.none")),
            Line(text("own_data.posts"), posts or text("own_data.stands_in")),
            Line(text("me.accounts"), channel_names(owned)),
            Line(text("me.since"), turn.person.created_at),
        ),
    )
    turn.reply(
        Message(
            blocks=(card, text("own_data.note")),
            choices=(
                (choice("me.export", "posts.export", emphasis=True),),
                (choice("own_data.erase", "posts.ask_erase"), _MENU),
            ),
            secret=True,
        )
    )


async def export(turn: Turn) -> None:
    """Order the copy of what is kept of me."""
    await order_copy(turn, _back())


async def ask_erase(turn: Turn, step: str = "") -> None:
    """Say what goes, and what stays by which rule; ask twice, for nothing of it comes back."""
    if step == "go":
        erased = action("posts.erase", int(turn.now.timestamp()))
        turn.say(
            "own_data.really_erase",
            (choice("me.erase_no", "posts.data", emphasis=True),),
            (choice("own_data.erase_yes", erased),),
        )
        return
    if step:
        raise Stale
    stays = Card(
        title=text("own_data.stays"),
        lines=(
            Line(text("own_data.stays_posts"), turn.street.cited(PIPL_13, turn.now)),
            Line(text("own_data.stays_acts"), turn.street.cited(PIPL_13, turn.now)),
            Line(text("own_data.stays_looks"), turn.street.cited(PIPL_56, turn.now)),
            Line(text("own_data.stays_account"), turn.street.cited(PIPL_13, turn.now)),
        ),
    )
    turn.reply(
        Message(
            blocks=(text("own_data.erase_what"), stays),
            choices=(
                (choice("me.erase_no", "posts.data", emphasis=True),),
                (choice("me.export", "posts.export"),),
                (choice("me.erase_on", action("posts.ask_erase", "go")),),
            ),
        )
    )


async def erase(turn: Turn, asked: str) -> None:
    """Erase what is my own: what was said here, drafts, and every way in but this one.

    Raises:
        Stale: the question was asked too long ago, or never.
    """
    age = turn.now.timestamp() - int(asked) if asked.isdecimal() else None
    if age is None or not 0 <= age <= ERASE_PATIENCE.total_seconds():
        raise Stale
    owned = (await list_accounts(turn.tx, [turn.person.id])).get(turn.person.id, [])
    for other in owned:
        if other.id != turn.account.id:
            turn.changes.save(SessionsGone(other.id), Redirection(other.id, turn.account))
    turn.drop_draft()
    turn.waiting = ()
    turn.changes.save(
        StaffErasure(
            person=turn.person.id,
            at=turn.now,
            account=turn.account.id,
            upto=await newest(turn.tx),
        )
    )
    turn.say("own_data.erased", (choice("staff.todo", "todo.open", emphasis=True), _MENU))


FEATURE = Feature(
    name="posts",
    side=Side.STAFF,
    verbs=(
        Verb("posts.data", show_data, command="mydata"),
        Verb("posts.export", export),
        Verb("posts.ask_erase", ask_erase),
        Verb("posts.erase", erase),
    ),
    entries=(Entry(Menu.WORK, "own_data.menu", "posts.data"),),
)
