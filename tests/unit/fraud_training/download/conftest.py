"""A hostile server on loopback, scripted name servers, certificates, and a spy on sockets."""

import datetime as dt
import functools
import socket
import ssl
import sys
import threading
from contextlib import suppress
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from fraud.domain.links import parse_link
from fraud_training.download import DownloadLimits, download

LIMITS = {
    "max_bytes": 1_000_000,
    "connect_timeout_s": 0.5,
    "read_timeout_s": 0.5,
    "total_timeout_s": 5.0,
}


class HostileServer:
    """Answers every request on loopback as the behaviour it is given says."""

    def __init__(self, behave, tls=None, family=socket.AF_INET):
        self.requests = []
        self.connections = 0
        self.stopping = threading.Event()
        self._behave = behave
        self._tls = tls
        self._listener = socket.create_server(
            ("::1" if family == socket.AF_INET6 else "127.0.0.1", 0), family=family
        )
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, path="/a.csv", host="127.0.0.1"):
        return f"{'https' if self._tls else 'http'}://{host}:{self.port}{path}"

    def close(self):
        self.stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(timeout=2)

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        with suppress(OSError), connection:
            connection.settimeout(5)
            if self._tls is None:
                self._answer(connection)
            else:
                with self._tls.wrap_socket(connection, server_side=True) as secured:
                    self._answer(secured)

    def _answer(self, connection):
        request = b""
        while b"\r\n\r\n" not in request:
            received = connection.recv(4096)
            if not received:
                return
            request += received
        self.requests.append(request.decode())
        self._behave(self, connection)
        with suppress(OSError, ValueError):
            connection.unwrap() if self._tls else connection.shutdown(socket.SHUT_WR)


@pytest.fixture
def serve():
    """Start servers that are stopped at the end of the test."""
    servers = []

    def start(behave, **options):
        servers.append(HostileServer(behave, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def say():
    """Behaviour: send these bytes, whatever is asked."""

    def behaviour(*parts):
        def send(server, connection):
            for part in parts:
                connection.sendall(part)

        return send

    return behaviour


@pytest.fixture
def answer(say):
    """Behaviour: a well-formed answer."""

    def behaviour(body=b"a,b\n1,2\n", status="200 OK", length=True, **headers):
        lines = [f"HTTP/1.1 {status}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        lines += [f"Content-Length: {len(body)}"] if length else []
        return say("\r\n".join([*lines, "", ""]).encode() + body)

    return behaviour


@pytest.fixture
def target(tmp_path):
    """Where the dataset goes, in a folder of its own."""
    return tmp_path / "dataset.csv"


@pytest.fixture
def fetch(target):
    """Download a link to loopback with short limits; others by name."""

    def run(text, *, resolve=None, allow_loopback=True, on_progress=None, **limits):
        return download(
            parse_link(text, allow_loopback=allow_loopback),
            target,
            limits=DownloadLimits(**{**LIMITS, **limits}),
            resolve=resolve or socket.getaddrinfo,
            allow_loopback=allow_loopback,
            on_progress=on_progress,
        )

    return run


@pytest.fixture
def script():
    """A name server that gives the answers in turn, the last one for ever; counts its calls."""

    def name_server(*answers):
        def resolve(host, port, **_):
            resolve.calls.append(host)
            current = answers[min(len(resolve.calls), len(answers)) - 1]
            if isinstance(current, Exception):
                raise current
            return [
                (
                    socket.AF_INET6 if ":" in text else socket.AF_INET,
                    socket.SOCK_STREAM,
                    socket.IPPROTO_TCP,
                    "",
                    (text, port, 0, 0) if ":" in text else (text, port),
                )
                for text in current
            ]

        resolve.calls = []
        return resolve

    return name_server


@functools.cache
def audited():
    """Events of this process, recorded while the last element is true; a hook cannot be removed."""
    record = {"on": False, "events": []}

    def hook(event, arguments):
        if record["on"] and event in {"socket.__new__", "socket.connect", "socket.sendto"}:
            record["events"].append((event, arguments[1:]))

    sys.addaudithook(hook)
    return record


@pytest.fixture
def sockets():
    """Every socket made or connected by the process during the test, from the interpreter."""
    record = audited()
    record["events"].clear()
    record["on"] = True
    yield record["events"]
    record["on"] = False


@functools.cache
def authority():
    """A certificate authority of this run."""
    return make_certificate("Test authority", authority=True)


def make_certificate(name, *, issuer=None, names=(), days=(-1, 1), authority=False):
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_key, issuer_name = (issuer[0], issuer[1].subject) if issuer else (key, subject)
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder(issuer_name, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now + dt.timedelta(days=days[0]))
        .not_valid_after(now + dt.timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if authority:
        usage = dict.fromkeys(
            (
                *("digital_signature", "content_commitment", "key_encipherment"),
                *("data_encipherment", "key_agreement", "encipher_only", "decipher_only"),
            ),
            False,
        )
        builder = builder.add_extension(
            x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True
        )
    if names:
        alternatives = [
            x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
            for name in names
        ]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
    return key, builder.sign(issuer_key, hashes.SHA256())


@pytest.fixture
def trusted(tmp_path_factory, monkeypatch):
    """The machine trusts the authority of this run, and no other."""
    path = tmp_path_factory.mktemp("trust") / "authority.pem"
    path.write_bytes(authority()[1].public_bytes(serialization.Encoding.PEM))
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    monkeypatch.setenv("SSL_CERT_DIR", str(path.parent))


@pytest.fixture
def certified(tmp_path_factory):
    """Server side of TLS with a certificate for `names`; records the names asked for."""

    def context(*names, signed=True, days=(-1, 1)):
        issuer = authority() if signed else None
        key, certificate = make_certificate(names[0], issuer=issuer, names=names, days=days)
        path = tmp_path_factory.mktemp("tls") / "server.pem"
        path.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(path)
        server.asked_for = []
        server.sni_callback = lambda _, name, __: server.asked_for.append(name)
        return server

    return context
