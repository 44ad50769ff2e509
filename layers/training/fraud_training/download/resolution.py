"""From a host to addresses, every one of them checked."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

from fraud.domain.errors import InvalidValue
from fraud.domain.links import HttpLink, IPAddress, check_address
from fraud_training.download.failures import link_refused, unreachable, unreachable_for_now

Resolve = Callable[..., Sequence[tuple[Any, ...]]]

NO_SUCH_NAME = {socket.EAI_NONAME, socket.EAI_NODATA}


def resolve_checked(
    link: HttpLink, resolve: Resolve, *, timeout_s: float, allow_loopback: bool
) -> list[IPAddress]:
    """Look the link's host up once and check every address it has.

    One bad address refuses all of them: a name with a public and a private address is an attempt
    to have the second one tried. `timeout_s` bounds the look-up, which has no timeout of its own.

    Raises
    ------
    DatasetError
        An address is not public, or there is no such name.
    Unavailable
        The resolver does not know at the moment.
    TimeoutError
        The resolver did not answer in time.
    """
    literal = link.address
    addresses = _look_up(link, resolve, timeout_s) if literal is None else [literal]
    try:
        for address in addresses:
            check_address(address, allow_loopback=allow_loopback)
    except InvalidValue as error:
        raise link_refused(error.message) from error
    return addresses


def _look_up(link: HttpLink, resolve: Resolve, timeout_s: float) -> list[IPAddress]:
    resolver = ThreadPoolExecutor(max_workers=1)
    look_up = resolver.submit(resolve, link.host, link.port, type=socket.SOCK_STREAM)
    resolver.shutdown(wait=False)
    try:
        answers = look_up.result(timeout_s)
    except socket.gaierror as error:
        if error.errno in NO_SUCH_NAME:
            raise unreachable(f"There is no host named {link.host}.") from error
        raise unreachable_for_now(f"The name {link.host} cannot be looked up now.") from error
    addresses = dict.fromkeys(ip_address(answer[4][0]) for answer in answers)
    if not addresses:
        raise unreachable(f"The host {link.host} has no address.")
    return list(addresses)
