"""What messages, files and reminders are about, and the button that opens it."""

from dataclasses import dataclass

from domain.messages import Choice, action, text


@dataclass(frozen=True, slots=True)
class Subject:
    """A reference to a thing of any feature, such as a matter by its number."""

    kind: str
    id: str


def open_case(number: str) -> Choice:
    """Make the button that shows a case; what it shows depends on who presses it."""
    return Choice(label=text("cards.open", number=number), action=action("matters.show", number))
