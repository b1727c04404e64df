"""Requests to other servers: the deadline, the address that is connected to, what is not followed, and saved bodies."""

import gzip
import time
from io import BytesIO

import pytest
from urllib3 import HTTPResponse

from feeds.http.outgoing import CutOff, Failed, TooBig, exchange, save
from tests.feeds.outside import Outside, Reply, drip
from tests.feeds.webhooks.receiver import Receiver


@pytest.fixture
def server():
    with Outside() as outside:
        outside.answer("/", b"whole")
        yield outside


def status(url, *, seconds=5.0, **options):
    with exchange(seconds, uses_proxies=False, **options) as session, session.get(url, stream=True) as response:
        response.raw.read()
        return response.status_code


def response(*pieces, encoding=""):
    return HTTPResponse(BytesIO(b"".join(pieces)), {"Content-Encoding": encoding}, preload_content=False)


def test_an_answer_that_drips_ends_at_the_deadline(server):
    server.answer("/", drip(b"x" * 100_000, 0.01))
    with pytest.raises(Failed, match="did not answer completely within 0 s"):
        status(server.url, seconds=0.3)


def test_a_body_without_a_length_that_ends_at_the_deadline_is_not_complete(server):
    def write(connection, body):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(100_000):
            connection.sendall(b"x")
            time.sleep(0.01)

    server.answer("/", Reply(write=write))
    with pytest.raises(Failed, match="did not answer completely within 0 s"):
        status(server.url, seconds=0.3)


def test_a_failed_connection_names_its_cause():
    with pytest.raises(Failed, match=r"^the connection failed \(Connection refused\)$"):
        status("http://127.0.0.1:1/")


def test_other_errors_of_the_block_are_passed_on():
    with pytest.raises(KeyError), exchange(5, uses_proxies=False):
        raise KeyError("ours")


@pytest.mark.parametrize("location", ["/elsewhere", "http://[broken"])
def test_no_redirect_is_followed(server, location):
    server.answer("/", Reply(status=302, headers={"Location": location}))
    assert status(server.url) == 302
    assert len(server.asked) == 1


def test_the_body_of_a_redirect_is_not_read_before_it_is_needed(server):
    server.answer("/", Reply(bytes(1000), status=302, headers={"Location": "/elsewhere"}))
    with exchange(5, uses_proxies=False) as session, session.get(server.url, stream=True) as response:
        assert response.status_code == 302
        assert response.raw.tell() == 0


def test_a_given_address_is_connected_to_whatever_the_host_means(server):
    url = server.url.replace("127.0.0.1", "papers.invalid")
    assert status(url, address="127.0.0.1") == 200
    assert server.asked[0].headers["Host"] == url.removeprefix("http://")


def test_over_tls_the_certificate_must_be_that_of_the_host(tls, settings):
    def post(host):
        with Receiver(tls=tls) as receiver, exchange(5, uses_proxies=False, address="127.0.0.1") as session:
            return session.post(receiver.url(host), data=b"{}", verify=settings.WEBHOOK_CERTIFICATES).status_code

    assert post("localhost") == 204
    with pytest.raises(Failed, match="connection failed"):
        post("papers.invalid")


def test_proxies_of_the_environment_are_used_only_where_allowed(server, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert status(server.url) == 200
    with pytest.raises(Failed, match="connection failed"), exchange(5, uses_proxies=True) as session:
        session.get(server.url)


def test_a_password_file_is_not_read(server, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("default login ada password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with exchange(5, uses_proxies=True) as session:
        session.get(server.url)
    assert "Authorization" not in server.asked[0].headers


def test_a_saved_body_is_read_from_its_beginning():
    with save(response(b"whole"), 5) as file:
        assert file.read() == b"whole"


def test_two_compressed_files_after_each_other_are_one_body():
    with save(response(gzip.compress(b"one "), gzip.compress(b"two"), encoding="gzip"), 100) as file:
        assert file.read() == b"one two"


@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_body_of_one_byte_too_many_is_refused(encoding):
    body = bytes(1001) if encoding == "" else gzip.compress(bytes(1001))
    with pytest.raises(TooBig, match="more than 1,000 bytes"):
        save(response(body, encoding=encoding), 1000)


@pytest.mark.parametrize("body", [gzip.compress(b"whole", mtime=0)[:-1], b"plain text", b""])
def test_compressed_data_that_does_not_end_as_it_should_is_refused(body):
    with pytest.raises(CutOff, match="the compressed data"):
        save(response(body, encoding="gzip"), 1000)
