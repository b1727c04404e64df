"""A token of huggingface.co is refused at every address, and is in no log, no error report and no table."""

import logging
import re
import sys

import pytest
from django.conf import settings as site
from django.core import mail
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver, path
from django.utils.log import AdminEmailHandler
from django.views.debug import ExceptionReporter

from accounts.models import AuthToken
from feeds.http.authentication import RefuseForeignTokens
from recommender.config import urls as whole_site

KEY = "hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567"
HEADERS = ["Authorization", "X-API-Key"]
EXAMPLES = {
    "public_id": "2607.00001",
    "paper_id": "2607.00001",
    "id": "1",
    "collection_id": "saved",
    "name": "2607.00001",
}


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("broken on purpose")


urlpatterns = [path("api/broken", broken), *whole_site.urlpatterns]


def routes(resolver, before=""):
    """Every route below, with an example of each thing that it names."""
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route


def addresses():
    """Every address of the two layers and of our own API."""
    wanted = [route for route in routes(get_resolver()) if route.startswith(("api/", "s2/")) or route.endswith(".md")]
    for route in wanted:
        yield "/" + re.sub(r"<\w+:(\w+)>", lambda found: EXAMPLES.get(found[1], "1"), route)


def as_sent(name):
    return {"Authorization": f"Bearer {KEY}"} if name == "Authorization" else {name: KEY}


@pytest.mark.parametrize("name", HEADERS)
def test_every_address_of_the_api_and_of_the_layers_refuses_it(db, name):
    tried = [address for address in addresses() if "<" not in address and "^" not in address]
    assert {"/api/daily_papers", "/api/v1/me/", "/s2/recommendations/v1/papers/"} <= set(tried)
    for address in [*tried, "/api/v1/no/such/", "/api/whoami-v2"]:
        response = Client().get(address, headers=as_sent(name))
        assert response.status_code == 401, address
        said = response.json()["detail" if address.startswith("/api/v1/") else "error"]
        assert said == "This is not huggingface.co; set HF_TOKEN to a token from http://localhost:8000/settings/tokens/"


@pytest.mark.parametrize("sent", [f"Bearer {KEY}", f"bearer {KEY}", KEY, f"Token {KEY}", f"Bearer {KEY.upper()}"])
def test_however_it_is_sent(db, sent):
    assert Client().get("/api/daily_papers", headers={"Authorization": sent}).status_code == 401


def test_our_own_tokens_pass(ada):
    key = AuthToken.issue(ada, "test", AuthToken.Scope.READ, None)[1]
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize("name", HEADERS)
def test_it_is_in_no_log_line_even_of_debugging(db, caplog, name):
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "django.request"):
        for address in ("/api/daily_papers", "/api/v1/me/", "/s2/recommendations/v1/papers/forpaper/2607.00001"):
            Client().get(address, headers=as_sent(name))
    assert "Unauthorized: " in caplog.text
    assert KEY not in caplog.text
    assert not any(KEY in repr(vars(record)) for record in caplog.records)


@pytest.fixture
def reports(settings):
    """Where Django's error reports go, with all that it writes into the long form of them."""
    settings.ADMINS = [("Ada", "ada@example.org")]
    log, by_mail = logging.getLogger("django.request"), AdminEmailHandler(include_html=True)
    log.addHandler(by_mail)
    yield mail.outbox
    log.removeHandler(by_mail)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("name", HEADERS)
def test_where_a_view_breaks_no_report_holds_it_nor_one_of_our_keys(db, reports, name):
    client = Client(raise_request_exception=False)
    assert client.get("/api/broken", headers=as_sent(name)).status_code == 401
    assert client.get("/api/broken", headers={name: "pb_" + "a" * 64}).status_code == 500
    [report] = reports
    said = report.body + "".join(content for content, _ in report.alternatives)
    assert "broken on purpose" in said
    assert f"HTTP_{name.upper().replace('-', '_')}" in said  # it does show the headers, with stars for this one
    assert KEY not in said
    assert "a" * 64 not in said


def test_whatever_comes_after_the_refusal_finds_it_nowhere_in_the_request(rf: RequestFactory):
    request = rf.get("/api/daily_papers", headers=as_sent("Authorization"))
    assert RefuseForeignTokens(broken)(request).status_code == 401
    try:
        broken(request)
    except RuntimeError:
        report = ExceptionReporter(request, *sys.exc_info())
    assert KEY not in report.get_traceback_html() + report.get_traceback_text() + repr(request.META)


def test_it_is_in_no_table(db):
    for name in HEADERS:
        Client().get("/api/daily_papers", headers=as_sent(name))
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # a name from the database itself
            assert KEY not in repr(cursor.fetchall()), table


def test_it_is_the_first_to_see_a_request():
    assert site.MIDDLEWARE[0] == "feeds.http.authentication.RefuseForeignTokens"
