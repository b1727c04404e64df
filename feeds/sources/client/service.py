"""A service that is asked, its limits, and the one way in which asking it fails."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from django.conf import settings


class SourceFailed(Exception):
    """A source did not give what it was asked for.

    source    who was asked
    what      what went wrong
    remedy    what to do about it
    retry_at  not to be asked again before; None where the source does not say
    """

    def __init__(self, source: str, what: str, remedy: str, retry_at: datetime | None = None) -> None:
        super().__init__(f"{source}: {what}; {remedy}")
        self.source, self.what, self.remedy, self.retry_at = source, what, remedy, retry_at


@dataclass(frozen=True)
class Service:
    """One service, and the manners and limits that it is asked with.

    turn        services of one turn are asked one request at a time, in all processes together
    pause       seconds from the end of a request until the next of that turn
    connect     seconds until a connection stands
    answer      seconds until the next byte
    whole       seconds for one answer, whatever drips
    backoff     seconds, the longest first pause after a failure; doubled with each
    most_bytes  of an answer, compressed and unpacked
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
        """What rests when the service asks for it; two services of one host have nothing to do with each other."""
        return f"{self.host} ({self.name})"

    @property
    def is_here(self) -> bool:
        """Plain http is for this machine alone, which `environment.service` has seen to."""
        return self.url.startswith("http:")

    def address(self, path: str, params: dict[str, str]) -> str:
        return f"{self.url}{path}?{urlencode(params)}" if params else f"{self.url}{path}"


def service(name: str) -> Service:
    return Service(name, **settings.SOURCE_SERVICES[name])
