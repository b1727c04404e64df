"""Names of what a paper is about, from its own text."""

import pytest

from recommender.ranking.labels import labels


def test_a_phrase_that_stands_twice_is_preferred_to_its_word():
    abstract = "World models plan. We train world models on the world of games."
    assert labels("Planning with World Models", abstract, ["world"]) == ["world models"]


def test_a_term_of_four_words_is_not_cut_short():
    abstract = "Deep convolutional neural networks see. We prune deep convolutional neural networks."
    assert labels("Pruning", abstract, ["convolutional"]) == ["deep convolutional neural networks"]


def test_a_word_of_the_title_needs_no_second_occurrence():
    assert labels("Quantization Made Simple", "We show how.", ["quantization"]) == ["quantization"]


def test_a_word_that_stands_once_in_the_abstract_names_nothing():
    assert labels("A Study", "Teachers are few. They teach.", ["teacher"]) == []


def test_the_first_words_decide_and_no_word_is_named_twice():
    abstract = "Flow matching meets gaussian splatting. Gaussian splatting with flow matching. Splatting splatting."
    words = ["splatting", "gaussian", "flow", "matching"]
    assert labels("Both", abstract, words) == ["gaussian splatting", "flow matching"]
    assert labels("Both", abstract, words, most=1) == ["gaussian splatting"]


@pytest.mark.parametrize("word", ["9b", "5-0", "42", "technical", "novel", "subset", "few", "textbf", "lambda", "www"])
def test_sizes_generic_words_and_latex_name_nothing(word):
    text = r"Novel technical 9b 5-0 42 subset few \textbf{x} $\lambda$ https://www.example.org"
    assert labels(text, f"{text}. {text}.", [word]) == []


def test_2d_and_3d_name_something():
    assert labels("Maps in 3D", "3D is new.", ["3d"]) == ["3D"]


def test_a_phrase_does_not_cross_stop_words_or_punctuation():
    abstract = "Graphs of proteins. Graphs of proteins. Proteins, graphs. Proteins, graphs."
    assert labels("Both", abstract, ["graph", "protein"]) == ["graphs", "proteins"]


def test_a_phrase_ends_and_begins_with_a_word_that_names_something():
    abstract = "An efficient sparse attention method. The efficient sparse attention method is new."
    assert labels("Fast", abstract, ["attention"]) == ["sparse attention"]


def test_a_paper_is_named_in_its_own_spelling():
    """Small letters as within a sentence; abbreviations and names with later capitals stay, plurals too."""
    abstract = "KV Caches grow. We shrink KV caches by LoRA. LoRA is small."
    assert labels("Shrinking Test-Time Memory", abstract, ["cache", "lora", "test-time"], most=3) == [
        "KV caches", "test-time", "LoRA",
    ]  # fmt: skip


def test_an_empty_paper_has_no_name():
    assert labels("", "", ["graph"]) == []
    assert labels("Graphs", "", []) == []
