"""The window and the telephone: filing for those who come or call, and bringing them back."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.access.checks import Grant, ensure_may, may
from domain.access.matters import MatterRight
from domain.access.posts import PostRight
from domain.categories import Kind
from domain.errors import Refused, Stale
from domain.laws import PIPL_51
from domain.matters import life
from domain.matters.cards import post_name
from domain.matters.deadlines import stated
from domain.matters.matter import Matter, Origin
from domain.matters.reporters import may_bring_back
from domain.messages import Awaiting, Card, Line, Message, Side, action, text
from domain.organisation import Seat
from domain.people import DEVICE_CODE_LIFE, Account, DeviceCode, Person
from domain.posts.walk_ins import read_walk_in
from domain.public_pages import lookup_of
from domain.words.plaintext import plain_text
from handlers.account_guards import ensure_tries_left, wrong
from handlers.accounts import LINK_DIGITS, channel_name, end_account, read_code, tell_account
from handlers.features import Entry, Feature, Menu, Verb
from handlers.forms.answers import NotMineError, with_value
from handlers.forms.forms import begin
from handlers.forms.steps import Choose, Form, Option, Phone, Step, Words
from handlers.matters.case_cards import back_to
from handlers.matters.filing import (
    dispatch,
    ensure_no_conduct,
    filing_of,
    responsible_for,
    words_of,
)
from handlers.matters.filing_steps import (
    FILES_STEP,
    HIDE_STEP,
    NO,
    PLACE_STEP,
    YES,
    served,
    staff_unit_steps,
)
from handlers.matters.guards import number_of, on_case, on_submit
from handlers.matters.lookups import give_code
from handlers.matters.sorting_steps import kind_and_category
from handlers.matters.turns import load_matter
from handlers.posts.posts import Name
from handlers.turn import Turn, choice
from storage.codes import code_ref
from storage.device_codes import find_device_code, find_device_code_by_ref
from storage.drafts import Draft
from storage.matters.casework import named_reporter, save_matter, send_card
from storage.matters.matters import get_matters
from storage.matters.queries import numbers_of
from storage.people import accounts_by_id, list_accounts

# --- the questions -------------------------------------------------------------------------------


def _origins(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(Origin.WINDOW.value, text("windows.origin_window")),
        Option(Origin.PHONE.value, text("windows.origin_phone")),
    ]


def _yes_no(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [Option(YES, text("windows.code_yes")), Option(NO, text("windows.code_no"))]


def _may_hide(_turn: Turn, draft: Draft) -> bool:
    return draft.values.get("kind") in (Kind.OPINION, Kind.DISPUTE)


#: A service needs somebody to visit: only opinions and disputes can do without a name.
_HIDE_STEP = replace(HIDE_STEP, when=_may_hide)


def _guess(turn: Turn, draft: Draft, given: str) -> Draft:
    """Read out of one sentence who it is and what it is about, as far as it says."""
    ensure_no_conduct(turn, given)
    walk_in = read_walk_in(given)
    read = {"text": walk_in.text, "name": walk_in.name, "phone": walk_in.phone}
    read["grid"] = _grid_in(turn, given)
    read["origin"] = Origin.PHONE.value if walk_in.calls else ""
    for name, value in read.items():
        if value and (name in _READ_ANEW or name not in draft.values):
            draft = with_value(draft, name, value)
    understood = turn.understood(walk_in.text)
    if "kind" not in draft.values and understood.sure and understood.guess.kind:
        draft = with_value(draft, "kind", understood.guess.kind.value)
    kind = draft.values.get("kind")
    if kind and "category" not in draft.values and (code := understood.categories.get(Kind(kind))):
        draft = with_value(draft, "category", code)
    if "place" not in draft.values and understood.place_words:
        draft = with_value(draft, "place", {"text": understood.place_words})
    return draft


#: What the sentence says better than what was there before it.
_READ_ANEW = ("text", "origin")


def _grid_in(turn: Turn, given: str) -> str:
    """Find the one grid that a sentence names, by any part of its name, such as 晨光里."""
    said = plain_text(given)
    grids = served(turn, PostRight.FILE_FOR_OTHERS, turn.street.organisation.grids)
    named = [
        unit.code
        for unit in grids
        if any(part in said for part in _parts_of(plain_text(unit.name)))
    ]
    found = named or [unit.code for unit in grids]
    return found[0] if len(found) == 1 else ""


def _parts_of(name: str) -> set[str]:
    """Give what people call a grid, with and without what sort of estate it is."""
    parts = {part.strip() for part in re.split(r"[（）()\s]", name)}
    short = {re.sub(r"(?:小区|家园|新村|社区|大院)$", "", part) for part in parts}
    return {part for part in parts | short if len(part) > 1}


# --- filing --------------------------------------------------------------------------------------


async def begin_filing(turn: Turn) -> None:
    """Begin to file for somebody who stands at the window or calls."""
    if not served(turn, PostRight.FILE_FOR_OTHERS, turn.street.organisation.grids):
        ensure_may(turn.actor, PostRight.FILE_FOR_OTHERS, turn.street.organisation)
    values = {"origin": Origin.WINDOW.value, "code": YES}
    await begin(turn, FORM, values=values)


async def _submit(turn: Turn, draft: Draft) -> None:
    organisation, values = turn.street.organisation, draft.values
    grid = str(values["grid"])
    grant = ensure_may(turn.actor, PostRight.FILE_FOR_OTHERS, organisation, unit=grid)
    ensure_no_conduct(turn, words_of(draft))
    resident = Person(
        id=turn.new_id(),
        side=Side.RESIDENTS,
        grid=grid,
        name=values.get("name") or "",
        phone=values.get("phone") or "",
        created_at=turn.now,
    )
    turn.changes.save(resident)
    filing = filing_of(
        turn,
        Kind(values["kind"]),
        draft,
        origin=Origin(values["origin"]),
        reporter=resident.id,
        hide_name=_may_hide(turn, draft) and values.get("hide_name") == YES,
    )
    owed = await responsible_for(turn, filing)
    matter = dispatch(turn, filing, owed, grant.role)
    await send_card(turn, matter)
    another = (choice("windows.another", "posts.file_for"), choice("staff.menu", "menu.open"))
    card = Card(
        title=text("windows.receipt", number=matter.number), lines=_receipt_lines(turn, matter)
    )
    turn.reply(Message(blocks=(card,), choices=(another,)))
    if values.get("code") == YES:
        _give_ticket(turn, matter)


def _receipt_lines(turn: Turn, matter: Matter) -> tuple[Line, ...]:
    """Say who has it, by when, and whom to call."""
    lines = (
        Line(text("windows.receipt_owner"), post_name(turn.street, matter)),
        Line(text("cards.contact_by"), stated(turn.street, matter, matter.contact_by)),
        Line(text("cards.resolve_by"), stated(turn.street, matter, matter.resolve_by)),
        Line(text("windows.receipt_phone"), _phone_of(turn, matter) or None),
    )
    return tuple(line for line in lines if line.value is not None)


def _phone_of(turn: Turn, matter: Matter) -> str:
    """Give the number under which people here know of the case, rather than the city's."""
    community = turn.street.organisation.units.get(matter.community)
    return (community.phone if community else "") or turn.street.office.phone


