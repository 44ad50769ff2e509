"""What can go wrong with the stack on this machine."""


class LocalStackError(Exception):
    """The local stack could not be started, deployed or stopped.

    Attributes
    ----------
    message : str
        What was wrong.
    remedy : str
        What to do about it.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message}\n{remedy}")
        self.message = message
        self.remedy = remedy


class NotUp(LocalStackError):
    """The local stack does not run."""
