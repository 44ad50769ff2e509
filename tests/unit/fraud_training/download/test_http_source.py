"""Fetching a dataset over HTTP: what is stored, which answers are followed, which refused."""

import gzip
import hashlib
import socket

import pytest

from fraud.domain.errors import DatasetError, Unavailable

BODY = b"step,type,amount\n1,TRANSFER,10\n"


def test_the_body_is_stored_with_its_digest_size_and_etag(serve, answer, fetch, target):
    server = serve(answer(BODY, ETag='"v1"', Content_Type="text/csv"))
    downloaded = fetch(server.url("/a.csv?signature=c0ffee"))
    assert target.read_bytes() == BODY
    assert downloaded.sha256 == hashlib.sha256(BODY).hexdigest()
    assert (downloaded.size_bytes, downloaded.etag) == (len(BODY), '"v1"')
    assert downloaded.final_url == server.url("/a.csv")
    assert [path.name for path in target.parent.iterdir()] == ["dataset.csv"]


def test_the_request_names_the_host_and_asks_for_no_compression(serve, answer, fetch, script):
    server = serve(answer())
    fetch(server.url("/a%20b?c=d", host="data.localhost"), resolve=script(["127.0.0.1"]))
    line, *headers = server.requests[0].strip().split("\r\n")
    assert line == "GET /a%20b?c=d HTTP/1.1"
    assert f"Host: data.localhost:{server.port}" in headers
    assert "Accept-Encoding: identity" in headers
    assert not any(header.lower().startswith(("authorization", "cookie")) for header in headers)


def test_a_body_of_chunks_and_one_that_ends_with_the_connection_are_stored_whole(
    serve, say, answer, fetch, target
):
    chunks = b"5\r\na,b\n1\r\n3;x=y\r\n,2\n\r\n0\r\nTrailer: x\r\n\r\n"
    fetch(serve(say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunks)).url())
    assert target.read_bytes() == b"a,b\n1,2\n"
    fetch(serve(answer(BODY, length=False)).url())
    assert target.read_bytes() == BODY


def test_ipv6_loopback_is_reached_by_its_literal(serve, answer, fetch, target):
    try:
        server = serve(answer(BODY), family=socket.AF_INET6)
    except OSError:
        pytest.skip("this machine has no IPv6")
    fetch(server.url(host="[::1]"))
    assert target.read_bytes() == BODY
    assert f"Host: [::1]:{server.port}" in server.requests[0]


def test_progress_counts_up_to_the_announced_size(serve, answer, fetch):
    seen = []
    fetch(serve(answer(b"x" * 200_000)).url(), on_progress=lambda *counts: seen.append(counts))
    assert seen == sorted(seen)
    assert seen[-1] == (200_000, 200_000)


def test_progress_expects_no_size_where_none_is_announced(serve, answer, fetch):
    seen = []
    server = serve(answer(BODY, length=False))
    fetch(server.url(), on_progress=lambda *counts: seen.append(counts))
    assert seen[-1] == (len(BODY), None)


def test_a_gzip_file_is_stored_as_it_is(serve, answer, fetch, target):
    packed = gzip.compress(BODY)
    fetch(serve(answer(packed, Content_Type="application/gzip")).url("/a.csv.gz"))
    assert target.read_bytes() == packed


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZIP"])
def test_gzip_as_transport_is_undone(serve, answer, fetch, target, name):
    members = gzip.compress(BODY) + gzip.compress(BODY * 5000)
    downloaded = fetch(serve(answer(members, Content_Encoding=name)).url())
    assert target.read_bytes() == BODY * 5001
    assert downloaded.sha256 == hashlib.sha256(BODY * 5001).hexdigest()


@pytest.mark.parametrize("name", ["br", "deflate", "zstd", "gzip, gzip", "gzip, br"])
def test_any_other_transport_compression_is_refused(serve, answer, fetch, target, name):
    server = serve(answer(gzip.compress(gzip.compress(BODY)), Content_Encoding=name))
    with pytest.raises(DatasetError, match="only gzip") as failure:
        fetch(server.url())
    assert failure.value.code == "dataset_encoding_refused"
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize(
    "damage", [b"not gzip", gzip.compress(BODY) + b"trailing"], ids=["at all", "to its end"]
)
def test_what_says_it_is_gzip_and_is_not_is_refused(serve, answer, fetch, target, damage):
    with pytest.raises(DatasetError, match="does not decompress") as failure:
        fetch(serve(answer(damage, Content_Encoding="gzip")).url())
    assert failure.value.code == "dataset_encoding_refused"
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("kind", ["text/html", "TEXT/HTML; charset=utf-8", "application/xhtml+xml"])
def test_a_web_page_is_refused_by_its_type(serve, answer, fetch, target, kind):
    server = serve(answer(b"<!doctype html><h1>Sign in</h1>", Content_Type=kind))
    with pytest.raises(DatasetError, match="web page") as failure:
        fetch(server.url())
    assert failure.value.code == "dataset_is_html"
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("status", [201, 204, 206, 300, 304, 400, 401, 403, 404, 410, 451])
def test_a_status_other_than_200_ends_the_training(serve, answer, fetch, status):
    server = serve(answer(b"", status=f"{status} Something"))
    with pytest.raises(DatasetError, match=f"status {status}") as failure:
        fetch(server.url("/a.csv?signature=c0ffee"))
    assert failure.value.code == "dataset_unreachable"
    assert "c0ffee" not in failure.value.message


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_tried_again(serve, answer, fetch, status):
    with pytest.raises(Unavailable, match=f"status {status}") as failure:
        fetch(serve(answer(b"", status=f"{status} Something")).url())
    assert failure.value.code == "dataset_unreachable"


