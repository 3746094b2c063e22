"""Ten thousand canaries: planted names, numbers and places fly to nobody who has no right to them.

Every resident leaves some in each field, in words and in the photo's metadata. They are looked for
in everything that leaves the office: messages, logs, metrics, charts, digests, ledgers, exports,
backups, and in the bytes of the database and of every file. Afterwards everybody erases everything.
"""

import io
import itertools
import random
import re
import shutil
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PIL import Image
from prometheus_client import REGISTRY, generate_latest
from sqlalchemy import LargeBinary, select
from structlog.testing import capture_logs

from bot.channels.ports import Receiver
from bot.operations.backup import back_up, unseal_archive
from bot.traffic.copy_writer import CopyWriter
from bot.traffic.fetcher import Fetcher
from bot.traffic.media.decoder import Media
from bot.words.wording import wording_for
from domain.access.matters import MatterRight
from domain.access.rights import Right
from domain.categories import Kind
from domain.matters.matter import Matter
from domain.messages import FileKind, FileRef
from domain.people import Language
from reports.digests.charts import draw_all
from reports.matters.ledger import read_ledger, workbook
from scheduler.digests import digests
from scheduler.jobs import Means
from scheduler.ticker import Ticker
from storage.database import Database
from storage.files import FileStore
from storage.keyring import MasterKeys
from storage.matters.matters import get_matters, matters
from storage.schema import metadata
from tests.handlers.chats import Office, Said, opened
from tests.rights import letters
from tests.scheduler.desk import HOURS, here
from tests.street import EAST_1, EAST_2, STAFF, STREET, WEST_1, settings

#: In each resident's name, phone, words (two), photo (two) and note: so many canaries.
EACH = 7
SOME, ALL = 70, 10_000

#: What a canary looks like, wherever it lands.
CANARY = re.compile(r"雀[a-z]{6}|139\d{8}|(?<!\d)4103\d{13}[\dX]|\d{2}\.\d{6}77")
_LETTERS = "bcdfghjkmnpqrstvwxz"
WORDS = (
    "请帮我开一张居住证明，我是{party}，证件号{paper}",
    "楼上邻居{party}半夜吵闹，证件号{paper}",
    "建议小区增加停车位，可以问{party}，证件号{paper}",
    "家里水管漏水了，{party}在家，证件号{paper}",
)


def _spelled(number: int) -> str:
    spelled = ""
    for _ in range(6):
        number, digit = divmod(number, len(_LETTERS))
        spelled = _LETTERS[digit] + spelled
    return f"雀{spelled}"


