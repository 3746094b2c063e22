"""What the answer of a webhook means for the message.

Sources: WeCom, "全局错误码" (45009: more than 20 a minute); DingTalk, "自定义机器人接入"
(130101 and 410100: more than 20 a minute, and then nothing for ten minutes).
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.channels.ports import Failed, Rejected, TryLater, Unclear
from bot.channels.webhooks.bodies import HookKind, Target

#: How long to wait where a 429 does not say it.
PATIENCE_SECONDS = 60.0
#: What stands before a gateway that is away answers so.
_AWAY = frozenset({502, 503, 504})
_AGAIN = frozenset({408, 425})
#: Codes by which robots ask for patience, with the seconds.
_LIMITED: Mapping[int, float] = {45009: 60.0, 45033: 60.0, 130101: 600.0, 410100: 600.0}
#: Codes of robots that are busy.
_BUSY = frozenset({-1, -2})


def ensure_taken(
    target: Target, status: int, headers: Mapping[str, str], body: bytes, now: datetime
) -> None:
    """Accept an answer that says that the message was taken.

    Args:
        now: by the machine's own clock; a date in Retry-After counts from it.

    Raises:
        TryLater: it asks for patience.
        Failed: it could not, this time.
        Unclear: what stands behind it is away.
        Rejected: it never will; also for a redirection, which nobody follows.
    """
    if status == 429 or (status in _AWAY and "Retry-After" in headers):
        raise TryLater(_retry_after(headers.get("Retry-After", ""), now))
    if status in _AWAY or status in _AGAIN:
        raise Unclear(f"HTTP {status}")
    if status >= 500:
        raise Failed(f"HTTP {status}")
    if not 200 <= status < 300:
        raise Rejected(f"HTTP {status}")
    if target.kind in (HookKind.WECOM, HookKind.DINGTALK):
        _ensure_robot(body)
    elif target.answer_contains and target.answer_contains.encode() not in body:
        raise Failed("the answer does not say so")


def _retry_after(given: str, now: datetime) -> float:
    """Read seconds or a date."""
    given = given.strip()
    if given.isascii() and given.isdigit():
        return float(given[:9])
    try:
        at = parsedate_to_datetime(given)
    except (TypeError, ValueError):
        return PATIENCE_SECONDS
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(1.0, (at - now).total_seconds())


def _ensure_robot(body: bytes) -> None:
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    code = answer.get("errcode") if isinstance(answer, dict) else None
    if not isinstance(code, int) or isinstance(code, bool):
        raise Failed("no answer of a robot")
    if code in _LIMITED:
        raise TryLater(_LIMITED[code])
    if code in _BUSY:
        raise Failed(f"errcode {code}")
    if code != 0:
        raise Rejected(f"errcode {code}")
