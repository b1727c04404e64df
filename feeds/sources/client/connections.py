"""Connections under a deadline; bodies streamed into a temporary file, never larger than allowed."""

import socket
import tempfile
import zlib
from collections.abc import Iterator
from threading import Timer
from types import TracebackType
from typing import Any, BinaryIO, cast

import requests
from requests.adapters import HTTPAdapter
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

PIECE = 65_536


class TooBig(Exception):
    """The body is larger than anything that the service has to say."""


class CutOff(Exception):
    """The body ends or breaks before its end."""


def save(raw: BaseHTTPResponse, most_bytes: int) -> BinaryIO:
    """The body in a temporary file that lasts until it is closed, its position at the beginning.

    Raises TooBig when more than `most_bytes` arrive or come out of the compression, CutOff when the compressed data
    does not end as it should.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        for piece in _limited(_plain(raw, most_bytes), most_bytes):
            file.write(piece)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return cast(BinaryIO, file)


def _plain(raw: BaseHTTPResponse, most_bytes: int) -> Iterator[bytes]:
    packing = raw.headers.get("Content-Encoding", "identity").strip().lower()
    arriving = _limited(raw.stream(PIECE, decode_content=False), most_bytes)
    if packing in ("gzip", "x-gzip"):
        return _unpacked(arriving)
    if packing in ("identity", ""):
        return arriving
    raise CutOff(f"it is packed in a way that was not asked for: {packing[:20]!r}")


def _limited(pieces: Iterator[bytes], most_bytes: int) -> Iterator[bytes]:
    seen = 0
    for piece in pieces:
        seen += len(piece)
        if seen > most_bytes:
            raise TooBig(f"it sends more than {most_bytes:,} bytes")
        yield piece


def _unpacked(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """At most `PIECE` bytes at a time, so that a bomb is noticed while it is small."""
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


class Watch:
    """Cuts the connections of one request off after so many seconds.

    A time-out of a socket begins anew with each byte, so it alone does not end an answer of one byte a second.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._sockets: list[socket.socket] = []
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True

    def over(self, connection: socket.socket) -> socket.socket:
        """Watch this connection too; a second handle on it, since TLS takes the first one over."""
        self._sockets.append(connection.dup())
        if self.is_over:
            self._end()
        return connection

    def __enter__(self) -> "Watch":
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
                continue  # the other side was first


def session(watch: Watch, *, is_here: bool) -> requests.Session:
    """A session for one request: no password file, no proxy to this machine, its connections watched."""
    made = _Session()
    made.trust_env = not is_here
    made.auth = _nobody  # otherwise a .netrc is searched for passwords
    adapter = _WatchedAdapter(watch)
    made.mount("https://", adapter)
    made.mount("http://", adapter)
    return made


def _nobody(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """The client looks itself where a redirect leads; the session would even fail over one that leads nowhere."""


class _WatchedAdapter(HTTPAdapter):
    def __init__(self, watch: Watch) -> None:
        self._pools = _watched_pools(watch)
        super().__init__(max_retries=0)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _watched_pools(watch: Watch) -> dict[str, type[HTTPConnectionPool]]:
    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return watch.over(super()._new_conn())

    class Secure(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return watch.over(super()._new_conn())

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}