def _give_ticket(turn: Turn, matter: Matter) -> None:
    """Give the paper that the resident takes along, with its code; it says nothing of anybody.

    The code stands on the paper alone. The QR code leads to the page where it is typed, with the
    number, which authorises nothing: a code in an address would stay in histories and logs.
    """
    code = give_code(turn, matter.number)
    number = Line(text("cards.case"), matter.number)
    card = Card(
        title=text("windows.ticket"),
        lines=(number, Line(text("windows.code"), code), *_receipt_lines(turn, matter)),
    )
    turn.reply(
        Message(
            blocks=(card, text("windows.lookup_code", number=matter.number)),
            secret=True,
            once=True,
            paper=lookup_of(matter.number),
        )
    )


# --- a new phone ---------------------------------------------------------------------------------

#: How a resident may be recognised; what stands in the case's story.
_RECOGNISED = ("met", "called")


async def _returning(turn: Turn, number: str) -> tuple[Matter, Grant]:
    """Load a case whose resident is to be brought back, and all that comes with it.

    Raises:
        Refused: there is nobody, or somebody with wider rights has to do it.
    """
    matter, grant = await load_matter(turn, number, PostRight.RELINK)
    if matter.erased or not matter.reporter:
        raise Refused("nobody_to_relink", number=number)
    cases = await get_matters(turn.tx, await numbers_of(turn.tx, matter.reporter))
    if not may_bring_back(turn.actor, turn.street.organisation, cases.values()):
        raise Refused("relink_elsewhere", rule=PIPL_51, number=number)
    return matter, grant


