"""Tables of rankings, and of the places of them that readers were shown."""

import secrets
from collections.abc import Iterable
from typing import Any

import numpy as np
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from .experiments import Experiment
from .papers import Paper
from .training import TrainedModel


def new_ranking_id() -> str:
    return "rk_" + secrets.token_urlsafe(12)


class PlaceCause(models.IntegerChoices):
    """Why a place is not the score's; a number from 0 in `Ranking.placed` is an interest group."""

    SCORE = -1, "the score alone"
    VARIETY = -2, "moved up past a near-duplicate"
    HELD_BACK = -3, "moved down, away from a near-duplicate"
    NEWER = -4, "newer papers are boosted"


class Ranking(models.Model):
    """An order of papers made for one reader at one moment.

    Never changed afterwards. `paper_pks` and `scores` have the first place first: keys by `pack_pks`, and little-endian
    float32. `basis` is a digest of what it was made from (votes, interests, model, papers, exploration), by which an
    unchanged state finds it again. Without exploration, `exploration` and `propensities` are empty.
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
    placed = models.JSONField(
        null=True,
        blank=True,
        help_text="the places, from 0, that are not the score's, their causes, and what names each interest group; "
        "null where all are the score's, and in rankings made before this was stored",
    )
    basis = models.CharField(max_length=64)
    made_at = models.DateTimeField(default=timezone.now)
    # No constraint: PostgreSQL would check it row by row while readers wait. Experiments are never deleted.
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
        """Primary keys of the papers, the first place first, (n,) int64."""
        return unpack_pks(bytes(self.paper_pks))

    @property
    def score_values(self) -> np.ndarray:
        """Scores in the same order, (n,) float32.

        They do not compare between rankings.
        """
        return np.frombuffer(bytes(self.scores), dtype="<f4")

    @property
    def propensity_values(self) -> np.ndarray:
        """The probability of each paper in its place, (n,) float32.

        It is 1 outside the places drawn at random.
        """
        logged = np.frombuffer(bytes(self.propensities), dtype="<f4")
        return np.concatenate([logged, np.ones(len(self.order) - len(logged), dtype="<f4")])

    @property
    def explored(self) -> dict[int, int]:
        """Map places drawn at random to places in the own order.

        Both count from 0.
        """
        if not self.exploration:
            return {}
        return dict(zip(self.exploration["slots"], self.exploration["came_from"], strict=True))


class Impression(models.Model):
    """A place of a ranking that its reader was shown.

    The paper, where, when first, and the click and vote there. `clicked_at` is when the reader first opened the paper
    from there; `vote` is the last vote that they cast there (0: removed), null without one. Clicks and votes made
    elsewhere are not recorded here.
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


PACKED_SIZES = (2, 4, 8)  # bytes for one key
PACKED_HEAD = 9  # bytes before the first


def pack_pks(pks: Iterable[int] | np.ndarray) -> bytes:
    """Primary keys as the bytes that `Ranking.paper_pks` stores; empty for none.

    One byte has the size of each key, eight the lowest key, and then each key's distance from it follows in that many
    bytes, all little-endian. A day's papers are mostly close together, so that two bytes are enough for each: places
    times readers is what grows every night.
    """
    keys = np.asarray(pks if isinstance(pks, np.ndarray) else list(pks), dtype="<i8")
    if not len(keys):
        return b""
    lowest = keys.min()
    distances = keys - lowest
    size = next(size for size in PACKED_SIZES if int(distances.max()) < 1 << (8 * size))
    return bytes([size]) + lowest.tobytes() + distances.astype(f"<u{size}").tobytes()


def unpack_pks(stored: bytes) -> np.ndarray:
    """The primary keys that `pack_pks` stored, (n,) int64.

    Older rankings hold int64 alone, whose length is even; the length of packed keys is odd.
    """
    if len(stored) % 2 == 0:
        return np.frombuffer(stored, dtype="<i8")
    lowest = int.from_bytes(stored[1:PACKED_HEAD], "little", signed=True)
    return np.frombuffer(stored, dtype=f"<u{stored[0]}", offset=PACKED_HEAD).astype(np.int64) + lowest


def pack(values: Iterable[Any] | np.ndarray, dtype: str) -> bytes:
    """An array as the bytes that `Ranking` stores, such as dtype "<f4"."""
    return np.asarray(values, dtype=dtype).tobytes()
