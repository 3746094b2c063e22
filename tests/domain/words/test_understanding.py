"""What a plain sentence is taken for, and which danger it tells of."""

import tomllib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from domain.categories import Categories, Kind, categories_from
from domain.words.lexicon import Danger, Guess, Lexicon, lexicon_from
from domain.words.understanding import Understanding, understand

ROOT = Path(__file__).parents[3]
DEFAULTS = ROOT / "bot" / "configuration" / "defaults"


def tables(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def default_lexicon() -> Lexicon:
    return lexicon_from(tables(DEFAULTS / "lexicon.toml"))


@cache
def default_categories() -> Categories:
    return categories_from(tables(DEFAULTS / "catalogue.toml"))


def understood(text: str) -> Understanding:
    return understand(text, default_lexicon(), default_categories())


# --- the labelled sentences ----------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """A labelled sentence and how it was understood."""

    text: str
    guesses: tuple[str, ...]
    category: str | None
    dangers: frozenset[str]
    result: Understanding

    @property
    def is_right(self) -> bool:
        return self.result.guess in self.guesses

    @property
    def is_conduct(self) -> bool:
        return self.guesses[0] == Guess.CONDUCT

    @property
    def missed(self) -> frozenset[str]:
        return self.dangers - set(self.result.dangers)

    def __str__(self) -> str:
        found = f"{self.result.guess}{'!' if self.result.sure else '?'}"
        dangers = ",".join(self.result.dangers)
        wanted = "/".join(self.guesses) + ("+" + ",".join(self.dangers) if self.dangers else "")
        return f"{self.text} | {wanted} -> {found} {dangers}"


@cache
def readings(part: str) -> tuple[Reading, ...]:
    labelled = tables(Path(__file__).with_name("sentences.toml"))[part]
    return tuple(
        Reading(
            text=one["text"],
            guesses=(one["guess"],) if isinstance(one["guess"], str) else tuple(one["guess"]),
            category=one.get("category"),
            dangers=frozenset(one.get("dangers", ())),
            result=understood(one["text"]),
        )
        for one in labelled
    )


def share(
    among: Iterable[Reading], holds: Callable[[Reading], bool]
) -> tuple[float, list[Reading]]:
    """Tell for which part of the readings something holds, and list the others."""
    given = list(among)
    failing = [reading for reading in given if not holds(reading)]
    return 1 - len(failing) / len(given), failing


def confusion(failing: Iterable[Reading]) -> str:
    """Write out what was taken for what, then the sentences."""
    listed = list(failing)
    pairs = Counter((reading.guesses[0], str(reading.result.guess)) for reading in listed)
    counts = [f"{count} x {wanted} -> {found}" for (wanted, found), count in pairs.most_common()]
    return "\n".join(["", *counts, "", *map(str, listed)])


def test_the_labelled_set_is_large_varied_and_without_repetition() -> None:
    sentences = [*readings("tuned"), *readings("held")]

    texts = Counter(reading.text for reading in sentences)
    named = {reading.guesses[0] for reading in sentences}
    dangers = set().union(*(reading.dangers for reading in sentences))
    assert len(sentences) >= 400
    assert len(readings("held")) >= 100
    assert max(texts.values()) == 1
    assert named == {guess.value for guess in Guess}
    assert dangers == {danger.value for danger in Danger}


# The thresholds of `held` are what the lexicon reached on wording that it had never seen, rounded
# down. They are lower because a lexicon knows the words it was given: wherever nothing is
# understood, the answer must therefore name the emergency numbers as well.


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.98), ("held", 0.9)])
def test_what_it_is_sure_of_is_right(part: str, least: float) -> None:
    sure = [reading for reading in readings(part) if reading.result.sure]

    right, wrong = share(sure, lambda reading: reading.is_right)

    assert right >= least, confusion(wrong)


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.8), ("held", 0.6)])
def test_it_is_sure_of_most_sentences(part: str, least: float) -> None:
    sure, unsure = share(readings(part), lambda reading: reading.result.sure)

    assert sure >= least, confusion(unsure)


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.98), ("held", 0.85)])
def test_the_right_reading_is_guessed_or_offered(part: str, least: float) -> None:
    def is_offered(reading: Reading) -> bool:
        return reading.is_right or not set(reading.guesses).isdisjoint(reading.result.alternatives)

    offered, missing = share(readings(part), is_offered)

    assert offered >= least, confusion(missing)


