"""Which place a sentence names: the street's own names first, then numbers, then a side.

A place is said in parts: a road or a compound, a court, a building, an entrance, a floor, a room,
a landmark, a side of it. People leave out, spell and split them as they like ("5#", "五号楼",
"5-2-301", "我是柳岸的，3号楼2单元"); what stands together is one place, and what the same sentence
says elsewhere completes it. Everything is bounded: a text costs linear time.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

from domain.organisation import Organisation, Unit, UnitKind
from domain.words.phrases import SIGNS, Phrases
from domain.words.plaintext import plain_text


class Part(IntEnum):
    """The sorts of parts, from the widest to the narrowest."""

    NAME = 0
    """A name of the street's register."""
    ROAD = 1
    COMPOUND = 2
    ZONE = 3
    BUILDING = 4
    ENTRANCE = 5
    FLOOR = 6
    ROOM = 7
    LANDMARK = 8
    FACILITY = 9
    """What every compound has: it says where only together with another part."""
    SIDE = 10


@dataclass(frozen=True, slots=True)
class PlaceRead:
    """A place as a sentence names it."""

    words: str = ""
    """Its parts in order, in the spelling of `plain_text`; empty where none is named."""
    units: tuple[str, ...] = ()
    """The codes of the units whose names stand in the text; the narrowest ones alone."""


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    part: Part


#: How far two parts may stand from each other and still be one place.
_JOINED = re.compile(r"[ ,，、的]{0,2}(?:小区|院子?里?|里面|里|内|那边|这边)?的? ?|[和与跟]")
_LONGEST_JOIN = 6
#: "...里头 文昌路口": what ends with a side ends there.
_APART = " ,，、"

