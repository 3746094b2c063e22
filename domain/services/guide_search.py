"""Which items of the guide a plain sentence asks for.

The pieces of two and three signs of a sentence are weighed by how few items have them and by where
an item has them: in its name, in what people call it, in its common questions, in whom it serves.
Words for one idea (娃, 孩子, 孙子) count as the same. No library; linear in the sentence.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from domain.services.items import Item
from domain.words.plaintext import plain_text
from domain.words.sayings import Sayings

#: How much a piece says by where the item has it.
_NAME, _CALLED, _QUESTION, _TYPICAL, _SERVED = 1.0, 1.2, 0.7, 0.6, 0.5
#: A word of an idea says more than a piece that is found by chance.
_IDEA = 2.5
#: The whole of what people call it stands in the sentence.
_WHOLE = 2.0
#: Nothing else stands in it: who says 低保 does not mean 低保边缘家庭.
_ALONE = 20.0
#: Below this, nothing fits; the sum of weights that two rare pieces have.
_LEAST = 6.0
#: The first is answered alone if it is so many times as good as the second.
_CLEAR = 1.5
#: Others are offered as long as they are at least this share of the first.
_NEAR = 0.5
_MOST = 3
#: As if a guide had at least so many items.
_FEWEST = 50
#: How strongly what everybody says counts for less.
_RARE = 1.0
#: Nobody's question is longer; what follows is a story.
_LONGEST = 400

#: What is said around any item and names none.
_AROUND = re.compile(
    r"怎么(?:样|办理?|弄|搞|申请|领|开|交)?|咋(?:办|弄|整|样|申请|领|开|交)?|如何|怎样|请问|问一?下|你好|您好|麻烦|谢谢"
    r"|(?:要|需要|得|该)?(?:带|准备|拿|交|提交|用)?(?:啥|什么|哪些|些啥|些什么)(?:材料|证件|资料|手续|东西|条件)?"
    r"|在哪[里儿]?|去哪[里儿]?|到哪[里儿]?|哪[里儿]|多少钱|多长时间|多久|几天|几点|收费(?:吗|不|么)?|要钱(?:吗|不|么)?"
    r"|能不能|可不可以|可以|能|会不会|想要?|我要|帮我|帮忙|替|给|俺|我们?|咱们?|你们|您|他们?|她们?"
    r"|办理?(?:一?下|个|一?张|的)?|申请|申领|领取?|补办|有没有|是不是|需要|怎么样|一个|一下|这个|那个|现在|今天|明天"
    r"|吗|呢|吧|啊|呀|哦|嘞|了|的|么"
)
_GAP = "\x00"
_NOT_WORDS = re.compile(r"[^\w\x00]+|\d+|_")


def _pieces(plain: str) -> set[str]:
    """Cut a text into pieces of two and three signs; pieces do not go over what was taken out."""
    found: set[str] = set()
    for part in _NOT_WORDS.sub(_GAP, plain).split(_GAP):
        found.update(part[at : at + 2] for at in range(len(part) - 1))
        found.update(part[at : at + 3] for at in range(len(part) - 2))
    return found


def _bare(plain: str) -> str:
    return _AROUND.sub(_GAP, plain)


@dataclass(frozen=True, slots=True)
class Found:
    """What fits a sentence, best first."""

    items: tuple[Item, ...] = ()
    is_clear: bool = False
    """The first alone is meant."""


@dataclass(frozen=True)
class GuideIndex:
    """The published items of a street, made ready to be searched."""

    items: tuple[Item, ...]
    _weights: Mapping[str, Mapping[int, float]] = field(repr=False)
    _rarity: Mapping[str, float] = field(repr=False)
    _called: tuple[tuple[str, int], ...] = field(repr=False)
    _sayings: Sayings = field(repr=False)

    def search(self, said: str, among: Collection[str] | None = None) -> Found:
        """Find what a sentence asks for; nothing where no item is near.

        Args:
            among: the codes of the items that are looked at; all without it.
        """
        plain = plain_text(said[:_LONGEST])
        sums: dict[int, float] = {}
        bare = _bare(plain)
        for piece in _pieces(bare):
            self._add(sums, piece, 1.0)
        for idea in self._sayings.ideas_in(plain):
            self._add(sums, _idea(idea), _IDEA)
        said_alone = _NOT_WORDS.sub("", bare).replace(_GAP, "")
        for name, which in self._called:
            if name in plain:
                worth = _ALONE if name == said_alone else _WHOLE
                sums[which] = sums.get(which, 0.0) + worth * math.sqrt(len(name))
        ranked = sorted(
            (
                (score, which)
                for which, score in sums.items()
                if score >= _LEAST and (among is None or self.items[which].code in among)
            ),
            key=lambda pair: (-pair[0], pair[1]),
        )
        if not ranked:
            return Found()
        first = ranked[0][0]
        near = [pair for pair in ranked if pair[0] >= _NEAR * first][:_MOST]
        is_clear = len(ranked) == 1 or first >= _CLEAR * ranked[1][0]
        return Found(tuple(self.items[which] for _, which in near), is_clear)

    def _add(self, sums: dict[int, float], piece: str, worth: float) -> None:
        rarity = self._rarity.get(piece)
        if rarity is None:
            return
        for which, weight in self._weights[piece].items():
            sums[which] = sums.get(which, 0.0) + worth * weight * rarity


def _idea(name: str) -> str:
    return f"_{name}"


def index_of(
    items: Sequence[Item],
    sayings: Sayings,
    common: Callable[[str], float],
) -> GuideIndex:
    """Make items ready to be searched.

    Args:
        items: the published ones.
        sayings: words that mean the same, and what people say of items that every office has.
        common: gives for a piece how much it says in what people write at all, from 0 to 1.
    """
    weights: dict[str, dict[int, float]] = {}
    called: list[tuple[str, int]] = []
    for which, item in enumerate(items):
        alike = [one for one in sayings.typical if one.is_meant_by(item.name)]
        names = [*item.also_called, *(name for one in alike for name in one.called)]
        parts = [(_NAME, item.name), *((_CALLED, name) for name in names)]
        parts += [(_QUESTION, question) for question, _ in item.questions]
        parts += [(_TYPICAL, said) for one in alike for said in one.said]
        parts += [(_SERVED, str(item.given(name) or "")) for name in ("served", "conditions")]
        for weight, part in parts:
            plain = plain_text(part)
            for piece in (*_pieces(_bare(plain)), *map(_idea, sayings.ideas_in(plain))):
                known = weights.setdefault(piece, {})
                known[which] = max(known.get(which, 0.0), weight)
        whole = {plain_text(name) for name in (item.name, *names)}
        called += [(name, which) for name in sorted(whole) if len(name) > 1]
    # In a small guide nothing is rare, and yet it says as much.
    count = max(len(items), _FEWEST)
    rarity = {
        piece: math.log(1.0 + (count + 0.5) / (len(having) + 0.5)) * common(piece) ** _RARE
        for piece, having in weights.items()
    }
    return GuideIndex(tuple(items), weights, rarity, tuple(called), sayings)
