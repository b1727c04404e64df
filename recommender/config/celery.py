"""The Celery application; tasks live in `feeds/tasks.py` and `recommender/evidence/tasks.py`."""

import os

from celery import Celery

from .celery_stop import hand_back_when_stopped
from .request_ids import follow_into_tasks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")

app = Celery("paperboy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["recommender.evidence"])  # no app of its own
follow_into_tasks()
hand_back_when_stopped()
