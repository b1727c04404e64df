"""`/me/feed/`: a reader's order of a day, page by page, and how a vote changes it."""

from datetime import date, timedelta

import pytest
from django.core import signing

from feeds.api.ranking_pages import CURSOR_SALT
from recommender import votes
from recommender.models import Ranking, TrainedModel
from recommender.paper_ids import own_id
from recommender.serving import archives
from tests.feeds.planting import DAY, paper, papers, train

FEED = "/api/v1/me/feed/"


def ids(answer):
    return [row["paper"]["id"] for row in answer["results"]]


def pages_of(client, address, between=lambda: None):
    """The ids of all pages; `between` runs after each page."""
    paper_ids = []
    while address:
        answer = client.get(address).json()
        paper_ids += ids(answer)
        address = answer["next"]
        between()
    return paper_ids


def test_a_feed_names_its_mode_model_and_votes(ada, ada_api, planted):
    graphs, _ = planted
    outcome = votes.cast(ada, graphs[10], 1)
    answer = ada_api.get(FEED).json()
    model = TrainedModel.objects.get()
    assert (answer["day"], answer["mode"], answer["mode_reason"]) == ("2026-07-21", "hybrid", None)
    assert answer["model"]["id"] == model.version
    assert outcome.voted_at is not None
    assert answer["includes_votes_until"] == outcome.voted_at.isoformat().replace("+00:00", "Z")
    assert answer["ranking_id"] == ada.rankings.get().public_id
    assert (answer["count"], answer["next"], len(answer["results"])) == (16, None, 16)
    assert [row["position"] for row in answer["results"]] == list(range(1, 17))
    scores = [row["score"] for row in answer["results"]]
    assert scores == sorted(scores, reverse=True)


def test_an_entry_above_a_higher_score_says_why(ada_api, planted):
    """Four votes on graphs and one on proteins: the one has its share of the first places, out of the scores' order."""
    graphs, proteins = planted
    for voted in [*graphs[10:14], proteins[10]]:
        ada_api.put(f"/api/v1/papers/{voted.public_id}/vote/", {"value": 1})
    rows = ada_api.get(FEED).json()["results"]
    lower = [row for place, row in enumerate(rows) if any(other["score"] > row["score"] for other in rows[place:])]
    assert lower
    assert {row["placed_because"]["kind"] for row in lower} == {"interest"}
    title = proteins[10].title
    assert any(f"your interest in “{title}” has its share" in row["placed_because"]["text"] for row in lower)


def test_a_vote_changes_the_next_feed(ada, ada_api, planted):
    graphs, proteins = planted
    today = {"graphs": {p.public_id for p in graphs[:8]}, "proteins": {p.public_id for p in proteins[:8]}}
    for liked, topic in ((graphs, "graphs"), (proteins, "proteins")):
        disliked = proteins if liked is graphs else graphs
        for number in (10, 11, 12):
            ada_api.put(f"/api/v1/papers/{liked[number].public_id}/vote/", {"value": 1})
            ada_api.put(f"/api/v1/papers/{disliked[number].public_id}/vote/", {"value": -1})
        assert set(ids(ada_api.get(FEED).json())[:8]) == today[topic]


def test_reasons_name_my_own_votes_and_their_effects_add_up_to_removing_them(ada, ada_api, planted):
    graphs, _ = planted
    for number in (10, 11):
        votes.cast(ada, graphs[number], 1)
    [first, *_] = before = ada_api.get(FEED).json()["results"]
    [reason] = [why for why in first["why"] if why["paper_id"] == graphs[10].public_id]
    assert (reason["kind"], reason["vote"], reason["title"], reason["text"]) == (
        "your_vote", 1, graphs[10].title, None,
    )  # fmt: skip
    votes.take_back(ada, graphs[10])
    after = {row["paper"]["id"]: row["score"] for row in ada_api.get(FEED).json()["results"]}
    assert reason["effect"] == pytest.approx(before[0]["score"] - after[first["paper"]["id"]], abs=1e-5)


