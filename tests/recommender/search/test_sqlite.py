"""The FTS5 expression of a query."""

import pytest

from recommender.search.query import parse
from recommender.search.sqlite import expression

MEANINGS = [
    ("graph", '({title abstract} : "graph" OR authors : "graph0")'),
    ('title:"deep nets"', 'title : "deep nets"'),
    ("author:O'Brien cat:hep-th", 'authors : "O0 Brien0" AND categories : "0hep2th0"'),
    ("title:deep -title:nets -title:graph", '(title : "deep") NOT (title : "nets" OR title : "graph")'),
    ("-title:nets", '(authors : "00") NOT (title : "nets")'),
    ("title:NEAR(*", 'title : "NEAR"'),
]


@pytest.mark.parametrize(("typed", "meaning"), MEANINGS, ids=lambda value: value[:20])
def test_every_word_of_an_expression_is_in_quotation_marks(typed, meaning):
    assert expression(parse(typed)) == meaning


def test_the_start_of_a_word_is_searched_for_with_its_completions():
    assert expression(parse("title:learnin", typing=True)) == 'title : ("learnin" * OR "learniness" OR "learning")'
