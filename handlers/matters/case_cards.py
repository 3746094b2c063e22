"""Seeing a case as whoever works on it, and telling its resident of a step."""

from dataclasses import replace

from domain.access.checks import ensure_may, may
from domain.access.matters import MatterRight
from domain.errors import NotFound, Stale
from domain.matters import mistaken_contact
from domain.matters.assignment import (
    assignment_card,
    assignment_messages,
    directing_choices,
    part_message,
)
from domain.matters.matter import Event, Happening, Matter
from domain.matters.naming import their_state_name
from domain.matters.rules import ClockRules
from domain.messages import (
    Card,
    Choice,
    Line,
    Message,
    Text,
    Value,
    action,
    rows,
    text,
    with_pictures,
)
from domain.names import role_name
from domain.subjects import open_case
from handlers.matters.turns import load_matter
from handlers.turn import Turn, choice
from storage.access_log import Sight
from storage.matters.casework import missing_in, note_look, reporter_of, save_matter
from storage.matters.followers import list_followers
from storage.matters.help_requests import Part, find_part
from storage.matters.matters import find_matter, list_events
from storage.matters.merged import list_voices
from storage.people import list_accounts
from storage.work import CLOCK

#: Reasons that no person wrote, as they stand in the chain.
REASON_CODES = frozenset(
    {
        "joined",
        "left",
        "away",
        "back",
        "over",
        "duplicate",
        "met",
        "called",
        "switched_off",
        "revoked",
        "relation_ended",
    }
)
#: Events of a case's story that one message shows; older ones are in the case file.
_MOST_EVENTS = 15


async def show(turn: Turn, number: str) -> None:
    """Show a case with the buttons one has a right to; a helper sees the own part alone."""
    matter = await find_matter(turn.tx, number)
    if matter is None:
        raise NotFound(number=number)
    organisation = turn.street.organisation
    if may(turn.actor, MatterRight.SEE, organisation, on=matter) is not None:
        reporter = await reporter_of(turn, matter, turn.actor, Sight.OPENED)
        card, *pictures = assignment_messages(
            turn.street,
            matter,
            turn.now,
            actor=turn.actor,
            reporter=reporter,
            missing=await missing_in(turn, matter),
        )
        turn.reply(await _mendable(turn, matter, card), *pictures)
        return
    part = await find_part(turn.tx, number, turn.person.id)
    ensure_may(turn.actor, MatterRight.SEE_PART, organisation, on=matter, helps=part is not None)
    if part is not None:
        turn.reply(show_part(turn, matter, part))


async def case_message(turn: Turn, matter: Matter) -> Message:
    """Make the card of a case for the one who is talking."""
    reporter = await reporter_of(turn, matter, turn.actor, Sight.OPENED)
    card = assignment_card(
        turn.street,
        matter,
        turn.now,
        actor=turn.actor,
        reporter=reporter,
        missing=await missing_in(turn, matter),
    )
    return await _mendable(turn, matter, card)


async def _mendable(turn: Turn, matter: Matter, card: Message) -> Message:
    """Offer to take a contact back that was noted a moment ago."""
    rules = turn.street.rules(ClockRules, matter.community)
    if not mistaken_contact.is_fresh(matter, turn.now, rules):
        return card
    if may(turn.actor, MatterRight.CONTACT, turn.street.organisation, on=matter) is None:
        return card
    events = [*await list_events(turn.tx, matter.number), *matter.fresh]
    if not mistaken_contact.may_take_back(matter, turn.now, events, rules):
        return card
    undo = choice("assignments.undo_contact", action("matters.not_contacted", matter.number))
    *rows_before, last = card.choices
    return replace(card, choices=(*rows_before, (undo,), last))


async def answer_with_card(turn: Turn, matter: Matter, key: str, **fields: Value) -> None:
    """Say that something is done, above the card as it is now, at the end of the conversation."""
    said = text(key, number=matter.number, **fields)
    if may(turn.actor, MatterRight.SEE, turn.street.organisation, on=matter) is None:
        turn.say(key, (choice("assignments.to_todo", "todo.open"),), number=matter.number, **fields)
        return
    card = await case_message(turn, matter)
    turn.reply(replace(card, blocks=(said, *card.blocks), anew=True))


