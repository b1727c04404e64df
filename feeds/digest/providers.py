"""What the exceptions of django-anymail, which sends through providers' own APIs, mean; without that extra, nothing."""

from typing import Any

from feeds.models import Delivery

try:
    from anymail import exceptions as anymail
    from requests.exceptions import ConnectionError as NotConnected
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NewConnectionError
except ModuleNotFoundError:  # the extra `mail` is not installed
    anymail = None

State = Delivery.State
FAULTS: tuple[type[Exception], ...] = (anymail.AnymailError,) if anymail else ()
NOT_NOW = 503


def understand(error: Any) -> tuple[Delivery.State, str, bool, bool]:
    """The fields of an Answer.

    A request that the provider never answered may have been taken, and so may one whose gateway gave up. Any other
    refusal is about our account or settings, which will be mended.
    """
    words = str(error).strip()[:1000] or type(error).__name__
    if isinstance(error, anymail.AnymailRecipientsRefused | anymail.AnymailInvalidAddress):
        return State.REFUSED, words, True, False
    if isinstance(error, anymail.AnymailAPIError) and _may_have_been_taken(error):
        return State.UNCERTAIN, words, False, False
    return State.WAITING, words, False, True


def _may_have_been_taken(error: Any) -> bool:
    if error.status_code is None:
        return not _never_connected(error.__cause__)
    return error.status_code < 300 or (error.status_code >= 500 and error.status_code != NOT_NOW)


def _never_connected(error: Any) -> bool:
    if isinstance(error, ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if isinstance(error, NotConnected) and error.args else None
    return isinstance(reason, NewConnectionError)
