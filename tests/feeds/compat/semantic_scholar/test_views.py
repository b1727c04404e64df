"""What the Semantic Scholar API accepts, rejects and returns."""

import pytest

from accounts.models import AuthToken
from recommender.models import Paper, Ranking, Vote
from tests.feeds.planting import DAY, paper, papers

LISTS, ONE = "/s2/recommendations/v1/papers/", "/s2/recommendations/v1/papers/forpaper/"
GRAPH = "2607.21000"


def recommended(client, address):
    response = client.get(address)
    assert response.status_code == 200, response.content
    return [one["paperId"] for one in response.json()["recommendedPapers"]]


def error(response, status):
    assert (response.status_code, response["Content-Type"]) == (status, "application/json")
    assert list(response.json()) == ["error"]
    return response.json()["error"]


@pytest.mark.parametrize(
    "name",
    [
        GRAPH,
        f"ARXIV:{GRAPH}",
        f"arXiv:{GRAPH}v3",
        f"DOI:10.48550/arXiv.{GRAPH}",
        "DOI:10.1000/ABC(1)",
        f"URL:https://arxiv.org/abs/{GRAPH}",
        f"URL:http://testserver/papers/{GRAPH}/",
        "URL:https://doi.org/10.1000/abc(1)",
    ],
)
def test_a_paper_has_several_kinds_of_ids(planted, anonymous, name):
    Paper.objects.filter(public_id=GRAPH).update(doi="10.1000/aBc(1)")
    assert recommended(anonymous, f"{ONE}{name}?limit=5") == recommended(anonymous, f"{ONE}{GRAPH}?limit=5")


def test_an_old_id_may_have_a_slash(planted, anonymous):
    paper("hep-th/9901001", title="A graph of nodes")
    assert GRAPH in recommended(anonymous, f"{ONE}ARXIV:hep-th/9901001")


@pytest.mark.parametrize(
    "name",
    [
        "ARXIV:2607.99999",
        "CorpusId:123",
        "0" * 40,
        "DOI:10.1000/none",
        "URL:https://example.org/",
        "x%00%7F",
        "DOI:10.1000/%00",
        "*",
    ],
)
def test_an_unknown_paper_is_a_404_that_names_it(planted, anonymous, name):
    message = error(anonymous.get(ONE + name), 404)
    assert message.startswith("Paper not found: ")


@pytest.mark.parametrize("address", [f"{ONE}x%0A%0Dy", "/s2/graph/v1/paper/search", "/s2/", "/api/papers/a b"])
def test_an_unknown_url_is_a_404_with_an_error_message(anonymous, db, address):
    assert "there is nothing at" in error(anonymous.get(address), 404)


def test_every_unknown_paper_of_the_lists_is_in_the_error(planted, anonymous):
    body = {"positivePaperIds": [GRAPH, "2607.99998"], "negativePaperIds": []}
    assert "2607.99998" in error(anonymous.post(LISTS, body, content_type="application/json"), 404)


def test_papers_of_the_request_are_not_recommended(planted, anonymous):
    graphs, proteins = planted
    body = {
        "positivePaperIds": [one.public_id for one in graphs[:6]],
        "negativePaperIds": [one.public_id for one in proteins[:6]],
    }
    answer = anonymous.post(f"{LISTS}?limit=500", body, content_type="application/json").json()["recommendedPapers"]
    assert len(answer) == 48 - 12
    assert not {one["paperId"] for one in answer} & {*body["positivePaperIds"], *body["negativePaperIds"]}


def test_only_requested_fields_and_the_id_are_returned(planted, anonymous):
    address = f"{ONE}{GRAPH}?limit=1&fields="
    keys = [
        set(anonymous.get(address + fields).json()["recommendedPapers"][0]) for fields in ("", "year,tldr", "paperId")
    ]
    assert keys == [{"paperId", "title"}, {"paperId", "year", "tldr"}, {"paperId"}]


def test_fields_of_authors_can_be_requested(planted, anonymous):
    Paper.objects.update(authors=["Ada Lovelace"])
    [one] = anonymous.get(f"{ONE}{GRAPH}?limit=1&fields=authors.name,authors.hIndex").json()["recommendedPapers"]
    assert one["authors"] == [{"authorId": None, "name": "Ada Lovelace", "hIndex": None}]


