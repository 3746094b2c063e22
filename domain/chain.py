"""Who did what when, and the hashes that tie the events of a file together."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.organisation import Role


@dataclass(frozen=True, slots=True)
class Act:
    """Who does something to a matter, as what, and when."""

    by: str
    role: Role
    at: datetime
    salt: bytes
    """32 fresh random bytes; the events of one act derive their own salts from it."""


def commit(content: Mapping[str, Any], salt: bytes) -> bytes:
    """Bind content with a salt: without the salt, nobody can test a guess of the content."""
    plain = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(salt, plain.encode(), hashlib.sha256).digest()


def link(
    before: bytes, number: str, seq: int, happening: str, act: Act, commitment: bytes
) -> bytes:
    """Compute the digest of one link from the link before it."""
    at = act.at.isoformat()
    plain = json.dumps([number, seq, happening, act.by, act.role, at, commitment.hex()])
    return hashlib.sha256(before + plain.encode()).digest()
