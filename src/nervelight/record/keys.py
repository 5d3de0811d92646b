"""Encryption of what is personal: one key a person, wrapped by a site key that stands outside the database.

AES-256-GCM for content, RFC 3394 key wrap for the keys of people. Erasing a person destroys their key: what stays is
unreadable, and the audit chain, which runs over what is encrypted, still verifies. The secret of an account's second
factor is encrypted under a key that is derived from the site key (HKDF, RFC 5869).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from nervelight.errors import NervelightError

__all__ = [
    "SEALED",
    "KeyMissing",
    "authentication",
    "code_token",
    "fingerprint",
    "make_site_key",
    "name_tokens",
    "new_person_key",
    "open_sealed",
    "open_secret",
    "prefix_token",
    "seal",
    "seal_secret",
    "site_key",
    "unwrapped",
]

NONCE, KEY = 12, 32
# Shorter content does not get smaller.
PACK_FROM = 400
# Beginnings of a name by which it is found.
PREFIXES = range(2, 9)
TOKEN = 12
SEALED = "sealed:"
"""How a sealed secret begins; one that does not is plain."""
# What the table of recovery codes has room for.
CODE_TOKEN = 16


class KeyMissing(NervelightError):
    """A key that is needed is not there: the site's, or that of a person who was erased."""


def make_site_key(path: Path) -> bytes:
    """Make the site key at `path`, readable by its owner alone, unless it is there; return it."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY) + "\n")
    return _read(path)


def _read(path: Path) -> bytes:
    try:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as problem:
        raise KeyMissing(f"the site key cannot be read at {path}: {problem}") from None
    if len(key) != KEY:
        raise KeyMissing(f"the site key at {path} has {len(key)} bytes; {KEY} are needed")
    return key


def site_key() -> bytes:
    """Return the key that wraps the keys of people.

    Raises
    ------
    KeyMissing
        If it is not where the settings say.
    """
    from django.conf import settings

    return _site_key(Path(settings.NERVELIGHT_SITE_KEY_FILE))


@cache
def _site_key(path: Path) -> bytes:
    return _read(path)


def fingerprint(key: bytes | None = None) -> str:
    """Return what tells site keys apart without giving them away."""
    return hashlib.sha256(b"nervelight site key" + (key or site_key())).hexdigest()[:16]


def authentication(data: bytes) -> str:
    """Return what only who has the site key can make of data: it shows that they are the clinic's own, unchanged."""
    return hmac.new(site_key(), b"backup:" + data, hashlib.sha256).hexdigest()


def new_person_key() -> bytes:
    """Return a new key for one person, wrapped."""
    return aes_key_wrap(site_key(), secrets.token_bytes(KEY))


def unwrapped(wrapped: bytes | memoryview) -> bytes:
    """Return a person's key.

    Raises
    ------
    KeyMissing
        If it was wrapped by another site key.
    """
    try:
        return aes_key_unwrap(site_key(), bytes(wrapped))
    except InvalidUnwrap:
        raise KeyMissing(
            f"this record was written under another site key than the one in use ({fingerprint()})"
        ) from None


def seal(key: bytes, content: Any, bound_to: str) -> bytes:
    """Encrypt JSON data under a key, bound to where it stands, so that it cannot be moved to another place."""
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    packed = b"z" + zlib.compress(plain, 6) if len(plain) >= PACK_FROM else b"-" + plain
    nonce = secrets.token_bytes(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, packed, bound_to.encode())


def open_sealed(key: bytes, sealed: bytes | memoryview, bound_to: str) -> Any:
    """Decrypt what `seal` made.

    Raises
    ------
    KeyMissing
        If it was sealed under another key, stands in another place, or was changed.
    """
    sealed = bytes(sealed)
    try:
        packed = AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], bound_to.encode())
    except InvalidTag:
        raise KeyMissing("content that was changed, moved, or sealed under another key") from None
    return json.loads(zlib.decompress(packed[1:]) if packed[:1] == b"z" else packed[1:])


@cache
def _secrets_key(site: bytes) -> bytes:
    return HKDF(hashes.SHA256(), KEY, salt=None, info=b"nervelight secrets of accounts").derive(site)


def seal_secret(secret: bytes, bound_to: str) -> str:
    """Encrypt a secret of an account under the site key, bound to where it stands, as text."""
    nonce = secrets.token_bytes(NONCE)
    sealed = nonce + AESGCM(_secrets_key(site_key())).encrypt(nonce, secret, bound_to.encode())
    return SEALED + base64.urlsafe_b64encode(sealed).decode()


def open_secret(sealed: str, bound_to: str) -> bytes:
    """Decrypt what `seal_secret` made.

    Raises
    ------
    KeyMissing
        If it was sealed under another site key, stands in another place, or was changed.
    """
    try:
        raw = base64.urlsafe_b64decode(sealed.removeprefix(SEALED))
        return AESGCM(_secrets_key(site_key())).decrypt(raw[:NONCE], raw[NONCE:], bound_to.encode())
    except (InvalidTag, ValueError):
        raise KeyMissing("a secret that was changed, moved, or sealed under another site key") from None


def code_token(code: str, bound_to: str) -> str:
    """Return the blind form of a code that is good once: it is known again, and cannot be read."""
    return hmac.new(site_key(), f"code:{bound_to}:{code}".encode(), hashlib.sha256).hexdigest()[:CODE_TOKEN]


def prefix_token(text: str) -> bytes:
    """Return the blind form of the beginning of a name, by which a search finds it without the name being stored."""
    start = text.casefold()[: PREFIXES.stop - 1]
    return hmac.new(site_key(), b"name:" + start.encode(), hashlib.sha256).digest()[:TOKEN]


def name_tokens(name: str) -> set[bytes]:
    """Return the tokens under which a name is found: of the beginnings of each of its words."""
    words = name.casefold().replace("-", " ").split()
    return {prefix_token(word[:length]) for word in words for length in PREFIXES if length <= len(word) or length == 2}
