"""Read responses of the Hugging Face API."""

import re
from collections.abc import Iterator
from typing import Any


def listed(client: Any, address: str) -> Any:
    """The JSON of a successful response."""
    response = client.get(address)
    assert response.status_code == 200, response.content
    return response.json()


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["paper"]["id"] for item in items]


def follow(client: Any, address: str | None) -> Iterator[Any]:
    """The pages, by following their links."""
    while address:
        response = client.get(address)
        yield response.json()
        link = re.fullmatch('<(.+)>; rel="next"', response.get("Link", ""))
        address = link and link[1]
