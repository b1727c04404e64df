"""REST: import of a library or an account, export of the account."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from feeds.http import params
from feeds.http.authentication import may_write, reader_of
from feeds.http.downloads import FileView, streamed
from feeds.http.json import StrictJSONParser
from feeds.http.problems import PROBLEM_TYPE, Problem, TooLarge
from feeds.serializers.transfer import (
    ImportedSerializer,
    ImportRequest,
    JsonImportSerializer,
    ProfileSerializer,
    UploadSerializer,
)
from feeds.transfer.export_account import profile
from feeds.transfer.import_library import LookupResult, keep, look_through
from feeds.transfer.library import LARGEST, Match, read
from feeds.transfer.restore_account import parsed, restore
from recommender import collections
from recommender.models import Collection
from recommender.textfiles import BrokenStream, Rejected, WrongFile

LARGEST_UPLOAD = 20_000_000  # bytes, of a profile; a library has at most `LARGEST`
PROBLEM = {"$ref": "#/components/schemas/Problem"}


class AccountExportView(FileView):
    """Everything of mine."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "rankings", {"type": "string", "enum": ["true", "false"], "default": "true"},
                description="false leaves out past rankings and impressions, which make the file large",
            )
        ],
        responses={(200, "application/json"): ProfileSerializer},
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        """One JSON file, which POST /me/import/ reads. Of tokens it has names, never keys, and only for writers."""
        with_rankings = params.flag("rankings", request.query_params.get("rankings", "true"))
        now, reader = timezone.now(), reader_of(request)
        pieces = profile(reader, now, with_rankings=with_rankings, with_tokens=may_write(request))
        return streamed(pieces, "application/json", f"paperboy-{now:%Y-%m-%d}.json")


class LibraryImportView(APIView):
    """Bring what you have elsewhere."""

    parser_classes = [StrictJSONParser, MultiPartParser]

    @extend_schema(
        request={"application/json": JsonImportSerializer, "multipart/form-data": UploadSerializer},
        responses={
            200: ImportedSerializer,
            (404, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "no such collection of yours"),
            (422, PROBLEM_TYPE): OpenApiResponse(PROBLEM, "there is no room for all of it; nothing was kept"),
        },
    )
    def post(self, request: Request) -> Response:
        """A library, at most 1 MB and 2,000 entries, or a profile, uploaded as a file of at most 20 MB.

        Of a library all papers that are here become thumbs up, interests or part of a collection; papers that have a
        vote keep it. A profile restores settings, interests, mutes, votes with their history and collections. A dry
        run changes nothing and says what would be; for it arXiv is not asked for papers that are not here.
        """
        wish = ImportRequest.of(_body(request))
        reader = reader_of(request)
        try:
            told = _restored(reader, wish) if wish.form == "profile" else _brought(reader, wish)
        except (WrongFile, BrokenStream) as error:
            raise Problem(wish.field, None, f"this cannot be read: {error}") from None
        except Collection.DoesNotExist as error:
            raise NotFound(f"{error}; /api/v1/me/collections/ lists them") from None
        return Response(ImportedSerializer(told).data)


def _body(request: Request) -> Any:
    """What was sent, once it is known not to be too much: an upload may be larger than other bodies."""
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if length.isdigit() and int(length) > LARGEST_UPLOAD:
        raise TooLarge(f"at most {LARGEST_UPLOAD:,} bytes are taken; of a profile, export it with ?rankings=false")
    try:
        return request.data
    except RequestDataTooBig:
        raise TooLarge("a body of JSON has at most 1,000,000 bytes; upload the file as multipart/form-data") from None


def _brought(reader: User, wish: ImportRequest) -> dict[str, Any]:
    if len(wish.text) > LARGEST:
        raise TooLarge(f"a library has at most {LARGEST:,} characters; bring it in parts")
    if wish.use == "collection":
        collections.find(reader, wish.collection)
    found = look_through(reader, read(wish.text, wish.form), timezone.now(), may_ask=not wish.dry_run)
    new = keep(reader, found.papers, wish.use, wish.collection, dry_run=wish.dry_run)
    counts = {"new": new, "there": len(found.papers) - new}
    return {"format": wish.form, "use": wish.use, "dry_run": wish.dry_run, **counts, "results": _results(found)}


def _results(found: LookupResult) -> list[dict[str, Any]]:
    return [_result(row) for row in found.rows]


def _result(row: Any) -> dict[str, Any]:
    empty = {"line": None, "entry": "", "paper_id": None, "by": None, "reason": None}
    if isinstance(row, Rejected):
        return empty | {"status": "unreadable", "line": row.line, "reason": row.reason}
    if isinstance(row, Match):
        return empty | {
            "status": "found", "entry": row.entry.label[:200], "paper_id": row.paper.public_id, "by": row.by.lower(),
        }  # fmt: skip
    entry, reason = row
    return empty | {"status": "not_here", "entry": entry.label[:200], "paper_id": entry.arxiv_id, "reason": reason}


def _restored(reader: User, wish: ImportRequest) -> dict[str, Any]:
    report = restore(reader, parsed(wish.text), timezone.now(), dry_run=wish.dry_run)
    counts = {
        "new": sum(told.restored for told in report.sections),
        "there": sum(told.there for told in report.sections),
    }
    about = {"format": "profile", "use": "profile", "dry_run": wish.dry_run}
    return {**about, **counts, "sections": report.sections, "left_out": report.left_out}