_NUM = r"(?:\d{1,4}|[零一二两三四五六七八九十百叁肆伍]{1,4})"
_NOT_IN_NUMBER = r"(?<![\d.:-])"
_NO_NAME = (
    "我你他她它您俺咱们家住在到去来从往把被给让叫请帮这那哪每条个的了是有跟与及上下前后对见说道着过"
    "没不很太就也还又再只要想能会可问告报谁啥怎吗呢吧啊从离靠近修挖堵走占停开关坏漏断掉倒系躲归搬送"
)
#: 和平路 has a 和 of its own, 九都路和洛阳路 one between two names.
_NAME_SIGN = rf"(?:(?!(?<=[路街巷道号楼栋园区苑门])和)(?![{_NO_NAME}])[一-鿿])"
_ROAD_SIGN = rf"(?:(?![公马铁水电道管线网段路街巷]){_NAME_SIGN})"
_COMPOUND_END = (
    "小区|花园|新村|家园|嘉园|佳苑|花苑|雅苑|公寓|家属院|宿舍楼|大院|新城|新苑|名苑|华庭|豪庭|山庄|广场"
    "|大厦|公馆|华府|苑|府|湾|郡|庭"
)
#: Words that end like a compound's name and are none.
_NO_COMPOUND = re.compile(
    r".{0,4}(?:(?:这个?|那个?|整个|全|本|各|老旧?|哪个|每个|别的|其他|隔壁|对面|附近|旁边|一个|两个|几个|多个"
    r"|新|旧|好|大|小|中心)(?:小区|花园|新村|家园|公寓|大院|广场|大厦|新城|苑|府|湾|郡|庭)"
    r"|政府|学府|官府|[首乐]府|台湾|港湾|家庭|法庭|开庭|前庭|天庭|大庭)"
)
#: Words that end like a road and are none.
_NO_ROAD = re.compile(
    r"(?:[一半全带顺沿各多条]|.{0,3}(?:跑|动|铺|拦|指|引|问|认|迷|生|活|出|思|套|短|电|通|网|线))路"
    r"|(?:上|逛|扫|过|满|骂|整|半|全)街|.{0,3}(?:十字|丁字|三岔)路口"
)
_NO_NAMED = re.compile(
    r"(?:.{0,3}(?:社区|辖区|附近|哪家|整个|所有|建议|希望|居民)|[一-鿿]?个)[一-鿿]+$"
)
#: What many have, each with a name of its own.
_NAMED = (
    "超市|医院|公园|小学|中学|学校|大学|幼儿园|托儿所|邮局|银行|酒店|宾馆|饭店|餐馆|商场|商城|鞋城|市场|菜场"
    "|地铁站|公交站|汽车站|火车站|加油站|充电站|驿站|药店|派出所|卫生院|工地|公厕|小卖部|网吧|影院|体育馆|图书馆|步道"
)
#: One pattern for each part, tried at every place in this order; the first that fits counts.
PATTERNS: Sequence[tuple[Part, re.Pattern[str]]] = tuple(
    (part, re.compile(pattern))
    for part, pattern in (
        # 5-2-301, 5#2-301, 12栋1-1203: building, entrance and room in one.
        (
            Part.ROOM,
            rf"{_NOT_IN_NUMBER}(?:[a-z]?\d{{1,3}}(?:#|号楼|号|栋|幢|座|-|/) ?)"
            r"\d{1,2} ?(?:-|/|单元) ?\d{3,4}(?:室)?(?![\d-])",
        ),
        (
            Part.ROAD,
            rf"{_ROAD_SIGN}{{1,4}}?(?:大街|大道|胡同|里弄|路口|街口|巷口|路|街|巷|弄(?= ?\d))"
            r"(?:[东西南北中]段|[东西南北](?=路|街))?(?![灯面上人口过由线费子牙径程途坊道办政障标])"
            rf"(?: ?{_NUM} ?号(?!楼|院|线|码)(?:院|大院)?| ?{_NUM} ?弄(?: ?{_NUM} ?号)?)?",
        ),
        (Part.ROAD, rf"{_NOT_IN_NUMBER}\d{{1,4}}(?:弄|巷)(?: ?{_NUM} ?号)?"),
        (
            Part.ROAD,
            r"\b(?!(?:the|this|that|my|our|main|a|on|in|at) )[a-z]{1,20} "
            r"(?:road|street|lane|avenue)\b",
        ),
        (Part.COMPOUND, rf"{_NAME_SIGN}{{2,4}}?(?:{_COMPOUND_END})(?![一-鿿]?长)"),
        (
            Part.COMPOUND,
            rf"{_NAME_SIGN}{{2}}里(?=小区|[东西南北]门|那一片|工地| ?\d{{1,3}} ?[号栋幢#])",
        ),
        (
            Part.ZONE,
            rf"(?:(?<![养敬])[东西南北老新前后](?:区|院|园)"
            rf"|{_NOT_IN_NUMBER}(?<![第a-z])(?:[a-z]|{_NUM}) ?"
            r"(?:区|院|期|片区|组团|园))(?![别域里内长子务工培讲报缴付款])",
        ),
        (Part.COMPOUND, rf"{_NOT_IN_NUMBER}{_NUM} ?号(?:大院|院)"),
        (
            Part.BUILDING,
            rf"{_NOT_IN_NUMBER}(?<![第a-z])(?:[a-z]-?)?{_NUM} ?"
            r"(?:(?:#|号) ?(?:楼|栋|幢|座)|栋|幢|座)(?![上下道梯顶房价盘])",
        ),
        (Part.BUILDING, rf"{_NOT_IN_NUMBER}(?<![第a-z])(?:[a-z]-?)?{_NUM} ?(?:号楼|#)"),
        (Part.BUILDING, r"(?<![a-z])[a-z] ?(?:栋|幢|座|号楼|楼(?![上下道梯顶]))"),
        (
            Part.BUILDING,
            rf"{_NOT_IN_NUMBER}{_NUM} ?号(?=[一二两三四五六七八\d]{{1,2}} ?(?:单元|门))",
        ),
        (Part.BUILDING, r"\b(?:building|block|no\.|number) ?\d{1,4}[a-z]?\b"),
        (
            Part.ENTRANCE,
            rf"{_NOT_IN_NUMBER}(?<![第])(?:{_NUM}|(?<![a-z])[a-z]) ?"
            r"(?:单元|号门(?![面])|门(?= ?\d{3}))",
        ),
        (Part.ENTRANCE, r"\bunit ?\d{1,4}[a-z]?\b"),
        (
            Part.FLOOR,
            rf"(?:{_NOT_IN_NUMBER}(?<![第])-?{_NUM}|负[一二三]|地下[一二三]?|顶|底) ?"
            r"(?:层|楼层|楼(?![梯盘房]))",
        ),
        (
            Part.FLOOR,
            r"\b(?:first|second|third|fourth|fifth|sixth|\d{1,3}(?:st|nd|rd|th)) floor\b",
        ),
        (Part.ROOM, r"(?<![\d.:/-])\d{3,4} ?(?:室|户|房(?![价租东产贷]))|\broom ?\d{1,4}[a-z]?\b"),
        # 402老爷子, 1101那女的: a room is said by its number alone when somebody lives there.
        (
            Part.ROOM,
            r"(?<![\d.:/a-z-])\d{3,4}(?=的?(?:那|老|住|家|业主|女的|男的|两口|夫妻|邻居|小两口|死活))",
        ),
        (
            Part.ROOM,
            rf"{_NOT_IN_NUMBER}{_NUM} ?号窗口?|车位 ?[a-z]?\d{{0,2}}-?\d{{1,4}}(?![\d元块])",
        ),
        (Part.ROOM, r"(?<![a-z])b[1-4](?:-\d{1,3}(?!\d)|(?=那排))"),
        (Part.ROOM, r"\b(?:gate|entrance|counter|window) ?\d{1,3}\b"),
        (Part.LANDMARK, rf"(?:{_NAME_SIGN}{{2,4}}?|[老东西南北])(?:{_NAMED})(?![长费])"),
        (
            Part.LANDMARK,
            rf"(?:{_NAME_SIGN}{{1,3}})?桥(?:底下|头|上|下|洞)|(?:{_NAME_SIGN}{{1,2}})?(?:河|湖|塘|水库)(?:边|里头?|堤)",
        ),
        (
            Part.LANDMARK,
            r"(?:[东西南北正大后前侧偏]|东南|东北|西南|西北)门(?![诊])|中心花园|小花园|地下车库|地下停车场|停车场|地库"
            r"|活动中心|小广场|文化广场|便民中心|便民服务中心|养老中心|垃圾站|垃圾房|垃圾桶旁|公交站|篮球场"
            r"|健身区|健身广场|儿童乐园|凉亭|岗亭|门卫室|传达室|物业办公室|水房|地铁口",
        ),
        (
            Part.FACILITY,
            r"地下室|车库|车棚|活动室|幼儿园|小学|中学|卫生站|卫生院|办事大厅|服务大厅|快递柜|居委会|超市|医院|学校|工地|滑梯"
            r"|花坛|绿化带|草坪|公厕|驿站|配电房|菜市场|菜场|农贸市场",
        ),
        (
            Part.SIDE,
            r"(?:的)?(?:[东西南北](?:侧|头|边|面|墙)|(?:(?<![\d一二三四五六七八九十a-z])单元)?(?<![东西南北正大后前侧偏])门口|(?<=门)口|门前|门洞|路边|边上"
            r"|旁边?|附近|对面|对过|斜对面|后面|后头|后巷|前面|前头|(?<![#号])楼(?:前|后|[上下](?!邻居|住户|那家))|(?<=[#号]楼)[前后上下]"
            r"|路口|交叉口|拐角|转角|墙角|墙根|楼?顶(?:边上|上)?(?!替|多|嘴|棚)|底下|楼道(?:里|底下)?|楼梯间?|走廊|电梯口|电梯间"
            r"|里面|里头|外面|外头|里(?!弄)|(?<!另)外|边(?=$|[ ,。!?])"
            r"|那(?:一片|一带|头|块|段|排|儿|里|条路|条道|个弯)|下坡|上坡|人行道)",
        ),
    )
)
#: What looks like a part and is none.
_UNLIKE = {Part.COMPOUND: _NO_COMPOUND, Part.ROAD: _NO_ROAD, Part.LANDMARK: _NO_NAMED}
#: A room's number needs no word behind a building or an entrance.
_BARE_ROOM = re.compile(
    r"[ -]?\d{3,4}(?![\d元块年天度号个户])| ?\d{1,3}-\d{1,2}(?:-\d{3,4})?(?![\d号日月:.-])"
)
#: So does a house's behind a name of the register.
_BARE_HOUSE = re.compile(r" ?\d{1,4} ?号(?!楼|院|线|码)")
#: A gate may be said to be of "the compound" without its name.
_OWN_COMPOUND = re.compile(r"(?:小区|社区|院子?|大院)的?$")
_LONGEST_OWN = 4
#: "小区门口的井盖": said of nothing else, that is where it is.
_BARE_GATE = re.compile(r"(?:小区|院子|大院|社区)的?(?:大门|门)(?:口|外|前|旁)")
_BEFORE_ROOM = frozenset({Part.NAME, Part.BUILDING, Part.ENTRANCE, Part.COMPOUND, Part.ROAD})
_NAMES = frozenset({Part.NAME, Part.ROAD, Part.COMPOUND})
#: Parts that say where something is without any other.
_STRONG = frozenset(
    {
        *(Part.NAME, Part.ROAD, Part.COMPOUND, Part.ZONE),
        *(Part.BUILDING, Part.ENTRANCE, Part.ROOM, Part.LANDMARK),
    }
)
#: How much a part says of where something is.
_WORTH = {
    **dict.fromkeys((Part.NAME, Part.ROAD, Part.COMPOUND), 4),
    **dict.fromkeys((Part.BUILDING, Part.ENTRANCE, Part.ROOM), 3),
    **dict.fromkeys((Part.ZONE, Part.LANDMARK), 2),
}
#: No text is looked through for places any further: nobody reads on, and danger is found elsewhere.
_MOST_FOUND = 200
_LONGEST_PLACE = 60


