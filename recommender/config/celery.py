"""The Celery application; tasks live in each room's `tasks.py`."""

import os

from celery import Celery

from .request_ids import follow_into_tasks
from .stopping import hand_back_when_stopped

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")

app = Celery("paperboy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
follow_into_tasks()
hand_back_when_stopped()
