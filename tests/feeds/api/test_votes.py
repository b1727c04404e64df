"""`/me/votes/`: pages, filters, files and batches."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuthToken, KeptAnswer
from recommender.models import Vote, VoteEvent
from recommender.votes import cast, cast_new, take_back
from tests.conftest import make_reader
from tests.feeds.planting import paper, papers
from tests.threads import all_at_once, commits

MINE, BATCH = "/api/v1/me/votes/", "/api/v1/me/votes/batch/"
EARLIER = datetime(2026, 7, 1, 12, tzinfo=UTC)


def ids(answer):
    return [row["paper_id"][-1] for row in answer.json()["results"]]


def batch(*pairs, **more):
    return [{"paper_id": f"2607.0000{number}", "value": value} | more for number, value in pairs]


def statuses(answer):
    assert answer.status_code == 207, answer.content
    return [row["status"] for row in answer.json()["results"]]


@pytest.fixture
def voted(ada):
    """Votes on papers 1 to 5, an hour apart: up, down, up, down, up."""
    five = papers(5)
    for hour, one in enumerate(five):
        Vote.objects.create(
            reader=ada, paper=one, value=-1 if hour % 2 else 1, voted_at=EARLIER + timedelta(hours=hour)
        )
    return five


FILTERS = [
    ("", "54321"),
    ("?value=-1", "42"),
    ("?since=2026-07-01T14:00:00Z", "543"),
    ("?since=2026-07-01T16:00:00%2B02:00&until=2026-07-01T15:00:00Z", "43"),
    ("?until=2026-07-01", "54321"),
    ("?since=2026-07-02", ""),
    ("?until=2026-06-30", ""),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
def test_votes_are_filtered_by_value_and_time(ada_api, voted, query, expected):
    answer = ada_api.get(MINE + query)
    assert ("".join(ids(answer)), answer.json()["count"], answer.json()["next"]) == (expected, len(expected), None)


BAD_QUERIES = [("value", "2"), ("value", "0"), ("since", "yesterday"), ("until", "2026-02-30"), ("limit", "0"),
               ("limit", "101"), ("cursor", "eve"), ("since", "2026-07-01T12:00:00"),
               ("until", "9999-12-31T23:59:59-23:59")]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), BAD_QUERIES)
def test_an_invalid_filter_is_a_400_that_names_it(ada_api, voted, name, value):
    answer = ada_api.get(MINE, {name: value})
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, [name])


def test_pages_do_not_skip_or_repeat_votes_while_votes_arrive(ada, ada_api, voted):
    first = ada_api.get(f"{MINE}?limit=2")
    cast(ada, paper("2607.00009"), 1)
    second = ada_api.get(first.json()["next"])
    third = ada_api.get(second.json()["next"])
    assert (ids(first), ids(second), ids(third), third.json()["next"]) == (["5", "4"], ["3", "2"], ["1"], None)


def test_pages_include_all_votes_of_the_same_moment(ada, ada_api):
    cast_new(ada, papers(25), 1)
    address, met = f"{MINE}?limit=10", []
    while address:
        answer = ada_api.get(address).json()
        met += [row["paper_id"] for row in answer["results"]]
        address = answer["next"]
    assert (len(met), len(set(met))) == (25, 25)


@pytest.mark.parametrize("form", ["csv", "ndjson", "json"])
def test_votes_are_downloaded_in_the_format_of_the_url(ada, api_of, voted, form):
    answer = api_of(ada).get(f"{MINE}export.{form}", HTTP_ACCEPT="text/html")
    text = answer.content.decode()
    read = {"csv": lambda: list(csv.DictReader(io.StringIO(text))), "json": lambda: json.loads(text),
            "ndjson": lambda: [json.loads(line) for line in text.splitlines()]}[form]  # fmt: skip
    assert (answer["Content-Disposition"], answer["Cache-Control"]) == (
        f'attachment; filename="votes.{form}"',
        "private, no-store",
    )
    assert [(row["paper_id"][-1], int(row["value"])) for row in read()] == [
        ("5", 1),
        ("4", -1),
        ("3", 1),
        ("2", -1),
        ("1", 1),
    ]


def test_bob_gets_none_of_adas_votes_and_an_unknown_format_is_a_404(bob, api_of, voted):
    assert json.loads(api_of(bob).get(f"{MINE}export.json").content) == []
    assert api_of(bob).get(f"{MINE}export.xml").status_code == 404


def test_a_batch_casts_changes_and_removes_votes(ada, ada_api, voted):
    paper("2607.00006")
    answer = ada_api.post(BATCH, batch((1, 1), (2, 1), (3, 0), (6, -1)))
    assert (statuses(answer), answer.json()["changed"], answer.json()["unchanged"]) == ([200] * 4, 3, 1)
    assert [row["outcome"]["previous"] for row in answer.json()["results"]] == [1, -1, 1, 0]
    now = dict(ada.votes.values_list("paper__public_id", "value"))
    assert now == {"2607.00001": 1, "2607.00002": 1, "2607.00004": -1, "2607.00005": 1, "2607.00006": -1}
    assert list(VoteEvent.objects.order_by("paper_id").values_list("previous", "value")) == [(-1, 1), (1, 0), (0, -1)]
    ada.refresh_from_db()
    assert ada.taste_version == 1


BAD_ITEMS = [
    (5, 400), ({}, 400), ({"paper_id": "2607.00001"}, 400), ({"value": 1}, 400), ({"paper_id": 7, "value": 1}, 400),
    ({"paper_id": "2607.00001", "value": 2}, 400), ({"paper_id": "2607.00001", "value": True}, 400),
    ({"paper_id": "2607.00001", "value": 1, "reader": "bob"}, 400), ({"paper_id": "2607.99999", "value": 1}, 404),
    ({"paper_id": "\x00", "value": 1}, 400), ({"paper_id": "x" * 5000, "value": 1}, 400),
    ({"paper_id": "2607.00001", "value": 1, "voted_at": "2026-07-01"}, 400),
    ({"paper_id": "2607.00001", "value": 1, "voted_at": "2999-01-01T00:00:00Z"}, 400),
    ({"paper_id": "2607.00001", "value": 1, "voted_at": "1969-12-31T00:00:00Z"}, 400),
    ({"paper_id": "2607.00001", "value": 1, "voted_at": 5}, 400), (None, 400), ([], 400),
]  # fmt: skip


@pytest.mark.parametrize(("item", "status"), BAD_ITEMS, ids=repr)
def test_an_invalid_item_fails_alone_with_the_reason(ada, ada_api, item, status):
    papers(2)
    answer = ada_api.post(BATCH, [item, {"paper_id": "arXiv:2607.00002v3", "value": 1}], format="json")
    assert (statuses(answer), answer.json()["failed"]) == ([status, 200], 1)
    assert answer.json()["results"][0]["problem"]["detail"]
    assert list(ada.votes.values_list("paper__public_id", flat=True)) == ["2607.00002"]


def test_the_first_item_of_a_repeated_paper_counts(ada, ada_api):
    papers(1)
    answer = ada_api.post(BATCH, batch((1, 1), (1, -1)))
    assert (statuses(answer), ada.votes.get().value) == ([200, 400], 1)
    assert "item 0 of this batch too" in answer.json()["results"][1]["problem"]["detail"]


def test_a_vote_keeps_its_time_and_does_not_replace_a_newer_one(ada, ada_api, voted):
    sent = [
        {"paper_id": "2607.00001", "value": -1, "voted_at": "2026-07-01T11:59:59Z"},
        {"paper_id": "2607.00002", "value": 1, "voted_at": "2026-07-01T13:00:01Z"},
    ]
    assert statuses(ada_api.post(BATCH, sent)) == [409, 200]
    votes = {vote.paper.public_id: (vote.value, vote.voted_at) for vote in ada.votes.select_related("paper")}
    assert votes["2607.00001"] == (1, EARLIER)
    assert votes["2607.00002"] == (1, datetime(2026, 7, 1, 13, 0, 1, tzinfo=UTC))


@pytest.mark.parametrize("body", [{}, [], None, 5, "up", {"votes": []}], ids=repr)
def test_an_invalid_batch_is_a_400(ada_api, db, body):
    answer = ada_api.post(BATCH, body, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "votes")


def test_more_than_a_thousand_votes_are_a_400_that_says_how_many(ada, ada_api):
    answer = ada_api.post(BATCH, [{"paper_id": "2607.00001", "value": 1}] * 1001, format="json")
    assert (answer.status_code, answer.json()["errors"][0]["value"]) == (400, 1001)


def test_a_thousand_votes_take_the_queries_of_two(ada, ada_api):
    papers(1000)
    counts = []
    for value, count in ((1, 2), (-1, 1000)):
        sent = [{"paper_id": f"2607.{number:05d}", "value": value} for number in range(1, count + 1)]
        with CaptureQueriesContext(connection) as queries:
            assert set(statuses(ada_api.post(BATCH, sent))) == {200}
        counts.append(len([q for q in queries if not q["sql"].startswith(("INSERT", "DELETE"))]))
    assert (ada.votes.filter(value=-1).count(), counts[0]) == (1000, counts[1])


def test_a_read_only_token_cannot_cast_a_batch(ada, api):
    papers(1)
    api.credentials(HTTP_AUTHORIZATION="Bearer " + AuthToken.issue(ada, "reads", "read", None)[1])
    assert (api.post(BATCH, batch((1, 1))).status_code, api.get(f"{MINE}export.csv").status_code) == (403, 200)


def test_the_same_key_and_body_act_once_and_get_the_same_response(ada, ada_api):
    papers(1)
    first = ada_api.post(BATCH, batch((1, 1)), HTTP_IDEMPOTENCY_KEY="k1")
    take_back(ada, ada.votes.get().paper)
    again = ada_api.post(BATCH, batch((1, 1)), HTTP_IDEMPOTENCY_KEY="k1")
    assert (again.status_code, again.json(), again["Idempotency-Replayed"]) == (207, first.json(), "true")
    assert ada.votes.count() == 0


def test_a_key_with_another_body_is_a_422_and_does_not_act(ada, ada_api):
    papers(1)
    ada_api.post(BATCH, batch((1, 1)), HTTP_IDEMPOTENCY_KEY="k1")
    answer = ada_api.post(BATCH, batch((1, -1)), HTTP_IDEMPOTENCY_KEY="k1")
    assert (answer.status_code, ada.votes.get().value) == (422, 1)


def test_a_key_belongs_to_its_reader(ada, bob, checked):
    papers(1)
    for reader in (ada, bob):
        checked(reader).post(BATCH, batch((1, 1)), HTTP_IDEMPOTENCY_KEY="k1")
    assert Vote.objects.count() == 2


def test_a_key_expires_after_a_day(ada, ada_api):
    papers(1)
    ada_api.post(BATCH, batch((1, 1)), HTTP_IDEMPOTENCY_KEY="k1")
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=24, seconds=1))
    assert ada_api.post(BATCH, batch((1, -1)), HTTP_IDEMPOTENCY_KEY="k1").status_code == 207
    assert ada.votes.get().value == -1


@pytest.mark.parametrize("key", ["", "k" * 256, "a b", "clé"])
def test_an_invalid_key_is_a_400(ada, ada_api, key):
    answer = ada_api.post(BATCH, batch((1, 1)), HTTP_IDEMPOTENCY_KEY=key)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "Idempotency-Key")


@commits
def test_two_concurrent_requests_with_one_key_act_once(api_of):
    ada = make_reader("ada")
    papers(3)
    clients = [api_of(ada) for _ in range(4)]
    sent = batch((1, 1), (2, -1), (3, 1))
    answers = all_at_once(*[lambda c=c: c.post(BATCH, sent, HTTP_IDEMPOTENCY_KEY="k1").json() for c in clients])
    assert answers == [answers[0]] * 4
    assert (answers[0]["changed"], ada.votes.count(), ada.vote_events.count()) == (3, 3, 3)


@commits
def test_concurrent_batches_leave_one_vote_for_each_paper(api_of):
    ada = make_reader("ada")
    papers(3)
    clients = [api_of(ada) for _ in range(4)]
    jobs = [
        lambda c=c, v=v: c.post(BATCH, batch((1, v), (2, -v), (3, v))).status_code
        for c, v in zip(clients, (1, -1, 1, 0), strict=True)
    ]
    assert all_at_once(*jobs) == [207] * 4
    for vote in ada.votes.all():
        assert ada.vote_events.filter(paper=vote.paper).last().value == vote.value
