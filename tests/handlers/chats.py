"""People who talk to a whole intake over a real database; what they are told reads like a chat.

Nothing is sent: the outbox says what would be. Every answer is worded strictly in the reader's
language, so that a missing wording fails the test that first needs it.
"""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.channels.ports import Delivery, Receiver
from bot.configuration.street_source import StreetSource
from bot.traffic.intake import Intake
from bot.words.wording import Wording, wording_for
from domain.chain import verify
from domain.matters.matter import Event, Matter
from domain.messages import (
    Channel,
    Choice,
    FileKind,
    FileRef,
    Incoming,
    Message,
    Side,
    from_json,
)
from domain.places.points import Point
from domain.street import Street
from handlers.router import handle
from handlers.turn import Turn
from storage.changes import Changes, apply
from storage.codes import code_ref
from storage.database import Database
from storage.matters.matters import find_matter, list_events
from storage.outbox import bot_name, outbox
from storage.people import accounts_by_id, get_people
from storage.sending import Sent, mark_sent
from tests.street import MORNING, STAFF, found, settings, staff_account

Raw = Mapping[str, Any]
#: Everything must also hold where each transaction handles one update; see the Makefile.
BATCH_MAX = int(os.environ.get("LINLI_TEST_BATCH_MAX", "50"))
_NUMBER = re.compile(r"20\d\d-\d{5}")
_STAFF = frozenset(one[0] for one in STAFF)


class Mailbox:
    """A channel whose updates are `Incoming`s already; it shows nothing."""

    def __init__(self, side: Side) -> None:
        self.bot = bot_name(Channel.TELEGRAM, side)
        self.waiting: dict[str, Incoming] = {}

    def parse(self, update: Raw) -> Incoming:
        return self.waiting[update["id"]]

    async def send(self, delivery: Delivery) -> str | None:
        raise AssertionError("nothing is sent here")

    def keeps(self, message: Message) -> bool:
        raise AssertionError("nothing is sent here")

    def includes(self, reference: str, message: str) -> bool:
        return reference == message

    async def confirm(self, press: str) -> None:
        raise AssertionError("no press of these chats is to be confirmed")

    async def fetch(self, ref: str, into: Receiver) -> None:
        raise AssertionError("nothing is fetched here")


@dataclass
class Said:
    """One message to one person."""

    person: str
    account: str
    message: Message
    words: str
    labels: Mapping[str, Choice]
    not_before: datetime
    row: int

    def __str__(self) -> str:
        buttons = " ".join(f"[{label}]" for label in self.labels)
        return f"→ {self.person}: {self.words} {buttons}".rstrip()


