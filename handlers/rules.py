"""The rules in force, as leaders read them: values in words, and the documents behind (G-10)."""

from domain.access.checks import ensure_may, may
from domain.access.rules import RuleRight
from domain.errors import Stale
from domain.messages import Choice, Message, Side, action, rows, text
from domain.names import unit_name
from domain.organisation import Unit, UnitKind
from domain.rule_cards import rule_card, table_name, tables_of
from handlers.features import Entry, Feature, Menu, Verb
from handlers.turn import Turn, choice

#: How many communities with rules of their own are offered.
_MOST = 20


def _unit(turn: Turn, code: str) -> Unit:
    """Find the unit whose rules are wanted: without one, the first that one answers for.

    Raises:
        NotAllowed: one has no right to it.
        Stale: there is no such community.
    """
    organisation = turn.street.organisation
    if not code:
        own = [
            post.unit
            for post in turn.actor.posts
            if may(turn.actor, RuleRight.SEE, organisation, unit=post.unit)
        ]
        code = own[0] if own else organisation.street.code
    ensure_may(turn.actor, RuleRight.SEE, organisation, unit=code)
    found = organisation.units.get(code)
    if found is None or found.kind is UnitKind.GRID:
        raise Stale
    return found


async def show_all(turn: Turn, code: str = "") -> None:
    """List the tables of rules that hold in a community or the street."""
    unit = _unit(turn, code)
    tables = tables_of(turn.street.rules_of(unit.code))
    buttons = [
        Choice(label=table_name(table), action=action("rules.show", table, unit.code))
        for table in tables
    ]
    own = [
        Choice(
            label=text("rules.of_community", unit=unit_name(one)),
            action=action("rules.list", one.code),
        )
        for one in turn.street.organisation.communities
        if one.code in turn.street.office.community_rules
        and one.code != unit.code
        and may(turn.actor, RuleRight.SEE, turn.street.organisation, unit=one.code)
    ]
    turn.reply(
        Message(
            blocks=(text("rules.which", unit=unit_name(unit)),),
            choices=(
                *rows(buttons, 2),
                *rows(own[:_MOST]),
                (choice("staff.menu", "menu.open"),),
            ),
        )
    )


async def show(turn: Turn, table: str = "", code: str = "") -> None:
    """Show one table: its values, the documents on which they rest, what is a community's own."""
    unit = _unit(turn, code)
    if not table:
        await show_all(turn)
        return
    values = tables_of(turn.street.rules_of(unit.code)).get(table)
    if values is None:
        raise Stale
    card = rule_card(values, turn.street.office.policies, turn.street.local_day(turn.now))
    turn.reply(
        Message(
            blocks=(text("rules.of", unit=unit_name(unit)), card),
            choices=(
                (
                    choice("rules.menu", action("rules.list", unit.code)),
                    choice("staff.menu", "menu.open"),
                ),
            ),
        )
    )


FEATURE = Feature(
    name="rules",
    side=Side.STAFF,
    verbs=(
        Verb("rules.list", show_all, right=RuleRight.SEE),
        Verb("rules.show", show, right=RuleRight.SEE),
    ),
    entries=(Entry(Menu.WORK, "rules.menu", "rules.list"),),
)
