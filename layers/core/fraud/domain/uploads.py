"""Where uploaded datasets lie, and who may train on what lies in the product's own bucket."""

from __future__ import annotations

import hashlib

from fraud.domain.caller import Caller
from fraud.domain.errors import InvalidField, InvalidValue
from fraud.domain.links import DatasetLink, S3Link

UPLOADS_PREFIX = "uploads/"
NOT_YOURS = (
    "The link leads into this service's own bucket, to what is not an upload of yours; train from "
    "the link that POST /api/v1/datasets gave you."
)


def uploads_of(client: str) -> str:
    """The prefix of one client's uploads, which does not tell who that is."""
    return f"{UPLOADS_PREFIX}{hashlib.sha256(client.encode()).hexdigest()[:16]}/"


def check_own_bucket(link: DatasetLink, own_bucket: str, caller: Caller) -> None:
    """Accept a link into the product's own bucket only within the caller's own uploads.

    The bucket also holds copies of every client's datasets, under digests that model cards show,
    and the models. An admin sees every client's work, so that its links pass; so do all that lead
    elsewhere.

    Raises
    ------
    InvalidValue
        Whether or not there is such an object.
    """
    if not isinstance(link, S3Link) or link.bucket != own_bucket or caller.is_admin:
        return
    if not link.key.startswith(uploads_of(caller.client)):
        raise InvalidValue(NOT_YOURS, (InvalidField("dataset", NOT_YOURS),))
