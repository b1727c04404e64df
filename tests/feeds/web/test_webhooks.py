"""The settings pages of webhooks."""

import re

import pytest

from feeds.models import Webhook
from feeds.webhooks import subscriptions
from feeds.webhooks.events import DIGEST_READY
from feeds.webhooks.send import send_due

LIST = "/settings/webhooks/"


@pytest.fixture
def adas(ada, client_of):
    return client_of(ada)


def page_of(webhook):
    return f"{LIST}{webhook.public_id}/"


def act(client, webhook, action):
    return client.post(page_of(webhook), {"action": action}, follow=True).content.decode()


def test_a_webhook_is_added_and_its_secret_shown(ada, adas):
    answer = adas.post(LIST, {"url": "https://example.org/hook", "events": [DIGEST_READY]}, follow=True)
    webhook = ada.webhooks.get()
    assert (webhook.url, webhook.events) == ("https://example.org/hook", [DIGEST_READY])
    assert re.search(r'value="whsec_[\w+/]{43}="', answer.content.decode())


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"url": "http://example.org/", "events": [DIGEST_READY]}, "https://"),
        ({"url": "https://10.0.0.1/", "events": [DIGEST_READY]}, "private network"),
        ({"url": "https://example.org/"}, "This field is required"),
        ({"url": "https://example.org/", "events": ["webhook.ping"]}, "not one of the available choices"),
        ({"url": "https://ex\x00ample.org/", "events": [DIGEST_READY]}, "Null characters"),
    ],
)
def test_an_invalid_webhook_is_an_error_and_stores_nothing(ada, adas, sent, message):
    assert message in adas.post(LIST, sent).content.decode()
    assert not ada.webhooks.exists()


def test_a_reader_can_have_ten_webhooks(ada, adas):
    for number in range(10):
        subscriptions.add(ada, f"https://example.org/{number}", [DIGEST_READY])
    sent = {"url": "https://example.org/more", "events": [DIGEST_READY]}
    assert "you have 10 webhooks" in adas.post(LIST, sent).content.decode()
    assert ada.webhooks.count() == 10


def test_a_test_message_is_sent_and_listed(ada, adas, webhook, receiver):
    act(adas, webhook, "try")
    act(adas, webhook, "try")
    assert send_due() == {"delivered": 1, "not delivered": 0}
    page = adas.get(page_of(webhook)).content.decode()
    assert "webhook.ping" in page
    assert "delivered" in page


def test_a_failed_test_message_is_not_retried(adas, webhook, receiver):
    receiver.statuses = [500]
    act(adas, webhook, "try")
    send_due()
    assert list(webhook.messages.values_list("state", "error")) == [("failed", "it answered 500")]


def test_a_button_changes_the_secret(adas, webhook):
    assert "The previous secret also signs messages until" in act(adas, webhook, "renew")
    assert Webhook.objects.get().secret != webhook.secret


def test_a_webhook_is_turned_off_and_on_and_deleted(adas, webhook):
    assert "This webhook is off" in act(adas, webhook, "turn-off")
    assert "Send a test message" in act(adas, webhook, "turn-on")
    assert "You have no webhooks" in act(adas, webhook, "delete")


def test_an_unknown_action_is_refused(adas, webhook):
    assert adas.post(page_of(webhook), {"action": "explode"}).status_code == 400


def test_a_strangers_webhook_is_a_404(bob, client_of, anonymous, webhook):
    for method in ("get", "post"):
        assert getattr(client_of(bob), method)(page_of(webhook), {"action": "delete"}).status_code == 404
        assert getattr(anonymous, method)(page_of(webhook), {"action": "delete"}).status_code == 302
    assert webhook.url not in client_of(bob).get(LIST).content.decode()
    assert Webhook.objects.count() == 1


def test_the_example_code_verifies_messages(ada, adas, webhook, receiver):
    act(adas, webhook, "try")
    send_due()
    page = adas.get(page_of(webhook)).content.decode()
    code = re.search(r"<code>(import base64.*?)</code>", page, re.DOTALL)[1].replace("&quot;", '"')
    example = {}
    exec(code, example)
    [received] = receiver.received
    headers = {name.lower(): value for name, value in received.headers.items()}
    assert example["is_genuine"](webhook.secret, headers, received.body)
    assert not example["is_genuine"](webhook.secret, headers, received.body + b" ")
    assert not example["is_genuine"](webhook.secret, headers | {"webhook-timestamp": "1"}, received.body)
