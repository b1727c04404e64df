"""Addresses for the clients of other services, at the root."""

from django.urls import include, path

urlpatterns = [
    path("", include("feeds.compat.huggingface.urls")),
    path("s2/", include("feeds.compat.semantic_scholar.urls")),
]
