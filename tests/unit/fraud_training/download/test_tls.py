"""TLS is verified against the link's name; no failure of it falls back to anything."""

import ssl

import pytest

from fraud.domain.errors import DatasetError, Unavailable

NAME = "data.localhost"
BODY = b"a,b\n1,2\n"


@pytest.fixture
def resolve(script):
    """Every name leads to loopback."""
    return script(["127.0.0.1"])


@pytest.mark.usefixtures("trusted")
def test_a_valid_certificate_for_the_name_is_accepted_and_the_name_is_sent(
    serve, answer, certified, fetch, resolve, target
):
    tls = certified(NAME)
    server = serve(answer(BODY), tls=tls)
    fetch(server.url(host=NAME), resolve=resolve)
    assert target.read_bytes() == BODY
    assert tls.asked_for == [NAME]
    assert f"Host: {NAME}:{server.port}" in server.requests[0]


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_a_literal_address_is_accepted(serve, answer, certified, fetch, target):
    fetch(serve(answer(BODY), tls=certified("127.0.0.1")).url())
    assert target.read_bytes() == BODY


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("names", "options", "reason"),
    [
        ((NAME,), {"days": (-2, -1)}, "expired"),
        ((NAME,), {"days": (1, 2)}, "not yet valid"),
        (("other.localhost",), {}, "Hostname mismatch"),
        (("127.0.0.1",), {}, "Hostname mismatch"),
        ((NAME,), {"signed": False}, "self-signed"),
    ],
)
def test_a_certificate_that_is_not_valid_for_the_name_ends_it_before_a_request(
    serve, answer, certified, fetch, resolve, target, names, options, reason
):
    server = serve(answer(BODY), tls=certified(*names, **options))
    with pytest.raises(DatasetError, match=reason) as failure:
        fetch(server.url(host=NAME), resolve=resolve)
    assert failure.value.code == "dataset_certificate_invalid"
    assert (server.connections, server.requests) == (1, [])
    assert list(target.parent.iterdir()) == []


def test_an_authority_the_machine_does_not_know_is_not_trusted(
    serve, answer, certified, fetch, resolve
):
    server = serve(answer(BODY), tls=certified(NAME))
    with pytest.raises(DatasetError, match="unable to get local issuer") as failure:
        fetch(server.url(host=NAME), resolve=resolve)
    assert failure.value.code == "dataset_certificate_invalid"


def test_a_server_that_does_not_speak_tls_is_unreachable(serve, say, fetch):
    def plain(server, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\na,b\n")

    server = serve(plain)
    server._answer = lambda connection: plain(server, connection)
    with pytest.raises(DatasetError, match="does not speak TLS") as failure:
        fetch(server.url().replace("http:", "https:"))
    assert failure.value.code == "dataset_unreachable"


@pytest.mark.usefixtures("trusted")
def test_old_versions_of_tls_are_not_spoken(serve, answer, certified, fetch, resolve):
    tls = certified(NAME)
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises(DatasetError, match="does not speak TLS"):
        fetch(serve(answer(BODY), tls=tls).url(host=NAME), resolve=resolve)


@pytest.mark.usefixtures("trusted")
def test_a_redirect_from_https_to_http_is_refused(serve, answer, certified, fetch, resolve):
    plain = serve(answer(BODY))
    server = serve(answer(b"", status="302 Found", Location=plain.url()), tls=certified(NAME))
    with pytest.raises(DatasetError, match="from https to http") as failure:
        fetch(server.url(host=NAME), resolve=resolve)
    assert failure.value.code == "dataset_link_refused"
    assert plain.connections == 0


@pytest.mark.usefixtures("trusted")
def test_a_redirect_from_http_to_https_is_followed(
    serve, answer, certified, fetch, resolve, target
):
    secure = serve(answer(BODY), tls=certified(NAME))
    server = serve(answer(b"", status="301 Moved", Location=secure.url(host=NAME)))
    fetch(server.url(), resolve=resolve)
    assert target.read_bytes() == BODY


@pytest.mark.usefixtures("trusted")
def test_a_body_that_ends_with_a_bare_close_may_be_cut_short_and_is_refused(
    serve, certified, fetch, resolve, target
):
    def cut(server, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\na,b\n")
        connection._sslobj = None

    with pytest.raises(DatasetError) as failure:
        fetch(serve(cut, tls=certified(NAME)).url(host=NAME), resolve=resolve)
    assert failure.value.code == "dataset_truncated"
    assert list(target.parent.iterdir()) == []


@pytest.mark.usefixtures("trusted")
def test_a_body_without_length_that_ends_with_a_proper_goodbye_is_whole(
    serve, answer, certified, fetch, resolve, target
):
    server = serve(answer(BODY, length=False), tls=certified(NAME))
    fetch(server.url(host=NAME), resolve=resolve)
    assert target.read_bytes() == BODY


@pytest.mark.usefixtures("trusted")
def test_a_slow_drip_over_tls_cannot_outlive_the_deadline(serve, certified, fetch, resolve):
    def drip(server, connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not server.stopping.wait(0.05):
            connection.sendall(b"x")

    server = serve(drip, tls=certified(NAME))
    with pytest.raises(DatasetError) as failure:
        fetch(server.url(host=NAME), resolve=resolve, total_timeout_s=0.4)
    assert failure.value.code == "dataset_timeout"


@pytest.mark.usefixtures("trusted")
def test_a_handshake_broken_off_is_tried_again(serve, say, fetch):
    server = serve(say(b""))
    server._answer = lambda connection: None
    with pytest.raises(Unavailable) as failure:
        fetch(server.url().replace("http:", "https:"))
    assert failure.value.code == "dataset_unreachable"
