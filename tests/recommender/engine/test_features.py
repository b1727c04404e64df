"""Text to sparse rows: words, weights, vocabulary."""

from math import log, sqrt

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.engine.data import PaperText
from recommender.engine.features import (
    Vocabulary,
    counts_over,
    learn_vocabulary,
    scale_rows,
    strongest_terms,
    terms_of,
    typical_count,
    words_of,
)

SOUP = PaperText(title="alpha alpha beta")


def learned(*titles, width=100):
    return learn_vocabulary([terms_of(PaperText(title=title)) for title in titles], width)


def test_words_are_folded_and_stop_words_and_single_characters_left_out():
    assert words_of("The GRAPHS of x, and Graph-based trees!") == ["graph", "graph-based", "tree"]


@pytest.mark.parametrize("word", ["loss", "corpus", "analysis", "gas"])
def test_an_s_that_makes_no_plural_stays(word):
    assert words_of(word) == [word]


def test_words_are_found_in_any_script():
    assert words_of("Équations différentielles 数学") == ["équation", "différentielle", "数学"]


def test_an_empty_text_has_no_words():
    assert words_of("") == words_of(" ... ") == []


def test_categories_authors_and_tags_are_terms_of_their_own():
    paper = PaperText(title="Trees", categories=("cs.LG",), authors=("Ada Lovelace",), tags=("Deep_Learning",))
    assert terms_of(paper) == {
        "tree": 1, "cat:cs.LG": 1, "au:ada lovelace": 1, "tag:deep_learning": 1, "deep": 1, "learning": 1,
    }  # fmt: skip


def test_a_bag_of_words_counts_like_the_text_it_came_from():
    assert terms_of(PaperText(bow=(("Trees", 2),))) == terms_of(PaperText(title="tree trees"))


def test_an_endless_abstract_is_read_up_to_a_limit():
    assert "late" not in words_of("early " + "x " * 200_000 + "late")


def test_idf_is_one_for_a_term_of_every_paper_and_grows_with_rarity():
    """Of three papers `alpha` is in 3 and `beta` in 2: log(4/4) + 1 and log(4/3) + 1."""
    vocabulary, _ = learned("alpha beta", "alpha beta", "alpha")
    idf = dict(zip(vocabulary.terms, vocabulary.idf.tolist(), strict=True))
    assert idf == pytest.approx({"alpha": 1.0, "beta": log(4 / 3) + 1})


def test_a_row_is_logarithmic_counts_times_idf_at_length_one_for_a_typical_paper():
    """`alpha alpha beta` with idf 1 and 2: (1 + log 2) * 1 and 1 * 2 before scaling; two terms are typical."""
    row = Vocabulary(("alpha", "beta"), np.array([1, 2], np.float32), 2).matrix([SOUP]).toarray()[0]
    length = sqrt((1 + log(2)) ** 2 + 4)
    assert row.tolist() == pytest.approx([(1 + log(2)) / length, 2 / length])


def test_a_paper_with_more_terms_weighs_more_up_to_a_limit():
    """Where one term is typical: 2 terms make a row of length 2 ** 0.15, 32 terms no more than 4 ** 0.15."""
    terms = tuple(f"term{chr(97 + i)}{chr(97 + j)}" for i in range(4) for j in range(8))
    vocabulary = Vocabulary(terms, np.ones(32, np.float32), 1)
    rows = vocabulary.matrix([PaperText(title=" ".join(terms[:count])) for count in (1, 2, 32)]).toarray()
    assert np.linalg.norm(rows, axis=1).tolist() == pytest.approx([1, 2**0.15, 4**0.15])


def test_the_typical_number_of_terms_makes_the_mean_square_one():
    """Papers of 1 and 1024 terms make rows whose squares are 1 and 1024 ** 0.3 = 8: their mean is 4.5."""
    assert typical_count(np.array([1, 1024, 0], np.float32)) == pytest.approx(4.5 ** (1 / 0.3))
    assert typical_count(np.zeros(2, np.float32)) == 1


def test_an_abstract_with_no_known_word_is_a_row_of_zeros():
    row = Vocabulary(("alpha",), np.ones(1, np.float32), 1).matrix([PaperText(abstract="omega"), PaperText()])
    assert (row.shape, row.nnz) == ((2, 1), 0)


