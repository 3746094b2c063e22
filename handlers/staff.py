"""The staff's side: who may come in, the menu, a further device, words instead of buttons."""

import re
from dataclasses import replace

from domain.access import Right, may
from domain.cards import named, role_name, rows
from domain.errors import Refused
from domain.messages import Choice, Message, Side, Text, text
from domain.organisation import Post, Role
from domain.people import LINK_ATTEMPTS, LINK_CODE_LIFE, Invitation, Language
from domain.plaintext import normal
from domain.staffing import staffed_units
from handlers.assignments import show
from handlers.features import Feature
from handlers.forms import Form, album_slot, begin
from handlers.overview import show_overview, show_todo
from handlers.posts import Name, take_seat, tell_directly, use_invitation
from handlers.turn import Turn, choice
from handlers.windows import begin_filing
from storage.drafts import Draft
from storage.people import (
    CodeAttempt,
    count_attempts,
    find_invitation,
    find_person,
    hash_code,
)

_CODE_DIGITS = 12
#: A code as people type it: digits in groups, or what an operator's console printed.
_CODE = re.compile(r"[A-Za-z0-9_-]{6,64}")
_NUMBER = re.compile(r"(?<!\d)(20\d\d)[-－—–](\d{5,9})(?!\d)")
#: What a stranger is told once, and nothing after it.
_TOLD = 1


# --- coming in -----------------------------------------------------------------------------------


async def meet(turn: Turn) -> None:
    """Answer somebody without a post: an invitation opens, everything else gets one sentence ever.

    A stranger never learns more, whatever they send and however often.
    """
    code = _code_in(turn)
    invitation = await _find(turn, code) if code else None
    if invitation is not None:
        try:
            await _join(turn, invitation)
        except Refused as error:
            _count_attempt(turn)
            turn.reply(Message(blocks=(text(error.key, **error.fields),)))
        return
    if turn.person.noticed < _TOLD:
        turn.update_person(noticed=_TOLD)
        turn.say("staff.strangers")


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
    tried = await count_attempts(turn.tx, turn.account.id, turn.now - LINK_CODE_LIFE)
    if tried >= LINK_ATTEMPTS:
        return None
    invitation = await find_invitation(turn.tx, code)
    if invitation is None:
        _count_attempt(turn)
    return invitation


def _count_attempt(turn: Turn) -> None:
    turn.changes.save(CodeAttempt(id=turn.new_id(), account=turn.account.id, at=turn.now))


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
    post = await take_seat(turn, invitation)
    turn.reply(Message(blocks=(text("staff.welcome", post=_post_words(turn, post)),)))
    if turn.person.name:
        turn.reply(_menu(turn))
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
    turn.changes.touch(f"person {known.id}")
    turn.changes.put("account", turn.account)
    turn.changes.put("person", turn.person)
    await tell_directly(turn, known.id, Message(blocks=(text("staff.device_added"),)))
    turn.reply(_menu(turn))


async def start(turn: Turn, payload: str) -> None:
    """Begin anew as somebody with a post: a further invitation is taken, else the menu is shown."""
    code = _code_in(turn) if payload else None
    invitation = await _find(turn, code) if code else None
    if invitation is not None:
        await _join(turn, invitation)
        return
    await show_menu(turn)


async def _submit_name(turn: Turn, draft: Draft) -> None:
    turn.update_person(name=draft.values["name"])
    # Whoever reads the organisation next sees the name: posts and names are one snapshot.
    turn.changes.touch("organisation")
    turn.changes.save(*turn.street.organisation.posts_of(turn.person.id, turn.now))
    turn.reply(_menu(turn))


# --- the menu ------------------------------------------------------------------------------------


def _post_words(turn: Turn, post: Post) -> Text:
    unit = turn.street.organisation.units[post.unit]
    return text("names.post", unit=named(unit.name, unit.name_en), role=role_name(post.role))


