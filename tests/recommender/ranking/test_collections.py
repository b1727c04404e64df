"""Orders made with collections, in a world where papers on graphs and papers on proteins share no word."""

from datetime import timedelta

import pytest

from feeds import night
from recommender import mutes, votes
from recommender.collections import create, reading_list, save, write_note
from recommender.models import Paper, Ranking, Saved
from recommender.ranking.collections import papers_like_collection, sort_collection
from recommender.ranking.reasons import reasons
from tests.feeds.planting import DAY, paper, papers, plant
from tests.recommender.planted import FIRST_DAY, a_paper


@pytest.fixture
def topics(db):
    planted_papers = plant()
    for step in ("train", "judge", "promote"):
        night.run(DAY, step)
    return planted_papers


def public_ids(order):
    rows = Saved.objects.select_related("paper").in_bulk(order.saved_pks)
    return [rows[pk].paper.public_id for pk in order.saved_pks]


def shown(likeness):
    assert likeness.reason == ""
    return likeness.ranking.order.tolist()


def test_the_newest_addition_or_the_newest_paper_comes_first(ada):
    old, new = paper("2606.00001", DAY - timedelta(days=9)), paper("2607.00001", DAY)
    for row in (new, old):
        save(reading_list(ada), [row])
    assert public_ids(sort_collection(reading_list(ada), "", "added")) == ["2606.00001", "2607.00001"]
    assert public_ids(sort_collection(reading_list(ada), "", "day")) == ["2607.00001", "2606.00001"]


def test_by_my_taste_what_i_like_comes_first(ada, topics):
    graphs, proteins = topics
    save(reading_list(ada), [graphs[0], proteins[0], graphs[1], proteins[1]])
    votes.cast(ada, proteins[10], 1)
    order = sort_collection(reading_list(ada), "", "mine")
    assert (set(public_ids(order)[:2]), order.note) == ({p.public_id for p in proteins[:2]}, "")


def test_without_a_model_and_words_the_newest_additions_come_first_with_the_reason(ada):
    first, second = papers(2)
    Paper.objects.update(title="?", abstract="", authors=[], categories=[], tags=[])
    save(reading_list(ada), [first])
    save(reading_list(ada), [second])
    order = sort_collection(reading_list(ada), "", "mine")
    assert public_ids(order) == ["2607.00002", "2607.00001"]
    assert order.note.startswith("No model has been trained yet.")


def test_without_votes_the_note_says_so_too(ada, topics):
    save(reading_list(ada), topics[0][:2])
    assert sort_collection(reading_list(ada), "", "mine").note.startswith("You have no votes and no interests yet.")


def test_an_empty_collection_has_an_order_of_nothing(ada, topics):
    votes.cast(ada, topics[0][0], 1)
    assert sort_collection(reading_list(ada), "", "mine").saved_pks == []


@pytest.mark.parametrize(
    ("words", "ids"),
    [("knots", ["2607.00001"]), ("KNOTS theory", ["2607.00001"]), ("noether", ["2607.00002"]),
     ("proof", ["2607.00002"]), ("knots noether", []), ("\x00", ["2607.00001", "2607.00002"]), ("100%", [])],
)  # fmt: skip
def test_all_words_are_looked_for_in_titles_authors_and_notes(ada, words, ids):
    first = paper("2607.00001", title="A theory of knots")
    second = paper("2607.00002", title="Rings", authors=["Emmy Noether"])
    save(reading_list(ada), [first, second])
    write_note(reading_list(ada), second, "read the proof")
    assert sorted(public_ids(sort_collection(reading_list(ada), words, "added"))) == ids


def test_an_unknown_sort_is_refused_by_name(ada):
    with pytest.raises(ValueError, match="added, day, mine; got 'best'"):
        sort_collection(reading_list(ada), "", "best")


def test_papers_like_those_of_a_collection_share_its_topic(ada, topics):
    proteins = topics[1]
    folding = create(ada, "Folding")
    save(folding, proteins[8:10])
    first = shown(papers_like_collection(folding, "day", DAY))[:8]
    assert set(first) == {paper.pk for paper in proteins[:8]}


def test_the_readers_own_votes_do_not_count(ada, topics):
    graphs, proteins = topics
    folding = create(ada, "Folding")
    save(folding, proteins[8:10])
    before = shown(papers_like_collection(folding, "day", DAY))
    for liked in graphs[16:20]:
        votes.cast(ada, liked, 1)
    assert shown(papers_like_collection(folding, "day", DAY)) == before


