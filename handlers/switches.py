"""The roll-out: where each feature is open, and the door by which the street opens and closes it.

Sources: requirements R-01 (pilot communities) and R-05 (a status for every community).
"""

from collections.abc import Sequence

from domain.access.checks import ensure_may, may
from domain.access.switches import SwitchRight
from domain.errors import Refused, Stale
from domain.messages import Card, Choice, Line, Message, Side, Text, Value, action, rows, text
from domain.names import unit_name
from domain.organisation import Role, Seat, Unit
from domain.switches import Switch
from handlers.features import Entry, Feature, Menu, Verb
from handlers.forms.forms import begin
from handlers.forms.steps import Form, Words
from handlers.turn import Turn, choice
from storage.drafts import Draft

PAGE = 8
#: How many decisions of one community are shown, the newest first.
_SHOWN = 10
ON, OFF = "on", "off"


def _ensure(turn: Turn, right: SwitchRight) -> None:
    organisation = turn.street.organisation
    ensure_may(turn.actor, right, organisation, unit=organisation.street.code)


def _may_set(turn: Turn) -> bool:
    organisation = turn.street.organisation
    street = organisation.street.code
    return may(turn.actor, SwitchRight.SET, organisation, unit=street) is not None


def _feature_words(feature: str) -> Text:
    return text(f"switches.feature_{feature}")


# --- to see it -----------------------------------------------------------------------------------


