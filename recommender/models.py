"""Papers, votes, models, rankings made from them and shown, experiments, nights' steps, readers' collections."""

import json
import secrets
from collections.abc import Iterable
from datetime import date
from typing import Any, cast

import numpy as np
from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils import timezone

from .identifiers import OWN_PREFIX

FOUNDERS = 20  # readers, the first of a site, who count for others however new they are


class ReadableJSON(json.JSONEncoder):
    """Letters beyond ASCII as they are, not as `\\u` escapes, among which a search in SQLite finds no name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"ensure_ascii": False})


class PaperQuerySet(models.QuerySet["Paper"]):
    def on(self, day: date) -> "PaperQuerySet":
        return self.filter(day=day)

    def offered(self) -> "PaperQuerySet":
        """Those that a ranking may show; withdrawn papers are found, with their label, and offered to nobody."""
        return self.filter(withdrawn=False)

    def in_category(self, code: str) -> "PaperQuerySet":
        return self.filter(categories__icontains=f'"{code}"')

    def with_public_votes(self) -> "PaperQuerySet":
        """Adds `up` and `down`, all votes given here, as they are shown.

        Each is asked for paper by paper, so that a page of the catalogue does not count the votes on all of it.
        """
        counted = {"up": Count("pk", filter=Q(value=1)), "down": Count("pk", filter=Q(value=-1))}
        return cast("PaperQuerySet", self.annotate(**{name: _over_votes(votes) for name, votes in counted.items()}))

    def with_popularity(self) -> "models.QuerySet[Any]":
        """Adds `popularity`, which every public order is by: net votes of who counts, and up-votes at the source."""
        return self.annotate(popularity=_over_votes(Sum("value", filter=counts_for_others())) + F("source_upvotes"))

    def by_popularity(self) -> "models.QuerySet[Any]":
        """The most popular first, and of equally popular papers the newest."""
        return self.with_popularity().order_by("-popularity", "-day", "-pk")


def counts_for_others() -> Q:
    """Of votes: those of readers who count for others, as `standing` has it; until it has begun, every vote."""
    begun = Exists(Standing.objects.order_by()[FOUNDERS - 1 : FOUNDERS])
    return Q(Exists(Standing.objects.filter(reader=OuterRef("reader"), counts=True))) | ~Q(begun)


def _over_votes(aggregate: models.Aggregate) -> Coalesce:
    """The aggregate over the votes on one paper; 0 where there are none."""
    votes = Vote.objects.filter(paper=OuterRef("pk")).order_by().values("paper")
    return Coalesce(Subquery(votes.annotate(found=aggregate).values("found"), IntegerField()), 0)


class Paper(models.Model):
    """One work; `public_id` is its arXiv id where it has one."""

    class Source(models.TextChoices):
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
    source = models.CharField(max_length=12, choices=Source)
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
        return not self.public_id.startswith(OWN_PREFIX)

    @property
    def arxiv_url(self) -> str:
        return f"https://arxiv.org/abs/{self.public_id}" if self.has_arxiv_id else ""

    @property
    def pdf_url(self) -> str:
        return f"https://arxiv.org/pdf/{self.public_id}" if self.has_arxiv_id else ""


class Vote(models.Model):
    """What a reader thinks of a paper now: at most one each; earlier opinions are in `VoteEvent`."""

    class Value(models.IntegerChoices):
        UP = 1, "thumbs up"
        DOWN = -1, "thumbs down"

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="votes")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="votes")
    value = models.SmallIntegerField(choices=Value)
    voted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-voted_at", "-pk"]
        constraints = [
            models.UniqueConstraint("reader", "paper", name="vote_once_per_reader_and_paper"),
            models.CheckConstraint(condition=Q(value__in=[1, -1]), name="vote_is_up_or_down"),
        ]
        indexes = [
            models.Index(fields=["voted_at"], name="vote_time"),
            models.Index(fields=["reader", "-voted_at"], name="vote_mine"),
            models.Index(fields=["paper", "value"], name="vote_public"),
        ]

    def __str__(self) -> str:
        return f"{self.reader} {self.value:+d} {self.paper_id}"


class Standing(models.Model):
    """Whether a reader's votes count for others, as of the last night; see `standing`. Who has no row is too new."""

    reader = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="standing")
    counts = models.BooleanField(help_text="for the popular order and for what the model learns")
    is_settled = models.BooleanField(help_text="has been here long enough to count also where a site has many readers")

    def __str__(self) -> str:
        return f"{self.reader_id} {'counts' if self.counts else 'is like another reader'}"


