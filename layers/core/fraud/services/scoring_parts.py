"""The parts of a bulk scoring's result, a page at a time, with links to them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, takewhile

from fraud.adapters.page_tokens import TokenForm, decode_token, encode_token
from fraud.adapters.scoring_bucket import PARTS, REFUSED, RESULT_LINK_S, part_name, refused_name
from fraud.domain.caller import Caller
from fraud.domain.errors import Conflict
from fraud.services.scorings import ScoringPlaces, own_scoring

TOKEN_FORM: TokenForm = {"part": ("S", r"[0-9]{6}-[0-9]{15}")}


@dataclass(frozen=True)
class LinkedPart:
    """A part, and where it and the rows of its range that have no score can be fetched."""

    name: str
    bytes: int
    link: str
    refused: str | None


@dataclass(frozen=True)
class PartsPage:
    """Some parts in the order of the rows, and where the next page starts."""

    parts: list[LinkedPart]
    next: str | None
    expires_s: int = RESULT_LINK_S


def list_parts(
    scoring_id: str, limit: int, token: str | None, caller: Caller, places: ScoringPlaces
) -> PartsPage:
    """A page of the parts of a scoring of the caller's own, or any for an admin.

    Raises
    ------
    NotFound
        When there is no such scoring, or it is another client's.
    Conflict
        When it has no result.
    BadRequest
        When the token is not one of ours.
    """
    scoring, bucket = own_scoring(scoring_id, caller, places.scorings), places.bucket
    if scoring.result is None:
        raise Conflict(f"{scoring_id} is {scoring.status}; only a processed scoring has parts")
    after = decode_token(token, TOKEN_FORM)["part"]["S"] if token is not None else None
    found = list(islice(bucket.listed(scoring_id, PARTS, after, limit + 1), limit + 1))
    shown = found[:limit]
    refused: set[str] = set()
    if shown and scoring.result.refused_parts:
        names = (name for name, _ in bucket.listed(scoring_id, REFUSED, after, limit + 1))
        refused = set(takewhile(lambda name: name <= shown[-1][0], names))
    parts = [
        LinkedPart(
            name=name,
            bytes=size_bytes,
            link=bucket.link(scoring_id, part_name(name)),
            refused=bucket.link(scoring_id, refused_name(name)) if name in refused else None,
        )
        for name, size_bytes in shown
    ]
    more = len(found) > limit
    return PartsPage(parts, encode_token({"part": {"S": shown[-1][0]}}) if more else None)
