"""What rights are asked on: whatever belongs to a unit and has an owner and parties."""

from datetime import datetime
from typing import Protocol

from domain.access.rights import Right
from domain.organisation import Seat


class Accessible(Protocol):
    """Where something belongs, whose it is, what is to be kept of it, and from whom."""

    @property
    def number(self) -> str:
        """By which people name it."""

    @property
    def unit(self) -> str:
        """The unit that it belongs to."""

    @property
    def parties(self) -> frozenset[str]:
        """The persons whose it is, such as who reported a matter; empty for nobody."""

    @property
    def owner(self) -> str | None:
        """Who has it in hand."""

    @property
    def seat(self) -> Seat:
        """The post that answers for it."""

    @property
    def climbed_to(self) -> Seat | None:
        """The post above that was told of it."""

    @property
    def sealed(self) -> bool:
        """Only a rule for sealed things lets somebody see it by their post."""

    @property
    def barred(self) -> frozenset[str]:
        """The persons who have to withdraw from it, whatever their posts: no rule is asked.

        Whoever is accused in it, has an interest in it, or stands on the other side.
        """

    @property
    def restricted_until(self) -> datetime | None:
        """Until when a law has it stored, and nothing else."""

    @property
    def known_by(self) -> tuple[Right, ...]:
        """The rights of which each lets somebody know that it exists."""
