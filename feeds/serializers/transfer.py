"""The JSON of moving in and out: what may be imported, what became of it, and the profile that is exported."""

from dataclasses import dataclass
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework import serializers

from feeds.http import params
from feeds.http.problems import Problem
from feeds.transfer.export_account import VERSION
from feeds.transfer.import_library import USES
from feeds.transfer.library import FORMS
from feeds.transfer.restore_account import Told

FORMATS = (*FORMS, "profile")
FIELDS = ("format", "text", "file", "as", "collection", "dry_run")


@dataclass(frozen=True)
class ImportRequest:
    """What to import, and as what; `field` is what the text came in."""

    form: str
    text: str
    field: str
    use: str
    collection: str
    dry_run: bool

    @classmethod
    def of(cls, sent: Any) -> "ImportRequest":
        """From a body of JSON or a form with a file; raises Problem for what is neither."""
        is_upload = isinstance(sent, QueryDict)
        said = dict(sent.items()) if is_upload else sent
        if not isinstance(said, dict):
            raise Problem("format", said, f"send an object with {', '.join(FIELDS)}")
        if unknown := [str(name) for name in said if name not in FIELDS]:
            raise Problem(unknown[0][:100], None, f"what can be sent: {', '.join(FIELDS)}")
        field, text = _text(said, is_upload)
        return cls(
            form=params.choice("format", said.get("format"), FORMATS),
            text=text,
            field=field,
            use=params.choice("as", said.get("as", "votes"), USES),
            collection=_short(said, "collection", "saved"),
            dry_run=_yes_no(said, is_upload),
        )


def _text(said: dict[str, Any], is_upload: bool) -> tuple[str, str]:
    file, text = said.get("file"), said.get("text")
    if (file is None) == (text is None):
        raise Problem("text", None, "send either a text, or a file as multipart/form-data")
    if isinstance(file, UploadedFile) and is_upload:
        return "file", file.read().decode("utf-8", "surrogateescape")
    if not isinstance(text, str):
        raise Problem("text" if file is None else "file", text, "this is to be a text, or an uploaded file")
    return "text", text


def _short(said: dict[str, Any], name: str, default: str) -> str:
    value = said.get(name, default)
    if not isinstance(value, str) or len(value) > 100:
        raise Problem(name, value, "this is the id of a collection, such as saved")
    return value


def _yes_no(said: dict[str, Any], is_upload: bool) -> bool:
    value = said.get("dry_run", False)
    if isinstance(value, bool) or (is_upload and value in ("true", "false")):
        return value in (True, "true")
    raise Problem("dry_run", value, "this is true or false")


class _ImportSerializer(serializers.Serializer):
    format = serializers.ChoiceField(FORMATS, help_text="zotero is what Zotero exports: BibTeX, RIS or CSL-JSON")
    collection = serializers.CharField(
        required=False, default="saved", max_length=100, help_text="its id, where it is used as a collection"
    )
    dry_run = serializers.BooleanField(required=False, default=False)

    def get_fields(self) -> dict[str, serializers.Field]:
        """`as` cannot be the name of an attribute of a class."""
        use = serializers.ChoiceField(USES, required=False, default="votes", help_text="a library is used as this")
        return super().get_fields() | {"as": use}


class JsonImportSerializer(_ImportSerializer):
    """A library or a profile as text."""

    text = serializers.CharField(trim_whitespace=False)


class UploadSerializer(_ImportSerializer):
    """A library or a profile as a file."""

    file = serializers.FileField()


class EntryOfLibrarySerializer(serializers.Serializer):
    status = serializers.ChoiceField(["found", "not_here", "unreadable"])
    line = serializers.IntegerField(allow_null=True, help_text="of what is unreadable; in JSON the place in the list")
    entry = serializers.CharField(help_text="what the library calls it")
    paper_id = serializers.CharField(allow_null=True)
    by = serializers.ChoiceField(["id", "doi", "title"], allow_null=True, help_text="how it was found")
    reason = serializers.CharField(allow_null=True)


class UnreadableSerializer(serializers.Serializer):
    item = serializers.IntegerField(help_text="its place in the list of the file, from 0")
    reason = serializers.CharField()


class ToldSerializer(serializers.Serializer[Told]):
    """What became of one list of a profile."""

    what = serializers.CharField()
    restored = serializers.IntegerField()
    there = serializers.IntegerField(help_text="those that were so already, or newer, and stay")
    unknown = serializers.ListField(child=serializers.CharField(), help_text="papers that are not here")
    unreadable = UnreadableSerializer(many=True)


class ImportedSerializer(serializers.Serializer):
    """What came of an import; of a library `results`, of a profile `sections` and `left_out`."""

    format = serializers.ChoiceField(FORMATS)
    use = serializers.ChoiceField((*USES, "profile"))
    dry_run = serializers.BooleanField(help_text="whether nothing was changed")
    new = serializers.IntegerField()
    there = serializers.IntegerField(help_text="those that were there before, and stay as they are")
    results = EntryOfLibrarySerializer(many=True, default=[])
    sections = ToldSerializer(many=True, default=[])
    left_out = serializers.DictField(
        child=serializers.IntegerField(), default={}, help_text="lists that belong to the site of the file, by name"
    )


class ProfileSerializer(serializers.Serializer):
    """Everything of one reader; later versions may add to it."""

    paperboy_profile = serializers.IntegerField(min_value=VERSION, max_value=VERSION, help_text="version of the form")
    made_at = serializers.DateTimeField()
    site = serializers.CharField()
    email = serializers.CharField()
    joined_at = serializers.DateTimeField()
    settings = serializers.DictField()
    interests = serializers.ListField(child=serializers.DictField())
    mutes = serializers.ListField(child=serializers.DictField())
    votes = serializers.ListField(child=serializers.DictField(), help_text="as they are now, the newest first")
    vote_history = serializers.ListField(child=serializers.DictField(), help_text="every change, the oldest first")
    collections = serializers.ListField(child=serializers.DictField(), help_text="with their papers and notes")
    submissions = serializers.ListField(child=serializers.DictField())
    visits = serializers.ListField(child=serializers.DictField())
    tokens = serializers.ListField(child=serializers.DictField(), required=False)
    rankings = serializers.ListField(child=serializers.DictField(), required=False, help_text="the oldest first")
    impressions = serializers.ListField(child=serializers.DictField(), required=False)
