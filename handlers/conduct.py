"""What may be about somebody who works here is read back to its writer before it goes anywhere.

Every text of a resident comes by here first, whatever form is open. Words with a sign of a person
of the staff are held: the writer says whether they are about a matter, about a person, or both. A
complaint about a person goes to nobody here, and leaves the conversation again; of what is both,
only the words go on that the writer agrees to.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from domain.emergencies import emergency_choices
from domain.errors import Stale
from domain.human_route import phone_choice
from domain.messages import Choice, FileKind, FileRef, Message, Side, action, text
from domain.subjects import parse_subject
from domain.words.conduct import Signs, signs_of, without_staff
from domain.words.lexicon import Guess
from handlers.features import Feature, Reading, Verb
from handlers.forms.steps import Form
from handlers.turn import Turn, choice
from storage.drafts import Draft
from storage.outbox import Own, TakenBack
from storage.sending import Told

VERB = "conduct.decide"
#: Under this name a draft keeps what is held.
HELD = "held"
MATTER, PERSON, BOTH = "matter", "person", "both"
SEND, ANEW, DROP = "send", "anew", "drop"
#: What may be typed instead of pressed.
_TYPED = {
    "1": 0,
    "2": 1,
    "3": 2,
}
#: Forms whose words never reach whoever has the case: a post named there is no reason to ask.
_ABOVE_ONLY = frozenset({"comment"})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """Words that wait for their writer to say whom they are about."""

    id: str
    words: str
    files: tuple[FileRef, ...]
    said: tuple[tuple[str, datetime, str | None], ...]
    """Where it was said: the account, when, and the channel's reference of the message."""
    under: Told | None = None
    """What the message was about under which it was written."""
    proposed: bool = False
    """The words are our proposal of what goes on; what was said is gone."""

    @property
    def slot(self) -> str:
        return f"held-{self.id}"


def signs(turn: Turn, words: str) -> Signs:
    """Look for signs of somebody who works here."""
    return signs_of(turn.understood(words), turn.named_in(words))


async def hold_back(turn: Turn, *, directed: Callable[[Turn], Awaitable[bool]]) -> bool:
    """Hold words until their writer has said whom they are about; tell whether they are held.

    Args:
        directed: tells whether they would go to whoever has a case of the writer's in hand.
    """
    incoming = turn.incoming
    held = _held(turn)
    if held is not None and (incoming.text or incoming.files):
        _go_on_holding(turn, held)
        return True
    if not incoming.text:
        return False
    found = signs(turn, incoming.text)
    if not _asks(turn, found, directed=found.deed and await directed(turn)):
        return False
    if found.sure and not incoming.files and not _says_something(turn, _rest(turn, incoming.text)):
        tell_conduct(turn)
        return True
    fresh = _Held(id=turn.short_id(), words="", files=(), said=())
    _keep(turn, _with_incoming(turn, fresh))
    _ask(turn)
    return True


async def hold_words(
    turn: Turn,
    words: str,
    files: tuple[FileRef, ...],
    said: tuple[tuple[str, datetime, str | None], ...],
) -> bool:
    """Hold words about danger that were said before; tell whether they are held.

    Its writer is always asked: beside a complaint the danger may be real.
    """
    found = signs(turn, words)
    if not (found.named or found.complaint or found.ask_before(directed=False)):
        return False
    _keep(turn, _Held(id=turn.short_id(), words=words, files=files, said=said))
    _ask(turn)
    return True


def _asks(turn: Turn, found: Signs, *, directed: bool) -> bool:
    if turn.draft is not None and turn.draft.form in _ABOVE_ONLY:
        return bool(found.named) or found.sure
    return found.ask_before(directed=directed)


def _rest(turn: Turn, words: str) -> str:
    return without_staff(words, turn.street.office.lexicon, turn.street.organisation.names)


def _says_something(turn: Turn, rest: str) -> bool:
    """Tell whether what is left without the person is a matter by itself."""
    if not rest:
        return False
    left = turn.understood(rest)
    return bool(left.categories) or bool(left.dangers) or left.guess.kind is not None


