"""Connections that end when their time is over, whatever the other side drips into them."""

import socket
from threading import Timer
from types import TracebackType
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection


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
