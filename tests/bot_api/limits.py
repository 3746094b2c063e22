"""How often a bot may write, and the 429 answers it earns by writing more often."""

import math
from collections import Counter, deque
from dataclasses import dataclass

from .errors import ApiError, too_many_requests


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Messages and edits allowed to one bot; None switches a limit off.

    Source: core.telegram.org/bots/faq ("about one message per second" in a chat with short
    bursts, 20 messages per minute in a group, about 30 messages per second overall). How
    Telegram counts is not published; the bursts are ours.
    """

    chat_per_second: float | None = 1.0
    chat_burst: int = 5
    group_per_minute: int | None = 20
    overall_per_second: float | None = 30.0
    overall_burst: int | None = None  # None: one second's worth

    @classmethod
    def off(cls) -> "Limits":
        return cls(chat_per_second=None, group_per_minute=None, overall_per_second=None)


class Limiter:
    """Counts what each bot sends, and keeps a scope closed until the wait it named is over.

    An album costs one per item; what is refused costs nothing.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.earned: Counter[str] = Counter()
        """429 answers by scope: "chat", "group", "overall"."""
        self._due: dict[object, float] = {}
        self._closed_until: dict[object, float] = {}
        self._groups: dict[object, deque[float]] = {}

    @property
    def earned_in_all(self) -> int:
        return self.earned.total()

    def change(self, limits: Limits) -> None:
        """Take other limits from now on; what was counted so far is forgotten."""
        self.limits = limits
        self._due.clear()
        self._closed_until.clear()
        self._groups.clear()

    def charge(self, *, bot: int, chat: int, is_group: bool, cost: int, now: float) -> None:
        """Raises ApiError 429 if a scope is closed or full."""
        limits = self.limits
        steady: list[tuple[object, float]] = []
        if limits.overall_per_second is not None:
            burst = limits.overall_burst or max(1, math.ceil(limits.overall_per_second))
            self._ensure_open("overall", bot, limits.overall_per_second, burst, now)
            steady.append((bot, limits.overall_per_second))
        if limits.chat_per_second is not None:
            here = (bot, chat)
            self._ensure_open("chat", here, limits.chat_per_second, limits.chat_burst, now)
            steady.append((here, limits.chat_per_second))
        if is_group and limits.group_per_minute is not None:
            group = (bot, chat, "minute")
            self._ensure_open_group(group, limits.group_per_minute, now)
            self._groups[group].extend([now] * cost)
        for key, per_second in steady:
            self._due[key] = max(self._due.get(key, now), now) + cost / per_second

    def _ensure_open(
        self, scope: str, key: object, per_second: float, burst: int, now: float
    ) -> None:
        self._ensure_not_closed(scope, key, now)
        # Each message moves the due time on by one interval; a burst may run ahead of it.
        ahead = self._due.get(key, now) - now - (burst - 1) / per_second
        if ahead > 1e-9:
            self._refuse(scope, key, ahead, now)

    def _ensure_open_group(self, key: object, per_minute: int, now: float) -> None:
        self._ensure_not_closed("group", key, now)
        sent = self._groups.setdefault(key, deque())
        while sent and sent[0] <= now - 60:
            sent.popleft()
        if len(sent) >= per_minute:
            self._refuse("group", key, sent[len(sent) - per_minute] + 60 - now, now)

    def _ensure_not_closed(self, scope: str, key: object, now: float) -> None:
        until = self._closed_until.get(key)
        if until is None:
            return
        if now < until:
            raise self._earn(scope, until - now)
        del self._closed_until[key]

    def _refuse(self, scope: str, key: object, wait: float, now: float) -> None:
        error = self._earn(scope, wait)
        assert error.parameters is not None
        self._closed_until[key] = now + error.parameters["retry_after"]
        raise error

    def _earn(self, scope: str, wait: float) -> ApiError:
        self.earned[scope] += 1
        return too_many_requests(max(1, math.ceil(wait)))