@dataclass(frozen=True)
class Register:
    """The names of a street's units, as residents say them."""

    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """For each spoken name the codes of the units it may mean."""
    kinds: Mapping[str, UnitKind] = field(default_factory=dict)
    parents: Mapping[str, str | None] = field(default_factory=dict)

    @cached_property
    def phrases(self) -> Phrases:
        """The names, to be found in a text."""
        return Phrases((name, name) for name in sorted(self.names))


_IN_BRACKETS = re.compile(r"[(（]([^()（）]{2,20})[)）]")
_SHORTENED = ("小区", "社区", "家园", "新村", "花园", "苑", "公寓", "家属院")
_GRID = re.compile(r"第?[一二三四五六七八九十\d]{1,3}网格")
_BETWEEN_NAMES = re.compile(r"[、,，/;；和及]")
#: A name of fewer signs would be found in every other sentence.
_SHORTEST_NAME = 2


def register_of(organisation: Organisation) -> Register:
    """Gather what residents call the units of a street that work now."""
    said: dict[str, set[str]] = {}
    short: dict[str, set[str]] = {}
    units = [unit for unit in organisation.units.values() if unit.kind is not UnitKind.STREET]
    for unit in units:
        for name in _names_of(unit):
            said.setdefault(name, set()).add(unit.code)
            for ending in _SHORTENED:
                stem = name.removesuffix(ending)
                if stem != name and len(stem) >= _SHORTEST_NAME:
                    short.setdefault(stem, set()).add(unit.code)
    for stem, codes in short.items():
        # 听雨 alone may be the community, the compound or the road: then it names none of them.
        if stem not in said and len(codes) == 1:
            said[stem] = codes
    return Register(
        {name: tuple(sorted(codes)) for name, codes in said.items()},
        {unit.code: unit.kind for unit in units},
        {unit.code: unit.parent for unit in units},
    )


