"""REST: import of a library or a profile, export of the account."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from feeds.http import params
from feeds.http.authentication import may_write, reader_of
from feeds.http.downloads import FileView, streaming_download
from feeds.http.json import StrictJSONParser
from feeds.http.problems import Problem, TooLarge
from feeds.transfer.export_account import export_account
from feeds.transfer.import_library import import_papers, match_library
from feeds.transfer.library import LARGEST, LibraryEntry, Match, read
from feeds.transfer.restore_account import read_profile, restore_profile
from recommender import collections
from recommender.models import Collection
from recommender.textfiles import BrokenStream, Rejected, WrongFile

from .problem_responses import problem_response
from .transfer_serializers import (
    ImportReportSerializer,
    ImportRequest,
    JsonImportSerializer,
    ProfileSerializer,
    UploadSerializer,
)

LARGEST_UPLOAD = 20_000_000  # bytes of a profile; `LARGEST` limits a library


class AccountExportView(FileView):
    """Export your account."""

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "rankings", {"type": "string", "enum": ["true", "false"], "default": "true"},
                description="Set to `false` to leave out past rankings and impressions, which make the file large.",
            )
        ],
        responses={(200, "application/json"): ProfileSerializer},
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse | StreamingHttpResponse:
        """Download everything stored about you as one JSON file, which `POST /me/import/` can restore.

        The names of your API tokens are included only if the request may write. Their keys are never included.
        """
        with_rankings = params.flag("rankings", request.query_params.get("rankings", "true"))
        now, reader = timezone.now(), reader_of(request)
        pieces = export_account(reader, now, with_rankings=with_rankings, with_tokens=may_write(request))
        return streaming_download(pieces, "application/json", f"paperboy-{now:%Y-%m-%d}.json")


class LibraryImportView(APIView):
    """Import a library or a profile."""

    parser_classes = [StrictJSONParser, MultiPartParser]

    @extend_schema(
        request={"application/json": JsonImportSerializer, "multipart/form-data": UploadSerializer},
        responses={
            200: ImportReportSerializer,
            **problem_response(404, "You have no collection with this ID."),
            **problem_response(422, "There is not enough room. Nothing was imported."),
        },
    )
    def post(self, request: Request) -> Response:
        """Import a library of at most 1 MB and 2,000 entries, or upload a profile of at most 20 MB.

        The papers of a library become thumbs up, interests or papers of a collection. Existing votes do not change.
        A profile restores settings, interests, mutes, votes with their history, and collections. A dry run changes
        nothing and reports what the import would do; it does not look up missing papers at arXiv.
        """
        wish = ImportRequest.of(_body(request))
        reader = reader_of(request)
        try:
            report = _restore(reader, wish) if wish.form == "profile" else _import(reader, wish)
        except (WrongFile, BrokenStream) as error:
            raise Problem(wish.field, None, f"cannot be read: {error}") from None
        except Collection.DoesNotExist as error:
            raise NotFound(f"{error}; /api/v1/me/collections/ lists them") from None
        return Response(ImportReportSerializer(report).data)


def _body(request: Request) -> Any:
    """The parsed body.

    Raises TooLarge. An upload may be larger than the bodies of other requests.
    """
    length = str(request.META.get("CONTENT_LENGTH") or "0")
    if length.isdigit() and int(length) > LARGEST_UPLOAD:
        raise TooLarge(
            f"an upload can have at most {LARGEST_UPLOAD:,} bytes; to make a profile smaller, export it with "
            "?rankings=false"
        )
    try:
        return request.data
    except RequestDataTooBig:
        raise TooLarge("a JSON body can have at most 1,000,000 bytes; upload the file as multipart/form-data") from None


def _import(reader: User, wish: ImportRequest) -> dict[str, Any]:
    if len(wish.text) > LARGEST:
        raise TooLarge(f"a library can have at most {LARGEST:,} characters; split it and import the parts")
    if wish.use == "collection":
        collections.find(reader, wish.collection)
    library = match_library(reader, read(wish.text, wish.form), timezone.now(), may_ask=not wish.dry_run)
    new = import_papers(reader, library.papers, wish.use, wish.collection, dry_run=wish.dry_run)
    return {
        "format": wish.form,
        "use": wish.use,
        "dry_run": wish.dry_run,
        "new": new,
        "there": len(library.papers) - new,
        "results": [_entry_json(row) for row in library.rows],
    }


def _entry_json(row: Match | Rejected | tuple[LibraryEntry, str]) -> dict[str, Any]:
    empty = {"line": None, "entry": "", "paper_id": None, "by": None, "reason": None}
    if isinstance(row, Rejected):
        return empty | {"status": "unreadable", "line": row.line, "reason": row.reason}
    if isinstance(row, Match):
        label, paper_id = row.entry.label[:200], row.paper.public_id
        return empty | {"status": "found", "entry": label, "paper_id": paper_id, "by": row.by.lower()}
    entry, reason = row
    return empty | {"status": "not_here", "entry": entry.label[:200], "paper_id": entry.arxiv_id, "reason": reason}


def _restore(reader: User, wish: ImportRequest) -> dict[str, Any]:
    report = restore_profile(reader, read_profile(wish.text), timezone.now(), dry_run=wish.dry_run)
    return {
        "format": "profile",
        "use": "profile",
        "dry_run": wish.dry_run,
        "new": sum(section.restored for section in report.sections),
        "there": sum(section.there for section in report.sections),
        "sections": report.sections,
        "left_out": report.left_out,
    }
