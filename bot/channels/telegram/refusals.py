"""What Telegram refuses, in the project's words: the same for every call and both frameworks."""

import re

from bot.channels.ports import Blocked, ChannelError, Rejected, TryLater, Unclear


class Unchangeable(Rejected):
    """The earlier message is gone or cannot be edited; the new one has to be sent."""


_NOT_MODIFIED = "message is not modified"
_GONE = ("chat not found", "user not found", "user is deactivated", "peer_id_invalid")
_UNCHANGEABLE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "there is no text in the message",
    "there is no caption in the message",
)
#: What a description may quote of a message: anything in quotes, addresses, long numbers.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|\S+://\S+|\d{5,}")


def refusal(description: str) -> Blocked | Rejected | None:
    """Judge a 400 by its description; None for one that means success."""
    said = description.lower()
    if _NOT_MODIFIED in said:
        return None
    if any(sign in said for sign in _GONE):
        return Blocked("no such chat")
    reason = _QUOTED.sub("…", description.removeprefix("Bad Request: "))[:120]
    if any(sign in said for sign in _UNCHANGEABLE):
        return Unchangeable(reason)
    return Rejected(reason)


def refused(status: int, answer: object) -> ChannelError | None:
    """Judge an answer that is no result; None for an edit that changed nothing."""
    said = answer if isinstance(answer, dict) else {}
    description = str(said.get("description", ""))
    if status == 429:
        parameters = said.get("parameters")
        pause = parameters.get("retry_after") if isinstance(parameters, dict) else None
        if isinstance(pause, int | float):
            return TryLater(pause)
    if status == 403:
        return Blocked("forbidden")
    if status == 400:
        return refusal(description)
    if status == 413:
        return Rejected("the message is too large")
    return Unclear(f"status {status}")
