"""What may travel over Telegram where it carries no personal data."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.pofile import read_po
from sqlalchemy import func, select

from bot.channels.telegram.rendering import render
from bot.traffic.telegram_privacy import PRESSES, redact
from bot.words.wording import LOCALES, wording_for
from domain.messages import (
    Awaiting,
    Card,
    Choice,
    Line,
    Message,
    Side,
    Text,
    Tone,
    Value,
    text,
)
from domain.people import Language
from handlers.registry import FEATURES
from storage.database import Database
from storage.drafts import drafts
from tests.handlers.chats import opened

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
ROW = 41
SECRET = "王小明住槐树巷7号电话13800001234"
#: Names of the office's own units: they are what a post is called by.
OFFICE_FIELDS = {"street", "unit"}


def every_wording() -> list[tuple[str, frozenset[str]]]:
    found = []
    for path in sorted((LOCALES / Language.CHINESE / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=Language.CHINESE):
                name = message.id if isinstance(message.id, str) else message.id[0]
                said = message.string if isinstance(message.string, str) else message.string[0]
                fields = frozenset(name for _, name, _, _ in Formatter().parse(said) if name)
                fields |= {"en"} if "zh" in fields else set()
                if name:
                    found.append((f"{path.stem}.{name}", fields))
    return found


def shown(message: Message) -> str:
    """Everything that would go to Telegram, in words."""
    redacted = redact(message, ROW).message
    parts = render(redacted, wording_for(Language.CHINESE), public_url="https://x.example", now=NOW)
    return "\n".join(f"{part.html} {part.markup}" for part in parts)


def everywhere(wording: Text) -> Message:
    """A message that says a wording wherever one can stand."""
    return Message(
        blocks=(
            wording,
            text("errors.internal", hidden=wording),
            Card(title=wording, lines=(Line(wording, 1), Line(text("cards.state"), wording))),
        ),
        choices=((Choice(label=wording, action="menu.open"), Choice(label=wording, phone="110")),),
    )


# --- nothing unknown gets through -----------------------------------------------------------------


@pytest.mark.parametrize(
    "disguise",
    [
        lambda secret: secret,
        lambda secret: text("names.either", zh=secret, en=secret),
        lambda secret: (1, secret),
        lambda secret: text("names.post_held", unit="", role="", person=secret),
        lambda secret: text("matters.happened_said", what="", said=secret),
        lambda secret: text("digests.topic_words", words=secret, n=1, before=2),
    ],
    ids=["a string", "a name", "several", "a post's holder", "what happened", "a topic"],
)
def test_no_wording_carries_what_somebody_wrote(disguise: Any) -> None:
    for key, names in every_wording():
        fields: dict[str, Value] = {
            name: "" if name in OFFICE_FIELDS else disguise(SECRET) for name in names
        }

        said = shown(everywhere(Text(key, fields)))

        assert SECRET not in said, key


def test_what_somebody_wrote_is_no_units_name_elsewhere() -> None:
    said = shown(Message(blocks=(text("cards.state", unit=("x", SECRET)),)))

    assert SECRET not in said


@pytest.mark.parametrize(
    "choice",
    [
        Choice(label=text("assignments.call"), phone="13800001234"),
        Choice(label=text("reminders.call", phone="13800001234"), phone="13800001234"),
        Choice(label=text("cards.open_map"), link="https://maps.example/?113.01,34.02"),
        Choice(label=text("filing.other_community"), action="f:ab12:s:grid:E1"),
        Choice(label=text("menu.open"), action="matters.show:槐树巷"),
    ],
    ids=["a resident's number", "the same in a reminder", "a map", "a form's answer", "words"],
)
def test_a_button_that_says_more_stays_behind(choice: Choice) -> None:
    redacted = redact(Message(blocks=(text("menu.open"),), choices=((choice,),)), ROW)

    assert [one.action for row in redacted.message.choices for one in row] == [
        f"tickets.show:{ROW}"
    ]
    assert not redacted.whole


def test_pictures_and_questions_for_a_place_stay_behind() -> None:
    message = Message(attachments=("a", "b"), awaiting=Awaiting.PLACE, slot="s")

    redacted = redact(message, ROW)

    assert redacted.message.attachments == ()
    assert redacted.message.awaiting is None
    assert redacted.message.blocks == (text("minimal.pictures"),)
    assert redacted.message.slot == "s"


# --- what is harmless does ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "said"),
    [("names.post_held", "第一网格 网格书记"), ("names.post_lent", "第一网格 网格书记")],
)
def test_a_post_is_named_without_whoever_holds_it_or_stands_in(key: str, said: str) -> None:
    post = text(
        key,
        unit=text("names.either", zh="第一网格", en="Grid 1"),
        role=text("names.role_grid_secretary"),
        person=SECRET,
    )

    told = redact(Message(blocks=(text("staff.welcome_named", post=post, name=SECRET),)), 7)

    assert told.whole
    assert f"欢迎！您的岗位是：{said}。" in shown(told.message)


def test_a_case_keeps_its_number_state_post_and_deadlines() -> None:
    held = text(
        "names.post_held",
        unit=text("names.either", zh="第一网格", en="Grid 1"),
        role=text("names.role_grid_secretary"),
        person="张守义",
    )
    kind, category = text("names.kind_dispute"), text("names.either", zh="噪声", en="Noise")
    late = text("cards.due_contact_late", by=NOW, late=timedelta(hours=1))
    sort = {"number": "2026-00017", "kind": kind, "category": category}
    card = Card(
        title=text("cards.title", said=SECRET, **sort),
        lines=(
            Line(text("cards.what"), SECRET),
            Line(text("cards.where"), f"第一网格 · {SECRET}"),
            Line(
                text("cards.due"),
                text(
                    "cards.due_both",
                    contact=late,
                    resolve=text("cards.due_resolve", by=NOW + timedelta(hours=2)),
                ),
            ),
            Line(text("cards.state"), text("names.state_accepted")),
            Line(text("cards.urgency"), text("names.quadrant_urgent")),
            Line(text("cards.owner"), held),
            Line(text("cards.case"), text("cards.case_value", **sort)),
            Line(text("cards.reporter"), f"王小明 {SECRET}"),
        ),
        tone=Tone.URGENT,
    )
    message = Message(
        blocks=(card,),
        choices=((Choice(label=text("assignments.do_accept"), action="matters.accept:1"),),),
    )

    redacted = redact(message, ROW)

    assert wording_for(Language.CHINESE, strict=True).plain(redacted.message, NOW) == (
        "2026-00017\n"
        "时限：联系超时1小时（今天（11月24日）14:30），今天（11月24日）16:30前办好\n"
        "状态：正在办理\n"
        "轻重缓急：尽快\n"
        "负责：第一网格 网格书记"
    )
    assert [one.action for row in redacted.message.choices for one in row] == [
        "matters.accept:1",
        f"tickets.show:{ROW}",
    ]


def test_a_line_of_a_list_keeps_its_number_and_state() -> None:
    state = text("cards.due_late", late=timedelta(days=2))
    line = Choice(
        label=text("cards.row", number="2026-00017", said=SECRET),
        detail=text(
            "cards.row_detail", state=state, rest=(text("names.either", zh=SECRET), SECRET)
        ),
        action="matters.show:2026-00017",
        tone=Tone.OVERDUE,
    )

    (shown,), *_ = redact(
        Message(blocks=(text("matters.my_cases"),), choices=((line,),)), ROW
    ).message.choices

    wording = wording_for(Language.CHINESE, strict=True)
    assert shown.detail is not None
    assert (wording.text(shown.label), wording.text(shown.detail)) == ("2026-00017", "超时2天")
    assert shown.tone is Tone.OVERDUE


@pytest.mark.parametrize(
    "value", [None, 3, 0.5, True, NOW, date(2026, 11, 24), timedelta(hours=1), "2026-00017", ""]
)
def test_moments_counts_and_case_numbers_travel(value: Value) -> None:
    message = Message(blocks=(text("errors.wrong_state", number=value, state=value),))

    redacted = redact(message, ROW)

    assert (redacted.message, redacted.whole) == (message, True)


def test_public_numbers_can_be_dialled() -> None:
    dials = (
        Choice(label=text("words.dial_119"), phone="119"),
        Choice(label=text("menu.phone", number="037912345"), phone="037912345"),
    )
    message = Message(blocks=(text("danger.call"),), choices=(dials,))

    assert redact(message, ROW).message == message


def test_every_wording_that_is_said_instead_has_its_fields() -> None:
    strict = wording_for(Language.ENGLISH, strict=True)
    for key, names in every_wording():
        # What names a case by its words brings its number along, to be said instead.
        message = Message(blocks=(Text(key, {"number": 1, **dict.fromkeys(names, 1)}),))

        strict.plain(redact(message, ROW).message)


# --- what is taken in -----------------------------------------------------------------------------


@pytest.mark.parametrize("side", list(Side))
def test_the_buttons_that_work_on_telegram_exist_and_begin_no_form(side: Side) -> None:
    assert PRESSES[side]
    assert not [one for one in PRESSES[side] if FEATURES.verbs[side][one].begins]


async def test_no_button_that_works_on_telegram_asks_for_words(
    database: Database, tmp_path: Path
) -> None:
    office = await opened(database, tmp_path)
    number = await office.filed()

    for who, side in (("resident", Side.RESIDENTS), ("secretary", Side.STAFF)):
        for verb in sorted(PRESSES[side] - {"residents.erase", "matters.withdraw"}):
            for arguments in ("", f":{number}", f":{number}:yes", f":{number}:no", ":E1", ":on"):
                await office.does(who, verb + arguments)
                async with database.read() as tx:
                    begun = await tx.scalar(select(func.count()).select_from(drafts))
                assert begun == 0, verb + arguments
