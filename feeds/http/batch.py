"""Many things in one request: a list of items, each of which succeeds or fails by itself, and the answer to each."""

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
AHEAD = timedelta(minutes=5)  # that a client's clock may be fast
MULTI_STATUS = "each item has a status of its own, in the order sent"
_Read = TypeVar("_Read")
_Any = TypeVar("_Any")


class ItemRefused(Exception):
    """One item cannot be done: with which status, and why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.document = problem(status, shorten(detail, 300))


@extend_schema_field({"oneOf": [{"$ref": "#/components/schemas/Problem"}, {"type": "null"}]})
class ProblemField(serializers.Field):
    """Why an item was refused, as a problem document; null where it was not."""

    def to_representation(self, value: Any) -> Any:
        return value


def items_of(data: Any, field: str, most: int) -> list[Any]:
    """The items that were sent; raises Problem for no list, an empty one and one of more than `most`."""
    if not isinstance(data, list):
        raise Problem(field, data, f"send a list of 1 to {most:,} items")
    if not 1 <= len(data) <= most:
        raise Problem(field, len(data), f"send 1 to {most:,} items at a time; these are {len(data):,}")
    return data


def read_each(items: Iterable[Any], read: Callable[[Any], _Read]) -> list[_Read | ItemRefused]:
    """What each item says, or why it says nothing."""
    found: list[_Read | ItemRefused] = []
    for item in items:
        try:
            found.append(read(item))
        except ItemRefused as refusal:
            found.append(refusal)
    return found


def fields_of(item: Any, needed: Sequence[str], allowed: Sequence[str] = ()) -> dict[str, Any]:
    """The item's fields; raises Refused when it is no object, lacks one that is needed or has one that is unknown."""
    if not isinstance(item, dict):
        raise ItemRefused(400, f"an item is an object with {', '.join(needed)}")
    if unknown := [str(name) for name in item if name not in (*needed, *allowed)]:
        raise ItemRefused(
            400, f"{shorten(unknown[0], 60)!r} is no field here; there are {', '.join((*needed, *allowed))}"
        )
    if missing := [name for name in needed if name not in item]:
        raise ItemRefused(400, f"{missing[0]} is missing")
    return item


def paper_id_of(value: Any) -> str:
    """The canonical id; raises Refused for what is no id."""
    found = canonical(value) if isinstance(value, str) and len(value) <= 100 else None
    if found is None:
        raise ItemRefused(400, f"paper_id: {shorten(repr(value), 60)} is no id; write one such as 2607.21557")
    return found


def moment_of(field: str, value: Any, now: datetime) -> datetime | None:
    """A time as RFC 3339 writes it, not in the future; None for null. Raises ItemRefused for anything else."""
    if value is None:
        return None
    try:
        at = params.moment(field, value)
    except Problem as error:
        raise ItemRefused(400, str(error)) from None
    if not EARLIEST <= at <= now + AHEAD:
        raise ItemRefused(400, f"{field}: {value} is in the future, or before 1970; write a time between the two")
    return min(at, now)


def parts(rows: Iterable[_Any], size: int) -> Iterator[list[_Any]]:
    """The rows, so many at a time."""
    left = iter(rows)
    while some := list(islice(left, size)):
        yield some


def papers_by_id(public_ids: Iterable[str]) -> dict[str, Paper]:
    """Those of these papers that the catalogue has; long lists are asked for in parts."""
    found: dict[str, Paper] = {}
    for some in parts(dict.fromkeys(public_ids), 1000):
        papers = Paper.objects.filter(public_id__in=some).only("pk", "public_id", "title")
        found |= {paper.public_id: paper for paper in papers}
    return found


def multi_status(serializer: Any) -> dict[Any, Any]:
    return {207: OpenApiResponse(serializer, MULTI_STATUS)}
