"""Words of staff without a button: they look for a case, or tell what was done about one."""

import re
from collections.abc import Iterable, Sequence

from domain.access.checks import may
from domain.access.matters import MatterRight
from domain.errors import Stale
from domain.matters.cards import place_for
from domain.matters.matter import Matter, State
from domain.matters.naming import row, row_label, staff_detail, tone_of
from domain.matters.reporters import may_see_name
from domain.messages import Message, Side, action, text
from domain.people import Person
from domain.words.plaintext import plain_text
from handlers.features import Feature
from handlers.forms.answers import clean_words
from handlers.forms.forms import begin
from handlers.forms.steps import Choose, Files, Form, Option, Words, album_slot
from handlers.matters.assignments import NOTE, RESOLVE, accept
from handlers.matters.instructing import INSTRUCT
from handlers.matters.turns import load_matter
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.matters.queries import list_newest, list_open, list_owned
from storage.people import get_people

#: So many cases are found at most, and so many of one's own are offered.
_MOST = 8
#: So many of the newest cases are looked through, beside all that are open.
_NEWEST = 300
_MOST_OPEN = 2_000
#: What is looked for is a few words; nobody looks for a page.
_LONGEST = 60
#: Of a word's pairs of signs, so many must be there where the word as such is not.
_ALIKE = 0.6
_BETWEEN = re.compile(r"[\s,，。、;；!！?？:：]+")
#: Who writes so tells of something done, and does not look for it.
_DONE = re.compile(
    r"好了|修好|换好|弄好|办好|解决了|处理了|清理|清走|完成|完了|已经|通了|亮了|done|fixed"
)
_IN_HAND = (State.ACCEPTED, State.ASKED, State.DISPATCHED)


async def take(turn: Turn) -> bool:
    """Take what somebody of the office wrote or sent without a button; tell whether it was meant.

    Pictures, and words that something is done, are for one of their own cases; other words are
    looked for in all that they may see.
    """
    words, files = (turn.incoming.text or "").strip(), turn.incoming.files
    if files or (words and _DONE.search(words)):
        if await _own(turn):
            await _ask_whose(turn, words)
            return True
        if files:
            turn.reply(
                Message(
                    blocks=(text("assignments.nothing_in_hand"),),
                    choices=((choice("staff.todo", "todo.open"),),),
                    slot=album_slot(turn, "hint"),
                )
            )
            return True
    return bool(words) and await _search(turn, words)


# --- looking for a case --------------------------------------------------------------------------


async def _search(turn: Turn, words: str) -> bool:
    """Show the cases that words, a place or a person lead to; tell whether there were any."""
    wanted = [one for one in _BETWEEN.split(plain_text(words[:_LONGEST])) if len(one) > 1]
    if not wanted or len(words) > _LONGEST:
        return False
    found = await _found(turn, wanted)
    if not found:
        return False
    street = turn.street
    turn.reply(
        Message(
            blocks=(text("staff.found", words=words, count=len(found)),),
            choices=(
                *(
                    (
                        row(
                            street,
                            one,
                            does=action("matters.show", one.number),
                            detail=staff_detail(
                                street, one, turn.now, place=place_for(street, one, turn.actor)
                            ),
                            tone=tone_of(one, turn.now),
                        ),
                    )
                    for one in found[:_MOST]
                ),
                (choice("staff.todo", "todo.open"), choice("staff.menu", "menu.open")),
            ),
        )
    )
    return True


async def _found(turn: Turn, wanted: Sequence[str]) -> list[Matter]:
    """Find cases by all that is known of them, the open and the newest first."""
    organisation, actor = turn.street.organisation, turn.actor
    units = [
        grid.code
        for grid in (*organisation.grids, *organisation.communities, organisation.street)
        if any(organisation.covers(post.unit, grid.code) for post in actor.posts)
    ]
    every = {
        one.number: one
        for one in (
            *await list_owned(turn.tx, actor.person, _MOST_OPEN),
            *await list_open(turn.tx, units, limit=_MOST_OPEN),
            *await list_newest(turn.tx, units, _NEWEST),
        )
    }
    seen = [one for one in every.values() if may(actor, MatterRight.SEE, organisation, on=one)]
    named = [one.reporter for one in seen if may_see_name(actor, organisation, one)]
    people = await get_people(turn.tx, named)
    found = [one for one in seen if _fits(_known_of(turn, one, people), wanted)]
    return sorted(found, key=lambda one: (one.is_open, one.filed_at), reverse=True)


