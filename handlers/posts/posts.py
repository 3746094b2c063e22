"""Posts: joining by invitation, standing in while somebody is away, leaving with everything."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from domain.access.checks import ensure_may, may
from domain.access.posts import PostRight
from domain.errors import Refused, Stale
from domain.messages import Choice, Lane, Message, Side, Text, action, rows, text
from domain.names import role_name, unit_name
from domain.organisation import Organisation, Post, Responsible, Role, Seat, Unit
from domain.people import INVITATION_LIFE, Account, Invitation
from domain.posts.rules import AbsenceRules
from domain.posts.staffing import (
    colleagues,
    invitable_roles,
    join,
    leaving,
    lend,
    may_staff,
    staffed_units,
)
from handlers.features import Entry, Feature, Menu, Verb
from handlers.forms.answers import NotMineError, clean_words, with_value
from handlers.forms.forms import begin
from handlers.forms.questions import Date, pick, today
from handlers.forms.steps import Choose, Form, Option, Words
from handlers.posts.handing_over import (
    leaving_of,
    release,
    renew,
)
from handlers.turn import Turn, choice
from scheduler.posts.substitutions import count_back, no_return, return_at_end, take_back
from storage.drafts import Draft
from storage.hand_over import HandOver, count, hand_over, held_of, left_behind, waiting_for
from storage.outbox import Notice
from storage.people import list_accounts
from storage.posts.waiting_shifts import ShiftBegun, list_waiting_shifts

#: Last days of an absence that are offered as buttons, in days from today.
_DAYS_AWAY = (0, 1, 2, 4, 6, 13, 29)
_CODE_DIGITS = 12


# --- joining -------------------------------------------------------------------------------------


async def take_seat(turn: Turn, invitation: Invitation, welcome: Callable[[Post], None]) -> None:
    """Give the invited seat to whoever is talking, with the cases that wait for it.

    Args:
        welcome: greets whoever has the post now, before anything of it arrives.

    Raises:
        Refused: the invitation is used, too old or void, or the seat is held by this person.
    """
    seat = Seat(invitation.unit, Role(invitation.role))
    joining = join(turn.street.organisation, seat, turn.person.id, turn.now, turn.new_id())
    use_invitation(turn, invitation)
    if invitation.name:
        turn.update_person(name=invitation.name)
    if invitation.phone and not turn.person.phone:
        turn.update_person(phone=invitation.phone)
    if turn.account.revoked_at is not None:
        turn.account = replace(turn.account, revoked_at=None)
        turn.changes.put("account", turn.account)
    welcome(joining.post)
    names = {turn.person.id: turn.person.name}
    if not joining.replaced:
        renew(turn, [joining.post], names)
    for post in joining.replaced:
        mine = Responsible(seat, turn.person.id)
        await _tell_replaced(turn, post.person, seat)
        await release(
            turn, [post], mine, turn.person.id, seat.role, also=[joining.post], names=names
        )
    await _take_shifts(turn, seat)
    await _take_waiting(turn, seat.role)


async def _take_shifts(turn: Turn, seat: Seat) -> None:
    """Enter the duty that was planned for whoever has just joined, and tell them."""
    person = turn.person
    mine = [
        one
        for one in await list_waiting_shifts(turn.tx, turn.now)
        if one.is_of(seat, person.name, person.phone)
    ]
    if not mine:
        return
    turn.changes.touch_alone("organisation")
    turn.changes.save(*(ShiftBegun(shift=one, person=person.id) for one in mine))
    key = "posts.duty_one" if len(mine) == 1 else "posts.duty_several"
    first = mine[0]
    turn.say(key, count=len(mine), starts=first.starts_at, ends=first.ends_at)


async def _tell_replaced(turn: Turn, person: str, seat: Seat) -> None:
    unit = turn.street.organisation.units[seat.unit]
    said = text(
        "posts.replaced",
        unit=unit_name(unit),
        role=role_name(seat.role),
        person=turn.person.name,
    )
    gone = len(turn.street.organisation.posts_of(person, turn.now)) == 1
    await tell_directly(turn, person, Message(blocks=(said,), farewell=gone))


def use_invitation(turn: Turn, invitation: Invitation) -> None:
    """Use up an invitation; two of one batch cannot both have it."""
    turn.changes.touch_alone(f"invitation {invitation.code_hash}")
    turn.changes.save(replace(invitation, used_at=turn.now))


async def _take_waiting(turn: Turn, role: Role) -> None:
    """Take over what waited for anybody of its ladder."""
    waiting = await waiting_for(turn, turn.person.id)
    await hand_over(turn, waiting, HandOver(by=turn.person.id, role=role, reason="joined"))


# --- inviting ------------------------------------------------------------------------------------


async def list_units(turn: Turn) -> None:
    """List the units whose posts one may fill or end."""
    units = staffed_units(turn.actor, turn.street.organisation)
    if not units:
        ensure_may(turn.actor, PostRight.INVITE, turn.street.organisation, unit=_own_unit(turn))
        raise Refused("no_staff_to_manage")
    buttons = [
        Choice(label=unit_name(unit), action=action("posts.unit", unit.code)) for unit in units
    ]
    turn.say("posts.ask_unit", *rows(buttons), (choice("staff.menu", "menu.open"),))


async def show_unit(turn: Turn, code: str) -> None:
    """Show the posts of a unit, held and empty, with what one may do about them."""
    unit = _staffed_unit(turn, code)
    organisation = turn.street.organisation
    roles = invitable_roles(turn.actor, organisation, unit)
    lines = []
    buttons = []
    for role in roles:
        held = organisation.holders(Seat(unit.code, role), turn.now)
        names = tuple(turn.street.staff_name(post.person) or "?" for post in held)
        lines.append(text("posts.seat", role=role_name(role), people=names or text("posts.nobody")))
        buttons += [_leave_button(turn, post) for post in held if post.person != turn.person.id]
    turn.reply(
        Message(
            blocks=(text("posts.unit", unit=unit_name(unit)), *lines),
            choices=(
                (choice("posts.invite", action("posts.invite", unit.code), emphasis=True),),
                *rows(buttons, 1),
                (choice("staff.people", "posts.people"), choice("staff.menu", "menu.open")),
            ),
        )
    )


def _own_unit(turn: Turn) -> str:
    return turn.actor.posts[0].unit


def _staffed_unit(turn: Turn, code: str) -> Unit:
    """Find a unit whose posts one may fill or end.

    Raises:
        NotAllowed: no rule allows it there.
        Stale: there is no such unit, or nobody below one's own rank in it.
    """
    organisation = turn.street.organisation
    for unit in staffed_units(turn.actor, organisation):
        if unit.code == code:
            return unit
    ensure_may(turn.actor, PostRight.INVITE, organisation, unit=code)
    raise Stale


def _leave_button(turn: Turn, post: Post) -> Choice:
    return choice(
        "posts.end",
        action("posts.ask_end", post.person),
        person=turn.street.staff_name(post.person) or "?",
        role=role_name(post.role),
    )


async def begin_invite(turn: Turn, code: str) -> None:
    """Begin an invitation to a post of a unit."""
    unit = _staffed_unit(turn, code)
    await begin(turn, INVITE, context={"unit": unit.code})


def _roles(turn: Turn, draft: Draft) -> Sequence[Option]:
    unit = turn.street.organisation.units.get(str(draft.context["unit"]))
    if unit is None:
        return []
    roles = invitable_roles(turn.actor, turn.street.organisation, unit)
    return [Option(role.value, role_name(role)) for role in roles]


async def _submit_invite(turn: Turn, draft: Draft) -> None:
    unit = _staffed_unit(turn, str(draft.context["unit"]))
    seat = Seat(unit.code, Role(draft.values["role"]))
    if may_staff(turn.actor, PostRight.INVITE, turn.street.organisation, seat) is None:
        raise Stale
    code = turn.new_code(_CODE_DIGITS)
    turn.changes.save(
        Invitation(
            code_hash=turn.hash_code(code),
            unit=seat.unit,
            role=seat.role,
            name=draft.values["name"],
            expires_at=turn.now + INVITATION_LIFE,
        )
    )
    said = text(
        "posts.invited",
        name=draft.values["name"],
        unit=unit_name(unit),
        role=role_name(seat.role),
        code=code,
        until=turn.now + INVITATION_LIFE,
    )
    turn.reply(
        Message(
            blocks=(said,), choices=((choice("staff.menu", "menu.open"),),), secret=True, once=True
        )
    )


# --- leaving -------------------------------------------------------------------------------------


async def confirm_leaving(turn: Turn, person: str) -> None:
    """Ask once more before somebody loses every post and every way in."""
    _ensure_may_end(turn, person)
    posts, _ = leaving(turn.actor, turn.street.organisation, person, turn.now)
    held = await left_behind(turn, leaving_of(turn, posts))
    turn.say(
        "posts.really_end",
        (choice("posts.end_now", action("posts.end", person), emphasis=True),),
        (choice("staff.people", "posts.people"), choice("staff.menu", "menu.open")),
        person=turn.street.staff_name(person) or "?",
        posts=tuple(_post_words(turn.street.organisation, post) for post in posts),
        cases=count(held, turn.person.id),
    )


def _post_words(organisation: Organisation, post: Post) -> Text:
    unit = organisation.units[post.unit]
    return text("names.post", unit=unit_name(unit), role=role_name(post.role))


def _ensure_may_end(turn: Turn, person: str) -> None:
    """Refuse with the rule that is missing; `leaving` says the rest, such as one's own rank."""
    organisation = turn.street.organisation
    held = organisation.posts_of(person, turn.now)
    units = [post.unit for post in held] or [_own_unit(turn)]
    if not any(may(turn.actor, PostRight.END, organisation, unit=unit) for unit in units):
        ensure_may(turn.actor, PostRight.END, organisation, unit=units[0])


