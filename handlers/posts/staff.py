"""The staff's side: who may come in, the menu, a further device, words instead of buttons."""

import re
from collections.abc import Sequence
from dataclasses import replace

from domain.errors import Refused, Stale
from domain.messages import Card, Line, Message, Side, Value, action, text
from domain.organisation import Post, Role
from domain.people import LINK_ATTEMPTS, LINK_CODE_LIFE, Account, Invitation
from domain.words.plaintext import normal
from handlers.account_guards import count_wrong, ensure_tries_left
from handlers.accounts import channel_name, end_account
from handlers.features import Entry, Feature, Menu, Typed, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, album_slot
from handlers.matters import searching
from handlers.menus import menu, post_words, show_menu
from handlers.posts.posts import Name, take_seat, tell_directly, use_invitation
from handlers.turn import Turn, choice, explained
from storage.codes import find_invitation, recent_attempts
from storage.drafts import Draft
from storage.people import find_person, list_accounts
from storage.session_rows import devices_of

_CODE_DIGITS = 12
#: A code as people type it: digits in groups, or what an operator's console printed.
_CODE = re.compile(r"[A-Za-z0-9_-]{6,64}")
#: What a stranger is told once, and nothing after it.
_TOLD = 1


# --- coming in -----------------------------------------------------------------------------------


async def meet(turn: Turn) -> None:
    """Answer somebody without a post: an invitation opens, everything else gets one sentence ever.

    A stranger never learns more, whatever they send and however often. Only what is meant as a
    code is answered: that it is wrong, or that there were too many.
    """
    code = _code_in(turn)
    if code is not None and _is_meant(turn, code):
        await ensure_tries_left(turn)
    invitation = await _find(turn, code) if code else None
    if invitation is not None:
        try:
            await _join(turn, invitation)
        except Refused as error:
            count_wrong(turn)
            turn.reply(Message(blocks=explained(turn, error)))
        return
    if turn.person.noticed < _TOLD:
        turn.update_person(noticed=_TOLD)
        turn.say("staff.strangers")
    elif code is not None and _is_meant(turn, code):
        raise Refused("invitation_unknown_yet")


def _code_in(turn: Turn) -> str | None:
    """Find what may be an invitation: a start payload, or a message that is nothing else."""
    given = turn.incoming.start or turn.incoming.text or ""
    plain = normal(given).strip()
    joined = re.sub(r"[\s-]+", "", plain)
    if joined.isdecimal() and joined.isascii():
        plain = joined
    return plain if _CODE.fullmatch(plain) else None


async def _find(turn: Turn, code: str) -> Invitation | None:
    """Look an invitation up; wrong codes are counted, and too many of them end all tries."""
    tried = await recent_attempts(turn.tx, turn.account.id, turn.now - LINK_CODE_LIFE)
    if len(tried) >= LINK_ATTEMPTS:
        return None
    invitation = await find_invitation(turn.tx, code)
    if invitation is None:
        count_wrong(turn)
    return invitation


def _is_meant(turn: Turn, code: str) -> bool:
    """Tell whether it was meant as a code: a link brought it, or it is as many digits, or nearly.

    Whoever typed it wrong is told so; everything else of a stranger gets one sentence ever.
    """
    typed = code.isdecimal() and abs(len(code) - _CODE_DIGITS) <= 1
    return bool(turn.incoming.start) or typed


async def _join(turn: Turn, invitation: Invitation) -> None:
    if invitation.used_at is not None:
        raise Refused("invitation_used")
    if turn.now >= invitation.expires_at:
        raise Refused("invitation_expired")
    if invitation.person is not None:
        await _add_device(turn, invitation, invitation.person)
        return
    if invitation.role not in set(Role):
        raise Refused("invitation_void")

    def welcome(post: Post) -> None:
        key = "staff.welcome_named" if turn.person.name else "staff.welcome"
        turn.say(key, post=post_words(turn, post), name=turn.person.name)

    await take_seat(turn, invitation, welcome)
    if turn.person.name:
        # The post was said already; what waited for it stands between. Of several all are named.
        shown = menu(turn)
        is_first = len(turn.actor.posts) == 1
        turn.reply(replace(shown, blocks=(text("staff.begin"),)) if is_first else shown)
    else:
        await begin(turn, NAME)


async def _add_device(turn: Turn, invitation: Invitation, person: str) -> None:
    """Let this account speak for a staff member who asked for it on another one."""
    known = await find_person(turn.tx, person)
    posts = turn.street.organisation.posts_of(person, turn.now)
    if known is None or not posts or turn.actor.posts:
        raise Refused("invitation_void")
    use_invitation(turn, invitation)
    turn.account = replace(turn.account, person=known.id, revoked_at=None)
    turn.person = replace(known, preferred=turn.account.id)
    turn.changes.touch_alone(f"person {known.id}")
    turn.changes.put("account", turn.account)
    turn.changes.put("person", turn.person)
    await tell_directly(turn, known.id, Message(blocks=(text("staff.device_added"),)))
    turn.reply(menu(turn))


