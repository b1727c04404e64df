"""`python -m tests.benchmarks.pages [EMAIL]`: what pages cost, from the database of the settings.

Each page is asked for in turn with a page that says one word to the same reader through the same middleware; the table
has the median time of both on the server, their ratio, and the HTML's size. EMAIL is the reader to sign in as;
without it, whoever has the most votes. Run it on a copy: pages store rankings.
"""

import os
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "recommender.config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402

from accounts.models import User  # noqa: E402
from recommender.models import Paper  # noqa: E402

TURNS = 30


def empty(request: HttpRequest) -> HttpResponse:
    """What a page costs that looks up nothing but who asks."""
    return HttpResponse(f"<!doctype html><title>{request.user.pk}</title>")


urlpatterns = [path("empty/", empty), path("", include("recommender.config.urls"))]
ADDRESSES = ["/", "/?show=titles", "/catch-up/", "/search/?q=learning", "/trending/", "/taste/", "/saved/", "/models/"]


def milliseconds(ask: Callable[[], object]) -> float:
    began = perf_counter()
    ask()
    return 1000 * (perf_counter() - began)


def main(emails: list[str]) -> None:
    settings.ALLOWED_HOSTS, settings.ROOT_URLCONF = ["testserver"], __name__
    known = User.objects.annotate(cast=Count("votes")).order_by("-cast")
    reader = known.get(email=emails[0]) if emails else known.first()
    client = Client()
    client.force_login(reader)
    last = Paper.objects.latest("day").day
    busiest = Paper.objects.order_by().values("day").annotate(papers=Count("pk")).order_by("-papers")[0]["day"]
    print(f"{Paper.objects.count():,} papers, {reader.votes.count()} votes of the reader, newest day {last}\n")
    print("| page | ms | empty page, ms | ratio | HTML, kB |\n| --- | --- | --- | --- | --- |")
    for address in [
        *ADDRESSES,
        f"/day/{busiest}/",
        f"/month/{busiest:%Y-%m}/",
        Paper.objects.latest("day").get_absolute_url(),
    ]:
        first = client.get(address, follow=True)
        assert first.status_code == 200, f"{address} answered {first.status_code}"
        there = first.redirect_chain[-1][0] if first.redirect_chain else address
        client.get(there)
        pairs = [
            (milliseconds(lambda: client.get(there)), milliseconds(lambda: client.get("/empty/")))  # noqa: B023
            for _ in range(TURNS)
        ]
        page, bare = (median(side) for side in zip(*pairs, strict=True))
        size = len(first.content) / 1000
        print(f"| `{address}` | {page:.1f} | {bare:.2f} | {page / bare:.0f} | {size:.1f} |")


if __name__ == "__main__":
    main(sys.argv[1:])
