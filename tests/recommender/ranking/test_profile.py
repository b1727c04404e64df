"""What a reader said, read from the tables and seen by a model."""

import gc
import weakref
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from recommender import interests, votes
from recommender.engine.score import prepare, score
from recommender.ranking.candidates import DAYS, OFTEN, candidate_rows, candidates_of, rows_of_papers
from recommender.ranking.profile import (
    STATED,
    Profile,
    profile_from_json,
    read_profile,
    read_profiles,
    vectors_of,
    vectors_of_many,
)
from recommender.serving import model_cache
from recommender.spans import pool_of
from tests.recommender.planted import FIRST_DAY, a_paper, publish, train_on_the_tables


def test_a_new_reader_has_an_empty_profile(ada):
    profile = read_profile(ada)
    assert not profile
    assert (profile.votes, profile.interests, profile.until, profile.version) == ({}, [], None, 0)


def test_votes_and_interests_are_in_the_profile(ada, bob):
    up, down = a_paper("2611.00001"), a_paper("2611.00002")
    votes.cast(ada, down, -1)
    last = votes.cast(ada, up, 1)
    votes.cast(bob, up, -1)
    interests.add(ada, "topic", "sparse trees")
    profile = read_profile(ada)
    assert profile.votes == {up.pk: 1, down.pk: -1}
    assert profile.interests == [{"kind": "topic", "text": "sparse trees"}]
    assert (profile.until, profile.version) == (last.voted_at, 3)


def test_interests_alone_make_a_profile(ada):
    interests.add(ada, "topic", "trees")
    assert read_profile(ada)


def test_many_profiles_are_read_by_as_many_queries_as_one(ada, bob):
    paper = a_paper("2611.00001")
    for reader in (ada, bob):
        votes.cast(reader, paper, 1)
    counts = []
    for readers in ([ada], [ada, bob]):
        with CaptureQueriesContext(connection) as queries:
            read_profiles(readers)
        counts.append(len(queries))
    assert counts == [3, 3]


def test_a_profile_survives_being_stored_in_a_ranking():
    profile = Profile({7: 1, 9: -1}, [{"kind": "topic", "text": "trees"}])
    again = profile_from_json(profile.as_dict())
    assert (again.votes, again.interests) == (profile.votes, profile.interests)
    assert profile_from_json({}) == Profile({}, [])


def test_the_state_of_a_day_changes_with_its_papers(db):
    paper = a_paper("2611.00001")
    first = pool_of(FIRST_DAY)
    paper.updated_at = timezone.now() + timedelta(seconds=1)
    paper.save()
    second = pool_of(FIRST_DAY)
    a_paper("2611.00002")
    third = pool_of(FIRST_DAY)
    assert len({first.state, second.state, third.state}) == 3
    assert (first.count, third.count, pool_of(FIRST_DAY + timedelta(days=1)).count) == (1, 2, 0)


def test_a_paper_of_another_day_does_not_change_the_state(db):
    a_paper("2611.00001")
    before = pool_of(FIRST_DAY)
    a_paper("2611.00002", day=FIRST_DAY + timedelta(days=1))
    assert pool_of(FIRST_DAY) == before


def test_rows_come_in_the_order_of_the_papers_known_or_not(town, served):
    """Rows 0 and 5 are the model's own; the new papers' rows are made from their titles."""
    model = served.model
    new = [a_paper("2612.00001", "grapha graphb"), a_paper("2612.00002", "proteina proteinb")]
    pks = [new[1].pk, town.papers[5].pk, new[0].pk, town.papers[0].pk]
    rows = rows_of_papers(model, np.array(pks)).toarray()
    from_titles = model.represent([]).shape[1]
    assert rows.shape == (4, from_titles)
    at = model.rows_of(np.array([town.papers[5].pk, town.papers[0].pk]))
    np.testing.assert_allclose(rows[[1, 3]], model.rows[at].toarray())
    assert [bool(row[model.vocabulary.columns["grapha"]]) for row in rows[[2, 0]]] == [True, False]


def test_a_taste_has_a_row_for_each_vote_and_each_interest(town, served):
    new = a_paper("2612.00001", "grapha graphb")
    profile = Profile({town.papers[0].pk: 1, new.pk: -1}, [{"kind": "topic", "text": "galaxya"}])
    taste = vectors_of(served.model, profile)
    assert taste.values.tolist() == [1, -1]
    assert taste.known.tolist() == [served.model.rows_of(np.array([town.papers[0].pk]))[0], -1]
    assert (len(taste.rows), len(taste.interests)) == (2, 1)


def test_a_deleted_paper_has_a_row_of_zeros_and_counts_as_a_vote(served):
    taste = vectors_of(served.model, Profile({10**9: 1}, []))
    assert not taste.rows.toarray().any()
    assert (taste.known.tolist(), taste.values.tolist()) == ([-1], [1])


def test_the_candidates_of_a_day_are_its_papers_in_ascending_order(town, served):
    paper_ids, rows, ages, _ = candidate_rows(served, pool_of(FIRST_DAY))
    assert paper_ids.tolist() == sorted(paper.pk for paper in town.papers if paper.day == FIRST_DAY)
    assert rows.shape[0] == len(paper_ids)
    assert not ages.any()


