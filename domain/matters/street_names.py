"""What may be told to strangers of where something is: the names of roads and compounds alone."""

import re
from collections.abc import Iterator

from domain.words.plaintext import normal

_HAN = "\u3400-\u9fff"
_NUMERALS = "〇零一二三四五六七八九十百两甲乙丙丁"
_BUILDING_WORDS = "网格|号楼|号院|单元|号|栋|幢|座|楼|层|室|户|弄|期|门"
#: Endings that make a name a road; the guards keep 路灯, 街道 and the like from being one.
_ROAD_ENDINGS = "大街|大道|胡同|路(?![灯面由线过费政牌障])|街(?![道坊边面])|巷(?![子道])"
#: Endings that make a name a compound or another place that everybody may enter or knows.
_COMPOUND_ENDINGS = (
    "小区|花园|新村|家园|嘉园|花苑|雅苑|公寓|家属院|大院|新城|广场|公园|菜市场|农贸市场|市场|苑"
)
#: In a name these mean that the sentence, a person or a flat has slipped in: nothing is taken.
_SUSPICIOUS = re.compile(
    "号|栋|幢|单元|室|户|层|门口|楼[上下道里]|没|有|条|整|坏|找|叫|姓|租|网格|..家|家."
    "|人家|老人|病人|女人|男人|先生|女士|小姐|老师|师傅|老板|医生|阿姨|叔|伯|婶|爷|奶|爸|妈|哥|姐"
    "|嫂|弟|妹|儿子|女儿"
)
#: A sentence goes on after these; what stands before them is no part of a name.
_SPLITTERS = re.compile("[在住的了是我你他她它们这那从往去到离靠]")
#: The hundred or so most frequent family names.
FAMILY_NAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许邓冯韩曹曾彭肖萧蔡潘田董袁于余叶蒋杜苏魏"
    "程吕丁沈任姚卢傅付钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎闫薛尹段雷黎史龙陶贺顾毛郝"
    "龚邵万钱严赖覃洪武莫孔"
)
_DIRECTIONS = frozenset("东西南北中")
_NO_NAMES = frozenset({"十字路", "丁字路", "人行路", "一条街"})
_LONGEST_HEAD = 4
_MOST_NAMES = 2
_ADMINISTRATIVE = re.compile(
    f"(?:[{_HAN}]{{2,6}}?(?:街道办事处|街道|居委会|社区)"
    f"|[^\\W路街巷园苑村]{{2,7}}?(?:特别行政区|自治区|省|市(?!场)|(?<!小)区|县|镇|乡))+"
)
_BUILDING = re.compile(f"(?:[{_NUMERALS}]*(?:{_BUILDING_WORDS}))+")
_NAME = re.compile(
    f"(?P<head>[^\\W路街巷]{{2,{_LONGEST_HEAD}}}?)(?:{_ROAD_ENDINGS}|{_COMPOUND_ENDINGS})"
)


def redact_place(text: str) -> str:
    """Reduce a free-text place to the names of its roads and compounds, at most two.

    For lists that show a case to strangers. House, building, unit and room numbers, people and
    whatever is not surely a name are dropped; an empty string means that nothing is left. Without a
    register of street names this goes by their endings, and rather loses a name than keeps a
    person's. "和平路3号楼2单元501" becomes "和平路"; words such as "near" are the wording's.
    """
    names: list[str] = []
    plain = normal(text)
    for run in re.finditer(f"[{_HAN}]+", plain):
        after_number = run.start() > 0 and plain[run.start() - 1].isalnum()
        for piece in _SPLITTERS.split(run.group()):
            names += _names_in(piece, after_number)
            after_number = False
    return "".join(list(dict.fromkeys(names))[:_MOST_NAMES])


def _names_in(piece: str, after_number: bool) -> Iterator[str]:
    """Read the names that a piece of Chinese text starts with, one directly after the other."""
    start = 0
    if after_number and (building := _BUILDING.match(piece)):
        start = building.end()
    if district := _ADMINISTRATIVE.match(piece, start):
        start = district.end()
    while found := _NAME.match(piece, start):
        name = found.group()
        if not _is_public_name(found["head"], name):
            return
        yield name
        start = found.end()
        if piece[start : start + 1] in tuple("与和跟及") and _NAME.match(piece, start + 1):
            start += 1


def _is_public_name(head: str, name: str) -> bool:
    """Tell whether a name is surely a place's: nobody's name stands before or in it."""
    if _SUSPICIOUS.search(head) or name in _NO_NAMES:
        return False
    if head[0] in "老小" and head[1] in FAMILY_NAMES:
        return False
    if head[-1] == "家" and name[-1] not in "路街巷":
        return False  # A family's house or yard, while 张家巷 is a lane.
    # A family name, a given name and a road ("李明文化路") look like a long name of a road. With
    # two characters (黄河路) or a direction at the end (黄河中路) it is nearly always just a road.
    if head[0] in FAMILY_NAMES and len(head) > 2:
        return len(head) == 3 and head[2] in _DIRECTIONS
    return True
