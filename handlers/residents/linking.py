"""Several accounts, one person: linking by code, coming back by code, and parting again.

Nobody may take over another's account. A link needs both sides: the account that asked for the
code and the one that entered it, each told which channel the other is on and since when. Codes are
used once, and wrong ones are counted: no account can guess.
"""

from dataclasses import dataclass, replace

from domain.errors import Refused, Stale
from domain.messages import Awaiting, Card, Choice, Line, Message, Side, action, text
from domain.people import (
    LINK_CODE_LIFE,
    RECOVERY_LIFE,
    Account,
    Link,
    LinkState,
    Person,
    Purpose,
)
from domain.public_pages import HOME
from handlers.account_guards import ensure_settled, ensure_tries_left, wrong
from handlers.accounts import LINK_DIGITS, channel_name, end_account, read_code, tell_account
from handlers.features import Entry, Feature, Menu, Typed, Verb
from handlers.forms.answers import NotMineError, with_value
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Step
from handlers.matters.lookups import show_by_code
from handlers.turn import Turn, choice
from storage.codes import (
    Recovery,
    code_ref,
    find_link,
    find_link_by_ref,
    find_recovery,
    find_recovery_by_ref,
    recovery_since,
)
from storage.drafts import Draft
from storage.matters.queries import numbers_of
from storage.people import accounts_by_id, find_person, list_accounts, list_consents
from storage.residents.linking import Union

#: The payload of a link or QR code that brings a person back begins with this; the code follows.
COMEBACK = "r-"
RECOVERY_DIGITS = 16


def grouped(code: str) -> str:
    """Write a code so that it can be read out: four digits at a time."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


async def typed_code(turn: Turn) -> bool:
    """Take a text that is nothing but a code; tell whether it was one."""
    code = read_code(turn.incoming.text or "")
    if code is None:
        return False
    await _take_code(turn, code)
    return True


async def _take_code(turn: Turn, code: str) -> None:
    if len(code) == LINK_DIGITS:
        await _enter(turn, code)
    else:
        await come_back(turn, code)


# --- linking: the account that offers a code -----------------------------------------------------


async def show_link(turn: Turn) -> None:
    """Say what linking is and offer both ends of it."""
    turn.say(
        "me.link_what",
        (choice("me.link_offer", "residents.offer_code", emphasis=True),),
        (choice("me.link_enter", "residents.enter_code"),),
        (choice("me.accounts_show", "residents.accounts"), choice("me.back", "residents.me")),
    )


async def offer(turn: Turn) -> None:
    """Give a code; an older one of this account is void from now on."""
    ensure_settled(turn)
    code = turn.new_code(LINK_DIGITS)
    while await find_link(turn.tx, code) is not None:
        code = turn.new_code(LINK_DIGITS)
    expires_at = turn.now + LINK_CODE_LIFE
    turn.changes.put(
        "link",
        Link(
            code_hash=turn.hash_code(code),
            offered_by=turn.account.id,
            expires_at=expires_at,
        ),
    )
    turn.reply(
        Message(
            blocks=(
                Card(title=text("me.link_code_title", code=grouped(code))),
                text("me.link_code" if turn.is_among_us else "me.link_code_away", until=expires_at),
            ),
            secret=True,
            once=True,
            scan=HOME if turn.is_among_us else "",
        )
    )


async def decide(turn: Turn, answer: str, ref: str) -> None:
    """The offering account agrees to the union, or refuses it."""
    ensure_settled(turn)
    if answer not in ("yes", "no"):
        raise Stale
    link = await find_link_by_ref(turn.tx, ref)
    if link is None:
        raise Refused("link_over")
    decided = link.decide(turn.account.id, answer == "yes", turn.now)
    other = (await accounts_by_id(turn.tx, [link.answered_by or ""])).get(link.answered_by or "")
    if other is None or other.revoked_at is not None or other.person == turn.person.id:
        raise Refused("link_over")
    turn.changes.put("link", decided)
    turn.changes.touch(f"link {link.code_hash}")
    turn.changes.touch_alone(f"person {other.person}")
    if decided.state is LinkState.REFUSED:
        turn.say("me.link_refused", (choice("me.back", "residents.me"),))
        tell_account(turn, other.person, other, Message(blocks=(text("me.link_was_refused"),)))
        return
    await _unite(turn, other)


async def _unite(turn: Turn, other: Account) -> None:
    """Make the other account's person one with this one, and tell every account of both."""
    absorbed = await find_person(turn.tx, other.person)
    if absorbed is None:
        raise Refused("link_over")
    owned = await list_accounts(turn.tx, [turn.person.id, absorbed.id])
    turn.person = await completed(turn, turn.person, absorbed)
    turn.changes.put("person", turn.person)
    turn.changes.save(Union(kept=turn.person.id, absorbed=absorbed.id))
    turn.say("me.link_done", mine_and_back(), channel=channel_name(other))
    told = Message(
        blocks=(
            text(
                "me.link_done_other",
                first=channel_name(turn.account),
                second=channel_name(other),
                at=turn.now,
            ),
        ),
        choices=(mine_and_back(), (choice("me.accounts_show", "residents.accounts"),)),
    )
    for account in (one for accounts in owned.values() for one in accounts):
        if account.id != turn.account.id:
            tell_account(turn, turn.person.id, account, told)