def _go_on_holding(turn: Turn, held: _Held) -> None:
    """Take a typed answer, or more of what is held; nothing of it is lost."""
    answers = [value for value, _ in _answers(turn, held)]
    typed = _TYPED.get((turn.incoming.text or "").strip())
    if typed is not None and typed < len(answers) and not turn.incoming.files:
        _decide(turn, held, answers[typed])
        return
    if held.proposed:  # written anew, in place of our proposal
        held = replace(held, words="", proposed=False)
    _keep(turn, _with_incoming(turn, held))
    _ask(turn)


def _with_incoming(turn: Turn, held: _Held) -> _Held:
    incoming = turn.incoming
    return replace(
        held,
        words="\n".join(one for one in (held.words, incoming.text) if one),
        files=(*held.files, *incoming.files),
        under=turn.replied_to or held.under,
        said=(*held.said, (turn.account.id, turn.now, incoming.said)),
    )


# --- asking --------------------------------------------------------------------------------------


def _answers(turn: Turn, held: _Held) -> Sequence[tuple[str, str]]:
    """List the answers with their wordings, the likeliest first."""
    if held.proposed:
        return [
            (SEND, "conduct.send"),
            (ANEW, "conduct.write_anew"),
            (DROP, "conduct.drop"),
        ]
    found = signs(turn, held.words)
    order = [PERSON, BOTH, MATTER] if found.complaint or found.deed else [MATTER, PERSON, BOTH]
    return [(value, f"conduct.about_{value}") for value in order]


def _ask(turn: Turn) -> None:
    held = _held(turn)
    if held is None:
        raise Stale
    key = "conduct.ask_proposal" if held.proposed else "conduct.ask"
    rows = [
        (choice(label, action(VERB, held.id, value), emphasis=value == SEND),)
        for value, label in _answers(turn, held)
    ]
    # Beside a complaint the danger may be real: help is never behind a question.
    may_be_danger = bool(held.words) and turn.understood(held.words).may_be_danger
    turn.reply(
        Message(
            blocks=(text(key, said=held.words or text("matters.without_words")),),
            choices=(*rows, *(emergency_choices() if may_be_danger else ())),
            slot=held.slot,
            anew=True,
        )
    )


async def decide(turn: Turn, mark: str, answer: str) -> None:
    """Take the writer's answer.

    Raises:
        Stale: nothing is held under this mark, or this was not asked.
    """
    held = _held(turn)
    if held is None or held.id != mark or answer not in dict(_answers(turn, held)):
        raise Stale
    _decide(turn, held, answer)


def _decide(turn: Turn, held: _Held, answer: str) -> None:
    match answer:
        case "matter" | "send":
            _let_go_on(turn, held)
        case "person":
            _drop(turn)
            _refuse(turn, held)
        case "both":
            _propose(turn, held)
        case _:
            _drop(turn)
            key = "conduct.ask_anew" if answer == ANEW else "conduct.dropped"
            _take_back(turn, held, Message(blocks=(text(key),), slot=held.slot))


def _let_go_on(turn: Turn, held: _Held) -> None:
    """Let the words go where they were going when they were held."""
    _drop(turn)
    turn.incoming = replace(
        turn.incoming, text=held.words or None, files=held.files, action=None, album=None
    )
    turn.replied_to = held.under
    turn.goes_on = True


def _propose(turn: Turn, held: _Held) -> None:
    """Show what would go on without the person; what was said of them is gone from here."""
    rest = _rest(turn, held.words)
    if not rest and not held.files:
        _drop(turn)
        _take_back(turn, held, Message(blocks=(text("conduct.ask_anew"),), slot=held.slot))
        return
    _forget(turn, held)
    _keep(turn, replace(held, words=rest, said=(), proposed=True))
    turn.reply(replace(_conduct_message(turn), takes_back=_references(turn, held)))
    _ask(turn)


# --- whom to turn to -----------------------------------------------------------------------------


def tell_conduct(turn: Turn, *, at: datetime | None = None, said: str | None = None) -> None:
    """Say whom to turn to with a complaint about a person; nothing of it is kept here.

    Args:
        at: when it was said, where that was not now.
        said: the channel's reference of what was said then.
    """
    if at is None:
        turn.changes.drop(Own)
        at, said = turn.now, turn.incoming.said
    held = _Held(id=turn.short_id(), words="", files=(), said=((turn.account.id, at, said),))
    _refuse(turn, held)


