"""Files at rest: sealed each with its own key, read in parts, swept when nobody names them."""

import errno
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.errors import StorageError
from storage.files import FileStore, put_sealed
from storage.sealed_streams import PIECE_BYTES, SEALED_PIECE_BYTES
from tests.plain_files import new_store

FUTURE = datetime.now(UTC) + timedelta(days=1)
LONG = bytes(range(256)) * (PIECE_BYTES // 256) * 2 + b"the end"


def every_file(store: FileStore) -> list[Path]:
    return [file for shelf in store.shelves() for file in shelf.iterdir()]


@pytest.mark.parametrize(
    "content",
    [b"", b"x", LONG, LONG[:PIECE_BYTES], LONG[: PIECE_BYTES - 1], LONG[:-7]],
    ids=["empty", "short", "three pieces", "one piece", "nearly one", "two pieces"],
)
def test_what_was_put_is_read_back_whole(tmp_path: Path, content: bytes) -> None:
    store = new_store(tmp_path)

    kept = store.put(content)

    file = store.kept(kept.name, kept.key)
    assert file.read() == content
    assert file.size() == len(content)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (0, 1),
        (5, 5),
        (PIECE_BYTES - 1, PIECE_BYTES + 1),
        (PIECE_BYTES, 2 * PIECE_BYTES),
        (2 * PIECE_BYTES, None),
        (3, 10**9),
    ],
)
def test_a_part_is_read_without_the_rest(tmp_path: Path, start: int, end: int | None) -> None:
    store = new_store(tmp_path)
    kept = store.put(LONG)

    assert store.kept(kept.name, kept.key).read(start, end) == LONG[start:end]


def test_nothing_of_the_content_lies_on_the_disk_and_no_name_tells_of_it(tmp_path: Path) -> None:
    store = new_store(tmp_path)

    first, second = store.put(b"a secret picture"), store.put(b"a secret picture")

    assert first.name != second.name
    assert all(b"secret" not in file.read_bytes() for file in every_file(store))


def test_without_its_own_key_a_file_is_read_by_nobody(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    one, other = store.put(b"one"), store.put(b"other")

    with pytest.raises(StorageError):
        store.kept(one.name, other.key).read()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda raw: raw[:-1],
        lambda raw: raw[:40] + bytes([raw[40] ^ 1]) + raw[41:],
        lambda raw: raw + b"x",
        lambda raw: raw[: -(7 + 16)],
        lambda raw: raw[:14] + raw[14 + SEALED_PIECE_BYTES :],
        lambda raw: b"plain" + raw[5:],
    ],
    ids=["shorter", "a bit", "longer", "last piece gone", "first piece gone", "not sealed"],
)
def test_a_file_that_was_changed_is_refused(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    store = new_store(tmp_path)
    kept = store.put(LONG)
    path = store.path(kept.name)
    path.write_bytes(spoil(path.read_bytes()))

    with pytest.raises(StorageError):
        store.kept(kept.name, kept.key).read()


def test_files_and_their_folders_are_their_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store = new_store(tmp_path)
        file = store.path(store.put(b"picture").name)
    finally:
        os.umask(before)

    assert [one.stat().st_mode & 0o077 for one in (file, file.parent, store.folder)] == [0, 0, 0]


def test_what_is_sealed_already_is_kept_as_it_is(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    kept = store.put(b"picture")
    sealed = store.path(kept.name).read_bytes()
    store.delete(kept.name)

    put_sealed(tmp_path, kept.name, sealed)

    assert store.kept(kept.name, kept.key).read() == b"picture"


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"]
)
def test_nothing_but_a_name_of_ours_leads_into_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="name"):
        new_store(tmp_path).path(name)
    with pytest.raises(ValueError, match="name"):
        put_sealed(tmp_path, name, b"x")


def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_store(tmp_path)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        store.put(b"picture")

    assert every_file(store) == []


def test_what_is_gone_already_is_no_error(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    name = store.put(b"picture").name

    store.delete(name)
    store.delete(name)

    assert every_file(store) == []


def test_a_sweep_keeps_what_is_named_and_what_is_young(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    named, orphan, young = (store.put(content).name for content in (b"named", b"orphan", b"young"))
    long_ago = time.time() - 7 * 86_400
    for name in (named, orphan):
        os.utime(store.path(name), (long_ago, long_ago))
    before = datetime.now(UTC) - timedelta(days=1)

    swept = sum(store.sweep(shelf, {named}, before) for shelf in store.shelves())

    assert swept == 1
    assert {file.name for file in every_file(store)} == {named, young}


def test_a_sweep_takes_what_a_crash_left_half_written(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    shelf = store.path(store.put(b"picture").name).parent
    (shelf / ".scratch").write_bytes(b"pic")

    store.sweep(shelf, {file.name for file in every_file(store)} - {".scratch"}, FUTURE)

    assert [file.name.startswith(".") for file in every_file(store)] == [False]


def test_an_empty_store_has_no_shelves(tmp_path: Path) -> None:
    assert new_store(tmp_path).shelves() == []
