"""Backups: what was there comes back, what was erased does not."""

import asyncio
import json
import shutil
import stat
import tarfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.channels.web.store import new_session
from bot.configuration.loading import load
from bot.configuration.settings import Settings
from bot.configuration.street_source import StreetSource
from bot.demonstration import history
from bot.operations.backup import (
    BackupError,
    Restored,
    back_up,
    erase_again,
    restore,
    seal_archive,
    unseal_archive,
)
from bot.operations.databases import opened
from bot.operations.doctor import examine_database
from bot.operations.ended import EndedAgain, Endings, list_ended, read_ended
from bot.operations.file_lock import file_lock_of
from bot.operations.numbering import settle_numbers
from bot.words.wording import wording_for
from domain.errors import StorageError
from domain.messages import Channel, FileKind, Side
from domain.organisation import Role, Seat
from domain.people import Account, Invitation, Language, Link, LinkState
from domain.subjects import case
from storage.attachments import Attachment, FetchState
from storage.chain import file_events
from storage.changes import Changes, apply
from storage.codes import Recovery, find_invitation, find_link, find_recovery
from storage.database import Database, fact, set_fact
from storage.files import FileStore, folder_of
from storage.keyring import MasterKeys
from storage.matters.matters import find_matter, get_matters, list_events
from storage.matters.queries import last_serials, list_owned, numbers_of
from storage.numbers import reserve_numbers
from storage.organisation import get_posts, list_posts
from storage.outbox_housekeeping import newest
from storage.people import find_person
from storage.residents.erasure import Erasure
from storage.session_rows import get_session
from storage.sqlite_copy import copy_sqlite
from tests.domain.street import filed

NOW = datetime(2026, 11, 24, 2, tzinfo=UTC)
RESIDENT = "demo-resident"
#: The grid secretary of C1-G1, and the community secretary above.
SECRETARY, ABOVE = "demo-staff-23", "demo-staff-05"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"LINLI_WEB__PORT": "1"}, tmp_path)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of the demonstration's street, with a picture of its played resident."""
    folder = tmp_path_factory.mktemp("template")
    asyncio.run(plant(load({}, folder)))
    return folder / "data"


async def plant(settings: Settings) -> None:
    async with opened(settings) as database:
        await history.plant(database, StreetSource(settings), NOW)
        kept = FileStore(settings.data_dir, database.keyring).put(b"a picture")
        picture = Attachment(
            id="picture",
            person=RESIDENT,
            bot="web.residents",
            ref="picture",
            kind=FileKind.PHOTO,
            state=FetchState.STORED,
            file_name=kept.name,
            file_key=kept.key,
            not_before=NOW,
            created_at=NOW,
        )
        await save(database, picture)


@pytest.fixture
def planted(settings: Settings, template: Path) -> Settings:
    shutil.copytree(template, settings.data_dir)
    return settings


async def save(database: Database, *objects: object) -> None:
    changes = Changes()
    changes.save(*objects)
    async with database.write() as tx:
        await apply(tx, [changes])


def account_of(person: str) -> Account:
    """Give a staff member's Telegram account."""
    return Account(
        id=f"account-{person}",
        person=person,
        side=Side.STAFF,
        channel=Channel.TELEGRAM,
        address=person,
        created_at=NOW,
        seen_at=NOW,
    )


async def made(settings: Settings, target: Path) -> Path:
    async with opened(settings) as database:
        await back_up(settings, database, target, NOW)
    return target


async def erase_resident(settings: Settings) -> tuple[str, ...]:
    async with opened(settings) as database:
        async with database.read() as tx:
            numbers = tuple(await numbers_of(tx, RESIDENT))
            upto = await newest(tx)
        await save(database, Erasure(person=RESIDENT, at=NOW, numbers=numbers, upto=upto))
    return numbers


