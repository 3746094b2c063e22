"""What features put on a page of buttons, for the one who is talking."""

from collections.abc import Iterable

from domain.access.checks import may
from domain.messages import Choice, action, text
from handlers.features import Entry, Menu, Verb
from handlers.turn import Turn


def buttons(turn: Turn, page: Menu) -> list[Choice]:
    """Give the buttons that features put on a page, for the one who is talking."""
    return [entry_button(turn, one) for one in shown_entries(turn, page)]


def shown_entries(turn: Turn, page: Menu) -> Iterable[Entry]:
    """Give what features put on a page and the one who is talking may press."""
    for entry, verb in turn.features.entries[page]:
        if has_right(turn, verb) and (entry.shown is None or entry.shown(turn)):
            yield entry


def has_right(turn: Turn, verb: Verb) -> bool:
    """Tell whether somebody has the right to a verb anywhere at all."""
    if verb.right is None:
        return True
    organisation, actor = turn.street.organisation, turn.staff_actor(turn.person.id)
    return any(may(actor, verb.right, organisation, unit=post.unit) for post in actor.posts)


def entry_button(turn: Turn, entry: Entry) -> Choice:
    """Make the button of an entry."""
    label = entry.label if isinstance(entry.label, str) else entry.label(turn)
    argument = entry.argument if isinstance(entry.argument, str) else entry.argument(turn)
    done = action(entry.verb, argument) if argument else entry.verb
    return Choice(label=text(label), action=done, emphasis=entry.emphasis)