async def save_in_place(turn: Turn, matter: Matter) -> None:
    """Save a step that one press made; the card that was pressed changes where it is."""
    save_matter(turn, matter)
    turn.reply(await case_message(turn, matter))


async def show_more(turn: Turn, number: str) -> None:
    """Show what one may put right about a case, in place of its other buttons."""
    matter, _ = await load_matter(turn, number, MatterRight.SEE)
    directing = list(directing_choices(turn.street.organisation, matter, turn.actor))
    if not directing:
        raise Stale
    card = await case_message(turn, matter)
    turn.reply(replace(card, choices=(*rows(directing), (back_to(number),))))


def back_to(number: str) -> Choice:
    """Make the button that leads back to the case."""
    return choice("assignments.back_to", action("matters.show", number), number=number)


async def show_story(turn: Turn, number: str) -> None:
    """Show what happened to a case, step by step, with who did it."""
    matter, _ = await load_matter(turn, number, MatterRight.SEE)
    note_look(turn, matter, turn.actor, Sight.STORY)
    events = await list_voices(turn.tx, matter)
    latest = [one for one in events if one.happening is not Happening.TOLD_ABOVE][-_MOST_EVENTS:]
    lines = tuple(
        Line(text("assignments.story_at", moment=one.at), _told(turn, one)) for one in latest
    )
    message = Message(
        blocks=(Card(title=text("assignments.story_title", number=number), lines=lines),),
        choices=((back_to(number),),),
    )
    attached = [
        str(one)
        for event in latest
        for one in (event.content or {}).get("attachments") or ()
        if str(one) not in matter.particulars.attachments
    ]
    turn.reply(*with_pictures(message, attached))


def _told(turn: Turn, event: Event) -> Text:
    content = event.content or {}
    words = next(
        (content[key] for key in ("text", "question", "result", "reason") if content.get(key)), ""
    )
    if words in REASON_CODES:
        words = text(f"assignments.reason_{words}")
    to = turn.street.staff_name(str(content.get("to") or content.get("owner") or ""))
    return text(
        "assignments.story_line_said" if words else "assignments.story_line",
        what=text(f"names.happening_{event.happening}"),
        who=_who(turn, event),
        to=text("assignments.story_to", person=to) if to else "",
        said=words,
    )


def _who(turn: Turn, event: Event) -> Value:
    """Name who did something; nobody dispatches by hand, and the clock is no person."""
    if event.actor == CLOCK or event.happening is Happening.DISPATCHED:
        return text("assignments.system")
    return turn.street.staff_name(event.actor) or role_name(event.role)


async def tell_in_full(
    turn: Turn, matter: Matter, *messages: Message, told: frozenset[str] = frozenset()
) -> None:
    """Tell the resident what was said; who follows hears that something happened, not what.

    Args:
        told: who follows and hears of it otherwise.
    """
    turn.tell(matter.reporter or None, *messages, on=matter)
    news = Message(
        blocks=(
            text(
                "assignments.told_followers", number=matter.number, state=their_state_name(matter)
            ),
        ),
        choices=((open_case(matter.number),),),
    )
    for person in await list_followers(turn.tx, matter.number):
        if person not in told:
            turn.tell(person, news, on=matter)


async def has_chat(turn: Turn, matter: Matter) -> bool:
    """Tell whether the resident can be written to: a walk-in or a caller may have no account."""
    return bool(await list_accounts(turn.tx, [matter.reporter]))


def show_part(turn: Turn, matter: Matter, part: Part) -> Message:
    """Make the card of a part for which somebody was asked to help."""
    note_look(turn, matter, turn.staff_actor(part.helper), Sight.PART)
    return part_message(
        turn.street,
        matter,
        stream=part.stream,
        question=part.question,
        answer=part.answer,
        is_open=part.answered_at is None,
    )
