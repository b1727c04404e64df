"""REST: impressions, the places of a ranking that were shown.

Software reports them for its reader.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from feeds.http.authentication import reader_of
from feeds.http.batch import (
    ItemRefused,
    ProblemField,
    moment_of,
    papers_by_id,
    parse_fields,
    parse_items,
    parse_paper_id,
    read_each,
)
from feeds.http.idempotency import KEY_PARAMETER, REUSED, idempotent
from feeds.http.problems import Problem
from recommender.impressions import ShownPlace, note
from recommender.models import Impression, Paper, Ranking

from .problem_responses import problem_response

MOST = 500  # impressions of a batch
SURFACES = Impression.Surface.values

ImpressionSerializer = inline_serializer(
    "Impression",
    {
        "paper_id": serializers.CharField(),
        "position": serializers.IntegerField(min_value=1, help_text="Position of the paper in the ranking, from 1."),
        "surface": serializers.ChoiceField(Impression.Surface.choices),
        "at": serializers.DateTimeField(
            required=False, allow_null=True, help_text="When it was shown. Defaults to now."
        ),
    },
    many=True,
)
ShownSerializer = inline_serializer(
    "ShownPlaces", {"ranking_id": serializers.CharField(max_length=32), "items": ImpressionSerializer}
)


class RefusedItemSerializer(serializers.Serializer):
    """An impression that was not recorded."""

    item = serializers.IntegerField(help_text="Index in the list that you sent, from 0.")
    problem = ProblemField()


@extend_schema_serializer(component_name="Noted")
class ImpressionReportSerializer(serializers.Serializer):
    """How many impressions were recorded."""

    new = serializers.IntegerField()
    known = serializers.IntegerField(
        help_text="Number of impressions recorded earlier for the same ranking, paper and surface."
    )
    refused = RefusedItemSerializer(many=True, help_text="Items that are invalid or do not match the ranking.")


class ImpressionsView(APIView):
    """Record which papers you were shown."""

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request=ShownSerializer,
        responses={
            202: ImpressionReportSerializer,
            **REUSED,
            **problem_response(404, "You have no ranking with this ID."),
        },
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Record 1 to 500 impressions of one of your rankings. Repeating the request changes nothing."""
        body = request.data if isinstance(request.data, dict) else {}
        if unknown := [str(name)[:100] for name in body if name not in ("ranking_id", "items")]:
            raise Problem(unknown[0], body.get(unknown[0]), "unknown field; the fields are ranking_id, items")
        ranking_id = body.get("ranking_id")
        if not isinstance(ranking_id, str) or "\x00" in ranking_id:
            raise Problem("ranking_id", ranking_id, "must be the ranking_id that the feed returned")
        items = parse_items(body.get("items"), "items", MOST)
        reader = reader_of(request)
        ranking = reader.rankings.filter(public_id=ranking_id).first()
        if ranking is None:
            raise NotFound(f"you have no ranking {ranking_id[:60]!r}; send the ranking_id that the feed returned")
        return Response(_record(reader, ranking, items), 202)


def _record(reader: User, ranking: Ranking, items: Sequence[Any]) -> dict[str, Any]:
    now = timezone.now()
    parsed = read_each(items, lambda item: _parse(item, now))
    papers = papers_by_id(item.paper_id for item in parsed if isinstance(item, ParsedItem))
    order = ranking.order.tolist()
    places: list[ShownPlace] = []
    refused = []
    for index, item in enumerate(parsed):
        place = item if isinstance(item, ItemRefused) else _match(item, papers, order)
        if isinstance(place, ItemRefused):
            refused.append({"item": index, "problem": place.document})
        else:
            places.append(place)
    recorded = note(reader, ranking, places)
    return {"new": recorded.new, "known": recorded.known, "refused": refused}


@dataclass(frozen=True)
class ParsedItem:
    """A valid item of the request, not yet compared with the ranking."""

    paper_id: str
    position: int
    surface: str
    at: datetime


def _parse(item: Any, now: datetime) -> ParsedItem:
    """Validate one item; raises ItemRefused."""
    fields = parse_fields(item, ("paper_id", "position", "surface"), ("at",))
    position, surface = fields["position"], fields["surface"]
    if type(position) is not int or not 1 <= position < 2**31:
        raise ItemRefused(400, "position: must be a whole number from 1")
    if surface not in SURFACES:
        raise ItemRefused(400, f"surface: must be one of {', '.join(SURFACES)}")
    at = moment_of("at", fields.get("at"), now)
    return ParsedItem(parse_paper_id(fields["paper_id"]), position, surface, at or now)


def _match(item: ParsedItem, papers: dict[str, Paper], order: Sequence[int]) -> ShownPlace | ItemRefused:
    """The place of the ranking that the item names, if its paper is there."""
    paper = papers.get(item.paper_id)
    if paper is None:
        return ItemRefused(404, f"{item.paper_id} is not in the catalogue")
    if item.position > len(order) or order[item.position - 1] != paper.pk:
        return ItemRefused(400, f"position: {item.paper_id} is not in place {item.position} of this ranking")
    return ShownPlace(paper.pk, item.position, item.surface, item.at)
