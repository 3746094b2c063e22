"""Files by content: kept once, found by their hash alone, swept when nobody names them."""

import errno
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage.files import FileStore

FUTURE = datetime.now(UTC) + timedelta(days=1)


def every_file(store: FileStore) -> list[Path]:
    return [file for shelf in store.shelves() for file in shelf.iterdir()]


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    store = FileStore(tmp_path)

    first, second = store.put(b"picture"), store.put(b"picture")

    assert first == second
    assert store.path(first).read_bytes() == b"picture"
    assert len(every_file(store)) == 1


@pytest.mark.parametrize(
    "name", ["", "..", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n"]
)
def test_nothing_but_a_hash_leads_into_the_store(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="hash"):
        FileStore(tmp_path).path(name)


def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore(tmp_path)

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        store.put(b"picture")

    assert every_file(store) == []


def test_what_is_gone_already_is_no_error(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    name = store.put(b"picture")

    store.delete(name)
    store.delete(name)

    assert every_file(store) == []


def test_a_sweep_keeps_what_is_named_and_what_is_young(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    named, orphan, young = store.put(b"named"), store.put(b"orphan"), store.put(b"young")
    long_ago = time.time() - 7 * 86_400
    for name in (named, orphan):
        os.utime(store.path(name), (long_ago, long_ago))
    before = datetime.now(UTC) - timedelta(days=1)

    swept = sum(store.sweep(shelf, {named}, before) for shelf in store.shelves())

    assert swept == 1
    assert {file.name for file in every_file(store)} == {named, young}


def test_a_sweep_takes_what_a_crash_left_half_written(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    shelf = store.path(store.put(b"picture")).parent
    (shelf / ".scratch").write_bytes(b"pic")

    store.sweep(shelf, {file.name for file in every_file(store)} - {".scratch"}, FUTURE)

    assert [file.name.startswith(".") for file in every_file(store)] == [False]


def test_an_empty_store_has_no_shelves(tmp_path: Path) -> None:
    assert FileStore(tmp_path).shelves() == []
