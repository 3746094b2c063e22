"""The form engine: a conversation is a declared `Form` of steps, and a draft that fills it.

Drafts live in the database, so a conversation goes on after a restart, in another process and on
another channel. Every question can be answered, skipped where it is optional, gone back from and
cancelled; everything can be changed from the read-back before it is submitted. An answer that
fits another step of the form (a photo where words were asked for) is kept there, never refused.

What is said stands at the end of the conversation, where people look; only the parts of one album,
which arrive one by one, share a message that is changed in its place.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.errors import Refused, Stale
from domain.matters.cards import open_case
from domain.messages import (
    Awaiting,
    Card,
    Choice,
    FileKind,
    Line,
    Message,
    Text,
    Value,
    action,
    rows,
    text,
)
from domain.places.points import Point
from handlers.turn import Turn, choice
from storage.drafts import Draft

#: The verb of every button that belongs to a form.
VERB = "f"
#: The name of the read-back in `Draft.step`.
REVIEW = "review"
#: As much as the page sends in one message, and four times Telegram's; what is longer is cut, and
#: the person is told.
MAX_TEXT = 16_000
#: Source: `storage.outbox`, the width of the column.
_MAX_SLOT = 60

Values = Mapping[str, Any]


class NotMineError(Exception):
    """Raised by a step for an answer of another sort, so that another step may take it."""


@dataclass(frozen=True, slots=True)
class Option:
    """One of a step's choices; ``words`` are what a person may type instead of pressing it."""

    value: str
    label: Text
    words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One question of a form; its name is the key of its answer in the draft's values."""

    name: str
    question: str
    label: str
    """What the read-back and the edit button call it."""
    optional: bool = False
    asked: bool = True
    """Otherwise it is only offered in the read-back."""
    when: Callable[[Turn, Draft], bool] = lambda _turn, _draft: True
    spared: Callable[[Turn, Draft], bool] = lambda _turn, _draft: False
    """Needs no answer then, as another one says enough; the read-back still offers it."""
    clears: tuple[str, ...] = ()
    """Steps whose answers depend on this one."""
    awaiting: Awaiting | None = None

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give the buttons that answer it, in rows."""
        return ()

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Read the answer from what arrived and put it into the draft.

        Raises:
            NotMineError: it is an answer of another sort.
            Refused: it is no good; the wording says what to do.
        """
        raise NotMineError

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Read the answer from a pressed button.

        Raises:
            Stale: the button offers something that is not to be had any more.
        """
        raise Stale

    def show(self, turn: Turn, draft: Draft) -> Value:
        """Give the answer for the read-back; None leaves the line out."""
        value: Value = draft.values.get(self.name)
        return value


@dataclass(frozen=True, kw_only=True)
class Choose(Step):
    """Choose one of a few options, by button, by number or by typing its name."""

    options: Callable[[Turn, Draft], Sequence[Option]]
    width: int = 2

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give a button for each option."""
        buttons = [
            Choice(
                label=option.label,
                action=action(VERB, draft.id, "s", self.name, option.value),
            )
            for option in self.options(turn, draft)
        ]
        return rows(buttons, 1 if turn.person.elder else self.width)

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Match typed words or a number with an option."""
        given = (turn.incoming.text or "").strip().casefold()
        options = self.options(turn, draft)
        place = _place_in_list(given)
        if place is not None and place <= len(options):
            return with_value(draft, self.name, options[place - 1].value)
        for option in options:
            if given and given in (word.casefold() for word in option.words):
                return with_value(draft, self.name, option.value)
        raise NotMineError

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take the option of a button, if it is still offered."""
        if all(option.value != value for option in self.options(turn, draft)):
            raise Stale
        return with_value(draft, self.name, value)

    def show(self, turn: Turn, draft: Draft) -> Value:
        """Show the chosen option's name."""
        value = draft.values.get(self.name)
        for option in self.options(turn, draft):
            if option.value == value:
                return option.label
        return None


#: More options than anybody could read; a longer number means something else.
_MOST_DIGITS = 3


def _place_in_list(given: str) -> int | None:
    """Read which option a number means, the first being 1."""
    if not given.isdecimal() or len(given) > _MOST_DIGITS:
        return None
    return int(given) or None


