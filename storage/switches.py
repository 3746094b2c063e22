"""Where features are open: every decision stays as a row, and is read with the organisation."""

from collections.abc import Sequence

from sqlalchemy import Boolean, Column, Index, String, Table, Text, select

from domain.data_copy import Copied
from domain.switches import Switch, copied
from storage.changes import writes
from storage.database import Tx
from storage.organisation import raise_version
from storage.personal_data import PersonalData
from storage.rows import of_row, row_of
from storage.schema import PersonId, UtcDateTime, metadata

switches = Table(
    "switches",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("feature", String(40), nullable=False),
    Column("unit", String(40), nullable=False),
    Column("on", Boolean, nullable=False),
    Column("since", UtcDateTime, nullable=False),
    Column("by", PersonId(), nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_switches_by", "by"),
)


@writes(Switch)
async def write_switches(tx: Tx, saved: Sequence[Switch]) -> None:
    """Add decisions; every process reads its street anew."""
    await tx.insert(switches, [row_of(switches, one) for one in saved])
    await raise_version(tx)


async def list_switches(tx: Tx) -> list[Switch]:
    """List every decision, the oldest first."""
    rows = await tx.rows(select(switches).order_by(switches.c.since, switches.c.id))
    return [of_row(Switch, row) for row in rows]


async def _copied(tx: Tx, person: str) -> Copied:
    rows = await tx.rows(
        select(switches).where(switches.c.by == person).order_by(switches.c.since, switches.c.id)
    )
    return copied([of_row(Switch, row) for row in rows])


PERSONAL_DATA = PersonalData(
    name="switches",
    tables=(switches,),
    copied=_copied,
    stays=(
        "Who opened or closed a feature for a community, when and why, is the street's own"
        " decision, by which it answers for it (PIPL, article 13); names stand with the person."
    ),
)
