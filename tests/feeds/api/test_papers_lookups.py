"""Batches of papers, similar papers, and one paper as a file."""

import json
from datetime import date, timedelta

import bibtexparser
import pytest
import rispy
from django.utils import timezone

from accounts.models import AuthToken
from recommender.models import Paper
from tests.feeds.conftest import CheckedClient
from tests.feeds.planting import paper, papers

BATCH = "/api/v1/papers/batch-get/"


def similar(client, one, **asked):
    response = client.get(f"/api/v1/papers/{one.public_id}/similar/", asked)
    assert response.status_code == 200, response.content
    return response.json()


def ids(answer):
    return [row["paper"]["id"] for row in answer["results"]]


def test_papers_come_in_the_requested_order_for_any_form_of_id(api):
    papers(3)
    paper("hep-th/9901001")
    requested = ["2607.00003", "arXiv:hep-th/9901001v2", "2607.00001v7"]
    answer = CheckedClient().post(BATCH, {"ids": requested}).json()
    assert [row["id"] for row in answer["results"]] == ["2607.00003", "hep-th/9901001", "2607.00001"]
    assert answer["missing"] == []


def test_missing_ids_are_returned_as_sent_and_repeated_papers_once(db):
    papers(1)
    requested = ["2607.00001v1", "arXiv:2607.99999v3", "nonsense", "2607.00001", " ", "nonsense"]
    answer = CheckedClient().post(BATCH, {"ids": requested})
    assert [row["id"] for row in answer.json()["results"]] == ["2607.00001"]
    assert answer.json()["missing"] == ["arXiv:2607.99999v3", "nonsense", " "]


def test_a_read_only_token_gets_papers(ada):
    papers(1)
    client = CheckedClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AuthToken.issue(ada, 'reads', AuthToken.Scope.READ, None)[1]}")
    assert client.post(BATCH, {"ids": ["2607.00001"]}).status_code == 200


BAD = [{}, {"ids": None}, {"ids": []}, {"ids": "2607.00001"}, {"ids": ["x"] * 501}, {"ids": [1, None]}, {"ids": [{}]}]


@pytest.mark.parametrize("body", BAD, ids=lambda body: str(body)[:30])
def test_an_invalid_batch_is_a_400_about_ids(db, body):
    response = CheckedClient().post(BATCH, body)
    assert (response.status_code, response.json()["errors"][0]["field"][:3]) == (400, "ids")


def test_five_hundred_papers_take_the_queries_of_one(db, django_assert_num_queries):
    papers(500)
    for count in (1, 500):
        with django_assert_num_queries(3):  # the papers, their sources, their submitters
            answer = CheckedClient().post(BATCH, {"ids": [f"2607.{n:05d}" for n in range(1, count + 1)]})
        assert len(answer.json()["results"]) == count


def test_similar_papers_share_the_topic_and_exclude_the_paper_itself(ada_api, planted):
    graphs, _ = planted
    answer = similar(ada_api, graphs[0], limit=23)
    assert set(ids(answer)) == {other.public_id for other in graphs[1:]}
    scores = [row["score"] for row in answer["results"]]
    assert (scores, answer["note"], answer["count"]) == (sorted(scores, reverse=True), None, 23)
    assert 0 < scores[-1] <= scores[0] <= 1


def test_similar_papers_can_be_limited_to_the_last_days(ada_api, planted):
    """The planted days are long ago, so the graphs of the middle one are moved to yesterday."""
    graphs, _ = planted
    yesterday = timezone.now().date() - timedelta(days=1)
    Paper.objects.filter(pk__in=[graph.pk for graph in graphs[8:16]]).update(day=yesterday)
    answer = similar(ada_api, graphs[0], within_days=2, limit=100)
    assert set(ids(answer)) >= {graph.public_id for graph in graphs[8:16]}
    assert {row["paper"]["day"] for row in answer["results"]} == {str(yesterday)}
    none = similar(ada_api, graphs[0], within_days=1)
    assert (none["results"], "was announced on or after" in none["note"]) == ([], True)


def test_without_a_model_and_words_the_note_says_why_there_is_none(ada_api):
    [one] = papers(1)
    Paper.objects.update(title="?", abstract="", authors=[], categories=[], tags=[])
    answer = similar(ada_api, one)
    assert (answer["count"], answer["results"], answer["note"]) == (0, [], "No model has been trained yet.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("limit", text) for text in ("0", "101", "", "x", "٣", "-1")),
        *(("within_days", t) for t in ("0", "3651", "7d")),
    ],
)
def test_an_invalid_number_is_a_400_that_names_it(ada_api, field, value):
    papers(1)
    response = ada_api.get("/api/v1/papers/2607.00001/similar/", {field: value})
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field)


def test_the_number_of_queries_does_not_depend_on_the_limit(ada_api, planted, django_assert_max_num_queries):
    counts = []
    for limit in (1, 20):
        similar(ada_api, planted[0][0], limit=limit)
        with django_assert_max_num_queries(10) as counted:
            similar(ada_api, planted[0][0], limit=limit)
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]


@pytest.fixture
def old(db):
    return paper("hep-th/9901001", date(1999, 1, 1), title="Über $O(n^2)$ Ties", authors=["José Á. Núñez"])


def export(form, headers=None):
    return CheckedClient().get(f"/api/v1/papers/hep-th/9901001v2/export.{form}", headers=headers or {})


def test_reference_managers_read_the_file_of_a_paper(old):
    [entry] = bibtexparser.parse_string(export("bib").content.decode()).entries
    [record] = rispy.loads(export("ris").content.decode())
    [item] = json.loads(export("csl.json").content)
    assert (entry["eprint"], record["accession_number"], item["number"]) == (
        "hep-th/9901001", "arXiv:hep-th/9901001", "arXiv:hep-th/9901001",
    )  # fmt: skip
    assert export("md").content.decode().startswith("# Über")


@pytest.mark.parametrize(
    ("form", "media_type", "name"),
    [
        ("bib", "application/x-bibtex", "hep-th-9901001.bib"),
        ("ris", "application/x-research-info-systems", "hep-th-9901001.ris"),
        ("csl.json", "application/vnd.citationstyles.csl+json", "hep-th-9901001.csl.json"),
        ("md", "text/markdown", "hep-th-9901001.md"),
    ],
)
def test_a_file_has_its_media_type_whatever_the_client_accepts(old, form, media_type, name):
    for accepted in ("*/*", media_type, "application/json", "text/html"):
        response = export(form, {"Accept": accepted})
        assert (response.status_code, response["Content-Type"]) == (200, f"{media_type}; charset=utf-8")
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.parametrize("form", ["pdf", "csl", "json", "BIB", "x" * 500, "%00", "bib/extra"])
def test_an_unknown_format_is_a_404_that_lists_the_formats(old, form):
    response = export(form)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


def test_an_unknown_paper_has_no_file_and_no_similar_papers(db):
    for address in ("export.bib", "similar/"):
        assert CheckedClient().get(f"/api/v1/papers/2607.99999/{address}").status_code == 404
