"""What a dataset's link may be, and where it may lead."""

import re
import sys
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fraud.domain.errors import InvalidValue
from fraud.domain.links import (
    HttpLink,
    S3Link,
    check_address,
    check_bucket,
    parse_link,
)

REFUSED_LINKS = {
    "environment of the process": "file:///proc/self/environ",
    "file with a host": "file://localhost/etc/passwd",
    "runtime API": "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next",
    "instance metadata": "http://169.254.169.254/latest/meta-data/",
    "container credentials": "http://169.254.170.2/v2/credentials",
    "loopback v6": "http://[::1]/",
    "loopback v6 in full": "http://[0:0:0:0:0:0:0:1]/",
    "mapped metadata": "http://[::ffff:169.254.169.254]/",
    "mapped metadata in hex": "http://[::ffff:a9fe:a9fe]/",
    "mapped public address": "http://[::ffff:93.184.216.34]/",
    "NAT64 metadata": "http://[64:ff9b::a9fe:a9fe]/",
    "local NAT64": "http://[64:ff9b:1::a9fe:a9fe]/",
    "6to4 metadata": "http://[2002:a9fe:a9fe::]/",
    "Teredo": "http://[2001:0:a9fe:a9fe::1]/",
    "compatible loopback": "http://[::127.0.0.1]/",
    "metadata v6": "http://[fd00:ec2::254]/latest/meta-data/",
    "zone": "http://[fe80::1%25eth0]/",
    "future address": "http://[v1.fe80::a+en1]/",
    "mapped loopback in full": "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "IPv4-translated loopback": "http://[::ffff:0:127.0.0.1]/",
    "unspecified v6": "http://[::]/",
    "unspecified v4": "http://0.0.0.0/",
    "broadcast": "http://255.255.255.255/",
    "metadata of another cloud": "http://100.100.100.200/latest/meta-data/",
    "metadata of a third cloud": "http://192.0.0.192/opc/v2/instance/",
    "time service": "http://169.254.169.123/",
    "pod identity credentials": "http://169.254.170.23/v1/credentials",
    "pod identity credentials v6": "http://[fd00:ec2::23]/v1/credentials",
    "metadata with a dot": "http://169.254.169.254./",
    "metadata with a zero": "http://169.254.169.0254/",
    "octal, whole": "http://017700000001/",
    "hex, every part": "http://0x7f.0x0.0x0.0x1/",
    "NUL in the host": "http://127.0.0.1%00.example.com/",
    "port that is a user": "http://127.0.0.1:9001@example.com/",
    "two at signs": "http://example.com@example.com@169.254.169.254/",
    "ldap": "ldap://127.0.0.1/",
    "jar": "jar:http://127.0.0.1!/a.csv",
    "view-source": "view-source:http://127.0.0.1/",
    "websocket": "ws://example.com/",
    "file, no slashes": "file:/proc/self/environ",
    "one decimal number": "http://2130706433/",
    "octal": "http://0177.0.0.1/",
    "hex, short": "http://0x7f.1/",
    "hex, whole": "http://0x7f000001/",
    "hex, last part": "http://127.0.0.0x1/",
    "short": "http://127.1/",
    "zero": "http://0/",
    "overflowing": "http://127.0.0.257/",
    "five parts": "http://127.0.0.1.1/",
    "name that ends in a number": "http://example.123/",
    "public address in decimal": "http://1572395042/",
    "fullwidth digits": "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
    "circled digits": "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
    "ideographic dots": "http://127\u30020\u30020\u30021/",
    "localhost": "http://localhost/",
    "localhost with a dot": "http://localhost./",
    "localhost in capitals": "http://LOCALHOST/",
    "name under localhost": "http://db.localhost/",
    "name without a dot": "http://intranet/",
    "user before the host": "http://example.com@169.254.169.254/",
    "user and password": "https://user:secret@example.com/a.csv",
    "empty user": "http://@example.com/",
    "backslash before at": "http://example.com\\@169.254.169.254/",
    "backslash as slash": "http:\\\\169.254.169.254\\",
    "tab in the host": "http://169.254.\t169.254/",
    "newline in the host": "http://exam\nple.com/",
    "carriage return and header": "http://example.com/ HTTP/1.1\r\nX-A: b",
    "space before": " http://example.com/",
    "space after": "http://example.com/ ",
    "space in the path": "http://example.com/a b.csv",
    "NUL": "http://example.com/\0",
    "delete character": "http://example.com/\x7f",
    "ssh port": "http://example.com:22/",
    "redis port": "http://example.com:6379/",
    "port 0": "http://example.com:0/",
    "port 99999": "http://example.com:99999/",
    "port out of range of int": "http://example.com:" + "9" * 30 + "/",
    "empty port": "http://example.com:/",
    "signed port": "http://example.com:+80/",
    "two ports": "http://example.com:80:80/",
    "ftp": "ftp://example.com/a.csv",
    "gopher": "gopher://127.0.0.1:6379/_x",
    "data": "data:text/csv,a,b",
    "dict": "dict://127.0.0.1:11211/stat",
    "javascript": "javascript:alert(1)",
    "no scheme": "example.com/a.csv",
    "scheme-relative": "//example.com/a.csv",
    "scheme without slashes": "http:example.com/a.csv",
    "scheme with one slash": "http:/example.com/a.csv",
    "space in the scheme": "ht tp://example.com",
    "path of a file": "/var/task/app.py",
    "4 kB": "http://example.com/" + "a" * 4096,
    "homograph": "https://ex\u0430mple.com/a.csv",
    "homograph scheme": "http\u0455://example.com/a.csv",
    "non-ASCII path": "https://example.com/gr\u00f6\u00dfe.csv",
    "lone surrogate": "https://example.com/\ud800",
    "percent-encoded host": "http://%31%32%37.0.0.1/",
    "percent-encoded dot": "http://169%2e254.169.254/",
    "no host": "http:///a.csv",
    "no host but a query": "http://?a.csv",
    "port without host": "http://:80/",
    "dots only": "http://.../",
    "empty label": "http://example..com/",
    "hyphen first": "http://-example.com/",
    "long label": f"http://{'a' * 64}.com/",
    "long name": f"http://{'a.' * 127}com/",
    "text after the bracket": "http://[::1]example.com/",
    "text before the bracket": "http://example.com[::1]/",
    "open bracket": "http://[::1/",
    "IPv4 in brackets": "http://[127.0.0.1]/",
    "empty": "",
    "s3 without key": "s3://bucket",
    "s3 with empty key": "s3://bucket/",
    "s3 without bucket": "s3:///key",
    "s3 bucket with a port": "s3://bucket:80/key",
    "s3 bucket in capitals": "s3://Bucket/key",
    "s3 credentials": "s3://key:secret@bucket/key",
    "s3 long key": "s3://bucket/" + "k" * 1025,
}

