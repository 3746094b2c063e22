"""The street's own categories: kept in their order, and replaced as a whole."""

from dataclasses import replace

from bot.configuration.law_data import default_categories
from domain.categories import Categories
from storage import organisation
from storage.categories import load_categories, write_categories
from storage.database import Database


async def test_a_new_street_has_no_catalogue_of_its_own(database: Database) -> None:
    async with database.read() as tx:
        assert await load_categories(tx) is None


async def test_a_catalogue_comes_back_as_it_was(database: Database) -> None:
    async with database.write() as tx:
        await write_categories(tx, default_categories())

    async with database.read() as tx:
        assert await load_categories(tx) == default_categories()


async def test_a_later_catalogue_takes_the_place_of_the_earlier_one(database: Database) -> None:
    first, *rest = default_categories().listed
    shorter = Categories((*rest[1:], replace(first, name_zh="新名")))
    async with database.write() as tx:
        await write_categories(tx, default_categories())
        before = await organisation.version(tx)

    async with database.write() as tx:
        await write_categories(tx, shorter)

    async with database.read() as tx:
        assert await load_categories(tx) == shorter
        assert await organisation.version(tx) > before
