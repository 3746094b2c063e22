"""What a feature offers in chat, declared once: its verbs, forms, menu entries, and what it hears.

A declaration is named in `handlers.registry.FEATURES`. From there the router, the menus, typed
words, Telegram's command menus, minimal Telegram and the tests of rights are made: nobody keeps a
second list.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from inspect import Parameter, signature
from typing import Any, Protocol, TypeVar

from domain.access.actors import Actor
from domain.access.rights import Right
from domain.messages import Choice, Message, Side
from domain.obligations import Obligation, Tally
from domain.organisation import Responsible
from domain.words.lexicon import Guess
from storage.work import Work

#: Called with the turn and the arguments of the pressed button's action, all hostile strings.
Handler = Callable[..., Awaitable[None]]
#: Takes what arrived if it is meant for the feature, and tells whether it was.
Hears = Callable[[Any], Awaitable[bool]]
#: The same, about a thing: gets the turn and the id of its subject.
HearsOf = Callable[[Any, str], Awaitable[bool]]

_ANY = 1_000
#: The command that opens the menu.
_FIRST = "menu"


class System(StrEnum):
    """The systems of the main menu, in its order."""

    DECISIONS = "decisions"
    SERVICES = "services"
    DISPUTES = "disputes"
    SUPERVISION = "supervision"
    MINE = "mine"
    HELP = "help"


class Menu(StrEnum):
    """The pages on which buttons of features stand."""

    MAIN = "main"
    ELDER = "elder"
    """The main menu of residents who want few big buttons."""
    MINE = "mine"
    """我的: what is one's own."""
    HELP = "help"
    """Under what residents are told of how this works."""
    SERVICES = "services"
    """办事指南: what there is besides a request, also below the first question of its form."""
    WORK = "work"
    """The staff's menu."""


@dataclass(frozen=True, slots=True)
class Verb:
    """What one kind of button does."""

    name: str
    """With the folder of the feature before it, such as ``matters.accept``."""
    do: Handler
    right: Right | None = None
    """What a member of staff needs for it; None where it is about oneself."""
    about: str = ""
    """What its first argument names, such as ``matter`` or ``unit``; empty for nothing."""
    begins: bool = False
    """It begins a form: pressed over an unfinished one, the bot asks first."""
    minimal: bool = False
    """It brings nothing personal, and its answer makes sense without: allowed where Telegram
    carries the least. Source: design, "Personal data"."""
    command: str = ""
    """The command that does the same, without its slash."""
    listed: bool = False
    """The command stands in Telegram's command menu, for those who have the right."""
    words: tuple[str, ...] = ()
    """What may be typed instead, in lower case."""
    while_closed: bool = False
    """It shows or ends what is under way: it works also where the feature is closed."""
    _takes: tuple[int, int] = field(init=False, repr=False, default=(0, 0))

    def __post_init__(self) -> None:
        given = list(signature(self.do).parameters.values())[1:]
        least = sum(
            one.default is Parameter.empty and one.kind is not Parameter.VAR_POSITIONAL
            for one in given
        )
        endless = any(one.kind is Parameter.VAR_POSITIONAL for one in given)
        object.__setattr__(self, "_takes", (least, _ANY if endless else len(given)))

    def takes(self, arguments: Sequence[str]) -> bool:
        """Tell whether a pressed action brings as many arguments as this needs."""
        least, most = self._takes
        return least <= len(arguments) <= most

    @property
    def typed(self) -> bool:
        """Tell whether it can be done without naming anything."""
        return self._takes[0] == 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A button on one of the menus."""

    menu: Menu
    label: str | Callable[[Any], str]
    """The wording's key, or what gives it for the one who is talking."""
    verb: str
    argument: str | Callable[[Any], str] = ""
    system: System = System.HELP
    """On the main menu: which system it belongs to; they stand in its order."""
    emphasis: bool = False
    shown: Callable[[Any], bool] | None = None
    """Tells whether the one who is talking has any use for it, beyond the verb's right."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What becomes of words that are read in a certain way."""

    guess: Guess
    take: Handler | None = None
    """Goes on with the words and files of a draft, as a matter of this kind."""
    form: str = ""
    """The form that `take` begins, for whoever has to know that it is one of a new matter."""
    answer: Handler | None = None
    """Answers the turn at once; gets what was understood."""
    unsure: bool = False
    """Answers also where the reading is not sure."""


