"""What features declare is bound together once, when the program starts, or refused there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.messages import Side, parse_action
from domain.obligations import Obligation
from domain.organisation import Role
from domain.words.lexicon import Guess
from handlers.features import Entry, Feature, Features, Menu, Owes, Reading, Typed, Verb
from handlers.forms.steps import Form
from handlers.registry import FEATURES
from tests.handlers.chats import Office
from tests.rights import letters
from tests.street import STAFF, opened_in

ROOT = Path(__file__).resolve().parents[2]
#: Columns that may be taken out; everybody else stands on the others.
COLUMNS = ("broadcasts", "digests", "services", "tickets", "visits")


async def nothing(_turn: object) -> None: ...


async def with_two(_turn: object, _one: str, _two: str = "") -> None: ...


async def with_all(_turn: object, *_all: str) -> None: ...


async def says_no(_turn: object) -> bool:
    return False


def feature(*verbs: Verb, **more: object) -> Feature:
    return Feature(name="visits", side=Side.RESIDENTS, verbs=verbs, **more)  # type: ignore[arg-type]


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ((feature(Verb("other.done", nothing)),), "other.done is not named after visits"),
        (
            (feature(Verb("visits.done", nothing)), feature(Verb("visits.done", with_two))),
            "the verb 'visits.done' is declared twice",
        ),
        (
            (
                feature(
                    Verb("visits.a", nothing, words=("a",)), Verb("visits.b", nothing, words=("a",))
                ),
            ),
            "the word 'a' is declared twice",
        ),
        (
            (
                feature(
                    Verb("visits.a", nothing, command="a"), Verb("visits.b", nothing, command="a")
                ),
            ),
            "the command 'a' is declared twice",
        ),
        ((feature(entries=(Entry(Menu.MAIN, "x", "visits.gone"),)),), "names visits.gone"),
        (
            (
                feature(readings=(Reading(Guess.HELP, answer=nothing),)),
                feature(readings=(Reading(Guess.HELP, answer=with_two),)),
            ),
            "the reading <Guess.HELP: 'help'> is declared twice",
        ),
        (
            (feature(starts={"v-": nothing}), feature(starts={"v-": with_two})),
            "the start 'v-' is declared twice",
        ),
        ((feature(hears=nothing), feature(hears=with_two)), "two features take other words"),
        ((feature(place=nothing), feature(place=with_two)), "two features take a location"),
    ],
)
def test_two_that_lay_claim_to_the_same_are_refused_at_start(
    features: tuple[Feature, ...], said: str
) -> None:
    with pytest.raises(LookupError, match=said.replace("(", r"\(")):
        Features(features)


def test_a_verb_says_how_many_arguments_it_takes() -> None:
    none, two, every = (Verb("visits.x", do) for do in (nothing, with_two, with_all))

    assert [none.takes(["a"] * count) for count in range(3)] == [True, False, False]
    assert [two.takes(["a"] * count) for count in range(4)] == [False, True, True, False]
    assert all(every.takes(["a"] * count) for count in range(9))


def test_the_longest_start_of_a_link_decides() -> None:
    features = Features((feature(starts={"": nothing, "v-": with_two}),))

    assert features.start(Side.RESIDENTS, "v-12") == (with_two, "12")
    assert features.start(Side.RESIDENTS, "x") == (nothing, "x")
    assert features.start(Side.STAFF, "v-12") is None


def test_what_is_typed_is_asked_in_the_order_of_the_features() -> None:
    first, over = Typed(says_no), Typed(says_no, over_form=True)
    features = Features((feature(typed=(first,)), feature(typed=(over,))))

    assert features.typed(Side.RESIDENTS, over_form=False) == (first,)
    assert features.typed(Side.RESIDENTS, over_form=True) == (over,)
    assert features.typed(Side.STAFF, over_form=True) == ()


# --- what the program declares -------------------------------------------------------------------


def test_every_button_of_a_menu_brings_what_its_verb_takes() -> None:
    for menu in Menu:
        for entry, verb in FEATURES.entries[menu]:
            assert verb.takes((str(entry.argument),) if entry.argument else ()), entry


def test_what_is_typed_or_commanded_needs_nothing_more() -> None:
    for side in Side:
        for verb in FEATURES.verbs[side].values():
            assert verb.typed or not (verb.command or verb.words), verb.name
            assert not verb.listed or verb.command, verb.name


def actions() -> Iterator[tuple[str, int, str]]:
    """List the actions that are written down in the code: where, and which."""
    for layer in ("domain", "handlers", "scheduler", "reports", "storage", "bot"):
        for path in sorted((ROOT / layer).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Call):
                    for said in _said_in(node):
                        yield path.relative_to(ROOT).as_posix(), node.lineno, said


def _said_in(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    place = {"action": 0, "choice": 1, "unfinished": 2}.get(name)
    given = [call.args[place]] if place is not None and len(call.args) > place else []
    given += [one.value for one in call.keywords if name == "Choice" and one.arg == "action"]
    for one in given:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def test_every_action_in_the_code_is_a_verb_of_a_feature() -> None:
    known = {verb for side in Side for verb in FEATURES.verbs[side]}
    found = list(actions())

    assert len(found) > 100
    assert [one for one in found if parse_action(one[2])[0] not in known] == []


def test_what_is_shared_names_no_verb_of_a_column() -> None:
    """A button of a column that is not there would lead nowhere."""
    for file, line, said in actions():
        if file.startswith("handlers/") and file.count("/") == 1:
            assert said.partition(".")[0] not in COLUMNS, f"{file}:{line} names {said}"


def actions_of(office: Office, who: str) -> list[str]:
    """List what the buttons under somebody's last message do."""
    return [one.action for one in office.latest(who).labels.values() if one.action is not None]


