"""Forms as data: declared steps, each with its question, its buttons and what it takes."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar

from domain.errors import Refused, Stale
from domain.messages import (
    Awaiting,
    Choice,
    FileKind,
    Message,
    Text,
    Value,
    action,
    rows,
    text,
)
from domain.subjects import MATTER, Subject
from handlers.features import Menu
from handlers.forms.answers import (
    NotMineError,
    clean_words,
    counted_files,
    cut,
    with_value,
    without_value,
)
from handlers.forms.everyday import Correction
from handlers.turn import Turn
from storage.drafts import Draft

#: The verb of every button that belongs to a form.
VERB = "f"
#: The name of the read-back in `Draft.step`.
REVIEW = "review"
#: In a draft's context: what it asks was answered already; it waits for one press, and whatever is
#: said next is about something else.
ANSWERED = "answered"
#: In a draft's context: what was said in the same breath about something else, and comes next.
THEN = "then"
#: In a draft's context: the grid was chosen by hand, and nothing else replaces it.
CHOSEN = "chosen"
#: In a draft's context: a location that was sent decided the grid.
LOCATED = "located"
#: Source: `storage.outbox`, the width of the column.
MAX_SLOT = 60


@dataclass(frozen=True, slots=True)
class Option:
    """One of a step's choices; ``words`` are what a person may type instead of pressing it."""

    value: str
    label: Text
    words: tuple[str, ...] = ()
    detail: Text | None = None
    """What stands beside it where each option is a line of a list."""


#: What can be chosen now; asynchronous where the tables have to be asked.
Options = Callable[[Turn, Draft], Sequence[Option] | Awaitable[Sequence[Option]]]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One question of a form; its name is the key of its answer in the draft's values."""

    name: str
    question: str
    label: str
    """What the read-back and the edit button call it."""
    change: str = ""
    """What its edit button says, where that is no change of what the label names."""
    missing: str = ""
    """What the read-back says where there is no answer; empty: nothing."""
    add_label: str = ""
    """What the button says by which an answer is added, where that asks for something."""
    optional: bool = False
    asked: bool = True
    """Otherwise it is only offered in the read-back."""
    when: Callable[[Turn, Draft], bool] = lambda _turn, _draft: True
    spared: Callable[[Turn, Draft], bool] = lambda _turn, _draft: False
    """Needs no answer then, as another one says enough; the read-back still offers it."""
    clears: tuple[str, ...] = ()
    """Steps whose answers depend on this one."""
    awaiting: Awaiting | None = None
    is_text: ClassVar[bool] = False
    """Words of one's own answer it: later ones are added, and more may be read out of them."""
    stays_open: ClassVar[bool] = False
    """One answer does not end it: a button does."""
    takes_account: ClassVar[bool] = False
    """Its answer is the number of an account, such as that of a power meter, which may look like
    the number of a bank card; a longer number is taken for that all the same."""
    takes_any_words: ClassVar[bool] = False
    """Whatever is typed may be its answer, also where it is what a button says."""
    in_place: ClassVar[bool] = False
    """Its question changes where it stands while it is being answered."""

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give the buttons that answer it, in rows."""
        return ()

    def fits(self, turn: Turn) -> bool:
        """Tell whether what arrived is of this sort, though another question is open."""
        return False

    def comes_beside(self, turn: Turn, answered: "Step") -> bool:
        """Tell whether a part of what arrived is for this, beside the answer to another step."""
        return False

    async def add(self, turn: Turn, draft: Draft) -> Draft:
        """Take what came beside another answer, or after one's own."""
        return await self.take(turn, draft)

    def told(self, draft: Draft) -> Message | None:
        """Say what is kept so far, for a step that stays open; None: the question says it."""
        return None

    def holds(self, turn: Turn, draft: Draft) -> bool:
        """Tell whether an answer that was given earlier can still be had; else it is asked anew."""
        return True

    def may_skip(self, draft: Draft) -> bool:
        """Tell whether a button leads on without an answer, or without a further one."""
        return self.optional

    def ends(self, draft: Draft) -> bool:
        """Tell whether enough was given to go on from a step that stays open."""
        return True

    async def turn_page(self, turn: Turn, draft: Draft, where: str) -> Draft:
        """Go to another part of what can be chosen.

        Raises:
            Stale: there is no such part.
        """
        raise Stale

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

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Give the answer for the read-back; None leaves the line out."""
        value: Value = draft.values.get(self.name)
        return value


@dataclass(frozen=True, kw_only=True)
class Choose(Step):
    """Choose one of a few options, by button, by number or by typing its name."""

    options: Options
    width: int = 2
    lasts: Callable[[Turn, str], bool] | None = None
    """Whether an answer can still be had, where it may be gone while a form waits."""

    def holds(self, turn: Turn, draft: Draft) -> bool:
        """Ask whoever made the step."""
        value = draft.values.get(self.name)
        return self.lasts is None or value is None or self.lasts(turn, str(value))

    async def offered(self, turn: Turn, draft: Draft) -> Sequence[Option]:
        """Give what can be chosen now."""
        found = self.options(turn, draft)
        return await found if isinstance(found, Awaitable) else found

    async def choices(self, turn: Turn, draft: Draft) -> tuple[tuple[Choice, ...], ...]:
        """Give a button for each option."""
        buttons = [
            Choice(
                label=option.label,
                action=action(VERB, draft.id, "s", self.name, option.value),
                detail=option.detail,
            )
            for option in await self.offered(turn, draft)
        ]
        return rows(buttons, 1 if turn.person.elder else self.width)

    async def take(self, turn: Turn, draft: Draft) -> Draft:
        """Match typed words or a number with an option."""
        given = (turn.incoming.text or "").strip().casefold()
        options = await self.offered(turn, draft)
        place = place_in_list(given)
        if place is not None and place <= len(options):
            return with_value(draft, self.name, options[place - 1].value)
        for option in options:
            if given and given in (word.casefold() for word in option.words):
                return with_value(draft, self.name, option.value)
        partly = [one for one in options if _is_part(given, one.words)]
        if len(partly) == 1:
            return with_value(draft, self.name, partly[0].value)
        raise NotMineError

    async def is_name(self, turn: Turn, draft: Draft, given: str) -> bool:
        """Tell whether words are the whole name of an option."""
        names = {word.casefold() for one in await self.offered(turn, draft) for word in one.words}
        return given.casefold() in names

    async def press(self, turn: Turn, draft: Draft, value: str) -> Draft:
        """Take the option of a button, if it is still offered."""
        if all(option.value != value for option in await self.offered(turn, draft)):
            raise Stale
        return with_value(draft, self.name, value)

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Show the chosen option's name."""
        value = draft.values.get(self.name)
        if value is None:
            return None
        offered = await self.offered(turn, draft)
        return next((option.label for option in offered if option.value == value), None)