async def test_what_was_there_comes_back(planted: Settings, tmp_path: Path) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")
    async with opened(planted) as database, database.write() as tx:
        await set_fact(tx, "later", "yes")

    done = await restore(planted, archive, NOW)

    assert (done.files, done.again.erased) == (1, 0)
    assert done.made_at == NOW.isoformat()
    async with opened(planted) as database, database.read() as tx:
        resident = await find_person(tx, RESIDENT)
        assert resident is not None
        assert resident.name == "居民小禾"


async def test_the_archive_is_its_owners_alone_and_holds_no_key(
    planted: Settings, tmp_path: Path
) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")

    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    key = planted.key_path.read_bytes().strip()
    assert key not in archive.read_bytes()
    folder = tmp_path / "unpacked"
    folder.mkdir()
    unpack(planted, archive, folder)
    packed = [path for path in folder.rglob("*") if path.is_file()]
    assert len(packed) == 3
    assert all(key not in path.read_bytes() for path in packed)


async def test_nothing_of_it_can_be_read_without_the_key_file(
    planted: Settings, tmp_path: Path
) -> None:
    archive = await made(planted, tmp_path / "linli.backup")

    content = archive.read_bytes()

    assert b"SQLite" not in content
    with pytest.raises(tarfile.ReadError):
        tarfile.open(archive)  # noqa: SIM115  # it does not open


async def test_files_that_nothing_names_stay_out_of_it(planted: Settings, tmp_path: Path) -> None:
    async with opened(planted) as database:
        FileStore(planted.data_dir, database.keyring).put(b"an erased picture")

    archive = await made(planted, tmp_path / "linli.backup")

    folder = tmp_path / "unpacked"
    folder.mkdir()
    unpack(planted, archive, folder)
    assert len(list((folder / "files").iterdir())) == 1


@pytest.mark.parametrize("place", [20, 100, -1])
async def test_a_changed_archive_is_not_believed(
    planted: Settings, tmp_path: Path, place: int
) -> None:
    archive = await made(planted, tmp_path / "linli.backup")
    content = bytearray(archive.read_bytes())
    content[place] ^= 1
    archive.write_bytes(content)

    with pytest.raises(BackupError):
        await restore(planted, archive, NOW)


async def test_an_archive_that_was_cut_off_is_not_believed(
    planted: Settings, tmp_path: Path
) -> None:
    archive = await made(planted, tmp_path / "linli.backup")
    archive.write_bytes(archive.read_bytes()[:70_000])

    with pytest.raises(BackupError, match="nothing of it is believed"):
        await restore(planted, archive, NOW)


async def test_a_restore_ends_every_session_and_open_invitation(
    planted: Settings, tmp_path: Path
) -> None:
    """Linking codes and the recovery codes of staff as well; a resident still comes back."""
    token, session = new_session("someone", Side.RESIDENTS, NOW)
    async with opened(planted) as database:
        hashed = database.keyring.hash_code
        later = NOW + timedelta(days=1)
        await save(
            database,
            session,
            Invitation(
                code_hash=hashed("open"), unit="S", role="dispatcher", name="甲", expires_at=later
            ),
            Invitation(
                code_hash=hashed("used"),
                unit="S",
                role="dispatcher",
                name="乙",
                expires_at=later,
                used_at=NOW,
            ),
            Link(
                code_hash=hashed("link"),
                offered_by=RESIDENT,
                state=LinkState.OFFERED,
                expires_at=later,
            ),
            account_of(SECRETARY),
            Recovery(code_hash=hashed("secretary"), person=SECRETARY, created_at=NOW),
            Recovery(code_hash=hashed("resident"), person=RESIDENT, created_at=NOW),
        )
    archive = await made(planted, tmp_path / "linli.backup")

    await restore(planted, archive, NOW)

    async with opened(planted) as database, database.read() as tx:
        assert await get_session(tx, token) is None
        assert await find_invitation(tx, "open") is None
        assert await find_invitation(tx, "used") is not None
        assert await find_link(tx, "residents.link") is None
        assert await find_recovery(tx, "secretary", NOW) is None
        recovery = await find_recovery(tx, "resident", NOW)
        assert recovery is not None
        assert recovery.person == RESIDENT


