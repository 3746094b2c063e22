"""Sealed columns: who has the database alone reads nothing."""

import stat
from pathlib import Path

import pytest

from domain.errors import StorageError
from storage.database import Database
from storage.keyring import Keyring, MasterKeys


def ring(*keys: bytes) -> Keyring:
    return Keyring(dict(enumerate(keys, start=1)))


def test_what_was_sealed_can_be_unsealed() -> None:
    keys = ring(b"1" * 32)
    said = {"text": "3号楼路灯坏了", "files": [1, None, True]}

    assert keys.unseal(keys.seal(said)) == said


def test_the_same_words_never_look_the_same() -> None:
    keys = ring(b"1" * 32)

    assert keys.seal("同样的话") != keys.seal("同样的话")


def test_a_newer_key_seals_and_the_older_one_still_unseals() -> None:
    old = ring(b"1" * 32)
    both = ring(b"1" * 32, b"2" * 32)

    assert both.unseal(old.seal("before")) == "before"
    with pytest.raises(StorageError, match="does not open"):
        old.unseal(both.seal("after"))


def test_a_changed_byte_is_noticed() -> None:
    keys = ring(b"1" * 32)
    sealed = bytearray(keys.seal("said"))
    sealed[-1] ^= 1

    with pytest.raises(StorageError, match="was changed"):
        keys.unseal(bytes(sealed))


def test_a_key_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "linli.key"

    MasterKeys.create(path)

    assert path.stat().st_mode & 0o077 == 0


def test_a_key_file_that_is_no_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("not a key")
    (tmp_path / "empty").write_text("")

    for name in ("wrong", "empty", "missing"):
        with pytest.raises(StorageError, match="key file"):
            MasterKeys.read(tmp_path / name)


async def test_another_key_file_does_not_open_the_database(
    database: Database, tmp_path: Path
) -> None:
    other = tmp_path / "other.key"
    MasterKeys.create(other)
    stranger = Database(database.url.render_as_string(False), MasterKeys.read(other))

    with pytest.raises(StorageError, match="does not open this database"):
        await stranger.open()

    await stranger.close()


def forget_older_keys(key_file: Path) -> None:
    newest, *_ = key_file.read_text().split()
    key_file.write_text(newest)


async def test_after_a_rotation_old_and_new_values_are_readable(
    database: Database, key_file: Path
) -> None:
    before = database.keyring.seal("before")

    MasterKeys.create(key_file)
    await database.rotate(MasterKeys.read(key_file))
    after = database.keyring.seal("after")

    forget_older_keys(key_file)
    again = Database(database.url.render_as_string(False), MasterKeys.read(key_file))
    await again.open()
    assert [again.keyring.unseal(before), again.keyring.unseal(after)] == ["before", "after"]
    await again.close()


async def test_a_rotation_with_keys_that_do_not_open_the_database_changes_nothing(
    database: Database, tmp_path: Path, key_file: Path
) -> None:
    other = tmp_path / "other.key"
    MasterKeys.create(other)

    with pytest.raises(StorageError, match="does not open this database"):
        await database.rotate(MasterKeys.read(other))

    again = Database(database.url.render_as_string(False), MasterKeys.read(key_file))
    await again.open()
    await again.close()


def test_whoever_could_read_the_key_file_can_read_the_renewed_one(tmp_path: Path) -> None:
    path = tmp_path / "linli.key"
    MasterKeys.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o640)
    before = path.stat()

    MasterKeys.create(path)

    after = path.stat()
    assert len(path.read_text().split()) == 2
    assert (after.st_uid, after.st_gid, after.st_mode) == (
        before.st_uid,
        before.st_gid,
        before.st_mode,
    )


def test_a_link_to_a_shared_key_file_stays_one(tmp_path: Path) -> None:
    shared, link = tmp_path / "shared.key", tmp_path / "linli.key"
    MasterKeys.create(shared)
    link.symlink_to(shared)

    MasterKeys.create(link)

    assert link.is_symlink()
    assert len(shared.read_text().split()) == 2
