"""Compatible APIs answer any input with a valid response or a one-line error."""

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from tests.feeds.planting import DAY

GRAPH = "2607.21000"
ENOUGH = effort(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
anything = st.text(max_size=30)
likely = st.sampled_from([
    "", "0", "1", "100", "-1", "999999999", "1e9", "nan", "null", "true", "[]", "\x00", "é", "𝔘", "'", '"', "%", "_",
    str(DAY), "2026-W30", "2026-07", "0000-00-00", "9999-12-31", "9999-W52", "0001-W01", "2026-W53", "1:2", "2026:",
    "publishedAt", "trending", "mine", "relevance", "recent", "all-cs", "paperboy", "a member", "title", "authors.name",
    GRAPH, f"ARXIV:{GRAPH}", "hep-th/9901001", "DOI:10.1/a", "URL:http://[::1", "URL:/papers/2607.21000/",
])  # fmt: skip
NAMES = {
    "/api/daily_papers": ["p", "limit", "date", "week", "month", "submitter", "sort", "ranking"],
    "/api/papers/search": ["q", "limit", "sort"],
    "/api/papers": ["cursor", "limit"],
    f"/s2/recommendations/v1/papers/forpaper/{GRAPH}": ["fields", "limit", "from", "publicationDateOrYear"],
}
json = st.recursive(
    st.none() | st.booleans() | st.integers() | likely | anything, lambda inner: st.lists(inner, max_size=3)
)


@pytest.fixture(autouse=True)
def _unlimited(settings):
    """Otherwise nearly every response would be a 429."""
    settings.RATE_READ = settings.RATE_WRITE = 1_000_000


def check(response):
    assert response.status_code != 429
    if response.status_code == 200:
        assert isinstance(response.json(), list | dict)
    else:
        assert 400 <= response.status_code < 500
        assert list(response.json()) == ["error"]


@pytest.mark.parametrize("address", NAMES)
@pytest.mark.parametrize("who", ["ada", "anonymous"])
def test_any_parameters_get_a_valid_response(planted, request, api_of, address, who):
    client = api_of(request.getfixturevalue("ada")) if who == "ada" else Client()

    @ENOUGH
    @given(st.dictionaries(st.sampled_from(NAMES[address]), likely | anything, max_size=4))
    def ask(parameters):
        check(client.get(address, parameters))

    ask()


@pytest.mark.parametrize("start", ["/api/papers/", "/s2/recommendations/v1/papers/forpaper/"])
@ENOUGH
@given(name=likely | anything)
def test_any_paper_id_gets_a_valid_response(planted, start, name):
    response = Client().get(start + name.replace("%", "%25").replace("?", "%3F").replace("#", "%23"))
    if response.status_code != 308:
        check(response)


@ENOUGH
@given(body=st.dictionaries(st.sampled_from(["positivePaperIds", "negativePaperIds", "x"]), json) | json)
def test_any_body_gets_a_valid_response(planted, body):
    check(Client().post("/s2/recommendations/v1/papers/", body, content_type="application/json"))
