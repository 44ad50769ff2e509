"""What the command line says when something goes wrong: one sentence, no trace."""

from __future__ import annotations


class CliError(Exception):
    """A failure to show to the user.

    Parameters
    ----------
    message
        What went wrong.
    hint
        What to do about it.
    """

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
