"""Posting to an address that a stranger names, without lending them our place in the network.

The host's addresses are looked up once; every one of them must be a public one, and the connection goes to one of
those that were looked at, so that a second answer of the name server changes nothing. Redirects are not followed,
and nothing of the answer is read but its status.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from feeds.http import outgoing

LONGEST = 500
CONNECT_SECONDS, ANSWER_SECONDS, WHOLE_SECONDS = 5.0, 10.0, 15.0
# what Python 3.11 takes for public, and is not
_NOT_PUBLIC = [
    ip_network("64:ff9b::/96"),  # IPv4 behind a gateway, RFC 6052
    ip_network("64:ff9b:1::/48"),  # the same, RFC 8215
    ip_network("192.88.99.0/24"),  # relays from IPv6 to IPv4, RFC 7526
    ip_network("3fff::/20"),  # documentation, RFC 9637
]

Address = IPv4Address | IPv6Address


class Unreachable(Exception):
    """Nothing may or can be sent there; the message says why."""


def checked_url(url: str) -> str:
    """The address as it is kept; raises Unreachable where it is none to which anything may be sent.

    A name is looked up only when something is sent; what it means then is what counts.
    """
    text = url.strip()
    parts = _parts(text)
    try:
        literal = ip_address(str(parts.hostname))
    except ValueError:
        return text
    _check(literal, parts)
    return text


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """The status that the receiver answers; raises Unreachable without a whole one in time."""
    parts = _parts(url)
    address = _address(parts)
    own = {"User-Agent": settings.USER_AGENT, "Content-Type": "application/json"}
    try:
        with (
            outgoing.exchange(WHOLE_SECONDS, uses_proxies=False, address=address) as session,
            session.post(
                url,
                data=body,
                headers=headers | own,
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                verify=settings.WEBHOOK_CERTIFICATES or DEFAULT_CA_BUNDLE_PATH,
                stream=True,
            ) as response,
        ):
            return response.status_code
    except outgoing.Failed as error:
        raise Unreachable(str(error)) from error


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unreachable("this is no address such as https://example.org/paperboy") from None
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Unreachable(f"an address has at most {LONGEST} plain characters and no spaces")
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise Unreachable("this is no address such as https://example.org/paperboy")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Unreachable("an address has no user, no password and no part after #")
    if parts.scheme == "http" and not settings.WEBHOOKS_TO_LOOPBACK:
        raise Unreachable("an address begins with https://, so that nobody reads along")
    return parts


def _address(parts: SplitResult) -> str:
    """The address to connect to; raises Unreachable unless every address of the host may be reached."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(str(parts.hostname), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("its name is not known") from None
    addresses = [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]
    for address in addresses:
        _check(address, parts)
    return str(addresses[0])


def _check(address: Address, parts: SplitResult) -> None:
    """Raises Unreachable unless the address is a public one, or this machine where the settings allow it."""
    if settings.WEBHOOKS_TO_LOOPBACK and address.is_loopback:
        return
    if parts.scheme == "http":
        raise Unreachable("an address begins with https://, so that nobody reads along")
    if not is_public(address):
        raise Unreachable("it leads into a private network, and only public addresses are told")


def is_public(address: Address) -> bool:
    """Whether the address is one of the open internet, and no other is hidden in it."""
    if any(address in network for network in _NOT_PUBLIC):
        return False
    if isinstance(address, IPv6Address):
        hidden = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address.is_site_local or any(other is not None and not is_public(other) for other in hidden):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
