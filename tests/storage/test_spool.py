"""Files that arrive: on the disk, sealed and without a name, until they are cleaned."""

import os
import tracemalloc
from pathlib import Path

import pytest

from domain.errors import StorageError
from storage.sealed_streams import PIECE_BYTES, SEALED_PIECE_BYTES
from storage.spool import Spool
from tests.plain_files import files_up_to, new_store

LONG = bytes(range(256)) * (PIECE_BYTES // 256) * 3 + b"the end"


async def arrives(spool: Spool, content: bytes, step: int) -> None:
    for at in range(0, len(content), step):
        await spool.add(content[at : at + step])


async def read(spool: Spool) -> bytes:
    return b"".join([piece async for piece in spool.pieces()])


def open_files(folder: Path) -> list[str]:
    """List what this process has open in a folder, with or without a name."""
    descriptors = (f"/proc/self/fd/{one}" for one in os.listdir("/proc/self/fd"))
    return [
        one
        for one in descriptors
        if os.path.exists(one) and os.readlink(one).startswith(f"{folder}/")
    ]


def bytes_of(path: str) -> bytes:
    return Path(path).read_bytes()


def spoil(path: str, at: int) -> None:
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(b"something else")


@pytest.mark.parametrize("length", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, len(LONG)])
@pytest.mark.parametrize("step", [1000, PIECE_BYTES, PIECE_BYTES * 2])
async def test_what_arrived_is_read_whole_and_once_more(
    tmp_path: Path, length: int, step: int
) -> None:
    with Spool(tmp_path) as spool:
        await arrives(spool, LONG[:length], step)

        assert await read(spool) == LONG[:length]
        assert await read(spool) == LONG[:length]
        assert spool.size == length


async def test_what_arrives_lies_sealed_and_without_a_name_and_is_gone_in_the_end(
    tmp_path: Path,
) -> None:
    store = new_store(tmp_path / "data")

    with store.spool() as spool:
        await arrives(spool, b"where somebody lives " * 20_000, 10_000)
        (lies,) = open_files(tmp_path)
        kept = bytes_of(lies)
        named = list((tmp_path / "data").iterdir())

    assert len(kept) > PIECE_BYTES
    assert b"somebody lives" not in kept
    assert named == []
    assert open_files(tmp_path) == []


async def test_of_a_large_file_little_is_held(tmp_path: Path) -> None:
    piece = bytes(PIECE_BYTES)
    with Spool(tmp_path) as spool:
        await spool.add(piece)
        tracemalloc.start()
        try:
            for _ in range(200):
                await spool.add(piece)
            async for _ in spool.pieces():
                pass
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert most < 10 * PIECE_BYTES


async def test_what_was_changed_on_the_disk_is_not_read(tmp_path: Path) -> None:
    with Spool(tmp_path) as spool:
        await arrives(spool, LONG, PIECE_BYTES)
        assert await read(spool) == LONG
        (lies,) = open_files(tmp_path)

        spoil(lies, SEALED_PIECE_BYTES + 100)

        with pytest.raises(StorageError):
            await read(spool)


async def test_on_a_full_disk_it_is_said_and_nothing_stays_open(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="large"), files_up_to(PIECE_BYTES), Spool(tmp_path) as spool:
        await arrives(spool, LONG, PIECE_BYTES)

    assert open_files(tmp_path) == []
