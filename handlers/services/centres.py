"""养老服务中心: how each stands, what it offers, and questions, which the community answers.

Source: requirement S-03. Nothing is booked at a centre that does not run; a question is always
taken, as an enquiry with a number.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from domain.categories import ENQUIRIES, Kind
from domain.errors import NotFound, Refused, UserError
from domain.human_route import phone_choice
from domain.messages import Choice, Message, Text, action, rows, text
from domain.names import named, unit_called
from domain.registers import Entry, plain_key, shown
from domain.services.centre_questions import asks_of_centres, wants_to_book
from domain.services.centres import CENTRES, centre_card, ensure_takes_bookings, takes_bookings
from handlers.forms.forms import begin
from handlers.forms.screens import read_back
from handlers.forms.steps import REVIEW, Form, Words
from handlers.matters.filing import file_matter
from handlers.matters.filing_steps import (
    COMMUNITY_STEP,
    FILES_STEP,
    GRID_STEP,
    PHONE_STEP,
    known_values,
)
from handlers.turn import Turn, choice, explained
from storage.drafts import Draft
from storage.registers import find_entry, list_entries

Submit = Callable[[Turn, Draft], Awaitable[None]]
#: How many centres one message names.
PAGE = 8


async def show_centres(turn: Turn) -> None:
    """List the centres, one's own community's first, each with how it stands."""
    centres = await _centres(turn)
    if not centres:
        number = turn.street.office.phone
        dial = ((phone_choice(number),),) if number else ()
        turn.say("centres.none_yet", *dial, *_ends(turn))
        return
    turn.say("centres.which", *_buttons(turn, centres), *_ends(turn), count=len(centres))


async def _centres(turn: Turn) -> list[Entry]:
    organisation = turn.street.organisation
    home = organisation.community_of(turn.person.grid) if turn.person.grid else None
    known = await list_entries(turn.tx, CENTRES.name, at=turn.now)
    active = [one for one in known if organisation.is_active(one.unit)]
    return sorted(
        active,
        key=lambda one: (home is None or one.unit != home.code, not takes_bookings(one)),
    )


def _buttons(turn: Turn, centres: Sequence[Entry]) -> tuple[tuple[Choice, ...], ...]:
    state = CENTRES.field("state")
    found = [
        Choice(
            label=named(str(one.get("name"))),
            detail=text(
                "centres.stands",
                state=shown(state, one.get("state")),
                unit=unit_called(one.unit, turn.street.organisation),
            ),
            action=action("services.centre", one.id),
        )
        for one in centres[:PAGE]
    ]
    return rows(found, 1)


def _ends(turn: Turn) -> tuple[tuple[Choice, ...], ...]:
    ways = [choice("menu.services", "menu.services"), choice("menu.open", "menu.open")]
    return rows(ways, 1 if turn.person.elder else 2)


async def show_centre(turn: Turn, entry: str) -> None:
    """Show a centre with what one may do about it."""
    centre = await _centre(turn, entry)
    turn.reply(_shown(turn, centre, *_ends(turn)))


def _shown(turn: Turn, centre: Entry, *ways: tuple[Choice, ...]) -> Message:
    card = centre_card(centre, turn.street.organisation)
    blocks: tuple[Text, ...] = ()
    if not takes_bookings(centre):
        blocks = (text("centres.only_questions"),)
    asks = choice("centres.ask", action("services.ask_centre", centre.id))
    books = choice("centres.book", action("services.book_centre", centre.id), emphasis=True)
    numbers = [one.strip() for one in str(centre.get("phone") or "").split("、") if one.strip()]
    return Message(
        blocks=(card, *blocks),
        choices=(
            *(((books,),) if takes_bookings(centre) else ()),
            (asks,),
            *((phone_choice(number),) for number in numbers),
            (choice("centres.all", "services.centres"),),
            *ways,
        ),
    )


async def _centre(turn: Turn, entry: str) -> Entry:
    """Find a centre that is published.

    Raises:
        NotFound: there is none.
    """
    found = await find_entry(turn.tx, entry)
    if found is None or found.register != CENTRES.name or not found.holds(turn.now):
        raise NotFound(number=entry[:8])
    return found


# --- to ask, and to book -------------------------------------------------------------------------


async def ask_centre(turn: Turn, entry: str) -> None:
    """Begin a question about a centre, whether or not it runs."""
    await _begin(turn, await _centre(turn, entry), books=False)


async def book_centre(turn: Turn, entry: str) -> None:
    """Begin to ask for a time or a place at a centre that runs; the community answers."""
    centre = await _centre(turn, entry)
    ensure_takes_bookings(centre)
    await _begin(turn, centre, books=True)


async def _begin(turn: Turn, centre: Entry, *, books: bool) -> None:
    await begin(
        turn,
        BOOKING if books else QUESTION,
        values=known_values(turn),
        context={"centre": centre.id, "name": str(centre.get("name"))},
        quick=True,
    )


async def _submit_question(turn: Turn, draft: Draft) -> None:
    # The case begins with the centre's name: whoever answers sees at once which one is meant.
    said = f"{draft.context['name']}：{draft.values['text']}"
    values = {**draft.values, "text": said, "category": ENQUIRIES.code}
    await file_matter(turn, Kind.ENQUIRY, replace(draft, values=values), hide_name=False)


async def _submit_booking(turn: Turn, draft: Draft) -> None:
    centre = await find_entry(turn.tx, str(draft.context["centre"]))
    try:
        if centre is None or not centre.holds(turn.now):
            raise Refused("centres.gone", name=str(draft.context["name"]))
        ensure_takes_bookings(centre)
    except UserError:
        # It closed meanwhile: what was written may be sent as a question instead.
        turn.keep_draft(replace(draft, form=QUESTION.name, step=REVIEW))
        turn.reply(await read_back(turn, QUESTION, replace(draft, form=QUESTION.name)))
        raise
    await _submit_question(turn, draft)


def _form(name: str, ask: str, note: str, submit: Submit) -> Form:
    def notes(_turn: Turn, draft: Draft) -> Sequence[Text]:
        return (text(note, name=str(draft.context["name"])),)

    return Form(
        name=name,
        version=1,
        title="centres.form",
        steps=(
            Words(name="text", question=ask, label="filing.text"),
            COMMUNITY_STEP,
            GRID_STEP,
            FILES_STEP,
            PHONE_STEP,
        ),
        submit=submit,
        review_notes=notes,
    )


QUESTION = _form("centre_question", "centres.ask_question", "centres.who_answers", _submit_question)
BOOKING = _form("centre_booking", "centres.ask_booking", "centres.who_books", _submit_booking)


# --- to answer questions -------------------------------------------------------------------------


async def tell(turn: Turn, words: str) -> Message | None:
    """Answer what is asked of centres: the named one, or one's own and the others."""
    plain = turn.understood(words).plain
    if not asks_of_centres(plain):
        return None
    centres = await _centres(turn)
    if not centres:
        return None
    key = plain_key(plain)
    called = [one for one in centres if plain_key(one.get("name", "")) in key]
    units = turn.understood(words).place.units
    there = [one for one in centres if one.unit in units]
    meant = called or there or (centres if len(centres) == 1 else [])
    if not meant:
        blocks = (text("centres.which", count=len(centres)),)
        return Message(blocks=blocks, choices=_buttons(turn, centres))
    centre = meant[0]
    found = _shown(turn, centre)
    if not wants_to_book(plain):
        return found
    try:
        ensure_takes_bookings(centre)
    except UserError as error:
        return replace(found, blocks=(*explained(turn, error), *found.blocks))
    return found
