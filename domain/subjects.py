"""What messages, files and reminders are about, and the button that opens it."""

from domain.messages import Choice, action, text


def open_case(number: str) -> Choice:
    """Make the button that shows a case; what it shows depends on who presses it."""
    return Choice(label=text("cards.open", number=number), action=action("matters.show", number))
