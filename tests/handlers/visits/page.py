"""The small street, whose staff talk on the page as well as on Telegram.

The register is kept on the page alone: ``page:worker`` is the grid worker there, ``worker`` the
same person on Telegram. Residents called ``page:…`` are on the page too.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.configuration.street_source import hours_of
from bot.traffic.intake import Intake
from bot.words.wording import wording_for
from domain.messages import Channel, Incoming, Side
from domain.people import Account
from domain.plans import Plan
from domain.subjects import Subject
from domain.visits.entries import Entry
from domain.visits.needs import Need
from domain.visits.visits import Visit
from scheduler.jobs import Means
from scheduler.ticker import Ticker
from scheduler.timetable import JOBS
from storage.database import Database
from storage.files import FileStore
from storage.outbox import bot_name
from storage.plans import find_plan
from storage.visits.entries import get_entries, list_entries
from storage.visits.visits import list_needs, list_visits
from tests.handlers.chats import BATCH_MAX, Mailbox, Office, Said
from tests.street import EAST_1, EAST_2, MORNING, STAFF, WEST_1, found, opened_in, settings

PAGE = "page:"
_STAFF = frozenset(one[0] for one in STAFF)


class PageBox(Mailbox):
    """The page as a channel."""

    def __init__(self, side: Side) -> None:
        super().__init__(side)
        self.bot = bot_name(Channel.WEB, side)


class PageOffice(Office):
    """An office with a page."""

    def restart(self) -> None:
        """Forget everything that only a process knows; the page is there again."""
        super().restart()
        self._pages = {side: PageBox(side) for side in Side}
        boxes = (*self._boxes.values(), *self._pages.values())
        self._intake = Intake(
            self.database,
            {box.bot: box for box in boxes},
            self.source,
            lambda: self.now,
            self._watched,
            batch_max=BATCH_MAX,
        )

    async def store(self, *arrivals: tuple[str, Mapping[str, Any]]) -> None:
        """Keep several things that arrive, on the page or elsewhere."""
        await super().store(*(one for one in arrivals if not one[0].startswith(PAGE)))
        stored = self._stored
        for who, what in arrivals:
            if not who.startswith(PAGE):
                continue
            name = who.removeprefix(PAGE)
            side = Side.STAFF if name in _STAFF else Side.RESIDENTS
            self._next += 1
            incoming = Incoming(
                side=side, channel=Channel.WEB, address=page_of(name), at=self.now, **what
            )
            box = self._pages[side]
            box.waiting[str(self._next)] = incoming
            raw = {"id": str(self._next), "frame": {"type": "press", "id": str(self._next)}}
            stored.setdefault(box.bot, []).append((str(self._next), raw))
        await self.store_again()

    def _to(self, who: str, among: Any = None) -> list[Said]:
        return super()._to(self._named(who), among)

    @staticmethod
    def _named(who: str) -> str:
        name = who.removeprefix(PAGE)
        return name if name in _STAFF or not who.startswith(PAGE) else page_of(name)

    def all_said(self, who: str) -> str:
        """Give everything that somebody was ever told, wherever."""
        return self.transcript(self._named(who))

    def elsewhere(self) -> str:
        """Give everything that was said to accounts that are not on the page."""
        return "\n".join(str(one) for one in self.said if not one.account.startswith("page-"))

    async def passes(self, until: datetime, *, jobs: bool = False) -> str:
        """Let time pass with everything that comes due, and give what was said by it.

        Args:
            jobs: also with digests and the like.
        """
        before = len(self.said)
        await self._ticker(jobs=jobs).catch_up(until)
        self.now = until
        await self.read()
        return "\n".join(str(one) for one in self.said[before:])

    async def wakes(self, moment: datetime) -> str:
        """Let the clock run again after a stop, and give what was said by it."""
        before = len(self.said)
        self.now = moment
        await self._ticker(jobs=False).tick(moment)
        await self.read()
        return "\n".join(str(one) for one in self.said[before:])

    def _ticker(self, *, jobs: bool) -> Ticker:
        means = Means(
            database=self.database,
            street=self.source.current,
            files=FileStore(self.folder, self.database.keyring),
            hours=hours_of(settings(self.folder)),
            say=lambda words, language: wording_for(language, strict=True).text(words),
        )
        return Ticker(means, lambda: self.now, jobs=JOBS if jobs else ())

    # --- what is kept --------------------------------------------------------------------------

    async def entries(self) -> list[Entry]:
        """Load the active entries of the street."""
        async with self.database.read() as tx:
            return await list_entries(tx, (EAST_1, EAST_2, WEST_1))

    async def entry(self, which: str) -> Entry:
        """Load an entry, whatever became of it."""
        async with self.database.read() as tx:
            return (await get_entries(tx, [which]))[which]

    async def plan(self, subject: Subject) -> Plan:
        """Load the plan of an entry or a need."""
        async with self.database.read() as tx:
            plan = await find_plan(tx, subject)
        assert plan is not None
        return plan

    async def visits(self, which: str) -> list[Visit]:
        """Load the visits of an entry, the newest first."""
        async with self.database.read() as tx:
            return await list_visits(tx, which)

    async def needs(self, which: str) -> list[Need]:
        """Load the needs of an entry, the oldest first."""
        async with self.database.read() as tx:
            return await list_needs(tx, which)

    # --- what people do ------------------------------------------------------------------------

    async def registers(self, by: str = "page:secretary", **answers: str) -> Entry:
        """Let somebody be taken onto the register, and give the entry."""
        before = {one.id for one in await self.entries()}
        told = await self.fills_in(by, **answers)
        told += await self.presses(by, "提交登记")
        fresh = [one for one in await self.entries() if one.id not in before]
        assert len(fresh) == 1, told
        return fresh[0]

    async def fills_in(self, by: str = "page:secretary", **answers: str) -> str:
        """Fill in the form up to its read-back, and give what was said last."""
        given = {**ELDER, **answers}
        told = await self.does(by, "visits.register")
        for asked, answer in QUESTIONS.items():
            if asked in told:
                name = answer
                value = given.get(name, "")
                told = await (self.says(by, value) if value else self.presses(by, "跳过"))
        return told

    async def opens(self, who: str, entry: Entry, reason: str = "去走访") -> str:
        """Open an entry for a reason."""
        await self.does(who, f"visits.show:{entry.id}")
        return await self.presses(who, reason)

    async def is_well(self, who: str, entry: Entry) -> str:
        """Visit somebody with whom all is well."""
        await self.opens(who, entry)
        return await self.presses(who, "一切都好")


def page_of(name: str) -> str:
    """Name somebody's account on the page."""
    return f"page-{name}"


