"""Models promoted and refused by hand; what `overrule` must not do is tested with the night's learning."""

from datetime import timedelta

import pytest
from django.utils import timezone

from recommender.models import ModelState, TrainedModel
from recommender.night import overrule
from recommender.night.overrule import OverruleError
from recommender.serving import model_cache
from recommender.serving.model_cache import Unavailable
from tests.recommender import planted


def test_a_model_refused_by_hand_gives_way_to_the_one_before_it(served):
    newer = planted.publish(planted.train_on_the_tables())
    refused = overrule.refuse(newer.row.version, "it hides proteins.")
    assert refused.verdict.startswith("refused by hand: it hides proteins. The judge: ")
    assert (refused.promoted_at, refused.metrics["by_hand"]) == (None, "it hides proteins.")
    assert model_cache.current(wait=True).row == served.row


def test_when_the_only_model_is_refused_none_serves(served):
    overrule.refuse(served.row.version, "it is wrong")
    assert isinstance(model_cache.current(), Unavailable)


def test_refusing_and_promoting_again_keeps_the_whole_story(served):
    overrule.refuse(served.row.version, "a mistake")
    row = overrule.overrule(served.row.version, "no mistake")
    assert row.state == ModelState.PROMOTED
    assert row.verdict.startswith("promoted by hand: no mistake. The judge: refused by hand: a mistake. The judge: ")


def test_what_is_refused_or_unknown_cannot_be_refused(served):
    overrule.refuse(served.row.version, "once")
    with pytest.raises(OverruleError, match="was refused already"):
        overrule.refuse(served.row.version, "twice")
    with pytest.raises(OverruleError, match="there is no model 'x'"):
        overrule.refuse("x", "why not")


def test_a_promotion_after_the_clock_was_put_back_is_the_one_that_serves(served):
    """The model that serves was promoted tomorrow."""
    TrainedModel.objects.update(promoted_at=timezone.now() + timedelta(days=1))
    newer = planted.publish(planted.train_on_the_tables(), state=ModelState.REFUSED)
    overrule.overrule(newer.row.version, "it is good")
    assert TrainedModel.objects.serving_order().first() == newer.row