@dataclass(frozen=True, slots=True)
class Continuation:
    """Something of one's own to which words may belong, in one of several ways."""

    key: str
    ways: tuple[str, ...]
    waits: bool = False
    """Something was asked: what comes is likely the answer."""


@dataclass(frozen=True, slots=True)
class Continues:
    """How words reach what a person has under way already."""

    ways: tuple[str, ...]
    """Every way that there is; each has a wording ``words.to_<way>`` with the field ``number``."""
    find: Callable[[Any], Awaitable[list[Continuation]]]
    take: Handler
    """Gets the turn, the way and the draft, whose context holds the key as ``number``."""


@dataclass(frozen=True, slots=True)
class Unsorted:
    """What becomes of voices and pictures without words."""

    form: str
    take: Handler
    """Gets the turn and the files; None where more may be on their way."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What may be typed alone and means something by itself: a number, a code."""

    take: Hears
    over_form: bool = False
    """Also while a form is open."""


@dataclass(frozen=True, slots=True)
class Guard:
    """What stands around every turn of a side."""

    before: Hears
    """Tells whether that was all there is to say."""
    after: Callable[[Any, Any], Awaitable[None]]
    """Gets the turn and the draft that was open before it."""


@dataclass(frozen=True, slots=True)
class Owes:
    """What is owed of a feature's own kind, by person and by unit."""

    of_person: Callable[[Work, str], Awaitable[list[Obligation]]]
    """Gets a person: what that person has to do."""
    of_units: Callable[[Work, Actor, Sequence[str]], Awaitable[list[Obligation]]] | None = None
    """Gets a reader and grids: what anybody owes there, as far as the reader may know of it. None
    where it stands in the list of something else already."""
    count: Callable[[Work, Sequence[str]], Awaitable[Mapping[str, Tally]]] | None = None
    """Gets grids: how much is owed in each, for the overview."""


@dataclass(frozen=True, slots=True)
class Knows:
    """What can be told at once of a feature's own data, to whoever asks."""

    tell: Callable[[Any, str], Awaitable[Message | None]]
    """Gets the turn and the words of the question; None where they ask for nothing of it."""
    first: bool = False
    """It is asked before what the office's general data tell, and also where words may be read
    as something else: what it answers is plainly asked of it."""
    is_meant: Callable[[Any, str], Awaitable[bool]] | None = None
    """Tells whether words are clearly about one thing of it, also where they may be no question;
    None where nobody asks."""


class Filed(Protocol):
    """What a new case is, as far as it decides who gets it."""

    @property
    def category(self) -> str:
        """Its category's code."""

    @property
    def community(self) -> str:
        """The community in which it is filed."""


#: Gets the turn, a new request that is no emergency and that no law seals, and whom to avoid; gives
#: who is better placed for it than the grid's own ladder, or None.
Route = Callable[[Any, Filed, frozenset[str]], Awaitable[Responsible | None]]

#: Gets the turn and the draft that was read back; gives buttons, each a line of its own.
Beside = Callable[[Any, Any], Awaitable[Sequence[Choice]]]


@dataclass(frozen=True, slots=True)
class Refers:
    """A procedure to which cases may be handed, such as an agency."""

    kind: str
    """The kind of its subjects."""
    show: Handler
    """Opens the one that a case is with; gets the turn and its id."""
    label: str = ""
    """The wording of the button that hands a case to it."""
    takes: Callable[[Any, Any], bool] = lambda _turn, _matter: False
    """Tells whether a case that one has in hand can be handed to it."""
    begin: Handler | None = None
    """Begins to hand a case to it; gets the turn and the number."""
    name: str = ""
    """Tells it apart from others of the same kind."""

    @property
    def key(self) -> str:
        """How buttons name it."""
        return self.name or self.kind