def test_an_entry_has_my_vote(ada, bob, ada_api, planted):
    graphs, _ = planted
    votes.cast(ada, graphs[0], 1)
    votes.cast(ada, graphs[1], -1)
    votes.cast(bob, graphs[2], 1)
    mine = {row["paper"]["id"]: row["my_vote"] for row in ada_api.get(FEED).json()["results"]}
    assert [mine[graphs[number].public_id] for number in range(3)] == [1, -1, 0]


def test_without_changes_the_ranking_stays_the_same(ada, ada_api, planted):
    first, second = ada_api.get(FEED).json(), ada_api.get(FEED).json()
    assert first == second
    assert ada.rankings.count() == 1


def test_interests_order_a_feed_before_the_first_vote(ada, ada_api, planted):
    _, proteins = planted
    ada_api.post("/api/v1/me/interests/", {"kind": "topic", "text": "protein enzyme folding"})
    answer = ada_api.get(FEED).json()
    assert (answer["mode"], "interests" in answer["mode_reason"]) == ("content", True)
    assert set(ids(answer)[:8]) == {p.public_id for p in proteins[:8]}
    assert answer["results"][0]["why"][0]["text"] == "protein enzyme folding"


def test_a_seed_paper_orders_a_feed_before_the_first_vote_and_is_named(ada, ada_api, planted):
    _, proteins = planted
    ada_api.get(FEED)
    ada_api.post("/api/v1/me/interests/", {"kind": "paper", "text": proteins[10].public_id})
    answer = ada_api.get(FEED).json()
    assert set(ids(answer)[:8]) == {p.public_id for p in proteins[:8]}
    [why] = answer["results"][0]["why"]
    assert (why["kind"], why["paper_id"], why["title"]) == ("interest", proteins[10].public_id, proteins[10].title)


def test_an_author_orders_a_feed_by_their_papers_and_is_named(ada, ada_api, planted):
    _, proteins = planted
    for written in (proteins[10], proteins[12]):
        written.authors = ["Bob Example", "Ada Lovelace"]
        written.save()
    ada_api.get(FEED)
    ada_api.post("/api/v1/me/interests/", {"kind": "author", "text": "ada lovelace"})
    answer = ada_api.get(FEED).json()
    assert set(ids(answer)[:8]) == {p.public_id for p in proteins[:8]}
    assert [why["text"] for why in answer["results"][0]["why"]] == ["ada lovelace"]


def test_an_author_starts_to_count_when_a_paper_of_theirs_arrives(ada, ada_api, planted):
    _, proteins = planted
    ada_api.post("/api/v1/me/interests/", {"kind": "author", "text": "Ada Lovelace"})
    before = ada_api.get(FEED).json()
    assert (before["mode"], "have no papers" in before["mode_reason"]) == ("recent", True)
    paper("2607.09999", title="The protein", abstract=proteins[0].abstract, authors=["Ada Lovelace"])
    after = ada_api.get(FEED).json()
    assert after["mode"] == "content"
    assert {p.public_id for p in proteins[:8]} <= set(ids(after)[:9])


def test_a_reader_without_votes_and_interests_gets_the_popular_order_and_the_reason(bob, ada_api, planted):
    graphs, _ = planted
    votes.cast(bob, graphs[3], 1)
    answer = ada_api.get(FEED).json()
    assert (answer["mode"], answer["model"], answer["includes_votes_until"]) == ("popular", None, None)
    assert "no votes and no interests" in answer["mode_reason"]
    [first, *_] = answer["results"]
    assert (first["paper"]["id"], first["score"]) == (graphs[3].public_id, 1.0)
    assert [(why["kind"], why["effect"]) for why in first["why"]] == [("popular", 1.0)]


def test_without_any_model_the_feed_is_by_content_and_never_empty(ada, ada_api):
    papers(3)
    votes.cast(ada, paper("2606.00001", date(2026, 6, 1)), 1)
    answer = ada_api.get(FEED).json()
    assert (answer["mode"], "No trained model" in answer["mode_reason"], answer["count"]) == ("content", True, 3)
    assert answer["model"] is None
    assert ada_api.get(FEED, {"day": "2026-06-01"}).json()["mode"] == "content"


