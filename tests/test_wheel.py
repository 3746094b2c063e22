"""The wheel: everything that Linli needs lies in it, and it runs from anywhere."""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("bot", "handlers", "scheduler", "reports", "storage", "domain", "locales")
FILES = ("pyproject.toml", "README.md", "config.toml")


def run(*command: str | Path, **options: object) -> str:
    done = subprocess.run(
        [str(one) for one in command], capture_output=True, text=True, timeout=300, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build from a copy, so that nothing is left in the working tree."""
    source = tmp_path_factory.mktemp("source")
    for part in PARTS:
        shutil.copytree(
            ROOT / part,
            source / part,
            symlinks=True,
            ignore=shutil.ignore_patterns("__pycache__"),
        )
    for name in FILES:
        shutil.copy(ROOT / name, source / name)
    target = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    run(*pip, "--wheel-dir", target, source)
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def linli(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone, beside the libraries that are there."""
    home = tmp_path_factory.mktemp("home")
    run(sys.executable, "-m", "venv", "--without-pip", home)
    python = home / "bin" / "python"
    install = ["install", "--quiet", "--no-deps", "--no-index", wheel]
    run(sys.executable, "-m", "pip", "--python", python, *install)
    site = run(python, "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])").strip()
    # A line in such a file is a folder to look in; the working tree's own link is not followed.
    (Path(site) / "libraries.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return home / "bin" / "linli"


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LINLI")}
    kept.pop("PYTHONPATH", None)
    return {**kept, **more}


def test_every_file_that_is_read_at_run_time_lies_in_the_wheel(wheel: Path) -> None:
    packed = set(ZipFile(wheel).namelist())
    wanted = {
        path.relative_to(ROOT).as_posix()
        for part in PARTS
        for path in (ROOT / part).rglob("*")
        if path.is_file() and path.suffix not in (".pyc", ".md")
    }

    assert len(wanted) > 150
    assert wanted - packed == set()


def test_the_command_explains_itself_from_anywhere(linli: Path, tmp_path: Path) -> None:
    said = run(linli, "--help", cwd=tmp_path, env=environment())

    assert "import" in said
    assert "posters" in said


def test_the_demonstration_runs_from_anywhere(linli: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    running = subprocess.Popen(
        [str(linli), "run"],
        cwd=tmp_path,
        env=environment(LINLI_WEB__PORT=port),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )
    try:
        page = ""
        end = time.monotonic() + 60
        while not page and time.monotonic() < end and running.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/?lang=zh") as answer:
                    page = answer.read().decode()
            except urllib.error.URLError:
                time.sleep(0.05)
    finally:
        running.terminate()
        running.wait(30)

    assert "虚构演示" in page
    assert (tmp_path / "data").is_dir()


def test_an_office_is_set_up_with_every_key_explained(linli: Path, tmp_path: Path) -> None:
    address = ["--public-url", "https://linli.example.org"]
    run(linli, "init", *address, cwd=tmp_path, env=environment())

    written = (tmp_path / "config.toml").read_text(encoding="utf-8")
    assert tomllib.loads(written)["web"]["public_url"] == "https://linli.example.org"
    assert "# Where the page listens." in written