async def end_posts(turn: Turn, person: str) -> None:
    """End somebody's posts: access goes at once, and every case goes to whoever answers now."""
    _ensure_may_end(turn, person)
    organisation = turn.street.organisation
    ended, role = leaving(turn.actor, organisation, person, turn.now)
    posts = tuple(_post_words(organisation, post) for post in ended)
    gone = len(ended) == len(organisation.posts_of(person, turn.now))
    told = Message(blocks=(text("posts.you_left", posts=posts),), farewell=gone)
    await tell_directly(turn, person, told)
    moved = await release(turn, ended, None, turn.person.id, role)
    turn.say(
        "posts.ended" if gone else "posts.ended_some",
        (choice("staff.people", "posts.people"), choice("staff.menu", "menu.open")),
        person=turn.street.staff_name(person) or "?",
        cases=moved,
    )


async def tell_directly(turn: Turn, person: str, message: Message) -> None:
    """Tell somebody on an account they have had until now: this very turn may change that."""
    accounts: Sequence[Account] = (await list_accounts(turn.tx, [person])).get(person, ())
    if not accounts:
        return
    turn.changes.save(
        Notice(
            person=person,
            message=message,
            lane=Lane.NOTICE,
            at=turn.now,
            not_before=turn.now,
            account=accounts[0],
        )
    )


