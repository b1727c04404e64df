"""The API guide, whose examples work once the token is filled in; and llms.txt."""

import json
import os
import re
import subprocess
import sys

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from markdown_it import MarkdownIt

from accounts.models import AuthToken
from feeds.web.guide import TOKEN, as_html
from recommender.models import Paper, Vote
from tests.feeds.planting import papers, plant, train

LIVE = pytest.mark.django_db(transaction=True, available_apps=settings.INSTALLED_APPS)
INTERPRETERS = {"bash": ["bash", "-e", "-u", "-c"], "python": [sys.executable, "-c"]}


def examples(text, language):
    """The snippets of a page in one language."""
    soup = BeautifulSoup(text, "html.parser")
    return [code.get_text() for code in soup.select(f"pre > code.language-{language}")]


@pytest.fixture
def site(live_server, ada):
    plant()
    train()
    return live_server


@pytest.fixture
def run(site, ada, tmp_path, anonymous):
    """Run the examples of a language with ada's token; returns the output of each."""
    key = AuthToken.issue(ada, "examples", "write", None)[1]
    host = site.url.removeprefix("http://")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "HF_HUB_DISABLE_TELEMETRY": "1"}

    def run_all(language):
        page = anonymous.get("/api/", headers={"Host": host}).text
        commands = [example.replace(TOKEN, key) for example in examples(page, language)]
        return [
            subprocess.run(
                [*INTERPRETERS[language], command], env=env, capture_output=True, text=True, timeout=60, check=True
            ).stdout
            for command in commands
        ]

    return run_all


@LIVE
@pytest.mark.processes
def test_the_curl_examples_work_unchanged(run, ada):
    feed_and_vote, markdown = run("bash")
    feed, vote = (json.loads(answer) for answer in feed_and_vote.replace("}{", "}\n{").splitlines())
    assert (len(feed["results"]), vote["value"], vote["previous"]) == (3, 1, 0)
    assert ada.votes.get().paper == Paper.objects.order_by("-day", "-pk").first()
    assert "**Ranked by your votes**" in markdown


@LIVE
@pytest.mark.processes
def test_the_python_examples_work_unchanged(run, ada):
    pytest.importorskip("huggingface_hub", reason="NOT TESTED: huggingface_hub is missing; install paperboy[test]")
    pytest.importorskip("semanticscholar", reason="NOT TESTED: semanticscholar is missing; install paperboy[test]")
    Vote.objects.create(reader=ada, paper=Paper.objects.last(), value=1)
    plain, hugging_face, semantic_scholar = (answer.splitlines() for answer in run("python"))
    own = [line.split()[1] for line in plain if line[0] != " "]
    assert len(own) == 3
    assert any(line.startswith("   because of ") for line in plain)
    assert [line.split()[0] for line in hugging_face] == own
    assert len(semantic_scholar) == 3


def test_the_example_for_assistants_is_json_with_url_and_token(anonymous):
    [example] = examples(anonymous.get("/api/").text, "json")
    [server] = json.loads(example)["mcpServers"].values()
    assert server["command"] == "paperboy-mcp"
    assert server["env"] == {"PAPERBOY_URL": "http://testserver", "PAPERBOY_TOKEN": TOKEN}


def test_every_example_language_is_run_by_a_test(anonymous):
    soup = BeautifulSoup(anonymous.get("/api/").text, "html.parser")
    assert {code["class"][0] for code in soup.select("pre > code")} == {
        "language-bash", "language-python", "language-json"
    }  # fmt: skip


def test_the_example_paper_is_in_the_catalogue(anonymous):
    papers(2)
    assert "/papers/2607.00002/vote/" in anonymous.get("/api/").text


def test_page_and_markdown_have_the_same_headings(anonymous):
    soup = BeautifulSoup(anonymous.get("/api/").text, "html.parser")
    text = anonymous.get("/api/", headers={"Accept": "text/markdown"}).text
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    assert [heading.get_text() for heading in soup.main.select("h1, h2, h3")] == titles


@pytest.mark.parametrize("path", ["/api/", "/llms.txt"])
def test_every_link_to_this_site_works(path, anonymous):
    papers(2)
    text = anonymous.get(path, headers={"Accept": "text/markdown"}).text
    mine = re.findall(r"\]\(http://testserver([^)]+)\)", text)
    answers = {address: anonymous.get(address).status_code for address in mine}
    asks_who = {address for address in mine if "/me/" in address or "/settings/" in address}
    assert len(mine) > 3
    assert {address for address, status in answers.items() if status != 200} == asks_who


@pytest.mark.parametrize("path", ["/api/", "/llms.txt"])
def test_an_api_that_is_turned_off_is_not_recommended(path, anonymous, settings):
    settings.HF_COMPATIBLE = False
    text = anonymous.get(path, headers={"Accept": "text/markdown"}).text.partition("## Conventions")[0]
    assert "huggingface_hub\n" not in text
    assert "/api/daily_papers" not in text


def test_readers_find_the_guide(ada, client_of):
    client = client_of(ada)
    assert 'href="/api/"' in client.get("/status/").text.partition("<footer")[2]
    assert 'href="/api/"' in client.get("/settings/tokens/").text.partition("<footer")[0]


def test_llms_txt_has_the_form_of_llmstxt_org(anonymous):
    answer = anonymous.get("/llms.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    tokens = MarkdownIt("commonmark").parse(answer.text)
    blocks = [token.tag for token in tokens if token.level == 0 and token.nesting == 1]
    assert blocks[:3] == ["h1", "blockquote", "p"]
    assert (set(blocks[3:]), blocks.count("h1")) == ({"h2", "ul"}, 1)


def test_html_in_markdown_is_escaped():
    assert "<script>" not in as_html('<script>alert(1)</script>\n\n```x"><b>\n</code><b>\n```\n')
