"""Whom the register of priority groups (重点服务人群) may hold, and whom it never does.

The list is closed: what is not on it is refused, and what would make it a list of people to be
watched is refused by name, with the reason. Sources: F-201 and F-206; PIPL, articles 6 and 34.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.messages import Text, text
from domain.visits.rules import VisitRules
from domain.words.plaintext import plain_text

#: From this age on somebody is an elder. Source: 老年人权益保障法, article 2.
ELDER_FROM = 60
#: Source: F-201.
VERY_OLD_FROM = 80
#: Source: 未成年人保护法, article 2.
ADULT_FROM = 18


class Category(StrEnum):
    """The lawful groups; nobody is on the register under another one."""

    ELDER_ALONE = "elder_alone"
    """独居老年人"""
    EMPTY_NEST = "empty_nest"
    """空巢老年人"""
    ELDER_LEFT_BEHIND = "elder_left_behind"
    """留守老年人"""
    ELDER_DISABLED = "elder_disabled"
    """失能老年人"""
    VERY_OLD = "very_old"
    """80 周岁以上高龄老年人"""
    FAMILY_PLANNING = "family_planning"
    """计划生育特殊家庭"""
    CHILD_LEFT_BEHIND = "child_left_behind"
    """留守儿童"""
    CHILD_HARDSHIP = "child_hardship"
    """困境儿童"""
    SEVERELY_DISABLED = "severely_disabled"
    """重度残疾人 (certificate grade 1 or 2)"""
    IN_RELIEF = "in_relief"
    """特困人员、低保对象"""
    VETERAN = "veteran"
    """退役军人和其他优抚对象, who asked for it"""
    PREGNANT = "pregnant"
    """孕产妇, with consent"""
    SERIOUSLY_ILL = "seriously_ill"
    """重病患者, with consent"""


class Group(StrEnum):
    """Categories that are visited by the same rule, and to which a round may go at once."""

    ELDERS = "elders"
    CHILDREN = "children"
    DISABLED = "disabled"
    CARE = "care"
    VETERANS = "veterans"


_GROUP: Mapping[Category, Group] = {
    Category.ELDER_ALONE: Group.ELDERS,
    Category.EMPTY_NEST: Group.ELDERS,
    Category.ELDER_LEFT_BEHIND: Group.ELDERS,
    Category.ELDER_DISABLED: Group.ELDERS,
    Category.VERY_OLD: Group.ELDERS,
    Category.FAMILY_PLANNING: Group.ELDERS,
    Category.CHILD_LEFT_BEHIND: Group.CHILDREN,
    Category.CHILD_HARDSHIP: Group.CHILDREN,
    Category.SEVERELY_DISABLED: Group.DISABLED,
    Category.IN_RELIEF: Group.CARE,
    Category.PREGNANT: Group.CARE,
    Category.SERIOUSLY_ILL: Group.CARE,
    Category.VETERAN: Group.VETERANS,
}
#: Those of whom a minimum age is part of the meaning; families are not all of one age.
_AGED = frozenset(
    {
        Category.ELDER_ALONE,
        Category.EMPTY_NEST,
        Category.ELDER_LEFT_BEHIND,
        Category.ELDER_DISABLED,
    }
)


def group_of(category: Category) -> Group:
    """Name the group to which a category belongs."""
    return _GROUP[category]


def category_name(category: Category) -> Text:
    """Name a category."""
    return text(f"visits.category_{category}")


def group_name(group: Group) -> Text:
    """Name a group."""
    return text(f"visits.group_{group}")


def fits_age(category: Category, born: int, year: int) -> bool:
    """Tell whether somebody born in a year may be of a category; by the year of the birthday."""
    age = year - born
    if category is Category.VERY_OLD:
        return age >= VERY_OLD_FROM
    if category in _AGED:
        return age >= ELDER_FROM
    if group_of(category) is Group.CHILDREN:
        return age <= ADULT_FROM
    return True


def is_minor(born: int, year: int) -> bool:
    """Tell whether somebody may be under age in a year: until the year is over, they are."""
    return year - born <= ADULT_FROM


def default_interval(category: Category, *, at_risk: bool, rules: VisitRules) -> timedelta:
    """Give after how long a visit is due at the latest where nobody wished otherwise."""
    match group_of(category):
        case Group.ELDERS:
            return rules.elder
        case Group.CHILDREN:
            return rules.child_risk if at_risk else rules.child
        case Group.DISABLED:
            return rules.disabled
        case Group.CARE:
            return rules.care
        case Group.VETERANS:
            return rules.ordinary


def longest_interval(category: Category, *, at_risk: bool, rules: VisitRules) -> timedelta:
    """Give the longest span that a wish may set; more seldom is only by a refusal on record.

    Elders monthly (F-200), children by their rule: whoever looks after them cannot wish it away.
    Others may have it as seldom as twice a year.
    """
    default = default_interval(category, at_risk=at_risk, rules=rules)
    if group_of(category) in (Group.ELDERS, Group.CHILDREN):
        return default
    return max(default, _SELDOM)


_SELDOM = timedelta(days=182)


# --- what is written -----------------------------------------------------------------------------


class Control(StrEnum):
    """Why a group is none of this register's, by name."""

    RELEASED = "released"
    """Released prisoners, community correction: the justice office keeps the record."""
    PETITION = "petition"
    """Whoever petitions uses a right."""
    FAITH = "faith"
    DRUGS = "drugs"
    """The police and the community drug workers keep their record."""
    MENTAL = "mental"
    """The health service keeps the record of severe mental illness."""
    WATCHED = "watched"
    """重点人员, 稳控对象, 前科, 黑名单: lists of people to be watched."""
    ORIGIN = "origin"
    """By people, region, nationality or the like."""
    VIOLENCE = "violence"
    """Visits after a warning letter are a duty of their own and sealed: no group of people."""