# --- standing in ---------------------------------------------------------------------------------


async def show_away(turn: Turn) -> None:
    """Show who stands in for one now, or begin to choose somebody."""
    ensure_may(turn.actor, PostRight.SUBSTITUTE, turn.street.organisation)
    own = turn.street.organisation.posts_of(turn.person.id, turn.now)
    away = [post for post in own if post.stand_in(turn.now) is not None]
    if not away:
        await begin(turn, AWAY, values={"post": own[0].id} if len(own) == 1 else {})
        return
    lines = [
        text(
            "posts.away_now",
            post=_post_words(turn.street.organisation, post),
            person=turn.street.staff_name(post.stand_in(turn.now)),
            until=_last_day(turn, post.away_until),
        )
        for post in away
    ]
    back = choice("posts.back", "posts.back", emphasis=True)
    turn.reply(
        Message(blocks=tuple(lines), choices=((back,), (choice("staff.menu", "menu.open"),)))
    )


def _own_posts(turn: Turn, _draft: Draft) -> Sequence[Option]:
    organisation = turn.street.organisation
    return [
        Option(post.id, _post_words(organisation, post))
        for post in organisation.posts_of(turn.person.id, turn.now)
    ]


def _post_of(turn: Turn, draft: Draft) -> Post | None:
    for post in turn.street.organisation.posts_of(turn.person.id, turn.now):
        if post.id == draft.values.get("post"):
            return post
    return None


def _colleagues(turn: Turn, draft: Draft) -> Sequence[Option]:
    post = _post_of(turn, draft)
    if post is None:
        return []
    street = turn.street
    return [
        Option(
            other.person,
            text(
                "posts.colleague",
                person=street.staff_name(other.person) or "?",
                post=_post_words(street.organisation, other),
            ),
            (street.staff_name(other.person),),
        )
        for other in colleagues(street.organisation, post, turn.now)
    ]


def _after(turn: Turn, day: date) -> datetime:
    """Give the first moment after a day."""
    midnight = datetime.combine(day + timedelta(days=1), time(), turn.street.office.timezone)
    return midnight.astimezone(UTC)


def _last_day(turn: Turn, until: datetime | None) -> date | None:
    """Give the day that ends at a moment: as people count, the last one."""
    if until is None:
        return None
    return (until - timedelta(seconds=1)).astimezone(turn.street.office.timezone).date()


def _longest_away(turn: Turn) -> timedelta:
    return turn.street.rules(AbsenceRules).longest


def _ends(turn: Turn, _draft: Draft) -> Sequence[Option]:
    days = [today(turn) + timedelta(days=later) for later in _DAYS_AWAY]
    return [Option(day.isoformat(), text("posts.until_day", day=day)) for day in days]


