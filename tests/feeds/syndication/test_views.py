"""Feeds over HTTP: their contents, who may read them, and what an unchanged poll costs."""

from datetime import timedelta

import orjson
import pytest
from django.test import Client

from feeds.models import Listing
from feeds.syndication.keys import renew, revoke
from recommender import collections, votes
from recommender.models import Paper, Ranking
from tests.feeds.planting import DAY, paper, papers


@pytest.fixture
def reading(planted, ada):
    """Ada likes graphs."""
    graphs, _ = planted
    for one in graphs[8:12]:
        votes.cast(ada, one, 1)
    return ada


def test_my_ranking_has_the_newest_day_first_and_each_days_best_first(reading, address, poll):
    response = poll(address())
    best = [Paper.objects.get(pk=pk).public_id for pk in Ranking.objects.get(reader=reading, day=DAY).order[:16]]
    assert [one.rpartition("paper/")[2] for one in response.ids[:16]] == best
    assert len(response.ids) == 48  # three days of sixteen


def test_an_entry_has_authors_categories_and_reasons(reading, address, poll):
    Paper.objects.update(authors=["Ada Lovelace", "Charles Babbage"], categories=["cs.LG", "stat.ML"])
    entry = poll(address()).feed.entries[0]
    assert [author.name for author in entry.authors] == ["Ada Lovelace", "Charles Babbage"]
    assert [tag.term for tag in entry.tags] == ["cs.LG", "stat.ML"]
    assert "Why here:</b> Close to “The " in entry.content[0].value


def test_n_limits_the_papers_of_each_day(reading, address, poll):
    assert len(poll(f"{address()}?n=2").ids) == 6
    assert poll(f"{address()}?n=2").ids[:2] == poll(address()).ids[:2]


@pytest.mark.parametrize("number", ["0", "101", "x", "", "1e1", "-1", "٣", "9" * 5000])
def test_an_invalid_number_is_named_with_its_remedy(address, number):
    answer = Client().get(address(), {"n": number})
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "n: must be a whole number from 1 to 100" in answer.json()["detail"]


def test_an_unchanged_poll_is_304_and_ranks_nothing(reading, address, poll, django_assert_num_queries):
    path = address()
    first = poll(path).answer
    rankings = Ranking.objects.count()
    with django_assert_num_queries(10):
        again = poll(path, if_none_match=first["ETag"])
    assert (again.status, again.answer.content, Ranking.objects.count()) == (304, b"", rankings)


def test_a_poll_costs_the_same_for_few_papers_and_many(reading, address, poll, django_assert_num_queries):
    path = f"{address()}?n=100"
    poll(path)
    papers(200, DAY, month="2609")
    poll(path)
    with django_assert_num_queries(10):
        assert len(poll(path).ids) == 132


def test_if_modified_since_works_too(reading, address, poll):
    first = poll(address()).answer
    assert poll(address(), if_modified_since=first["Last-Modified"]).status == 304
    assert poll(address(), if_modified_since="Mon, 01 Jan 2024 00:00:00 GMT").status == 200


def test_a_vote_changes_the_next_poll(reading, planted, address, poll):
    first = poll(address()).answer
    for one in planted[1][8:14]:
        votes.cast(reading, one, 1)
    assert poll(address(), if_none_match=first["ETag"]).status == 200


