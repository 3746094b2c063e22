"""How messages look on Telegram."""

from datetime import timedelta

import pytest

from bot.channels.telegram.rendering import MAX_TEXT, Part, render, units
from bot.words.wording import wording_for
from domain.messages import Card, Choice, Line, Message, Tone, text
from domain.people import Language
from tests.bot.channels.conftest import NOW, PUBLIC_URL, button, said, words
from tests.bot_api.entities import parse_html

CHINESE = wording_for(Language.CHINESE)
ENGLISH = wording_for(Language.ENGLISH)
UNSAFE = "\x00\x07\u202e\u202c\u2066\u2069\u200f\ud83d"


def shown(message: Message, **options: object) -> list[Part]:
    return render(message, CHINESE, **{"public_url": PUBLIC_URL, "now": NOW, **options})  # type: ignore[arg-type]


def labels(part: Part) -> list[list[str]]:
    rows = part.markup["inline_keyboard"] if part.markup else []
    return [[key["text"] for key in row] for row in rows]


def test_a_card_looks_like_this_in_both_languages() -> None:
    card = Card(
        title=words("2026-00017 路灯 <坏了>"),
        lines=(
            Line(words("地点"), "3号楼 & 4号楼"),
            Line(words("期限"), NOW + timedelta(hours=2)),
            Line(words("描述"), "第一行\n第二行"),
        ),
        tone=Tone.URGENT,
    )
    message = Message(
        blocks=(words("您好。"), card),
        choices=((button("接受", "take:1"), button("退回", "matters.return:1")), (button("更多"),)),
    )

    chinese = shown(message)
    english = render(message, ENGLISH, now=NOW)

    assert [part.html for part in chinese] == [
        "您好。\n\n"
        "<b>🔴 2026-00017 路灯 &lt;坏了&gt;</b>\n"
        "地点：3号楼 &amp; 4号楼\n"
        "期限：今天（11月24日）16:30\n"
        "描述：第一行\n"
        "第二行"
    ]
    assert labels(chinese[0]) == [["接受", "退回"], ["更多"]]
    assert english[0].html.splitlines()[4] == "期限: today (24 Nov) 16:30"


@pytest.mark.parametrize(
    ("tone", "title"),
    [
        (Tone.PLAIN, "标题"),
        (Tone.URGENT, "🔴 标题"),
        (Tone.OVERDUE, "⏰ 标题"),
        (Tone.DONE, "✅ 标题"),
    ],
)
def test_a_tone_is_a_sign_before_the_title(tone: Tone, title: str) -> None:
    (part,) = shown(Message(blocks=(Card(title=words("标题"), tone=tone),)))

    assert part.html == f"<b>{title}</b>"


@pytest.mark.parametrize(
    "hostile",
    [
        "<b>x</b>",
        "</b><a href='tg://user?id=1'>x</a>",
        "&lt;&amp;amp;",
        "a\x00b\x07",
        "\u202eabc\u202c",
        "\u2066abc\u2069\u200f",
        "half \ud83d of a sign",
        "_*[]()~`>#+-=|{}.!",
        "李" * 5000,
        "😀" * 5000,
        "é" * 5000,
        "a b" * 3000,
        "句子。" * 3000,
        "\n" * 5000 + "x",
    ],
)
def test_hostile_words_are_shown_and_break_nothing(hostile: str) -> None:
    card = Card(title=words(hostile), lines=(Line(words("名"), hostile),), tone=Tone.DONE)

    parts = shown(Message(blocks=(card, words(hostile)), choices=((button(hostile[:80]),),)))

    plain = ""
    for part in parts:
        visible, _ = parse_html(part.html)
        part.html.encode()
        assert 0 < units(visible) == part.units <= MAX_TEXT
        assert visible.strip()
        assert not set(visible) & set(UNSAFE)
        plain += visible
    wanted = "".join(
        sign for sign in hostile if sign not in "\x00\x07\u202e\u202c\u2066\u2069\u200f\ud83d"
    )
    assert plain.replace("\n", "").count(wanted.replace("\n", "").strip()) >= 3
    assert all(part.markup is None for part in parts[:-1])
    assert parts[-1].markup is not None


def test_a_long_text_is_cut_between_lines_and_every_character_arrives_once() -> None:
    lines = [f"{number} " + "字" * 99 for number in range(100)]

    parts = shown(said("\n".join(lines)))

    assert "\n".join(part.html for part in parts).split("\n") == lines
    assert len(parts) == 3


def test_a_giant_line_is_cut_after_a_sentence() -> None:
    line = "一二三四五六七八九。" * 1000

    parts = shown(said(line))

    assert "".join(part.html for part in parts) == line
    assert all(part.html.endswith("。") for part in parts)


def test_a_cut_does_not_part_a_character_from_its_accent() -> None:
    line = "e\u0301" * 4000

    parts = shown(said(line))

    assert "".join(part.html for part in parts) == line
    assert all(part.html.startswith("e") for part in parts)


def test_a_bold_title_that_is_cut_is_bold_on_both_sides() -> None:
    parts = shown(Message(blocks=(Card(title=words("题" * 5000)),)))

    assert [part.html[:3] + part.html[-4:] for part in parts] == ["<b></b>", "<b></b>"]


