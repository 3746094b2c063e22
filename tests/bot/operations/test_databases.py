"""What lies on the disk is its owner's alone, and what is configured fits what is stored."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.configuration.problems import ConfigurationError
from bot.operations.databases import opened
from tests.street import found, settings

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows knows no such permissions")


def openness(path: Path) -> int:
    """Give what group and others may do with a path."""
    return path.stat().st_mode & 0o077


async def test_what_was_left_open_to_others_is_closed_at_the_next_start(tmp_path: Path) -> None:
    chosen = settings(tmp_path)
    async with opened(chosen):
        pass
    database = chosen.data_dir / "demo.db"
    chosen.data_dir.chmod(0o755)
    database.chmod(0o644)

    async with opened(chosen):
        assert openness(chosen.data_dir) == 0
        assert [path.name for path in chosen.data_dir.glob("*.db*") if openness(path)] == []


@pytest.mark.parametrize("mask", [0o000, 0o022])
def test_what_a_command_writes_is_its_users_alone(tmp_path: Path, mask: int) -> None:
    kept = tmp_path / "kept"
    listed = tmp_path / "ended.json"

    subprocess.run(
        [sys.executable, "-m", "bot", "export", "ended", str(listed)],
        check=True,
        umask=mask,
        cwd=tmp_path,
        env={**os.environ, "LINLI_DATA_DIR": str(kept)},
    )

    written = [listed, kept, *kept.rglob("*")]
    assert kept / "demo.db" in written
    assert [path for path in written if openness(path)] == []


async def test_a_switch_of_an_unknown_community_is_refused_at_start(tmp_path: Path) -> None:
    async with opened(settings(tmp_path)) as database:
        await found(database)

    wrong = settings(tmp_path, LINLI_FEATURES='{"broadcasts": {"except_in": ["C09"]}}')
    with pytest.raises(ConfigurationError) as caught:
        async with opened(wrong):
            pass

    assert [one.key for one in caught.value.problems] == ["features.broadcasts.except_in"]
