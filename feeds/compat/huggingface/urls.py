"""URLs of the Hugging Face API, at the root of the site."""

from django.urls import path, re_path

from feeds.compat.base import not_found

from . import views

urlpatterns = [
    path("api/daily_papers", views.DailyPapersView.as_view(), name="hf-daily-papers"),
    path("api/papers/search", views.SearchView.as_view(), name="hf-search"),
    path("api/papers", views.CatalogueView.as_view(), name="hf-papers"),
    path("api/papers/<paper_id:public_id>", views.PaperInfoView.as_view(), name="hf-paper"),
    path("papers/<paper_id:public_id>.md", views.markdown, name="hf-markdown"),
    re_path("^api/(?:daily_papers|papers)(?:/|$)", not_found),
]