def test_a_text_of_just_the_limit_is_one_message() -> None:
    assert [part.units for part in shown(said("a" * 4096))] == [4096]
    assert [part.units for part in shown(said("a" * 4097))] == [4096, 1]
    assert [part.units for part in shown(said("a" * 2047 + "\n" + "b" * 2048))] == [4096]
    assert [part.units for part in shown(said("a" * 2048 + "\n" + "b" * 2048))] == [2048, 2048]


def test_an_empty_message_shows_nothing() -> None:
    assert shown(Message()) == []
    assert shown(said("", "  \n ")) == []


def test_buttons_without_a_text_get_one() -> None:
    (part,) = shown(Message(choices=((button("是"),),)))

    assert part.html == CHINESE.text(text("channels.choose"))
    assert labels(part) == [["是"]]


def test_phone_numbers_stand_in_the_text_once() -> None:
    message = said(
        "有危险请先打电话。",
        choices=(
            (Choice(label=words("火警"), phone="119"), Choice(label=words("📞 110"), phone="110")),
        ),
    )

    (part,) = shown(message)

    assert part.html == "有危险请先打电话。\n\n📞 火警 119\n📞 110"
    assert part.markup is None


@pytest.mark.parametrize(
    ("link", "button_url", "line"),
    [
        ("/case/1", f"{PUBLIC_URL}/case/1", None),
        ("https://example.org/?a=1&b=2", "https://example.org/?a=1&b=2", None),
        ("http://localhost:8080/x", None, "看 http://localhost:8080/x"),
        ("javascript:alert(1)", None, None),
        ("tel:110", None, None),
        ("https://", None, None),
        ("http://[x", None, None),
    ],
)
def test_links_become_buttons_where_telegram_takes_them(
    link: str, button_url: str | None, line: str | None
) -> None:
    message = said("看看", choices=((Choice(label=words("看"), link=link),),))

    (part,) = shown(message)

    expected = {"text": "看", "url": button_url} if button_url else None
    given = part.markup["inline_keyboard"][0][0] if part.markup else None
    assert given == expected
    assert part.html == ("看看\n\n" + line if line else "看看")


def test_a_link_without_a_public_address_is_left_out() -> None:
    (part,) = shown(said("x", choices=((Choice(label=words("看"), link="/a"),),)), public_url="")

    assert (part.html, part.markup) == ("x", None)


def test_elder_mode_has_one_button_per_row() -> None:
    message = said("x", choices=((button("是"), button("否")), (button("取消"),)))

    (part,) = shown(message, elder=True)

    assert labels(part) == [["是"], ["否"], ["取消"]]


def test_buttons_that_would_be_cut_stand_one_below_the_other() -> None:
    long, short = "这是一个很长很长的按钮文字", "好"

    (part,) = shown(
        said("x", choices=((button(long), button(short)), (button(short), button(short))))
    )

    assert labels(part) == [[long], [short], [short, short]]


def test_a_row_has_at_most_eight_buttons_and_a_message_a_hundred() -> None:
    many = tuple(tuple(button(str(n % 10)) for n in range(12)) for _ in range(10))

    (part,) = shown(said("x", choices=many))

    assert max(map(len, labels(part))) == 8
    assert sum(map(len, labels(part))) == 100


def test_labels_are_trimmed_to_one_short_line() -> None:
    (part,) = shown(said("x", choices=((button("一\n二  三" + "四" * 100),),)))

    ((label,),) = labels(part)
    assert label == "一 二 三" + "四" * 54 + "…"
    assert len(label) == 60


def test_the_emphasised_button_is_blue() -> None:
    strong = Choice(label=words("提交"), action="a", emphasis=True)

    (part,) = shown(said("x", choices=((strong, button("改")),)))

    assert part.markup is not None
    assert [key.get("style") for key in part.markup["inline_keyboard"][0]] == ["primary", None]


def test_a_secret_is_covered_until_it_is_tapped() -> None:
    card = Card(title=words("验证码"), lines=(Line(words("码"), "123 456"),))

    (part,) = shown(Message(blocks=(card,), secret=True))

    visible, entities = parse_html(part.html)
    hint = CHINESE.text(text("channels.covered"))
    assert visible == f"{hint}\n验证码\n码：123 456"
    uncovered = [
        visible[e["offset"] : e["offset"] + e["length"]] for e in entities if e["type"] == "spoiler"
    ]
    assert uncovered == ["验证码", "码：123 456"]


def test_a_line_of_a_list_is_a_button_that_says_how_it_stands_whatever_it_is_about() -> None:
    words = "三号楼二单元一楼的声控灯坏了" * 4
    row = Choice(
        label=text("names.either", zh=words, en=words),
        detail=text("names.either", zh="超时2天 · 路灯照明", en="late by 2 days"),
        action="matters.show:2026-00017",
        tone=Tone.OVERDUE,
    )
    message = Message(blocks=(text("staff.todo_empty"),), choices=((row, row),))

    (part,) = render(message, wording_for(Language.CHINESE, strict=True))

    assert part.markup is not None
    keyboard = part.markup["inline_keyboard"]
    assert len(keyboard) == 2
    shown = keyboard[0][0]["text"]
    assert shown.startswith("⏰ 三号楼二单元一楼")
    assert shown.endswith("… · 超时2天 · 路灯照明")
    assert len(shown) <= 60
