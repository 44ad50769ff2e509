"""An HTTP connection to an address that was checked, not to a name.

`http.client` is used because a connection's whole life is one method to override, `connect`, and
nothing else: no pool, no proxy from the environment, no redirect followed behind one's back. The
name stays what Host, SNI and the certificate are about; only the socket goes to the address.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from http.client import HTTPConnection
from typing import Any, cast

from fraud.domain.links import DEFAULT_PORTS, HttpLink, IPAddress
from fraud_training.download.limits import Deadline, DownloadLimits


class TimedSocket(socket.socket):
    """A socket that never waits past the deadline.

    A timeout counts from byte to byte, so a server that sends one now and then holds a reader for
    ever. Every read here, of headers as of body, waits at most for what is left of the whole.
    """

    deadline: Deadline
    read_timeout_s: float

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read at least one byte, within the read timeout and the deadline."""
        self.settimeout(self.deadline.cap(self.read_timeout_s))
        return super().recv_into(*args, **kwargs)


class TimedTLSSocket(TimedSocket, ssl.SSLSocket):
    """The same over TLS."""


class PinnedConnection(HTTPConnection):
    """A connection for one link, to the first of its checked addresses that accepts."""

    def __init__(
        self,
        link: HttpLink,
        addresses: Sequence[IPAddress],
        *,
        limits: DownloadLimits,
        deadline: Deadline,
    ) -> None:
        super().__init__(link.host, link.port)
        self.default_port = DEFAULT_PORTS[link.scheme]
        self._tls = link.scheme == "https"
        self._addresses = addresses
        self._limits = limits
        self._deadline = deadline

    def connect(self) -> None:
        """Open the socket, and TLS on it where the link says https."""
        sock = self._open()
        if self._tls:
            sock = self._secure(sock)
        sock.deadline = self._deadline
        sock.read_timeout_s = self._limits.read_timeout_s
        self.sock = sock

    def _open(self) -> TimedSocket:
        failure = OSError("no address")
        for address in self._addresses:
            family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
            sock = TimedSocket(family, socket.SOCK_STREAM)
            try:
                sock.settimeout(self._deadline.cap(self._limits.connect_timeout_s))
                sock.connect((str(address), self.port))
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure

    def _secure(self, sock: TimedSocket) -> TimedSocket:
        context = ssl.create_default_context()
        context.sslsocket_class = TimedTLSSocket
        sock.settimeout(self._deadline.cap(self._limits.connect_timeout_s))
        # A close without TLS's own goodbye may be somebody cutting the body short.
        secured = context.wrap_socket(sock, server_hostname=self.host, suppress_ragged_eofs=False)
        return cast("TimedTLSSocket", secured)
