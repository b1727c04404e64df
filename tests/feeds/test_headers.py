"""What every kind of page tells a browser: whose scripts may run, who may frame it, and that types are not guessed."""

import pytest
from django.conf import settings as site

from .test_everybody import OWN, PUBLIC

OTHERS = [
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/search/?q=x",
    "/nothing/",
    "/llms.txt",
]
SAME_ON_ALL = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FRAMED_BY_ITS_OWN_PAGE = "/settings/digest/preview/mail/"


@pytest.fixture
def answers(ada, planted, client_of, anonymous):
    paper = planted[0][0].get_absolute_url()
    shown = [address.replace("/papers/2607.00001/", paper) for address in (*PUBLIC, *OWN, *OTHERS)]
    client = client_of(ada)
    return {address: client.get(address) for address in shown} | {"refused": anonymous.post("/settings/", {})}


def policy(answer):
    directives = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return {directive: sources for directive, *sources in directives}


def test_no_page_lets_scripts_or_styles_in_that_are_not_its_own(answers):
    for address, answer in answers.items():
        found = policy(answer)
        if address != FRAMED_BY_ITS_OWN_PAGE:
            assert "unsafe" not in answer["Content-Security-Policy"], address
            assert found["frame-ancestors"] == ["'none'"], address
        scripts = found.get("script-src", found["default-src"])
        assert all(source in ("'self'", "'none'") or source.startswith("'nonce-") for source in scripts), address
        assert found.get("object-src", found["default-src"]) == ["'none'"], address


def test_every_page_has_the_other_headers(answers):
    for address, answer in answers.items():
        assert {name: answer.get(name) for name in SAME_ON_ALL} == SAME_ON_ALL, address
        assert answer["X-Frame-Options"] == ("SAMEORIGIN" if address == FRAMED_BY_ITS_OWN_PAGE else "DENY"), address


def test_cookies_of_the_session_are_out_of_reach_of_scripts(anonymous, ada):
    anonymous.post("/accounts/login/", {"login": ada.email, "password": "a long password for ada"})
    cookie = anonymous.cookies[site.SESSION_COOKIE_NAME]
    assert (bool(cookie["httponly"]), cookie["samesite"]) == (True, "Lax")
