"""API keys: `fd_<environment>_<43 characters of secret><6 characters of checksum>`.

The secret is 256 random bits in base 62; the checksum is the CRC-32 of everything before it, so a
mistyped or invented key is refused without a look-up (the idea of GitHub's token format). Only the
SHA-256 of a key is stored: 256 random bits need no salt and no slow hash.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from fraud.domain.errors import InvalidField, InvalidValue, Unauthenticated

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
SECRET_BITS = 256
SECRET_CHARS = 43  # 62^43 > 2^256
CHECKSUM_CHARS = 6  # 62^6 > 2^32
PRODUCT_CLIENT = "monitor"
"""Whose trainings the monitor asks for; no key may have this name."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}", re.ASCII)
_KEY = re.compile(r"fd_(?P<environment>[a-z]{2,10})_[0-9A-Za-z]{49}", re.ASCII)


class Scope(StrEnum):
    """What a key may do; `admin` may do everything and sees every client's work."""

    PREDICT = "predict"
    TRAIN = "train"
    READ = "read"
    ADMIN = "admin"


class ApiKey(BaseModel):
    """A key as stored: everything but the key."""

    model_config = ConfigDict(defer_build=True, hide_input_in_errors=True)

    key_hash: str
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    not_before: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_on: Annotated[
        str | None, Field(description="The last day on which it was used, in UTC.")
    ] = None

    def valid_at(self, now: datetime) -> bool:
        """Whether the key opens anything at this moment."""
        return (
            self.revoked_at is None
            and (self.not_before is None or self.not_before <= now)
            and (self.expires_at is None or now < self.expires_at)
        )


class NewKey(BaseModel):
    """A key that was just made; `key` is shown once and stored nowhere."""

    model_config = ConfigDict(defer_build=True)

    key: str = Field(repr=False)
    record: ApiKey


def create_key(
    environment: str,
    name: str,
    scopes: Iterable[Scope],
    now: datetime,
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key from 256 fresh random bits.

    Parameters
    ----------
    environment
        Two to ten lower-case letters; a key of one environment is refused in another.
    name
        Whose key it is; it stands in logs, and beside everything that the client makes.

    Raises
    ------
    InvalidValue
        When a client cannot have this name.
    """
    _check_name(name)
    body = f"fd_{environment}_{_base62(secrets.randbits(SECRET_BITS), SECRET_CHARS)}"
    key = body + _checksum(body)
    record = ApiKey(
        key_hash=hash_key(key),
        name=name,
        prefix=key[: len(environment) + 8],
        scopes=frozenset(scopes),
        created_at=now,
        expires_at=expires_at,
    )
    return NewKey(key=key, record=record)


def check_key(key: str, environment: str) -> str:
    """Check a key's form, environment and checksum.

    Returns
    -------
    str
        The key's hash, to look it up by.

    Raises
    ------
    Unauthenticated
        When it cannot be a key of ours.
    """
    match = _KEY.fullmatch(key)
    body, checksum = key[:-CHECKSUM_CHARS], key[-CHECKSUM_CHARS:]
    if (
        match is None
        or match["environment"] != environment
        or not hmac.compare_digest(_checksum(body), checksum)
    ):
        raise Unauthenticated("the API key is not valid; send it as the X-Api-Key header")
    return hash_key(key)


def hash_key(key: str) -> str:
    """SHA-256 of a key, in hex."""
    return hashlib.sha256(key.encode()).hexdigest()


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        message = (
            "a key's name has 1 to 64 letters, digits or any of . _ @ + -, a letter or digit first"
        )
    elif name == PRODUCT_CLIENT:
        message = f"the name {name} is the product's own, for the trainings it asks for itself"
    else:
        return
    raise InvalidValue(message, (InvalidField("name", message),))


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode()), CHECKSUM_CHARS)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, digit = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))