async def start(turn: Turn, payload: str) -> None:
    """Begin anew as somebody with a post: a further invitation is taken, else the menu is shown."""
    code = _code_in(turn) if payload else None
    if code is not None:
        await ensure_tries_left(turn)
    invitation = await _find(turn, code) if code else None
    if invitation is not None:
        await _join(turn, invitation)
        return
    await show_menu(turn)


async def _submit_name(turn: Turn, draft: Draft) -> None:
    turn.update_person(name=draft.values["name"])
    # Whoever reads the organisation next sees the name: posts and names are one snapshot.
    turn.changes.touch_alone("organisation")
    turn.changes.save(*turn.street.organisation.posts_of(turn.person.id, turn.now))
    turn.reply(menu(turn))


# --- the menu ------------------------------------------------------------------------------------


async def offer_device(turn: Turn) -> None:
    """Give a code with which a further device of one's own comes in; it lives ten minutes."""
    post = turn.street.organisation.posts_of(turn.person.id, turn.now)
    if not post:
        raise Refused("invitation_void")
    code = turn.new_code(_CODE_DIGITS)
    until = turn.now + LINK_CODE_LIFE
    turn.changes.save(
        Invitation(
            code_hash=turn.hash_code(code),
            unit=post[0].unit,
            role=post[0].role,
            expires_at=until,
            person=turn.person.id,
        )
    )
    said = text("staff.device_code", code=code, until=until)
    turn.reply(
        Message(
            blocks=(said,), choices=((choice("staff.menu", "menu.open"),),), secret=True, once=True
        )
    )


async def show_devices(turn: Turn) -> None:
    """List where one is at home: each device but this one can be ended."""
    owned = await _own_accounts(turn)
    names = await devices_of(turn.tx, [one.id for one in owned])
    others = [one for one in owned if one.id != turn.account.id]

    def name(account: Account) -> Value:
        return names.get(account.id) or channel_name(account)

    lines = tuple(
        Line(
            text("staff.device_name", name=name(one)),
            text("me.account_here")
            if one.id == turn.account.id
            else text("me.account_line", since=one.created_at, seen=one.seen_at),
        )
        for one in owned
    )
    buttons = [
        (
            choice(
                "staff.device_end",
                action("posts.end_device", one.id),
                name=name(one),
                seen=one.seen_at,
            ),
        )
        for one in others
    ]
    if len(others) > 1:
        buttons.append((choice("staff.device_end_others", "posts.end_others"),))
    turn.reply(
        Message(
            blocks=(Card(title=text("staff.devices_title"), lines=lines),),
            choices=(
                *buttons,
                (choice("staff.device", "posts.add_device"), choice("staff.menu", "menu.open")),
            ),
        )
    )


async def _own_accounts(turn: Turn) -> list[Account]:
    return (await list_accounts(turn.tx, [turn.person.id])).get(turn.person.id, [])


async def end_device(turn: Turn, account: str) -> None:
    """End one device: whoever has it comes in no more, and its page closes."""
    ended = [one for one in await _own_accounts(turn) if one.id == account != turn.account.id]
    _end(turn, ended)


async def end_others(turn: Turn) -> None:
    """End every device but this one: one of them was lost."""
    _end(turn, [one for one in await _own_accounts(turn) if one.id != turn.account.id])


def _end(turn: Turn, ended: Sequence[Account]) -> None:
    if not ended:
        raise Stale
    for one in ended:
        end_account(turn, one, turn.account)
    turn.say(
        "staff.devices_ended",
        (choice("staff.devices", "posts.devices"), choice("staff.menu", "menu.open")),
        count=len(ended),
    )


# --- words instead of buttons --------------------------------------------------------------------


async def typed_code(turn: Turn) -> bool:
    """Take digits that are an invitation to a further post; tell whether they were meant as one."""
    code = _code_in(turn)
    if code is None or not code.isdecimal() or len(code) < _CODE_DIGITS:
        return False
    await ensure_tries_left(turn)
    invitation = await _find(turn, code)
    if invitation is None:
        raise Refused("invitation_unknown")
    await _join(turn, invitation)
    return True


async def hint(turn: Turn) -> None:
    """Look for a case, or take what is for one; else say what can be written here."""
    if await searching.take(turn):
        return
    ways = ((choice("staff.todo", "todo.open"), choice("staff.menu", "menu.open")),)
    slot = album_slot(turn, "hint")
    turn.reply(Message(blocks=(text("staff.hint"),), choices=ways, slot=slot))


NAME = Form(
    name="staff_name",
    version=1,
    title="staff.name_title",
    steps=(Name(name="name", question="staff.ask_name", label="posts.name"),),
    submit=_submit_name,
    review=False,
)

FEATURE = Feature(
    name="posts",
    side=Side.STAFF,
    verbs=(
        Verb("posts.add_device", offer_device),
        Verb("posts.devices", show_devices),
        Verb("posts.end_device", end_device),
        Verb("posts.end_others", end_others),
    ),
    forms=(NAME,),
    entries=(Entry(Menu.WORK, "staff.devices", "posts.devices"),),
    typed=(Typed(typed_code),),
    starts={"": start},
    stranger=meet,
    hears=hint,
)