quick = settings(max_examples=50, deadline=None)

PUBLIC_ADDRESSES = ["93.184.216.34", "1.1.1.1", "2606:2800:220:1:248:1893:25c8:1946", "2a00::1"]

REFUSED_ADDRESSES = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1"),  # noqa: S104
    *("127.255.255.254", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1"),
    *("172.31.255.255", "192.0.0.1", "192.0.0.9", "192.0.2.1", "192.31.196.1", "192.52.193.1"),
    *("192.88.99.1", "192.168.1.1", "192.175.48.1", "198.18.0.1", "198.19.255.255"),
    *("198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::7f00:1", "::a9fe:a9fe", "::ffff:7f00:1"),
    *("::ffff:5db8:d822", "::ffff:0:a9fe:a9fe", "64:ff9b::a9fe:a9fe", "64:ff9b::5db8:d822"),
    *("64:ff9b:1::1", "100::1", "2001::1", "2001:2::1", "2001:10::1", "2001:20::1"),
    *("2001:db8::1", "2002:7f00:1::", "2002:5db8:d822::", "2620:4f:8000::1", "3fff::1"),
    *("4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd00:ec2::23", "fe80::1", "fe80::1%eth0"),
    *("fec0::1", "ff02::1", "ff0e::1"),
]


@pytest.mark.parametrize("text", REFUSED_LINKS.values(), ids=REFUSED_LINKS.keys())
def test_a_link_that_is_not_plainly_public_is_refused_naming_the_field(text):
    with pytest.raises(InvalidValue) as refusal:
        parse_link(text)
    assert refusal.value.code == "invalid_value"
    assert [field.field for field in refusal.value.fields] == ["dataset"]
    assert refusal.value.message.endswith(".")
    assert "secret" not in refusal.value.message


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ftp://example.com/a", r"must begin with http://, https:// or s3://"),
        ("http://user:secret@example.com/", r"credentials .* presigned link"),
        ("http://example.com:22/", r"port 22 is not one of 80, 443, 8000, 8080, 8443"),
        ("http://example.com/" + "a" * 4096, r"4115 characters; at most 2048"),
        ("http://ex\u0430mple.com/", r"punycode"),
        ("http://2130706433/", r"four decimal parts"),
        ("http://169.254.169.254/", r"169\.254\.169\.254, which is link-local"),
        ("http://[64:ff9b::a9fe:a9fe]/", r"translated by NAT64"),
        ("http://%31.example.com/", r"percent-encoded"),
        ("http://localhost/", r"'localhost' is not a public name"),
        ("http://exa mple.com/", r"a space or a control character"),
        ("s3://bucket", r"s3://bucket/key"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_is_allowed(text, complaint):
    with pytest.raises(InvalidValue, match=complaint):
        parse_link(text)


def test_refusing_links_opens_no_socket_and_looks_nothing_up():
    seen = []

    def spy(event, _):
        if watching and event.startswith("socket."):
            seen.append(event)

    watching = True
    sys.addaudithook(spy)
    for text in REFUSED_LINKS.values():
        with pytest.raises(InvalidValue):
            parse_link(text)
    watching = False
    assert seen == []


@pytest.mark.parametrize(
    ("text", "host", "port", "target"),
    [
        ("https://example.com/a.csv", "example.com", 443, "/a.csv"),
        ("http://example.com", "example.com", 80, "/"),
        ("HTTP://Example.COM./A.csv", "example.com", 80, "/A.csv"),
        ("http://example.com:8080/a?b=c&d=%2F#top", "example.com", 8080, "/a?b=c&d=%2F"),
        ("https://example.com?x=1", "example.com", 443, "/?x=1"),
        ("https://my_data.s3.amazonaws.com/a", "my_data.s3.amazonaws.com", 443, "/a"),
        ("https://xn--bcher-kva.example/a", "xn--bcher-kva.example", 443, "/a"),
        ("http://93.184.216.34/a", "93.184.216.34", 80, "/a"),
        ("https://[2606:2800:0220::0001]:8443/a", "2606:2800:220::1", 8443, "/a"),
        ("https://example.com/a@b:c//d", "example.com", 443, "/a@b:c//d"),
    ],
)
def test_a_public_link_is_taken_apart(text, host, port, target):
    link = parse_link(text)
    assert isinstance(link, HttpLink)
    assert (link.host, link.port, link.target, link.text) == (host, port, target, text)


def test_only_a_literal_host_has_an_address_before_it_is_looked_up():
    assert parse_link("http://example.com/").address is None
    assert parse_link("http://93.184.216.34/").address == ip_address("93.184.216.34")
    assert parse_link("http://[2a00::1]/").address == ip_address("2a00::1")


def test_a_signature_in_the_query_is_never_shown():
    link = parse_link("https://[2a00::1]:8443/a.csv?X-Amz-Signature=c0ffee")
    assert link.without_query == "https://[2a00::1]:8443/a.csv"
    assert "c0ffee" not in repr(link)


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:9999/a.csv",
        "http://localhost:9999/a.csv",
        "https://data.localhost:9999/a.csv",
        "http://[::1]:9999/a.csv",
    ],
)
def test_loopback_on_any_port_is_accepted_only_where_it_is_allowed(text):
    assert parse_link(text, allow_loopback=True).port == 9999
    with pytest.raises(InvalidValue):
        parse_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://169.254.169.254/",
        "http://10.0.0.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "http://127.1/",
        "http://example.com:9999/",
        "http://localhost:0/",
        "http://localhost:65536/",
        "http://user@localhost/",
        "file:///etc/passwd",
    ],
)
def test_allowing_loopback_allows_nothing_else(text):
    with pytest.raises(InvalidValue):
        parse_link(text, allow_loopback=True)


