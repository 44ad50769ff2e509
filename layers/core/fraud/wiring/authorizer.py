"""Collaborators of the authorizer."""

from __future__ import annotations

from functools import cache

from fraud.adapters.aws_clients import dynamodb_client, single_try_dynamodb_client
from fraud.adapters.keys_table import KeysTable
from fraud.settings import Settings


class AuthorizerSettings(Settings):
    """Environment of the authorizer."""

    api_keys_table: str
    key_environment: str


@cache
def settings() -> AuthorizerSettings:
    """The function's settings."""
    return AuthorizerSettings.from_environment()


@cache
def keys() -> KeysTable:
    """The table of keys."""
    return KeysTable(dynamodb_client(), settings().api_keys_table)


@cache
def key_uses() -> KeysTable:
    """The same table, for a write that nobody is to wait for."""
    return KeysTable(single_try_dynamodb_client(), settings().api_keys_table)
