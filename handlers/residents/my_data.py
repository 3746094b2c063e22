"""我的资料: what is kept of me, the copy of it, putting it right, taking back consents, erasing it.

Sources: Personal Information Protection Law (PIPL), articles 15 (withdrawal), 45 (copy), 46
(correction) and 47 (erasure, and what a law keeps).
"""

from dataclasses import replace
from datetime import timedelta

from domain.errors import Stale
from domain.matters.legal_holds import Held, erase_or_restrict, held
from domain.matters.matter import Matter
from domain.messages import Awaiting, Card, Lane, Line, Message, Side, Text, action, rows, text
from domain.organisation import Role
from domain.people import Consent, Purpose
from domain.residents.personal_data import DataCopy, profile_card, purpose_name
from handlers.account_guards import ensure_settled
from handlers.copies import order_copy
from handlers.features import Entry, Feature, Menu, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Phone, Words
from handlers.matters.merged import outlive
from handlers.residents.me import grid_name
from handlers.text_messages import stop_texts
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.casework import save_matter
from storage.matters.followers import list_followers
from storage.matters.matters import get_matters
from storage.matters.queries import numbers_of
from storage.matters.referring import ERASED, end_procedure
from storage.outbox import Notice
from storage.outbox_housekeeping import newest
from storage.people import list_accounts, list_consents
from storage.residents.erasure import Erasure
from storage.residents.exports import load_personal_data

#: How long the last question of an erasure can be answered; an old button must erase nothing.
ERASE_PATIENCE = timedelta(minutes=10)
MAX_NAME = 40


async def _known(turn: Turn) -> DataCopy:
    known = await load_personal_data(turn.tx, turn.person.id)
    if known is None:
        # Nothing was written yet: this is the person's very first message.
        return DataCopy(
            person=turn.person,
            accounts=(turn.account,),
            consents=(),
            matters=(),
            followed=(),
            sent=(),
            drafts=(),
        )
    return replace(known, person=turn.person)


async def show_data(turn: Turn) -> None:
    """Show what is kept of me, with everything that I may do about it."""
    known = await _known(turn)
    person = turn.person
    corrections = [
        choice("me.change_name" if person.name else "me.add_name", "residents.set_name"),
        choice("me.change_phone" if person.phone else "me.add_phone", "residents.set_phone"),
    ]
    if person.name:
        corrections.append(choice("me.drop_name", action("residents.drop_data", "name")))
    if person.phone:
        corrections.append(choice("me.drop_phone", action("residents.drop_data", "phone")))
    turn.reply(
        Message(
            blocks=(profile_card(known, grid_name(turn)), text("me.data_note")),
            choices=(
                (choice("me.export", "residents.export", emphasis=True),),
                *rows([*corrections, choice("me.change_grid", "residents.grid")]),
                (
                    choice("me.consents_show", "residents.consents"),
                    choice("me.accounts_show", "residents.accounts"),
                ),
                (choice("me.erase", "residents.ask_erase"), choice("me.back", "residents.me")),
            ),
            secret=True,
        )
    )


# --- the copy ------------------------------------------------------------------------------------


async def export(turn: Turn) -> None:
    """Order the copy of what is kept of me."""
    ensure_settled(turn)
    await order_copy(turn, choice("me.back_data", "residents.data"))


# --- putting it right ----------------------------------------------------------------------------


async def begin_name(turn: Turn) -> None:
    """Ask for my name."""
    await begin(turn, NAME)


async def _submit_name(turn: Turn, draft: Draft) -> None:
    turn.update_person(name=" ".join(draft.values["name"].split())[:MAX_NAME])
    turn.say("me.saved", (choice("me.back_data", "residents.data"),))


async def begin_phone(turn: Turn) -> None:
    """Ask for my phone number."""
    await begin(turn, PHONE)


async def _submit_phone(turn: Turn, draft: Draft) -> None:
    turn.update_person(phone=draft.values["phone"])
    turn.say("me.saved", (choice("me.back_data", "residents.data"),))