@dataclass(frozen=True, kw_only=True)
class Words(Step):
    """A few words of one's own."""

    awaiting: Awaiting | None = Awaiting.TEXT
    min_letters: int = 2

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take a text that says something; cut what nobody would read, and say so."""
        given = turn.incoming.text
        if given is None:
            raise NotMineError
        return with_value(draft, self.name, clean_words(turn, given, self.min_letters))


@dataclass(frozen=True, kw_only=True)
class Place(Step):
    """A shared location, or words for a place; a location decides the grid where it can."""

    awaiting: Awaiting | None = Awaiting.PLACE

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take a location inside the street, or words."""
        point = turn.incoming.place
        known = draft.values.get(self.name) or {}
        if point is None:
            if not turn.incoming.text:
                raise NotMineError
            words = clean_words(turn, turn.incoming.text, 1)
            return with_value(draft, self.name, {**known, "text": words[:200]})
        grids = turn.street.grids_at(point)
        if not grids:
            raise Refused("place_outside")
        place = {**known, "lat": point.latitude, "lon": point.longitude}
        draft = with_value(draft, self.name, place)
        if len(grids) == 1:
            return with_value(draft, "grid", grids[0])
        draft = without_value(draft, "grid")
        return replace(draft, context={**draft.context, "grids": list(grids)})

    def show(self, turn: Turn, draft: Draft) -> Value:
        """Show the words, or say that a location was shared."""
        place = draft.values.get(self.name)
        if not place:
            return None
        if place.get("lat") is None:
            words: Value = place["text"]
            return words
        if place.get("text"):
            return text("forms.place_shared_too", words=place["text"])
        return text("forms.place_shared")


