"""Whose names may be shown: the name of whoever reported a matter is a right apart."""

from collections.abc import Iterable
from typing import Protocol

from domain.access.accessible import Accessible
from domain.access.actors import Actor
from domain.access.checks import may
from domain.access.matters import MatterRight
from domain.organisation import Organisation


class Reported(Accessible, Protocol):
    """Something that somebody reported, perhaps without a name."""

    @property
    def hide_name(self) -> bool:
        """Who brought it wants no name shown."""


def may_see_name(
    actor: Actor, organisation: Organisation, matter: Reported, *, helps: bool = False
) -> bool:
    """Tell whether the reporter's name and phone may stand on a card for this actor."""
    if matter.hide_name:
        return False
    return may(actor, MatterRight.SEE_REPORTER, organisation, on=matter, helps=helps) is not None


def may_bring_back(actor: Actor, organisation: Organisation, cases: Iterable[Reported]) -> bool:
    """Tell whether somebody may bring a resident's new device back to all of these cases.

    Whoever stands beside that device could read them: so every name in them must be open to the
    actor, also those that the resident hides.
    """
    return all(
        may(
            actor,
            MatterRight.UNSEAL if matter.hide_name else MatterRight.SEE_REPORTER,
            organisation,
            on=matter,
        )
        for matter in cases
    )
