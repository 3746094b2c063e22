"""Envelope encryption: a master key outside database and backup wraps the data keys inside.

Whoever has the database or a backup alone reads no sealed column. Whoever administers the host
can read the key file too: ``docs/operations.md`` says so.
"""

import base64
import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from domain.errors import StorageError
from storage.files import sync_folder
from storage.json_values import from_bytes, to_bytes


class WrongKey(StorageError):
    """The key file does not open what it is asked to open."""


_FORMAT = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32
_CODES = b"linli codes"
#: What a master key wraps: a key of the database, or that of one backup.
DATA, BACKUP = b"linli data key", b"linli backup"


def hash_token(token: str) -> str:
    """Hash a token of 256 random bits: nobody finds it by trying, so this needs no key."""
    return hashlib.sha256(token.encode()).hexdigest()


class Keyring:
    """Seals and unseals JSON values with the newest data key; older keys still unseal."""

    def __init__(self, data_keys: Mapping[int, bytes]) -> None:
        """Take the unwrapped data keys by number; the highest number seals."""
        self._ciphers = {number: AESGCM(key) for number, key in data_keys.items()}
        self._newest = max(data_keys)
        self._prefix = _FORMAT + self._newest.to_bytes(2)
        # Of the oldest key, which every rotation keeps: codes that were given out stay good.
        oldest = data_keys[min(data_keys)]
        derivation = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_CODES)
        self._code_key = derivation.derive(oldest)

    def hash_code(self, code: str) -> str:
        """Hash a code that a person types: without the key file, trying all of them finds none."""
        return self.key_hash(hash_token(code))

    def key_hash(self, token_hash: str) -> str:
        """Key what `hash_token` gave; for codes that were kept before they were keyed."""
        return hmac.new(self._code_key, token_hash.encode(), hashlib.sha256).hexdigest()

    def seal(self, value: Any) -> bytes:
        """Encrypt a JSON value."""
        return self.seal_bytes(to_bytes(value))

    def unseal(self, sealed: bytes) -> Any:
        """Decrypt what `seal` gave.

        Raises:
            StorageError: the bytes were changed, or their key is not in this ring.
        """
        return from_bytes(self.unseal_bytes(sealed))

    def seal_bytes(self, plain: bytes) -> bytes:
        """Encrypt bytes."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = self._ciphers[self._newest]
        return self._prefix + nonce + cipher.encrypt(nonce, plain, self._prefix)

    def unseal_bytes(self, sealed: bytes) -> bytes:
        """Decrypt what `seal_bytes` gave.

        Raises:
            StorageError: the bytes were changed, or their key is not in this ring.
        """
        prefix, nonce = sealed[:3], sealed[3 : 3 + _NONCE_BYTES]
        cipher = self._ciphers.get(int.from_bytes(prefix[1:]))
        if prefix[:1] != _FORMAT or cipher is None:
            raise StorageError("a sealed value names a key that this key file does not open")
        try:
            return cipher.decrypt(nonce, sealed[3 + _NONCE_BYTES :], prefix)
        except InvalidTag as error:
            raise StorageError("a sealed value was changed or belongs to another key") from error


class MasterKeys:
    """The keys of the key file, newest first: each line 32 bytes in base64."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = keys

    @classmethod
    def read(cls, path: Path) -> "MasterKeys":
        """Read a key file.

        Raises:
            StorageError: the file is missing, empty or holds something else.
        """
        try:
            lines = path.read_text().split()
            keys = tuple(base64.b64decode(line, validate=True) for line in lines)
        except (OSError, ValueError) as error:
            raise StorageError(f"the key file {path} cannot be read") from error
        if not keys or any(len(key) != _KEY_BYTES for key in keys):
            raise StorageError(f"the key file {path} must hold keys of 32 bytes in base64")
        return cls(keys)

    @staticmethod
    def create(path: Path) -> None:
        """Put a new key first in a key file; older keys stay, and who may read it too.

        A new file is readable by its owner alone.
        """
        path = path.resolve()  # a link stays one: other machines may share what it leads to
        path.parent.mkdir(parents=True, exist_ok=True)
        older = path.read_text() if path.exists() else ""
        new = base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode()
        scratch = path.with_name(path.name + ".new")
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f"{new}\n{older}")
            if older:
                # The server's account has to read what an administrator renews.
                before = path.stat()
                os.fchown(file.fileno(), before.st_uid, before.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
        # On the disk for certain, before anything is wrapped with it.
        sync_folder(path.parent)

    def wrap(self, data_key: bytes, purpose: bytes = DATA) -> bytes:
        """Encrypt a key with the newest master key, for one purpose."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + AESGCM(self._keys[0]).encrypt(nonce, data_key, purpose)

    def unwrap(self, wrapped: bytes, purpose: bytes = DATA) -> bytes:
        """Decrypt a key with whichever master key fits.

        Raises:
            WrongKey: none of the keys in the file fits.
        """
        nonce, body = wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:]
        for key in self._keys:
            try:
                return AESGCM(key).decrypt(nonce, body, purpose)
            except InvalidTag:
                continue
        raise WrongKey("the key file does not open this database")

    @staticmethod
    def new_data_key() -> bytes:
        """Make a data key."""
        return secrets.token_bytes(_KEY_BYTES)
