"""A category that is offered no more keeps its name, and nothing new is filed under it."""

from bot.configuration.law_data import default_categories
from domain.categories import Categories
from storage.categories import load_categories, write_categories
from tests.handlers.chats import Office


async def retire(office: Office, code: str) -> None:
    async with office.database.write() as tx:
        known = await load_categories(tx) or default_categories()
        fewer = Categories(tuple(one for one in known.listed if one.code != code))
        await write_categories(tx, fewer.after(known))


async def test_its_cases_keep_its_name_for_residents_and_staff(office: Office) -> None:
    number = await office.filed()
    await retire(office, "lighting")

    shown = [
        await office.commands("resident", "my"),
        await office.does("resident", f"matters.show:{number}"),
        await office.does("secretary", f"matters.show:{number}"),
        await office.commands("secretary", "todo"),
    ]

    for said in shown:
        assert "路灯照明" in said
        assert "lighting" not in said


async def test_a_name_outlives_later_imports(office: Office) -> None:
    await retire(office, "lighting")
    await retire(office, "water")

    categories = (await office.street()).office.categories
    for code, name in (("lighting", "路灯照明"), ("water", "供水")):
        found = categories.find(code)
        assert found is not None
        assert found.name_zh == name
        assert categories.offered(code) is None


async def test_a_form_that_had_it_asks_anew_instead_of_filing_under_others(
    office: Office,
) -> None:
    await office.starts("resident", "g-E1")
    await office.says("resident", "3号楼路灯坏了")
    await retire(office, "lighting")

    told = await office.presses("resident", "提交")

    assert "停用" in told
    assert "路灯照明" not in " ".join(office.labels("resident"))
    await office.presses("resident", "全部类别")
    await office.presses("resident", "其他办事")
    assert "3号楼路灯坏了" in office.heard("resident")


async def test_one_that_comes_back_is_offered_again(office: Office) -> None:
    await retire(office, "lighting")
    async with office.database.write() as tx:
        known = await load_categories(tx)
        await write_categories(tx, default_categories().after(known or default_categories()))

    street = await office.street()

    assert street.office.categories.offered("lighting") is not None
    assert street.office.categories.retired == ()
