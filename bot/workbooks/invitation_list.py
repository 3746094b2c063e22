"""The list of who is invited: a table for Excel, to be handed out person by person."""

import csv
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.words.wording import LOCAL_TIME, wording_for
from bot.workbooks.organisation_import import Invited
from domain.messages import text
from domain.names import role_name, unit_name
from domain.people import INVITATION_LIFE, Language
from domain.street import Street

#: English headings are a file format that programs read; so are the codes under them.
_COLUMNS = ("name", "unit", "role", "phone", "link", "code", "valid_until", "to_send")
_GROUP = 4


def staff_link(address: str, code: str) -> str:
    """Give the address at which an invitation opens."""
    return f"{address}/staff?i={code}"


def write_invitations(
    path: Path,
    street: Street,
    address: str,
    invited: Sequence[Invited],
    codes: Sequence[str],
    now: datetime,
    language: Language,
) -> None:
    """Write the list in a language, readable by its owner alone.

    Raises:
        FileExistsError: there is such a file already.
    """
    wording = wording_for(language)
    headings = (
        _COLUMNS
        if language is Language.ENGLISH
        else tuple(wording.text(text(f"workbook.list_{column}")) for column in _COLUMNS)
    )
    until = f"{(now + INVITATION_LIFE).astimezone(LOCAL_TIME):%Y-%m-%d %H:%M}"
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600),
        "w",
        encoding="utf-8-sig",
        newline="",
    ) as file:
        table = csv.writer(file)
        table.writerow(headings)
        for one, digits in zip(invited, codes, strict=True):
            unit = street.organisation.units[one.seat.unit]
            code = _grouped(digits)
            link = staff_link(address, code)
            said = text(
                "workbook.list_message",
                name=one.name,
                unit=unit_name(unit),
                role=role_name(one.seat.role),
                link=link,
                code=code,
                until=until,
            )
            names = (
                (unit.code, one.seat.role.value)
                if language is Language.ENGLISH
                else (
                    wording.text(unit_name(unit)),
                    wording.text(role_name(one.seat.role)),
                )
            )
            cells = (one.name, *names, one.phone, link, code, until, wording.text(said))
            table.writerow([_cell(cell) for cell in cells])


def _grouped(code: str) -> str:
    """Write a code in groups: bare digits lose their first zeros and their end in Excel."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def _cell(said: str) -> str:
    """Keep Excel from taking words for a formula, and a telephone number for a figure."""
    if said[:1] in "=+-@":
        return f"'{said}"
    return f"{said[:3]} {said[3:7]} {said[7:]}" if said.isdecimal() and len(said) == 11 else said