#: What makes a group one to be watched. Stems, so that words that stand on no list are found too.
_CONTROL: tuple[tuple[Control, str], ...] = (
    (
        Control.RELEASED,
        r"刑满|刑释|出狱|释放|服刑|缓刑|假释|矫正|安置帮教|帮教|两劳|劳教|劳改|监外|前科|犯罪"
        r"|convict|prison|parole|probation|correction|offender|felon|inmate",
    ),
    (
        Control.PETITION,
        r"信访|上访|访民|访户|缠访|闹访|缠闹|越级|进京|告状|维权|举报人|投诉人"
        r"|petition|complainant|whistle",
    ),
    (
        Control.FAITH,
        r"宗教|信教|教徒|信众|教众|信徒|教民|邪教|法轮|基督|天主|佛教|道教|伊斯兰|穆斯林|清真"
        r"|faith|religio|believer|christian|muslim|buddhis|church|\bcult\b",
    ),
    (
        Control.DRUGS,
        r"吸毒|涉毒|戒毒|贩毒|禁毒|毒品|药物滥用|瘾君|drug|addict|narcotic",
    ),
    (
        Control.MENTAL,
        r"精神病|精神障碍|精神疾|精神异常|精神分裂|肇事肇祸|肇祸|易肇事|躁狂|疯|精障"
        r"|\bmental|psychi|schizo",
    ),
    (
        Control.VIOLENCE,
        r"家暴|家庭暴力|告诫书|施暴|domestic violence|abuser",
    ),
    (
        Control.WATCHED,
        r"重点人员|重点人口|重点人头|重点对象|重点管|重点稳|重点监|管控|管制|稳控|维稳|布控|监控|监视"
        r"|盯防|盯守|涉稳|不稳定|不放心|不安定|高危人|嫌疑|可疑|违法|黑名单|失信|涉黑|涉恶|涉诈|涉军"
        r"|涉众|敏感人|问题人|问题青|闲散|社会危害|极端|危险分子|激进|异见|反动|政治"
        r"|suspect|watch ?list|blacklist|surveil|stability|dissident|extremis",
    ),
    (
        Control.ORIGIN,
        r"民族|维族|维吾尔|回族|藏族|蒙族|汉族|新疆|西藏|境外|外国人|外籍|无国籍|籍贯|同性恋|性少数"
        r"|艾滋|感染者|ethnic|minority|foreigner|nationality|\bgay\b|lesbian|\bhiv\b",
    ),
)
_PATTERNS = tuple((why, re.compile(found)) for why, found in _CONTROL)
#: What an account of needs may not say of anybody; narrower, for words of one's own say much.
_IN_WORDS = re.compile(
    r"刑满|刑释|社区矫正|安置帮教|信访|上访|缠访|闹访|邪教|法轮|吸毒|涉毒|戒毒人|肇事肇祸|易肇事"
    r"|重点人员|重点人口|管控|稳控|维稳|布控|监控对象|盯防|涉稳|黑名单|嫌疑|前科"
    r"|petition|ex-convict|on parole|drug user|watch ?list|blacklist"
)


def control_in(words: str) -> Control | None:
    """Tell which sort of a list to be watched words ask for; None for none."""
    said = plain_text(words)
    return next((why for why, pattern in _PATTERNS if pattern.search(said)), None)


def speaks_of_control(words: str) -> bool:
    """Tell whether an account of somebody makes the register one of people to be watched."""
    return _IN_WORDS.search(plain_text(words)) is not None


@dataclass(frozen=True, slots=True)
class _Called:
    """How people call a category."""

    category: Category
    words: tuple[str, ...]


#: The more exact first; each word is looked for in what was written.
_CALLED: tuple[_Called, ...] = (
    _Called(Category.FAMILY_PLANNING, ("计划生育", "计生", "失独", "特扶", "特殊家庭")),
    _Called(Category.CHILD_LEFT_BEHIND, ("留守儿童", "留守未成年", "留守孩", "留守学生")),
    _Called(
        Category.CHILD_HARDSHIP,
        ("困境儿童", "困境未成年", "孤儿", "事实无人抚养", "困难儿童", "困境孩"),
    ),
    _Called(Category.ELDER_LEFT_BEHIND, ("留守老", "留守的老")),
    _Called(Category.ELDER_DISABLED, ("失能", "半失能", "失智")),
    _Called(Category.ELDER_ALONE, ("独居", "孤寡老", "孤老")),
    _Called(Category.EMPTY_NEST, ("空巢",)),
    _Called(Category.VERY_OLD, ("高龄", "80岁", "八十岁", "80周岁", "80以上")),
    _Called(Category.SEVERELY_DISABLED, ("重度残疾", "重残", "残疾一级", "残疾二级")),
    _Called(Category.IN_RELIEF, ("特困", "低保", "低收入", "五保", "救助对象", "困难家庭")),
    _Called(Category.VETERAN, ("退役", "退伍", "军属", "烈属", "优抚", "复员")),
    _Called(Category.PREGNANT, ("孕产", "孕妇", "产妇", "怀孕")),
    _Called(Category.SERIOUSLY_ILL, ("重病", "大病", "危重", "慢性病", "癌")),
)


def read_category(words: str) -> Category | None:
    """Read which category words name: its code, its name, or how people call it; None for none.

    What `control_in` finds is asked before: 精神障碍的独居老人 is no category of this register.
    """
    said = plain_text(words).strip()
    if said in set(Category):
        return Category(said)
    return next((one.category for one in _CALLED if any(word in said for word in one.words)), None)
