"""A reader’s votes as a file: JSON, JSON lines or CSV."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpResponse

from accounts.models import User
from feeds.http.downloads import as_csv, download

COLUMNS = ("paper_id", "title", "value", "voted_at")


def export_votes(reader: User, form: str) -> HttpResponse:
    """Every vote of the reader for download; raises KeyError for an unknown form."""
    media_type, write = FORMS[form]
    return download(write(_rows(reader)), media_type, f"votes.{form}")


def _rows(reader: User) -> Iterator[dict[str, Any]]:
    for paper_id, title, value, at in reader.votes.values_list("paper__public_id", "paper__title", "value", "voted_at"):
        yield dict(zip(COLUMNS, (paper_id, title, value, at.isoformat()), strict=True))


def _as_json(rows: Iterator[dict[str, Any]]) -> str:
    return json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n"


def _as_lines(rows: Iterator[dict[str, Any]]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _as_csv(rows: Iterator[dict[str, Any]]) -> str:
    return as_csv(COLUMNS, rows)


FORMS: dict[str, tuple[str, Callable[[Iterator[dict[str, Any]]], str]]] = {
    "json": ("application/json", _as_json),
    "ndjson": ("application/x-ndjson", _as_lines),
    "csv": ("text/csv", _as_csv),
}
