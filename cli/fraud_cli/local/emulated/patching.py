"""Replace a function of MiniStack by one that calls it."""

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]


def wrap(module: Any, name: str, wrapper: Callable[[Function], Function]) -> None:
    """Replace `module.name` by `wrapper(module.name)`.

    Raises
    ------
    RuntimeError
        When MiniStack no longer has that function.
    """
    original = getattr(module, name, None)
    if original is None:
        raise RuntimeError(
            f"{module.__name__} has no {name}: MiniStack has changed, adapt {__package__}"
        )
    setattr(module, name, wrapper(original))
