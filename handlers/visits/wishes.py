"""How a person wants to be visited: how often, how, by whom, or not at all for now.

A wish never goes below the floor of the law; a refusal does, and is on record (F-200: voluntary).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.access.visits import VisitRight
from domain.messages import Message, Side, text
from domain.visits.cards import back_choice
from domain.visits.categories import default_interval, longest_interval
from domain.visits.entries import Entry, How, Wish, ensure_active, ensure_wish
from handlers.features import Feature, Verb
from handlers.forms.forms import begin
from handlers.forms.questions import today
from handlers.forms.steps import Form, Option
from handlers.turn import Turn
from handlers.visits.forms import OneOf, keeps_words
from handlers.visits.guards import ensure_opens, led_away, load_entry
from handlers.visits.register import owners_in, ways_to_visit
from storage.drafts import Draft
from storage.visits.casework import (
    desk_of,
    record,
    replan,
    rules_of,
    save_entry,
    show_entry,
    with_owner,
)


def wish_spans(turn: Turn, draft: Draft) -> Sequence[Option]:
    """Offer the spans that stay above the floor, and none at all for now."""
    longest = int(draft.context["longest"])
    default = int(draft.context["default"])
    spans = sorted({7, 14, 30, 60, 90, 182, default})
    return [
        Option("0", text("visits.wish_default", days=default), ("按规定",)),
        *(
            Option(str(days), text("visits.wish_every", days=days), (str(days),))
            for days in spans
            if days <= longest and days != default
        ),
        Option("no", text("visits.wish_no"), ("不需要", "不要")),
    ]


def _wish_owners(turn: Turn, draft: Draft) -> Sequence[Option]:
    anybody = Option("any", text("visits.wish_anybody"), ("都可以", "无所谓"))
    return [anybody, *owners_in(turn, str(draft.context["unit"]))]


def _wants_visits(_turn: Turn, draft: Draft) -> bool:
    return draft.values.get("every") != "no"


async def begin_wish(turn: Turn, which: str) -> None:
    """Ask how the person wants to be visited: how often, how, by whom."""
    entry, _ = await load_entry(turn, which, VisitRight.OPEN)
    ensure_active(entry)
    if await led_away(turn, "visits.show", which):
        return
    await ensure_opens(turn, entry)
    await begin(turn, WISH, context=wish_context(turn, entry))


def wish_context(turn: Turn, entry: Entry) -> dict[str, Any]:
    """Give a form of a wish what it has to know."""
    said, rules = entry.said, rules_of(turn, entry.unit)
    default = default_interval(said.category, at_risk=said.at_risk, rules=rules)
    longest = longest_interval(said.category, at_risk=said.at_risk, rules=rules)
    return {
        "number": entry.id,
        "unit": entry.unit,
        "default": default.days,
        "longest": longest.days,
    }


def wish_of(turn: Turn, draft: Draft, before: Wish) -> Wish:
    """Read a wish out of a filled form."""
    every = str(draft.values["every"])
    if every == "no":
        return replace(before, refuses=True, said_on=today(turn))
    who = draft.values.get("who")
    return Wish(
        who=before.who if who is None else ("" if who == "any" else str(who)),
        how=How(draft.values.get("how") or before.how),
        every=timedelta(days=int(every)) if every != "0" else None,
        refuses=False,
        said_on=today(turn),
    )


async def keep_wish(turn: Turn, entry: Entry, wish: Wish) -> None:
    """Save a wish; who comes and when follows it.

    Raises:
        Refused: it would be too seldom.
    """
    ensure_active(entry)
    ensure_wish(entry.said, wish, rules_of(turn, entry.unit))
    after = replace(entry, content=replace(entry.said, wish=wish))
    desk = desk_of(turn, entry.unit, wish.who) if wish.who else None
    if desk is not None and desk.person != entry.owner:
        after = with_owner(after, desk)
        said = text("visits.came", count=1)
        turn.tell(desk.person, Message(blocks=(said,), choices=((show_entry(entry),),)))
    save_entry(turn, after)
    await replan(turn, after)


async def _submit_wish(turn: Turn, draft: Draft) -> None:
    entry, grant = await load_entry(turn, str(draft.context["number"]), VisitRight.OPEN)
    wish = wish_of(turn, draft, entry.said.wish)
    await keep_wish(turn, entry, wish)
    happened = "visits.refused" if wish.refuses else "visits.wished"
    await record(turn, turn.act(grant.role), entry.subject, happened)
    key = "visits.wish_kept_no" if wish.refuses else "visits.wish_kept"
    turn.say(key, (show_entry(entry), back_choice()), until=entry.valid_until)


WISH = Form(
    name="visitwish",
    version=1,
    title="visits.set_wish",
    steps=(
        OneOf(
            name="every",
            question="visits.ask_every",
            label="visits.every",
            options=wish_spans,
        ),
        OneOf(
            name="how",
            question="visits.ask_how",
            label="visits.how",
            options=ways_to_visit,
            when=_wants_visits,
        ),
        OneOf(
            name="who",
            question="visits.ask_who",
            label="visits.who",
            options=_wish_owners,
            when=_wants_visits,
        ),
    ),
    submit=keeps_words(_submit_wish),
    about="priority",
    sensitive="visits.open",
)

FEATURE = Feature(
    name="visits",
    side=Side.STAFF,
    switchable=True,
    verbs=(
        Verb(
            "visits.wish",
            begin_wish,
            right=VisitRight.OPEN,
            about="priority",
            begins=True,
            while_closed=True,
        ),
    ),
    forms=(WISH,),
)
