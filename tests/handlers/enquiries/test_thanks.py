"""Thanks get a word back; praise is passed on to the level above, where its writer wishes it."""

import pytest

from tests.handlers.chats import Office

PRAISE = "谢谢你们，路灯修好了，师傅特别热心"


@pytest.mark.parametrize("said", ["谢谢", "谢谢啦", "好的谢谢", "辛苦了"])
async def test_a_bare_thank_you_gets_a_word_and_no_menu(office: Office, said: str) -> None:
    await office.starts("anna", "g-E1")

    told = await office.says("anna", said)

    assert told.endswith("不客气，有事随时说。")


async def test_praise_is_passed_on_to_the_secretary_of_the_community(office: Office) -> None:
    number = await office.filed(by="anna")

    asked = await office.says("anna", PRAISE)
    told = await office.presses("anna", "转告")

    assert "要把您这句话转告社区吗" in asked
    assert "已经转告" in told
    heard = office.heard("community")
    assert PRAISE in heard
    assert number in heard
    assert PRAISE not in office.heard("secretary")


async def test_whoever_is_named_is_not_the_one_who_reads_it(office: Office) -> None:
    street = await office.street()
    name = street.organisation.names["community"]
    await office.starts("anna", "g-E1")
    said = f"谢谢{name}帮忙协调，问题都解决了"

    await office.says("anna", said)
    await office.presses("anna", "只是说事")
    await office.presses("anna", "转告")

    assert said not in office.heard("community")
    assert said in office.heard("leader") + office.heard("street_leader")


async def test_whoever_does_not_wish_it_has_nothing_passed_on(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", PRAISE)

    told = await office.says("anna", "不用了")

    assert "不客气" in told
    assert PRAISE not in office.heard("community")


async def test_a_second_press_passes_nothing_on_twice(office: Office) -> None:
    await office.starts("anna", "g-E1")
    await office.says("anna", PRAISE)
    button = office.button("anna", "转告")

    await office.does("anna", button)
    await office.does("anna", button)

    assert office.transcript("community").count(PRAISE) == 1