@dataclass
class Resident:
    """Somebody who tells more than anybody should hear."""

    number: int
    grid: str
    case: str = ""
    name: str = ""
    phone: str = ""
    party: str = ""
    paper: str = ""
    note: str = ""
    artist: str = ""
    place: str = ""

    @property
    def who(self) -> str:
        return f"r{self.number}"

    @property
    def words(self) -> str:
        return WORDS[self.number % len(WORDS)].format(party=self.party, paper=self.paper)

    @property
    def said(self) -> frozenset[str]:
        """What stands in the words of the case."""
        return frozenset({self.party, self.paper, self.note})

    @property
    def about(self) -> frozenset[str]:
        """Who it is, and how to reach them."""
        return frozenset({self.name, self.phone})

    @property
    def hidden(self) -> frozenset[str]:
        """What only the file of the photo told."""
        return frozenset({self.artist, self.place})

    def photo(self) -> bytes:
        """Take a photo as a phone writes it."""
        exif = Image.Exif()
        exif[0x013B] = self.artist
        exif.get_ifd(0x8825).update({1: "N", 2: (34.0, 37.0, 11.0), 29: self.place})
        out = io.BytesIO()
        colour = (self.number % 256, self.number // 256 % 256, 7)
        Image.new("RGB", (16, 16), colour).save(out, "JPEG", exif=exif, comment=self.artist)
        return out.getvalue()


def residents(canaries: int) -> list[Resident]:
    """Make as many people as are needed to plant so many."""
    count = -(-canaries // EACH)
    names = itertools.count(1)
    grids = (EAST_1, EAST_2, WEST_1)
    return [
        Resident(
            number,
            grids[number % 3],
            name=_spelled(next(names)),
            phone=f"139{number:08}",
            party=_spelled(next(names)),
            paper=f"4103{number:013}X",
            note=_spelled(next(names)),
            artist=_spelled(next(names)),
            place=f"34.{number:06}77",
        )
        for number in range(count)
    ]


class Phones:
    """Where the photos lie that the residents sent."""

    bot = "telegram.residents"

    def __init__(self, people: Sequence[Resident]) -> None:
        self._people = {one.who: one for one in people}

    async def fetch(self, ref: str, into: Receiver) -> None:
        await into.add(self._people[ref].photo())


@dataclass
class Street:
    """The office, everybody who lives there, and everything that left it."""

    office: Office
    people: list[Resident]
    files: FileStore
    logs: list[Any] = field(default_factory=list)
    charts: list[str] = field(default_factory=list)

    @contextmanager
    def listening(self) -> Iterator[None]:
        with capture_logs() as logs:
            yield
        self.logs += logs

    async def together(self, what: Callable[[Resident], Mapping[str, Any]]) -> None:
        """Let everybody do something at once."""
        await self.office.arrive_together(*((one.who, what(one)) for one in self.people))

    def planted(self, text: str) -> list[str]:
        """List the canaries in a text; other numbers may look like one by chance."""
        planted = {canary for one in self.people for canary in (*one.said, *one.about, *one.hidden)}
        return [found for found in CANARY.findall(text) if found in planted]

    def newest(self, one: Resident, label: str) -> str:
        return self.office.button(one.who, label)

    async def pass_time(self, span: timedelta) -> None:
        means = Means(
            database=self.office.database,
            street=self.office.source.current,
            files=self.files,
            hours=HOURS,
            say=lambda words, language: wording_for(language).text(words),
        )
        ticker = Ticker(means, lambda: self.office.now)
        end = self.office.now + span
        while self.office.now < end:
            self.office.now += timedelta(hours=12)
            await ticker.tick(self.office.now)
        assert ticker.failures == 0
        await self.office.read()


@pytest.fixture(params=[SOME, pytest.param(ALL, marks=pytest.mark.slow)])
async def street(
    request: pytest.FixtureRequest,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Street:
    made = Street(
        await opened(database, tmp_path),
        residents(request.param),
        FileStore(tmp_path / "data", database.keyring),
    )

    async def drawn(work: Callable[..., object], *given: object) -> object:
        if work is draw_all:
            made.charts.append(repr(given))
        return await here(work, *given)

    monkeypatch.setattr(digests, "in_subprocess", drawn)
    return made


async def live(street: Street) -> None:
    """Everybody files, adds and asks; staff work, look at everything, and a week goes by."""
    office = street.office
    await street.together(lambda one: {"start": f"g-{one.grid}"})
    await street.together(lambda one: {"action": "digests.summary:on"})
    await street.together(lambda one: {"action": "residents.set_name"})
    await street.together(lambda one: {"text": one.name})
    await street.together(lambda one: {"action": "residents.set_phone"})
    await street.together(lambda one: {"phone": one.phone})
    photo = FileKind.PHOTO
    await street.together(
        lambda one: {"text": one.words, "files": (FileRef(kind=photo, ref=one.who),)}
    )
    await street.together(lambda one: {"action": street.newest(one, "提交")})
    async with office.database.read() as tx:
        numbers = [row.number for row in await tx.rows(select(matters.c.number))]
        cases = await get_matters(tx, numbers)
    by_paper = {CANARY.findall(case.particulars.text)[1]: case.number for case in cases.values()}
    for one in street.people:
        one.case = by_paper[one.paper]
    await street.together(lambda one: {"action": f"matters.add:{one.case}"})
    await street.together(lambda one: {"text": f"补充一点：{one.note}"})
    writer = CopyWriter(office.database, street.files, office.source, lambda: office.now)
    phones: Any = {Phones.bot: Phones(street.people)}
    media = Media()
    fetcher = Fetcher(
        office.database,
        phones,
        street.files,
        lambda: office.now,
        media=media,
        copies=writer.write,
    )
    while await fetcher.fetch_due():
        pass
    await media.close()
    await _work(street, cases)
    await street.pass_time(timedelta(days=8))


async def _work(street: Street, cases: Mapping[str, Matter]) -> None:
    """Let every member of staff look wherever they can, also where they may not."""
    office = street.office
    sample = random.Random(7).sample(sorted(cases), min(len(cases), 20))
    for number in sample:
        owner = cases[number].owner
        await office.does(str(owner), f"matters.accept:{number}")
        if cases[number].grid == EAST_1:
            await office.does(str(owner), f"matters.ask_help:{number}:police")
            await office.says(str(owner), "请一起去看看")
    for who, _, _, unit in STAFF:
        for action in (
            "todo.open",
            "overview.open",
            "digests.list",
            "matters.parts",
            "posts.people",
            f"overview.list:{unit}:all:0",
        ):
            await office.does(who, action)
        for number in sample:
            for verb in ("case", "story", "more", "merge", "relink"):
                await office.does(who, f"{verb}:{number}")
    for one in street.people[:20]:
        other = street.people[-1 - one.number]
        for verb in ("case", "support", "add", "withdraw", "judge"):
            await office.does(one.who, f"{verb}:{other.case}")


def may_read(person: str, case: Matter, right: Right) -> bool:
    """Say by `tests.rights` whether somebody of the staff may read a case, or who filed it."""
    _, _, role, unit = next(one for one in STAFF if one[0] == person)
    where = {"A"} if case.owner == person else set()
    if unit in (STREET, case.community, case.grid):
        where.add("S" if case.confidential or case.kind is Kind.DISPUTE else "U")
    if case.climbed_to is not None and case.climbed_to.role is role:
        where.add("C")
    return bool(letters(role, right) & where)


def leaks(street: Street, cases: Mapping[str, Matter], said: Sequence[Said]) -> list[str]:
    """List the messages in which somebody reads what is not theirs."""
    owner = {
        canary: one for one in street.people for canary in (*one.said, *one.about, *one.hidden)
    }
    staff = {one[0] for one in STAFF}
    found = []
    for message in said:
        for canary in CANARY.findall(f"{message.words} {list(message.labels)}"):
            if canary not in owner:
                continue
            one = owner[canary]
            case = cases[one.case] if one.case else None
            if canary in one.hidden:
                allowed = False
            elif message.person in staff:
                right = MatterRight.SEE if canary in one.said else MatterRight.SEE_REPORTER
                # Who had a case when the card came may have handed it on since.
                allowed = case is not None and (
                    may_read(message.person, case, right) or message.person in HAD.get(one.case, ())
                )
            else:
                allowed = message.person == one.who
            if not allowed:
                found.append(f"{canary} of {one.who} ({one.case}) to {message}")
    return found


HAD: dict[str, set[str]] = {}
"""Who was given which case, by the events of its chain."""


async def test_no_canary_flies_to_somebody_without_the_right(street: Street) -> None:
    office = street.office
    with street.listening():
        await live(street)
    cases = {one.case: await office.matter(one.case) for one in street.people}
    HAD.clear()
    HAD.update({number: await _had(office, number) for number in cases})

    told = "\n".join(said.words for said in office.said)
    assert len(set(street.planted(told))) >= len(street.people) * 4  # they are there at all
    assert leaks(street, cases, office.said) == []
    assert street.planted(repr(street.logs)) == []
    assert street.planted(generate_latest(REGISTRY).decode()) == []
    assert street.charts
    assert street.planted("".join(street.charts)) == []
    assert street.planted(await _ledgers(street)) == []
    assert not [path for path in _kept(street.files) if street.planted(_text(path.read_bytes()))]


async def _had(office: Office, number: str) -> set[str]:
    """List the staff who were ever given a case, or were told that it climbed to them."""
    given: set[str] = set()
    for event in await office.events(number):
        given |= {str(value) for value in (event.content or {}).values()}
    posts = {f"{role.value}": person for person, _, role, _ in STAFF}
    return {one[0] for one in STAFF if one[0] in given} | {
        posts[value] for value in given if value in posts
    }


async def _ledgers(street: Street) -> str:
    """Read every cell of the street's ledger, as the operator's machine writes it."""
    office = street.office
    now: datetime = office.now
    async with office.database.read() as tx:
        known = await office.source.current(tx, now)
        ledger = await read_ledger(
            tx,
            known,
            known.organisation.street,
            now,
            since=now - timedelta(days=60),
            until=now + timedelta(days=1),
            actor=None,
        )
    assert len(ledger.tasks) == len(street.people)
    book = load_workbook(
        io.BytesIO(
            workbook(
                ledger,
                lambda words, language: wording_for(language).text(words),
                Language.CHINESE,
            )
        )
    )
    return "\n".join(
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    )


def _kept(files: FileStore) -> list[Path]:
    return [path for path in files.folder.rglob("*") if path.is_file()]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "ignore") + data.decode("utf-16-le", "ignore")


# --- afterwards ----------------------------------------------------------------------------------


async def test_after_erasure_no_byte_of_them_is_left(
    street: Street, tmp_path: Path, key_file: Path
) -> None:
    office = street.office
    database = office.database
    if not database.is_sqlite:
        pytest.skip("only a file's bytes can be looked through")
    await live(street)
    before = await _sealed(database)

    await street.together(lambda one: {"action": "residents.ask_erase"})
    await street.together(lambda one: {"action": street.newest(one, "继续删除")})
    await street.together(lambda one: {"action": street.newest(one, "确定全部删除")})
    await street.pass_time(timedelta(days=3))

    gone = sorted(before - await _sealed(database))
    assert len(gone) > len(street.people) * 5
    sample = random.Random(3).sample(gone, min(len(gone), 400))
    stored = _raw(database)
    assert [one for one in sample if one in stored] == []
    assert street.planted(_text(stored)) == []
    archive = tmp_path / "linli.backup"
    shutil.copy(key_file, settings(tmp_path).key_path)
    await back_up(settings(tmp_path), database, archive, office.now)
    plain = tmp_path / "plain.tar.gz"
    unseal_archive(archive, plain, MasterKeys.read(key_file))
    with tarfile.open(plain) as packed:
        member = packed.extractfile("linli.db")
        assert member is not None
        copied = member.read()
    assert [one for one in sample if one in copied] == []
    assert street.planted(_text(copied)) == []
    async with database.read() as tx:
        for case in (await get_matters(tx, [one.case for one in street.people])).values():
            assert street.planted(repr(case)) == []


async def _sealed(database: Database) -> set[bytes]:
    """Read every sealed value that a row still holds."""
    found: set[bytes] = set()
    async with database.read() as tx:
        for table in metadata.sorted_tables:
            for column in table.c:
                if column.name == "sealed" and isinstance(column.type, LargeBinary):
                    rows = await tx.rows(select(column).where(column.is_not(None)))
                    found |= {bytes(row[0])[:40] for row in rows}
    return found


def _raw(database: Database) -> bytes:
    """Read what the disk holds: the database, freed pages and log included."""
    assert database.path is not None
    folder = database.path.parent
    return b"".join(path.read_bytes() for path in sorted(folder.glob(f"{database.path.name}*")))
