"""Connections go to checked addresses only, whatever the name server says and when."""

import random
import socket
from collections import Counter

import pytest

from fraud.domain.errors import DatasetError, Unavailable

PUBLIC = "93.184.216.34"
PUBLIC_V6 = "2606:2800:220:1:248:1893:25c8:1946"

NOT_PUBLIC = [
    *("127.0.0.1", "169.254.169.254", "169.254.170.2", "10.0.0.1", "172.16.0.1", "192.168.0.1"),
    *("100.64.0.1", "198.18.0.1", "203.0.113.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
    *("0.0.0.1", "::1", "::127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::", "2001:0:a9fe:a9fe::1", "fd00:ec2::254"),
    *("fe80::1%eth0", "fec0::1", "ff02::1", "2001:db8::1"),
]


@pytest.fixture
def connects(monkeypatch):
    """Record the address of every connection attempt and let none through."""
    addresses = []

    def refuse(sock, address):
        addresses.append(address[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    return addresses


@pytest.fixture
def fetch_public(fetch):
    """Download as a deployment does: loopback is not allowed."""
    return lambda text, **options: fetch(text, allow_loopback=False, **options)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_leads_inside_is_refused_without_a_socket(
    fetch_public, script, sockets, address, target
):
    with pytest.raises(DatasetError, match="only public addresses") as failure:
        fetch_public("http://example.com/a.csv", resolve=script([address]))
    assert failure.value.code == "dataset_link_refused"
    assert sockets == []
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("address", NOT_PUBLIC)
@pytest.mark.parametrize("first", [True, False])
def test_one_address_inside_refuses_the_public_ones_beside_it(
    fetch_public, script, sockets, address, first
):
    public = [PUBLIC, PUBLIC_V6]
    answers = [address, *public] if first else [*public, address]
    with pytest.raises(DatasetError) as failure:
        fetch_public("http://example.com/a.csv", resolve=script(answers))
    assert failure.value.code == "dataset_link_refused"
    assert sockets == []


def test_a_name_that_changes_between_look_ups_never_gets_a_connection_inside(
    fetch_public, script, connects
):
    flipping = script(*[[PUBLIC], ["127.0.0.1"]] * 500)
    outcomes = Counter()
    for _ in range(1000):
        with pytest.raises((DatasetError, Unavailable)) as failure:
            fetch_public("http://rebinding.example/a.csv", resolve=flipping)
        outcomes[failure.value.code] += 1
    assert len(flipping.calls) == 1000
    assert outcomes == {"dataset_link_refused": 500, "dataset_unreachable": 500}
    assert connects == [PUBLIC] * 500


def test_no_name_server_of_a_thousand_gets_a_connection_inside(
    fetch_public, script, sockets, connects
):
    rng = random.Random(6)  # noqa: S311 - no secret
    outcomes = Counter()
    for _ in range(1000):
        answers = [
            rng.sample([PUBLIC, PUBLIC_V6, *NOT_PUBLIC], k=rng.randint(1, 4)) for _ in range(3)
        ]
        resolve = script(*answers)
        before = len(connects)
        with pytest.raises((DatasetError, Unavailable)) as failure:
            fetch_public("https://rebinding.example/a.csv", resolve=resolve)
        inside = any(address in NOT_PUBLIC for address in answers[0])
        outcomes[inside, failure.value.code] += 1
        assert connects[before:] == ([] if inside else answers[0])
        assert len(resolve.calls) == 1
    assert set(outcomes) == {(True, "dataset_link_refused"), (False, "dataset_unreachable")}
    assert set(connects) == {PUBLIC, PUBLIC_V6}
    # The spy above stands before the connection, this one is the interpreter's own: none was made.
    assert [event for event, _ in sockets if event != "socket.__new__"] == []


def test_the_connection_goes_to_the_address_that_was_checked_not_to_the_name(
    fetch_public, script, connects
):
    resolve = script([PUBLIC_V6, PUBLIC], ["127.0.0.1"])
    with pytest.raises(Unavailable):
        fetch_public("https://example.com/a.csv", resolve=resolve)
    assert connects == [PUBLIC_V6, PUBLIC]
    assert resolve.calls == ["example.com"]


def test_the_next_checked_address_is_tried_where_one_does_not_accept(
    serve, answer, fetch, script, target
):
    server = serve(answer(b"a\n"))
    resolve = script(["127.0.0.2", "127.0.0.1"])
    fetch(server.url(host="data.localhost"), resolve=resolve)
    assert target.read_bytes() == b"a\n"


def test_a_literal_address_is_not_looked_up(fetch_public, script, connects):
    resolve = script(["127.0.0.1"])
    for text, address in ((f"http://{PUBLIC}/", PUBLIC), (f"http://[{PUBLIC_V6}]/", PUBLIC_V6)):
        with pytest.raises(Unavailable):
            fetch_public(text, resolve=resolve)
        assert connects[-1] == address
    assert resolve.calls == []


def test_a_redirects_name_is_looked_up_and_checked_again(serve, answer, fetch, script, sockets):
    server = serve(answer(b"", status="302 Found", Location="http://inside.example/"))
    resolve = script(["127.0.0.1"], ["169.254.169.254"])
    with pytest.raises(DatasetError, match=r"169\.254\.169\.254") as failure:
        fetch(server.url(host="outside.localhost"), resolve=resolve)
    assert failure.value.code == "dataset_link_refused"
    assert resolve.calls == ["outside.localhost", "inside.example"]
    connected = [arguments[0] for event, arguments in sockets if event == "socket.connect"]
    assert connected == [("127.0.0.1", server.port)]


def test_a_redirect_to_the_same_name_is_checked_again_too(serve, answer, fetch, script):
    server = serve(answer(b"", status="302 Found", Location="/again"))
    resolve = script(["127.0.0.1"], ["10.0.0.1"])
    with pytest.raises(DatasetError, match=r"10\.0\.0\.1"):
        fetch(server.url(host="data.localhost"), resolve=resolve)
    assert server.connections == 1


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (socket.EAI_NONAME, DatasetError),
        (socket.EAI_NODATA, DatasetError),
        (socket.EAI_AGAIN, Unavailable),
        (socket.EAI_FAIL, Unavailable),
    ],
)
def test_a_name_without_address_ends_it_and_a_mute_resolver_is_tried_again(
    fetch_public, script, sockets, number, kind
):
    with pytest.raises(kind, match=r"example\.com") as failure:
        fetch_public("http://example.com/", resolve=script(socket.gaierror(number, "no")))
    assert failure.value.code == "dataset_unreachable"
    assert sockets == []


def test_an_empty_answer_is_a_name_without_address(fetch_public, script):
    with pytest.raises(DatasetError, match="has no address"):
        fetch_public("http://example.com/", resolve=script([]))