def test_without_a_model_votes_or_interests_the_feed_is_popular_or_recent(ada, ada_api):
    papers(3)
    answer = ada_api.get(FEED).json()
    assert (answer["mode"], answer["count"], answer["results"][0]["score"]) == ("recent", 3, None)


def test_a_model_without_files_degrades_the_mode_but_not_the_response(ada, ada_api, planted, settings, tmp_path):
    votes.cast(ada, planted[0][10], 1)
    settings.MODEL_DIR = tmp_path
    archives.storage().delete(archives.archive_name(TrainedModel.objects.get().version))
    answer = ada_api.get(FEED).json()
    assert (answer["mode"], answer["count"], "No trained model" in answer["mode_reason"]) == ("content", 16, True)


def test_without_papers_the_answer_is_a_404_with_the_remedy(ada_api):
    response = ada_api.get(FEED)
    assert (response.status_code, "import papers" in response.json()["detail"]) == (404, True)


def test_a_day_can_be_requested_and_has_old_ids(ada_api):
    papers(2)
    paper("hep-th/9901001", date(1999, 1, 1))
    paper(own_id("Ties"), date(1999, 1, 1))
    assert set(ids(ada_api.get(FEED, {"day": "1999-01-01"}).json())) == {"hep-th/9901001", own_id("Ties")}


@pytest.mark.parametrize("day", ["2026-07-22", "2020-02-29", "0001-01-01", "9999-12-31"])
def test_a_day_without_papers_is_a_404_that_links_to_the_days(ada_api, day):
    papers(2)
    response = ada_api.get(FEED, {"day": day})
    assert (response.status_code, "/api/v1/days/" in response.json()["detail"]) == (404, True)


BAD = [
    *(("day", day) for day in ("", "today", "2026-13-01", "2026-02-29", "20260721", "2026-W30-2", "2026-7-21")),
    *(("day", day) for day in ("2026-07-21T00:00:00", " 2026-07-21", "2026-07-21\x00", "٢٠٢٦-٠٧-٢١", "9" * 5000)),
    *(("limit", limit) for limit in ("0", "101", "-1", "", "abc", "1.0", "1e1", "٣", "+5", " 5", "\x00", "9" * 5000)),
    *(("cursor", cursor) for cursor in ("", "x", "a:b:c", "\x00", "é", "W10:1:x", "x" * 10_000)),
]


@pytest.mark.parametrize(("field", "value"), BAD, ids=lambda value: repr(value)[:30])
def test_an_invalid_query_is_a_400_that_names_field_value_and_remedy(ada, ada_api, field, value):
    papers(2)
    response = ada_api.get(FEED, {field: value})
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert (error["field"], error["value"][:50]) == (field, value[:50])
    assert len(error["message"]) > 20
    assert Ranking.objects.count() == 0


@pytest.mark.parametrize("field", ["day", "limit", "cursor"])
def test_bytes_that_are_not_utf8_are_a_400(ada_api, field):
    papers(2)
    assert ada_api.get(f"{FEED}?{field}=%ff%fe").status_code == 400


@pytest.mark.parametrize(("limit", "count", "has_next"), [(1, 1, True), (99, 99, True), (100, 100, True)])
def test_the_smallest_and_largest_limits_are_accepted(ada_api, limit, count, has_next):
    papers(101)
    answer = ada_api.get(FEED, {"limit": limit}).json()
    assert (len(answer["results"]), answer["count"], bool(answer["next"])) == (count, 101, has_next)


def test_the_default_limit_is_25(ada_api):
    papers(26)
    answer = ada_api.get(FEED).json()
    assert len(answer["results"]) == 25
    assert [row["position"] for row in ada_api.get(answer["next"]).json()["results"]] == [26]


def test_a_last_full_page_has_no_next(ada_api):
    papers(4)
    answer = ada_api.get(FEED, {"limit": 2}).json()
    assert ada_api.get(answer["next"]).json()["next"] is None


