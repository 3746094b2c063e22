"""What is asked of elder-care centres: where they are, whether they run, whether one can book."""

import re

from domain.words.other_offices import is_of_others

_CENTRE = re.compile(
    r"养老(?:服务)?(?:中心|院|机构|站|驿站|点)|(?:老年人?|日间|社区)(?:日间)?照料(?:中心|站)?|日间照料|托老所|敬老院"
    r"|长者(?:服务|照护|之家|驿站)|老年(?:服务|活动照料)中心|elder(?:ly)?[- ]?care|day care for"
)
_ASKS = re.compile(
    r"哪|吗|么|嘛|几|多少|电话|地址|怎么|咋|能不能|可不可以|可以|能|有没有|开了没|开没开|开门|运行|运营|建好"
    r"|什么|啥|收费|预约|入住|报名|咨询|where|when|which|can|is there|open"
)
_BOOKS = re.compile(
    r"预约|预定|预订|入住|报名|订床位|床位.{0,4}(?:吗|么|没)|住进去|送进去|book|sign up|move in"
)
_LONGEST = 40


def asks_of_centres(plain: str) -> bool:
    """Tell whether a question is about elder-care centres.

    Args:
        plain: the question in the spelling of `domain.words.plaintext.plain_text`.
    """
    if len(plain) > _LONGEST or is_of_others(plain):
        return False
    return bool(_CENTRE.search(plain)) and bool(_ASKS.search(plain))


def wants_to_book(plain: str) -> bool:
    """Tell whether somebody wants a place, or to come at a certain time."""
    return bool(_BOOKS.search(plain))
