"""Addresses of this room: `pages` at the root, `api` under `/api/v1/`, `compatible` for other people's clients."""

from django.urls import include, path, register_converter

from .api import feed, impressions, papers, public_record, simulate, transfer, votes
from .api.collections import (
    CollectionAsInterests,
    CollectionDetail,
    CollectionFile,
    Collections,
    MoreLikeCollection,
    SavedPaper,
    SavedPapers,
)
from .api.days import Day, Days, Month, Week
from .api.papers import BatchGet, Export, Similar
from .api.taste import MuteDetail, Mutes, MyTaste, NextQuestions, Reset, TryVote
from .api.votes import MyVotes, VotesBatch, VotesFile
from .http.converters import DayConverter, MonthConverter, PaperIdConverter, WeekConverter
from .syndication import views as syndication
from .web import (
    collections,
    days,
    digest,
    digest_links,
    guide,
    library,
    my_votes,
    onboarding,
    saving,
    search,
    submissions,
    taste,
    webhooks,
)
from .web import feeds as feed_pages
from .web import public_record as evidence
from .web.collections import share, shared
from .web.impressions import followed, picture, shown
from .web.papers import abstract, cite, paper
from .web.public_record import models, status, trends
from .web.taste import try_vote
from .web.votes import vote

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
    path("trending/", trends, name="trending"),
    path("papers/<paper_id:public_id>/", paper, name="paper"),
    path("papers/<paper_id:public_id>/abstract.txt", abstract, name="abstract"),
    path("papers/<paper_id:public_id>/vote/", vote, name="vote"),
    path("papers/<paper_id:public_id>/cite.<str:form>", cite, name="cite"),
    path("submit/", submissions.submissions, name="submit"),
    path("welcome/", onboarding.interests, name="welcome"),
    path("welcome/papers/", onboarding.papers, name="welcome-papers"),
    path("welcome/papers/<paper_id:public_id>/answer/", onboarding.answer, name="welcome-answer"),
    path("search/", search.page, name="search"),
    path("api/", guide.page, name="api-guide"),
    path("guide/", guide.guide_page, name="guide"),
    path("guide/<slug:name>/", guide.guide_page, name="guide-page"),
    path("llms.txt", guide.llms_txt, name="llms"),
    path("welcome/library/", library.library, name="library"),
    path("welcome/library/keep/", library.keep, name="library-keep"),
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
    path("saved/<slug:public_id>/share/", share, name="collection-share"),
    path("shared/<slug:link>/", shared, name="shared"),
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
    path("taste/what-if/", try_vote, name="what-if"),
    path("feeds/popular.<slug:form>", syndication.popular, name="feed-popular"),
    path("feeds/trending.<slug:form>", syndication.trending, name="feed-trending"),
    path("feeds/category/<str:code>.<slug:form>", syndication.category, name="feed-category"),
    path("feeds/<slug:secret>/<slug:name>.<slug:form>", syndication.private, name="feed"),
    path("settings/feeds/", feed_pages.feeds, name="settings-feeds"),
    path("settings/feeds/paperboy.opml", feed_pages.opml, name="settings-feeds-opml"),
    path("settings/webhooks/", webhooks.webhooks, name="settings-webhooks"),
    path("settings/webhooks/<slug:public_id>/", webhooks.one, name="settings-webhook"),
    path("settings/digest/", digest.settings, name="settings-digest"),
    path("settings/digest/now/", digest.now, name="digest-now"),
    path("settings/digest/new-links/", digest.new_links, name="digest-new-links"),
    path("settings/digest/preview/", digest.preview, name="digest-preview"),
    path("settings/digest/preview/mail/", digest.preview_mail, name="digest-preview-mail"),
    path("digest/<int:pk>/", digest.sent, name="digest-sent"),
    path("digest/subscribe/", digest_links.subscribe, name="digest-subscribe"),
    path("digest/unsubscribe/<str:token>/", digest_links.unsubscribe, name="digest-unsubscribe"),
    path("digest/link/<slug:purpose>/<str:token>/", digest_links.link, name="digest-link"),
    path("digest/act/<slug:purpose>/", digest_links.act, name="digest-act"),
    path("shown/", shown, name="shown"),
    path("shown/<slug:name>/<str:places>.gif", picture, name="shown-picture"),
    path("followed/", followed, name="followed"),
    path("models/evidence/", evidence.evidence, name="evidence"),
    path("models/", models, name="models"),
    path("status/", status, name="status"),
]

