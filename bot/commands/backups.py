"""Backups, restores, moves and keys."""

import json
from collections.abc import (
    Sequence,
)
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.commands.console import (
    MISUSED,
    counted,
    load_settings,
    local_time,
    open_database,
    perform,
    refuse,
    say,
    tell,
    worded,
)
from bot.configuration.secrets_file import SECRETS_FILE
from bot.configuration.settings import (
    Settings,
)
from domain.messages import text

if TYPE_CHECKING:
    from bot.operations.backup import Restored
    from bot.operations.ended import EndedAgain, Endings

commands = typer.Typer()


@commands.command()
def backup(
    file: Annotated[Path, typer.Argument(help="The archive to write, such as linli.backup.")],
) -> None:
    """Write database and files into one archive; the key is not in it."""
    done = perform(_backed_up(load_settings(), file))
    tell(text("console.backed_up", file=str(file), files=done.files, chains=done.chains))
    _refuse_broken(done.broken)


def _refuse_broken(numbers: Sequence[str]) -> None:
    if numbers:
        some = ", ".join(numbers[:10])
        refuse(worded(text("console.broken_chains", number=len(numbers), some=some)))


async def _backed_up(settings: Settings, file: Path) -> Any:
    from bot.operations.backup import BackupError, back_up
    from bot.operations.clock import Clock

    async with open_database(settings) as database:
        try:
            return await back_up(settings, database, file, Clock().now())
        except BackupError as error:
            refuse(str(error), code=MISUSED)


@commands.command("migrate-data")
def migrate_data(
    target: Annotated[
        str | None,
        typer.Argument(
            help="Address of an empty PostgreSQL database, postgresql+asyncpg://…; asked for if "
            "left out, so that its password stands nowhere."
        ),
    ] = None,
) -> None:
    """Move everything from SQLite to an empty PostgreSQL, and verify it there."""
    settings = load_settings()
    url = target or typer.prompt("Address of the empty PostgreSQL database", hide_input=True)
    rows, chains = perform(_moved(settings, url))
    say(f"Moved: {rows} rows; {chains} case files verify on the other side.")
    say(f"Next: set database.url in {SECRETS_FILE} to that address (or LINLI_DATABASE__URL, where")
    say("      the environment has it), keep key file and data_dir as they are, linli doctor,")
    say("      linli run. The SQLite file is as it was: keep it until the office works, never run")
    say("      Linli on it again, then delete it: it holds personal data.")


async def _moved(settings: Settings, url: str) -> tuple[int, int]:
    from bot.operations.backup import is_serving
    from storage.database import Database
    from storage.keyring import MasterKeys
    from storage.migrate_data import CannotMove, move
    from storage.verification import ensure_verified

    if not settings.on_sqlite:
        refuse("database.url is a PostgreSQL already: only SQLite is moved", code=MISUSED)
    if not url.startswith("postgresql+asyncpg://"):
        refuse("The target must begin with postgresql+asyncpg://", code=MISUSED)
    if is_serving(settings):
        refuse("Stop Linli first: what arrives meanwhile would be left behind", code=MISUSED)
    async with open_database(settings) as source:
        target = Database(url, MasterKeys.read(settings.key_path))
        try:
            done = await move(
                source, target, ensure_verified, lambda table, rows: say(f"{rows:>9}  {table}")
            )
        except CannotMove as error:
            refuse(f"Nothing was moved: {error}", code=MISUSED)
        finally:
            await target.close()
    return sum(done.rows.values()), done.chains


@commands.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The archive that `linli backup` wrote.")],
    ended: Annotated[
        Path | None,
        typer.Option(
            "--ended",
            "--erasures",
            help="What `linli export ended` wrote, where the database is lost.",
        ),
    ] = None,
) -> None:
    """Put a backup in place of what is there; erasures and posts that ended since end again."""
    settings = load_settings()
    listed = _read_ended(ended) if ended is not None else None
    done = perform(_restored(settings, file, listed))
    made_at = local_time(datetime.fromisoformat(done.made_at))
    tell(text("console.restored", made_at=made_at, files=done.files))
    _tell_ended(done.again)
    if done.set_aside is not None:
        tell(text("console.set_aside", path=str(done.set_aside)))
    _refuse_broken(done.broken)


def _tell_ended(again: "EndedAgain") -> None:
    say(f"{again.erased} persons were erased again")
    left = counted(again.left, "person")
    say(f"{counted(again.posts, 'post')} ended again, which left {left} without one")
    if again.given_since:
        seats = ", ".join(f"{seat.role} of {seat.unit}" for seat in again.given_since)
        say(f"Given since, to be given anew (linli invite): {seats}")


async def _restored(settings: Settings, file: Path, listed: "Endings | None") -> "Restored":
    from bot.operations.backup import BackupError
    from bot.operations.backup import restore as take_back
    from bot.operations.clock import Clock

    try:
        return await take_back(settings, file, Clock().now(), listed=listed)
    except BackupError as error:
        refuse(str(error), code=MISUSED)


@commands.command("erase-again")
def erase_again(
    ended: Annotated[Path, typer.Argument(help="What `linli export ended` wrote.")],
) -> None:
    """Erase who came back with what `pg_restore` restored, and end the posts that came back."""
    _tell_ended(perform(_erased_again(load_settings(), _read_ended(ended))))


async def _erased_again(settings: Settings, listed: "Endings") -> "EndedAgain":
    from bot.operations.backup import BackupError, erase_again
    from bot.operations.clock import Clock

    try:
        return await erase_again(settings, listed, Clock().now())
    except BackupError as error:
        refuse(str(error), code=MISUSED)


@commands.command("rotate-key")
def rotate_key() -> None:
    """Put a new key first in the key file; what is written from now on is sealed anew."""
    settings = load_settings()
    perform(_rotated(settings))
    say(f"{settings.key_path} begins with a new key: keep a copy of the file elsewhere, twice.")
    say("Its older lines open older backups: delete them when those backups are gone.")


async def _rotated(settings: Settings) -> None:
    from bot.operations.databases import opened_alone
    from bot.operations.file_lock import Occupied
    from storage.keyring import MasterKeys

    try:
        async with opened_alone(settings) as database:
            MasterKeys.create(settings.key_path)
            await database.rotate(MasterKeys.read(settings.key_path))
    except Occupied as error:
        refuse(f"Stop every process of Linli first ({error})", code=MISUSED)


def _read_ended(file: Path) -> "Endings":
    from bot.operations.ended import read_ended

    try:
        return read_ended(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        refuse(f"{file} is not what `linli export ended` wrote", code=MISUSED)