class VoteEvent(models.Model):
    """History: one row for each change of mind; value 0 is a removed vote."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="vote_events")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="vote_events")
    value = models.SmallIntegerField()
    previous = models.SmallIntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(value__in=[1, 0, -1]), name="vote_event_value_known")]

    def __str__(self) -> str:
        return f"{self.reader} {self.previous:+d} -> {self.value:+d}"


class TrainedModelQuerySet(models.QuerySet["TrainedModel"]):
    def serving_order(self) -> "TrainedModelQuerySet":
        """The promoted models, the one to serve first, then those to fall back on."""
        return self.filter(state=TrainedModel.State.PROMOTED).order_by("-promoted_at", "-pk")


class TrainedModel(models.Model):
    """What one night's training made: its figures and its verdict; the arrays are files named by `version`."""

    class State(models.TextChoices):
        CANDIDATE = "candidate", "waiting for the judge"
        PROMOTED = "promoted", "promoted"
        REFUSED = "refused", "refused"

    version = models.CharField(max_length=40, unique=True)
    day = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.CANDIDATE)
    trained_at = models.DateTimeField(default=timezone.now)
    promoted_at = models.DateTimeField(null=True, blank=True)
    votes_until = models.DateTimeField(null=True, blank=True)
    votes_seen = models.PositiveIntegerField(default=0)
    readers_seen = models.PositiveIntegerField(default=0)
    papers_seen = models.PositiveIntegerField(default=0)
    parameters = models.JSONField(default=dict)
    metrics = models.JSONField(default=dict)
    seconds = models.JSONField(default=dict, help_text="wall time of each stage of the training")
    verdict = models.TextField(blank=True)
    archive_digest = models.CharField(max_length=64, blank=True, db_default="", help_text="SHA-256 of its stored files")

    objects = TrainedModelQuerySet.as_manager()

    class Meta:
        ordering = ["-trained_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.version} ({self.state})"


class ModelPart(models.Model):
    """Some bytes of a model's archive, where archives are kept in the database; see `database_storage`."""

    file = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    content = models.BinaryField()
    stored_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["file", "number"]
        constraints = [models.UniqueConstraint("file", "number", name="model_part_once")]

    def __str__(self) -> str:
        return f"{self.file}, part {self.number}"


def new_experiment_id() -> str:
    return "ex_" + secrets.token_urlsafe(6)


class Experiment(models.Model):
    """Readers divided between the model that serves and another one, the challenger, to see which they vote for."""

    class Arm(models.TextChoices):
        SERVING = "serving", "the model that serves"
        CHALLENGER = "challenger", "the challenger"

    public_id = models.CharField(max_length=16, unique=True, default=new_experiment_id)
    challenger = models.ForeignKey(TrainedModel, on_delete=models.PROTECT, related_name="experiments")
    share = models.FloatField(help_text="of the readers, those whose rankings the challenger makes")
    started_at = models.DateTimeField(default=timezone.now)
    is_running = models.BooleanField(default=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint("is_running", condition=Q(is_running=True), name="experiment_one_at_a_time"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lt=1), name="experiment_share_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} against {self.challenger}"


class Evidence(models.Model):
    """What readers' clicks and votes told until one day: figures of many readers at once, for everybody to read."""

    day = models.DateField(unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    figures = models.JSONField(default=dict)

    class Meta:
        ordering = ["-day"]
        verbose_name_plural = "evidence"

    def __str__(self) -> str:
        return f"evidence until {self.day}"


def new_ranking_id() -> str:
    return "rk_" + secrets.token_urlsafe(12)


class Ranking(models.Model):
    """An order of papers made for one reader at one moment; never changed afterwards.

    `paper_pks` and `scores` hold little-endian int64 and float32 arrays, the first place first. `basis` says what it
    was made from (votes, interests, model, papers, exploration), so that an unchanged state finds its ranking again.
    Where nothing explores, `exploration` and `propensities` are empty.
    """

    class Mode(models.TextChoices):
        HYBRID = "hybrid", "your votes and everybody's"
        CONTENT = "content", "your interests"
        POPULAR = "popular", "popular"
        RECENT = "recent", "most recent"

    public_id = models.CharField(max_length=32, unique=True, default=new_ranking_id)
    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="rankings", null=True, blank=True
    )
    day = models.DateField(help_text="the last day whose papers it orders")
    first_day = models.DateField(null=True, blank=True, help_text="the first of them, where they are several")
    category = models.CharField(max_length=40, blank=True, help_text="the one whose papers it orders; empty for all")
    mode = models.CharField(max_length=8, choices=Mode)
    mode_reason = models.CharField(max_length=300, blank=True)
    model = models.ForeignKey(TrainedModel, on_delete=models.PROTECT, null=True, blank=True, related_name="rankings")
    includes_votes_until = models.DateTimeField(null=True, blank=True)
    taste = models.JSONField(default=dict, help_text="the votes and interests that it was made from")
    paper_pks = models.BinaryField()
    scores = models.BinaryField()
    exploration = models.JSONField(
        default=dict,
        blank=True,
        help_text="the share of slots that explore, the slots, from 0, that chance filled, and where their papers came "
        "from",
    )
    propensities = models.BinaryField(
        default=b"", help_text="float32 for each slot: the probability of its paper, given those before it"
    )
    basis = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)
    # without a constraint, which PostgreSQL would check row by row while readers wait; experiments are never deleted
    experiment = models.ForeignKey(
        Experiment,
        on_delete=models.PROTECT,
        related_name="rankings",
        null=True,
        blank=True,
        db_constraint=False,
        db_index=False,
    )
    arm = models.CharField(max_length=10, choices=Experiment.Arm, blank=True, db_default="")

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(Coalesce("reader", 0), "day", "basis", name="ranking_once_per_state"),
        ]
        indexes = [
            models.Index(fields=["experiment"], condition=Q(experiment__isnull=False), name="ranking_experiment"),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.day} {self.mode}"

    @property
    def order(self) -> np.ndarray:
        """Paper primary keys, the first place first, (n,) int64."""
        return np.frombuffer(bytes(self.paper_pks), dtype="<i8")

    @property
    def score_values(self) -> np.ndarray:
        """Scores in the same order, (n,) float32; they order papers for one reader and compare with nothing else."""
        return np.frombuffer(bytes(self.scores), dtype="<f4")

    @property
    def propensity_values(self) -> np.ndarray:
        """The probability of each paper of the order in its place, (n,) float32; 1 where chance had no part."""
        logged = np.frombuffer(bytes(self.propensities), dtype="<f4")
        return np.concatenate([logged, np.ones(len(self.order) - len(logged), dtype="<f4")])

    @property
    def explored(self) -> dict[int, int]:
        """The places that chance filled -> the places that their papers have in the reader's own order, from 0."""
        found = self.exploration
        return dict(zip(found["slots"], found["came_from"], strict=True)) if found else {}


