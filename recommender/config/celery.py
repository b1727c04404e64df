"""The Celery application; tasks are in the `tasks.py` of each package."""

import os

from celery import Celery

from .celery_stop import exit_on_sigterm
from .request_ids import carry_into_tasks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")

app = Celery("paperboy")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(["recommender.evidence"])  # not an app of its own
carry_into_tasks()
exit_on_sigterm()
