"""How answers of a provider's API are interpreted; a local server plays Postmark."""

from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from django.core.mail import EmailMultiAlternatives

pytest.importorskip("anymail", reason="NOT TESTED: django-anymail, the extra `mail`, is not installed")

from feeds.digest.mailer import Mailer
from feeds.models import DeliveryState
from tests.servers import free_port

State = DeliveryState
ACCEPTED = b'{"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a", "To": "ada@example.org"}'
INACTIVE = (
    b'{"ErrorCode": 406, "Message": "You tried to send to recipient(s) that have been marked as inactive. '
    b'Found inactive addresses: ada@example.org. Inactive recipients are ones that have generated a hard bounce."}'
)


@contextmanager
def postmark(status, body):
    """A server that answers every POST with this status and body."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


def send(settings, url):
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "a token", "POSTMARK_API_URL": url, "REQUESTS_TIMEOUT": 0.5}
    mailer = Mailer()
    message = EmailMultiAlternatives("Papers", "the day's", "paperboy@example.org", ["ada@example.org"])
    result = mailer.open() or mailer.hand_over(message)
    mailer.close()
    return result


@pytest.mark.parametrize(
    ("status", "body", "state", "is_address", "is_ours"),
    [
        (200, ACCEPTED, State.SENT, False, False),
        (422, INACTIVE, State.REFUSED, True, False),
        (401, b"{}", State.WAITING, False, True),
        (429, b"{}", State.WAITING, False, True),
        (503, b"{}", State.WAITING, False, True),
        (502, b"{}", State.UNCERTAIN, False, False),
        (200, b"no JSON", State.UNCERTAIN, False, False),
    ],
)
def test_each_answer_of_the_provider_has_its_result(settings, status, body, state, is_address, is_ours):
    with postmark(status, body) as url:
        result = send(settings, url)
    assert (result.state, result.is_address, result.is_ours) == (state, is_address, is_ours)


def test_an_unreachable_provider_has_accepted_nothing(settings):
    result = send(settings, f"http://127.0.0.1:{free_port()}/")
    assert (result.state, result.is_ours) == (State.WAITING, True)