class AnyForm(Protocol):
    """A form, as far as it is declared here; `handlers.forms.forms.form_named` gives it whole."""

    @property
    def name(self) -> str:
        """The name by which drafts refer to it."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A feature's doors on one side; `handlers.router` opens them."""

    name: str
    """The folder that it stands in, or its file: the first part of its verbs."""
    side: Side
    switchable: bool = False
    """The street may open it for some communities and close it for others (R-01)."""
    verbs: tuple[Verb, ...] = ()
    forms: tuple[AnyForm, ...] = ()
    entries: tuple[Entry, ...] = ()
    readings: tuple[Reading, ...] = ()
    typed: tuple[Typed, ...] = ()
    starts: Mapping[str, Handler] = field(default_factory=dict)
    """What links do that open the bot, by how their payload begins; the rest is the argument."""
    replies: Mapping[str, HearsOf] = field(default_factory=dict)
    """Takes what was written under a message about a thing, by the kind of its subject."""
    place: Handler | None = None
    """Takes a location that nobody asked for."""
    knows: Knows | None = None
    route: Route | None = None
    beside: Mapping[str, Beside] = field(default_factory=dict)
    """What may be pressed beside what a form read back, by the form's name: another way to it."""
    continues: Continues | None = None
    unsorted: Unsorted | None = None
    guard: Guard | None = None
    owes: Owes | None = None
    refers: Refers | None = None
    stranger: Handler | None = None
    """Answers somebody without a post on the staff's side."""
    hears: Handler | None = None
    """Takes what is meant for nobody else."""
    elsewhere: Handler | None = None
    """Leads on to where only the office listens; gets the turn and the action to be done there."""

    def closed(self) -> "Feature":
        """Give what is left of it where it is closed: what is under way can be seen and ended.

        Forms stay for what somebody has written already; they are submitted when it is open again.
        """
        left = tuple(
            replace(one, command="", listed=False, words=())
            for one in self.verbs
            if one.while_closed
        )
        return replace(
            self,
            verbs=left,
            entries=(),
            readings=(),
            typed=(),
            starts={},
            place=None,
            knows=None,
            route=None,
            beside={},
            unsorted=None,
            refers=replace(self.refers, begin=None) if self.refers is not None else None,
        )

    @property
    def is_way_in(self) -> bool:
        """Tell whether people come in by it, or are heard by it: it is never closed."""
        return any((self.guard, self.stranger, self.hears, self.elsewhere))


Found = TypeVar("Found")


