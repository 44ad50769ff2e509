"""Who is calling: a client and what its key may do."""

from __future__ import annotations

from dataclasses import dataclass

from fraud.domain.keys import Scope


@dataclass(frozen=True)
class Caller:
    """The client behind a request: its key's name, and what it may do."""

    client: str
    scopes: frozenset[Scope]

    @property
    def is_admin(self) -> bool:
        """Whether the key has the scope admin."""
        return Scope.ADMIN in self.scopes

    def sees(self, owner: str) -> bool:
        """Whether this client may look at what `owner` made."""
        return self.is_admin or self.client == owner

    @property
    def only_own(self) -> str | None:
        """The client to filter listings by, None for all."""
        return None if self.is_admin else self.client
