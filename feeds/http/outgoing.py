"""Requests to other servers, with a deadline and a size limit.

No redirect is followed.
"""

import socket
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from types import TracebackType
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

PIECE = 65_536
# urllib3 raises a bare ValueError for a chunk of negative length
ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)


class Failed(Exception):
    """There was no complete answer; the message says why."""


class TooBig(Exception):
    """The body is larger than the limit."""


class CutOff(ValueError):
    """The body is incomplete."""


@contextmanager
def exchange(seconds: float, *, uses_proxies: bool, address: str | None = None) -> Iterator[requests.Session]:
    """A session for one request, whose connections are cut off after so many seconds.

    uses_proxies  whether the environment may name proxies; it never names passwords
    address       the IP address to connect to, instead of looking up the host; over TLS the certificate must still be
                  the host's

    Raises Failed when the exchange in the `with` block fails or takes longer.
    """
    too_slow = f"it did not answer completely within {seconds:.0f} s"
    with _Deadline(seconds) as deadline, _Session() as session:
        session.trust_env = uses_proxies
        session.auth = _no_password
        session.mount("https://", _Adapter(deadline, address))
        session.mount("http://", _Adapter(deadline, address))
        try:
            yield session
        except ERRORS as error:
            raise Failed(too_slow if deadline.is_over else _cause(error)) from error
        if deadline.is_over:  # headers, or a body without a stated length, end here like complete ones
            raise Failed(too_slow)


def save(raw: BaseHTTPResponse, most_bytes: int) -> BinaryIO:
    """Save a body, decompressed, in a temporary file.

    The file lasts until it is closed, and its position is at the beginning. Raises TooBig when more than `most_bytes`
    arrive or come out of the compression, CutOff when the compressed data does not end as it should.
    """
    encoding = raw.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise CutOff(f"it is compressed in a way that was not requested: {encoding[:20]!r}")
    pieces = _limited(raw.stream(PIECE, decode_content=False), most_bytes)
    if "gzip" in encoding:
        pieces = _limited(_unpacked(pieces), most_bytes)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        for piece in pieces:
            file.write(piece)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return cast(BinaryIO, file)


def _limited(pieces: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    total = 0
    for piece in pieces:
        total += len(piece)
        if total > most_bytes:
            raise TooBig(f"it sends more than {most_bytes:,} bytes")
        yield piece


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress at most `PIECE` bytes at a time.

    A decompression bomb is then detected while it is small.
    """
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for piece in pieces:
            rest, out = piece, b"go"
            while rest or len(out) == PIECE:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(wbits=31)  # one compressed file may follow another
                out = unpacker.decompress(rest, PIECE)
                rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                yield out
    except zlib.error as error:
        raise CutOff(f"the compressed data is broken: {error}") from error
    if not unpacker.eof:
        raise CutOff("the compressed data ends early")


def _cause(error: Exception) -> str:
    """Describe a failure by its innermost cause.

    The outer ones repeat addresses and objects.
    """
    inner: BaseException = error
    while inner.__context__ is not None:
        inner = inner.__context__
    if isinstance(inner, TimeoutError):
        return "it did not answer in time"
    if isinstance(inner, CutOff):
        return str(inner)
    return f"the connection failed ({getattr(inner, 'strerror', None) or type(inner).__name__})"


class _Deadline:
    """Cut off the connections of one exchange after a time.

    A socket's timeout restarts with each byte, so it alone does not end a response of one byte a second.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._sockets: list[socket.socket] = []
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True

    def watch(self, connection: socket.socket) -> socket.socket:
        """Watch a connection through a second handle on it.

        TLS takes the first one over.
        """
        self._sockets.append(connection.dup())
        if self.is_over:
            self._end()
        return connection

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._timer.join()
        for handle in self._sockets:
            handle.close()

    def _end(self) -> None:
        self.is_over = True
        for handle in self._sockets:
            try:
                handle.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the other side closed it first


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow no redirect.

        With `allow_redirects=False` requests still reads the body of each redirect into memory, and raises if its
        Location is not a URL.
        """


def _no_password(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Set no password.

    Without any `auth`, requests looks for one in a .netrc file.
    """
    return request


class _Adapter(HTTPAdapter):
    """Open watched connections.

    They go to `address`, if one is given, instead of the URL's host.
    """

    def __init__(self, deadline: _Deadline, address: str | None) -> None:
        self._pools, self._address = _watched_pools(deadline), address
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager

    def build_connection_pool_key_attributes(self, request: Any, verify: Any, cert: Any = None) -> Any:
        attributes: tuple[Any, Any] = super().build_connection_pool_key_attributes(request, verify, cert)
        place, options = attributes
        if self._address is None:
            return place, options
        request.headers["Host"] = urlsplit(request.url).netloc
        if place["scheme"] == "https":
            options |= {"server_hostname": place["host"], "assert_hostname": place["host"]}
        return place | {"host": self._address}, options


def _watched_pools(deadline: _Deadline) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return deadline.watch(super()._new_conn())

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return deadline.watch(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
