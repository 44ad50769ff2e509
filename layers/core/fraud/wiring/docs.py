"""Settings of the docs function."""

from __future__ import annotations

from functools import cache

from fraud.settings import Settings


class DocsSettings(Settings):
    """Environment of the docs function.

    `uploads_url` is where the console may upload datasets to, beside its own origin.
    """

    uploads_url: str = ""


@cache
def settings() -> DocsSettings:
    """The function's settings."""
    return DocsSettings.from_environment()