class Impression(models.Model):
    """A place of a ranking that its reader was shown: which paper, where, when for the first time; what came of it.

    `clicked_at` is when the reader first went on to the paper from there; `vote` is the last vote that they cast there
    (0: taken back), null where they cast none. Clicks and votes made elsewhere are not here.
    """

    class Surface(models.TextChoices):
        WEB = "web", "page"
        EMAIL = "email", "e-mail"
        API = "api", "API"
        FEED = "feed", "feed"

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="impressions")
    ranking = models.ForeignKey(Ranking, on_delete=models.CASCADE, related_name="impressions")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="impressions")
    position = models.PositiveSmallIntegerField(help_text="the place in the ranking, from 1")
    surface = models.CharField(max_length=5, choices=Surface)
    at = models.DateTimeField(default=timezone.now)
    clicked_at = models.DateTimeField(null=True, blank=True)
    vote = models.SmallIntegerField(null=True, blank=True)
    voted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint("ranking", "paper", "surface", name="impression_once_per_place_and_surface"),
            models.CheckConstraint(condition=Q(position__gte=1), name="impression_position_from_one"),
            models.CheckConstraint(
                condition=Q(surface__in=["web", "email", "api", "feed"]), name="impression_surface_known"
            ),
            models.CheckConstraint(
                condition=Q(vote__isnull=True) | Q(vote__in=[1, 0, -1]), name="impression_vote_known"
            ),
        ]
        indexes = [models.Index(fields=["at"], name="impression_time")]

    def __str__(self) -> str:
        return f"{self.paper_id} at {self.position}, {self.surface}"


