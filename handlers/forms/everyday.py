"""What people type to a form instead of pressing its buttons: 好, 提交, 算了, 没有, 不对, a number.

Only what says nothing else: "不对" is a button's word, "价格不对" is content.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from domain.words.plaintext import plain_text


class Said(StrEnum):
    """Which button is meant."""

    SUBMIT = "submit"
    CANCEL = "cancel"
    SKIP = "skip"
    BACK = "back"
    CHANGE = "change"
    THANKS = "thanks"
    """Nothing is to be done: the question stands."""


_WORDS = {
    Said.SUBMIT: (
        "好 好的 好了 好吧 好啊 好呀 对 对的 对了 没错 没问题 没毛病 可以 可以了 行 行了 行吧"
        " 中 得 成 是 是的 嗯 嗯嗯 嗯好 就这样 就这样吧 就这些 就这 确定 确认 确认提交"
        " 提交 提交吧 提交了 交吧 发吧 报吧 报上去 办吧 同意 ok okay yes submit"
    ),
    Said.CANCEL: (
        "取消 取消吧 算了 算了吧 算啦 不报了 算了不报了 不写了 不用了 不用报了 不办了 不要了 不弄了"
        " 撤销 撤了 撤回 退出 放弃 刚才点错了 点错了 确定取消 cancel quit"
    ),
    Said.SKIP: (
        "跳过 没有 没 没有了 无 没了 不知道 不清楚 不记得 不留 不留了 不填 不写 不想留 不想说"
        " 不方便 我没有 我没有电话 没有电话 没电话 没照片 没有照片 以后再说"
        " 下一步 下一个 skip none no"
    ),
    Said.BACK: "返回 返回上一步 上一步 退回 回去 back",
    Said.CHANGE: (
        "不对 不是 错了 写错了 不对不对 改 改一下 要改 修改 我要改 有错 填错了 wrong change"
    ),
    Said.THANKS: (
        "谢谢 谢谢你 谢谢您 谢了 多谢 感谢 辛苦了 麻烦了 麻烦你们了 知道了 收到 哦 噢 thanks"
    ),
}
_MEANS = {word: said for said, words in _WORDS.items() for word in words.split()}
_EDGES = re.compile(r"^[\W_]+|[\W_]+$|[啊呀哈呢哦噢啦呗]+[\W_]*$")
_LONGEST = 12


def said_in(given: str) -> Said | None:
    """Tell which button is meant by what was typed; None where it says something of its own."""
    plain = plain_text(given)
    if len(plain) > _LONGEST:
        return None
    return _MEANS.get(plain.strip(" 。.!！,，~～")) or _MEANS.get(_EDGES.sub("", plain))


#: A mobile number of the mainland, or a landline with its area code, and at most a word for it.
_LONE_PHONE = re.compile(
    r"(?:我的?)?(?:联系)?(?:电话|手机|号码|手机号|联系方式|tel|phone)?(?:号)?(?:是|为|:|：)?\s*"
    r"((?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})\s*[。.!]?"
)


def lone_phone(given: str) -> str | None:
    """Read a telephone number that stands alone, or with a word that says so; give its digits."""
    plain = plain_text(given)
    found = _LONE_PHONE.fullmatch(plain) if len(plain) <= 40 else None
    if found is None:
        return None
    digits = "".join(sign for sign in found[1] if sign.isdecimal())
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits


@dataclass(frozen=True, slots=True)
class Correction:
    """What is said to be wrong, and what is right instead."""

    right: str
    wrong: str = ""
    is_place: bool = False
    """It is said to be the place that is wrong."""


_NOT_BUT = re.compile(r"(?:不是|不在)(.{1,24}?)[,，。 ]{1,3}(?:而?是|应该是|在)(.{1,60})")
_IS_NOT = re.compile(r"(?:是|在)(.{1,24}?)[,，。 ]{0,3}不(?:是|在)(.{1,24})")
_PLACE_WRONG = re.compile(
    r"(?:地点|地址|位置|楼号|楼)(?:写|填|说|报|打)?(?:错|不对)了?[,，。 ]{0,3}(?:应该)?"
    r"(?:是|在|改成|改为)?(.{1,60})"
)
_CATEGORY_WRONG = re.compile(
    r"(?:类别|分类|类型)(?:选|写|填)?(?:错|不对)了?[,，。 ]{0,3}(?:应该)?(?:是|改成|改为)?(.{1,60})"
)
_LONGEST_CORRECTION = 80


def correction_in(given: str) -> Correction | None:
    """Read "不是X，是Y" and "地点错了，是6号楼"; None where nothing is corrected."""
    plain = plain_text(given)
    if len(plain) > _LONGEST_CORRECTION:
        return None
    if found := _PLACE_WRONG.match(plain):
        return Correction(found[1].strip(" ,。"), is_place=True)
    if found := _CATEGORY_WRONG.match(plain):
        return Correction(found[1].strip(" ,。"))
    if found := _NOT_BUT.match(plain):
        return Correction(found[2].strip(" ,。"), found[1].strip(" ,。"))
    if found := _IS_NOT.fullmatch(plain):
        return Correction(found[1].strip(" ,。"), found[2].strip(" ,。"))
    return None
