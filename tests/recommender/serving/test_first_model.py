"""The content model that ranks before any night has trained one."""

from dataclasses import replace

import pytest

from accounts.models import Interest
from recommender import votes
from recommender.encoder.bert_onnx import convert
from recommender.models import Paper, Ranking
from recommender.ranking.rank import BY_FIRST_MODEL, rank
from recommender.ranking.reasons import reasons
from recommender.serving import first_model
from recommender.serving.first_model import first_model as make_first_model
from recommender.serving.first_model import served_or_first
from recommender.serving.model_cache import Unavailable
from recommender.vectors import encode_papers, encoder_identity
from tests.recommender.encoder import tiny
from tests.recommender.planted import FIRST_DAY as DAY
from tests.recommender.planted import a_paper


@pytest.fixture
def titles(model_dir, db):
    """Three papers on proteins and three on markets, of one day."""
    topics = ("Folding of proteins", "Protein structure by networks", "Binding sites of proteins")
    others = ("Pricing in markets", "Market makers and spreads", "Auctions of spectrum in markets")
    return [a_paper(f"2611.{number:05d}", title=title) for number, title in enumerate((*topics, *others))]


def test_interests_order_the_day_before_any_model_is_trained(titles, ada):
    Interest.objects.create(reader=ada, kind="topic", text="protein")
    ranking = rank(ada, DAY)
    assert (ranking.mode, ranking.mode_reason, ranking.model) == ("content", BY_FIRST_MODEL, None)
    assert set(ranking.order[:3].tolist()) == {paper.pk for paper in titles[:3]}


@pytest.mark.parametrize(("value", "first"), [(1, slice(3, 6)), (-1, slice(0, 3))])
def test_the_first_vote_orders_it_too_up_or_down(titles, ada, value, first):
    votes.cast(ada, titles[3], value)
    assert set(rank(ada, DAY).order[:3].tolist()) == {paper.pk for paper in titles[first]}


def test_a_place_has_its_exact_reasons(titles, ada):
    votes.cast(ada, titles[0], 1)
    ranking = rank(ada, DAY)
    scores = dict(zip(ranking.order.tolist(), ranking.score_values.tolist(), strict=True))
    for pk, lines in reasons(ranking, [paper.pk for paper in titles[:3]], whole=True).items():
        assert sum(reason.effect for reason in lines) == pytest.approx(scores[pk], rel=1e-4)


def test_the_same_state_has_the_same_stored_ranking_and_a_new_paper_another(titles, ada):
    votes.cast(ada, titles[0], 1)
    assert rank(ada, DAY) == rank(ada, DAY)
    before = make_first_model()
    a_paper("2611.00009", title="More on proteins")
    assert make_first_model().row.version != before.row.version


def test_another_process_makes_the_same_model_and_so_gives_the_same_reasons(titles, ada):
    votes.cast(ada, titles[0], 1)
    ranking = rank(ada, DAY)
    here = reasons(ranking, [titles[1].pk])
    first_model.clear()
    assert reasons(ranking, [titles[1].pk]) == here
    assert here[titles[1].pk]


def test_reasons_are_left_out_once_the_papers_have_changed(titles, ada):
    votes.cast(ada, titles[0], 1)
    ranking = rank(ada, DAY)
    a_paper("2611.00009", title="More on proteins")
    assert reasons(ranking, [titles[1].pk]) == {titles[1].pk: []}


def test_a_vector_that_is_stored_later_makes_another_model(titles, settings, tmp_path):
    settings.ENCODER = tiny.write_originals(tmp_path / "tiny")
    convert(tmp_path / "tiny", tmp_path / "tiny" / "model.onnx")
    before = make_first_model()
    encode_papers([paper.pk for paper in titles])
    after = make_first_model()
    assert (before.row.version != after.row.version, before.model.vector_map.width) == (True, 0)
    assert after.model.encoder == encoder_identity()


def test_a_trained_model_serves_instead(served, ada):
    assert served_or_first(ada).row == served.row


def test_papers_without_a_word_leave_the_reason_why_no_model_serves(model_dir, ada):
    a_paper("2611.00001", title="?")
    assert isinstance(served_or_first(ada), Unavailable)


def test_only_the_newest_papers_are_learned_from(titles, ada, monkeypatch):
    monkeypatch.setattr(first_model, "NEWEST", 4)
    Paper.objects.filter(pk=titles[0].pk).update(title="Changed, and so another state")
    assert make_first_model().model.paper_ids.tolist() == sorted(paper.pk for paper in titles[2:])


def test_the_ranking_is_stored_without_a_model(titles, ada):
    votes.cast(ada, titles[0], 1)
    rank(ada, DAY)
    assert Ranking.objects.get(reader=ada).taste["first_model"].startswith("first-")


DENOISING_TEXT = (  # text generation by diffusion, in other words each
    ("Masked denoising of token sequences", "A language model that fills in all masked tokens of a sentence at once."),
    ("Parallel decoding for discrete diffusion", "We sample text from a diffusion language model in few steps."),
    (
        "Text generation without left-to-right order",
        "Language models by iterative denoising match autoregressive ones.",
    ),
)
DENOISING_IMAGES = (
    ("Diffusion for sharper photographs", "Image diffusion with a better noise schedule and sharper pictures."),
    ("Diffusion for image super-resolution", "A diffusion model upsamples images; diffusion guidance keeps edges."),
    ("Fast diffusion samplers", "Distilled image diffusion models generate pictures in two diffusion steps."),
    ("Video diffusion with camera control", "A video diffusion model follows camera paths by diffusion guidance."),
)
ON_CODES = ("Bounds on codes over finite fields", "We bound the size of $q$-ary cyclic codes of a given distance.")


@pytest.mark.parametrize("weights", [(1.0, 0.0), (0.0, 1.0)], ids=["as they are", "flat"])
def test_a_topic_is_a_phrase_and_not_a_bag_of_words(model_dir, ada, settings, encoder_folder, monkeypatch, weights):
    """Language models come first and codes, which are unlike all others, last, however papers' vectors are weighed."""
    weighed = replace(first_model.SETTINGS, vector_weight=weights[0], flat_vector_weight=weights[1])
    monkeypatch.setattr(first_model, "SETTINGS", weighed)
    settings.ENCODER = encoder_folder
    texts = (*DENOISING_IMAGES, *DENOISING_TEXT, ON_CODES)
    papers = [a_paper(f"2611.{n:05d}", title=title, abstract=abstract) for n, (title, abstract) in enumerate(texts)]
    encode_papers([paper.pk for paper in papers])
    Interest.objects.create(reader=ada, kind="topic", text="diffusion language models")
    order = rank(ada, DAY).order.tolist()
    assert set(order[:3]) == {paper.pk for paper in papers[4:7]}
    assert order[-1] == papers[7].pk
