"""A Hugging Face token is refused at every URL, and is in no log, no error report and no table."""

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
    """Every route below the resolver, as Django writes it."""
    for pattern in resolver.url_patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route


def addresses():
    """Every URL of all APIs, with examples in place of its parameters."""
    paths = [route for route in routes(get_resolver()) if route.startswith(("api/", "s2/")) or route.endswith(".md")]
    for route in paths:
        yield "/" + re.sub(r"<\w+:(\w+)>", lambda match: EXAMPLES.get(match[1], "1"), route)


def as_sent(name):
    return {"Authorization": f"Bearer {KEY}"} if name == "Authorization" else {name: KEY}


@pytest.mark.parametrize("name", HEADERS)
def test_every_url_of_every_api_refuses_it(db, name):
    tried = [address for address in addresses() if "<" not in address and "^" not in address]
    assert {"/api/daily_papers", "/api/v1/me/", "/s2/recommendations/v1/papers/"} <= set(tried)
    for address in [*tried, "/api/v1/no/such/", "/api/whoami-v2"]:
        response = Client().get(address, headers=as_sent(name))
        assert response.status_code == 401, address
        text = response.json()["detail" if address.startswith("/api/v1/") else "error"]
        assert text == "This is not huggingface.co; set HF_TOKEN to a token from http://localhost:8000/settings/tokens/"


@pytest.mark.parametrize("sent", [f"Bearer {KEY}", f"bearer {KEY}", KEY, f"Token {KEY}", f"Bearer {KEY.upper()}"])
def test_it_is_refused_in_every_form(db, sent):
    assert Client().get("/api/daily_papers", headers={"Authorization": sent}).status_code == 401


def test_our_own_tokens_pass(ada):
    key = AuthToken.issue(ada, "test", AuthToken.Scope.READ, None)[1]
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize("name", HEADERS)
def test_it_is_in_no_log_line_at_any_level(db, caplog, name):
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "django.request"):
        for address in ("/api/daily_papers", "/api/v1/me/", "/s2/recommendations/v1/papers/forpaper/2607.00001"):
            Client().get(address, headers=as_sent(name))
    assert "Unauthorized: " in caplog.text
    assert KEY not in caplog.text
    assert not any(KEY in repr(vars(record)) for record in caplog.records)


@pytest.fixture
def reports(settings):
    """Django's error reports by mail, in their long form."""
    settings.ADMINS = [("Ada", "ada@example.org")]
    log, by_mail = logging.getLogger("django.request"), AdminEmailHandler(include_html=True)
    log.addHandler(by_mail)
    yield mail.outbox
    log.removeHandler(by_mail)


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("name", HEADERS)
def test_no_error_report_contains_it_or_a_token_of_ours(db, reports, name):
    client = Client(raise_request_exception=False)
    assert client.get("/api/broken", headers=as_sent(name)).status_code == 401
    assert client.get("/api/broken", headers={name: "pb_" + "a" * 64}).status_code == 500
    [report] = reports
    text = report.body + "".join(content for content, _ in report.alternatives)
    assert "broken on purpose" in text
    assert f"HTTP_{name.upper().replace('-', '_')}" in text  # the report lists the headers, with stars for this one
    assert KEY not in text
    assert "a" * 64 not in text


def test_later_code_finds_it_nowhere_in_the_request(rf: RequestFactory):
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


def test_the_middleware_is_the_first():
    assert site.MIDDLEWARE[0] == "feeds.http.authentication.RefuseForeignTokens"
