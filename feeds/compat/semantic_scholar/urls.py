"""URLs of the Semantic Scholar API, under `/s2/`."""

from django.urls import path, re_path

from feeds.compat.base import not_found

from . import views

urlpatterns = [
    path("recommendations/v1/papers/", views.FromListsView.as_view(), name="s2-lists"),
    path("recommendations/v1/papers", views.FromListsView.as_view()),
    path("recommendations/v1/papers/forpaper/<path:name>", views.ForPaperView.as_view(), name="s2-for-paper"),
    re_path("", not_found),
]