# --- a column is taken out -----------------------------------------------------------------------


@pytest.fixture
def without(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Take a column's declarations out of the one list of features."""
    column = str(request.param)
    rest = Features(one for one in FEATURES.all if one.name != column)
    monkeypatch.setattr("bot.traffic.intake.FEATURES", rest)
    return column


@pytest.mark.parametrize("without", COLUMNS, indirect=True)
async def test_without_a_column_everything_else_goes_on(office: Office, without: str) -> None:
    number = await office.filed()
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("resident", "residents.me")
    await office.does("community", "menu.open")

    every = [*actions_of(office, "resident"), *actions_of(office, "community")]
    assert not [one for one in every if parse_action(one)[0].startswith(f"{without}.")]
    assert "接单" not in "".join(office.labels("secretary"))


@pytest.mark.parametrize("who", [one[0] for one in STAFF])
async def test_the_staffs_menu_shows_what_one_has_a_right_to(office: Office, who: str) -> None:
    role = next(Role(role) for person, _, role, _ in STAFF if person == who)
    await office.change(*opened_in("visits"))
    await office.does(who, "menu.open")
    shown = {parse_action(one)[0] for one in actions_of(office, who)}

    for entry, verb in FEATURES.entries[Menu.WORK]:
        if verb.right is not None and entry.shown is None:
            assert (entry.verb in shown) is bool(letters(role, verb.right) & {"U", "D", "X"}), entry


async def test_the_list_of_commands_follows_the_rights(office: Office) -> None:
    listed = {}
    for who in ("worker", "community"):
        await office.does(who, "menu.open")
        listed[who] = office.latest(who).message.commands

    assert listed["worker"] == ("menu", "todo", "language", "help")
    assert listed["community"] == (
        *("menu", "todo", "overview", "digests", "file", "language", "help"),
    )


# --- a column is closed in a community ------------------------------------------------------------


def test_where_a_feature_is_closed_only_what_ends_things_is_left_of_it() -> None:
    form = Form(name="visit", version=1, title="forms.kept", steps=(), submit=with_draft)
    owes = Owes(nothing_owed)
    visits = feature(
        Verb("visits.plan", nothing, command="visits", listed=True, words=("走访",)),
        Verb("visits.end", nothing, command="end", listed=True, words=("结束",), while_closed=True),
        switchable=True,
        forms=(form,),
        entries=(Entry(Menu.MAIN, "menu.help", "visits.plan"),),
        readings=(Reading(Guess.GREETING, answer=nothing),),
        typed=(Typed(says_no),),
        starts={"v-": nothing},
        place=nothing,
        owes=owes,
    )
    every = Features((visits,))
    side = Side.RESIDENTS

    left = every.without(frozenset({"visits"}))

    assert list(left.verbs[side]) == ["visits.end"]
    gone = (left.commands, left.words, left.starts, left.place)
    assert [one[side] for one in gone] == [{}, {}, {}, None]
    assert [*left.readings, *left.entries[Menu.MAIN], *left.listed(side)] == []
    assert left.typed(side, over_form=False) == ()
    assert list(left.forms) == ["visit"]
    assert left.owes == (owes,)
    assert list(every.verbs[side]) == ["visits.plan", "visits.end"]


async def with_draft(_turn: object, _draft: object) -> None: ...


async def nothing_owed(_turn: object, _person: str) -> list[Obligation]:
    return []


def test_what_the_page_presses_and_commands_of_its_own_accord_exists() -> None:
    page = ROOT / "bot" / "chat_page"
    script, html = (page / "app.js").read_text(), (page / "page.html").read_text()
    pressed = re.findall(r'"([a-z_]+\.[a-z_]+)(?::[a-z]+)?"', script)
    verbs = {name for side in Side for name in FEATURES.verbs[side]}
    commands = {name for side in Side for name in FEATURES.commands[side]}
    commanded = {*re.findall(r'data-command="([a-z_]+)"', html), "menu"}

    assert {"menu.elder", "residents.recovery"} <= {one for one in pressed if one in verbs}
    assert re.findall(r'action: [^}]*?"([a-z_]+)[:"]', script) == []
    assert commanded <= commands
