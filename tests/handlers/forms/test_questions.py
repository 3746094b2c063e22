"""Days, numbers, several of a list, one of many; what waits; and what is never said elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, literal, select

from domain.messages import Side
from domain.names import named
from domain.rules import DraftRules
from handlers.features import Feature, Features, Verb
from handlers.forms.forms import begin
from handlers.forms.questions import PAGE, Date, Number, Several, pick
from handlers.forms.steps import Form, Option, Words
from handlers.registry import FEATURES
from handlers.turn import Turn
from storage.drafts import Draft, drafts, list_drafts
from tests.handlers.chats import Office

#: A list longer than two pages; the options are asked of the tables in the real ones.
NAMES = tuple(f"{place}号楼" for place in range(1, 2 * PAGE + 2))
TRADES = ("水管", "电路", "门锁")


async def _trades(turn: Turn, _draft: Draft) -> Sequence[Option]:
    await turn.tx.scalar(select(literal(1)))  # as a table would be asked
    return [Option(one, named(one, one), (one,)) for one in TRADES]


def _buildings(_turn: Turn, _draft: Draft) -> Sequence[Option]:
    return [Option(str(place), named(one, one), (one,)) for place, one in enumerate(NAMES)]


async def _submit(turn: Turn, draft: Draft) -> None:
    GIVEN.append(dict(draft.values))
    turn.say("forms.kept")


GIVEN: list[dict[str, object]] = []

VISIT = Form(
    name="visit",
    version=1,
    title="forms.kept",
    steps=(
        pick(name="building", question="forms.kept", label="forms.done", options=_buildings),
        Date(name="day", question="forms.kept", label="forms.done", latest=timedelta(days=30)),
        Number(name="people", question="forms.kept", label="forms.done", least=1, most=20),
        Several(
            name="trades",
            question="forms.kept",
            label="forms.done",
            options=_trades,
            least=1,
            most=2,
        ),
    ),
    submit=_submit,
)
SECRET = Form(
    name="illness",
    version=1,
    title="forms.kept",
    steps=(Words(name="text", question="forms.kept", label="forms.done"),),
    submit=_submit,
    sensitive="outings.secret",
)


async def begin_visit(turn: Turn) -> None:
    await begin(turn, VISIT)


async def begin_secret(turn: Turn) -> None:
    await begin(turn, SECRET)


COLUMN = Feature(
    name="outings",
    side=Side.RESIDENTS,
    verbs=(Verb("outings.plan", begin_visit), Verb("outings.secret", begin_secret)),
    forms=(VISIT, SECRET),
)


@pytest.fixture(autouse=True)
def visits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the program have one more column."""
    monkeypatch.setattr("bot.traffic.intake.FEATURES", Features((*FEATURES.all, COLUMN)))
    GIVEN.clear()


@pytest.fixture
async def asked(office: Office) -> Office:
    """A resident who is asked for the building."""
    await office.starts("anna", "g-E1")
    await office.does("anna", "outings.plan")
    return office


async def drafted(office: Office) -> dict[str, object]:
    """Give the answers of the only form that is open."""
    async with office.database.read() as tx:
        (person,) = await tx.rows(select(drafts.c.person))
        return dict((await list_drafts(tx, [person.person]))[person.person][0].values)


def shown(office: Office) -> list[str]:
    return [label for label in office.labels("anna") if "号楼" in label]


# --- one of many ---------------------------------------------------------------------------------


async def test_a_long_list_is_shown_page_by_page(asked: Office) -> None:
    first = shown(asked)
    await asked.presses("anna", "下一页")
    second = shown(asked)
    await asked.presses("anna", "下一页")
    third = shown(asked)
    await asked.presses("anna", "上一页")

    assert [len(one) for one in (first, second, third)] == [PAGE, PAGE, 1]
    assert not set(first) & set(second)
    assert shown(asked) == second
    assert "上一页" not in "".join(first)