def test_no_papers_make_no_rows():
    assert Vocabulary(("alpha",), np.ones(1, np.float32), 1).matrix([]).shape == (0, 1)


def test_a_term_of_one_paper_only_is_left_out():
    vocabulary, _ = learned("alpha lonely", "alpha beta", "beta")
    assert set(vocabulary.terms) == {"alpha", "beta"}


def test_lonely_terms_are_kept_where_nothing_else_is_there():
    vocabulary, rows = learned("alpha", "beta")
    assert set(vocabulary.terms) == {"alpha", "beta"}
    assert rows.nnz == 2


def test_the_width_keeps_the_terms_that_carry_most_weight():
    """`alpha` alone makes up two papers (mass 2); `beta` and `gamma` share the other two (mass about 1 each)."""
    vocabulary, rows = learned("alpha", "alpha", "beta gamma", "beta gamma", width=1)
    assert vocabulary.terms == ("alpha",)
    assert rows.toarray().ravel().tolist() == [1, 1, 0, 0]


def inner_product(left, right, *, author_weight):
    """Of two papers' rows over a vocabulary of the two and a third paper, which shares nothing with them."""
    papers = [left, right, PaperText(title="omega", authors=("Nobody Else",))]
    _, rows = learn_vocabulary([terms_of(paper) for paper in papers], 100, author_weight)
    return float((rows[0] @ rows[1].T).toarray()[0, 0])


def test_shared_authors_count_for_their_weight_whatever_the_words():
    """The two share their only author and no word: 0.3 times a cosine of 1."""
    left = PaperText(title="alpha beta", authors=("Ada Lovelace",))
    right = PaperText(title="gamma delta epsilon", authors=("ada lovelace",))
    assert inner_product(left, right, author_weight=0.3) == pytest.approx(0.3)


def test_authors_do_not_dilute_the_words_of_a_paper():
    """One word is typical, and the two share it: 1, however many authors each has."""
    names = tuple(f"author {place}" for place in range(8))
    vocabulary = Vocabulary(("alpha", *(f"au:{name}" for name in names)), np.ones(9, np.float32), 1, 0.3)
    rows = vocabulary.matrix([PaperText("alpha", authors=some) for some in (names[:4], names[4:])]).toarray()
    assert rows[0] @ rows[1] == pytest.approx(1)


def test_without_a_weight_authors_are_words():
    """Two equal terms a paper, one of them shared: each has half of the squared length."""
    left, right = (PaperText(title=word, authors=("Ada Lovelace",)) for word in ("alpha", "beta"))
    vocabulary = Vocabulary(("alpha", "beta", "au:ada lovelace"), np.ones(3, np.float32), 2)
    rows = vocabulary.matrix([left, right]).toarray()
    assert rows[0] @ rows[1] == pytest.approx(0.5)


def by_authors(*names_of_each):
    """Papers that share the word `alpha`, and have these authors."""
    return [terms_of(PaperText(title="alpha beta gamma", authors=names)) for names in names_of_each]


def test_authors_come_last_among_the_terms():
    vocabulary, rows = learn_vocabulary(by_authors(("Ada", "Bob"), ("Bob", "Ada"), ("Ada",)), 100, 1.0)
    assert vocabulary.terms == ("alpha", "beta", "gamma", "au:ada", "au:bob")
    assert vocabulary.content_terms == 3
    assert rows.toarray()[2].astype(bool).tolist() == [True, True, True, True, False]


def test_where_authors_are_words_every_column_is_content():
    vocabulary, _ = learn_vocabulary(by_authors(("Ada",), ("Ada",)), 100, None)
    assert vocabulary.content_terms == len(vocabulary.terms) == 4


def test_the_only_paper_of_an_author_keeps_them_once_it_has_a_vote():
    """Cleo and Dan have one paper each; only Dan's has a vote, and links it to his next one."""
    counters = by_authors(("Ada",), ("Ada",), ("Cleo",), ("Dan",))
    without, _ = learn_vocabulary(counters, 100, 1.0)
    with_votes, rows = learn_vocabulary(counters, 100, 1.0, np.array([0, 3], dtype=np.int32))
    assert without.terms == ("alpha", "beta", "gamma", "au:ada")
    assert with_votes.terms == ("alpha", "beta", "gamma", "au:ada", "au:dan")
    next_one = with_votes.matrix([PaperText(title="omega", authors=("Dan",))])
    assert (next_one @ rows.T).toarray().ravel().tolist() == pytest.approx([0, 0, 0, 1])


