"""Hooks for the OpenAPI document: errors, headers, 304, and the chapters of the reference."""

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
                    "value": {"description": "what was sent, shortened; null where nothing was, or it may be a secret"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}

HEADERS: dict[str, tuple[str, str]] = {
    "ETag": ("the state of this answer; sent back as If-None-Match, it gets a 304 while nothing has changed", '"9f8c"'),
    "RateLimit-Policy": ("how much may be asked in how many seconds", '"read";q=1200;w=60'),
    "RateLimit": ("what is left of that, and the seconds until it begins anew", '"read";r=1199;t=60'),
    "Retry-After": ("seconds until it is worth asking again", "17"),
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
    """drf-spectacular hook: adds what every operation has and does not document itself."""
    components = result.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM_SCHEMA
    components["headers"] = {name: _header(*words) for name, words in HEADERS.items()}
    for operations in result["paths"].values():
        for method, operation in operations.items():
            _document_answers(method, operation)
    return result


def _document_answers(method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    if method == "get":
        responses.setdefault("304", {"description": "what you hold, by your If-None-Match, is still so"})
    for status in _possible_problems(operation):
        responses.setdefault(str(status), _problem_response(status))
    for status, response in responses.items():
        names = _headers_at(status, method)
        own = response.setdefault("headers", {})
        own |= {name: {"$ref": f"#/components/headers/{name}"} for name in names if name not in own}


def _headers_at(status: str, method: str) -> tuple[str, ...]:
    particular = () if status == "200" and method != "get" else AT_STATUS.get(status, ())
    return (*particular, *EVERYWHERE)


def _header(description: str, example: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": "string"}, "example": example}


def _possible_problems(operation: dict[str, Any]) -> list[int]:
    kinds = {parameter["in"] for parameter in operation.get("parameters", [])}
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    has_body, knows_readers = "requestBody" in operation, any(operation.get("security", []))
    possible = {
        400: has_body or "query" in kinds,
        401: knows_readers,
        403: knows_readers,
        404: "path" in kinds or "page" in names,
        406: True,
        413: has_body,
        415: has_body,
        429: True,
    }
    return [status for status, can_happen in possible.items() if can_happen]


def _problem_response(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": KINDS[status][1], "content": {PROBLEM_TYPE: {"schema": schema}}}


CHAPTERS = {  # the first that an address begins with has it
    "/api/v1/me/feed": ("My feed", "A day's papers in my own order, why, and what a vote would change"),
    "/api/v1/rankings": ("My feed", ""),
    "/api/v1/impressions": ("My feed", ""),
    "/api/v1/papers/{public_id}/vote": ("My votes", "Cast, taken back, sent in batches, listed"),
    "/api/v1/me/votes": ("My votes", ""),
    "/api/v1/papers": ("Papers", "The catalogue, search, what is similar, citations"),
    "/api/v1/days": ("Days", "Papers by the day, week and month of their announcement, and what trends"),
    "/api/v1/weeks": ("Days", ""),
    "/api/v1/months": ("Days", ""),
    "/api/v1/trending": ("Days", ""),
    "/api/v1/me/interests": ("My taste", "Interests, mutes, what was learned of me, and questions for newcomers"),
    "/api/v1/me/mutes": ("My taste", ""),
    "/api/v1/me/taste": ("My taste", ""),
    "/api/v1/me/what-if": ("My taste", ""),
    "/api/v1/me/onboarding": ("My taste", ""),
    "/api/v1/me/collections": ("My collections", "The reading list and collections, their papers and notes"),
    "/api/v1/me": ("My account", "Profile, tokens, import, export, starting anew and leaving"),
    "/api/v1/": ("The service", "Which models were trained, and what runs"),
}
OTHERS = "/api/v1/"
HEADINGS = {  # of operations whose description does not begin with one
    "get /api/v1/days/{day}/": "The papers of a day",
    "get /api/v1/weeks/{week}/": "The papers of an ISO week",
    "get /api/v1/months/{month}/": "The papers of a month",
    "get /api/v1/trending/": "What readers vote up now",
    "get /api/v1/me/feed/": "My order of a day, of some days, or since my last visit",
    "get /api/v1/me/feed/{public_id}/why/": "Why a paper stands where it does",
    "post /api/v1/me/feed/simulate/": "The order that other votes would make",
    "get /api/v1/rankings/{public_id}/": "One of my past rankings",
    "post /api/v1/impressions/batch/": "Which places I was shown",
    "get /api/v1/papers/": "The catalogue, or what a search finds",
    "post /api/v1/papers/batch-get/": "Up to 500 papers by their ids",
    "get /api/v1/papers/{public_id}/": "One paper",
    "get /api/v1/papers/{public_id}/similar/": "Papers like this one",
    "get /api/v1/papers/{public_id}/export.{form}": "One paper as a file",
    "get /api/v1/me/votes/": "My votes",
    "post /api/v1/me/votes/batch/": "Cast up to 1,000 votes",
    "get /api/v1/me/votes/export.{form}": "My votes as a file",
    "get /api/v1/me/interests/": "My interests",
    "post /api/v1/me/interests/": "Name an interest",
    "get /api/v1/me/interests/{id}/": "One of my interests",
    "patch /api/v1/me/interests/{id}/": "Put an interest in other words",
    "delete /api/v1/me/interests/{id}/": "Take an interest back",
    "get /api/v1/me/mutes/": "My mutes",
    "post /api/v1/me/mutes/": "Mute a word, an author or a category",
    "get /api/v1/me/mutes/{id}/": "One of my mutes",
    "delete /api/v1/me/mutes/{id}/": "Take a mute back",
    "get /api/v1/me/taste/": "What was learned of me, in words",
    "post /api/v1/me/what-if/": "The newest day with one vote changed",
    "post /api/v1/me/onboarding/next/": "The papers whose votes would teach most",
    "get /api/v1/me/collections/": "My collections",
    "post /api/v1/me/collections/": "Begin a collection",
    "patch /api/v1/me/collections/{collection_id}/": "Give a collection another name or note",
    "delete /api/v1/me/collections/{collection_id}/": "Delete a collection",
    "get /api/v1/me/collections/{collection_id}/papers/": "The papers of a collection",
    "put /api/v1/me/collections/{collection_id}/papers/{public_id}/": "Put a paper into a collection",
    "delete /api/v1/me/collections/{collection_id}/papers/{public_id}/": "Take a paper out of a collection",
    "get /api/v1/me/collections/{collection_id}/export.{form}": "A collection as a file",
    "get /api/v1/me/collections/{collection_id}/more/": "More papers like a collection",
    "post /api/v1/me/collections/{collection_id}/as-interests/": "Make seed papers of a collection",
    "get /api/v1/me/": "My profile",
    "patch /api/v1/me/": "Change my profile",
    "delete /api/v1/me/": "Delete my account, for good",
    "get /api/v1/me/export/": "Everything of mine as one file",
    "post /api/v1/me/import/": "Bring a library or a profile",
    "post /api/v1/me/reset/": "Forget my votes, interests or mutes, for good",
    "get /api/v1/me/tokens/": "My tokens",
    "post /api/v1/me/tokens/": "Make a token",
    "get /api/v1/me/tokens/{id}/": "One of my tokens",
    "delete /api/v1/me/tokens/{id}/": "Revoke a token",
    "get /api/v1/models/": "The record of nightly models",
    "get /api/v1/metrics/positions/": "Clicks and votes by place and by model",
    "get /api/v1/metrics/orders/": "What other orders would have earned",
    "get /api/v1/metrics/exposure/": "Whose papers are shown",
    "get /api/v1/experiments/": "Experiments between models, and their outcomes",
}


def add_chapters(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular hook: a chapter and a heading for each operation, and what the chapters are about."""
    result["tags"] = [{"name": name, "description": about} for name, about in CHAPTERS.values() if about]
    for address, operations in result["paths"].items():
        for method, operation in operations.items():
            begins = _first_clause(operation.get("description", ""))
            operation["tags"] = [_chapter(address)]
            operation.setdefault("summary", HEADINGS.get(f"{method} {address}", begins))
    return result


def _chapter(address: str) -> str:
    start = next((start for start in CHAPTERS if address.startswith(start)), OTHERS)
    return CHAPTERS[start][0]


def _first_clause(description: str) -> str:
    """The first line up to where its first clause ends, without the stop."""
    line = description.partition("\n")[0]
    return min((line.partition(stop)[0] for stop in ("; ", ". ", ": ")), key=len).rstrip(".")
