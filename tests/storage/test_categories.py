"""The street's own categories: kept in their order, and replaced as a whole."""

from dataclasses import replace

from bot.configuration.law_data import default_catalogue
from domain.categories import Catalogue
from storage import organisation
from storage.categories import load_catalogue, write_catalogue
from storage.database import Database


async def test_a_new_street_has_no_catalogue_of_its_own(database: Database) -> None:
    async with database.read() as tx:
        assert await load_catalogue(tx) is None


async def test_a_catalogue_comes_back_as_it_was(database: Database) -> None:
    async with database.write() as tx:
        await write_catalogue(tx, default_catalogue())

    async with database.read() as tx:
        assert await load_catalogue(tx) == default_catalogue()


async def test_a_later_catalogue_takes_the_place_of_the_earlier_one(database: Database) -> None:
    first, *rest = default_catalogue().categories
    shorter = Catalogue((*rest[1:], replace(first, name_zh="新名")))
    async with database.write() as tx:
        await write_catalogue(tx, default_catalogue())
        before = await organisation.version(tx)

    async with database.write() as tx:
        await write_catalogue(tx, shorter)

    async with database.read() as tx:
        assert await load_catalogue(tx) == shorter
        assert await organisation.version(tx) > before
