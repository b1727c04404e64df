"""The covariance of a reader's opinions: its noise, and what each word has to do with it."""

import numpy as np
import pytest

from recommender.engine.gaussian_process import NOISE, Posterior

from .readers import written_out
from .test_onboarding import covariance, voted


def test_the_noise_is_the_middle_variance_of_the_pool(model):
    posterior = Posterior(model, voted(model, []), np.arange(240, dtype=np.int32), model.rows[::4])
    assert posterior.noise == pytest.approx(
        NOISE * np.median(np.diag(covariance(model, model.rows, model.rows))), rel=1e-3
    )


def test_what_the_columns_add_is_all_that_is_explained(model):
    """Before and after an observation: the sum over columns is the sum of squared covariances.

    Each column's part is the residual's entry there times that of the weighted targets under the written-out map.
    """
    posterior = Posterior(model, voted(model, [3, 50]), np.arange(100, 140, dtype=np.int32), model.rows[::4])
    for place in (posterior.first, posterior.first + 7):
        posterior.observe(posterior.first + 20)
        parts = posterior.by_column(place).toarray()[0]
        assert parts.sum() == pytest.approx((posterior.cross[place] ** 2).sum(), rel=1e-3)
        weights = written_out(model) @ (posterior.cross[place] @ posterior.targets.toarray())
        expected = posterior.residual(place).toarray()[0] * weights
        np.testing.assert_allclose(parts, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
