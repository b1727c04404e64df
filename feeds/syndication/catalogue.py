"""Which feeds there are: each one's name, what it calls itself, and where its papers come from."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from accounts.models import Interest, InterestKind, User
from feeds.models import FeedKey
from recommender import collections
from recommender.categories import known_code, within
from recommender.models import Collection

from .channels import InterestChannel, MyChannel, PopularChannel, TrendingChannel
from .keys import secret_of
from .listing import Channel

FORMS = {"atom": "Atom", "rss": "RSS", "json": "JSON Feed"}


class NoSuchFeed(LookupError):
    """There is no feed of this name."""


@dataclass(frozen=True)
class FeedDescription:
    """One feed; `page` is the path of the page that shows what it is of, `since` when it began to exist."""

    name: str
    title: str
    about: str
    page: str
    source: Channel | Collection
    key: FeedKey | None = None
    since: datetime | None = None

    def path(self, form: str) -> str:
        """Where it is, without scheme and host; a private one's secret is in it."""
        if self.key is None:
            return f"/feeds/{self.name}.{form}"
        return reverse("feed", args=[secret_of(self.key, self.name), self.name, form])

    def address(self, form: str) -> str:
        return absolute(self.path(form))

    @property
    def addresses(self) -> list[tuple[str, str]]:
        """Each form's name, and its address."""
        return [(label, self.address(form)) for form, label in FORMS.items()]


def absolute(path: str) -> str:
    return f"{settings.SITE_URL}{path}"


def feeds_of(key: FeedKey) -> list[FeedDescription]:
    """All private feeds of a reader."""
    reader = key.reader
    interests = [_of_interest(key, interest) for interest in reader.interests.all()]
    return [_mine(key), *interests, *(_of_collection(key, one) for one in collections.collections_of(reader))]


def private_feed(key: FeedKey, name: str) -> FeedDescription:
    """The reader's feed of this name; raises NoSuchFeed, also when its interest or collection is gone."""
    kind, _, which = name.partition("-")
    if name == "mine":
        return _mine(key)
    if kind == "interest" and which.isdecimal() and which.isascii() and len(which) < 19:
        interest = Interest.objects.filter(reader=key.reader, pk=int(which)).first()
        if interest is not None:
            return _of_interest(key, interest)
    if kind == "collection":
        return _of_collection(key, _collection(key.reader, which))
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
    """The feed of a category as arXiv writes it; raises NoSuchFeed for anything else, and for a whole archive."""
    if known_code(code) != code or within(code) != [code]:
        raise NoSuchFeed(code)
    about = f"The most popular papers of each day in {code}, by net votes."
    page = f"{reverse('today')}?sort=popular&category={code}"
    return FeedDescription(f"category/{code}", f"Papers in {code}", about, page, PopularChannel(code))


def _mine(key: FeedKey) -> FeedDescription:
    about = "The best papers of each day, in your own order."
    return FeedDescription("mine", "My ranking", about, reverse("today"), MyChannel(key), key)


def _of_interest(key: FeedKey, interest: Interest) -> FeedDescription:
    about = f"The papers of each day that “{interest.text}” would put first, if it were all that you had said."
    if interest.kind == InterestKind.CATEGORY:
        about = f"The papers of each day in {interest.text}, in your own order."
    channel = InterestChannel(key, interest)
    return FeedDescription(
        channel.name, f"Interest “{interest.text}”", about, reverse("settings-interests"), channel, key
    )


def _of_collection(key: FeedKey, collection: Collection) -> FeedDescription:
    about = f"What was added to “{collection}”, the newest first."
    name = f"collection-{collection.public_id}"
    title, since = f"Collection “{collection}”", collection.created_at if collection.pk else key.made_at
    return FeedDescription(name, title, about, collection.get_absolute_url(), collection, key, since)


def _collection(reader: User, public_id: str) -> Collection:
    try:
        return collections.find(reader, public_id)
    except Collection.DoesNotExist as error:
        raise NoSuchFeed(public_id) from error
