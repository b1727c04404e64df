"""The client protects the token, checks addresses, and bounds what it reads."""

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from feeds.mcp_server.client import ApiError, Misconfigured, PaperboyClient, cursor_of, path_of

ROOT = Path(__file__).parents[3]
TOKEN = "pb_" + "0123456789abcdef" * 4
ANSWERS = {
    "/api/v1/good/": (200, {}, b'{"fine": true}'),
    "/api/v1/page/": (200, {}, b"<html>"),
    "/api/v1/moved/": (301, {"Location": "https://elsewhere.example/"}, b""),
    "/api/v1/busy/": (429, {"Retry-After": "7"}, b'{"detail": "too much"}'),
    "/api/v1/broken/": (500, {}, b"[]"),
    "/api/v1/endless/": (200, {}, b'"' + b"x" * 9_000_000 + b'"'),
}


class Answers(BaseHTTPRequestHandler):
    """Responds from `ANSWERS` and stores path and authorization of each request."""

    def do_GET(self):
        self.server.requests.append((self.path, self.headers["Authorization"]))
        status, headers, body = ANSWERS[self.path]
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.requests = []
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(server):
    return PaperboyClient(f"http://127.0.0.1:{server.server_port}/", TOKEN)


def test_the_token_goes_into_the_header_whatever_netrc_says(client, server, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login mallory password x\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert client.get("good/") == {"fine": True}
    assert server.requests == [("/api/v1/good/", f"Bearer {TOKEN}")]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("page/", "the response \\(200\\) is not JSON"),
        ("moved/", "PAPERBOY_URL redirects to https://elsewhere.example/"),
        ("busy/", "429: too much; try again after 7 seconds"),
        ("broken/", "500: Internal Server Error"),
        ("endless/", "larger than 5,000,000 bytes"),
    ],
)
def test_errors_are_described_without_the_token(path, words, client):
    with pytest.raises(ApiError, match=words) as raised:
        client.get(path)
    assert TOKEN not in str(raised.value)


def test_an_unreachable_server_is_named(server, client):
    server.shutdown()
    server.server_close()
    with pytest.raises(ApiError, match=r"does not answer \(ConnectionError\)"):
        client.get("good/")


def test_a_slow_response_is_abandoned(server):
    client = PaperboyClient(f"http://127.0.0.1:{server.server_port}/", TOKEN, total_seconds=-1.0)
    with pytest.raises(ApiError, match="took longer"):
        client.get("good/")


@pytest.mark.parametrize("url", ["", "paperboy.example", "ftp://x", "https://me:secret@x.example", "https://x/?a=1"])
def test_an_invalid_address_is_refused(url):
    with pytest.raises(Misconfigured, match="PAPERBOY_URL") as raised:
        PaperboyClient(url, TOKEN)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("token", ["", "hf_0123456789", "pb_short", TOKEN + "\n", TOKEN.upper()])
def test_an_invalid_token_is_refused_and_not_shown(token):
    with pytest.raises(Misconfigured, match="PAPERBOY_TOKEN") as raised:
        PaperboyClient("https://x.example", token)
    assert not token.strip() or token not in str(raised.value)


def test_without_a_token_the_program_exits_with_the_reason():
    done = subprocess.run(
        [sys.executable, "-m", "feeds.mcp_server.server"],
        cwd=ROOT, env={"PAPERBOY_URL": "https://x.example"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert "PAPERBOY_TOKEN must be a token of Paperboy" in done.stderr


@pytest.mark.parametrize(
    ("paper_id", "path"),
    [
        ("2607.21557v2", "2607.21557"),
        ("arXiv:hep-th/9901001", "hep-th/9901001"),
        ("https://arxiv.org/abs/2607.21557", "2607.21557"),
    ],
)
def test_any_form_of_an_id_becomes_its_path(paper_id, path):
    assert path_of(paper_id) == path


@pytest.mark.parametrize("paper_id", ["../me", "2607.21557/../../me", "?x=1", "2607 21557", "", "a b"])
def test_anything_else_is_refused(paper_id):
    with pytest.raises(ApiError, match="is not the id of a paper"):
        path_of(paper_id)


def test_the_address_of_the_next_page_has_a_cursor_or_page_number():
    addresses = ["http://x/?cursor=a%3Ab&limit=2", "http://x/?page=3", None]
    assert [cursor_of(address) for address in addresses] == ["a:b", "3", None]
