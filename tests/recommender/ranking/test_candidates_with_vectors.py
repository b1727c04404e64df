"""The papers of a ranking as rows of the model: a stored vector is seen, whatever was cached before."""

import json
from dataclasses import replace

import numpy as np
import pytest
from django.utils import timezone

from recommender import interests, votes
from recommender.dataset import collect
from recommender.encoder.bert_onnx import convert
from recommender.engine.fit import fit
from recommender.models import Paper
from recommender.ranking.candidates import candidate_rows
from recommender.ranking.rank import rank
from recommender.spans import pool_of
from recommender.vectors import encode_papers, encoder_identity
from tests.recommender import planted
from tests.recommender.encoder import tiny
from tests.recommender.planted import FIRST_DAY, a_paper


@pytest.fixture
def served_with_vectors(town, model_dir, settings, tmp_path):
    """A trained model of the town with vectors; the encoder knows the words of `tiny.WORDS` only."""
    folder = settings.ENCODER = tiny.write_originals(tmp_path / "tiny")
    convert(folder, folder / "model.onnx")
    for number, paper in enumerate(town.papers):
        words = " ".join(tiny.WORDS[5 + (number >> bit) % 2 + 2 * bit] for bit in range(4))
        Paper.objects.filter(pk=paper.pk).update(abstract=f"{paper.abstract} {words}")
    encode_papers([paper.pk for paper in town.papers])
    data = collect()
    small = replace(planted.SMALL, vector_weight=1.0)
    model = fit(data.texts, data.paper_ids, data.votes, small, vectors=data.vectors, encoder=data.encoder)
    return planted.publish(model)


def columns_of(served, paper):
    """The vector columns of a paper of the first day, as a ranking sees them."""
    day, width = candidate_rows(served, pool_of(FIRST_DAY)), served.model.vector_map.width
    return day.rows.dense[np.flatnonzero(day.paper_ids == paper.pk)[0], -width:]


def test_a_vector_stored_after_a_day_was_ranked_is_used_at_once(served_with_vectors, town, ada):
    new = a_paper("2611.90001", title="A diffusion language model")
    votes.cast(ada, town.of(2)[0], 1)
    first = rank(ada, FIRST_DAY)
    assert not columns_of(served_with_vectors, new).any()
    encode_papers([new.pk])
    assert columns_of(served_with_vectors, new).any()
    second = rank(ada, FIRST_DAY)
    assert second != first
    assert second.score_values.tolist() != first.score_values.tolist()


def test_a_changed_text_counts_with_its_new_vector(served_with_vectors, town):
    new = a_paper("2611.90001", title="A diffusion language model")
    encode_papers([new.pk])
    before = columns_of(served_with_vectors, new)
    Paper.objects.filter(pk=new.pk).update(title="The protein graph", updated_at=timezone.now())
    assert columns_of(served_with_vectors, new).tolist() == before.tolist()
    encode_papers([new.pk])
    assert columns_of(served_with_vectors, new).tolist() != before.tolist()


def test_vectors_of_another_encoder_no_longer_count(served_with_vectors, town, settings, tmp_path):
    new = a_paper("2611.90001", title="A diffusion language model")
    encode_papers([new.pk])
    assert columns_of(served_with_vectors, new).any()
    identity = encoder_identity()
    folder = settings.ENCODER = tiny.write_originals(tmp_path / "other", seed=2)
    convert(folder, folder / "model.onnx")
    assert encoder_identity() != identity
    assert not columns_of(served_with_vectors, new).any()


def test_an_unchanged_day_keeps_its_ranking(served_with_vectors, town, ada):
    votes.cast(ada, town.of(2)[0], 1)
    first = rank(ada, FIRST_DAY)
    encode_papers([paper.pk for paper in town.papers[:5]])
    assert rank(ada, FIRST_DAY) == first


def test_a_description_of_another_dimension_leaves_the_words(served_with_vectors, town, settings, ada):
    """The same name and version; the vectors in the table would not fit those of the model."""
    new = a_paper("2611.90001", title="A diffusion language model")
    encode_papers([new.pk])
    interests.add(ada, "topic", "diffusion graph")
    assert columns_of(served_with_vectors, new).any()
    identity, config = encoder_identity(), json.loads((settings.ENCODER / "config.json").read_text())
    (settings.ENCODER / "config.json").write_text(json.dumps(config | {"hidden_size": 16}))
    Paper.objects.filter(pk=new.pk).update(updated_at=timezone.now())
    assert encoder_identity() == identity
    assert not columns_of(served_with_vectors, new).any()
    assert np.isfinite(rank(ada, FIRST_DAY).score_values).all()