async def test_the_pages_change_where_they_stand(asked: Office) -> None:
    slots = {asked.latest("anna").message.slot}
    await asked.presses("anna", "下一页")

    assert {asked.latest("anna").message.slot} == slots
    assert not asked.latest("anna").message.anew


async def test_a_part_of_a_name_searches_and_a_whole_one_chooses(asked: Office) -> None:
    await asked.says("anna", "7号")
    searched = shown(asked)
    await asked.presses("anna", "显示全部")
    everything = shown(asked)
    await asked.says("anna", "7号楼")

    assert searched == ["7号楼", "17号楼"]
    assert len(everything) == PAGE
    assert not shown(asked)
    assert (await drafted(asked))["building"] == "6"


async def test_a_number_chooses_on_the_page(asked: Office) -> None:
    await asked.presses("anna", "下一页")
    await asked.says("anna", "2")

    assert (await drafted(asked))["building"] == str(PAGE + 1)


async def test_what_is_not_in_the_list_is_said_to_be_so(asked: Office) -> None:
    assert "没有找到“花园”" in await asked.says("anna", "花园")

    await asked.presses("anna", "2号楼")
    assert (await drafted(asked))["building"] == "1"


@pytest.mark.parametrize("where", ["-1", "x", "99999999", "²"])
async def test_a_page_that_is_none_is_stale(asked: Office, where: str) -> None:
    button = asked.button("anna", "下一页").split(":")

    assert "过时" in await asked.does("anna", ":".join([*button[:-1], where]))


async def test_a_building_that_is_not_offered_is_stale(asked: Office) -> None:
    button = asked.button("anna", "2号楼").split(":")

    assert "过时" in await asked.does("anna", ":".join([*button[:-1], "99"]))


# --- a day, a number, several --------------------------------------------------------------------


async def test_a_whole_form_of_every_sort_of_question(asked: Office) -> None:
    await asked.presses("anna", "3号楼")
    assert "日期" in await asked.says("anna", "改天吧")
    late = await asked.says("anna", "2027-11-01")
    assert "day" not in await drafted(asked), late
    await asked.says("anna", "明天")
    assert "整数" in await asked.says("anna", "很多")
    assert "1 到 20" in await asked.says("anna", "三十")
    await asked.says("anna", "十二")
    await asked.presses("anna", "水管")
    await asked.presses("anna", "门锁")
    assert "☑ 水管" in "".join(asked.labels("anna"))
    assert "最多选 2 项" in await asked.presses("anna", "电路")
    await asked.presses("anna", "门锁")
    await asked.says("anna", "2")
    read_back = await asked.presses("anna", "选好了")
    await asked.presses("anna", "提交")

    assert "3号楼" in read_back
    assert "水管" in read_back
    assert "门锁" not in read_back
    tomorrow = (asked.now + timedelta(days=1)).date().isoformat()
    (given,) = GIVEN
    assert given == {"building": "2", "day": tomorrow, "people": 12, "trades": ["水管", "电路"]}


async def test_too_few_ticks_do_not_end_the_question(asked: Office) -> None:
    await asked.presses("anna", "3号楼")
    await asked.says("anna", "明天")
    await asked.says("anna", "3")
    open_ = asked.button("anna", "水管").split(":")

    assert "选好了" not in "".join(asked.labels("anna"))
    forged = ":".join([open_[0], open_[1], "d", "trades"])
    assert "还要再选" in await asked.does("anna", forged)
    assert "过时" in await asked.does("anna", ":".join([*open_[:-1], "木工"]))


async def test_a_tick_pressed_after_the_question_changes_nothing(asked: Office) -> None:
    await asked.presses("anna", "3号楼")
    await asked.says("anna", "明天")
    await asked.says("anna", "3")
    tick = asked.button("anna", "电路")
    await asked.presses("anna", "水管")
    await asked.presses("anna", "选好了")

    assert "过时" in await asked.does("anna", tick)
    await asked.presses("anna", "提交")
    assert GIVEN[0]["trades"] == ["水管"]


