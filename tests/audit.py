"""Ask the advisory service about every dependency of the lock: ``make audit``.

An advisory fails the build. A service that cannot be reached does not, and is said plainly: then
nothing was looked at, and nobody may take the build for a clean bill.
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

SERVICE = "https://api.osv.dev/v1/query"
LOCK = Path(__file__).parents[1] / "requirements-dev.lock"
#: How long to wait for the service, and for the answers about everything.
REACH_SECONDS, ASK_SECONDS = 10, 300


def is_reachable(service: str = SERVICE) -> bool:
    """Tell whether the advisory service answers from here at all."""
    asked = urllib.request.Request(  # noqa: S310  # the address is ours
        service, data=b'{"package": {"name": "pip", "ecosystem": "PyPI"}}', method="POST"
    )
    try:
        with urllib.request.urlopen(asked, timeout=REACH_SECONDS) as answer:  # noqa: S310
            return isinstance(json.load(answer), dict)
    except (OSError, ValueError):
        return False


def ask() -> Sequence[Mapping[str, Any]]:
    """Let pip-audit ask about everything in the lock.

    Raises:
        RuntimeError: it gave no answer that can be read.
    """
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", "-f", "json"]
    done = subprocess.run(
        [*command, "--no-deps", "--disable-pip", "-r", str(LOCK)],
        capture_output=True,
        text=True,
        timeout=ASK_SECONDS,
        check=False,
    )
    try:
        answer: Sequence[Mapping[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError) as error:
        raise RuntimeError(done.stderr[-500:]) from error
    return answer


def judge(dependencies: Iterable[Mapping[str, Any]]) -> tuple[int, list[str]]:
    """Give the exit code and what is to be said."""
    lines: list[str] = []
    asked, found = 0, 0
    for one in dependencies:
        if "skip_reason" in one:
            lines.append(f"NOT AUDITED: {one['name']}: {one['skip_reason']}")
            continue
        asked += 1
        for known in one["vulns"]:
            found += 1
            mended = ", ".join(known.get("fix_versions") or ["no version yet"])
            lines.append(f"{one['name']} {one['version']}: {known['id']}, mended in {mended}")
    if not asked:
        lines.append("AUDIT NOT MADE: no dependency could be asked about; this says nothing")
    else:
        lines.append(f"{asked} dependencies were asked about, {found} advisories stand")
    return (1 if found else 0), lines


def main() -> int:
    """Audit, and give the exit code."""
    if not is_reachable():
        lines, code = [f"AUDIT NOT MADE: {SERVICE} cannot be reached from here; try elsewhere"], 0
    else:
        try:
            code, lines = judge(ask())
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            code, lines = 0, [f"AUDIT NOT MADE: {error}"]
    sys.stdout.write("\n".join(lines) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
