"""Addresses of this room: `pages` at the root, `api` under `/api/v1/`."""

from datetime import date

from django.urls import path, register_converter

from . import api as rest
from . import citing_views, onboarding_api, searching, submissions, views, welcome
from .addresses import PaperIdConverter


class DayConverter:
    """`<day:day>`: YYYY-MM-DD; any other text is no address of a page."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(PaperIdConverter, "paper_id")
register_converter(DayConverter, "day")

pages = [
    path("", views.today, name="today"),
    path("day/<day:day>/", views.day, name="day"),
    path("papers/<paper_id:public_id>/", views.paper, name="paper"),
    path("papers/<paper_id:public_id>/vote/", views.vote, name="vote"),
    path("papers/<paper_id:public_id>/cite.<str:form>", citing_views.cite, name="cite"),
    path("submit/", submissions.submissions, name="submit"),
    path("welcome/", welcome.interests, name="welcome"),
    path("welcome/papers/", welcome.papers, name="welcome-papers"),
    path("welcome/papers/<paper_id:public_id>/answer/", welcome.answer, name="welcome-answer"),
    path("search/", searching.page, name="search"),
    path("models/", views.models, name="models"),
    path("status/", views.status, name="status"),
]

api = [
    path("papers/", rest.Papers.as_view(), name="api-papers"),
    path("papers/<paper_id:public_id>/", rest.PaperDetail.as_view(), name="api-paper"),
    path("papers/<paper_id:public_id>/vote/", rest.VoteDetail.as_view(), name="api-vote"),
    path("me/votes/", rest.MyVotes.as_view(), name="api-my-votes"),
    path("me/onboarding/next/", onboarding_api.NextQuestions.as_view(), name="api-onboarding-next"),
    path("me/feed/", rest.Feed.as_view(), name="api-feed"),
    path("rankings/<slug:public_id>/", rest.RankingDetail.as_view(), name="api-ranking"),
    path("days/", rest.Days.as_view(), name="api-days"),
    path("models/", rest.Models.as_view(), name="api-models"),
    path("status/", rest.Status.as_view(), name="api-status"),
]
