"""Codes that a new device shows, so that staff bring its resident back to earlier cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, String, Table, select

from domain.errors import Conflict
from domain.people import DeviceCode
from storage.changes import writes
from storage.codes import begins
from storage.database import Tx
from storage.personal_data import Forgotten, PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, metadata

device_codes = Table(
    "device_codes",
    metadata,
    Column("code_hash", String(64), primary_key=True),
    Column("account", PersonId(), nullable=False, index=True),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("person", PersonId()),
    Column("number", String(20)),
)


@writes(DeviceCode)
async def write_device_codes(tx: Tx, saved: Sequence[DeviceCode]) -> None:
    """Keep one code per device: a new one, or that staff confirmed it, ends what was before.

    Raises:
        Conflict: somebody else confirmed or used it meanwhile.
    """
    for one in saved:
        gone = await tx.run(device_codes.delete().where(device_codes.c.account == one.account))
        if one.person is not None and not gone:
            raise Conflict("device code")
    await tx.insert(
        device_codes,
        [row_of(device_codes, one) for one in saved],
    )


@dataclass(frozen=True, slots=True)
class DeviceCodeGone:
    """The code of a device was used."""

    account: str


@writes(DeviceCodeGone)
async def delete_device_codes(tx: Tx, saved: Sequence[DeviceCodeGone]) -> None:
    """Forget codes that were used.

    Raises:
        Conflict: one of them was used meanwhile.
    """
    for one in saved:
        if not await tx.run(device_codes.delete().where(device_codes.c.account == one.account)):
            raise Conflict("device code")


async def find_device_code(tx: Tx, code: str) -> DeviceCode | None:
    """Find a device by the code that it shows."""
    code_hash = tx.keyring.hash_code(code)
    row = await tx.row(select(device_codes).where(device_codes.c.code_hash == code_hash))
    return None if row is None else of_row(DeviceCode, row)


async def find_device_code_by_ref(tx: Tx, ref: str) -> DeviceCode | None:
    """Find a device by what `storage.codes.code_ref` gave for its code."""
    row = await tx.row(select(device_codes).where(begins(device_codes.c.code_hash, ref)))
    return None if row is None else of_row(DeviceCode, row)


async def _forget(tx: Tx, gone: Forgotten) -> None:
    shown_by = device_codes.c.account.in_([account.id for account in gone.accounts])
    await tx.run(device_codes.delete().where(shown_by))
    await _forget_confirmed(tx, gone.person)


async def _forget_confirmed(tx: Tx, person: str) -> None:
    """Let nobody come back any more to a person by a code that was confirmed before."""
    await tx.run(device_codes.delete().where(device_codes.c.person == person))


async def _move(tx: Tx, _kept: str, absorbed: str) -> None:
    await _forget_confirmed(tx, absorbed)


async def _sweep(tx: Tx, now: datetime) -> None:
    """Forget codes whose time is over."""
    await tx.run(device_codes.delete().where(device_codes.c.expires_at < now))


PERSONAL_DATA = PersonalData(
    name="device_codes",
    tables=(device_codes,),
    forget=_forget,
    forget_staff=_forget,
    move=_move,
    sweep=_sweep,
)