def _menu(turn: Turn) -> Message:
    """Give the menu of what works and what this person has a right to."""
    organisation = turn.street.organisation
    actor = turn.staff_actor(turn.person.id)

    def has(right: Right) -> bool:
        return any(may(actor, right, organisation, unit=post.unit) for post in actor.posts)

    buttons: list[Choice] = []
    if has(Right.OVERVIEW):
        buttons.append(choice("staff.overview", "overview"))
    if has(Right.READ_DIGEST):
        buttons.append(choice("digests.menu", "digests"))
    if has(Right.FILE_FOR_OTHERS):
        buttons.append(choice("staff.file_for", "filefor"))
    if has(Right.REPORT_SIGN):
        buttons.append(choice("disputes.sign", "sign"))
    if has(Right.BROADCAST):
        buttons.append(choice("broadcasts.menu", "broadcasts"))
    if staffed_units(actor, organisation):
        buttons.append(choice("staff.people", "people"))
    if has(Right.SUBSTITUTE):
        buttons.append(choice("staff.away", "away"))
    buttons.append(choice("staff.device", "device"))
    buttons.append(choice("staff.language", "language"))
    buttons.append(choice("staff.help", "help"))
    posts = tuple(_post_words(turn, post) for post in actor.posts)
    hello = text("staff.hello", name=turn.person.name, posts=posts)
    todo = (choice("staff.todo", "todo", emphasis=True),)
    return Message(blocks=(hello,), choices=(todo, *rows(buttons)))


async def show_menu(turn: Turn) -> None:
    """Show the menu."""
    turn.reply(_menu(turn))


async def show_help(turn: Turn) -> None:
    """Say what can be done here."""
    turn.say("staff.help_text", (choice("staff.menu", "menu"),))


async def choose_language(turn: Turn, language: str = "") -> None:
    """Switch between Chinese and English; both are complete."""
    if language not in ("zh", "en"):
        turn.say(
            "menu.which_language",
            (choice("menu.chinese", "language:zh"), choice("menu.english", "language:en")),
        )
        return
    turn.update_person(language=Language.CHINESE if language == "zh" else Language.ENGLISH)
    turn.say("menu.language_set")
    turn.reply(_menu(turn))


async def offer_device(turn: Turn) -> None:
    """Give a code with which a further device of one's own comes in; it lives ten minutes."""
    post = turn.street.organisation.posts_of(turn.person.id, turn.now)
    if not post:
        raise Refused("invitation_void")
    code = turn.new_code(_CODE_DIGITS)
    until = turn.now + LINK_CODE_LIFE
    turn.changes.save(
        Invitation(
            code_hash=hash_code(code),
            unit=post[0].unit,
            role=post[0].role,
            expires_at=until,
            person=turn.person.id,
        )
    )
    said = text("staff.device_code", code=code, until=until)
    turn.reply(Message(blocks=(said,), choices=((choice("staff.menu", "menu"),),), secret=True))


# --- words instead of buttons --------------------------------------------------------------------

_WORDS = {
    "待办": show_todo,
    "todo": show_todo,
    "菜单": show_menu,
    "menu": show_menu,
    "帮助": show_help,
    "help": show_help,
    "总览": show_overview,
    "overview": show_overview,
    "登记": begin_filing,
}


async def hear(turn: Turn) -> None:
    """Take words of a member of staff: a case's number, an invitation, a menu word, or help."""
    said = (turn.incoming.text or "").strip()
    plain = normal(said)
    match = _NUMBER.search(plain)
    if match is not None and len(plain) <= len(match.group()) + 6:
        await show(turn, f"{match.group(1)}-{match.group(2)}")
        return
    if handler := _WORDS.get(said.casefold()):
        await handler(turn)
        return
    code = _code_in(turn)
    if code is not None and code.isdecimal() and len(code) >= _CODE_DIGITS:
        invitation = await _find(turn, code)
        if invitation is None:
            raise Refused("invitation_unknown")
        await _join(turn, invitation)
        return
    ways = ((choice("staff.todo", "todo"), choice("staff.menu", "menu")),)
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
    side=Side.STAFF,
    verbs={
        "menu": show_menu,
        "help": show_help,
        "language": choose_language,
        "device": offer_device,
    },
    commands={
        "menu": show_menu,
        "help": show_help,
        "language": choose_language,
    },
    forms=(NAME,),
)
