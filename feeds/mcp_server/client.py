"""A client of Paperboy's REST API for one reader.

The token stays in its header, and responses are bounded.
"""

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
TOKEN_HELP = "create one there under Settings, API tokens"  # noqa: S105 - no token, but where to get one


class Misconfigured(Exception):
    """PAPERBOY_URL or PAPERBOY_TOKEN is invalid.

    The message says why and never contains the token.
    """


class ApiError(Exception):
    """The API refused the request or could not be reached.

    If refused, the message has the detail of the problem document.
    """


class Bearer(AuthBase):
    """Adds the token to the header.

    Passed as `auth` so that requests does not use ~/.netrc instead.
    """

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class PaperboyClient:
    """The API of one Paperboy for one reader.

    Raises Misconfigured for an invalid address or token, before sending anything.

    total_seconds  after which a response is abandoned, even if it still arrives
    """

    def __init__(self, url: str, token: str, *, total_seconds: float = TOTAL_SECONDS) -> None:
        parts = urlsplit(url)
        is_plain = not (parts.username or parts.query or parts.fragment)
        if parts.scheme not in ("http", "https") or not parts.hostname or not is_plain:
            raise Misconfigured(
                "PAPERBOY_URL must be the address of a Paperboy without user, query or fragment, "
                "such as https://paperboy.example.org"
            )
        if token.startswith("hf_"):
            raise Misconfigured(
                "PAPERBOY_TOKEN is a Hugging Face token; it was sent nowhere. "
                f"Paperboy has its own tokens: {TOKEN_HELP}"
            )
        if not KEY.fullmatch(token):
            raise Misconfigured(
                f"PAPERBOY_TOKEN must be a token of Paperboy, pb_ and 64 hexadecimal digits: {TOKEN_HELP}"
            )
        self._base = url.rstrip("/")
        self._total_seconds = total_seconds
        self._session = requests.Session()
        self._session.auth = Bearer(token)
        self._session.headers.update(HEADERS)

    def get(self, path: str, **parameters: Any) -> Any:
        """Return the JSON of `GET /api/v1/{path}`; parameters that are None are omitted. Raises ApiError."""
        present = {name: value for name, value in parameters.items() if value is not None}
        return self._request("GET", path, params=present)

    def put(self, path: str, body: Any) -> Any:
        return self._request("PUT", path, json=body)

    def delete(self, path: str) -> Any:
        return self._request("DELETE", path)

    def _request(self, method: str, path: str, **options: Any) -> Any:
        try:
            with self._session.request(
                method,
                f"{self._base}/api/v1/{path}",
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
                **options,
            ) as response:
                return _parse(response, self._read(response))
        except requests.RequestException as error:
            raise ApiError(f"{self._base} does not answer ({type(error).__name__}); check PAPERBOY_URL") from None

    def _read(self, response: requests.Response) -> bytes:
        """Read the whole body, within `MAX_BYTES` and the total time."""
        deadline, chunks, size = time.monotonic() + self._total_seconds, [], 0
        for chunk in response.iter_content(CHUNK_BYTES):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BYTES:
                raise ApiError(f"the response is larger than {MAX_BYTES:,} bytes; use a smaller limit")
            if time.monotonic() > deadline:
                raise ApiError(
                    f"the response took longer than {self._total_seconds:.0f} seconds; try again or use a smaller limit"
                )
        return b"".join(chunks)


def path_of(paper_id: str) -> str:
    """Return the path under `papers/` for an id or a link.

    Ids may have any form. Raises ApiError for anything else.
    """
    public_id = canonical(paper_id) or arxiv_id_in_link(paper_id)
    if public_id is None:
        raise ApiError(f"{paper_id[:80]!r} is not the id of a paper; use one such as 2607.21557 or hep-th/9901001")
    return quote(public_id, safe="/")


def cursor_of(next_page: str | None) -> str | None:
    """Return the cursor or the page number in the address of the next page."""
    if next_page is None:
        return None
    query = parse_qs(urlsplit(next_page).query)
    return next((query[name][0] for name in ("cursor", "page") if name in query), None)


def _parse(response: requests.Response, body: bytes) -> Any:
    if response.is_redirect:
        location = response.headers["Location"][:200]
        raise ApiError(f"PAPERBOY_URL redirects to {location}; set it to the final address")
    try:
        content = json.loads(body)
    except ValueError:
        raise ApiError(f"the response ({response.status_code}) is not JSON; check PAPERBOY_URL") from None
    if response.ok:
        return content
    detail = content.get("detail") if isinstance(content, dict) else None
    wait = response.headers.get("Retry-After")
    retry = f"; try again after {wait} seconds" if wait else ""
    raise ApiError(f"{response.status_code}: {detail or response.reason}{retry}")
