"""Caps on bytes and on time hold, whatever the server does, and nothing is left on disk."""

import gzip
import socket
import struct
import time
import zlib

import pytest

from fraud.domain.errors import DatasetError, Unavailable
from fraud_training.download.limits import Deadline

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def nothing_left(target):
    """After the test, its folder is empty."""
    yield
    assert list(target.parent.iterdir()) == []


@pytest.fixture
def within():
    """Give the seconds a failing call took."""

    def measure(kind, code, call, *arguments, **options):
        start = time.monotonic()
        with pytest.raises(kind) as failure:
            call(*arguments, **options)
        assert failure.value.code == code
        return time.monotonic() - start

    return measure


def endless(prefix, piece):
    def behave(server, connection):
        connection.sendall(prefix)
        while not server.stopping.is_set():
            connection.sendall(piece)

    return behave


def dripping(prefix, piece, every_s=0.05):
    def behave(server, connection):
        connection.sendall(prefix)
        while not server.stopping.wait(every_s):
            connection.sendall(piece)

    return behave


def silent(prefix=b""):
    def behave(server, connection):
        connection.sendall(prefix)
        server.stopping.wait(5)

    return behave


@pytest.mark.usefixtures("nothing_left")
def test_a_body_announced_too_large_is_refused_before_it_is_read(serve, fetch):
    server = serve(silent(OK + b"Content-Length: 10000000000\r\n\r\n"))
    with pytest.raises(DatasetError, match="more than 1000000 bytes") as failure:
        fetch(server.url())
    assert failure.value.code == "dataset_too_large"


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("headers", "piece"),
    [
        pytest.param(b"", b"\0" * 65_536, id="no length"),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n",
            b"10000\r\n" + b"\0" * 65_536 + b"\r\n",
            id="chunks",
        ),
        pytest.param(
            b"Transfer-Encoding: chunked\r\nContent-Length: 10\r\n",
            b"10000\r\n" + b"\0" * 65_536 + b"\r\n",
            id="chunks beside a small length",
        ),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\n-1", b"\r\n" + b"\0" * 65_536, id="negative chunk"
        ),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\nfffffffffff",
            b"\r\n" + b"\0" * 65_536,
            id="one chunk",
        ),
    ],
)
def test_a_body_without_end_stops_at_the_cap(serve, fetch, sockets, headers, piece):
    prefix = OK + headers + (b"" if b"\r\n\r\n" in headers else b"\r\n")
    seen = []
    with pytest.raises(DatasetError) as failure:
        fetch(serve(endless(prefix, piece)).url(), on_progress=lambda *n: seen.append(n[0]))
    assert failure.value.code == "dataset_too_large"
    assert 0 < max(seen) <= 1_000_000


def test_the_cap_itself_is_still_allowed(serve, answer, fetch):
    assert fetch(serve(answer(b"x" * 1000)).url(), max_bytes=1000).size_bytes == 1000
    with pytest.raises(DatasetError):
        fetch(serve(answer(b"x" * 1001, length=False)).url(), max_bytes=1000)


def test_bytes_past_the_announced_length_are_not_stored(serve, say, fetch, target):
    fetch(serve(say(OK + b"Content-Length: 4\r\n\r\na,b\nmore than was said")).url())
    assert target.read_bytes() == b"a,b\n"


@pytest.mark.usefixtures("nothing_left")
def test_a_gzip_bomb_in_transport_stops_at_the_cap(serve, answer, fetch):
    bomb = gzip.compress(bytes(100 * 2**20), 9)
    assert len(bomb) < 200_000
    seen = []
    server = serve(answer(bomb, Content_Encoding="gzip"))
    with pytest.raises(DatasetError) as failure:
        fetch(server.url(), on_progress=lambda *counts: seen.append(counts[0]))
    assert failure.value.code == "dataset_too_large"
    assert max(seen) <= 1_000_000


@pytest.mark.usefixtures("nothing_left")
def test_gzip_that_never_yields_a_byte_stops_at_the_cap_too(serve, fetch):
    packer = zlib.compressobj(wbits=31)
    head = packer.flush(zlib.Z_FULL_FLUSH)
    empty_block = b"\0\0\0\xff\xff" * 10_000
    server = serve(endless(OK + b"Content-Encoding: gzip\r\n\r\n" + head, empty_block))
    with pytest.raises(DatasetError) as failure:
        fetch(server.url())
    assert failure.value.code == "dataset_too_large"


def test_a_double_gzip_bomb_is_undone_once_and_left_small(serve, answer, fetch, target):
    inner = gzip.compress(bytes(100 * 2**20), 9)
    fetch(serve(answer(gzip.compress(inner, 9), Content_Encoding="gzip")).url())
    assert target.read_bytes() == inner


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    "answer_bytes",
    [
        pytest.param(OK + b"Content-Length: 100\r\n\r\na,b\n", id="short of its length"),
        pytest.param(OK + b"Content-Length: 100\r\n\r\n", id="no body"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\na,b\n\r\n", id="no last chunk"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\nff\r\na,b\n", id="inside a chunk"),
        pytest.param(
            OK + b"Transfer-Encoding: chunked\r\n\r\n4\r\na,b\n\r\nzz\r\n", id="broken size"
        ),
        pytest.param(
            OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"a,b\n" * 100)[:-4],
            id="inside gzip",
        ),
        pytest.param(OK + b"Content-Encoding: gzip\r\n\r\n", id="gzip without a byte"),
    ],
)
def test_a_truncated_body_is_a_failure_never_a_short_file(serve, say, fetch, answer_bytes):
    with pytest.raises(DatasetError) as failure:
        fetch(serve(say(answer_bytes)).url())
    assert failure.value.code == "dataset_truncated"