@pytest.mark.parametrize("text", PUBLIC_ADDRESSES)
def test_a_public_address_passes(text):
    check_address(ip_address(text), allow_loopback=False)


@pytest.mark.parametrize("text", REFUSED_ADDRESSES)
def test_an_address_that_is_not_public_unicast_is_refused_and_named(text):
    with pytest.raises(InvalidValue, match=re.escape(str(ip_address(text)))):
        check_address(ip_address(text), allow_loopback=False)


@pytest.mark.parametrize("text", ["127.0.0.1", "127.1.2.3", "::1"])
def test_loopback_addresses_pass_where_they_are_allowed(text):
    check_address(ip_address(text), allow_loopback=True)


@pytest.mark.parametrize(
    "text", [text for text in REFUSED_ADDRESSES if text != "::1" and not text.startswith("127.")]
)
def test_other_refused_addresses_stay_refused_where_loopback_is_allowed(text):
    with pytest.raises(InvalidValue):
        check_address(ip_address(text), allow_loopback=True)


def passes(address):
    try:
        check_address(address, allow_loopback=False)
    except InvalidValue:
        return False
    return True


@quick
@given(st.ip_addresses())
def test_no_address_passes_that_the_registries_call_anything_but_global(address):
    dangers = ("is_private", "is_loopback", "is_link_local", "is_multicast", "is_unspecified")
    if passes(address):
        assert address.is_global
        assert not any(getattr(address, danger) for danger in dangers)


