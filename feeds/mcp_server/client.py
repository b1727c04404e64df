"""Speaking to a Paperboy's REST API for a reader: the token kept to its header, answers bounded, errors in words."""

import json
import re
import time
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import requests
from requests.auth import AuthBase

from recommender.paper_ids import arxiv_id_in_link, canonical

KEY = re.compile(r"pb_[0-9a-f]{64}")
CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5.0, 20.0, 60.0
MAX_BYTES = 5_000_000
CHUNK_BYTES = 65_536
HEADERS = {"Accept": "application/json", "User-Agent": "paperboy-mcp"}
TOKEN_HELP = "make one there under Settings, API tokens"  # noqa: S105 - no token, but where to get one


class Misconfigured(Exception):
    """PAPERBOY_URL or PAPERBOY_TOKEN cannot be used; says why, and never what the token is."""


class ApiError(Exception):
    """The API did not do what was asked, in the words of its problem document; or it could not be reached."""


class Bearer(AuthBase):
    """Puts the token into the header; given as `auth`, so that no ~/.netrc takes its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class PaperboyClient:
    """One reader at one Paperboy.

    Raises Misconfigured for an address that is none or a token that cannot be Paperboy's, before anything is sent.
    """

    def __init__(self, url: str, token: str) -> None:
        self._base = _checked_url(url)
        self._session = requests.Session()
        self._session.auth = Bearer(_checked_token(token))
        self._session.headers.update(HEADERS)

    def get(self, path: str, **parameters: Any) -> Any:
        """What `GET /api/v1/{path}` answers; parameters that are None are left out. Raises Refused."""
        return self._ask("GET", path, params={name: value for name, value in parameters.items() if value is not None})

    def put(self, path: str, body: Any) -> Any:
        return self._ask("PUT", path, json=body)

    def delete(self, path: str) -> Any:
        return self._ask("DELETE", path)

    def _ask(self, method: str, path: str, **what: Any) -> Any:
        try:
            with self._session.request(
                method,
                f"{self._base}/api/v1/{path}",
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
                **what,
            ) as response:
                return _read(response, _body(response))
        except requests.RequestException as error:
            raise ApiError(f"{self._base} does not answer ({type(error).__name__}); is PAPERBOY_URL right?") from None


def path_of(paper_id: str) -> str:
    """A paper's address under `papers/`, from any form of its id or a link to it; raises Refused for anything else."""
    found = canonical(paper_id) or arxiv_id_in_link(paper_id)
    if found is None:
        raise ApiError(f"{paper_id[:80]!r} is no id of a paper; give one like 2607.21557 or hep-th/9901001")
    return quote(found, safe="/")


def cursor_of(next_page: str | None) -> str | None:
    """The cursor in the address of the next page, or its number."""
    if next_page is None:
        return None
    asked = parse_qs(urlsplit(next_page).query)
    return next((asked[name][0] for name in ("cursor", "page") if name in asked), None)


def _checked_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise Misconfigured(
            "PAPERBOY_URL must be the address of a Paperboy, such as https://paperboy.example.org, without more"
        )
    return url.rstrip("/")


def _checked_token(token: str) -> str:
    if token.startswith("hf_"):
        raise Misconfigured(
            f"PAPERBOY_TOKEN is a token of Hugging Face, which was sent nowhere; Paperboy has its own: {TOKEN_HELP}"
        )
    if not KEY.fullmatch(token):
        raise Misconfigured(f"PAPERBOY_TOKEN must be a token of Paperboy, pb_ and 64 hexadecimal digits: {TOKEN_HELP}")
    return token


def _body(response: requests.Response) -> bytes:
    """The whole body, within `MOST_BYTES` and `WHOLE_SECONDS`."""
    deadline, pieces, size = time.monotonic() + TOTAL_SECONDS, [], 0
    for piece in response.iter_content(CHUNK_BYTES):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_BYTES:
            raise ApiError(f"the answer is larger than {MAX_BYTES:,} bytes; ask for less, by a smaller limit")
        if time.monotonic() > deadline:
            raise ApiError(f"the answer took longer than {TOTAL_SECONDS:.0f} seconds; try again, or ask for less")
    return b"".join(pieces)


def _read(response: requests.Response, body: bytes) -> Any:
    if response.is_redirect:
        raise ApiError(f"PAPERBOY_URL leads on to {response.headers['Location'][:200]}; set it to where that is")
    try:
        found = json.loads(body)
    except ValueError:
        raise ApiError(f"the answer ({response.status_code}) is not JSON; is PAPERBOY_URL a Paperboy's?") from None
    if response.ok:
        return found
    raise ApiError(_in_words(response, found))


def _in_words(response: requests.Response, found: Any) -> str:
    detail = found.get("detail") if isinstance(found, dict) else None
    wait = response.headers.get("Retry-After")
    again = f"; try again after {wait} seconds" if wait else ""
    return f"{response.status_code}: {detail or response.reason}{again}"