@pytest.mark.usefixtures("nothing_left")
def test_a_connection_reset_in_the_body_is_tried_again(serve, fetch):
    def reset(server, connection):
        connection.sendall(OK + b"Content-Length: 100\r\n\r\na,b\n")
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    with pytest.raises(Unavailable) as failure:
        fetch(serve(reset).url())
    assert failure.value.code == "dataset_unreachable"


@pytest.mark.usefixtures("nothing_left")
def test_a_connection_closed_without_an_answer_is_tried_again(serve, say, fetch):
    with pytest.raises(Unavailable) as failure:
        fetch(serve(say(b"")).url())
    assert failure.value.code == "dataset_unreachable"


@pytest.mark.usefixtures("nothing_left")
def test_a_refused_connection_is_tried_again(fetch):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unavailable) as failure:
        fetch(f"http://127.0.0.1:{port}/")
    assert failure.value.code == "dataset_unreachable"


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("prefix", "piece"),
    [
        pytest.param(OK + b"Content-Length: 1000\r\n\r\n", b"x", id="body"),
        pytest.param(OK + b"\r\n", b"x", id="body without length"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n", id="chunks"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0", id="chunk size"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n", id="trailers"),
        pytest.param(OK + b"X: ", b"y", id="header"),
        pytest.param(b"", b"H", id="status line"),
        pytest.param(b"", b"HTTP/1.1 100 Continue\r\n\r\n", id="interim answers"),
        pytest.param(
            OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b""),
            gzip.compress(b""),
            id="empty gzip members",
        ),
    ],
)
def test_a_slow_drip_cannot_outlive_the_deadline(serve, fetch, within, prefix, piece):
    server = serve(dripping(prefix, piece))
    took_s = within(DatasetError, "dataset_timeout", fetch, server.url(), total_timeout_s=0.25)
    assert 0.2 < took_s < 2


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    "prefix",
    [
        pytest.param(b"", id="no answer"),
        pytest.param(b"HTTP/1.1 200", id="half a status line"),
        pytest.param(OK + b"Content-Type: text/csv\r\n", id="half the headers"),
        pytest.param(OK + b"Content-Length: 100\r\n\r\na,b\n", id="half the body"),
        pytest.param(OK + b"Transfer-Encoding: chunked\r\n\r\n5", id="half a chunk size"),
    ],
)
def test_a_stall_ends_after_the_read_timeout_and_is_tried_again(serve, fetch, within, prefix):
    server = serve(silent(prefix))
    took_s = within(Unavailable, "dataset_timeout", fetch, server.url(), read_timeout_s=0.2)
    assert 0.15 < took_s < 2


@pytest.mark.usefixtures("nothing_left")
def test_the_deadline_covers_all_redirects_together(serve, answer, fetch, within):
    def slow_redirect(server, connection):
        server.stopping.wait(0.25)
        answer(b"", status="302 Found", Location="/next")(server, connection)

    server = serve(slow_redirect)
    took_s = within(DatasetError, "dataset_timeout", fetch, server.url(), total_timeout_s=0.4)
    assert took_s < 2
    assert server.connections == 2


@pytest.mark.usefixtures("nothing_left")
def test_a_host_that_does_not_accept_ends_after_the_connect_timeout(fetch, within):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        # Linux drops further handshakes once the queue of a listener that never accepts is full.
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        took_s = within(
            Unavailable,
            "dataset_timeout",
            fetch,
            f"http://127.0.0.1:{port}/",
            connect_timeout_s=0.2,
        )
        for client in waiting:
            client.close()
    assert 0.15 < took_s < 2


@pytest.mark.usefixtures("nothing_left")
def test_a_tls_handshake_that_stalls_ends_after_the_connect_timeout(fetch, within):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        took_s = within(
            Unavailable,
            "dataset_timeout",
            fetch,
            f"https://127.0.0.1:{port}/",
            connect_timeout_s=0.2,
        )
    assert 0.15 < took_s < 2


@pytest.mark.usefixtures("nothing_left")
def test_the_deadline_covers_connecting_and_handshake_together(fetch, within, monkeypatch):
    connect = socket.socket.connect

    def slow_connect(sock, address):
        time.sleep(0.5)
        connect(sock, address)

    monkeypatch.setattr(socket.socket, "connect", slow_connect)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        took_s = within(
            DatasetError,
            "dataset_timeout",
            fetch,
            f"https://127.0.0.1:{listener.getsockname()[1]}/",
            connect_timeout_s=5,
            total_timeout_s=0.8,
        )
    assert 0.7 < took_s < 1.2


@pytest.mark.usefixtures("nothing_left")
def test_a_resolver_that_hangs_ends_after_the_connect_timeout(fetch, within, sockets):
    def hanging(*_, **__):
        time.sleep(1)
        return []

    took_s = within(
        Unavailable,
        "dataset_timeout",
        fetch,
        "http://example.com/",
        resolve=hanging,
        connect_timeout_s=0.2,
    )
    assert 0.15 < took_s < 0.95
    assert sockets == []


def test_a_deadline_shortens_waits_and_ends():
    deadline = Deadline(0.05)
    assert deadline.cap(10) <= 0.05
    assert deadline.cap(0.001) == 0.001
    assert not deadline.passed
    time.sleep(0.06)
    assert deadline.passed
    with pytest.raises(TimeoutError):
        deadline.cap(10)
