"""Document the error responses of an operation."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse

from feeds.http.problems import PROBLEM_TYPE


def problem_response(status: int, description: str) -> dict[Any, Any]:
    """The entry for one error in the `responses` of `extend_schema`.

    Its body is a problem document (RFC 9457).
    """
    return {(status, PROBLEM_TYPE): OpenApiResponse({"$ref": "#/components/schemas/Problem"}, description)}
