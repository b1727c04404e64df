"""Where webhooks may lead, and that nobody gets elsewhere by them."""

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
    """A name server that knows `receiver.test` by these addresses, one lookup after the other; what it was asked."""
    asked, left = [], list(addresses)
    true = socket.getaddrinfo

    def look_up(host, port, *arguments, **options):
        asked.append(host)
        found = left.pop(0) if host == "receiver.test" else [host]
        return [one for address in found for one in true(address, port, type=socket.SOCK_STREAM)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_of_the_open_internet_is_told_nothing(address):
    assert not is_public(ip_address(address))
    literal = f"[{address}]" if ":" in address else address
    with pytest.raises(Unreachable, match="private network"):
        checked_url(f"https://{literal}/hook")
    with pytest.raises(Unreachable, match="private network"):
        post(f"https://{literal}/hook", b"{}", {})


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_told(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host", ["localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "ip6-localhost", "[::ffff:7f00:1]"]
)
def test_other_ways_to_write_this_machine_lead_nowhere(host):
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
def test_an_address_that_will_not_do_is_refused_with_its_reason(url, why):
    with pytest.raises(Unreachable, match=why):
        checked_url(url)


def test_one_private_address_among_several_is_enough_to_refuse(monkeypatch):
    answers(monkeypatch, ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(Unreachable, match="private network"):
        post("https://receiver.test/", b"{}", {})


def test_a_name_is_looked_up_once_and_what_was_looked_at_is_connected_to(monkeypatch, receiver):
    asked = answers(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    assert post(receiver.url("receiver.test"), b"{}", {}) == 204
    assert asked == ["receiver.test", "127.0.0.1"]
    assert receiver.received[0].headers["Host"] == f"receiver.test:{receiver.port}"


def test_a_name_that_nobody_knows_is_said_to_be_unknown(monkeypatch):
    with pytest.raises(Unreachable, match="could not be resolved"):
        post("https://nobody.invalid/", b"{}", {})


def test_a_redirect_is_an_answer_and_not_followed(receiver):
    receiver.statuses, receiver.location = [302], receiver.url(path="/elsewhere")
    assert post(receiver.url(), b"{}", {}) == 302
    assert [one.path for one in receiver.received] == ["/hook"]


def test_a_receiver_that_stalls_is_left(receiver, monkeypatch):
    monkeypatch.setattr(safe_post, "ANSWER_SECONDS", 0.2)
    receiver.stall = 1.0
    with pytest.raises(Unreachable, match="did not answer in time"):
        post(receiver.url(), b"{}", {})


def test_a_receiver_that_drips_headers_for_ever_is_left(receiver, monkeypatch):
    monkeypatch.setattr(safe_post, "WHOLE_SECONDS", 0.4)
    receiver.drip = 0.05
    with pytest.raises(Unreachable, match="did not answer completely within"):
        post(receiver.url(), b"{}", {})


def test_nobody_there_is_said_so(loopback):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(Unreachable, match="Connection refused"):
            post(f"http://127.0.0.1:{unused.getsockname()[1]}/", b"{}", {})


def test_over_tls_the_receiver_must_be_the_one_that_was_named(loopback, tls):
    with Receiver(tls=tls) as secure:
        assert post(secure.url("localhost"), b"{}", {}) == 204
        with pytest.raises(Unreachable, match="connection failed"):
            post(secure.url("127.0.0.1"), b"{}", {})


def test_over_tls_a_certificate_that_nobody_vouches_for_is_refused(loopback, tls, settings):
    settings.WEBHOOK_CERTIFICATES = ""
    with Receiver(tls=tls) as secure, pytest.raises(Unreachable, match="connection failed"):
        post(secure.url("localhost"), b"{}", {})


def test_without_encryption_only_this_machine_is_told(loopback, monkeypatch):
    answers(monkeypatch, ["8.8.8.8"])
    with pytest.raises(Unreachable, match="https://"):
        post("http://receiver.test/", b"{}", {})
