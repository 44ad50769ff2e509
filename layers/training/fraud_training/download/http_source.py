"""A dataset behind an http or https link."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from fraud.domain.errors import FraudError, InvalidValue
from fraud.domain.links import HttpLink, parse_link
from fraud_training.download.connection import PinnedConnection
from fraud_training.download.content import announced_content, body_pieces
from fraud_training.download.failures import (
    link_refused,
    network_failures,
    unreachable,
    unreachable_for_now,
)
from fraud_training.download.limits import Deadline, DownloadLimits
from fraud_training.download.resolution import Resolve, resolve_checked
from fraud_training.download.storing import Downloaded, ProgressCallback, store

MAX_REDIRECTS = 3
REDIRECTS = {301, 302, 303, 307, 308}
PASSING_STATUS = {408, 425, 429}
REQUEST_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "identity",
    "Connection": "close",
    "User-Agent": "fraud-detection-api",
}


def download(
    link: HttpLink,
    target: Path,
    *,
    limits: DownloadLimits,
    resolve: Resolve = socket.getaddrinfo,
    allow_loopback: bool = False,
    on_progress: ProgressCallback | None = None,
) -> Downloaded:
    """Fetch a link into `target`, streamed, following at most three redirects.

    The name is looked up once per hop, all its addresses are checked, and the connection goes to a
    checked address; every redirect's target is checked in the same way.

    Parameters
    ----------
    resolve
        Called like `socket.getaddrinfo`.
    allow_loopback
        Connect to loopback addresses too. For local use only.

    Raises
    ------
    DatasetError, Unavailable
        As the package's table says; nothing is left on disk.
    """
    fetcher = _Fetcher(limits, Deadline(limits.total_timeout_s), resolve, allow_loopback)
    for _ in range(1 + MAX_REDIRECTS):
        with fetcher.opened(link) as response:
            if response.status not in REDIRECTS:
                return fetcher.stored(link, response, target, on_progress)
            link = _redirected(link, response, allow_loopback)
    raise link_refused(f"The link redirects more than {MAX_REDIRECTS} times.")


@dataclass(frozen=True)
class _Fetcher:
    """What stays the same from hop to hop."""

    limits: DownloadLimits
    deadline: Deadline
    resolve: Resolve
    allow_loopback: bool

    @contextmanager
    def opened(self, link: HttpLink) -> Iterator[HTTPResponse]:
        """Send the request; give the response with its body still to be read."""
        with network_failures(link.host, self.deadline):
            addresses = resolve_checked(
                link,
                self.resolve,
                timeout_s=self.deadline.cap(self.limits.connect_timeout_s),
                allow_loopback=self.allow_loopback,
            )
        connection = PinnedConnection(link, addresses, limits=self.limits, deadline=self.deadline)
        with closing(connection):
            with network_failures(link.host, self.deadline):
                connection.request("GET", link.target, headers=REQUEST_HEADERS)
                response = connection.getresponse()
            with response:
                yield response

    def stored(
        self,
        link: HttpLink,
        response: HTTPResponse,
        target: Path,
        on_progress: ProgressCallback | None,
    ) -> Downloaded:
        """Write the body to `target`."""
        if response.status != HTTPStatus.OK:
            raise _status_failure(link, response.status)
        max_bytes = self.limits.max_bytes
        content = announced_content(response, link.host, max_bytes=max_bytes)
        digest, size_bytes = store(
            body_pieces(response, content, max_bytes=max_bytes, deadline=self.deadline),
            target,
            total_bytes=None if content.gzipped else content.length_bytes,
            on_progress=on_progress,
        )
        return Downloaded(digest, size_bytes, response.headers.get("ETag"), link.without_query)


def _redirected(link: HttpLink, response: HTTPResponse, allow_loopback: bool) -> HttpLink:
    location = response.headers.get("Location")
    if not location:
        raise unreachable(f"{link.host} answers {response.status} without saying where to go.")
    try:
        # Joining is for relative targets only: it would mend `http:///` and `http:path`.
        text = location if urlsplit(location).scheme else urljoin(link.text, location)
        target = parse_link(text, allow_loopback=allow_loopback)
    except ValueError as error:
        raise link_refused(f"{link.host} redirects to what is not a link.") from error
    except InvalidValue as error:
        raise link_refused(f"{link.host} redirects elsewhere. {error.message}") from error
    if not isinstance(target, HttpLink):
        raise link_refused(f"{link.host} redirects to S3; only http and https are followed.")
    if link.scheme == "https" and target.scheme == "http":
        raise link_refused(f"{link.host} redirects from https to http, which anyone could read.")
    return target


def _status_failure(link: HttpLink, status: int) -> FraudError:
    message = f"{link.without_query} answers with status {status}; 200 is needed."
    if status in PASSING_STATUS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return unreachable_for_now(message)
    return unreachable(message)
