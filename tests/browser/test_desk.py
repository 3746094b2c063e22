"""Lists, the bar below, the desk beside the conversation, and what is printed."""

import pytest

from domain.messages import Card, Choice, Line, Message, Side, Tone, say, text
from tests.browser.conftest import DESK, PHONE, only
from tests.patience import until

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


def line(words: str, tone: Tone = Tone.PLAIN, number: int = 1) -> Choice:
    """A line of a list."""
    return Choice(
        label=text("names.either", zh=words, en=words),
        detail=text("names.either", zh="超时2天 · 路灯照明", en="late by two days"),
        action=f"matters.show:2026-0000{number}",
        tone=tone,
    )


LIST = Message(
    blocks=(text("staff.todo_empty"),),
    choices=(
        (line("三号楼着火了", Tone.URGENT),),
        (line("三号楼二单元一楼的声控灯坏了，晚上上下楼看不清", Tone.OVERDUE, 2),),
        (line("垃圾桶满了", number=3),),
        (Choice(label=text("staff.filter_overdue"), action="todo.open:overdue:0:in"),),
        (Choice(label=text("staff.menu"), action="menu.open"),),
    ),
    slot="todo",
)


@pytest.mark.parametrize("size", [PHONE, DESK])
async def test_a_line_of_a_list_is_pressed_as_a_whole_and_the_others_stay(enter, street, size):
    visit = await enter(size)
    await visit.open()
    await visit.begin()
    await street.tell(only(street).id, LIST)
    await visit.page.wait_for_selector(".row")

    boxes = await visit.page.evaluate(
        "[...document.querySelectorAll('#log .row')]"
        ".map((one) => one.getBoundingClientRect().toJSON())"
    )
    await visit.page.click("#log .row >> nth=1")
    await until(lambda: street.said[-1].action == "matters.show:2026-00002")

    assert len({(box["left"], box["width"]) for box in boxes}) == 1
    assert all(box["height"] >= 44 for box in boxes)
    colour = "getComputedStyle(document.querySelectorAll('#log .row .choice-label')[{}]).color"
    assert await visit.page.evaluate(colour.format(0)) == "rgb(163, 34, 28)"
    assert await visit.page.evaluate(colour.format(2)) == "rgb(29, 43, 40)"
    await visit.shoot(f"list-{size[0]}")


@pytest.mark.parametrize(("path", "command"), [("/", "me"), ("/staff?i=Inv1tation-Code", "todo")])
async def test_what_is_ones_own_is_one_tap_away(enter, street, path, command):
    visit = await enter()
    await visit.open(path)
    await visit.begin()

    await visit.page.click("#tool-own")

    await until(lambda: street.said[-1].command == command)
    tools = await visit.page.evaluate(
        "[...document.querySelectorAll('.tool')].map((one) => one.getBoundingClientRect().toJSON())"
    )
    assert len(tools) == 5
    assert all(box["height"] >= 44 and box["width"] >= 44 for box in tools)
    assert len({box["top"] for box in tools}) == 1


async def at_the_desk(enter, street, size=DESK):
    street.todo = LIST
    visit = await enter(size)
    await visit.open("/staff?i=Inv1tation-Code")
    await visit.begin()
    return visit


async def test_on_a_wide_screen_the_list_stands_beside_the_conversation(enter, street):
    visit = await at_the_desk(enter, street)
    await visit.page.wait_for_selector("#desk .row")

    await visit.page.click("#desk .row >> nth=2")
    await until(lambda: street.said[-1].action == "matters.show:2026-00003")

    desk, room = [
        await visit.page.evaluate(
            f"document.querySelector('{one}').getBoundingClientRect().toJSON()"
        )
        for one in ("#desk", ".room")
    ]
    assert desk["right"] <= room["left"] + 1
    assert await visit.page.get_attribute("#desk .row >> nth=2", "aria-current") == "true"
    assert "☰" not in await visit.page.inner_text("#desk")
    assert await visit.page.locator("#log .row").count() == 0
    await visit.shoot("desk-1280")