async def show_all(turn: Turn, feature: str = "", page: str = "0") -> None:
    """Show for one feature how it stands in every community; without a name, the first."""
    _ensure(turn, SwitchRight.SEE)
    names = sorted(turn.every_feature.switchable)
    feature = feature or next(iter(names), "")
    if feature not in names or not page.isdecimal():
        raise Stale
    communities = turn.street.organisation.communities
    pages = max(1, -(-len(communities) // PAGE))
    at = min(int(page), pages - 1)
    shown = communities[at * PAGE : (at + 1) * PAGE]
    opened = sum(turn.street.switches.is_on(feature, one.code) for one in communities)
    title = text(
        "switches.title", feature=_feature_words(feature), opened=opened, total=len(communities)
    )
    lines = tuple(Line(unit_name(one), _status(turn, feature, one)) for one in shown)
    blocks: list[Text | Card] = [Card(title=title, lines=lines)]
    if pages > 1:
        blocks.append(text("staff.page", page=at + 1, pages=pages))
    turn.reply(
        Message(
            blocks=tuple(blocks),
            choices=(
                *rows([_look(feature, one) for one in shown], 2),
                *_turns(feature, at, pages),
                *rows(_others(names, feature)),
                (choice("staff.menu", "menu.open"),),
            ),
            slot="switches",
            anew=True,
        )
    )


def _status(turn: Turn, feature: str, unit: Unit) -> Text:
    made = turn.street.switches.made(feature, unit.code)
    state = ON if turn.street.switches.is_on(feature, unit.code) else OFF
    if not made:
        return text(f"switches.given_{state}")
    return text(f"switches.since_{state}", since=made[-1].since)


def _look(feature: str, unit: Unit) -> Choice:
    return Choice(label=unit_name(unit), action=action("switches.show", unit.code, feature))


def _turns(feature: str, page: int, pages: int) -> Sequence[tuple[Choice, ...]]:
    found = []
    if page > 0:
        found.append(choice("staff.previous", action("switches.list", feature, page - 1)))
    if page < pages - 1:
        found.append(choice("staff.next", action("switches.list", feature, page + 1)))
    return [tuple(found)] if found else []


def _others(names: Sequence[str], feature: str) -> list[Choice]:
    return [
        Choice(label=_feature_words(one), action=action("switches.list", one))
        for one in names
        if one != feature
    ]


async def show_one(turn: Turn, unit: str = "", feature: str = "") -> None:
    """Show how a feature stands in a community, and what was decided, by whom and why."""
    _ensure(turn, SwitchRight.SEE)
    if not unit:
        await show_all(turn)
        return
    found = _find(turn, unit, feature)
    made = turn.street.switches.made(feature, unit)
    lines = [Line(text("switches.state"), _status(turn, feature, found))]
    lines += [
        Line(text("switches.at", at=one.since), _told(turn, one)) for one in made[::-1][:_SHOWN]
    ]
    is_on = turn.street.switches.is_on(feature, unit)
    buttons = []
    if _may_set(turn):
        wanted = OFF if is_on else ON
        buttons.append(
            choice(f"switches.turn_{wanted}", action("switches.set", unit, feature, wanted))
        )
    title = text("switches.one", feature=_feature_words(feature), unit=unit_name(found))
    turn.reply(
        Message(
            blocks=(Card(title=title, lines=tuple(lines)),),
            choices=(
                *rows(buttons),
                (
                    choice("switches.menu", action("switches.list", feature)),
                    choice("staff.menu", "menu.open"),
                ),
            ),
        )
    )


def _find(turn: Turn, unit: str, feature: str) -> Unit:
    """Find the community of a button.

    Raises:
        Stale: there is no such community, or nothing to open and close of that name.
    """
    found = turn.street.organisation.units.get(unit)
    if found not in turn.street.organisation.communities or (
        feature not in turn.every_feature.switchable
    ):
        raise Stale
    return found


def _told(turn: Turn, one: Switch) -> Value:
    return text(
        f"switches.made_{ON if one.on else OFF}",
        who=turn.street.staff_name(one.by) or "?",
        reason=one.reason,
    )


# --- to set it -----------------------------------------------------------------------------------


async def begin_switch(turn: Turn, unit: str = "", feature: str = "", wanted: str = "") -> None:
    """Ask for the reason why a feature is opened for a community, or closed."""
    _ensure(turn, SwitchRight.SET)
    if not unit:
        await show_all(turn)
        return
    _find(turn, unit, feature)
    if wanted not in (ON, OFF):
        raise Stale
    _ensure_changes(turn, unit, feature, wanted)
    await begin(turn, FORM, context={"unit": unit, "feature": feature, "wanted": wanted})


def _ensure_changes(turn: Turn, unit: str, feature: str, wanted: str) -> None:
    if turn.street.switches.is_on(feature, unit) is (wanted == ON):
        raise Refused("switches.already_on" if wanted == ON else "switches.already_off")


def _notes(turn: Turn, draft: Draft) -> Sequence[Text]:
    """Say what will be so for whom, before it is."""
    feature, wanted = str(draft.context["feature"]), draft.context["wanted"]
    unit = _find(turn, str(draft.context["unit"]), feature)
    return (text(f"switches.will_{wanted}", feature=_feature_words(feature), unit=unit_name(unit)),)


async def _submit(turn: Turn, draft: Draft) -> None:
    _ensure(turn, SwitchRight.SET)
    code, feature = str(draft.context["unit"]), str(draft.context["feature"])
    wanted = str(draft.context["wanted"])
    unit = _find(turn, code, feature)
    _ensure_changes(turn, code, feature, wanted)
    made = Switch(
        id=turn.new_id(),
        feature=feature,
        unit=code,
        on=wanted == ON,
        since=turn.street.switches.next_moment(feature, code, turn.now),
        by=turn.person.id,
        reason=str(draft.values["reason"]),
    )
    # It is read together with the organisation, by every process.
    turn.changes.touch_alone("organisation")
    turn.changes.save(made)
    said = text(
        f"switches.done_{wanted}",
        feature=_feature_words(feature),
        unit=unit_name(unit),
        reason=made.reason,
        who=turn.person.name,
    )
    for post in turn.street.organisation.holders(Seat(code, Role.COMMUNITY_SECRETARY), turn.now):
        if post.person != turn.person.id:
            turn.tell(post.stand_in(turn.now) or post.person, Message(blocks=(said,)))
    turn.reply(
        Message(
            blocks=(said,),
            choices=(
                (
                    choice("switches.menu", action("switches.list", feature)),
                    choice("staff.menu", "menu.open"),
                ),
            ),
        )
    )


def _is_any(turn: Turn) -> bool:
    return bool(turn.every_feature.switchable)


FORM = Form(
    name="switch",
    version=1,
    title="switches.form",
    steps=(
        Words(
            name="reason",
            question="switches.ask_reason",
            label="switches.reason",
            min_letters=2,
        ),
    ),
    submit=_submit,
    review_notes=_notes,
    submit_label="switches.submit",
)

FEATURE = Feature(
    name="switches",
    side=Side.STAFF,
    verbs=(
        Verb("switches.list", show_all, right=SwitchRight.SEE),
        Verb("switches.show", show_one, right=SwitchRight.SEE),
        Verb("switches.set", begin_switch, right=SwitchRight.SET, begins=True),
    ),
    forms=(FORM,),
    entries=(Entry(Menu.WORK, "switches.menu", "switches.list", shown=_is_any),),
)