def test_a_paper_without_an_arxiv_id_has_null_for_unknown_fields(planted, anonymous):
    own = paper("pb.aaaaaaaaaaaa", title="The graph again")
    fields = "externalIds,isOpenAccess,openAccessPdf,journal,fieldsOfStudy,abstract"
    answer = anonymous.get(f"{ONE}{GRAPH}?fields={fields}").json()["recommendedPapers"]
    [one] = [one for one in answer if one["paperId"] == own.public_id]
    assert [one[name] for name in fields.split(",")] == [{}, None, None, None, [], None]


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("2026-07-20", {20}),
        ("2026-07-20:2026-07-21", {20, 21}),
        ("2026-07-20:", {20, 21}),
        (":2026-07-20", {19, 20}),
        ("2026-07", {19, 20, 21}),
        ("2026", {19, 20, 21}),
        ("2025:2026-07-19", {19}),
        ("2027", set()),
    ],
)
def test_papers_published_in_a_range_of_days(planted, anonymous, written, days):
    """Each of the days 19, 20 and 21 has eight graphs and eight proteins; the requested paper is left out."""
    names = recommended(anonymous, f"{ONE}{GRAPH}?publicationDateOrYear={written}")
    assert {int(name[5:7]) for name in names} == days
    assert len(names) == 16 * len(days) - (21 in days)


def test_the_day_of_publication_counts_before_that_of_announcement(planted, anonymous):
    Paper.objects.filter(title="The node", day=DAY).update(published_at="2025-12-31T23:59:59Z")
    assert recommended(anonymous, f"{ONE}{GRAPH}?publicationDateOrYear=2025") == ["2607.21010"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("limit=0", "limit: must be a whole number from 1 to 500; got '0'"),
        ("limit=501", "limit: "),
        ("from=old", "from: must be one of recent, all-cs; got 'old'"),
        ("fields=title,,year", "fields: Unrecognized or unsupported fields: []"),
        ("fields=authors.shoes", "fields: Unrecognized or unsupported fields: [authors.shoes]"),
        ("publicationDateOrYear=2026-02-30", "publicationDateOrYear: '2026-02-30' is not a date"),
        ("publicationDateOrYear=0000", "publicationDateOrYear: "),
        ("publicationDateOrYear=:", "publicationDateOrYear: ':' is not a date"),
    ],
)
def test_an_invalid_parameter_is_a_400(planted, anonymous, query, words):
    assert error(anonymous.get(f"{ONE}{GRAPH}?{query}"), 400).startswith(words)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"x"',
        b"null",
        b"{}",
        b'{"positivePaperIds": []}',
        b'{"positivePaperIds": "2607.21000"}',
        b'{"positivePaperIds": [1]}',
        b'{"positivePaperIds": [""]}',
        b'{"positivePaperIds": ["2607.21000"], "negativePaperIds": {}}',
        b'{"positivePaperIds": ["2607.21000"], "negativePaperIds": ["ARXIV:2607.21000v2"]}',
        b'{"positivePaperIds": [' + b",".join([b'"2607.21000"'] * 501) + b"]}",
        b"\xff",
    ],
)
def test_a_malformed_body_is_a_400(planted, anonymous, body):
    assert error(anonymous.post(LISTS, body, content_type="application/json"), 400)


def test_a_body_that_is_not_json_is_a_415(db, anonymous):
    assert error(anonymous.post(LISTS, {"positivePaperIds": "x"}), 415)


def test_without_a_model_and_words_the_error_says_so(db, anonymous):
    [one] = papers(1)
    Paper.objects.update(title="?", abstract="", authors=[], categories=[], tags=[])
    assert error(anonymous.get(ONE + one.public_id), 404) == "No model has been trained yet."


def test_nothing_is_stored_and_everybody_gets_the_same(planted, anonymous, ada, bob, api_of):
    before = Vote.objects.count()
    answers = [recommended(client, ONE + GRAPH) for client in (api_of(ada), api_of(bob), anonymous)]
    assert answers[0] == answers[1] == answers[2]
    assert (Vote.objects.count(), Ranking.objects.count()) == (before, 0)


def test_a_read_only_token_may_post_because_nothing_changes(planted, ada, anonymous):
    key = AuthToken.issue(ada, "test", AuthToken.Scope.READ, None)[1]
    for headers in ({"x-api-key": key}, {"Authorization": f"Bearer {key}"}):
        body = {"positivePaperIds": [GRAPH]}
        assert anonymous.post(LISTS, body, content_type="application/json", headers=headers).status_code == 200


@pytest.mark.parametrize("key", ["nonsense", "pb_" + "0" * 64, "é"])
def test_an_invalid_api_key_is_a_401(planted, anonymous, key):
    assert "token" in error(anonymous.get(ONE + GRAPH, headers={"x-api-key": key}), 401)


def test_the_number_of_queries_does_not_depend_on_the_number_of_papers(planted, anonymous, django_assert_num_queries):
    recommended(anonymous, f"{ONE}{GRAPH}?limit=1")
    for limit in (1, 47):
        with django_assert_num_queries(5):
            recommended(anonymous, f"{ONE}{GRAPH}?limit={limit}")