@dataclass(frozen=True, kw_only=True)
class Files(Step):
    """Photos and voices, in one go or one by one; ends with a button."""

    awaiting: Awaiting | None = Awaiting.PHOTOS
    most: int = 9
    """Photos of one matter. Source: the mission, "up to nine photos"."""

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Keep the files of one message with those before; the step stays open for more."""
        if not turn.incoming.files:
            if turn.incoming.unfit is not None:
                raise Refused(f"unfit_{turn.incoming.unfit}")
            raise NotMineError
        kept: list[list[str]] = [list(pair) for pair in draft.values.get(self.name) or ()]
        room = self.most - sum(1 for _, kind in kept if kind == FileKind.PHOTO)
        for ref in turn.incoming.files:
            if ref.kind is FileKind.PHOTO:
                room -= 1
            if ref.kind is FileKind.PHOTO and room < 0:
                continue
            attachment = await turn.attach(ref)
            if attachment is None:
                raise Refused("file_unknown")
            if [attachment, ref.kind.value] not in kept:
                kept.append([attachment, ref.kind.value])
        if room < 0:
            full = text("errors.too_many_photos", most=self.most)
            turn.reply(Message(blocks=(full,), slot=album_slot(turn, "full")))
        return with_value(draft, self.name, kept)

    def show(self, turn: Turn, draft: Draft) -> Value:
        """Count what was sent."""
        kept = draft.values.get(self.name)
        if not kept:
            return None
        photos = sum(1 for _, kind in kept if kind == FileKind.PHOTO)
        voices = len(kept) - photos
        if not voices:
            return text("forms.photos_kept", photos=photos)
        if not photos:
            return text("forms.voices_kept", voices=voices)
        return text("forms.files_kept", photos=photos, voices=voices)


@dataclass(frozen=True, kw_only=True)
class Phone(Step):
    """One's own phone number, shared or typed."""

    awaiting: Awaiting | None = Awaiting.CONTACT

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Take a number of 6 to 15 digits."""
        given = turn.incoming.phone or turn.incoming.text
        if not given:
            raise NotMineError
        digits = "".join(sign for sign in given if sign.isdecimal())
        if not 6 <= len(digits) <= 15 or len(digits) < len(given) - 6:
            raise Refused("phone_unclear")
        return with_value(draft, self.name, digits)


@dataclass(frozen=True, kw_only=True)
class Form:
    """A conversation as data.

    Changing the steps of a form raises its version: drafts of the older version keep the answers
    whose steps still exist, and the person is asked for the rest.
    """

    name: str
    version: int
    title: str
    steps: tuple[Step, ...]
    submit: Callable[[Turn, Draft], Awaitable[None]]
    review: bool = True
    """Read back before submitting; a form of one step needs none."""
    before_review: Callable[[Turn, Draft], Awaitable[Draft]] | None = None
    """Says something before the read-back, such as cases nearby, and gives the draft on."""
    review_notes: Callable[[Turn, Draft], Sequence[Text]] = lambda _turn, _draft: ()
    guess: Callable[[Turn, Draft, str], Draft] | None = None
    """Reads more out of the first words than the step that takes them."""
    submit_label: str = "forms.submit"
    by_name: Mapping[str, Step] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {step.name: step for step in self.steps})


# --- answers in a draft --------------------------------------------------------------------------


def with_value(draft: Draft, name: str, value: Any) -> Draft:
    """Put an answer into a draft."""
    return replace(draft, values={**draft.values, name: value})


def without_value(draft: Draft, *names: str) -> Draft:
    """Take answers out of a draft."""
    kept = {name: value for name, value in draft.values.items() if name not in names}
    return replace(draft, values=kept)


def clean_words(turn: Turn, given: str, min_letters: int) -> str:
    """Trim a text and make sure that it says something.

    Raises:
        Refused: it is empty, or only signs and pictures.
    """
    words = given.replace("\x00", "").strip()
    if sum(1 for sign in words if sign.isalnum()) < min_letters:
        raise Refused("text_needs_words")
    return _cut(turn, words)


def _cut(turn: Turn, words: str) -> str:
    if len(words) > MAX_TEXT:
        turn.say("forms.text_cut", limit=MAX_TEXT, given=len(words))
    return words[:MAX_TEXT]


def point_of(draft: Draft, name: str = "place") -> Point | None:
    """Give the location of a place answer."""
    place = draft.values.get(name) or {}
    if place.get("lat") is None:
        return None
    return Point(latitude=place["lat"], longitude=place["lon"])


def files_of(draft: Draft, name: str = "files") -> tuple[str, ...]:
    """Give the attachment ids of a files answer."""
    return tuple(pair[0] for pair in draft.values.get(name) or ())


# --- the conversation ----------------------------------------------------------------------------


async def begin(
    turn: Turn,
    form: Form,
    *,
    values: Values | None = None,
    context: Values | None = None,
    quick: bool = False,
) -> None:
    """Begin a form and ask its first open question.

    Args:
        values: answers that are known already.
        context: what the form is about, such as a case number.
        quick: ask only what must be answered; the rest is offered in the read-back.
    """
    await go_on(turn, form, _new(turn, form, values or {}, {**(context or {}), "quick": quick}))


async def begin_answered(turn: Turn, form: Form, values: Values) -> None:
    """Begin a form with what just arrived as the answer to its first open question."""
    draft = _new(turn, form, values, {})
    step = _next_step(turn, form, draft)
    turn.keep_draft(replace(draft, step=step.name if step else ""))
    await answer(turn, form)


def _new(turn: Turn, form: Form, values: Values, context: Values) -> Draft:
    album = {"album": turn.incoming.album} if turn.incoming.album else {}
    return Draft(
        person=turn.person.id,
        id=turn.short_id(),
        form=form.name,
        form_version=form.version,
        step="",
        values={name: value for name, value in values.items() if value is not None},
        context={**context, **album},
        changed_at=turn.now,
        expires_at=turn.now + turn.street.office.draft_life,
    )


async def go_on(turn: Turn, form: Form, draft: Draft) -> None:
    """Ask the next open question, or read back, or submit a form that has no read-back."""
    step = _next_step(turn, form, draft)
    if step is not None:
        await _ask(turn, form, replace(draft, step=step.name, editing=False))
    elif form.review:
        draft = replace(draft, step=REVIEW, editing=False)
        if form.before_review is not None:
            draft = await form.before_review(turn, draft)
        turn.keep_draft(draft)
        turn.reply(_read_back(turn, form, draft))
    else:
        turn.drop_draft()
        await form.submit(turn, draft)


async def resume(turn: Turn, form: Form) -> None:
    """Ask the current question again: after a restart, a week, or a move to another channel."""
    draft = _current(turn, form)
    step = form.by_name.get(draft.step)
    if step is not None and (draft.editing or not step.spared(turn, draft)):
        await _ask(turn, form, draft)
    else:
        await go_on(turn, form, draft)


async def answer(turn: Turn, form: Form) -> None:
    """Take what arrived, other than a button, as an answer.

    Raises:
        Refused: no step of the form can take it.
    """
    draft = _current(turn, form)
    step = form.by_name.get(draft.step)
    given = turn.incoming.text
    if step is not None:
        try:
            taken = await step.take(turn, draft)
        except NotMineError:
            pass
        else:
            if form.guess is not None and isinstance(step, Words) and given:
                taken = form.guess(turn, taken, given)
            await _taken(turn, form, step, await _with_the_rest(turn, form, step, taken))
            return
    for other in form.steps:
        if other is step or not other.when(turn, draft) or isinstance(other, Choose):
            continue
        if not _fits(other, turn):
            continue
        if isinstance(other, Words) and draft.values.get(other.name):
            await _add_words(turn, form, other, draft)
        else:
            await _keep_elsewhere(turn, form, other, await other.take(turn, draft))
        return
    raise Refused(f"unfit_{turn.incoming.unfit}" if turn.incoming.unfit else "not_an_answer")


async def _with_the_rest(turn: Turn, form: Form, step: Step, draft: Draft) -> Draft:
    """Keep what came along with an answer: pictures beside words, a caption beside pictures."""
    incoming = turn.incoming
    for other in form.steps:
        if other is step or not other.when(turn, draft):
            continue
        if isinstance(other, Files) and incoming.files and not isinstance(step, Files):
            draft = await other.take(turn, draft)
        elif isinstance(other, Words) and incoming.text and isinstance(step, Files):
            known = draft.values.get(other.name)
            if any(sign.isalnum() for sign in incoming.text):
                more = clean_words(turn, incoming.text, 1)
                joined = _cut(turn, f"{known}\n{more}") if known else more
                draft = with_value(draft, other.name, joined)
            break
    return draft


# --- albums --------------------------------------------------------------------------------------


def album_slot(turn: Turn, name: str) -> str | None:
    """Let the parts of an album share one answer."""
    album = turn.incoming.album
    return f"{name}-{album}"[:_MAX_SLOT] if album else None


def _fits(step: Step, turn: Turn) -> bool:
    """Tell whether an answer is of a step's sort, so that it need not be refused elsewhere."""
    incoming = turn.incoming
    match step:
        case Files():
            return bool(incoming.files)
        case Place():
            return incoming.place is not None
        case Phone():
            return incoming.phone is not None
        case Words():
            return bool(incoming.text)
        case _:
            return False


