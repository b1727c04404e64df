"""POST to URLs of users: which addresses are reached, and which never are."""

import socket
from ipaddress import ip_address

import pytest

from feeds.webhooks import safe_post
from feeds.webhooks.safe_post import Unreachable, checked_url, is_public, post

from .receiver import Receiver

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
    "fec0::1", "fc00::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "2002:7f00:1::", "2002:a00:1::", "64:ff9b::7f00:1", "64:ff9b:1::1", "2001:0:0:0:0:0:80ff:fffe",
    "192.88.99.1", "3fff::1", "5f00::1",
]  # fmt: skip
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"]


def answers(monkeypatch, *addresses):
    """A name server that gives these addresses of `receiver.test`, one list per lookup; returns the names looked up."""
    names, left = [], list(addresses)
    true = socket.getaddrinfo

    def look_up(host, port, *arguments, **options):
        names.append(host)
        current = left.pop(0) if host == "receiver.test" else [host]
        return [one for address in current for one in true(address, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return names


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_outside_the_public_internet_is_refused(address):
    assert not is_public(ip_address(address))
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(Unreachable, match="private network"):
        checked_url(f"https://{literal}/hook")
    with pytest.raises(Unreachable, match="private network"):
        post(f"https://{literal}/hook", b"{}", {})


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_is_allowed(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "ip6-localhost", "[::ffff:7f00:1]"]
)
def test_other_spellings_of_this_machine_are_refused(host):
    with pytest.raises(Unreachable):
        post(f"https://{host}/hook", b"{}", {})


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org/", "https://"),
        ("ftp://example.org/", "must be a URL"),
        ("file:///etc/passwd", "must be a URL"),
        ("https://", "must be a URL"),
        ("https:///x", "must be a URL"),
        ("https://example.org:99999/", "must be a URL"),
        ("https://example.org:0/", "must be a URL"),
        ("https://[::1", "must be a URL"),
        ("https://ada:secret@example.org/", "user name"),
        ("https://example.org/#part", "part after #"),
        ("https://example.org/a b", "without spaces"),
        ("https://example.org\\@127.0.0.1/", "ASCII characters"),
        ("https://exämple.org/", "ASCII characters"),
        ("https://example.org/\r\nX: y", "ASCII characters"),
        ("https://example.org/" + "a" * 500, "at most 500"),
        ("", "must be a URL"),
    ],
)
def test_an_unsuitable_url_is_refused_with_its_reason(url, why):
    with pytest.raises(Unreachable, match=why):
        checked_url(url)


def test_one_private_address_among_several_is_enough_to_refuse(monkeypatch):
    answers(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(Unreachable, match="private network"):
        post("https://receiver.test/", b"{}", {})


def test_a_host_is_resolved_once_and_the_checked_address_is_connected_to(monkeypatch, receiver):
    names = answers(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    assert post(receiver.url("receiver.test"), b"{}", {}) == 204
    assert names == ["receiver.test", "127.0.0.1"]
    assert receiver.received[0].headers["Host"] == f"receiver.test:{receiver.port}"


def test_an_unknown_host_is_named_as_the_cause(monkeypatch):
    with pytest.raises(Unreachable, match="could not be resolved"):
        post("https://nobody.invalid/", b"{}", {})


def test_a_redirect_is_not_followed(receiver):
    receiver.statuses, receiver.location = [302], receiver.url(path="/elsewhere")
    assert post(receiver.url(), b"{}", {}) == 302
    assert [one.path for one in receiver.received] == ["/hook"]


def test_a_receiver_that_stalls_is_given_up(receiver, monkeypatch):
    monkeypatch.setattr(safe_post, "ANSWER_SECONDS", 0.2)
    receiver.stall = 1.0
    with pytest.raises(Unreachable, match="did not answer in time"):
        post(receiver.url(), b"{}", {})


def test_a_receiver_that_drips_headers_for_ever_is_given_up(receiver, monkeypatch):
    monkeypatch.setattr(safe_post, "WHOLE_SECONDS", 0.4)
    receiver.drip = 0.05
    with pytest.raises(Unreachable, match="did not answer completely within"):
        post(receiver.url(), b"{}", {})


def test_a_refused_connection_is_named_as_the_cause(loopback):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="Connection refused"):
            post(f"http://127.0.0.1:{unused.getsockname()[1]}/", b"{}", {})


def test_over_tls_the_certificate_must_be_that_of_the_host(loopback, tls):
    with Receiver(tls=tls) as secure:
        assert post(secure.url("localhost"), b"{}", {}) == 204
        with pytest.raises(Unreachable, match="connection failed"):
            post(secure.url("127.0.0.1"), b"{}", {})


def test_over_tls_an_untrusted_certificate_is_refused(loopback, tls, settings):
    settings.WEBHOOK_CERTIFICATES = ""
    with Receiver(tls=tls) as secure, pytest.raises(Unreachable, match="connection failed"):
        post(secure.url("localhost"), b"{}", {})


def test_without_tls_only_this_machine_is_reached(loopback, monkeypatch):
    answers(monkeypatch, ["8.8.8.8"])
    with pytest.raises(Unreachable, match="https://"):
        post("http://receiver.test/", b"{}", {})
