"""The JSON of imports, import reports and exported profiles."""

from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from feeds.http import params
from feeds.http.problems import Problem
from feeds.transfer.export_account import VERSION
from feeds.transfer.import_library import USES
from feeds.transfer.library import FORMS
from feeds.transfer.restore_sections import RestoredSection

FORMATS = (*FORMS, "profile")
FIELDS = ("format", "text", "file", "as", "collection", "dry_run")


@dataclass(frozen=True)
class ImportRequest:
    """What to import, and as what.

    `field` names the field that held the text.
    """

    form: str
    text: str
    field: str
    use: str
    collection: str
    dry_run: bool

    @classmethod
    def of(cls, body: Any) -> "ImportRequest":
        """Read a JSON body or an uploaded form.

        Raises Problem for a field that is missing, unknown or invalid.
        """
        is_upload = isinstance(body, QueryDict)
        fields = dict(body.items()) if is_upload else body
        if not isinstance(fields, dict):
            raise Problem("format", fields, f"send an object with these fields: {', '.join(FIELDS)}")
        if unknown := [str(name) for name in fields if name not in FIELDS]:
            raise Problem(unknown[0][:100], None, f"unknown field; the fields are {', '.join(FIELDS)}")
        field, text = _text(fields, is_upload)
        form = params.choice("format", fields.get("format"), FORMATS)
        use = params.choice("as", fields.get("as", "votes"), USES)
        collection, dry_run = fields.get("collection", "saved"), fields.get("dry_run", False)
        if not isinstance(collection, str) or len(collection) > 100:
            raise Problem("collection", collection, "must be the id of a collection, such as saved")
        if is_upload and dry_run in ("true", "false"):
            dry_run = dry_run == "true"
        if not isinstance(dry_run, bool):
            raise Problem("dry_run", dry_run, "must be true or false")
        return cls(form, text, field, use, collection, dry_run)


def _text(fields: dict[str, Any], is_upload: bool) -> tuple[str, str]:
    """The field that holds the library or profile, and its text.

    Bytes that are not UTF-8 become surrogates.
    """
    file, text = fields.get("file"), fields.get("text")
    if (file is None) == (text is None):
        raise Problem("text", None, "send either text, or a file as multipart/form-data")
    if isinstance(file, UploadedFile) and is_upload:
        return "file", file.read().decode("utf-8", "surrogateescape")
    if not isinstance(text, str):
        raise Problem("text" if file is None else "file", text, "must be text, or a file sent as multipart/form-data")
    return "text", text


class _ImportSerializer(serializers.Serializer):
    format = serializers.ChoiceField(FORMATS, help_text="`zotero` accepts any Zotero export: BibTeX, RIS or CSL-JSON.")
    collection = serializers.CharField(
        required=False,
        default="saved",
        max_length=100,
        help_text="ID of the collection to add papers to. Used only if `as` is `collection`.",
    )
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Report what the import would do, without changing anything."
    )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Add the field `as`, which is a Python keyword and cannot be an attribute of the class."""
        use = serializers.ChoiceField(
            USES,
            required=False,
            default="votes",
            help_text="What the papers of a library become: thumbs up, seed papers, or papers of a collection. "
            "Ignored for a profile.",
        )
        return super().get_fields() | {"as": use}


class JsonImportSerializer(_ImportSerializer):
    """A library or a profile, as text."""

    text = serializers.CharField(trim_whitespace=False, help_text="The content of the library or profile.")


class UploadSerializer(_ImportSerializer):
    """A library or a profile, as a file."""

    file = serializers.FileField()


@extend_schema_serializer(component_name="EntryOfLibrary")
class LibraryEntrySerializer(serializers.Serializer):
    """The result for one entry of a library."""

    status = serializers.ChoiceField(["found", "not_here", "unreadable"])
    line = serializers.IntegerField(
        allow_null=True, help_text="Line of an unreadable entry. In JSON, its position in the list."
    )
    entry = serializers.CharField(help_text="How the library names the paper.")
    paper_id = serializers.CharField(allow_null=True)
    by = serializers.ChoiceField(["id", "doi", "title"], allow_null=True, help_text="What the paper was found by.")
    reason = serializers.CharField(allow_null=True, help_text="Why the entry was not imported.")


class UnreadableSerializer(serializers.Serializer):
    """An item of a profile that could not be read."""

    item = serializers.IntegerField(help_text="Index in the list of the file, from 0.")
    reason = serializers.CharField()


@extend_schema_serializer(component_name="Told")
class RestoredSectionSerializer(serializers.Serializer[RestoredSection]):
    """The result for one section of a profile."""

    what = serializers.CharField(help_text="Name of the section.")
    restored = serializers.IntegerField(help_text="Number of items restored.")
    there = serializers.IntegerField(help_text="Number of items that existed already, or in a newer version.")
    unknown = serializers.ListField(
        child=serializers.CharField(), help_text="IDs of papers that are not in the catalogue."
    )
    unreadable = UnreadableSerializer(many=True)


@extend_schema_serializer(component_name="Imported")
class ImportReportSerializer(serializers.Serializer):
    """The result of an import: `results` for a library, `sections` and `left_out` for a profile."""

    format = serializers.ChoiceField(FORMATS)
    use = serializers.ChoiceField((*USES, "profile"))
    dry_run = serializers.BooleanField(help_text="If true, nothing was changed.")
    new = serializers.IntegerField(help_text="Number of votes, interests or papers added.")
    there = serializers.IntegerField(help_text="Number of items that existed already. They are not changed.")
    results = LibraryEntrySerializer(many=True, default=[])
    sections = RestoredSectionSerializer(many=True, default=[])
    left_out = serializers.DictField(
        child=serializers.IntegerField(),
        default={},
        help_text="Sections of the file that are never restored, with their number of items.",
    )


class ProfileSerializer(serializers.Serializer):
    """Everything stored about a reader. Later versions may add fields."""

    paperboy_profile = serializers.IntegerField(
        min_value=VERSION, max_value=VERSION, help_text="Version of the file format."
    )
    made_at = serializers.DateTimeField()
    site = serializers.CharField()
    email = serializers.CharField()
    joined_at = serializers.DateTimeField()
    settings = serializers.DictField()
    interests = serializers.ListField(child=serializers.DictField())
    mutes = serializers.ListField(child=serializers.DictField())
    votes = serializers.ListField(child=serializers.DictField(), help_text="Current votes, newest first.")
    vote_history = serializers.ListField(
        child=serializers.DictField(), help_text="Every change of a vote, oldest first."
    )
    collections = serializers.ListField(child=serializers.DictField(), help_text="With their papers and notes.")
    submissions = serializers.ListField(child=serializers.DictField())
    visits = serializers.ListField(child=serializers.DictField())
    tokens = serializers.ListField(child=serializers.DictField(), required=False)
    rankings = serializers.ListField(child=serializers.DictField(), required=False, help_text="Oldest first.")
    impressions = serializers.ListField(child=serializers.DictField(), required=False)
