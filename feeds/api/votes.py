"""REST: one vote, my votes, votes in batches and as a file."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feeds.http import params
from feeds.http.authentication import reader_of
from feeds.http.batch import (
    ItemRefused,
    ProblemField,
    fields_of,
    items_of,
    moment_of,
    multi_status,
    paper_id_of,
    papers_by_id,
    read_each,
)
from feeds.http.downloads import FileView, one_of
from feeds.http.idempotency import KEY_PARAMETER, REUSED, once
from feeds.http.problems import Problem
from feeds.http.rate_limits import spend_votes
from feeds.serializers.rankings import CastSerializer, MyVoteSerializer, OutcomeSerializer
from feeds.transfer.export_votes import FORMS, as_file
from recommender import votes
from recommender.models import Paper, Vote
from recommender.votes import NewerVoteExists, VoteOutcome, VoteRequest

MOST = 1000  # votes of a batch
LIMIT, MOST_SHOWN = 50, 100
CURSOR_SALT = "votes cursor"
Named = tuple[str, int, datetime | None]

_PARAMETERS = [
    OpenApiParameter("value", {"type": "integer", "enum": [1, -1]}, description="only thumbs up, or only thumbs down"),
    OpenApiParameter("since", str, description="cast on this day or at this time, or later; YYYY-MM-DD or RFC 3339"),
    OpenApiParameter("until", str, description="cast on this day or at this time, or before"),
    OpenApiParameter(
        "limit", {"type": "integer", "minimum": 1, "maximum": MOST_SHOWN, "default": LIMIT}, description="of one page"
    ),
    OpenApiParameter("cursor", str, description="from `next`, with the same filters"),
]

MyVotesSerializer = inline_serializer(
    "MyVotes",
    {
        "count": serializers.IntegerField(help_text="of all pages"),
        "next": serializers.URLField(allow_null=True),
        "results": MyVoteSerializer(many=True),
    },
)
WishSerializer = inline_serializer(
    "WishedVote",
    {
        "paper_id": serializers.CharField(),
        "value": serializers.IntegerField(min_value=-1, max_value=1, help_text="1 up, -1 down, 0 no vote"),
        "voted_at": serializers.DateTimeField(required=False, allow_null=True, help_text="left out: now"),
    },
    many=True,
)


class CastVoteSerializer(serializers.Serializer):
    """What became of one vote of a batch."""

    paper_id = serializers.CharField(allow_null=True, help_text="as it was sent")
    status = serializers.IntegerField(help_text="200; 400 unreadable or named twice, 404 not here, 409 outvoted")
    outcome = OutcomeSerializer(allow_null=True)
    problem = ProblemField()


class BatchOfVotesSerializer(serializers.Serializer):
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text="those that were so already")
    failed = serializers.IntegerField()
    results = CastVoteSerializer(many=True)


class MyVotesView(APIView):
    """My votes as they are now."""

    @extend_schema(parameters=_PARAMETERS, responses=MyVotesSerializer, operation_id="me_votes_list")
    def get(self, request: Request) -> Response:
        """The newest first. A cursor goes on behind the vote that it was made at, whatever was cast since."""
        found = _filtered(request)
        limit = params.whole_number("limit", request.query_params.get("limit", str(LIMIT)), 1, MOST_SHOWN)
        page = list(_behind(request, found).select_related("paper")[: limit + 1])
        more = _link(request, page[limit - 1]) if len(page) > limit else None
        rows = MyVoteSerializer(page[:limit], many=True).data
        return Response({"count": found.count(), "next": more, "results": rows})


class VotesFileView(FileView):
    """All my votes as a file."""

    @extend_schema(
        parameters=[OpenApiParameter("form", {"type": "string", "enum": list(FORMS)}, OpenApiParameter.PATH)],
        responses=one_of(media_type for media_type, _ in FORMS.values()),
    )
    def get(self, request: Request, form: str) -> HttpResponse:
        """JSON, a line of JSON each, or CSV in which no title is a formula; the newest first."""
        if form not in FORMS:
            raise NotFound(f"votes are given as export.{', export.'.join(FORMS)}")
        return as_file(reader_of(request), form)


class VotesBatchView(APIView):
    """Many votes at once."""

    @extend_schema(
        parameters=[KEY_PARAMETER], request=WishSerializer, responses=multi_status(BatchOfVotesSerializer) | REUSED
    )
    def post(self, request: Request) -> Response:
        """1 to 1,000 votes, each about another paper: a later one on the same paper is refused, the first counts.

        0 takes a vote back. A vote dated before the one that there is gives way to it (409).
        """
        items = items_of(request.data, "votes", MOST)
        return once(request, lambda: Response(_cast(request, items), 207))


def _cast(request: Request, items: Sequence[Any]) -> dict[str, Any]:
    now = timezone.now()
    said = _each_once(read_each(items, lambda item: _read(item, now)))
    papers = papers_by_id(named[0] for named in said if not isinstance(named, ItemRefused))
    wishes = {at: _wish(named, papers) for at, named in enumerate(said)}
    sound = {at: wish for at, wish in wishes.items() if isinstance(wish, VoteRequest)}
    spend_votes(reader_of(request), len(sound))
    cast = dict(zip(sound, votes.cast_many(reader_of(request), list(sound.values())), strict=True))
    ends = [cast.get(at) or wishes[at] for at in wishes]
    done = [end for end in ends if isinstance(end, VoteOutcome)]
    changed = sum(end.value != end.previous for end in done)
    return {
        "changed": changed,
        "unchanged": len(done) - changed,
        "failed": len(ends) - len(done),
        "results": [_told(item, end) for item, end in zip(items, ends, strict=True)],
    }


def _read(item: Any, now: datetime) -> Named:
    said = fields_of(item, ("paper_id", "value"), ("voted_at",))
    if type(said["value"]) is not int or said["value"] not in (1, 0, -1):
        raise ItemRefused(400, "value: a vote is the number 1 (up), -1 (down) or 0 (none)")
    return paper_id_of(said["paper_id"]), said["value"], moment_of("voted_at", said.get("voted_at"), now)


def _each_once(said: Sequence[Named | ItemRefused]) -> list[Named | ItemRefused]:
    first: dict[str, int] = {}
    found: list[Named | ItemRefused] = []
    for place, named in enumerate(said):
        if isinstance(named, ItemRefused) or first.setdefault(named[0], place) == place:
            found.append(named)
        else:
            found.append(ItemRefused(400, f"{named[0]} is item {first[named[0]]} of this batch too; send it once"))
    return found


def _wish(named: Named | ItemRefused, papers: dict[str, Paper]) -> VoteRequest | ItemRefused:
    if isinstance(named, ItemRefused):
        return named
    public_id, value, at = named
    paper = papers.get(public_id)
    return VoteRequest(paper, value, at) if paper else ItemRefused(404, f"{public_id} is not in the catalogue")


def _told(item: Any, end: VoteOutcome | NewerVoteExists | VoteRequest | ItemRefused) -> dict[str, Any]:
    sent = item.get("paper_id") if isinstance(item, dict) else None
    name = sent[:100] if isinstance(sent, str) else None
    if isinstance(end, VoteOutcome):
        return {"paper_id": name, "status": 200, "outcome": OutcomeSerializer(end).data, "problem": None}
    document = (end if isinstance(end, ItemRefused) else ItemRefused(409, str(end))).document
    return {"paper_id": name, "status": document["status"], "outcome": None, "problem": document}


def _filtered(request: Request) -> QuerySet[Vote]:
    found, asked = reader_of(request).votes.all(), request.query_params
    if (value := asked.get("value")) is not None:
        found = found.filter(value=int(params.choice("value", value, ("1", "-1"))))
    if (since := asked.get("since")) is not None:
        found = found.filter(voted_at__gte=_moment("since", since))
    if (until := asked.get("until")) is not None:
        found = found.filter(voted_at__lte=_moment("until", until, is_end=True))
    return found


def _moment(field: str, text: str, *, is_end: bool = False) -> datetime:
    """A day or a time; a day stands for its first moment, or its last."""
    if len(text) > len("2026-11-23"):
        return params.moment(field, text.replace(" ", "+"))  # the + of a zone that was not escaped
    return datetime.combine(params.day(field, text), time.max if is_end else time.min, UTC)


def _behind(request: Request, found: QuerySet[Vote]) -> QuerySet[Vote]:
    """The votes that come after the one that the cursor was made at."""
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return found
    try:
        at, pk = signing.loads(cursor, salt=CURSOR_SALT)
    except signing.BadSignature:
        raise Problem("cursor", cursor, "this cursor was not given out here; start again without one") from None
    return found.filter(Q(voted_at__lt=at) | Q(voted_at=at, pk__lt=pk))


def _link(request: Request, last: Vote) -> str:
    cursor = signing.dumps([last.voted_at.isoformat(), last.pk], salt=CURSOR_SALT)
    query = request.query_params.copy()
    query["cursor"] = cursor
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


class VoteDetailView(APIView):
    """My vote on one paper."""

    @extend_schema(request=CastSerializer, responses=OutcomeSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """Vote up or down; the same vote again changes nothing."""
        asked = CastSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        paper = get_object_or_404(Paper, public_id=public_id)
        spend_votes(reader_of(request), 1)
        return Response(OutcomeSerializer(votes.cast(reader_of(request), paper, asked.validated_data["value"])).data)

    @extend_schema(responses={200: OutcomeSerializer})
    def delete(self, request: Request, public_id: str) -> Response:
        """Take the vote back; without one nothing changes."""
        paper = get_object_or_404(Paper, public_id=public_id)
        return Response(OutcomeSerializer(votes.take_back(reader_of(request), paper)).data)