async def test_who_was_erased_since_is_erased_again_with_words_and_pictures(
    planted: Settings, tmp_path: Path
) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")
    numbers = await erase_resident(planted)
    for file in folder_of(planted.data_dir).glob("??/*"):
        file.unlink()

    done = await restore(planted, archive, NOW)

    assert (done.files, done.again.erased) == (0, 1)
    assert list(folder_of(planted.data_dir).glob("??/*")) == []
    async with opened(planted) as database, database.read() as tx:
        resident = await find_person(tx, RESIDENT)
        assert resident is not None
        assert (resident.name, resident.erased_at) == ("", NOW)
        for number in numbers:
            matter = await find_matter(tx, number)
            assert matter is not None
            assert matter.particulars.text == ""
            assert all(event.content is None for event in await list_events(tx, number))


def exported(ended: Endings) -> Endings:
    """Write a list into a file and read it from there."""
    return read_ended(json.loads(json.dumps(ended.as_json())))


async def test_the_list_of_erasures_stands_in_for_a_lost_database(
    planted: Settings, tmp_path: Path
) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")
    await erase_resident(planted)
    async with opened(planted) as database, database.read() as tx:
        listed = exported(await list_ended(tx))
    lose(planted)

    with pytest.raises(BackupError, match="--ended"):
        await restore(planted, archive, NOW)
    done = await restore(planted, archive, NOW, listed=listed)

    assert (done.again.erased, done.set_aside) == (1, None)


async def test_what_another_tool_brought_back_is_erased_again(
    planted: Settings, tmp_path: Path
) -> None:
    """`pg_restore` and whoever puts a copied file back know nothing of erasures."""
    path = planted.data_dir / "demo.db"
    copy_sqlite(path, tmp_path / "copy.db")
    numbers = await erase_resident(planted)
    async with opened(planted) as database, database.read() as tx:
        listed = exported(await list_ended(tx))
    lose(planted)
    shutil.copy(tmp_path / "copy.db", path)

    with file_lock_of(path), pytest.raises(BackupError, match="stop every process"):
        await erase_again(planted, listed, NOW)
    assert (await erase_again(planted, listed, NOW)).erased == 1

    async with opened(planted) as database, database.read() as tx:
        resident = await find_person(tx, RESIDENT)
        assert resident is not None
        assert (resident.name, resident.erased_at) == ("", NOW)
        for number in numbers:
            assert all(event.content is None for event in await list_events(tx, number))


@pytest.mark.parametrize("known_by", ["the database", "the list", "the list, to another tool"])
async def test_who_was_dismissed_since_is_dismissed_again_and_owns_nothing(
    planted: Settings, tmp_path: Path, known_by: str
) -> None:
    """Of whom only the backup knows that they hold a post."""
    archive, path = await made(planted, tmp_path / "linli.backup"), planted.data_dir / "demo.db"
    copy_sqlite(path, tmp_path / "copy.db")
    async with opened(planted) as database:
        async with database.read() as tx:
            owned = [one.number for one in await list_owned(tx, SECRETARY, 1000)]
            (post,) = [one for one in await list_posts(tx) if one.person == SECRETARY]
        await save(
            database,
            replace(post, until=NOW),
            replace(post, id="since", person="somebody", since=NOW),
        )
        async with database.read() as tx:
            listed = exported(await list_ended(tx))
    later = NOW + timedelta(hours=1)

    if known_by == "the database":
        again = (await restore(planted, archive, later)).again
    elif known_by == "the list":
        lose(planted)
        again = (await restore(planted, archive, later, listed=listed)).again
    else:
        lose(planted)
        shutil.copy(tmp_path / "copy.db", path)
        again = await erase_again(planted, listed, later)

    seat = Seat("C1-G1", Role.GRID_SECRETARY)
    assert again == EndedAgain(erased=0, posts=1, left=1, given_since=(seat,))
    async with opened(planted) as database, database.read() as tx:
        assert owned
        cases = await get_matters(tx, owned)
        assert {one.owner for one in cases.values()} == {ABOVE}
        assert (await get_posts(tx, [post.id, "since"])) == {post.id: replace(post, until=NOW)}
        found = [one async for one in examine_database(planted, database, later)]
    said = [wording_for(Language.ENGLISH, strict=True).text(one.said) for one in found]
    assert any("nobody holds grid secretary of" in one and seat.unit in one for one in said)


