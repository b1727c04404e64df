"""Tables of readers, their interests and mutes, and the API tokens of their software."""

import secrets
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from knox.models import AbstractAuthToken, get_digest_token
from knox.settings import CONSTANTS

MOST_EXPLORATION = 0.3


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Create a reader who signs in with `email`; raises ValueError without one."""
        if not email:
            raise ValueError("a reader needs an e-mail address to sign in with")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing]  # tokens: Knox is untyped
    """The person a ranking is for."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=100, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    is_simulated = models.BooleanField(default=False, help_text="made by a program (demo or data set), not a person")
    joined_at = models.DateTimeField(default=timezone.now)
    exploration = models.FloatField(
        default=0.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(MOST_EXPLORATION)],
        help_text="share of a ranking's first places that chance may fill, each labelled",
    )
    freshness = models.FloatField(
        default=0.0,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="how far newer papers are lifted in a ranking of several days, from 0, not at all, to 1",
    )
    is_paused = models.BooleanField(default=False, help_text="rankings are everybody's until the reader goes on")
    gives_evidence = models.BooleanField(
        default=True,
        db_default=True,
        help_text="what the reader was shown, opened and voted on from there is noted, and experiments may choose the "
        "model that ranks for them",
    )
    own_names = models.JSONField(default=list, blank=True, help_text="under which the reader writes papers")
    hides_own_papers = models.BooleanField(default=False, help_text="papers under these names stay out of rankings")
    taste_version = models.PositiveIntegerField(
        default=0, help_text="counts changes of votes and interests; a ranking made under an older count is stale"
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique_ignoring_case"),
            models.CheckConstraint(
                condition=Q(exploration__gte=0, exploration__lte=MOST_EXPLORATION), name="user_exploration_in_range"
            ),
            models.CheckConstraint(condition=Q(freshness__gte=0, freshness__lte=1), name="user_freshness_in_range"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def touch_taste(self) -> None:
        """Count a change of votes or interests.

        The next request then makes a new ranking.
        """
        User.objects.filter(pk=self.pk).update(taste_version=F("taste_version") + 1)
        self.refresh_from_db(fields=["taste_version"])


class InterestKind(models.TextChoices):
    CATEGORY = "category", "arXiv category"
    TOPIC = "topic", "topic in your own words"
    PAPER = "paper", "seed paper"
    AUTHOR = "author", "author"


class Interest(models.Model):
    """One thing a reader cares about.

    Interests count before the first vote and beside later ones.
    """

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="interests")
    kind = models.CharField(max_length=10, choices=InterestKind)
    text = models.CharField(max_length=200)
    created_at = models.DateTimeField(default=timezone.now)

    note = ""  # what the catalogue has for it; not a column, set by `recommender.interests.with_notes`

    class Meta:
        ordering = ["kind", "text"]
        constraints = [
            models.UniqueConstraint("reader", "kind", Lower("text"), name="interest_unique_per_reader"),
            models.CheckConstraint(
                condition=Q(kind__in=["category", "topic", "paper", "author"]), name="interest_kind_known"
            ),
            models.CheckConstraint(condition=~Q(text=""), name="interest_text_not_empty"),
        ]

    def __str__(self) -> str:
        return self.text


class MuteKind(models.TextChoices):
    CATEGORY = "category", "arXiv category"
    AUTHOR = "author", "author"
    WORD = "word", "word"


class Mute(models.Model):
    """Hide papers with a category, an author or a word.

    They stay out of the reader's rankings; search still finds them.
    """

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mutes")
    kind = models.CharField(max_length=10, choices=MuteKind)
    text = models.CharField(max_length=100, help_text="as the reader wrote it")
    folded = models.CharField(max_length=400, help_text="what papers are compared with")
    created_at = models.DateTimeField(default=timezone.now)

    hides = 0  # papers of the day that it hides; not a column, set by `recommender.mutes.with_counts`

    class Meta:
        ordering = ["kind", "folded"]
        constraints = [
            models.UniqueConstraint("reader", "kind", "folded", name="mute_unique_per_reader"),
            models.CheckConstraint(condition=Q(kind__in=["category", "author", "word"]), name="mute_kind_known"),
            models.CheckConstraint(condition=~Q(folded=""), name="mute_folded_not_empty"),
        ]

    def __str__(self) -> str:
        return self.text


def new_token_id() -> str:
    return "tk_" + secrets.token_urlsafe(9)


class AuthToken(AbstractAuthToken):
    """A named API token of a reader.

    The row stores a digest; the key itself is shown once.
    """

    class Scope(models.TextChoices):
        READ = "read", "read only"
        WRITE = "write", "read and write"

    public_id = models.CharField(max_length=16, unique=True, default=new_token_id)
    name = models.CharField(max_length=100)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)

    # Knox's manager would set a digest and an expiry itself.
    objects: ClassVar[models.Manager["AuthToken"]] = models.Manager()

    class Meta:
        ordering = ["-created"]
        constraints = [models.CheckConstraint(condition=Q(scope__in=["read", "write"]), name="token_scope_known")]

    def __str__(self) -> str:
        return f"{self.name} ({self.scope})"

    @classmethod
    def issue(cls, reader: User, name: str, scope: str, expires_at: datetime | None) -> tuple["AuthToken", str]:
        """A new token and its key, which cannot be read again later."""
        digest, key = get_digest_token()
        token = cls.objects.create(
            digest=digest,
            token_key=key[: CONSTANTS.TOKEN_KEY_LENGTH],
            user=reader,
            expiry=expires_at,
            name=name,
            scope=scope,
        )
        return token, key

    @property
    def has_expired(self) -> bool:
        return self.expiry is not None and self.expiry <= timezone.now()


class KeptAnswer(models.Model):
    """The stored response to a request with an Idempotency-Key.

    It is returned again when the request is repeated.
    """

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="kept_answers")
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64, help_text="digest of the method, the address and the body")
    status = models.PositiveSmallIntegerField()
    body = models.BinaryField(help_text="the answer's JSON, compressed")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint("reader", "key", name="kept_answer_once_per_reader_and_key")]
        indexes = [models.Index(fields=["reader", "at"], name="kept_answer_age")]

    def __str__(self) -> str:
        return f"{self.status} {self.at}"