def _names_of(unit: Unit) -> Iterable[str]:
    names = [unit.name, unit.name_en]
    names += _IN_BRACKETS.findall(unit.name) + _IN_BRACKETS.findall(unit.name_en)
    names.append(_IN_BRACKETS.sub("", unit.name))
    for name in names:
        for one in _BETWEEN_NAMES.split(plain_text(name)):
            one = one.strip()
            if (
                len(one) >= _SHORTEST_NAME
                and not _GRID.fullmatch(one)
                and not set(one) & set(SIGNS)
            ):
                yield one


#: A name before one of these is a part of another name.
_OF_ANOTHER = frozenset("路街巷道桥河湖站")


def read_place(plain: str, register: Register) -> PlaceRead:
    """Read the place that a text names.

    Args:
        plain: the text in the spelling of `plain_text`.
        register: the street's own names.
    """
    named = [
        hit
        for hit in (register.phrases.find(plain) if register.names else ())
        # 向阳路 is a road, and not the compound 向阳.
        if plain[hit.end : hit.end + 1] not in _OF_ANOTHER
    ]
    found = _parts(plain, [(hit.start, hit.end) for hit in named])
    chains = _chains(plain, found)
    if not chains:
        gate = _BARE_GATE.search(plain)
        return PlaceRead(gate[0] if gate else "", _units([hit.group for hit in named], register))
    best = max(chains, key=lambda chain: (_weight(chain), -chain[0].start))
    whole = _completed(chains, best)
    pieces = ("".join(plain[one.start : one.end] for one in chain) for chain in whole)
    words = "".join(piece.strip(" 的,，、") if len(whole) > 1 else piece for piece in pieces)
    return PlaceRead(
        words.strip(" 的,，、")[:_LONGEST_PLACE], _units([hit.group for hit in named], register)
    )


