"""The site with bare views beside it: they know the token's reader and answer with bytes that were made before."""

import os
from functools import cache

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

application = get_wsgi_application()
settings.ROOT_URLCONF = __name__


class Bare(APIView):
    """The same bytes to every reader with a token; no count of requests, no tag, nothing looked up."""

    throttle_classes = []

    def get(self, request: Request, status: int) -> HttpResponse:
        return HttpResponse(made_before() if status == 200 else b"", "application/json", status)


@cache
def made_before() -> bytes:
    return bytes((settings.DATA_DIR / "bare.json").read_bytes())


urlpatterns = [path("bare/<int:status>/", Bare.as_view()), path("", include("recommender.config.urls"))]
