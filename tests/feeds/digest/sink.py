"""A real SMTP server that stores what it receives, and can refuse, hang up or stall."""

import asyncio
import logging
import sys
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.utils import timezone

logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd logs every line
HANG_UP, STALL = "hang up", "stall"
SILENCE = 30.0  # seconds of a stall; longer than any client in the tests waits


@dataclass(frozen=True)
class ReceivedMail:
    """A mail as it arrived, and when."""

    address: str
    at: datetime
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)  # type: ignore[return-value]


class Sink:
    """`at_recipient` and `at_data` hold, by address, what to do instead of accepting the mail; each is used once.

    A value is a reply such as `450 later`, HANG_UP or STALL; the address "*" stands for all. HANG_UP and STALL at the
    end of the data store the mail first, so that a test can see that it arrived.
    """

    def __init__(self, clock: Callable[[], datetime] = timezone.now) -> None:
        self.mails: list[ReceivedMail] = []
        self.connections = 0
        self.at_connect: deque[str] = deque()
        self.at_recipient: dict[str, deque[str]] = {}
        self.at_data: dict[str, deque[str]] = {}
        self.clock = clock
        self._controller = _Controller(self, hostname="127.0.0.1", port=0)

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()

    @property
    def port(self) -> int:
        return int(self._controller.server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def times(self) -> Counter[str]:
        """The number of mails to each address."""
        return Counter(mail.address for mail in self.mails)

    async def handle_RCPT(self, server: SMTP, session: Any, envelope: Any, address: str, options: Any) -> str:
        envelope.rcpt_tos.append(address)
        return await self._do(self.at_recipient, address, server) or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        [address] = envelope.rcpt_tos
        reply = await self._do(self.at_data, address, server, lambda: self._keep(address, envelope))
        if reply:
            return reply
        self._keep(address, envelope)
        return "250 OK"

    def _keep(self, address: str, envelope: Any) -> None:
        self.mails.append(ReceivedMail(address, self.clock(), envelope.content))

    async def _do(
        self, table: dict[str, deque[str]], address: str, server: SMTP, store: Callable[[], None] = lambda: None
    ) -> str:
        """The planned reply, if any; HANG_UP and STALL call `store` first and send none."""
        planned = table.get(address) or table.get("*")
        if not planned:
            return ""
        action = planned.popleft()
        if action not in (HANG_UP, STALL):
            return action
        store()
        if action == STALL:
            await asyncio.sleep(SILENCE)
        server.transport.abort()
        return "421 gone"


class _Server(SMTP):
    """Refuses connections with the replies of `at_connect`."""

    def __init__(self, sink: Sink, *arguments: Any, **options: Any) -> None:
        super().__init__(sink, *arguments, **options)
        self._sink = sink

    def connection_made(self, transport: Any) -> None:
        self._sink.connections += 1
        if self._sink.at_connect:
            transport.write(self._sink.at_connect.popleft().encode() + b"\r\n")
            transport.close()
            return
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self.transport is not None:
            super().connection_lost(error)


class _Controller(Controller):
    def factory(self) -> _Server:
        return _Server(self.handler, **self.SMTP_kwargs)

    def _trigger_server(self) -> None:
        """aiosmtpd connects once to check the server, to the configured port: here any free one."""
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
        self.handler.connections = 0


if __name__ == "__main__":  # a separate process: prints its port and ends with its input
    logging.disable()
    with Sink() as server:
        print(server.port, flush=True)
        sys.stdin.read()
