"""Tables of the catalogue: papers, and the files that were imported."""

import json
from datetime import date
from typing import Any, cast

from django.db import models
from django.db.models import Count, F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from .votes import Vote, counts_for_others


class ReadableJSON(json.JSONEncoder):
    """Writes letters beyond ASCII unescaped, so that a search in SQLite finds them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"ensure_ascii": False})


class PaperQuerySet(models.QuerySet["Paper"]):
    def on(self, day: date) -> "PaperQuerySet":
        return self.filter(day=day)

    def offered(self) -> "PaperQuerySet":
        """Papers that a ranking may show.

        Withdrawn papers are not offered, but can be found, with a label.
        """
        return self.filter(withdrawn=False)

    def in_category(self, code: str) -> "PaperQuerySet":
        return self.filter(categories__icontains=f'"{code}"')

    def with_public_votes(self) -> "PaperQuerySet":
        """Annotate `up` and `down`, the numbers of all votes here.

        Pages show these numbers. Subqueries count them paper by paper, so that a page of the catalogue does not count
        the votes on all of it.
        """
        up, down = Count("pk", filter=Q(value=1)), Count("pk", filter=Q(value=-1))
        return cast("PaperQuerySet", self.annotate(up=_over_votes(up), down=_over_votes(down)))

    def with_popularity(self) -> "models.QuerySet[Any]":
        """Annotate `popularity`, the key of every public order.

        It is the net votes of readers who count, plus source upvotes.
        """
        return self.annotate(popularity=_over_votes(Sum("value", filter=counts_for_others())) + F("source_upvotes"))

    def by_popularity(self) -> "models.QuerySet[Any]":
        """The most popular first; of equally popular papers the newest."""
        return self.with_popularity().order_by("-popularity", "-day", "-pk")


def _over_votes(aggregate: models.Aggregate) -> Coalesce:
    """The aggregate over the votes on each paper.

    Returns 0 if there are none.
    """
    votes = Vote.objects.filter(paper=OuterRef("pk")).order_by().values("paper")
    return Coalesce(Subquery(votes.annotate(value_of=aggregate).values("value_of"), IntegerField()), 0)


class PaperSource(models.TextChoices):
    ARXIV_OAI = "arxiv_oai", "arXiv"
    ARXIV_API = "arxiv_api", "arXiv"
    ARXIV_FEED = "arxiv_feed", "arXiv"
    ARXIV = "arxiv", "arXiv"
    HUGGING_FACE = "huggingface", "Hugging Face Daily Papers"
    BIBTEX = "bibtex", "BibTeX file"
    RIS = "ris", "RIS file"
    SAVED_PAGE = "saved_page", "saved page"
    MEMBER = "member", "a member"
    DATASET = "dataset", "data set"
    DEMO = "demo", "demo sample"


class Paper(models.Model):
    """One work; `public_id` is its arXiv id where it has one."""

    public_id = models.CharField(max_length=64, unique=True)
    day = models.DateField(help_text="the date (UTC) on which it was announced")
    title = models.TextField()
    abstract = models.TextField(blank=True)
    authors = models.JSONField(default=list, blank=True, encoder=ReadableJSON)
    categories = models.JSONField(default=list, blank=True, help_text="arXiv codes, the primary one first")
    tags = models.JSONField(default=list, blank=True)
    comment = models.TextField(blank=True)
    journal_ref = models.TextField(blank=True)
    doi = models.CharField(max_length=300, blank=True)
    license_url = models.URLField(max_length=500, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=12, choices=PaperSource)
    versions = models.JSONField(default=list, blank=True, help_text="number and time of each, the oldest first")
    withdrawn = models.BooleanField(default=False)
    source_upvotes = models.PositiveIntegerField(default=0)
    source_comments = models.PositiveIntegerField(default=0)
    submitted_by = models.CharField(max_length=200, blank=True, help_text="who put it on Hugging Face Daily Papers")
    organization = models.CharField(max_length=200, blank=True)
    code_url = models.URLField(max_length=500, blank=True)
    code_stars = models.PositiveIntegerField(default=0)
    project_url = models.URLField(max_length=500, blank=True)
    added_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    OWN_PREFIX = "pb."  # of ids from `recommender.paper_ids.own_id`, for papers without an arXiv id

    objects = PaperQuerySet.as_manager()

    class Meta:
        ordering = ["-day", "-pk"]
        indexes = [
            models.Index(fields=["day", "id"], name="paper_day"),
            models.Index(fields=["id"], condition=Q(withdrawn=True), name="paper_withdrawn"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="paper_has_title"),
            models.CheckConstraint(condition=~Q(public_id=""), name="paper_has_public_id"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("paper", args=[self.public_id])

    @property
    def has_arxiv_id(self) -> bool:
        return not self.public_id.startswith(self.OWN_PREFIX)

    @property
    def arxiv_url(self) -> str:
        return f"https://arxiv.org/abs/{self.public_id}" if self.has_arxiv_id else ""

    @property
    def pdf_url(self) -> str:
        return f"https://arxiv.org/pdf/{self.public_id}" if self.has_arxiv_id else ""


class ImportedFile(models.Model):
    """A file of the inbox that was imported completely.

    It is known by its digest, so that no night imports it twice.
    """

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=300)
    summary = models.JSONField(default=dict)
    imported_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-imported_at"]

    def __str__(self) -> str:
        return self.name