def mine_and_back() -> tuple[Choice, ...]:
    """Give the buttons to my cases and back to my page."""
    return (choice("matters.my_cases", "matters.mine"), choice("me.back", "residents.me"))


async def completed(turn: Turn, kept: Person, absorbed: Person) -> Person:
    """Keep what the kept person said of themselves; fill gaps with what the other one said."""
    asked = {consent.purpose for consent in await list_consents(turn.tx, kept.id)}
    summary = kept.weekly_summary or (
        absorbed.weekly_summary and Purpose.WEEKLY_SUMMARY not in asked
    )
    return replace(
        kept,
        grid=kept.grid or absorbed.grid,
        name=kept.name or absorbed.name,
        phone=kept.phone or absorbed.phone,
        elder=kept.elder or absorbed.elder,
        noticed=max(kept.noticed, absorbed.noticed),
        weekly_summary=summary,
    )


# --- linking: the account that enters it ---------------------------------------------------------


async def _enter(turn: Turn, code: str) -> None:
    """Ask the account that entered a code whether it really wants to be united."""
    ensure_settled(turn)
    await ensure_tries_left(turn)
    link = await find_link(turn.tx, code)
    _, offerer = await _answered(turn, link)
    ref = code_ref(turn.hash_code(code))
    turn.say(
        "me.link_confirm",
        (choice("me.not_me", "residents.disagree"),),
        (choice("me.link_agree", action("residents.agree", ref), channel=channel_name(offerer)),),
        channel=channel_name(offerer),
        at=link.expires_at - LINK_CODE_LIFE if link else None,
    )


async def _answered(turn: Turn, link: Link | None) -> tuple[Link, Account]:
    """Give the link as this account answers it, and the account that offered it.

    Raises:
        Refused: there is no such offer for this account; a wrong code is counted.
    """
    offerer = None
    if link is not None:
        offerer = (await accounts_by_id(turn.tx, [link.offered_by])).get(link.offered_by)
    if link is None or offerer is None or offerer.revoked_at is not None:
        raise wrong(turn, "link_code_invalid")
    try:
        return link.answer(turn.account, offerer, turn.now), offerer
    except Refused as error:
        if error.reason == "link_code_invalid":
            raise wrong(turn, error.reason) from error
        raise


async def agree(turn: Turn, ref: str) -> None:
    """The entering account agrees; now the offering account is asked."""
    ensure_settled(turn)
    await ensure_tries_left(turn)
    link = await find_link_by_ref(turn.tx, ref)
    if link is not None and _waits_for_other(link, turn):
        turn.say("me.link_waiting")
        return
    answered, offerer = await _answered(turn, link)
    turn.changes.put("link", answered)
    turn.changes.touch(f"link {answered.code_hash}")
    turn.say("me.link_waiting")
    question = Message(
        blocks=(
            text(
                "me.link_decide",
                channel=channel_name(turn.account),
                since=turn.account.created_at,
                at=turn.now,
            ),
        ),
        choices=(
            (choice("me.not_me", action("residents.decide", "no", ref)),),
            (
                choice(
                    "me.link_agree",
                    action("residents.decide", "yes", ref),
                    channel=channel_name(turn.account),
                ),
            ),
        ),
    )
    tell_account(turn, offerer.person, offerer, question)


