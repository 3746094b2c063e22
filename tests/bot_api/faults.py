"""Faults on order: the next calls fail in the way asked for."""

from dataclasses import dataclass
from enum import StrEnum

ANY_METHOD = "*"
DOWNLOAD = "file"


class FaultKind(StrEnum):
    STATUS = "status"  # refused with an HTTP status, nothing done
    TOO_MANY_REQUESTS = "too_many_requests"  # 429 with retry_after, nothing done
    RESET = "reset"  # connection reset before anything is done
    SWALLOWED = "swallowed"  # done, but the answer never comes
    HALF = "half"  # done, but the answer breaks off in the middle
    SLOW = "slow"  # done, answered late
    MALFORMED = "malformed"  # done, answered with something that is no JSON


STATUS_TEXTS = {
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


@dataclass(kw_only=True)
class Fault:
    """One order; it is used up by the calls it meets.

    Args:
        method: a Bot API method, "file" for downloads, "*" for any call (getUpdates too).
        after: so many matching calls pass unharmed first.
        chat, token: narrow the order to one chat_id or one bot.
        status: for STATUS; retry_after: seconds, for TOO_MANY_REQUESTS; seconds: for SLOW.
    """

    kind: FaultKind
    method: str = ANY_METHOD
    times: int = 1
    after: int = 0
    chat: int | None = None
    token: str | None = None
    status: int = 502
    retry_after: int = 1
    seconds: float = 1.0

    def __post_init__(self) -> None:
        self.kind = FaultKind(self.kind)
        self.method = self.method.lower()

    def matches(self, token: str, method: str, chat: str) -> bool:
        return (
            self.method in (ANY_METHOD, method)
            and (self.token is None or self.token == token)
            and (self.chat is None or str(self.chat) == chat)
        )


class Faults:
    def __init__(self) -> None:
        self.is_down = False
        """Telegram as a whole is away: every connection is reset until `up()`."""
        self.met: list[tuple[str, FaultKind]] = []
        """(method in lower case, kind) of every fault that struck."""
        self._orders: list[Fault] = []

    def order(
        self,
        kind: FaultKind | str,
        method: str = ANY_METHOD,
        *,
        times: int = 1,
        after: int = 0,
        chat: int | None = None,
        token: str | None = None,
        status: int = 502,
        retry_after: int = 1,
        seconds: float = 1.0,
    ) -> Fault:
        """See `Fault` for the arguments. Orders are looked through in the order given."""
        fault = Fault(
            kind=FaultKind(kind),
            method=method,
            times=times,
            after=after,
            chat=chat,
            token=token,
            status=status,
            retry_after=retry_after,
            seconds=seconds,
        )
        self._orders.append(fault)
        return fault

    def clear(self) -> None:
        """Withdraw what was ordered; `down()` stays."""
        self._orders.clear()

    @property
    def outstanding(self) -> int:
        """Calls that orders still wait for."""
        return sum(fault.times for fault in self._orders)

    def take(self, token: str, method: str, chat: str) -> Fault | None:
        """The fault this call meets, if any."""
        for fault in self._orders:
            if not fault.matches(token, method, chat):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self._orders.remove(fault)
            self.met.append((method, fault.kind))
            return fault
        return None
