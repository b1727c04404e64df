"""The one way in which asking a source fails."""

from datetime import datetime


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
