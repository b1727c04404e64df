"""The settings pages of webhooks.

Add one, see its messages, test it, change its secret, delete it.
"""

from collections.abc import Callable
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from feeds.http.authentication import reader_of
from feeds.models import Webhook
from feeds.webhooks import subscriptions
from feeds.webhooks.events import EVENTS
from feeds.webhooks.send import REPLAY_WINDOW

LAST_MESSAGES = 20
ACTIONS: dict[str, tuple[Callable[[Webhook], None], str]] = {
    "try": (subscriptions.ping, "A test message will be sent within a minute. Reload this page to see the result."),
    "renew": (subscriptions.renew_secret, "The secret was changed. The previous one also signs messages for a day."),
    "turn-on": (subscriptions.turn_on, "The webhook is on."),
    "turn-off": (subscriptions.turn_off, "The webhook is off."),
    "delete": (subscriptions.delete, "The webhook was deleted."),
}
read_or_post = require_http_methods(["GET", "HEAD", "POST"])


class WebhookForm(forms.Form):
    """The URL and the events of a webhook; `feeds.webhooks.subscriptions` validates the rest."""

    url = forms.CharField(
        label="URL",
        max_length=500,
        help_text="Must start with https:// and be reachable from the internet.",
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://example.org/paperboy"}),
    )
    events = forms.MultipleChoiceField(
        choices=[(name, f"{words} ({name})") for name, words in EVENTS.items()],
        label="Send a message when",
        widget=forms.CheckboxSelectMultiple,
    )


@login_required
@never_cache
@read_or_post
def webhooks(request: HttpRequest) -> HttpResponse:
    """List the reader's webhooks and add one."""
    reader = reader_of(request)
    form = WebhookForm(request.POST or None)
    if form.is_valid():
        try:
            return redirect("settings-webhook", subscriptions.add(reader, **form.cleaned_data).public_id)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "feeds/webhooks/webhooks.html", {"form": form, "webhooks": reader.webhooks.all()})


@login_required
@never_cache
@read_or_post
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One webhook with its secret and its last messages.

    Each button is one of `ACTIONS`.
    """
    webhook = get_object_or_404(reader_of(request).webhooks, public_id=public_id)
    if request.method == "POST":
        action = request.POST.get("action", "")
        if action not in ACTIONS:
            return HttpResponse(f"action must be {', '.join(ACTIONS)}", status=400, content_type="text/plain")
        act, message = ACTIONS[action]
        act(webhook)
        messages.success(request, message)
        return redirect("settings-webhooks") if action == "delete" else redirect("settings-webhook", public_id)
    context = {
        "webhook": webhook,
        "names": [(name, words) for name, words in EVENTS.items() if name in webhook.events],
        "sent": webhook.messages.select_related("event")[:LAST_MESSAGES],
        "window_minutes": REPLAY_WINDOW // timedelta(minutes=1),
        "signs_twice": len(webhook.secrets_at(timezone.now())) > 1,
    }
    return render(request, "feeds/webhooks/webhook.html", context)
