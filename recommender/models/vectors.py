"""Table of sentence vectors of papers."""

from django.db import models

from .papers import Paper


class PaperVector(models.Model):
    """The vector of a paper's title and abstract, from one encoder; `recommender.vectors` reads and writes it."""

    paper = models.OneToOneField(Paper, models.CASCADE, primary_key=True, related_name="vector")
    encoder = models.CharField(max_length=100, db_index=True, help_text="name@version of the encoder")
    text_digest = models.CharField(max_length=32, help_text="of the text that was encoded")
    paper_updated_at = models.DateTimeField(help_text="the paper's updated_at when its text was read")
    vector = models.BinaryField(help_text="float16 numbers, little-endian; all zero for a text without a known word")

    def __str__(self) -> str:
        return f"{self.paper_id} by {self.encoder}"