async def drop(turn: Turn, what: str) -> None:
    """Forget my name or my phone number; cases that name them keep theirs."""
    if what not in ("name", "phone"):
        raise Stale
    turn.update_person(**{what: ""})
    if what == "phone":
        await stop_texts(turn)
    turn.say("me.dropped", (choice("me.back_data", "residents.data"),))


# --- consents ------------------------------------------------------------------------------------


async def _given(turn: Turn) -> list[Consent]:
    return [
        consent
        for consent in await list_consents(turn.tx, turn.person.id)
        if consent.withdrawn_at is None and consent.purpose is not Purpose.NOTICE
    ]


async def show_consents(turn: Turn) -> None:
    """List what I agreed to; each is withdrawn with one press."""
    given = await _given(turn)
    if not given:
        turn.say("me.no_consents", (choice("me.back_data", "residents.data"),))
        return
    lines = tuple(
        Line(purpose_name(one.purpose), text("me.consent_line", at=one.given_at)) for one in given
    )
    buttons = tuple(
        (
            choice(
                "me.withdraw_consent",
                action("residents.withdraw_consent", one.purpose.value),
                purpose=purpose_name(one.purpose),
            ),
        )
        for one in given
    )
    turn.reply(
        Message(
            blocks=(Card(title=text("me.consents"), lines=lines),),
            choices=(*buttons, (choice("me.back_data", "residents.data"),)),
        )
    )


async def withdraw_consent(turn: Turn, purpose: str) -> None:
    """Take a consent back; what needed it stops at once."""
    for consent in await _given(turn):
        if consent.purpose == purpose:
            turn.changes.save(replace(consent, withdrawn_at=turn.now))
            if consent.purpose is Purpose.WEEKLY_SUMMARY:
                turn.update_person(weekly_summary=False)
            if consent.purpose is Purpose.TEXTS:
                await stop_texts(turn)
            turn.say(
                "me.consent_withdrawn",
                (choice("me.back_data", "residents.data"),),
                purpose=purpose_name(consent.purpose),
            )
            return
    raise Stale


# --- erasing -------------------------------------------------------------------------------------


async def _own(turn: Turn) -> tuple[list[Matter], dict[str, Held]]:
    """Load my matters and what a law keeps of them."""
    numbers = await numbers_of(turn.tx, turn.person.id)
    found = await get_matters(turn.tx, numbers)
    own = [found[number] for number in numbers if number in found]
    kept = {}
    for matter in own:
        if (law := held(matter, turn.street.office.legal_holds, turn.now)) is not None:
            kept[matter.number] = law
    return own, kept


async def ask_erase(turn: Turn, step: str = "") -> None:
    """Say what goes and what has to stay; ask twice, for nothing of it comes back."""
    ensure_settled(turn)
    own, kept = await _own(turn)
    if step == "go":
        turn.reply(_last_question(turn))
        return
    open_ones = [matter for matter in own if matter.is_open]
    blocks: list[Text | Card] = [text("me.erase_what", own=len(own))]
    if open_ones:
        numbers = tuple(matter.number for matter in open_ones)
        blocks.append(text("me.erase_open", numbers=numbers))
    if kept:
        blocks.append(_kept_card(kept))
    blocks.append(text("me.erase_stays"))
    turn.reply(
        Message(
            blocks=tuple(blocks),
            choices=(
                (choice("me.erase_no", "residents.data", emphasis=True),),
                (choice("me.export", "residents.export"),),
                (choice("me.erase_on", action("residents.ask_erase", "go")),),
            ),
        )
    )


def _kept_card(kept: dict[str, Held]) -> Card:
    lines = tuple(
        Line(
            text("me.held_number", number=one.number),
            text("me.held", until=one.until.date(), law=one.law),
        )
        for one in kept.values()
    )
    return Card(title=text("me.held_title"), lines=lines)


