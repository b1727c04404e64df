"""A reader's votes as a file: JSON, JSON lines or CSV."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from django.http import HttpResponse

from accounts.models import User
from feeds.http.downloads import as_csv, download

COLUMNS = ("paper_id", "title", "value", "voted_at")
FORMS: dict[str, tuple[str, Callable[[Iterable[dict[str, Any]]], str]]] = {
    "json": ("application/json", lambda rows: json.dumps(list(rows), ensure_ascii=False, indent=1) + "\n"),
    "ndjson": (
        "application/x-ndjson",
        lambda rows: "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows),
    ),
    "csv": ("text/csv", lambda rows: as_csv(COLUMNS, rows)),
}


def export_votes(reader: User, form: str) -> HttpResponse:
    """All of the reader's votes as a download.

    Raises KeyError for an unknown form.
    """
    media_type, write = FORMS[form]
    votes = reader.votes.values_list("paper__public_id", "paper__title", "value", "voted_at")
    rows = (
        dict(zip(COLUMNS, (paper_id, title, value, voted_at.isoformat()), strict=True))
        for paper_id, title, value, voted_at in votes
    )
    return download(write(rows), media_type, f"votes.{form}")
