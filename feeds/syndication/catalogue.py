"""The available feeds.

The name, title and description of each, and the source of its papers.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.models import Interest, InterestKind
from feeds.models import FeedKey
from recommender import collections
from recommender.categories import known_code, within
from recommender.models import Collection

from .channels import InterestChannel, MyChannel, PopularChannel, TrendingChannel
from .keys import secret_of
from .listing import Channel

FORMS = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}


class NoSuchFeed(LookupError):
    """There is no feed with this name."""


@dataclass(frozen=True)
class FeedDescription:
    """One feed.

    page   path of the page that shows the same papers
    key    the reader's key; None for a public feed
    since  when the feed began to exist, if known
    """

    name: str
    title: str
    about: str
    page: str
    source: Channel | Collection
    key: FeedKey | None = None
    since: datetime | None = None

    def path(self, form: str) -> str:
        """Return the path; that of a private feed contains its secret."""
        if self.key is None:
            return f"/feeds/{self.name}.{form}"
        return reverse("feed", args=[secret_of(self.key, self.name), self.name, form])

    def address(self, form: str) -> str:
        return absolute(self.path(form))

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """The label and address of each form."""
        return [(label, self.address(form)) for form, label in FORMS.items()]


def absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def feeds_of(key: FeedKey) -> list[FeedDescription]:
    """Return all private feeds of a reader."""
    reader = key.reader
    interests = [_interest_feed(key, interest) for interest in reader.interests.all()]
    saved = [_collection_feed(key, collection) for collection in collections.collections_of(reader)]
    return [_ranking_feed(key), *interests, *saved]


def private_feed(key: FeedKey, name: str) -> FeedDescription:
    """Return the reader's feed of this name.

    Raises NoSuchFeed, also if its interest or collection was deleted.
    """
    kind, _, which = name.partition("-")
    if name == "mine":
        return _ranking_feed(key)
    if kind == "interest" and which.isdecimal() and which.isascii() and len(which) < 19:
        interest = Interest.objects.filter(reader=key.reader, pk=int(which)).first()
        if interest is not None:
            return _interest_feed(key, interest)
    if kind == "collection":
        try:
            return _collection_feed(key, collections.find(key.reader, which))
        except Collection.DoesNotExist as error:
            raise NoSuchFeed(name) from error
    raise NoSuchFeed(name)


def popular() -> FeedDescription:
    about = "The most popular papers of each day, by net votes."
    return FeedDescription("popular", "Popular papers", about, f"{reverse('today')}?sort=popular", PopularChannel())


def trending() -> FeedDescription:
    about = "What readers voted for in the last seven days, on papers of any age."
    return FeedDescription(
        "trending", "Trending papers", about, f"{reverse('trending')}?window=week", TrendingChannel()
    )


def category(code: str) -> FeedDescription:
    """Return the feed of a category in arXiv's spelling.

    Raises NoSuchFeed for anything else or a whole archive.
    """
    if known_code(code) != code or within(code) != [code]:
        raise NoSuchFeed(code)
    about = f"The most popular papers of each day in {code}, by net votes."
    page = f"{reverse('today')}?sort=popular&category={code}"
    return FeedDescription(f"category/{code}", f"Papers in {code}", about, page, PopularChannel(code))


def _ranking_feed(key: FeedKey) -> FeedDescription:
    about = "The best papers of each day, in your own order."
    return FeedDescription("mine", "My ranking", about, reverse("today"), MyChannel(key), key)


def _interest_feed(key: FeedKey, interest: Interest) -> FeedDescription:
    if interest.kind == InterestKind.CATEGORY:
        about = f"The papers of each day in {interest.text}, in your own order."
    else:
        about = f"The papers of each day that “{interest.text}” alone would rank first."
    channel = InterestChannel(key, interest)
    page = reverse("settings-interests")
    return FeedDescription(channel.name, f"Interest “{interest.text}”", about, page, channel, key)


def _collection_feed(key: FeedKey, collection: Collection) -> FeedDescription:
    name, title = f"collection-{collection.public_id}", f"Collection “{collection}”"
    about = f"The papers added to “{collection}”, the newest first."
    since = collection.created_at if collection.pk else key.made_at
    return FeedDescription(name, title, about, collection.get_absolute_url(), collection, key, since)
