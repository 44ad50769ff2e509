"""Links to datasets: what they may look like, and which addresses they may lead to.

A link is written by a client and opened inside the account, so it is refused unless it is plainly a
public web address or an object in an allowed bucket. Its syntax is checked when it is sent; the
addresses of its name are checked by whoever connects, right before connecting, because only then
are they known.

The host is matched against one strict pattern instead of being left to a URL parser: the resolver
reads `2130706433`, `0177.0.0.1`, `0x7f.1` and circled digits as 127.0.0.1, and two parsers that
disagree on where a host ends are a way around a check.

References
----------
RFC 3986, section 3.2 (authority); IANA IPv4 and IPv6 Special-Purpose Address Registries; OWASP
Server-Side Request Forgery Prevention Cheat Sheet; WHATWG URL, "ends in a number checker".
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import NoReturn
from urllib.parse import urlsplit

from fraud.domain.errors import InvalidField, InvalidValue

MAX_LINK_CHARS = 2048
DEFAULT_PORTS = {"http": 80, "https": 443}
ALLOWED_PORTS = (80, 443, 8000, 8080, 8443)
MAX_PORT = 65535
MAX_HOST_CHARS = 253
MAX_KEY_CHARS = 1024

IPAddress = IPv4Address | IPv6Address

LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))

# `is_global` alone lets multicast and the forms of IPv6 through that carry an IPv4 address, so the
# registries are spelled out; whatever carries another address is refused, not unpacked.
REFUSED_NETWORKS: dict[IPv4Network | IPv6Network, str] = {
    IPv4Network("0.0.0.0/8"): "this network",
    IPv4Network("10.0.0.0/8"): "private",
    IPv4Network("100.64.0.0/10"): "shared by a carrier",
    IPv4Network("127.0.0.0/8"): "loopback",
    IPv4Network("169.254.0.0/16"): "link-local, where instance metadata and credentials are",
    IPv4Network("172.16.0.0/12"): "private",
    IPv4Network("192.0.0.0/24"): "reserved for protocols",
    IPv4Network("192.0.2.0/24"): "for documentation",
    IPv4Network("192.31.196.0/24"): "reserved for AS112",
    IPv4Network("192.52.193.0/24"): "reserved for multicast tunnels",
    IPv4Network("192.88.99.0/24"): "a 6to4 relay",
    IPv4Network("192.168.0.0/16"): "private",
    IPv4Network("192.175.48.0/24"): "reserved for AS112",
    IPv4Network("198.18.0.0/15"): "for benchmarking",
    IPv4Network("198.51.100.0/24"): "for documentation",
    IPv4Network("203.0.113.0/24"): "for documentation",
    IPv4Network("224.0.0.0/4"): "multicast",
    IPv4Network("240.0.0.0/4"): "reserved or broadcast",
    IPv6Network("::1/128"): "loopback",
    IPv6Network("::ffff:0:0/96"): "an IPv4 address mapped into IPv6",
    IPv6Network("::/96"): "unspecified, or an IPv4 address inside IPv6",
    IPv6Network("64:ff9b::/96"): "an IPv4 address translated by NAT64",
    IPv6Network("64:ff9b:1::/48"): "an IPv4 address translated by a local NAT64",
    IPv6Network("2001::/23"): "reserved for protocols, Teredo among them",
    IPv6Network("2001:db8::/32"): "for documentation",
    IPv6Network("2002::/16"): "an IPv4 address tunnelled by 6to4",
    IPv6Network("2620:4f:8000::/48"): "reserved for AS112",
    IPv6Network("3fff::/20"): "for documentation",
    IPv6Network("fc00::/7"): "unique local, where instance metadata is",
    IPv6Network("fe80::/10"): "link-local",
    IPv6Network("fec0::/10"): "site-local",
    IPv6Network("ff00::/8"): "multicast",
}
GLOBAL_UNICAST_V6 = IPv6Network("2000::/3")

_AUTHORITY = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^:\[\]]+))(?::(?P<port>[0-9]{1,5}))?"
)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True)
class HttpLink:
    """A link to fetch over HTTP.

    `host` is lower case, without brackets or trailing dot, and `address` its value where it is an
    address and not a name; `target` is path and query as they go into the request. Text and target
    may carry a signature, so neither is shown in `repr`.
    """

    text: str = field(repr=False)
    scheme: str
    host: str
    address: IPAddress | None
    port: int
    target: str = field(repr=False)

    @property
    def without_query(self) -> str:
        """The link as it may be shown and logged."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.target.partition('?')[0]}"


@dataclass(frozen=True)
class S3Link:
    """A link to an object in S3."""

    text: str
    bucket: str
    key: str


DatasetLink = HttpLink | S3Link


