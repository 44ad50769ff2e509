"""An item of the prediction log as the text of a message, and back."""

from __future__ import annotations

from functools import cache

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import to_json

from fraud.domain.prediction_log import LogItem, unpack


def to_message(item: LogItem) -> str:
    """The item's fields as JSON; the body is in base 64, as messages are text."""
    return to_json(item._asdict(), bytes_mode="base64").decode()


def from_message(text: str) -> LogItem:
    """Read a message.

    Raises
    ------
    ValueError
        When it holds no item of ours, readable and under its own key. The error says nothing of
        the content.
    """
    try:
        item = _item_type().validate_json(text)
    except ValidationError:
        raise ValueError("not an item of the prediction log") from None
    if not _consistent(item):
        raise ValueError("an item of the prediction log that cannot be read")
    return item


@cache
def _item_type() -> TypeAdapter[LogItem]:
    # Made on first use: only a consumer reads messages.
    return TypeAdapter(LogItem, config=ConfigDict(val_json_bytes="base64", extra="forbid"))


def _consistent(item: LogItem) -> bool:
    """Whether the body can be read and holds what the fields say."""
    try:
        entries = unpack(item.body)
        return bool(entries) and all(
            entry.id.log_key == item.key and entry.at == item.at for entry in entries
        )
    except Exception:  # noqa: BLE001 - whatever makes it unreadable, it is none of ours
        return False