@pytest.mark.parametrize(
    "nonsense",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 101 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nabcdefghi",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked \r\n\r\n0\r\n\r\n",
    ],
)
def test_what_is_not_plain_http_is_refused(serve, say, fetch, target, nonsense):
    with pytest.raises(DatasetError) as failure:
        fetch(serve(say(nonsense)).url())
    assert failure.value.code == "dataset_unreachable"
    assert list(target.parent.iterdir()) == []


def test_redirects_are_followed_three_times_with_relative_targets(serve, answer, fetch, target):
    last = serve(answer(BODY))
    third = serve(answer(b"", status="308 Permanent Redirect", Location=last.url("/d.csv?s=1")))
    second = serve(answer(b"", status="307 Temporary Redirect", Location=third.url()))
    hops = iter(["302 Found"])

    def relative_then_away(server, connection):
        if next(hops, None):
            answer(b"", status="302 Found", Location="../next")(server, connection)
        else:
            answer(b"", status="301 Moved", Location=second.url())(server, connection)

    first = serve(relative_then_away)
    with pytest.raises(DatasetError, match="more than 3 times"):
        fetch(first.url("/x/y/z"))
    assert last.connections == 0
    assert "GET /x/next " in first.requests[1]
    downloaded = fetch(second.url())
    assert target.read_bytes() == BODY
    assert downloaded.final_url == last.url("/d.csv")


def test_a_redirect_loop_ends_after_four_requests(serve, answer, fetch):
    server = serve(answer(b"", status="302 Found", Location="/a.csv"))
    with pytest.raises(DatasetError) as failure:
        fetch(server.url())
    assert failure.value.code == "dataset_link_refused"
    assert server.connections == 4


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://10.0.0.1/",
        "http://2852039166/",
        "http://0251.0376.0251.0376/",
        "http://user@127.0.0.1/",
        "http://example.com:22/",
        "file:///proc/self/environ",
        "s3://bucket/key",
        "ftp://example.com/a.csv",
        "gopher://127.0.0.1:6379/_x",
        "data:text/csv,a",
        "http://[::1",
        "http:///",
        "http:path",
        "http:/path",
        "http://exämple.com/",
        "http://example.com\\@169.254.169.254/",
        "/" + "a" * 4096,
    ],
)
def test_a_redirect_to_what_is_not_allowed_is_not_followed(
    serve, answer, fetch, sockets, location, target
):
    server = serve(answer(b"", status="302 Found", Location=location))
    with pytest.raises(DatasetError) as failure:
        fetch(server.url())
    assert failure.value.code == "dataset_link_refused"
    connects = [arguments[0] for event, arguments in sockets if event == "socket.connect"]
    assert connects == [("127.0.0.1", server.port)]
    assert list(target.parent.iterdir()) == []


def test_a_redirect_without_a_target_is_an_unreachable_dataset(serve, answer, fetch):
    with pytest.raises(DatasetError, match="where to go") as failure:
        fetch(serve(answer(b"", status="302 Found")).url())
    assert failure.value.code == "dataset_unreachable"


def test_proxies_of_the_environment_are_ignored(serve, answer, fetch, monkeypatch):
    proxy = serve(answer(b"from the proxy"))
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url("/"))
    server = serve(answer(BODY))
    fetch(server.url())
    assert (server.connections, proxy.connections) == (1, 0)


def test_a_dataset_that_changed_between_attempts_has_another_digest(serve, answer, fetch, target):
    versions = iter([(b"a\n1\n", '"v1"'), (b"a\n2\n", '"v2"')])

    def changing(server, connection):
        body, etag = next(versions)
        answer(body, ETag=etag)(server, connection)

    server = serve(changing)
    first = fetch(server.url())
    second = fetch(server.url())
    assert target.read_bytes() == b"a\n2\n"
    assert first.sha256 != second.sha256
    assert (first.etag, second.etag) == ('"v1"', '"v2"')