@pytest.mark.parametrize(("part", "least"), [("tuned", 1.0), ("held", 0.7)])
def test_danger_is_found(part: str, least: float) -> None:
    dangerous = [reading for reading in readings(part) if reading.dangers]

    found, missed = share(dangerous, lambda reading: not reading.missed)

    assert found >= least, confusion(missed)


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.97), ("held", 0.87)])
def test_danger_is_found_among_sentences_that_tell_of_nothing_else(part: str, least: float) -> None:
    told = tables(Path(__file__).with_name("danger.toml"))[part]["danger"]

    missed = [one for one in told if not understood(one).dangers]

    assert len(told) >= 60
    assert 1 - len(missed) / len(told) >= least, "\n".join(["", *missed])


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.98), ("held", 0.97)])
def test_whoever_tells_of_danger_sees_the_emergency_numbers(part: str, least: float) -> None:
    """Where the bot is not sure it asks, and the question names the numbers."""
    told = tables(Path(__file__).with_name("danger.toml"))[part]["danger"]

    unseen = [one for one in told if not understood(one).dangers and understood(one).sure]

    assert 1 - len(unseen) / len(told) >= least, "\n".join(["", *unseen])


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.98), ("held", 0.92)])
def test_ordinary_sentences_that_sound_like_danger_alarm_nobody(part: str, least: float) -> None:
    told = tables(Path(__file__).with_name("danger.toml"))[part]["ordinary"]

    alarmed = [one for one in told if understood(one).dangers]

    assert len(told) >= 50
    assert 1 - len(alarmed) / len(told) >= least, "\n".join(["", *alarmed])


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.98), ("held", 0.95)])
def test_no_danger_is_seen_where_there_is_none(part: str, least: float) -> None:
    harmless = [reading for reading in readings(part) if not reading.dangers]

    calm, alarmed = share(harmless, lambda reading: not reading.result.dangers)

    assert calm >= least, confusion(alarmed)


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.99), ("held", 0.97)])
def test_a_conduct_complaint_is_recognised(part: str, least: float) -> None:
    complaints = [reading for reading in readings(part) if reading.is_conduct]

    found, missed = share(complaints, lambda reading: reading.result.guess is Guess.CONDUCT)

    assert found >= least, confusion(missed)


@pytest.mark.parametrize("part", ["tuned", "held"])
def test_a_conduct_complaint_is_never_surely_an_ordinary_matter(part: str) -> None:
    dispatched = [
        reading
        for reading in readings(part)
        if reading.is_conduct and reading.result.sure and reading.result.guess.kind is not None
    ]

    assert dispatched == []


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.99), ("held", 0.98)])
def test_what_is_no_complaint_is_not_taken_for_one(part: str, least: float) -> None:
    others = [reading for reading in readings(part) if Guess.CONDUCT not in reading.guesses]

    calm, suspected = share(others, lambda reading: reading.result.guess is not Guess.CONDUCT)

    assert calm >= least, confusion(suspected)


@pytest.mark.parametrize(("part", "least"), [("tuned", 0.95), ("held", 0.8)])
def test_the_category_is_found(part: str, least: float) -> None:
    plain = [reading for reading in readings(part) if reading.category and reading.is_right]

    found, missed = share(plain, lambda reading: reading.result.category == reading.category)

    listed = [f"{reading.text} -> {reading.result.category}" for reading in missed]
    assert found >= least, "\n".join(["", *listed])


@pytest.mark.parametrize("part", ["tuned", "held"])
def test_every_answer_holds_together(part: str) -> None:
    for reading in readings(part):
        result = reading.result

        assert result.guess in result.alternatives or result.guess is Guess.UNSURE
        assert not (result.sure and result.guess is Guess.UNSURE)
        assert len(set(result.alternatives)) == len(result.alternatives) <= 4
        assert bool(result.numbers) == bool(result.dangers)
        assert 1 <= result.urgency <= 3
        if Guess.CONDUCT in result.alternatives[1:]:
            assert not (result.sure and result.guess.kind)


# --- conduct -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "网格员骂人",
        "社区书记收钱",
        "工作人员态度恶劣",
        "办事处的人吃拿卡要",
        "民警打人",
        "要举报居委会主任",
    ],
)
def test_a_plain_complaint_about_staff_is_sure(text: str) -> None:
    result = understood(text)

    assert (result.guess, result.sure) == (Guess.CONDUCT, True)


