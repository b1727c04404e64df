"""The REST API of impressions: software says which places of a ranking it has shown to its reader."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema, inline_serializer
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
from feeds.http.idempotency import KEY_PARAMETER, REUSED, run_once
from feeds.http.problems import PROBLEM_TYPE, Problem
from recommender.impressions import ShownPlace, note
from recommender.models import Impression, Ranking

MOST = 500  # impressions of a batch
Named = tuple[str, int, str, datetime]
_SURFACES = Impression.Surface.values

ImpressionSerializer = inline_serializer(
    "Impression",
    {
        "paper_id": serializers.CharField(),
        "position": serializers.IntegerField(min_value=1, help_text="the place in the ranking"),
        "surface": serializers.ChoiceField(Impression.Surface.choices),
        "at": serializers.DateTimeField(required=False, allow_null=True, help_text="left out: now"),
    },
    many=True,
)
ShownSerializer = inline_serializer(
    "ShownPlaces", {"ranking_id": serializers.CharField(max_length=32), "items": ImpressionSerializer}
)


class RefusedItemSerializer(serializers.Serializer):
    item = serializers.IntegerField(help_text="its place in the list that was sent, from 0")
    problem = ProblemField()


class NotedSerializer(serializers.Serializer):
    new = serializers.IntegerField()
    known = serializers.IntegerField(help_text="noted before for the same ranking, paper and surface; they stay")
    refused = RefusedItemSerializer(many=True, help_text="of no such place or paper, or unreadable")


class ImpressionsView(APIView):
    """What was shown to me."""

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request=ShownSerializer,
        responses={
            202: NotedSerializer,
            **REUSED,
            (404, PROBLEM_TYPE): OpenApiResponse({"$ref": "#/components/schemas/Problem"}, "no ranking of yours"),
        },
    )
    def post(self, request: Request) -> Response:
        """1 to 500 places of one of my rankings; sent again they are known already and change nothing."""
        ranking, items = _asked(request)
        return run_once(request, lambda: Response(_noted(reader_of(request), ranking, items), 202))


def _asked(request: Request) -> tuple[Ranking, list[Any]]:
    sent = request.data if isinstance(request.data, dict) else {}
    if unknown := [str(name)[:100] for name in sent if name not in ("ranking_id", "items")]:
        raise Problem(unknown[0], sent.get(unknown[0]), "what can be sent: ranking_id, items")
    name = sent.get("ranking_id")
    if not isinstance(name, str) or "\x00" in name:
        raise Problem("ranking_id", name, "name the ranking that was shown, as an answer of the feed gives it")
    items = parse_items(sent.get("items"), "items", MOST)
    ranking = reader_of(request).rankings.filter(public_id=name).first()
    if ranking is None:
        raise NotFound(f"{name[:60]!r} is no ranking of yours; take the ranking_id of an answer of the feed")
    return ranking, items


def _noted(reader: User, ranking: Ranking, items: Sequence[Any]) -> dict[str, Any]:
    now = timezone.now()
    said = read_each(items, lambda item: _read(item, now))
    papers = papers_by_id(named[0] for named in said if not isinstance(named, ItemRefused))
    pks = {public_id: paper.pk for public_id, paper in papers.items()}
    order = ranking.order.tolist()
    shown = read_each(said, lambda named: _shown(named, pks, order))
    noted = note(reader, ranking, [one for one in shown if isinstance(one, ShownPlace)])
    refused = [{"item": at, "problem": one.document} for at, one in enumerate(shown) if isinstance(one, ItemRefused)]
    return {"new": noted.new, "known": noted.known, "refused": refused}


def _read(item: Any, now: datetime) -> Named:
    said = parse_fields(item, ("paper_id", "position", "surface"), ("at",))
    if type(said["position"]) is not int or not 1 <= said["position"] < 2**31:
        raise ItemRefused(400, "position: a place is a whole number from 1")
    if said["surface"] not in _SURFACES:
        raise ItemRefused(400, f"surface: there are {', '.join(_SURFACES)}")
    at = moment_of("at", said.get("at"), now)
    return parse_paper_id(said["paper_id"]), said["position"], said["surface"], at or now


def _shown(named: Named | ItemRefused, pks: dict[str, int], order: Sequence[int]) -> ShownPlace:
    if isinstance(named, ItemRefused):
        raise named
    public_id, position, surface, at = named
    if public_id not in pks:
        raise ItemRefused(404, f"{public_id} is not in the catalogue")
    if position > len(order) or order[position - 1] != pks[public_id]:
        raise ItemRefused(400, f"position: {public_id} is not in place {position} of this ranking")
    return ShownPlace(pks[public_id], position, surface, at)
