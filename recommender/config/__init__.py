"""The assembled site: settings, root URLs, Celery app and WSGI; imported by nobody."""

from .celery import app as celery_app

__all__ = ["celery_app"]