def _refuse(turn: Turn, held: _Held) -> None:
    _take_back(turn, held, replace(_conduct_message(turn), slot=held.slot))


def _conduct_message(turn: Turn) -> Message:
    contact = turn.street.office.conduct_contact
    rows: list[tuple[Choice, ...]] = []
    if contact and all(sign.isdecimal() or sign in "-+ " for sign in contact):
        rows.append((phone_choice(contact),))
    rows.append((choice("menu.open", "menu.open"),))
    return Message(blocks=(text("words.conduct", contact=contact),), choices=tuple(rows))


def _take_back(turn: Turn, held: _Held, answer: Message) -> None:
    """Answer, and let what was said leave the conversation."""
    _forget(turn, held)
    turn.reply(replace(answer, takes_back=_references(turn, held)))


def _references(turn: Turn, held: _Held) -> tuple[str, ...]:
    return tuple(said for account, _, said in held.said if said and account == turn.account.id)


def _forget(turn: Turn, held: _Held) -> None:
    instead = Message(blocks=(text("conduct.taken_back"),), slot=held.slot)
    for account in {turn.account.id, *(one for one, _, _ in held.said)}:
        at = tuple(moment for one, moment, _ in held.said if one == account)
        turn.changes.save(TakenBack(account=account, at=at, slot=held.slot, instead=instead))


def ask_again(turn: Turn) -> bool:
    """Ask once more whom the held words are about; tell whether any are held."""
    if not is_holding(turn):
        return False
    _ask(turn)
    return True


# --- in the draft --------------------------------------------------------------------------------


def is_holding(turn: Turn) -> bool:
    """Tell whether words wait for their writer's answer."""
    return _held(turn) is not None


def _held(turn: Turn) -> _Held | None:
    kept = turn.draft.context.get(HELD) if turn.draft is not None else None
    if not kept:
        return None
    return _Held(
        id=kept["id"],
        words=kept["words"],
        files=tuple(FileRef(kind=FileKind(kind), ref=ref) for kind, ref in kept["files"]),
        said=tuple(
            (account, datetime.fromisoformat(moment), said)
            for account, moment, said in kept["said"]
        ),
        under=_told(kept.get("under")),
        proposed=kept["proposed"],
    )


def _told(kept: Sequence[Any] | None) -> Told | None:
    return Told(parse_subject(kept[0]), by_itself=kept[1]) if kept else None


def _keep(turn: Turn, held: _Held) -> None:
    kept: dict[str, Any] = {
        "id": held.id,
        "words": held.words,
        "files": [[one.kind.value, one.ref] for one in held.files],
        "said": [[account, moment.isoformat(), said] for account, moment, said in held.said],
        "under": [str(held.under.subject), held.under.by_itself] if held.under else None,
        "proposed": held.proposed,
    }
    draft = turn.draft or Draft(
        person=turn.person.id,
        id=turn.short_id(),
        form=FORM.name,
        form_version=FORM.version,
        step="",
        values={"waits": True},  # so that its end is told
        context={},
        changed_at=turn.now,
        expires_at=turn.now,
    )
    turn.keep_draft(replace(draft, context={**draft.context, HELD: kept}))


def _drop(turn: Turn) -> None:
    draft = turn.draft
    if draft is None:
        return
    if draft.form == FORM.name:
        turn.drop_draft()
        return
    context = {name: value for name, value in draft.context.items() if name != HELD}
    turn.keep_draft(replace(draft, context=context))


async def _ask_again(turn: Turn, draft: Draft) -> None:
    turn.keep_draft(draft)
    _ask(turn)


#: Holds words where no other form is open; it has no questions of its own.
FORM = Form(
    name="held", version=1, title="conduct.title", steps=(), submit=_ask_again, review=False
)


async def _tell(turn: Turn, draft: Draft) -> None:
    """Tell whoever chose it for words that were read in another way."""
    tell_conduct(turn, at=draft.changed_at, said=draft.context.get("said"))


FEATURE = Feature(
    name="conduct",
    side=Side.RESIDENTS,
    verbs=(Verb(VERB, decide),),
    forms=(FORM,),
    readings=(Reading(Guess.CONDUCT, take=_tell),),
)
