"""Notes on interests: what they stand for, and which the serving model knows nothing of."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from recommender import interests
from recommender.models import Paper
from recommender.ranking.interest_notes import WITHOUT_EFFECT, with_notes
from recommender.ranking.profile import read_profile, vectors_of
from tests.recommender.planted import a_paper, publish, train_on_the_tables


@pytest.fixture
def town_in_cs(town, model_dir):
    Paper.objects.update(categories=["cs.LG"])
    return publish(train_on_the_tables())


def notes(reader):
    return {interest.text: interest.note for interest in with_notes(reader.interests.all())}


def test_topics_and_categories_without_effect_are_noted_and_others_not(town_in_cs, ada):
    for kind, text in [("topic", "proteina"), ("topic", "phlogiston"), ("category", "cs.LG"), ("category", "hep-th")]:
        interests.add(ada, kind, text)
    assert notes(ada) == {
        "proteina": "", "phlogiston": WITHOUT_EFFECT["topic"], "cs.LG": "", "hep-th": WITHOUT_EFFECT["category"],
    }  # fmt: skip


def test_an_archive_has_an_effect_if_one_of_its_categories_has(town_in_cs, ada):
    interests.add(ada, "category", "cs")
    assert notes(ada) == {"cs": ""}


def test_what_is_noted_is_exactly_what_has_no_row(town_in_cs, ada):
    for text in ("proteina", "phlogiston", "phlogiston proteinb"):
        interests.add(ada, "topic", text)
    rows = vectors_of(town_in_cs.model, read_profile(ada)).interests.squared_lengths()
    assert [bool(note) for _, note in sorted(notes(ada).items())] == (rows == 0).tolist()


def test_a_seed_paper_has_its_title_and_an_author_their_papers(town_in_cs, ada):
    a_paper("2612.00001", "On ties", authors=["Ada Byron"])
    interests.add(ada, "paper", "2612.00001")
    interests.add(ada, "author", "Ada Byron")
    assert notes(ada) == {"2612.00001": "On ties", "Ada Byron": "1 paper in the catalogue"}


def test_on_an_empty_site_nothing_is_known_of_topics(model_dir, ada):
    interests.add(ada, "topic", "proteina")
    assert notes(ada) == {"proteina": ""}


def test_before_the_first_night_the_first_model_is_asked(town, model_dir, ada):
    for text in ("proteina", "phlogiston"):
        interests.add(ada, "topic", text)
    assert notes(ada) == {"proteina": "", "phlogiston": WITHOUT_EFFECT["topic"]}


def test_the_number_of_queries_does_not_depend_on_the_number_of_interests(town_in_cs, ada):
    counts = []
    for number in range(1, 9):
        interests.add(ada, "topic", f"topic {number}")
        stated = list(ada.interests.all())
        with CaptureQueriesContext(connection) as queries:
            with_notes(stated)
        counts.append(len(queries))
    assert counts[1] == counts[-1]
