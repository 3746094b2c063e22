"""How people talk about what an office offers: words for one idea, and the names that they use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.words.plaintext import plain_text


@dataclass(frozen=True, kw_only=True, slots=True)
class TypicalItem:
    """A service that nearly every office offers, and how people talk about it."""

    names: tuple[str, ...]
    """An item is this service if its name contains one of these …"""
    but: tuple[str, ...] = ()
    """… and none of these."""
    called: tuple[str, ...] = ()
    said: tuple[str, ...] = ()

    def is_meant_by(self, name: str) -> bool:
        """Tell whether an item of this name is it."""
        return any(one in name for one in self.names) and not any(one in name for one in self.but)


@dataclass(frozen=True, slots=True)
class Sayings:
    """What is known of how people talk, whatever the office."""

    ideas: Mapping[str, str] = field(default_factory=dict)
    """Each word, in plain spelling, with the idea it stands for."""
    typical: tuple[TypicalItem, ...] = ()

    def ideas_in(self, plain: str) -> set[str]:
        """Give the ideas that a text in plain spelling names."""
        return {idea for word, idea in self.ideas.items() if word in plain}


def sayings_from(ideas: Iterable[Sequence[str]], typical: Iterable[Mapping[str, Any]]) -> Sayings:
    """Read groups of words, each one idea named by its first, and typical items."""
    return Sayings(
        ideas={plain_text(word): group[0] for group in ideas for word in group},
        typical=tuple(
            TypicalItem(
                names=tuple(one["names"]),
                but=tuple(one.get("not", ())),
                called=tuple(one["called"]),
                said=tuple(one["said"]),
            )
            for one in typical
        ),
    )
