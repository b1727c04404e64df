"""URLs for the clients of other services, at the root of the site."""

from django.urls import include, path

urlpatterns = [
    path("", include("feeds.compat.huggingface.urls")),
    path("s2/", include("feeds.compat.semantic_scholar.urls")),
]
