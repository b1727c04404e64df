"""A source's service, its limits, and its error."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from django.conf import settings


class SourceFailed(Exception):
    """A source did not answer as it should.

    source    its host
    what      what happened
    remedy    what to do about it
    retry_at  the time before which it should not be requested again; None if unknown
    """

    def __init__(self, source: str, what: str, remedy: str, retry_at: datetime | None = None) -> None:
        super().__init__(f"{source}: {what}; {remedy}")
        self.source, self.what, self.remedy, self.retry_at = source, what, remedy, retry_at


@dataclass(frozen=True)
class Service:
    """One service and the limits of requests to it.

    turn        services with the same turn get one request at a time, from all processes together
    pause       seconds from the end of a request to the next one of that turn
    connect     seconds until there is a connection
    answer      seconds until the next byte
    whole       seconds for one complete answer
    backoff     seconds, the longest pause after a first failure; doubled after each further one
    most_bytes  of an answer, both compressed and unpacked
    """

    name: str
    url: str
    turn: str
    pause: float
    connect: float
    answer: float
    whole: float
    backoff: float
    most_bytes: int

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    @property
    def place(self) -> str:
        """The name under which the service pauses when it asks to.

        Other services of its host do not pause.
        """
        return f"{self.host} ({self.name})"

    @property
    def is_here(self) -> bool:
        """Whether the service is on this machine.

        `environment.service` allows http for no other.
        """
        return self.url.startswith("http:")

    def address(self, path: str, params: dict[str, str]) -> str:
        return f"{self.url}{path}?{urlencode(params)}" if params else f"{self.url}{path}"


def service(name: str) -> Service:
    return Service(name, **settings.SOURCE_SERVICES[name])
