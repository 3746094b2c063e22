"""The table of Bot API methods the fake knows."""

from collections.abc import Callable
from typing import Any, NamedTuple

from .arguments import Arguments
from .telegram import Bot

# What waits (getUpdates, the webhook methods) is a coroutine function.
Handler = Callable[[Any, Bot, Arguments], Any]


class Method(NamedTuple):
    name: str
    handle: Handler


METHODS: dict[str, Method] = {}
"""By name in lower case: Telegram does not mind the case."""


def method(name: str) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        METHODS[name.lower()] = Method(name, handler)
        return handler

    return register
