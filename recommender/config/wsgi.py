"""WSGI entry point for any server: `recommender.config.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")

application = get_wsgi_application()

from recommender.serving import model_cache  # noqa: E402 - its tables are there only now

model_cache.start_watching()