def lose(settings: Settings) -> None:
    for file in settings.data_dir.glob("demo.db*"):
        file.unlink()


async def test_a_damaged_database_is_set_aside(planted: Settings, tmp_path: Path) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")
    lose(planted)
    (planted.data_dir / "demo.db").write_bytes(b"no database" * 1000)

    with pytest.raises(BackupError, match="cannot be read"):
        await restore(planted, archive, NOW)
    done: Restored = await restore(planted, archive, NOW, listed=Endings())

    assert done.set_aside == planted.data_dir / "demo.db.replaced"
    assert done.set_aside.read_bytes().startswith(b"no database")


async def test_a_backup_does_not_overwrite_anything(planted: Settings, tmp_path: Path) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")
    before = archive.read_bytes()

    with pytest.raises(BackupError, match="is there already"):
        await made(planted, archive)

    assert archive.read_bytes() == before


async def test_a_backup_of_another_key_is_refused_and_changes_nothing(
    planted: Settings, tmp_path: Path
) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")
    lose(planted)
    planted.key_path.unlink()
    MasterKeys.create(planted.key_path)
    before = listing(tmp_path)

    with pytest.raises(BackupError, match="not made with this key file"):
        await restore(planted, archive, NOW, listed=Endings())

    assert listing(tmp_path) == before


def listing(folder: Path) -> list[str]:
    """List everything in a folder, without the empty files that only keep others out."""
    return sorted(str(path) for path in folder.rglob("*") if path.suffix != ".lock")


async def test_an_office_does_not_take_a_demonstrations_backup(
    planted: Settings, tmp_path: Path
) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")
    shutil.copy(planted.key_path, tmp_path / "office.key")
    office = load(
        {
            "LINLI_DEMO": "false",
            "LINLI_WEB__PUBLIC_URL": "https://linli.example.org",
            "LINLI_WEB__PORT": "1",
            "LINLI_DATA_DIR": "office",
            "LINLI_SECRETS__KEY_FILE": "office.key",
        },
        tmp_path,
    )

    with pytest.raises(BackupError, match="demonstration"):
        await restore(office, archive, NOW, listed=Endings())


def unpack(settings: Settings, archive: Path, folder: Path) -> None:
    plain = folder.with_suffix(".tar")
    unseal_archive(archive, plain, MasterKeys.read(settings.key_path))
    with tarfile.open(plain) as packed:
        packed.extractall(folder)  # noqa: S202  # made by the test


def pack(settings: Settings, folder: Path, archive: Path) -> None:
    plain = folder.with_suffix(".again")
    with tarfile.open(plain, "w:gz") as packed:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                packed.add(path, str(path.relative_to(folder)))
    archive.unlink()
    seal_archive(plain, archive, MasterKeys.read(settings.key_path))


def with_manifest(**changes: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda manifest: {**manifest, **changes}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (with_manifest(revision="9999"), "newer Linli"),
        (with_manifest(format=3), "no backup of Linli"),
    ],
)
async def test_an_archive_of_another_version_is_refused(
    planted: Settings,
    tmp_path: Path,
    change: Callable[[dict[str, Any]], dict[str, Any]],
    said: str,
) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")
    folder = tmp_path / "unpacked"
    unpack(planted, archive, folder)
    manifest = folder / "manifest.json"
    manifest.write_text(json.dumps(change(json.loads(manifest.read_text()))))
    pack(planted, folder, archive)

    with pytest.raises(BackupError, match=said):
        await restore(planted, archive, NOW)