def _waits_for_other(link: Link, turn: Turn) -> bool:
    """Tell whether the same account has agreed already: a doubled press."""
    return (
        link.state is LinkState.ANSWERED
        and link.answered_by == turn.account.id
        and turn.now < link.expires_at
    )


async def disagree(turn: Turn) -> None:
    """Leave it at that."""
    turn.say("me.link_left", (choice("me.back", "residents.me"),))


# --- coming back ---------------------------------------------------------------------------------


async def show_recovery(turn: Turn, step: str = "") -> None:
    """Say what a recovery code is, or give one; a new one ends the old one."""
    if step == "new":
        ensure_settled(turn)
        await _give_recovery(turn, turn.person.id, "me.recovery_code")
        return
    since = await recovery_since(turn.tx, turn.person.id, turn.now)
    key = "me.recovery_have" if since else "me.recovery_what"
    turn.say(
        key,
        (choice("me.recovery_new", action("residents.recovery", "new"), emphasis=since is None),),
        (choice("me.back", "residents.me"),),
        since=since,
    )


async def _give_recovery(turn: Turn, person: str, key: str) -> None:
    code = turn.new_code(RECOVERY_DIGITS)
    while await find_recovery(turn.tx, code, turn.now) is not None:
        code = turn.new_code(RECOVERY_DIGITS)
    turn.changes.put(
        "recovery",
        Recovery(code_hash=turn.hash_code(code), person=person, created_at=turn.now),
    )
    turn.reply(
        Message(
            blocks=(text(key, code=grouped(code), until=(turn.now + RECOVERY_LIFE).date()),),
            choices=(mine_and_back(),),
            secret=True,
            once=True,
        )
    )


async def come_back(turn: Turn, code: str) -> None:
    """Ask whoever brings a code whether they really want to go back to that person.

    A link with somebody else's code is a trap: what is told afterwards would be told to them.
    """
    await ensure_tries_left(turn)
    given = code.strip()
    recovery = await find_recovery(turn.tx, given, turn.now)
    if recovery is None and (typed := read_code(given)) is not None:
        recovery = await find_recovery(turn.tx, typed, turn.now)
    if recovery is None and await show_by_code(turn, read_code(given) or given):
        return
    if recovery is not None and recovery.person == turn.person.id:
        turn.say("me.back_already", mine_and_back())
        return
    ensure_settled(turn)
    old = await _returning(turn, recovery)
    turn.say(
        "me.back_confirm",
        (choice("me.back_agree", action("residents.come_back", code_ref(old.code_hash))),),
        (choice("me.not_me", "residents.disagree"),),
        since=old.person.created_at,
        cases=len(await numbers_of(turn.tx, old.person.id)),
    )


@dataclass(frozen=True, slots=True)
class _Returning:
    code_hash: str
    person: Person


async def _returning(turn: Turn, recovery: Recovery | None) -> _Returning:
    """Give the person whom a code brings back.

    Raises:
        Refused: the code is wrong, used or of an erased person; it is counted.
    """
    if recovery is None:
        raise wrong(turn, "recovery_code_invalid")
    person = await find_person(turn.tx, recovery.person)
    if person is None or person.erased_at is not None or person.side is not turn.person.side:
        raise wrong(turn, "recovery_code_invalid")
    return _Returning(recovery.code_hash, person)


async def return_to(turn: Turn, ref: str) -> None:
    """Become the person of a code again; the code is spent, and a new one is given."""
    ensure_settled(turn)
    await ensure_tries_left(turn)
    recovery = await find_recovery_by_ref(turn.tx, ref, turn.now)
    if recovery is not None and recovery.person == turn.person.id:
        turn.say("me.back_already", mine_and_back())
        return
    old = (await _returning(turn, recovery)).person
    turn.changes.touch_alone(f"person {old.id}")
    others = (await list_accounts(turn.tx, [old.id])).get(old.id, [])
    kept = await completed(turn, old, turn.person)
    turn.changes.put(f"person {old.id}", replace(kept, preferred=turn.account.id))
    turn.changes.save(Union(kept=old.id, absorbed=turn.person.id))
    await _give_recovery(turn, old.id, "me.back_done")
    told = Message(
        blocks=(text("me.back_told", channel=channel_name(turn.account), at=turn.now),),
        choices=((choice("me.accounts_show", "residents.accounts", emphasis=True),),),
    )
    for account in others:
        tell_account(turn, old.id, account, told)


