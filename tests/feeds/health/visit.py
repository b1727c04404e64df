"""A reader's visit, run in a separate process: she signs up, votes, searches, and meets errors.

The log goes to stderr; stdout gets one JSON object with the statuses of the responses and all her personal data.
"""
# ruff: noqa: E402

import json
import re

import django

django.setup()

from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import setup_test_environment

from accounts.models import AuthToken, User
from feeds.models import FeedKey, Webhook
from feeds.syndication.keys import renew, secret_of
from feeds.webhooks.send import send_due
from feeds.webhooks.subscriptions import ping
from recommender.models import Paper

ADDRESS, NAME, PASSWORD = "ada.lovelace@example.org", "Augusta Lovelace", "a long password of hers"
QUERY, INTEREST = "myasthenia gravis", "rare neuromuscular diseases"
PAPER = "2607.00001"
HOOK = "https://127.0.0.1:9/a-path-that-only-she-knows"

setup_test_environment()
for command in ("migrate", "createcachetable"):
    call_command(command, verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
Paper.objects.create(public_id=PAPER, day="2026-07-21", title="On ties", source="arxiv")
client = Client(SERVER_NAME="localhost", raise_request_exception=False)
signed_up = client.post("/accounts/signup/", {"email": ADDRESS, "password1": PASSWORD, "password2": PASSWORD})
[key] = re.findall(r"/accounts/confirm-email/([^/\s]+)/", str(mail.outbox[-1].body))
confirmed = client.post(f"/accounts/confirm-email/{key}/")
client.logout()
client.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD + "?"})
signed_in = client.post("/accounts/login/", {"login": ADDRESS, "password": PASSWORD})
named = client.post("/settings/", {"name": NAME})
client.post("/settings/interests/", {"kind": "topic", "text": INTEREST})
voted = client.post(f"/papers/{PAPER}/vote/", {"value": "1"})
searched = client.get("/search/", {"q": QUERY})
missed = client.get(f"/nothing/{ADDRESS}/?q={QUERY}")
token = AuthToken.issue(User.objects.get(), NAME, "write", None)[1]
headers = {"Authorization": f"Bearer {token}"}
read = client.get("/api/v1/me/feed/", headers=headers)
forgot = client.post("/accounts/password/reset/", {"email": ADDRESS})
[reset_key] = re.findall(r"/accounts/password/reset/key/([^/\s]+)/", str(mail.outbox[-1].body))
asked = client.get(f"/accounts/password/reset/key/{reset_key}/")
renew(User.objects.get())
secret = secret_of(FeedKey.objects.get(), "mine")
polled = Client(SERVER_NAME="localhost").get(f"/feeds/{secret}/mine.atom")
hook = Webhook.objects.create(reader=User.objects.get(), url=HOOK, events=["digest.ready"])
ping(hook)
send_due()
with connection.cursor() as cursor:
    cursor.execute("DROP TABLE recommender_voteevent")
api = Client(SERVER_NAME="localhost", raise_request_exception=False)
down = {"value": -1}
broken = api.put(f"/api/v1/papers/{PAPER}/vote/?q={QUERY}", down, content_type="application/json", headers=headers)
broken_too = client.post(f"/papers/{PAPER}/vote/?q={QUERY}", down)

answers = [signed_up, confirmed, signed_in, named, voted, searched, missed, read, forgot, asked, polled]
answers += [broken, broken_too]
cookies = [client.cookies[name].value for name in ("sessionid", "csrftoken") if name in client.cookies]
own = [ADDRESS, "ada.lovelace", NAME, "Augusta", PASSWORD, QUERY, "myasthenia", INTEREST, "neuromuscular", key, token]
own += [reset_key, secret, hook.secret, hook.secret.partition("_")[2]]
print(json.dumps({"statuses": [answer.status_code for answer in answers], "own": own + cookies}))
