"""The window and the telephone: filing for those who come or call, and bringing them back."""

from collections.abc import Sequence
from dataclasses import replace

from domain import matters
from domain.access import Right, ensure_may
from domain.cards import kind_name, named, open_case, post_name
from domain.errors import Refused
from domain.matters import Kind, Matter, Origin
from domain.messages import Card, Line, Message, Side, action, text
from domain.people import Person
from handlers.assignments import back_to, on_case
from handlers.features import Feature
from handlers.filing import (
    FILES_STEP,
    HIDE_STEP,
    NO,
    PLACE_STEP,
    YES,
    dispatch,
    ensure_no_conduct,
    filing_of,
    responsible_for,
    send_card,
    served,
    staff_unit_steps,
)
from handlers.forms import (
    Choose,
    Form,
    Option,
    Phone,
    Words,
    begin,
    with_value,
)
from handlers.linking import RECOVERY_DIGITS, grouped
from handlers.posts import Name
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.people import Recovery

# --- the questions -------------------------------------------------------------------------------


def _origins(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [
        Option(Origin.WINDOW.value, text("windows.origin_window")),
        Option(Origin.PHONE.value, text("windows.origin_phone")),
    ]


def _kinds(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [Option(kind.value, kind_name(kind)) for kind in Kind]


def _categories(turn: Turn, draft: Draft) -> Sequence[Option]:
    kind = draft.values.get("kind")
    if kind is None:
        return []
    return [
        Option(
            one.code,
            text(
                "filing.category_option",
                sign=one.emoji,
                name=named(one.name_zh, one.name_en),
            ),
            (one.name_zh, one.name_en),
        )
        for one in turn.street.office.catalogue.of_kind(Kind(kind))
    ]


def _yes_no(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [Option(YES, text("windows.code_yes")), Option(NO, text("windows.code_no"))]


def _may_hide(_turn: Turn, draft: Draft) -> bool:
    return draft.values.get("kind") in (Kind.OPINION, Kind.DISPUTE)


#: A service needs somebody to visit: only opinions and disputes can do without a name.
_HIDE_STEP = replace(HIDE_STEP, when=_may_hide)


def _guess(turn: Turn, draft: Draft, given: str) -> Draft:
    """Read the place out of the first words, and kind and category where they are clear."""
    understood = ensure_no_conduct(turn, given)
    if "kind" not in draft.values and understood.sure and understood.guess.kind:
        draft = with_value(draft, "kind", understood.guess.kind.value)
    kind = draft.values.get("kind")
    if kind and "category" not in draft.values and (code := understood.categories.get(Kind(kind))):
        draft = with_value(draft, "category", code)
    if "place" not in draft.values and understood.place_words:
        draft = with_value(draft, "place", {"text": understood.place_words})
    return draft


# --- filing --------------------------------------------------------------------------------------


async def begin_filing(turn: Turn) -> None:
    """Begin to file for somebody who stands at the window or calls."""
    if not served(turn, Right.FILE_FOR_OTHERS, turn.street.organisation.grids):
        ensure_may(turn.actor, Right.FILE_FOR_OTHERS, turn.street.organisation)
    await begin(turn, FORM)


async def _submit(turn: Turn, draft: Draft) -> None:
    organisation, values = turn.street.organisation, draft.values
    grid = str(values["grid"])
    grant = ensure_may(turn.actor, Right.FILE_FOR_OTHERS, organisation, unit=grid)
    ensure_no_conduct(turn, str(values["text"]))
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
    owed = await responsible_for(turn, grid, filing.urgency)
    matter = dispatch(turn, filing, owed, grant.role)
    await send_card(turn, matter)
    code = _give_code(turn, resident.id) if values.get("code") == YES else None
    turn.reply(_receipt(turn, matter, code))


def _give_code(turn: Turn, person: str) -> str:
    """Make the code with which a resident comes to their cases; earlier ones are void."""
    code = turn.new_code(RECOVERY_DIGITS)
    turn.changes.save(Recovery(code_hash=turn.hash_code(code), person=person, created_at=turn.now))
    return code


def _receipt(turn: Turn, matter: Matter, code: str | None) -> Message:
    """Give what the resident takes along: the number, who has it, by when, and how to follow it."""
    office = turn.street.office
    lines = [
        Line(text("windows.receipt_owner"), post_name(turn.street, matter)),
        Line(text("cards.contact_by"), matter.contact_by),
        Line(text("cards.resolve_by"), matter.resolve_by),
        Line(text("windows.receipt_phone"), office.phone or None),
        Line(text("windows.receipt_code"), grouped(code) if code else None),
    ]
    card = Card(
        title=text("windows.receipt", number=matter.number),
        lines=tuple(line for line in lines if line.value is not None),
    )
    how = (text("windows.how_to_follow"),) if code else ()
    return Message(
        blocks=(card, *how),
        choices=((choice("windows.another", "filefor"), choice("staff.menu", "menu")),),
        secret=code is not None,
    )


# --- a new phone ---------------------------------------------------------------------------------


async def confirm_relink(turn: Turn, number: str) -> None:
    """Ask whether the identity was checked, before anybody gets back to these cases."""
    matter, _ = await turn.matter(number, Right.RELINK)
    if matter.erased or not matter.reporter:
        raise Refused("nobody_to_relink", number=number)
    turn.say(
        "windows.really_relink",
        (choice("windows.checked", action("relinked", number), emphasis=True),),
        (back_to(number),),
        number=number,
    )


async def relink(turn: Turn, number: str) -> None:
    """Give out a code for a resident's new phone: on record, and told on the old one."""
    matter, grant = await turn.matter(number, Right.RELINK)
    turn.save_matter(matters.relink(matter, turn.act(grant.role)))
    code = _give_code(turn, matter.reporter)
    said = text("windows.relinked", number=number, code=grouped(code))
    turn.reply(
        Message(
            blocks=(said, text("windows.how_to_follow")),
            choices=((back_to(number),),),
            secret=True,
        )
    )
    warning = text("windows.told_relinked", number=number, phone=turn.street.office.phone)
    turn.tell(
        matter.reporter,
        Message(blocks=(warning,), choices=((open_case(number),),)),
        urgent=True,
    )


FORM = Form(
    name="filefor",
    version=2,
    title="windows.title",
    steps=(
        Choose(
            name="origin",
            question="windows.ask_origin",
            label="windows.origin",
            options=_origins,
        ),
        Words(name="text", question="windows.ask_text", label="filing.text"),
        Choose(
            name="kind",
            question="windows.ask_kind",
            label="assignments.kind",
            options=_kinds,
            clears=("category",),
            width=3,
        ),
        Choose(
            name="category",
            question="windows.ask_category",
            label="filing.category",
            options=_categories,
        ),
        PLACE_STEP,
        *staff_unit_steps(Right.FILE_FOR_OTHERS),
        Name(name="name", question="windows.ask_name", label="posts.name", optional=True),
        Phone(name="phone", question="windows.ask_phone", label="filing.phone", optional=True),
        FILES_STEP,
        _HIDE_STEP,
        Choose(
            name="code",
            question="windows.ask_code",
            label="windows.code",
            options=_yes_no,
        ),
    ),
    submit=_submit,
    guess=_guess,
)

FEATURE = Feature(
    side=Side.STAFF,
    verbs={
        "filefor": begin_filing,
        "relink": on_case(confirm_relink),
        "relinked": on_case(relink),
    },
    commands={"file": begin_filing},
    forms=(FORM,),
)
