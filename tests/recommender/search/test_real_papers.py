"""The indexes of both databases, and the marking, against a plain search through real papers."""

import gzip
import json
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

from recommender.models import Paper
from recommender.search.highlight import highlight
from recommender.search.query import parse
from recommender.search.search import search
from recommender.search.words import fold, stem, words_in
from tests.recommender.planted import FIRST_DAY

FILE = Path(__file__).parents[3] / ".." / "shared" / "data" / "papers.jsonl.gz"
COUNT, EVERY = 600, 71
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="NOT TESTED: ../shared/data/papers.jsonl.gz is not there")


@pytest.fixture
def papers(db):
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        real = [json.loads(line) for line in islice(lines, 0, COUNT * EVERY, EVERY)]
    texts = ("title", "abstract", "authors")
    return Paper.objects.bulk_create(
        Paper(public_id=row["arxiv_id"], day=FIRST_DAY, source="dataset", **{name: row[name] for name in texts})
        for row in real
    )


@cache
def stems(text):
    return [stem(word) for word in plain(text)]


@cache
def plain(text):
    return [fold(word) for word in words_in(text)]


def is_in(words, phrase):
    """One after the other, read word by word."""
    return any(words[place : place + len(phrase)] == phrase for place in range(len(words)))


def says(paper, text):
    return is_in(stems(paper.title), stems(text)) or is_in(stems(paper.abstract), stems(text))


def is_by(paper, name):
    return any(is_in(plain(author), plain(name)) for author in paper.authors)


def questions(papers):
    """Words and pairs of words as they stand in titles and abstracts, one of every paper."""
    for number, paper in enumerate(papers[::7]):
        words = words_in(paper.title if number % 2 else paper.abstract)
        start = number % len(words)
        yield " ".join(words[start : start + 1 + number % 3])


def test_a_phrase_finds_the_papers_that_contain_it(papers):
    for words in questions(papers):
        pks = set(search(parse(f'"{words}"')).pks)
        assert pks == {paper.pk for paper in papers if says(paper, words) or is_by(paper, words)}, words


def test_a_name_finds_the_papers_that_have_it(papers):
    for name in [paper.authors[-1] for paper in papers[::7]]:
        pks = set(search(parse(f'author:"{name}"')).pks)
        assert pks == {paper.pk for paper in papers if is_by(paper, name)}, name


def test_a_match_in_the_title_is_marked_there(papers):
    for words in questions(papers):
        for title in Paper.objects.filter(pk__in=search(parse(f'title:"{words}"')).pks).values_list("title", flat=True):
            pieces = highlight(title, parse(words))
            assert any(piece.is_match for piece in pieces) or "$" in title, title