async def test_the_desk_is_looked_up_anew_when_something_happens(enter, street):
    visit = await at_the_desk(enter, street)
    await visit.page.wait_for_selector("#desk .row")

    street.todo = say("staff.todo_empty")
    await street.tell(only(street, Side.STAFF).id, say("staff.todo_empty"))

    await visit.until("document.querySelectorAll('#desk .row').length === 0")
    assert {one for one, _ in street.asked_for} == {"all"}


async def test_a_filter_of_the_desk_stays_and_nothing_is_said(enter, street):
    visit = await at_the_desk(enter, street)
    await visit.page.wait_for_selector("#desk .row")
    said = len(street.said)

    await visit.page.click("#desk .choice:not(.row)")
    await until(lambda: ("overdue", "0") in street.asked_for)
    # What the page says arrives in order: had the press said anything, it would stand before this.
    await visit.write("好的")
    await until(lambda: len(street.said) > said)

    assert [one.text for one in street.said[said:]] == ["好的"]


async def test_where_the_screen_is_narrow_there_is_no_desk(enter, street):
    visit = await at_the_desk(enter, street, PHONE)

    assert not await visit.page.is_visible("#desk")
    assert street.asked_for == []


async def test_residents_have_no_desk(enter, street):
    visit = await enter(DESK)
    await visit.open()
    await visit.begin()

    assert await visit.page.locator("#desk").count() == 0
    assert all(one.side is Side.RESIDENTS for one in street.store.accounts.values())


async def test_the_desk_goes_with_the_session(enter, street):
    visit = await at_the_desk(enter, street)
    await visit.page.wait_for_selector("#desk .row")

    await visit.page.click("#more-button")
    await visit.page.click("#leave-button")
    await visit.page.click("#leave-button")

    await visit.page.wait_for_selector("#code-form:visible")
    assert not await visit.page.is_visible("#desk")
    visit.troubles.clear()


async def test_a_receipt_is_printed_alone_with_its_code(enter, street):
    visit = await enter(DESK)
    await visit.page.route(
        "**/lookup/code.svg?number=2026-00017",
        lambda route: route.fulfill(
            content_type="image/svg+xml", body='<svg xmlns="http://www.w3.org/2000/svg"/>'
        ),
    )
    await visit.open("/staff?i=Inv1tation-Code")
    await visit.begin()
    ticket = Card(
        title=text("windows.ticket"),
        lines=(Line(text("windows.code"), "1234 5678 9012 3456"),),
    )
    await street.tell(
        only(street, Side.STAFF).id, Message(blocks=(ticket,), paper="/lookup?number=2026-00017")
    )
    await visit.page.wait_for_selector(".print")
    await visit.page.evaluate("window.print = () => document.body.classList.add('was-printed')")

    await visit.page.click(".print")
    await visit.page.emulate_media(media="print")

    assert await visit.page.is_visible("text=1234 5678 9012 3456")
    for gone in (".composer", ".desk", ".print", "#more-button"):
        assert not await visit.page.is_visible(gone)
    assert await visit.page.locator(".line:visible").count() == 1
    assert await visit.page.is_visible(".paper-code")
    assert await visit.page.evaluate("document.body.classList.contains('was-printed')")
    await visit.shoot("receipt-on-paper")


async def test_an_answer_stands_under_its_question_as_long_as_its_button_is_in_view(enter, street):
    visit = await enter()
    await visit.open()
    await visit.write("3号楼路灯坏了")
    await visit.page.wait_for_selector(".card")

    shown = await visit.page.evaluate(
        """() => {
            const talk = document.getElementById("talk").getBoundingClientRect();
            const box = (one) => document.querySelector(one).getBoundingClientRect();
            const inView = (one) => box(one).top >= talk.top && box(one).bottom <= talk.bottom;
            return [".mine .bubble", ".choice.emphasis"].map(inView);
        }"""
    )
    assert shown == [True, True]