#: By which words of the question which answer is asked for, in the order of the form.
QUESTIONS = {
    "属于哪一类": "category",
    "哪一年出生": "born",
    "住在哪个网格": "unit",
    "姓名？": "name",
    "住址？": "address",
    "依据什么": "basis",
    "哪天同意": "consent_on",
    "怎么同意": "consent_way",
    "哪位监护人": "consent_by",
    "是不是高风险": "risk",
    "由谁负责": "owner",
    "电话？": "phone",
    "需要什么帮助": "needs",
}
ELDER = {
    "category": "独居老年人",
    "born": "1946",
    "unit": "第一网格",
    "name": "赵桂英",
    "address": "3号楼2单元401",
    "basis": "1",
    "owner": "李网格员",
    "phone": "13700000001",
}
CHILD = {
    "category": "留守儿童",
    "born": "2016",
    "name": "小满",
    "address": "5号楼1单元102",
    "basis": "1",
    "risk": "不是",
    "phone": "",
}
ILL = {
    "category": "重病患者",
    "born": "1970",
    "name": "孙明",
    "address": "7号楼1单元201",
    "basis": "1",
    "consent_on": "2026-11-20",
    "consent_way": "书面",
    "phone": "13700000002",
}


async def opened(database: Database, folder: Path) -> PageOffice:
    """Open the office with its page, and visits in all communities."""
    await found(database)
    office = PageOffice(database, folder)
    await office.change(
        *opened_in("visits"),
        *(
            Account(
                id=page_of(person),
                person=person,
                side=Side.STAFF,
                channel=Channel.WEB,
                address=page_of(person),
                created_at=MORNING,
                seen_at=MORNING,
            )
            for person in sorted(_STAFF)
        ),
    )
    return office


def without_version(one: Any) -> Any:
    """Compare what is said, not how often it was written."""
    return replace(one, version=0)
