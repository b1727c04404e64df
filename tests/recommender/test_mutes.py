"""Mutes: what can be muted, how it is stored, and which papers it hides."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Mute
from recommender import interests, mutes, votes
from recommender.models import Paper
from recommender.mutes import (
    MOST_MUTES,
    HiddenCounts,
    Muted,
    count_hidden,
    fold,
    hidden,
    muted_by,
    muted_by_each,
    with_counts,
    would_hide,
)
from recommender.night.ledger import hold
from recommender.night.rank_everyone import rank_everyone
from recommender.ranking.rank import ALL_MUTED, SORTS, rank
from recommender.search.query import parse
from recommender.search.search import search
from recommender.spans import Span, pool_of, week_of
from tests.recommender.planted import FIRST_DAY, a_paper


@pytest.fixture
def shelf(db):
    """Four papers of one day."""
    return [
        a_paper("2611.00001", "Graph-based learning", abstract="Of edges.", categories=["cs.LG", "cs.CV"]),
        a_paper("2611.00002", "Subgraphs", abstract="Graph kernels, learned", authors=["Paul Erdős", "A. Rényi"]),
        a_paper("2611.00003", "Proteins at work", abstract="", categories=["q-bio.BM"], authors=["Paul Erdos Jr."]),
        a_paper("2611.00004", "Schrödinger’s kernels", categories=["cs"]),
    ]


MUTES = [
    ("word", "graph", {1, 2}),  # a whole word, in title or abstract; a hyphen parts words
    ("word", "GRAPH KERNELS", {2}),
    ("word", "learning of", set()),  # no words reach from the title into the abstract
    ("word", "schrodinger", {4}),
    ("word", "subgraph", set()),
    ("author", "paul erdös", {2}),
    ("author", "Erdős", set()),  # the whole name
    ("category", "cs.CV", {1}),
    ("category", "cs", {1, 4}),  # an archive and everything in it
    ("category", "q-bio.MN", set()),
]


@pytest.mark.parametrize(("kind", "text", "gone"), MUTES)
@pytest.mark.parametrize("sort", SORTS)
def test_what_is_muted_leaves_every_order(shelf, ada, kind, text, gone, sort):
    mutes.add(ada, kind, text)
    left = {paper.pk for number, paper in enumerate(shelf, start=1) if number not in gone}
    assert set(rank(ada, FIRST_DAY, sort).order.tolist()) == left


def test_what_is_muted_leaves_the_personal_order_and_comes_back_with_it(town, served, ada):
    votes.cast(ada, town.papers[1], 1)
    first = rank(ada, FIRST_DAY)
    words = Paper.objects.get(pk=first.order[0]).title.split()
    mute = mutes.add(ada, "word", words[0])
    second = rank(ada, FIRST_DAY)
    gone = set(first.order.tolist()) - set(second.order.tolist())
    assert gone == {p.pk for p in town.papers if p.day == FIRST_DAY and words[0] in f"{p.title} {p.abstract}".split()}
    assert (second.mode, second.taste["hidden"], second.basis != first.basis) == ("hybrid", len(gone), True)
    mute.delete()
    assert rank(ada, FIRST_DAY) == first


def test_the_scores_of_what_is_left_do_not_move(town, served, ada):
    votes.cast(ada, town.papers[1], 1)
    before = rank(ada, FIRST_DAY)
    mutes.add(ada, "word", Paper.objects.get(pk=before.order[3]).title.split()[0])
    after = rank(ada, FIRST_DAY)
    scores = dict(zip(before.order.tolist(), before.score_values.tolist(), strict=True))
    assert after.score_values.tolist() == [scores[pk] for pk in after.order.tolist()]


def test_the_night_leaves_out_what_a_request_does(town, served, ada, bob):
    for reader in (ada, bob):
        votes.cast(reader, town.papers[1], 1)
    mutes.add(ada, "word", "noisea")
    with hold(FIRST_DAY, "rank", force=True) as claim:
        rank_everyone(claim, lambda line: None)
    stored = {reader: reader.rankings.get() for reader in (ada, bob)}
    assert len(stored[ada].order) < len(stored[bob].order)
    assert [rank(reader, FIRST_DAY) for reader in (ada, bob)] == [stored[ada], stored[bob]]


@pytest.mark.parametrize("sort", SORTS)
def test_if_everything_is_muted_the_order_is_empty_with_the_reason(shelf, ada, sort):
    for code in ("cs", "q-bio"):
        mutes.add(ada, "category", code)
    mutes.add(ada, "word", "subgraphs")
    some = rank(ada, FIRST_DAY, sort)
    assert (len(some.order), some.mode_reason, some.taste) == (0, ALL_MUTED, {"hidden": 4})


def test_an_empty_personal_order_states_the_reason(town, served, ada):
    interests.add(ada, "topic", "galaxya")
    Paper.objects.filter(day=FIRST_DAY).update(categories=["cs.LG"])
    mutes.add(ada, "category", "cs.LG")
    some = rank(ada, FIRST_DAY)
    assert (len(some.order), some.mode, some.mode_reason) == (0, "content", ALL_MUTED)


def test_a_muted_paper_can_still_be_found(shelf, ada):
    mutes.add(ada, "word", "graph")
    assert shelf[0].pk in search(parse("graph"), reader=ada).pks


def test_own_papers_leave_only_where_the_reader_wants_that(shelf, ada):
    ada.own_names = ["P. Nobody", "PAUL ERDOS"]
    assert len(rank(ada, FIRST_DAY).order) == 4
    ada.hides_own_papers = True
    assert shelf[1].pk not in rank(ada, FIRST_DAY).order


def test_another_reader_and_anonymous_keep_what_ada_mutes(shelf, ada, bob):
    mutes.add(ada, "word", "graph")
    assert [len(rank(reader, FIRST_DAY).order) for reader in (bob, None)] == [4, 4]


def test_each_mute_has_the_number_of_papers_it_hides(shelf, ada):
    """Graph hides 1 and 2, cs hides 1 and 4, Erdős himself 2: together 1, 2 and 4."""
    some = [mutes.add(ada, "word", "graph"), mutes.add(ada, "category", "cs"), mutes.add(ada, "word", "absent")]
    ada.own_names, ada.hides_own_papers = ["Paul Erdős"], True
    assert [mute.hides for mute in with_counts(some, pool_of(FIRST_DAY))] == [2, 2, 0]
    assert count_hidden(ada, pool_of(FIRST_DAY)) == HiddenCounts(own=1, together=3)
    assert would_hide("category", "q-bio", pool_of(FIRST_DAY)) == 1


def test_a_paper_that_changes_is_looked_at_again(shelf, ada):
    mutes.add(ada, "word", "graph")
    muted = muted_by(ada)
    assert len(hidden(muted, pool_of(FIRST_DAY))) == 2
    a_paper("2611.00005", "One more graph")
    assert len(hidden(muted, pool_of(FIRST_DAY))) == 3


def test_the_mutes_of_many_readers_take_one_query(ada, bob):
    for number, reader in enumerate((ada, bob)):
        mutes.add(reader, "word", f"word{number}")
    with CaptureQueriesContext(connection) as queries:
        some = muted_by_each([ada, bob])
    assert (len(queries), some[bob.pk].words) == (1, {"word1"})


def test_the_state_of_mutes_names_them_in_any_order():
    one, two = Muted(words=frozenset(["a", "b"])), Muted(words=frozenset(["b", "a"]))
    assert one.state == two.state
    assert len({one.state, Muted(authors=frozenset(["a", "b"])).state, Muted().state}) == 3
    assert not Muted().state


BAD = [
    ("category", "cs.QQ", "is not an arXiv category"),
    ("author", "A", "2 to 100 characters; this one has 1"),
    ("author", "a" * 101, "this one has 101"),
    ("word", "", "this one has 0"),
    ("word", "?!", "no letter or digit"),
    ("word", "\ufdfa" * 100, "spelt out; write it shorter"),
    ("word", "bell \x07 rings", "control characters"),
    ("word", "half \ud800 here", "control characters"),
]


@pytest.mark.parametrize(("kind", "text", "problem"), BAD)
def test_what_cannot_be_muted_is_refused_with_the_remedy(ada, kind, text, problem):
    with pytest.raises(ValidationError, match=problem) as refusal:
        mutes.add(ada, kind, text)
    assert (list(refusal.value.message_dict), ada.mutes.count()) == (["text"], 0)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Erdős–Rényi", "erdos renyi"),
        ("Łukasz Kaiser", "lukasz kaiser"),
        ("  LARGE-language\tmodels ", "large language models"),
        ("GPT-4", "gpt 4"),
        ("Straße", "strasse"),
        ("图 神经", "图 神经"),
        ("snake_case", "snake case"),
        ("...", ""),
    ],
)
def test_words_are_folded_without_case_accents_and_signs(text, folded):
    assert fold(text) == folded


def test_a_mute_keeps_what_was_written_beside_what_is_compared(ada):
    some = [mutes.add(ada, *wish) for wish in (("author", " Paul  Erdős "), ("category", "CS.cv"), ("word", "GPT-4"))]
    assert [(mute.text, mute.folded) for mute in some] == [
        ("Paul Erdős", "paul erdos"), ("cs.CV", "cs.CV"), ("GPT-4", "gpt 4"),
    ]  # fmt: skip


@pytest.mark.parametrize("again", ["gpt 4", "GPT-4", "Gpt–4"])
def test_the_same_words_twice_are_refused(ada, again):
    mutes.add(ada, "word", "GPT-4")
    with pytest.raises(ValidationError, match="is muted already"):
        mutes.add(ada, "word", again)


def test_two_readers_may_mute_the_same(ada, bob):
    assert [mutes.add(reader, "word", "quantum").reader for reader in (ada, bob)] == [ada, bob]


def test_there_is_room_for_a_hundred_and_no_more(ada):
    Mute.objects.bulk_create(
        Mute(reader=ada, kind="word", text=f"word {n}", folded=f"word {n}") for n in range(MOST_MUTES)
    )
    with pytest.raises(ValidationError, match="you have 100 mutes"):
        mutes.add(ada, "word", "one too many")


@pytest.mark.parametrize("columns", [{"kind": "journal"}, {"folded": ""}, {"folded": "quantum"}])
def test_the_database_refuses_what_is_no_mute_or_there_already(ada, columns):
    mutes.add(ada, "word", "quantum")
    row = {"kind": "word", "text": "x", "folded": "x"} | columns
    with pytest.raises(IntegrityError), transaction.atomic():
        ada.mutes.create(**row)


def test_own_names_are_stored_once_each_in_the_given_order():
    assert mutes.clean_own_names(["Ada  Lovelace", "A. Lovelace", "ada lovelace"]) == ["ada lovelace", "A. Lovelace"]
    with pytest.raises(ValidationError, match="5 names of your own; these are 6"):
        mutes.clean_own_names([f"Ada {n}" for n in range(6)])
    with pytest.raises(ValidationError, match="2 to 100"):
        mutes.clean_own_names(["A"])


def test_the_papers_hidden_in_a_span_are_those_hidden_on_its_days(shelf, ada):
    """Graph hides papers 1 and 2; the days are read together, and each answer is cached for its day."""
    Paper.objects.filter(pk=shelf[1].pk).update(day=FIRST_DAY + timedelta(days=1))
    mutes.add(ada, "word", "graph")
    muted, week = muted_by(ada), pool_of(week_of(FIRST_DAY))
    with CaptureQueriesContext(connection) as queries:
        pks = hidden(muted, week)
        again = [hidden(muted, day) for day in week.days]
    assert len(queries) == 1
    assert pks == again[0] | again[1] == {shelf[0].pk, shelf[1].pk}


def test_only_hidden_papers_of_the_category_count_in_a_category(shelf, ada):
    Paper.objects.filter(pk=shelf[1].pk).update(categories=["math.AG"])
    mutes.add(ada, "word", "graph")
    assert hidden(muted_by(ada), pool_of(Span(FIRST_DAY, FIRST_DAY + timedelta(days=6), "math.AG"))) == {shelf[1].pk}


def test_muted_words_do_not_match_across_papers(db, ada):
    papers = [a_paper("2611.00001", "Blue", abstract="whale"), a_paper("2611.00002", "song", abstract="of whale song")]
    mutes.add(ada, "word", "whale song")
    assert hidden(muted_by(ada), pool_of(FIRST_DAY)) == {papers[1].pk}
    assert mutes.hidden_among(papers, muted_by(ada)) == {papers[1].pk}


def test_the_cached_papers_are_bounded(shelf, ada, monkeypatch):
    monkeypatch.setattr(mutes, "CACHED_PAPERS", 4)
    a_paper("2611.00009", "One more graph", day=FIRST_DAY + timedelta(days=1))
    mutes.add(ada, "word", "graph")
    assert len(hidden(muted_by(ada), pool_of(week_of(FIRST_DAY)))) == 3
    assert sum(len(traits.pks) for traits in mutes._traits_by_day.values()) <= 4
