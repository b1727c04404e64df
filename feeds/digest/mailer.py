"""Hand a mail to SMTP or a provider over one connection, and read what it answers.

What matters of a fault is whether the mail server may have taken the mail. Over SMTP that is known: it has not,
unless the whole mail was written and the answer to it never came (RFC 5321 section 4.1.1.4 and RFC 1047).
"""

import smtplib
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp
from django.core.mail.message import sanitize_address

from feeds.models import DeliveryState

State = DeliveryState
DJANGOS_SMTP = "django.core.mail.backends.smtp.EmailBackend"
CLOSING_CODE = 421  # the server ends the connection, whatever it was asked (RFC 5321 section 3.8)


@dataclass(frozen=True)
class DeliveryResult:
    """What came of handing over one mail.

    words        why not, as the server said it
    is_address   refused because of the recipient's address, not of this one mail
    is_ours      about the connection or the sender: every other mail would meet the same
    """

    state: DeliveryState
    words: str = ""
    is_address: bool = False
    is_ours: bool = False


class _Watched:
    """Knows whether the mail that is being sent was handed over whole; commands are text and a mail is bytes."""

    handed_over = False

    def send(self, s: Any) -> None:
        super().send(s)  # type: ignore[misc]
        self.handed_over = isinstance(s, bytes) or self.handed_over


class _Plain(_Watched, smtplib.SMTP):
    pass


class _Encrypted(_Watched, smtplib.SMTP_SSL):
    pass


class WatchedBackend(smtp.EmailBackend):
    """Django's SMTP, over a connection that is watched."""

    @property
    def connection_class(self) -> Any:
        return _Encrypted if self.use_ssl else _Plain


class Mailer:
    """One connection to the mail server, kept from mail to mail and made anew when the server ends it."""

    def __init__(self) -> None:
        ours = f"{__name__}.{WatchedBackend.__qualname__}"
        self._backend: Any = get_connection(ours if settings.EMAIL_BACKEND == DJANGOS_SMTP else settings.EMAIL_BACKEND)
        self._is_used = False

    def open(self) -> DeliveryResult | None:
        """Connect, unless that is done; what went wrong, if anything."""
        try:
            self._backend.open()
        except OSError as error:  # smtplib's are among them
            self._drop()
            return DeliveryResult(State.WAITING, f"the mail server cannot be reached: {_words(error)}", is_ours=True)
        return None

    def hand_over(self, message: EmailMessage) -> DeliveryResult:
        """Send one mail; where the server ended a kept connection before this mail, over a new one."""
        if wrong := _unwritable(message):
            return DeliveryResult(State.REFUSED, wrong, is_address=True)
        was_used, self._is_used = self._is_used, True
        answer = self._try(message)
        if was_used and not self._is_used and answer.state == State.WAITING:
            return self.open() or self._try(message)
        return answer

    def close(self) -> None:
        try:
            self._backend.close()
        except OSError:
            self._drop()

    def _try(self, message: EmailMessage) -> DeliveryResult:
        line = getattr(self._backend, "connection", None)
        if isinstance(line, _Watched):
            line.handed_over = False
        try:
            if self._backend.send_messages([message]) != 0:  # some backends count nothing, and raise what goes wrong
                return DeliveryResult(State.SENT)
        except PROVIDER_ERRORS as error:
            return DeliveryResult(*result_of_provider_error(error))
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException) as error:
            return self._refused(error)
        except OSError as error:
            return self._dropped(error, line)
        return DeliveryResult(State.WAITING, f"{settings.EMAIL_BACKEND} took no mail and did not say why", is_ours=True)

    def _refused(self, error: smtplib.SMTPException) -> DeliveryResult:
        code, words = _code_and_words(error)
        if code == CLOSING_CODE:
            self._drop()
        if not 400 <= code < 600:
            self._drop()
            return DeliveryResult(State.UNCERTAIN, f"an answer that is none: {words}")
        about = {
            "is_address": isinstance(error, smtplib.SMTPRecipientsRefused),
            "is_ours": not isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError),
        }
        is_final = code >= 500 and not about["is_ours"]  # that our sender is refused is no fault of the recipient
        return DeliveryResult(State.REFUSED if is_final else State.WAITING, words, **about)

    def _dropped(self, error: OSError, line: Any) -> DeliveryResult:
        """A connection that ended or stalled; of one that is not watched nobody knows how far the mail had got."""
        self._drop()
        if isinstance(line, _Watched) and not line.handed_over:
            return DeliveryResult(
                State.WAITING, f"the connection ended before the mail was handed over: {_words(error)}"
            )
        return DeliveryResult(State.UNCERTAIN, f"the connection ended and the answer never came: {_words(error)}")

    def _drop(self) -> None:
        """Forget the connection without a word to the server, which may not answer."""
        self._is_used = False
        for name in ("connection", "_partial_connection"):
            line = getattr(self._backend, name, None)
            if isinstance(line, _Watched):
                line.close()  # type: ignore[attr-defined]
                setattr(self._backend, name, None)


def _unwritable(message: EmailMessage) -> str:
    """Why no mail server could be told of the recipient; mostly nothing."""
    try:
        for address in message.recipients():
            sanitize_address(address, settings.DEFAULT_CHARSET).encode("ascii")
    except ValueError as error:
        return f"the address cannot be written to: {error}"
    return ""


def _code_and_words(error: Any) -> tuple[int, str]:
    """The reply of the server; to a recipient, of whom there is one, it is in a table of its own."""
    code, words = next(iter(error.recipients.values())) if hasattr(error, "recipients") else error.args[:2]
    return code, f"{code} {words.decode(errors='replace') if isinstance(words, bytes) else words}"


def _words(error: OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _code_and_words(error)[1]
    return str(error) or type(error).__name__


try:
    from anymail import exceptions as anymail
    from requests.exceptions import ConnectionError as NotConnected
    from requests.exceptions import ConnectTimeout
    from urllib3.exceptions import NewConnectionError
except ModuleNotFoundError:  # the extra `mail` is not installed
    anymail = None

PROVIDER_ERRORS: tuple[type[Exception], ...] = (anymail.AnymailError,) if anymail else ()
UNAVAILABLE = 503


def result_of_provider_error(error: Any) -> tuple[DeliveryState, str, bool, bool]:
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
    return error.status_code < 300 or (error.status_code >= 500 and error.status_code != UNAVAILABLE)


def _never_connected(error: Any) -> bool:
    if isinstance(error, ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if isinstance(error, NotConnected) and error.args else None
    return isinstance(reason, NewConnectionError)
