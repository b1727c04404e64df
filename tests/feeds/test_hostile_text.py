"""Pages of papers whose text was written by an enemy, or by chance: harmless, and whole."""

import re
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from recommender import vote_rings, votes
from recommender.collections import reading_list, save
from recommender.dataset import read_votes

from .planting import DAY, paper, papers, train
from .test_trending import account, cast

SCRIPT = "<script>document.title='owned'</script><img src=x onerror=alert(1)>"
LATEX = r"$\frac{1}{$ and $\href{javascript:alert(1)}{x}$ \def\a{\a\a}\a $$\unclosed{"
RIGHT_TO_LEFT = "\u202egnitirw\u202c and \u2067עברית\u2069 and العربية"
EMOJI = "👩‍🔬 finds 🧬 in 𝔤𝔬𝔱𝔥𝔦𝔠"
BREAKING_OUT = """"'>--></textarea></title></style>]]><svg onload=alert(1)>{{ 7|add:7 }}{% now "Y" %}"""
HOSTILE = {
    "script": SCRIPT,
    "latex": LATEX,
    "right-to-left": RIGHT_TO_LEFT,
    "emoji": EMOJI,
    "breaking-out": BREAKING_OUT,
}
LISTS = [
    "/", "/?show=titles", "/?sort=recent", f"/week/{DAY:%G-W%V}/", f"/month/{DAY:%Y-%m}/", "/search/?q=hostile",
    "/saved/", "/taste/", "/taste/votes/", "/taste/what-if/",
]  # fmt: skip
NUMBER_OF = {name: f"2607.{number:05d}" for number, name in enumerate(HOSTILE, 1)}


@pytest.fixture
def hostile(ada):
    """A paper for each hostile text, which is in all of its fields; ada has voted on all and saved all."""
    found = {}
    for name, text in HOSTILE.items():
        fields = {
            "title": f"hostile {text}",
            "abstract": f"hostile abstract {text}",
            "comment": text,
            "journal_ref": text,
        }
        lists = {"authors": [text, "Eve"], "tags": [text]}
        found[name] = paper(
            NUMBER_OF[name], **fields, **lists, categories=["cs.LG"], submitted_by=text, organization=text
        )
        votes.cast(ada, found[name], 1)
        save(reading_list(ada), [found[name]])
    train()
    return found


def harm(document):
    """Scripts, handlers, pictures and addresses that the page did not write itself."""
    soup = BeautifulSoup(document, "html.parser")
    tags = soup.find_all(True)
    scripts = [tag for tag in soup.find_all("script") if not tag.get("src", "").startswith("/static/")]
    handlers = [tag for tag in tags if any(name.startswith("on") for name in tag.attrs)]
    links = [tag for tag in tags if re.match(r"\s*javascript:", tag.get("href", ""), re.IGNORECASE)]
    pictures = [tag for tag in soup.find_all("img") if not re.fullmatch(r"/shown/[\w-]+/[\d,]+\.gif", tag["src"])]
    return [str(tag)[:200] for tag in {*scripts, *handlers, *links, *pictures}]


def words(document):
    return re.sub(r"\s+", " ", BeautifulSoup(document, "html.parser").get_text())


def test_harm_would_be_found():
    assert len(harm(SCRIPT + '<a href="JavaScript:x">y</a>')) == 3


@pytest.mark.parametrize("address", LISTS)
def test_no_list_of_hostile_papers_does_harm(client_of, ada, hostile, address):
    answer = client_of(ada).get(address)
    assert (answer.status_code, harm(answer.content)) == (200, [])
    assert "hostile" in words(answer.content)


def test_trending_hostile_papers_do_no_harm(client, hostile):
    now, before = timezone.now(), papers(45, DAY - timedelta(days=100), "2604")
    for number in range(9):
        own = before[5 * number :][:5]
        member = account(f"member{number}", now - timedelta(days=60))
        cast(member, own[:3], at=now - timedelta(days=50))
        cast(member, own[3:], at=now - timedelta(days=49))
        cast(member, hostile.values(), at=now - timedelta(hours=1))
    vote_rings.update_standing(read_votes()[0], now)
    answer = client.get("/trending/")
    assert (words(answer.content).count("hostile abstract"), harm(answer.content)) == (len(HOSTILE), [])


def test_questions_about_hostile_papers_do_no_harm(client_of, bob, hostile):
    answer = client_of(bob).get("/welcome/papers/")
    assert "hostile" in words(answer.content)
    assert harm(answer.content) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_the_page_of_a_hostile_paper_does_no_harm(client_of, ada, hostile, name):
    answer = client_of(ada).get(hostile[name].get_absolute_url())
    assert (answer.status_code, harm(answer.content)) == (200, [])


@pytest.mark.parametrize("name", ["script", "emoji", "breaking-out"])
def test_hostile_text_is_shown_as_it_was_written(client, hostile, name):
    assert f"hostile abstract {HOSTILE[name]}" in words(client.get(hostile[name].get_absolute_url()).content)


def test_latex_that_cannot_be_read_is_shown_as_it_was_written(client, hostile):
    assert r"\def\a{\a\a}\a" in words(client.get(hostile["latex"].get_absolute_url()).content)


def test_text_from_right_to_left_does_not_turn_the_page_about_it(client, hostile):
    page = client.get(hostile["right-to-left"].get_absolute_url()).content
    turning = BeautifulSoup(page, "html.parser").find_all(string=re.compile("[\u202a-\u202e\u2066-\u2069]"))
    assert turning == []
    assert "עברית and العربية" in words(page)


def test_an_abstract_of_ten_megabytes_begins_on_its_page_which_links_to_the_whole(client, db):
    whole = "long words <b>and</b> $x^2$ " * 360_000 + "the very end"
    giant = paper("2607.00099", abstract=whole)
    page, day = client.get(giant.get_absolute_url()).content, client.get("/").content
    assert (harm(page), len(page) < 500_000, len(day) < 20_000) == ([], True, True)
    [link] = BeautifulSoup(page, "html.parser").find_all("a", string="Full abstract as plain text")
    answer = client.get(link["href"])
    assert (answer.content.decode(), answer["Content-Type"]) == (whole, "text/plain; charset=utf-8")
    assert answer["X-Content-Type-Options"] == "nosniff"
