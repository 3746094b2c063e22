"""What a clerk writes of somebody who came or called, in one sentence: who, from where, what.

``2号楼王奶奶来说楼道灯坏了，电话13800001111`` holds a name, a telephone and the matter itself. What
stands for the first two is taken out of the third: the words go to whoever works on it, and a name
may be hidden there.
"""

import re
from dataclasses import dataclass

#: The two hundred commonest surnames hold nine people of ten. Source: 公安部户政管理研究中心,
#: 二〇二〇年全国姓名报告; of those whose sign begins many words, only the ones named here.
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_TITLES = (
    "奶奶|爷爷|阿姨|叔叔|大妈|大爷|大娘"
    "|大姐|大哥|大嫂|婆婆|老太太|先生|女士|师傅|老师|小姐|老伯|伯伯"
)  #: 王奶奶, 老王, 小李; or a whole name before 来说, 打电话 and the like.
_CALLED = re.compile(
    rf"[{_SURNAMES}][\u4e00-\u9fff]{{0,2}}?(?:{_TITLES})|[老小][{_SURNAMES}](?=[来打说反要问])"
)
_COMES = r"(?:来窗口|到窗口|来电话|打电话来?|来电|来访|过来|来社区|来)"
_SAYS = rf"(?:{_COMES}?(?:反映|反应|报修|报|投诉|求助|咨询|说|讲)[，,：: ]*|{_COMES}[，,：: ]+)"
_WHOLE_NAME = re.compile(
    rf"(?:居民|住户|业主|^)\s*([{_SURNAMES}][\u4e00-\u9fff]{{1,2}}?)(?={_COMES})"
)
_SELF = re.compile(
    rf"(?:我叫|姓名|名字叫?|名叫)[是为：: ]*([{_SURNAMES}][\u4e00-\u9fff]{{1,3}})(?=[，,。；; ]|$)"
)
_PHONE = re.compile(
    r"[，,；;。（(]?\s*(?:(?:联系|手机|他的|她的)?(?:电话|手机号?|号码))?[是为：: ]*"
    r"(?<!\d)((?:\+?86[- ]?)?1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}-?\d{7,8})(?!\d)\s*[）)]?"
)
_CALLS = re.compile(r"来电|打电话|打来|电话里|在电话|电话反映")
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")  # full width
_SIGNS = " ，,。；;：:"


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkIn:
    """What one sentence says of somebody who came or called; empty for what it does not say."""

    text: str
    """The matter itself, without name and telephone."""
    name: str = ""
    phone: str = ""
    calls: bool = False
    """They are on the telephone."""


def read_walk_in(said: str) -> WalkIn:
    """Read a clerk's sentence; what is doubtful is left where it stands."""
    given = said.strip().translate(_DIGITS)
    phone = _PHONE.search(given)
    digits = "".join(sign for sign in phone[1] if sign.isdecimal()) if phone else ""
    rest = given[: phone.start()] + _joint(given, phone) + given[phone.end() :] if phone else given
    name, rest = _name_in(rest)
    words = rest.strip(_SIGNS)
    enough = sum(1 for sign in words if sign.isalnum()) >= 2
    return WalkIn(
        text=words if enough else said,
        name=name,
        phone=digits.removeprefix("86") if len(digits) > 11 else digits,
        calls=_CALLS.search(given) is not None,
    )


def _joint(given: str, taken: re.Match[str]) -> str:
    """Keep apart what stood before and behind."""
    before, behind = given[: taken.start()], given[taken.end() :]
    return "，" if before.strip(_SIGNS) and behind.strip(_SIGNS) else ""


def _name_in(given: str) -> tuple[str, str]:
    """Find who it is, and give the rest without the name and without 来说."""
    if own := _SELF.search(given):
        return own[1], given[: own.start()] + given[own.end() :].lstrip(_SIGNS)
    whole = _WHOLE_NAME.search(given)
    found = (whole.start(1), whole.end(1)) if whole else None
    if found is None and (called := _CALLED.search(given)):
        found = called.span()
    if found is None:
        return "", _without_saying(given)
    before, behind = given[: found[0]], given[found[1] :]
    said = re.match(_SAYS, behind)
    if said is None:
        # Somebody who is spoken of: 王奶奶家漏水. The name is told, and the words stay whole.
        return (given[slice(*found)], given) if behind[:1] == "家" else ("", given)
    before = re.sub(r"(?:居民|住户|业主|的)$", "", before.rstrip(_SIGNS))
    return given[slice(*found)], f"{before}{behind[said.end() :]}"


def _without_saying(given: str) -> str:
    """Leave out that somebody came and said so."""
    return re.sub(rf"^(?:有)?(?:居民|住户|业主|群众){_SAYS}", "", given)
