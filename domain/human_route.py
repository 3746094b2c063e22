"""The way to a person: a number to call, on every screen of those who see few big buttons."""

from dataclasses import replace

from domain.messages import Choice, Message, text


def phone_choice(number: str) -> Choice:
    """Make a button that dials a number."""
    return Choice(label=text("menu.phone", number=number), phone=number)


def with_human_route(message: Message, number: str) -> Message:
    """Put the office's own line on a screen, where it has no number to call and there is one.

    Source: requirement S-05.
    """
    if not number or any(choice.phone for row in message.choices for choice in row):
        return message
    return replace(message, choices=(*message.choices, (phone_choice(number),)))