def test_the_etag_of_a_compressed_response_is_recognised(reading, address):
    packed = Client().get(address(), headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    headers = {"accept-encoding": "gzip", "if-none-match": packed["ETag"]}
    assert Client().get(address(), headers=headers).status_code == 304


def test_a_private_feed_is_neither_cached_by_proxies_nor_indexed(reading, address):
    answer = Client().get(address())
    assert answer["Cache-Control"] == "private, max-age=300"
    assert (answer["Referrer-Policy"], answer["X-Robots-Tag"]) == ("no-referrer", "noindex")
    assert not answer.cookies


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_head_has_the_headers_of_get_without_the_body(reading, address, form):
    got, head = Client().get(address(form=form)), Client().head(address(form=form))
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", got["ETag"])
    assert head["Content-Type"] == got["Content-Type"]


def test_a_feed_only_allows_reading(reading, address):
    assert Client().post(address()).status_code == 405


def test_the_secret_of_one_feed_opens_no_other(reading, address):
    secret = address().split("/")[2]
    assert Client().get(f"/feeds/{secret}/collection-saved.atom").status_code == 404


def test_a_changed_secret_stops_the_old_address_and_keeps_the_entries(reading, address, poll):
    old, ids = address(), poll(address()).ids
    renew(reading)
    assert Client().get(old).status_code == 404
    assert poll(address()).ids == ids


def test_revoked_keys_and_inactive_or_deleted_accounts_have_no_feeds(reading, address):
    old = address()
    revoke(reading)
    assert Client().get(old).status_code == 404
    new = address()
    reading.is_active = False
    reading.save()
    assert Client().get(new).status_code == 404
    reading.delete()
    assert (Client().get(new).status_code, Listing.objects.exclude(key=None).count()) == (404, 0)


@pytest.mark.parametrize("name", ["nothing", "interest-x", "interest-99999999999999999999", "collection-nobodys"])
def test_an_unknown_feed_is_404_even_with_a_valid_secret(address, name):
    assert Client().get(address(name)).status_code == 404


@pytest.mark.parametrize("secret", ["x", "a" * 59, "a" * 5000, "-_" * 30])
def test_a_wrong_secret_is_404(ada, address, secret):
    address()
    assert Client().get(f"/feeds/{secret}/mine.atom").status_code == 404


def test_an_unknown_format_is_404(reading, address):
    assert Client().get(address(form="xml")).status_code == 404


def test_an_interest_of_another_reader_is_404(ada, bob, address):
    interest = bob.interests.create(kind="topic", text="graphs")
    assert Client().get(address(f"interest-{interest.pk}")).status_code == 404


def test_the_feed_of_a_category_is_my_order_of_its_papers(reading, address, poll):
    graphs = Paper.objects.filter(public_id__startswith="2607")
    graphs.update(categories=["math.CO"])
    interest = reading.interests.create(kind="category", text="math.CO")
    response, everything = poll(address(f"interest-{interest.pk}")), poll(address())
    mine = {f"paper/{one.public_id}" for one in graphs}
    expected = [one for one in everything.ids if one.partition(":")[2].rpartition(":")[2] in mine]
    assert response.ids == expected
    assert len(expected) == 24


def test_the_feed_of_a_topic_has_the_papers_that_it_alone_would_raise(reading, address, poll):
    interest = reading.interests.create(kind="topic", text="protein enzyme membrane ligand")
    best = poll(f"{address(f'interest-{interest.pk}')}?n=4")
    assert {one.rpartition("paper/")[2][:4] for one in best.ids} == {"2608"}
    assert "Matches your interest “protein enzyme membrane ligand”." in best.feed.entries[0].content[0].value


def test_the_feed_of_a_collection_has_the_newest_addition_first_and_no_notes(ada, address, poll):
    first, second = papers(2)
    collection = collections.create(ada, "Graphs")
    collections.save(collection, [first])
    collections.save(collection, [second])
    collections.write_note(collection, first, "only mine")
    response = poll(address(f"collection-{collection.public_id}"))
    assert [one.rpartition("paper/")[2] for one in response.ids] == [second.public_id, first.public_id]
    assert b"only mine" not in response.answer.content


def test_an_empty_reading_list_is_an_empty_feed(ada, address, poll):
    response = poll(address("collection-saved"))
    assert (response.status, response.ids, response.feed.bozo) == (200, [], False)
    assert poll(address("collection-saved"), if_none_match=response.answer["ETag"]).status == 304


def test_popular_papers_have_a_public_feed(planted, poll):
    response = poll("/feeds/popular.atom")
    assert (response.status, response.answer["Cache-Control"]) == (200, "public, max-age=300")
    assert len(response.ids) == 48


def test_a_category_has_a_public_feed_and_an_unknown_one_has_none(db, poll):
    paper("2607.00001", categories=["cs.LG"])
    paper("2607.00002", categories=["hep-th"])
    assert [one[-10:] for one in poll("/feeds/category/hep-th.rss").ids] == ["2607.00002"]
    assert {poll(f"/feeds/category/{code}.atom").status for code in ("cs.lg", "nothing", "cs")} == {404}
    assert poll("/feeds/category/math.GT.atom").ids == []


def test_without_papers_feeds_are_empty_and_valid(ada, address, poll):
    for path in (address(), "/feeds/popular.atom", "/feeds/trending.rss"):
        response = poll(path)
        assert (response.status, response.ids, response.feed.bozo) == (200, [], False)


def test_a_withdrawn_or_muted_paper_leaves_the_feed(ada, address, poll):
    gone, muted, _ = papers(3)
    assert len(poll(address()).ids) == 3
    Paper.objects.filter(pk=gone.pk).update(withdrawn=True)
    Paper.objects.filter(pk=muted.pk).update(authors=["Bob Bore"])
    ada.mutes.create(kind="author", text="Bob Bore", folded="bob bore")
    assert len(poll(address()).ids) == 1


def test_a_paper_that_falls_behind_stays_in_the_feed(ada, address, poll):
    first, second = papers(2)
    before = poll(f"{address()}?n=1").ids
    other = second if before[0].endswith(first.public_id) else first
    Paper.objects.filter(pk=other.pk).update(source_upvotes=9)
    Listing.objects.update(looked_at=Listing.objects.get().looked_at - timedelta(minutes=6))
    assert poll(f"{address()}?n=1").ids == poll(address()).ids
    assert before[0] in poll(f"{address()}?n=1").ids


def test_json_has_the_same_papers_in_the_same_order(reading, address, poll):
    feed = orjson.loads(Client().get(address(form="json")).content)
    assert [item["id"] for item in feed["items"]] == poll(address()).ids