class Features:
    """All features of the program, by what is asked of them.

    Raises:
        LookupError: two features lay claim to the same, an entry names no verb, or what people
            come in by could be closed.
    """

    def __init__(self, features: Iterable[Feature]) -> None:
        self.all = tuple(features)
        #: What the street may open and close by community.
        self.switchable = frozenset(one.name for one in self.all if one.switchable)
        for one in self.all:
            if one.name in self.switchable and not one.switchable:
                raise LookupError(f"{one.name} is switchable on one side alone")
            if one.switchable and one.is_way_in:
                raise LookupError(f"people come in by {one.name}: it cannot be switchable")
        self._left: dict[frozenset[str], Features] = {}
        self.verbs = {side: self._verbs(side) for side in Side}
        self.commands = {side: self._commands(side) for side in Side}
        self.words = {side: self._words(side) for side in Side}
        self.forms: Mapping[str, AnyForm] = _unique(
            ((form.name, form) for feature in self.all for form in feature.forms), "form"
        )
        self.entries = {menu: self._entries(menu) for menu in Menu}
        self.readings: Mapping[Guess, Reading] = _unique(
            ((one.guess, one) for feature in self.all for one in feature.readings), "reading"
        )
        #: Whose form each is.
        self.owner_of_form = {
            form.name: feature.name for feature in self.all for form in feature.forms
        }
        #: The forms of a new matter.
        self.filing = frozenset(one.form for one in self.readings.values() if one.form)
        self.continues = tuple(one.continues for one in self.all if one.continues is not None)
        #: Who may know the answer to a question, in the order in which they are asked.
        self.knows = tuple(one.knows for one in self.all if one.knows is not None)
        #: Who may say to whom a new request goes; the first one who does decides.
        self.routes = tuple(one.route for one in self.all if one.route is not None)
        #: What may be pressed beside what a form read back, by the form's name.
        self.beside = {
            name: tuple(one.beside[name] for one in self.all if name in one.beside)
            for name in sorted({name for one in self.all for name in one.beside})
        }
        self.owes = tuple(one.owes for one in self.all if one.owes is not None)
        #: What cases may be handed to, and are shown by whom they were, by side.
        self.refers = {
            side: tuple(one.refers for one in self._of(side) if one.refers is not None)
            for side in Side
        }
        self.unsorted = _only((one.unsorted for one in self.all), "what is not sorted")
        self.starts = {
            side: _unique((pair for one in self._of(side) for pair in one.starts.items()), "start")
            for side in Side
        }

        self.replies = {
            side: _unique((pair for one in self._of(side) for pair in one.replies.items()), "reply")
            for side in Side
        }
        #: What stands around every turn of a side.
        self.guards = {
            side: tuple(one.guard for one in self._of(side) if one.guard is not None)
            for side in Side
        }
        self.place = self._one_a_side("place", "a location")
        self.hears = self._one_a_side("hears", "other words")
        self.stranger = self._one_a_side("stranger", "strangers")
        self.elsewhere = self._one_a_side("elsewhere", "what belongs elsewhere")

    def _one_a_side(self, field_name: str, what: str) -> Mapping[Side, Handler | None]:
        return {
            side: _only((getattr(one, field_name) for one in self._of(side)), what) for side in Side
        }

    def _of(self, side: Side) -> tuple[Feature, ...]:
        return tuple(one for one in self.all if one.side is side)

    def _verbs(self, side: Side) -> Mapping[str, Verb]:
        found: list[tuple[str, Verb]] = []
        for feature in self._of(side):
            for verb in feature.verbs:
                if not verb.name.startswith(f"{feature.name}."):
                    raise LookupError(f"the verb {verb.name} is not named after {feature.name}")
                found.append((verb.name, verb))
        return _unique(found, "verb")

    def _commands(self, side: Side) -> Mapping[str, Verb]:
        every = self.verbs[side].values()
        return _unique(((one.command, one) for one in every if one.command), "command")

    def _words(self, side: Side) -> Mapping[str, Verb]:
        every = self.verbs[side].values()
        return _unique(((word, one) for one in every for word in one.words), "word")

    def _entries(self, menu: Menu) -> tuple[tuple[Entry, Verb], ...]:
        systems = list(System)
        found = []
        for feature in self.all:
            for entry in feature.entries:
                if entry.menu is not menu:
                    continue
                if (verb := self.verbs[feature.side].get(entry.verb)) is None:
                    raise LookupError(f"the menu {menu} names {entry.verb}, which is no verb")
                found.append((entry, verb))
        return tuple(sorted(found, key=lambda one: systems.index(one[0].system)))

    def typed(self, side: Side, *, over_form: bool) -> tuple[Typed, ...]:
        """Give what may be typed alone."""
        every = (one for feature in self._of(side) for one in feature.typed)
        return tuple(one for one in every if one.over_form is over_form)

    def listed(self, side: Side) -> tuple[Verb, ...]:
        """Give what stands in the channel's list of commands: the menu first, its help last."""
        found = [one for one in self.verbs[side].values() if one.listed]
        first = [one for one in found if one.command == _FIRST]
        last = [one for one in found if one.name.startswith("menu.") and one not in first]
        between = [one for one in found if one not in first and one not in last]
        return (*first, *between, *last)

    def start(self, side: Side, payload: str) -> tuple[Handler, str] | None:
        """Find what a link's payload is for, and what it brings along."""
        starts = self.starts[side]
        fits = [one for one in starts if payload.startswith(one)]
        if not fits:
            return None
        longest = max(fits, key=len)
        return starts[longest], payload.removeprefix(longest)

    def without(self, closed: frozenset[str]) -> "Features":
        """Give what there is where some features are closed; made once for the same ones."""
        closed &= self.switchable
        if not closed:
            return self
        if (found := self._left.get(closed)) is None:
            left = (one.closed() if one.name in closed else one for one in self.all)
            found = self._left[closed] = Features(left)
        return found

    def takes_way(self, way: str) -> Continues | None:
        """Find whose way it is that words go to something under way."""
        return next((one for one in self.continues if way in one.ways), None)


def _unique(pairs: Iterable[tuple[Any, Found]], what: str) -> dict[Any, Found]:
    found: dict[Any, Found] = {}
    for name, one in pairs:
        if name in found and found[name] is not one:
            raise LookupError(f"the {what} {name!r} is declared twice")
        found[name] = one
    return found


def _only(given: Iterable[Found | None], what: str) -> Found | None:
    found = [one for one in given if one is not None]
    if len(found) > 1:
        raise LookupError(f"two features take {what}")
    return found[0] if found else None
