"""咨询: what residents ask is answered from the street's data, or written down for the window.

A question never has the urgency of what it is about, and nobody has to find a form for it.
"""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

from domain.categories import ENQUIRIES, Kind
from domain.enquiries.topics import Topic, topics_of
from domain.human_route import phone_choice
from domain.matters.rules import NearbyRules
from domain.messages import Choice, Message, Side, Text, action, rows, text
from domain.names import category_name, unit_name
from domain.organisation import Unit
from domain.words.lexicon import Guess
from domain.words.understanding import Understanding
from handlers.features import Feature, Reading, Verb
from handlers.forms.answers import files_of
from handlers.forms.forms import begin, new_draft
from handlers.forms.steps import ANSWERED, REVIEW, VERB, Form
from handlers.matters.filing import file_matter
from handlers.matters.filing_steps import (
    COMMUNITY_STEP,
    FILES_STEP,
    GRID_STEP,
    PHONE_STEP,
    known_values,
    text_step,
)
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.queries import list_nearby


async def _submit(turn: Turn, draft: Draft) -> None:
    filled = replace(draft, values={**draft.values, "category": ENQUIRIES.code})
    await file_matter(turn, Kind.ENQUIRY, filled, hide_name=False)


FORM = Form(
    name="enquiry",
    version=1,
    title="enquiries.title",
    steps=(text_step(Kind.ENQUIRY), COMMUNITY_STEP, GRID_STEP, FILES_STEP, PHONE_STEP),
    submit=_submit,
    review_notes=lambda _turn, _draft: (text("enquiries.who_answers"),),
)


async def begin_enquiry(turn: Turn) -> None:
    """Begin the form from its button or command."""
    await begin(turn, FORM, values=known_values(turn), quick=True)


async def _answer_at_once(turn: Turn, understood: Understanding) -> None:
    await _answer(turn, turn.incoming.text or "", understood, None)


async def _take(turn: Turn, draft: Draft) -> None:
    words = str(draft.values["text"])
    files = draft.values["files"] if files_of(draft) else None
    await _answer(turn, words, turn.understood(words), files)


async def _answer(
    turn: Turn, words: str, understood: Understanding, files: list[list[str]] | None
) -> None:
    """Tell what the data tell; what they do not is read back as an enquiry for the window."""
    topics = () if files else topics_of(understood.plain)
    if Topic.WORKER in topics or Topic.GRID in topics:
        card = turn.features.verbs[Side.RESIDENTS].get(_COMMUNITY)
        if card is not None:
            await card.do(turn)
            return
    unit = _unit_asked_about(turn, understood)
    values = {"text": words, "files": files, **known_values(turn)}
    if not files and await _features_know(turn, words, values, first=True):
        return
    told = [said for topic in topics for said in await _told(turn, topic, unit, understood)]
    if not told and not files and await _features_know(turn, words, values, first=False):
        return
    if not told:
        await begin(turn, FORM, values=values, quick=True)
        return
    draft = _kept_aside(turn, values)
    dials = _dials(turn, unit) if Topic.PHONE in topics else ()
    turn.reply(Message(blocks=tuple(told), choices=(*dials, *_ways(turn, draft))))


async def _features_know(turn: Turn, words: str, values: dict[str, object], *, first: bool) -> bool:
    """Tell what a feature knows of its own data; tell whether one did."""
    for feature in turn.features.knows:
        known = await feature.tell(turn, words) if feature.first is first else None
        if known is not None:
            ways = _ways(turn, _kept_aside(turn, values))
            turn.reply(replace(known, choices=(*known.choices, *ways)))
            return True
    return False


#: The card of one's grid and community: names, telephone, address, hours.
_COMMUNITY = "residents.community"


def _kept_aside(turn: Turn, values: dict[str, object]) -> Draft:
    """Keep the question, so that one press sends it to the window; whatever is said next is new."""
    draft = replace(new_draft(turn, FORM, values, {"quick": True, ANSWERED: True}), step=REVIEW)
    turn.keep_draft(draft)
    return draft


def _ways(turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
    buttons = [
        choice("enquiries.ask_window", action(VERB, draft.id, "ok")),
        choice("enquiries.to_community", _COMMUNITY),
        choice("menu.open", "menu.open"),
    ]
    return rows(buttons, 1 if turn.person.elder else 2)


def _unit_asked_about(turn: Turn, understood: Understanding) -> Unit:
    """Give the community that the question names, else one's own, else the street."""
    organisation = turn.street.organisation
    for code in (*understood.place.units[:1], turn.person.grid):
        community = organisation.community_of(code) if code else None
        if community is not None:
            return community
    only = organisation.communities
    return only[0] if len(only) == 1 else organisation.street


async def _told(turn: Turn, topic: Topic, unit: Unit, understood: Understanding) -> list[Text]:
    match topic:
        case Topic.HOURS:
            return [
                text(
                    "enquiries.hours",
                    unit=unit_name(unit),
                    hours=turn.street.office.calendar.shown_hours,
                ),
                _now(turn),
            ]
        case Topic.PHONE:
            number = unit.phone or turn.street.office.phone
            return [text("enquiries.phone", unit=unit_name(unit), number=number)] if number else []
        case Topic.ADDRESS:
            if not unit.address:
                return []
            return [text("enquiries.address", unit=unit_name(unit), address=unit.address)]
        case Topic.NEARBY:
            return await _nearby(turn, unit, understood)
        case _:
            return []


def _now(turn: Turn) -> Text:
    calendar = turn.street.office.calendar
    if calendar.is_open(turn.now):
        return text("enquiries.open_now")
    return text("enquiries.opens_at", at=calendar.next_opening(turn.now))


def _dials(turn: Turn, unit: Unit) -> tuple[tuple[Choice, ...], ...]:
    numbers = dict.fromkeys((unit.phone, turn.street.office.phone))
    return tuple((phone_choice(number),) for number in numbers if number)


async def _nearby(turn: Turn, unit: Unit, understood: Understanding) -> list[Text]:
    """Count what is being worked on around here of the sort that is asked about: nothing else."""
    organisation = turn.street.organisation
    grids = [one.code for one in organisation.grids_of(unit.code)]
    code = understood.categories.get(Kind.SERVICE)
    category = turn.street.office.categories.find(code or "")
    if category is None or not category.public_space or not grids:
        return []
    days = turn.street.rules(NearbyRules, unit.code).days
    cases = await list_nearby(turn.tx, grids, turn.now - timedelta(days=days))
    by_grid = Counter(case.grid for case in cases if case.category == category.code)
    name = category_name(category, category.code)
    if not by_grid:
        return [text("enquiries.nearby_none", category=name, unit=unit_name(unit))]
    found: list[Text] = [text("enquiries.nearby", category=name, unit=unit_name(unit))]
    for grid, count in sorted(by_grid.items()):
        place = unit_name(organisation.units[grid])
        found.append(text("enquiries.nearby_grid", unit=place, count=count))
    return found


FEATURE = Feature(
    name="enquiries",
    side=Side.RESIDENTS,
    verbs=(
        Verb(
            "enquiries.ask",
            begin_enquiry,
            begins=True,
            command="ask",
            listed=True,
            words=("咨询", "我要咨询", "问一下", "enquiry"),
        ),
    ),
    forms=(FORM,),
    readings=(Reading(Guess.QUESTION, answer=_answer_at_once, take=_take, form=FORM.name),),
)
