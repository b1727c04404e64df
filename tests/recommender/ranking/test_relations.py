"""What a paper has to do with the votes and interests that moved it, by a model of papers with authors."""

import pytest

from recommender import interests, votes
from recommender.models import Paper
from recommender.ranking.rank import rank
from recommender.ranking.reasons import reasons
from recommender.ranking.relations import Relation
from tests.recommender.planted import FIRST_DAY, SMALL, into_database, publish, train_on_the_tables, world

PROTEINS, MARKETS = 2, 6
DAY = FIRST_DAY


@pytest.fixture
def town(db, model_dir):
    """All papers on one day; one on proteins and one on markets are by Ada Byron, and both are in cs.LG."""
    town = into_database(world())
    Paper.objects.update(day=DAY)
    for circle in (PROTEINS, MARKETS):
        Paper.objects.filter(pk=town.of(circle)[0].pk).update(authors=["Ada Byron"], categories=["cs.LG"])
    publish(train_on_the_tables(SMALL))
    return town


def relations(reader, paper):
    """By the text of an interest, or the title of a voted or a seed paper."""
    lines = reasons(rank(reader, DAY), [paper.pk], whole=True)[paper.pk]
    return {line.paper.pk if line.paper else line.text: line.relation for line in lines}


def test_a_voted_paper_is_itself_to_its_own_place(town, ada):
    voted, other = town.of(PROTEINS)[1:3]
    votes.cast(ada, voted, 1)
    assert relations(ada, voted) == {voted.pk: Relation.ITSELF}
    assert relations(ada, other) == {voted.pk: Relation.LIKENESS}


def test_papers_on_different_subjects_share_an_author(town, ada):
    voted, (by_ada, other) = town.of(PROTEINS)[0], town.of(MARKETS)[:2]
    votes.cast(ada, voted, 1)
    assert relations(ada, by_ada) == {voted.pk: Relation.AUTHOR}
    assert relations(ada, other).get(voted.pk, Relation.LIKENESS) == Relation.LIKENESS


def test_a_vote_against_a_paper_may_lower_its_authors_other_papers(town, ada):
    voted, by_ada = town.of(PROTEINS)[0], town.of(MARKETS)[0]
    votes.cast(ada, voted, -1)
    assert relations(ada, by_ada) == {voted.pk: Relation.AUTHOR}


def test_a_seed_paper_is_itself_and_may_share_an_author(town, ada):
    seed, by_ada = town.of(PROTEINS)[0], town.of(MARKETS)[0]
    interests.add(ada, "paper", seed.public_id)
    assert relations(ada, seed) == {seed.pk: Relation.ITSELF}
    assert relations(ada, by_ada) == {seed.pk: Relation.AUTHOR}


def test_an_author_who_is_followed_has_papers_and_papers_like_them(town, ada):
    by_ada, like_it = town.of(PROTEINS)[:2]
    interests.add(ada, "author", "ada byron")
    assert relations(ada, by_ada) == {"ada byron": Relation.AUTHOR}
    assert relations(ada, like_it) == {"ada byron": Relation.LIKENESS}


@pytest.mark.parametrize("category", ["cs.LG", "cs"])
def test_papers_in_a_category_are_told_from_papers_like_them(town, ada, category):
    interests.add(ada, "category", category)
    assert relations(ada, town.of(PROTEINS)[0]) == {category: Relation.CATEGORY}
    assert Relation.CATEGORY not in relations(ada, town.of(PROTEINS)[1]).values()


def test_a_topic_is_matched(town, ada):
    interests.add(ada, "topic", "proteina proteinb")
    assert relations(ada, town.of(PROTEINS)[0]) == {"proteina proteinb": Relation.LIKENESS}
