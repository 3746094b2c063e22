"""The numbers that help in danger, and the dangers of which few may hear."""

from collections.abc import Iterable, Sequence

from domain.messages import Choice, rows, text
from domain.words.lexicon import Danger

#: Dangers of which no neighbour hears: they go to the community and above, and are never merged.
#: Source: 反家庭暴力法 13 and 14, 未成年人保护法 (2024) 11; PIPL 28 for the others.
SEALED = frozenset({Danger.FAMILY, Danger.CHILD, Danger.SELF_HARM})
#: Police, fire, ambulance, traffic police: the same in the whole country.
EMERGENCY_NUMBERS = ("110", "119", "120", "122")


def is_sealed(dangers: Iterable[Danger]) -> bool:
    """Tell whether one of some dangers is told to no neighbour and no grid."""
    return not SEALED.isdisjoint(dangers)


def emergency_choices(fitting: Sequence[str] = ()) -> tuple[tuple[Choice, ...], ...]:
    """Give buttons that dial for help: the fitting numbers one by one, then all the others.

    Those that fit stand out; where nobody told of danger, none does.
    """
    others = [_dial(number) for number in EMERGENCY_NUMBERS if number not in fitting]
    return (*((_dial(number, fits=True),) for number in fitting), *rows(others))


def _dial(number: str, *, fits: bool = False) -> Choice:
    return Choice(label=text(f"words.dial_{number}"), phone=number, emphasis=fits)