@dataclass
class Office:
    """The small street of `tests.street`, open for business."""

    database: Database
    folder: Path
    now: datetime = MORNING
    said: list[Said] = field(default_factory=list)
    new_source: Callable[[], StreetSource] | None = None
    """How the rules are read, where they need not be read anew for every office."""
    _last: int = 0
    _next: int = 0

    def __post_init__(self) -> None:
        self._newest: list[Said] = []
        self._heard: dict[str, list[Said]] = {}
        self._indexed = 0
        self._stored: dict[str, list[tuple[str, Raw]]] = {}
        self._boxes = {side: Mailbox(side) for side in Side}
        self._failures: list[Exception] = []
        self.restart()

    def restart(self) -> None:
        """Forget everything that only a process knows: what is stored goes on."""
        self.source = self.new_source() if self.new_source else StreetSource(settings(self.folder))
        self._intake = Intake(
            self.database,
            {box.bot: box for box in self._boxes.values()},
            self.source,
            lambda: self.now,
            self._watched,
            batch_max=BATCH_MAX,
        )

    async def _watched(self, turn: Turn) -> None:
        """Handle, and keep what went wrong for the test; intake itself would go on."""
        try:
            await handle(turn)
        except Exception as error:
            self._failures.append(error)
            raise

    # --- what people do ----------------------------------------------------------------------

    async def filed(self, words: str = "3号楼路灯坏了", by: str = "resident") -> str:
        """Let a resident of the first grid file a service request, and give its number."""
        await self.starts(by, "g-E1")
        await self.says(by, words)
        receipt = await self.presses(by, "提交")
        match = _NUMBER.search(receipt)
        assert match is not None, receipt
        return match.group()

    async def joins(self, number: str, by: str) -> str:
        """Let a resident begin to file the same as a case, be shown it, and say "me too"."""
        words = (await self.matter(number)).particulars.text
        await self.starts(by, "g-E1")
        await self.says(by, words)
        return await self.presses(by, "我也是")

    async def arrives(self, who: str, **what: Any) -> str:
        """Let something of somebody arrive, and give what this person is told.

        Args:
            who: a member of staff by id, or any other name for a resident; ``staff:`` and a name
                is a stranger who writes to the staff's bot.
        """
        await self.arrive_together((who, what))
        return self.heard(who)

    async def arrive_together(self, *arrivals: tuple[str, Mapping[str, Any]]) -> None:
        """Let several things arrive at once, so that they are handled in one batch."""
        before = len(self.said)
        await self.store(*arrivals)
        await self.handle()
        self._newest = self.said[before:]

    async def store(self, *arrivals: tuple[str, Mapping[str, Any]]) -> None:
        """Keep several things that arrive, without handling them yet."""
        self._stored = {}
        for who, what in arrivals:
            side, address = self.place(who)
            self._next += 1
            incoming = Incoming(
                side=side, channel=Channel.TELEGRAM, address=address, at=self.now, **what
            )
            box = self._boxes[side]
            box.waiting[str(self._next)] = incoming
            self._stored.setdefault(box.bot, []).append((str(self._next), {"id": str(self._next)}))
        await self.store_again()

    async def store_again(self) -> None:
        """Let everything of the last time arrive once more, under the same ids."""
        for bot, updates in self._stored.items():
            await self._intake.store(bot, updates)

    async def handle(self) -> None:
        """Handle everything that waits, and read what is said."""
        while await self._intake.handle_waiting():
            self._raise()
        self._raise()
        await self.read()

    def _raise(self) -> None:
        if self._failures:
            raise self._failures.pop(0)

    @staticmethod
    def place(who: str) -> tuple[Side, str]:
        if who in _STAFF:
            return Side.STAFF, staff_account(who).address
        if who.startswith("staff:"):
            return Side.STAFF, who
        return Side.RESIDENTS, who

    async def says(self, who: str, words: str) -> str:
        """Type a message."""
        return await self.arrives(who, text=words)

    async def replies(self, who: str, to: str | int, words: str = "", **what: Any) -> str:
        """Reply to a message that was sent to somebody: the last one that says some words, or one
        by its row."""
        row = to if isinstance(to, int) else self.row_of(who, to)
        async with self.database.write() as tx:
            await mark_sent(tx, [Sent(row, str(row), True)], self.now)
        return await self.arrives(who, text=words or None, replies_to=str(row), **what)

    async def sends(self, who: str, words: str, *incoming: str) -> str:
        """Type a message with photos."""
        files = tuple(FileRef(kind=FileKind.PHOTO, ref=ref) for ref in incoming)
        return await self.arrives(who, text=words or None, files=files)

    async def shows_place(self, who: str, latitude: float, longitude: float) -> str:
        """Share a location."""
        return await self.arrives(who, place=Point(latitude=latitude, longitude=longitude))

    async def starts(self, who: str, payload: str = "") -> str:
        """Open the bot by a link."""
        return await self.arrives(who, start=payload)

    async def commands(self, who: str, name: str) -> str:
        """Send a command."""
        return await self.arrives(who, command=name)

    async def presses(self, who: str, label: str) -> str:
        """Press the newest button whose label contains some words."""
        return await self.does(who, self.button(who, label))

    async def does(self, who: str, action: str) -> str:
        """Press a button by its action, whether or not it was ever shown."""
        return await self.arrives(who, action=action)

    # --- what people are told ----------------------------------------------------------------

    def button(self, who: str, label: str) -> str:
        """Give the action of the newest button whose label contains some words."""
        for said in reversed(self._to(who)):
            for shown, choice in said.labels.items():
                if label in shown and choice.action is not None:
                    return choice.action
        raise AssertionError(f"{who} sees no button {label!r}\n{self.transcript(who)}")

    def heard(self, who: str) -> str:
        """Give what somebody was told by the last arrival."""
        newest = self._to(who, self._newest)
        return "\n".join(str(said) for said in newest)

    def latest(self, who: str) -> Said:
        """Give the last message to somebody."""
        return self._to(who)[-1]

    def row_of(self, who: str, words: str) -> int:
        """Give the row of the last message to somebody that says some words."""
        return [one.row for one in self._to(who) if words in one.words][-1]

    def told(self, who: str, words: str) -> Message:
        """Give the last message to somebody that says some words."""
        return [one.message for one in self._to(who) if words in one.words][-1]

    def labels(self, who: str) -> list[str]:
        """Give the buttons under the last message to somebody."""
        return list(self.latest(who).labels)

    @staticmethod
    def numbers(told: str) -> set[str]:
        """Give the case numbers that stand in what was told."""
        return set(re.findall(r"20\d\d-\d{5,}", told))

    def transcript(self, *who: str) -> str:
        """Give everything that was said, to some or to all."""
        return "\n".join(str(said) for said in self.said if not who or said.person in who)

    def _to(self, who: str, among: Sequence[Said] | None = None) -> list[Said]:
        if among is not None:
            return [said for said in among if said.person == who]
        # Thousands of people hear thousands of things; who asks does not look through them all.
        for said in self.said[self._indexed :]:
            self._heard.setdefault(said.person, []).append(said)
        self._indexed = len(self.said)
        return self._heard.get(who, [])

    async def read(self) -> None:
        """Read what was put into the outbox since the last time."""
        async with self.database.read() as tx:
            rows = await tx.rows(
                select(outbox).where(outbox.c.id > self._last).order_by(outbox.c.id)
            )
            accounts = await accounts_by_id(tx, [row.account for row in rows])
            persons = await get_people(tx, [row.person for row in rows])
            for row in rows:
                self._last = row.id
                if row.sealed is None:
                    continue  # Erased by the next update, before anybody could read it.
                who = row.person
                if who not in _STAFF and row.account in accounts:
                    who = accounts[row.account].address
                wording = wording_for(persons[row.person].language, strict=True)
                body = tx.keyring.unseal(row.sealed)
                if "b" not in body:
                    continue  # What somebody said on the page, as the page tells it again.
                message = from_json(body)
                self.said.append(self._worded(who, row, message, wording))

    def _worded(self, who: str, row: Any, message: Message, wording: Wording) -> Said:
        labels = {
            self._label(choice, wording): choice for line in message.choices for choice in line
        }
        words = wording.plain(message, self.now)
        if message.attachments:
            words = f"{words} ({len(message.attachments)} files)".strip()
        return Said(who, row.account, message, words, labels, row.not_before, row.id)

    def _label(self, choice: Choice, wording: Wording) -> str:
        """Say a button; a line of a list with how it stands."""
        parts = (choice.label, choice.detail)
        return " · ".join(wording.text(part, self.now) for part in parts if part is not None)

    async def pick_up(self) -> None:
        """Go on with tables that took the place of others; what they had said is not heard."""
        self.restart()
        self._last = 0
        await self.read()
        self.said.clear()
        self._heard, self._indexed = {}, 0

    # --- what is stored ----------------------------------------------------------------------

    async def matter(self, number: str) -> Matter:
        """Load a case; its chain must verify."""
        async with self.database.read() as tx:
            matter = await find_matter(tx, number)
            events = await list_events(tx, number)
        assert matter is not None
        assert verify(events, matter.head) == []
        assert not matter.is_open or matter.deadline is not None
        return matter

    async def events(self, number: str) -> list[Event]:
        """Load a case's chain."""
        async with self.database.read() as tx:
            return await list_events(tx, number)

    def code_ref(self, code: str) -> str:
        """Name a code as buttons do."""
        return code_ref(self.database.keyring.hash_code(code))

    async def street(self) -> Street:
        """Give the street as it stands."""
        async with self.database.read() as tx:
            return await self.source.current(tx, self.now)

    async def change(self, *objects: object) -> None:
        """Put something into the tables behind everybody's back."""
        changes = Changes()
        changes.save(*objects)
        async with self.database.write() as tx:
            await apply(tx, [changes])

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.now += timedelta(**span)


async def opened(database: Database, folder: Path) -> Office:
    """Open the office on an empty database."""
    await found(database)
    return Office(database, folder)
