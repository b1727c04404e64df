"""The assembled site: settings, root URLs, Celery app and WSGI.

No other package imports it.
"""

from .celery import app as celery_app

__all__ = ["celery_app"]