async def _add_words(turn: Turn, form: Form, step: Step, draft: Draft) -> None:
    """Words that nobody asked for belong to those given before."""
    more = clean_words(turn, turn.incoming.text or "", 1)
    joined = _cut(turn, f"{draft.values[step.name]}\n{more}")
    turn.say("forms.words_added")
    await _again(turn, form, with_value(draft, step.name, joined))


async def _keep_elsewhere(turn: Turn, form: Form, step: Step, draft: Draft) -> None:
    if isinstance(step, Words) and form.guess is not None and turn.incoming.text:
        draft = form.guess(turn, draft, turn.incoming.text)
    if isinstance(step, Files):
        _show_files(turn, form, step, draft)
        return
    if isinstance(step, Words):
        turn.say("forms.kept")
    await _again(turn, form, draft)


async def _again(turn: Turn, form: Form, draft: Draft) -> None:
    """Come back to the question that is still open."""
    current = form.by_name.get(draft.step)
    open_still = current is not None and current.name not in draft.values
    if current is not None and open_still and current.when(turn, draft):
        await _ask(turn, form, draft)
    else:
        await go_on(turn, form, draft)


async def _taken(turn: Turn, form: Form, step: Step, draft: Draft) -> None:
    if isinstance(step, Files):
        _show_files(turn, form, step, draft)
        return
    await go_on(turn, form, without_value(draft, *step.clears) if step.clears else draft)