class NightStep(models.Model):
    """The ledger: which step of which day's night is done, by whom it is being done, and what came of it."""

    class State(models.TextChoices):
        RUNNING = "running", "running"
        DONE = "done", "done"
        WAITING = "waiting", "waiting for something to work on"
        FAILED = "failed", "failed"

    day = models.DateField()
    step = models.CharField(max_length=20)
    state = models.CharField(max_length=8, choices=State)
    claim = models.CharField(max_length=32, help_text="names the run that may write the outcome")
    attempts = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    summary = models.JSONField(default=dict)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-day", "started_at"]
        constraints = [models.UniqueConstraint("day", "step", name="night_step_once_per_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.step}: {self.state}"


class ImportedFile(models.Model):
    """A file of the inbox that went in whole, by its digest, so that no night reads it twice."""

    digest = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=300)
    summary = models.JSONField(default=dict)
    imported_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-imported_at"]

    def __str__(self) -> str:
        return self.name


def packed(values: Iterable[Any] | np.ndarray, dtype: str) -> bytes:
    """An array as the bytes that `Ranking` stores."""
    return np.asarray(values, dtype=dtype).tobytes()


def new_collection_id() -> str:
    return "co_" + secrets.token_urlsafe(9)


class Collection(models.Model):
    """Papers that a reader has put together; the one with the id `saved` is their reading list."""

    READING_LIST = "saved"

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="collections")
    public_id = models.CharField(max_length=16, default=new_collection_id)
    name = models.CharField(max_length=100)
    note = models.TextField(blank=True)
    link = models.CharField(max_length=43, blank=True, help_text="the secret part of its public address, if it has one")
    created_at = models.DateTimeField(default=timezone.now)

    size = 0  # how many papers are in it; no column, filled in by `collecting.collections_of` and `collecting.find`

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint("reader", Lower("name"), name="collection_name_once_per_reader"),
            models.UniqueConstraint("reader", "public_id", name="collection_id_once_per_reader"),
            models.UniqueConstraint(fields=["link"], condition=~Q(link=""), name="collection_link_once"),
            models.CheckConstraint(condition=~Q(name=""), name="collection_has_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("saved") if self.is_reading_list else reverse("collection", args=[self.public_id])

    @property
    def is_reading_list(self) -> bool:
        return self.public_id == self.READING_LIST


class Saved(models.Model):
    """A paper in a collection, with what its reader notes on it there."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="saved")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="saved_in")
    note = models.TextField(blank=True)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-added_at", "-pk"]
        constraints = [models.UniqueConstraint("collection", "paper", name="saved_once_per_collection_and_paper")]
        indexes = [models.Index(fields=["collection", "-added_at"], name="saved_newest")]

    def __str__(self) -> str:
        return f"{self.paper_id} in {self.collection_id}"