def without_places(plain: str, register: Register) -> str:
    """Leave out of a text what says where something is; sides and landmarks stay.

    Args:
        plain: the text in the spelling of `plain_text`.
    """
    named = [(hit.start, hit.end) for hit in register.phrases.find(plain)] if register.names else []
    kept, last = [], 0
    for one in _parts(plain, named):
        if one.part in _TOLD_APART and one.start >= last:
            kept.append(plain[last : one.start])
            last = one.end
    return "".join((*kept, plain[last:]))


#: Places that are named in English, where no number stands behind them.
_ENGLISH = (
    "gate|door|entrance|stairwell|corridor|lobby|yard|garden|garage|car park|building|compound"
)
_IN_ENGLISH = re.compile(rf"\b(?:{_ENGLISH})\b")
#: What may stand beside a place without saying anything else: "楼外的，就在北门旁边那一盏".
_BESIDE = re.compile(
    r"(?:我们?家?(?:是|住)|不?(?:是在?|在)|就|都|靠近?|挨着|紧挨|离|近|往|朝|从|到|过去|走|再|也|和|与|跟|或者?|及"
    r"|位置|地址|地点|具体|大概|大约|应该|好像|差不多|中间|之间|最|左手?|右手?|正|斜|往?[东南西北里外上下前后左右]"
    r"|(?:第|那|这|倒数)*[一二两三四五六七八九十几\d]*[个盏棵排栋幢座家户块根条处片层楼张间米步号]"
    r"|那|这|楼|屋|房|院子?|小区|社区|单元|门|墙|路|侧|边|旁|面|头|口|处|的|了|吧|呢|啊|呀|哦|嗯|对"
    r"|\b(?:it|it's|is|in|on|at|near|next|to|by|beside|outside|inside|behind|the|of|and|not|just"
    r"|north|south|east|west|left|right|main|back|front"
    rf"|{_ENGLISH})\b)"
)
#: Where somebody stands who may fall: said alone, it may tell of danger.
_STEEP = re.compile(
    r"顶|天台|阳台|窗|桥|水库|[江河湖塘崖井]|roof|bridge|river|balcony|window|ledge"
)


def says_only_where(plain: str, register: Register) -> bool:
    """Tell that a text names a place and says nothing else, nor where somebody may fall.

    Args:
        plain: the text in the spelling of `plain_text`.
    """
    if len(plain) > _LONGEST_PLACE or _STEEP.search(plain):
        return False
    named = [(hit.start, hit.end) for hit in register.phrases.find(plain)] if register.names else []
    parts = _parts(plain, named)
    if not parts and not _IN_ENGLISH.search(plain):
        return False
    pieces, last = [], 0
    for one in parts:
        pieces.append(plain[last : one.start])
        last = one.end
    pieces.append(plain[last:])
    return not any(sign.isalnum() for piece in pieces for sign in _BESIDE.sub("", piece))