# --- my accounts ---------------------------------------------------------------------------------


async def _own_accounts(turn: Turn) -> list[Account]:
    return (await list_accounts(turn.tx, [turn.person.id])).get(turn.person.id, [])


async def show_accounts(turn: Turn) -> None:
    """List my accounts; any but the present one can be let go."""
    owned = await _own_accounts(turn)
    lines = tuple(
        Line(
            channel_name(account),
            text("me.account_here")
            if account.id == turn.account.id
            else text("me.account_line", since=account.created_at, seen=account.seen_at),
        )
        for account in owned
    )
    buttons = tuple(
        (
            choice(
                "me.unlink",
                action("residents.ask_unlink", account.id),
                channel=channel_name(account),
                seen=account.seen_at,
            ),
        )
        for account in owned
        if account.id != turn.account.id
    )
    turn.reply(
        Message(
            blocks=(Card(title=text("me.accounts_title"), lines=lines),),
            choices=(
                *buttons,
                (choice("me.link", "residents.link"), choice("me.back", "residents.me")),
            ),
        )
    )


async def _other_account(turn: Turn, account: str) -> Account:
    for one in await _own_accounts(turn):
        if one.id == account and account != turn.account.id:
            return one
    raise Stale


async def ask_unlink(turn: Turn, account: str) -> None:
    """Ask before an account is let go."""
    ensure_settled(turn)
    other = await _other_account(turn, account)
    turn.say(
        "me.really_unlink",
        (choice("me.unlink_keep", "residents.accounts", emphasis=True),),
        (choice("me.unlink_do", action("residents.unlink", account)),),
        channel=channel_name(other),
        since=other.created_at,
        seen=other.seen_at,
    )


async def unlink(turn: Turn, account: str) -> None:
    """Let an account go: it becomes a stranger's, and its sessions end."""
    ensure_settled(turn)
    other = await _other_account(turn, account)
    end_account(turn, other, turn.account)
    turn.say(
        "me.unlinked",
        (choice("me.accounts_show", "residents.accounts"), choice("me.back", "residents.me")),
    )


# --- the form and the doors ----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class CodeStep(Step):
    """A code of either sort."""

    awaiting: Awaiting | None = Awaiting.TEXT

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take digits."""
        if not turn.incoming.text:
            raise NotMineError
        code = read_code(turn.incoming.text)
        if code is None:
            raise Refused("code_unclear")
        return with_value(draft, self.name, code)


async def _submit_code(turn: Turn, draft: Draft) -> None:
    await _take_code(turn, str(draft.values["code"]))


CODE = Form(
    name="code",
    version=1,
    title="me.code_title",
    steps=(CodeStep(name="code", question="me.ask_code", label="me.code_title"),),
    submit=_submit_code,
    review=False,
)


async def begin_code(turn: Turn) -> None:
    """Ask for a code."""
    await begin(turn, CODE)


FEATURE = Feature(
    name="residents",
    side=Side.RESIDENTS,
    verbs=(
        Verb("residents.link", show_link, command="link"),
        Verb("residents.offer_code", offer),
        Verb("residents.enter_code", begin_code, begins=True),
        Verb("residents.agree", agree),
        Verb("residents.disagree", disagree),
        Verb("residents.decide", decide),
        Verb("residents.recovery", show_recovery),
        Verb("residents.come_back", return_to),
        Verb("residents.accounts", show_accounts, minimal=True),
        Verb("residents.ask_unlink", ask_unlink, minimal=True),
        Verb("residents.unlink", unlink, minimal=True),
    ),
    forms=(CODE,),
    entries=(
        Entry(Menu.MINE, "me.link", "residents.link"),
        Entry(Menu.MINE, "me.recovery", "residents.recovery"),
    ),
    typed=(Typed(typed_code),),
    starts={COMEBACK: come_back},
)
