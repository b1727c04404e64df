"""Tables of readers' collections and the papers saved in them."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone

from .papers import Paper


def new_collection_id() -> str:
    return "co_" + secrets.token_urlsafe(9)


class Collection(models.Model):
    """A reader's collection of papers.

    The one with the id `saved` is their reading list.
    """

    READING_LIST = "saved"

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="collections")
    public_id = models.CharField(max_length=16, default=new_collection_id)
    name = models.CharField(max_length=100)
    note = models.TextField(blank=True)
    link = models.CharField(max_length=43, blank=True, help_text="the secret part of its public address, if it has one")
    created_at = models.DateTimeField(default=timezone.now)

    size = 0  # number of papers; not a column, set by `recommender.collections.collections_of` and `find`

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
    """A paper in a collection, with the reader's note on it."""

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