def test_words_of_one_paper_only_are_left_out_even_with_a_vote():
    counters = [terms_of(PaperText(title=title)) for title in ("alpha lonely", "alpha beta", "beta")]
    vocabulary, _ = learn_vocabulary(counters, 100, 1.0, np.array([0], dtype=np.int32))
    assert set(vocabulary.terms) == {"alpha", "beta"}


def test_the_weight_of_authors_can_be_changed_afterwards():
    """The rows are those of a vocabulary that was learned with the other weight."""
    counters = by_authors(("Ada", "Bob"), ("Bob", "Ada"), ("Ada",))
    light, rows = learn_vocabulary(counters, 100, 0.3)
    heavy, expected = learn_vocabulary(counters, 100, 3.0)
    changed, scaled = light.with_author_weight(3.0, rows)
    assert (changed.author_weight, changed.terms) == (3.0, heavy.terms)
    np.testing.assert_allclose(scaled.toarray(), expected.toarray(), rtol=1e-6)
    assert light.with_author_weight(0.3, rows)[1] is rows


@pytest.mark.parametrize(("before", "after"), [(None, 1.0), (1.0, None), (0.0, 1.0), (1.0, 0.0)])
def test_authors_without_a_weight_cannot_be_given_one_afterwards(before, after):
    vocabulary, rows = learn_vocabulary(by_authors(("Ada",), ("Ada",)), 100, before)
    with pytest.raises(ValueError, match=f"from {before} to {after}; both must be above 0"):
        vocabulary.with_author_weight(after, rows)


def test_no_papers_learn_an_empty_vocabulary():
    vocabulary, rows = learned()
    assert (vocabulary.terms, rows.shape) == ((), (0, 0))


def test_learned_rows_are_those_that_the_vocabulary_makes_later():
    papers = [PaperText(title="alpha beta"), PaperText(title="beta alpha beta"), PaperText(title="alpha gamma")]
    vocabulary, rows = learn_vocabulary([terms_of(paper) for paper in papers], 10)
    np.testing.assert_allclose(rows.toarray(), vocabulary.matrix(papers).toarray(), rtol=1e-6)


def test_the_order_of_the_papers_does_not_change_how_alike_they_are(world):
    counters = [terms_of(text) for text in world.texts[:40]]
    _, forth = learn_vocabulary(counters, 400)
    _, back = learn_vocabulary(counters[::-1], 400)
    np.testing.assert_allclose((forth @ forth.T).toarray(), (back @ back.T).toarray()[::-1, ::-1], atol=1e-6)


def test_counts_agree_with_a_slow_version(world):
    counters = [terms_of(text) for text in world.texts[:20]]
    columns = {term: column for column, term in enumerate(sorted(set().union(*counters))[::2])}
    slow = [[counter.get(term, 0) for term in columns] for counter in counters]
    assert counts_over(columns, counters).toarray().tolist() == slow


def test_rows_are_scaled_to_length_one_and_zeros_stay():
    """3, 4 has length 5."""
    scaled = scale_rows(sp.csr_matrix([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(scaled.toarray(), [[0.6, 0.8], [0, 0]], rtol=1e-6)


def test_the_strongest_terms_are_kept_and_scaled_again():
    """Of 3, 1, 4 the weakest goes; 3, 4 has length 5."""
    strongest = strongest_terms(sp.csr_matrix([[3.0, 1.0, 4.0]]), 2)
    np.testing.assert_allclose(strongest.toarray(), [[0.6, 0, 0.8]], rtol=1e-6)


def test_choosing_the_strongest_terms_leaves_its_input_alone():
    matrix = sp.csr_matrix([[3.0, 1.0, 4.0]])
    strongest_terms(matrix, 1)
    assert matrix.toarray().tolist() == [[3, 1, 4]]
