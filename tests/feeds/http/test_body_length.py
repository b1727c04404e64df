"""A body without a length is refused by the real web server, and nothing is read as empty."""

import http.client
import io
import json
import signal

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from feeds.http.body_length import RequireLength
from feeds.supervisor import web
from tests.feeds.instance import Instance, wait_for
from tests.servers import free_port

PATIENCE = 180.0  # seconds for a start on a busy machine
JOIN = """
from accounts.models import AuthToken
from tests.conftest import make_reader
print(AuthToken.issue(make_reader("ada"), "test", AuthToken.Scope.WRITE, None)[1])
"""


class Site:
    """A running web server, and a reader's token."""

    def __init__(self, instance, port):
        self.port = port
        self.headers = {"Authorization": f"Bearer {instance.shell(JOIN).splitlines()[-1]}"}

    def send(self, method, path, body, headers=(), *, chunked):
        """The status, content type and text of the answer; a chunked body goes out in two pieces."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            middle = len(body) // 2
            pieces = iter([body[:middle], body[middle:]]) if chunked else body
            sent = {"Content-Type": "application/json", **self.headers, **dict(headers)}
            connection.request(method, path, pieces, sent, encode_chunked=chunked)
            answer = connection.getresponse()
            return answer.status, answer.headers["Content-Type"], answer.read().decode()
        finally:
            connection.close()

    def me(self):
        return json.loads(self.send("GET", "/api/v1/me/", b"", chunked=False)[2])

    def answers(self):
        try:
            return self.send("GET", "/livez", b"", chunked=False)[0] == 200
        except OSError:
            return False


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    instance = Instance(tmp_path_factory.mktemp("site"))
    instance.manage("migrate", "-v", "0")
    instance.manage("createcachetable")
    instance.manage("collectstatic", "--noinput", "-v", "0")
    port = free_port()
    site = Site(instance, port)
    server = instance.start(*web("127.0.0.1", port))
    try:
        wait_for(site.answers, PATIENCE, f"the web server; {instance.log}")
        yield site
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE)


@pytest.mark.processes
def test_a_chunked_change_is_a_411_and_changes_nothing(site):
    before = site.me()["name"]
    status, content_type, text = site.send("PATCH", "/api/v1/me/", b'{"name": "Ada L."}', chunked=True)
    assert status == 411
    assert content_type == "application/problem+json"
    assert "Content-Length" in json.loads(text)["detail"]
    assert site.me()["name"] == before


@pytest.mark.processes
def test_the_same_change_with_its_length_is_made(site):
    status, _, _ = site.send("PATCH", "/api/v1/me/", b'{"name": "Ada L."}', chunked=False)
    assert status == 200
    assert site.me()["name"] == "Ada L."


@pytest.mark.processes
def test_a_chunked_form_is_a_411(site):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    status, content_type, _ = site.send("POST", "/accounts/login/", b"login=a&password=b", form, chunked=True)
    assert status == 411
    assert content_type.startswith("text/plain")


@pytest.mark.parametrize(("method", "body", "status"), [("POST", b"{}", 411), ("DELETE", b"", 200), ("GET", b"", 200)])
def test_a_body_over_http_2_may_have_no_header_at_all(method, body, status):
    """As granian hands over an HTTP/2 request: no length, no transfer encoding, and an input that ends."""
    terminated = {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True}
    request = RequestFactory().generic(method, "/api/v1/me/", **terminated)
    request.META.pop("CONTENT_LENGTH", None)
    assert RequireLength(lambda request: HttpResponse())(request).status_code == status


@pytest.mark.parametrize("header", [{}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_the_body_is_read_before_it_is_refused(header):
    """Otherwise a client that is still sending sees a broken connection instead of the answer."""
    body = io.BytesIO(b"x" * 300_000)
    request = RequestFactory().generic("POST", "/", **header, **{"wsgi.input": body, "wsgi.input_terminated": True})
    request.META.pop("CONTENT_LENGTH", None)
    assert RequireLength(lambda request: HttpResponse())(request).status_code == 411
    assert body.read() == b""