#: Fewer signs are a part of too many names.
_SHORTEST_PART = 2


def _is_part(given: str, words: Sequence[str]) -> bool:
    """Tell whether what was typed is a part of an option's name: 下水道 of 下水道和污水."""
    return len(given) >= _SHORTEST_PART and any(given in word.casefold() for word in words)


#: More options than anybody could read; a longer number means something else.
_MOST_DIGITS = 3


def place_in_list(given: str) -> int | None:
    """Read which option a number means, the first being 1."""
    if not given.isdecimal() or len(given) > _MOST_DIGITS:
        return None
    return int(given) or None


@dataclass(frozen=True, kw_only=True)
class Words(Step):
    """A few words of one's own."""

    awaiting: Awaiting | None = Awaiting.TEXT
    is_text: ClassVar[bool] = True
    min_letters: int = 2

    def fits(self, turn: Turn) -> bool:
        """Any words do."""
        return bool(turn.incoming.text)

    def comes_beside(self, turn: Turn, answered: Step) -> bool:
        """Take a caption beside pictures."""
        return answered.stays_open and self.fits(turn)

    async def add(self, turn: Turn, draft: Draft) -> Draft:
        """Add words to those given before; signs and pictures alone say nothing more."""
        given = turn.incoming.text or ""
        if not any(sign.isalnum() for sign in given):
            return draft
        more = clean_words(turn, given, 1)
        known = draft.values.get(self.name)
        return with_value(draft, self.name, cut(turn, f"{known}\n{more}") if known else more)

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
    takes_any_words: ClassVar[bool] = True

    def fits(self, turn: Turn) -> bool:
        """Only a location does, where nobody asked."""
        return turn.incoming.place is not None

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
        has_map = any(grid.boundary for grid in turn.street.organisation.grids)
        if not grids and has_map:
            raise Refused("place_outside")
        place = {**known, "lat": point.latitude, "lon": point.longitude}
        draft = with_value(draft, self.name, place)
        if not grids or draft.context.get(CHOSEN):
            # Nobody has drawn the grids, or the grid was chosen by hand: the map still shows it.
            return draft
        draft = replace(draft, context={**draft.context, LOCATED: True})
        if len(grids) == 1:
            return with_value(draft, "grid", grids[0])
        draft = without_value(draft, "grid")
        return replace(draft, context={**draft.context, "grids": list(grids)})

    async def show(self, turn: Turn, draft: Draft) -> Value:
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
    stays_open: ClassVar[bool] = True
    most: int = 9
    """Photos of one matter. Source: the mission, "up to nine photos"."""

    def fits(self, turn: Turn) -> bool:
        """Any file does."""
        return bool(turn.incoming.files)

    def comes_beside(self, turn: Turn, answered: Step) -> bool:
        """Take pictures beside words."""
        return self.fits(turn) and not isinstance(answered, Files)

    def may_skip(self, draft: Draft) -> bool:
        """Files that are there already need no others."""
        return self.optional or bool(draft.values.get(self.name))

    def told(self, draft: Draft) -> Message | None:
        """Say how many files have come, with what may be done next."""
        verb = ("d", self.name) if draft.step == self.name else ("r",)
        done = Choice(label=text("forms.done"), action=action(VERB, draft.id, *verb), emphasis=True)
        cancel = Choice(label=text("forms.cancel"), action=action(VERB, draft.id, "x"))
        return Message(
            blocks=(text("forms.files_so_far", kept=self.count(draft), most=self.most),),
            choices=((done,), (cancel,)),
            slot=f"files-{draft.id}",
        )

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

    async def show(self, turn: Turn, draft: Draft) -> Value:
        """Count what was sent."""
        return self.count(draft)

    def count(self, draft: Draft) -> Value:
        """Count what was sent, in words."""
        return counted_files([kind for _, kind in draft.values.get(self.name) or ()])


