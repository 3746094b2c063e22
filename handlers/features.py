"""What a feature offers in chat: its buttons' verbs, its commands and its forms, for one side."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from domain.messages import Side
from handlers.forms.steps import Form
from handlers.turn import Turn

#: Called with the turn and the arguments of the pressed button's action, all hostile strings.
Handler = Callable[..., Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Feature:
    """A feature's doors on one side; `handlers.router` opens them."""

    side: Side
    verbs: Mapping[str, Handler] = field(default_factory=dict)
    commands: Mapping[str, Callable[[Turn], Awaitable[None]]] = field(default_factory=dict)
    forms: tuple[Form, ...] = ()