api = [
    path("papers/", papers.Papers.as_view(), name="api-papers"),
    path("papers/batch-get/", BatchGet.as_view(), name="api-papers-batch-get"),
    path("papers/<paper_id:public_id>/", papers.PaperDetail.as_view(), name="api-paper"),
    path("papers/<paper_id:public_id>/similar/", Similar.as_view(), name="api-similar"),
    path("papers/<paper_id:public_id>/export.<str:form>", Export.as_view(), name="api-paper-export"),
    path("papers/<paper_id:public_id>/vote/", votes.VoteDetail.as_view(), name="api-vote"),
    path("me/votes/", MyVotes.as_view(), name="api-my-votes"),
    path("me/votes/export.<slug:form>", VotesFile.as_view(), name="api-my-votes-file"),
    path("me/votes/batch/", VotesBatch.as_view(), name="api-my-votes-batch"),
    path("impressions/batch/", impressions.Impressions.as_view(), name="api-impressions"),
    path("me/collections/", Collections.as_view(), name="api-collections"),
    path("me/collections/<slug:collection_id>/", CollectionDetail.as_view(), name="api-collection"),
    path(
        "me/collections/<slug:collection_id>/papers/",
        SavedPapers.as_view(),
        name="api-collection-papers",
    ),
    path(
        "me/collections/<slug:collection_id>/papers/<paper_id:public_id>/",
        SavedPaper.as_view(),
        name="api-collection-paper",
    ),
    path(
        "me/collections/<slug:collection_id>/export.<str:form>",
        CollectionFile.as_view(),
        name="api-collection-file",
    ),
    path(
        "me/collections/<slug:collection_id>/more/",
        MoreLikeCollection.as_view(),
        name="api-collection-more",
    ),
    path(
        "me/collections/<slug:collection_id>/as-interests/",
        CollectionAsInterests.as_view(),
        name="api-collection-as-interests",
    ),
    path("me/onboarding/next/", NextQuestions.as_view(), name="api-onboarding-next"),
    path("me/mutes/", Mutes.as_view(), name="api-mutes"),
    path("me/mutes/<int:id>/", MuteDetail.as_view(), name="api-mute"),
    path("me/taste/", MyTaste.as_view(), name="api-taste"),
    path("me/export/", transfer.Export.as_view(), name="api-export"),
    path("me/import/", transfer.Import.as_view(), name="api-import"),
    path("me/reset/", Reset.as_view(), name="api-reset"),
    path("me/what-if/", TryVote.as_view(), name="api-what-if"),
    path("me/feed/", feed.Feed.as_view(), name="api-feed"),
    path("me/feed/simulate/", simulate.Simulate.as_view(), name="api-simulate"),
    path("me/feed/<paper_id:public_id>/why/", feed.Why.as_view(), name="api-why"),
    path("rankings/<slug:public_id>/", feed.RankingDetail.as_view(), name="api-ranking"),
    path("days/", Days.as_view(), name="api-days"),
    path("days/<day:day>/", Day.as_view(), name="api-day"),
    path("weeks/<week:week>/", Week.as_view(), name="api-week"),
    path("months/<month:month>/", Month.as_view(), name="api-month"),
    path("trending/", public_record.Trending.as_view(), name="api-trending"),
    path("metrics/positions/", public_record.Positions.as_view(), name="api-positions"),
    path("metrics/orders/", public_record.Orders.as_view(), name="api-orders"),
    path("metrics/exposure/", public_record.Exposure.as_view(), name="api-exposure"),
    path("experiments/", public_record.Experiments.as_view(), name="api-experiments"),
    path("models/", public_record.Models.as_view(), name="api-models"),
    path("status/", public_record.Status.as_view(), name="api-status"),
]

compatible = [
    path("", include("feeds.compat.huggingface.urls")),
    path("s2/", include("feeds.compat.semantic_scholar.urls")),
]
