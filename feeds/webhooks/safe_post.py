"""POST to a URL that a user supplied, safe against server-side request forgery (SSRF).

The host is resolved once, and each of its addresses must be public. The connection goes to one of the addresses that
were checked, so that a second answer of the name server changes nothing. Redirects are not followed, and nothing of the
response is read but its status.
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from feeds.http import outgoing

LONGEST = 500
CONNECT_SECONDS, ANSWER_SECONDS, WHOLE_SECONDS = 5.0, 10.0, 15.0
NOT_A_URL = "must be a URL such as https://example.org/paperboy"
NOT_ENCRYPTED = "must begin with https://, so that nobody else can read the messages"
# what Python 3.11 takes for public, and is not
_NOT_PUBLIC = [
    ip_network("64:ff9b::/96"),  # IPv4 behind a gateway, RFC 6052
    ip_network("64:ff9b:1::/48"),  # the same, RFC 8215
    ip_network("192.88.99.0/24"),  # relays from IPv6 to IPv4, RFC 7526
    ip_network("3fff::/20"),  # documentation, RFC 9637
]

Address = IPv4Address | IPv6Address


class Unreachable(Exception):
    """Nothing may or can be sent to the URL.

    The message says why.
    """


def checked_url(url: str) -> str:
    """The URL without surrounding spaces.

    Raises Unreachable if nothing may be sent to it. A host name is resolved only when something is sent, since its
    addresses may change until then.
    """
    text = url.strip()
    parts = _parts(text)
    try:
        address = ip_address(str(parts.hostname))
    except ValueError:
        return text
    _check(address, parts)
    return text


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """POST JSON and return the status of the response.

    Raises Unreachable without a complete one in time.
    """
    address = _resolve(_parts(url))
    own = {"User-Agent": settings.USER_AGENT, "Content-Type": "application/json"}
    try:
        with (
            outgoing.exchange(WHOLE_SECONDS, uses_proxies=False, address=str(address)) as session,
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
    """The parts of the URL.

    Raises Unreachable for anything but a plain URL of a web server.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Unreachable(NOT_A_URL) from None
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise Unreachable(f"must have at most {LONGEST} ASCII characters, without spaces and backslashes")
    if parts.scheme not in ("https", "http") or not parts.hostname or port == 0:
        raise Unreachable(NOT_A_URL)
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Unreachable("must not have a user name, a password or a part after #")
    if parts.scheme == "http" and not settings.WEBHOOKS_TO_LOOPBACK:
        raise Unreachable(NOT_ENCRYPTED)
    return parts


def _resolve(parts: SplitResult) -> Address:
    """The first address of the host.

    Raises Unreachable unless all of them may be connected to.
    """
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        rows = socket.getaddrinfo(str(parts.hostname), port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Unreachable("its host name could not be resolved") from None
    addresses = [ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in rows]
    for address in addresses:
        _check(address, parts)
    return addresses[0]


def _check(address: Address, parts: SplitResult) -> None:
    """Raise Unreachable unless the address is public.

    This machine's addresses are allowed too if the settings say so.
    """
    if settings.WEBHOOKS_TO_LOOPBACK and address.is_loopback:
        return
    if parts.scheme == "http":
        raise Unreachable(NOT_ENCRYPTED)
    if not is_public(address):
        raise Unreachable("leads to a private network; use a public address")


def is_public(address: Address) -> bool:
    """Whether the address is on the public internet.

    Any IPv4 address embedded in it must be public too.
    """
    if any(address in network for network in _NOT_PUBLIC):
        return False
    if isinstance(address, IPv6Address):
        embedded = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address.is_site_local or any(other is not None and not is_public(other) for other in embedded):
            return False
        if address.ipv4_mapped is not None:
            return True
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
