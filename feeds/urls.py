"""Addresses of this room: `pages` at the root, `api` under `/api/v1/`."""

from django.urls import path, register_converter

from . import api as rest
from . import (
    bringing,
    citing_views,
    collections,
    collections_api,
    days,
    my_votes,
    onboarding_api,
    saving,
    searching,
    sharing,
    submissions,
    taste,
    taste_api,
    trending_api,
    trying,
    views,
    welcome,
)
from .addresses import DayConverter, MonthConverter, PaperIdConverter, WeekConverter

register_converter(PaperIdConverter, "paper_id")
register_converter(DayConverter, "day")
register_converter(WeekConverter, "week")
register_converter(MonthConverter, "month")

pages = [
    path("", days.today, name="today"),
    path("day/", days.pick, name="pick-day"),
    path("day/<day:day>/", days.day, name="day"),
    path("week/<week:week>/", days.week, name="week"),
    path("month/<month:month>/", days.month, name="month"),
    path("catch-up/", days.catch_up, name="catch-up"),
    path("trending/", views.trends, name="trending"),
    path("papers/<paper_id:public_id>/", views.paper, name="paper"),
    path("papers/<paper_id:public_id>/abstract.txt", views.abstract, name="abstract"),
    path("papers/<paper_id:public_id>/vote/", views.vote, name="vote"),
    path("papers/<paper_id:public_id>/cite.<str:form>", citing_views.cite, name="cite"),
    path("submit/", submissions.submissions, name="submit"),
    path("welcome/", welcome.interests, name="welcome"),
    path("welcome/papers/", welcome.papers, name="welcome-papers"),
    path("welcome/papers/<paper_id:public_id>/answer/", welcome.answer, name="welcome-answer"),
    path("search/", searching.page, name="search"),
    path("welcome/library/", bringing.library, name="library"),
    path("welcome/library/keep/", bringing.keep, name="library-keep"),
    path("papers/<paper_id:public_id>/save/", saving.save, name="save"),
    path("papers/<paper_id:public_id>/collections/", saving.choose, name="paper-collections"),
    path("saved/", collections.one, name="saved"),
    path("saved/new/", collections.new, name="collection-new"),
    path("saved/<slug:public_id>/", collections.one, name="collection"),
    path("saved/<slug:public_id>/edit/", collections.edit, name="collection-edit"),
    path("saved/<slug:public_id>/delete/", collections.delete, name="collection-delete"),
    path("saved/<slug:public_id>/papers/", collections.act, name="collection-papers"),
    path("saved/<slug:public_id>/papers/<paper_id:paper_id>/note/", collections.note, name="collection-note"),
    path("saved/<slug:public_id>/export/<slug:form>/", collections.export, name="collection-export"),
    path("saved/<slug:public_id>/share/", sharing.share, name="collection-share"),
    path("shared/<slug:link>/", sharing.shared, name="shared"),
    path("saved/<slug:public_id>/more/", collections.more, name="collection-more"),
    path("taste/", taste.taste, name="taste"),
    path("taste/sliders/", taste.sliders, name="taste-sliders"),
    path("taste/own-papers/", taste.own_papers, name="taste-own-papers"),
    path("taste/mutes/", taste.mute, name="mute"),
    path("taste/mutes/<int:pk>/remove/", taste.unmute, name="unmute"),
    path("taste/interests/<int:pk>/remove/", taste.remove_interest, name="taste-interest-remove"),
    path("taste/pause/", taste.pause, name="taste-pause"),
    path("taste/forget/", taste.forget, name="taste-forget"),
    path("taste/votes/", my_votes.votes, name="my-votes"),
    path("taste/votes.<slug:form>", my_votes.export, name="my-votes-export"),
    path("taste/what-if/", trying.try_vote, name="what-if"),
    path("models/", views.models, name="models"),
    path("status/", views.status, name="status"),
]

api = [
    path("papers/", rest.Papers.as_view(), name="api-papers"),
    path("papers/<paper_id:public_id>/", rest.PaperDetail.as_view(), name="api-paper"),
    path("papers/<paper_id:public_id>/vote/", rest.VoteDetail.as_view(), name="api-vote"),
    path("me/votes/", rest.MyVotes.as_view(), name="api-my-votes"),
    path("me/collections/", collections_api.Collections.as_view(), name="api-collections"),
    path("me/collections/<slug:collection_id>/", collections_api.CollectionDetail.as_view(), name="api-collection"),
    path(
        "me/collections/<slug:collection_id>/papers/",
        collections_api.SavedPapers.as_view(),
        name="api-collection-papers",
    ),
    path(
        "me/collections/<slug:collection_id>/papers/<paper_id:public_id>/",
        collections_api.SavedPaper.as_view(),
        name="api-collection-paper",
    ),
    path("me/onboarding/next/", onboarding_api.NextQuestions.as_view(), name="api-onboarding-next"),
    path("me/mutes/", taste_api.Mutes.as_view(), name="api-mutes"),
    path("me/mutes/<int:id>/", taste_api.MuteDetail.as_view(), name="api-mute"),
    path("me/taste/", taste_api.MyTaste.as_view(), name="api-taste"),
    path("me/what-if/", taste_api.TryVote.as_view(), name="api-what-if"),
    path("me/feed/", rest.Feed.as_view(), name="api-feed"),
    path("rankings/<slug:public_id>/", rest.RankingDetail.as_view(), name="api-ranking"),
    path("days/", rest.Days.as_view(), name="api-days"),
    path("trending/", trending_api.Trending.as_view(), name="api-trending"),
    path("models/", rest.Models.as_view(), name="api-models"),
    path("status/", rest.Status.as_view(), name="api-status"),
]