async def begin_relink(turn: Turn, number: str) -> None:
    """Ask for the code that the resident's new device shows."""
    await _returning(turn, number)
    await begin(turn, RELINK, context={"number": number})


@dataclass(frozen=True, kw_only=True)
class DeviceStep(Step):
    """The code that a new device shows; kept as a reference, never as it is."""

    awaiting: Awaiting | None = Awaiting.TEXT

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Look the device up; wrong codes are counted."""
        if not turn.incoming.text:
            raise NotMineError
        await ensure_tries_left(turn)
        code = read_code(turn.incoming.text)
        if code is None or len(code) != LINK_DIGITS:
            raise Refused("device_code_unclear")
        shown = await find_device_code(turn.tx, code)
        if shown is None or shown.person is not None or turn.now >= shown.expires_at:
            raise wrong(turn, "device_code_invalid")
        return with_value(draft, self.name, code_ref(shown.code_hash))


async def _submit_relink(turn: Turn, draft: Draft) -> None:
    number, ref = number_of(draft), str(draft.values["code"])
    matter, _ = await _returning(turn, number)
    _, device = await _device(turn, matter, ref)
    turn.say(
        "windows.really_relink",
        *(
            (choice(f"windows.recognised_{how}", action("posts.relink", number, how, ref)),)
            for how in await _ways_to_recognise(turn, matter)
        ),
        (back_to(number),),
        number=number,
        channel=channel_name(device),
        since=device.created_at,
    )


async def _ways_to_recognise(turn: Turn, matter: Matter) -> tuple[str, ...]:
    """Leave out the call back where no number is on record."""
    on_record = await named_reporter(turn, matter)
    return _RECOGNISED if on_record.phone else _RECOGNISED[:1]


async def _device(turn: Turn, matter: Matter, ref: str) -> tuple[DeviceCode, Account]:
    """Give a shown code that nobody confirmed yet, and the account that shows it.

    Raises:
        Refused: it is over, or shown by what is the resident's already.
    """
    shown = await find_device_code_by_ref(turn.tx, ref)
    if shown is None or shown.person is not None:
        raise wrong(turn, "device_code_invalid")
    shown.ensure_good(turn.now)
    device = (await accounts_by_id(turn.tx, [shown.account])).get(shown.account)
    if device is None or device.revoked_at is not None or device.side is not Side.RESIDENTS:
        raise Refused("device_code_invalid")
    if device.person == matter.reporter:
        raise Refused("device_is_theirs", number=matter.number)
    return shown, device


async def relink(turn: Turn, number: str, how: str, ref: str) -> None:
    """Confirm whose a device is: on record, asked once more there, told to who may know better."""
    matter, grant = await _returning(turn, number)
    if how not in await _ways_to_recognise(turn, matter):
        raise Stale
    await ensure_tries_left(turn)
    shown, device = await _device(turn, matter, ref)
    cases = await numbers_of(turn.tx, matter.reporter)
    save_matter(turn, life.relink(matter, turn.act(grant.role), reason=how))
    turn.changes.touch_alone(f"person {device.person}")
    confirmed = replace(
        shown,
        person=matter.reporter,
        number=number,
        expires_at=turn.now + DEVICE_CODE_LIFE,
    )
    turn.changes.put("device code", confirmed)
    question = Message(
        blocks=(text("me.device_confirm", number=number, cases=len(cases)),),
        choices=(
            (choice("me.device_agree", action("residents.come_home", ref), emphasis=True),),
            (choice("me.not_me", "residents.disagree"),),
        ),
    )
    tell_account(turn, device.person, device, question)
    turn.say("windows.relinked", (back_to(number),), number=number, until=confirmed.expires_at)
    _tell_above(turn, matter, grant, how)


def _tell_above(turn: Turn, matter: Matter, grant: Grant, how: str) -> None:
    """Tell the next level that may know of the case: a second pair of eyes."""
    organisation = turn.street.organisation
    post = next(one for one in turn.actor.posts if one.role is grant.role)
    avoid = {turn.person.id, *matter.barred}
    above = organisation.above(Seat(post.unit, post.role), turn.now, avoid=avoid)
    if above is None or above.person is None:
        return
    if not may(turn.staff_actor(above.person), MatterRight.SEE_REPORTER, organisation, on=matter):
        return
    told = text(
        "windows.told_above",
        number=matter.number,
        person=turn.street.staff_name(turn.person.id),
        how=text(f"assignments.reason_{how}"),
    )
    undo = choice("windows.undo_relink", action("posts.undo_relink", matter.number))
    turn.tell(
        above.person,
        Message(blocks=(told,), choices=((undo,), (back_to(matter.number),))),
        on=matter,
    )


async def undo_relink(turn: Turn, number: str) -> None:
    """Send away a device that was brought back by mistake, or by somebody who should not have.

    Raises:
        Refused: there is none that can still be sent away.
    """
    matter, _ = await load_matter(turn, number, MatterRight.SEE_REPORTER)
    owned = (await list_accounts(turn.tx, [matter.reporter])).get(matter.reporter, [])
    trial = [one for one in owned if one.is_on_trial(turn.now)]
    settled = next((one for one in owned if not one.is_on_trial(turn.now)), None)
    if not trial:
        raise Refused("nothing_to_undo", number=number)
    for one in trial:
        end_account(turn, one, settled)
    turn.changes.touch_alone(f"person {matter.reporter}")
    if settled is not None:
        told = Message(blocks=(text("me.device_sent_away"),))
        tell_account(turn, matter.reporter, settled, told)
    turn.say("windows.unrelinked", (back_to(number),), number=number)


FORM = Form(
    name="filefor",
    version=3,
    title="windows.title",
    steps=(
        Words(name="text", question="windows.ask_text", label="filing.text"),
        Choose(
            name="origin",
            question="windows.ask_origin",
            label="windows.origin",
            options=_origins,
            asked=False,
        ),
        *kind_and_category("windows.ask_kind", "windows.ask_category"),
        PLACE_STEP,
        *staff_unit_steps(PostRight.FILE_FOR_OTHERS),
        Name(
            name="name",
            question="windows.ask_name",
            label="posts.name",
            optional=True,
            asked=False,
        ),
        Phone(name="phone", question="windows.ask_phone", label="filing.phone", optional=True),
        replace(FILES_STEP, asked=False),
        _HIDE_STEP,
        Choose(
            name="code",
            question="windows.ask_code",
            label="windows.code",
            options=_yes_no,
            asked=False,
        ),
    ),
    submit=_submit,
    guess=_guess,
)

RELINK = Form(
    name="relink",
    version=1,
    title="windows.relink_title",
    steps=(DeviceStep(name="code", question="windows.ask_device", label="windows.device_code"),),
    submit=on_submit(_submit_relink),
    review=False,
)

FEATURE = Feature(
    name="posts",
    side=Side.STAFF,
    verbs=(
        Verb(
            "posts.file_for",
            begin_filing,
            right=PostRight.FILE_FOR_OTHERS,
            begins=True,
            command="file",
            listed=True,
            words=("登记",),
        ),
        Verb("posts.ask_relink", on_case(begin_relink), right=PostRight.RELINK, about="matter"),
        Verb("posts.relink", on_case(relink), right=PostRight.RELINK, about="matter"),
        Verb(
            "posts.undo_relink",
            on_case(undo_relink),
            right=MatterRight.SEE_REPORTER,
            about="matter",
        ),
    ),
    forms=(FORM, RELINK),
    entries=(Entry(Menu.WORK, "staff.file_for", "posts.file_for"),),
)
