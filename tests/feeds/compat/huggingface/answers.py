"""Reading answers of the Hugging Face layer."""

import re
from collections.abc import Iterator
from typing import Any


def listed(client: Any, address: str) -> Any:
    """A good answer."""
    response = client.get(address)
    assert response.status_code == 200, response.content
    return response.json()


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["paper"]["id"] for item in items]


def follow(client: Any, address: str | None) -> Iterator[Any]:
    """The pages, by their links, as long as there are some."""
    while address:
        response = client.get(address)
        yield response.json()
        found = re.fullmatch('<(.+)>; rel="next"', response.get("Link", ""))
        address = found and found[1]