def parse_link(text: str, *, allow_loopback: bool = False) -> DatasetLink:
    """Read a link to a dataset, without opening anything.

    Parameters
    ----------
    text
        The link as sent: http, https or s3, at most 2,048 visible ASCII characters.
    allow_loopback
        Accept localhost and loopback addresses, on any port. For local use only.

    Raises
    ------
    InvalidValue
        The link is of another form, or names an address that is not public; says which.
    """
    if len(text) > MAX_LINK_CHARS:
        _refuse(f"The link has {len(text)} characters; at most {MAX_LINK_CHARS} are allowed.")
    if not text.isascii():
        _refuse(
            "The link has characters outside ASCII; write the host in punycode (xn--...) and "
            "the rest percent-encoded."
        )
    if "\\" in text or any(character <= " " or character == "\x7f" for character in text):
        _refuse("The link has a backslash, a space or a control character; percent-encode it.")
    scheme, separator, rest = text.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in {"http", "https", "s3"}:
        _refuse("The link must begin with http://, https:// or s3://.")
    return _s3_link(text, rest) if scheme == "s3" else _http_link(text, allow_loopback)


def check_address(address: IPAddress, *, allow_loopback: bool) -> None:
    """Accept only an address that is globally routable unicast.

    Raises
    ------
    InvalidValue
        The address is private, link-local, multicast, reserved, or carries another address.
    """
    if allow_loopback and _is_loopback(address):
        return
    reasons = (reason for network, reason in REFUSED_NETWORKS.items() if address in network)
    reason = next(reasons, None)
    if reason is None and not address.is_global:
        reason = "reserved"
    if reason is None and isinstance(address, IPv6Address) and address not in GLOBAL_UNICAST_V6:
        reason = "not unicast in use"
    if reason is not None:
        _refuse(f"The link leads to {address}, which is {reason}; only public addresses are read.")


def check_bucket(link: DatasetLink, allowed: Set[str]) -> None:
    """Accept an s3 link only within the allowed buckets; links of other schemes pass.

    Raises
    ------
    InvalidValue
        The bucket is not one of `allowed`.
    """
    if isinstance(link, S3Link) and link.bucket not in allowed:
        names = ", ".join(sorted(allowed)) or "none"
        _refuse(f"The bucket {link.bucket!r} may not be read; allowed: {names}.")


def _http_link(text: str, allow_loopback: bool) -> HttpLink:
    try:
        parts = urlsplit(text)
    except ValueError:
        _refuse("The link's host is not a valid name or address.")
    if "@" in parts.netloc:
        _refuse("The link carries credentials before an @; use a presigned link instead.")
    if "%" in parts.netloc:
        _refuse("The link's host is percent-encoded; write it plainly.")
    authority = _AUTHORITY.fullmatch(parts.netloc)
    if authority is None:
        _refuse("The link's host must be a name, a dotted IPv4 or a bracketed IPv6 address.")
    host = authority["v6"] or authority["name"].lower().removesuffix(".")
    address = _parse_address(host, bracketed=authority["v6"] is not None)
    loopback = _is_local_name(host) if address is None else _is_loopback(address)
    if address is None:
        _check_name(host, allow_local=allow_loopback)
    else:
        check_address(address, allow_loopback=allow_loopback)
    port = int(authority["port"] or DEFAULT_PORTS[parts.scheme])
    if not (port in ALLOWED_PORTS or (loopback and 1 <= port <= MAX_PORT)):
        _refuse(f"The link's port {port} is not one of {', '.join(map(str, ALLOWED_PORTS))}.")
    name = host if address is None else str(address)
    query = f"?{parts.query}" if parts.query else ""
    target = f"{parts.path or '/'}{query}"
    return HttpLink(text, parts.scheme, name, address, port, target)


def _parse_address(host: str, *, bracketed: bool) -> IPAddress | None:
    """Return the address a host is, None where it is a name."""
    if not (bracketed or _NUMBER.fullmatch(host.rpartition(".")[2])):
        return None
    try:
        return IPv6Address(host) if bracketed else IPv4Address(host)
    except ValueError:
        _refuse("The link's host is a number; write IPv4 as four decimal parts, or use a name.")


def _check_name(host: str, *, allow_local: bool) -> None:
    if len(host) > MAX_HOST_CHARS or not all(map(_LABEL.fullmatch, host.split("."))):
        _refuse("The link's host is not a valid name: letters, digits and hyphens between dots.")
    if not allow_local if _is_local_name(host) else "." not in host:
        _refuse(f"The link's host {host!r} is not a public name; only public addresses are read.")


def _is_local_name(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")


def _is_loopback(address: IPAddress) -> bool:
    return any(address in network for network in LOOPBACK)


def _s3_link(text: str, rest: str) -> S3Link:
    bucket, _, key = rest.partition("/")
    if not _BUCKET.fullmatch(bucket):
        _refuse("The link's bucket is not a valid bucket name; write s3://bucket/key.")
    if not 1 <= len(key) <= MAX_KEY_CHARS:
        _refuse("The link's key must have 1 to 1,024 characters; write s3://bucket/key.")
    return S3Link(text, bucket, key)


def _refuse(message: str) -> NoReturn:
    raise InvalidValue(message, (InvalidField("dataset", message),))
