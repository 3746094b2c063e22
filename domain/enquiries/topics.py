"""What a question asks that the street's own data answer: hours, telephone, address, who, which.

Only what is asked of the office itself: the hours of a hospital or a school are not the office's to
tell, and go to the window as an enquiry.
"""

import re
from enum import StrEnum

from domain.words.other_offices import is_of_others


class Topic(StrEnum):
    """Something that can be told at once."""

    HOURS = "hours"
    PHONE = "phone"
    ADDRESS = "address"
    WORKER = "worker"
    """Who works in one's grid and community, and how to reach them."""
    GRID = "grid"
    """Which grid and community one belongs to."""
    NEARBY = "nearby"
    """What is being worked on around one's home."""


_OFFICE = (
    r"社区(?!医院|卫生|食堂|图书)|居委会?|街道办?|办事处|(?:便民)?服务(?:中心|大厅|站)|办事大厅|大厅|窗口"
    r"|你们|您们|您这|你这|这里|这儿|公家|上班|下班|办公|书记|网格"
    r"|office|community|your|you|counter"
)
_PATTERNS: dict[Topic, str] = {
    Topic.HOURS: (
        r"几点|(?:上班|下班|办公|工作|营业|开门|关门|开放)(?:时间|吗|不|没|么)|(?:什么|啥)(?:时候|时间)(?:上班|下班|开门|关门|办公)"
        r"|(?:周末|星期[六天日]|周[六日]|礼拜[六天]|节假日|假期|中午|晚上|国庆|春节|元旦).{0,8}(?:上班|开门|办公|有人|办理?[吗不么]|休息)"
        r"|opening hours|office hours|what time|are you open"
    ),
    Topic.PHONE: r"电话|号码|联系方式|怎么联系|打哪个|热线|phone|contact|number|call you",
    Topic.ADDRESS: (
        r"在哪[里儿]?|在什么地方|地址|怎么走|咋走|位置|几楼|哪条路|address|where is|where are"
    ),
    Topic.WORKER: (
        r"(?:网格[员长]|网格书记|社区书记|书记|片警|负责人).{0,6}(?:是谁|是哪|哪位|哪个|叫什么|叫啥|谁|电话|号码|联系)"
        r"|(?:谁|哪位|哪个人?)是?.{0,6}(?:网格[员长]|书记|负责人|片警)"
        r"|(?:谁|哪个|哪位).{0,3}(?:负责|管).{0,4}(?:我们|我家|咱|这片|这栋|这个楼|这楼|我住)"
        r"|who is my|grid worker"
    ),
    Topic.GRID: (
        r"(?:哪个|哪一个|第几|几号|几|什么|啥)网格"
        r"|(?:属于|归|是|算)(?:哪个|哪一个|什么|啥)(?:社区|街道|居委会)|which grid"
    ),
    Topic.NEARBY: (
        r"(?:今天|明天|现在|是不是|都|又|还|哪天|啥时|什么时候|几点|为什么|咋|怎么).{0,8}(?:停水|停电|停气|停暖|没水|没电|来水|来电|恢复)"
        r"|(?:停水|停电|停气|停暖)(?:吗|了吗|没|么|到几点|多久|通知)"
        r"|(?:附近|周围|这边|别家|别人家?|其他人|大家|只有我|就我家).{0,10}(?:反映|报过|报了|停水|停电|没水|没电|一样|吗)"
        r"|有(?:没有)?人(?:报|反映)(?:过|了)"
    ),
}
_FOUND = {topic: re.compile(pattern) for topic, pattern in _PATTERNS.items()}
_OF_OFFICE = re.compile(_OFFICE)
#: What must be asked of the office itself to be answered from its data.
_ABOUT_OFFICE = frozenset({Topic.HOURS, Topic.PHONE, Topic.ADDRESS})
#: A longer question tells a story: somebody has to read it.
_LONGEST = 32


def topics_of(plain: str) -> tuple[Topic, ...]:
    """Tell what a question asks that can be told at once; nothing where somebody has to read it.

    Args:
        plain: the question in the spelling of `domain.words.plaintext.plain_text`.
    """
    if len(plain) > _LONGEST or is_of_others(plain):
        return ()
    is_office = bool(_OF_OFFICE.search(plain))
    found = [topic for topic, pattern in _FOUND.items() if pattern.search(plain)]
    if Topic.NEARBY in found and not is_office:
        found = [Topic.NEARBY]
    found = [topic for topic in found if is_office or topic not in _ABOUT_OFFICE]
    if Topic.WORKER in found:
        found = [topic for topic in found if topic not in (Topic.PHONE, Topic.GRID)]
    return tuple(found)