def test_pages_do_not_skip_or_repeat_papers_while_votes_arrive(ada, ada_api, planted):
    graphs, proteins = planted
    votes.cast(ada, graphs[10], 1)
    turns = iter([(proteins[10], 1), (graphs[10], -1), (proteins[11], 1), (graphs[11], -1)])
    order = ids(ada_api.get(FEED).json())
    assert pages_of(ada_api, f"{FEED}?limit=4", lambda: votes.cast(ada, *next(turns))) == order
    assert ids(ada_api.get(FEED).json()) != order


def test_a_cursor_stays_with_its_ranking_over_a_new_model_and_new_papers(ada, ada_api, planted):
    votes.cast(ada, planted[0][10], 1)
    order = ids(ada_api.get(FEED).json())
    first = ada_api.get(FEED, {"limit": 5}).json()
    paper("2607.99999")
    train(DAY + timedelta(days=1))
    rest = ada_api.get(first["next"]).json()
    assert (ids(first) + ids(rest), rest["ranking_id"]) == (order[:10], first["ranking_id"])
    assert ada_api.get(FEED).json()["count"] == 17


def test_a_later_page_has_my_current_vote(ada, ada_api):
    papers(2)
    first = ada_api.get(FEED, {"limit": 1}).json()
    [last] = [row for row in ids(ada_api.get(FEED).json()) if row not in ids(first)]
    ada_api.put(f"/api/v1/papers/{last}/vote/", {"value": -1})
    assert ada_api.get(first["next"]).json()["results"][0]["my_vote"] == -1


def test_a_removed_paper_is_skipped(ada, ada_api, planted):
    votes.cast(ada, planted[0][10], 1)
    late = paper("2607.99999", abstract="graph node")
    first = ada_api.get(FEED, {"limit": 1}).json()
    late.delete()
    paper_ids = ids(first) + ids(ada_api.get(first["next"] + "&limit=100").json())
    assert ("2607.99999" in paper_ids, len(set(paper_ids) - {"2607.99999"})) == ("2607.99999" in ids(first), 16)


def cursor_in(answer):
    return answer["next"].split("cursor=")[1].split("&")[0]


@pytest.mark.parametrize("change", [lambda c: c[:-1], lambda c: "x" + c, lambda c: c.upper(), lambda c: c + "="])
def test_an_altered_cursor_is_a_400(ada_api, change):
    papers(2)
    cursor = cursor_in(ada_api.get(FEED, {"limit": 1}).json())
    assert ada_api.get(FEED, {"cursor": change(cursor)}).status_code == 400


def test_a_signed_value_of_another_kind_is_a_400(ada_api):
    papers(2)
    assert ada_api.get(FEED, {"cursor": signing.dumps(["rk_x", 1], salt="another use")}).status_code == 400


def test_the_cursor_of_another_reader_is_a_404(ada, bob, ada_api, checked):
    papers(2)
    cursor = cursor_in(checked(bob).get(FEED, {"limit": 1}).json())
    assert ada_api.get(FEED, {"cursor": cursor}).status_code == 404


def test_a_cursor_of_a_deleted_ranking_is_a_404(ada_api):
    gone = signing.dumps(["rk_gone", 1, ["", None, False, True]], salt=CURSOR_SALT)
    assert ada_api.get(FEED, {"cursor": gone}).status_code == 404


def test_the_number_of_queries_does_not_depend_on_papers_and_reasons(
    ada, ada_api, planted, django_assert_max_num_queries
):
    graphs, _ = planted
    votes.cast(ada, graphs[10], 1)
    counts = []
    for limit in (1, 16):
        ada_api.get(FEED)
        with django_assert_max_num_queries(25) as counted:
            ada_api.get(FEED, {"limit": limit})
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]


def test_a_head_request_has_no_body(ada_api):
    papers(2)
    response = ada_api.head(FEED)
    assert (response.status_code, response.content) == (200, b"")