@pytest.mark.parametrize("content", [b"", b"no archive", None])
async def test_what_is_no_backup_is_refused(
    planted: Settings, tmp_path: Path, content: bytes | None
) -> None:
    archive = tmp_path / "linli.tar.gz"
    if content is not None:
        archive.write_bytes(content)

    with pytest.raises(BackupError):
        await restore(planted, archive, NOW)

    async with opened(planted) as database, database.read() as tx:
        assert await find_person(tx, RESIDENT) is not None


async def test_an_archive_cannot_write_outside_its_folder(
    planted: Settings, tmp_path: Path
) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")
    (tmp_path / "evil").write_bytes(b"evil")
    archive.unlink()
    with tarfile.open(tmp_path / "evil.tar", "w:gz") as packed:
        packed.add(tmp_path / "evil", "../../escaped")
    seal_archive(tmp_path / "evil.tar", archive, MasterKeys.read(planted.key_path))

    with pytest.raises(BackupError, match="no backup of Linli"):
        await restore(planted, archive, NOW)

    assert not any("escaped" in path for path in listing(tmp_path))


async def test_another_program_on_its_port_is_not_taken_for_linli(
    planted: Settings, tmp_path: Path
) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    web = planted.web.model_copy(update={"port": port})

    async with server:
        done = await restore(planted.model_copy(update={"web": web}), archive, NOW)

    assert done.files == 1


async def test_an_archive_that_is_not_there_is_said_to_be_missing(
    planted: Settings, tmp_path: Path
) -> None:
    with pytest.raises(BackupError, match=r"there is no .*nowhere"):
        await restore(planted, tmp_path / "nowhere.backup", NOW)


async def test_a_linli_that_serves_from_the_database_is_not_restored_whatever_its_port(
    planted: Settings, tmp_path: Path
) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")

    (database,) = planted.data_dir.glob("*.db")
    with file_lock_of(database), pytest.raises(BackupError, match="stop Linli first"):
        await restore(planted, archive, NOW)

    assert (await restore(planted, archive, NOW)).files == 1


async def test_postgresql_is_left_to_its_own_tools(planted: Settings, tmp_path: Path) -> None:
    url = "postgresql+asyncpg://localhost/linli"
    other = load({"LINLI_DATABASE__URL": url, "LINLI_DATA_DIR": str(planted.data_dir)}, tmp_path)
    database = Database(url, MasterKeys.read(planted.key_path))

    with pytest.raises(BackupError, match="pg_dump"):
        await back_up(other, database, tmp_path / "x", NOW)
    with pytest.raises(BackupError, match="pg_restore"):
        await restore(other, tmp_path / "x", NOW)
    await database.close()


async def test_a_backup_is_opened_and_its_case_files_are_checked(
    planted: Settings, tmp_path: Path
) -> None:
    async with opened(planted) as database:
        done = await back_up(planted, database, tmp_path / "linli.tar.gz", NOW)

    assert done.chains > 50
    assert done.broken == ()
    assert done.files == 1


async def test_a_case_file_that_was_tampered_with_is_told_by_backup_and_restore(
    planted: Settings, tmp_path: Path
) -> None:
    archive = tmp_path / "linli.tar.gz"
    async with opened(planted) as database:
        async with database.write() as tx:
            number = (await numbers_of(tx, RESIDENT))[0]
            await tx.run(
                file_events.update()
                .where(file_events.c.file == case(number), file_events.c.seq == 1)
                .values(actor="somebody else")
            )
        done = await back_up(planted, database, archive, NOW)

    restored = await restore(planted, archive, NOW)

    assert done.broken == (number,)
    assert restored.broken == (number,)