@pytest.mark.parametrize(
    "text",
    [
        "请网格员来看一下",
        "感谢网格员",
        "麻烦工作人员来修下水道",
        "网格员电话是多少",
        "书记好，路灯坏了",
    ],
)
def test_staff_may_be_mentioned_without_complaint(text: str) -> None:
    result = understood(text)

    assert Guess.CONDUCT not in result.alternatives


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("路灯坏了跟网格员说了八遍他不理我", Guess.SERVICE),
        ("反映三次下水道堵了，社区一直推脱", Guess.SERVICE),
        ("网格员骂人，3号楼路灯坏了报修也不管", Guess.SERVICE),
    ],
)
def test_where_a_complaint_and_a_matter_mix_the_bot_asks_and_the_complaint_stands_first(
    text: str, other: Guess
) -> None:
    result = understood(text)

    assert (result.guess, result.sure) == (Guess.CONDUCT, False)
    assert result.alternatives[:2] == (Guess.CONDUCT, other)


# --- danger --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("着火了", ("119",)),
        ("闻到煤气味", ("119",)),
        ("有人拿刀", ("110",)),
        ("老人晕倒了", ("120",)),
        ("我不想活了", ("120", "110", "12356")),
        ("门口出车祸了", ("122", "120")),
        ("隔壁天天打孩子", ("110", "12345", "12338")),
        ("家里没暖气", ()),
    ],
)
def test_each_danger_has_its_numbers(text: str, numbers: tuple[str, ...]) -> None:
    assert understood(text).numbers == numbers


def test_several_dangers_show_each_number_once() -> None:
    result = understood("撞车了，有人流血昏迷，车还着火了")

    assert set(result.numbers) == {"119", "120", "122"}
    assert len(result.numbers) == 3


def test_danger_does_not_depend_on_what_the_sentence_asks_for() -> None:
    result = understood("楼道里一股煤气味，麻烦来人修一下管道")

    assert Danger.FIRE in result.dangers
    assert Guess.SERVICE in result.alternatives
    assert result.urgency == 3


@pytest.mark.parametrize(
    "text",
    [
        "没有着火",
        "昨晚吃火锅",
        "消防演练几点开始",
        "气死我了",
        "打死不去",
        "煤气费怎么交",
        "超市跳楼价",
        "这事要命",
        "怕着火，把电动车挪走吧",
        "去年我家着火，墙到今年都没人刷",
        "给网格员打电话没人接",
        "fire drill on Monday",
        "new fireworks rule",
    ],
)
def test_what_is_denied_past_imagined_or_an_idiom_is_no_danger(text: str) -> None:
    assert understood(text).dangers == ()


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("没人救火，着火了", Danger.FIRE),
        ("去年着过火，现在又着火了", Danger.FIRE),
        ("气死我了，他打我", Danger.CRIME),
        ("不是演习，真的着火了", Danger.FIRE),
        ("煤气没关，着火了", Danger.FIRE),
        ("怕他打我", Danger.CRIME),
    ],
)
def test_a_denial_elsewhere_does_not_hide_a_danger(text: str, danger: Danger) -> None:
    assert danger in understood(text).dangers


def test_a_danger_at_the_end_of_a_very_long_text_is_found() -> None:
    text = "路灯坏了没人修。" * 1_240 + "楼上着火了"

    result = understood(text)

    assert len(text) > 9_900
    assert result.dangers == (Danger.FIRE,)


# --- unusual texts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "\n",
        "。",
        "？！？",
        "😀",
        "👍🏽👍🏽",
        "3",
        "123456789",
        "嗯",
        "a",
        "\u200b",
        "\0",
        "<b>",
        "{|~}",
    ],
)
def test_a_text_without_a_meaning_is_unsure(text: str) -> None:
    result = understood(text)

    assert (result.guess, result.sure, result.dangers) == (Guess.UNSURE, False, ())
    assert result.category is None


@pytest.mark.parametrize(
    "unit", ["打", "哈", "着火了", "网格员骂人路灯坏了", "a ", "没有", "火锅", "😀", "~", "1-"]
)
def test_ten_thousand_characters_are_understood(unit: str) -> None:
    text = (unit * 10_000)[:10_000]

    result = understood(text)

    assert result.guess in Guess


