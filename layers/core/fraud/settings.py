"""Settings from the environment: one typed class per function, read on first use."""

from __future__ import annotations

import os
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class SettingsError(RuntimeError):
    """The function is deployed with missing or wrong environment variables."""


class Settings(BaseModel):
    """Base of every function's settings; a field `bucket_name` is read from `BUCKET_NAME`."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def from_environment(cls) -> Self:
        """Read the fields from the environment.

        Raises
        ------
        SettingsError
            When a required variable is missing or a value has the wrong form.
        """
        names = [name for name in cls.model_fields if name.upper() in os.environ]
        try:
            return cls.model_validate({name: os.environ[name.upper()] for name in names})
        except ValidationError as e:
            problems = "; ".join(f"{str(p['loc'][0]).upper()}: {p['msg']}" for p in e.errors())
            raise SettingsError(f"{cls.__name__}: {problems}") from None


class IdempotencySettings(Settings):
    """Where a function with routes that take an Idempotency-Key keeps first answers."""

    idempotency_table: str


class LinkSettings(Settings):
    """Which dataset links a function accepts."""

    data_bucket: str
    allowed_dataset_buckets: str = ""
    allow_loopback_links: bool = False

    @property
    def dataset_buckets(self) -> frozenset[str]:
        """Buckets that `s3://` links may name; the product's own is always among them."""
        named = (name.strip() for name in self.allowed_dataset_buckets.split(","))
        return frozenset({self.data_bucket, *filter(None, named)})

    @property
    def loopback_allowed(self) -> bool:
        """Whether links may point at this machine: only where AWS itself is on this machine.

        The template refuses the setting for an AWS deployment; this is the second lock. On AWS no
        endpoint is overridden, so a stray `ALLOW_LOOPBACK_LINKS` opens nothing there.
        """
        endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
        return self.allow_loopback_links and endpoint.hostname in LOOPBACK_HOSTS
