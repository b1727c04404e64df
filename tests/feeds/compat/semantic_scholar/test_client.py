"""The real `semanticscholar` client against a running site."""

import pytest
from semanticscholar import SemanticScholar
from semanticscholar.SemanticScholarException import BadQueryParametersException, ObjectNotFoundException

from recommender.models import ModelState, Paper, TrainedModel
from tests.feeds.compat.huggingface.conftest import DATABASE, key_of, site  # noqa: F401 - they are fixtures
from tests.feeds.planting import DAY, paper

pytestmark = DATABASE


@pytest.fixture
def scholar(site):  # noqa: F811 - the fixture of that name
    return SemanticScholar(api_url=f"{site}/s2", retry=False)


def id_of(title, day=DAY):
    return Paper.objects.get(title=title, day=day).public_id


def test_recommendations_for_a_paper_share_its_topic_and_exclude_it(scholar):
    """24 of the 48 papers are on graphs, and one of them is the request's."""
    graph = id_of("The graph")
    paper_ids = [one.paperId for one in scholar.get_recommended_papers(f"ARXIV:{graph}")]
    assert len(paper_ids) == len(set(paper_ids)) == 47
    assert {one[:4] for one in paper_ids[:23]} == {"2607"}
    assert graph not in paper_ids


def test_lists_return_papers_like_the_positive_and_unlike_the_negative_ones(scholar):
    liked, disliked = [id_of("The cell"), f"ARXIV:{id_of('The ligand')}v2"], [id_of("The graph")]
    recommended = scholar.get_recommended_papers_from_lists(liked, disliked, limit=15)
    assert {one.paperId[:4] for one in recommended} == {"2608"}
    assert not {"The cell", "The ligand"} & {one.title for one in recommended if one.paperId.startswith("2608.21")}


def test_the_client_sends_null_for_an_empty_negative_list(scholar):
    assert len(scholar.get_recommended_papers_from_lists([id_of("The cell")], limit=5)) == 5


def test_all_of_computer_science_includes_older_papers(scholar):
    paper("2301.00001", DAY.replace(year=2023), title="The graph of old", categories=["cs.LG"])
    recent = scholar.get_recommended_papers(id_of("The graph"))
    everything = scholar.get_recommended_papers(id_of("The graph"), pool_from="all-cs")
    assert "2301.00001" not in [one.paperId for one in recent]
    assert [one.paperId for one in everything] == ["2301.00001"]


def test_every_field_that_the_client_requests_by_default_exists(scholar):
    columns = {"authors": ["A. Node"], "categories": ["cs.LG", "stat.ML"], "doi": "10.1000/xyz"}
    Paper.objects.filter(title="The node").update(**columns)
    [node] = [one for one in scholar.get_recommended_papers(id_of("The graph")) if one.paperId == id_of("The node")]
    assert set(node.SEARCH_FIELDS) <= set(node.keys())
    assert (node.year, node.publicationDate.date(), node.isOpenAccess) == (2026, DAY, True)
    assert node.externalIds == {"ArXiv": node.paperId, "DOI": "10.1000/xyz"}
    assert (node.fieldsOfStudy, node.authors[0].name) == (["Computer Science", "Mathematics"], "A. Node")
    assert node.citationCount is None


def test_an_unknown_paper_is_not_found_for_the_client(scholar):
    with pytest.raises(ObjectNotFoundException, match="Paper not found"):
        scholar.get_recommended_papers("ARXIV:2607.99999")


def test_before_the_first_model_is_trained_papers_are_compared_by_content(scholar):
    TrainedModel.objects.update(state=ModelState.REFUSED)
    assert len(scholar.get_recommended_papers(id_of("The graph"), limit=3)) == 3


def test_without_a_model_and_words_the_client_shows_the_reason(scholar):
    TrainedModel.objects.update(state=ModelState.REFUSED)
    paper_id = id_of("The graph")
    Paper.objects.update(title="?", abstract="", authors=[], categories=[], tags=[])
    with pytest.raises(ObjectNotFoundException, match="No model has been trained yet"):
        scholar.get_recommended_papers(paper_id)


def test_an_unknown_field_is_a_bad_query_for_the_client(scholar):
    with pytest.raises(BadQueryParametersException, match=r"unsupported fields: \[colour\]"):
        scholar.get_recommended_papers(id_of("The graph"), fields=["title", "colour"])


def test_an_api_key_is_one_of_our_tokens(site, ada, key_of):  # noqa: F811 - the fixtures of these names
    scholar = SemanticScholar(api_url=f"{site}/s2", api_key=key_of(ada), retry=False)
    assert len(scholar.get_recommended_papers(id_of("The graph"), limit=3)) == 3
