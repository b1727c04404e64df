"""The security headers on a public address: secure cookies, HTTPS from now on, and a policy without holes."""

import json
import os
import subprocess
import sys

import pytest

from tests.feeds.instance import ROOT

ASK = """
import json, django
django.setup()
from django.core.management import call_command
for command in ("migrate", "createcachetable"):
    call_command(command, verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
from django.test import Client
client = Client(SERVER_NAME="paperboy.example")
plain, page = client.get("/accounts/login/"), client.get("/accounts/login/", secure=True)
cookies = {name: [bool(c["secure"]), bool(c["httponly"]), c["samesite"]] for name, c in page.cookies.items()}
print(json.dumps({
    "plain": [plain.status_code, plain["Location"]], "cookies": cookies, "headers": dict(page.headers),
    "live": [client.get(path).status_code for path in ("/livez", "/readyz")],
}))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """How the site answers on https://paperboy.example, asked in a process with those settings."""
    variables = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    variables |= {
        "PAPERBOY_SITE_URL": "https://paperboy.example",
        "PAPERBOY_DATA_DIR": str(tmp_path_factory.mktemp("public")),
        "DJANGO_SETTINGS_MODULE": "recommender.config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK], cwd=ROOT, env=variables, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def policy(site):
    directives = (part.split() for part in site["headers"]["Content-Security-Policy"].split(";"))
    return {directive: sources for directive, *sources in directives}


def test_plain_http_is_redirected_to_https_except_for_probes(site):
    assert site["plain"] == [301, "https://paperboy.example/accounts/login/"]
    assert site["live"] == [200, 200]


def test_browsers_must_use_https_for_a_year(site):
    assert site["headers"]["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["PAPERBOY_HSTS_SUBDOMAINS"], "True False"),
        (["PAPERBOY_HSTS_SUBDOMAINS", "PAPERBOY_HSTS_PRELOAD"], "True True"),
        (["PAPERBOY_HSTS_PRELOAD"], None),
    ],
)
def test_subdomains_and_preloading_are_a_choice(tmp_path, names, expected):
    variables = os.environ | {"PAPERBOY_DATA_DIR": str(tmp_path), "PAPERBOY_SITE_URL": "https://paperboy.example"}
    script = "import recommender.config.settings as s; print(s.SECURE_HSTS_INCLUDE_SUBDOMAINS, s.SECURE_HSTS_PRELOAD)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=variables | dict.fromkeys(names, "true"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout.strip() or None) == expected
    assert expected or "PAPERBOY_HSTS_PRELOAD needs PAPERBOY_HSTS_SUBDOMAINS=true" in done.stderr


def test_cookies_are_secure_and_stay_on_the_site(site):
    assert site["cookies"]["csrftoken"] == [True, False, "Lax"]
    assert all(secure and samesite == "Lax" for secure, _, samesite in site["cookies"].values())


def test_scripts_and_styles_come_from_the_site_or_have_the_pages_nonce(site):
    directives = policy(site)
    assert directives["default-src"] == ["'self'"]
    for directive in ("script-src", "style-src"):
        assert directives[directive][0] == "'self'"
        assert all(source.startswith("'nonce-") for source in directives[directive][1:])
    assert "unsafe" not in site["headers"]["Content-Security-Policy"]


def test_no_other_site_can_frame_the_page_and_no_plugin_or_base_is_allowed(site):
    directives = policy(site)
    expected = {
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
    }
    assert {name: directives[name] for name in expected} == expected


def test_types_are_not_guessed_and_referrers_not_sent_to_other_sites(site):
    names = ("X-Frame-Options", "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy")
    assert [site["headers"][name] for name in names] == ["DENY", "nosniff", "same-origin", "same-origin"]