def _last_question(turn: Turn) -> Message:
    moment = int(turn.now.timestamp())
    return Message(
        blocks=(text("me.really_erase"),),
        choices=(
            (choice("me.erase_no", "residents.data", emphasis=True),),
            (choice("me.erase_yes", action("residents.erase", moment)),),
        ),
    )


async def erase(turn: Turn, asked: str) -> None:
    """Erase everything of mine; cases are withdrawn and forgotten, and every way in ends."""
    ensure_settled(turn)
    age = turn.now.timestamp() - int(asked) if asked.isdecimal() else None
    if age is None or not 0 <= age <= ERASE_PATIENCE.total_seconds():
        raise Stale
    own, kept = await _own(turn)
    for matter in own:
        await _let_go(turn, matter, kept.get(matter.number))
    turn.changes.save(
        Erasure(
            person=turn.person.id,
            at=turn.now,
            numbers=tuple(one.number for one in own if one.number not in kept),
            held=tuple(kept.values()),
            upto=await newest(turn.tx),
        )
    )
    turn.draft = None
    await _say_farewell(turn, kept)


async def _let_go(turn: Turn, matter: Matter, kept: Held | None) -> None:
    """Withdraw and forget one case; its owner and those who follow it learn what becomes of it."""
    act = turn.act(Role.RESIDENT)
    await end_procedure(turn, matter, act, ERASED)
    save_matter(turn, erase_or_restrict(matter, act, kept))
    if not matter.is_open:
        return
    number = matter.number
    heir = await outlive(turn, matter, act)
    if heir is not None:
        said = text("me.owner_erased_others", number=number, heir=heir.number)
        turn.tell(matter.owner, Message(blocks=(said,)), on=matter)
        return
    turn.tell(matter.owner, Message(blocks=(text("me.owner_erased", number=number),)), on=matter)
    ended = Message(
        blocks=(text("me.followed_ended", number=number),),
        choices=((choice("menu.open", "menu.open"),),),
    )
    for follower in await list_followers(turn.tx, number):
        if follower != turn.person.id:
            turn.tell(follower, ended)


async def _say_farewell(turn: Turn, kept: dict[str, Held]) -> None:
    """Tell every account of mine, for the last time."""
    blocks: list[Text | Card] = [text("me.erased")]
    if kept:
        blocks.append(_kept_card(kept))
    farewell = Message(blocks=tuple(blocks), farewell=True)
    turn.reply(farewell)
    for account in (await list_accounts(turn.tx, [turn.person.id])).get(turn.person.id, []):
        if account.id != turn.account.id:
            turn.changes.save(
                Notice(
                    person=turn.person.id,
                    message=farewell,
                    lane=Lane.REPLY,
                    at=turn.now,
                    not_before=turn.now,
                    account=account,
                )
            )


# --- forms and doors -----------------------------------------------------------------------------

NAME = Form(
    name="my_name",
    version=1,
    title="me.name",
    steps=(
        Words(
            name="name",
            question="me.ask_name",
            label="me.name",
            awaiting=Awaiting.TEXT,
            min_letters=1,
        ),
    ),
    submit=_submit_name,
    review=False,
)
PHONE = Form(
    name="my_phone",
    version=1,
    title="me.phone",
    steps=(Phone(name="phone", question="me.ask_phone", label="me.phone"),),
    submit=_submit_phone,
    review=False,
)

FEATURE = Feature(
    name="residents",
    side=Side.RESIDENTS,
    verbs=(
        Verb("residents.data", show_data, command="mydata"),
        Verb("residents.export", export),
        Verb("residents.set_name", begin_name, begins=True),
        Verb("residents.set_phone", begin_phone, begins=True),
        Verb("residents.drop_data", drop, minimal=True),
        Verb("residents.consents", show_consents, minimal=True),
        Verb("residents.withdraw_consent", withdraw_consent, minimal=True),
        Verb("residents.ask_erase", ask_erase, minimal=True),
        Verb("residents.erase", erase, minimal=True),
    ),
    forms=(NAME, PHONE),
    entries=(Entry(Menu.MINE, "me.my_data", "residents.data"),),
)
