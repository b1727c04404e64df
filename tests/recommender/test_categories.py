"""arXiv's categories."""

import pytest

from recommender.categories import CODES, known_code


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("cs.LG", "cs.LG"),
        ("CS.lg", "cs.LG"),
        (" hep-th ", "hep-th"),
        ("physics.COMP-PH", "physics.comp-ph"),
        ("astro-ph", "astro-ph"),
        ("astro-ph.GA", "astro-ph.GA"),
        ("math.AG", "math.AG"),
    ],
)
def test_a_category_code_is_recognised_in_any_case(typed, code):
    assert known_code(typed) == code


@pytest.mark.parametrize(
    "typed", ["", "cs.", ".LG", "cs.LG.", "cs LG", "cs.QQ", "hep-th.AA", "deep learning", "cs.ＬＧ"]
)
def test_anything_else_is_no_category(typed):
    assert known_code(typed) is None


def test_codes_are_listed_once():
    assert len(set(CODES)) == len(CODES)
