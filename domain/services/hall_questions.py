"""What is asked of a hall: where, when, how to call it, how to get in, what is done there."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from domain.messages import Text, text
from domain.registers import Entry, FieldOption, plain_key, shown
from domain.services.halls import ACCESS, HALLS
from domain.words.other_offices import is_of_others
from domain.words.plaintext import plain_text


class Asked(StrEnum):
    """What somebody wants to know of a hall."""

    HOURS = "hours"
    ADDRESS = "address"
    PHONE = "phone"
    ACCESS = "access"
    SERVICES = "services"
    """Which services there are, or where in it one of them is."""


_HALL = re.compile(
    r"(?:便民|办事|政务|党群|街道|社区|综合|社保)(?:党群|便民|综合)?(?:服务)?(?:大厅|中心|站|驿站|网点|服务点)"
    r"|大厅|服务网点|办事网点|办事的地方|(?:哪个|几号|哪些|什么|你们)窗口|窗口(?:在|几|什么)"
    r"|service (?:hall|centre|center)|the hall|\bhall\b"
)
#: Centres of another sort, and what people would rather have from somebody else.
_NO_HALL = re.compile(
    r"养老|老年|照料|日间|托老|卫生服务|文化(?:服务|活动)?中心|体育中心|活动中心|购物中心|社区医院"
    r"|elder|health cent"
)
_ASKS: Mapping[Asked, re.Pattern[str]] = {
    Asked.ACCESS: re.compile(
        r"轮椅|坡道|无障碍|残疾人?(?:通道|厕所|卫生间|车位)|电梯|盲道|手语|老花镜|手写板|低位|语音(?:提示|叫号)"
        r"|(?:走路|腿脚|行动)不(?:便|方便|好)|推(?:着)?车"
        r"|wheelchair|ramp|\blift\b|accessible|step-free|sign language"
    ),
    Asked.HOURS: re.compile(
        r"几点|(?:上班|下班|办公|工作|营业|开门|关门|开放|办理)时间|(?:什么|啥)(?:时候|时间)(?:上班|下班|开门|关门|办公|开)"
        r"|(?:周末|星期|周[一二三四五六日天]|礼拜|节假日|假期|中午|晚上|今天|明天|现在).{0,8}(?:上班|开门|办公|有人|开吗|开不开|休息|办)"
        r"|(?:开门|上班|开着)(?:了|吗|没|不)|hours|what time|open"
    ),
    Asked.PHONE: re.compile(r"电话|号码|联系方式|怎么联系|打哪个|热线|phone|number|call"),
    Asked.ADDRESS: re.compile(
        r"在哪|哪[里儿]有|什么地方|地址|怎么走|咋走|怎么去|咋去|位置|几楼|哪条路|最近|附近|离我|address|where|nearest|closest"
    ),
    Asked.SERVICES: re.compile(
        r"(?:能|可以|都)?(?:办|干|做)(?:些|理)?(?:什么|啥|哪些)|哪些(?:业务|服务|事)|(?:哪个|几号|什么)窗口"
        r"|what can i|which (?:counter|desk|services)"
    ),
}
#: Who asks about a ramp need not say whose: the office's own halls are meant.
_HERE = re.compile(
    r"你们|您们|这[里儿边]|那[里儿边]|社区|街道|居委|办事|窗口|里面|门口|进得?去|your|there|office"
)
_LONGEST = 40


def asked_of(plain: str, names: Iterable[str] = ()) -> tuple[Asked, ...]:
    """Tell what a question asks of a hall; nothing where it is about something else.

    Args:
        plain: the question in the spelling of `domain.words.plaintext.plain_text`.
        names: what the halls are called.
    """
    if len(plain) > _LONGEST or is_of_others(plain):
        return ()
    key = plain_key(plain)
    is_named = any(plain_key(name) in key for name in names if plain_key(name))
    is_hall = is_named or (bool(_HALL.search(plain)) and not _NO_HALL.search(plain))
    found = tuple(asked for asked, pattern in _ASKS.items() if pattern.search(plain))
    if is_hall:
        return found
    if Asked.ACCESS in found and _HERE.search(plain) and not _NO_HALL.search(plain):
        return found if is_question(plain) else ()
    return ()


_QUESTION = re.compile(
    r"有没有|有无|吗|么|嘛|？|\?|哪|能不能|可不可以|方便不|is there|are there|do you|can i"
)


def is_question(plain: str) -> bool:
    """Tell whether words ask for something: 坡道坏了 reports something instead."""
    return bool(_QUESTION.search(plain))


def access_asked(plain: str) -> tuple[FieldOption, ...]:
    """Give the facilities that a question names; none where it asks for access as such."""
    return tuple(one for one in ACCESS if any(plain_text(word) in plain for word in one.words))


def access_words(hall: Entry, wanted: Sequence[FieldOption]) -> Text:
    """Say whether a hall has what is asked for, as far as somebody entered it: never a guess."""
    has = hall.get("access")
    name = hall.get("name")
    if not has:
        return text("halls.access_unknown", name=name)
    there = tuple(one.label for one in wanted if one.value in has)
    missing = tuple(one.label for one in wanted if one.value not in has)
    if not wanted:
        return text("halls.access_all", name=name, has=shown(HALLS.field("access"), has))
    if not missing:
        return text("halls.access_has", name=name, has=there)
    if not there:
        return text("halls.access_lacks", name=name, missing=missing)
    return text("halls.access_part", name=name, has=there, missing=missing)


def desks_asked(plain: str, desks: Iterable[Entry]) -> list[Entry]:
    """Give the services that a question names, by their whole names."""
    key = plain_key(plain)
    return [one for one in desks if (name := plain_key(one.get("service", ""))) and name in key]
