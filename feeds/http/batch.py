"""Batch requests, in which each item has its own status."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from drf_spectacular.utils import OpenApiResponse, extend_schema_field
from rest_framework import serializers

from recommender.models import Paper
from recommender.paper_ids import canonical

from . import params
from .problems import Problem, problem, shorten

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD = timedelta(minutes=5)  # tolerance for a client's fast clock
MULTI_STATUS = "each item has a status of its own, in the order sent"
_Parsed = TypeVar("_Parsed")
_Row = TypeVar("_Row")


class ItemRefused(Exception):
    """One item of a batch is refused.

    Holds the problem document with the status and the reason.
    """

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.document = problem(status, shorten(detail, 300))


@extend_schema_field({"oneOf": [{"$ref": "#/components/schemas/Problem"}, {"type": "null"}]})
class ProblemField(serializers.Field):
    """The problem document of a refused item; null for an accepted one."""

    def to_representation(self, value: Any) -> Any:
        return value


def parse_items(data: Any, field: str, most: int) -> list[Any]:
    """The items of a request.

    Raises Problem for anything but a list of 1 to `most` items.
    """
    if not isinstance(data, list):
        raise Problem(field, data, f"send a list of 1 to {most:,} items")
    if not 1 <= len(data) <= most:
        raise Problem(field, len(data), f"send 1 to {most:,} items at a time; you sent {len(data):,}")
    return data


def read_each(items: Iterable[Any], parse: Callable[[Any], _Parsed]) -> list[_Parsed | ItemRefused]:
    """Parse each item; an item that cannot be parsed becomes its ItemRefused."""
    results: list[_Parsed | ItemRefused] = []
    for item in items:
        try:
            results.append(parse(item))
        except ItemRefused as refusal:
            results.append(refusal)
    return results


def parse_fields(item: Any, needed: Sequence[str], allowed: Sequence[str] = ()) -> dict[str, Any]:
    """The fields of an item.

    Raises ItemRefused if it is not an object, or has a missing or an unknown field.
    """
    if not isinstance(item, dict):
        raise ItemRefused(400, f"an item must be an object with {', '.join(needed)}")
    if unknown := [str(name) for name in item if name not in (*needed, *allowed)]:
        fields = ", ".join((*needed, *allowed))
        raise ItemRefused(400, f"{shorten(unknown[0], 60)!r} is not a field of an item; use {fields}")
    if missing := [name for name in needed if name not in item]:
        raise ItemRefused(400, f"{missing[0]} is missing")
    return item


def parse_paper_id(value: Any) -> str:
    """The canonical form of a paper id; raises ItemRefused for anything else."""
    paper_id = canonical(value) if isinstance(value, str) and len(value) <= 100 else None
    if paper_id is None:
        raise ItemRefused(400, f"paper_id: {shorten(repr(value), 60)} is not a paper id; write one such as 2607.21557")
    return paper_id


def moment_of(field: str, value: Any, now: datetime) -> datetime | None:
    """A time as RFC 3339 writes it, not in the future.

    Returns None for null. Raises ItemRefused for anything else.
    """
    if value is None:
        return None
    try:
        at = params.moment(field, value)
    except Problem as error:
        raise ItemRefused(400, str(error)) from None
    if not EARLIEST <= at <= now + AHEAD:
        raise ItemRefused(400, f"{field}: {value} is in the future, or before 1970; write a time between the two")
    return min(at, now)


def chunked(rows: Iterable[_Row], size: int) -> Iterator[list[_Row]]:
    """The rows in lists of `size`; the last may be shorter."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, size)):
        yield chunk


def papers_by_id(public_ids: Iterable[str]) -> dict[str, Paper]:
    """The papers with these ids, by public id.

    Takes one query for each 1,000 ids.
    """
    papers: dict[str, Paper] = {}
    for chunk in chunked(dict.fromkeys(public_ids), 1000):
        rows = Paper.objects.filter(public_id__in=chunk).only("pk", "public_id", "title")
        papers |= {paper.public_id: paper for paper in rows}
    return papers


def multi_status(serializer: Any) -> dict[Any, Any]:
    return {207: OpenApiResponse(serializer, MULTI_STATUS)}