#: What names a place and nothing else.
_TOLD_APART = frozenset(
    {Part.NAME, Part.COMPOUND, Part.ZONE, Part.BUILDING, Part.ENTRANCE, Part.FLOOR, Part.ROOM}
)


def _units(names: Iterable[str], register: Register) -> tuple[str, ...]:
    """Give the units that are named; a community stands back behind a grid of its own."""
    codes = list(dict.fromkeys(code for name in names for code in register.names[name]))
    above = {register.parents.get(code) for code in codes}
    return tuple(code for code in codes if code not in above)


def _parts(plain: str, named: Sequence[tuple[int, int]]) -> list[_Found]:
    """List the parts in order; none overlaps another, a name of the register goes first."""
    spans: list[_Found] = []
    is_taken = bytearray(len(plain))

    def take(start: int, end: int, part: Part) -> None:
        if start < end and len(spans) < _MOST_FOUND and not any(is_taken[start:end]):
            is_taken[start:end] = b"\1" * (end - start)
            spans.append(_Found(start, end, part))

    for start, end in sorted(named, key=lambda span: (span[0], -span[1])):
        take(start, end, Part.NAME)
    for part, pattern in PATTERNS:
        unlike = _UNLIKE.get(part)
        for hit in pattern.finditer(plain):
            if unlike is None or not unlike.match(hit[0]):
                take(*hit.span(), part)
    spans.sort(key=lambda one: one.start)
    for one in list(spans):
        house = _BARE_HOUSE.match(plain, one.end) if one.part is Part.NAME else None
        room = _BARE_ROOM.match(plain, one.end) if one.part in _BEFORE_ROOM else None
        for bare, part in ((house, Part.BUILDING), (room, Part.ROOM)):
            if bare is not None:
                take(*bare.span(), part)
    return sorted(spans, key=lambda one: one.start)


def _chains(plain: str, found: Sequence[_Found]) -> list[list[_Found]]:
    """Join the parts that stand together; what says nothing by itself is left out."""
    chains: list[list[_Found]] = []
    for one in found:
        between = plain[chains[-1][-1].end : one.start] if chains else ""
        if chains and len(between) <= _LONGEST_JOIN and _JOINED.fullmatch(between):
            last = chains[-1][-1]
            is_apart = last.part is Part.SIDE and not set(between).isdisjoint(_APART)
            if not is_apart and (one.part is not last.part or not between or one.part in _NAMES):
                chains[-1] += [_Found(last.end, one.start, last.part)] * bool(between) + [one]
                continue
        chains.append([one])
    return [
        [*_its_compound(plain, chain[0]), *chain]
        for chain in chains
        if any(one.part in _STRONG for one in chain) or _says_together(chain)
    ]


def _says_together(chain: Sequence[_Found]) -> bool:
    """Tell that parts which say nothing alone do together: "对面二楼", "滑梯旁"."""
    parts = {one.part for one in chain}
    return len(parts) > 1 and parts != {Part.SIDE}


def _its_compound(plain: str, first: _Found) -> list[_Found]:
    """Take along "the compound's" before its gate, where no name stands there."""
    if first.part is not Part.LANDMARK:
        return []
    before = _OWN_COMPOUND.search(plain[max(first.start - _LONGEST_OWN, 0) : first.start])
    return [_Found(first.start - len(before[0]), first.start, Part.SIDE)] if before else []


def _weight(chain: Sequence[_Found]) -> int:
    return sum(_WORTH.get(part, 1) for part in {one.part for one in chain})


def _completed(
    chains: Sequence[Sequence[_Found]], best: Sequence[_Found]
) -> list[Sequence[_Found]]:
    """Join a compound or road and the building that was named apart from it."""

    def is_named(chain: Sequence[_Found]) -> bool:
        return all(one.part in _NAMES for one in chain)

    def is_within(chain: Sequence[_Found]) -> bool:
        return Part.COMPOUND < chain[0].part <= Part.ROOM

    if is_within(best):
        wider = next((chain for chain in chains if is_named(chain)), None)
        return [best] if wider is None else [wider, best]
    if is_named(best):
        narrower = next((chain for chain in chains if is_within(chain)), None)
        return [best] if narrower is None else [best, narrower]
    return [best]
