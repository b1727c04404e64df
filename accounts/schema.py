"""What the OpenAPI schema says of every operation: the errors it can give, the headers of its answers, the 304."""

from typing import Any

from accounts.http import KINDS, PROBLEM_TYPE

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


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
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
