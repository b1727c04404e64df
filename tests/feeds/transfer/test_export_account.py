"""An exported account has every kind of row of a reader, and no secret."""

from datetime import date

import orjson
import pytest
from django.utils import timezone

from accounts.models import User
from feeds.models import Delivery, DigestWish, FeedKey, Mailed, Webhook, WebhookEvent
from feeds.transfer.export_account import export_account
from tests.feeds.planting import paper

SECTION_OF = {
    "votes": "votes", "vote_events": "vote_history", "rankings": "rankings", "collections": "collections",
    "impressions": "impressions", "interests": "interests", "mutes": "mutes", "auth_token_set": "tokens",
    "submissions": "submissions", "visit": "visits", "digest_wish": "digest", "deliveries": "deliveries",
    "mailed": "mailed", "feed_key": "feeds", "webhooks": "webhooks", "webhook_events": "webhook_events",
    "standing": "standing",
}  # fmt: skip
NO_SECTION = {
    "emailaddress": "the address is at the head of the file",
    "logentry": "what an operator did in the admin",
    "kept_answers": "answers of the API that are in the other sections, kept for a day",
}


@pytest.fixture
def file_of(ada):
    """Ada's exported file with a row of each of these kinds."""
    one = paper("2607.00001")
    DigestWish.objects.create(reader=ada, is_on=True)
    delivery = Delivery.objects.create(reader=ada, day=date(2026, 7, 21), paper_pks=[one.pk], state="sent")
    Mailed.objects.create(reader=ada, paper=one, delivery=delivery)
    FeedKey.objects.create(reader=ada)
    Webhook.objects.create(reader=ada, url="https://example.org/hook", events=["digest.ready"])
    WebhookEvent.objects.create(reader=ada, name="digest.ready", payload={"papers": 1})
    return b"".join(export_account(ada, timezone.now(), with_rankings=True, with_tokens=True))


def test_every_relation_of_a_reader_is_exported_or_listed_as_an_exception(file_of):
    kinds = {relation.get_accessor_name().removesuffix("_set") for relation in User._meta.related_objects}
    known = {name.removesuffix("_set") for name in [*SECTION_OF, *NO_SECTION]}
    assert kinds == known
    assert set(SECTION_OF.values()) <= set(orjson.loads(file_of))


def test_digests_feeds_and_webhooks_are_in_the_file(file_of):
    document = orjson.loads(file_of)
    assert (document["digest"][0]["is_on"], document["deliveries"][0]["paper_ids"]) == (True, ["2607.00001"])
    assert (document["mailed"], document["webhooks"][0]["url"]) == (
        [{"paper_id": "2607.00001"}],
        "https://example.org/hook",
    )
    assert (len(document["feeds"]), document["webhook_events"][0]["payload"]) == (1, {"papers": 1})


def test_no_secret_is_in_the_file(ada, file_of):
    secrets = [ada.feed_key.secret, ada.webhooks.get().secret, ada.digest_wish.link_key, ada.password]
    assert [secret for secret in secrets if secret.encode() in file_of] == []
