"""A wish in one sentence, such as 我想预约明天上午办社保卡, begins the booking."""

import re

from domain.messages import Side
from domain.services.appointments import FEATURE, item_of
from domain.services.moments import moment_in
from domain.words.plaintext import normal
from handlers.features import Feature, Typed
from handlers.forms.questions import today
from handlers.services.appointment_steps import SERIES, WISH, offered_series
from handlers.services.appointments import begin_with
from handlers.turn import Turn

#: 预约办社保卡, 我想约明天上午, 帮我预约一下…; not 预约了, 预约不上, which tell of something else.
_WANTS = re.compile(
    r"^(?:我?[想要]|我要|我想要|帮我|麻烦|请)*(?:预约|约)(?:一?下|个时间|个)?(?![了过的不没]|上(?![门午]))(.*)"
)
_ENGLISH_WANTS = re.compile(
    r"^(?:i(?: want| would like|'d like) to |please )?(?:book|make an appointment)\b(.*)"
)
_LONGEST_WISH = 60


async def book_by_words(turn: Turn) -> bool:
    """Begin to book where a sentence says so and names what for, or when; tell whether it did."""
    if turn.incoming.files or not turn.incoming.text or len(turn.incoming.text) > _LONGEST_WISH:
        return False
    plain = normal(turn.incoming.text).strip().casefold()
    match = _WANTS.match(plain) or _ENGLISH_WANTS.match(plain)
    if match is None or FEATURE in turn.closed:
        return False
    wish, rest = moment_in(match[1], today(turn))
    named = [one for one in await offered_series(turn) if _names(rest, item_of(one))]
    if not wish and not named:
        return False
    known = {SERIES: named[0].id} if len(named) == 1 else {}
    context: dict[str, object] = {WISH: wish} if wish else {}
    if len(named) > 1:
        context[f"{SERIES}.at"] = [item_of(named[0]), 0]
    await begin_with(turn, known, context)
    return True


def _names(words: str, item: str) -> bool:
    """Tell whether words name an item: whole, or in two signs that follow each other."""
    wanted = normal(item).casefold()
    return bool(wanted) and (
        wanted in words
        or any(
            wanted[place : place + 2] in words
            for place in range(len(wanted) - 1)
            if wanted[place : place + 2] not in _COMMON
        )
    )


#: What many items begin or end with says nothing.
_COMMON = frozenset({"办理", "申请", "登记", "业务", "服务", "证明", "预约", "咨询"})

RESIDENTS = Feature(
    name=FEATURE, side=Side.RESIDENTS, switchable=True, typed=(Typed(book_by_words),)
)