async def test_a_backup_that_cannot_be_written_leaves_nothing_behind(
    planted: Settings, tmp_path: Path
) -> None:
    """A file may not grow beyond a limit, as on a disk that is full."""
    import resource

    folder = tmp_path / "full"
    folder.mkdir()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with opened(planted) as database:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
        try:
            with pytest.raises((BackupError, StorageError)):
                await back_up(planted, database, folder / "linli.tar.gz", NOW)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(folder.iterdir()) == []


async def test_a_backup_into_a_folder_that_is_not_there_is_told(
    planted: Settings, tmp_path: Path
) -> None:
    async with opened(planted) as database:
        with pytest.raises(BackupError, match="cannot be written"):
            await back_up(planted, database, tmp_path / "nowhere" / "linli.tar.gz", NOW)


async def test_a_backup_is_made_while_people_go_on(planted: Settings, tmp_path: Path) -> None:
    """What is committed while the copy is made is in it whole or not at all."""
    async with opened(planted) as database:
        stop = asyncio.Event()

        async def go_on() -> int:
            count = 0
            while not stop.is_set():
                count += 1
                async with database.write() as tx:
                    await set_fact(tx, "left", str(count))
                    await set_fact(tx, "right", str(count))
                await asyncio.sleep(0)
            return count

        going = asyncio.create_task(go_on())
        for number in range(3):
            await back_up(planted, database, tmp_path / f"{number}.tar.gz", NOW)
        stop.set()
        assert await going > 3

    await restore(planted, tmp_path / "2.tar.gz", NOW)
    async with opened(planted) as database, database.read() as tx:
        assert await fact(tx, "left") == await fact(tx, "right")


# --- numbers -------------------------------------------------------------------------------------


async def reserve(settings: Settings, count: int) -> range:
    async with opened(settings) as database, database.write() as tx:
        return await reserve_numbers(tx, NOW.year, count)


async def last(settings: Settings) -> int:
    async with opened(settings) as database, database.read() as tx:
        return (await last_serials(tx))[NOW.year]


async def test_numbers_go_on_without_a_gap_after_a_restore(
    planted: Settings, tmp_path: Path
) -> None:
    used = await last(planted)
    await reserve(planted, 250)  # Linli serves while the backup is made.
    archive = await made(planted, tmp_path / "linli.tar.gz")

    await restore(planted, archive, NOW)

    assert (await reserve(planted, 1)).start == used + 1


@pytest.mark.parametrize("lost", [False, True])
async def test_a_number_that_was_given_out_since_the_backup_is_never_given_again(
    planted: Settings, tmp_path: Path, lost: bool
) -> None:
    archive = await made(planted, tmp_path / "linli.tar.gz")
    used = await last(planted)
    async with opened(planted) as database, database.write() as tx:
        changes = Changes()
        changes.save(filed(f"{NOW.year}-{used + 7:05}"))
        await apply(tx, [changes])
    async with opened(planted) as database, database.read() as tx:
        listed = exported(await list_ended(tx))
    if lost:
        lose(planted)

    await restore(planted, archive, NOW, listed=listed if lost else None)
    async with opened(planted) as database, database.write() as tx:
        await settle_numbers(tx)  # As the next start does.

    assert (await reserve(planted, 1)).start == used + 8


async def test_where_nobody_knows_what_was_given_out_nothing_reserved_is_given_again(
    planted: Settings, tmp_path: Path
) -> None:
    block = await reserve(planted, 250)
    archive = await made(planted, tmp_path / "linli.tar.gz")
    lose(planted)

    await restore(planted, archive, NOW, listed=Endings())
    async with opened(planted) as database, database.write() as tx:
        await settle_numbers(tx)

    assert (await reserve(planted, 1)).start == block.stop


async def test_a_killed_process_leaves_no_gap_behind(planted: Settings) -> None:
    used = await last(planted)
    await reserve(planted, 250)

    async with opened(planted) as database, database.write() as tx:
        await settle_numbers(tx)

    assert (await reserve(planted, 1)).start == used + 1
