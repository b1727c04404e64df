"""Responses that browsers save as files, and CSV that is safe in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")


class FileNegotiation(DefaultContentNegotiation):
    """Ignore `Accept`, since the URL names the format of the file.

    Errors are JSON.
    """

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, str(first.media_type)


class FileView(APIView):
    """A view that answers with a file."""

    content_negotiation_class = FileNegotiation


def file_headers(name: str) -> dict[str, str]:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return {"Content-Disposition": disposition, "Cache-Control": "private, no-store"}


def download(text: str, media_type: str, name: str) -> HttpResponse:
    """A reader's own file, which no cache may store."""
    return HttpResponse(text, content_type=f"{media_type}; charset=utf-8", headers=file_headers(name))


def streaming_download(pieces: Iterable[bytes], media_type: str, name: str) -> StreamingHttpResponse:
    """A reader's own file, sent while its pieces are produced."""
    return StreamingHttpResponse(pieces, content_type=media_type, headers=file_headers(name))


def file_responses(media_types: Iterable[str]) -> dict[Any, Any]:
    """The OpenAPI responses of an operation that returns a file."""
    return {
        (200, media_type): OpenApiTypes.ANY if media_type.endswith("json") else OpenApiTypes.STR
        for media_type in media_types
    }


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Write a header line and a line for each row.

    The elements of a list are joined with semicolons. A text that a spreadsheet would read as a formula gets a leading
    quote; numbers stay numbers.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(columns))
    writer.writeheader()
    writer.writerows({name: _cell(row[name]) for name in columns} for row in rows)
    return out.getvalue()


def _cell(value: Any) -> Any:
    """Convert a value for DictWriter.

    The result is a number, or a text that no spreadsheet reads as a formula.
    """
    if isinstance(value, int | float):
        return value
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(FORMULA_PREFIXES) else text
