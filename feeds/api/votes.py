"""REST: votes, one by one, in batches and as a file."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer, inline_serializer
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
    moment_of,
    multi_status,
    papers_by_id,
    parse_fields,
    parse_items,
    parse_paper_id,
    read_each,
)
from feeds.http.downloads import FileView, file_responses
from feeds.http.idempotency import KEY_PARAMETER, REUSED, idempotent
from feeds.http.problems import Problem
from feeds.http.rate_limits import spend_votes
from feeds.serializers.rankings import MyVoteSerializer, VoteOutcomeSerializer, VoteRequestSerializer
from feeds.transfer.export_votes import FORMS, export_votes
from recommender import votes
from recommender.models import Paper, Vote
from recommender.votes import VoteOutcome, VoteRequest

MOST = 1000  # votes of a batch
LIMIT, MOST_SHOWN = 50, 100
CURSOR_SALT = "votes cursor"

PARAMETERS = [
    OpenApiParameter(
        "value", {"type": "integer", "enum": [1, -1]}, description="Only thumbs up (`1`) or only thumbs down (`-1`)."
    ),
    OpenApiParameter("since", str, description="Only votes cast since this day (YYYY-MM-DD) or time (RFC 3339)."),
    OpenApiParameter("until", str, description="Only votes cast up to and including this day or time."),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": MOST_SHOWN, "default": LIMIT},
        description="Number of votes per page.",
    ),
    OpenApiParameter("cursor", str, description="The cursor from `next`. Send it with the same filters."),
]

MyVotesSerializer = inline_serializer(
    "MyVotes",
    {
        "count": serializers.IntegerField(help_text="Number of votes on all pages."),
        "next": serializers.URLField(allow_null=True),
        "results": MyVoteSerializer(many=True),
    },
)
VoteItemSerializer = inline_serializer(
    "WishedVote",
    {
        "paper_id": serializers.CharField(),
        "value": serializers.IntegerField(min_value=-1, max_value=1, help_text="1 (up), -1 (down) or 0 (no vote)."),
        "voted_at": serializers.DateTimeField(
            required=False, allow_null=True, help_text="When the vote was cast. Defaults to now."
        ),
    },
    many=True,
)


@extend_schema_serializer(component_name="CastVote")
class VoteResultSerializer(serializers.Serializer):
    """The result for one vote of a batch."""

    paper_id = serializers.CharField(allow_null=True, help_text="As you sent it.")
    status = serializers.IntegerField(
        help_text="200; 400 if the item is invalid or its paper appears twice, 404 if the catalogue lacks the paper, "
        "409 if there is a newer vote."
    )
    outcome = VoteOutcomeSerializer(allow_null=True)
    problem = ProblemField()


@extend_schema_serializer(component_name="BatchOfVotes")
class VoteBatchSerializer(serializers.Serializer):
    """The results of a batch of votes."""

    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField(help_text="Number of votes that were the same already.")
    failed = serializers.IntegerField()
    results = VoteResultSerializer(many=True)


class MyVotesView(APIView):
    """Your current votes."""

    @extend_schema(parameters=PARAMETERS, responses=MyVotesSerializer, operation_id="me_votes_list")
    def get(self, request: Request) -> Response:
        """List your votes, newest first. Votes that you cast while paging do not shift the following pages."""
        mine = _filtered(request)
        limit = params.whole_number("limit", request.query_params.get("limit", str(LIMIT)), 1, MOST_SHOWN)
        page = list(_after_cursor(request, mine).select_related("paper")[: limit + 1])
        next_page = None
        if len(page) > limit:
            last = page[limit - 1]
            query = request.query_params.copy()
            query["cursor"] = signing.dumps([last.voted_at.isoformat(), last.pk], salt=CURSOR_SALT)
            next_page = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
        results = MyVoteSerializer(page[:limit], many=True).data
        return Response({"count": mine.count(), "next": next_page, "results": results})


def _filtered(request: Request) -> QuerySet[Vote]:
    mine, query = reader_of(request).votes.all(), request.query_params
    if (value := query.get("value")) is not None:
        mine = mine.filter(value=int(params.choice("value", value, ("1", "-1"))))
    if (since := query.get("since")) is not None:
        mine = mine.filter(voted_at__gte=_moment("since", since))
    if (until := query.get("until")) is not None:
        mine = mine.filter(voted_at__lte=_moment("until", until, is_end=True))
    return mine


def _moment(field: str, text: str, *, is_end: bool = False) -> datetime:
    """A time, or the first or last moment of a day."""
    if len(text) > len("2026-11-23"):
        return params.moment(field, text.replace(" ", "+"))  # the + of a zone that was not escaped
    return datetime.combine(params.day(field, text), time.max if is_end else time.min, UTC)


def _after_cursor(request: Request, mine: QuerySet[Vote]) -> QuerySet[Vote]:
    """The votes that follow the page of this cursor.

    Without a cursor, these are all votes.
    """
    cursor = request.query_params.get("cursor")
    if cursor is None:
        return mine
    try:
        at, pk = signing.loads(cursor, salt=CURSOR_SALT)
    except signing.BadSignature:
        raise Problem("cursor", cursor, "not a cursor of this site; start again without one") from None
    return mine.filter(Q(voted_at__lt=at) | Q(voted_at=at, pk__lt=pk))


class VotesFileView(FileView):
    """Your votes as a file."""

    @extend_schema(
        parameters=[OpenApiParameter("form", {"type": "string", "enum": list(FORMS)}, OpenApiParameter.PATH)],
        responses=file_responses(media_type for media_type, _ in FORMS.values()),
    )
    def get(self, request: Request, form: str) -> HttpResponse:
        """Download your votes as JSON, JSON lines or CSV, newest first. Spreadsheets run no formula from the CSV."""
        if form not in FORMS:
            raise NotFound(f"unknown format {form[:40]!r}; the formats are {', '.join(FORMS)}")
        return export_votes(reader_of(request), form)


class VotesBatchView(APIView):
    """Many votes in one request."""

    @extend_schema(
        parameters=[KEY_PARAMETER], request=VoteItemSerializer, responses=multi_status(VoteBatchSerializer) | REUSED
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Cast 1 to 1,000 votes, each on another paper. The value 0 removes a vote.

        If a paper appears more than once, only its first item counts. A vote that is older than the current vote is
        rejected with the status 409.
        """
        items = parse_items(request.data, "votes", MOST)
        return Response(_cast(request, items), 207)


