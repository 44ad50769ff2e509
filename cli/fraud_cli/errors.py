"""What the command line says when something goes wrong: one sentence, no trace.

CliError             1  the command failed
├── WrongUsage       2  an option or argument has a value that it cannot have
├── Unreachable      3  there is no API to talk to, or it is none of ours
│   └── NoAnswer     3  it does not answer
└── ApiError         1  an error answer; 4 where the API refused the key (fraud_cli.answers)
"""

from __future__ import annotations

FAILED = 1
WRONG_USAGE = 2  # the parser's own, too
UNREACHABLE = 3
KEY_REFUSED = 4
INTERRUPTED = 130
USAGE_HINT = "`--help` tells what the command takes"


class CliError(Exception):
    """A failure to show to the user.

    Parameters
    ----------
    message
        What went wrong.
    hint
        What to do about it.
    """

    exit_code = FAILED

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class WrongUsage(CliError):
    """An option or argument has a value that it cannot have, which the parser could not see."""

    exit_code = WRONG_USAGE

    def __init__(self, message: str, hint: str | None = USAGE_HINT) -> None:
        super().__init__(message, hint)


class Unreachable(CliError):
    """There is no API to talk to, or it is none of ours."""

    exit_code = UNREACHABLE


class NoAnswer(Unreachable):
    """The API does not answer; it may a moment later."""
