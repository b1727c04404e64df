"""JSON of the API: the renderer, the strict parser and numbered pages."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework import exceptions, pagination, parsers, renderers
from rest_framework.request import Request

from . import params

MAX_DEPTH = 32


class JSONRenderer(renderers.BaseRenderer):
    """Render JSON with orjson.

    A problem document differs only in the content type that its response names.
    """

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if data is None:
            return b""
        return orjson.dumps(data, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY)


class StrictJSONParser(parsers.JSONParser):
    """Parse JSON strictly, at most `MAX_DEPTH` levels deep.

    It must be UTF-8 with finite numbers and without lone surrogates. A subclass of DRF's own parser because DRF applies
    DATA_UPLOAD_MAX_MEMORY_SIZE to that class alone.
    """

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            data = orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise exceptions.ParseError(f"the body is not JSON in UTF-8: {error}") from error
        if _is_deeper_than(MAX_DEPTH, data):
            raise exceptions.ParseError(f"the body is nested deeper than {MAX_DEPTH} levels; use fewer levels")
        return data


def _is_deeper_than(levels: int, data: Any) -> bool:
    if not isinstance(data, dict | list):
        return False
    values = data.values() if isinstance(data, dict) else data
    return levels == 0 or any(_is_deeper_than(levels - 1, value) for value in values)


class PageNumberPagination(pagination.PageNumberPagination):
    """Read `?page=` and `?page_size=`, at most 100.

    A page that does not exist is a 404.
    """

    page_size_query_param = "page_size"
    max_page_size = 100
    invalid_page_message = "page: {page_number!r} is not a page of this list ({message}); start with page=1"

    def get_page_size(self, request: Request) -> int | None:
        asked = request.query_params.get("page_size")
        if asked is None:
            return self.page_size
        return params.whole_number("page_size", asked, 1, self.max_page_size)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        page, page_size = super().get_schema_operation_parameters(view)
        page["schema"] |= {"minimum": 1}
        page_size["schema"] |= {"minimum": 1, "maximum": self.max_page_size, "default": self.page_size}
        return [page, page_size]

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """DRF's schema, with null as a type, as OpenAPI 3.1 requires."""
        page = super().get_paginated_response_schema(schema)
        for name in ("next", "previous"):
            link = page["properties"][name]
            del link["nullable"]
            link["type"] = ["string", "null"]
        return page