async def _submit_away(turn: Turn, draft: Draft) -> None:
    ensure_may(turn.actor, PostRight.SUBSTITUTE, turn.street.organisation)
    post, person = _post_of(turn, draft), str(draft.values["colleague"])
    if post is None or post.substitute is not None:
        raise Stale
    able = {other.person for other in colleagues(turn.street.organisation, post, turn.now)}
    if person not in able:
        raise Stale
    until = _after(turn, date.fromisoformat(draft.values["until"]))
    if until <= turn.now:
        raise Stale
    lent = lend(post, person, until)
    renew(turn, [lent])
    return_at_end(turn, lent)
    seat = Seat(post.unit, post.role)
    last = _last_day(turn, until)
    held = await held_of(turn, seat, turn.person.id)
    _tell_substitute(turn, lent, last, count(held, person))
    how = HandOver(
        by=turn.person.id,
        role=post.role,
        reason="away",
        to=Responsible(seat, person),
        seats=(seat,),
        told=person,
    )
    moved = await hand_over(turn, held, how)
    turn.say(
        "posts.lent",
        (choice("staff.menu", "menu.open"),),
        person=turn.street.staff_name(person),
        until=last,
        cases=sum(one.owner == person for one in moved),
    )


def _tell_substitute(turn: Turn, post: Post, last: date | None, cases: int) -> None:
    """Say for whom somebody stands in and what comes with it, in one message before the cards."""
    said = text(
        "posts.you_stand_in_for_cases" if cases else "posts.you_stand_in",
        person=turn.street.staff_name(turn.person.id),
        post=_post_words(turn.street.organisation, post),
        until=last,
        cases=cases,
    )
    todo = choice("staff.todo", "todo.open", emphasis=True)
    turn.tell(post.substitute, Message(blocks=(said,), choices=((todo,),)), urgent=True)


async def come_back(turn: Turn) -> None:
    """End one's absence: the cases of one's seats come back from whoever stood in."""
    organisation = turn.street.organisation
    own = organisation.posts_of(turn.person.id, turn.now)
    away = [post for post in own if post.substitute is not None]
    if not away:
        raise Refused("not_away")
    back = sum([await count_back(turn, post) for post in away])
    turn.say("posts.came_back", (choice("staff.todo", "todo.open"),), cases=back)
    for post in away:
        await take_back(turn, post, turn.person.id, post.role, "back")
        no_return(turn, post)
        said = text("posts.stood_in", person=turn.street.staff_name(turn.person.id))
        turn.tell(post.substitute, Message(blocks=(said,)))


# --- forms ---------------------------------------------------------------------------------------


class Name(Words):
    """What somebody is called; short, so that it fits on a card."""

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take one line of a few characters."""
        if turn.incoming.text is None:
            raise NotMineError
        name = " ".join(clean_words(turn, turn.incoming.text, 1).split())
        if len(name) > _LONGEST_NAME:
            raise Refused("name_too_long")
        return with_value(draft, self.name, name)

    async def add(self, turn: Turn, draft: Draft) -> Draft:
        """Take what comes later instead: nobody has two names."""
        return await self.take(turn, draft)


_LONGEST_NAME = 30

INVITE = Form(
    name="invite",
    version=1,
    title="posts.invite_title",
    steps=(
        Choose(name="role", question="posts.ask_role", label="posts.role", options=_roles),
        Name(name="name", question="posts.ask_name", label="posts.name"),
    ),
    submit=_submit_invite,
)
AWAY = Form(
    name="away",
    version=1,
    title="posts.away_title",
    steps=(
        Choose(name="post", question="posts.ask_post", label="posts.post", options=_own_posts),
        pick(
            name="colleague",
            question="posts.ask_colleague",
            label="posts.substitute",
            options=_colleagues,
        ),
        Date(
            name="until",
            question="posts.ask_until",
            label="posts.until",
            change="posts.change_until",
            offers=_ends,
            latest=_longest_away,
        ),
    ),
    submit=_submit_away,
)


def _staffs(turn: Turn) -> bool:
    return bool(staffed_units(turn.actor, turn.street.organisation))


def _substitutes(turn: Turn) -> bool:
    organisation = turn.street.organisation
    posts = turn.actor.posts
    return any(may(turn.actor, PostRight.SUBSTITUTE, organisation, unit=one.unit) for one in posts)


FEATURE = Feature(
    name="posts",
    side=Side.STAFF,
    verbs=(
        Verb("posts.people", list_units, right=PostRight.INVITE),
        Verb("posts.unit", show_unit, right=PostRight.INVITE, about="unit"),
        Verb("posts.invite", begin_invite, right=PostRight.INVITE, about="unit"),
        Verb("posts.ask_end", confirm_leaving, right=PostRight.END, about="person"),
        Verb("posts.end", end_posts, right=PostRight.END, about="person"),
        Verb("posts.away", show_away),
        Verb("posts.back", come_back),
    ),
    forms=(INVITE, AWAY),
    entries=(
        Entry(Menu.WORK, "staff.people", "posts.people", shown=_staffs),
        Entry(Menu.WORK, "staff.away", "posts.away", shown=_substitutes),
    ),
)