@dataclass(frozen=True, kw_only=True)
class Phone(Step):
    """One's own phone number, shared or typed."""

    awaiting: Awaiting | None = Awaiting.CONTACT

    def fits(self, turn: Turn) -> bool:
        """Only a shared contact does, where nobody asked."""
        return turn.incoming.phone is not None

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
    instead: Callable[[Turn, Draft], Awaitable[tuple[Choice, ...]]] | None = None
    """What may be pressed in the read-back instead of submitting, a line each."""
    instead_label: str = ""
    """What is said above those."""
    guess: Callable[[Turn, Draft, str], Draft] | None = None
    """Reads more out of the first words than the step that takes them."""
    correct: Callable[[Turn, Draft, Correction], Draft | None] | None = None
    """Takes what is said to be wrong ("不是X，是Y"); None where it is about none of the answers."""
    menu: Menu | None = None
    """A page of buttons below its first question: what somebody may want instead of it."""
    submit_label: str = "forms.submit"
    leave: str = ""
    """What the button says by which nothing is said after all; it need not be asked about, as the
    thing itself is done. What is answered then is worded under the same name with ``_said``."""
    about: str = MATTER
    """The kind of the subject that ``number`` in a draft's context names, where it is there."""
    sensitive: str = ""
    """The verb that begins it on the web page: what is asked here is never taken over a channel
    whose messages others keep. Source: design, "Personal data"."""
    by_name: Mapping[str, Step] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_name", {step.name: step for step in self.steps})

    def is_untouched(self, draft: Draft) -> bool:
        """Tell whether the first question is open, and nothing was said yet."""
        first = self.steps[0].name if self.steps else ""
        return draft.step == first and not draft.editing and first not in draft.values

    def subject_of(self, draft: Draft) -> Subject | None:
        """Give what a draft of this form is about."""
        number = draft.context.get("number")
        return Subject(self.about, number) if isinstance(number, str) and number else None


def album_slot(turn: Turn, name: str) -> str | None:
    """Let the parts of an album share one answer."""
    album = turn.incoming.album
    return f"{name}-{album}"[:MAX_SLOT] if album else None