def test_a_week_has_the_days_before_without_saved_and_voted_papers(ada, topics):
    proteins = topics[1]
    folding = create(ada, "Folding")
    save(folding, proteins[8:10])
    votes.cast(ada, proteins[0], -1)
    offered = set(shown(papers_like_collection(folding, "week", DAY)))
    assert {place for place, paper in enumerate(proteins) if paper.pk not in offered} == {0, 8, 9}


def test_only_papers_that_the_collection_raises_are_named(ada, topics):
    folding = create(ada, "Folding")
    save(folding, topics[1][8:10])
    assert papers_like_collection(folding, "week", DAY).ranking.score_values.min() > 0


def test_where_everything_is_saved_or_voted_on_nothing_is_named(ada, topics):
    folding = create(ada, "Folding")
    save(folding, topics[1][:8])
    for row in topics[0][:8]:
        votes.cast(ada, row, 1)
    assert shown(papers_like_collection(folding, "day", DAY)) == []


def test_each_reason_names_a_paper_of_the_collection(ada, topics):
    folding = create(ada, "Folding")
    save(folding, topics[1][8:10])
    ranking = papers_like_collection(folding, "day", DAY).ranking
    first = int(ranking.order[0])
    named_papers = {reason.paper for reason in reasons(ranking, [first])[first]}
    assert named_papers == set(topics[1][8:10])


def test_the_order_is_not_stored(ada, topics):
    folding = create(ada, "Folding")
    save(folding, topics[1][8:10])
    papers_like_collection(folding, "week", DAY)
    assert not Ranking.objects.filter(reader=ada).exists()


def test_an_empty_collection_is_like_nothing(ada, topics):
    assert papers_like_collection(create(ada, "Folding"), "week", DAY).reason.startswith("This collection is empty.")


def test_before_the_first_model_is_trained_papers_are_compared_by_content(ada, model_dir):
    """Both new papers are of the same day; only one shares words with the collection."""
    saved = a_paper("2611.00001", title="Folding of proteins")
    near, _ = (a_paper(f"2611.0000{n}", title=title) for n, title in ((2, "Proteins by networks"), (3, "Markets")))
    a_paper("2611.00004", title="Market networks")
    save(reading_list(ada), [saved])
    ranking = papers_like_collection(reading_list(ada), "day", FIRST_DAY).ranking
    assert (ranking.mode, ranking.model, ranking.order[0]) == ("content", None, near.pk)
    assert reasons(ranking, [near.pk])[near.pk][0].paper == saved


def test_without_a_model_and_words_nothing_is_compared(ada):
    save(reading_list(ada), papers(1))
    Paper.objects.update(title="?", abstract="", authors=[], categories=[], tags=[])
    assert papers_like_collection(reading_list(ada), "week", DAY).reason.startswith("No model has been trained yet.")


def test_an_unknown_window_is_refused_by_name(ada):
    with pytest.raises(ValueError, match="day or week; got 'year'"):
        papers_like_collection(reading_list(ada), "year", DAY)


def test_what_readers_like_in_general_does_not_count(ada, topics):
    """Of one paper, its effect (the score with it less the score without any) is then the whole score."""
    folding = create(ada, "Folding")
    save(folding, topics[1][8:9])
    ranking = papers_like_collection(folding, "day", DAY).ranking
    first = int(ranking.order[0])
    [reason] = reasons(ranking, [first])[first]
    assert ranking.score_values[0] == pytest.approx(reason.effect, rel=1e-4)


def test_what_is_muted_stays_out_of_it(ada, topics):
    folding = create(ada, "Folding")
    save(folding, topics[1][8:10])
    mutes.add(ada, "word", "membrane")
    offered = set(shown(papers_like_collection(folding, "day", DAY)))
    assert offered.isdisjoint(paper.pk for paper in topics[1])  # each says it, in title or abstract


def test_while_personalisation_is_paused_my_taste_orders_nothing(ada, topics):
    save(reading_list(ada), topics[0][:2])
    votes.cast(ada, topics[0][8], 1)
    ada.is_paused = True
    ada.save()
    assert sort_collection(reading_list(ada), "", "mine").note.startswith("You have paused personalisation.")
