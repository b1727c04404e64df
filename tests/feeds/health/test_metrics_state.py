"""The gauges of the site's state."""

from datetime import date
from importlib import import_module
from importlib.util import find_spec

import pytest
from django.utils import timezone

from feeds.models import Delivery

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(find_spec("prometheus_client") is None, reason="NOT TESTED: prometheus-client is not installed"),
]


def test_unsettled_digests_are_counted_by_state_and_the_others_are_not(ada):
    parts = import_module("feeds.health.metrics").PARTS
    states = ["waiting", "waiting", "uncertain", "sent", "empty", "skipped"]
    for number, state in enumerate(states, start=1):
        Delivery.objects.create(reader=ada, day=date(2026, 7, number), state=state)
    (gauge,) = parts["mails"](timezone.now())
    counted = {sample.labels["state"]: sample.value for sample in gauge.samples}
    assert counted == {"waiting": 2, "claimed": 0, "uncertain": 1, "refused": 0, "failed": 0}
