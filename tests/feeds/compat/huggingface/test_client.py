"""The real `huggingface_hub` client and its command line against a running site."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

import pytest
from huggingface_hub import HfApi
from huggingface_hub.errors import HfHubHTTPError

from recommender import votes
from recommender.models import Paper
from tests.feeds.planting import DAY, paper

from .conftest import DATABASE

pytestmark = DATABASE
BEFORE = DAY - timedelta(days=1)


@pytest.fixture
def hub(site):
    return HfApi(endpoint=site, token=False)


def ids(items):
    return [one.id for one in items]


def in_database(**days):
    return set(Paper.objects.filter(**days).values_list("public_id", flat=True))


def test_a_date_returns_exactly_the_papers_of_that_day(hub):
    paper_ids = ids(hub.list_daily_papers(date=str(BEFORE)))
    assert len(paper_ids) == 16
    assert set(paper_ids) == in_database(day=BEFORE)


def test_a_day_without_papers_returns_none(hub):
    assert ids(hub.list_daily_papers(date="2026-07-22")) == []


def test_a_week_returns_exactly_its_papers(hub):
    """Week 30 begins on Monday, 20 July: two of the three days with papers, 16 each."""
    paper_ids = ids(hub.list_daily_papers(week="2026-W30", limit=100))
    assert len(paper_ids) == 32
    assert set(paper_ids) == in_database(day__gte=date(2026, 7, 20))


def test_a_month_returns_exactly_its_papers(hub):
    paper("2608.00001", date(2026, 8, 1))
    paper_ids = ids(hub.list_daily_papers(month="2026-07", limit=100))
    assert len(paper_ids) == 48
    assert set(paper_ids) == in_database(day__month=7)


def test_a_submitter_returns_exactly_their_papers(hub):
    Paper.objects.filter(title="The graph").update(submitted_by="AK")
    submitted = list(hub.list_daily_papers(submitter="AK"))
    assert set(ids(submitted)) == in_database(title="The graph")
    assert {(one.submitted_by.username, one.submitted_by.fullname) for one in submitted} == {("AK", "AK")}


def test_the_newest_papers_come_first_by_default(hub):
    days = dict(Paper.objects.values_list("public_id", "day"))
    paper_ids = ids(hub.list_daily_papers(limit=48))
    assert paper_ids == ids(hub.list_daily_papers(sort="publishedAt", limit=48))
    assert [days[one] for one in paper_ids] == sorted(days.values(), reverse=True)


def test_trending_papers_of_a_day_are_the_most_upvoted_of_that_day(hub, ada, bob):
    first, second = Paper.objects.filter(day=DAY).order_by("pk")[:2]
    for reader in (ada, bob):
        votes.cast(reader, second, 1)
    votes.cast(ada, first, 1)
    trending = list(hub.list_daily_papers(date=str(DAY), sort="trending"))
    assert ids(trending)[:2] == [second.public_id, first.public_id]
    assert [one.upvotes for one in trending[:3]] == [2, 1, 0]


def test_pages_do_not_skip_or_repeat_papers(hub):
    pages = [ids(hub.list_daily_papers(month="2026-07", limit=20, p=p)) for p in range(4)]
    assert [len(page) for page in pages] == [20, 20, 8, 0]
    assert [*chain.from_iterable(pages)] == ids(hub.list_daily_papers(month="2026-07", limit=100))


def test_two_readers_get_different_orders_from_the_same_call(site, ada, bob, key_of):
    graph, protein = Paper.objects.get(title="The graph", day=BEFORE), Paper.objects.get(title="The cell", day=BEFORE)
    votes.cast(ada, graph, 1)
    votes.cast(bob, protein, 1)
    adas, bobs = (
        list(HfApi(endpoint=site, token=key_of(reader)).list_daily_papers(date=str(DAY))) for reader in (ada, bob)
    )
    assert {one.id[:4] for one in adas[:8]} == {"2607"}
    assert {one.id[:4] for one in bobs[:8]} == {"2608"}
    assert set(ids(adas)) == set(ids(bobs)) == in_database(day=DAY)


def test_the_ranking_includes_its_reasons(site, ada, key_of):
    graph = Paper.objects.get(title="The graph", day=BEFORE)
    votes.cast(ada, graph, 1)
    first = next(iter(HfApi(endpoint=site, token=key_of(ada)).list_daily_papers(date=str(DAY))))
    assert (first.ranking["position"], first.ranking["mode"]) == (1, "hybrid")
    assert first.ranking["why"][0]["paper_id"] == graph.public_id
    assert ada.rankings.get(public_id=first.ranking["ranking_id"]).day == DAY


def test_a_search_returns_papers_with_the_words(hub):
    matches = list(hub.list_papers(query="enzyme folding", limit=100))
    assert set(ids(matches)) == in_database(abstract__contains="protein") | in_database(title="The protein")
    assert ids(hub.list_papers(query="enzyme", limit=3)) == ids(hub.list_papers(query="enzyme"))[:3]


def test_a_single_paper_may_have_an_old_id_with_a_slash(hub):
    paper("hep-th/9901001", title="Branes", abstract="We wrap them.", authors=["A. Brane"], organization="CERN")
    info = hub.paper_info("hep-th/9901001")
    assert (info.id, info.title, info.summary, info.upvotes) == ("hep-th/9901001", "Branes", "We wrap them.", 0)
    assert [author.name for author in info.authors] == ["A. Brane"]
    assert (info.organization.fullname, info.submitted_at.date()) == ("CERN", DAY)


def test_a_paper_is_available_as_markdown(hub):
    paper("hep-th/9901001", title="Branes", abstract="We wrap them.")
    text = hub.read_paper("hep-th/9901001")
    assert text.startswith("# Branes\n")
    assert "We wrap them." in text


@pytest.mark.parametrize("ask", [HfApi.paper_info, HfApi.read_paper])
def test_an_unknown_paper_is_a_404_for_the_client(hub, ask):
    with pytest.raises(HfHubHTTPError) as error:
        ask(hub, "2607.99999")
    assert error.value.response.status_code == 404
    assert error.value.response.json() == {"error": "paper '2607.99999' is not in the catalogue"}


def test_an_invalid_date_is_an_error_that_the_client_shows(hub):
    with pytest.raises(HfHubHTTPError, match="must be a day written YYYY-MM-DD"):
        list(hub.list_daily_papers(date="2026-13-40"))


def test_a_hugging_face_token_is_an_error_that_the_client_shows(site):
    with pytest.raises(HfHubHTTPError, match="This is not huggingface") as error:
        list(HfApi(endpoint=site, token="hf_" + "a" * 34).list_daily_papers())
    assert error.value.response.status_code == 401


def command(site, folder, *words, token=""):
    """What `hf` printed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    env |= {"HF_ENDPOINT": site, "HF_HOME": str(folder), "HF_HUB_DISABLE_TELEMETRY": "1", "NO_COLOR": "1"}
    env |= {"HF_TOKEN": token} if token else {}
    hf = str(Path(sys.executable).parent / "hf")
    done = subprocess.run([hf, *words], env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_line_lists_a_readers_own_order(site, tmp_path, ada, key_of):
    votes.cast(ada, Paper.objects.get(title="The graph", day=BEFORE), 1)
    listed = json.loads(
        command(site, tmp_path, "papers", "list", "--date", str(DAY), "--format", "json", token=key_of(ada))
    )
    assert [one["id"][:4] for one in listed] == ["2607"] * 8 + ["2608"] * 8
    names = Paper.objects.in_bulk(ada.rankings.get().order.tolist())
    assert [one["id"] for one in listed] == [names[pk].public_id for pk in ada.rankings.get().order.tolist()]


def test_the_command_line_searches_and_reads(site, tmp_path):
    [match] = json.loads(
        command(site, tmp_path, "papers", "search", "title:clique", "--limit", "1", "--format", "json")
    )
    assert match["title"] == "The clique"
    assert command(site, tmp_path, "papers", "read", match["id"]).startswith("# The clique")
    assert json.loads(command(site, tmp_path, "papers", "info", match["id"], "--format", "json"))["id"] == match["id"]
