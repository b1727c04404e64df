"""Files over the API: an answer to save, whatever the client says it accepts."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView


class AsItIs(DefaultContentNegotiation):
    """The address names the form of the file, so that `Accept` does not; errors are JSON."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


class FileView(APIView):
    """Answers with a file."""

    content_negotiation_class = AsItIs


def file_headers(name: str) -> dict[str, str]:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}


def download(text: str, media_type: str, name: str) -> HttpResponse:
    """A reader's own file, which nobody is to keep on the way."""
    return HttpResponse(text, content_type=f"{media_type}; charset=utf-8", headers=file_headers(name))


def streamed(pieces: Iterable[bytes], media_type: str, name: str) -> StreamingHttpResponse:
    """The same, of pieces that are made while they are sent."""
    return StreamingHttpResponse(pieces, content_type=media_type, headers=file_headers(name))


def one_of(media_types: Iterable[str]) -> dict[Any, Any]:
    """The answers of an operation that gives a file in one of these forms."""
    return {
        (200, media_type): OpenApiTypes.ANY if media_type.endswith("json") else OpenApiTypes.STR
        for media_type in media_types
    }
