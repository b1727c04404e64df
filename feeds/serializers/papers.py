"""The JSON of papers and of submission results.

A paper is an entry of a list, or has everything that is known about it.
"""

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from feeds.entries import sources_of, submitter_of
from feeds.models import SubmissionState
from feeds.sources.duplicates import nearly_the_same
from recommender.models import Paper, PaperSource

from .fields import StrictSerializer


def rfc3339(moment: datetime | None) -> str | None:
    """A time in UTC as REST framework writes it: RFC 3339, with Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None


class AuthorSerializer(serializers.Serializer):
    """An author of a paper."""

    name = serializers.CharField()


class LinksSerializer(serializers.Serializer):
    """URLs of a paper. Each one that is not known is null."""

    page = serializers.CharField(help_text="The paper's page on this site.")
    abs = serializers.CharField(allow_null=True)
    pdf = serializers.CharField(allow_null=True)
    code = serializers.CharField(allow_null=True)
    project = serializers.CharField(allow_null=True)
    license = serializers.CharField(allow_null=True)


class PublicVotesSerializer(serializers.Serializer):
    """The votes of all readers on a paper."""

    up = serializers.IntegerField()
    down = serializers.IntegerField()
    at_source = serializers.IntegerField(help_text="Upvotes at the source, such as Hugging Face.")


class VersionSerializer(serializers.Serializer):
    """A version of a paper."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField(allow_null=True, help_text="Null if no source gives the time of this version.")


class HuggingFaceSerializer(serializers.Serializer):
    """The paper at Hugging Face Daily Papers, as of the last import."""

    upvotes = serializers.IntegerField(source="source_upvotes")
    comments = serializers.IntegerField(source="source_comments")
    submitted_by = serializers.CharField(allow_blank=True)
    organization = serializers.CharField(allow_blank=True)
    code_stars = serializers.IntegerField()


class PaperSerializer(serializers.ModelSerializer[Paper]):
    """A paper."""

    # The fields below document the JSON; `to_representation` writes it, some ten times faster than they would.

    id = serializers.CharField(source="public_id")
    authors = serializers.SerializerMethodField()
    categories = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField())
    versions = VersionSerializer(many=True, help_text="Oldest first. Empty if no source gives any.")
    withdrawn = serializers.BooleanField(help_text="Withdrawn papers can be found but are not ranked.")
    sources = serializers.SerializerMethodField()
    hugging_face = serializers.SerializerMethodField()
    submitter = serializers.SerializerMethodField()
    links = serializers.SerializerMethodField()
    public_votes = serializers.SerializerMethodField()

    class Meta:
        model = Paper
        fields = [
            "id", "title", "abstract", "authors", "categories", "tags", "day", "published_at", "versions", "withdrawn",
            "comment", "journal_ref", "doi", "source", "sources", "hugging_face", "submitter", "links",
            "public_votes",
        ]  # fmt: skip

    def to_representation(self, paper: Paper) -> Any:
        return {
            "id": paper.public_id,
            "title": paper.title,
            "abstract": paper.abstract,
            "authors": self.get_authors(paper),
            "categories": paper.categories,
            "tags": paper.tags,
            "day": paper.day.isoformat(),
            "published_at": rfc3339(paper.published_at),
            "versions": [{"number": version["number"], "at": version["at"]} for version in paper.versions],
            "withdrawn": paper.withdrawn,
            "comment": paper.comment,
            "journal_ref": paper.journal_ref,
            "doi": paper.doi,
            "source": paper.source,
            "sources": self.get_sources(paper),
            "hugging_face": self.get_hugging_face(paper),
            "submitter": self.get_submitter(paper),
            "links": self.get_links(paper),
            "public_votes": self.get_public_votes(paper),
        }

    @extend_schema_field(AuthorSerializer(many=True))
    def get_authors(self, paper: Paper) -> list[dict[str, str]]:
        return [{"name": name} for name in paper.authors]

    @extend_schema_field(serializers.ListField(child=serializers.ChoiceField(PaperSource.choices)))
    def get_sources(self, paper: Paper) -> list[str]:
        """All sources of the paper, the most trusted one first."""
        return sources_of(paper)

    @extend_schema_field(HuggingFaceSerializer(allow_null=True))
    def get_hugging_face(self, paper: Paper) -> dict[str, Any] | None:
        return HuggingFaceSerializer(paper).data if PaperSource.HUGGING_FACE in sources_of(paper) else None

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_submitter(self, paper: Paper) -> str | None:
        """The member who submitted the paper."""
        return submitter_of(paper)

    @extend_schema_field(LinksSerializer)
    def get_links(self, paper: Paper) -> dict[str, str | None]:
        return {
            "page": self.context["request"].build_absolute_uri(paper.get_absolute_url()),
            "abs": paper.arxiv_url or None,
            "pdf": paper.pdf_url or None,
            "code": paper.code_url or None,
            "project": paper.project_url or None,
            "license": paper.license_url or None,
        }

    @extend_schema_field(PublicVotesSerializer)
    def get_public_votes(self, paper: Any) -> dict[str, int]:
        return {"up": paper.up, "down": paper.down, "at_source": paper.source_upvotes}


class NamedPaperSerializer(serializers.ModelSerializer[Paper]):
    """The ID and title of a paper."""

    id = serializers.CharField(source="public_id")

    class Meta:
        model = Paper
        fields = ["id", "title"]


class WholePaperSerializer(PaperSerializer):
    """A paper, with other papers that are nearly the same."""

    nearly_the_same = serializers.SerializerMethodField()

    class Meta(PaperSerializer.Meta):
        fields = [*PaperSerializer.Meta.fields, "nearly_the_same"]

    def to_representation(self, paper: Paper) -> Any:
        return super().to_representation(paper) | {"nearly_the_same": self.get_nearly_the_same(paper)}

    @extend_schema_field(NamedPaperSerializer(many=True))
    def get_nearly_the_same(self, paper: Paper) -> Any:
        """Papers with other IDs and the same title or beginning of the abstract. They are not merged."""
        return NamedPaperSerializer(nearly_the_same(paper), many=True).data


@extend_schema_serializer(component_name="Wish")
class SubmissionRequestSerializer(StrictSerializer):
    """The paper to submit."""

    id = serializers.CharField(max_length=300, help_text="An arXiv ID, or the URL of the paper at arXiv.")


@extend_schema_serializer(component_name="OutcomeOfSubmission")
class SubmissionResultSerializer(serializers.Serializer):
    """The result of a submission."""

    id = serializers.CharField(source="public_id")
    state = serializers.ChoiceField(["here", SubmissionState.LISTED.value, SubmissionState.WAITING.value])
    day = serializers.DateField(
        source="paper.day", allow_null=True, default=None, help_text="The day whose list has the paper."
    )
    page = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_page(self, outcome: Any) -> str | None:
        """URL of the paper's page. Null while the submission waits for arXiv."""
        if outcome.paper is None:
            return None
        return str(self.context["request"].build_absolute_uri(outcome.paper.get_absolute_url()))