async def press(turn: Turn, form: Form, arguments: tuple[str, ...]) -> None:
    """Take a pressed button of a form; the draft's id in it tells an old one.

    Raises:
        Stale: the button belongs to another draft, or offers what is not to be had any more.
    """
    draft = _current(turn, form)
    match arguments:
        case (draft.id, "s", name, value) if name in form.by_name:
            await _press_value(turn, form, draft, form.by_name[name], value)
        case (draft.id, "b"):
            await _back(turn, form, draft)
        case (draft.id, "k" | "d", name) if name in form.by_name:
            await _leave_out(turn, form, draft, form.by_name[name])
        case (draft.id, "e", name) if name in form.by_name:
            await _ask(turn, form, replace(draft, step=name, editing=True))
        case (draft.id, "x"):
            turn.reply(_really_cancel(draft))
        case (draft.id, "xx"):
            turn.drop_draft()
            turn.say("forms.cancelled", (choice("menu.open", "menu"),))
        case (draft.id, "m") if draft.step == REVIEW:
            turn.reply(_what_to_change(turn, form, draft))
        case (draft.id, "r"):
            await resume(turn, form)
        case (draft.id, "ok") if draft.step == REVIEW:
            if _next_step(turn, form, draft) is not None:
                await go_on(turn, form, draft)
                return
            turn.drop_draft()
            await form.submit(turn, draft)
        case _:
            raise Stale


async def _press_value(turn: Turn, form: Form, draft: Draft, step: Step, value: str) -> None:
    if draft.values.get(step.name) == value and draft.step != step.name:
        return  # The same button twice: the answer stands, and the next question was asked.
    if not step.when(turn, draft):
        raise Stale
    taken = await step.press(turn, draft, value)
    taken = without_value(taken, *step.clears)
    await go_on(turn, form, taken)


async def _back(turn: Turn, form: Form, draft: Draft) -> None:
    step = None if draft.editing else _previous(turn, form, draft)
    if step is None:
        await go_on(turn, form, draft)
        return
    draft = without_value(draft, step.name)
    await _ask(turn, form, replace(draft, step=step.name, editing=False))


def _previous(turn: Turn, form: Form, draft: Draft) -> Step | None:
    """Find the question that was answered before the current one."""
    previous = None
    for step in form.steps:
        if step.name == draft.step:
            break
        if step.asked and step.name in draft.values and step.when(turn, draft):
            previous = step
    return previous


async def _leave_out(turn: Turn, form: Form, draft: Draft, step: Step) -> None:
    if draft.step != step.name:
        if step.name in draft.values:
            return  # Skipped or done already; the next question was asked.
        raise Stale
    if not step.optional and not isinstance(step, Files):
        raise Stale
    kept = draft.values.get(step.name)
    await go_on(turn, form, with_value(draft, step.name, kept))


# --- questions -----------------------------------------------------------------------------------


def _current(turn: Turn, form: Form) -> Draft:
    """Give the draft, brought to the form's present version."""
    draft = turn.draft
    if draft is None or draft.form != form.name:
        raise Stale
    if draft.form_version == form.version:
        return draft
    kept = {name: value for name, value in draft.values.items() if name in form.by_name}
    return replace(draft, form_version=form.version, values=kept, step="")


def _next_step(turn: Turn, form: Form, draft: Draft) -> Step | None:
    quick = draft.context.get("quick", False)
    for step in form.steps:
        if step.name in draft.values or not step.asked or (quick and step.optional):
            continue
        if step.when(turn, draft) and not step.spared(turn, draft):
            return step
    return None


async def _ask(turn: Turn, form: Form, draft: Draft) -> None:
    step = form.by_name[draft.step]
    turn.keep_draft(draft)
    choices = await step.choices(turn, draft)
    blocks = (text(step.question, **_context_fields(draft)),)
    turn.reply(
        Message(
            blocks=blocks,
            choices=(*choices, *_controls(turn, form, draft, step)),
            awaiting=step.awaiting,
        )
    )


def _context_fields(draft: Draft) -> dict[str, Value]:
    return {
        name: value
        for name, value in draft.context.items()
        if isinstance(value, str | int) and name != "album"
    }


def _controls(turn: Turn, form: Form, draft: Draft, step: Step) -> tuple[tuple[Choice, ...], ...]:
    row: list[Choice] = []
    if step.optional or (isinstance(step, Files) and draft.values.get(step.name)):
        row.append(choice("forms.skip", action(VERB, draft.id, "k", step.name)))
    if draft.editing:
        row.append(choice("forms.keep", action(VERB, draft.id, "b")))
    elif _previous(turn, form, draft) is not None:
        row.append(choice("forms.back", action(VERB, draft.id, "b")))
    row.append(choice("forms.cancel", action(VERB, draft.id, "x")))
    return (tuple(row),)