@quick
@given(st.ip_addresses(v=4))
def test_no_way_of_writing_an_ipv4_address_inside_ipv6_passes(inside):
    forms = [
        IPv6Address(int(inside)),
        IPv6Address((0xFFFF << 32) | int(inside)),
        IPv6Address((0x64FF9B << 96) | int(inside)),
        IPv6Address((0x2002 << 112) | (int(inside) << 80) | 1),
        IPv6Address((0x20010000 << 96) | (int(inside) ^ 0xFFFFFFFF)),
    ]
    assert not any(map(passes, forms))


@quick
@given(st.text())
def test_any_text_is_a_link_or_refused_never_an_accident(text):
    for candidate in (text, f"http://{text}", f"s3://{text}"):
        try:
            link = parse_link(candidate)
        except InvalidValue:
            continue
        assert isinstance(link, (HttpLink, S3Link))
        assert link.text == candidate


@quick
@given(st.integers(min_value=0, max_value=2**32 - 1), st.data())
def test_an_address_in_an_odd_form_is_refused_even_where_it_is_public(number, data):
    a, b, c, d = IPv4Address(number).packed
    odd = [
        str(number),
        hex(number),
        f"0{number:o}",
        f"{a}.{(b << 16) | (c << 8) | d}",
        f"{a}.{b}.{(c << 8) | d}",
        f"0{a:o}.{b}.{c}.{d}",
        f"{a:#x}.{b:#x}.{c:#x}.{d:#x}",
        f"{a}.{b}.{c}.0{d}",
    ]
    with pytest.raises(InvalidValue):
        parse_link(f"http://{data.draw(st.sampled_from(odd))}/")


def test_an_s3_link_is_taken_apart_with_its_key_as_written():
    link = parse_link("S3://my-bucket.data/a/b?c#d%20e.csv.gz")
    assert isinstance(link, S3Link)
    assert (link.bucket, link.key) == ("my-bucket.data", "a/b?c#d%20e.csv.gz")


def test_only_allowed_buckets_may_be_read():
    link = parse_link("s3://mine/a.csv")
    check_bucket(link, frozenset({"mine", "ours"}))
    with pytest.raises(InvalidValue, match=r"'mine' may not be read; allowed: ours, yours"):
        check_bucket(link, frozenset({"yours", "ours"}))
    with pytest.raises(InvalidValue, match="allowed: none"):
        check_bucket(link, frozenset())


def test_the_bucket_rule_leaves_web_links_alone():
    check_bucket(parse_link("https://example.com/a.csv"), frozenset())
