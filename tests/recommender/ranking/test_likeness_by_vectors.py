"""Papers like others are those with near sentence vectors, where words tell nothing."""

from dataclasses import replace

import numpy as np
import pytest

from recommender import votes
from recommender.collections import create, save
from recommender.dataset import collect
from recommender.encoder.bert_onnx import convert
from recommender.engine.fit import fit
from recommender.models import Paper, PaperVector
from recommender.ranking.collections import papers_like_collection
from recommender.ranking.similar import recommend
from recommender.vectors import encoder_identity
from tests.recommender import planted
from tests.recommender.encoder import tiny
from tests.recommender.planted import FIRST_DAY, a_paper

WORDS = "lorem ipsum dolor amet elit"
VECTORS = replace(planted.SMALL, embedding_size=0, neighbours=0, direct_weight=0.0, vector_weight=1.0)


@pytest.fixture(params=["near", "swapped"])
def trio(request, db, model_dir, settings, tmp_path):
    """A paper, one with a near vector and one with a far one; all say the same words."""
    folder = settings.ENCODER = tiny.write_originals(tmp_path / "tiny")
    convert(folder, folder / "model.onnx")
    chance = np.random.default_rng(4)
    paper, *pair = [a_paper(f"2611.0000{number}", f"{WORDS} {number}") for number in range(3)]
    near, far = pair if request.param == "near" else pair[::-1]
    one, other = np.eye(8)[:2]
    store({paper: one, near: one + 0.2 * other, far: other})
    store({a_paper(f"2611.1{number:04d}", f"{WORDS} {number}"): chance.standard_normal(8) for number in range(30)})
    return paper, near, far


def store(vectors):
    for paper, vector in vectors.items():
        content = (vector / np.linalg.norm(vector)).astype("<f2").tobytes()
        columns = {"encoder": encoder_identity(), "text_digest": "x", "paper_updated_at": paper.updated_at}
        PaperVector.objects.create(paper=paper, vector=content, **columns)


@pytest.fixture(params=["before the first night", "trained", "papers newer than the model"])
def serving(request, trio, bob):
    """No model, a model that knows all three papers, or one that knows none of them."""
    if request.param == "before the first night":
        return
    if request.param == "papers newer than the model":
        known = Paper.objects.exclude(pk__in=[paper.pk for paper in trio])
        votes.cast(bob, known.first(), 1)
        data = collect()
        is_old = np.isin(data.paper_ids, list(known.values_list("pk", flat=True)))
        assert is_old.sum() == 30
        texts = [text for text, old in zip(data.texts, is_old, strict=True) if old]
        votes_of_one = planted.votes_from_triples([(0, 0, 1.0)], 1, len(texts))
        arguments = texts, data.paper_ids[is_old], votes_of_one, VECTORS
        model = fit(*arguments, vectors=data.vectors[is_old], encoder=data.encoder)
    else:
        votes.cast(bob, Paper.objects.last(), 1)
        data = collect()
        model = fit(data.texts, data.paper_ids, data.votes, VECTORS, vectors=data.vectors, encoder=data.encoder)
    planted.publish(model)


def test_recommendations_are_near_the_liked_and_far_from_the_disliked(trio, serving):
    paper, near, far = trio
    both = Paper.objects.filter(pk__in=[near.pk, far.pk])
    assert recommend([paper.pk], [], both, 2) == [near.pk, far.pk]
    assert recommend([], [paper.pk], both, 2) == [far.pk, near.pk]


def test_papers_like_a_collection_are_near_its_papers(trio, serving, ada):
    paper, near, far = trio
    collection = create(ada, "Reading")
    save(collection, [paper])
    order = papers_like_collection(collection, "day", FIRST_DAY).ranking.order.tolist()
    assert near.pk in order
    assert far.pk not in order or order.index(near.pk) < order.index(far.pk)
