"""Hand mails to SMTP or a provider over one connection, and interpret the answers.

After a failure it matters whether the mail server may have taken the mail. Over SMTP this is known: it has not, unless
the whole mail was written and the answer never came (RFC 5321 section 4.1.1.4 and RFC 1047).
"""

import smtplib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp
from django.core.mail.message import sanitize_address

from feeds.models import DeliveryState

try:
    from anymail import exceptions as anymail
    from requests.exceptions import ConnectionError as NotConnected
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NewConnectionError
except ModuleNotFoundError:  # the extra `mail` is not installed
    anymail = None

State = DeliveryState
DJANGOS_SMTP = "django.core.mail.backends.smtp.EmailBackend"
CLOSING_CODE = 421  # the server ends the connection, in reply to any command (RFC 5321 section 3.8)
UNAVAILABLE = 503
PROVIDER_ERRORS: tuple[type[Exception], ...] = (anymail.AnymailError,) if anymail else ()


@dataclass(frozen=True)
class DeliveryResult:
    """The outcome of one attempt to send.

    reason       why it was not sent, in the server's words
    is_address   refused because of the recipient's address, not because of this mail
    is_ours      caused by the connection or the sender: every other mail would fail in the same way
    """

    state: DeliveryState
    reason: str = ""
    is_address: bool = False
    is_ours: bool = False


class _Watched:
    """A connection that notes whether the mail was handed over completely.

    smtplib sends commands as text and a mail as bytes.
    """

    handed_over = False

    def send(self, s: Any) -> None:
        super().send(s)  # type: ignore[misc]
        self.handed_over = isinstance(s, bytes) or self.handed_over


class _Plain(_Watched, smtplib.SMTP):
    pass


class _Encrypted(_Watched, smtplib.SMTP_SSL):
    pass


class WatchedBackend(smtp.EmailBackend):
    """Django's SMTP backend on a watched connection."""

    @property
    def connection_class(self) -> Any:
        return _Encrypted if self.use_ssl else _Plain


class Mailer:
    """One connection to the mail server, reused for all mails.

    It is reopened when the server ends it.
    """

    def __init__(self) -> None:
        ours = f"{__name__}.{WatchedBackend.__qualname__}"
        self._backend: Any = get_connection(ours if settings.EMAIL_BACKEND == DJANGOS_SMTP else settings.EMAIL_BACKEND)
        self._is_used = False

    def open(self) -> DeliveryResult | None:
        """Connect if not connected; returns the failure, or None."""
        try:
            self._backend.open()
        except OSError as error:  # smtplib's exceptions are subclasses
            self._drop_connection()
            return DeliveryResult(State.WAITING, f"the mail server cannot be reached: {_reason(error)}", is_ours=True)
        return None

    def hand_over(self, message: EmailMessage) -> DeliveryResult:
        """Send one mail.

        If the server ended a reused connection before this mail, it is sent over a new one.
        """
        try:
            for address in message.recipients():
                sanitize_address(address, settings.DEFAULT_CHARSET).encode("ascii")
        except ValueError as error:
            return DeliveryResult(State.REFUSED, f"the address is not valid: {error}", is_address=True)
        was_used, self._is_used = self._is_used, True
        result = self._try(message)
        if was_used and not self._is_used and result.state == State.WAITING:
            return self.open() or self._try(message)
        return result

    def close(self) -> None:
        try:
            self._backend.close()
        except OSError:
            self._drop_connection()

    def _try(self, message: EmailMessage) -> DeliveryResult:
        connection = getattr(self._backend, "connection", None)
        watched = connection if isinstance(connection, _Watched) else None
        if watched:
            watched.handed_over = False
        try:
            if self._backend.send_messages([message]) != 0:  # some backends return None and raise on failure
                return DeliveryResult(State.SENT)
        except PROVIDER_ERRORS as error:
            return result_of_provider_error(error)
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            return self._result_of_reply(error)
        except OSError as error:  # the connection ended or stalled
            self._drop_connection()
            if watched and not watched.handed_over:
                reason = f"the connection ended before the mail was handed over: {_reason(error)}"
                return DeliveryResult(State.WAITING, reason)
            reason = f"the connection ended and the answer never came: {_reason(error)}"
            return DeliveryResult(State.UNCERTAIN, reason)
        return DeliveryResult(State.WAITING, f"{settings.EMAIL_BACKEND} sent no mail and gave no reason", is_ours=True)

    def _result_of_reply(self, error: smtplib.SMTPException) -> DeliveryResult:
        """Interpret an SMTP reply.

        4xx is temporary; 5xx is final unless it is about the connection or the sender.
        """
        code, reason = _code_and_reason(error)
        is_reply = 400 <= code < 600
        if code == CLOSING_CODE or not is_reply:
            self._drop_connection()
        if not is_reply:
            return DeliveryResult(State.UNCERTAIN, f"the server sent no valid reply: {reason}")
        is_address = isinstance(error, smtplib.SMTPRecipientsRefused)
        is_ours = not isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
        state = State.REFUSED if code >= 500 and not is_ours else State.WAITING
        return DeliveryResult(state, reason, is_address=is_address, is_ours=is_ours)

    def _drop_connection(self) -> None:
        """Close the connection without QUIT, which the server may not answer."""
        self._is_used = False
        for name in ("connection", "_partial_connection"):
            connection = getattr(self._backend, name, None)
            if isinstance(connection, _Watched):
                connection.close()  # type: ignore[attr-defined]
                setattr(self._backend, name, None)


def result_of_provider_error(error: Any) -> DeliveryResult:
    """Interpret an error of django-anymail.

    A request that the provider never answered may have been accepted, and so may one whose gateway gave up. Any other
    refusal is about our account or settings and is tried again.
    """
    reason = str(error).strip()[:1000] or type(error).__name__
    if isinstance(error, anymail.AnymailRecipientsRefused | anymail.AnymailInvalidAddress):
        return DeliveryResult(State.REFUSED, reason, is_address=True)
    if isinstance(error, anymail.AnymailAPIError):
        status = error.status_code
        if status is None:
            may_be_accepted = not _never_connected(error.__cause__)
        else:
            may_be_accepted = status < 300 or (status >= 500 and status != UNAVAILABLE)
        if may_be_accepted:
            return DeliveryResult(State.UNCERTAIN, reason)
    return DeliveryResult(State.WAITING, reason, is_ours=True)


def _never_connected(error: Any) -> bool:
    """Whether requests failed before it had a connection.

    The reason that urllib3 gives is inside its exception.
    """
    if isinstance(error, ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if isinstance(error, NotConnected) and error.args else None
    return isinstance(reason, NewConnectionError)


def _code_and_reason(error: Any) -> tuple[int, str]:
    """Return the server's code and reason.

    A refusal of the (only) recipient is in a table by address.
    """
    code, text = next(iter(error.recipients.values())) if hasattr(error, "recipients") else error.args[:2]
    return code, f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"


def _reason(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _code_and_reason(error)[1]
    return str(error) or type(error).__name__
