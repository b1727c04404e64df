"""Hooks for the OpenAPI document: errors, headers and chapters."""

from typing import Any

from .problems import KINDS, PROBLEM_TYPE

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong, as RFC 9457 describes it.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri", "example": "urn:paperboy:problem:invalid"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "value", "message"],
                "properties": {
                    "field": {"type": ["string", "null"], "description": "dotted path; null for the whole input"},
                    "value": {"description": "the value sent, shortened; null if it was missing or may be a secret"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}

HEADERS: dict[str, tuple[str, str]] = {
    "ETag": ("the version of this response; send it as If-None-Match to get a 304 while nothing has changed", '"9f8c"'),
    "RateLimit-Policy": ("the number of requests allowed, and the window in seconds", '"read";q=1200;w=60'),
    "RateLimit": ("the requests left in this window, and the seconds until the next", '"read";r=1199;t=60'),
    "Retry-After": ("seconds to wait before the next request", "17"),
    "WWW-Authenticate": ("how to sign in", "Bearer"),
}
EVERYWHERE = ("RateLimit-Policy", "RateLimit")
AT_STATUS: dict[str, tuple[str, ...]] = {
    "200": ("ETag",),
    "304": ("ETag",),
    "401": ("WWW-Authenticate",),
    "429": ("Retry-After",),
}


def add_common_responses(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add the responses and headers that all operations share.

    A drf-spectacular hook. Errors, 304 and headers that an operation documents itself are unchanged.
    """
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["headers"] = {
        name: {"description": description, "schema": {"type": "string"}, "example": example}
        for name, (description, example) in HEADERS.items()
    }
    for operations in result["paths"].values():
        for method, operation in operations.items():
            responses = operation["responses"]
            if method == "get":
                responses.setdefault("304", {"description": "not modified: the ETag in If-None-Match is current"})
            for status in _possible_problems(operation):
                content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
                responses.setdefault(str(status), {"description": KINDS[status][1], "content": content})
            for status, response in responses.items():
                has_tag = status != "200" or method == "get"
                names = (*(AT_STATUS.get(status, ()) if has_tag else ()), *EVERYWHERE)
                headers = response.setdefault("headers", {})
                headers |= {name: {"$ref": f"#/components/headers/{name}"} for name in names if name not in headers}
    return result


def _possible_problems(operation: dict[str, Any]) -> list[int]:
    """The error statuses that follow from the operation's parameters, body and authentication."""
    kinds = {parameter["in"] for parameter in operation.get("parameters", [])}
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    has_body, needs_reader = "requestBody" in operation, any(operation.get("security", []))
    possible = {
        400: has_body or "query" in kinds,
        401: needs_reader,
        403: needs_reader,
        404: "path" in kinds or "page" in names,
        406: True,
        411: has_body,
        413: has_body,
        415: has_body,
        429: True,
    }
    return [status for status, is_possible in possible.items() if is_possible]


CHAPTERS = {  # by prefix of the path; the first match counts
    "/api/v1/me/feed": ("My feed", "The papers of a day in my own order, the reasons, and what a vote would change"),
    "/api/v1/rankings": ("My feed", ""),
    "/api/v1/impressions": ("My feed", ""),
    "/api/v1/papers/{public_id}/vote": ("My votes", "Cast, withdraw, send in batches and list votes"),
    "/api/v1/me/votes": ("My votes", ""),
    "/api/v1/papers": ("Papers", "The catalogue, search, similar papers and citations"),
    "/api/v1/days": ("Days", "Papers by the day, week and month of their announcement, and trending papers"),
    "/api/v1/weeks": ("Days", ""),
    "/api/v1/months": ("Days", ""),
    "/api/v1/trending": ("Days", ""),
    "/api/v1/me/interests": ("My taste", "Interests, mutes, my profile in words, and questions for new readers"),
    "/api/v1/me/mutes": ("My taste", ""),
    "/api/v1/me/taste": ("My taste", ""),
    "/api/v1/me/what-if": ("My taste", ""),
    "/api/v1/me/onboarding": ("My taste", ""),
    "/api/v1/me/collections": ("My collections", "The reading list and collections, with their papers and notes"),
    "/api/v1/me": ("My account", "Profile, tokens, import, export, reset and deletion"),
    "/api/v1/": ("The service", "The nightly models and the status of the service"),
}
OTHERS = "/api/v1/"
HEADINGS = {  # of operations whose description does not start with one
    "get /api/v1/days/{day}/": "The papers of a day",
    "get /api/v1/weeks/{week}/": "The papers of an ISO week",
    "get /api/v1/months/{month}/": "The papers of a month",
    "get /api/v1/trending/": "Trending papers",
    "get /api/v1/me/feed/": "My ranking of a day, of several days, or since my last visit",
    "get /api/v1/me/feed/{public_id}/why/": "Why a paper has its place",
    "post /api/v1/me/feed/simulate/": "My ranking with other votes",
    "get /api/v1/rankings/{public_id}/": "One of my past rankings",
    "post /api/v1/impressions/batch/": "Record which places I saw",
    "get /api/v1/papers/": "List or search papers",
    "post /api/v1/papers/batch-get/": "Up to 500 papers by their ids",
    "get /api/v1/papers/{public_id}/": "One paper",
    "get /api/v1/papers/{public_id}/similar/": "Similar papers",
    "get /api/v1/papers/{public_id}/export.{form}": "One paper as a file",
    "get /api/v1/me/votes/": "My votes",
    "post /api/v1/me/votes/batch/": "Cast up to 1,000 votes",
    "get /api/v1/me/votes/export.{form}": "My votes as a file",
    "get /api/v1/me/interests/": "My interests",
    "post /api/v1/me/interests/": "Add an interest",
    "get /api/v1/me/interests/{id}/": "One of my interests",
    "patch /api/v1/me/interests/{id}/": "Change an interest",
    "delete /api/v1/me/interests/{id}/": "Remove an interest",
    "get /api/v1/me/mutes/": "My mutes",
    "post /api/v1/me/mutes/": "Mute a word, an author or a category",
    "get /api/v1/me/mutes/{id}/": "One of my mutes",
    "delete /api/v1/me/mutes/{id}/": "Remove a mute",
    "get /api/v1/me/taste/": "My profile in words",
    "post /api/v1/me/what-if/": "The newest day with one vote changed",
    "post /api/v1/me/onboarding/next/": "The papers whose votes would help the ranking most",
    "get /api/v1/me/collections/": "My collections",
    "post /api/v1/me/collections/": "Create a collection",
    "patch /api/v1/me/collections/{collection_id}/": "Change the name or note of a collection",
    "delete /api/v1/me/collections/{collection_id}/": "Delete a collection",
    "get /api/v1/me/collections/{collection_id}/papers/": "The papers of a collection",
    "put /api/v1/me/collections/{collection_id}/papers/{public_id}/": "Add a paper to a collection",
    "delete /api/v1/me/collections/{collection_id}/papers/{public_id}/": "Remove a paper from a collection",
    "get /api/v1/me/collections/{collection_id}/export.{form}": "A collection as a file",
    "get /api/v1/me/collections/{collection_id}/more/": "New papers similar to a collection",
    "post /api/v1/me/collections/{collection_id}/as-interests/": "Use a collection as interests",
    "get /api/v1/me/": "My profile",
    "patch /api/v1/me/": "Change my profile",
    "delete /api/v1/me/": "Delete my account permanently",
    "get /api/v1/me/export/": "All my data as one file",
    "post /api/v1/me/import/": "Import a library or a profile",
    "post /api/v1/me/reset/": "Delete my votes, interests or mutes permanently",
    "get /api/v1/me/tokens/": "My tokens",
    "post /api/v1/me/tokens/": "Create a token",
    "get /api/v1/me/tokens/{id}/": "One of my tokens",
    "delete /api/v1/me/tokens/{id}/": "Revoke a token",
    "get /api/v1/models/": "The nightly models",
    "get /api/v1/metrics/positions/": "Clicks and votes by place and by model",
    "get /api/v1/metrics/orders/": "Estimated results of other rankings",
    "get /api/v1/metrics/exposure/": "How exposure is shared among papers",
    "get /api/v1/experiments/": "Experiments between models and their results",
}


def add_chapters(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular hook: give each operation a chapter and a heading, and describe the chapters.

    A heading that is not in `HEADINGS` is the first clause of the operation's description.
    """
    result["tags"] = [{"name": name, "description": about} for name, about in CHAPTERS.values() if about]
    for path, operations in result["paths"].items():
        prefix = next((prefix for prefix in CHAPTERS if path.startswith(prefix)), OTHERS)
        for method, operation in operations.items():
            line = operation.get("description", "").partition("\n")[0]
            clause = min((line.partition(stop)[0] for stop in ("; ", ". ", ": ")), key=len).rstrip(".")
            operation["tags"] = [CHAPTERS[prefix][0]]
            operation.setdefault("summary", HEADINGS.get(f"{method} {path}", clause))
    return result
