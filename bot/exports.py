"""Writes the copies of personal data that somebody ordered, after the commit that ordered them."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.channels.ports import Rejected
from bot.office import StreetSource
from bot.wording import wording_for
from domain.people import Language
from domain.personal_data import PersonalData, as_json, in_words
from domain.street import Street
from storage.database import Database
from storage.exports import Format, load_personal_data, read_ref


@dataclass(frozen=True, slots=True)
class Written:
    """A file and what it is."""

    data: bytes
    media_type: str


class CopyWriter:
    """Makes the file that an ordered copy names."""

    def __init__(
        self, database: Database, source: StreetSource, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._source = source
        self._now = now

    async def write(self, ref: str) -> Written:
        """Write a copy as things stand now.

        Raises:
            Rejected: the person was erased meanwhile, or nobody ordered such a copy.
        """
        try:
            person, form, language = read_ref(ref)
        except ValueError:
            raise Rejected("no copy of this sort") from None
        now = self._now()
        async with self._database.read() as tx:
            known = await load_personal_data(tx, person)
            street = await self._source.current(tx, now)
        if known is None:
            raise Rejected("nobody to copy")
        if form is Format.JSON:
            body = json.dumps(as_json(known, now), ensure_ascii=False, indent=2)
            return Written(body.encode() + b"\n", "application/json")
        return Written(_worded(known, street, language, now).encode() + b"\n", "text/plain")


def _worded(known: PersonalData, street: Street, language: Language, now: datetime) -> str:
    grid = known.person.grid
    name = street.place_name(grid) if grid and grid in street.organisation.units else ""
    message = in_words(known, street.office.catalogue, name, now)
    return wording_for(language).plain(message)
