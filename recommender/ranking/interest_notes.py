"""What each of a reader's interests stands for, and which have no effect yet."""

from collections.abc import Iterable

from accounts.models import Interest, InterestKind
from recommender.dataset import interest_texts
from recommender.interests import notes_on
from recommender.serving.first_model import current_or_first
from recommender.serving.model_cache import Unavailable

from .profile import text_rows

WITHOUT_EFFECT = {
    InterestKind.TOPIC: "too few papers here have these words; it has no effect yet",
    InterestKind.CATEGORY: "too few papers here are in this category; it has no effect yet",
}


def with_notes(interests: Iterable[Interest]) -> list[Interest]:
    """These interests, each with its `note`: a seed paper's title, an author's papers, or that it has no effect."""
    interests = list(interests)
    notes = notes_on(interests) | _without_effect(interests)
    for interest in interests:
        interest.note = notes.get(interest.pk, "")
    return interests


def _without_effect(interests: Iterable[Interest]) -> dict[int, str]:
    """A note on each topic and category that the serving model knows nothing of, by primary key.

    Empty without a model: then nothing is known of any.
    """
    by_text = [interest for interest in interests if interest.kind in WITHOUT_EFFECT]
    served = current_or_first() if by_text else None
    if served is None or isinstance(served, Unavailable):
        return {}
    lengths = text_rows(served.model, interest_texts(by_text)).squared_lengths()
    return {
        interest.pk: WITHOUT_EFFECT[InterestKind(interest.kind)]
        for interest, length in zip(by_text, lengths, strict=True)
        if not length
    }