def _show_files(turn: Turn, form: Form, step: Files, draft: Draft) -> None:
    """Tell what is kept by now; the parts of an album share this one message."""
    album = turn.incoming.album
    goes_on = album is not None and draft.context.get("album") == album
    turn.keep_draft(replace(draft, context={**draft.context, "album": album}))
    if draft.step == REVIEW:
        message = _read_back(turn, form, draft)
    else:
        message = _files_message(turn, step, draft)
    turn.reply(replace(message, anew=not goes_on))


def _files_message(turn: Turn, step: Files, draft: Draft) -> Message:
    verb = ("d", step.name) if draft.step == step.name else ("r",)
    return Message(
        blocks=(text("forms.files_so_far", kept=step.show(turn, draft), most=step.most),),
        choices=(
            (choice("forms.done", action(VERB, draft.id, *verb), emphasis=True),),
            (choice("forms.cancel", action(VERB, draft.id, "x")),),
        ),
        slot=f"files-{draft.id}",
    )


def _really_cancel(draft: Draft) -> Message:
    return Message(
        blocks=(text("forms.really_cancel"),),
        choices=(
            (
                choice("forms.go_on", action(VERB, draft.id, "r"), emphasis=True),
                choice("forms.drop", action(VERB, draft.id, "xx")),
            ),
        ),
    )


def _read_back(turn: Turn, form: Form, draft: Draft) -> Message:
    """Read everything back, each line with a button to change it."""
    lines = tuple(
        Line(text(step.label), value)
        for step, value in _answers(turn, form, draft)
        if value not in (None, "")
    )
    submit = choice(form.submit_label, action(VERB, draft.id, "ok"), emphasis=True)
    change = choice("forms.change", action(VERB, draft.id, "m"))
    changes = rows([change] if turn.person.elder else _edits(turn, form, draft))
    return Message(
        blocks=(
            Card(title=text(form.title), lines=lines),
            *form.review_notes(turn, draft),
        ),
        choices=(
            (submit,),
            *changes,
            (choice("forms.cancel", action(VERB, draft.id, "x")),),
        ),
        slot=f"review-{draft.id}",
        anew=True,
    )


def _answers(turn: Turn, form: Form, draft: Draft) -> list[tuple[Step, Value]]:
    return [(step, step.show(turn, draft)) for step in form.steps if step.when(turn, draft)]


def _edits(turn: Turn, form: Form, draft: Draft) -> list[Choice]:
    return [
        choice(
            "forms.edit" if value not in (None, "") else "forms.add",
            action(VERB, draft.id, "e", step.name),
            what=text(step.label),
        )
        for step, value in _answers(turn, form, draft)
    ]


def _what_to_change(turn: Turn, form: Form, draft: Draft) -> Message:
    """Ask which answer is to be changed, where the read-back shows few buttons."""
    keep = choice("forms.keep", action(VERB, draft.id, "r"))
    return Message(
        blocks=(text("forms.ask_change"),), choices=(*rows(_edits(turn, form, draft), 1), (keep,))
    )


def unfinished(form: Form, draft: Draft, wanted: str) -> Message:
    """Offer to go on with a form before another one is begun.

    Args:
        wanted: the action that begins the other form anyway.
    """
    return Message(
        blocks=(text("forms.unfinished", form=text(form.title)),),
        choices=(
            (choice("forms.go_on", action(VERB, draft.id, "r"), emphasis=True),),
            (Choice(label=text("forms.begin_anew"), action=wanted),),
        ),
    )


def gone(turn: Turn) -> Message:
    """Answer a button of a form that was submitted, cancelled or has expired."""
    way = (
        choice("assignments.to_todo", "todo")
        if turn.is_staff
        else choice("matters.my_cases", "mine")
    )
    return Message(blocks=(text("forms.gone"),), choices=((way, choice("menu.open", "menu")),))


def expired(turn: Turn, form: Form, draft: Draft) -> Message:
    """Say that a form was given up because nobody came back to it."""
    ways = [choice("menu.open", "menu")]
    if number := draft.context.get("number"):
        ways.insert(0, open_case(str(number)))
    said = text("forms.expired", form=text(form.title), life=turn.street.office.draft_life)
    return Message(blocks=(said,), choices=(tuple(ways),))