def test_emoji_beside_a_request_do_not_disturb_it() -> None:
    assert understood("😡😡路灯坏了😡").guess is Guess.SERVICE
    assert understood("你好😊").guess is Guess.GREETING


@pytest.mark.parametrize(
    "text",
    [
        "３号楼路灯坏了",
        "3號樓路燈壞了",
        "3号楼 路灯 坏了",
        "3 号 楼 路 灯 坏 了",
        "3号楼\u200b路灯坏了",
    ],
)
def test_widths_scripts_and_blanks_make_no_difference(text: str) -> None:
    result = understood(text)

    assert (result.guess, result.sure) == (Guess.SERVICE, True)
    assert result.category == "lighting"


# --- details -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2026-00017", "2026-00017"),
        ("２０２６－０００１７ 好了没", "2026-00017"),
        ("202600017", "2026-00017"),
        ("编号2026-1234567", "2026-1234567"),
        ("2026—00017怎么样了", "2026-00017"),
        ("2026-11-05停水", None),
        ("电话13800002026", None),
        ("2026年", None),
    ],
)
def test_a_case_number_is_found_as_people_type_it(text: str, number: str | None) -> None:
    assert understood(text).case_number == number


def test_who_quotes_a_case_number_asks_about_the_case() -> None:
    result = understood("2026-00017 路灯还是没修")

    assert (result.guess, result.sure) == (Guess.STATUS, True)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("3号楼路灯坏了", "3号楼"),
        ("和平路12号门口路灯不亮", "和平路12号门口"),
        ("２单元门口有积水", "2单元门口"),
        ("三号楼二单元门口堆垃圾", "三号楼二单元门口"),
        ("在解放巷挖开的路", "解放巷"),
        ("中心花园里停满了车", "中心花园里"),
        ("洛阳路和九都路交叉口", "洛阳路"),
        ("lamp broken near building 3", "building 3"),
        ("pothole on Heping Road", "heping road"),
        ("马路上全是水", None),
        ("走路摔了一跤", None),
        ("停水3天了", None),
        ("第三期工程", None),
    ],
)
def test_a_place_is_found_in_the_sentence(text: str, place: str | None) -> None:
    assert understood(text).place_words == place


def test_the_category_of_every_kind_is_kept_for_whoever_chooses_another_reading() -> None:
    result = understood("楼上漏水把我家天花板泡了")

    assert result.categories[Kind.DISPUTE] == "leak"
    assert result.categories[Kind.SERVICE] == "water"
    assert result.category == "leak"


@pytest.mark.parametrize(
    ("text", "urgency"),
    [
        ("建议多办点活动", 1),
        ("路灯坏了", 2),
        ("路灯坏了，老人不敢出门", 3),
        ("停水了", 2),
        ("着火了", 3),
        ("今天天气不错", 1),
    ],
)
def test_urgency_follows_the_words_and_the_category(text: str, urgency: int) -> None:
    assert understood(text).urgency == urgency


@pytest.mark.parametrize(
    ("text", "guess"),
    [
        ("street lamp broken", Guess.SERVICE),
        ("my neighbour plays loud music every night", Guess.DISPUTE),
        ("I suggest more benches", Guess.OPINION),
        ("the official asked me for a bribe", Guess.CONDUCT),
        ("fire", Guess.EMERGENCY),
        ("what is the status of 2026-00017", Guess.STATUS),
        ("hello", Guess.GREETING),
        ("help", Guess.HELP),
        ("I want to talk to a real person", Guess.HUMAN),
    ],
)
def test_english_is_understood_too(text: str, guess: Guess) -> None:
    assert understood(text).guess is guess


def test_only_the_three_ordinary_readings_have_a_kind() -> None:
    kinds = {guess: guess.kind for guess in Guess if guess.kind}

    assert kinds == {
        Guess.SERVICE: Kind.SERVICE,
        Guess.DISPUTE: Kind.DISPUTE,
        Guess.OPINION: Kind.OPINION,
    }


def test_a_street_may_add_its_own_words() -> None:
    mapping = tables(DEFAULTS / "catalogue.toml")
    mapping["service"][0]["keywords"].append("路灯杆{歪|斜}了")

    result = understand("俺门前路灯杆斜了", default_lexicon(), categories_from(mapping))

    assert result.category == "lighting"
