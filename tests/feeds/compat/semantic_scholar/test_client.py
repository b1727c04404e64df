"""The real `semanticscholar` client against a site that listens."""

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


def named(title, day=DAY):
    return Paper.objects.get(title=title, day=day).public_id


def test_one_paper_gives_others_of_its_topic_and_never_itself(scholar):
    """There are 48 papers: 24 on graphs, of which one is given."""
    graph = named("The graph")
    found = [one.paperId for one in scholar.get_recommended_papers(f"ARXIV:{graph}")]
    assert len(found) == len(set(found)) == 47
    assert {one[:4] for one in found[:23]} == {"2607"}
    assert graph not in found


def test_lists_give_papers_like_the_ones_and_unlike_the_others(scholar):
    liked, disliked = [named("The cell"), f"ARXIV:{named('The ligand')}v2"], [named("The graph")]
    found = scholar.get_recommended_papers_from_lists(liked, disliked, limit=15)
    assert {one.paperId[:4] for one in found} == {"2608"}
    assert not {"The cell", "The ligand"} & {one.title for one in found if one.paperId.startswith("2608.21")}


def test_lists_without_dislikes_are_sent_with_a_null_and_answered(scholar):
    assert len(scholar.get_recommended_papers_from_lists([named("The cell")], limit=5)) == 5


def test_all_of_computer_science_has_older_papers_too(scholar):
    paper("2301.00001", DAY.replace(year=2023), title="The graph of old", categories=["cs.LG"])
    recent = scholar.get_recommended_papers(named("The graph"))
    everything = scholar.get_recommended_papers(named("The graph"), pool_from="all-cs")
    assert "2301.00001" not in [one.paperId for one in recent]
    assert [one.paperId for one in everything] == ["2301.00001"]


def test_every_field_that_the_client_asks_for_unasked_is_there(scholar):
    columns = {"authors": ["A. Node"], "categories": ["cs.LG", "stat.ML"], "doi": "10.1000/xyz"}
    Paper.objects.filter(title="The node").update(**columns)
    [found] = [one for one in scholar.get_recommended_papers(named("The graph")) if one.paperId == named("The node")]
    assert set(found.SEARCH_FIELDS) <= set(found.keys())
    assert (found.year, found.publicationDate.date(), found.isOpenAccess) == (2026, DAY, True)
    assert found.externalIds == {"ArXiv": found.paperId, "DOI": "10.1000/xyz"}
    assert (found.fieldsOfStudy, found.authors[0].name) == (["Computer Science", "Mathematics"], "A. Node")
    assert found.citationCount is None


def test_a_paper_that_is_not_here_is_the_clients_not_found(scholar):
    with pytest.raises(ObjectNotFoundException, match="Paper not found"):
        scholar.get_recommended_papers("ARXIV:2607.99999")


def test_without_a_model_the_client_says_why(scholar):
    TrainedModel.objects.update(state=ModelState.REFUSED)
    with pytest.raises(ObjectNotFoundException, match="No model has been trained yet"):
        scholar.get_recommended_papers(named("The graph"))


def test_an_unknown_field_is_the_clients_bad_query(scholar):
    with pytest.raises(BadQueryParametersException, match=r"unsupported fields: \[colour\]"):
        scholar.get_recommended_papers(named("The graph"), fields=["title", "colour"])


def test_a_key_is_one_of_our_tokens(site, ada, key_of):  # noqa: F811 - the fixtures of these names
    scholar = SemanticScholar(api_url=f"{site}/s2", api_key=key_of(ada), retry=False)
    assert len(scholar.get_recommended_papers(named("The graph"), limit=3)) == 3