@pytest.mark.usefixtures("town")
def test_a_paper_added_to_the_day_becomes_a_candidate(served):
    candidate_rows(served, pool_of(FIRST_DAY))
    new = a_paper("2612.00001")
    assert new.pk in candidate_rows(served, pool_of(FIRST_DAY))[0]


def test_a_day_that_is_ranked_often_gets_its_shared_products(town, served):
    day = pool_of(FIRST_DAY)
    for _ in range(OFTEN - 1):
        _, candidates, _ = candidates_of(served, day)
    assert not candidates.is_whole
    assert candidates_of(served, day)[1] is candidates
    assert candidates.is_whole


def newly_promoted():
    """A model trained on the tables, promoted and read by this process."""
    publish(train_on_the_tables())
    return model_cache.current(wait=True)


def test_only_the_last_days_are_cached_and_only_for_models_in_memory(town, model_dir):
    first = newly_promoted()
    days = [pool_of(FIRST_DAY + timedelta(days=number)) for number in range(DAYS + 1)]
    references = [weakref.ref(candidates_of(first, day)[1]) for day in days]
    gone = weakref.ref(first.model)
    gc.collect()
    assert [candidates() is None for candidates in references] == [True, *[False] * DAYS]
    del first
    model_cache.clear()
    candidates_of(newly_promoted(), days[0])
    gc.collect()
    assert gone() is None


def test_two_models_that_both_serve_keep_their_candidates_of_a_day(town, model_dir):
    both, day = [newly_promoted(), newly_promoted()], pool_of(FIRST_DAY)
    ready = [candidates_of(served, day)[1] for served in both]
    assert all(candidates_of(served, day)[1] is candidates for served, candidates in zip(both, ready, strict=True))


def test_the_cache_of_rows_does_not_keep_a_model_alive(town, model_dir):
    first = publish(train_on_the_tables())
    model = weakref.ref(first.model)
    candidate_rows(first, pool_of(FIRST_DAY))
    again = candidate_rows(first, pool_of(FIRST_DAY))
    assert len(again[0])
    del first
    gc.collect()
    assert model() is None


def test_seed_papers_and_authors_are_read_with_their_papers(town, ada):
    [seed, written] = [town.papers[3], a_paper("2612.00001", authors=["Ada Lovelace"])]
    interests.add(ada, "paper", seed.public_id)
    interests.add(ada, "author", "ada lovelace")
    assert read_profile(ada).interests == [
        {"kind": "author", "text": "ada lovelace", "papers": [written.pk]},
        {"kind": "paper", "text": seed.public_id, "papers": [seed.pk]},
    ]


def test_seeds_and_authors_of_many_readers_take_two_queries_more(town, ada, bob):
    counts = []
    for reader in (ada, bob):
        interests.add(reader, "paper", town.papers[reader.pk % 5].public_id)
        interests.add(reader, "author", reader.name)
    for readers in ([ada], [ada, bob]):
        with CaptureQueriesContext(connection) as queries:
            read_profiles(readers)
        counts.append(len(queries))
    assert counts == [5, 5]


def test_a_topic_has_one_length_whatever_its_words(town, served, ada):
    for text in ("galaxya", "grapha graphb graphc proteina"):
        interests.add(ada, "topic", text)
    rows = vectors_of(served.model, read_profile(ada)).interests
    np.testing.assert_allclose(np.linalg.norm(rows.toarray(), axis=1), STATED, rtol=1e-5)


def test_a_seed_paper_scores_new_papers_as_a_vote_on_it_would(town, served, ada, bob):
    interests.add(ada, "paper", town.papers[0].public_id)
    votes.cast(bob, town.papers[0], 1)
    model = served.model
    tastes = [vectors_of(model, read_profile(reader)) for reader in (ada, bob)]
    seeded, voted = (score(model, taste, prepare(model, model.rows)) for taste in tastes)
    np.testing.assert_allclose(seeded, voted, rtol=1e-3, atol=1e-5)


def test_an_author_without_papers_and_a_deleted_seed_have_no_effect(served):
    gone = [{"kind": "author", "text": "Nobody", "papers": []}, {"kind": "paper", "text": "x", "papers": [10**9]}]
    assert not vectors_of(served.model, Profile({}, gone)).interests.toarray().any()
    assert not Profile({}, gone[:1])


def test_many_tastes_at_once_are_those_of_one_at_a_time(town, served):
    """Papers of a vote and of an interest that the model does not know are shared between the readers."""
    new = [a_paper("2612.00001", "grapha graphb"), a_paper("2612.00002", "proteina proteinb")]
    seed = {"kind": "paper", "text": "2612.00002", "papers": [new[1].pk]}
    both = Profile({new[0].pk: 1, town.papers[3].pk: -1}, [])
    profiles = [both, Profile({new[0].pk: -1}, [seed]), Profile({}, [seed])]
    for profile, taste in zip(profiles, vectors_of_many(served.model, profiles), strict=True):
        single = vectors_of(served.model, profile)
        np.testing.assert_array_equal(taste.rows.toarray(), single.rows.toarray())
        np.testing.assert_array_equal(taste.interests.toarray(), single.interests.toarray())
        assert (taste.known.tolist(), taste.values.tolist()) == (single.known.tolist(), single.values.tolist())