def _cast(request: Request, items: Sequence[Any]) -> dict[str, Any]:
    """Cast the valid votes together.

    Every item has its result, in the order of the request.
    """
    reader = reader_of(request)
    votes_or_refusals = _parse(items)
    requests = {index: vote for index, vote in enumerate(votes_or_refusals) if isinstance(vote, VoteRequest)}
    spend_votes(reader, len(requests))
    outcomes = dict(zip(requests, votes.cast_many(reader, list(requests.values())), strict=True))
    results = []
    for index, (item, vote) in enumerate(zip(items, votes_or_refusals, strict=True)):
        outcome = outcomes.get(index, vote)
        paper_id = item.get("paper_id") if isinstance(item, dict) else None
        result: dict[str, Any] = {"paper_id": paper_id[:100] if isinstance(paper_id, str) else None}
        if isinstance(outcome, VoteOutcome):
            result |= {"status": 200, "outcome": VoteOutcomeSerializer(outcome).data, "problem": None}
        else:
            problem = (outcome if isinstance(outcome, ItemRefused) else ItemRefused(409, str(outcome))).document
            result |= {"status": problem["status"], "outcome": None, "problem": problem}
        results.append(result)
    cast = [outcome for outcome in outcomes.values() if isinstance(outcome, VoteOutcome)]
    changed = sum(outcome.value != outcome.previous for outcome in cast)
    return {
        "changed": changed,
        "unchanged": len(cast) - changed,
        "failed": len(items) - len(cast),
        "results": results,
    }


def _parse(items: Sequence[Any]) -> list[VoteRequest | ItemRefused]:
    """The vote of each item, or why the item is refused."""
    now = timezone.now()

    def parse(item: Any) -> tuple[str, int, datetime | None]:
        fields = parse_fields(item, ("paper_id", "value"), ("voted_at",))
        if type(fields["value"]) is not int or fields["value"] not in (1, 0, -1):
            raise ItemRefused(400, "value: must be 1 (up), -1 (down) or 0 (no vote)")
        return parse_paper_id(fields["paper_id"]), fields["value"], moment_of("voted_at", fields.get("voted_at"), now)

    parsed = read_each(items, parse)
    papers = papers_by_id(row[0] for row in parsed if not isinstance(row, ItemRefused))
    first: dict[str, int] = {}
    votes_or_refusals: list[VoteRequest | ItemRefused] = []
    for index, row in enumerate(parsed):
        if isinstance(row, ItemRefused):
            votes_or_refusals.append(row)
            continue
        paper_id, value, voted_at = row
        if first.setdefault(paper_id, index) != index:
            message = f"{paper_id} is item {first[paper_id]} of this batch too; send it once"
            votes_or_refusals.append(ItemRefused(400, message))
        elif paper_id not in papers:
            votes_or_refusals.append(ItemRefused(404, f"{paper_id} is not in the catalogue"))
        else:
            votes_or_refusals.append(VoteRequest(papers[paper_id], value, voted_at))
    return votes_or_refusals


class VoteDetailView(APIView):
    """Your vote on a paper."""

    @extend_schema(request=VoteRequestSerializer, responses=VoteOutcomeSerializer)
    def put(self, request: Request, public_id: str) -> Response:
        """Vote up or down; the same vote again changes nothing."""
        serializer = VoteRequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        paper = get_object_or_404(Paper, public_id=public_id)
        reader = reader_of(request)
        spend_votes(reader, 1)
        outcome = votes.cast(reader, paper, serializer.validated_data["value"])
        return Response(VoteOutcomeSerializer(outcome).data)

    @extend_schema(responses={200: VoteOutcomeSerializer})
    def delete(self, request: Request, public_id: str) -> Response:
        """Remove your vote; without a vote nothing changes."""
        paper = get_object_or_404(Paper, public_id=public_id)
        return Response(VoteOutcomeSerializer(votes.take_back(reader_of(request), paper)).data)