def _known_of(turn: Turn, matter: Matter, people: dict[str, Person]) -> str:
    """Put together what a case can be found by, as far as the reader may see it."""
    told, street = matter.particulars, turn.street
    category = street.office.categories.find(matter.category)
    unit = street.organisation.units.get(matter.grid)
    parts = [
        told.text,
        told.place_text,
        category.name_zh if category else "",
        category.name_en if category else "",
        unit.name if unit else "",
        street.staff_name(matter.owner),
    ]
    if person := people.get(matter.reporter):
        parts += [told.name or person.name, told.phone or person.phone]
    return plain_text("\n".join(part for part in parts if part))


def _fits(known: str, wanted: Iterable[str]) -> bool:
    return all(one in known or _is_alike(known, one) for one in wanted)


def _is_alike(known: str, word: str) -> bool:
    """Tell whether most of a longer word is there: 3号楼路灯 in 3号楼的路灯坏了."""
    pairs = [word[at : at + 2] for at in range(len(word) - 1)]
    if len(pairs) < 3:
        return False
    return sum(pair in known for pair in pairs) >= _ALIKE * len(pairs)


# --- what is for one of one's own ----------------------------------------------------------------


async def _own(turn: Turn) -> list[Matter]:
    """List what one has in hand, what fits the words first."""
    owned = await list_owned(turn.tx, turn.person.id, _MOST_OPEN)
    return [one for one in owned if one.state in _IN_HAND]


async def _ask_whose(turn: Turn, words: str) -> None:
    files = []
    for ref in turn.incoming.files:
        attachment = await turn.attach(ref)
        if attachment is not None:
            files.append([attachment, ref.kind.value])
    values: dict[str, object] = {"files": files or None}
    if any(sign.isalnum() for sign in words):
        values["text"] = clean_words(turn, words, 1)
    await begin(turn, GIVEN, values=values)


async def _cases(turn: Turn, draft: Draft) -> Sequence[Option]:
    words = _BETWEEN.split(plain_text(str(draft.values.get("text") or "")))
    own = await _own(turn)

    def strange(matter: Matter) -> bool:
        known = _known_of(turn, matter, {})
        return not any(
            len(word) > 1 and (word in known or _is_alike(known, word)) for word in words
        )

    return [
        Option(
            one.number,
            row_label(turn.street, one),
            (one.number,),
            staff_detail(turn.street, one, turn.now, place=place_for(turn.street, one, turn.actor)),
        )
        for one in sorted(own, key=strange)[:_MOST]
    ]


def _ways(_turn: Turn, draft: Draft) -> Sequence[Option]:
    ways = draft.context.get(WAYS) or (RESOLVED, PROGRESS)
    return [Option(way, text(f"assignments.way_{way}")) for way in ways]


def tells_of_result(words: str) -> bool:
    """Tell whether words say that something is done."""
    return _DONE.search(words) is not None


def _is_unclear(_turn: Turn, draft: Draft) -> bool:
    return WAYS in draft.context or not tells_of_result(str(draft.values.get("text") or ""))


#: What was sent may be; in a draft's context, which of these.
RESOLVED, PROGRESS, INSTRUCTED = "resolved", "progress", "instructed"
WAYS = "ways"


async def _submit_given(turn: Turn, draft: Draft) -> None:
    """Go on with what was sent as the result of a case, or as news of it; both are read back."""
    number = str(draft.values["case"])
    right = MatterRight.INSTRUCT if draft.values.get("way") == INSTRUCTED else MatterRight.NOTE
    matter, _ = await load_matter(turn, number, right)
    way = draft.values.get("way", RESOLVED)
    if way == INSTRUCTED:
        words = {"text": draft.values.get("text")}
        await begin(turn, INSTRUCT, values=words, context={"number": number})
        return
    is_own = matter.owner == turn.person.id
    if matter.state not in _IN_HAND or not (is_own or way == PROGRESS):
        raise Stale
    if is_own and matter.state is State.DISPATCHED:
        await accept(turn, number)
    resolves = way == RESOLVED and matter.state is not State.ASKED
    values = {name: draft.values.get(name) for name in ("text", "files")}
    await begin(
        turn, RESOLVE if resolves else NOTE, values=values, context={"number": number}, quick=True
    )


GIVEN = Form(
    name="given",
    version=1,
    title="assignments.given_title",
    steps=(
        Words(name="text", question="assignments.ask_note", label="filing.text", asked=False),
        Files(name="files", question="assignments.ask_pictures", label="filing.files", asked=False),
        Choose(
            name="case",
            question="assignments.ask_whose",
            label="cards.case",
            options=_cases,
            width=1,
        ),
        Choose(
            name="way",
            question="assignments.ask_way",
            label="assignments.given_title",
            options=_ways,
            when=_is_unclear,
        ),
    ),
    submit=_submit_given,
    review=False,
)

FEATURE = Feature(name="matters", side=Side.STAFF, forms=(GIVEN,))