async def test_it_goes_on_after_a_restart_in_the_middle(asked: Office) -> None:
    await asked.presses("anna", "下一页")
    asked.restart()
    await asked.presses("anna", "12号楼")
    asked.restart()
    await asked.says("anna", "后天")
    await asked.says("anna", "1")
    await asked.presses("anna", "水管")
    asked.restart()
    await asked.presses("anna", "选好了")
    await asked.presses("anna", "提交")

    assert GIVEN[0]["building"] == "11"
    assert GIVEN[0]["trades"] == ["水管"]


# --- what waits ----------------------------------------------------------------------------------


async def _waiting(office: Office, person: str) -> list[str]:
    async with office.database.read() as tx:
        return [one.form for one in (await list_drafts(tx, [person])).get(person, [])]


async def test_a_card_that_comes_in_between_costs_staff_no_words(office: Office) -> None:
    number = await office.filed()
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", "matters.sign")
    await office.says("secretary", "3号楼两家为停车争吵")
    await office.does("secretary", f"matters.note:{number}")
    assert await _waiting(office, "secretary") == ["note", "sign"]

    office.restart()
    await office.says("secretary", "灯泡已经到货")
    back = await office.presses("secretary", "提交")

    assert "还有一份没填完" in back
    await office.presses("secretary", "接着填")
    assert await _waiting(office, "secretary") == ["sign"]


async def test_only_a_few_wait_and_the_oldest_goes_first(office: Office) -> None:
    numbers = [await office.filed(by=f"resident{place}") for place in range(7)]
    for number in numbers:
        await office.does("secretary", f"matters.accept:{number}")
        await office.does("secretary", f"matters.note:{number}")
        await office.says("secretary", f"已看过 {number}")

    assert await _waiting(office, "secretary") == ["note"] * 5


async def test_what_waits_too_long_is_not_offered(office: Office) -> None:
    number = await office.filed()
    await office.does("secretary", f"matters.accept:{number}")
    await office.does("secretary", "matters.sign")
    await office.says("secretary", "3号楼两家为停车争吵")
    life = (await office.street()).rules(DraftRules).life
    office.now += life / 2
    await office.does("secretary", f"matters.note:{number}")
    office.now += life / 2 + timedelta(minutes=1)
    await office.says("secretary", "灯泡已经到货")

    assert "还有一份没填完" not in await office.presses("secretary", "提交")


# --- what is never said elsewhere ----------------------------------------------------------------


async def test_a_sensitive_form_is_not_begun_over_telegram(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.does("anna", "outings.secret")
    told = office.told("anna", "网页上继续")

    assert [one.link is not None for row in told.choices for one in row] == [True]
    async with office.database.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(drafts)) == 0


async def test_what_is_written_over_telegram_while_one_is_open_is_not_taken(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.starts("anna", "g-E1")
    with monkeypatch.context() as on_the_page:
        on_the_page.setattr(Turn, "is_among_us", property(lambda _turn: True))
        await office.does("anna", "outings.secret")

    told = await office.says("anna", "我对青霉素过敏")

    assert "网页上继续" in told
    assert "青霉素" not in told
    assert await drafted(office) == {}
    assert GIVEN == []


async def test_a_form_of_the_page_may_be_given_up_anywhere(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.starts("anna", "g-E1")
    with monkeypatch.context() as on_the_page:
        on_the_page.setattr(Turn, "is_among_us", property(lambda _turn: True))
        await office.does("anna", "outings.secret")

    await office.commands("anna", "cancel")
    await office.presses("anna", "确定取消")

    async with office.database.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(drafts)) == 0


async def test_without_a_way_to_the_page_it_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [replace(one, elsewhere=None) for one in (*FEATURES.all, COLUMN)]
    monkeypatch.setattr("bot.traffic.intake.FEATURES", Features(every))
    await office.starts("anna", "g-E1")

    assert "只能在网页上办" in await office.does("anna", "outings.secret")
